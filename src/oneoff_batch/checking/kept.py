"""A batch as bytes and back, exactly: two Arrow streams, one after the other, compressed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from ..columns import INVOICES, LINES, TEXT, Table
from .batch import Batch

_WHOLE = ("digits", "row", "invoice")


_MADE_WITH = b"made with"


def packed(batch: Batch, made_with: str = "") -> bytes:
    """Return invoices and lines of a batch as bytes; decimals and dates stay what they are.

    `made_with` is the fingerprint of the master data and settings with which they were drafted.
    """
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 3))
    for frame in (batch.invoices, batch.lines):
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({_MADE_WITH: made_with})
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def unpacked(data: bytes) -> Batch:
    """Return the batch that `packed` was given."""
    source = pa.BufferReader(data)
    invoices, lines = (pa.ipc.open_stream(source).read_all() for _ in range(2))
    return Batch(_frame(invoices, INVOICES), _frame(lines, LINES))


def made_with(data: bytes) -> str:
    """Return the fingerprint of the master data and settings that `packed` was given."""
    kept: bytes = (pa.ipc.open_stream(pa.BufferReader(data)).schema.metadata or {}).get(_MADE_WITH, b"")
    return kept.decode()


def _frame(rows: pa.Table, table: Table) -> pd.DataFrame:
    columns = {name: pd.Series(pd.arrays.ArrowExtensionArray(rows[name])) for name in rows.column_names}
    return pd.DataFrame({name: values.astype(_dtype(name, table)) for name, values in columns.items()})


def _dtype(name: str, table: Table) -> Any:
    if name in _WHOLE:
        return "int64"
    return table.columns[name].dtype.type if name in table.columns else TEXT
