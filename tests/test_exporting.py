"""The ledger as a workbook and as CSVs: the tables agree, or nothing is written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from draft_frames import drafts as drafts_of
from draft_frames import invoice, line, one_draft, states_of, tax, three_drafts
from views import InMemory

from oneoff_batch.exporting import ledger
from oneoff_batch.exporting.reconciliation import NotReconciled
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


def write_ledger_csv(folder, drafts, states):
    paths, _ = ledger.write_ledger_tables(folder, InMemory(drafts, states))
    return paths[:3]


def write_ledger_workbook(path, drafts, states):
    ledger.write_ledger_workbook(path, InMemory(drafts, states))
    return path


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


def test_the_name_of_a_custom_field_cannot_become_a_formula_either(tmp_path):
    drafts = one_draft(custom='{"=cmd|x": "4410"}')
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["'=cmd|x"] == "4410"


@pytest.mark.parametrize("text", ["-5", "+31", "-1,5", "12.50"])
def test_a_genuine_number_is_left_alone(tmp_path, text):
    drafts = one_draft(po_number=text)
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["PO Number"] == text


def test_csvs_open_in_excel_without_asking(tmp_path):
    drafts = three_drafts()
    paths = write_ledger_csv(tmp_path, drafts, final(drafts))
    assert [p.name for p in paths] == ["header.csv", "lines.csv", "taxes.csv"]
    for path in [*paths, tmp_path / "payments.csv", tmp_path / "reconciliation.csv"]:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") and path.read_bytes().endswith(b"\r\n")


def test_figures_are_plain_decimals_to_the_last_digit(tmp_path):
    net = "123456789012345.67"
    drafts = drafts_of(
        [invoice("A-1", net, "0.00")],
        [line(0, "A-1", 1, net, "0.00", unit_price="0.12345678")],
        [tax(0, "A-1", net, "0.00")],
    )
    header, lines, _ = (rows(p) for p in write_ledger_csv(tmp_path, drafts, final(drafts)))
    assert (header[0]["Net Total"], header[0]["Tax Total"]) == (net, "0.00")
    assert (lines[0]["Quantity"], lines[0]["Unit Price"], lines[0]["Tax Rate %"]) == ("1", "0.12345678", "21")


def test_nothing_is_an_empty_field_and_words_are_peoples_words(tables):
    first = tables[0][0]
    assert (first["Delivery Date"], first["Tax Currency"]) == ("", "")
    assert (first["Status"], first["On Hold"], first["Approval"]) == ("Final", "no", "Approved")
    assert first["Final At (UTC)"].startswith("2026-11-30")
    assert first["Cost centre"] == "4410"


def test_legal_sentences_stand_on_one_line(tmp_path):
    drafts = one_draft(wording="Reverse charge\nArticle 44")
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Legal Wording"] == "Reverse charge; Article 44"


def test_a_negative_amount_stays_a_number(tmp_path):
    drafts = one_draft(net="-100.00", tax_="-21.00")
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Gross Total"] == "-121.00"


def test_quotes_commas_and_line_breaks_survive(tmp_path):
    drafts = one_draft(buyer_name='A "quoted", name\nof two lines')
    assert rows(write_ledger_csv(tmp_path, drafts, final(drafts))[0])[0]["Sold To Name"] == 'A "quoted", name\nof two lines'


def test_the_workbook_proves_that_its_tables_agree(tmp_path):
    drafts = three_drafts()
    workbook = openpyxl.load_workbook(write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts)))
    assert workbook.sheetnames == ["Invoices", "Lines", "Tax", "Payments", "Totals"]
    assert any(c.value == "Reconciliation" for row in workbook["Totals"].iter_rows() for c in row)
    assert workbook["Invoices"]["A2"].value == "INV-2026-000001"


def test_the_three_sheets_of_the_workbook_agree(tmp_path):
    drafts = three_drafts()
    path = write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts))
    header, lines, taxes = (records(path, name) for name in ("Invoices", "Lines", "Tax"))
    for currency in ("EUR", "JPY", "KWD"):
        for title, of_line in (("Net Total", "Net"), ("Tax Total", "Tax"), ("Gross Total", "Gross")):
            assert added(header, title, currency) == added(lines, of_line, currency)
        assert added(header, "Tax Total", currency) == added(taxes, "Tax Amount", currency)
        assert added(header, "Net Total", currency) == added(taxes, "Taxable Amount", currency)


def records(path, name):
    heads, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def added(rows, title, currency):
    return sum(Decimal(str(row[title])) for row in rows if row["Currency"] == currency)


def test_the_workbook_and_the_csvs_say_the_same(tmp_path):
    drafts = three_drafts()
    books = write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts))
    for path, name in zip(write_ledger_csv(tmp_path, drafts, final(drafts)), ("Invoices", "Lines", "Tax"), strict=True):
        for flat, cell in zip(rows(path), records(books, name), strict=True):
            assert list(flat) == list(cell)
            assert [k for k, v in cell.items() if (v is None) != (flat[k] == "")] == []


def test_the_ledger_holds_no_formula_and_the_same_bytes_every_time(tmp_path):
    drafts = one_draft(buyer_name="=cmd|' /C calc'!A0", note="=1+1", po_number="@SUM(A1)")
    paths = [write_ledger_workbook(tmp_path / f"{n}.xlsx", drafts, final(drafts)) for n in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert not [c for s in openpyxl.load_workbook(paths[0]) for row in s.iter_rows() for c in row if c.data_type == "f"]


def test_moments_and_days_are_dates_in_the_workbook(tmp_path):
    drafts = three_drafts()
    row = records(write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts)), "Invoices")[0]
    assert (row["Invoice Date"], row["Final At (UTC)"]) == (datetime(2026, 11, 30), datetime(2026, 11, 30, 12))


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


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("table,field", [("invoices", "gross_total"), ("lines", "net"), ("taxes", "taxable")])
def test_what_is_a_cent_off_the_ledger_is_not_written(tmp_path, kind, table, field):
    drafts = three_drafts()
    frame = getattr(drafts, table)
    cents = money(["0.01"] + ["0"] * (len(frame) - 1))
    other = replace(drafts, **{table: frame.assign(**{field: (frame[field] + cents).astype(frame[field].dtype)})})
    view = InMemory(drafts, final(drafts), ledger=other)
    with pytest.raises(NotReconciled, match="in EUR of NL01"):
        if kind == "xlsx":
            ledger.write_ledger_workbook(tmp_path / "ledger.xlsx", view)
        else:
            ledger.write_ledger_tables(tmp_path, view, kind)
    assert list(tmp_path.iterdir()) == []


def test_an_invoice_that_is_missing_from_an_export_is_noticed(tmp_path):
    drafts = three_drafts()
    fewer = drafts.only(drafts.invoices["currency"] != "KWD")
    with pytest.raises(
        NotReconciled, match="Invoices in KWD of NL01, series invoices: 0 rows were written, the ledger has 1"
    ):
        ledger.write_ledger_tables(tmp_path, InMemory(fewer, final(fewer), ledger=drafts))


def test_the_reconciliation_names_both_figures_and_their_difference(tmp_path):
    drafts = three_drafts()
    ledger.write_ledger_tables(tmp_path, InMemory(drafts, final(drafts)))
    found = {(r["Table"], r["Currency"], r["Figure"]): r for r in rows(tmp_path / "reconciliation.csv")}
    assert len(found) == 3 * 3 + 3 * 3 + 3 * 2
    gross = found["Invoices", "KWD", "Gross total"]
    assert (gross["In This Export"], gross["In the Ledger"], gross["Difference"]) == ("12.345", "12.345", "0.000")
    assert found["Lines", "EUR", "Net"]["Rows"] == "2"


def test_every_format_says_the_same(tmp_path):
    drafts = three_drafts(po_number="=1+1")
    view = InMemory(drafts, final(drafts), size=1)
    for kind in ("csv", "jsonl", "parquet"):
        ledger.write_ledger_tables(tmp_path, view, kind)
    for name in ("header", "lines", "taxes"):
        flat = rows(tmp_path / f"{name}.csv")
        lines = [json.loads(text) for text in (tmp_path / f"{name}.jsonl").read_text("utf-8").splitlines()]
        table = pq.read_table(tmp_path / f"{name}.parquet").to_pylist()
        assert len(flat) == len(lines) == len(table) and [r["number"] for r in lines] == [r["Invoice Number"] for r in flat]
        for record, row in zip(lines, table, strict=True):
            assert list(record) == list(row)
            for key, value in row.items():
                assert as_json(value, record[key]) == record[key], key


def as_json(value, like):
    if isinstance(value, Decimal) and like is not None:
        assert Decimal(like) == value
        return like
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if v is not None}
    return value


def test_json_lines_have_field_names_amounts_as_text_and_iso_dates(tmp_path):
    drafts = three_drafts()
    ledger.write_ledger_tables(tmp_path, InMemory(drafts, final(drafts)), "jsonl")
    first, second, third = (json.loads(t) for t in (tmp_path / "header.jsonl").read_text("utf-8").splitlines())
    assert [r["gross_total"] for r in (first, second, third)] == ["1427.80", "50000", "12.345"]
    assert (first["invoice_date"], first["on_hold"], first["status"]) == ("2026-11-30", False, "FINAL")
    assert first["custom"] == {"Cost centre": "4410", "Rush": "Yes"} and second["custom"] == {}
    assert first["delivery_date"] is None and third["number"] == "INV-2026-000003"


def test_parquet_has_decimals_and_dates_also_where_a_table_is_empty(tmp_path):
    none = three_drafts().only(pd.Series([False] * 3))
    ledger.write_ledger_tables(tmp_path, InMemory(none, final(none)), "parquet")
    header, paid = (pq.read_schema(tmp_path / f"{n}.parquet") for n in ("header", "payments"))
    assert (
        str(header.field("gross_total").type) == "decimal128(20, 4)" and str(header.field("due_date").type) == "date32[day]"
    )
    assert str(paid.field("amount").type) == "decimal128(20, 4)" and str(paid.field("entered_at").type).startswith(
        "timestamp"
    )


def test_a_sheet_that_is_full_is_continued_on_another(tmp_path, monkeypatch):
    from oneoff_batch.showing import growing

    monkeypatch.setattr(growing, "ROW_LIMIT", 3)
    drafts = three_drafts()
    path = write_ledger_workbook(tmp_path / "ledger.xlsx", drafts, final(drafts))
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Invoices", "Invoices 2", "Lines", "Lines 2", "Tax", "Tax 2", "Payments", "Totals"]
    numbers = [r[0].value for name in ("Invoices", "Invoices 2") for r in workbook[name].iter_rows(min_row=2)]
    assert numbers == [f"INV-2026-{n:06d}" for n in (1, 2, 3)]
