"""Recipes for the files that finance teams really send, hostile ones too."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

HEADER = ("Invoice ref", "Customer", "Pricing name", "Quantity", "Unit price")
LINE = ("NOV-1", "C-1001", "Workshop", 2, 500)
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Formula:
    """A formula with the result that the workbook keeps; without one the program that wrote it calculated nothing."""

    text: str
    result: Any = None


@dataclass(frozen=True)
class Shown:
    """A number, or the count of days, with the format in which Excel shows it."""

    value: Any
    format: str


def flat(*rows: Sequence[Any], **more: Any) -> list[list[Any]]:
    """A flat table: `more` are further columns, their header with _ for blanks, one value for every row or a list."""
    table = [list(HEADER), *(list(r) for r in (rows or (LINE,)))]
    for header, values in more.items():
        cells = values if isinstance(values, list) else [values] * (len(table) - 1)
        table[0].append(header.replace("_", " "))
        for row, cell in zip(table[1:], cells, strict=True):
            row.append(cell)
    return table


def changed(header: str, *values: Any) -> list[list[Any]]:
    """A flat table with one invoice per value, which stands in the column of this header."""
    table = [list(HEADER)]
    for at, value in enumerate(values, start=1):
        row = [f"NOV-{at}", *LINE[1:]]
        row[HEADER.index(header)] = value
        table.append(row)
    return table


def workbook(
    path: Path, sheets: Mapping[str, Rows] | Rows, dress: Callable[[Any, Any], None] | None = None, **options: Any
) -> Path:
    """A workbook as Excel saves it; `dress` gets the first worksheet and the workbook before it is closed."""
    book = xlsxwriter.Workbook(str(path), options)
    tables = sheets if isinstance(sheets, Mapping) else {"Lines": sheets}
    first = None
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        first = first or sheet
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                _write(book, sheet, r, c, value)
    if dress:
        dress(first, book)
    book.close()
    return path


def _write(book: Any, sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, Formula):
        sheet.write_formula(row, column, value.text, None, 0 if value.result is None else value.result)
    elif isinstance(value, Shown):
        sheet.write(row, column, value.value, book.add_format({"num_format": value.format}))
    elif value is not None and not isinstance(value, int | float | bool):
        sheet.write_datetime(row, column, value, book.add_format({"num_format": "yyyy-mm-dd"}))
    else:
        sheet.write(row, column, value)


def with_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same package with one part changed; a part that is not there begins empty."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in [*names, *([] if part in names else [part])]:
            data = old.read(name) if name in names else b""
            new.writestr(name, change(data) if name == part else data)
    path.write_bytes(out.getvalue())
    return path


def text(path: Path, rows: Rows | str, encoding: str = "utf-8", delimiter: str = ",", before: bytes = b"") -> Path:
    """A CSV of unquoted cells, or the very text that is given."""
    whole = rows if isinstance(rows, str) else "".join(delimiter.join(map(_cell, row)) + "\r\n" for row in rows)
    path.write_bytes(before + whole.encode(encoding))
    return path


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
