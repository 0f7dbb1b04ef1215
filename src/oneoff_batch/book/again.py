"""What the book has of an upload's invoices already: their kept rows, what stands beside them, and what looks like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, and_, column, select, values

from ..lifecycle import LIVE
from . import tables
from .cells import frame, joined, stored
from .engine import chunks

NEAR_COLUMNS = (
    "invoice_ref", "batch", "uploaded_at", "status", "number", "customer", "currency", "digits", "gross_total",
    "po_number", "period_start", "period_end", "planned_date",
)  # fmt: skip
_PAIRS = 5_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What a batch was drafted from: its kind (upload or credit), its file's name, and the rows where they were kept."""

    kind: str
    file: str
    rows: bytes | None


def kept_rows(connection: Connection, batch: str) -> Kept:
    """Return what a batch was drafted from; there are no rows of a batch of the first schema, or of credit notes."""
    b = tables.batch.c
    return Kept(*connection.execute(select(b.kind, b.file, b.rows).where(b.batch == batch)).one())


def live_in(connection: Connection, batches: Sequence[str]) -> pd.DataFrame:
    """Return `invoice_ref` and `batch` of what can still change in these batches of uploads, in the order of the sheet."""
    i, b = tables.invoice.c, tables.batch.c
    query = select(i.invoice_ref, i.batch).join_from(tables.invoice, tables.batch, i.batch == b.batch)
    query = query.where(i.status.in_(LIVE), b.kind == "upload").order_by(i.id)
    rows = [row for some in chunks(batches) for row in connection.execute(query.where(i.batch.in_(some)))]
    return frame(rows, ("invoice_ref", "batch"))


def alike(connection: Connection, invoices: pd.DataFrame) -> pd.DataFrame:
    """Return `NEAR_COLUMNS` of the invoices in the book with customer, total and currency of one of these, oldest first.

    Archived ones and credit notes are left out.
    """
    i, b = tables.invoice.c, tables.batch.c
    wanted = zip(invoices["customer"].tolist(), stored(invoices, ["gross_total"], invoices["digits"])[0], strict=True)
    named = {**dict(b.items()), **dict(i.items())}
    query = (
        select(*(named[name] for name in NEAR_COLUMNS))
        .join_from(tables.invoice, tables.batch, i.batch == b.batch)
        .where(i.status != "ARCHIVED", i.preceding_number.is_(None))
        .order_by(i.id)
    )
    names = (column("customer", i.customer.type), column("gross_total", i.gross_total.type))
    pieces = (values(*names, name="wanted").data(some).cte() for some in chunks(dict.fromkeys(wanted), _PAIRS))
    # A table of pairs to begin with: in a list of pairs SQLite looks for each invoice of the book instead.
    queries = [query.join(p, and_(i.customer == p.c.customer, i.gross_total == p.c.gross_total)) for p in pieces]
    return joined([frame(connection.execute(q), NEAR_COLUMNS) for q in queries], NEAR_COLUMNS)
