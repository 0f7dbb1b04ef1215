"""The proof of single final invoices: each has its one ledger entry, totals that add up, and content that never changed."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, literal, select

from ..problems import Problem
from . import tables
from .cells import kind_of
from .links import known, plain
from .sealing import HEADER, LINE, TAX, Rows, cuts, seals

_PIECE = 1_000
_SPARSE = 8 * _PIECE
"""Lines of as many invoices as are read at once at most, where drafts stand between final ones."""
_HEADER = ("id", "number", "period", "counter", "invoice_date", "due_date", *sorted(HEADER))
_LINE, _TAX = ("invoice_id", *sorted(LINE)), ("invoice_id", *sorted(TAX))
_TYPES = {int, str, bool, type(None)}
_FLAGS = {name for name in (*_HEADER, *_LINE, *_TAX) if kind_of(name) == "flag"}
_FLAG = {0: False, 1: True}
"""What SQLite has of a flag; PostgreSQL has flags."""
TOLD = (
    "first", "step", "chronology", "seal", "net_total", "tax_total", "gross_total", "invoice_date", "due_date",
    "currency", "content_hash",
)  # fmt: skip
"""What a ledger entry tells of its invoice, and is compared or used."""
TEXT = TOLD[2:]
"""Of these, what is text; the others are whole numbers."""

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found of the final invoices of some ids.

    `rules` are the first number, the step and the chronology that their entries tell, by series and period; `odd` says
    that one has no counter, or that its entry tells no rules.
    """

    count: int = 0
    rules: set[tuple[Any, ...]] = field(default_factory=set)
    odd: bool = False
    strays: list[Problem] = field(default_factory=list)
    orphans: list[Problem] = field(default_factory=list)
    doubles: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def examine(connection: Connection, after: int, until: int, last: int) -> Contents:
    """Prove the final invoices with ids above `after` up to `until`; what has an entry above number `last` came later."""
    found = [_piece(*rows, connection) for rows in _pieces(connection, after, until, last)]
    return merged(found)


def merged(parts: Iterable[Contents]) -> Contents:
    """Return several as one."""
    every = list(parts)
    lists = {n: [p for part in every for p in getattr(part, n)] for n in ("strays", "orphans", "doubles", "problems")}
    rules = set().union(*(part.rules for part in every))
    return Contents(sum(p.count for p in every), rules, any(p.odd for p in every), **lists)


def strangers(connection: Connection) -> Iterator[Problem]:
    """Name ledger entries whose invoice id is none, or no number: they are in no range of ids."""
    e = tables.entry.c
    posted = select(e.seq, e.number).where(e.action == "finalize")
    for condition in (e.invoice_id.is_(None), e.invoice_id > literal(2**63 - 1, BigInteger)):
        # Put in order here: for a result in order, SQLite would read all entries instead of its index.
        for _, number in sorted(connection.execute(posted.where(condition)), key=itemgetter(0)):
            yield stray(number)


def stray(number: Any) -> Problem:
    """Return the problem of a ledger entry without its invoice."""
    return _alone(number, "the ledger has an entry, but there is no such invoice")


def _alone(number: Any, what: str) -> Problem:
    return Problem("E525", details={"number": number, "what": what})


def queries(low: ColumnElement[int], high: ColumnElement[int]) -> dict[str, Select[Any]]:
    """Return what reads final invoices, their entries, lines and taxes, in order, of the ids above `low` up to `high`."""
    i, e = tables.invoice.c, tables.entry.c
    heads = select(*(i[n] for n in _HEADER)).where(i.status == "FINAL", i.id > low, i.id <= high)
    entries = select(e.invoice_id, e.number, e.seq, e.body).where(e.action == "finalize")
    return {
        "heads": heads.order_by(i.id),
        "entries": entries.where(e.invoice_id > low, e.invoice_id <= high).order_by(e.invoice_id, e.seq),
        "lines": _owned(tables.line, _LINE, "line", low, high),
        "taxes": _owned(tables.tax, _TAX, "position", low, high),
    }


