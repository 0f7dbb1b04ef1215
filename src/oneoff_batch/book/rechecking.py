"""The last look before a number is drawn: what is stored is what was drafted, and what was approved is what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from operator import itemgetter

import pandas as pd
from sqlalchemy import Connection, select

from ..drafting.hashing import content_hash
from ..lifecycle import APPROVED
from ..problems import Problem
from . import tables
from .engine import chunks
from .loading import load

_PIECE = 5_000


def content_faults(connection: Connection, queue: pd.DataFrame) -> list[Problem]:
    """Return E511 where the stored content has another hash than the invoice says, E512 where another hash was approved.

    `queue` holds the states of the invoices. Must run inside the transaction that posts them.
    """
    problems: list[Problem] = []
    for start in range(0, len(queue), _PIECE):
        some = queue.iloc[start : start + _PIECE]
        hashes = content_hash(load(connection, some["id"].tolist())).tolist()
        known = zip(some["invoice_ref"], some["content_hash"], hashes, strict=True)
        problems += [Problem("E511", invoice_ref=ref) for ref, stored, made in known if stored != made]
    return problems + list(_other_approvals(connection, queue[queue["approval"] == APPROVED]))


def _other_approvals(connection: Connection, approved: pd.DataFrame) -> Iterator[Problem]:
    seen = _approved(connection, approved["id"].tolist())
    for id_, ref, known in zip(approved["id"], approved["invoice_ref"], approved["content_hash"], strict=True):
        user, approved_hash = seen.get(id_, ("nobody", ""))
        if approved_hash != known:
            yield Problem("E512", invoice_ref=ref, details={"user": user})


def _approved(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return by id who approved it last, and the hash of what was approved."""
    e = tables.entry.c
    # Sorted here: asked for the order of the chain, a database walks along all of it.
    query = select(e.seq, e.invoice_id, e.user, e.body).where(e.action == "approve")
    rows = [row for some in chunks(ids) for row in connection.execute(query.where(e.invoice_id.in_(some)))]
    rows.sort(key=itemgetter(0))
    return {row.invoice_id: (row.user, json.loads(row.body).get("content_hash", "")) for row in rows}
