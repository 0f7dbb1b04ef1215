"""A slice of the book in pieces: one consistent view, read in order, in memory that does not grow with the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, false, func, select

from ..drafting.drafts import Drafts
from . import tables
from .cells import frame
from .loading import STATE_COLUMNS, load, states
from .paying import balances

PAYMENT_COLUMNS = (
    "number", "invoice_ref", "customer", "buyer_name", "billing_entity", "series", "currency", "digits", "paid_on",
    "amount", "reference", "entered_by", "entered_at", "file",
)  # fmt: skip
"""One row per payment of a final invoice; `amount` is in major units, negative where money went back."""
_PIECE = 2_000

Key = tuple[str, str, str, str]
"""What is added up, by which it is told apart: table, currency, billing entity, series."""


@dataclass(frozen=True)
class Which:
    """Which invoices: their statuses, first and last invoice date, billing entities, currencies, series; empty means all.

    A draft without an invoice date counts with the day that it is planned for. Payments count with the day they were paid.
    """

    statuses: tuple[str, ...] = ("FINAL",)
    first: date | None = None
    last: date | None = None
    entities: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    series: str | None = None

    @property
    def final_only(self) -> bool:
        """Whether nothing that could still change is asked for."""
        return self.statuses == ("FINAL",)


@dataclass(frozen=True)
class Piece:
    """Some invoices: their drafts, and their states with payment, paid and open beside them, by position."""

    drafts: Drafts
    states: pd.DataFrame


@dataclass(frozen=True)
class Figures:
    """How many rows of a table there are, and what each of its amounts adds up to, in major units."""

    rows: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)


class Slice:
    """What the book holds of these invoices. Everything is read in one transaction: it cannot change in between."""

    def __init__(self, connection: Connection, which: Which) -> None:
        self.which = which
        self._connection = connection

    def pieces(self) -> Iterator[Piece]:
        """Return the invoices in the order of their numbers, some at a time; drafts follow in the order of their upload.

        There is at least one piece, if need be without invoices.
        """
        some = False
        for ids in self._stream(self._ordered()):
            some = True
            yield self._piece([row[0] for row in ids])
        if not some:
            yield self._piece([])

    def _ordered(self) -> Select[Any]:
        i = tables.invoice.c
        query = select(i.id).where(*self._chosen())
        if self.which.final_only:
            return query.where(i.counter.is_not(None)).order_by(i.series, i.period, i.counter)
        return query.order_by(i.counter.is_(None), i.series, i.period, i.counter, i.id)

    def _piece(self, ids: list[int]) -> Piece:
        found = states(self._connection, lists={"id": ids}) if ids else frame([], STATE_COLUMNS)
        found = found.set_index("id").loc[ids].reset_index()
        return Piece(load(self._connection, ids), found.join(balances(self._connection, found)))

    def payments(self) -> Iterator[pd.DataFrame]:
        """Return `PAYMENT_COLUMNS` of the payments in the order of entry, some at a time; at least one frame."""
        i, p = tables.invoice, tables.payment
        named = {**dict(i.c.items()), **dict(p.c.items())}
        query = (
            select(*(named[n] for n in PAYMENT_COLUMNS))
            .join_from(p, i, p.c.invoice_id == i.c.id)
            .where(*self._paid())
            .order_by(p.c.id)
        )
        some = False
        for rows in self._stream(query):
            some = True
            yield frame(rows, PAYMENT_COLUMNS)
        if not some:
            yield frame([], PAYMENT_COLUMNS)

    def totals(self) -> dict[Key, Figures]:
        """Return what the database itself adds up, without reading a single invoice into this program."""
        i, n, t, p = tables.invoice, tables.line, tables.tax, tables.payment
        own = [(n, n.c.invoice_id, "lines", ("net", "tax", "gross")), (t, t.c.invoice_id, "taxes", ("taxable", "tax"))]
        found = self._sums(select().select_from(i).where(*self._chosen()), "invoices", i,
                           ("net_total", "tax_total", "gross_total"))  # fmt: skip
        for table, owner, name, fields in own:
            query = select().join_from(table, i, owner == i.c.id).where(*self._chosen())
            found |= self._sums(query, name, table, fields)
        query = select().join_from(p, i, p.c.invoice_id == i.c.id).where(*self._paid())
        return found | self._sums(query, "payments", p, ("amount",))

    def _sums(self, query: Select[Any], name: str, table: Any, fields: tuple[str, ...]) -> dict[Key, Figures]:
        i = tables.invoice.c
        by = (i.currency, i.digits, i.billing_entity, i.series)
        query = query.add_columns(*by, func.count(), *(func.sum(table.c[f]) for f in fields)).group_by(*by)
        found: dict[Key, Figures] = {}
        for currency, digits, entity, series, rows, *units in self._connection.execute(query):
            sums = {f: Decimal(int(u)).scaleb(-digits) for f, u in zip(fields, units, strict=True)}
            found[name, currency, entity or "", series] = Figures(rows, sums)
        return found

    def custom_names(self) -> tuple[list[str], list[str]]:
        """Return the names of the custom fields that some invoice has, and those that some line has, in order."""
        i, n = tables.invoice, tables.line
        heads = select(i.c.custom).where(*self._chosen()).distinct()
        lines = select(n.c.custom).join_from(n, i, n.c.invoice_id == i.c.id).where(*self._chosen()).distinct()
        return self._names(heads), self._names(lines)

    def _names(self, query: Select[Any]) -> list[str]:
        texts = (text for rows in self._stream(query) for (text,) in rows if text)
        return sorted({name for text in texts for name, value in json.loads(text).items() if value not in (None, "", [])})

    def products(self) -> list[tuple[str, str]]:
        """Return each pair of product item and product that some line bills; "" where it names none."""
        i, n = tables.invoice, tables.line
        query = select(n.c.product_item, n.c.product).join_from(n, i, n.c.invoice_id == i.c.id).where(*self._chosen())
        return sorted({(item or "", product or "") for item, product in self._connection.execute(query.distinct())})

    def taxes(self) -> list[tuple[str, str]]:
        """Return each pair of tax code and name of which some tax is owed; the code is "" where there is none."""
        i, t = tables.invoice, tables.tax
        query = select(t.c.tax_code, t.c.name).join_from(t, i, t.c.invoice_id == i.c.id).where(*self._chosen(), t.c.tax != 0)
        return sorted({(code or "", name or "") for code, name in self._connection.execute(query.distinct())})

    def first_day(self) -> date | None:
        """Return the earliest day of an invoice or a payment."""
        i, p = tables.invoice, tables.payment
        paid = select(func.min(p.c.paid_on)).join_from(p, i, p.c.invoice_id == i.c.id).where(*self._paid())
        days = [self._connection.scalar(q) for q in (select(func.min(i.c.invoice_date)).where(*self._chosen()), paid)]
        return min((date.fromisoformat(d) for d in days if d), default=None)

    def count(self) -> int:
        """Return how many invoices there are."""
        return self._connection.scalar(select(func.count()).select_from(tables.invoice).where(*self._chosen())) or 0

    def _stream(self, query: Select[Any]) -> Iterator[Iterable[Any]]:
        """Run a query whose rows come some at a time, from the database too."""
        result = self._connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": _PIECE})
        return result.partitions(_PIECE)

    def _chosen(self) -> list[ColumnElement[bool]]:
        """Return what an invoice must meet."""
        i = tables.invoice.c
        day = i.invoice_date if self.which.final_only else func.coalesce(i.invoice_date, i.planned_date)
        return [i.status.in_(self.which.statuses), *self._of_whom(), *self._between(day)]

    def _paid(self) -> list[ColumnElement[bool]]:
        """Return what a payment must meet; only what is final was paid."""
        if "FINAL" not in self.which.statuses:
            return [false()]
        return [*self._of_whom(), *self._between(tables.payment.c.paid_on)]

    def _of_whom(self) -> list[ColumnElement[bool]]:
        i = tables.invoice.c
        found: list[ColumnElement[bool]] = []
        for column, wanted in ((i.billing_entity, self.which.entities), (i.currency, self.which.currencies)):
            if wanted:
                found.append(column.in_(wanted))
        if self.which.series is not None:
            found.append(i.series == self.which.series)
        return found

    def _between(self, day: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        first = [day >= self.which.first.isoformat()] if self.which.first else []
        return [*first, *([day <= self.which.last.isoformat()] if self.which.last else [])]
