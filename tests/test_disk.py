"""A full disk, a disk that can only be read, a book that another run keeps, and a power cut: said in a sentence, nothing half."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import databases
import plain_sql
import pytest
import torture_work as work
from killed import Stage, Typed, copied, everything, halves, run
from killed_steps import CASES
from processes import context
from sqlalchemy import event
from test_killed import stages

from oneoff_batch.book import create_book, open_book
from oneoff_batch.cli.terminal import BOOK, UNREADABLE

KIB = 1024
pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL, mount")
ALL = bool(os.environ.get("TORTURE"))
COMMANDS = ("draft", "review apply", "finalize", "ledger export", *(("ledger export as CSV", "preview") if ALL else ()))


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 16 MiB of its own."""
    folder = tmp_path_factory.mktemp("disk")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    with stages("sqlite", tmp_path_factory.mktemp("stages")) as made:
        yield made


@contextmanager
def _on(disk: Path, stage: Stage) -> Iterator[Stage]:
    """Lend a copy of a workspace on the small disk."""
    root = disk / "books"
    shutil.copytree(stage.root, root)
    try:
        yield Stage(root, f"sqlite:///{root / 'book.sqlite'}")
    finally:
        for path in disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _fill(disk: Path, left: int) -> Path:
    """Fill the disk up to so many bytes."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - left))
    return filler


@pytest.mark.parametrize(
    "left", [0, 16 * KIB, 48 * KIB, 96 * KIB, 192 * KIB, 400 * KIB] if ALL else [0, 48 * KIB, 192 * KIB]
)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_told_in_a_sentence_and_the_run_after_it_completes(
    name: str, left: int, small_disk: Path, workspaces: dict[str, Stage]
) -> None:
    case = CASES[name]
    stage = workspaces[case.stage]
    with _on(small_disk, stage) as calm:
        assert run(calm.root, calm.url, case.typed)[0] == 0
        whole = everything(calm)
    with _on(small_disk, stage) as tight:
        filler = _fill(small_disk, left)
        code, said = run(tight.root, tight.url, case.typed)
        filler.unlink()
        assert code in (0, UNREADABLE, BOOK), (code, said)
        assert not code or ("disk is full" in said and "Traceback" not in said), said
        assert code or left, "nothing can be written where there is no room"
        assert halves(tight) == []
        code, said = run(tight.root, tight.url, case.typed)
        assert code == 0, said
        found = everything(tight)
    differs = {what for what in {*whole, *found} if whole.get(what) != found.get(what)}
    assert differs <= case.lost.keys(), sorted(differs)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_workspace_that_can_only_be_read_is_told_in_a_sentence_and_stays_as_it_is(
    name: str, small_disk: Path, workspaces: dict[str, Stage]
) -> None:
    case = CASES[name]
    with _on(small_disk, workspaces[case.stage]) as stage:
        before = everything(stage)
        _again(small_disk, "ro")
        try:
            code, said = run(stage.root, stage.url, case.typed)
        finally:
            _again(small_disk, "rw")
        assert code in (UNREADABLE, BOOK) and "Traceback" not in said, said
        assert "cannot be written" in said or "can only be read" in said, said
        assert everything(stage) == before and halves(stage) == []
        assert run(stage.root, stage.url, case.typed)[0] == 0


def _again(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@contextmanager
def _kept(stage: Stage, locked: Path) -> Iterator[None]:
    """Let another process keep the book until we are done."""
    seen, gate = context().Pipe(duplex=False)
    keeper = context().Process(target=_keep, args=(stage.url, locked, seen))
    keeper.start()
    until = time.monotonic() + 60
    while not locked.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield
    finally:
        gate.close()
        keeper.join(60)
    assert keeper.exitcode == 0


def _keep(url: str, locked: Path, gate: Any) -> None:
    from oneoff_batch.book.engine import writing

    with open_book(url) as book, writing(book.engine):
        locked.touch()
        gate.poll(None)


@pytest.mark.parametrize("name", ["draft", "finalize", *(("review apply", "tick", "pay", "credit", "undo") if ALL else ())])
@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_book_that_another_run_keeps_is_told_in_a_sentence_and_nothing_is_changed(
    name: str, kind: str, both: Any, tmp_path: Path
) -> None:
    case = CASES[name]
    with copied(both(kind)[case.stage], tmp_path / "kept") as stage:
        before = everything(stage)
        with _kept(stage, tmp_path / "locked"):
            code, said = run(stage.root, stage.url, case.typed, patience=0.3)
            assert code == BOOK and "is in use by another run; try again when that is done." in said, said
            assert run(stage.root, stage.url, Typed(("status",)))[0] == 0, "whoever only reads waits for nobody"
        tables = {what: sums for what, sums in before.items() if what.startswith("table")}
        assert tables.items() <= everything(stage).items() and halves(stage) == []
        assert run(stage.root, stage.url, case.typed)[0] == 0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, workspaces: dict[str, Stage]) -> Iterator[Any]:
    """Return the stages of a database, made when they are asked for."""
    with ExitStack() as stack:
        found = {"sqlite": workspaces}

        def of(kind: str) -> dict[str, Stage]:
            if kind not in found:
                found[kind] = stack.enter_context(stages(kind, tmp_path_factory.mktemp("stages")))
            return found[kind]

        yield of


def _write(root: Path, url: str, checkpoint: int, seed: int) -> None:
    """Draft, finalize, approve, credit, archive: one call after another, until somebody pulls the plug or all is done."""
    chance = random.Random(seed)
    with open_book(url) as opened:
        book = work.Watched(opened.engine)
        book.journal = work.Journal(root / "journal")
        event.listen(
            book.engine, "engine_connect", lambda c: c.connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")
        )
        workspace = work.open_workspace(root, url)
        for n in range(60):
            book.journal.user = f"w{n}"
            kind = chance.choice(("draft", "draft", "subset", "subset", "batch", "approve", "credit", "undo"))
            book.journal.tell("call", kind=kind)
            work._CALLS[kind](workspace, book, chance, book.journal)
            book.journal.tell("done")


def _torn(wal: bytes, chance: random.Random) -> bytes:
    """Return the log as a power cut may leave it: cut anywhere, and the end of it zeros, noise, or with a bit turned."""
    cut = bytearray(wal[: chance.randint(0, len(wal))])
    last = min(len(cut), chance.choice((0, 1, 512, 4096, 9000)))
    start = len(cut) - last
    how = chance.choice(("as it is", "zeros", "noise", "a bit"))
    if how == "zeros":
        cut[start:] = bytes(last)
    elif how == "noise":
        cut[start:] = chance.randbytes(last)
    elif how == "a bit" and last:
        cut[chance.randrange(start, len(cut))] ^= 1 << chance.randrange(8)
    return bytes(cut)


def _open(folder: Path, book: bytes, wal: bytes | None) -> tuple[list[str], list[str]]:
    """Return what is wrong with a book as a power cut leaves it, and the hashes of its chain in their order."""
    folder.mkdir()
    (folder / "book.sqlite").write_bytes(book)
    if wal is not None:
        (folder / "book.sqlite-wal").write_bytes(wal)
    url = f"sqlite:///{folder / 'book.sqlite'}"
    with open_book(url) as opened:
        found = [p.message for p in opened.verify().problems] + plain_sql.faults(url, work.STEPS)
        return found, opened.entries()["hash"].tolist()


def test_a_power_cut_leaves_the_book_as_it_was_after_one_of_its_commits(tmp_path: Path) -> None:
    """The log alone holds all that was written: cut and torn anywhere, without the index of shared memory, it opens whole."""
    root = tmp_path / "books"
    root.mkdir()
    url = f"sqlite:///{root / 'book.sqlite'}"
    create_book(url)
    (root / "oneoff.toml").write_text(work.SETTINGS, "utf-8")
    with sqlite3.connect(root / "book.sqlite") as first, sqlite3.connect(root / "book.sqlite") as keeps_the_log:
        first.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        keeps_the_log.execute("SELECT count(*) FROM entry").fetchall()
        writer = context().Process(target=_write, args=(root, url, 0, 3))
        writer.start()
        writer.join(120)
        assert writer.exitcode == 0
        book, wal = ((root / name).read_bytes() for name in ("book.sqlite", "book.sqlite-wal"))
    assert len(wal) > 500_000
    _, whole = _open(tmp_path / "whole", book, wal)
    bounds = _bounds(whole, tmp_path / "whole")
    seen = set()
    chance = random.Random(5)
    for n in range(60):
        wrong, chain = _open(tmp_path / f"cut{n}", book, _torn(wal, chance))
        assert wrong == []
        assert chain == whole[: len(chain)] and len(chain) in bounds, "half of a call is in the book"
        seen.add(len(chain))
        shutil.rmtree(tmp_path / f"cut{n}")
    assert len(seen) > 12


def _bounds(whole: list[str], folder: Path) -> set[int]:
    """Return after how many entries a call ended: its entries have one user, and no other's stand between them."""
    with sqlite3.connect(folder / "book.sqlite") as connection:
        users = [user for (user,) in connection.execute('SELECT "user" FROM entry ORDER BY seq')]
    assert len(users) == len(whole)
    return {0, len(users), *(n for n in range(1, len(users)) if users[n] != users[n - 1])}


