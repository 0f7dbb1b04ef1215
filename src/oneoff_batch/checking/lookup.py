"""Look-ups over whole columns, by Arrow's hash tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import arrow


def among(values: pd.Series, pool: Iterable[str] | pd.Series | pd.Index) -> pd.Series:
    """Tell for each text whether it is in the pool; an empty cell is not."""
    found = pc.is_in(_texts(values), value_set=_texts(pool), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)


def looked_up(values: pd.Series, source: pd.Series) -> pd.Series:
    """Return for each text the entry of `source` under it, null where there is none; the index of `source` is unique."""
    places = pc.index_in(_texts(values), value_set=_texts(source.index), skip_nulls=True)
    if isinstance(source.dtype, pd.ArrowDtype):
        return pd.Series(arrow(source).take(places), index=values.index, dtype=source.dtype)
    if source.dtype == TEXT:
        return pd.Series(_texts(source).take(places), index=values.index, dtype=TEXT)
    return pd.Series(pa.array(source).take(places), index=values.index, dtype=pd.ArrowDtype(pa.array(source).type))


def joined(cells: pd.DataFrame) -> pd.Series:
    """Return the texts of each row in one, with a mark between them that no text has."""
    parts = [pc.fill_null(_texts(cells[name]), "") for name in cells.columns]
    return pd.Series(
        pc.binary_join_element_wise(*parts, pa.scalar("\x1f", pa.large_string())), index=cells.index, dtype=TEXT
    )


def _texts(values: Iterable[str] | pd.Series | pd.Index) -> pa.Array:
    array = pa.array(values if isinstance(values, pd.Series | pd.Index) else list(values), pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
