"""What a review asks of the book: what customers came to by month, and decisions that take effect at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, String, case, exists, func, literal, select, union_all

from ..lifecycle import allowed, refusals
from ..lifecycle.changes import MONTH_COLUMNS, Months, no_months
from ..problems import Problem
from . import tables
from .cells import frame
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import states
from .moving import Step, take

COMMENT = "comment"
"""The entry of a comment on an invoice that stays where it is."""
_MONTH = len("2026-11")
_DECIDED = ("approve", "decline", "hold", COMMENT)


@dataclass(frozen=True)
class Decided:
    """What decisions did: how many took effect by move, how many had before, and new comments on those.

    `problems` are E501, E503, and E541 for drafts that changed after they were looked at.
    """

    moved: Mapping[str, int]
    already: int
    comments: int
    problems: list[Problem] = field(default_factory=list)


def months(connection: Connection, batch: str) -> Months:
    """Return what customers came to in the month in which a batch was uploaded, and before it.

    Counted are invoices that are not archived, of uploads up to and including this one, by the month (in UTC) of the
    upload; before it only the latest month of each customer. Of a batch of credit notes there is nothing to compare.
    """
    i, b = tables.invoice.c, tables.batch.c
    last = connection.scalar(select(func.max(i.id)).where(i.batch == batch))
    about = connection.execute(select(b.kind, b.uploaded_at).where(b.batch == batch)).one_or_none()
    if last is None or about is None or about.kind != "upload":
        return no_months()
    this = about.uploaded_at[:_MONTH]
    # The sum keeps databases from walking along all ids, where a batch is found by its own index.
    live = (i.status != "ARCHIVED", i.id + 0 <= last)
    month = func.substr(b.uploaded_at, 1, _MONTH)
    drafted = exists().where(i.batch == b.batch, *live)
    previous = connection.scalar(select(func.max(month)).where(b.kind == "upload", month < this, drafted)) or ""
    of = {m: i.batch.in_(select(b.batch).where(b.kind == "upload", month == m)) for m in (this, previous)}
    now, before = (select(i.customer).where(of[m], *live) for m in (this, previous))
    earlier = select(b.batch, month.label("month")).where(b.kind == "upload", month < previous).subquery()
    long_ago = _totals(earlier.c.month).join_from(tables.invoice, earlier, i.batch == earlier.c.batch)
    long_ago = long_ago.where(i.customer.in_(now), i.customer.not_in(before), *live).group_by(earlier.c.month)
    recent = [_totals(literal(m, String)).where(of[m], *live) for m in of]
    every = union_all(*recent, long_ago).subquery()
    newest = func.max(case((every.c.month < this, every.c.month))).over(partition_by=every.c.customer)
    dated = select(every, newest.label("newest")).subquery()
    wanted = (dated.c.month == this) | (dated.c.month == dated.c.newest)
    query = select(*(dated.c[name] for name in MONTH_COLUMNS)).where(wanted)
    return Months(this, frame([tuple(row) for row in connection.execute(query)], MONTH_COLUMNS))


def _totals(month: ColumnElement[Any]) -> Select[Any]:
    """Return `MONTH_COLUMNS` of invoices by customer and currency."""
    i = tables.invoice.c
    sums = {
        "customer": i.customer, "currency": i.currency, "buyer_name": func.max(i.buyer_name), "digits": func.max(i.digits),
        "gross_total": func.sum(i.gross_total), "invoices": func.count(), "month": month,
    }  # fmt: skip
    return select(*(sums[name].label(name) for name in MONTH_COLUMNS)).group_by(i.customer, i.currency)


def decide(
    connection: Connection, decisions: pd.DataFrame, occasion: Occasion, told: Mapping[str, Any], *, same_person_may: bool
) -> Decided:
    """Make the move of each decision (`id`, `content_hash`, `action`, `reason`) about a draft that is still that one.

    A decision that had taken effect before changes nothing, but a comment that is new is kept. `told` goes into every
    entry. All of it is seen and done inside the caller's write transaction.
    """
    rows = states(connection, lists={"id": decisions["id"].tolist()})
    rows = rows.merge(decisions.rename(columns={"content_hash": "looked_at"}), on="id", validate="one_to_one")
    changed = rows["content_hash"] != rows["looked_at"]
    problems = [Problem("E541", invoice_ref=ref) for ref in rows.loc[changed, "invoice_ref"]]
    moved, already = dict[str, int](), [rows.iloc[:0]]
    for action, part in rows[~changed].groupby("action"):
        legal = allowed(part, str(action))
        refused = refusals(part[~legal], str(action))
        done = np.array([p.code == "N501" for p in refused], dtype=bool)
        already.append(part[~legal][done])
        problems += [p for p in refused if p.code != "N501"]
        steps = [Step(str(action), some["id"].tolist(), str(why), told) for why, some in part[legal].groupby("reason")]
        made = take(connection, steps, occasion, same_person_may=same_person_may)
        moved[str(action)] = made.count
        problems += made.problems
    so = pd.concat(already)
    new = _new_comments(connection, so[so["reason"] != ""])
    append(connection, occasion, _comments(new, told))
    return Decided(moved, len(so), len(new), problems)


def _new_comments(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose comment nobody has made about their invoice before."""
    e = tables.entry.c
    query = select(e.invoice_id, e.body).where(e.action.in_(_DECIDED))
    known = {
        (row.invoice_id, json.loads(row.body).get("reason"))
        for some in chunks(rows["id"].tolist())
        for row in connection.execute(query.where(e.invoice_id.in_(some)))
    }
    return rows[np.array([key not in known for key in zip(rows["id"], rows["reason"], strict=True)], dtype=bool)]


def _comments(rows: pd.DataFrame, told: Mapping[str, Any]) -> Iterator[Entry]:
    columns = ("batch", "id", "invoice_ref", "content_hash", "action", "reason")
    for batch, id_, ref, content_hash, action, reason in zip(*(rows[c].tolist() for c in columns), strict=True):
        body = {"content_hash": content_hash, "decision": action, "reason": reason, **told}
        yield Entry(COMMENT, batch, id_, ref, None, body)
