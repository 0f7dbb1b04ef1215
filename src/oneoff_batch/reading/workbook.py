"""A workbook of any format → sheets, with every cell written out exactly as Excel shows it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np

from ..columns import LISTS
from ..problems import Problem
from .apart import read_apart
from .binary_excel import open_xlsb
from .cells import Cells
from .grid import Grid, TooLarge
from .ooxml import open_ooxml
from .open_document import open_ods
from .package import ODS, XLSB, guard, other_zip
from .sheet import MOST_COLUMNS, Sheet, letters
from .source import Block, Damaged, Workbook, Worksheet
from .unreadable import unreadable

BROKEN = (
    BadZipFile, Damaged, ValueError, KeyError, IndexError, EOFError, NotImplementedError, RuntimeError,
    zlib.error, struct.error,
)  # fmt: skip
"""What a damaged workbook raises; zipfile does not promise one kind, and a part that is missing is a KeyError."""
MOST_GAP = 1_000
"""A value behind more blank rows is no part of a table."""
_MANY_BLANKS = 10_000


def read_package(path: Path, *, plain: bool = True) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible worksheets of a zipped workbook (.xlsx, .xlsm, .xlsb, .ods), and what is worth knowing of it.

    `plain` False reads every cell the careful way. Raises `Unreadable` with E101 to E105.
    """
    with path.open("rb") as file:
        return _read_package(path, file, plain)


def _read_package(path: Path, file: IO[bytes], plain: bool) -> tuple[list[Sheet], list[Problem]]:
    try:
        with ZipFile(file) as archive:
            guard(archive, path)
            what = other_zip(archive)
            if what == XLSB:
                return _read(path, open_xlsb(archive))
            if what == ODS:
                return _read(path, open_ods(archive))
            if what:
                raise unreadable("E101", path, what=what)
            return _read(path, open_ooxml(archive, plain=plain))
    except (*BROKEN, OSError) as error:
        raise unreadable("E103", path, what=_reason(error)) from error


def read_old(path: Path) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible worksheets of an .xls workbook. Raises `Unreadable` with E102 to E105."""
    try:
        return _read(path, read_apart(path, "xls"))
    except BROKEN as error:
        raise unreadable("E103", path, what=_reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, BadZipFile | EOFError | zlib.error | OSError):
        return "a part of it is missing or cut off"
    return "its contents do not follow the rules for workbooks"


def _read(path: Path, book: Workbook) -> tuple[list[Sheet], list[Problem]]:
    cells = Cells(book)
    sheets, problems = [], []
    for worksheet in book.worksheets:
        if worksheet.visible:
            try:
                sheet, far = _sheet(path.name, worksheet, cells)
            except TooLarge as large:
                raise unreadable("E105", path, what=str(large)) from None
            sheets += [replace(sheet, epoch_1904=book.epoch_1904)] if len(sheet.cells) else []
            problems += far
    if not sheets:
        raise unreadable("E104", path)
    return sheets, [*_worth_knowing(path, book, cells), *problems]


def _worth_knowing(path: Path, book: Workbook, cells: Cells) -> list[Problem]:
    hidden = [w.name for w in book.worksheets if not w.visible and w.name != LISTS]
    found = [
        ("W104", ", ".join(hidden)),
        ("W108", ", ".join(dict.fromkeys(filter(None, book.external)))),
        ("N101", f"{cells.formulas:,}" if cells.formulas else ""),
        ("N102", "yes" if book.macros else ""),
    ]
    return [Problem(code, file=path.name, details={"names": names}) for code, names in found if names]


def _sheet(file: str, worksheet: Worksheet, cells: Cells) -> tuple[Sheet, list[Problem]]:
    """Return a worksheet, and E114 for a value far outside of its table, at which reading ends."""
    grid, last = Grid(kinds=True), 0
    far: tuple[str, int] | None = None
    for rows in worksheet.rows():
        if isinstance(rows, Block):
            near = _near(rows, last)
            grid.add_block(near.numbers, cells.block(near))
            if len(near.row) < len(rows.row):
                far = letters(int(rows.column[len(near.row)])), int(rows.numbers[rows.row[len(near.row)]])
                break
            last = int(rows.numbers[rows.row[-1]]) if len(rows.row) else last
            continue
        number, row = rows[0], [cell for cell in rows[1] if cell.value or cell.formula is not None]
        if not row:
            continue
        width = max(cell.column for cell in row) + 1
        if width > MOST_COLUMNS or (last and number - last > MOST_GAP):
            far = letters(width - 1), number
            break
        grid.add(number, *cells.row(row))
        last = number
    sheet = grid.sheet(file, worksheet.name)
    if not sheet.cells.index.is_unique:
        raise Damaged("a row twice")
    if not sheet.cells.index.is_monotonic_increasing:
        kinds = None if sheet.kinds is None else sheet.kinds.sort_index()
        sheet = replace(sheet, cells=sheet.cells.sort_index(), kinds=kinds)
    marks = worksheet.marks()
    problems = [Problem("E114", file, worksheet.name, far[1], far[0])] if far else []
    if marks.blank_rows > _MANY_BLANKS:
        problems.append(Problem("N104", file, worksheet.name, details={"count": f"{marks.blank_rows:,}"}))
    return replace(sheet, marks=marks), problems


def _near(block: Block, last: int) -> Block:
    """Return the cells ahead of the first one that stands too far from the others."""
    numbers = block.numbers[block.row]
    gaps = np.diff(numbers, prepend=last or numbers[:1].sum())
    wrong = np.flatnonzero((block.column >= MOST_COLUMNS) | (gaps > MOST_GAP))
    if not len(wrong):
        return block
    end = wrong[0]
    return replace(
        block,
        row=block.row[:end],
        column=block.column[:end],
        look=block.look[:end],
        formula=block.formula[:end],
        values=block.values[:end],
    )
