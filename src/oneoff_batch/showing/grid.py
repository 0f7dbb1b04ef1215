"""A table of many rows as a worksheet: columns with a title and a kind, written a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from . import cells
from .styles import LINK, Styles, amount_format
from .words import APPROVALS, STATUSES

ROW_LIMIT = 1_048_576
"""Rows of an Excel sheet, its header included."""
LINK_LIMIT = 65_530
"""Links that an Excel sheet can hold."""
_BLOCK = 20_000
_RIGHT = frozenset({"amount", "number", "whole", "percent", "fx"})
_WORDS = {**STATUSES, **APPROVALS}
_WIDTHS = {"day": 11, "time": 16, "flag": 8, "percent": 9}


@dataclass(frozen=True)
class Column:
    """One column of a report: its title, its kind and its values.

    `kind` is text, id, word (a fixed word such as PENDING_REVIEW, shown as "Pending review"), wrapped, flag, day,
    time, amount, number, whole, percent or fx. `currency` gives the currency of every row of an amount.
    """

    title: str
    kind: str
    values: pd.Series
    currency: pd.Series | None = None
    widest: int = 42
    links: Sequence[str] | None = field(default=None, repr=False)

    @property
    def is_figure(self) -> bool:
        """Whether the column stands to the right."""
        return self.kind in _RIGHT


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
    rows = len(columns[0].values)
    starts = range(0, max(rows, 1), ROW_LIMIT - 1)
    return [
        add_grid(workbook, styles, name if n == 1 else f"{name} {n}", columns, start)
        for n, start in zip(count(1), starts, strict=False)
    ]


def add_grid(workbook: Workbook, styles: Styles, name: str, columns: Sequence[Column], start: int = 0) -> GridSheet:
    """Add one sheet with the rows from `start` on: frozen header, filter, widths, print setup."""
    sheet: GridSheet = workbook.add_worksheet(name, worksheet_class=GridSheet)
    stop = min(len(columns[0].values), start + ROW_LIMIT - 1)
    last = len(columns) - 1
    for i, column in enumerate(columns):
        sheet.write_string(0, i, column.title, styles.header(right=column.is_figure))
        sheet.set_column(i, i, width_of(column))
        _add_links(sheet, column, i, start, stop)
    lay_out(sheet, name, rows=stop - start, last=last)
    sheet.used = f"A1:{xl_col_to_name(last)}{stop - start + 1}"
    sheet.blocks = _rows_of(columns, styles, start, stop)
    return sheet


def lay_out(sheet: Worksheet, name: str, rows: int, last: int, frozen: int = 1) -> None:
    """Give a table its frozen header, its filter, and a print with the header on each page."""
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, frozen)
    sheet.autofilter(0, 0, max(rows, 1), last)
    sheet.hide_gridlines(2)
    sheet.repeat_rows(0)
    print_setup(sheet, name)


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
            rows = pc.binary_join_element_wise(
                '<row r="', numbers, '">', *made, "</row>", "", null_handling="replace", null_replacement=""
            )
            yield "".join(rows.to_pylist())

    return blocks


@dataclass(frozen=True)
class _Prepared:
    """A column ready for writing: one Arrow array, its letters and its style numbers."""

    kind: str
    letters: str
    values: pa.Array
    style: int
    guarded: int
    styles: pa.Array | None

    @classmethod
    def of(cls, column: Column, styles: Styles, letters: str) -> _Prepared:
        more: dict[str, Any] = {"font_color": LINK} if column.links else {}
        look = "text" if column.kind in ("word", "flag", "amount") else column.kind
        plain = styles.body(look, **more)._get_xf_index()
        guarded = styles.body(look, quote_prefix=True, **more)._get_xf_index()
        per_row = None
        if column.currency is not None:
            codes = pa.array(column.currency.astype(object)).dictionary_encode()
            found = [str(styles.amount(code)._get_xf_index()) for code in codes.dictionary.to_pylist()]
            per_row = pc.take(pa.array(found, pa.string()), codes.indices)
        return cls(column.kind, letters, as_array(column), plain, guarded, per_row)

    def cells(self, lo: int, size: int, numbers: pa.Array) -> pa.Array:
        values = self.values.slice(lo, size)
        start = pc.binary_join_element_wise(f'<c r="{self.letters}', numbers, "")
        if self.kind in _RIGHT:
            style = self.style if self.styles is None else self.styles.slice(lo, size)
            return cells.number_cells(values, start, style)
        if self.kind == "time":
            return cells.moment_cells(values, start, self.style)
        if self.kind == "day":
            return cells.date_cells(values, start, self.style)
        return cells.text_cells(values, start, self.style, self.guarded)


def as_array(column: Column) -> pa.Array:
    """Return the values of a column as one Arrow array of what its cells show."""
    array = pa.array(column.values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if column.kind == "flag":
        return pc.if_else(array, "yes", "no")
    if column.kind == "time":
        return _moments(column.values)
    if column.kind == "word":
        return _in_words(cells.text_array(array))
    return array if column.kind in _RIGHT | {"day"} else cells.text_array(array)


def _in_words(codes: pa.Array) -> pa.Array:
    """Return statuses and other fixed words as people say them: PENDING_REVIEW is "Waiting for review"."""
    encoded = codes.dictionary_encode()
    found = [_WORDS.get(code) or code.replace("_", " ").capitalize() for code in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(found, pa.string()), encoded.indices)


def _moments(values: pd.Series) -> pa.Array:
    """Return moments (with a time zone, or ISO text) as Excel counts them: days, in UTC, to the second."""
    moments = pd.to_datetime(values, utc=True, format=None if values.dtype.kind == "M" else "ISO8601")
    seconds = pa.array(moments).cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64())
    return pc.add(pc.divide(seconds.cast(pa.float64()), 86_400.0), 25_569.0)


def width_of(column: Column) -> float:
    """Return a width in characters in which the header (on up to two lines) and every usual value can be read."""
    words = column.title.split()
    header = max([len(w) for w in words], default=4) + 3
    header = max(header, (len(column.title) + 5) // 2)
    return float(max(header, min(_WIDTHS.get(column.kind) or _longest(column) + 2, column.widest)))


def _longest(column: Column) -> int:
    array = as_array(column)
    if column.kind not in _RIGHT:
        return int(pc.max(pc.utf8_length(array)).as_py() or 0)
    top = max((abs(v) for v in pc.min_max(array).as_py().values() if v is not None), default=0)
    behind = len(amount_format("EUR")) - 6 if column.kind == "amount" else 5
    return len(f"{int(top):,}") + behind
