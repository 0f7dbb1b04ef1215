"""The connection: everything that is special about SQLite, the schema's revision, and who may write when."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, text
from sqlalchemy.exc import DatabaseError

REVISIONS = ("0001", "0002")
"""The migrations in order; the last is the one that this version of the product writes."""
PATIENCE = 30.0
"""Seconds to wait for another run that is writing."""
_MANY = 10_000

T = TypeVar("T")


class BookError(RuntimeError):
    """The book cannot be used; the message is a sentence for the user."""


def engine_for(url: str, patience: float = PATIENCE) -> Engine:
    """Return an engine whose transactions begin when we say so; `patience` is in seconds."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, patience))
        event.listen(engine, "begin", _begin)
    return engine


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


@contextmanager
def writing(engine: Engine, *, keep: bool = True) -> Iterator[Connection]:
    """One write transaction, alone from its first read on; `keep=False` takes everything back at the end.

    Raises `BookError` where another run keeps the book for longer than we wait.
    """
    options = {"writes": True}
    with (
        _in_words(engine),
        engine.connect().execution_options(**options) as connection,
        connection.begin() as transaction,
    ):
        yield connection
        if not keep:
            transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the book."""
    with _in_words(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
        words = {
            sqlite3.SQLITE_BUSY: "is in use by another run; try again when that is done.",
            sqlite3.SQLITE_NOTADB: "is not a book, or it is damaged.",
            sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup.",
            sqlite3.SQLITE_READONLY: "cannot be written; check who may write the file and its folder.",
            sqlite3.SQLITE_CANTOPEN: "cannot be opened.",
            sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Nothing was changed.",
            sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error.",
        }
        if code not in words:
            raise
        raise BookError(f"The book {name_of(engine)} {words[code]}") from error


def name_of(engine: Engine) -> str:
    """Return the name by which the user knows the book: its file, or its address without a password."""
    return engine.url.database or "" if engine.dialect.name == "sqlite" else str(engine.url)


def create_book(url: str) -> None:
    """Make the book, or bring an older one to the present schema; one that is up to date stays as it is.

    Raises `BookError` where the address holds something else, or a book of a newer version.
    """
    engine = engine_for(url)
    if engine.dialect.name == "sqlite" and not Path(name_of(engine)).parent.is_dir():
        raise BookError(f"The folder of the book {name_of(engine)} does not exist.")
    try:
        with _in_words(engine), engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.execute("PRAGMA journal_mode = WAL")
        migrate(engine)
    finally:
        engine.dispose()


def migrate(engine: Engine) -> None:
    """Bring the schema to the last revision, in one transaction of its own."""
    with writing(engine) as connection:
        revision = revision_of(connection)
        if revision is None and inspect(connection).get_table_names():
            raise BookError(f"The database {name_of(engine)} holds something else than a book.")
        if revision != REVISIONS[-1]:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Alembic costs a third of a second to import, and a book is almost always up to date.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files(__package__).joinpath("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision, None where there is none; raises `BookError` for one that is newer than ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision is not None and revision not in REVISIONS:
        raise BookError(
            f"The book {name_of(connection.engine)} was written by a newer version; update oneoff-batch to read it."
        )
    return revision


def check(engine: Engine) -> None:
    """Refuse what is not a book, and bring an older one up to date."""
    if engine.dialect.name == "sqlite" and not Path(name_of(engine)).is_file():
        raise BookError(f"There is no book at {name_of(engine)}.")
    with reading(engine) as connection:
        revision = revision_of(connection)
    if revision is None:
        raise BookError(f"The database {name_of(engine)} is not a book.")
    if revision != REVISIONS[-1]:
        migrate(engine)


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that stand in columns, past SQLAlchemy's handling of each value: several times as fast.

    The values must be what the database stores; `cells.stored` makes them so and checks amounts.
    """
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    rows = zip(*(columns[name] for name in compiled.positiontup or columns), strict=True)
    if compiled.positiontup:
        parameters: list[Any] = list(rows)
    else:
        parameters = [dict(zip(columns, row, strict=True)) for row in rows]
    if parameters:
        connection.exec_driver_sql(str(compiled), parameters)


def chunks(values: Iterable[T], size: int = _MANY) -> Iterator[list[T]]:
    """Cut a long list into pieces that a database takes as parameters."""
    items = list(values)
    for start in range(0, len(items), size):
        yield items[start : start + size]
