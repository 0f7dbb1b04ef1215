"""Small moves on columns that the rest of the room is written with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import AMOUNT, arrow, column
from ..problems import Problem

ZERO = pa.scalar(Decimal(0), AMOUNT)
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]


def yes(flags: pd.Series) -> Mask:
    """Return where a flag is set; an empty cell is no."""
    filled = pc.fill_null(arrow(flags).cast(pa.bool_()), False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=bool)


def given(values: pd.Series) -> Mask:
    """Return where a cell is filled."""
    return np.asarray(values.notna().to_numpy(), dtype=bool)


def words(values: Any, index: pd.Index | None = None) -> pd.Series:
    """Return text as a column; one word fills the whole of `index`."""
    return pd.Series(values, index=index, dtype=TEXT)


def first_given(*columns: pd.Series) -> pd.Series:
    """Return for each row the first filled cell of the columns, which share an index."""
    return reduce(lambda a, b: a.fillna(b), columns)


def days(dates: pd.Series) -> np.ndarray[Any, Any]:
    """Return dates as numpy days; an empty cell is NaT."""
    return np.asarray(arrow(dates).to_numpy(zero_copy_only=False), dtype="datetime64[D]")


def dates(values: np.ndarray[Any, Any], index: pd.Index) -> pd.Series:
    """Return numpy days as a column of dates; NaT becomes empty."""
    return column(pa.array(values.astype("datetime64[D]"), pa.date32()), index)


def places(ids: pd.Series, wanted: pd.Series) -> Numbers:
    """Return for each wanted id the row that has it, or -1. `ids` are unique."""
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(wanted)), dtype=np.int64)


def taken(values: pd.Series, rows: Numbers, index: pd.Index) -> pd.Series:
    """Return the cells of these rows as a column over `index`; row -1 gives an empty cell."""
    if not len(values):
        return pd.Series(pa.nulls(len(rows), pa.array(values).type), dtype=values.dtype, index=index)
    cells = values.array.take(rows, allow_fill=True)
    return pd.Series(cells, index=index)


def numbered(*keys: Any) -> Numbers:
    """Return one whole number per row, equal where all keys are equal (an empty cell equals an empty cell)."""
    combined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        codes, distinct = pd.factorize(key, use_na_sentinel=True)
        combined = combined * (len(distinct) + 1) + codes + 1
        combined = np.asarray(pd.factorize(combined)[0], dtype=np.int64)
    return combined


def matched(left: pd.DataFrame, right: pd.DataFrame, on: str) -> pd.DataFrame:
    """Join the rows that have the same filled cell; pandas cannot join empty columns of text."""
    known = right[given(right[on])]
    key = numbered(pd.concat([left[on], known[on]]))
    return (
        left.assign(key_=key[: len(left)])
        .merge(known.drop(columns=on).assign(key_=key[len(left) :]), on="key_")
        .drop(columns="key_")
    )


def problems_at(
    frame: pd.DataFrame,
    code: str,
    field: str = "",
    value: pd.Series | None = None,
    details: Mapping[str, pd.Series] | None = None,
) -> list[Problem]:
    """Return a problem per row of `frame`, placed at its `sheet` and `row` and named by its `invoice_ref`."""
    if frame.empty:
        return []
    words_ = [dict(zip(details, cells, strict=True)) for cells in _cells(details)] if details else []
    return [
        Problem(
            code=code,
            sheet="" if pd.isna(sheet) else sheet,
            row=None if pd.isna(row) else int(row),
            field=field,
            value=shown,
            invoice_ref=ref,
            details=words_[i] if words_ else {},
        )
        for i, (sheet, row, ref, shown) in enumerate(
            zip(frame["sheet"], frame["row"], frame["invoice_ref"], _texts(value, len(frame)), strict=True)
        )
    ]


def _cells(details: Mapping[str, pd.Series]) -> Iterable[tuple[str, ...]]:
    return zip(*(_texts(v, len(v)) for v in details.values()), strict=True)


def _texts(values: pd.Series | None, length: int) -> list[str]:
    if values is None:
        return [""] * length
    return ["" if v is None or v is pd.NA or v != v else str(v) for v in values.tolist()]
