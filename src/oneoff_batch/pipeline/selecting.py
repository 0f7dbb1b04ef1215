"""Which invoices a command is about: named ones, whole batches, and what filters leave of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from ..book import Book
from ..checking.cells import nearest
from ..lifecycle import ARCHIVED, LIVE
from ..problems import Problem, from_json, warned
from .steps import typed_as

BATCH, REF, NUMBER = KINDS = ("batch", "ref", "number")
"""What a name can be the name of. With one of these in front, as in ref:NOV-001, it is that and nothing else."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: batch ids, invoice refs and numbers in any mix (`named`), and filters on them.

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
    """The invoices that were meant, or why that is not known: E531, E532, E533, E536.

    `states` has the states of the book and the flag `named`, true for what was named itself.
    """

    states: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """The invoices and batches that names mean, or why that is not known: E531, E536.

    Of a ref that was archived and drafted again, the last life counts.
    """

    states: pd.DataFrame
    batches: list[str]
    problems: list[Problem]


def choose(book: Book, wanted: Wanted) -> Chosen:
    """Find what was asked for: of batches and filters only what can still change, and what is named as it is."""
    found = named(book, wanted.names)
    problems = found.problems + _twice(found.states, found.batches) + _strangers(book, wanted.customers)
    if problems:
        return Chosen(found.states[:0].assign(named=True), problems)
    whole = [book.states(batch=batch) for batch in found.batches] if wanted.names else [book.states(status=LIVE)]
    live = [rows[rows["status"].isin(LIVE)].assign(named=False) for rows in whole]
    rows = _joined([found.states.assign(named=True), *live])
    return Chosen(_filtered(book, rows, wanted))


def named(book: Book, names: Iterable[str], kinds: Sequence[str] = KINDS) -> Named:
    """Find what these names mean, among the kinds that are asked for; a name that means two things is refused (E536)."""
    ways = {name: [(kind, text) for kind, text in _ways(name) if kind in kinds] for name in names}
    asked = {kind: {text for own in ways.values() for k, text in own if k == kind} for kind in KINDS}
    rows = _joined([book.states(numbers=asked[NUMBER]), _last_lives(book.states(refs=asked[REF]))])
    states = rows.to_dict("records")
    batches = asked[BATCH] and asked[BATCH].intersection(book.names("batch"))
    known: dict[tuple[str, str], Any] = {(BATCH, batch): batch for batch in batches}
    known |= {(REF, s["invoice_ref"]): s["id"] for s in states} | {(NUMBER, s["number"]): s["id"] for s in states}
    meant = {name: {known[way]: way for way in own if way in known} for name, own in ways.items()}
    problems = unknown(book, [name for name, own in meant.items() if not own])
    problems += [_unclear(name, own, states) for name, own in meant.items() if len(own) > 1]
    things = dict.fromkeys(thing for own in meant.values() for thing in own)
    own_rows = rows["id"].isin([thing for thing in things if not isinstance(thing, str)])
    return Named(rows[own_rows].reset_index(drop=True), [thing for thing in things if isinstance(thing, str)], problems)


def _ways(name: str) -> Iterator[tuple[str, str]]:
    """Yield each kind that a name can be of, and what is then its name."""
    yield from ((kind, name) for kind in KINDS)
    kind, _, rest = name.partition(":")
    if kind.casefold() in KINDS and rest.strip():
        yield kind.casefold(), rest.strip()


def _last_lives(lives: pd.DataFrame) -> pd.DataFrame:
    alive = lives.assign(gone=lives["status"] == ARCHIVED).sort_values(["gone", "id"], ascending=[False, True])
    return alive.drop(columns="gone").drop_duplicates("invoice_ref", keep="last")


def _unclear(name: str, meant: Mapping[Any, tuple[str, str]], states: Sequence[Mapping[Any, Any]]) -> Problem:
    """Return E536, with each thing that a name means and how that is typed."""
    of = {s["id"]: s for s in states}
    said = []
    for thing, (kind, text) in meant.items():
        words = "all of that batch"
        if kind == REF:
            words = f"the one invoice with that ref, in batch {of[thing]['batch']}"
        if kind == NUMBER:
            words = f"the invoice with that number, whose ref is {of[thing]['invoice_ref']}"
        said.append(f"{words} (type {typed_as(f'{kind}:{text}')})")
    return Problem("E536", value=name, details={"meanings": ", or ".join(said)})


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
