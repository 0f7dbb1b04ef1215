"""Which invoices a command is about: named ones, whole batches, and what filters leave of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from ..book import Book
from ..checking.cells import nearest
from ..lifecycle import ARCHIVED, LIVE
from ..problems import Problem, from_json, warned


@dataclass(frozen=True)
class Wanted:
    """What was asked for: batch ids, invoice refs and numbers in any mix, and filters on them.

    `over` is an amount with tax in each invoice's own currency. Without names, the filters choose among all invoices
    that can still change.
    """

    names: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    over: Decimal | None = None
    with_warnings: bool = False

    @property
    def filtered(self) -> bool:
        """Whether there is a filter."""
        return bool(self.customers) or self.over is not None or self.with_warnings


@dataclass(frozen=True)
class Chosen:
    """The invoices that were meant, or why that is not known: E531, E532, E533.

    `states` has the states of the book and the flag `named`, true for what was named itself.
    """

    states: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)


def choose(book: Book, wanted: Wanted) -> Chosen:
    """Find what was asked for: of batches and filters only what can still change, and what is named as it is."""
    names = list(dict.fromkeys(wanted.names))
    named = find(book, names)
    others = set(names) - set(named["number"].dropna()) - set(named["invoice_ref"])
    batches = [n for n in names if n in others & set(book.names("batch"))] if others else []
    problems = unknown(book, [n for n in names if n in others and n not in batches])
    problems += _twice(named, batches) + _strangers(book, wanted.customers)
    if problems:
        return Chosen(named[:0].assign(named=True), problems)
    whole = [book.states(batch=batch) for batch in batches] if names else [book.states(status=LIVE)]
    live = [rows[rows["status"].isin(LIVE)].assign(named=False) for rows in whole]
    rows = _joined([named.assign(named=True), *live])
    return Chosen(_filtered(book, rows, wanted))


def find(book: Book, names: Sequence[str]) -> pd.DataFrame:
    """Return the states of the invoices that have one of these numbers, else refs.

    Of a ref that was archived and drafted again, the last life counts.
    """
    by_number = book.states(numbers=names)
    refs = [n for n in names if n not in set(by_number["number"])]
    lives = book.states(refs=refs)
    alive = lives.assign(gone=lives["status"] == ARCHIVED).sort_values(["gone", "id"], ascending=[False, True])
    last = alive.drop(columns="gone").drop_duplicates("invoice_ref", keep="last")
    return _joined([by_number, last])


def unknown(book: Book, names: Sequence[str]) -> list[Problem]:
    """Return E531 for each name that the book has not, with what was probably meant."""
    if not names:
        return []
    pool = [n for column in ("invoice_ref", "number", "batch") for n in book.names(column)]
    near = nearest(names, pool)
    return [Problem("E531", value=name, suggestion=near.get(name, "")) for name in names]


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [rows for rows in frames if len(rows)] or frames[:1]
    return pd.concat(filled, ignore_index=True).drop_duplicates("id").sort_values("id", ignore_index=True)


def _twice(named: pd.DataFrame, batches: Iterable[str]) -> list[Problem]:
    inside = named[named["batch"].isin(list(batches))]
    pairs = zip(inside["invoice_ref"], inside["batch"], strict=True)
    return [Problem("E532", invoice_ref=ref, details={"batch": batch}) for ref, batch in pairs]


def _strangers(book: Book, customers: Sequence[str]) -> list[Problem]:
    pool = book.names("customer") if customers else []
    strange = [c for c in dict.fromkeys(customers) if c not in set(pool)]
    near = nearest(strange, pool)
    return [Problem("E533", value=c, suggestion=near.get(c, "")) for c in strange]


def _filtered(book: Book, rows: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    if wanted.customers:
        rows = rows[rows["customer"].isin(list(wanted.customers))]
    if wanted.over is not None:
        rows = rows[rows["gross_total"] > wanted.over]
    if wanted.with_warnings:
        counts = {batch: warned(from_json(book.problems(batch))) for batch in rows["batch"].unique()}
        pairs = zip(rows["batch"], rows["invoice_ref"], strict=True)
        rows = rows[[bool(counts[batch][ref]) for batch, ref in pairs]]
    return rows.reset_index(drop=True)
