"""The workbooks that we write, read back as Excel would: real numbers, real dates, text that stays text."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from builders import frame as typed_frame
from builders import master
from draft_frames import drafts as drafts_of
from draft_frames import invoice, line, one_draft, states_of, tax, three_drafts

from oneoff_batch.checking import check, read_master
from oneoff_batch.columns import LISTS, MASTER, UPLOAD, custom_column, kind_of
from oneoff_batch.pipeline.intake import load_master
from oneoff_batch.pipeline.setup import blank_upload
from oneoff_batch.pipeline.workspace import Workspace
from oneoff_batch.problems import Problem
from oneoff_batch.reading import read_file, understand
from oneoff_batch.settings import Settings
from oneoff_batch.showing import grid, prepared
from oneoff_batch.showing import workbook as previews
from oneoff_batch.showing.cells import CUT, TEXT_LIMIT, clean
from oneoff_batch.showing.template import write_master_template, write_upload_template
from oneoff_batch.showing.workbook import write_preview

HOSTILE = ["=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "+49 30", "@SUM(A1)", "-2+3", "\tTab"]


@pytest.fixture
def preview(tmp_path):
    def write(drafts, problems=(), **more):
        pages = [f"invoices/{ref}.html" for ref in drafts.invoices["invoice_ref"]]
        path = write_preview(tmp_path / "preview.xlsx", drafts, states_of(drafts, **more), list(problems), pages=pages)
        return openpyxl.load_workbook(path)

    return write


def column(sheet, title):
    heads = {c.value: c.column for c in sheet[1]}
    return [sheet.cell(row, heads[title]) for row in range(2, sheet.max_row + 1)]


def test_the_workbook_has_its_sheets_and_the_one_to_decide_on_first(preview):
    assert preview(three_drafts()).sheetnames == [
        "Review", "Changes", "Invoices", "Lines", "Tax", "Problems", "Totals"
    ]  # fmt: skip


def test_amounts_are_numbers_with_the_digits_of_their_currency(preview):
    cells = column(preview(three_drafts())["Invoices"], "Gross Total")
    assert [c.value for c in cells] == [1427.8, 50000, 12.345]
    assert ["0.00" in cells[0].number_format, "." in cells[1].number_format, "0.000" in cells[2].number_format] == [
        True, False, True
    ]  # fmt: skip


def test_dates_are_dates_and_a_planned_one_says_so(preview):
    sheet = preview(three_drafts())["Invoices"]
    cells = column(sheet, "Invoice Date")
    assert [c.value for c in cells] == [datetime(2026, 11, 30)] * 3
    assert cells[0].is_date
    assert column(sheet, "Date Set By")[2].value != column(sheet, "Date Set By")[0].value


def test_ids_keep_their_leading_zeros(preview):
    assert column(preview(three_drafts())["Invoices"], "PO Number")[0].value == "007781"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_never_becomes_a_formula(preview, text):
    workbook = preview(
        one_draft(buyer_name=text, note=text), [Problem("E305", sheet="Invoices", row=2, column="B", value=text)]
    )
    for sheet in workbook:
        for row in sheet.iter_rows():
            assert not [c.coordinate for c in row if c.data_type == "f"]
    assert column(workbook["Invoices"], "Sold To Name")[0].value.strip() == text.strip()


def test_control_characters_and_lone_surrogates_do_not_break_the_file(preview):
    name = column(preview(one_draft(buyer_name="A\x0bB\ufffeC"))["Invoices"], "Sold To Name")[0].value
    assert name.startswith("A") and name.endswith("C") and "\x0b" not in name


def test_a_problem_with_half_a_character_is_shown_all_the_same(preview):
    found = Problem("W401", sheet="Invoices", row=9, value="half \ud800", details={"vat_id": "X\ud800"})
    assert column(preview(three_drafts(), [found])["Problems"], "What It Holds")[0].value == "half ‹U+D800›"


def test_a_row_links_to_its_page(preview):
    sheet = preview(three_drafts())["Invoices"]
    links = [sheet.cell(row, 1).hyperlink.target.replace("\\", "/") for row in (2, 3, 4)]
    assert links == [f"invoices/NOV-00{n}.html" for n in (1, 2, 3)]


def test_headers_are_frozen_and_filtered(preview):
    workbook = preview(three_drafts())
    for name in ("Invoices", "Lines", "Tax"):
        assert workbook[name].freeze_panes and workbook[name].auto_filter.ref


def test_custom_fields_have_columns_of_their_own(preview):
    sheet = preview(three_drafts())["Invoices"]
    assert column(sheet, "Cost centre")[0].value == "4410"


def test_the_sums_of_the_sheets_are_the_totals(preview):
    workbook = preview(three_drafts())
    net = sum(Decimal(str(c.value)) for c in column(workbook["Lines"], "Net")[:2])
    assert net == Decimal(str(column(workbook["Invoices"], "Net Total")[0].value))


def values(sheet):
    return [[c.value for c in row] for row in sheet.iter_rows()]


def test_what_a_reviewer_looks_for_stands_first(preview):
    warning = Problem("W401", invoice_ref="NOV-002", value="X", details={"vat_id": "X"})
    sheet = preview(three_drafts(), [warning])["Invoices"]
    assert [c.value for c in sheet[1]][:7] == [
        "Invoice Ref", "Sold To Name", "Warnings", "Currency", "Net Total", "Tax Total", "Gross Total"
    ]  # fmt: skip
    assert [c.value for c in sheet[1]][-1] == "Fingerprint"
    assert [c.value for c in column(sheet, "Warnings")] == [None, 1, None]


def test_a_column_in_which_nobody_has_anything_is_left_out(preview):
    titles = [c.value for c in preview(three_drafts())["Invoices"][1]]
    assert "Invoice Number" not in titles and "Delivery Date" not in titles and "Warnings" not in titles


def test_prices_show_their_decimals_and_at_least_those_of_the_currency(preview):
    cells = column(preview(three_drafts())["Lines"], "Unit Price")
    assert [c.value for c in cells] == [1000, 0.12345678, 50000, 12.345]
    assert [c.number_format for c in cells] == ["#,##0.00", "#,##0.00000000", "#,##0", "#,##0.000"]


def test_totals_say_first_what_they_are_totals_of(preview):
    rows = values(preview(three_drafts(), [Problem("W401", invoice_ref="NOV-002", details={"vat_id": "X"})])["Totals"])
    assert [rows[1][0], rows[2][0]] == ["3 invoices with 4 lines.", "1 warning: see the sheet Problems."]
    heads = [row[:8] for row in rows if row[0] in ("Currency", "Status")]
    assert heads[1] == [
        "Currency", "Tax Code", "Tax Name", "Tax Category", "Tax Rate %", "Invoices", "Taxable Amount", "Tax Amount"
    ]  # fmt: skip
    assert next(row[:5] for row in rows if row[0] == "EUR") == ["EUR", 1, 1180, 247.8, 1427.8]
    assert ["Draft", "KWD", 1, 12.345] in [row[:4] for row in rows]


def test_problems_are_there_in_full_and_their_rows_are_high_enough(preview):
    found = Problem("W401", file="n.xlsx", sheet="Invoices", row=9, column="B", invoice_ref="NOV-002", value="X",
                    header="Customer", details={"vat_id": "X" * 200})  # fmt: skip
    sheet = preview(three_drafts(), [found])["Problems"]
    row = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (row["Severity"], row["Code"], row["Cell"], row["Invoice Ref"]) == ("Warning", "W401", "B9", "NOV-002")
    assert (row["What Is Wrong"], row["What To Do"]) == (found.message, found.fix)
    assert sheet.row_dimensions[2].height >= 4 * 15


def test_a_batch_without_problems_says_so(preview):
    assert preview(three_drafts())["Problems"]["A2"].value == "No problems were found."


def test_a_sheet_prints_as_wide_as_can_be_read_and_repeats_what_tells_its_rows_apart(preview):
    workbook = preview(three_drafts())
    for name in ("Invoices", "Lines", "Tax"):
        sheet = workbook[name]
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.print_title_rows == "$1:$1"
    assert (workbook["Tax"].page_setup.fitToWidth or 1, workbook["Tax"].print_title_cols) == (1, None)
    assert (workbook["Invoices"].page_setup.fitToWidth, workbook["Invoices"].print_title_cols) == (2, "$A:$A")


def test_rows_beyond_the_last_of_a_sheet_go_on_in_another_one(preview, monkeypatch):
    monkeypatch.setattr(grid, "ROW_LIMIT", 3)
    workbook = preview(three_drafts())
    assert workbook.sheetnames == ["Invoices", "Invoices 2", "Lines", "Lines 2", "Tax", "Tax 2", "Problems", "Totals"]
    assert values(workbook["Lines"])[0] == values(workbook["Lines 2"])[0]
    refs = [c.value for name in ("Lines", "Lines 2") for c in column(workbook[name], "Invoice Ref")]
    assert refs == ["NOV-001", "NOV-001", "NOV-002", "NOV-003"]
    assert workbook["Invoices 2"]["A2"].hyperlink.target.replace("\\", "/") == "invoices/NOV-003.html"


def test_more_links_than_excel_allows_are_left_out_and_that_is_said(preview, monkeypatch):
    monkeypatch.setattr(grid, "LINK_LIMIT", 2)
    monkeypatch.setattr(previews, "LINK_LIMIT", 2)
    workbook = preview(three_drafts())
    assert [bool(workbook["Invoices"].cell(row, 1).hyperlink) for row in (2, 3, 4)] == [True, True, False]
    assert any("The first 2 invoices link" in str(row[0]) for row in values(workbook["Totals"]))


def test_cells_say_the_same_whether_they_share_their_texts_or_not(preview, monkeypatch):
    drafts = three_drafts(buyer_name="=1+1", note=' two\nlines & <tags> "q" ', footnote="A\x0bB")
    shared = [values(sheet) for sheet in preview(drafts)]
    monkeypatch.setattr(prepared, "_SHARED", 0)
    assert [values(sheet) for sheet in preview(drafts)] == shared
    assert ' two\nlines & <tags> "q" ' in shared[2][1]


def test_what_looks_like_an_escape_of_excels_stays_as_typed(preview):
    assert column(preview(one_draft(note="_x0041_"))["Invoices"], "Note")[0].value == "_x0041_"


def test_a_text_longer_than_a_cell_is_cut_and_says_so(preview):
    note = column(preview(one_draft(note="é" * 40_000))["Invoices"], "Note")[0].value
    assert len(note) == TEXT_LIMIT and note.endswith(CUT)


def test_what_a_workbook_cannot_hold_is_replaced():
    assert clean("a\ud800b\x00c\r\nd") == "a\ufffdb\ufffdc\nd"
    assert len(clean("😀" * 20_000).encode("utf-16-le")) <= 2 * TEXT_LIMIT


def test_days_before_excels_calendar_stay_readable(preview):
    drafts = one_draft(delivery_date=date(1900, 2, 28))
    assert column(preview(drafts)["Invoices"], "Delivery Date")[0].value == "1900-02-28"


def test_a_batch_of_nothing_is_a_workbook_too(preview):
    assert preview(drafts_of([], [], []))["Invoices"].max_row == 1


def test_the_same_drafts_give_the_same_bytes(tmp_path):
    drafts = three_drafts()
    sums = set()
    for n in range(2):
        path = write_preview(tmp_path / f"{n}.xlsx", drafts, states_of(drafts), [], pages=None)
        sums.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(sums) == 1


def test_amounts_beyond_fifteen_digits_keep_every_digit(preview):
    net = "123456789012345.67"
    given = [invoice("A-1", net, "0.00")], [line(0, "A-1", 1, net, "0.00", unit_price="1")], [tax(0, "A-1", net, "0.00")]
    drafts = drafts_of(*given)
    assert column(preview(drafts)["Invoices"], "Net Total")[0].value == "123456789012345.67"


def test_a_broken_write_leaves_the_old_file(tmp_path, monkeypatch):
    drafts = three_drafts()
    path = write_preview(tmp_path / "p.xlsx", drafts, states_of(drafts), [], pages=None)
    before = path.read_bytes()
    monkeypatch.setattr("oneoff_batch.showing.workbook.add_blocks", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_preview(path, drafts, states_of(drafts), [], pages=None)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["p.xlsx"]


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """The master data that `init` writes, and the blank upload for it."""
    root = tmp_path_factory.mktemp("starter")
    write_master_template(root / "master-data.xlsx", sample=True)
    master, problems = load_master(Workspace(root, Settings()))
    assert not [p for p in problems if p.code.startswith("E")]
    blank_upload(root / "upload.xlsx", master)
    return root, master


def test_the_blank_workbook_has_every_column_of_the_schemas(starter):
    workbook = openpyxl.load_workbook(starter[0] / "upload.xlsx")
    assert workbook.sheetnames == ["Invoices", "Lines", "Control", "Example", "Help", LISTS]
    assert workbook[LISTS].sheet_state != "visible"
    for table in UPLOAD:
        heads = [str(c.value).rstrip(" *") for c in workbook[table.title][1]]
        assert heads == [c.title for c in table.columns.values()]


def test_the_master_workbook_has_every_column_of_the_schemas(starter):
    workbook = openpyxl.load_workbook(starter[0] / "master-data.xlsx")
    for table in MASTER:
        heads = [str(c.value).rstrip(" *") for c in workbook[table.title][1]]
        assert heads == [c.title for c in table.columns.values()]


def test_every_header_says_what_goes_there_and_is_frozen(starter):
    workbook = openpyxl.load_workbook(starter[0] / "upload.xlsx")
    for table in UPLOAD:
        sheet = workbook[table.title]
        assert sheet.freeze_panes is not None
        for cell, col in zip(sheet[1], table.columns.values(), strict=True):
            assert cell.comment is not None and col.description[:20] in cell.comment.text


def test_ids_are_text_and_dates_are_dates_in_the_blank_workbook(starter):
    workbook = openpyxl.load_workbook(starter[0] / "upload.xlsx")
    for table in UPLOAD[:2]:
        sheet = workbook[table.title]
        for n, col in enumerate(table.columns.values(), start=1):
            wanted = {"id": "@", "date": "yyyy-mm-dd"}.get(kind_of(col))
            if wanted:
                [style] = [d for d in sheet.column_dimensions.values() if d.min <= n <= d.max]
                assert style.number_format == wanted


def test_drop_downs_offer_what_the_master_data_has(starter):
    workbook = openpyxl.load_workbook(starter[0] / "upload.xlsx")
    rules = {
        str(r.sqref).split(":")[0].rstrip("0123456789"): r for r in workbook["Invoices"].data_validations.dataValidation
    }
    fields = list(UPLOAD[0].columns)
    offered = {field: rules.get(openpyxl.utils.get_column_letter(n)) for n, field in enumerate(fields, start=1)}
    assert starter[1].customers["customer"].iloc[0] in offered["customer"].formula1
    assert starter[1].entities["billing_entity"].iloc[0] in offered["billing_entity"].formula1
    assert "yes" in offered["prices_include_tax"].formula1
    assert LISTS in offered["currency"].formula1


def test_a_filled_template_is_read_back_with_the_same_values(starter, tmp_path):
    root, master = starter
    workbook = openpyxl.load_workbook(root / "upload.xlsx")
    customer = master.customers["customer"].iloc[0]
    given = {
        "Invoices": {"invoice_ref": "007", "customer": customer, "currency": "EUR", "invoice_date": date(2026, 11, 30),
                     "po_number": "000123", "on_hold": "no", "expected_total": 121},
        "Lines": {"invoice_ref": "007", "pricing_name": "Extra day", "quantity": 2.5, "unit_price": 40.0,
                  "period_start": date(2026, 11, 10), "period_end": date(2026, 11, 11)},
    }  # fmt: skip
    for table in UPLOAD[:2]:
        for n, field in enumerate(table.columns, start=1):
            if field in given[table.title]:
                workbook[table.title].cell(2, n, given[table.title][field])
    workbook.save(tmp_path / "filled.xlsx")
    sheets, problems = read_file(tmp_path / "filled.xlsx")
    founds, more = understand(sheets, UPLOAD, {}, None)
    checked = check(founds, master)
    assert problems + more + checked.problems == []
    batch = checked.good()
    head, line = batch.invoices.iloc[0], batch.lines.iloc[0]
    assert (head["invoice_ref"], head["customer"], head["po_number"]) == ("007", customer, "000123")
    assert (head["invoice_date"], bool(head["on_hold"])) == (date(2026, 11, 30), False)
    assert (line["quantity"], line["unit_price"]) == (Decimal("2.5"), Decimal("40"))
    assert (line["period_start"], line["period_end"]) == (date(2026, 11, 10), date(2026, 11, 11))


def test_every_column_of_the_blank_workbook_reads_back_what_was_typed(starter, tmp_path):
    root, master = starter
    workbook = openpyxl.load_workbook(root / "upload.xlsx")
    left_out = {"sales_tax_percentage"}
    typed = {}
    for table in UPLOAD:
        for n, (field, col) in enumerate(table.columns.items(), start=1):
            if field not in left_out:
                typed[table.name, field] = as_typed(kind_of(col), col.metadata["example"])
                workbook[table.title].cell(2, n, typed[table.name, field])
    workbook.save(tmp_path / "filled.xlsx")
    sheets, problems = read_file(tmp_path / "filled.xlsx")
    founds, more = understand(sheets, UPLOAD, {}, None)
    checked = check(founds, master)
    assert problems + more + checked.problems == []
    for table, got in zip(UPLOAD, (checked.invoices, checked.lines, checked.control), strict=True):
        for field, col in table.columns.items():
            if field not in left_out:
                want = typed[table.name, field]
                want = {"yes": True, "no": False}[want] if kind_of(col) == "flag" else want
                assert got.frame[field].iloc[0] == want, field


def as_typed(kind, example):
    if kind == "date":
        return date.fromisoformat(example)
    return Decimal(example) if kind in ("number", "amount", "percent", "fx") else example


def test_an_unused_blank_workbook_holds_no_invoices(starter):
    sheets, _ = read_file(starter[0] / "upload.xlsx")
    mine = [s for s in sheets if s.name in {table.title for table in UPLOAD}]
    assert len(mine) == 3 and all(s.cells.iloc[1:].dropna(how="all").empty for s in mine)


def test_custom_fields_are_columns_of_the_blank_workbook(tmp_path):
    custom = {"invoices": {"Rush": custom_column("Rush", "BOOLEAN")}, "lines": {"Weight": custom_column("Weight", "NUMBER")}}
    workbook = openpyxl.load_workbook(write_upload_template(tmp_path / "blank.xlsx", None, custom))
    assert (workbook["Invoices"][1][-1].value, workbook["Lines"][1][-1].value) == ("Rush", "Weight")
    [rule] = [r for r in workbook["Invoices"].data_validations.dataValidation if str(r.sqref).startswith("Q2")]
    assert rule.formula1 == '"yes,no"'


def test_hostile_master_data_makes_no_formula_in_a_drop_down(tmp_path):
    data = master(customers=[{"customer": text, "name": text, "type": "ORGANIZATION", "country": "NL"} for text in HOSTILE])
    workbook = openpyxl.load_workbook(write_upload_template(tmp_path / "blank.xlsx", data))
    assert not [c for sheet in workbook for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert HOSTILE[1] in [c.value for row in workbook[LISTS].iter_rows() for c in row]


def test_drop_downs_stop_a_wrong_word_but_only_warn_of_an_unknown_customer(starter):
    rules = openpyxl.load_workbook(starter[0] / "upload.xlsx")["Invoices"].data_validations.dataValidation
    by_column = {str(r.sqref)[0]: r for r in rules if r.type == "list"}
    fields = {field: openpyxl.utils.get_column_letter(n) for n, field in enumerate(UPLOAD[0].columns, start=1)}
    assert by_column[fields["customer"]].errorStyle == "warning"
    assert by_column[fields["on_hold"]].errorStyle in (None, "stop")
    assert by_column[fields["on_hold"]].formula1 == '"yes,no"'


def test_help_has_a_row_for_every_column_high_enough_for_its_words(starter):
    sheet = openpyxl.load_workbook(starter[0] / "upload.xlsx")["Help"]
    rows = {(row[0].value, row[1].value): row for row in sheet.iter_rows()}
    for table in UPLOAD:
        for col in table.columns.values():
            told = rows[table.title, col.title]
            assert told[3].value == col.description
            assert (sheet.row_dimensions[told[0].row].height or 15) >= 15 * (1 + (len(col.description) - 1) // 64)


def test_the_example_names_the_master_data(starter):
    sheet = openpyxl.load_workbook(starter[0] / "upload.xlsx")["Example"]
    words = {c.value for row in sheet.iter_rows() for c in row}
    assert {
        "NOV-001",
        "NOV-002",
        starter[1].customers["customer"].iloc[0],
        starter[1].items["product_item"].iloc[0],
    } <= words


@pytest.mark.parametrize("write", [write_master_template, lambda path: write_upload_template(path, None)])
def test_blank_workbooks_are_the_same_bytes_every_time(tmp_path, write):
    assert write(tmp_path / "a.xlsx").read_bytes() == write(tmp_path / "b.xlsx").read_bytes()


def test_the_starter_master_data_works_at_once(starter):
    _, master = starter
    assert len(master.entities) and len(master.customers) and len(master.taxes) and len(master.items) + len(master.products)


def test_a_template_without_master_data_is_valid_too(tmp_path):
    path = write_upload_template(tmp_path / "blank.xlsx", None)
    assert openpyxl.load_workbook(path).sheetnames[:2] == ["Invoices", "Lines"]
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_master_data_without_rows_reads_as_empty_tables(tmp_path):
    path = write_master_template(tmp_path / "empty.xlsx")
    sheets, _ = read_file(Path(path))
    founds, _ = understand(sheets, MASTER, {}, None)
    master, _ = read_master(founds, Settings())
    assert master.customers.empty and set(typed_frame(MASTER[1], []).columns) <= set(master.customers.columns)
