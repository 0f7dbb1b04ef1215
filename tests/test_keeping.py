"""The book is kept and moved: backups that hold, a way back, another database, and books of every older version."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import databases
import pandas as pd
import pytest
import sqlalchemy as sa
from databases import raw, tampered
from factories import NOON, drafts
from test_book import approved, codes, final, finalize, upload

from oneoff_batch.book import Book, BookError, create_book, keeping, open_book
from oneoff_batch.book.copying import TABLES
from oneoff_batch.book.engine import REVISIONS, engine_for, revision_at, writing
from oneoff_batch.book.tables import metadata

OLD = Path(__file__).parent / "files" / "books"
HEADS = {
    "0001": "a42d03641f975b85e967e22b33739bcb30d827f144d867a63ef1f6ac47f5631f",
    "0002": "c0a66ef129c17b561ccbe3b152d75d2695e21c195346d7eccaeff3bcec39a0b7",
}
"""Every schema that was ever written, with the head of the book that was made by the code of its time."""


def quiet(_name: str, _length: int) -> Any:
    return lambda _: None


def a_book_with_everything(book: Book) -> None:
    """Final and archived invoices, one on hold and one declined, in two batches."""
    final(book, 3)
    states = approved(book, 4, 2, prefix="DEC")
    book.move(
        [keeping_step("archive", states, 0), keeping_step("hold", states, 1), keeping_step("decline", states, 2)],
        "ben",
        NOON,
    )


def keeping_step(action: str, states: pd.DataFrame, n: int) -> Any:
    from oneoff_batch.book import Step

    return Step(action, [int(states["id"][n])], "" if action == "hold" else "wrong price")


def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in a book, whichever database it is in."""
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            return {
                t.name: [tuple(row) for row in connection.execute(sa.select(t).order_by(*t.primary_key.columns))]
                for t in TABLES
            }
    finally:
        engine.dispose()


# Backups


def test_a_backup_holds_all_that_the_book_holds_and_its_head(book: Book, url: str, tmp_path: Path) -> None:
    a_book_with_everything(book)
    kept = keeping.backup(url, tmp_path / "safe" / "backup.sqlite", quiet)
    assert (kept.entries, kept.head) == book.head() and kept.invoices == 3
    assert rows_of(f"sqlite:///{tmp_path / 'safe' / 'backup.sqlite'}") == rows_of(url)
    assert [p.name for p in (tmp_path / "safe").iterdir()] == ["backup.sqlite"]


