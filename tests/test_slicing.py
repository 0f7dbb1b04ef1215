"""The book in pieces: in the order of the numbers, all of it once, by period, status and entity, in memory that stays flat."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from factories import NOON, drafts

from oneoff_batch.book import Book, Piece, Step, Upload, Which, create_book, open_book, slicing
from oneoff_batch.book.paying import Payment
from oneoff_batch.settings import Series

DAY = date(2026, 11, 24)
SERIES = {name: Series(name, prefix=name.upper()) for name in ("ten", "two")}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """30 final invoices in euros, dated on 30 days, 5 in yen of another entity and series, 4 drafts and 1 archived."""
    url = f"sqlite:///{tmp_path_factory.mktemp('book') / 'book.sqlite'}"
    create_book(url)
    with open_book(url) as opened:
        final(opened, 1, drafts(30, series="ten", on_hold=False), [DAY - timedelta(days=n) for n in range(29, -1, -1)])
        yen = drafts(5, prefix="JP", currency="JPY", digits=0, series="two", on_hold=False)
        final(opened, 2, yen, [DAY] * 5, entity="JP01")
        batch = opened.add_batch(drafts(5, prefix="D", series="ten", day=DAY), upload(3), left_out=0)
        states = opened.states(batch=batch)
        opened.move([Step("archive", states["id"].tolist()[:1], "")], "anna", NOON)
        yield opened


def upload(n: int) -> Upload:
    return Upload(f"{n}.xlsx", f"{n:064x}", "anna", NOON)


def final(book: Book, n: int, made: Any, days: list[date], entity: str | None = None) -> None:
    from oneoff_batch.drafting.drafts import Drafts
    from oneoff_batch.drafting.hashing import content_hash

    dtype = made.invoices["invoice_date"].dtype
    heads = made.invoices.assign(
        invoice_date=pd.Series(days, dtype=dtype),
        planned_date=pd.Series(days, dtype=dtype),
        date_rule="explicit",
        billing_entity=entity or "NL01",
        due_date=pd.Series([day + timedelta(days=30) for day in days], dtype=dtype),
    )
    heads = heads.astype(made.invoices.dtypes.to_dict())
    heads = heads.assign(content_hash=content_hash(Drafts(heads, made.lines, made.taxes)))
    batch = book.add_batch(Drafts(heads, made.lines, made.taxes), upload(n), left_out=0)
    states = book.states(batch=batch)
    posted = book.finalize(
        states[["id", "invoice_date", "due_date"]], series=SERIES, chronology="off", user="ben", at=NOON, everything=True
    )
    assert posted.problems == []


def pieces(book: Book, which: Which) -> list[Piece]:
    with book.slice(which) as view:
        return list(view.pieces())


def numbers(found: list[Piece]) -> list[str]:
    return [number for piece in found for number in piece.states["number"]]


@pytest.mark.parametrize("size", [1, 7, 35, 2000])
def test_the_pieces_hold_every_invoice_once_in_the_order_of_the_numbers(
    book: Book, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slicing, "_PIECE", size)
    found = pieces(book, Which())
    assert numbers(found) == book.ledger()["number"].tolist() and len(numbers(found)) == 35
    assert [len(piece.drafts) for piece in found] == [size] * (35 // size) + ([35 % size] if 35 % size else [])
    whole = book.load(book.ledger())
    assert [ref for piece in found for ref in piece.drafts.lines["invoice_ref"]] == whole.lines["invoice_ref"].tolist()


def test_a_piece_says_what_is_paid_and_open(book: Book) -> None:
    states = book.ledger()
    [piece] = pieces(book, Which())
    pd.testing.assert_frame_equal(piece.states[["payment", "paid", "open"]], book.balances(states))


def test_nothing_is_one_piece_without_invoices(book: Book) -> None:
    [piece] = pieces(book, Which(first=date(2030, 1, 1)))
    assert len(piece.drafts) == 0 and list(piece.drafts.lines.columns) == list(pieces(book, Which())[0].drafts.lines.columns)


@pytest.mark.parametrize("which,count", [
    (Which(first=date(2026, 11, 1)), 29), (Which(last=date(2026, 10, 31)), 6), (Which(first=DAY, last=DAY), 6),
    (Which(entities=("JP01",)), 5), (Which(entities=("JP01", "NL01")), 35), (Which(currencies=("EUR",)), 30),
    (Which(series="two"), 5), (Which(statuses=("DRAFT",)), 4), (Which(statuses=("ARCHIVED",)), 1),
    (Which(statuses=("DRAFT", "OPEN", "FINAL", "ARCHIVED")), 40), (Which(statuses=("OPEN",)), 0),
])  # fmt: skip
def test_a_slice_is_by_period_status_entity_currency_and_series(book: Book, which: Which, count: int) -> None:
    with book.slice(which) as view:
        assert view.count() == count == sum(len(piece.drafts) for piece in view.pieces())
        assert sum(f.rows for key, f in view.totals().items() if key[0] == "invoices") == count


def test_what_has_no_number_yet_follows_in_the_order_of_its_upload(book: Book) -> None:
    [piece] = pieces(book, Which(statuses=("DRAFT", "OPEN", "FINAL", "ARCHIVED")))
    assert piece.states["number"].isna().tolist() == [False] * 35 + [True] * 5
    assert piece.drafts.invoices["invoice_ref"].tolist()[35:] == [f"D-{n:05d}" for n in range(1, 6)]


def test_the_databases_totals_are_those_of_plain_arithmetic(book: Book) -> None:
    with book.slice(Which()) as view:
        totals = view.totals()
    states = book.ledger()
    for currency, entity, series in (("EUR", "NL01", "ten"), ("JPY", "JP01", "two")):
        own = states[states["currency"] == currency]
        figures = totals["invoices", currency, entity, series]
        assert figures.rows == len(own)
        for name in ("net_total", "tax_total", "gross_total"):
            assert figures.sums[name] == sum(own[name], Decimal(0))
        assert totals["lines", currency, entity, series].sums["gross"] == figures.sums["gross_total"]
        assert totals["taxes", currency, entity, series].sums["tax"] == figures.sums["tax_total"]


def test_payments_count_by_the_day_on_which_they_were_paid(tmp_path: Path) -> None:
    create_book(url := f"sqlite:///{tmp_path / 'book.sqlite'}")
    with open_book(url) as book:
        final(book, 1, drafts(2, series="ten", on_hold=False), [DAY, DAY])
        paid = [
            Payment(1, "TEN-2026-000001", "NOV-00001", day, units, reference, "EUR", 2)
            for day, units, reference in (
                (date(2026, 11, 30), 1000, "a"),
                (date(2026, 12, 1), 500, "b"),
                (date(2026, 12, 2), -100, "c"),
            )
        ]
        book.pay(paid, upload(2), valid_only=False)
        with book.slice(Which(first=date(2026, 12, 1))) as view:
            [found] = view.payments()
            assert view.totals()["payments", "EUR", "NL01", "ten"].sums == {"amount": Decimal("4.00")} and view.count() == 0
        with book.slice(Which(statuses=("DRAFT",))) as view:
            assert [len(frame) for frame in view.payments()] == [0]
    assert found[["number", "reference"]].to_numpy().tolist() == [["TEN-2026-000001", "b"], ["TEN-2026-000001", "c"]]
    assert found["amount"].tolist() == [Decimal("5.00"), Decimal("-1.00")] and found["paid_on"].tolist()[0] == date(
        2026, 12, 1
    )


def test_an_export_sees_one_moment_of_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is read, somebody else makes invoices final: neither pieces nor totals have them."""
    monkeypatch.setattr(slicing, "_PIECE", 1)
    create_book(url := f"sqlite:///{tmp_path / 'book.sqlite'}")
    with open_book(url) as book, open_book(url) as other:
        final(book, 1, drafts(3, series="ten", on_hold=False), [DAY] * 3)
        with book.slice(Which()) as view:
            seen = view.pieces()
            first = next(seen)
            final(other, 2, drafts(2, prefix="MORE", series="ten", on_hold=False), [DAY] * 2)
            found = [first, *seen]
            assert len(found) == 3 == view.totals()["invoices", "EUR", "NL01", "ten"].rows
        assert len(pieces(book, Which())) == 5


