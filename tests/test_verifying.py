"""The proof of a whole book: by one process or by several, it names the same, whatever somebody put in with a database tool."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from factories import NOON, drafts

from oneoff_batch.book import Book, BookError, Step, Upload, create_book, open_book, sharing, verifying
from oneoff_batch.book.engine import reading
from oneoff_batch.settings import DEFAULT_SERIES

SERIES = {s.name: s for s in DEFAULT_SERIES}
DAY = date(2026, 11, 24)


def billed(book: Book, n: int, count: int, day: date = DAY, **more: Any) -> None:
    """Upload, approve and post invoices; every third stays a draft, and its lines stand between those of final ones."""
    batch = book.add_batch(drafts(count, prefix=f"B{n}"), Upload(f"{n}.xlsx", f"{n:064x}", "anna", NOON), left_out=0)
    book.move([Step("approve", book.states(batch=batch)["id"].tolist())], "ben", NOON)
    states = book.states(batch=batch)
    states = states[states["id"] % 3 != 0]
    dates = states.assign(invoice_date=day, due_date=day + timedelta(days=30))[["id", "invoice_date", "due_date"]]
    rules: dict[str, Any] = {"series": SERIES, "chronology": "refuse", "everything": False} | more
    posted = book.finalize(dates, user="ben", at=NOON, **rules)
    assert not [p for p in posted.problems if p.code.startswith("E")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of three batches with 20 final invoices, which several processes share in pieces of a few."""
    path = tmp_path_factory.mktemp("whole") / "book.sqlite"
    create_book(f"sqlite:///{path}")
    with open_book(f"sqlite:///{path}") as book:
        for n in range(3):
            billed(book, n, 10, DAY + timedelta(days=n))
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """The book without its guards, as somebody leaves it who knows SQL."""
    copy = tmp_path / "book.sqlite"
    with sqlite3.connect(whole) as raw, sqlite3.connect(copy) as other:
        raw.backup(other)
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
    return copy


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small jobs, and two processes that help."""
    monkeypatch.setattr(verifying, "_ENTRIES", 7)
    monkeypatch.setattr(verifying, "_INVOICES", 5)
    monkeypatch.setattr(verifying, "helpers", lambda _: 2)
    yield


def told(path: Path) -> tuple[Any, ...]:
    """What verify says, with every word."""
    with open_book(f"sqlite:///{path}") as book:
        found = book.verify()
    return found.invoices, found.entries, found.head, [(p.code, p.invoice_ref, p.message) for p in found.problems]


def changed(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as raw:
        for statement in statements:
            raw.execute(statement)


TAMPERED = [
    # One cent, in each place where there are cents
    (["UPDATE line SET net = net + 1 WHERE invoice_id = 20 AND line = 1"], {"E523"}),
    (["UPDATE line SET tax = tax + 1 WHERE invoice_id = 20 AND line = 2"], {"E523"}),
    (["UPDATE tax SET tax = tax + 1 WHERE invoice_id = 1"], {"E523"}),
    (["UPDATE invoice SET gross_total = gross_total + 1 WHERE id = 29"], {"E523"}),
    # Two changes that cancel each other out, also past the end of 64 bits
    (["UPDATE line SET net = net + 1 WHERE invoice_id = 20 AND line = 1",
      "UPDATE line SET net = net - 1 WHERE invoice_id = 20 AND line = 2"], {"E523"}),
    (["UPDATE line SET net = 9223372036854775807 WHERE invoice_id = 20",
      "UPDATE line SET tax = -9223372036854775807 WHERE invoice_id = 20"], {"E523"}),
    # Rows that are gone, new, or in another's place
    (["DELETE FROM line WHERE invoice_id = 20"], {"E523"}),
    (["DELETE FROM tax WHERE invoice_id = 20"], {"E523"}),
    (["UPDATE line SET invoice_id = 19, line = line + 8 WHERE invoice_id = 20"], {"E523"}),
    (["INSERT INTO line (invoice_id, line, net, tax, gross) VALUES (20, 9, 0, 0, 0)"], {"E523"}),
    (["UPDATE line SET line = 9 WHERE invoice_id = 20 AND line = 1"], {"E523"}),
    (["DELETE FROM line WHERE invoice_id = 20", "DELETE FROM tax WHERE invoice_id = 20",
      "DELETE FROM invoice WHERE id = 20"], {"E520", "E525"}),
    (["DELETE FROM entry WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["INSERT INTO entry (seq, at, user, action, batch, invoice_id, number, body, prev, hash) SELECT (SELECT max(seq) "
      "FROM entry) + 1, at, user, action, batch, invoice_id, number, body, prev, hash FROM entry "
      "WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["UPDATE entry SET invoice_id = NULL WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["UPDATE entry SET invoice_id = 'x' WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["UPDATE entry SET invoice_id = 19.5 WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    # What no column of this kind should hold
    (["UPDATE line SET net = 'much' WHERE invoice_id = 20"], {"E523"}),
    (["UPDATE line SET net = 0.5 WHERE invoice_id = 20"], {"E523"}),
    (["UPDATE line SET credits_line = 9e999 WHERE invoice_id = 20 AND line = 1"], {"E523"}),
    (["UPDATE line SET description = x'00ff' WHERE invoice_id = 20"], {"E523"}),
    (["UPDATE invoice SET digits = 'two' WHERE id = 20"], {"E523"}),
    (["UPDATE invoice SET tax_currency_total = 9e999 WHERE id = 20"], {"E523"}),
    (["UPDATE invoice SET net_total = x'01' WHERE id = 20"], {"E523"}),
    (["UPDATE invoice SET invoice_date = x'01' WHERE id = 20"], {"E523"}),
    (["UPDATE invoice SET counter = 'six' WHERE id = 20"], {"E520", "E524"}),
    (["UPDATE invoice SET counter = 6.5 WHERE id = 20"], {"E520", "E524"}),
    (["UPDATE invoice SET period = x'01' WHERE id = 20"], {"E520"}),
    (["UPDATE invoice SET due_is_explicit = 9e999 WHERE id = 20"], {"E523"}),
    (["UPDATE entry SET invoice_id = 9e999 WHERE action = 'upload' AND batch LIKE '%-2'"], {"E522"}),
    (["UPDATE entry SET body = '{' WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["UPDATE entry SET body = x'ff' WHERE action = 'finalize' AND invoice_id = 20"], {"E522", "E525"}),
    (["UPDATE entry SET body = replace(body, '\"step\":1', '\"step\":[1]') WHERE action = 'finalize' AND invoice_id = 20"],
     {"E522", "E525"}),
    (["UPDATE entry SET hash = x'00' WHERE seq = 40"], {"E522"}),
    # Characters that two writings of JSON might treat in two ways
    (["UPDATE invoice SET note = 'a' || char(8232) || char(127) || char(1) || char(128512) || '\"\\/' WHERE id = 20"],
     {"E523"}),
    # Numbers that no range of a thousand has room for
    (["UPDATE entry SET seq = 4611686018427387904 WHERE seq = 40"], {"E522"}),
    (["UPDATE entry SET seq = -4 WHERE seq = 40"], {"E522"}),
    (["UPDATE entry SET seq = -9223372036854775808 WHERE seq = 83"], {"E522"}),
    (["INSERT INTO entry SELECT 0, at, user, body, 'hold', batch, invoice_id, invoice_ref, number, sha256, prev, hash "
      "FROM entry WHERE seq = 40"], {"E522"}),
    (["UPDATE invoice SET counter = 4611686018427387904 WHERE id = 29"], {"E520"}),
    # A chain that goes on after a piece was taken out of it
    (["DELETE FROM entry WHERE seq BETWEEN 15 AND 28"], {"E522", "E525"}),
    (["UPDATE entry SET prev = 'x' WHERE seq = 36"], {"E522"}),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "expected"), TAMPERED)
def test_several_processes_name_what_one_names(
    path: Path, statements: list[str], expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(path, "PRAGMA ignore_check_constraints = ON", *statements)
    alone = told(path)
    assert {code for code, _, _ in alone[3]} == expected
    assert all(message for _, _, message in alone[3])
    monkeypatch.setattr(verifying, "_ENTRIES", 7)
    monkeypatch.setattr(verifying, "_INVOICES", 5)
    monkeypatch.setattr(verifying, "helpers", lambda _: 1)
    assert told(path) == alone


def test_a_whole_book_is_whole_for_several_processes(whole: Path, shared: None) -> None:
    invoices, _, _, problems = told(whole)
    assert (invoices, problems) == (20, [])


def test_a_kept_head_is_found_by_whoever_reads_its_entry(whole: Path, shared: None) -> None:
    with open_book(f"sqlite:///{whole}") as book:
        hashes = book.entries()["hash"].tolist()
        for place in (1, 7, 8, len(hashes)):
            assert book.verify(hashes[place - 1]).since == place
        assert [p.code for p in book.verify("f" * 64).problems] == ["E527"]


def test_what_becomes_final_while_others_read_is_not_half_seen(whole: Path, path: Path) -> None:
    """The view of a helping process may be younger than ours: what has an entry above our last one came later."""
    with open_book(f"sqlite:///{path}") as book:
        last, _ = book.head()
        billed(book, 9, 6, DAY + timedelta(days=9))
        with reading(book.engine) as connection:
            found = verifying.examine(connection, 0, 100, last)
    assert (found.count, found.problems, found.strays, found.orphans) == (20, [], [], [])


def test_a_process_that_dies_proves_nothing(whole: Path) -> None:
    with open_book(f"sqlite:///{whole}") as book, reading(book.engine) as connection:
        with pytest.raises(BookError, match="Nothing is proven"):
            sharing.share(connection, [], [sharing.Job(partial(killed, but=os.getpid()), nothing)] * 4, 1)
        # Whoever asked is well, and may ask again.
        assert sharing.share(connection, [verifying._runs], [], 1)[1] == []


def nothing(_: Any) -> None:
    """Be the careful way of a job that needs none."""


def killed(read: Any, but: int) -> None:
    """End the process that reads, as one without memory ends; the one of the test goes on."""
    if os.getpid() != but:
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_helping_process_cannot_read_is_told_as_if_we_had(whole: Path) -> None:
    jobs = [sharing.Job(refusing, nothing)] * 4
    with open_book(f"sqlite:///{whole}") as book, reading(book.engine) as connection, pytest.raises(ValueError, match="int"):
        sharing.share(connection, [], jobs, 1)


def refusing(read: Any) -> int:
    return int("no int")


def test_a_script_without_a_main_guard_may_verify(whole: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from oneoff_batch.book import open_book, verifying\n"
        "verifying._ENTRIES, verifying._INVOICES, verifying.helpers = 7, 5, lambda _: 2\n"
        f"with open_book('sqlite:///{whole}') as book:\n    print(book.verify().invoices)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("20\n", "")


@pytest.mark.parametrize("chronology", ["off", "warn"])
def test_dates_that_may_go_back_are_no_fault_and_gaps_still_are(path: Path, chronology: str) -> None:
    with open_book(f"sqlite:///{path}") as book:
        billed(book, 7, 3, DAY - timedelta(days=9), chronology=chronology)
        assert book.verify().problems == []
        billed(book, 8, 3, DAY - timedelta(days=9), chronology="off")
    changed(path, "UPDATE invoice SET counter = counter + 7, number = number || '9' WHERE id = 35")
    assert {code for code, _, _ in told(path)[3]} >= {"E520", "E525"}


def test_a_step_that_the_settings_changed_is_followed_number_by_number(path: Path) -> None:
    from dataclasses import replace

    wider = {name: replace(s, increment=10) for name, s in SERIES.items()}
    with open_book(f"sqlite:///{path}") as book:
        billed(book, 7, 3, DAY + timedelta(days=3), series=wider)
        assert book.ledger()["counter"].tolist()[-2:] == [30, 40]
        assert book.verify().problems == []
