"""What an attacker once got through: each stays closed, seen from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from oneoff_batch.book import open_book
from oneoff_batch.cli import run
from oneoff_batch.pipeline.workspace import open_workspace

MASTER = {
    "Billing entities": [["Billing entity", "Name", "City", "Country", "VAT id", "Tax code", "Currency", "Series", "Default"],
                         ["NL01", "Seller B.V.", "Utrecht", "NL", "NL123456782B90", "NL21", "EUR", None, "yes"]],
    "Customers": [["Customer", "Name", "Type", "City", "Country"], ["NLC", "Buyer B.V.", "ORGANIZATION", "Utrecht", "NL"]],
    "Taxes": [["Tax code", "Name", "Country", "Category", "Rate", "Valid from", "Valid to"], ["NL21", "VAT 21 %", "NL", "S", 21]],
    "Rates": [["Currency", "Base currency", "Date", "Rate", "Source"]],
    "Custom fields": [["Name", "Applies to", "Type"]],
}  # fmt: skip
HEAD = "Invoice ref,Customer,Pricing name,Quantity,Unit price"


def write_book(path, sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


@pytest.fixture
def books(tmp_path, monkeypatch):
    root = tmp_path / "books"
    assert run(["init", str(root), "-q"]) == 0
    monkeypatch.chdir(root)
    monkeypatch.setenv("ONEOFF_USER", "anna")

    def change(**more):
        tables = {name: [*rows, *more.get(name.split()[0].lower(), [])] for name, rows in MASTER.items()}
        write_book("master-data.xlsx", tables)

    change()
    return change


@pytest.fixture
def typed(capsys):
    def type_(*args):
        code = run([*args, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out.strip() else {}

    return type_


def upload(*rows, head=HEAD, name="a.csv"):
    Path(name).write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return name


def excel(head, row, **formats):
    """Write p.xlsx with one row; `formats` gives cells their number formats."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(head.split(","))
    sheet.append(row)
    for cell, code in formats.items():
        sheet[cell].number_format = code
    workbook.save("p.xlsx")


def codes(told):
    return {p["code"] for p in told["problems"]}


def test_fifty_percent_of_a_day_is_half_a_day(books, typed):
    excel(HEAD, ["P1", "NLC", "x", 0.5, 100], D2="0%")
    assert typed("check", "p.xlsx")[1]["totals"][0]["net_total"] == "50.00"


def test_a_percent_sign_in_a_csv_quantity_is_refused(books, typed):
    assert codes(typed("check", upload("P1,NLC,x,50%,10"))[1]) == {"E202"}


def test_a_percentage_formatted_in_excel_is_not_ambiguous(books, typed):
    excel(f"{HEAD},Sales tax percentage", ["P1", "NLC", "x", 1, 100, 0.08875], F2="0.000%")
    assert codes(typed("check", "p.xlsx")[1]) == {"E403"}


def test_an_old_rate_that_was_never_closed_is_not_charged_on_top(books, typed):
    books(taxes=[["OVER", "old", "NL", "S", 21, "2012-01-01"], ["OVER", "new", "NL", "S", 22, "2026-01-01"]])
    code, told = typed("check", upload("A,NLC,x,1,100,OVER", head=HEAD + ",Tax code"))
    assert code == 1 and "E341" in codes(told)


def test_two_rates_from_the_same_day_are_both_charged(books, typed):
    books(taxes=[["GQ", "GST", "CA", "S", 5], ["GQ", "QST", "CA", "S", 9.975]])
    told = typed("check", upload("A,NLC,x,1,100,GQ", head=HEAD + ",Tax code"))[1]
    assert told["totals"][0]["tax_total"] == "14.98"


@pytest.mark.parametrize("rate", [-11, 0, None, "n/a"])
def test_a_faulty_exchange_rate_serves_no_invoice(books, typed, rate):
    books(rates=[["SEK", "EUR", "2026-11-20", rate, "x"]])
    head = HEAD + ",Currency,Invoice date"
    code, told = typed("check", upload("A,NLC,x,1,100,SEK,2026-11-24", "B,NLC,x,1,100,EUR,2026-11-24", head=head))
    assert code == 1 and "E407" in codes(told) and told["left_out"] == ["A"]


def test_a_rate_that_joins_later_refuses_the_later_date(books, typed):
    books(taxes=[["LATE", "GST", "CA", "S", 5], ["LATE", "QST", "CA-QC", "S", 9.975, "2027-01-01"]])
    books(taxes=[["LATE", "GST", "CA", "S", 5], ["LATE", "QST", "US", "S", 9.975, "2027-01-01"]])
    batch = typed("draft", upload("A,NLC,x,1,100,LATE", head=HEAD + ",Tax code"))[1]["batch"]
    code, told = typed("finalize", batch, "--all", "--yes", "--user", "ben", "--invoice-date", "2027-01-15")
    assert code == 1 and codes(told) == {"E506"} and told["drawn"] == 0


