"""Who may do what in a shared book: each role does its part on a real PostgreSQL, and is refused everything else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import databases
import pytest
import sqlalchemy as sa
from databases import raw
from factories import NOON, drafts
from samples import SAMPLES
from test_book import codes, finalize, step, upload
from test_keeping import rows_of

from oneoff_batch.book import Book, BookError, Upload, create_book, open_book
from oneoff_batch.book.keeping import grants
from oneoff_batch.book.paying import Payment
from oneoff_batch.book.tables import metadata
from oneoff_batch.cli import run

ROLES = ("auditor", "uploader", "reviewer", "finalizer")
PEOPLE = {"vera": "auditor", "anna": "uploader", "ben": "reviewer", "fay": "finalizer"}


def psql(url: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script with PostgreSQL's own program."""
    program = databases.server().bin_path / "psql"
    command = [str(program), url, "--set", "ON_ERROR_STOP=1", "--quiet", "--file", "-"]
    return subprocess.run(command, input=script, text=True, capture_output=True, timeout=60)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[str]:
    """A shared book, with the grants as they are shipped, and four people; its owner is nobody's everyday login."""
    with databases.fresh("postgresql", tmp_path) as url:
        name = sa.make_url(url).database
        owner = f"owner_{os.getpid()}"
        with raw(url) as connection:
            if not connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": owner}):
                connection.exec_driver_sql(f"CREATE ROLE {owner} LOGIN CREATEROLE")
            connection.exec_driver_sql(f"ALTER DATABASE {name} OWNER TO {owner}")
            connection.exec_driver_sql(f"ALTER SCHEMA public OWNER TO {owner}")
        own = as_person(url, owner)
        create_book(own)
        for _ in range(2):
            done = psql(own, grants())
            assert (done.returncode, done.stderr) == (0, "")
        with raw(url) as connection:
            for person, role in PEOPLE.items():
                if not connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": person}):
                    connection.exec_driver_sql(f"CREATE ROLE {person} LOGIN")
                connection.exec_driver_sql(f"GRANT oneoff_{role} TO {person}")
        yield url


def as_person(url: str, person: str) -> str:
    return sa.make_url(url).set(username=person).render_as_string(hide_password=False)


@contextmanager
def book_of(url: str, person: str) -> Iterator[Book]:
    with open_book(as_person(url, person)) as book:
        yield book


def a_month_end(url: str) -> None:
    """Each does their part."""
    with book_of(url, "anna") as book:
        batch = book.add_batch(drafts(3), upload(), left_out=0)
    with book_of(url, "ben") as book:
        states = book.states(batch=batch)
        assert book.move([step("approve", states["id"])], "ben", NOON).problems == []
    with book_of(url, "fay") as book:
        assert codes(finalize(book, book.states(batch=batch), user="fay")) == []


def test_each_does_their_part_of_a_month_end_and_the_chain_tells_whose_login_it_was(shared: str) -> None:
    a_month_end(shared)
    with book_of(shared, "vera") as book:
        assert codes(book.verify()) == []
        assert len(book.ledger()) == 3
        entries = book.entries()
    told = entries["body"].str.extract(r'"role":"([a-z]+)"')[0]
    assert told.groupby(entries["action"]).unique().map(list).to_dict() == {
        "upload": ["anna"], "draft": ["anna"], "approve": ["ben"], "finalize": ["fay"],
    }  # fmt: skip


def test_an_uploader_replaces_refreshes_holds_and_archives_drafts(shared: str) -> None:
    with book_of(shared, "anna") as book:
        book.add_batch(drafts(3), upload(), left_out=0)
        states = book.states()
        book.add_batch(drafts(1), upload(2), left_out=0, replaces=frozenset({"NOV-00001"}))
        assert book.move([step("release", states["id"][1:2]), step("archive", states["id"][2:])], "anna", NOON).count == 2
        known = book.states(refs=["NOV-00002"])
        again = drafts(1, first=2, lines=1)
        assert book.renew(again, {"NOV-00002": known["content_hash"][0]}, "anna", NOON).refs == ["NOV-00002"]
        assert codes(book.verify()) == []


