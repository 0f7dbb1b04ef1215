"""Credit notes in the book: what was credited so far, new ones against it, and the proof that they fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select, update

from ..drafting.drafts import Drafts
from ..lifecycle.asking import KEY, Earlier, Request, TaxCredited
from ..lifecycle.credit_notes import Corrected, Terms, credit_notes, keys_of
from ..problems import Problem, errors, to_json
from . import tables
from .cells import frame
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import load
from .storing import Upload, add

_SPARE = 20
"""Refs that are tried for a credit note, where invoices were uploaded under such refs."""


@dataclass(frozen=True, slots=True)
class CreditsAdded:
    """What became of requests: the batch of credit notes, None where nothing was drafted; the drafts, and the problems."""

    batch: str | None
    drafts: Drafts
    problems: list[Problem]


def add_credits(
    connection: Connection, requests: Sequence[Request], terms: Terms, upload: Upload, *, valid_only: bool
) -> CreditsAdded:
    """Draft credit notes: all that are asked for, or with `valid_only` those that can be, or none.

    What is left of each invoice is seen inside the caller's write transaction, so two runs cannot both take it.
    """
    corrected = corrected_of(connection, [r.id for r in requests])
    drafts, problems = credit_notes(requests, corrected, terms)
    if not len(drafts) or (errors(problems) and not valid_only):
        return CreditsAdded(None, drafts, problems)
    kept = replace(upload, problems=to_json(problems), rows=None)
    batch = add(connection, drafts, kept, len(requests) - len(drafts), frozenset())
    _link(connection, batch, corrected, drafts, Occasion(upload.user, upload.at))
    return CreditsAdded(batch, drafts, problems)


def _link(connection: Connection, batch: str, corrected: Corrected, drafts: Drafts, occasion: Occasion) -> None:
    """Point each credit note at its invoice, and tell it in the invoice's own history."""
    i, original = tables.invoice, tables.invoice.alias()
    found = select(original.c.id).where(original.c.number == i.c.preceding_number).scalar_subquery()
    connection.execute(update(i).where(i.c.batch == batch).values(credits_id=found))
    ids = dict(zip(corrected.numbers, corrected.ids, strict=True))
    refs = dict(zip(corrected.numbers, corrected.drafts.invoices["invoice_ref"].tolist(), strict=True))
    columns = ("preceding_number", "invoice_ref", "credit_reason", "gross_total", "digits", "currency")
    rows = zip(*(drafts.invoices[name].tolist() for name in columns), strict=True)
    append(
        connection,
        occasion,
        (
            Entry("credit", batch, ids[number], refs[number], number,
                  {"by": ref, "reason": reason, "gross_total": f"{gross:.{digits}f} {currency}"})
            for number, ref, reason, gross, digits, currency in rows
        ),
    )  # fmt: skip


def corrected_of(connection: Connection, ids: Sequence[int]) -> Corrected:
    """Return final invoices with what was credited of each; archived credit notes do not count."""
    ids = list(dict.fromkeys(ids))
    i = tables.invoice.c
    numbers: dict[int, str] = {}
    for some in chunks(ids):
        numbers |= {r.id: r.number for r in connection.execute(select(i.id, i.number).where(i.id.in_(some)))}
    drafts = load(connection, ids)
    earlier = _earlier(connection, ids, drafts.invoices["invoice_ref"].tolist())
    return Corrected(ids, drafts, [numbers[id_] for id_ in ids], earlier)


def _earlier(connection: Connection, ids: Sequence[int], refs: Sequence[str]) -> list[Earlier]:
    notes = _notes(connection, ids)
    live: dict[int, list[Any]] = {}
    for note in notes:
        if note.status != "ARCHIVED":
            live.setdefault(note.credits_id, []).append(note)
    lines = _lines(connection, ids)
    taxes = _taxes(connection, [n.id for own in live.values() for n in own])
    free = _free_refs(connection, ids, refs, notes)
    found = []
    for id_ in ids:
        own = live.get(id_, [])
        names = [n.number or f"draft {n.invoice_ref}" for n in own]
        second = -sum(n.tax_currency_total or 0 for n in own)
        found.append(Earlier(names, free[id_], lines.get(id_, {}), [taxes.get(n.id, []) for n in own], second))
    return found


def _notes(connection: Connection, ids: Sequence[int]) -> list[Any]:
    i = tables.invoice.c
    query = select(i.id, i.credits_id, i.invoice_ref, i.number, i.status, i.tax_currency_total).order_by(i.id)
    return [r for some in chunks(ids) for r in connection.execute(query.where(i.credits_id.in_(some)))]