def test_a_zero_category_with_a_rate_is_not_taxed_silently(books, typed):
    books(taxes=[["ZBAD", "Z21", "NL", "Z", 21]])
    code, told = typed("check", upload("A,NLC,x,1,100,ZBAD", head=HEAD + ",Tax code"))
    assert code == 1 and "E342" in codes(told)


def test_a_line_called_total_is_refused_even_with_its_ref(books, typed):
    head = "Pricing name,Invoice ref,Quantity,Unit price,Customer"
    code, told = typed("check", upload("Work,1001,1,100,NLC", "Total,1001,1,900,", head=head))
    assert code == 1 and codes(told) == {"E117"}


def _with_control(*control):
    write_book("c.xlsx", {
        "Invoices": [["Invoice ref", "Customer", "Currency"], ["A", "NLC", "EUR"], ["B", "NLC", "EUR"]],
        "Lines": [["Invoice ref", "Pricing name", "Quantity", "Unit price"], ["A", "x", 1, 100], ["B", "x", 1, 50]],
        "Control": [["Currency", "Invoice count", "Net total", "Quantity total"], *control],
    })  # fmt: skip
    return "c.xlsx"


@pytest.mark.parametrize("row", [["EUR", "five", None, None], ["EUR", None, None, None], ["USD", 1, None, None], ["EUR", 3]])
def test_a_control_sheet_that_does_not_agree_stops_even_the_valid_ones(books, typed, row):
    code, told = typed("draft", _with_control(row), "--valid-only")
    assert code == 1 and told["batch"] is None


def test_a_control_sheet_that_agrees_lets_the_batch_through(books, typed):
    assert typed("draft", _with_control(["EUR", 2, 150, 2]))[0] == 0


def test_a_file_whose_draft_was_replaced_may_come_again(books, typed):
    typed("draft", upload("A,NLC,x,1,100", name="a.csv"))
    typed("draft", upload("A,NLC,x,1,200", name="b.csv"), "--replace")
    code, told = typed("draft", "a.csv", "--replace")
    assert code == 0 and told["batch"]
    assert typed("show", "A")[1]["invoices"][0]["net_total"] == "100.00"


def test_the_same_file_by_another_profile_is_another_upload(books, typed):
    for name, mark in (("p1.toml", "."), ("p2.toml", ",")):
        Path(name).write_text(f'decimal = "{mark}"\n', "utf-8")
    upload("A,NLC,x,1,1.234")
    assert typed("draft", "a.csv", "--profile", "p1.toml")[1]["totals"][0]["net_total"] == "1.23"
    assert typed("draft", "a.csv", "--profile", "p2.toml", "--replace")[1]["totals"][0]["net_total"] == "1234.00"


def test_an_unknown_number_series_is_found_before_it_is_needed(books, typed):
    rows = [*MASTER["Billing entities"][:1], [*MASTER["Billing entities"][1][:7], "nope", "yes"]]
    write_book("master-data.xlsx", {**MASTER, "Billing entities": rows})
    code, told = typed("check", upload("A,NLC,x,1,100"))
    assert code == 1 and {"E339", "E310"} <= codes(told)


def test_a_base_quantity_of_zero_beside_an_amount_is_a_problem_and_no_fault(books, typed):
    code, told = typed("check", upload("B,NLC,x,1,10,0,10", "C,NLC,x,1,10,1,10", head=HEAD + ",Base quantity,Amount"))
    assert code == 1 and "E216" in codes(told) and told["left_out"] == ["B"]


def test_terms_of_nine_thousand_years_are_not_terms(books, typed):
    assert codes(typed("check", upload("A,NLC,x,1,1,9000 years", head=HEAD + ",Payment terms"))[1]) == {"E217"}


@pytest.mark.parametrize("name", ["digits", "invoice_ref", "Currency ", "note"])
def test_a_custom_field_cannot_take_the_name_of_a_column(books, typed, name):
    books(custom=[[name, "invoice", "STRING"]])
    code, told = typed("check", upload("A,NLC,x,1,1"))
    assert code == 0 and "E343" in codes(told)


def test_a_mark_in_an_expected_total_must_fit_too(books, typed):
    told = typed("check", upload("A,NLC,x,1,100,121.00 USD", head=HEAD + ",Expected total"))[1]
    assert codes(told) == {"E221"}