def test_a_finalizer_enters_payments_and_nobody_else_does(shared: str) -> None:
    a_month_end(shared)
    payment = Payment(1, "INV-2026-000001", "NOV-00001", date(2026, 11, 25), 100, "R-1", "EUR", 2)
    for person in ("vera", "anna", "ben"):
        with book_of(shared, person) as book, pytest.raises(BookError, match="your role may not"):
            book.pay([payment], Upload("a.csv", "f" * 64, person, NOON), valid_only=False)
    with book_of(shared, "fay") as book:
        assert book.pay([payment], Upload("a.csv", "f" * 64, "fay", NOON), valid_only=False) == (1, [])
        assert codes(book.verify()) == []


@pytest.mark.parametrize("person", ["vera", "ben", "fay"])
def test_only_an_uploader_drafts(shared: str, person: str) -> None:
    with book_of(shared, person) as book, pytest.raises(BookError, match="your role may not"):
        book.add_batch(drafts(1), upload(), left_out=0)


@pytest.mark.parametrize("person", ["vera", "anna", "fay"])
def test_only_a_reviewer_approves_whatever_name_is_typed(shared: str, person: str) -> None:
    with book_of(shared, "anna") as book:
        book.add_batch(drafts(1), upload(), left_out=0)
    with book_of(shared, person) as book, pytest.raises(BookError, match="your role may not"):
        book.move([step("approve", book.states()["id"])], "ben", NOON)


@pytest.mark.parametrize("person", ["vera", "anna", "ben"])
def test_only_a_finalizer_draws_numbers(shared: str, person: str) -> None:
    with book_of(shared, "anna") as book:
        book.add_batch(drafts(1), upload(), left_out=0)
    with book_of(shared, "ben") as book:
        book.move([step("approve", book.states()["id"])], "ben", NOON)
    with book_of(shared, person) as book, pytest.raises(BookError, match="your role may not"):
        finalize(book, book.states(), user=person)
    with book_of(shared, "vera") as book:
        assert len(book.ledger()) == 0 and codes(book.verify()) == []


# What somebody tries who knows SQL

