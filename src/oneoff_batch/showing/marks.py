"""Where problems lie in the cells of a sheet: which cell is red or yellow, what its comment says, what its row says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from ..problems import ERROR, NOTE, WARNING, Problem
from .cells import clean
from .raw_cells import HEADER, PLAIN, RED, YELLOW

MOST_COMMENTS = 2_000
"""Comments of one workbook; many more make Excel slow to open it."""
_WEIGHT = {ERROR: RED, WARNING: YELLOW, NOTE: PLAIN}
_IN_A_CELL, _IN_A_ROW = 4, 5
_LINE = 42


@dataclass(frozen=True, slots=True)
class Told:
    """A problem with its sentences, worked out once."""

    problem: Problem
    message: str
    fix: str
    mark: int


def told(problems: Iterable[Problem]) -> list[Told]:
    """Return problems with their sentences, errors first, then warnings, then notes, each in the order of reading."""
    found = [Told(p, p.message, p.fix, _WEIGHT[p.severity]) for p in problems]
    return sorted(found, key=lambda t: -t.mark)


@dataclass
class Comments:
    """How many comments a workbook may still have, and whether some were left out."""

    left: int = field(default_factory=lambda: MOST_COMMENTS)
    cut: bool = False

    def write(self, sheet: Worksheet, cell: str, found: Sequence[Told]) -> None:
        """Write what is wrong with a cell and what to do, each sentence once."""
        if self.left <= 0:
            self.cut = True
            return
        self.left -= 1
        text = clean("\n".join(_sentences(found)))
        height = 12 + 14 * sum(1 + len(line) // _LINE for line in text.split("\n"))
        row, column = xl_cell_to_rowcol(cell)
        options = {"x_scale": 1.9, "height": height, "font_name": "Calibri", "font_size": 9, "color": "#FFFDF3"}
        sheet.write_comment(row, column, text, {**options, "author": ""})


def _sentences(found: Sequence[Told]) -> list[str]:
    lines = dict.fromkeys(f"{t.message}\n{t.fix}" for t in found)
    more = [f"And {len(lines) - _IN_A_CELL} more: see the row."] if len(lines) > _IN_A_CELL else []
    return [*list(lines)[:_IN_A_CELL], *more]


@dataclass
class SheetMarks:
    """The marks of one sheet: by letters and row for cells, by row for sentences. Notes are in the list only."""

    cells: dict[str, dict[int, list[Told]]] = field(default_factory=dict)
    rows: dict[int, list[Told]] = field(default_factory=dict)

    def add(self, found: Told, letters: str, row: int | None) -> None:
        """Mark a cell, or with no letters its row."""
        if row is None or found.mark == PLAIN:
            return
        self.rows.setdefault(row, []).append(found)
        if letters:
            self.cells.setdefault(letters, {}).setdefault(row, []).append(found)

    def of_column(self, letters: str, rows: pd.Index, header_row: int) -> np.ndarray:
        """Return the mark of every cell of a column, aligned with the row numbers."""
        marks = np.zeros(len(rows), dtype="int8")
        marks[rows == header_row] = HEADER
        own = self.cells.get(letters, {})
        places = rows.get_indexer(pd.Index(list(own), dtype="int64"))
        worst = np.array([max(t.mark for t in found) for found in own.values()], dtype="int8")
        marks[places[places >= 0]] = worst[places >= 0]
        return marks

    def sentences(self, rows: pd.Index, header_row: int, title: str) -> tuple[pa.Array, np.ndarray]:
        """Return the column of problems: the sentences of every row and its mark; the header row has the title."""
        said = {row: _row_words(found) for row, found in self.rows.items()}
        if header_row in self.rows:
            said[header_row] = title
        else:
            said = {header_row: title, **said}
        texts = pd.Series(said, dtype=object).reindex(rows)
        marks = np.zeros(len(rows), dtype="int8")
        places = rows.get_indexer(pd.Index(list(self.rows), dtype="int64"))
        worst = np.array([max(t.mark for t in found) for found in self.rows.values()], dtype="int8")
        marks[places[places >= 0]] = worst[places >= 0]
        marks[rows == header_row] = HEADER
        return pa.array([v if isinstance(v, str) else None for v in texts], pa.string()), marks

    def damaged(self) -> Mapping[str, frozenset[str]]:
        """Return by letters the numbers that have lost digits."""
        return {
            letters: frozenset(t.problem.value for found in own.values() for t in found if t.problem.code == "E213")
            for letters, own in self.cells.items()
        }

    def write_comments(self, sheet: Worksheet, comments: Comments, shifted: Mapping[str, str]) -> None:
        """Write the comments of the cells, those of errors first; `shifted` says where a column now stands."""
        every = [(row, letters, found) for letters, own in self.cells.items() for row, found in own.items()]
        for row, letters, found in sorted(every, key=lambda e: (-max(t.mark for t in e[2]), e[0])):
            comments.write(sheet, f"{shifted[letters]}{row}", found)


def _row_words(found: Sequence[Told]) -> str:
    lines = list(dict.fromkeys(t.message for t in found))
    more = [f"And {len(lines) - _IN_A_ROW} more."] if len(lines) > _IN_A_ROW else []
    return clean("\n".join([*lines[:_IN_A_ROW], *more]))
