"""No gap and no duplicate, whatever is killed and whenever: real processes, real files, SIGKILL."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from factories import NOON, drafts
from processes import context
from sqlalchemy import event

from oneoff_batch.book import Book, Posted, Upload, create_book, open_book
from oneoff_batch.settings import Series

SERIES = {"invoices": Series("invoices")}
DAY = date(2026, 11, 24)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


@pytest.fixture(scope="module")
def processes() -> Any:
    return context()


def finalize(book: Book, ids: list[int]) -> Posted:
    states = book.states(ids=ids)
    dates = states.assign(invoice_date=states["planned_date"])[["id", "invoice_date", "due_date"]]
    return book.finalize(
        dates, series=SERIES, chronology="refuse", user="ben", at=NOON, everything=True
    )  # fmt: skip


def add(book: Book, n: int) -> str:
    return book.add_batch(drafts(n), Upload("november.xlsx", "a" * 64, "anna", NOON), left_out=0)


def post_a_few_at_a_time(url: str, seed: int, danger: float) -> None:
    """Post three invoices after another, chosen at random, until all are final or a random statement kills."""
    chance = random.Random(seed)

    def perhaps_die(*_: object) -> None:
        if chance.random() < danger:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_book(url) as book:
        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(book.engine, moment, perhaps_die)
        while ids := book.states(status="DRAFT")["id"].tolist():
            finalize(book, chance.sample(ids, min(3, len(ids))))


def post_and_die(url: str) -> None:
    with open_book(url) as book:
        ids = book.states()["id"].tolist()
        die_before_commit_of_writes(book)
        finalize(book, ids)


def die_before_commit_of_writes(book: Book) -> None:
    def kill(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(book.engine, "commit", kill)


def add_and_die(url: str) -> None:
    with open_book(url) as book:
        die_before_commit_of_writes(book)
        add(book, 50)


def post_and_die_after(url: str) -> None:
    with open_book(url) as book:
        finalize(book, book.states()["id"].tolist())
        os.kill(os.getpid(), signal.SIGKILL)


def killed(processes: Any, target: Callable[[str], None], url: str) -> None:
    child = processes.Process(target=target, args=(url,))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def assert_whole(book: Book, n: int) -> None:
    ledger = book.ledger()
    assert ledger["number"].tolist() == [f"INV-2026-{i:06d}" for i in range(1, n + 1)]
    found = book.verify()
    assert found.problems == []
    assert found.invoices == n


def test_killed_between_the_draw_and_the_commit_no_number_was_used(processes: Any, url: str) -> None:
    with open_book(url) as book:
        add(book, 20)
    killed(processes, post_and_die, url)
    with open_book(url) as book:
        assert_whole(book, 0)
        finalize(book, book.states()["id"].tolist())
        assert_whole(book, 20)


def test_killed_after_the_commit_the_numbers_are_kept_and_none_is_drawn_again(processes: Any, url: str) -> None:
    with open_book(url) as book:
        add(book, 20)
    killed(processes, post_and_die_after, url)
    with open_book(url) as book:
        again = finalize(book, book.states()["id"].tolist())
        assert not again.numbers["drawn"].any()
        assert_whole(book, 20)


def test_killed_while_a_batch_is_added_nothing_of_it_is_in_the_book(processes: Any, url: str) -> None:
    killed(processes, add_and_die, url)
    with open_book(url) as book:
        assert len(book.batches()) == 0
        assert len(book.states()) == 0
        add(book, 50)
        assert len(book.states()) == 50
        assert book.verify().problems == []


def test_four_runs_at_once_that_are_killed_at_random_leave_no_gap_and_no_duplicate(processes: Any, url: str) -> None:
    n = 60
    with open_book(url) as book:
        add(book, n)
    ends = [end for wave in range(2) for end in ended(processes, url, 0.02, range(4 * wave, 4 * wave + 4))]
    assert ends.count(-signal.SIGKILL) >= 4
    with open_book(url) as book:
        assert_whole(book, len(book.ledger()))
    assert ended(processes, url, 0, range(4)) == [0] * 4
    with open_book(url) as book:
        assert_whole(book, n)


def test_four_runs_that_make_the_book_at_once_make_one(processes: Any, database: str) -> None:
    address = database
    running = [processes.Process(target=create_book, args=(address,)) for _ in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * 4
    with open_book(address) as book:
        assert_whole(book, 0)


def ended(processes: Any, url: str, danger: float, seeds: Iterable[int]) -> list[int | None]:
    """Run one process per seed at once, and return how each ended."""
    running = [processes.Process(target=post_a_few_at_a_time, args=(url, seed, danger)) for seed in seeds]
    for process in running:
        process.start()
    for process in running:
        process.join(120)
    return [process.exitcode for process in running]
