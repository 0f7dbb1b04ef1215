"""What another program says is paid or void is never billed again, whichever of its columns or sheets says so."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from samples import SAMPLES, TODAY

from oneoff_batch.cli import run
from oneoff_batch.pipeline.intake import Outcome, examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import Problem, errors, grouped
from oneoff_batch.reading import Profile, load_profile, named_profile, shipped_names

PROGRAMS = SAMPLES / "profiles"
SHOP = Profile(
    "shop",
    columns={"invoice_ref": ("No",), "customer": ("Client",), "pricing_name": ("What",), "unit_price": ("Price",),
             "expected_total": ("Total",)},
    optional=("expected_total",),
    status=("State", "Payment"),
    statuses={"Draft": "fine", "Sent": "warning", "Paid": "error"},
    paid=("Paid on", "Paid amount"),
    balance="Open",
)  # fmt: skip


def _with(folder: Path, file: str, columns: Mapping[str, Mapping[str, str]]) -> Path:
    """A copy of a program's sheet in which columns say something of invoices, named by what stands in their key column."""
    path = folder / file
    if path.suffix == ".xlsx":
        workbook = openpyxl.load_workbook(PROGRAMS / file)
        sheet: Any = workbook.worksheets[0]
        for header, said in columns.items():
            heads = [c.value for c in sheet[1]]
            at = heads.index(header) + 1 if header in heads else len(heads) + 1
            sheet.cell(1, at, header)
            for row in range(2, sheet.max_row + 1):
                if sheet.cell(row, 1).value in said:
                    sheet.cell(row, at, said[sheet.cell(row, 1).value])
        workbook.save(path)
        return path
    rows = list(csv.reader((PROGRAMS / file).open(encoding="utf-8", newline="")))
    top = next(i for i, row in enumerate(rows) if len(row) > 1)
    for header, said in columns.items():
        if header not in rows[top]:
            rows = [*rows[: top + 1], *([*row, ""] for row in rows[top + 1 :])]
            rows[top] = [*rows[top], header]
        at = rows[top].index(header)
        for row in rows[top + 1 :]:
            row[at] = next((said[cell] for cell in row if cell in said), row[at])
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def _shop(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...]) -> Outcome:
    path = folder / "shop.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("No", "Client", "What", "Price", *header), *rows])
    return examine(open_workspace(SAMPLES), [path], SHOP, TODAY, None)


def _row(ref: str, *more: str) -> tuple[str, ...]:
    return (ref, "C-1001", "Workshop", "950.00", *more)


def _uploaded(profile: str, path: Path) -> Outcome:
    return examine(open_workspace(SAMPLES), [path], named_profile(profile, PROGRAMS), TODAY, None)


def _named(found: list[Problem]) -> list[tuple[str, str, str, str]]:
    return [(p.code, p.header, p.value, p.invoice_ref) for p in found]


