"""The moves that draw no number, of any invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ..book import Book, Step
from ..lifecycle import DECLINED, MOVES
from ..problems import Problem
from .selecting import Chosen
from .workspace import Workspace


@dataclass(frozen=True)
class Done:
    """The refs that were moved and their batches, and why others were not: E501, E503, E535, N501.

    `states` are those of what was moved, as they were before.
    """

    states: pd.DataFrame
    refs: list[str]
    batches: list[str]
    problems: list[Problem]


def make(
    workspace: Workspace,
    book: Book,
    move: str,
    chosen: Chosen,
    user: str,
    now: datetime,
    *,
    reason: str = "",
    dry_run: bool = False,
) -> Done:
    """Make a move of all that was chosen; what refuses stays as it is, and the others are moved.

    The entries say whether an invoice was named itself or moved with all of a batch or filter (`by_all`).
    Raises `ValueError` for a move that needs a reason and has none.
    """
    if MOVES[move].reason and not reason.strip():
        raise ValueError(f"{move} needs a reason")
    states = chosen.states
    declined = ~states["named"] & (states["approval"] == DECLINED) & (move == "approve")
    left_out = [_declined(row) for row in states[declined].to_dict("records")]
    states = states[~declined]
    by_name, by_all = states[states["named"]], states[~states["named"]]
    steps = [
        Step(move, rows["id"].tolist(), reason.strip(), {"by_all": whole})
        for rows, whole in ((by_name, False), (by_all, True))
        if len(rows)
    ]
    same = workspace.settings.review.same_person_may_approve
    moved = book.move(steps, user, now, same_person_may=same, dry_run=dry_run)
    still = {p.invoice_ref for p in moved.problems}
    done = states[~states["invoice_ref"].isin(still)]
    return Done(done, done["invoice_ref"].tolist(), list(dict.fromkeys(done["batch"])), left_out + moved.problems)


def _declined(state: Mapping[Any, Any]) -> Problem:
    details = {"user": str(state["approved_by"]), "reason": str(state["approval_reason"])}
    return Problem("E535", invoice_ref=str(state["invoice_ref"]), details=details)
