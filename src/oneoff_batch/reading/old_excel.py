"""An old Excel workbook (.xls) → raw cells, with the formats and marks that decide what they mean."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import xlrd

from .source import Damaged, Marks, Raw, Row, Workbook, Worksheet
from .unreadable import unreadable

FAULTS = (
    xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, ArithmeticError, AttributeError,
    LookupError, NotImplementedError, RecursionError, TypeError, UnicodeError, ValueError,
)  # fmt: skip
"""What xlrd raises for a damaged workbook; it promises no one kind."""
_EMPTY = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
_TYPES = {xlrd.XL_CELL_TEXT: "str", xlrd.XL_CELL_NUMBER: "n", xlrd.XL_CELL_DATE: "n"}


def open_xls(path: Path) -> Workbook:
    """Return the worksheets of a workbook in BIFF 2 to 8, read sheet by sheet while their rows are asked for.

    xlrd does not tell formulas from values: a cell has the saved result of its formula, `formula` is always None. The
    file is trusted with memory and time, so run this by `read_apart`. Raises `Damaged`, also while rows are read,
    and `Unreadable` with E102.
    """
    try:
        book = _opened(path)
        names, shown = book.sheet_names(), book._sheet_visibility
        return Workbook(
            tuple(_worksheet(book, i, name, shown[i] == 0) for i, name in enumerate(names)),
            formats=_formats(book),
            epoch_1904=book.datemode == 1,
            macros=b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0" in path.read_bytes(),
        )
    except FAULTS as error:
        if "encrypted" in str(error):
            raise unreadable("E102", path) from error
        raise Damaged(str(error)) from error


def _opened(path: Path) -> Any:
    """Workbooks older than Excel 5 keep no formats that xlrd can read."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        try:
            return xlrd.open_workbook(path, logfile=nowhere, formatting_info=True, on_demand=True, ragged_rows=True)
        except NotImplementedError:
            return xlrd.open_workbook(path, logfile=nowhere, on_demand=True, ragged_rows=True)


def _formats(book: Any) -> tuple[str, ...]:
    codes = {key: f.format_str for key, f in book.format_map.items()}
    return tuple(codes.get(xf.format_key, "General") for xf in book.xf_list) or ("General",)


def _worksheet(book: Any, index: int, name: str, visible: bool) -> Worksheet:
    return Worksheet(name, visible, lambda: _rows(_loaded(book, index)), lambda: _marks(_loaded(book, index)))


def _loaded(book: Any, index: int) -> Any:
    """Return a sheet, and let go of those that were read before."""
    try:
        if not book.sheet_loaded(index):
            for other in range(book.nsheets):
                book.unload_sheet(other)
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            book.logfile = nowhere
            return book.sheet_by_index(index)
    except FAULTS as error:
        raise Damaged(str(error)) from error


def _rows(sheet: Any) -> Iterator[Row]:
    for number in range(sheet.nrows):
        types, values = sheet.row_types(number), sheet.row_values(number)
        styles = sheet._cell_xf_indexes[number] if sheet.formatting_info else [0] * len(types)
        cells = zip(range(len(types)), types, styles, values, strict=True)
        row = [_cell(*cell) for cell in cells if cell[1] not in _EMPTY]
        if row:
            yield number + 1, row


def _cell(column: int, type_: int, style: int, value: Any) -> Raw:
    if type_ == xlrd.XL_CELL_BOOLEAN:
        return Raw(column, "b", style, "1" if value else "0", None)
    if type_ == xlrd.XL_CELL_ERROR:
        return Raw(column, "e", style, xlrd.error_text_from_code.get(value, "#ERROR!"), None)
    if isinstance(value, str):
        return Raw(column, "str", style, value, None)
    text = number_value(value)
    return Raw(column, _TYPES[type_], style, text, None) if text else Raw(column, "e", style, "#NUM!", None)


def number_value(value: float) -> str:
    """Return all digits of a double, as .xlsx keeps it; "" for what is no number.

    >>> number_value(5.0), number_value(0.1), number_value(float("nan"))
    ('5', '0.1', '')
    """
    text = repr(value).removesuffix(".0")
    return "" if text in ("nan", "inf", "-inf") else text


def _marks(sheet: Any) -> Marks:
    rows = sorted(i + 1 for i, info in sheet.rowinfo_map.items() if info.hidden)
    columns = sorted(i for i, info in sheet.colinfo_map.items() if info.hidden)
    merged = tuple((top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    kept = (n for n in range(sheet.nrows) if n in sheet.rowinfo_map)
    blank = sum(all(type_ in _EMPTY for type_ in sheet.row_types(number)) for number in kept)
    return Marks(tuple(spans(rows)), tuple(spans(columns)), merged, blank)


def spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of ascending numbers.

    >>> list(spans([1, 2, 3, 7]))
    [(1, 3), (7, 7)]
    """
    listed = list(numbers)
    breaks = [i for i, (a, b) in enumerate(pairwise(listed), 1) if b != a + 1]
    for start, end in pairwise([0, *breaks, len(listed)]):
        if start < end:
            yield listed[start], listed[end - 1]