PAID = [
    ("our-xero", "xero.csv", {"Status": {"INV-0302": "Paid"}}, ("E122", "Status", "Paid", "INV-0302")),
    ("our-xero", "xero.csv", {"InvoiceAmountPaid": {"INV-0301": "0.00", "INV-0302": "100.00", "INV-0303": "0"}},
     ("E118", "InvoiceAmountPaid", "100.00", "INV-0302")),
    ("our-xero", "xero.csv", {"InvoiceAmountDue": {"INV-0301": "2807.20", "INV-0302": "1460.00", "INV-0303": "820.00"}},
     ("E119", "InvoiceAmountDue", "1460.00", "INV-0302")),
    ("our-quickbooks", "quickbooks-online.csv", {"A/R Paid": {"1041": "Unpaid", "1042": "Paid"}},
     ("E122", "A/R Paid", "Paid", "1042")),
    ("our-quickbooks", "quickbooks-online.csv", {"Open Balance": {"1041": "2807.20", "1042": "26.70"}},
     ("E119", "Open Balance", "26.70", "1042")),
    ("zoho-books", "zoho-books.csv", {"Last Payment Date": {"INV-000218": "2026-11-19"}},
     ("E118", "Last Payment Date", "2026-11-19", "INV-000218")),
    ("zoho-books", "zoho-books.csv", {"Balance": {"INV-000218": "560.00"}}, ("E119", "Balance", "560.00", "INV-000218")),
    ("our-odoo", "odoo.xlsx", {"Payment Status": {"Noorderlicht Academie": "Partially Paid"}},
     ("E122", "Payment Status", "Partially Paid", "odoo-5")),
    ("our-odoo", "odoo.xlsx", {"Status": {"Noorderlicht Academie": "Cancelled"}},
     ("E122", "Status", "Cancelled", "odoo-5")),
    ("our-odoo", "odoo.xlsx", {"Amount Due": {"Noorderlicht Academie": "0.00"}}, ("E118", "Amount Due", "0.00", "odoo-5")),
    ("our-odoo", "odoo.xlsx", {"Total": {"Noorderlicht Academie": "326.70"}, "Amount Due": {"Noorderlicht Academie": "26.70"}},
     ("E119", "Amount Due", "26.70", "odoo-5")),
    ("our-invoice-ninja", "invoice-ninja.csv", {"invoice.paid_to_date": {"0088": "0", "0089": "60"}},
     ("E118", "invoice.paid_to_date", "60", "0089")),
    ("our-erpnext", "erpnext.csv", {"Status": {"SINV-26-00062": "Partly Paid"}},
     ("E122", "Status", "Partly Paid", "SINV-26-00062")),
    ("our-erpnext", "erpnext.csv", {"Total Advance": {"SINV-26-00061": "0.0", "SINV-26-00062": "54.35"}},
     ("E118", "Total Advance", "54.35", "SINV-26-00062")),
    ("our-erpnext", "erpnext.csv", {"Grand Total": {"SINV-26-00062": "1754.35"}, "Outstanding Amount": {"SINV-26-00062": "1"}},
     ("E119", "Outstanding Amount", "1", "SINV-26-00062")),
    ("freshbooks", "freshbooks.csv", {"Date Paid": {"0000413": "2026-11-16"}},
     ("E118", "Date Paid", "2026-11-16", "0000413")),
    ("akaunting", "akaunting.xlsx", {"status": {"INV-00032": "paid"}}, ("E122", "status", "paid", "INV-00032")),
    ("akaunting", "akaunting.xlsx", {}, ("E118", "paid_at", "2026-11-16", "INV-00034")),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "file", "columns", "said"), PAID, ids=[f"{p}-{s[1]}-{s[0]}" for p, _, _, s in PAID])
def test_of_each_program_the_paid_invoice_is_held_and_the_others_are_drafted(
    tmp_path: Path, profile: str, file: str, columns: Mapping[str, Mapping[str, str]], said: tuple[str, ...]
) -> None:
    before = _uploaded(profile, PROGRAMS / file)
    after = _uploaded(profile, _with(tmp_path, file, columns))
    assert said in _named(errors(after.problems)) and not after.blocked
    assert before.drafts is not None and after.drafts is not None
    drafted = set(before.drafts.invoices["invoice_ref"]) - {said[3]}
    assert set(after.drafts.invoices["invoice_ref"]) == drafted != set()


def test_each_shipped_profile_knows_what_is_paid() -> None:
    assert {Path(file).stem for _, file, *_ in PAID} == set(shipped_names())


SILENT = [
    ("our-xero", "xero.csv", "Status", "INV-0303", "INV-0303"),
    ("our-xero", "xero.csv", "Status", "INV-0301", "INV-0301"),
    ("zoho-books", "zoho-books.csv", "Invoice Status", "INV-000217", "INV-000217"),
    ("zoho-books", "zoho-books.csv", "Balance", "INV-000217", "INV-000217"),
    ("our-invoice-ninja", "invoice-ninja.csv", "invoice.status", "0088", "0088"),
    ("freshbooks", "freshbooks.csv", "Invoice Status", "0000412", "0000412"),
    ("akaunting", "akaunting.xlsx", "status", "INV-00031", "INV-00031"),
]


