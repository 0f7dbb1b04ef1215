"""The canonical form and the hashes of the audit chain: the same today as in every book that was ever written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from factories import NOON, drafts
from hypothesis import example, given
from hypothesis import strategies as st

from oneoff_batch.book import Step, Upload, create_book, open_book
from oneoff_batch.book.chain import FIELDS, START, canonical, digest
from oneoff_batch.settings import DEFAULT_SERIES

PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(TEXT, inner),
)
ENTRY = {
    "seq": 7, "at": "2026-11-24T12:00:00Z", "user": "Zoë", "action": "finalize", "batch": "2026-11-24-1",
    "invoice_id": 3, "invoice_ref": 'NOV "1"\\\n', "number": "INV-2026-000003", "sha256": None,
    "body": '{"gross_total":"121.00"}',
}  # fmt: skip


@given(VALUES)
@example("".join(map(chr, range(0x20))))
@example('"\\/\x7f\x80\x9f\u2028\u2029\ufeff\uffff\U0001f600\U0010ffff')
@example({"b": 1, "a": None, "\xe4": 2, "\U0001f600": 3, "\uffff": 4, "": 5})
@example([2**63 - 1, -(2**63), 2**64, 10**40, True, False, None])
def test_the_canonical_form_is_the_documented_one_whatever_is_in_it(value: Any) -> None:
    assert canonical(value) == PLAIN.encode(value).encode()


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_what_json_does_not_have_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"value": value})


def test_half_a_character_has_no_canonical_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_an_entry_has_the_hash_that_it_had_in_the_first_book() -> None:
    assert set(ENTRY) == set(FIELDS)
    form = (
        '{"action":"finalize","at":"2026-11-24T12:00:00Z","batch":"2026-11-24-1","body":"{\\"gross_total\\":\\"121.00\\"}",'
        '"invoice_id":3,"invoice_ref":"NOV \\"1\\"\\\\\\n","number":"INV-2026-000003","seq":7,"sha256":null,"user":"Zoë"}'
    )
    assert canonical(ENTRY).decode() == form
    assert digest(START, ENTRY) == sha256(f"{START}\n{form}".encode()).hexdigest()
    assert digest(START, ENTRY) == "9895c0221ce9918292a007d009f5b747444b79b315021eea4711657c994fac05"


def test_a_book_of_the_same_content_has_the_same_head_as_ever(tmp_path: Path) -> None:
    create_book(f"sqlite:///{tmp_path / 'book.sqlite'}")
    day = date(2026, 11, 24)
    with open_book(f"sqlite:///{tmp_path / 'book.sqlite'}") as book:
        batch = book.add_batch(drafts(3), Upload("november-1.xlsx", f"{1:064x}", "anna", NOON), left_out=0)
        book.move([Step("approve", book.states(batch=batch)["id"].tolist())], "ben", NOON)
        states = book.states(batch=batch)
        dates = states.assign(invoice_date=day, due_date=day + timedelta(days=30))
        series = {s.name: s for s in DEFAULT_SERIES}
        book.finalize(dates, series=series, chronology="refuse", user="ben", at=NOON, everything=False)
        assert book.head() == (10, "70602f81a609548be8350511e189df486f8d0db67c4b5ed2bc97e30981937aa9")
        assert book.verify().problems == []
