"""The blank workbooks that people fill in: the upload and the master data, both derived from the schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from ..checking.batch import Master
from ..columns import MASTER, UPLOAD, Table
from .examples import Row, example_invoices, example_lines, starter_rows
from .help_sheet import add_help
from .input_sheet import Options, add_input_sheet, input_width, write_header, write_rows
from .lists import Lists, options_of
from .saving import saved
from .styles import HEADER_HEIGHT, TITLE_HEIGHT, Styles, new_workbook, print_setup

_UPLOAD_REMARKS = (
    "Fill in the sheets Invoices and Lines; the Control sheet is optional. Dark headers must be filled in.",
    "Point at a header to read what goes there. The sheet Example shows two invoices; it is never read.",
)
_MASTER_REMARKS = (
    "This workbook is kept beside the batches. Dark headers must be filled in.",
    "Point at a header to read what goes there.",
)
_SAMPLE_REMARK = "The rows in italics are an invented company, so that everything works at once. Write over them."
_MASTER_ROWS = 5_000
"""Rows of a master sheet that the drop-downs of the other sheets look at."""


def write_upload_template(
    path: Path,
    master: Master | None,
    custom: Mapping[str, Mapping[str, Any]] | None = None,
    rows: Mapping[str, Sequence[Row]] | None = None,
) -> Path:
    """Write the blank upload workbook: Invoices, Lines, Control, Example, Help.

    Drop-downs offer the ids of the master data where it is given. `custom` gives custom fields (Pandera columns
    by name) to add, per table: "invoices", "lines". `rows` (texts by field) are filled in, per table.
    """
    tables = [table.with_columns((custom or {}).get(table.name, {})) for table in UPLOAD]
    with saved(path) as draft, new_workbook(draft, "Invoice upload") as workbook:
        styles = Styles(workbook)
        lists = Lists()
        options = upload_options(lists, master)
        for table in tables:
            add_input_sheet(workbook, styles, table, options, (rows or {}).get(table.name, ()), example=rows is None)
        _add_example(workbook, styles, tables, master)
        add_help(workbook, styles, tables, _UPLOAD_REMARKS)
        lists.add_to(workbook)
    return path


def write_table_template(path: Path, table: Table, remarks: Sequence[str]) -> Path:
    """Write a blank workbook of one table alone, with its Help sheet."""
    with saved(path) as draft, new_workbook(draft, table.title) as workbook:
        styles = Styles(workbook)
        add_input_sheet(workbook, styles, table, lambda _field, _column: None)
        add_help(workbook, styles, [table], remarks)
    return path


def upload_options(lists: Lists, master: Master | None) -> Options:
    """Return drop-downs of what schemas and master data know."""

    def options(field: str, column: Any) -> str | list[str] | None:
        found = options_of(column, master)
        return lists.source(str(column.title), found) if found else None

    return options


def _add_example(workbook: Workbook, styles: Styles, tables: Sequence[Table], master: Master | None) -> None:
    sheet = workbook.add_worksheet("Example")
    sheet.hide_gridlines(2)
    sheet.set_row(0, TITLE_HEIGHT)
    sheet.write_string(0, 0, "Example", styles.title())
    remark = "Two invoices with four lines. This sheet only shows how it is done: it is never read."
    sheet.write_string(1, 0, remark, styles.note())
    row = 3
    parts: list[tuple[Table, list[Row]]] = [(tables[0], example_invoices(master)), (tables[1], example_lines(master))]
    for table, rows in parts:
        sheet.write_string(row, 0, f"On the sheet {table.title}", styles.section())
        sheet.set_row(row + 1, HEADER_HEIGHT)
        for i, column in enumerate(table.columns.values()):
            write_header(sheet, styles, row + 1, i, column)
        write_rows(sheet, styles, table, rows, row + 2)
        row += len(rows) + 4
    widths = [min(16, max(map(input_width, pair))) for pair in _side_by_side(tables[:2])]
    for i, width in enumerate(widths):
        sheet.set_column(i, i, width)
    print_setup(sheet, "Example", sum(widths))


def _side_by_side(tables: Sequence[Table]) -> list[list[Any]]:
    """Return for every column of a sheet the columns of the tables that stand in it one below the other."""
    every = zip_longest(*(t.columns.values() for t in tables))
    return [[column for column in pair if column is not None] for pair in every]


def write_master_template(path: Path, sample: bool = False) -> Path:
    """Write the blank master-data workbook; `sample` adds an invented company, marked as such, to write over."""
    rows = starter_rows() if sample else {}
    with saved(path) as draft, new_workbook(draft, "Master data") as workbook:
        styles = Styles(workbook)
        lists = Lists()
        options = _master_options(lists)
        for table in MASTER:
            add_input_sheet(workbook, styles, table, options, rows.get(table.name, ()))
        add_help(workbook, styles, MASTER, (*_MASTER_REMARKS, *([_SAMPLE_REMARK] if sample else [])))
        lists.add_to(workbook)
    return path


def _master_options(lists: Lists) -> Options:
    """Return drop-downs that look at the other sheets of the same workbook."""
    columns = {f"{t.name}.{field}": (t, i) for t in MASTER for i, field in enumerate(t.columns)}
    sources = {"taxes": "taxes.tax_code", "entities": "entities.billing_entity"}

    def options(field: str, column: Any) -> str | list[str] | None:
        refers = sources.get(str(column.metadata.get("refers")))
        if refers:
            table, i = columns[refers]
            letters = xl_col_to_name(i)
            return f"='{table.title}'!${letters}$2:${letters}${_MASTER_ROWS}"
        found = options_of(column, None)
        return lists.source(str(column.title), found) if found else None

    return options
