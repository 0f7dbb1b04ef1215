"""Many processes finalize in one book at once, are killed and taken back at random; after every round the book is whole.

    python tests/torture.py --rounds 1000 --processes 32 --database both

A round: all processes begin at once, each with a call or two. They make overlapping invoices, whole batches and what
is due final, in several series, invoices and credit notes, while others approve, hold, release, draft, credit and undo.
Some are killed at a random statement, some from outside at a random moment, some calls are taken back by an error or are
dry runs. After EVERY round three things are held against each other: the journal of each process, what plain SQL finds in
the book, and the book's own `verify`.

Proof that nothing is half: each call has a name of its own, which the book keeps as the user, and its journal knows which
invoices it asked for. Whatever the book holds of a call must be all of them (but those that were final before) or none,
without an entry of anybody else in between; a call that has returned is there, one that was taken back is not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))

import databases
from plain_sql import faults
from processes import context
from torture_work import NOON, SERIES, SETTINGS, STEPS, STUCK, Part, add, work

from oneoff_batch.book import Book, Step, create_book, open_book

LONGEST = 180.0
"""Seconds after which a process of a round is stuck."""
DANGERS = {"nothing": 40, "statement": 22, "outside": 18, "error": 20}
ROUNDS_OF_A_BOOK = 25
"""How many rounds there are in one book, so that reading all of it after each takes no longer and longer."""
Line = dict[str, Any]


class Broken(AssertionError):
    """The book is not whole, or a process is stuck."""


@dataclass
class Figures:
    """What was done and seen."""

    counts: Counter[str] = field(default_factory=Counter)
    longest_wait: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0

    def lines(self) -> Iterator[str]:
        for name, count in sorted(self.counts.items()):
            yield f"  {name:<44}{count:>10,}"
        yield f"  {'longest wait for the lock, seconds':<44}{self.longest_wait:>10.2f}"
        yield f"  {'CPU seconds of processes that ended by themselves':<50}{self.cpu:>4.0f}"
        yield f"  {'seconds':<44}{self.seconds:>10.0f}"


def torture(url: str, folder: Path, rounds: int, processes: int, seed: int, figures: Figures) -> None:
    """Do so many rounds in one new book; raises `Broken`, with the seed of the round, where something is wrong."""
    (folder / "oneoff.toml").write_text(SETTINGS, "utf-8")
    create_book(url)
    starter = context()
    begun = time.monotonic()
    length = 1.0
    with open_book(url) as book:
        for n in range(rounds):
            name = f"s{seed}r{n}"
            chance = random.Random(name)
            _supply(book, name, chance, processes)
            before = _entries(url)
            parts = [
                Part(f"{name}p{i}", chance.randrange(2**32), *_lot(chance), chance.choice((1, 1, 1, 2)))
                for i in range(processes)
            ]
            began = time.monotonic()
            lines = _round(starter, url, folder, parts, chance, length, figures)
            length = 0.7 * length + 0.3 * (time.monotonic() - began)
            _settle(url)
            wrong = [*faults(url, STEPS), *half(url, before, lines), *(str(p) for p in book.verify().problems)]
            if wrong:
                raise Broken(f"round {name}:\n" + "\n".join(wrong))
            _count(figures, parts, lines)
    figures.counts["books"] += 1
    figures.seconds += time.monotonic() - begun


def _lot(chance: random.Random) -> tuple[str]:
    return (chance.choices(list(DANGERS), list(DANGERS.values()))[0],)


def _supply(book: Book, name: str, chance: random.Random, processes: int) -> None:
    """Draft a batch in each series, most of it approved and due, as long as not enough is left over."""
    if len(book.states(status=("DRAFT", "OPEN"))) > 3 * processes:
        return
    for series in SERIES:
        batch = add(book, f"{name}{series}", series, max(4, processes // 2), on_hold=False)
        ids = [int(i) for i in book.states(batch=batch)["id"]]
        book.move([Step("approve", chance.sample(ids, 3 * len(ids) // 4))], f"{name}ben", NOON - timedelta(hours=1))


def _round(
    starter: Any, url: str, folder: Path, parts: list[Part], chance: random.Random, length: float, figures: Figures
) -> dict[str, list[Line]]:
    """Let the processes of a round work at once, and return the journal of each, with its end as the last line."""
    seen, gate = starter.Pipe(duplex=False)
    running: dict[str, Any] = {}
    for part in parts:
        paths = (folder / f"{part.name}.journal", folder / f"{part.name}.dump")
        running[part.name] = starter.Process(target=work, args=(folder, url, part, *paths, seen))
        running[part.name].start()
    gate.close()
    _kill_some(running, [p.name for p in parts if p.danger == "outside"], chance, length)
    until = time.monotonic() + LONGEST
    for name, process in running.items():
        process.join(max(0.0, until - time.monotonic()))
        if process.exitcode is None:
            raise Broken(_dump(process, folder / f"{name}.dump"))
    seen.close()
    lines = {name: [*_journal(folder, name), {"what": "exit", "code": p.exitcode}] for name, p in running.items()}
    for name, told in lines.items():
        code = told[-1]["code"]
        if code not in (0, -signal.SIGKILL):
            stuck = "waited for longer than its patience" if code == STUCK else f"ended with {code}"
            raise Broken(f"{name} {stuck}: {[t for t in told if t['what'] == 'fault'] or told[-5:]}")
        for path in folder.glob(f"{name}.*"):
            path.unlink()
        running[name].close()
    return lines


def _kill_some(running: dict[str, Any], victims: list[str], chance: random.Random, length: float) -> None:
    moments = sorted((chance.uniform(0, length), name) for name in victims)
    begun = time.monotonic()
    for moment, name in moments:
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        running[name].kill()


def _dump(process: Any, path: Path) -> str:
    """Let a stuck process write where all of its threads are, and end it."""
    os.kill(process.pid, signal.SIGUSR1)
    time.sleep(1)
    process.kill()
    return f"{process.name} is stuck:\n{path.read_text('utf-8')}"


def _journal(folder: Path, name: str) -> list[Line]:
    path = folder / f"{name}.journal"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _settle(url: str) -> None:
    """Wait until the server has seen that clients are gone; what it works at for them ends by itself."""
    if not url.startswith("postgresql"):
        return
    own = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
    until = time.monotonic() + 20
    with databases.raw(url) as connection:
        while connection.scalar(sa.text(own)):
            if time.monotonic() > until:
                raise Broken("a connection of a process that is gone still works in the database")
            time.sleep(0.005)


def _entries(url: str) -> int:
    with databases.raw(url) as connection:
        return int(connection.scalar(sa.text("SELECT coalesce(max(seq), 0) FROM entry")) or 0)


def half(url: str, before: int, lines: dict[str, list[Line]]) -> list[str]:
    """Return what the book holds of calls only in part, or of calls that were taken back, or lacks of such that returned."""
    with databases.raw(url) as connection:
        new = sa.text('SELECT seq, "user", action, batch, invoice_id, number FROM entry WHERE seq > :seq ORDER BY seq')
        entries = [r._asdict() for r in connection.execute(new, {"seq": before})]
        old = sa.text("SELECT invoice_id FROM entry WHERE action = 'finalize' AND seq <= :seq")
        final = {int(i) for i in connection.scalars(old, {"seq": before})}
        batches = {
            r.batch: r.n for r in connection.execute(sa.text("SELECT batch, count(*) AS n FROM invoice GROUP BY batch"))
        }
        live = "SELECT batch FROM invoice WHERE status <> 'ARCHIVED'"
        alive = set(connection.scalars(sa.text(live)))
        by = {r.uploaded_by: r.batch for r in connection.execute(sa.text("SELECT uploaded_by, batch FROM batch"))}
    calls = _calls(lines)
    found = list(_torn(entries))
    order = list(dict.fromkeys(e["user"] for e in entries))
    for user in order:
        own = [e for e in entries if e["user"] == user]
        drawn = {int(e["invoice_id"]): str(e["number"]) for e in own if e["action"] == "finalize"}
        found += _all_or_none(user, calls.get(user, []), drawn, final)
        final |= drawn.keys()
    for user, told in calls.items():
        count = sum(e["user"] == user and e["action"] not in ("finalize", "tick") for e in entries)
        found += _returned(user, told, order, count, batches, alive, by)
    return found


def _calls(lines: dict[str, list[Line]]) -> dict[str, list[Line]]:
    calls: dict[str, list[Line]] = {}
    for told in lines.values():
        for line in told:
            if line.get("user"):
                calls.setdefault(line["user"], []).append(line)
    return calls


def _torn(entries: list[Line]) -> Iterator[str]:
    """Each call is one transaction: no entry of another may stand between its own."""
    ended: set[str] = set()
    for one, after in zip(entries, [*entries[1:], None], strict=True):
        if one["user"] in ended:
            yield f"entry {one['seq']} of {one['user']} stands apart from its others"
        if after is None or after["user"] != one["user"]:
            ended.add(one["user"])


def _all_or_none(user: str, told: list[Line], drawn: dict[int, str], final: set[int]) -> Iterator[str]:
    """Hold what became final by a call against what it asked for, one try after another."""
    tries = [set(t["ids"]) - final for t in told if t["what"] == "ask" and not t["dry"]]
    if drawn and drawn.keys() not in tries:
        yield f"{user} asked for {tries}, and {sorted(drawn)} became final by it"
    for numbers in (t["numbers"] for t in told if t["what"] == "posted" and not t["dry"] and t["numbers"]):
        if {int(i): n for i, n in numbers.items()} != drawn:
            yield f"{user} was told {numbers}, and the book has {drawn}"
    if drawn and any(t["what"] == "taken back" for t in told):
        yield f"{user} was taken back, and {drawn} are final by it"


def _returned(
    user: str, told: list[Line], order: list[str], count: int, batches: dict[str, int], alive: set[str], by: dict[str, str]
) -> Iterator[str]:
    """A call that came back is in the book; one that was taken back is not."""
    for line in told:
        if line["what"] == "posted" and not line["dry"] and line["numbers"] and user not in order:
            yield f"{user} was told its numbers {line['numbers']}, and the book has them not"
        if line["what"] == "done" and "batch" in line and batches.get(line["batch"]) != line["invoices"]:
            yield f"{user} drafted {line['batch']} with {line['invoices']} invoices: it has {batches.get(line['batch'])}"
        if line["what"] == "done" and line.get("moved", count) != count:
            yield f"{user} moved {line['moved']}, and the book has {count} entries of it"
        if line["what"] == "done" and line.get("archived", 0) and count != line["archived"] + 1:
            yield f"{user} archived {line['archived']}, and the book has {count} entries of it"
        if line["what"] == "undo" and count and line["batch"] in alive:
            yield f"{user} took half of {line['batch']} back"
        if line["what"] == "taken back" and (user in order or user in by):
            yield f"{user} was taken back, and the book has entries of it"


def _count(figures: Figures, parts: list[Part], lines: dict[str, list[Line]]) -> None:
    counts = figures.counts
    counts["rounds"] += 1
    counts["processes"] += len(parts)
    for part in parts:
        told = lines[part.name]
        if told[-1]["code"] == -signal.SIGKILL:
            how = "at a statement" if part.danger == "statement" else "from outside"
            counts[f"killed {how}"] += 1
            counts[f"killed {_where(told)}"] += 1
        figures.cpu += next((t["cpu"] for t in told if t["what"] == "end"), 0.0)
        counts["calls"] += sum(t["what"] == "call" for t in told)
        counts["taken back by an error"] += sum(t["what"] == "taken back" for t in told)
        counts["taken back as a dry run"] += sum(t["what"] == "posted" and t["dry"] for t in told)
        counts["numbers drawn"] += sum(len(t["numbers"]) for t in told if t["what"] == "posted" and not t["dry"])
        for one, after in itertools.pairwise(told):
            if one["what"] == "wait" and after["what"] == "in":
                figures.longest_wait = max(figures.longest_wait, after["at"] - one["at"])


def _where(told: list[Line]) -> str:
    """Where a process was killed, by the last that it told."""
    last = told[-2]["what"] if len(told) > 1 else "start"
    return {
        "in": "… inside a write transaction", "commit": "… at its commit, or just after", "wait": "… while it waited for the lock",
    }.get(last, "… elsewhere")  # fmt: skip


@contextmanager
def _arena(kind: str) -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="oneoff-torture-") as name, databases.fresh(kind, Path(name)) as url:
        yield Path(name), url


def main() -> int:
    """Read the options, do the rounds, print the figures."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--processes", type=int, default=32)
    options.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    for kind in databases.KINDS if given.database == "both" else (given.database,):
        figures = Figures()
        for start in range(0, given.rounds, ROUNDS_OF_A_BOOK):
            with _arena(kind) as (folder, url):
                rounds = min(ROUNDS_OF_A_BOOK, given.rounds - start)
                torture(url, folder, rounds, given.processes, given.seed * 100_000 + start, figures)
            print(f"{kind}: {start + rounds:,} rounds, {figures.seconds:,.0f} s, the book was whole after each", flush=True)
        print("\n".join([f"{kind}:", *figures.lines()]), flush=True)
    return 0


if __name__ == "__main__":
    # Processes find what they do by its name in a module; of this program they would have to run it first.
    from torture import main as run

    sys.exit(run())