_CHILD = """
import resource, sys
from pathlib import Path
from oneoff_batch.book import Which, open_book, slicing
from oneoff_batch.exporting.ledger import write_ledger_tables, write_ledger_workbook

slicing._PIECE = 500
folder, series = Path(sys.argv[1]), sys.argv[2]
with open_book(f"sqlite:///{folder}/book.sqlite") as book, book.slice(Which(series=series)) as view:
    assert view.count() == int(sys.argv[3])
    write_ledger_workbook(folder / f"{series}.xlsx", view)
    write_ledger_tables(folder / series, view)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_stays_flat_while_the_ledger_grows(tmp_path: Path) -> None:
    """7,000 more invoices with 35,000 more lines would be about 80 MB as frames; the peak stays where it was."""
    create_book(url := f"sqlite:///{tmp_path / 'book.sqlite'}")
    sizes = {"two": 1_000, "ten": 8_000}
    with open_book(url) as book:
        for n, (series, count) in enumerate(sizes.items(), start=1):
            final(book, n, drafts(count, lines=5, prefix=series, series=series, on_hold=False), [DAY] * count)
    small, large = (
        int(subprocess.check_output([sys.executable, "-c", _CHILD, tmp_path, series, str(count)]))
        for series, count in sizes.items()
    )
    assert large - small < 45, (small, large)
