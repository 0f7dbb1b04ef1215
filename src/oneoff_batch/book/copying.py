"""A book into another one, row by row and from one database to the other; the chain stays the same to its head."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, func, literal, select, update

from . import tables
from .chain import head
from .engine import BookError, insert_columns, name_of
from .verifying import Verification, verify

_PIECE = 2_000
TABLES = (
    tables.batch, tables.document, tables.invoice, tables.line, tables.tax, tables.payment, tables.series, tables.entry,
)  # fmt: skip
"""In an order in which what is referred to comes first."""

Progress = Callable[[int], None]


def rows_in(connection: Connection) -> int:
    """Return how many rows a book has in all its tables."""
    counts = (connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)
    return sum(counts)


def copy(source: Connection, target: Connection, progress: Progress) -> Verification:
    """Copy everything of a book into one that is empty, and return the proof that it holds there, with the same head.

    Both must be in a transaction, that of the source with one view; the caller ends them. `progress` is called with the
    number of rows that were copied. Raises `BookError` where the target is not empty, or where what came out does not hold:
    then the transaction of the target must be taken back.
    """
    if rows_in(target):
        raise BookError(f"{name_of(target.engine)} has something in it already. Copy a book only into an empty one.")
    for table in TABLES:
        for rows in _pieces(source, table):
            insert_columns(target, table, dict(zip(table.c.keys(), zip(*rows, strict=True), strict=True)))
            progress(len(rows))
        if table is tables.tax:
            _finish(source, target)
    return _proven(source, target)


def _pieces(source: Connection, table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table; final invoices as open ones, since no line is put to what is final already."""
    changed = {
        "status": _not_yet(tables.invoice.c.status, literal("OPEN")),
        "number": _not_yet(tables.invoice.c.number, None),
    }
    own = changed if table is tables.invoice else {}
    columns = [own.get(name, column) for name, column in table.c.items()]
    query = select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=_PIECE)
    for rows in source.execute(query).partitions(_PIECE):
        yield list(rows)


def _not_yet(column: Any, instead: Any) -> Any:
    return case((tables.invoice.c.status == "FINAL", instead), else_=column)


def _finish(source: Connection, target: Connection) -> None:
    """Give final invoices their number and status, now that their lines and taxes are there."""
    i = tables.invoice.c
    final = select(i.id, i.number).where(i.status == "FINAL").order_by(i.id).execution_options(yield_per=_PIECE)
    change = update(tables.invoice).where(i.id == bindparam("key")).values(status="FINAL", number=bindparam("own"))
    for rows in source.execute(final).partitions(_PIECE):
        target.execute(change, [{"key": id_, "own": number} for id_, number in rows])


def _proven(source: Connection, target: Connection) -> Verification:
    """Return the proof of the copy; raise where anything differs from the source, or does not hold."""
    found = verify(target)
    if found.problems:
        raise BookError(
            f"{found.problems[0].message} A book that does not hold is not copied. See: oneoff-batch ledger verify"
        )
    if (found.entries, found.head) != head(source) or rows_in(source) != rows_in(target):
        raise BookError("The copy differs from the book, so it was not kept. Try again when nobody works in the book.")
    return found
