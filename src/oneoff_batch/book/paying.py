"""Payments in the book: entered once, never changed, and what is open after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, insert, select

from ..columns import TEXT
from ..lifecycle.payments import payment_status
from ..money import from_minor
from ..problems import Problem, errors
from . import tables
from .chain import Entry, Occasion, append
from .documents import keep
from .engine import chunks
from .storing import Upload

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Payment:
    """Money of a day for a final invoice, in whole minor units of its currency; negative where it went back.

    `number`, `ref`, `currency` and `digits` are those of the invoice. `where` says where it was typed: what
    `Problem` takes of file, sheet, row, column, header.
    """

    invoice_id: int
    number: str
    ref: str
    paid_on: date
    amount: int
    reference: str
    currency: str
    digits: int
    where: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event(self) -> tuple[int, str, int]:
        """What two entries of one payment have in common: invoice, day and amount."""
        return self.invoice_id, self.paid_on.isoformat(), self.amount

    def words(self, units: int) -> str:
        """Write an amount of its invoice."""
        return f"{Decimal(units).scaleb(-self.digits):,.{self.digits}f} {self.currency}"


def same_file(connection: Connection, sha256: str) -> int:
    """Return how many payments were entered from a file with these bytes."""
    p = tables.payment.c
    return connection.scalar(select(func.count()).where(p.sha256 == sha256)) or 0


def enter(
    connection: Connection, payments: Sequence[Payment], upload: Upload, *, valid_only: bool
) -> tuple[int, list[Problem]]:
    """Enter payments with an entry each: all of them, or with `valid_only` those that are not there yet (E561), or none.

    Returns how many were entered, and the problems: W550 and W551 where more is paid, or paid back, than there was.
    """
    good, problems = _new(connection, payments)
    warnings = _beyond(connection, good)
    if errors(problems) and not valid_only:
        return 0, problems + warnings
    _write(connection, good, upload)
    return len(good), problems + warnings


def _new(connection: Connection, payments: Sequence[Payment]) -> tuple[list[Payment], list[Problem]]:
    """Leave out what is there already, and what stands twice among these (E561).

    References are one where they differ only in case, blanks and punctuation. Without a reference a payment is one that is
    there already; with another reference, or where the earlier one has none, it may be (W554).
    """
    p = tables.payment.c
    query = select(p.invoice_id, p.paid_on, p.amount, p.reference, p.file)
    known: dict[tuple[int, str, int], dict[str, tuple[str, str]]] = {}
    for some in chunks(dict.fromkeys(x.invoice_id for x in payments)):
        for r in connection.execute(query.where(p.invoice_id.in_(some))):
            earlier = known.setdefault((r.invoice_id, r.paid_on, r.amount), {})
            earlier[_plain(r.reference or "")] = (r.reference or "", r.file)
    good, problems = [], []
    for x in payments:
        earlier, own = known.setdefault(x.event, {}), _plain(x.reference)
        told = {"number": x.number, "day": x.paid_on.isoformat()}
        same = earlier.get(own) if own else next(iter(earlier.values()), None)
        if same:
            told["file"] = same[1]
            problems.append(Problem("E561", invoice_ref=x.ref, value=x.words(x.amount), details=told, **x.where))
            continue
        if earlier:
            reference, file = next(reversed(earlier.values()))
            told |= {"other": f'under "{reference}"' if reference else "without a reference", "file": file}
            problems.append(Problem("W554", invoice_ref=x.ref, value=x.words(x.amount), details=told, **x.where))
        earlier[own] = (x.reference, "a row above it")
        good.append(x)
    return good, problems


def _plain(reference: str) -> str:
    return "".join(c for c in reference.casefold() if c.isalnum())


def _beyond(connection: Connection, payments: Sequence[Payment]) -> list[Problem]:
    """Name each invoice of which more is paid, or paid back, than there was; at its last payment."""
    last = {x.invoice_id: x for x in payments}
    sums: dict[int, int] = {}
    for x in payments:
        sums[x.invoice_id] = sums.get(x.invoice_id, 0) + x.amount
    problems = []
    notes = _credited_by(connection, list(last))
    for id_, (due, before) in open_units(connection, list(last)).items():
        x, paid = last[id_], before + sums[id_]
        over = paid - due if due >= 0 else due - paid
        back = -paid if due >= 0 else paid
        if over > 0:
            told = {"number": x.number, "paid": x.words(paid), "over": x.words(over), "what": _due(notes.get(id_, []))}
            problems.append(Problem("W550", invoice_ref=x.ref, value=x.number, details=told, **x.where))
        elif back > 0:
            told = {"number": x.number, "over": x.words(back)}
            problems.append(Problem("W551", invoice_ref=x.ref, value=x.number, details=told, **x.where))
    return problems


def _credited_by(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return by invoice the numbers of its final credit notes."""
    i = tables.invoice.c
    query = select(i.credits_id, i.number).where(i.status == "FINAL").order_by(i.id)
    found: dict[int, list[str]] = {}
    for some in chunks(ids):
        for id_, number in connection.execute(query.where(i.credits_id.in_(some))):
            found.setdefault(id_, []).append(number)
    return found


