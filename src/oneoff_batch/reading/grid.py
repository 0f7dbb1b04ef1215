"""Rows go in one by one, columns of Arrow text come out: flat in memory, blank rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT as TEXT_DTYPE
from .sheet import BOOL, DATE, ERROR, FORMULA, NUMBER, TEXT, Sheet, letters, position

KINDS = (TEXT, NUMBER, DATE, BOOL, ERROR, FORMULA)
_CATEGORIES = pd.CategoricalDtype(list(KINDS))
_CHUNK = 16_384
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
OUTER = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
OUTER += "\u2028\u2029\u202f\u205f\u3000" + _INVISIBLE
"""White space and invisible characters that are taken off both ends of a cell."""


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
        columns = [_clean(pa.array(c, pa.string())) for c in zip_longest(*self._rows)]
        filled = np.zeros(len(self._rows), dtype=bool)
        for c in columns:
            filled |= c.is_valid().to_numpy(zero_copy_only=False)
        self._append(columns, filled)
        if self._with_kinds:
            self._append_kinds(columns, filled)
        self._kept.append(np.array(self._numbers, dtype="int64")[filled])
        self._kept_widths.append(np.array(self._widths, dtype="int64")[filled])
        self._length += int(filled.sum())
        self._rows, self._kinds, self._numbers, self._widths = [], [], [], []

    def _append(self, columns: Sequence[pa.Array], filled: np.ndarray) -> None:
        mask, count = pa.array(filled), int(filled.sum())
        while len(self._columns) < len(columns):
            self._columns.append([pa.nulls(self._length, pa.string())])
        for i, chunks in enumerate(self._columns):
            chunks.append(columns[i].filter(mask) if i < len(columns) else pa.nulls(count, pa.string()))

    def _append_kinds(self, columns: Sequence[pa.Array], filled: np.ndarray) -> None:
        count = int(filled.sum())
        codes = list(zip_longest(*self._kinds, fillvalue=-1))
        while len(self._codes) < len(columns):
            self._codes.append([np.full(self._length, -1, dtype="int8")])
        for i, chunks in enumerate(self._codes):
            chunks.append(_codes(codes[i], columns[i])[filled] if i < len(columns) else np.full(count, -1, "int8"))


def _codes(codes: Sequence[int], column: pa.Array) -> np.ndarray:
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    return np.where(valid, np.array(codes, dtype="int8"), np.int8(-1))


def _clean(column: pa.Array) -> Any:
    """Take white space off both ends, compose characters (NFC), and make empty text null."""
    column = pc.utf8_trim(column, characters=OUTER)
    if not pc.all(pc.string_is_ascii(column)).as_py():
        column = pc.utf8_normalize(column, form="NFC")
    return pc.if_else(pc.equal(column, ""), None, column)
