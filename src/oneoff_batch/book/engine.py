"""The connection: one transaction to write or to read in, the schema's revision, and troubles in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from . import postgres, sqlite

_DATABASES: Mapping[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}
REVISIONS = ("0001", "0002", "0003", "0004")
"""The migrations in order; the last is the one that this version of the product writes."""
PATIENCE = 30.0
"""Seconds to wait for another run that is writing."""
_MANY = 10_000

T = TypeVar("T")


class BookError(RuntimeError):
    """The book cannot be used; the message is a sentence for the user."""


def engine_for(url: str, patience: float = PATIENCE) -> Engine:
    """Return an engine whose transactions begin when we say so; `patience` is in seconds.

    Raises `BookError` for an address that is neither SQLite's nor PostgreSQL's.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise BookError(f'"{url}" is not the address of a database.') from None
    own = _DATABASES.get(address.get_backend_name())
    if own is None:
        raise BookError(f"A book is kept in SQLite or in PostgreSQL, not in {address.get_backend_name()}.")
    engine = create_engine(address.set(drivername=own.DRIVER), connect_args=own.CONNECT)
    own.listen(engine, patience)
    return engine


def _of(engine: Engine) -> ModuleType:
    """Return what is special about the database of an engine."""
    return _DATABASES[engine.dialect.name]


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


def columns(engine: Engine) -> tuple[Any, Mapping[str, str]]:
    """Return a connection that reads Arrow columns, and the options of its statements; see the databases' own."""
    own = _of(engine)
    return own.columns(engine), own.COLUMNS


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except _errors(engine) as error:
        words = _of(engine).words(error)
        if words is None:
            raise
        raise BookError(f"The book {name_of(engine)} {words}") from error


def _errors(engine: Engine) -> tuple[type[Exception], ...]:
    """Return what a database raises: wrapped by SQLAlchemy, or by its driver where we speak to that."""
    return (DBAPIError, engine.dialect.dbapi.Error) if engine.dialect.dbapi else (DBAPIError,)


def name_of(engine: Engine) -> str:
    """Return the name by which the user knows the book: its file, or its address without a password."""
    name: str = _of(engine).name_of(engine)
    return name


def create_book(url: str) -> None:
    """Make the book, or bring an older one to the present schema; one that is up to date stays as it is.

    Raises `BookError` where the address holds something else, or a book of a newer version.
    """
    engine = engine_for(url)
    try:
        with _in_words(engine):
            prevented = _of(engine).prepare(engine)
        if prevented:
            raise BookError(prevented)
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


def revision_at(url: str) -> str | None:
    """Return the schema's revision of the book at an address, None where there is none; nothing is brought up to date."""
    engine = engine_for(url)
    try:
        missing = _of(engine).missing(engine)
        if missing:
            raise BookError(missing)
        with reading(engine) as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


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
    missing = _of(engine).missing(engine)
    if missing:
        raise BookError(missing)
    with reading(engine) as connection:
        revision = revision_of(connection)
    if revision is None:
        raise BookError(f"The database {name_of(engine)} is not a book.")
    if revision != REVISIONS[-1]:
        migrate(engine)


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that stand in columns, the fast way of the database.

    The values must be what the database stores; `cells.stored` makes them so and checks amounts.
    """
    _of(connection.engine).insert_columns(connection, table, columns)


def chunks(values: Iterable[T], size: int = _MANY) -> Iterator[list[T]]:
    """Cut a long list into pieces that a database takes as parameters."""
    items = list(values)
    for start in range(0, len(items), size):
        yield items[start : start + size]