def _owned(table: Any, names: Sequence[str], second: str, low: Any, high: Any) -> Select[Any]:
    query = select(*(table.c[n] for n in names)).where(table.c.invoice_id > low, table.c.invoice_id <= high)
    return query.order_by(table.c.invoice_id, table.c[second])


_QUERIES = queries(bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger))
_QUERIES["heads"] = _QUERIES["heads"].limit(_PIECE)


def _read(connection: Connection, what: str, low: int, high: int) -> list[tuple[Any, ...]]:
    return plain(connection.execute(_QUERIES[what], {"low": low, "high": high}))


def _pieces(connection: Connection, after: int, until: int, last: int) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield final invoices and ledger entries of the same ids, a thousand at a time and in order."""
    low, full = after, True
    while full:
        heads = _read(connection, "heads", low, until)
        full = len(heads) == _PIECE
        high = heads[-1][0] if full else until
        entries = _read(connection, "entries", low, high)
        later = {row[0] for row in entries if row[2] > last}
        if later:
            heads = [row for row in heads if row[0] not in later]
            entries = [row for row in entries if row[2] <= last]
        yield heads, entries
        low = high


def _piece(heads: list[Any], entries: list[Any], connection: Connection) -> Contents:
    """Pair invoices with entries, then look at what stands on them."""
    if [row[:2] for row in heads] == [row[:2] for row in entries]:
        bodies = [row[3] for row in entries]
        strays, orphans, doubles = list[Problem](), list[Problem](), list[Problem]()
    else:
        strays, orphans, doubles = _unpaired(heads, entries)
        own = {row[0]: row[3] for row in entries}
        bodies = [own.get(row[0]) for row in heads]
    parts = [_looked_at(connection, *some) for some in _runs(heads, bodies)]
    return merged([Contents(0, set(), False, strays, orphans, doubles), *parts])


def _unpaired(heads: list[Any], entries: list[Any]) -> tuple[list[Problem], list[Problem], list[Problem]]:
    """Name entries without their invoice, invoices without an entry, and entries of one invoice."""
    numbers = {row[0]: row[1] for row in heads}
    posted: dict[Any, list[Any]] = {}
    for id_, number, _, _ in entries:
        posted.setdefault(id_, []).append(number)
    strays = [stray(n) for id_, own in posted.items() for n in own if n is None or numbers.get(id_) != n]
    orphans = [_alone(n, "the invoice has no entry in the ledger") for id_, n in numbers.items() if id_ not in posted]
    twice = [max(own, key=str) for own in posted.values() if len(own) > 1]
    return strays, orphans, [_alone(n, "the ledger has more than one entry for it") for n in twice]


def _runs(heads: list[Any], bodies: list[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Cut where so many drafts stand between final invoices that their lines would fill the memory."""
    ids, start = [row[0] for row in heads], 0
    while start < len(ids):
        stop = bisect_right(ids, ids[start] + _SPARSE)
        yield heads[start:stop], bodies[start:stop]
        start = stop


def _looked_at(connection: Connection, heads: list[Any], bodies: list[Any]) -> Contents:
    """Compare each invoice with what its ledger entry tells."""
    header = _columns(heads, _HEADER)
    ids = header["id"]
    lines = _rows(_read(connection, "lines", ids[0] - 1, ids[-1]), _LINE, ids)
    taxes = _rows(_read(connection, "taxes", ids[0] - 1, ids[-1]), _TAX, ids)
    told = list(map(told_by, bodies))
    rules = {
        (series, period, own["first"], own["step"], own["chronology"])
        for series, period, own in zip(header["series"], header["period"], told, strict=True)
        if own
    }
    odd = None in told or set(map(type, header["counter"])) != {int}
    return Contents(len(heads), rules, odd, problems=list(_one_by_one(header, lines, taxes, told, bodies)))