WRITES = [
    *(f'DELETE FROM "{table}"' for table in metadata.tables),
    *(f'TRUNCATE "{table}" CASCADE' for table in metadata.tables),
    *(f'DROP TABLE "{table}" CASCADE' for table in metadata.tables),
    *(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL' for table in metadata.tables),
    *(f'ALTER TABLE "{table}" ADD COLUMN x text' for table in metadata.tables),
    *(f'INSERT INTO "{table}" SELECT * FROM "{table}"' for table in metadata.tables),
    *(f'UPDATE "{table}" SET "{next(iter(metadata.tables[table].c)).name}" = NULL' for table in metadata.tables),
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE invoice SET approval = 'APPROVED'",
    "UPDATE invoice SET net_total = 0",
    "UPDATE entry SET body = '{}'",
    "DROP TRIGGER guard_entry_update ON entry",
    "DROP FUNCTION oneoff_refuse() CASCADE",
    "CREATE OR REPLACE FUNCTION oneoff_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TABLE mine (x text)",
    "SET session_replication_role = replica",
    "SET ROLE oneoff_finalizer",
    "GRANT oneoff_uploader TO vera",
    "BEGIN; LOCK TABLE entry IN EXCLUSIVE MODE",
]  # fmt: skip


def test_the_auditor_cannot_write(shared: str) -> None:
    a_month_end(shared)
    before = rows_of(shared)
    for statement in WRITES:
        with raw(as_person(shared, "vera")) as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
            connection.exec_driver_sql(statement)
        assert caught.value.orig.sqlstate == "42501", statement
    assert rows_of(shared) == before


FORBIDDEN = {
    "anna": [
        "UPDATE invoice SET approval = 'APPROVED', approved_by = 'ben' WHERE id = 4",
        "UPDATE invoice SET net_total = 1 WHERE id = 5",
        "UPDATE invoice SET status = 'FINAL' WHERE id = 5",
        "UPDATE invoice SET number = 'INV-1' WHERE id = 5",
        "UPDATE series SET counter = 1",
        "DELETE FROM entry",
        "DELETE FROM invoice WHERE id = 4",
    ],
    "ben": [
        "UPDATE invoice SET net_total = 1 WHERE id = 4",
        "UPDATE invoice SET number = 'INV-1' WHERE id = 5",
        "INSERT INTO payment SELECT * FROM payment",
        "UPDATE line SET net = 1 WHERE invoice_id = 4",
    ],
    "fay": [
        "UPDATE invoice SET approval = 'APPROVED', approved_by = 'fay' WHERE id = 4",
        "UPDATE invoice SET seal = 'x' WHERE id = 5",
        "DELETE FROM line WHERE invoice_id = 4",
        "UPDATE payment SET amount = 1",
    ],
}


@pytest.mark.parametrize("person", sorted(FORBIDDEN))
def test_nobody_does_more_than_their_part(shared: str, person: str) -> None:
    a_month_end(shared)
    with book_of(shared, "anna") as book:
        book.add_batch(drafts(2, prefix="DEC"), upload(2), left_out=0)
    with book_of(shared, "ben") as book:
        book.move([step("approve", book.states(refs=["DEC-00002"])["id"])], "ben", NOON)
    before = rows_of(shared)
    for statement in FORBIDDEN[person]:
        with raw(as_person(shared, person)) as connection, pytest.raises(sa.exc.DBAPIError) as caught:
            connection.exec_driver_sql(statement)
        assert caught.value.orig.sqlstate == "42501", statement
    assert rows_of(shared) == before


def test_nobody_writes_an_entry_under_the_login_of_another(shared: str) -> None:
    from oneoff_batch.book import chain
    from oneoff_batch.book.engine import writing

    with book_of(shared, "anna") as book:
        with writing(book.engine) as connection:
            chain.append(connection, chain.Occasion("ben", NOON), [chain.Entry("note", None, None, None, None, {})])
        real, chain._role = chain._role, lambda _: {"role": "ben"}
        try:
            with pytest.raises(BookError, match="your role may not"), writing(book.engine) as connection:
                chain.append(connection, chain.Occasion("ben", NOON), [chain.Entry("note", None, None, None, None, {})])
        finally:
            chain._role = real


def test_the_commands_say_in_a_sentence_that_a_role_may_not(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def typed(person: str, *args: str) -> tuple[int, str]:
        code = run([*args, "--user", person, "--book", as_person(shared, person)])
        return code, "".join(capsys.readouterr())

    for name in ("oneoff.toml", "master-data.xlsx", "mistakes.xlsx"):
        shutil.copy(SAMPLES / name, name)
    a_month_end(shared)
    assert typed("vera", "ledger", "verify")[0] == 0
    assert typed("vera", "ledger", "export", "out.xlsx")[0] == 0
    assert typed("vera", "book", "backup", "safe.sqlite")[0] == 0
    for person, args in (
        ("vera", ("undo", "2026-11-24-1")),
        ("vera", ("draft", "mistakes.xlsx", "--valid-only")),
        ("ben", ("draft", "mistakes.xlsx", "--valid-only")),
        ("fay", ("draft", "mistakes.xlsx", "--valid-only")),
    ):
        code, said = typed(person, *args)
        assert code == (1 if args[0] == "undo" else 5), said
        assert args[0] == "undo" or "your role may not do that" in said
    assert typed("anna", "draft", "mistakes.xlsx", "--valid-only")[0] == 6


def test_the_grants_are_printed_as_they_are_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "grants"]) == 0
    assert capsys.readouterr().out == grants()
