"""Rows of the book as Arrow columns, for a process that proves a part of it and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from adbc_driver_manager import Error
from sqlalchemy import BigInteger, literal_column

from . import contents, links
from .columnar import Unsure
from .engine import columns, engine_for


class Fetch:
    """What reads the rows of a query between two numbers; each reading is a transaction of its own.

    The queries, by name: `chain`, entries from a number to a number, and, for the ids of invoices above a number up to
    a number, `heads`, `entries`, `lines` and `taxes`.
    """

    def __init__(self, url: str) -> None:
        engine = engine_for(url)
        low, high = (literal_column(f"CAST({{{name}:d}} AS BIGINT)", BigInteger) for name in ("low", "high"))
        queries = {"chain": links.entries(low, high), **contents.queries(low, high)}
        plain = {"literal_binds": True}
        self._queries = {n: str(q.compile(engine, compile_kwargs=plain)) for n, q in queries.items()}
        self._engine = engine
        self._opened: tuple[Any, Mapping[str, str]] | None = None

    def __call__(self, name: str, low: int, high: int) -> pa.Table:
        """Return the rows; raises `Unsure` where the driver cannot read them, or cannot put them into columns."""
        connection, options = self._connected()
        with connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**options)
            try:
                cursor.execute(self._queries[name].format(low=low, high=high))
                return cursor.fetch_arrow_table()
            except (Error, pa.ArrowException) as error:
                raise Unsure(name) from error

    def _connected(self) -> tuple[Any, Mapping[str, str]]:
        if self._opened is None:
            try:
                self._opened = columns(self._engine)
            except Error as error:
                raise Unsure("a connection") from error
        return self._opened
