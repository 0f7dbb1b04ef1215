"""The book on real files: what goes in comes out, what is final stays, and every tampering is named."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import raw, tampered
from factories import NOON, drafts
from sqlalchemy.exc import DataError, IntegrityError

from oneoff_batch.book import Book, BookError, Posted, Step, Upload, Verification, create_book, open_book
from oneoff_batch.book.chain import FIELDS, START, digest
from oneoff_batch.book.engine import REVISIONS, engine_for, writing
from oneoff_batch.book.tables import MinorUnits, entry, metadata
from oneoff_batch.drafting.drafts import Drafts
from oneoff_batch.money import money
from oneoff_batch.settings import DEFAULT_SERIES, Series

SERIES = {s.name: s for s in (*DEFAULT_SERIES, Series("monthly", "M", ("year", "month"), reset="month"))}


def upload(n: int = 1, user: str = "anna", at: datetime = NOON) -> Upload:
    return Upload(f"november-{n}.xlsx", f"{n:064x}", user, at)


def step(action: str, ids: pd.Series, reason: str = "") -> Step:
    return Step(action, ids.tolist(), reason)


def finalize(book: Book, states: pd.DataFrame, day: date = date(2026, 11, 24), **settings: Any) -> Posted:
    dates = states.assign(
        invoice_date=pd.Series([day] * len(states), index=states.index).astype(states["due_date"].dtype),
        due_date=pd.Series([day + timedelta(days=30)] * len(states), index=states.index).astype(states["due_date"].dtype),
    )
    known: dict[str, Any] = {"series": SERIES, "chronology": "refuse", "user": "ben", "at": NOON, "everything": False}
    return book.finalize(dates[["id", "invoice_date", "due_date"]], **{**known, **settings})


def approved(book: Book, n: int = 3, number: int = 1, **kwargs: Any) -> pd.DataFrame:
    batch = book.add_batch(drafts(n, **kwargs), upload(number), left_out=0)
    states = book.states(batch=batch)
    assert book.move([step("approve", states["id"])], "ben", NOON).problems == []
    return book.states(batch=batch)


def final(book: Book, n: int = 3) -> Posted:
    return finalize(book, approved(book, n))


def assert_same(got: Drafts, expected: Drafts) -> None:
    pd.testing.assert_frame_equal(got.invoices, expected.invoices)
    pd.testing.assert_frame_equal(got.lines, expected.lines)
    pd.testing.assert_frame_equal(got.taxes, expected.taxes)


def codes(found: Posted | Verification) -> list[str]:
    return [p.code for p in found.problems]


# What goes in comes out


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_drafts_come_out_of_the_book_exactly_as_they_went_in(book: Book, currency: str, digits: int) -> None:
    given = drafts(7, lines=3, currency=currency, digits=digits)
    batch = book.add_batch(given, upload(), left_out=0)
    assert_same(book.load(book.states(batch=batch)), given)


def test_drafts_with_everything_filled_come_out_as_they_went_in(book: Book) -> None:
    plain = drafts(3, day=date(2026, 11, 3))
    invoices, lines = plain.invoices, plain.lines
    tax_digits = pd.Series([0, 3, None], dtype=invoices["tax_currency_digits"].dtype)
    given = Drafts(
        invoices.assign(
            tax_currency_digits=tax_digits,
            tax_currency_total=money(["-1000", "0.125", None]),
            exchange_rate=money(["0.0000000001", "161.2345678901", None], invoices["exchange_rate"].dtype.pyarrow_dtype),
            rate_from=invoices["planned_date"],
            delivery_date=invoices["planned_date"],
            note=pd.Series(["", "a\nb 😀 é", None], dtype=invoices["note"].dtype),
        ),
        lines.assign(
            quantity=money(
                ["-0.00000001", "9999999999.99999999", "1", "2.5", "0", "3"], lines["quantity"].dtype.pyarrow_dtype
            )
        ),
        plain.taxes,
    )
    batch = book.add_batch(given, upload(), left_out=0)
    assert_same(book.load(book.states(batch=batch)), given)


def test_lines_that_are_not_in_the_order_of_invoices_find_their_invoice(book: Book) -> None:
    given = drafts(3)
    mixed = Drafts(given.invoices, given.lines.iloc[[4, 0, 2, 1, 5, 3]].reset_index(drop=True), given.taxes)
    batch = book.add_batch(mixed, upload(), left_out=0)
    assert_same(book.load(book.states(batch=batch)), given)


def test_invoices_are_loaded_in_the_order_that_is_asked_for(book: Book) -> None:
    given = drafts(4)
    states = book.states(batch=book.add_batch(given, upload(), left_out=0))
    got = book.load(states.iloc[[2, 0]])
    assert got.invoices["invoice_ref"].tolist() == ["NOV-00003", "NOV-00001"]
    assert got.lines["invoice_ref"].tolist() == ["NOV-00003"] * 2 + ["NOV-00001"] * 2
    assert got.lines["invoice"].tolist() == [0, 0, 1, 1]
    assert got.taxes["invoice"].tolist() == [0, 1]


def test_nothing_loads_as_empty_drafts_with_the_right_types(book: Book) -> None:
    given = drafts(1)
    got = book.load(book.states(batch="2026-01-01-1"))
    assert len(got) == 0
    assert dict(got.lines.dtypes) == dict(given.lines.dtypes)
    assert dict(got.invoices.dtypes) == dict(given.invoices.dtypes)


def test_an_amount_finer_than_its_minor_unit_is_refused_and_nothing_is_kept(book: Book) -> None:
    given = drafts(2)
    finer = given.invoices.assign(net_total=money(["23.00", "23.001"]))
    with pytest.raises(ValueError, match="finer"):
        book.add_batch(Drafts(finer, given.lines, given.taxes), upload(), left_out=0)
    assert len(book.batches()) == 0
    assert len(book.entries()) == 0


@pytest.mark.parametrize("value", [Decimal("1.5"), 1.5, "3", True])
def test_a_column_of_money_takes_whole_minor_units_only(book: Book, value: Any) -> None:
    with pytest.raises(TypeError):
        MinorUnits().process_bind_param(value, book.engine.dialect)
    assert MinorUnits().process_bind_param(150, book.engine.dialect) == 150


def test_money_is_stored_as_integers_and_quantities_as_text(book: Book, url: str) -> None:
    book.add_batch(drafts(1), upload(), left_out=0)
    with raw(url) as connection:
        kind = "typeof" if connection.dialect.name == "sqlite" else "pg_typeof"
        query = f"SELECT {kind}(net), {kind}(quantity), {kind}(tax_rate), net, quantity FROM line"
        kinds = tuple(connection.exec_driver_sql(query).first())
    whole, text = {"typeof": ("integer", "text"), "pg_typeof": ("bigint", "character varying")}[kind]
    assert kinds == (whole, text, text, 1100, "1.00000000")


# Batches


def test_a_batch_is_named_by_its_day_and_a_running_number(book: Book) -> None:
    days = [NOON, NOON, NOON + timedelta(days=1)]
    made = [book.add_batch(drafts(1, prefix=f"P{n}"), upload(n, at=day), left_out=0) for n, day in enumerate(days)]
    assert made == ["2026-11-24-1", "2026-11-24-2", "2026-11-25-1"]


def test_the_same_bytes_again_are_no_second_batch(book: Book) -> None:
    first = book.add_batch(drafts(2), upload(), left_out=0)
    entries = len(book.entries())
    assert book.add_batch(drafts(2), upload(), left_out=0) == first
    assert book.same_upload(upload().sha256) == first
    assert len(book.states()) == 2
    assert len(book.entries()) == entries


def test_a_file_whose_drafts_were_all_archived_may_come_again(book: Book) -> None:
    first = book.add_batch(drafts(2), upload(), left_out=0)
    book.move([step("archive", book.states()["id"])], "anna", NOON)
    assert book.same_upload(upload().sha256) is None
    assert book.add_batch(drafts(2), upload(), left_out=0) != first


def test_a_ref_that_is_in_the_book_is_not_drafted_twice(book: Book) -> None:
    book.add_batch(drafts(2), upload(1), left_out=0)
    with pytest.raises(BookError, match="NOV-00002 is in the book already"):
        book.add_batch(drafts(2, first=2), upload(2), left_out=0)
    assert len(book.batches()) == 1


def test_a_replaced_draft_is_archived_and_its_entry_says_by_what(book: Book) -> None:
    book.add_batch(drafts(2), upload(1), left_out=0)
    batch = book.add_batch(drafts(1, first=2), upload(2), left_out=0, replaces=frozenset({"NOV-00002"}))
    known = book.known(["NOV-00001", "NOV-00002", "NOV-00003"])
    assert known[["invoice_ref", "batch"]].values.tolist() == [["NOV-00001", "2026-11-24-1"], ["NOV-00002", batch]]
    assert book.states(refs=["NOV-00002"])["status"].tolist() == ["ARCHIVED", "DRAFT"]
    assert batch in book.entries(action="archive")["body"][0]


def test_a_final_invoice_is_never_replaced(book: Book) -> None:
    final(book, 1)
    with pytest.raises(BookError):
        book.add_batch(drafts(1), upload(2), left_out=0, replaces=frozenset({"NOV-00001"}))
    assert codes(book.verify()) == []


def test_batches_count_their_invoices_by_status(book: Book) -> None:
    states = approved(book, 4)
    book.move([step("archive", states["id"][:1])], "ben", NOON)
    book.move([step("open", states["id"][1:2])], "ben", NOON)
    finalize(book, states[2:3])
    row = book.batches().iloc[0]
    assert [int(row[c]) for c in ("invoices", "draft", "open", "final", "archived", "approved")] == [4, 1, 1, 1, 1, 4]
    assert row["first_number"] == row["last_number"] == "INV-2026-000001"
    assert (row["file"], row["uploaded_by"], row["uploaded_at"]) == ("november-1.xlsx", "anna", "2026-11-24T12:00:00Z")


def test_states_are_found_by_batch_ref_number_status_and_id(book: Book) -> None:
    posted = final(book, 3)
    book.add_batch(drafts(2, prefix="DEC"), upload(2), left_out=0)
    assert len(book.states()) == 5
    assert book.states(status="DRAFT")["invoice_ref"].tolist() == ["DEC-00001", "DEC-00002"]
    assert book.states(numbers=["INV-2026-000002"], status=["FINAL"])["id"].tolist() == [2]
    assert book.states(refs=["DEC-00002", "NOV-00001"])["id"].tolist() == [1, 5]
    assert book.states(ids=[5, 1], refs=["DEC-00002"])["id"].tolist() == [5]
    assert len(book.states(ids=[])) == 0
    assert posted.numbers["gross_total"].tolist() == book.states(status="FINAL")["gross_total"].tolist()


# Approval and other moves


def test_who_uploaded_an_invoice_does_not_approve_it_unless_the_settings_allow(book: Book) -> None:
    states = book.states(batch=book.add_batch(drafts(2), upload(), left_out=0))
    refused = book.move([step("approve", states["id"])], "anna", NOON).problems
    assert refused[0].message == "anna uploaded or refreshed this, so somebody else decides about it."
    assert set(book.states()["approval"]) == {"PENDING_REVIEW"}
    assert book.move([step("approve", states["id"])], "anna", NOON, same_person_may=True).problems == []
    assert set(book.states()["approved_by"]) == {"anna"}


def test_approval_leaves_one_entry_per_invoice_and_a_second_one_none(book: Book) -> None:
    states = approved(book, 3)
    assert book.move([step("approve", states["id"])], "carl", NOON).count == 0
    entries = book.entries(action="approve")
    assert entries["invoice_id"].tolist() == [1, 2, 3]
    assert set(book.states()["approved_by"]) == {"ben"}


def test_nothing_moves_a_final_or_archived_invoice(book: Book) -> None:
    states = approved(book, 2)
    finalize(book, states[:1])
    book.move([step("archive", states["id"][1:])], "ben", NOON)
    before = book.states()
    for action in ("hold", "draft-again", "decline"):
        refused = book.move([step(action, states["id"])], "ben", NOON).problems
        assert [p.code for p in refused] == ["E501", "E501"]
        assert all(p.message for p in refused)
    assert [p.code for p in book.move([step("approve", states["id"])], "ben", NOON, same_person_may=True).problems] == [
        "E501",
        "E501",
    ]
    pd.testing.assert_frame_equal(book.states(), before)


def test_a_release_keeps_the_moment_from_which_the_grace_period_counts(book: Book) -> None:
    states = book.states(batch=book.add_batch(drafts(1), upload(), left_out=0))
    book.move([step("release", states["id"])], "ben", NOON)
    assert book.states()["released_at"][0] == "2026-11-24T12:00:00Z"
    book.move([step("hold", states["id"])], "ben", NOON)
    assert pd.isna(book.states()["released_at"][0])
    assert bool(book.states()["on_hold"][0])


def test_a_declined_invoice_keeps_its_reason(book: Book) -> None:
    states = book.states(batch=book.add_batch(drafts(1), upload(), left_out=0))
    book.move([step("decline", states["id"], reason="wrong price")], "ben", NOON)
    assert book.states()[["approval", "approved_by", "approval_reason"]].values.tolist() == [
        ["DECLINED", "ben", "wrong price"]
    ]
    assert json.loads(book.entries(action="decline")["body"][0])["reason"] == "wrong price"


def test_a_moment_without_a_time_zone_is_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="time zone"):
        book.add_batch(drafts(1), upload(at=datetime(2026, 11, 24)), left_out=0)


# Posting


def test_posting_draws_numbers_and_makes_invoices_final_with_their_dates(book: Book) -> None:
    posted = finalize(book, approved(book, 3), day=date(2026, 11, 30))
    assert posted.numbers["number"].tolist() == ["INV-2026-000001", "INV-2026-000002", "INV-2026-000003"]
    states = book.states(status="FINAL")
    assert states["number"].tolist() == posted.numbers["number"].tolist()
    assert set(states["invoice_date"]) == {date(2026, 11, 30)}
    assert not states["on_hold"].any()
    loaded = book.load(states).invoices
    assert set(loaded["invoice_date"]) == {date(2026, 11, 30)}
    assert set(loaded["due_date"]) == {date(2026, 12, 30)}
    assert book.verify().problems == []


def test_finalizing_again_returns_the_numbers_and_draws_none(book: Book) -> None:
    first = final(book, 3)
    entries = len(book.entries())
    again = finalize(book, book.states(), day=date(2027, 1, 5))
    assert again.numbers["number"].tolist() == first.numbers["number"].tolist()
    assert again.numbers["drawn"].tolist() == [False] * 3
    assert len(book.entries()) == entries


def test_what_is_not_approved_gets_no_number_and_neither_does_the_rest(book: Book) -> None:
    states = book.states(batch=book.add_batch(drafts(3), upload(), left_out=0))
    book.move([step("approve", states["id"][:2])], "ben", NOON)
    posted = finalize(book, states)
    assert [(p.code, p.invoice_ref) for p in posted.problems] == [("E502", "NOV-00003")]
    assert posted.problems[0].message == "Invoice NOV-00003 is not reviewed yet, so it gets no number."
    assert len(posted.numbers) == 0
    assert len(book.ledger()) == 0


def test_everything_takes_what_is_not_approved_and_the_entry_says_so(book: Book) -> None:
    states = book.states(batch=book.add_batch(drafts(1), upload(), left_out=0))
    assert codes(finalize(book, states, everything=True)) == []
    told = json.loads(book.entries(action="finalize")["body"][0])
    assert (told["everything"], told["approval"], told["approved_by"]) == (True, "PENDING_REVIEW", None)


def test_an_archived_invoice_and_one_without_lines_are_refused(book: Book) -> None:
    states = approved(book, 2)
    book.move([step("archive", states["id"][:1])], "ben", NOON)
    empty = drafts(1, prefix="EMPTY", lines=0)
    empty = Drafts(empty.invoices, empty.lines, empty.taxes.iloc[:0])
    book.add_batch(empty, upload(2), left_out=0)
    assert codes(finalize(book, book.states(), everything=True)) == ["E501", "E505"]
    assert len(book.ledger()) == 0


def test_a_dry_run_says_the_numbers_and_draws_none(book: Book) -> None:
    states = approved(book, 2)
    before = book.verify().head
    dry = finalize(book, states, dry_run=True)
    assert dry.numbers["number"].tolist() == ["INV-2026-000001", "INV-2026-000002"]
    assert len(book.ledger()) == 0
    assert book.verify().head == before
    assert finalize(book, states).numbers["number"].tolist() == dry.numbers["number"].tolist()


def test_an_open_invoice_on_hold_becomes_final_by_hand(book: Book) -> None:
    states = approved(book, 1)
    book.move([step("open", states["id"])], "ben", NOON)
    assert codes(finalize(book, states)) == []
    assert book.states()[["status", "on_hold"]].values.tolist() == [["FINAL", False]]


def test_two_series_and_two_months_count_apart(book: Book) -> None:
    for n, (series, day) in enumerate(
        [("monthly", date(2026, 10, 31)), ("monthly", date(2026, 11, 1)), ("invoices", date(2026, 11, 1))]
    ):
        finalize(book, approved(book, 2, n, prefix=f"P{n}", series=series), day=day)
    assert book.ledger()["number"].tolist() == [
        "INV-2026-000001", "INV-2026-000002", "M-2026-10-000001", "M-2026-10-000002", "M-2026-11-000001", "M-2026-11-000002",
    ]  # fmt: skip
    assert book.ledger(series="monthly", limit=3)["counter"].tolist() == [2, 1, 2]
    assert len(book.ledger(year=2025)) == 0
    assert len(book.ledger(series="invoices", year=2026)) == 2
    assert book.verify().problems == []


def test_a_number_behind_a_later_date_is_refused_or_warned_about_by_the_settings(book: Book) -> None:
    finalize(book, approved(book, 1, 1, prefix="A"), day=date(2026, 11, 30))
    late = approved(book, 1, 2, prefix="B")
    refused = finalize(book, late, day=date(2026, 11, 3))
    assert [p.message for p in refused.problems] == [
        "Invoice B-00001 is dated 2026-11-03, but INV-2026-000001 of series invoices is dated 2026-11-30 already."
    ]
    assert len(book.ledger()) == 1
    warned = finalize(book, late, day=date(2026, 11, 3), chronology="warn")
    assert codes(warned) == ["W501"]
    assert warned.problems[0].message
    assert warned.numbers["number"].tolist() == ["INV-2026-000002"]
    assert codes(book.verify()) == []
    third = approved(book, 1, 3, prefix="C")
    assert codes(finalize(book, third, day=date(2026, 11, 29))) == ["E504"]
    assert codes(finalize(book, third, day=date(2026, 11, 29), chronology="off")) == []
    assert codes(finalize(book, approved(book, 1, 4, prefix="D"), day=date(2026, 11, 30))) == []
    assert codes(book.verify()) == []


def test_a_series_that_the_settings_lost_and_a_prefix_used_twice_are_told_in_words(book: Book) -> None:
    final(book, 1)
    states = approved(book, 1, 2, prefix="US", series="us")
    with pytest.raises(BookError, match='"us"'):
        finalize(book, states)
    with pytest.raises(BookError, match="own prefix"):
        finalize(book, states, series={**SERIES, "us": Series("us", prefix="INV")})
    assert codes(book.verify()) == []
    assert book.verify().invoices == 1


def test_an_invoice_that_is_not_in_the_book_cannot_become_final(book: Book) -> None:
    states = approved(book, 1)
    with pytest.raises(BookError, match="not in the book"):
        finalize(book, states.assign(id=99))


def test_an_invoice_without_a_date_never_becomes_final(book: Book) -> None:
    states = approved(book, 2)
    dates = states.assign(invoice_date=states["planned_date"].where(states["position"] == 1))
    with pytest.raises(ValueError, match="invoice date"):
        book.finalize(dates, series=SERIES, chronology="off", user="ben", at=NOON, everything=True)
    assert len(book.ledger()) == 0


def test_each_entry_names_who_when_what_and_from_which_file(book: Book) -> None:
    final(book, 1)
    entries = book.entries()
    assert entries["action"].tolist() == ["upload", "draft", "approve", "finalize"]
    last = entries.iloc[3]
    assert (last["user"], last["at"], last["number"]) == ("ben", "2026-11-24T12:00:00Z", "INV-2026-000001")
    assert last["sha256"] == upload().sha256
    assert last["prev"] == entries["hash"][2]
    assert book.entries(number="INV-2026-000001")["seq"].tolist() == [4]


# Opening


def test_a_book_that_is_missing_or_something_else_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="There is no book"), open_book(f"sqlite:///{tmp_path / 'none.sqlite'}"):
        pass
    assert not (tmp_path / "none.sqlite").exists()
    (tmp_path / "text.sqlite").write_text("this is not a database, but a letter to the finance team\n" * 50)
    with pytest.raises(BookError, match="not a book"), open_book(f"sqlite:///{tmp_path / 'text.sqlite'}"):
        pass
    with pytest.raises(BookError, match="not a book"):
        create_book(f"sqlite:///{tmp_path / 'text.sqlite'}")
    with sqlite3.connect(tmp_path / "other.sqlite") as raw:
        raw.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(BookError, match="not a book"), open_book(f"sqlite:///{tmp_path / 'other.sqlite'}"):
        pass
    with pytest.raises(BookError, match="something else"):
        create_book(f"sqlite:///{tmp_path / 'other.sqlite'}")
    with pytest.raises(BookError, match="folder"):
        create_book(f"sqlite:///{tmp_path / 'nowhere' / 'book.sqlite'}")


def test_a_book_of_a_newer_version_is_refused(url: str) -> None:
    with raw(url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BookError, match="newer version"), open_book(url):
        pass
    with pytest.raises(BookError, match="newer version"):
        create_book(url)


def test_a_book_that_another_run_keeps_is_told_in_words(url: str) -> None:
    with open_book(url) as other, writing(other.engine), open_book(url, patience=0.1) as book:
        assert len(book.states()) == 0
        with pytest.raises(BookError, match="in use by another run"):
            book.add_batch(drafts(1), upload(), left_out=0)


def test_making_a_book_twice_keeps_what_is_in_it(book: Book, url: str) -> None:
    final(book, 2)
    create_book(url)
    assert book.verify().invoices == 2


def test_the_migrations_make_the_tables_that_the_code_writes(url: str) -> None:
    engine = engine_for(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISIONS[-1]
    checks = {t: {c["name"] for c in sa.inspect(engine).get_check_constraints(t)} for t in metadata.tables}
    wanted = {t.name: {c.name for c in t.constraints if isinstance(c, sa.CheckConstraint)} for t in metadata.sorted_tables}
    assert checks == wanted
    engine.dispose()


def test_the_book_is_written_ahead_and_synced_at_each_commit(book: Book) -> None:
    with writing(book.engine) as connection:
        ask = connection.exec_driver_sql
        if connection.dialect.name == "sqlite":
            assert [ask(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")] == ["wal", 2, 1]
        else:
            assert [ask(f"SHOW {p}").scalar() for p in ("synchronous_commit", "transaction_isolation")] == [
                "on",
                "read committed",
            ]


# Nobody changes what is final


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET net_total = net_total + 1 WHERE id = 1",
        "UPDATE invoice SET status = 'DRAFT', number = NULL WHERE id = 1",
        "DELETE FROM invoice WHERE id = 1",
        "UPDATE line SET net = net + 1 WHERE invoice_id = 1",
        "UPDATE line SET invoice_id = 1, line = 9 WHERE invoice_id = 3",
        "DELETE FROM line WHERE invoice_id = 1",
        "INSERT INTO line (invoice_id, line, net, tax, gross) VALUES (1, 9, 0, 0, 0)",
        "UPDATE tax SET tax = 0 WHERE invoice_id = 1",
        "DELETE FROM tax WHERE invoice_id = 1",
        "UPDATE entry SET \"user\" = 'nobody' WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 1",
        "UPDATE entry SET body = '{}' WHERE seq = 99 OR action = 'finalize'",
        "UPDATE tax SET invoice_id = 1, position = 9 WHERE invoice_id = 3",
        "DELETE FROM line",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_final(book: Book, url: str, statement: str) -> None:
    final(book, 2)
    book.add_batch(drafts(1, lines=1, prefix="DRAFT"), upload(2), left_out=0)
    with raw(url) as connection, pytest.raises(IntegrityError, match="never changes"):
        connection.exec_driver_sql(statement)
    assert codes(book.verify()) == []


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_no_table_of_a_book_on_postgresql_is_emptied_at_one_blow(book: Book, url: str, table: str) -> None:
    if book.engine.dialect.name == "sqlite":
        pytest.skip("SQLite knows no TRUNCATE")
    with raw(url) as connection, pytest.raises(IntegrityError, match="never emptied"):
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql(f'TRUNCATE "{table}" CASCADE')


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 2",
        "INSERT OR REPLACE INTO invoice SELECT * FROM invoice WHERE id = 1",
        "UPDATE OR REPLACE invoice SET id = 1 WHERE id = 3",
        "UPDATE OR REPLACE invoice SET batch = (SELECT batch FROM invoice WHERE id = 1), position = 1 WHERE id = 3",
        "UPDATE OR REPLACE invoice SET invoice_ref = 'NOV-00001' WHERE id = 3",
        "UPDATE OR REPLACE invoice SET number = 'INV-2026-000001', status = 'FINAL', period = '2026', counter = 9, on_hold = 0, "
        "invoice_date = '2026-11-24', due_date = '2026-11-24', final_at = 'x', final_by = 'x' WHERE id = 3",
    ],
)
def test_nothing_final_is_replaced_by_another_row(book: Book, url: str, statement: str) -> None:
    if book.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    final(book, 2)
    book.add_batch(drafts(1, lines=0, prefix="DRAFT"), upload(2), left_out=0)
    before = book.states()
    with raw(url) as connection:
        connection.exec_driver_sql("DELETE FROM tax WHERE invoice_id = 3")
        with pytest.raises(IntegrityError, match="never changes"):
            connection.exec_driver_sql(statement)
    pd.testing.assert_frame_equal(book.states(), before)
    assert codes(book.verify()) == []


def test_drafts_may_still_be_changed(book: Book, url: str) -> None:
    book.add_batch(drafts(1), upload(), left_out=0)
    with raw(url) as connection:
        connection.exec_driver_sql("UPDATE line SET description = 'x'")
        connection.exec_driver_sql("DELETE FROM tax")
        assert set(connection.scalars(sa.text("SELECT description FROM line"))) == {"x"}
        assert connection.scalar(sa.text("SELECT count(*) FROM tax")) == 0


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE line SET net = net + 1 WHERE invoice_id = 2 AND line = 1"], {"E523"}),
        (["UPDATE line SET net = net + 1, tax = tax - 1 WHERE invoice_id = 2 AND line = 1"], {"E523"}),
        (["UPDATE invoice SET net_total = net_total + 1, gross_total = gross_total + 1 WHERE id = 2"], {"E523"}),
        (["UPDATE tax SET tax = tax - 1 WHERE invoice_id = 2"], {"E523"}),
        (["UPDATE invoice SET buyer_name = 'Somebody else' WHERE id = 2"], {"E523"}),
        (["UPDATE line SET description = 'something else' WHERE invoice_id = 2"], {"E523"}),
        (["UPDATE invoice SET content_hash = 'x' WHERE id = 2"], {"E523"}),
        (["UPDATE invoice SET due_date = '2030-01-01' WHERE id = 2"], {"E523"}),
        (["UPDATE invoice SET invoice_date = '2026-11-01' WHERE id = 2"], {"E523", "E524"}),
        (["DELETE FROM line WHERE invoice_id = 2 AND line = 2"], {"E523"}),
        (["DELETE FROM tax WHERE invoice_id = 2", "DELETE FROM line WHERE invoice_id = 2",
          "DELETE FROM invoice WHERE id = 2"], {"E520", "E525"}),
        (["DELETE FROM tax WHERE invoice_id = 3", "DELETE FROM line WHERE invoice_id = 3",
          "DELETE FROM invoice WHERE id = 3"], {"E520", "E525"}),
        (["DELETE FROM entry WHERE invoice_id = 2 AND action = 'finalize'"], {"E522", "E525"}),
        (["UPDATE entry SET body = 'x' WHERE invoice_id = 2 AND action = 'finalize'"], {"E522", "E525"}),
        (["UPDATE line SET net = net + 0.5 WHERE invoice_id = 2 AND line = 1"], {"E523"}),
        (["UPDATE invoice SET number = 'INV-2026-000009' WHERE id = 2"], {"E525"}),
        (["DROP INDEX invoice_number", "UPDATE invoice SET number = 'INV-2026-000001' WHERE id = 2"], {"E521", "E525"}),
        (["UPDATE entry SET \"user\" = 'nobody' WHERE seq = 5"], {"E522"}),
        (["UPDATE entry SET hash = 'x' WHERE seq = 5"], {"E522"}),
        (["UPDATE entry SET seq = -1 WHERE seq = 5", "UPDATE entry SET seq = 5 WHERE seq = 6",
          "UPDATE entry SET seq = 6 WHERE seq = -1"], {"E522"}),
        (["UPDATE series SET counter = counter + 1"], {"E520"}),
        (["DELETE FROM series"], {"E520"}),
        (["INSERT INTO entry (seq, at, \"user\", action, body, prev, hash) "
          "SELECT seq + 1, at, \"user\", 'note', '{}', hash, prev FROM entry WHERE seq = 10"], {"E522"}),
        (["INSERT INTO line (invoice_id, line, net, tax, gross) VALUES (2, 9, 0, 0, 0)"], {"E523"}),
        (["INSERT INTO tax (invoice_id, position, taxable, tax) VALUES (2, 9, 100, 21)"], {"E523"}),
        (["CREATE TABLE forged AS SELECT * FROM invoice WHERE id = 3", "UPDATE forged SET id = 99, position = 99, counter = 4, "
          "number = 'INV-2026-000004', invoice_ref = 'FORGED'", "INSERT INTO invoice SELECT * FROM forged"], {"E520", "E525"}),
        (["UPDATE invoice SET number = 'x' WHERE id = 1", "UPDATE invoice SET number = 'INV-2026-000001' WHERE id = 2",
          "UPDATE invoice SET number = 'INV-2026-000002' WHERE id = 1"], {"E525"}),
        (["UPDATE line SET invoice_id = 99 WHERE invoice_id = 2", "UPDATE line SET invoice_id = 2 WHERE invoice_id = 3",
          "UPDATE line SET invoice_id = 3 WHERE invoice_id = 99"], {"E523"}),
    ],
)  # fmt: skip
def test_verify_names_what_was_tampered_with(book: Book, url: str, statements: list[str], expected: set[str]) -> None:
    final(book, 3)
    assert codes(book.verify()) == []
    tampered(url, *statements)
    found = book.verify()
    assert set(codes(found)) == expected
    assert all(p.message for p in found.problems)


def test_text_in_a_column_of_money_is_found_where_the_database_takes_it(book: Book, url: str) -> None:
    final(book, 3)
    statement = "UPDATE line SET net = 'much' WHERE invoice_id = 2 AND line = 1"
    if book.engine.dialect.name == "sqlite":
        tampered(url, statement)
        assert set(codes(book.verify())) == {"E523"}
    else:
        with pytest.raises(DataError):
            tampered(url, statement)
        assert codes(book.verify()) == []


def rewritten(url: str, ref: str) -> None:
    """Change an entry, and write the chain anew from there, as somebody would who knows how it is made."""
    with raw(url) as connection:
        previous = START
        for row in connection.execute(sa.select(entry).order_by(entry.c.seq)).mappings().all():
            fields = {name: row[name] for name in FIELDS} | ({"user": "nobody"} if row["invoice_ref"] == ref else {})
            own = {"user": fields["user"], "prev": previous, "hash": digest(previous, fields)}
            connection.execute(sa.update(entry).where(entry.c.seq == row["seq"]).values(own))
            previous = own["hash"]


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_kept(book: Book, url: str) -> None:
    states = approved(book)
    finalize(book, states.iloc[:2])
    entries, kept = book.head()
    finalize(book, states.iloc[2:])
    whole = book.verify(kept)
    assert (whole.since, codes(whole)) == (entries, []) and whole.entries > entries
    assert book.verify(START).since == 0
    tampered(url)
    rewritten(url, "NOV-00002")
    assert codes(book.verify()) == []
    assert (codes(book.verify(kept)), book.verify(kept).since) == (["E527"], None)


def test_verify_names_the_first_broken_entry_and_what_was_expected(book: Book, url: str) -> None:
    final(book, 3)
    right = book.entries()["hash"][4]
    tampered(url, "UPDATE entry SET hash = 'x' WHERE seq IN (5, 7)")
    broken = [p for p in book.verify().problems if p.code == "E522"]
    assert [p.details for p in broken] == [{"seq": "5", "expected": f"hash {right}", "found": "hash x"}]


def test_verify_names_the_number_that_is_missing(book: Book, url: str) -> None:
    final(book, 3)
    tampered(url, "DELETE FROM line WHERE invoice_id = 2", "DELETE FROM invoice WHERE id = 2")
    gap = next(p for p in book.verify().problems if p.code == "E520")
    assert gap.message == "Series invoices should go on with INV-2026-000002, but INV-2026-000003 follows."


def test_verify_names_the_changed_cent(book: Book, url: str) -> None:
    final(book, 2)
    tampered(url, "UPDATE line SET net = net + 1 WHERE invoice_id = 2 AND line = 1")
    messages = [p.message for p in book.verify().problems]
    assert messages == ["The sum of the lines of invoice NOV-00002 should be 23.14, but is 23.15."]


def test_a_book_without_entries_is_whole(book: Book) -> None:
    assert book.verify() == Verification(0, 0, [], "0" * 64)
