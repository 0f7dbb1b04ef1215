"""Moves that draw no number: approval, holds, open, draft and archive, each with its entry in the audit chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, update

from ..problems import Problem
from . import tables
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import states

_DONE = {
    "approve": "approved", "decline": "declined", "open": "opened", "draft": "moved back to draft",
    "hold": "put on hold", "release": "released", "archive": "archived", "finalize": "made final",
}  # fmt: skip
_LEFT = {"FINAL": "correcting it with a credit note", "ARCHIVED": "nothing; it ended there"}


@dataclass(frozen=True, slots=True)
class Move:
    """What an action changes: `values` by column of the invoice, `told` besides them in the entry."""

    action: str
    values: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)


def closed(rows: pd.DataFrame, action: str) -> list[Problem]:
    """Return E501 for each invoice that is FINAL or ARCHIVED: no move leads on from there (domain §3)."""
    ended = rows[rows["status"].isin(list(_LEFT))]
    return [
        Problem(
            "E501",
            invoice_ref=ref,
            details={"status": status.lower(), "move": _DONE.get(action, action), "legal": _LEFT[status]},
        )
        for ref, status in zip(ended["invoice_ref"], ended["status"], strict=True)
    ]


def move(connection: Connection, rows: pd.DataFrame, step: Move, occasion: Occasion) -> None:
    """Change these invoices (states that may be changed) and write one entry for each."""
    i = tables.invoice.c
    for some in chunks(rows["id"].tolist()):
        connection.execute(update(tables.invoice).where(i.id.in_(some)).values(**step.values))
    append(connection, occasion, _entries(rows, step))


def _entries(rows: pd.DataFrame, step: Move) -> Iterator[Entry]:
    columns = ("batch", "id", "invoice_ref", "content_hash")
    for batch, id_, ref, content_hash in zip(*(rows[c].tolist() for c in columns), strict=True):
        told = {"content_hash": content_hash, **step.told}
        yield Entry(step.action, batch, id_, ref, None, told)


def change(connection: Connection, ids: Iterable[int], step: Move, occasion: Occasion) -> list[Problem]:
    """Move each invoice that is DRAFT or OPEN; return E501 for those that are not, which stay as they are."""
    rows = states(connection, lists={"id": ids})
    refused = closed(rows, step.action)
    move(connection, rows[rows["status"].isin(["DRAFT", "OPEN"])], step, occasion)
    return refused


def approve(
    connection: Connection, ids: Iterable[int], occasion: Occasion, *, same_person_may: bool, by_all: bool
) -> list[Problem]:
    """Approve each invoice that may be; return the problems of the others, which stay as they are.

    Who uploaded an invoice does not approve it unless the settings allow (E503). One that is approved already
    keeps its first approval.
    """
    rows = states(connection, lists={"id": ids})
    refused = closed(rows, "approve")
    rows = rows[rows["status"].isin(["DRAFT", "OPEN"]) & (rows["approval"] != "APPROVED")]
    own = (rows["uploaded_by"] == occasion.user) & (not same_person_may)
    refused += [Problem("E503", invoice_ref=r, details={"user": occasion.user}) for r in rows[own]["invoice_ref"]]
    values = {"approval": "APPROVED", "approved_by": occasion.user, "approved_at": occasion.stamp}
    step = Move("approve", {**values, "approval_reason": None}, {"by_all": by_all})
    move(connection, rows[~own], step, occasion)
    return refused
