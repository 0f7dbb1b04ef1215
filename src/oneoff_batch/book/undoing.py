"""Undo: a whole batch is archived in one transaction, or nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from ..lifecycle import FINAL, LIVE
from ..problems import Problem
from . import tables
from .cells import frame
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import states
from .moving import Step, take
from .storing import REPLACED

REPLACED_COLUMNS = ("invoice_ref", "batch", "file")


@dataclass(frozen=True, slots=True)
class Undone:
    """The refs that an undo archived, or why it archived nothing (E530), and what it leaves archived.

    `states` are those of what it archived, as they were before; `replaced` has `REPLACED_COLUMNS` of the earlier drafts in
    whose place the batch had come.
    """

    states: pd.DataFrame
    refs: list[str]
    problems: list[Problem]
    replaced: pd.DataFrame


def undo(connection: Connection, batch: str, occasion: Occasion) -> Undone:
    """Archive what is not archived of a batch, unless something of it is final: then nothing changes (domain §7)."""
    rows = states(connection, batch=batch, lists={})
    final = rows[rows["status"] == FINAL]
    if len(final):
        pairs = zip(final["invoice_ref"], final["number"], strict=True)
        refused = [Problem("E530", invoice_ref=ref, details={"number": n, "batch": batch}) for ref, n in pairs]
        return Undone(rows[:0], [], refused, frame([], REPLACED_COLUMNS))
    live = rows[rows["status"].isin(LIVE)]
    refs: list[str] = live["invoice_ref"].tolist()
    step = Step("archive", live["id"].tolist(), told={"undone": batch})
    problems = take(connection, [step], occasion, same_person_may=True).problems
    if refs:
        append(connection, occasion, [Entry("undo", batch, None, None, None, {"invoices": len(refs)})])
    return Undone(live, refs, problems, _replaced(connection, batch, refs))


def _replaced(connection: Connection, batch: str, refs: Iterable[str]) -> pd.DataFrame:
    """Return the earlier drafts of these refs that gave way to the batch."""
    i, b, e = tables.invoice.c, tables.batch.c, tables.entry.c
    query = (
        select(i.invoice_ref, i.batch, b.file, e.body)
        .join_from(tables.invoice, tables.batch, i.batch == b.batch)
        .join(tables.entry, (e.invoice_id == i.id) & (e.action == "archive"))
        .where(i.status == "ARCHIVED", i.batch != batch)
        .order_by(i.id)
    )
    rows: list[Any] = [r for some in chunks(refs) for r in connection.execute(query.where(i.invoice_ref.in_(some)))]
    reason = REPLACED.format(batch=batch)
    return frame([r[:3] for r in rows if json.loads(r.body).get("reason") == reason], REPLACED_COLUMNS)
