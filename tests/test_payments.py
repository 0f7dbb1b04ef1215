"""Payments: entered once from a sheet, and what they make of an invoice (domain §3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from builders import drafted, invoice, line
from databases import raw
from desk import NOON, Desk, desk_in
from samples import SAMPLES
from sqlalchemy.exc import IntegrityError

from oneoff_batch.book import Upload
from oneoff_batch.columns import Table
from oneoff_batch.columns.corrections import CORRECTIONS
from oneoff_batch.columns.languages import LANGUAGES, in_languages
from oneoff_batch.drafting.hashing import content_hash
from oneoff_batch.exporting.csv_table import fields_of
from oneoff_batch.lifecycle.asking import Wanted
from oneoff_batch.lifecycle.payments import payment_status
from oneoff_batch.pipeline.credits import credit
from oneoff_batch.pipeline.payments import PaymentsDone, pay_from
from oneoff_batch.pipeline.setup import blank_sheet
from oneoff_batch.problems import Problem, errors
from oneoff_batch.reading.headers import key
from oneoff_batch.showing.reports import INVOICE_REPORT, invoice_columns

pytestmark = pytest.mark.usefixtures("database")

DAY = date(2026, 11, 20)
ONE, TWO, YEN = "INV-2026-000001", "INV-2026-000002", "INV-2026-000003"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A workspace with three final invoices over 121.00 EUR, 242.00 EUR and 1,210 JPY."""
    with desk_in(tmp_path, SAMPLES / "master-data.xlsx") as made:
        three = [invoice(line(n), ref=ref) for ref, n in (("NOV-1", "100.00"), ("NOV-2", "200.00"))]
        drafts, _ = drafted(*three, invoice(line("1000"), ref="NOV-3", currency="JPY"), settings=made.workspace.settings)
        drafts = drafts if len(drafts) == 3 else _in_yen_too(three)
        upload = Upload("november.xlsx", content_hash(drafts).iloc[0], "anna", NOON)
        batch = made.book.add_batch(drafts, upload, left_out=0)
        assert made.finalize(batch, DAY) == []
        yield made


def _in_yen_too(two: Sequence[Any]) -> Any:
    """Tax in yen is shown in euros too, which takes a rate."""
    from builders import master

    rate = {"currency": "EUR", "base_currency": "JPY", "date": date(2026, 11, 20), "rate": "0.00591", "source": "ECB"}
    return drafted(*two, invoice(line("1000"), ref="NOV-3", currency="JPY"), data=master(rates=[rate]))[0]


def sheet(path: Path, *rows: Sequence[Any], head: Sequence[str] = ("Number", "Date", "Amount", "Reference")) -> Path:
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def pay(desk: Desk, path: Path, **more: Any) -> PaymentsDone:
    return pay_from(desk.book, path, "anna", NOON, **more)


