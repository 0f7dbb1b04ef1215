"""Approve, finalize, and what the ledger says afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from ..book import Book, Posted, Step
from ..exporting.ledger import write_ledger_csv, write_ledger_workbook
from ..lifecycle import APPROVED, ARCHIVED, FINAL, final_dates
from ..problems import Problem, errors
from .batches import Files, Progress, write_batch
from .steps import HERE, Asked
from .workspace import Workspace


@dataclass(frozen=True)
class Finalized:
    """What `finalize` did: the numbers of the batch, those that this run drew, and what refused it.

    `left` holds the invoices that nobody approved; `redated` counts those whose own date another one replaced.
    """

    posted: Posted
    left: pd.DataFrame
    redated: int = 0

    @property
    def drawn(self) -> pd.DataFrame:
        """The numbers that this run drew."""
        numbers = self.posted.numbers
        return numbers[numbers["drawn"].astype(bool)]


def approve(
    workspace: Workspace, book: Book, batch: str, refs: Sequence[str], user: str, now: datetime
) -> tuple[int, list[Problem]]:
    """Approve the invoices of a batch, all or those named; returns how many were, and why others were not."""
    states = book.states(batch=batch)
    if refs:
        states = states[states["invoice_ref"].isin(list(refs))]
    else:
        states = states[~states["status"].isin([FINAL, ARCHIVED])]
    waiting = states[states["approval"] != APPROVED]
    step = Step("approve", waiting["id"].tolist(), told={"by_all": not refs})
    same = workspace.settings.review.same_person_may_approve
    moved = book.move([step], user, now, same_person_may=same)
    return moved.count, moved.problems


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
) -> Finalized:
    """Make the approved invoices of a batch final, or with `everything` all of them; nothing, where one is refused.

    Those that are final already keep their numbers: doing it again draws none.
    """
    settings = workspace.settings
    states = book.states(batch=batch)
    states = states[states["status"] != ARCHIVED].reset_index(drop=True)
    chosen = (states["status"] == FINAL) | everything | (states["approval"] == "APPROVED")
    taken, left = states[chosen].reset_index(drop=True), states[~chosen]
    fresh = taken[taken["status"] != FINAL]
    dates, problems = final_dates(
        fresh, now.date(), invoice_date, settings.dates.closed_until, settings.tax.max_rate_age_days
    )
    if errors(problems):
        return Finalized(Posted(_none(), problems), left)
    done = taken.loc[taken["status"] == FINAL, ["id", "invoice_date", "due_date"]]
    posted = book.finalize(
        pd.concat([dates, done]).astype(dates.dtypes.to_dict()),
        series=settings.series,
        chronology=settings.dates.chronology,
        user=user,
        at=now,
        everything=everything,
        dry_run=dry_run,
    )
    given = fresh["invoice_date"]
    redated = 0 if invoice_date is None else int((given.notna() & (given != invoice_date)).sum())
    return Finalized(Posted(posted.numbers, problems + posted.problems), left, redated)


def _none() -> pd.DataFrame:
    return pd.DataFrame({"drawn": pd.Series(dtype=bool), "number": pd.Series(dtype=str)})


def write_final(
    workspace: Workspace, book: Book, batch: str, progress: Progress, asked: Asked = HERE
) -> tuple[Files, Path]:
    """Write the documents of a batch and the ledger workbook from the book; may be done again at any time."""
    files = write_batch(workspace, book, batch, progress, asked)
    return files, write_ledger(book, book.ledger(), workspace.ledger / "ledger.xlsx")


def write_ledger(book: Book, states: pd.DataFrame, path: Path) -> Path:
    """Write these final invoices as the ledger workbook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_ledger_workbook(path, book.load(states), states)


def export_csv(book: Book, folder: Path, states: pd.DataFrame) -> list[Path]:
    """Write header, line and tax tables of the ledger as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_ledger_csv(folder, book.load(states), states)
