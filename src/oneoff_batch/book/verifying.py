"""The proof that the book is whole: no gap, no duplicate, dates in order, an unbroken chain, totals that add up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from ..drafting.drafts import INVOICE_COLUMNS
from ..problems import Problem
from . import tables
from .chain import FIELDS, START, digest
from .correcting import misfits
from .engine import chunks
from .loading import LINE_NAMES, TAX_NAMES, header_query, line_query, tax_query
from .sealing import Rows, cuts, seals

_PIECE = 2_000


@dataclass(frozen=True, slots=True)
class Verification:
    """What was proven: final invoices and entries that were read, what is wrong, and the hash of the last entry.

    Keep `head` outside the book (in a mail to the auditor, say): with it, not even a chain that was written anew
    from the start goes unnoticed.
    """

    invoices: int
    entries: int
    problems: list[Problem]
    head: str
    since: int | None = None
    """How many entries there were when the head that was kept outside was the last; None where none was given."""


def verify(connection: Connection, kept: str | None = None) -> Verification:
    """Read the whole book, a piece at a time, and return every disagreement (domain §10).

    `kept` is a head that was kept outside the book: E527 where no entry has that hash any more.
    """
    entries, head, since, broken = _chain(connection, kept)
    ids = list(
        connection.scalars(
            select(tables.invoice.c.id).where(tables.invoice.c.status == "FINAL").order_by(tables.invoice.c.id)
        )
    )
    lost = [Problem("E527", value=kept)] if kept and since is None else []
    problems = [
        *broken,
        *lost,
        *_duplicates(connection),
        *_numbers(connection),
        *_counters(connection),
        *_orphans(connection),
        *misfits(connection),
        *(p for some in chunks(ids, _PIECE) for p in _contents(connection, some)),
    ]
    return Verification(len(ids), entries, problems, head, since)


def _chain(connection: Connection, kept: str | None) -> tuple[int, str, int | None, list[Problem]]:
    """Return how many entries there are, the last hash, after how many the hash was `kept`, and the first broken entry."""
    e = tables.entry.c
    count, previous = 0, START
    since = 0 if kept == START else None
    query = select(*(e[n] for n in FIELDS), e.prev, e.hash).order_by(e.seq)
    broken: list[Problem] = []
    for row in connection.execute(query.execution_options(yield_per=_PIECE)).mappings():
        count += 1
        if not broken:
            broken = _link(row, count, previous)
        previous = row["hash"]
        if previous == kept:
            since = count
    return count, previous, since, broken


def _link(row: Mapping[Any, Any], seq: int, previous: str) -> list[Problem]:
    """Compare an entry with what must stand in its place: its number, the hash before it, its own hash."""
    fields = {name: row[name] for name in FIELDS}
    checks = (
        (f"number {seq}", f"number {row['seq']}"),
        (f"chained to {previous}", f"chained to {row['prev']}"),
        (f"hash {digest(previous, fields)}", f"hash {row['hash']}"),
    )
    for expected, found in checks:
        if expected != found:
            return [Problem("E522", details={"seq": str(seq), "expected": expected, "found": found})]
    return []


def _duplicates(connection: Connection) -> Iterator[Problem]:
    i = tables.invoice.c
    twice = select(i.number).where(i.number.is_not(None)).group_by(i.number).having(func.count() > 1)
    for number in connection.scalars(twice):
        yield Problem("E521", details={"number": number})


def _numbers(connection: Connection) -> Iterator[Problem]:
    """Follow each series from its first number: every counter after the one before, no date going back."""
    i, e = tables.invoice, tables.entry.c
    own = and_(e.invoice_id == i.c.id, e.action == "finalize")
    query = (
        select(i.c.series, i.c.period, i.c.counter, i.c.number, i.c.invoice_ref, i.c.invoice_date, e.body)
        .join_from(i, tables.entry, own, isouter=True)
        .where(i.c.status == "FINAL")
        .order_by(i.c.series, i.c.period, i.c.counter)
    )
    ahead: Any = None
    latest = ""
    for row in connection.execute(query.execution_options(yield_per=_PIECE)):
        if ahead is None or (ahead.series, ahead.period) != (row.series, row.period):
            ahead, latest = None, ""
        told = _told(row.body)
        if told:
            yield from _step(row, ahead, latest, told)
        ahead, latest = row, max(latest, row.invoice_date)


_KEYS = frozenset(
    "first step chronology seal net_total tax_total gross_total invoice_date due_date currency content_hash".split()
)


def _told(body: str | None) -> dict[str, Any] | None:
    """Return what a ledger entry tells, None where there is none or nobody can read it any more."""
    try:
        told = json.loads(body or "null")
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.keys() >= _KEYS else None


def _step(row: Any, ahead: Any, latest: str, told: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare an invoice with the one ahead of it in its series: its counter, and its date."""
    if row.invoice_date < latest and told["chronology"] == "refuse":
        details = {"number": row.number, "day": row.invoice_date, "earlier": latest}
        yield Problem("E524", invoice_ref=row.invoice_ref, details=details)
    expected = told["first"] if ahead is None else ahead.counter + told["step"]
    if row.counter == expected or (ahead is not None and row.counter == ahead.counter):
        return
    details = {"series": row.series, "expected": _counted(row.number, row.counter, expected), "found": row.number}
    yield Problem("E520", invoice_ref=row.invoice_ref, details=details)