def codes(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return sorted((p.code, p.cell) for p in problems)


def stand(desk: Desk, number: str) -> tuple[str, str, str]:
    """Payment status, what is paid and what is open of an invoice."""
    states = desk.book.states(numbers=[number])
    row = desk.book.balances(states).iloc[0]
    return row["payment"], f"{row['paid']:.2f}", f"{row['open']:.2f}"


def test_the_status_follows_from_what_is_due_and_what_was_paid() -> None:
    cases = [(100, 0, "UNPAID"), (100, 1, "PARTIALLY_PAID"), (100, 100, "PAID"), (100, 101, "OVERPAID"), (100, -5, "UNPAID")]
    cases += [(0, 0, "PAID"), (0, 5, "OVERPAID"), (-100, 0, "UNPAID"), (-100, -40, "PARTIALLY_PAID"), (-100, -100, "PAID")]
    for due, paid, status in [*cases, (-100, -101, "OVERPAID")]:
        assert payment_status(due, paid) == status, (due, paid)


def test_an_invoice_is_paid_in_parts(desk: Desk, tmp_path: Path) -> None:
    assert stand(desk, ONE) == ("UNPAID", "0.00", "121.00")
    done = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"], [YEN, DAY, 1210, "Y"]))
    assert (done.count, done.rows, done.problems) == (2, 2, [])
    assert stand(desk, ONE) == ("PARTIALLY_PAID", "21.00", "100.00")
    assert stand(desk, YEN) == ("PAID", "1210.00", "0.00")
    pay(desk, sheet(tmp_path / "b.xlsx", [ONE, DAY, 100, "B"]))
    assert stand(desk, ONE) == ("PAID", "121.00", "0.00")
    assert desk.book.verify().problems == []
    entries = desk.book.entries(action="pay")
    assert entries["number"].tolist() == [ONE, YEN, ONE] and entries["user"].tolist() == ["anna"] * 3


def test_more_than_is_open_is_entered_with_a_warning_that_says_how_much(desk: Desk, tmp_path: Path) -> None:
    done = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 121, "A"], [ONE, DAY, 9, "B"]))
    assert codes(done.problems) == [("W550", "C3")] and done.count == 2
    assert done.problems[0].message == f"With this, 130.00 EUR is paid of invoice {ONE}: 9.00 EUR more than it comes to."
    assert stand(desk, ONE) == ("OVERPAID", "130.00", "-9.00")
    back = pay(desk, sheet(tmp_path / "b.xlsx", [ONE, DAY, -9, "back"], [TWO, DAY, -5, "back"]))
    assert codes(back.problems) == [("W551", "C3")]
    assert stand(desk, ONE) == ("PAID", "121.00", "0.00")


def test_a_final_credit_note_lowers_what_is_open_and_a_draft_does_not(desk: Desk, tmp_path: Path) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 121, "A"]))
    states = desk.book.states(numbers=[ONE])
    batch = credit(desk.workspace, desk.book, states, [Wanted()], "Cancelled", "anna", NOON).batch
    assert batch is not None
    assert stand(desk, ONE) == ("PAID", "121.00", "0.00")
    desk.finalize(batch, date(2026, 11, 25))
    assert stand(desk, ONE) == ("OVERPAID", "121.00", "-121.00")
    done = pay(desk, sheet(tmp_path / "b.xlsx", ["CN-2026-000001", DAY, 121, "A"]))
    assert codes(done.problems) == [("E560", "A2")]


def test_what_cannot_be_a_payment_is_named_with_its_cell_and_nothing_is_entered(desk: Desk, tmp_path: Path) -> None:
    drafts, _ = drafted(invoice(line("1.00"), ref="DEC-1"))
    desk.book.add_batch(drafts, Upload("december.xlsx", "d" * 64, "anna", NOON), left_out=0)
    rows = [
        [ONE, DAY, 21, "good"], ["INV-2026-00001", DAY, 1, "x"], ["DEC-1", DAY, 1, "x"], ["NOV-2", DAY, 1, "x"],
        [ONE, date(2026, 12, 24), 1, "x"], [ONE, DAY, 0, "x"], [ONE, DAY, "1.005", "x"], [YEN, DAY, "1.5", "x"],
        [ONE, DAY, "$ 5.00", "x"], [None, DAY, 5, "x"], [ONE, DAY, None, "x"],
    ]  # fmt: skip
    path = sheet(tmp_path / "a.xlsx", *rows)
    done = pay(desk, path)
    assert codes(done.problems) == [
        ("E201", "A11"), ("E201", "C12"), ("E221", "C10"), ("E554", "A3"), ("E554", "A5"), ("E555", "C7"), ("E555", "C8"),
        ("E555", "C9"), ("E560", "A4"), ("E562", "B6"),
    ]  # fmt: skip
    assert {p.cell: p.suggestion for p in done.problems if p.code == "E554"} == {"A3": ONE, "A5": TWO}
    assert done.count == 0 and stand(desk, ONE)[0] == "UNPAID"
    only = pay(desk, path, valid_only=True)
    assert only.count == 1 and stand(desk, ONE) == ("PARTIALLY_PAID", "21.00", "100.00")