def _columns(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Return plain rows as columns; a fraction or bytes, which the book never stores, are made equal to nothing."""
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: _cells(name, own) for name, own in zip(names, cells, strict=True)}


def _cells(name: str, cells: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, cells)) - _TYPES:
        cells = [known(cell) for cell in cells]
    return [_FLAG.get(cell, cell) for cell in cells] if name in _FLAGS else cells


def _rows(rows: list[tuple[Any, ...]], names: Sequence[str], ids: Sequence[int]) -> Rows:
    """Return the rows of these invoices; those of drafts between them are left out."""
    owners = list(map(itemgetter(0), rows))
    mine = np.isin(np.array(owners, dtype=object if set(map(type, owners)) - {int} else np.int64), ids)
    if not mine.all():
        rows = list(compress(rows, mine.tolist()))
    columns = _columns(rows, names)
    return Rows(columns, cuts(columns["invoice_id"], ids))


def told_by(body: Any) -> dict[str, Any] | None:
    """Return what a ledger entry tells, None where there is none or nobody can read it any more."""
    try:
        told = json.loads(body or "null")
    except (ValueError, TypeError):
        return None
    if not isinstance(told, dict) or not told.keys() >= set(TOLD):
        return None
    right = all(type(told[name]) is (str if name in TEXT else int) for name in TOLD)
    return told if right else None


def _one_by_one(
    header: Columns, lines: Rows, taxes: Rows, told: Sequence[Mapping[str, Any] | None], bodies: Sequence[Any]
) -> Iterator[Problem]:
    """Name everything in which an invoice differs from its ledger entry; one without an entry is told of elsewhere."""
    cells = zip(lines.of("net"), lines.of("tax"), taxes.of("tax"), strict=True)
    rows = zip(*header.values(), strict=True)
    for values, amounts, seal, own, body in zip(rows, cells, seals(header, lines, taxes), told, bodies, strict=True):
        row = dict(zip(header, values, strict=True))
        if own:
            yield from _content(row, [_sum(some) for some in amounts], seal, own)
        elif body is not None:
            yield _alone(row["invoice_ref"], "its entry cannot be read")


def _sum(amounts: Sequence[Any]) -> Any:
    """Add whole minor units; what somebody else put among them comes back as it is."""
    return next((amount for amount in amounts if type(amount) is not int), None) or sum(amounts)


def _content(row: Mapping[str, Any], sums: Sequence[Any], sealed: str, told: Mapping[str, Any]) -> Iterator[Problem]:
    differences = [found for found in _pairs(row, sums, told) if found[1] != found[2]]
    if not differences and sealed != told["seal"]:
        differences = [("The content", f"sealed as {told['seal']}", sealed)]
    for what, expected, found in differences:
        details = {"what": what, "expected": expected, "found": found}
        yield Problem("E523", invoice_ref=row["invoice_ref"], details=details)


def _pairs(row: Mapping[str, Any], sums: Sequence[Any], told: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is compared, what it should be by the ledger, and what it is."""
    digits = row["digits"]
    for name, words in (("net_total", "net total"), ("tax_total", "tax total"), ("gross_total", "total")):
        yield f"The {words}", told[name], written(row[name], digits)
    yield "The sum of the lines", told["net_total"], written(sums[0], digits)
    yield "The tax of the lines", told["tax_total"], written(sums[1], digits)
    yield "The sum of the tax table", told["tax_total"], written(sums[2], digits)
    yield "Net plus tax", told["gross_total"], written(_sum((row["net_total"], row["tax_total"])), digits)
    yield "The invoice date", told["invoice_date"], _plain(row["invoice_date"])
    yield "The due date", told["due_date"], _plain(row["due_date"])
    yield "The currency", told["currency"], _plain(row["currency"])
    yield "The fingerprint", told["content_hash"], _plain(row["content_hash"])


def written(units: Any, digits: Any) -> str:
    """Write whole minor units in major units, with the currency's digits; what is none, as it is, in quotes."""
    if type(units) is not int or type(digits) is not int:
        return f'"{_plain(units)}"'
    if not digits:
        return str(units)
    sign, text = "-" if units < 0 else "", str(abs(units)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def _plain(value: Any) -> Any:
    """Return what somebody put in the place of a number, as he wrote it."""
    return value[1] if isinstance(value, tuple) else value
