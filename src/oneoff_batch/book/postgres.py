"""PostgreSQL, for a team: one writer at a time by a lock of the transaction, and one view for whoever reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, text

DRIVER = "postgresql+psycopg"
CONNECT: Mapping[str, Any] = {"connect_timeout": 10, "client_encoding": "utf8", "application_name": "oneoff-batch"}
_WORDS = {
    "55P03": "is in use by another run; try again when that is done.",
    "40P01": "is in use by another run; try again when that is done. Nothing was changed.",
    "42501": "refuses: your role may not do that. Ask whoever keeps the database. Nothing was changed.",
    "25006": "can only be read: the database takes no changes.",
    "3F000": "has no schema to put the tables into; ask whoever keeps the database.",
    "53100": "cannot grow: the disk of the server is full. Nothing was changed.",
    "53300": "takes no further connections; try again later.",
    "57P01": "was shut down while we worked. When it is up, status tells whether it was done; else run it again.",
    "57P03": "is starting or shutting down; try again in a moment.",
}
_CLASSES = {
    "08": "cannot be reached. Check the address, and whether the server is up.",
    "58": "reports an error of its disk. Nothing was changed.",
    "XX": "reports that it is damaged; restore it from a backup.",
}
_GONE = "cannot be reached. Check the address, and whether the server is up. What was not finished was not done."
_LOCK = "SELECT pg_advisory_xact_lock(coalesce(to_regclass('entry')::oid::bigint, 0))"
"""One lock for each book, and none that a reader takes; it needs no right to write. It ends with the transaction."""


def listen(engine: Engine, patience: float) -> None:
    """Begin each write transaction alone, and each other one with one view of the book; `patience` is in seconds."""
    event.listen(engine, "begin", lambda connection: _begin(connection, patience))


def _begin(connection: Connection, patience: float) -> None:
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    # Read committed: what the writer before us has written is seen from the first statement after the lock.
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE")
    connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(patience * 1000))}")
    # A machine that hangs in the middle must not keep everybody else out for ever.
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '15min'")
    connection.exec_driver_sql(_LOCK)


def columns(engine: Engine) -> Any:
    """Return a connection of the driver that reads Arrow columns."""
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


COLUMNS: Mapping[str, str] = {}


def words(error: Exception) -> str | None:
    """Return what an error of the database means for the user; None for a fault of ours."""
    cause = getattr(error, "orig", error)
    state = getattr(cause, "sqlstate", None)
    if state is None and type(cause).__name__ in ("OperationalError", "ConnectionTimeout"):
        # Whoever is not let in, or finds nobody there, gets no code.
        _, refused, reason = str(cause).partition("FATAL:")
        return f"cannot be opened; the server says: {reason.strip().splitlines()[0]}." if refused else _GONE
    if state is None:
        return None
    return _WORDS.get(state) or _CLASSES.get(state[:2])


def name_of(engine: Engine) -> str:
    """Return the book's address as it is typed, without a password."""
    plain = engine.url._replace(drivername="postgresql", password=None)
    return plain.difference_update_query(["password"]).render_as_string()


def missing(engine: Engine) -> str | None:
    """Connecting tells whether there is a database; nothing is looked at before."""
    return None


def prepare(engine: Engine) -> str | None:
    """Say what keeps this database from holding a book; None where nothing does."""
    with engine.connect() as connection:
        encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding == "UTF8":
        return None
    return f"The database {name_of(engine)} keeps text as {encoding}; a book needs one with the encoding UTF8."


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that stand in columns by COPY, about 30 times as fast as one by one."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)