def test_the_same_file_again_enters_nothing(desk: Desk, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"], [TWO, DAY, 242, None])
    pay(desk, path)
    again = pay(desk, path)
    assert (again.known, again.count, again.problems) == (2, 0, [])
    assert stand(desk, ONE) == ("PARTIALLY_PAID", "21.00", "100.00")


def test_the_same_payment_in_another_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"]))
    done = pay(
        desk, sheet(tmp_path / "b.xlsx", [ONE, DAY, 21, "A"], [ONE, DAY, 21, "B"], [TWO, DAY, 1, None], [TWO, DAY, 1, None])
    )
    assert codes(done.problems) == [("E561", "C2"), ("E561", "C5"), ("W554", "C3")]
    assert done.problems[0].message == f"The payment of 21.00 EUR for {ONE} on 2026-11-20 was entered already, by a.xlsx."
    assert "by a row above it" in done.problems[2].message
    assert done.count == 0


@pytest.mark.parametrize("again", ["r-1", "R 1", "R1", None])
def test_a_payment_without_a_reference_or_with_one_that_is_spelt_otherwise_is_the_same(
    desk: Desk, tmp_path: Path, again: str | None
) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "R-1"]))
    done = pay(desk, sheet(tmp_path / "b.xlsx", [ONE, DAY, 21, again]))
    assert codes(done.problems) == [("E561", "C2")] and done.count == 0


def test_a_payment_under_another_reference_may_be_the_same_one(desk: Desk, tmp_path: Path) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "R-1"], [TWO, DAY, 5, None]))
    done = pay(desk, sheet(tmp_path / "b.xlsx", [ONE, DAY, 21, "bank 7"], [TWO, DAY, 5, "bank 8"]))
    assert [p.code for p in done.problems] == ["W554", "W554"] and done.count == 2
    assert done.problems[0].message == f'For {ONE}, 21.00 EUR of 2026-11-20 was entered already under "R-1", by a.xlsx.'
    assert "already without a reference, by a.xlsx" in done.problems[1].message
    assert stand(desk, ONE)[1] == "42.00"


def test_a_payment_in_another_currency_than_its_invoice_is_refused(desk: Desk, tmp_path: Path) -> None:
    head = ("Number", "Date", "Amount", "Currency")
    done = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "EUR"], [TWO, DAY, 5, "USD"], [TWO, DAY, 6, None], head=head))
    assert codes(done.problems) == [("E566", "D3")] and done.count == 0
    assert done.problems[0].message == "The row is in USD, but its invoice is in EUR."


def test_a_payment_before_its_invoice_is_warned_about(desk: Desk, tmp_path: Path) -> None:
    before = date(2025, 11, 20)
    done = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, before, 21, "A"], [TWO, DAY, 5, "B"]))
    assert [(p.code, p.cell) for p in done.problems] == [("W555", "B2")] and done.count == 2


