"""Backups of a book, and a book from a backup: always proven, and there whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from . import sqlite, tables
from .book import Book, open_book
from .copying import copy, rows_in
from .engine import PATIENCE, REVISIONS, BookError, create_book, reading, revision_at, writing
from .verifying import Progress

_FILE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup or a copy holds: final invoices, entries of the chain, and the chain's head."""

    invoices: int
    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Lost:
    """What a book has beyond a backup of it: entries of the chain, and the numbers that were drawn since."""

    entries: int
    numbers: tuple[str, ...]


def address(path: Path) -> str:
    """Return the address of a book in a file."""
    return f"{_FILE}{path.resolve()}"


def backup(url: str, path: Path, progress: Progress) -> Kept:
    """Write a book to a new file while others work in it, prove that it holds there, and return what is in it.

    The file is a book itself, in SQLite's format. Raises `BookError` where the book does not hold; then nothing is written.
    """
    if path.exists():
        raise BookError(f"{path} exists already, and a backup overwrites nothing.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _new(path) as draft, open_book(url) as book:
        if book.engine.dialect.name == "sqlite":
            with _told(Path(book.name)):
                _pages(Path(book.name), draft)
            kept = proven(draft)
        else:
            create_book(address(draft))
            kept = copied(book, address(draft), progress)
    return kept


@contextmanager
def _new(path: Path) -> Iterator[Path]:
    """Give a place for a book beside the path, and move it there, as the single file that is carried about."""
    with TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        yield draft
        with closing(_connected(draft)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
        _flush(draft)
        draft.replace(path)
        _flush(path.parent)


def _pages(source: Path, target: Path) -> None:
    """Copy a file page by page, in one view of it and under the locks of both; raise where one stays locked for too long."""
    until = time.monotonic() + PATIENCE

    def give_up(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise BookError("The book is in use by another run; try again when that is done. Nothing was changed.")

    with closing(_connected(source)) as one, closing(_connected(target)) as other:
        one.backup(other, progress=give_up)


def proven(path: Path) -> Kept:
    """Prove that the book in a file holds, and return what is in it; raises `BookError` where it does not."""
    if not path.is_file():
        raise BookError(f"There is no backup {path}.")
    with _told(path), closing(_connected(path)) as connection:
        faults = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if faults != "ok":
        raise BookError(f"The book {path} is damaged: {faults}")
    with _looked_at(path) as book:
        found = book.verify()
    if found.problems:
        raise BookError(
            f"{found.problems[0].message} A book that does not hold is not kept. See: oneoff-batch ledger verify"
        )
    return Kept(found.invoices, found.entries, found.head)


@contextmanager
def _looked_at(path: Path) -> Iterator[Book]:
    """Open the book of a backup; of an older version a copy is brought up to date, for a backup is never written to."""
    with ExitStack() as stack:
        if revision_at(address(path)) not in (None, REVISIONS[-1]):
            copy_of = Path(stack.enter_context(TemporaryDirectory(prefix="oneoff-backup-"))) / path.name
            _pages(path, copy_of)
            path = copy_of
        yield stack.enter_context(open_book(address(path)))


def copied(book: Book, url: str, progress: Progress) -> Kept:
    """Copy a book into another one that is empty, in one transaction, and return what is in it (`copying.copy`)."""
    with open_book(url) as other, reading(book.engine) as source, writing(other.engine) as target:
        found = copy(source, target, progress("Copy", rows_in(source)))
    return Kept(found.invoices, found.entries, found.head)


def lost_by(url: str, path: Path) -> Lost | None:
    """Return what a book has beyond a backup in a file; None where the backup is not an earlier state of this book."""
    with _looked_at(path) as kept:
        entries, head = kept.head()
    e = tables.entry.c
    with open_book(url) as book, reading(book.engine) as connection:
        if entries and connection.scalar(select(e.hash).where(e.seq == entries)) != head:
            return None
        later = connection.execute(select(e.number, e.action).where(e.seq > entries).order_by(e.seq)).all()
    return Lost(len(later), tuple(row.number for row in later if row.action == "finalize"))


def restore(path: Path, url: str, progress: Progress) -> None:
    """Put the book of a backup (which is `proven`) in the place of the one at an address, whole or not at all.

    In a file it takes the place of whatever book is there; in a database server it needs an empty one.
    """
    if not url.startswith(_FILE):
        create_book(url)
        with _looked_at(path) as book:
            copied(book, url, progress)
        return
    target = Path(url.removeprefix(_FILE))
    if target.exists():
        # Into the file that is there, under its locks: a run that is working meanwhile never goes on in a file that is gone.
        with _told(target):
            _pages(path, target)
    else:
        with _told(target), _new(target) as draft:
            _pages(path, draft)
    create_book(url)


def present(url: str) -> bool | None:
    """Say whether a book has something in it; None where there is something that cannot be opened as a book."""
    in_a_file = url.startswith(_FILE)
    if in_a_file and not Path(url.removeprefix(_FILE)).exists():
        return False
    try:
        if revision_at(url) is None:
            return None if in_a_file else False
        with open_book(url) as book, reading(book.engine) as connection:
            return rows_in(connection) > 0
    except BookError:
        if in_a_file:
            return None
        raise


def duplicate(book: Path, path: Path) -> None:
    """Copy the book in a file as it is, whether it holds or not."""
    with _told(book), _new(path) as draft:
        _pages(book, draft)


def grants() -> str:
    """Return the SQL script of roles and grants for PostgreSQL."""
    return files(__package__).joinpath("roles.sql").read_text("utf-8")


def set_aside(url: str, stamp: str) -> Path:
    """Rename a file that is no book any more, with what belongs to it, and return its new name."""
    path = Path(url.removeprefix(_FILE))
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for ending in ("-wal", "-shm", ""):
        file = path.with_name(path.name + ending)
        if file.exists():
            file.replace(aside.with_name(aside.name + ending))
    return aside


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in words what SQLite says of a file."""
    try:
        yield
    except sqlite3.Error as error:
        raise BookError(f"The book {path} {sqlite.words(error) or f'cannot be used ({error}).'}") from error


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    return connection


def _flush(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk; where a system cannot do that with folders, it need not."""
    if os.name != "posix" and path.is_dir():
        return
    opened = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
