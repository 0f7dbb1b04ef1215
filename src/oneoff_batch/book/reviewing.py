"""What a review asks of the book: what customers came to in their last batch, and decisions that take effect at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from ..lifecycle import allowed, refusals
from ..lifecycle.changes import LAST_COLUMNS, no_last
from ..problems import Problem
from . import tables
from .cells import frame
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import states
from .moving import Step, take

COMMENT = "comment"
"""The entry of a comment on an invoice that stays where it is."""
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


def last_batches(connection: Connection, batch: str) -> pd.DataFrame:
    """Return what each customer of a batch came to in its last batch, and the customers that are gone.

    The last batch is the latest earlier upload in which the customer has an invoice that is not archived; gone is who
    was in the latest earlier upload and is not in this batch. Columns: `LAST_COLUMNS`; a batch of credit notes has none.
    """
    i, b = tables.invoice.c, tables.batch.c
    first = connection.scalar(select(func.min(i.id)).where(i.batch == batch))
    kind = connection.scalar(select(b.kind).where(b.batch == batch))
    if first is None or kind != "upload":
        return no_last()
    before, this = tables.invoice.alias("before"), tables.invoice.alias("this")
    uploads = before.join(tables.batch, before.c.batch == b.batch)
    earlier = (before.c.id < first, before.c.status != "ARCHIVED", b.kind == "upload")
    mine = select(this.c.customer).where(this.c.batch == batch, this.c.status != "ARCHIVED")
    newest = select(func.max(before.c.id)).select_from(uploads).where(*earlier, before.c.customer.in_(mine))
    last = select(i.customer, i.batch).where(i.id.in_(newest.group_by(before.c.customer))).subquery()
    previous = connection.scalar(select(before.c.batch).select_from(uploads).where(*earlier).order_by(before.c.id.desc()))
    own = _totals().join(last, (last.c.customer == i.customer) & (last.c.batch == i.batch))
    gone = _totals().where(i.batch == previous, i.customer.not_in(mine))
    return frame([tuple(row) for query in (own, gone) for row in connection.execute(query)], LAST_COLUMNS)


def _totals() -> Any:
    i = tables.invoice.c
    sums = (func.max(i.buyer_name), func.max(i.digits), func.sum(i.gross_total), func.count())
    query = select(i.customer, i.currency, *sums, i.batch).select_from(tables.invoice)
    return query.where(i.status != "ARCHIVED").group_by(i.customer, i.currency, i.batch)


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
