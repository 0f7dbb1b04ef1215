"""The ledger as a workbook and as CSVs: the tables agree, or nothing is written."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from draft_frames import one_draft, states_of, three_drafts

from oneoff_batch.exporting.ledger import write_ledger_csv, write_ledger_workbook
from oneoff_batch.exporting.reconciliation import NotReconciled, reconciled
from oneoff_batch.money import money

FINAL = {
    "status": "FINAL",
    "on_hold": False,
    "approval": "APPROVED",
    "approved_by": "ben",
    "final_at": "2026-11-30T12:00:00Z",
}


def final(drafts):
    return states_of(drafts, **FINAL, number=[f"INV-2026-{n:06d}" for n in range(1, len(drafts) + 1)])


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tables(tmp_path):
    drafts = three_drafts()
    return [rows(p) for p in write_ledger_csv(tmp_path, drafts, final(drafts))]


def test_three_tables_are_written_with_the_reports_columns(tables):
    header, lines, taxes = tables
    assert (len(header), len(lines), len(taxes)) == (3, 4, 3)
    for title in ("Invoice Number", "Invoice Date", "Due Date", "Status", "Sold From Entity", "Sold To Country", "Tax ID",
                  "Currency", "Net Total", "Tax Total", "Gross Total", "Tax Currency", "PO Number"):  # fmt: skip
        assert title in header[0]


def test_lines_and_taxes_add_up_to_the_headers(tables):
    header, lines, taxes = tables
    for head in header:
        number = head["Invoice Number"]
        net = sum(Decimal(r["Net"]) for r in lines if r["Invoice Number"] == number)
        tax = sum(Decimal(r["Tax Amount"]) for r in taxes if r["Invoice Number"] == number)
        assert (net, tax) == (Decimal(head["Net Total"]), Decimal(head["Tax Total"]))


def test_amounts_have_the_digits_of_their_currency(tables):
    assert [r["Gross Total"] for r in tables[0]] == ["1427.80", "50000", "12.345"]


def test_dates_are_iso(tables):
    assert tables[0][0]["Invoice Date"] == "2026-11-30"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_a_csv_cell_cannot_become_a_formula(tmp_path, text):
    drafts = one_draft(buyer_name=text)
    name = rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Sold To Name"]
    assert name[0] not in "=+-@\t\r"


def test_a_negative_amount_stays_a_number(tmp_path):
    drafts = one_draft(net="-100.00", tax_="-21.00")
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Gross Total"] == "-121.00"


def test_quotes_commas_and_line_breaks_survive(tmp_path):
    drafts = one_draft(buyer_name='A "quoted", name\nof two lines')
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Sold To Name"] == 'A "quoted", name\nof two lines'


def test_the_workbook_proves_that_its_tables_agree(tmp_path):
    drafts = three_drafts()
    workbook = openpyxl.load_workbook(write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts)))
    assert workbook.sheetnames == ["Invoices", "Lines", "Tax", "Totals"]
    assert any(c.value == "Reconciliation" for row in workbook["Totals"].iter_rows() for c in row)
    assert workbook["Invoices"]["A2"].value == "INV-2026-000001"


@pytest.mark.parametrize("table,field", [("lines", "net"), ("lines", "tax"), ("taxes", "tax")])
def test_tables_that_differ_by_a_cent_are_not_written(tmp_path, table, field):
    drafts = three_drafts()
    frame = getattr(drafts, table)
    cents = money(["0.01"] + ["0"] * (len(frame) - 1))
    wrong = replace(drafts, **{table: frame.assign(**{field: (frame[field] + cents).astype(frame[field].dtype)})})
    with pytest.raises(NotReconciled):
        write_ledger_workbook(tmp_path / "ledger.xlsx", wrong, final(wrong))
    with pytest.raises(NotReconciled):
        write_ledger_csv(tmp_path, wrong, final(wrong))
    assert list(tmp_path.iterdir()) == []


def test_the_reconciliation_counts_each_currency():
    proof = reconciled(three_drafts()).set_index("currency")
    assert proof.loc["EUR", "lines"] == 2 and proof.loc["JPY", "gross_total"] == Decimal(50000)
