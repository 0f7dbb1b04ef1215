"""A table whose rows come in pieces: they wait in a file beside, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from .grid import ROW_LIMIT, GridSheet, bare_sheet, block_of, heights_of
from .prepared import cells_of
from .report_column import Column
from .styles import Styles

_CHUNK = 1 << 20
_SHARED = 20_000
"""So many texts the sheets of a workbook share at most."""
_FEW = 4
"""A text is worth sharing where it stands in at least so many cells of a piece."""


@dataclass
class _Part:
    """The rows of one sheet, as they will stand in it."""

    file: IO[bytes] = field(default_factory=TemporaryFile)
    rows: int = 0

    def blocks(self) -> Iterator[pa.Buffer]:
        self.file.seek(0)
        while data := self.file.read(_CHUNK):
            yield pa.py_buffer(data)


class Growing:
    """A table to which rows are added until it becomes a sheet, or "Lines", "Lines 2" … where Excel shows no more."""

    def __init__(self, workbook: Workbook, styles: Styles) -> None:
        self._workbook = workbook
        self._styles = styles
        self._parts = [_Part()]
        self._heads: list[tuple[str, bool, float]] = []

    def add(self, columns: Sequence[Column]) -> None:
        """Add rows; the columns are the same each time."""
        widths = [width for _, _, width in self._heads] or [0.0] * len(columns)
        self._heads = [(c.title, c.is_figure, max(c.width, w)) for c, w in zip(columns, widths, strict=True)]
        rows = len(columns[0].values)
        shared = self._workbook.str_table
        most = min(rows // _FEW, _SHARED - shared.unique_count)
        prepared = [cells_of(c, self._styles, shared, xl_col_to_name(i), most) for i, c in enumerate(columns)]
        heights = heights_of(columns)
        lo = 0
        while lo < rows:
            if self._parts[-1].rows == ROW_LIMIT - 1:
                self._parts.append(_Part())
            part = self._parts[-1]
            size = min(rows - lo, ROW_LIMIT - 1 - part.rows)
            part.file.write(block_of(prepared, heights, lo, size, part.rows + 2))
            part.rows, lo = part.rows + size, lo + size

    def finish(self, name: str) -> list[GridSheet]:
        """Make it a sheet of the workbook, the next one; its rows are read when the workbook is closed."""
        sheets = []
        for n, part in zip(count(1), self._parts, strict=False):
            sheet = bare_sheet(self._workbook, self._styles, name if n == 1 else f"{name} {n}", self._heads, part.rows)
            sheet.blocks = part.blocks
            sheets.append(sheet)
        return sheets