@pytest.mark.parametrize(("profile", "file", "header", "cell", "ref"), SILENT, ids=[f"{s[0]}-{s[2]}-{s[4]}" for s in SILENT])
def test_an_invoice_without_a_status_or_balance_among_others_that_have_one_is_billed_with_a_warning(
    tmp_path: Path, profile: str, file: str, header: str, cell: str, ref: str
) -> None:
    before, after = _uploaded(profile, PROGRAMS / file), _uploaded(profile, _with(tmp_path, file, {header: {cell: ""}}))
    assert "W124" not in {p.code for p in before.problems}
    assert _named([p for p in after.problems if p.code == "W124"]) == [("W124", header, "", ref)]
    assert after.good == before.good


@pytest.mark.parametrize(
    ("profile", "file", "columns", "refs"),
    [
        ("our-quickbooks", "quickbooks-online.csv", {"A/R Paid": {"1041": "Unpaid"}}, ["1042"]),
        ("our-erpnext", "erpnext.csv", {"Status": {"SINV-26-00062": "Draft"}}, ["SINV-26-00061"]),
        ("our-odoo", "odoo.xlsx", {"Payment Status": {"Noorderlicht Academie": "Not Paid"}}, ["odoo-2", "odoo-4"]),
        ("our-xero", "xero.csv", {"Status": {"INV-0301": "", "INV-0302": "", "INV-0303": ""}}, []),
        ("zoho-books", "zoho-books.csv", {"Balance": {"INV-000219": ""}}, []),
    ],
)
def test_a_status_on_the_first_row_alone_a_column_without_any_and_what_is_held_back_are_not_named_as_blank(
    tmp_path: Path, profile: str, file: str, columns: Mapping[str, Mapping[str, str]], refs: list[str]
) -> None:
    outcome = _uploaded(profile, _with(tmp_path, file, columns))
    assert [p.invoice_ref for p in outcome.problems if p.code == "W124"] == refs


def test_rows_without_a_status_are_one_line_that_names_their_cells(tmp_path: Path) -> None:
    rows = [_row("1", "Draft"), _row("2", ""), _row("3", ""), _row("3", "")]
    (group,) = [g for g in grouped(_shop(tmp_path, *rows, header=("State",)).problems) if g.first.code == "W124"]
    assert (group.message, group.places) == (
        "State is blank, though other invoices in the file have it: one without it may be sent, paid or cancelled already.",
        "shop!E3, E4",
    )


def test_every_column_of_a_status_counts_and_is_named_by_its_own_header(tmp_path: Path) -> None:
    outcome = _shop(
        tmp_path,
        _row("1", "Sent", "Draft"),
        _row("2", "Draft", "Paid"),
        _row("3", "Odd", "Sent"),
        header=("State", "Payment"),
    )
    assert _named([p for p in outcome.problems if p.code in ("W120", "E122", "E123")]) == [
        ("W120", "State", "Sent", "1"),
        ("E122", "Payment", "Paid", "2"),
        ("E123", "State", "Odd", "3"),
        ("W120", "Payment", "Sent", "3"),
    ]
    assert outcome.good == 1


def test_one_column_of_several_for_a_status_is_enough_and_none_is_named(tmp_path: Path) -> None:
    assert _shop(tmp_path, _row("1", "Draft"), header=("Payment",)).good == 1
    outcome = _shop(tmp_path, _row("1"), header=())
    [missing] = [p for p in outcome.problems if p.code == "E108"]
    assert "State or Payment" in missing.message and outcome.blocked


@pytest.mark.parametrize("nothing", ["", "0", "0.00", "-", "–", "0,00 €", "EUR 0.00", "no", "FALSE"])
def test_a_zero_or_a_dash_says_that_nothing_is_paid(tmp_path: Path, nothing: str) -> None:
    outcome = _shop(tmp_path, _row("1", "Draft", nothing), header=("State", "Paid amount"))
    assert (outcome.good, errors(outcome.problems)) == (1, [])