def _counted(number: str, counter: int, wanted: int) -> str:
    """Return the number that another counter would have made, written like this one."""
    head = number.rstrip("0123456789")
    digits = len(number) - len(head)
    return f"{head}{wanted:0{digits}d}" if int(number[len(head) :] or -1) == counter else str(wanted)


def _counters(connection: Connection) -> Iterator[Problem]:
    """Compare the last counter of each series and period with the last number that was drawn from it."""
    i, s = tables.invoice.c, tables.series.c
    drawn = (
        select(i.series, i.period, func.max(i.counter).label("counter"))
        .where(i.status == "FINAL")
        .group_by(i.series, i.period)
    )
    found = {(r.series, r.period): r.counter for r in connection.execute(drawn)}
    kept = {(r.series, r.period): r.counter for r in connection.execute(select(s.series, s.period, s.counter))}
    for key in sorted({*found, *kept}):
        if found.get(key) != kept.get(key):
            name = f"{key[0]} {key[1]}".strip()
            words = [f"number {n}" if n is not None else "no number" for n in (kept.get(key), found.get(key))]
            yield Problem("E520", details={"series": name, "expected": words[0], "found": f"{words[1]} as the last"})


def _orphans(connection: Connection) -> Iterator[Problem]:
    """Pair final invoices with ledger entries, and name what stands alone."""
    i, e = tables.invoice, tables.entry
    posted = select(e.c.number, e.c.invoice_id).where(e.c.action == "finalize")
    final = select(i.c.id).where(i.c.status == "FINAL", i.c.number == e.c.number, i.c.id == e.c.invoice_id)
    own = select(e.c.seq).where(e.c.action == "finalize", e.c.invoice_id == i.c.id)
    for number in connection.scalars(posted.where(~final.correlate(e).exists()).with_only_columns(e.c.number)):
        yield _alone(number, "the ledger has an entry, but there is no such invoice")
    missing = select(i.c.number).where(i.c.status == "FINAL", ~own.correlate(i).exists())
    for number in connection.scalars(missing):
        yield _alone(number, "the invoice has no entry in the ledger")
    doubled = posted.with_only_columns(func.max(e.c.number)).group_by(e.c.invoice_id).having(func.count() > 1)
    for number in connection.scalars(doubled):
        yield _alone(number, "the ledger has more than one entry for it")


def _alone(number: str, what: str) -> Problem:
    return Problem("E525", details={"number": number, "what": what})


def _contents(connection: Connection, ids: Sequence[int]) -> Iterator[Problem]:
    """Check the totals of invoices, and that nothing of them changed since their entries were written."""
    e = tables.entry.c
    bodies = select(e.invoice_id, e.body).where(e.action == "finalize", e.invoice_id.in_(ids))
    told = {row.invoice_id: _told(row.body) for row in connection.execute(bodies)}
    header = _columns(connection.execute(header_query(ids)).all(), ("id", *INVOICE_COLUMNS))
    lines = _rows(connection.execute(line_query(ids)).all(), LINE_NAMES, ids)
    taxes = _rows(connection.execute(tax_query(ids)).all(), TAX_NAMES, ids)
    sums = zip(lines.of("net"), lines.of("tax"), taxes.of("tax"), strict=True)
    every = zip(zip(*header.values(), strict=True), sums, seals(header, lines, taxes), strict=True)
    for values, cells, sealed in every:
        row = dict(zip(header, values, strict=True))
        own = told.get(row["id"])
        if own:
            yield from _content(row, [_sum(amounts) for amounts in cells], sealed, own)
        elif row["id"] in told:
            yield Problem("E525", details={"number": row["invoice_ref"], "what": "its entry cannot be read"})


def _columns(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> dict[str, Sequence[Any]]:
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, cells, strict=True))


def _rows(rows: Iterable[Sequence[Any]], names: Sequence[str], ids: Sequence[int]) -> Rows:
    columns = _columns(rows, names)
    return Rows(columns, cuts(columns["invoice_id"], ids))


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
        yield f"The {words}", told[name], _written(row[name], digits)
    yield "The sum of the lines", told["net_total"], _written(sums[0], digits)
    yield "The tax of the lines", told["tax_total"], _written(sums[1], digits)
    yield "The sum of the tax table", told["tax_total"], _written(sums[2], digits)
    yield "Net plus tax", told["gross_total"], _written(_sum((row["net_total"], row["tax_total"])), digits)
    yield "The invoice date", told["invoice_date"], row["invoice_date"]
    yield "The due date", told["due_date"], row["due_date"]
    yield "The currency", told["currency"], row["currency"]
    yield "The fingerprint", told["content_hash"], row["content_hash"]


def _written(units: Any, digits: int) -> str:
    """Write whole minor units in major units, with the currency's digits."""
    if type(units) is not int:
        return f'"{units}"'
    sign, text = "-" if units < 0 else "", str(abs(units)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text
