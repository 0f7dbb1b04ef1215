"""A real command in a child process that is killed when it passes a named step for the n-th time, and what must hold then.

A step is a function of the product (or of what it stands on) by its dotted name. The child wraps it before it runs the
command: the product knows nothing of it, and nothing waits for a while and hopes.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import databases
import plain_sql
import sqlalchemy as sa
from processes import context

NOON = "2026-11-24T12:00:00+00:00"
TOMORROW = "2026-11-25T12:00:00+00:00"
COMMIT = "sqlalchemy.engine:Connection._commit_impl"
"""Passed only by transactions that write."""


@dataclass(frozen=True)
class Step:
    """Where a command is killed: in words, by dotted name, before or after the n-th pass."""

    words: str
    where: str
    when: str = "before"
    nth: int = 1


@dataclass(frozen=True)
class Typed:
    """A command as somebody types it at some moment."""

    args: tuple[str, ...]
    user: str = "anna"
    at: str = NOON


def run(root: Path, url: str, typed: Typed, step: Step | None = None, patience: float | None = None) -> tuple[int, str]:
    """Type a command in a workspace, in a process of its own; returns its exit code (-9 where it was killed) and its words.

    `patience` is in seconds; without it the run waits for another one as long as it does for everybody.
    """
    with tempfile.TemporaryDirectory(prefix="oneoff-said-") as name:
        said = Path(name) / "said"
        child = context().Process(target=_child, args=(root, url, typed, step, said, patience))
        child.start()
        child.join(120)
        assert child.exitcode is not None, f"{typed.args} hangs at {step}"
        return child.exitcode, said.read_text("utf-8")


def _child(root: Path, url: str, typed: Typed, step: Step | None, said: Path, patience: float | None) -> None:
    os.chdir(root)
    os.environ |= {"ONEOFF_USER": typed.user, "ONEOFF_BOOK": url if url.startswith("postgresql") else ""}
    sys.stdout = sys.stderr = said.open("w", encoding="utf-8", buffering=1)
    from oneoff_batch import cli

    for module in [m for name, m in sys.modules.items() if name.startswith("oneoff_batch.cli") and hasattr(m, "now")]:
        module.now = lambda: datetime.fromisoformat(typed.at)  # type: ignore[attr-defined]
    if patience is not None:
        from oneoff_batch.book import book

        book.open_book = functools.partial(book.open_book, patience=patience)  # type: ignore[assignment]
        sys.modules["oneoff_batch.book"].open_book = book.open_book  # type: ignore[attr-defined]
    if step is not None:
        _arm(step)
    code = cli.run(list(typed.args))
    sys.stdout.flush()
    os._exit(code)


def _arm(step: Step) -> None:
    module, _, path = step.where.partition(":")
    owner: Any = importlib.import_module(module)
    *parts, name = path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    passed = 0

    def die(when: str) -> None:
        if when == step.when and passed == step.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*args: Any, **options: Any) -> Any:
        nonlocal passed
        if step.where == COMMIT and not args[0].get_execution_options().get("writes"):
            return original(*args, **options)
        passed += 1
        die("before")
        result = original(*args, **options)
        die("after")
        return result

    setattr(owner, name, wrapped)


@dataclass(frozen=True)
class Stage:
    """A workspace as it is when a command is typed, and the book that belongs to it."""

    root: Path
    url: str


@contextmanager
def copied(stage: Stage, root: Path) -> Iterator[Stage]:
    """Lend a copy of a workspace and its book."""
    shutil.copytree(stage.root, root)
    if not stage.url.startswith("postgresql"):
        yield Stage(root, f"sqlite:///{root / 'book.sqlite'}")
        return
    name = f"copy_{os.getpid()}_{root.name}".lower().replace("-", "_")
    with databases.raw(databases.address("postgres")) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {sa.make_url(stage.url).database}")
    try:
        yield Stage(root, databases.address(name))
    finally:
        with databases.raw(databases.address("postgres")) as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def everything(stage: Stage) -> dict[str, str]:
    """Return all that a run leaves: the rows of each table, and the SHA-256 of each file that is not hidden."""
    found = {}
    with databases.raw(stage.url) as connection:
        for table in sorted(sa.inspect(connection).get_table_names()):
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings().all()
            texts = sorted(repr([(name, row[name]) for name in sorted(row)]) for row in rows)
            found[f"table {table}"] = f"{len(rows)} {hashlib.sha256(chr(10).join(texts).encode()).hexdigest()}"
    for path in files(stage.root):
        found[str(path.relative_to(stage.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def files(root: Path) -> list[Path]:
    """Return the files of a workspace that somebody sees, but the book."""
    every = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("book.sqlite"))
    return sorted(p for p in every if not any(part.startswith(".") for part in p.relative_to(root).parts))


def halves(stage: Stage) -> list[str]:
    """Return what is not whole: files under their names, and the book, by its own proof and by plain SQL."""
    from oneoff_batch.book import open_book

    found = [f"{path}: {why}" for path in files(stage.root) if (why := _broken(path))]
    with open_book(stage.url) as book:
        found += [p.message for p in book.verify().problems]
    return found + plain_sql.faults(stage.url)


def _broken(path: Path) -> str:
    """Say what is wrong with a file; "" where it is whole."""
    try:
        return "" if _WHOLE.get(path.suffix, lambda _: True)(path) else "it ends in the middle"
    except (ValueError, zipfile.BadZipFile, ElementTree.ParseError, csv.Error) as error:
        return str(error)


def _workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        for name in parts:
            ElementTree.fromstring(archive.read(name))
        return archive.testzip() is None and "xl/workbook.xml" in parts


def _table(path: Path) -> bool:
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return text.endswith("\n") and len({len(row) for row in rows}) == 1


_WHOLE: dict[str, Callable[[Path], bool]] = {
    ".xlsx": _workbook,
    ".csv": _table,
    ".html": lambda path: path.read_text("utf-8").rstrip().endswith("</html>"),
    ".json": lambda path: json.loads(path.read_text("utf-8")) is not None,
    ".toml": lambda path: bool(tomllib.loads(path.read_text("utf-8"))),
    ".sha256": lambda path: len(path.read_text("utf-8").split()[0]) == 64,
}
