"""The proof in columns says what the careful one says, or nothing; its JSON is the canonical form, whatever the book holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import databases
import numpy as np
import pyarrow as pa
import pytest
from factories import NOON, drafts
from hypothesis import example, given
from hypothesis import strategies as st

from oneoff_batch.book import Book, Step, Upload, columnar, contents, links, sharing, wholesale
from oneoff_batch.book.chain import canonical
from oneoff_batch.book.engine import reading
from oneoff_batch.lifecycle.asking import Request, Wanted
from oneoff_batch.lifecycle.credit_notes import KIND, Terms
from oneoff_batch.settings import DEFAULT_SERIES

SERIES = {s.name: s for s in DEFAULT_SERIES}
DAY = date(2026, 11, 24)


def billed(book: Book, name: str, **how: Any) -> list[int]:
    """Draft, approve and post invoices but for every fourth."""
    upload = Upload(f"{name}.xlsx", hashlib.sha256(name.encode()).hexdigest(), "anna", NOON)
    batch = book.add_batch(drafts(how.pop("count", 9), prefix=name, on_hold=False, **how), upload, left_out=0)
    return posted(book, batch)


def posted(book: Book, batch: str) -> list[int]:
    ids = book.states(batch=batch)["id"].tolist()
    book.move([Step("approve", ids)], "ben", NOON)
    states = book.states(ids=[i for i in ids if i % 4])
    dates = states.assign(invoice_date=DAY, due_date=DAY + timedelta(days=30))[["id", "invoice_date", "due_date"]]
    done = book.finalize(dates, user="ben", at=NOON, series=SERIES, chronology="refuse", everything=False)
    assert not [p for p in done.problems if p.code.startswith("E")]
    return [int(i) for i in states["id"]]


@pytest.fixture
def many(book: Book) -> Iterator[Book]:
    """Invoices of currencies with no, two and three decimals, and credit notes; drafts between them."""
    final = billed(book, "EUR")
    billed(book, "JPY", currency="JPY", digits=0)
    billed(book, "KWD", currency="KWD", digits=3, lines=5)
    wanted = [Request(id_, 'Billed "wrong" \\ twice\n', (Wanted(),)) for id_ in [i for i in final if i % 4][:5]]
    upload = Upload("credits.xlsx", "c" * 64, "anna", NOON, kind=KIND)
    made = book.credit(wanted, Terms(DAY, {"": "credits"}), upload, valid_only=False)
    assert made.batch
    posted(book, made.batch)
    yield book


def not_sure(_: Any) -> None:
    raise AssertionError("the proof in columns had no answer")


def quick(book: Book, *jobs: Any) -> list[Any]:
    """What a helping process answers."""
    with reading(book.engine) as connection:
        return sharing.share(connection, [], [sharing.Job(job, not_sure) for job in jobs], 1)[1]


def test_the_proof_in_columns_says_of_a_whole_book_what_the_careful_one_says(many: Book) -> None:
    last, head = many.head()
    until = int(many.states()["id"].max())
    for low, high in ((0, until), (0, 7), (7, until), (3, 4), (0, until + 50)):
        with reading(many.engine) as connection:
            careful = contents.examine(connection, low, high, last)
        assert careful.count or high == 4
        assert quick(many, partial(wholesale.examine, after=low, until=high, last=last)) == [careful]
    hashes = many.entries()["hash"].tolist()
    for low, high, kept in ((0, last, head), (5, 17, hashes[6]), (5, 17, hashes[2]), (0, last, None)):
        with reading(many.engine) as connection:
            followed = links.follow(connection, low, high, kept)
        assert followed.whole
        assert quick(many, partial(wholesale.follow, after=low, until=high, kept=kept)) == [followed]


def test_what_came_after_the_last_entry_is_left_out_in_columns_too(many: Book) -> None:
    last, _ = many.head()
    before = contents_of(many, last)
    billed(many, "LATER", count=7)
    until = int(many.states()["id"].max())
    assert quick(many, partial(wholesale.examine, after=0, until=until, last=last)) == [before]


def contents_of(book: Book, last: int) -> contents.Contents:
    with reading(book.engine) as connection:
        return contents.examine(connection, 0, int(book.states()["id"].max()), last)


def test_pieces_join_without_a_gap(many: Book) -> None:
    """As if a piece were 7 numbers: what is proven together, and where each begins, does not depend on it."""
    last, _ = many.head()
    until = int(many.states()["id"].max())
    jobs = [partial(wholesale.examine, after=a, until=min(a + 7, until), last=last) for a in range(0, until, 7)]
    assert contents.merged(quick(many, *jobs)) == contents_of(many, last)
    stretches = quick(
        many, *[partial(wholesale.follow, after=a, until=min(a + 7, last), kept=None) for a in range(0, last, 7)]
    )
    assert [s.previous for s in stretches[1:]] == [s.last for s in stretches[:-1]]
    assert sum(s.count for s in stretches) == last


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE line SET net = net + 1 WHERE invoice_id = 2 AND line = 1",
        "UPDATE tax SET rate = '21.1' WHERE invoice_id = 2",
        "UPDATE invoice SET note = 'x' WHERE id = 2",
        "UPDATE invoice SET note = NULL WHERE id = 2",
        "UPDATE invoice SET number = number || '0' WHERE id = 2",
        "UPDATE entry SET body = replace(body, 'EUR', 'USD') WHERE invoice_id = 2 AND action = 'finalize'",
        "DELETE FROM entry WHERE invoice_id = 2 AND action = 'finalize'",
    ],
)
def test_with_one_other_cent_or_character_there_is_no_answer(many: Book, url: str, statement: str) -> None:
    last, _ = many.head()
    until = int(many.states()["id"].max())
    databases.tampered(url, statement)
    jobs = (
        partial(wholesale.examine, after=0, until=until, last=last),
        partial(wholesale.follow, after=0, until=last, kept=None),
    )
    with pytest.raises(AssertionError, match="no answer"):
        quick(many, jobs[0])
    if " entry " in statement:
        with pytest.raises(AssertionError, match="no answer"):
            quick(many, jobs[1])


NAMES = ("note", "row", "due_is_explicit", "invoice_ref", "gross_total", "custom")
CELLS = {
    "note": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "custom": st.none() | st.sampled_from(["{}", '{"a":"b\\\\"}', "\x00", "\x7f", "\u2028", "\\", '"', "😀"]),
    "row": st.none() | st.integers(-(2**63), 2**63 - 1),
    "due_is_explicit": st.none() | st.booleans(),
    "invoice_ref": st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    "gross_total": st.integers(-(2**63), 2**63 - 1),
}
TYPES = {"row": pa.int64(), "due_is_explicit": pa.bool_(), "gross_total": pa.int64()}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({n: pa.array([r[n] for r in rows], TYPES.get(n, pa.string())) for n in NAMES})


@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=6))
@example([dict.fromkeys(NAMES) | {"invoice_ref": '"\\\x1f', "gross_total": 0}])
def test_objects_written_from_columns_are_in_the_canonical_form(rows: list[dict[str, Any]]) -> None:
    cells = {n: columnar.written(table(rows), n) for n in NAMES}
    assert columnar.objects(cells, nulls=True).to_pylist() == [canonical(r).decode() for r in rows]
    known = [{n: v for n, v in r.items() if v is not None} for r in rows]
    assert columnar.objects(cells).to_pylist() == [canonical(r).decode() for r in known]
    made = columnar.hashes(columnar.objects(cells))
    assert made.to_pylist() == [hashlib.sha256(canonical(r)).hexdigest() for r in known]


@given(st.lists(st.lists(st.fixed_dictionaries(CELLS), max_size=4), min_size=1, max_size=5))
def test_lists_written_from_columns_are_in_the_canonical_form(owners: list[list[dict[str, Any]]]) -> None:
    rows = [r for own in owners for r in own]
    cuts = np.cumsum([0, *map(len, owners)])
    expected = []
    for own in owners:
        lists = {n: [r[n] for r in own] for n in NAMES}
        expected.append(canonical({n: v for n, v in lists.items() if set(v) - {None}}).decode())
    assert columnar.lists(columnar.Owned(table(rows), cuts), NAMES).to_pylist() == expected


@pytest.mark.parametrize(
    "column",
    [
        ("row", pa.array([1.0, 2.5])), ("row", pa.array(["1", "2"])), ("note", pa.array([b"a", b"b"])), ("note", pa.array([1, 2])),
        ("due_is_explicit", pa.array([0, 2])), ("due_is_explicit", pa.array([0.0, 1.0])), ("due_is_explicit", pa.array(["t", "f"])),
    ],
)  # fmt: skip
def test_what_the_book_never_stores_is_for_the_careful_proof(column: tuple[str, pa.Array]) -> None:
    name, values = column
    with pytest.raises(columnar.Unsure):
        columnar.written(pa.table({name: values}), name)