@pytest.mark.parametrize("something", ["2026-11-16", "0.01", "yes", "-5.00", "#N/A", "x"])
def test_anything_else_says_that_it_is_paid(tmp_path: Path, something: str) -> None:
    outcome = _shop(tmp_path, _row("1", "Draft", something), _row("2", "Draft", ""), header=("State", "Paid on"))
    assert _named(errors(outcome.problems)) == [("E118", "Paid on", something, "1")] and outcome.good == 1


def test_what_is_repeated_on_the_lines_is_named_once(tmp_path: Path) -> None:
    rows = [_row("1", "Draft", "2026-11-16", "0.00", "1149.50")] * 3
    assert _named(errors(_shop(tmp_path, *rows, header=("State", "Paid on", "Open", "Total")).problems)) == [
        ("E118", "Paid on", "2026-11-16", "1"),
        ("E119", "Open", "0.00", "1"),
    ]


def test_a_payment_that_only_the_last_line_of_an_invoice_names_counts(tmp_path: Path) -> None:
    rows = [_row("1", "Draft", ""), _row("1", "Draft", "2026-11-16"), _row("2", "Draft", "")]
    assert _named(errors(_shop(tmp_path, *rows, header=("State", "Paid on")).problems)) == [
        ("E118", "Paid on", "2026-11-16", "1")
    ]


def test_what_its_status_holds_back_is_not_named_as_paid_too(tmp_path: Path) -> None:
    outcome = _shop(
        tmp_path, _row("1", "Paid", "2026-11-16", "0.00", "1149.50"), header=("State", "Paid on", "Open", "Total")
    )
    assert [p.code for p in errors(outcome.problems)] == ["E122"]


@pytest.mark.parametrize(
    ("balance", "total", "codes"),
    [
        ("1149.50", "1149.50", []),
        ("1149.5", "1,149.50", []),
        ("1149.49", "1149.50", ["E119"]),
        ("1200.00", "1149.50", ["E119"]),
        ("", "1149.50", []),
        ("0.00", "", ["E118"]),
        ("500.00", "", []),
        ("half", "1149.50", ["E202"]),
        ("#REF!", "1149.50", ["E211"]),
    ],
)
def test_a_balance_must_be_the_total_to_the_cent(tmp_path: Path, balance: str, total: str, codes: list[str]) -> None:
    outcome = _shop(tmp_path, _row("1", "Draft", balance, total), header=("State", "Open", "Total"))
    found = errors(outcome.problems)
    assert [p.code for p in found] == codes and {p.header for p in found} <= {"Open"}
    assert outcome.good == (not codes) and not outcome.blocked


def _payments(folder: Path, *rows: tuple[object, ...], header: tuple[str, ...] = ("invoice_number", "paid_at")) -> Outcome:
    workbook = openpyxl.load_workbook(PROGRAMS / "akaunting.xlsx")
    sheet: Any = workbook["invoice_transactions"]
    sheet.delete_rows(1, sheet.max_row)
    for row in (header, *rows) if header else rows:
        sheet.append(row)
    workbook.save(folder / "akaunting.xlsx")
    return _uploaded("akaunting", folder / "akaunting.xlsx")


