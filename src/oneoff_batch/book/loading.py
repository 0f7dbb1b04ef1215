"""The book into frames: what stands where, and the drafts exactly as they were stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, case, func, select

from ..drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from ..lifecycle import LIVE
from . import tables
from .cells import frame, joined
from .engine import chunks

STATE_COLUMNS = (
    "id", "batch", "position", "invoice_ref", "status", "on_hold", "released_at", "approval", "approved_by",
    "approved_at", "approval_reason", "number", "series", "period", "counter", "invoice_date", "date_rule",
    "planned_date", "exchange_date", "tax_currency",
    "due_date", "due_is_explicit", "payment_terms", "rate_from", "rate_to", "final_at", "final_by",
    "content_hash", "currency", "digits", "net_total", "tax_total", "gross_total", "customer", "buyer_name",
    "billing_entity", "po_number", "line_count", "uploaded_by", "uploaded_at", "file", "credits_id", "preceding_number",
    "preceding_date",
)  # fmt: skip
"""One row per invoice: moments are ISO 8601 text in UTC, `number` and what belongs to it null until final."""

KNOWN = ("id", "invoice_ref", "batch", "status", "number", "approval", "content_hash")
_PIECE = 2_000
_BATCH_COUNTS = ("draft", "open", "final", "archived")


def _states() -> Select[Any]:
    i, b = tables.invoice, tables.batch
    named = {**dict(b.c.items()), **dict(i.c.items())}
    return select(*(named[name] for name in STATE_COLUMNS)).select_from(i.join(b, i.c.batch == b.c.batch))


def states(
    connection: Connection,
    *,
    batch: str | None = None,
    status: Iterable[str] | None = None,
    lists: dict[str, Iterable[Any]],
) -> pd.DataFrame:
    """Return the states of the invoices that meet every condition; `lists` holds allowed values by column."""
    query, i = _states(), tables.invoice.c
    if batch is not None:
        query = query.where(i.batch == batch)
    if status is not None:
        wanted = list(status)
        query = query.where(
            i.status.in_(wanted), *([tables.only(tables.LIVE, tables.invoice)] if {*wanted} <= {*LIVE} else [])
        )
    queries = [query]
    for name, values in lists.items():
        queries = [q.where(i[name].in_(some)) for q in queries for some in chunks(dict.fromkeys(values))]
    frames = [frame(rows, STATE_COLUMNS) for q in queries for rows in connection.execute(q).partitions(_PIECE)]
    found = joined(frames, STATE_COLUMNS)
    # The number of a batch in its day is not in alphabetical order; ids are given in the order of uploads.
    return found.sort_values("id", ignore_index=True)


def known(connection: Connection, refs: Sequence[str]) -> pd.DataFrame:
    """Return `KNOWN` of what is in the book under these refs and not archived, by id."""
    i = tables.invoice.c
    live = select(*(i[n] for n in KNOWN)).where(i.status != "ARCHIVED").order_by(i.id)
    rows = [r for some in chunks(refs) for r in connection.execute(live.where(i.invoice_ref.in_(some)))]
    return frame(rows, KNOWN)


def batches(connection: Connection) -> pd.DataFrame:
    """Return one row per batch, oldest first, with the number of its invoices by status and approval."""
    b, i = tables.batch.c, tables.invoice.c
    counts = [func.sum(case((i.status == s.upper(), 1), else_=0)).label(s) for s in _BATCH_COUNTS]
    approved = func.sum(case((i.approval == "APPROVED", 1), else_=0)).label("approved")
    named = (b.batch, b.file, b.sha256, b.uploaded_by, b.uploaded_at, b.invoices, b.left_out)
    waits = (i.approval == "APPROVED") & i.status.in_(["DRAFT", "OPEN"])
    ready = func.sum(case((waits, 1), else_=0)).label("ready")
    numbers = (func.min(i.number).label("first_number"), func.max(i.number).label("last_number"))
    query = (
        select(*named, *counts, approved, ready, *numbers, func.min(i.id))
        .join_from(tables.batch, tables.invoice)
        .group_by(b.batch)
        .order_by(func.min(i.id))
    )
    names = (*(c.name for c in named), *_BATCH_COUNTS, "approved", "ready", "first_number", "last_number")
    return frame((tuple(row)[:-1] for row in connection.execute(query)), names)


def ledger(connection: Connection, series: str | None, year: int | None, limit: int | None) -> pd.DataFrame:
    """Return the states of final invoices by series, period and counter; `limit` keeps the last ones."""
    i = tables.invoice.c
    query = _states().where(tables.only(tables.FINAL, tables.invoice))
    if series is not None:
        query = query.where(i.series == series)
    if year is not None:
        query = query.where(i.invoice_date.between(f"{year:04d}-01-01", f"{year:04d}-12-31"))
    by = (i.series, i.period, i.counter)
    query = query.order_by(*(column.desc() for column in by)).limit(limit) if limit else query.order_by(*by)
    frames = [frame(rows, STATE_COLUMNS) for rows in connection.execute(query).partitions(_PIECE)]
    found = joined(frames, STATE_COLUMNS)
    return found.iloc[::-1].reset_index(drop=True) if limit else found


def has_more_final_than(connection: Connection, count: int) -> bool:
    """Whether more invoices than this are final; no more of them are counted."""
    i = tables.invoice
    some = select(i.c.id).where(tables.only(tables.FINAL, i)).limit(count + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) > count


def load(connection: Connection, ids: Sequence[int]) -> Drafts:
    """Return the drafts of these invoices, in this order, exactly as they were stored."""
    header = _read(connection, header_query, ("id", *INVOICE_COLUMNS), ids)
    lines = _read(connection, line_query, LINE_NAMES, ids)
    taxes = _read(connection, tax_query, TAX_NAMES, ids)
    places = pd.Series(np.arange(len(ids)), index=pd.Index(list(ids), dtype="int64"))
    header = header.assign(place=header["id"].map(places)).sort_values("place", ignore_index=True)
    return Drafts(header[list(INVOICE_COLUMNS)], _owned(lines, places, LINE_COLUMNS), _owned(taxes, places, TAX_COLUMNS))


LINE_NAMES = ("invoice_id", "digits", *LINE_COLUMNS[1:])
TAX_NAMES = ("invoice_id", "digits", *TAX_COLUMNS[1:])


def _read(
    connection: Connection,
    query: Callable[[Sequence[int]], Select[Any]],
    names: Sequence[str],
    ids: Sequence[int],
) -> pd.DataFrame:
    """Run a query for some ids at a time, so that few rows are Python values at once."""
    pieces = (
        rows for some in chunks(sorted(ids), _PIECE) for rows in connection.execute(query(some)).partitions(5 * _PIECE)
    )
    return joined([frame(rows, names) for rows in pieces], names)


def header_query(ids: Sequence[int]) -> Select[Any]:
    """Select `id` and the drafts' columns of invoices, by id."""
    i = tables.invoice.c
    return select(i.id, *(i[n] for n in INVOICE_COLUMNS)).where(i.id.in_(ids)).order_by(i.id)


def line_query(ids: Sequence[int]) -> Select[Any]:
    """Select `LINE_NAMES` of the lines of invoices, by invoice and line."""
    return _rows(tables.line, LINE_NAMES, ids, "line")


def tax_query(ids: Sequence[int]) -> Select[Any]:
    """Select `TAX_NAMES` of the taxes of invoices, by invoice, in their order."""
    return _rows(tables.tax, TAX_NAMES, ids, "position")


def _rows(table: Any, names: Sequence[str], ids: Sequence[int], order: str) -> Select[Any]:
    i = tables.invoice
    own = {"digits": i.c.digits, "invoice_ref": i.c.invoice_ref}
    return (
        select(*(own[n] if n in own else table.c[n] for n in names))
        .join_from(table, i, table.c.invoice_id == i.c.id)
        .where(table.c.invoice_id.in_(ids))
        .order_by(table.c.invoice_id, table.c[order])
    )


def _owned(rows: pd.DataFrame, places: pd.Series, names: Sequence[str]) -> pd.DataFrame:
    found = rows.assign(invoice=rows["invoice_id"].map(places).astype("int64"))[list(names)]
    if found["invoice"].is_monotonic_increasing:
        return found
    return found.sort_values("invoice", kind="stable", ignore_index=True)
