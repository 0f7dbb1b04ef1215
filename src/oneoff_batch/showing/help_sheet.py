"""The Help sheet of a template: what every column is for, written from the schemas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ..columns import Table
from .cells import clean
from .input_sheet import what_to_type
from .styles import ROW_HEIGHT, TITLE_HEIGHT, Styles, print_setup

_HEADINGS = ("Sheet", "Column", "Needed", "What it is for", "What to type", "Example", "Also understood as")
_WIDTHS = (17, 24, 9, 64, 28, 26, 64)


def add_help(workbook: Workbook, styles: Styles, tables: Sequence[Table], remarks: Sequence[str]) -> Worksheet:
    """Add the sheet "Help": remarks, what each sheet is for, then one row per column."""
    sheet = workbook.add_worksheet("Help")
    sheet.hide_gridlines(2)
    for i, width in enumerate(_WIDTHS):
        sheet.set_column(i, i, width)
    sheet.set_row(0, TITLE_HEIGHT)
    sheet.write_string(0, 0, "Help", styles.title())
    lines = [*remarks, *(f"{table.title}: {table.help}" for table in tables)]
    for row, text in enumerate(lines, start=1):
        sheet.write_string(row, 0, clean(text), styles.note())
    head = len(lines) + 2
    for i, heading in enumerate(_HEADINGS):
        sheet.write_string(head, i, heading, styles.header())
    rows = list(_rows(tables))
    for n, cells in enumerate(rows, start=head + 1):
        sheet.set_row(n, ROW_HEIGHT * max(map(_lines, cells, _WIDTHS)))
        for i, text in enumerate(cells):
            sheet.write_string(n, i, clean(text), styles.body("wrapped"))
    sheet.autofilter(head, 0, head + len(rows), len(_HEADINGS) - 1)
    sheet.repeat_rows(head)
    print_setup(sheet, "Help", sum(_WIDTHS))
    return sheet


def _lines(text: str, width: float) -> int:
    """Return how many lines a wrapped text takes: other programs than Excel do not find it out by themselves."""
    return max(1, math.ceil(len(text) / width))


def _rows(tables: Sequence[Table]) -> Iterator[tuple[str, ...]]:
    for table in tables:
        for column in table.columns.values():
            yield (table.title, str(column.title), _needed(column), str(column.description), _typed(column),
                   str(column.metadata.get("example") or ""), ", ".join(column.metadata["aliases"]))  # fmt: skip


def _needed(column: Any) -> str:
    return "yes" if column.metadata["required"] else "no"


def _typed(column: Any) -> str:
    options = column.metadata.get("options") or ()
    return ", ".join(options) if 0 < len(options) <= 10 else what_to_type(column)
