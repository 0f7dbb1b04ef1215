"""Moves that draw no number: approval, holds, open, draft and archive, each with its entry in the audit chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select, update

from ..lifecycle import APPROVED, DECLINED, MOVES, Move, allowed, person, refusals
from ..problems import Problem
from . import tables
from .chain import Entry, Occasion, append
from .engine import chunks
from .loading import states


@dataclass(frozen=True, slots=True)
class Step:
    """A move to be made of some invoices (their ids); `told` is written into its entries besides the reason."""

    action: str
    ids: Sequence[int]
    reason: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many invoices were moved, and why others were not: E501, E503, and N501 where one is there already."""

    count: int
    problems: list[Problem]


def take(connection: Connection, steps: Iterable[Step], occasion: Occasion, *, same_person_may: bool) -> Moved:
    """Make each move of the invoices of which it is legal; the others stay as they are.

    Whether it is legal is seen inside the caller's write transaction, so two runs cannot both make a move.
    """
    count, problems = 0, list[Problem]()
    for step in steps:
        rows = states(connection, lists={"id": step.ids})
        legal = allowed(rows, step.action)
        problems += refusals(rows[~legal], step.action)
        rows = rows[legal]
        if MOVES[step.action].decides and not same_person_may:
            own = made_by(connection, rows, occasion.user)
            problems += not_by_oneself(rows[own], occasion.user)
            rows = rows[~own]
        _write(connection, rows, step, occasion)
        count += len(rows)
    return Moved(count, problems)


def made_by(connection: Connection, rows: pd.DataFrame, user: str) -> pd.Series:
    """Return which invoices somebody uploaded or refreshed, however the name was typed: their content is that person's."""
    e = tables.entry.c
    query = select(e.invoice_id, e.user).where(e.action == "refresh").distinct()
    found = (row for some in chunks(rows["id"].tolist()) for row in connection.execute(query.where(e.invoice_id.in_(some))))
    refreshed = [row.invoice_id for row in found if person(row.user) == person(user)]
    return (rows["uploaded_by"].map(person) == person(user)) | rows["id"].isin(refreshed)


def not_by_oneself(rows: pd.DataFrame, user: str) -> list[Problem]:
    """Return E503 for each of these invoices."""
    return [Problem("E503", invoice_ref=ref, details={"user": user}) for ref in rows["invoice_ref"]]


def _write(connection: Connection, rows: pd.DataFrame, step: Step, occasion: Occasion) -> None:
    i, values = tables.invoice.c, _values(MOVES[step.action], step.reason, occasion)
    for some in chunks(rows["id"].tolist()):
        connection.execute(update(tables.invoice).where(i.id.in_(some)).values(**values))
    append(connection, occasion, _entries(rows, step))


def _values(move: Move, reason: str, occasion: Occasion) -> dict[str, Any]:
    """Return what a move changes of the invoice. A release starts the grace period, so its moment is kept."""
    values: dict[str, Any] = {}
    if move.to_status is not None:
        values["status"] = move.to_status
    if move.to_hold is not None:
        values |= {"on_hold": move.to_hold, "released_at": None if move.to_hold else occasion.stamp}
    if move.to_approval is not None:
        decided = move.to_approval in (APPROVED, DECLINED)
        values |= {
            "approval": move.to_approval,
            "approved_by": occasion.user if decided else None,
            "approved_at": occasion.stamp if decided else None,
            "approval_reason": reason or None,
        }
    return values


def _entries(rows: pd.DataFrame, step: Step) -> Iterator[Entry]:
    columns = ("batch", "id", "invoice_ref", "number", "content_hash")
    told = dict(step.told) | ({"reason": step.reason} if step.reason else {})
    for batch, id_, ref, number, content_hash in zip(*(rows[c].tolist() for c in columns), strict=True):
        known = number if isinstance(number, str) else None
        yield Entry(step.action, batch, id_, ref, known, {"content_hash": content_hash, **told})