def _lines(connection: Connection, ids: Sequence[int]) -> dict[int, dict[int, tuple[int, int]]]:
    """Return by invoice and line the net and tax that are credited."""
    i, line = tables.invoice, tables.line
    sums = (func.sum(line.c.net), func.sum(line.c.tax))
    query = (
        select(i.c.credits_id, line.c.credits_line, *sums)
        .join_from(line, i, line.c.invoice_id == i.c.id)
        .where(i.c.status != "ARCHIVED")
        .group_by(i.c.credits_id, line.c.credits_line)
    )
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for some in chunks(ids):
        for id_, number, net, tax in connection.execute(query.where(i.c.credits_id.in_(some))):
            found.setdefault(id_, {})[number] = (-int(net), -int(tax))
    return found


def _taxes(connection: Connection, notes: Sequence[int]) -> dict[int, list[TaxCredited]]:
    """Return the tax table of each credit note, in its order."""
    t = tables.tax.c
    query = select(t.invoice_id, t.taxable, t.tax, *(t[name] for name in KEY)).order_by(t.invoice_id, t.position)
    rows = [r for some in chunks(notes) for r in connection.execute(query.where(t.invoice_id.in_(some)))]
    keys = keys_of(frame([tuple(r)[3:] for r in rows], KEY))
    found: dict[int, list[TaxCredited]] = {}
    for row, key in zip(rows, keys, strict=True):
        found.setdefault(row.invoice_id, []).append(TaxCredited(key, -row.taxable, -row.tax))
    return found


def _free_refs(connection: Connection, ids: Sequence[int], refs: Sequence[str], notes: Sequence[Any]) -> dict[int, str]:
    """Return the ref of each invoice's next credit note: "-C" and how many were ever drafted, as far as it is free."""
    count = Counter(n.credits_id for n in notes)
    wanted = {id_: [f"{ref}-C{count[id_] + k}" for k in range(1, _SPARE)] for id_, ref in zip(ids, refs, strict=True)}
    i = tables.invoice.c
    query = select(i.invoice_ref).where(i.status != "ARCHIVED")
    tried = [ref for own in wanted.values() for ref in own]
    taken = {r for some in chunks(tried) for r in connection.scalars(query.where(i.invoice_ref.in_(some)))}
    return {id_: next((ref for ref in own if ref not in taken), own[-1]) for id_, own in wanted.items()}


def misfits(connection: Connection) -> Iterator[Problem]:
    """Yield E526 where final credit notes together take more of a line than was billed, or correct no such line."""
    i, line, original = tables.invoice, tables.line, tables.invoice.alias()
    billed = tables.line.alias()
    sums = [func.sum(line.c[name]) for name in ("net", "tax", "gross")]
    amounts = [billed.c[name] for name in ("net", "tax", "gross")]
    keys = (original.c.number, original.c.digits, i.c.credits_id, line.c.credits_line)
    own = (billed.c.invoice_id == i.c.credits_id) & (billed.c.line == line.c.credits_line)
    query = (
        select(*keys, *amounts, *sums)
        .select_from(line.join(i, line.c.invoice_id == i.c.id).outerjoin(original, original.c.id == i.c.credits_id))
        .outerjoin(billed, own)
        .where(i.c.status == "FINAL", i.c.preceding_number.is_not(None))
        .group_by(*keys, *amounts)
        .order_by(i.c.credits_id, line.c.credits_line)
    )
    for row in connection.execute(query):
        number, digits, _, number_of_line, *cells = tuple(row)
        yield from _misfit(str(number or "no invoice"), int(digits or 2), number_of_line, cells[:3], cells[3:])
    strangers = (
        select(i.c.invoice_ref, i.c.number, original.c.number)
        .join_from(i, original, original.c.id == i.c.credits_id, isouter=True)
        .where(i.c.status == "FINAL", i.c.preceding_number.is_not(None))
        .where((original.c.number.is_(None)) | (original.c.number != i.c.preceding_number))
    )
    for ref, own_number, other in connection.execute(strangers):
        told = {"what": "The invoice", "number": own_number, "expected": "what it names", "found": str(other or "nothing")}
        yield Problem("E526", invoice_ref=ref, details=told)


def _misfit(number: str, digits: int, line: Any, billed: Sequence[Any], sums: Sequence[Any]) -> Iterator[Problem]:
    """Compare one line; credited amounts have the other sign, and are between nothing and what was billed."""
    for name, most, found in zip(("Net", "Tax", "Total"), billed, sums, strict=True):
        units, credited = int(most or 0), -int(found)
        if not min(0, units) <= credited <= max(0, units):
            amounts = [f"{Decimal(n).scaleb(-digits):.{digits}f}" for n in (units, credited)]
            told = {"what": f"{name} of line {line}", "number": number, "expected": amounts[0], "found": amounts[1]}
            yield Problem("E526", details=told)
            return
