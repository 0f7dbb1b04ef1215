"""An Excel workbook → sheets, with every cell written out exactly as Excel shows it."""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.utils.exceptions import InvalidFileException

from ..columns import LISTS
from ..problems import Problem
from .grid import KINDS, Grid
from .package import guard, last_row, other_zip, recalculates
from .rows import Raw, rows
from .sheet import BOOL, DATE, ERROR, FORMULA, NUMBER, TEXT, Sheet
from .unreadable import unreadable

BROKEN = (
    BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError, IndexError,
    AttributeError, EOFError, NotImplementedError, RuntimeError, zlib.error, struct.error,
)  # fmt: skip
"""What zipfile and openpyxl raise for a damaged workbook; neither promises one kind."""
_T, _N, _D, _B, _E, _F = (KINDS.index(k) for k in (TEXT, NUMBER, DATE, BOOL, ERROR, FORMULA))
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_ZEROS = re.compile(r"0{2,}")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def read_workbook(path: Path) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible worksheets, and a warning that names the hidden ones.

    Raises `Unreadable` with E101, E103, E104 or E105.
    """
    try:
        with ZipFile(path) as archive:
            guard(archive, path)
            what = other_zip(archive)
            if what:
                raise unreadable("E101", path, what=what)
            return _read(path, archive)
    except BROKEN as error:
        raise unreadable("E103", path, what=_reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, BadZipFile | EOFError | zlib.error):
        return "a part of it is missing or cut off"
    return "its contents do not follow the rules for workbooks"


def _read(path: Path, archive: ZipFile) -> tuple[list[Sheet], list[Problem]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            shown = [w for w in book.worksheets if w.sheet_state == "visible"]
            sheets = [_sheet(path.name, book, w, archive) for w in shown]
        finally:
            book.close()
    sheets = [s for s in sheets if len(s.cells)]
    if not sheets:
        raise unreadable("E104", path)
    hidden = [str(w.title) for w in book.worksheets if w not in shown and w.title != LISTS]
    names = {"names": ", ".join(hidden)}
    return sheets, [Problem("W104", file=path.name, details=names)] if hidden else []


def _sheet(file: str, book: Any, worksheet: Any, archive: ZipFile) -> Sheet:
    part = worksheet._worksheet_path
    end = last_row(archive, part)
    cells = _Cells(book, worksheet._shared_strings, recalculates(archive))
    grid = Grid(kinds=True)
    with archive.open(part) as source:
        for number, row in rows(source):
            if end is not None and number > end and all(cell.value is None for cell in row):
                break
            grid.add(number, *cells.row(row))
    return grid.sheet(file, str(worksheet.title))


class _Cells:
    """Turns raw cells into text and kinds, with what a workbook keeps for all of its sheets."""

    def __init__(self, book: Any, strings: Sequence[str], recalculates: bool) -> None:
        self._book, self._strings, self._recalculates = book, strings, recalculates
        self._formats: dict[int, str] = {}

    def row(self, row: list[Raw]) -> tuple[list[str | None], list[int]]:
        width = max(cell.column for cell in row) + 1
        texts: list[str | None] = [None] * width
        kinds = [-1] * width
        for cell in row:
            texts[cell.column], kinds[cell.column] = self._cell(cell)
        return texts, kinds

    def _cell(self, cell: Raw) -> tuple[str | None, int]:
        """A saved 0 is no result where the workbook asks Excel to calculate everything when it opens.

        That is what programs write that cannot calculate.
        """
        value = cell.value
        if cell.formula is not None and cell.type != "str" and not value:
            return f"={cell.formula}", _F
        if cell.formula is not None and (value is None or (self._recalculates and value == "0")):
            return f"={cell.formula}", _F
        if not value:
            return None, -1
        return self._typed(cell.type, value, cell.style)

    def _typed(self, type_: str, value: str, style: int) -> tuple[str, int]:
        if type_ == "s":
            return self._strings[int(value)], _T
        if type_ == "n":
            return self._number(value, style)
        if type_ == "b":
            return ("TRUE" if value in ("1", "true") else "FALSE"), _B
        if type_ == "d":
            return _date_text(from_ISO8601(value)), _D
        return value, _E if type_ == "e" else _T

    def _number(self, value: str, style: int) -> tuple[str, int]:
        number = parsed(value)
        if style in self._book._date_formats:
            span = style in self._book._timedelta_formats
            try:
                return _date_text(from_excel(number, self._book.epoch, timedelta=span)), _D
            except (OverflowError, ValueError):
                return "#VALUE!", _E
        if style not in self._formats:
            self._formats[style] = _format_of(self._book, style)
        return number_text(number, self._formats[style]), _N


def parsed(value: str) -> int | float:
    """Return the number that a file holds; raises `ValueError` for what is none, such as 1,5 or NaN."""
    if value.isdecimal() and value.isascii():
        return int(value)
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _format_of(book: Any, style: int) -> str:
    number = book._cell_styles[style].numFmtId
    custom = number - 164
    code = BUILTIN_FORMATS.get(number, "General")
    if 0 <= custom < len(book._number_formats):
        code = book._number_formats[custom]
    if _ZEROS.fullmatch(code):
        return str(code)
    return "%" if "%" in _QUOTED.sub("", code) else ""


def number_text(value: int | float, shown_as: str = "") -> str:
    """Write a number out in full, a double with the 15 digits that Excel shows; `shown_as` is "%", zeros, or "".

    >>> number_text(0.1 + 0.2), number_text(1e20), number_text(0.19, "%"), number_text(123, "00000")
    ('0.3', '100000000000000000000', '19%', '00123')
    """
    text = str(value) if isinstance(value, int) else format(value, ".15g")
    if "e" in text or shown_as == "%":
        text = _plain(Decimal(text) * (100 if shown_as == "%" else 1))
    if shown_as == "%":
        return text + "%"
    text = "0" if text == "-0" else text
    return text.zfill(len(shown_as)) if shown_as and text.isdigit() else text


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _date_text(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)