def test_a_writer_whose_plug_is_pulled_at_any_moment_leaves_a_whole_book(tmp_path: Path) -> None:
    """While it writes and moves its log into the book, file and log are copied as they stand at one instant."""
    root = tmp_path / "books"
    root.mkdir()
    url = f"sqlite:///{root / 'book.sqlite'}"
    create_book(url)
    (root / "oneoff.toml").write_text(work.SETTINGS, "utf-8")
    writer = context().Process(target=_write, args=(root, url, 50, 4))
    writer.start()
    chance = random.Random(6)
    copies: list[tuple[bytes, bytes | None, set[str]]] = []
    while writer.exitcode is None and len(copies) < 60:
        time.sleep(chance.uniform(0, 0.08))
        os.kill(writer.pid, signal.SIGSTOP)
        _is_stopped(writer.pid)
        wal = root / "book.sqlite-wal"
        log = wal.read_bytes() if wal.exists() else None
        copies.append(((root / "book.sqlite").read_bytes(), log, _done(root / "journal")))
        os.kill(writer.pid, signal.SIGCONT)
    writer.kill()
    writer.join()
    assert len(copies) >= 20 and len({hashlib.sha256(book).digest() for book, *_ in copies}) > 3
    for n, (book, log, done) in enumerate(copies):
        wrong, _ = _open(tmp_path / f"cut{n}", book, log)
        assert wrong == []
        with sqlite3.connect(tmp_path / f"cut{n}" / "book.sqlite") as connection:
            final = {number for (number,) in connection.execute("SELECT number FROM invoice WHERE number IS NOT NULL")}
        assert done <= final, "a number that somebody was told is not in the book"
        shutil.rmtree(tmp_path / f"cut{n}")


def _is_stopped(pid: int) -> None:
    while (Path("/proc") / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()[0] not in "TZ":
        time.sleep(0.001)


def _done(journal: Path) -> set[str]:
    """Return the numbers that a writer was told."""
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()] if journal.exists() else []
    return {n for line in lines if line["what"] == "posted" and not line["dry"] for n in line["numbers"].values()}
