"""SQLite, for one desk: a file in WAL mode, flushed at every commit, with one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, insert

DRIVER = "sqlite"
CONNECT: Mapping[str, Any] = {}
_FULL = "cannot grow: the disk is full. Nothing was changed. Make room, and run the same command again."
_WORDS = {
    sqlite3.SQLITE_BUSY: "is in use by another run; try again when that is done.",
    sqlite3.SQLITE_LOCKED: "is in use by another run; try again when that is done.",
    sqlite3.SQLITE_NOTADB: "is not a book, or it is damaged.",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup.",
    sqlite3.SQLITE_READONLY: "cannot be written; check who may write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: something has to be written beside it. "
    "Check who may write its folder, and whether the disk can only be read.",
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error.",
}


def listen(engine: Engine, patience: float) -> None:
    """Let transactions begin when we say so, and every commit reach the disk; `patience` is in seconds."""
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, patience))
    event.listen(engine, "begin", _begin)


def _prepare(connection: Any, patience: float) -> None:
    # The driver would otherwise begin transactions itself, too late to lock before reading.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def columns(engine: Engine) -> Any:
    """Return a connection of the driver that reads Arrow columns; only for a process that has no other to this file.

    A second SQLite library in a process drops the locks of the first (sqlite.org/howtocorrupt.html, 2.2.1).
    """
    from adbc_driver_sqlite import dbapi

    return dbapi.connect(f"{Path(name_of(engine)).absolute().as_uri()}?mode=ro", autocommit=True)


COLUMNS = {"adbc.sqlite.query.batch_rows": str(10**9)}
"""All rows at once: of the first that come at once, the driver takes the types of all."""


def words(error: Exception) -> str | None:
    """Return what an error of the database means for the user; None for a fault of ours."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    # The index of the log, beside the book, is the first that finds no room.
    return _FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else _WORDS.get(code & 0xFF)


def name_of(engine: Engine) -> str:
    """Return the book's file."""
    return engine.url.database or ""


def missing(engine: Engine) -> str | None:
    """Say where there is no file to open; None where there is one."""
    return None if Path(name_of(engine)).is_file() else f"There is no book at {name_of(engine)}."


def prepare(engine: Engine) -> str | None:
    """Set up a new database for a book; say what prevents it, None where nothing does."""
    if not Path(name_of(engine)).parent.is_dir():
        return f"The folder of the book {name_of(engine)} does not exist."
    with engine.connect() as connection:
        # Outside of a transaction: inside one the mode cannot be changed.
        connection.connection.execute("PRAGMA journal_mode = WAL")
    return None


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that stand in columns, past SQLAlchemy's handling of each value: several times as fast."""
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    rows = list(zip(*(columns[name] for name in compiled.positiontup or ()), strict=True))
    if rows:
        connection.exec_driver_sql(str(compiled), rows)