def test_a_backup_overwrites_nothing(book: Book, url: str, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("to the bank", "utf-8")
    with pytest.raises(BookError, match="overwrites nothing"):
        keeping.backup(url, tmp_path / "letter.txt", quiet)
    assert (tmp_path / "letter.txt").read_text("utf-8") == "to the bank"


def test_of_a_book_that_does_not_hold_there_is_no_backup(book: Book, url: str, tmp_path: Path) -> None:
    final(book, 2)
    tampered(url, "UPDATE line SET net = net + 1 WHERE invoice_id = 2 AND line = 1")
    with pytest.raises(BookError, match=r"should be 23\.14, but is 23\.15"):
        keeping.backup(url, tmp_path / "safe" / "backup.sqlite", quiet)
    assert list((tmp_path / "safe").iterdir()) == []


def test_a_backup_while_others_work_is_one_state_of_the_book(book: Book, url: str, tmp_path: Path) -> None:
    final(book, 2)
    done = threading.Event()

    def work() -> None:
        with open_book(url) as own:
            for n in range(10, 40):
                if done.is_set():
                    return
                finalize(own, approved(own, 2, n, prefix=f"P{n}"))

    other = threading.Thread(target=work)
    other.start()
    try:
        kept = [keeping.backup(url, tmp_path / f"{n}.sqlite", quiet) for n in range(3)]
    finally:
        done.set()
        other.join()
    assert kept[0].invoices <= kept[1].invoices <= kept[2].invoices
    for one in kept:
        assert codes(book.verify(one.head)) == []


# The way back


def test_a_book_that_is_lost_comes_back_from_its_backup(book: Book, url: str, tmp_path: Path) -> None:
    a_book_with_everything(book)
    before = rows_of(url)
    keeping.backup(url, tmp_path / "backup.sqlite", quiet)
    with databases.fresh(sa.make_url(url).get_backend_name(), tmp_path / "new") as place:
        (tmp_path / "new").mkdir()
        assert not keeping.present(place)
        keeping.restore(tmp_path / "backup.sqlite", place, quiet)
        assert rows_of(place) == before
        with open_book(place) as again:
            assert codes(again.verify(book.head()[1])) == []
            posted = finalize(again, again.states(refs=["DEC-00004"]))
            assert posted.numbers["number"].tolist() == ["INV-2026-000004"]


def test_a_file_that_is_no_backup_is_not_restored(book: Book, url: str, tmp_path: Path) -> None:
    final(book, 1)
    before = rows_of(url)
    (tmp_path / "letter.sqlite").write_text("dear bank\n" * 500, "utf-8")
    with pytest.raises(BookError, match="not a book"):
        keeping.proven(tmp_path / "letter.sqlite")
    keeping.backup(url, tmp_path / "backup.sqlite", quiet)
    tampered(f"sqlite:///{tmp_path / 'backup.sqlite'}", "UPDATE invoice SET buyer_name = 'x' WHERE id = 1")
    with pytest.raises(BookError, match="does not hold"):
        keeping.proven(tmp_path / "backup.sqlite")
    assert rows_of(url) == before


def test_numbers_that_were_drawn_since_the_backup_are_named_before_they_are_lost(
    books: Path, typed: Any, as_json: Any, tmp_path: Path
) -> None:
    typed("draft", "mistakes.xlsx", "--valid-only")
    batch = as_json("status")[1]["batches"][0]["batch"]
    typed("approve", batch, "--user", "ben")
    assert typed("book", "backup", "safe.sqlite")[0] == 0
    typed("finalize", batch, "--user", "ben", "--yes")
    count = as_json("ledger", "verify")[1]["invoices"]
    code, said = typed("book", "restore", "safe.sqlite")
    assert code == 5 and re.search(rf"entries of the audit chain that the backup lacks, with {count} numbers", said)
    code, said = typed("book", "restore", "safe.sqlite", "--dry-run")
    assert code == 0 and "would be drawn again" in said
    assert as_json("ledger", "verify")[1]["invoices"] == count
    code, said = typed("book", "restore", "safe.sqlite", "--replace")
    assert code == 0 and "is kept as book.sqlite.before-" in said
    assert as_json("ledger", "verify")[1]["invoices"] == 0
    aside = next(books.glob("book.sqlite.before-*"))
    assert as_json("ledger", "verify", "--book", aside)[1]["invoices"] == count


def test_a_damaged_book_is_set_aside_for_its_backup(books: Path, typed: Any, as_json: Any) -> None:
    typed("draft", "mistakes.xlsx", "--valid-only")
    assert typed("book", "backup", "safe.sqlite")[0] == 0
    Path("book.sqlite").write_bytes(b"\x00" * 5000)
    assert typed("book", "restore", "safe.sqlite")[0] == 5
    code, said = typed("book", "restore", "safe.sqlite", "--replace")
    assert code == 0 and "is kept as book.sqlite.damaged-" in said
    assert len(as_json("status")[1]["batches"]) == 1


@pytest.mark.parametrize("revision", sorted(HEADS))
def test_a_backup_of_an_older_version_is_restored_and_never_written_to(revision: str, url: str, tmp_path: Path) -> None:
    path = Path(old_book(revision, tmp_path).removeprefix("sqlite:///"))
    before = path.read_bytes()
    assert keeping.proven(path).head == HEADS[revision]
    assert keeping.lost_by(url, path) is None
    keeping.restore(path, url, quiet)
    assert path.read_bytes() == before
    with open_book(url) as book:
        assert codes(book.verify(HEADS[revision])) == []


def test_whether_there_is_a_book_is_asked_without_making_one(database: str) -> None:
    assert keeping.present(database) is False
    with pytest.raises(BookError), open_book(database):
        pass


# From one database to the other


@pytest.mark.parametrize("there", databases.KINDS)
def test_a_copy_ends_with_the_same_head_and_goes_on_with_the_next_number(
    book: Book, url: str, tmp_path: Path, there: str
) -> None:
    a_book_with_everything(book)
    (tmp_path / "there").mkdir()
    with databases.fresh(there, tmp_path / "there") as place:
        create_book(place)
        kept = keeping.copied(book, place, quiet)
        assert (kept.entries, kept.head) == book.head() and kept.invoices == 3
        assert rows_of(place) == rows_of(url)
        with open_book(place) as other:
            assert codes(other.verify(kept.head)) == []
            pd.testing.assert_frame_equal(other.states(), book.states())
            posted = finalize(other, other.states(refs=["DEC-00004"]))
            assert posted.numbers["number"].tolist() == ["INV-2026-000004"]


def test_a_book_is_copied_only_into_an_empty_one(book: Book, url: str, tmp_path: Path) -> None:
    final(book, 1)
    place = f"sqlite:///{tmp_path / 'other.sqlite'}"
    create_book(place)
    with open_book(place) as other:
        other.add_batch(drafts(1), upload(7), left_out=0)
    before = rows_of(place)
    with pytest.raises(BookError, match="only into an empty one"):
        keeping.copied(book, place, quiet)
    assert rows_of(place) == before


def test_a_book_that_does_not_hold_is_not_copied(book: Book, tmp_path: Path, url: str) -> None:
    final(book, 2)
    tampered(url, "UPDATE tax SET tax = tax - 1 WHERE invoice_id = 2")
    place = f"sqlite:///{tmp_path / 'other.sqlite'}"
    create_book(place)
    with pytest.raises(BookError, match="does not hold is not copied"):
        keeping.copied(book, place, quiet)
    assert all(not rows for rows in rows_of(place).values())


def test_a_workspace_moves_from_its_file_to_a_server(
    books: Path, typed: Any, as_json: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.delenv("ONEOFF_BOOK", raising=False)
    if database.startswith("sqlite"):
        pytest.skip("the way to the server")
    typed("init", "fresh")
    settings = Path("fresh/oneoff.toml")
    typed("draft", "mistakes.xlsx", "--valid-only", "--book", "fresh/book.sqlite")
    head = as_json("ledger", "head", "--book", "fresh/book.sqlite")[1]["head"]
    with databases.fresh("postgresql", tmp_path) as place:
        code, said = typed("book", "copy", "fresh/book.sqlite", place)
        assert code == 0 and head in said and "Next: write" in said
        settings.write_text(settings.read_text("utf-8").replace('"book.sqlite"', json.dumps(place)), "utf-8")
        Path("fresh/book.sqlite").unlink()
        assert as_json("ledger", "head", "-w", "fresh")[1]["head"] == head
        assert "no gap, no double" in typed("doctor", "-w", "fresh")[1]


# Books of every version


def old_book(revision: str, folder: Path) -> str:
    path = folder / f"{revision}.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD / f"{revision}.sql").read_text("utf-8"))
    return f"sqlite:///{path}"


def test_there_is_a_book_of_every_schema_but_the_present_one() -> None:
    assert sorted(HEADS) == sorted(p.stem for p in OLD.glob("*.sql")) == list(REVISIONS[: len(HEADS)])


@pytest.mark.parametrize("revision", sorted(HEADS))
def test_a_book_of_an_older_version_keeps_its_chain_and_everything_in_it(revision: str, tmp_path: Path) -> None:
    url = old_book(revision, tmp_path)
    assert revision_at(url) == revision
    with raw(url) as connection:
        names = [n for n in sa.inspect(connection).get_table_names() if n != "alembic_version"]
        before = {n: connection.exec_driver_sql(f"SELECT * FROM {n} ORDER BY 1, 2").mappings().all() for n in names}
    create_book(url)
    assert revision_at(url) == REVISIONS[-1]
    with raw(url) as connection:
        for name, rows in before.items():
            now = connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").mappings().all()
            assert [{k: row[k] for k in rows[0]} for row in now] == [dict(row) for row in rows]
        guards = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").scalar()
    fresh = f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    create_book(fresh)
    with raw(fresh) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").scalar() == guards
    with open_book(url) as book:
        found = book.verify(HEADS[revision])
        assert (codes(found), found.head, found.since) == ([], HEADS[revision], found.entries)
        assert len(book.load(book.states())) == len(book.states()) > 3
        count = found.invoices
        posted = finalize(book, approved(book, 1, 99, prefix="NEW"), chronology="off")
        assert posted.numbers["number"].tolist() == [f"INV-2026-{count + 1:06d}"]
        assert codes(book.verify(HEADS[revision])) == []


@pytest.mark.parametrize("revision", sorted(HEADS))
def test_a_book_of_an_older_version_moves_to_a_server(revision: str, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as place, open_book(old_book(revision, tmp_path)) as book:
        create_book(place)
        assert keeping.copied(book, place, quiet).head == HEADS[revision]
        assert rows_of(place) == rows_of(f"sqlite:///{tmp_path / f'{revision}.sqlite'}")


def test_a_migration_that_is_cut_off_leaves_the_book_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from oneoff_batch.book import engine

    url = old_book("0001", tmp_path)
    real = engine._upgrade

    def cut_off(connection: sa.Connection) -> None:
        real(connection)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(engine, "_upgrade", cut_off)
        create_book(url)
    assert revision_at(url) == "0001"
    create_book(url)
    with open_book(url) as book:
        assert codes(book.verify(HEADS["0001"])) == []


def test_migrate_says_what_it_does(tmp_path: Path, typed: Any, as_json: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    typed("init", "books")
    shutil.copy(old_book("0002", tmp_path).removeprefix("sqlite:///"), "books/book.sqlite")
    assert "from the form 0002 to" in typed("book", "migrate", "--dry-run", "-w", "books")[1]
    assert "Brought the book from the form 0002" in typed("book", "migrate", "-w", "books")[1]
    assert "Nothing to do" in typed("book", "migrate", "-w", "books")[1]
    assert as_json("ledger", "verify", "-w", "books")[1]["head"] == HEADS["0002"]


def test_text_is_compared_byte_by_byte_on_the_server_too(tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as place:
        create_book(place)
        with raw(place) as connection:
            query = (
                "SELECT table_name, column_name, collation_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') AND table_name <> 'alembic_version'"
            )
            columns = connection.exec_driver_sql(query).all()
    assert {table for table, _, _ in columns} == set(metadata.tables)
    assert {collation for _, _, collation in columns} == {"C"}


def test_the_server_takes_no_entry_that_does_not_go_on_from_the_last(tmp_path: Path) -> None:
    odd = 'quote " and \\ and \b\f\n\r\t \x01 \x1f \x7f \u2028 é 漢 😀 / </script>'
    with databases.fresh("postgresql", tmp_path) as place:
        create_book(place)
        with open_book(place) as book:
            states = approved(book, 2)
            book.move([keeping_step("hold", states, 0)], odd, NOON)
            assert codes(book.verify()) == []
            last = book.entries().iloc[-1]
        columns = 'at, "user", action, batch, invoice_id, invoice_ref, number, sha256, body'
        for seq, prev, own in (
            (last["seq"] + 2, last["hash"], "x"),
            (last["seq"] + 1, "0" * 64, "x"),
            (last["seq"] + 1, last["hash"], "f" * 64),
        ):
            with raw(place) as connection, pytest.raises(sa.exc.IntegrityError, match="follows the one before"):
                connection.exec_driver_sql(
                    f"INSERT INTO entry (seq, {columns}, prev, hash) SELECT {seq}, {columns}, '{prev}', '{own}' "
                    f"FROM entry WHERE seq = {last['seq']}"
                )


def test_whoever_writes_waits_for_the_other_and_whoever_reads_does_not(url: str) -> None:
    with open_book(url) as one, open_book(url, patience=0.1) as two:
        with writing(one.engine), pytest.raises(BookError, match="in use by another run"):
            two.add_batch(drafts(1), upload(), left_out=0)
        with writing(one.engine):
            assert len(two.states()) == 0
        assert two.add_batch(drafts(1), upload(), left_out=0)


def test_a_server_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    for address, words in (
        ("postgresql://anna:secret@127.0.0.1:1/books", "cannot be reached"),
        (f"postgresql://postgres@/nowhere?host={tmp_path}", "cannot be reached"),
        ("mysql://anna@server/books", "SQLite or in PostgreSQL"),
        ("postgresql://a b c:@@//", "address"),
    ):
        with pytest.raises(BookError, match=words) as caught, open_book(address):
            pass
        assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_or_is_something_else_is_told_in_words(tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as place:
        with pytest.raises(BookError, match="is not a book"), open_book(place):
            pass
        gone = sa.make_url(place).set(database="nowhere").render_as_string()
        with pytest.raises(BookError, match="does not exist"), open_book(gone):
            pass
        with raw(place) as connection:
            connection.exec_driver_sql("CREATE TABLE songs (title TEXT)")
        with pytest.raises(BookError, match="something else"):
            create_book(place)
