"""What one process does to a book in a round of `torture`: a few calls, told in a journal that no kill can take back."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import os
import random
import signal
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pandas as pd
from factories import drafts
from sqlalchemy import event, text

from oneoff_batch.book import Book, Posted, Step, Upload, open_book
from oneoff_batch.lifecycle.asking import Request, Wanted
from oneoff_batch.lifecycle.credit_notes import KIND, Terms
from oneoff_batch.pipeline import ledger, tick
from oneoff_batch.pipeline.workspace import Workspace, open_workspace

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
YESTERDAY = NOON - timedelta(days=1)
SERIES = ("invoices", "us", "odd")
SETTINGS = """
[dates]
chronology = "refuse"
[series.us]
prefix = "US"
date_parts = ["year", "month"]
digits = 4
reset = "month"
[series.odd]
prefix = "ODD"
first = 101
increment = 10
"""
STEPS = {"odd": (101, 10)}
PATIENCE = 60.0
"""Seconds that a call waits for the others; one that waits longer is stuck."""
STUCK = 3
TERMS = Terms(date(2026, 11, 24), {"": "credits"})
_KINDS = {
    "subset": 34, "batch": 22, "tick": 10, "approve": 9, "hold": 6, "release": 5, "undo": 5, "draft": 4, "credit": 5,
}  # fmt: skip
_MOST_EVENTS = 70
LIVE, FINAL = "status IN ('DRAFT', 'OPEN')", "status = 'FINAL'"


class TakenBack(RuntimeError):
    """Something went wrong in the middle of a transaction."""


@dataclass(frozen=True)
class Part:
    """One process of a round: its name, what chance it has, and what becomes of it."""

    name: str
    seed: int
    danger: str
    """nothing, statement (it kills itself at one), error (one raises), or outside (the round kills it)."""
    calls: int


class Journal:
    """Lines of JSON in a file, each written with one system call, so that they outlive the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.user = ""

    def tell(self, what: str, **more: Any) -> None:
        line = {"at": time.monotonic(), "what": what, "user": self.user, **more}
        os.write(self._file, (json.dumps(line) + "\n").encode())


class Watched(Book):
    """A book that tells in the journal what is asked of it, before, and what came of it, afterwards."""

    journal: Journal

    def finalize(self, dates: pd.DataFrame, **how: Any) -> Posted:
        self.journal.tell("ask", ids=[int(i) for i in dates["id"]], dry=bool(how.get("dry_run")))
        posted = super().finalize(dates, **how)
        drawn = posted.numbers[posted.numbers["drawn"].astype(bool)]
        numbers = {str(i): n for i, n in zip(drawn["id"], drawn["number"], strict=True)}
        self.journal.tell("posted", numbers=numbers, dry=bool(how.get("dry_run")))
        return posted


def work(root: Path, url: str, part: Part, journal: Path, dump: Path, gate: Connection) -> None:
    """Do the calls of one process; ends with STUCK where one waited too long, with 1 where something else is wrong."""
    with dump.open("w") as stacks:
        faulthandler.register(signal.SIGUSR1, stacks, all_threads=True)
        told = Journal(journal)
        told.tell("start")
        try:
            _work(open_workspace(root, url), url, part, told, gate)
        except Exception as error:  # noqa: BLE001 - whatever it is, the round must hear of it
            told.tell("fault", words=str(error), trace=traceback.format_exc())
            os._exit(STUCK if "in use by another run" in str(error) else 1)
        told.tell("end", cpu=time.process_time())


def _work(workspace: Workspace, url: str, part: Part, journal: Journal, gate: Connection) -> None:
    chance = random.Random(part.seed)
    with open_book(url, patience=PATIENCE) as opened:
        book = Watched(opened.engine)
        book.journal = journal
        _listen(book, journal, part.danger, chance)
        gate.poll(None)
        for n in range(part.calls):
            kind = chance.choices(list(_KINDS), list(_KINDS.values()))[0]
            journal.user = f"{part.name}-{n}"
            journal.tell("call", kind=kind)
            try:
                done = _CALLS[kind](workspace, book, chance, journal)
                journal.tell("done", **(done or {}))
            except TakenBack:
                journal.tell("taken back")