def _due(notes: Sequence[str]) -> str:
    """Say what a payment is held against: the invoice, or what its credit notes left of it."""
    if not notes:
        return "it comes to"
    return f"is left of it after credit note{'s' if len(notes) > 1 else ''} {', '.join(notes)}"


def _write(connection: Connection, payments: Sequence[Payment], upload: Upload) -> None:
    occasion = Occasion(upload.user, upload.at)
    first = (connection.scalar(select(func.max(tables.payment.c.id))) or 0) + 1
    same = {"file": upload.file, "sha256": upload.sha256, "entered_by": upload.user, "entered_at": occasion.stamp}
    rows = [
        {"id": first + k, "invoice_id": x.invoice_id, "paid_on": x.paid_on.isoformat(), "amount": x.amount,
         "reference": x.reference or None, **same}
        for k, x in enumerate(payments)
    ]  # fmt: skip
    for some in chunks(rows, _CHUNK):
        connection.execute(insert(tables.payment), some)
    batches = {
        r.id: r.batch
        for some in chunks(dict.fromkeys(x.invoice_id for x in payments))
        for r in connection.execute(select(tables.invoice.c.id, tables.invoice.c.batch).where(tables.invoice.c.id.in_(some)))
    }
    kept = keep(connection, upload.documents)
    append(
        connection,
        occasion,
        (
            Entry("pay", batches[x.invoice_id], x.invoice_id, x.ref, x.number,
                  {"paid_on": x.paid_on.isoformat(), "amount": x.words(x.amount), "reference": x.reference or None,
                   "file": upload.file, **kept}, upload.sha256)
            for x in payments
        ),
    )  # fmt: skip


def open_units(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return by invoice what it comes to after its final credit notes, and what was paid, in whole minor units."""
    i, p = tables.invoice.c, tables.payment.c
    credit = select(i.credits_id, func.sum(i.gross_total)).where(i.status == "FINAL").group_by(i.credits_id)
    money = select(p.invoice_id, func.sum(p.amount)).group_by(p.invoice_id)
    found: dict[int, tuple[int, int]] = {}
    for some in chunks(dict.fromkeys(ids)):
        credited = {id_: int(n) for id_, n in connection.execute(credit.where(i.credits_id.in_(some)))}
        paid = {id_: int(n) for id_, n in connection.execute(money.where(p.invoice_id.in_(some)))}
        for id_, gross in connection.execute(select(i.id, i.gross_total).where(i.id.in_(some))):
            found[id_] = (gross + credited.get(id_, 0), paid.get(id_, 0))
    return found


def balances(connection: Connection, states: pd.DataFrame) -> pd.DataFrame:
    """Return `payment` (its status), `paid` and `open` (in major units) of invoices, beside their states.

    Null for what is not final, and for credit notes: they lower what is open of their invoice.
    """
    owed = ((states["status"] == "FINAL") & states["preceding_number"].isna()).to_numpy(dtype=bool)
    found = open_units(connection, states.loc[owed, "id"].tolist())
    ids = states["id"].tolist()
    words = [payment_status(*found[id_]) if id_ in found else None for id_ in ids]
    digits = states["digits"].reset_index(drop=True)

    def amounts(units: list[int | None]) -> pd.Series:
        return from_minor(pd.Series(units, dtype="Int64"), digits).set_axis(states.index)

    return pd.DataFrame(
        {
            "payment": pd.Series(words, dtype=TEXT, index=states.index),
            "paid": amounts([found[id_][1] if id_ in found else None for id_ in ids]),
            "open": amounts([found[id_][0] - found[id_][1] if id_ in found else None for id_ in ids]),
        }
    )


def unpaid(connection: Connection, batches: Sequence[str]) -> dict[str, int]:
    """Return by batch how many final invoices still have something open; batches without any are left out."""
    i, p = tables.invoice, tables.payment
    note = tables.invoice.alias()
    credited = (
        select(note.c.credits_id, func.sum(note.c.gross_total).label("units"))
        .where(note.c.status == "FINAL", note.c.credits_id.is_not(None))
        .group_by(note.c.credits_id)
        .subquery()
    )
    paid = select(p.c.invoice_id, func.sum(p.c.amount).label("units")).group_by(p.c.invoice_id).subquery()
    due = i.c.gross_total + func.coalesce(credited.c.units, 0)
    query = (
        select(i.c.batch, func.count())
        .select_from(i.outerjoin(credited, credited.c.credits_id == i.c.id).outerjoin(paid, paid.c.invoice_id == i.c.id))
        .where(i.c.status == "FINAL", i.c.preceding_number.is_(None), due > func.coalesce(paid.c.units, 0))
        .where(i.c.batch.in_(list(batches)))
        .group_by(i.c.batch)
    )
    return dict(tuple(row) for row in connection.execute(query))


def payments_of(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the payments of invoices in the order of entry: invoice_id, paid_on, amount (minor units), reference, file."""
    p = tables.payment.c
    names = ("invoice_id", "paid_on", "amount", "reference", "file", "entered_by", "entered_at")
    query = select(*(p[n] for n in names)).order_by(p.id)
    return [dict(r._mapping) for some in chunks(ids) for r in connection.execute(query.where(p.invoice_id.in_(some)))]