def _held(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [(p.code, p.sheet, p.cell, p.invoice_ref) for p in errors(outcome.problems) if p.code != "E122"]


def test_an_invoice_in_the_sheet_of_payments_is_held_once_at_its_first_payment(tmp_path: Path) -> None:
    outcome = _payments(
        tmp_path,
        ("INV-00031", date(2026, 11, 9)),
        ("INV-00031", date(2026, 11, 12)),
        ("INV-00033", date(2026, 11, 12)),
        ("INV-00001", date(2026, 11, 12)),
    )
    assert _held(outcome) == [("E118", "invoice_transactions", "B2", "INV-00031")] and outcome.good == 2


def test_a_payment_without_a_date_is_a_payment(tmp_path: Path) -> None:
    assert _held(_payments(tmp_path, ("INV-00031", None))) == [("E118", "invoice_transactions", "A2", "INV-00031")]
    assert _held(_payments(tmp_path, ("INV-00032",), header=("invoice_number",))) == [
        ("E118", "invoice_transactions", "A2", "INV-00032")
    ]


def test_a_payment_whose_number_only_looks_the_same_holds_the_invoice_too(tmp_path: Path) -> None:
    assert [h[3] for h in _held(_payments(tmp_path, ("inv-00031 ", date(2026, 11, 9))))] == ["INV-00031"]


def test_a_payment_that_names_no_invoice_may_be_of_any_and_stops_the_file(tmp_path: Path) -> None:
    outcome = _payments(tmp_path, (None, date(2026, 11, 9)))
    assert outcome.blocked and _held(outcome) == [("E201", "invoice_transactions", "A2", "")]


def test_payments_without_the_column_of_their_number_stop_the_file(tmp_path: Path) -> None:
    outcome = _payments(tmp_path, ("TRA-1", date(2026, 11, 9)), header=("transaction_number", "paid_at"))
    assert outcome.blocked and "E108" in {p.code for p in outcome.problems}


@pytest.mark.parametrize("header", [("invoice_number", "paid_at"), ()])
def test_a_sheet_of_payments_without_any_holds_nothing(tmp_path: Path, header: tuple[str, ...]) -> None:
    outcome = _payments(tmp_path, header=header)
    assert (_held(outcome), outcome.good) == ([], 3)


def test_payments_alone_are_no_invoices(tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(PROGRAMS / "akaunting.xlsx")
    for name in ("invoices", "invoice_items"):
        workbook[name].delete_rows(2, 50)
    workbook.save(tmp_path / "akaunting.xlsx")
    assert [p.code for p in _uploaded("akaunting", tmp_path / "akaunting.xlsx").problems] == ["E104"]


def test_what_is_paid_does_not_come_back_through_the_to_fix_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its status, its payment and its balance stand in columns that the to-fix workbook has not."""
    for name in ("oneoff.toml", "master-data.xlsx"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    workbook = openpyxl.load_workbook(PROGRAMS / "akaunting.xlsx")
    workbook["invoice_items"]["H4"] = "a lot"
    workbook.save("akaunting.xlsx")
    assert run(["check", "akaunting.xlsx", "--profile", "akaunting", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    to_fix = openpyxl.load_workbook(told["written"]["to_fix"])
    refs = {
        row[0] for name in ("Invoices", "Lines") for row in to_fix[name].iter_rows(min_row=2, values_only=True) if row[0]
    }
    assert refs == {"INV-00032"}
    named = " ".join(str(c) for row in to_fix["Problem list"].iter_rows(values_only=True) for c in row if c)
    assert "INV-00033" in named and "INV-00034" in named


def test_map_says_which_columns_tell_what_is_paid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _with(tmp_path, "zoho-books.csv", {"Last Payment Date": {}})
    run(["map", str(path), "--profile", "zoho-books", "--json"])
    columns = {c["header"]: c["why"] for c in json.loads(capsys.readouterr().out)["sheets"][0]["columns"]}
    assert columns["Invoice Status"] == "the profile: the status"
    assert columns["Last Payment Date"] == "the profile: says it is paid"
    assert columns["Balance"] == "the profile: what is unpaid"


def test_a_profile_upon_a_shipped_one_adds_columns_that_say_paid_and_may_do_without_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('based_on = "erpnext"\nbalance = ""\npaid = "Betaald"\nstatus = ["Status", "Stand"]\n', "utf-8")
    ours = load_profile(path)
    assert (ours.paid, ours.balance, ours.status) == (("Paid Amount", "Total Advance", "Betaald"), "", ("Status", "Stand"))
