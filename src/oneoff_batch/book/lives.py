"""What the audit chain tells of single invoices, and which documents are still to be written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from . import tables
from .cells import frame
from .chain import COLUMNS, Entry, Occasion, append
from .engine import chunks


def entries_of(connection: Connection, ids: Iterable[int]) -> pd.DataFrame:
    """Return the entries of these invoices, oldest first, with `chain.COLUMNS`."""
    e = tables.entry.c
    query = select(*(e[name] for name in COLUMNS))
    rows = [r for some in chunks(ids) for r in connection.execute(query.where(e.invoice_id.in_(some)))]
    return frame(rows, COLUMNS).sort_values("seq", ignore_index=True)


def names(connection: Connection, column: str) -> list[str]:
    """Return every value of a column of the invoices: batch, invoice_ref, number or customer."""
    own = tables.invoice.c[column]
    return list(connection.scalars(select(own).where(own.is_not(None)).distinct()))


def undocumented(connection: Connection) -> dict[str, int]:
    """Return the batches of which a tick made invoices final after their documents were written, with its entry's number."""
    e = tables.entry.c
    query = select(e.seq, e.batch, e.action, e.body).where(e.invoice_id.is_(None), e.action.in_(("tick", "documents")))
    ticked, written = dict[str, int](), dict[str, int]()
    for row in connection.execute(query.order_by(e.seq)):
        if row.action == "tick":
            ticked[row.batch] = row.seq
        else:
            written[row.batch] = max(json.loads(row.body)["through"], written.get(row.batch, 0))
    return {batch: seq for batch, seq in ticked.items() if seq > written.get(batch, 0)}


def copied(connection: Connection, state: Mapping[Any, Any], ref: str, file: str, occasion: Occasion) -> None:
    """Write into the chain that a copy of a final invoice was taken, to bill it anew under another ref."""
    told = {"copy": ref, "file": file}
    append(
        connection, occasion, [Entry("copy", state["batch"], int(state["id"]), state["invoice_ref"], state["number"], told)]
    )


def documented(connection: Connection, through: Mapping[str, int], occasion: Occasion) -> None:
    """Write into the chain up to which entry the documents of each batch were written."""
    entries = (Entry("documents", batch, None, None, None, {"through": seq}) for batch, seq in through.items())
    append(connection, occasion, entries)
