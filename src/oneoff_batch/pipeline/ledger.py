"""Finalize, and what the ledger says afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from ..book import Book, Posted, Which
from ..book.posting import NUMBER_COLUMNS
from ..exporting.ledger import write_ledger_workbook
from ..lifecycle import APPROVED, ARCHIVED, DECLINED, FINAL, final_dates
from ..problems import errors
from .batches import Files, Progress, write_batch
from .exporting import place_of, told_apart
from .since import Since, since_drafted
from .steps import HERE, Asked
from .workspace import Workspace

LARGE = 20_000
"""Up to so many final invoices the ledger workbook is written whenever some become final."""


@dataclass(frozen=True)
class Finalized:
    """What `finalize` did: the numbers of the batch, those that this run drew, and what refused it.

    `left` holds the invoices that nobody approved; `redated` counts those whose own date another one replaced; `since`
    says what has changed since they were drafted.
    """

    posted: Posted
    left: pd.DataFrame
    redated: int = 0
    since: Since = field(default_factory=Since)

    @property
    def drawn(self) -> pd.DataFrame:
        """The numbers that this run drew."""
        numbers = self.posted.numbers
        return numbers[numbers["drawn"].astype(bool)]


def finalize(
    workspace: Workspace,
    book: Book,
    batch: str,
    user: str,
    now: datetime,
    *,
    invoice_date: date | None,
    everything: bool,
    dry_run: bool,
    since: Since | None = None,
) -> Finalized:
    """Make the approved invoices of a batch final, or with `everything` all that nobody declined; none where one is refused.

    Those that are final already keep their numbers: doing it again draws none. `since` is what a dry run found a moment
    ago; without it the drafts are held against the master data of today.
    """
    states = book.states(batch=batch)
    states = states[states["status"] != ARCHIVED].reset_index(drop=True)
    wanted = states["approval"] != DECLINED if everything else states["approval"] == APPROVED
    chosen = (states["status"] == FINAL) | wanted
    taken, left = states[chosen].reset_index(drop=True), states[~chosen]
    since = since_drafted(workspace, book, taken[taken["status"] != FINAL]) if since is None else since
    posted = post(
        workspace, book, taken, user, now, since=since, invoice_date=invoice_date, everything=everything, dry_run=dry_run
    )  # fmt: skip
    given = taken.loc[taken["status"] != FINAL, "invoice_date"]
    replaced = given.notna() & (given != invoice_date)
    redated = 0 if invoice_date is None or errors(posted.problems) else int(replaced.sum())
    return Finalized(Posted(posted.numbers, since.problems + posted.problems), left, redated, since)


def post(
    workspace: Workspace,
    book: Book,
    taken: pd.DataFrame,
    user: str,
    now: datetime,
    *,
    since: Since,
    invoice_date: date | None = None,
    everything: bool = False,
    by_itself: bool = False,
    dry_run: bool = False,
) -> Posted:
    """Make these invoices (their states) final, all of them, or none where one is refused; final ones keep their numbers.

    The tax rates of the drafts must hold on the invoice date by the master data of today (`since`).
    """
    settings = workspace.settings
    fresh = since.with_bounds(taken[taken["status"] != FINAL])
    dates, problems = final_dates(
        fresh, now.date(), invoice_date, settings.dates.closed_until, settings.tax.max_rate_age_days
    )
    if errors(problems):
        return Posted(none_posted(), problems)
    done = taken.loc[taken["status"] == FINAL, ["id", "invoice_date", "due_date"]]
    posted = book.finalize(
        pd.concat([dates, done]).astype(dates.dtypes.to_dict()),
        series=settings.series,
        chronology=settings.dates.chronology,
        user=user,
        at=now,
        everything=everything,
        by_itself=by_itself,
        same_person_may=settings.review.same_person_may_approve,
        dry_run=dry_run,
    )
    return Posted(posted.numbers, problems + posted.problems)


def none_posted() -> pd.DataFrame:
    """Return the numbers of a posting that drew none."""
    return pd.DataFrame({name: pd.Series(dtype=bool if name == "drawn" else str) for name in NUMBER_COLUMNS})


def write_final(
    workspace: Workspace, book: Book, batch: str, progress: Progress, asked: Asked = HERE
) -> tuple[Files, Path | None]:
    """Write the documents of a batch, and the ledger workbook (`write_ledger`); may be done again at any time."""
    files = write_batch(workspace, book, batch, progress, asked)
    return files, write_ledger(workspace, book)


def write_ledger(workspace: Workspace, book: Book) -> Path | None:
    """Write all final invoices as the ledger workbook of the workspace; None where they are more than `LARGE`.

    Whoever makes some final would wait for all of them; such a ledger is written by `ledger export`.
    """
    if book.has_more_final_than(LARGE):
        return None
    path = place_of(workspace, "excel")
    with book.slice(Which()) as view, told_apart():
        write_ledger_workbook(path, view)
    return path
