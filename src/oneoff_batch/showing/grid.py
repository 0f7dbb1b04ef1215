"""A table of many rows as a worksheet, written a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ..money import currencies
from . import cells
from .report_column import Column
from .styles import LINK, PLACES, Styles

ROW_LIMIT = 1_048_576
"""Rows of an Excel sheet, its header included."""
LINK_LIMIT = 65_530
"""Links that an Excel sheet can hold."""
_BLOCK = 20_000


class GridSheet(Worksheet):  # type: ignore[misc]
    """A worksheet whose rows below the header come ready-made, in blocks: memory stays flat."""

    blocks: Callable[[], Iterator[str]] | None = None
    used: str = ""

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
        self._write_rows()
        for block in self.blocks():
            self.fh.write(block)
        self._xml_end_tag("sheetData")


def add_grids(workbook: Workbook, styles: Styles, name: str, columns: Sequence[Column]) -> list[GridSheet]:
    """Add a table as a sheet, or as "Lines", "Lines 2" … where it has more rows than Excel can show."""
    starts = range(0, max(len(columns[0].values), 1), ROW_LIMIT - 1)
    return [
        _add_grid(workbook, styles, name if n == 1 else f"{name} {n}", columns, start)
        for n, start in zip(count(1), starts, strict=False)
    ]


def _add_grid(workbook: Workbook, styles: Styles, name: str, columns: Sequence[Column], start: int) -> GridSheet:
    sheet: GridSheet = workbook.add_worksheet(name, worksheet_class=GridSheet)
    stop = min(len(columns[0].values), start + ROW_LIMIT - 1)
    last = xl_col_to_name(len(columns) - 1)
    for i, column in enumerate(columns):
        sheet.write_string(0, i, cells.clean(column.title), styles.header(right=column.is_figure))
        sheet.set_column(i, i, column.width)
        _add_links(sheet, column, i, start, stop)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.hide_gridlines(2)
    sheet.autofilter(0, 0, max(stop - start, 1), len(columns) - 1)
    sheet.repeat_rows(0)
    print_setup(sheet, name)
    sheet.used = f"A1:{last}{stop - start + 1}"
    sheet.ignore_errors({"number_stored_as_text": sheet.used})
    sheet.blocks = _rows_of(columns, styles, start, stop)
    return sheet


def print_setup(sheet: Worksheet, name: str) -> None:
    """Print in landscape on A4, as wide as the page, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{name}&R&8Page &P of &N")


def _add_links(sheet: GridSheet, column: Column, i: int, start: int, stop: int) -> None:
    for row, page in enumerate((column.links or ())[start : min(stop, start + LINK_LIMIT)], start=1):
        if page:
            sheet.hyperlinks[row][i] = Url(f"external:{page}")


def _rows_of(columns: Sequence[Column], styles: Styles, start: int, stop: int) -> Callable[[], Iterator[str]]:
    prepared = [_Prepared.of(c, styles, xl_col_to_name(i)) for i, c in enumerate(columns)]

    def blocks() -> Iterator[str]:
        for lo in range(start, stop, _BLOCK):
            size = min(_BLOCK, stop - lo)
            numbers = pa.array(np.arange(lo - start + 2, lo - start + 2 + size)).cast(pa.string())
            made = [p.cells(lo, size, numbers) for p in prepared]
            rows = pc.binary_join_element_wise('<row r="', numbers, '">', *made, "</row>", "")
            yield "".join(rows.to_pylist())

    return blocks


@dataclass(frozen=True)
class _Prepared:
    """A column ready for writing: its letters, and the number of the style of every cell.

    Figures that need as many decimals as they have take their style from `by_places`, with `least` decimals.
    """

    column: Column
    letters: str
    style: int
    guarded: int
    styles: pa.Array | None = None
    by_places: pa.Array | None = None
    least: pa.Array | None = None

    @classmethod
    def of(cls, column: Column, styles: Styles, letters: str) -> _Prepared:
        more: dict[str, Any] = {"font_color": LINK} if column.links else {}
        look = "text" if column.kind in ("word", "flag") else column.kind
        plain = styles.body(look, **more)._get_xf_index()
        guarded = styles.body(look, quote_prefix=True, **more)._get_xf_index()
        if column.kind == "amount":
            return cls(column, letters, plain, guarded, styles=_amounts(column, styles))
        if column.kind not in PLACES:
            return cls(column, letters, plain, guarded)
        by_places = [str(styles.figure(column.kind, n)._get_xf_index()) for n in range(11)]
        least = None if column.currency is None else _per_currency(column, lambda c: currencies().get(c, 2), pa.int32())
        return cls(column, letters, plain, guarded, by_places=pa.array(by_places), least=least)

    def cells(self, lo: int, size: int, numbers: pa.Array) -> pa.Array:
        values = self.column.array.slice(lo, size)
        start = pc.binary_join_element_wise(f'<c r="{self.letters}', numbers, "")
        made = self._cells(values, start, lo)
        if not made.null_count:
            return made
        return pc.coalesce(made, pc.binary_join_element_wise(start, f'" s="{self.style}"/>', ""))

    def _cells(self, values: pa.Array, start: pa.Array, lo: int) -> pa.Array:
        if self.column.is_figure:
            digits = cells.plain(values)
            return cells.number_cells(digits, start, self._style(digits, lo), long=cells.may_lose_digits(values))
        if self.column.kind == "time":
            return cells.moment_cells(values, start, self.style)
        if self.column.kind == "day":
            return cells.date_cells(values, start, self.style)
        return cells.text_cells(values, start, self.style, self.guarded)

    def _style(self, digits: pa.Array, lo: int) -> pa.Array | int:
        if self.by_places is not None:
            places = cells.places(digits)
            least = 0 if self.least is None else self.least.slice(lo, len(digits))
            return pc.take(self.by_places, pc.max_element_wise(places, least, skip_nulls=False))
        return self.style if self.styles is None else self.styles.slice(lo, len(digits))


def _amounts(column: Column, styles: Styles) -> pa.Array:
    return _per_currency(column, lambda code: str(styles.amount(code)._get_xf_index()), pa.string())


def _per_currency(column: Column, found: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """Return for every row what belongs to its currency."""
    assert column.currency is not None, "amounts and prices have a currency"
    codes = pa.array(column.currency.astype(object), pa.string()).dictionary_encode()
    return pc.take(pa.array([found(code) for code in codes.dictionary.to_pylist()], kind), codes.indices)
