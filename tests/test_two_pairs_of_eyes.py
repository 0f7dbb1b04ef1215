"""Two pairs of eyes: nobody approves or finalizes alone what she uploaded, however she spells her name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from desk import NOON, Desk, desk_in
from samples import SAMPLES

from oneoff_batch.cli import run
from oneoff_batch.lifecycle import person
from oneoff_batch.pipeline import ledger, moves
from oneoff_batch.pipeline.refreshing import refresh
from oneoff_batch.pipeline.selecting import Wanted, choose


@pytest.fixture
def desk(tmp_path: Path):
    with desk_in(tmp_path, SAMPLES / "master-data.xlsx") as made:
        yield made


@pytest.mark.parametrize("name", ["Anna", " anna ", "ANNA", "an\u200bna", "ａｎｎａ"])
def test_a_name_spelled_otherwise_is_the_same_person(desk: Desk, name: str) -> None:
    assert person(name) == person("anna") != person("ben")
    assert desk.approve(desk.draft("W101"), name) == ["E503"]


def test_finalize_all_takes_nothing_that_one_uploaded_oneself(desk: Desk) -> None:
    batch = desk.draft("W101")

    def finalized(user: str) -> list[str]:
        done = ledger.finalize(
            desk.workspace, desk.book, batch, user, NOON, invoice_date=date(2026, 11, 24), everything=True, dry_run=False
        )
        return [p.code for p in done.posted.problems if p.severity == "error"]

    assert finalized("Anna") == ["E503"]
    assert finalized("ben") == []


def test_finalize_all_takes_nothing_that_was_declined(desk: Desk) -> None:
    batch = desk.draft("W101")
    named = choose(desk.book, Wanted(tuple(desk.book.states(batch=batch)["invoice_ref"])))
    moves.make(desk.workspace, desk.book, "decline", named, "ben", NOON, reason="wrong price")
    done = ledger.finalize(desk.workspace, desk.book, batch, "ben", NOON, invoice_date=None, everything=True, dry_run=False)
    assert not len(done.drawn) and len(done.left)


def test_who_refreshed_an_invoice_does_not_approve_it_either(desk: Desk) -> None:
    batch = desk.draft("W101")
    customers = desk.workspace.master
    workbook = openpyxl.load_workbook(customers)
    sheet = workbook["Customers"]
    header = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        row[header.index("Name")].value = f"{row[header.index('Name')].value} new"
    workbook.save(customers)
    refresh(desk.workspace, desk.book, desk.book.states(batch=batch), "Ben", NOON, dry_run=False)
    assert desk.approve(batch, "ben") == ["E503"]
    assert desk.approve(batch, "carl") == []


def test_an_approval_of_a_whole_batch_leaves_out_what_was_declined(desk: Desk) -> None:
    batch = desk.draft("W101")
    named = choose(desk.book, Wanted(tuple(desk.book.states(batch=batch)["invoice_ref"])))
    moves.make(desk.workspace, desk.book, "decline", named, "ben", NOON, reason="wrong price")
    done = moves.make(desk.workspace, desk.book, "approve", choose(desk.book, Wanted((batch,))), "carl", NOON)
    [told] = [p for p in done.problems if p.code == "E535"]
    assert "wrong price" in told.message and "ben" in told.message
    assert moves.make(desk.workspace, desk.book, "approve", named, "carl", NOON).problems == []


@pytest.mark.parametrize("user", ["", "  ", "an\u200bna", "an\u202ena"])
def test_a_name_that_cannot_be_seen_is_refused(books: Path, capsys: pytest.CaptureFixture[str], user: str) -> None:
    assert run(["status", "--user", user]) == 2
    assert "--user needs a name" in capsys.readouterr().err


def test_a_batch_is_not_dated_more_than_a_year_away(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in ("2062-11-27", "9999-12-31", "1962-11-27"):
        assert run(["finalize", "2026-11-27-1", "--invoice-date", day]) == 2
        assert "more than a year away" in capsys.readouterr().err