def _listen(book: Book, journal: Journal, danger: str, chance: random.Random) -> None:
    """Tell when a write transaction waits, begins, commits; and let the danger come at a random event."""
    left = [chance.randint(1, _MOST_EVENTS)]

    def writes(connection: Any) -> bool:
        return bool(connection.get_execution_options().get("writes"))

    def happens(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0 and danger == "statement":
            os.kill(os.getpid(), signal.SIGKILL)
        if left[0] == 0 and danger == "error":
            left[0] = chance.randint(1, _MOST_EVENTS)
            raise TakenBack

    def commits(connection: Any) -> None:
        if writes(connection):
            journal.tell("commit")
        happens()

    event.listen(
        book.engine, "set_connection_execution_options", lambda _, told: told.get("writes") and journal.tell("wait")
    )
    event.listen(book.engine, "begin", lambda c: writes(c) and journal.tell("in"))
    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(book.engine, moment, happens)
    event.listen(book.engine, "commit", commits)
    event.listen(book.engine, "rollback", lambda c: writes(c) and journal.tell("back"))


def add(book: Book, user: str, series: str, n: int, *, on_hold: bool) -> str:
    """Draft a batch of n invoices of one series, with refs that nobody else has."""
    upload = Upload(f"{user}.xlsx", hashlib.sha256(user.encode()).hexdigest(), user, YESTERDAY)
    return book.add_batch(drafts(n, lines=1, prefix=user, series=series, on_hold=on_hold), upload, left_out=0)


def _subset(workspace: Workspace, book: Book, chance: random.Random, journal: Journal) -> None:
    """Finalize invoices of several batches and series, whatever others do to them; and some that are final already."""
    live, final = _seen(book, "id", LIVE), _seen(book, "id", FINAL)
    chosen = chance.sample(live, min(len(live), chance.randint(1, 8)))
    chosen += chance.sample(final, min(len(final), chance.choice((0, 0, 1, 3))))
    if not chosen:
        return
    days = {"invoice_date": [NOON.date()] * len(chosen), "due_date": [NOON.date() + timedelta(30)] * len(chosen)}
    book.finalize(
        pd.DataFrame({"id": chosen, **days}), series=workspace.settings.series, chronology="refuse", user=journal.user,
        at=NOON, everything=True, same_person_may=True, dry_run=chance.random() < 0.2,
    )  # fmt: skip


def _seen(book: Book, column: str, condition: str) -> list[Any]:
    """Return a column of invoices as they stand before the call, when others are at it too."""
    with book.engine.connect() as connection:
        return list(connection.scalars(text(f"SELECT DISTINCT {column} FROM invoice WHERE {condition} ORDER BY 1")))


def _some_batch(book: Book, chance: random.Random) -> str | None:
    names = _seen(book, "batch", LIVE)
    return str(chance.choice(names)) if names else None


def _batch(workspace: Workspace, book: Book, chance: random.Random, journal: Journal) -> None:
    batch = _some_batch(book, chance)
    if batch is not None:
        ledger.finalize(
            workspace, book, batch, journal.user, NOON, invoice_date=None, everything=chance.random() < 0.5,
            dry_run=chance.random() < 0.2,
        )  # fmt: skip


def _tick(workspace: Workspace, book: Book, chance: random.Random, journal: Journal) -> None:
    tick.tick(workspace, book, journal.user, NOON, dry_run=chance.random() < 0.2)


def _move(action: str) -> Any:
    def move(_: Workspace, book: Book, chance: random.Random, journal: Journal) -> dict[str, Any]:
        ids = _seen(book, "id", LIVE)
        step = Step(action, chance.sample(ids, min(len(ids), chance.randint(1, 10))))
        return {"moved": book.move([step], journal.user, NOON).count}

    return move


def _undo(_: Workspace, book: Book, chance: random.Random, journal: Journal) -> dict[str, Any]:
    batch = _some_batch(book, chance)
    if batch is None:
        return {}
    journal.tell("undo", batch=batch)
    return {"archived": len(book.undo(batch, journal.user, NOON).refs)}


def _draft(_: Workspace, book: Book, chance: random.Random, journal: Journal) -> dict[str, Any]:
    n = chance.randint(1, 6)
    return {"batch": add(book, journal.user, chance.choice(SERIES), n, on_hold=chance.random() < 0.5), "invoices": n}


def _credit(_: Workspace, book: Book, chance: random.Random, journal: Journal) -> dict[str, Any]:
    """Draft credit notes of invoices that are final; two runs may want the same ones, and take no more than there is."""
    final = _seen(book, "id", f"{FINAL} AND credits_id IS NULL")
    chosen = chance.sample(final, min(len(final), chance.randint(1, 3)))
    requests = [Request(id_, "Billed wrong", (Wanted(),)) for id_ in chosen]
    if not requests:
        return {}
    sha256 = hashlib.sha256(journal.user.encode()).hexdigest()
    made = book.credit(requests, TERMS, Upload("credits.xlsx", sha256, journal.user, YESTERDAY, kind=KIND), valid_only=True)
    return {} if made.batch is None else {"batch": made.batch, "invoices": len(made.drafts)}


_CALLS = {
    "subset": _subset, "batch": _batch, "tick": _tick, "approve": _move("approve"), "hold": _move("hold"),
    "release": _move("release"), "undo": _undo, "draft": _draft, "credit": _credit,
}  # fmt: skip
