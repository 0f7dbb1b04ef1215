"""A table of many rows as a worksheet, written a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from .cells import clean, quoted
from .prepared import Cells, cells_of
from .report_column import Column
from .styles import HEADER_HEIGHT, ROW_HEIGHT, TITLE_HEIGHT, Styles, print_setup

ROW_LIMIT = 1_048_576
"""Rows of an Excel sheet, its header included."""
LINK_LIMIT = 65_530
"""Links that an Excel sheet can hold."""
_BLOCK = 20_000


class GridSheet(Worksheet):  # type: ignore[misc]
    """A worksheet whose rows below the header come ready-made, in blocks: memory stays flat."""

    blocks: Callable[[], Iterator[pa.Buffer]] | None = None
    used: str = ""
    comments: dict[int, Any]
    dim_rowmax: int

    def _write_dimension(self) -> None:
        if not self.used:
            super()._write_dimension()
            return
        self._xml_empty_tag("dimension", [("ref", self.used)])

    def _write_sheet_data(self) -> None:
        if self.blocks is None:
            super()._write_sheet_data()
            return
        self._xml_start_tag("sheetData")
        if self.table:
            self._write_header_rows()
        self.fh.flush()
        for block in self.blocks():
            self.fh.buffer.write(block)
        self.blocks = None
        self._xml_end_tag("sheetData")

    def _write_header_rows(self) -> None:
        """Write the rows above the blocks only: a comment further down would make a second, empty row of its own."""
        comments, last = self.comments, self.dim_rowmax
        self.comments, self.dim_rowmax = {r: c for r, c in comments.items() if r in self.table}, max(self.table)
        self._write_rows()
        self.comments, self.dim_rowmax = comments, last


def add_grids(
    workbook: Workbook, styles: Styles, name: str, columns: Sequence[Column], remarks: Sequence[str] = ()
) -> list[GridSheet]:
    """Add a table as a sheet, or as "Lines", "Lines 2" … where it has more rows than Excel can show.

    With remarks, each sheet begins with its name and the remarks, one below the other.
    """
    above = [name, *remarks, ""] if remarks else []
    starts = range(0, max(len(columns[0].values), 1), ROW_LIMIT - 1 - len(above))
    return [
        _add_grid(workbook, styles, name if n == 1 else f"{name} {n}", columns, start, above)
        for n, start in zip(count(1), starts, strict=False)
    ]


def _add_grid(
    workbook: Workbook, styles: Styles, name: str, columns: Sequence[Column], start: int, above: Sequence[str]
) -> GridSheet:
    top = len(above)
    stop = min(len(columns[0].values), start + ROW_LIMIT - 1 - top)
    heads = [(column.title, column.is_figure, column.width) for column in columns]
    sheet = bare_sheet(workbook, styles, name, heads, stop - start, above)
    for i, column in enumerate(columns):
        _add_links(sheet, column, i, start, stop, top)
    sheet.blocks = _rows_of(sheet, columns, styles, start, stop, top)
    return sheet


def bare_sheet(
    workbook: Workbook,
    styles: Styles,
    name: str,
    heads: Sequence[tuple[str, bool, float]],
    rows: int,
    above: Sequence[str] = (),
) -> GridSheet:
    """Add a sheet with its header, for so many rows, which `blocks` is to give.

    `heads` are the title of each column, whether it holds figures, and its width in characters.
    """
    sheet: GridSheet = workbook.add_worksheet(name, worksheet_class=GridSheet)
    top, last = len(above), len(heads) - 1
    for i, (title, right, width) in enumerate(heads):
        sheet.write_string(top, i, clean(title), styles.header(right=right))
        sheet.set_column(i, i, width)
    for row, text in enumerate(above):
        sheet.write_string(row, 0, quoted(text), styles.note() if row else styles.title())
        sheet.set_row(row, ROW_HEIGHT if row else TITLE_HEIGHT)
    sheet.set_row(top, HEADER_HEIGHT)
    sheet.freeze_panes(top + 1, 0 if above else 1)
    sheet.hide_gridlines(2)
    sheet.autofilter(top, 0, top + max(rows, 1), last)
    sheet.repeat_rows(top)
    print_setup(sheet, name, sum(width for _, _, width in heads))
    sheet.used = f"A1:{xl_col_to_name(last)}{top + rows + 1}"
    sheet.ignore_errors({"number_stored_as_text": sheet.used})
    return sheet


def _add_links(sheet: GridSheet, column: Column, i: int, start: int, stop: int, top: int) -> None:
    """Link cells to pages, or where a link begins with # to cells of the same workbook."""
    for row, page in enumerate((column.links or ())[start : min(stop, start + LINK_LIMIT)], start=top + 1):
        if page:
            sheet.hyperlinks[row][i] = Url(f"internal:{page[1:]}" if page.startswith("#") else f"external:{page}")


def _rows_of(
    sheet: GridSheet, columns: Sequence[Column], styles: Styles, start: int, stop: int, top: int
) -> Callable[[], Iterator[pa.Buffer]]:
    prepared = [cells_of(c, styles, sheet.str_table, xl_col_to_name(i)) for i, c in enumerate(columns)]
    heights = heights_of(columns)

    def blocks() -> Iterator[pa.Buffer]:
        for lo in range(start, stop, _BLOCK):
            yield block_of(prepared, heights, lo, min(_BLOCK, stop - lo), top + lo - start + 2)

    return blocks


def block_of(prepared: Sequence[Cells], heights: pa.Array | None, lo: int, size: int, row: int) -> pa.Buffer:
    """Return `size` rows from value `lo` on as they stand in a sheet, the first of them at row `row` (counted from 1)."""
    numbers = pa.array(np.arange(row, row + size)).cast(pa.string())
    made = [cells(lo, size, numbers) for cells in prepared]
    height = "" if heights is None else heights.slice(lo, size)
    rows = pc.binary_join_element_wise('<row r="', numbers, '"', height, ">", *made, "</row>", "")
    return pc.binary_join(pa.ListArray.from_arrays([0, size], rows), "")[0].as_buffer()


def heights_of(columns: Sequence[Column]) -> pa.Array | None:
    """Return what makes the rows with wrapped text high enough, or None where no column is wrapped."""
    wrapped = [c for c in columns if c.kind == "wrapped" and len(c.array)]
    if not wrapped:
        return None
    lines = pc.max_element_wise(*(pc.ceil(pc.divide(pc.cast(pc.utf8_length(c.array), "double"), c.width)) for c in wrapped))
    height = pc.cast(pc.multiply(pc.cast(pc.fill_null(lines, 1), "int64"), ROW_HEIGHT), "string")
    custom = pc.binary_join_element_wise(' ht="', height, '" customHeight="1"', "")
    return pc.if_else(pc.greater(pc.fill_null(lines, 1), 1), custom, "")
