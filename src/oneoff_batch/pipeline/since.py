"""What has changed since drafts were made: kept rows are drafted again, for the day they were planned for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from ..book import Book
from ..checking import Batch, Master
from ..checking.kept import made_with, unpacked
from ..lifecycle.differences import Changed, Difference
from ..problems import Problem, errors
from ..reading import Unreadable
from .comparing import changes
from .intake import load_master
from .intake import made_with as made_with_now
from .refreshing import by_batch, drafted_again
from .workspace import Workspace


@dataclass(frozen=True)
class Since:
    """W513 to W515, and by id the dates between which today's master data have the tax rates of the drafts."""

    problems: list[Problem] = field(default_factory=list)
    bounds: pd.DataFrame | None = None

    def with_bounds(self, states: pd.DataFrame) -> pd.DataFrame:
        """Return states with today's bounds of their rates, where they are known."""
        if self.bounds is None:
            return states
        known = self.bounds.reindex(states["id"])
        held = known["known"].fillna(False).to_numpy(dtype=bool)
        own = {name: states[name].where(~held, known[name].set_axis(states.index)) for name in ("rate_from", "rate_to")}
        return states.assign(**own)


def since_drafted(workspace: Workspace, book: Book, states: pd.DataFrame) -> Since:
    """Hold drafts against the master data and settings of today; writes nothing.

    W514 names each value that differs, W515 what could not be drafted any more. Credit notes, and batches whose rows were
    not kept, are not compared.
    """
    if states.empty:
        return Since()
    try:
        changed = list(_changed_since(workspace, book, states))
        if not changed:
            return Since()
        master, _ = load_master(workspace)
    except Unreadable as error:
        return Since([Problem("W513", details={"why": error.problem.message})])
    except FileNotFoundError as error:
        return Since([Problem("W513", details={"why": f"there is no file {error.args[0]}"})])
    problems: list[Problem] = []
    bounds: list[pd.DataFrame] = []
    for rows, own in changed:
        for day, some in _by_day(own):
            found, dates = _held_against(workspace, book, rows, some, master, day)
            problems += found
            bounds.append(dates)
    return Since(problems, pd.concat(bounds))


def _changed_since(workspace: Workspace, book: Book, states: pd.DataFrame) -> Iterator[tuple[Batch, pd.DataFrame]]:
    """Yield kept rows and states of the batches whose master data or settings have other bytes than at their upload.

    One that was refreshed since is always compared: its drafts were made with others than the upload.
    """
    now = ""
    for batch, own in by_batch(states):
        rows = book.kept_rows(batch).rows
        if rows is None:
            continue
        now = now or made_with_now(workspace)
        if made_with(rows) != now or not book.entries(batch=batch, action="refresh").empty:
            yield unpacked(rows), own


def _by_day(states: pd.DataFrame) -> Iterator[tuple[date, pd.DataFrame]]:
    """Yield the drafts that were planned for one day; the day of others does not matter, since they have their own."""
    open_ = states["date_rule"] == "when_final"
    days = states["planned_date"].where(open_)
    days = days.fillna(days.dropna().iloc[0] if open_.any() else states["planned_date"].iloc[0])
    for day in days.unique():
        yield day, states[days == day]


def _held_against(
    workspace: Workspace, book: Book, rows: Batch, states: pd.DataFrame, master: Master, day: date
) -> tuple[list[Problem], pd.DataFrame]:
    again = drafted_again(rows, states["invoice_ref"].tolist(), master, workspace, day)
    known = states.set_index("invoice_ref")
    fresh = again.drafts.invoices
    same = fresh["invoice_ref"].map(known["content_hash"]) == fresh["content_hash"]
    bounds = fresh.loc[same, ["rate_from", "rate_to"]].set_axis(pd.Index(fresh["invoice_ref"][same].map(known["id"])))
    changed = again.drafts.only(~same)
    differing = states[states["invoice_ref"].isin(changed.invoices["invoice_ref"].tolist())]
    told = [p for c in changes(book, differing, changed) for p in _told(c)]
    refused = {p.invoice_ref: p for p in reversed(errors(again.problems))}
    told += [Problem("W515", invoice_ref=ref, details={"problem": p.message}) for ref, p in refused.items()]
    return told, bounds.assign(known=True)


def _told(changed: Changed) -> Iterator[Problem]:
    for what, before, after in dict.fromkeys((_what(d, changed.invoice_ref), d.old, d.new) for d in changed.differences):
        details = {"what": what, "before": before, "after": after}
        yield Problem("W514", invoice_ref=changed.invoice_ref, details=details)


def _what(difference: Difference, ref: str) -> str:
    """Return what differs as the master data know it: of whom, else of which invoice and line."""
    if difference.of:
        return f"{difference.label} of {difference.of}"
    return f"{difference.title} of invoice {ref}"
