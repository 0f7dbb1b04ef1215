"""Exports as files to look at: every byte of a small ledger, in each form that is text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from draft_frames import drafts, invoice, line, states_of, tax
from views import InMemory

from oneoff_batch.book.cells import frame
from oneoff_batch.book.slicing import PAYMENT_COLUMNS
from oneoff_batch.exporting.accounts import Chart
from oneoff_batch.exporting.journal import write_journal
from oneoff_batch.exporting.layouts import LAYOUTS, write_layout
from oneoff_batch.exporting.ledger import write_ledger_tables
from oneoff_batch.exporting.plain_text import beancount, hledger, opening
from oneoff_batch.settings import Accounts

CHART = Chart(Accounts("1300", "8900", "1520", "1100"), {"TRAIN-DAY": "8000"}, {"BOOKS": "8200/1"}, {("NL09", ""): "1521"})
MADE = drafts(
    [
        invoice("NOV-001", "2080.00", "415.20", buyer_name='Müller & "Söhne"; Co', po_number="PO 7", buyer_city="Köln"),
        invoice("NOV-002", "50000", "0", "JPY", buyer_name="株式会社さくら", buyer_country="JP"),
        invoice("CRED-1", "-180.00", "-16.20", preceding_number="INV-2026-000001", series="credits", credit_reason="Returned"),
    ],
    [
        line(0, "NOV-001", 1, "1900.00", "399.00", quantity="2", unit_price="950.00", description="Group A"),
        line(0, "NOV-001", 2, "180.00", "16.20", quantity="1458", unit_price="0.12345678", unit="page",
             product_item=None, product="BOOKS", subline_name="Copies", tax_code="NL09", tax_rate="9"),
        line(1, "NOV-002", 1, "50000", "0", tax_code="EXPORT", tax_category="O", tax_rate="0"),
        line(2, "CRED-1", 1, "-180.00", "-16.20", quantity="-1458", unit_price="0.12345678", unit="page",
             product_item=None, product="BOOKS", subline_name="Copies", tax_code="NL09", tax_rate="9"),
    ],
    [
        tax(0, "NOV-001", "1900.00", "399.00"),
        tax(0, "NOV-001", "180.00", "16.20", tax_code="NL09", name="VAT low rate", rate="9"),
        tax(1, "NOV-002", "50000", "0", tax_code="EXPORT", name="Export", category="O", rate="0"),
        tax(2, "CRED-1", "-180.00", "-16.20", tax_code="NL09", name="VAT low rate", rate="9"),
    ],
)  # fmt: skip
NUMBERS = ["INV-2026-000001", "INV-2026-000002", "CN-2026-000001"]
PAID = frame(
    [("INV-2026-000001", "NOV-001", "C-1001", 'Müller & "Söhne"; Co', "NL01", "invoices", "EUR", 2, "2026-12-15", 100_000,
      "Bank 12", "anna", "2026-12-16T08:00:00Z", "bank.csv")],
    PAYMENT_COLUMNS,
)  # fmt: skip


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


@pytest.fixture
def view() -> InMemory:
    states = states_of(MADE, status="FINAL", number=NUMBERS, final_at="2026-11-30T12:00:00Z", on_hold=False)
    return InMemory(MADE, states, PAID)


@pytest.mark.parametrize("kind", ["journal", "hledger", "beancount"])
def test_a_journal_says_the_same_to_the_last_byte(
    view: InMemory, kind: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    ending = {"journal": "csv", "hledger": "journal", "beancount": "beancount"}[kind]
    taxes = [("NL21", "VAT 21 %"), ("NL09", "VAT low rate")]
    start = opening(CHART, [("TRAIN-DAY", "TRAINING"), ("", "BOOKS")], taxes, ["EUR", "JPY"], date(2026, 11, 30))
    texts = {"hledger": lambda path: hledger(path, start), "beancount": lambda path: beancount(path, start)}
    files, _ = write_journal(tmp_path / f"ledger.{ending}", view, CHART, texts.get(kind))
    for path in files if kind == "journal" else files[:1]:
        golden(f"exports/{path.name}", text_of(path))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_an_import_sheet_says_the_same_to_the_last_byte(
    view: InMemory, kind: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    files, _, _ = write_layout(
        tmp_path / f"{kind}.csv", view, LAYOUTS[kind][1], CHART, {"NL09": "9% (BTW Laag)"}, "day-first"
    )
    for path in files[:3]:
        golden(f"exports/{path.name}", text_of(path))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_reports_say_the_same_to_the_last_byte(
    view: InMemory, kind: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    paths, _ = write_ledger_tables(tmp_path, view, kind)
    for path in paths[:-1]:
        golden(f"exports/{path.name}", text_of(path))


def test_the_small_ledger_has_all_that_can_stand_in_one() -> None:
    assert MADE.invoices["preceding_number"].notna().any() and MADE.invoices["currency"].nunique() == 2
    assert isinstance(PAID, pd.DataFrame) and len(PAID) == 1
