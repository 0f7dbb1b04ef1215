"""Rows go in one by one, columns of Arrow text come out: flat in memory, blank rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT as TEXT_DTYPE
from .sheet import KINDS, Sheet, letters, position

if TYPE_CHECKING:
    from .cells import Columns

_CATEGORIES = pd.CategoricalDtype(list(KINDS))
_CHUNK = 16_384
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
OUTER = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
OUTER += "\u2028\u2029\u202f\u205f\u3000" + _INVISIBLE
"""White space and invisible characters that are taken off both ends of a cell."""


_MOST_CELLS = 32_000_000
"""A million rows of thirty columns; blank cells take memory too, and a few wide rows would make many of them."""


class TooLarge(Exception):
    """The table would not fit the memory; the message says how large it is."""


class Grid:
    """Collects the rows of one table; kinds are numbers, the place in `KINDS`, or -1 where a cell is empty."""

    def __init__(self, kinds: bool) -> None:
        self._with_kinds = kinds
        self._rows: list[Sequence[str | None]] = []
        self._kinds: list[Sequence[int]] = []
        self._numbers: list[int] = []
        self._widths: list[int] = []
        self._columns: list[list[pa.Array]] = []
        self._codes: list[list[np.ndarray]] = []
        self._kept: list[np.ndarray] = []
        self._kept_widths: list[np.ndarray] = []
        self._length = 0

    def add(self, number: int, cells: Sequence[str | None], kinds: Sequence[int] = ()) -> None:
        """Add a row with the number that the spreadsheet shows."""
        self._numbers.append(number)
        self._rows.append(cells)
        self._widths.append(len(cells))
        if self._with_kinds:
            self._kinds.append(kinds)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def add_block(self, numbers: np.ndarray, columns: Columns) -> None:
        """Add many rows of a workbook at once."""
        self._flush()
        width = max(columns, default=-1) + 1
        blank = pa.nulls(len(numbers), pa.string())
        texts = [_clean(columns[i][0]) if i in columns else blank for i in range(width)]
        none = np.full(len(numbers), -1, "int8")
        codes = [columns[i][1] if i in columns else none for i in range(width)]
        self._keep(numbers, texts, codes, np.zeros(len(numbers), "int64"))

    def sheet(self, file: str, name: str) -> Sheet:
        """Return everything that was added as a sheet without a header."""
        self._flush()
        index = pd.Index(np.concatenate([np.empty(0, "int64"), *self._kept]))
        columns = {letters(i): pa.chunked_array(c, pa.string()) for i, c in enumerate(self._columns)}
        if self._with_kinds:
            columns = {name: c for name, c in columns.items() if c.null_count < len(c)}
        mapper = {pa.string(): TEXT_DTYPE}.get
        cells = pa.table(columns).to_pandas(types_mapper=mapper).set_axis(index, axis="index")
        return Sheet(file, name, 0, {}, cells, self._kind_frame(cells), self._width_series(index))

    def _kind_frame(self, cells: pd.DataFrame) -> pd.DataFrame | None:
        if not self._with_kinds:
            return None
        codes = {name: np.concatenate(self._codes[position(name)]) for name in cells.columns}
        columns = {name: pd.Categorical.from_codes(c, dtype=_CATEGORIES) for name, c in codes.items()}
        return pd.DataFrame(columns, index=cells.index)

    def _width_series(self, index: pd.Index) -> pd.Series | None:
        if self._with_kinds:
            return None
        return pd.Series(np.concatenate([np.empty(0, "int64"), *self._kept_widths]), index=index)

    def _flush(self) -> None:
        if not self._rows:
            return
        texts = [_clean(pa.array(c, pa.string())) for c in zip_longest(*self._rows)]
        codes = [np.array(c, dtype="int8") for c in zip_longest(*self._kinds, fillvalue=-1)]
        self._keep(np.array(self._numbers, "int64"), texts, codes, np.array(self._widths, "int64"))
        self._rows, self._kinds, self._numbers, self._widths = [], [], [], []

    def _keep(self, numbers: np.ndarray, texts: Sequence[pa.Array], codes: Sequence[np.ndarray], widths: np.ndarray) -> None:
        filled = np.zeros(len(numbers), dtype=bool)
        for column in texts:
            filled |= column.is_valid().to_numpy(zero_copy_only=False)
        rows, columns = self._length + int(filled.sum()), max(len(self._columns), len(texts))
        if rows * columns > _MOST_CELLS:
            raise TooLarge(f"it has {rows:,} rows and more, and {columns:,} columns")
        self._append(texts, filled)
        if self._with_kinds:
            self._append_kinds(codes, texts, filled)
        self._kept.append(numbers[filled])
        self._kept_widths.append(widths[filled])
        self._length += int(filled.sum())

    def _append(self, columns: Sequence[pa.Array], filled: np.ndarray) -> None:
        mask, count = pa.array(filled), int(filled.sum())
        while len(self._columns) < len(columns):
            self._columns.append([pa.nulls(self._length, pa.string())])
        for i, chunks in enumerate(self._columns):
            chunks.append(columns[i].filter(mask) if i < len(columns) else pa.nulls(count, pa.string()))

    def _append_kinds(self, codes: Sequence[np.ndarray], texts: Sequence[pa.Array], filled: np.ndarray) -> None:
        count = int(filled.sum())
        while len(self._codes) < len(texts):
            self._codes.append([np.full(self._length, -1, dtype="int8")])
        for i, chunks in enumerate(self._codes):
            chunks.append(_codes(codes[i], texts[i])[filled] if i < len(texts) else np.full(count, -1, "int8"))


def _codes(codes: np.ndarray, column: pa.Array) -> np.ndarray:
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), codes, np.int8(-1))


def _clean(column: pa.Array) -> Any:
    """Take white space off both ends, compose characters (NFC), and make empty text null."""
    column = pc.utf8_trim(column, characters=OUTER)
    if not pc.all(pc.string_is_ascii(column)).as_py():
        column = pc.utf8_normalize(column, form="NFC")
    return pc.if_else(pc.equal(column, ""), None, column)
