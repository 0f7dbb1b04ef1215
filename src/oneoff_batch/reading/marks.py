"""What a worksheet hides or merges, where that may change what its rows mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..problems import Problem
from .headers import FLAT, Match
from .sheet import Sheet, letters, position

_NAMED = 10


def without_hidden_rows(sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[Problem]]:
    """Return the sheets without the rows that are hidden or filtered out, and N105 for each that had some."""
    return [_shown(sheet) for sheet in sheets], [p for sheet in sheets for p in _hidden_rows(sheet, "N105")]


def _shown(sheet: Sheet) -> Sheet:
    if not sheet.marks.hidden_rows:
        return sheet
    shown = ~hidden_rows(sheet)
    kinds = None if sheet.kinds is None else sheet.kinds[shown]
    return replace(sheet, cells=sheet.cells[shown], kinds=kinds, marks=replace(sheet.marks, hidden_rows=()))


def hidden_rows(sheet: Sheet) -> np.ndarray:
    """Return which rows are hidden, a flag for each in order."""
    if not sheet.marks.hidden_rows:
        return np.zeros(len(sheet.cells), dtype=bool)
    rows = sheet.cells.index.to_numpy()
    first, last = np.array(sheet.marks.hidden_rows, "int64").reshape(-1, 2).T
    place = np.searchsorted(first, rows, side="right") - 1
    return (place >= 0) & (rows <= last[np.maximum(place, 0)])


def mark_faults(sheet: Sheet, match: Match) -> list[Problem]:
    """Return E115, W106 and W107 for a sheet below its header."""
    return [*merged_cells(sheet, match), *_hidden_rows(sheet, "W106"), *_hidden_columns(sheet, match)]


def merged_cells(sheet: Sheet, match: Match) -> Iterator[Problem]:
    """Yield E115 for each merged range that touches a column that is understood."""
    known = {position(x): field for field, found in match.sources.items() for x in found}
    known.update({position(x): name for name, x in match.custom.items()})
    last_row = int(sheet.cells.index.max()) if len(sheet.cells) else sheet.header_row
    for top, left, bottom, right in sheet.marks.merged:
        fields = [field for column, field in known.items() if left <= column <= right]
        if not fields or bottom < sheet.header_row or top > last_row or (top == bottom and left == right):
            continue
        below = top > sheet.header_row and left == right
        if below and all(_once_an_invoice(field, match) for field in fields):
            continue
        cells = f"{letters(left)}{top}:{letters(right)}{bottom}"
        letter = letters(left)
        header = match.headers.get(letter, "")
        yield Problem("E115", sheet.file, sheet.name, top, letter, header, value=cells, details={"cells": cells})


def _once_an_invoice(field: str, match: Match) -> bool:
    """Whether a field of a flat sheet is the invoice's, so that below its first row a blank cell means the same."""
    if match.shape.name != FLAT:
        return False
    invoices, lines = match.shape.tables
    return field in invoices.columns and field not in lines.columns


def _hidden_rows(sheet: Sheet, code: str) -> Iterator[Problem]:
    if not sheet.marks.hidden_rows or not len(sheet.cells):
        return
    rows = sheet.cells.index[hidden_rows(sheet)]
    if len(rows):
        named = ", ".join(map(str, rows[:_NAMED])) + (" …" if len(rows) > _NAMED else "")
        details = {"count": f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}", "rows": named}
        yield Problem(code, sheet.file, sheet.name, int(rows[0]), details=details)


def _hidden_columns(sheet: Sheet, match: Match) -> Iterator[Problem]:
    used = {x for found in match.sources.values() for x in found} | set(match.custom.values())
    for letter in sorted(used, key=position):
        column = position(letter)
        hidden = any(first <= column <= last for first, last in sheet.marks.hidden_columns)
        if hidden and _filled(sheet.cells, letter):
            header = match.headers.get(letter, "")
            yield Problem("W107", sheet.file, sheet.name, sheet.header_row or None, letter, header, value=header)


def _filled(cells: pd.DataFrame, letter: str) -> bool:
    return letter in cells.columns and bool(cells[letter].notna().any())