def test_a_second_sheet_of_payments_is_never_left_out_without_a_word(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"]))
    notes = book.create_sheet("Notes")
    notes["A1"] = "from the bank"
    book.save(tmp_path / "a.xlsx")
    done = pay(desk, tmp_path / "a.xlsx")
    assert [(p.code, p.value) for p in done.problems] == [("W553", "Notes")] and done.count == 1
    second = book.create_sheet("Second account")
    for row in (["Number", "Date", "Amount"], [TWO, DAY, 5]):
        second.append(row)
    book.save(tmp_path / "b.xlsx")
    done = pay(desk, tmp_path / "b.xlsx", valid_only=True)
    assert {p.code for p in done.problems} >= {"E567", "W553"} and done.count == 0


def test_hidden_rows_and_merged_cells_of_payments_are_named(desk: Desk, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"], [TWO, DAY, 5, "B"])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[3].hidden = True
    book.save(path)
    done = pay(desk, path)
    assert [(p.code, p.row) for p in done.problems] == [("W106", 3)] and done.count == 2
    path = sheet(tmp_path / "b.xlsx", [ONE, DAY, 7, "C"], [ONE, DAY, None, "D"])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("C2:C3")
    book.save(path)
    assert "E115" in {p.code for p in pay(desk, path).problems}


def test_a_dry_run_of_payments_enters_nothing(desk: Desk, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", [ONE, DAY, 200, "A"])
    done = pay(desk, path, dry_run=True)
    assert done.count == 1 and codes(done.problems) == [("W550", "C2")]
    assert stand(desk, ONE)[0] == "UNPAID" and desk.book.paid_from("x") == 0


def test_a_payment_is_never_changed_or_taken_out(desk: Desk, tmp_path: Path) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"]))
    with raw(desk.workspace.book_url) as connection:
        for change in ("UPDATE payment SET amount = 1", "DELETE FROM payment"):
            with pytest.raises(IntegrityError, match="never changes"):
                connection.exec_driver_sql(change)


def test_the_blank_sheet_of_payments_is_understood_when_it_is_filled_in(desk: Desk, tmp_path: Path) -> None:
    path = blank_sheet(tmp_path / "blank.xlsx", "payments")
    book = openpyxl.load_workbook(path)
    for column, value in zip("ABCD", [ONE, DAY, 21, "A"], strict=True):
        book["Payments"][f"{column}2"] = value
    book.save(path)
    assert pay(desk, path).count == 1


def test_reports_say_what_is_paid_and_what_is_open(desk: Desk, tmp_path: Path) -> None:
    pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"]))
    states = desk.book.ledger()
    columns = invoice_columns(desk.book.load(states), states.join(desk.book.balances(states)), INVOICE_REPORT)
    shown = pd.DataFrame({c.title: fields_of(c).to_pylist() for c in columns}).set_index("Invoice Number")
    assert shown.loc[ONE, ["Document", "Payment", "Paid", "Open"]].tolist() == [
        "Invoice",
        "Partially paid",
        "21.00",
        "100.00",
    ]
    assert shown.loc[YEN, ["Payment", "Open"]].tolist() == ["Unpaid", "1210"]


def test_pay_says_where_each_invoice_stands(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from oneoff_batch.cli import run

    path = sheet(tmp_path / "a.xlsx", [ONE, date(2026, 11, 20), 21, "A"])
    words = ["pay", str(path), "--workspace", str(desk.workspace.root), "--user", "anna"]
    assert run(words) == 0
    text = capsys.readouterr().out
    assert "Entered 1 payment." in text and "100.00 EUR   Partially paid" in text
    assert run(words) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert run(["show", ONE, "--workspace", str(desk.workspace.root)]) == 0
    text = capsys.readouterr().out
    assert "Partially paid; open 100.00 EUR" in text and "21.00 EUR on 20 November 2026, A" in text
    assert run(["ledger", "list", "--workspace", str(desk.workspace.root)]) == 0
    assert "Partially paid   100.00" in capsys.readouterr().out


def test_errors_of_payments_end_with_their_exit_codes(desk: Desk, tmp_path: Path) -> None:
    from oneoff_batch.cli import run

    path = sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"], ["INV-9", DAY, 21, "A"])
    words = ["pay", str(path), "--workspace", str(desk.workspace.root), "--quiet"]
    assert run([*words, "--dry-run"]) == 1
    assert run(words) == 1
    assert run([*words, "--valid-only"]) == 6
    assert errors(pay(desk, path).problems)


def test_a_sheet_of_payments_that_lacks_a_column_is_told_which_and_where_a_blank_one_is(desk: Desk, tmp_path: Path) -> None:
    [lacks] = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, 21, "x"], head=("Number", "Betrag", "Sachbearbeiter"))).problems
    assert lacks.code == "E563" and lacks.fix.endswith("oneoff-batch template --payments.")
    assert lacks.message == 'A sheet of payments needs a column for Date. "Sheet" has: Number, Betrag, Sachbearbeiter.'
    other = pay(desk, sheet(tmp_path / "b.xlsx", ["x", 5], head=("Colour", "Weight")))
    assert [p.message for p in other.problems] == [
        'A sheet of payments needs a column for Number, Date, Amount. "Sheet" has: Colour, Weight.'
    ]


@pytest.mark.parametrize(
    "head",
    [
        ("Rechnungsnummer", "Buchungsdatum", "Betrag", "Verwendungszweck"), ("Number", "Datum", "Betrag", "Referenz"),
        ("Facture", "Date de paiement", "Montant", "Référence"), ("Factura", "Fecha", "Importe", "Referencia"),
        ("Factuurnummer", "Betaaldatum", "Bedrag", "Kenmerk"),
    ],
)  # fmt: skip
def test_a_sheet_of_payments_is_understood_in_five_languages(desk: Desk, tmp_path: Path, head: Sequence[str]) -> None:
    done = pay(desk, sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"], head=head))
    assert (done.count, done.problems) == (1, [])
    assert desk.book.payments_of(desk.book.states(numbers=[ONE])["id"].tolist())[0]["reference"] == "A"


@pytest.mark.parametrize("table", CORRECTIONS, ids=lambda t: t.name)
def test_no_header_means_two_columns_of_a_sheet_of_credits_or_payments(table: Table) -> None:
    owner: dict[str, str] = {}
    for field in table.columns:
        assert set(in_languages(table.name, field)) == set(LANGUAGES), field
        for word in {key(w) for w in (field, table.title_of(field), *table.aliases_of(field))}:
            assert owner.setdefault(word, field) == field, f"{word} means {owner[word]} and {field}"


def test_a_totals_row_below_payments_is_left_out_and_compared(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    rows = f"{ONE};20.11.2026;21,00;A\n{TWO};20.11.2026;242,00;B\nSumme;;{{total}};\n"
    path.write_text("Number;Datum;Betrag;Referenz\n" + rows.format(total="901,00"), "utf-8")
    done = pay(desk, path, dry_run=True)
    assert codes(done.problems) == [("W102", "4"), ("W113", "C4")] and (done.count, done.rows) == (2, 2)
    path.write_text("Number;Datum;Betrag;Referenz\n" + rows.format(total="263,00"), "utf-8")
    done = pay(desk, path)
    assert codes(done.problems) == [("W102", "4")] and done.count == 2


def test_more_than_a_credit_note_left_is_told_with_the_credit_note(desk: Desk, tmp_path: Path) -> None:
    states = desk.book.states(numbers=[TWO])
    batch = credit(desk.workspace, desk.book, states, [Wanted(None, Decimal(100))], "Goodwill", "anna", NOON).batch
    assert batch is not None
    desk.finalize(batch, date(2026, 11, 25))
    done = pay(desk, sheet(tmp_path / "a.xlsx", [TWO, DAY, 242, "A"]))
    assert [p.message for p in done.problems] == [
        f"With this, 242.00 EUR is paid of invoice {TWO}: 100.00 EUR more than is left of it after credit note CN-2026-000001."
    ]


def test_pay_ends_with_what_brings_the_ledger_workbook_up_to_date(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneoff_batch.cli import run

    path = sheet(tmp_path / "a.xlsx", [ONE, DAY, 21, "A"])
    place = ["--workspace", str(desk.workspace.root)]
    assert run(["pay", str(path), "--user", "anna", *place]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("Next: oneoff-batch ledger export") and last.endswith(
        "which writes the ledger workbook with them"
    )
    assert run(["ledger", "export", *place]) == 0
    [book] = desk.workspace.ledger.glob("*.xlsx")
    assert "Partially paid" in {c.value for s in openpyxl.load_workbook(book) for row in s for c in row}
