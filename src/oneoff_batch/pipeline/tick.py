"""The tick: drafts that are approved, off hold and past their grace period become final by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from ..book import Book
from ..lifecycle import APPROVED, DECLINED
from ..lifecycle.grace import due_at
from ..problems import Problem, errors
from .batches import Progress, write_batch
from .ledger import none_posted, post, write_ledger
from .since import since_drafted
from .steps import HERE, Asked
from .workspace import Workspace

_DECIDED_SINCE = frozenset({"E501", "E502"})
"""Somebody put it on hold or took its approval back while the tick was looking: it is not due any more."""


@dataclass(frozen=True)
class Ticked:
    """What a tick did.

    `drawn` has the numbers that it drew (`book.Posted`). `problems` say what was left out (errors) or deserves a look.
    `waiting` has the states of the drafts that are off hold but not reviewed, `declined` of those that were declined,
    `coming` of those whose grace period is not over, with `due`, the moment at which it is.
    """

    drawn: pd.DataFrame
    problems: list[Problem]
    waiting: pd.DataFrame
    declined: pd.DataFrame
    coming: pd.DataFrame


def tick(workspace: Workspace, book: Book, user: str, now: datetime, *, dry_run: bool) -> Ticked:
    """Make final what is due; what is refused is left out, and never stops the others.

    What is legal is seen again inside the posting transaction, so two runs at once draw no number twice.
    """
    off = book.off_hold()
    states = off.assign(due=due_at(off, workspace.settings.review.grace_period_hours))
    approved, declined = (states["approval"] == decision for decision in (APPROVED, DECLINED))
    past = pd.Series([due <= now for due in states["due"]], index=states.index, dtype=bool)
    drawn, problems = _post(workspace, book, states[approved & past].reset_index(drop=True), user, now, dry_run)
    coming = states[approved & ~past].sort_values("due", kind="stable", ignore_index=True)
    waiting, refused = (states[own].reset_index(drop=True) for own in (~approved & ~declined, declined))
    return Ticked(drawn, problems, waiting, refused, coming)


def _post(
    workspace: Workspace, book: Book, ripe: pd.DataFrame, user: str, now: datetime, dry_run: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Post all that can be: leave out what is refused and try the others again."""
    known = ripe["series"].isin(list(workspace.settings.series))
    pairs = zip(ripe[~known]["invoice_ref"], ripe[~known]["series"], strict=True)
    left_out = [Problem("E534", invoice_ref=ref, details={"series": series}) for ref, series in pairs]
    ripe = ripe[known].reset_index(drop=True)
    since = since_drafted(workspace, book, ripe)
    while len(ripe):
        posted = post(workspace, book, ripe, user, now, since=since, by_itself=True, dry_run=dry_run)
        refused = errors(posted.problems)
        if not refused:
            refs = {"", *ripe["invoice_ref"]}
            told = [p for p in since.problems if p.invoice_ref in refs]
            return posted.numbers[posted.numbers["drawn"].astype(bool)], left_out + told + posted.problems
        left_out += [p for p in refused if p.code not in _DECIDED_SINCE]
        rest = ripe[~ripe["invoice_ref"].isin({p.invoice_ref for p in refused})]
        if len(rest) == len(ripe):
            break
        ripe = rest.reset_index(drop=True)
    return none_posted(), left_out


def write_documents(
    workspace: Workspace, book: Book, user: str, now: datetime, progress: Progress, asked: Asked = HERE
) -> list[tuple[str, Path]]:
    """Write the documents of what ticks made final, and the ledger; also those that a crash cut off.

    Returns each batch with its page. The chain keeps up to where they were written, so that another run that draws
    numbers meanwhile is not taken for written.
    """
    through = book.undocumented()
    if not through:
        return []
    written = [(batch, write_batch(workspace, book, batch, progress, asked).index) for batch in through]
    write_ledger(workspace, book)
    book.documented(through, user, now)
    return written
