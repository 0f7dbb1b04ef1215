"""A report's columns as JSON Lines and as Parquet: the field names of the book, exact figures, ISO dates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..money import AMOUNT, FX, PERCENT, UNIT
from ..showing.cells import plain
from ..showing.report_column import Column
from .csv_table import amounts

_OWN = "custom"
"""Custom fields stand together under this name, so that none can take the place of another column."""
_TYPES: dict[str, pa.DataType] = {
    "amount": AMOUNT, "price": UNIT, "number": UNIT, "percent": PERCENT, "fx": FX, "whole": pa.int64(),
    "day": pa.date32(), "time": pa.timestamp("us", "UTC"), "flag": pa.bool_(),
}  # fmt: skip
"""What a column is in Parquet, by its kind; everything else is text."""


class JsonLines:
    """A file with one JSON object a line (UTF-8), keys by field name.

    Amounts, prices, quantities and rates are text, so that no reader rounds them; amounts have exactly the digits of their
    currency. Days are ISO 8601, moments too, in UTC; what is not known is null.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def add(self, columns: Sequence[Column]) -> None:
        """Add one line per row."""
        named = [c for c in columns if c.field]
        own = [(c.title, _typed(c).to_pylist()) for c in columns if not c.field]
        names = [c.field for c in named]
        rows = zip(*(_json_values(c) for c in named), strict=True)
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        for at, row in enumerate(rows):
            record: dict[str, Any] = dict(zip(names, row, strict=True))
            if own:
                record[_OWN] = {title: values[at] for title, values in own if values[at] is not None}
            self._file.write(encode(record) + "\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _json_values(column: Column) -> Iterator[Any]:
    values = _typed(column)
    if column.kind == "amount" and column.currency is not None:
        values = amounts(values, pa.array(column.currency.astype(object)))
    elif pa.types.is_decimal(values.type):
        values = plain(values)
    elif column.kind == "day":
        values = values.cast(pa.string())
    elif column.kind == "time":
        return (None if v is None else v.isoformat().replace("+00:00", "Z") for v in values.to_pylist())
    return iter(values.to_pylist())


class ParquetTable:
    """A Parquet file with one row group per piece: decimals with their digits, dates as dates, text as text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, columns: Sequence[Column]) -> None:
        """Add rows; the first ones decide the columns."""
        arrays = {c.field: _typed(c) for c in columns if c.field}
        own = {c.title: _typed(c) for c in columns if not c.field}
        if own:
            arrays[_OWN] = pa.StructArray.from_arrays(list(own.values()), list(own))
        table = pa.table(arrays)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()


def _typed(column: Column) -> pa.Array:
    """Return the values of a column, not the words that people read, in the type of its kind."""
    if column.kind == "time":
        values = column.values
        return pa.array(pd.to_datetime(values, utc=True, format=None if values.dtype.kind == "M" else "ISO8601")).cast(
            _TYPES["time"], safe=False
        )
    array = pa.array(column.values, from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array.cast(_TYPES.get(column.kind, pa.string()))