def test_a_year_out_of_reach_is_pointed_out(books, typed):
    assert codes(typed("check", upload("A,NLC,x,1,1,2126-11-24", head=HEAD + ",Invoice date"))[1]) >= {"W405"}


def test_a_broken_template_is_named_and_the_number_is_kept(books, typed, capsys):
    batch = typed("draft", upload("A,NLC,x,1,100"))[1]["batch"]
    Path("templates").mkdir()
    Path("templates/invoice.html").write_text("{{ nope.nope }}", "utf-8")
    assert run(["finalize", batch, "--all", "--yes", "--user", "ben"]) == 4
    assert "template" in capsys.readouterr().err
    Path("templates/invoice.html").unlink()
    assert typed("finalize", batch, "--all", "--yes", "--user", "ben")[1]["numbers"][0]["number"].endswith("000001")


def test_two_runs_never_share_a_scratch_folder(books, typed):
    from oneoff_batch.pipeline.batches import write_batch

    batch = typed("draft", upload("A,NLC,x,1,100"))[1]["batch"]
    workspace = open_workspace(Path())
    with open_book(workspace.book_url) as book:

        def meanwhile(name, _):
            if name == "Pages":
                write_batch(workspace, book, batch, lambda *_: lambda _: None)
            return lambda _: None

        files = write_batch(workspace, book, batch, meanwhile)
    assert files.index.exists() and files.workbook.exists()
    assert [p.name for p in workspace.batch(batch).parent.iterdir()] == [batch]


@pytest.mark.parametrize(
    "text",
    ['date_parts = "year"', 'date_parts = [["year"]]', "digits = 600", 'separator = "\\n"', 'prefix = "../x"\nreset = "week"',
     "first = 99999999999999999999", 'prefix = "<b>"'],
)  # fmt: skip
def test_settings_that_would_spoil_numbers_are_refused(books, typed, text):
    Path("oneoff.toml").write_text(f"[series.invoices]\n{text}\n", "utf-8")
    assert run(["status"]) == 4


def test_series_whose_numbers_could_meet_are_refused(books):
    Path("oneoff.toml").write_text('[series.more]\nprefix = "INV-2026"\ndate_parts = []\nreset = "never"\n', "utf-8")
    assert run(["status"]) == 4


def test_a_misspelt_field_in_a_profile_is_refused(books, typed, capsys):
    Path("p.toml").write_text('[columns]\nquantitty = "Zahl"\n', "utf-8")
    upload("A,NLC,x,3,100", head="Invoice ref,Customer,Pricing name,Zahl,Unit price")
    assert run(["check", "a.csv", "--profile", "p.toml"]) == 4
    assert 'Did you mean "quantity"?' in capsys.readouterr().err


def test_a_country_by_name_leads_to_its_code_and_nothing_wild_is_suggested(books, typed):
    books(customers=[["X1", "A", "ORGANIZATION", "Berlin", "Germany"], ["X2", "B", "ORGANIZATION", "?", "Nowhereland"]])
    told = typed("check", upload("A,NLC,x,1,1"))[1]
    assert [p["suggestion"] for p in told["problems"] if p["code"] == "E208"] == ["DE", ""]


def test_what_drafting_would_find_is_told_although_a_price_is_missing(books, typed):
    books(customers=[["FR1", "C", "ORGANIZATION", "Paris", "FR"]])
    assert codes(typed("check", upload("A,FR1,x,1,"))[1]) == {"E315", "E404"}


def test_the_ledger_is_not_exported_under_an_ending_that_nobody_knows(books):
    assert run(["ledger", "export", "x.ods"]) == 2
    assert not Path("x.ods").exists()


def test_a_custom_field_without_a_name_is_named_and_stops_nothing_else(books, typed):
    books(custom=[[None, "invoice", "STRING"], ["Project", "line", "STRING"]])
    code, told = typed("check", upload("N-1,NLC,Workshop,1,500,Bridge", head=f"{HEAD},Project"))
    assert [(p["code"], p["severity"], p["sheet"]) for p in told["problems"]] == [("E201", "warning", "Custom fields")]
    assert (code, told["totals"][0]["gross_total"]) == (0, "605.00")


def test_two_minus_signs_are_no_charge_without_asking(books, typed):
    told = typed("check", upload("N-1,NLC,Workshop,1,100", "N-1,NLC,Voucher,-1,(50.00)"))[1]
    assert codes(told) == {"E227"}
    (problem,) = told["problems"]
    assert "a charge of 50.00 or a deduction of 50.00" in problem["message"]


