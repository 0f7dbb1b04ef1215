"""The table of legal moves (domain §3): the checks, the picture in the docs and the tests all derive from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..problems import Problem

DRAFT, OPEN, FINAL, ARCHIVED = "DRAFT", "OPEN", "FINAL", "ARCHIVED"
PENDING, APPROVED, DECLINED = "PENDING_REVIEW", "APPROVED", "DECLINED"
LIVE = (DRAFT, OPEN)
"""The statuses in which an invoice can still change."""
_DECIDED = (PENDING, APPROVED, DECLINED)


@dataclass(frozen=True, slots=True)
class Move:
    """One move: from which statuses, hold flags and approvals it is legal, and where it leads.

    `title` is what is done, as in "it cannot be put on hold". `on_hold` None is either. `to_status`, `to_hold` and
    `to_approval` are None where the move leaves them alone. `reason` says that a reason must be given; `decides` that
    who uploaded an invoice may not make the move, unless the settings allow it. `already` is said of an invoice that
    is where the move leads.
    """

    title: str
    already: str
    statuses: tuple[str, ...] = LIVE
    on_hold: bool | None = None
    approvals: tuple[str, ...] = _DECIDED
    to_status: str | None = None
    to_hold: bool | None = None
    to_approval: str | None = None
    reason: bool = False
    decides: bool = False

    def legal(self, status: str, on_hold: bool, approval: str) -> bool:
        """Whether the move may be made from there."""
        held = self.on_hold is None or self.on_hold == on_hold
        return status in self.statuses and held and approval in self.approvals

    def done(self, status: str, on_hold: bool, approval: str) -> bool:
        """Whether an invoice is already where the move leads."""
        ends = ((self.to_status, status), (self.to_hold, on_hold), (self.to_approval, approval))
        leads = [(to, now) for to, now in ends if to is not None]
        live = self.to_status is not None or status in LIVE
        return bool(leads) and live and all(to == now for to, now in leads)


MOVES: Mapping[str, Move] = {
    "hold": Move("put on hold", "on hold", on_hold=False, to_hold=True),
    "release": Move("released", "off hold", on_hold=True, to_hold=False),
    "open": Move("opened", "open", statuses=(DRAFT,), to_status=OPEN),
    "draft-again": Move("moved back to draft", "a draft", statuses=(OPEN,), to_status=DRAFT),
    "approve": Move("approved", "approved", approvals=(PENDING, DECLINED), to_approval=APPROVED, decides=True),
    "decline": Move("declined", "declined", approvals=(PENDING, APPROVED), to_approval=DECLINED, reason=True, decides=True),
    "refresh": Move("refreshed", "", to_approval=PENDING),
    "archive": Move("archived", "archived", to_status=ARCHIVED),
    "finalize": Move("made final", "final", approvals=(APPROVED,), to_status=FINAL, to_hold=False),
    "tick": Move("made final by itself", "final", (DRAFT,), False, (APPROVED,), to_status=FINAL),
    "pay": Move("marked as paid", "", statuses=(FINAL,)),
    "credit": Move("credited", "", statuses=(FINAL,)),
}
"""Every move by its command. Where `finalize --all` takes what nobody approved, the book records that."""

STATUSES = {DRAFT: "a draft", OPEN: "open", FINAL: "final", ARCHIVED: "archived"}
APPROVALS = {PENDING: "not reviewed yet", APPROVED: "approved", DECLINED: "declined"}
"""How statuses and approvals read in a sentence."""


def in_words(status: str, on_hold: bool, approval: str) -> str:
    """Return where an invoice stands on its axes.

    >>> in_words("DRAFT", True, "PENDING_REVIEW"), in_words("FINAL", False, "APPROVED")
    ('a draft, on hold, not reviewed yet', 'final')
    """
    if status not in LIVE:
        return STATUSES[status]
    return ", ".join([STATUSES[status], *(["on hold"] if on_hold else []), APPROVALS[approval]])


def legal_from(status: str, on_hold: bool, approval: str) -> tuple[str, ...]:
    """Return the moves that may be made from there, as they are typed.

    >>> legal_from("FINAL", False, "APPROVED"), legal_from("ARCHIVED", False, "APPROVED")
    (('pay', 'credit'), ())
    """
    return tuple(name for name, move in MOVES.items() if move.legal(status, on_hold, approval))


def allowed(states: pd.DataFrame, action: str) -> pd.Series:
    """Return which invoices (rows with status, on_hold, approval) a move may be made of."""
    move = MOVES[action]
    held = states["on_hold"].fillna(False).astype(bool)
    approved = states["approval"].isin(list(move.approvals))
    return states["status"].isin(list(move.statuses)) & approved & (True if move.on_hold is None else held == move.on_hold)


def refusals(states: pd.DataFrame, action: str) -> list[Problem]:
    """Return for each of these invoices why the move may not be made: E501, or N501 where it is there already."""
    columns = ("invoice_ref", "number", "status", "on_hold", "approval")
    rows = zip(*(states[name].tolist() for name in columns), strict=True)
    return [_refusal(str(ref), number, action, str(status), held is True, str(approval))
            for ref, number, status, held, approval in rows]  # fmt: skip


def _refusal(ref: str, number: Any, action: str, status: str, on_hold: bool, approval: str) -> Problem:
    move = MOVES[action]
    if move.done(status, on_hold, approval):
        return Problem("N501", invoice_ref=ref, details={"already": move.already})
    legal = ", ".join(legal_from(status, on_hold, approval)) or "nothing; it ended there"
    words = in_words(status, on_hold, approval)
    told = f"{words} under {number}" if status == FINAL and isinstance(number, str) else words
    details = {"status": told, "stand": words, "move": move.title, "legal": legal}
    return Problem("E501", invoice_ref=ref, details=details)
