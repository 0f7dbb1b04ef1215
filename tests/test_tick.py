"""The tick: what is due becomes final by itself, once, whatever else runs and whenever it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from desk import workspace_in
from factories import NOON, drafts

from oneoff_batch.book import Book, Step, Upload, create_book, open_book
from oneoff_batch.cli import run
from oneoff_batch.lifecycle import FINAL
from oneoff_batch.pipeline.tick import Ticked, tick, write_documents
from oneoff_batch.pipeline.workspace import Workspace

pytestmark = pytest.mark.usefixtures("database")

LATER = NOON + timedelta(hours=8)
GRACE = "\n[review]\ngrace_period_hours = 8\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "oneoff.toml").write_text("[review]\ngrace_period_hours = 8\n", "utf-8")
    made = workspace_in(tmp_path)
    create_book(made.book_url)
    return made


@pytest.fixture
def book(workspace: Workspace) -> Iterator[Book]:
    with open_book(workspace.book_url) as opened:
        yield opened


def add(book: Book, n: int, number: int = 1, *, on_hold: bool = False, **how: object) -> list[int]:
    """Drafts of anna, uploaded at noon and approved by ben; off hold unless said otherwise."""
    upload = Upload(f"{number}.xlsx", f"{number:064x}", "anna", NOON)
    batch = book.add_batch(drafts(n, on_hold=on_hold, prefix=f"P{number}", **how), upload, left_out=0)  # type: ignore[arg-type]
    ids: list[int] = book.states(batch=batch)["id"].tolist()
    move(book, "approve", ids)
    return ids


def move(book: Book, action: str, ids: list[int], at: datetime = NOON) -> None:
    assert book.move([Step(action, ids)], "ben", at).count == len(ids)


def ticked(workspace: Workspace, book: Book, at: datetime = LATER) -> Ticked:
    return tick(workspace, book, "cron", at, dry_run=False)


def refs(done: Ticked) -> list[str]:
    return sorted(done.drawn["invoice_ref"]) if len(done.drawn) else []


def test_what_never_was_on_hold_becomes_final_so_long_after_its_upload_and_not_before(
    workspace: Workspace, book: Book
) -> None:
    add(book, 2)
    early = ticked(workspace, book, LATER - timedelta(seconds=1))
    assert refs(early) == [] and set(early.coming["due"]) == {LATER}
    assert refs(ticked(workspace, book)) == ["P1-00001", "P1-00002"]
    assert book.verify().problems == []
    assert json.loads(book.entries(action="finalize")["body"][0])["by_itself"] is True


def test_the_grace_period_counts_from_the_last_release(workspace: Workspace, book: Book) -> None:
    ids = add(book, 1, on_hold=True)
    move(book, "release", ids, NOON + timedelta(hours=1))
    assert refs(ticked(workspace, book)) == []
    move(book, "hold", ids, NOON + timedelta(hours=2))
    assert not len(ticked(workspace, book, NOON + timedelta(days=9)).coming)
    move(book, "release", ids, NOON + timedelta(hours=3))
    assert refs(ticked(workspace, book, NOON + timedelta(hours=10))) == []
    assert refs(ticked(workspace, book, NOON + timedelta(hours=11))) == ["P1-00001"]


def test_what_is_on_hold_open_declined_or_not_reviewed_is_never_taken(workspace: Workspace, book: Book) -> None:
    ids = add(book, 5)
    move(book, "hold", ids[:1])
    move(book, "open", ids[1:2])
    assert book.move([Step("decline", ids[2:3], "no")], "ben", NOON).count == 1
    unreviewed = book.add_batch(drafts(1, on_hold=False, prefix="U"), Upload("u.xlsx", "f" * 64, "anna", NOON), left_out=0)
    done = ticked(workspace, book, NOON + timedelta(days=30))
    assert unreviewed and refs(done) == ["P1-00004", "P1-00005"]
    assert (done.waiting["invoice_ref"].tolist(), done.declined["invoice_ref"].tolist()) == (["U-00001"], ["P1-00003"])


def test_what_is_put_on_hold_while_the_tick_looks_stays_a_draft(workspace: Workspace, book: Book) -> None:
    ids = add(book, 2)
    states = book.states(ids=ids)
    move(book, "hold", ids[:1])
    dates = states.assign(invoice_date=states["planned_date"])[["id", "invoice_date", "due_date"]]
    series = workspace.settings.series
    posted = book.finalize(
        dates, series=series, chronology="refuse", user="cron", at=LATER, everything=False, by_itself=True
    )  # fmt: skip
    assert [p.code for p in posted.problems] == ["E501"] and "made final by itself" in posted.problems[0].message
    assert not len(book.states(status=FINAL))


def test_one_bad_invoice_is_left_out_and_never_stops_the_others(workspace: Workspace, book: Book) -> None:
    add(book, 1, 1, day=date(2026, 11, 20))
    assert refs(ticked(workspace, book)) == ["P1-00001"]
    add(book, 1, 2, day=date(2026, 11, 10))
    add(book, 1, 3, series="gone")
    add(book, 1, 4, day=date(2026, 10, 1))
    add(book, 2, 5, day=date(2026, 11, 21))
    (workspace.root / "oneoff.toml").write_text(f"[dates]\nclosed_until = 2026-10-31\n{GRACE}", "utf-8")
    planned = tick(workspace_in(workspace.root), book, "cron", LATER, dry_run=True)
    done = ticked(workspace_in(workspace.root), book)
    assert refs(planned) == refs(done) == ["P5-00001", "P5-00002"]
    found = sorted((p.code, p.invoice_ref) for p in done.problems if p.code[0] == "E")
    assert found == [("E504", "P2-00001"), ("E510", "P4-00001"), ("E534", "P3-00001")]
    assert book.verify().problems == []


def test_numbers_of_several_batches_follow_the_dates(workspace: Workspace, book: Book) -> None:
    add(book, 1, 1, day=date(2026, 11, 20))
    add(book, 1, 2, day=date(2026, 11, 10))
    assert refs(ticked(workspace, book)) == ["P1-00001", "P2-00001"]
    assert book.ledger()["invoice_ref"].tolist() == ["P2-00001", "P1-00001"]


def test_a_dry_run_draws_no_number(workspace: Workspace, book: Book) -> None:
    add(book, 2)
    before = len(book.entries())
    assert refs(tick(workspace, book, "cron", LATER, dry_run=True)) == ["P1-00001", "P1-00002"]
    assert len(book.states(status=FINAL)) == 0 and len(book.entries()) == before


def test_documents_and_ledger_are_written_once_for_what_became_final(workspace: Workspace, book: Book) -> None:
    add(book, 2)
    ticked(workspace, book)
    quiet = lambda *_: lambda _: None  # noqa: E731
    written = write_documents(workspace, book, "cron", LATER, quiet)
    assert [page.is_file() for _, page in written] == [True]
    assert (workspace.ledger / "ledger.xlsx").is_file()
    assert len(list((written[0][1].parent / "invoices").glob("INV-2026-00000*.html"))) == 2
    assert write_documents(workspace, book, "cron", LATER, quiet) == []


def test_a_run_that_wrote_documents_does_not_hide_numbers_that_another_drew_meanwhile(
    workspace: Workspace, book: Book
) -> None:
    ids = add(book, 2, on_hold=True)
    move(book, "release", ids[:1])
    ticked(workspace, book)
    through = book.undocumented()
    move(book, "release", ids[1:])
    ticked(workspace, book)
    book.documented(through, "cron", LATER)
    assert list(book.undocumented()) == list(through)
    book.documented(book.undocumented(), "cron", LATER)
    assert book.undocumented() == {}


# Real processes

_TICK = "import sys; from oneoff_batch.cli import run; sys.exit(run(['tick', '--json', *sys.argv[1:]]))"
_DIE_BEFORE_DOCUMENTS = (
    "import os, signal; from oneoff_batch.pipeline import tick; "
    "tick.write_batch = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
)
_DIE_BEFORE_COMMIT = (
    "import os, signal; from sqlalchemy import Engine, event; event.listen(Engine, 'commit', lambda c: "
    "os.kill(os.getpid(), signal.SIGKILL) if c.get_execution_options().get('writes') else None); "
)


@pytest.fixture
def due(workspace: Workspace) -> Workspace:
    """A workspace with twenty drafts that are due at any real time."""
    with open_book(workspace.book_url) as book:
        upload = Upload("a.xlsx", "a" * 64, "anna", NOON - timedelta(days=3000))
        book.add_batch(drafts(20, on_hold=False, day=date(2026, 11, 24)), upload, left_out=0)
        move(book, "approve", book.states()["id"].tolist())
    return workspace


def start(workspace: Workspace, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", before + _TICK], cwd=workspace.root, text=True, stdout=subprocess.PIPE)


def test_two_ticks_at_once_draw_each_number_once(due: Workspace) -> None:
    running = [start(due), start(due)]
    said = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(done["drawn"] for done in said) == [0, 20]
    with open_book(due.book_url) as book:
        assert book.ledger()["counter"].tolist() == list(range(1, 21))
        assert book.verify().problems == [] and book.undocumented() == {}
    assert (due.ledger / "ledger.xlsx").is_file()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(("death", "drawn"), [(_DIE_BEFORE_COMMIT, 0), (_DIE_BEFORE_DOCUMENTS, 20)])
def test_a_tick_that_is_killed_leaves_nothing_half_done_and_the_next_one_completes_it(
    due: Workspace, death: str, drawn: int
) -> None:
    killed = start(due, death)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with open_book(due.book_url) as book:
        assert len(book.ledger()) == drawn and book.verify().problems == []
    again = start(due)
    done = json.loads(again.communicate(timeout=120)[0])
    assert again.returncode == 0 and done["drawn"] == 20 - drawn and len(done["documents"]) == 1
    with open_book(due.book_url) as book:
        assert book.ledger()["counter"].tolist() == list(range(1, 21)) and book.verify().problems == []
    pages = list((due.batch(done["documents"][0]) / "invoices").glob("INV-*.html"))
    assert len(pages) == 20


# As it is typed


def test_nothing_to_do_says_what_waits_and_when_the_next_one_is_due(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"
    Path("a.csv").write_text(
        f"{head}\nA-1,C-1001,EUR,2026-11-10,Day,1,100.00\nA-2,C-1001,EUR,2026-11-10,Day,2,100.00\n", "utf-8"
    )
    assert run(["draft", "a.csv", "-q"]) == 0
    assert run(["release", "A-1", "A-2", "-q"]) == run(["approve", "A-1", "-q", "--user", "ben"]) == 0
    capsys.readouterr()
    assert run(["tick"]) == 0
    said = capsys.readouterr().out
    assert "Nothing is due." in said and "1 draft off hold waits for approval: A-2." in said and "Next due: A-1, on " in said
    with Path("oneoff.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[review]\ngrace_period_hours = 0\n")
    assert run(["tick", "--dry-run"]) == 0
    assert "1 invoice would become final. A dry run: no number was drawn." in capsys.readouterr().out
    assert run(["tick"]) == 0
    said = capsys.readouterr().out
    assert "1 invoice final: INV-2026-000001." in said and "index.html" in said


def test_what_was_declined_is_told_apart_from_what_waits_for_a_review(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"
    rows = [f"{ref},C-1001,EUR,2026-11-10,Day,1,100.00" for ref in ("A-1", "A-2", "A-3")]
    Path("a.csv").write_text("\n".join((head, *rows)) + "\n", "utf-8")
    assert run(["draft", "a.csv", "-q"]) == run(["release", "A-1", "A-2", "A-3", "-q"]) == 0
    assert run(["decline", "A-1", "--reason", "Wrong price", "-q", "--user", "ben"]) == 0
    capsys.readouterr()
    assert run(["tick"]) == 0
    said = capsys.readouterr().out
    assert "2 drafts off hold wait for approval: A-2, A-3." in said
    assert "1 draft off hold was declined and waits for a correction: A-1." in said
    assert run(["tick", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["waiting_for_approval"], told["declined"]) == (["A-2", "A-3"], ["A-1"])