def test_one_csv_has_one_decimal_mark(books, typed):
    """1.5 in one column and 10,00 in another: then 1,250 is neither."""
    rows = ('M-1,NLC,Ware,1.5,"10,00"', 'M-2,NLC,Ware,"1,250","12,50"')
    assert [(p["code"], p["cell"]) for p in typed("check", upload(*rows))[1]["problems"]] == [("E203", "D3")]
    both = ('M-1,NLC,Ware,"1,5","10,00"', 'M-2,NLC,Ware,"1,250","12,50"')
    assert typed("check", upload(*both))[1]["totals"][0]["net_total"] == "30.63"


def test_a_price_that_excel_shows_as_a_percentage_is_no_price(books, typed):
    excel(HEAD, ["P1", "NLC", "x", 1, 0.19], E2="0%")
    assert codes(typed("check", "p.xlsx")[1]) == {"E202"}


def test_a_quantity_that_cannot_be_read_makes_no_amount_wrong(books, typed):
    told = typed("check", upload("N-1,NLC,Workshop,two,200,400.00", head=f"{HEAD},Amount"))[1]
    assert codes(told) == {"E202"}


def test_what_follows_a_stray_quote_is_not_lost_by_the_marked_up_copy(books, typed):
    told = typed("check", upload("Q-1,NLC,Ware,1,10", 'Q-2,NLC,"27" Schirm,1,10', "Q-3,NLC,Ware,1,10"))[1]
    assert codes(told) == {"E116"}
    assert [name for name in told["written"].values() if str(name).endswith(".xlsx")] == []


def test_a_short_id_is_not_taken_for_any_other(books, typed):
    (problem,) = typed("check", upload("N-1,K-9,Ware,1,10"))[1]["problems"]
    assert (problem["code"], problem["suggestion"]) == ("E305", "")


def test_what_changed_is_put_in_the_place_of_the_draft_by_the_next_command(books, typed, capsys):
    assert typed("draft", upload("X-1,NLC,Ware,1,10"))[0] == 0
    changed = upload("X-1,NLC,Ware,1,11", name="b.csv")
    run(["check", changed, "--encoding", "utf-8"])
    assert "draft b.csv --encoding utf-8 --replace" in capsys.readouterr().out


def test_a_currency_mark_is_kept_in_the_workbook_of_what_is_to_be_corrected(books, typed):
    told = typed("check", upload("R-4,K-9999,Ware,12,€ 45.00"))[1]
    made = openpyxl.load_workbook(told["written"]["to_fix"])
    assert "€ 45.00" in [cell.value for row in made["Lines"].iter_rows() for cell in row]


def test_a_line_without_a_ref_stops_the_file_because_any_invoice_may_miss_it(books, typed):
    Path("invoices.csv").write_text("Invoice ref,Customer\nA-1,NLC\n", "utf-8")
    Path("lines.csv").write_text("Invoice ref,Pricing name,Quantity,Unit price\nA-1,Day,1,10\n,Night,1,20\n", "utf-8")
    code, told = typed("draft", "invoices.csv", "lines.csv", "--valid-only")
    assert (code, told["batch"]) == (1, None)


def test_a_currency_in_a_header_is_held_against_the_invoice(books, typed):
    head = HEAD.replace("Unit price", "Unit price ($)")
    assert codes(typed("check", upload("P1,NLC,x,1,100", head=head))[1]) == {"E221"}
    assert codes(typed("check", upload("P1,NLC,x,1,100", head=HEAD.replace("Unit price", "Unit price (€)")))[1]) == set()


def test_two_numbers_in_one_cell_are_no_thousands(books, typed):
    assert codes(typed("check", upload('P1,NLC,x,"2\n100",10'))[1]) == {"E202"}
    assert codes(typed("check", upload("P1,NLC,x,3\t500,10"))[1]) == {"E202"}


@pytest.mark.parametrize("header", ["Disc %", "Dto.", "Ermäßigung", "Sconto", "Abschlag", "Markdown", "Prepaid"])
def test_a_discount_is_refused_under_any_of_its_names(books, typed, header):
    assert codes(typed("check", upload("P1,NLC,x,1,100,10", head=f"{HEAD},{header}"))[1]) == {"E323"}
    assert codes(typed("check", upload("P1,NLC,x,1,100,10", head=f"{HEAD},Discipline"))[1]) == {"W101"}


def test_a_long_cell_is_no_number_at_once(books, typed):
    assert codes(typed("check", upload(f"P1,NLC,x,1{' ' * 30_000}x,10"))[1]) == {"E202"}


def test_a_row_without_a_ref_is_no_line_of_the_invoice_above_where_refs_are_repeated(books, typed):
    rows = ("A-1,NLC,Course,1,100", "A-1,NLC,Room,1,50", ",,Total,1,150")
    assert codes(typed("check", upload(*rows))[1]) == {"E117"}
    assert typed("draft", "a.csv", "--valid-only")[0] == 1
