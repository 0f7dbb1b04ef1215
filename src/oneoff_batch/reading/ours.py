"""What we have added to a workbook that comes back: the problem list and the column of problems are taken out again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..columns import OUR_OWN, PROBLEM_COLUMN, PROBLEM_LIST
from .sheet import Sheet

_LIST = re.compile(rf"{PROBLEM_LIST}( [0-9]+)?", re.IGNORECASE)
_FIRST, _HEADERS = "A", 100
"""Our column stands in front of all others, its header beside the user's, among so many first rows."""


def without_our_own(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets of one file without our problem lists and columns of problems, and without Example and Help.

    The columns keep their letters, so that a problem names the cell of the file that was read. A CSV is none of ours.
    """
    theirs = [s for s in sheets if s.widths is not None or not _LIST.fullmatch(s.name.strip())]
    tables = [s for s in theirs if s.widths is not None or s.name not in OUR_OWN]
    ours = len(theirs) < len(sheets)
    return [_without_column(s) if ours else s for s in tables or theirs]


def _without_column(sheet: Sheet) -> Sheet:
    if sheet.widths is not None or _FIRST not in sheet.cells.columns:
        return sheet
    if not (sheet.cells[_FIRST].head(_HEADERS) == PROBLEM_COLUMN).any():
        return sheet
    cells = sheet.cells.drop(columns=_FIRST)
    left = cells.notna().any(axis=1)
    kinds = None if sheet.kinds is None else sheet.kinds.drop(columns=_FIRST)[left]
    return replace(sheet, cells=cells[left], kinds=kinds)
