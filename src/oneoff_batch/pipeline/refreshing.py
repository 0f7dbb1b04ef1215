"""Drafts drafted again from the rows that were kept with their batch, with the master data and settings of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from ..book import Book
from ..checking import Batch, Master, expected_totals
from ..checking.again import check_again
from ..checking.kept import unpacked
from ..drafting import Drafts, draft
from ..lifecycle import allowed, refusals
from ..lifecycle.differences import Changed
from ..problems import Problem, errors
from .comparing import changes
from .documents import surroundings
from .intake import load_master
from .workspace import Workspace

_NO_ROWS = "the rows that it was drafted from were not kept with batch {batch}"
_A_CREDIT = "it is a credit note, which takes its figures from the invoice that it corrects"


@dataclass(frozen=True)
class Again:
    """What drafting kept rows again came to: new drafts, and what is wrong with those that cannot be drafted.

    `off_total` holds E328 of drafts that do not come to the total that their sheet expects.
    """

    drafts: Drafts
    problems: list[Problem]
    off_total: list[Problem]


@dataclass(frozen=True)
class Refreshed:
    """What `refresh` did: what changed, what stays as it was, from which batches, and what could not be refreshed."""

    changed: tuple[Changed, ...] = ()
    unchanged: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "refreshed": [c.as_dict() for c in self.changed],
            "unchanged": list(self.unchanged),
            "batches": list(self.batches),
            "problems": [p.as_dict() for p in self.problems],
        }


def drafted_again(
    kept: Batch, refs: Sequence[str], master: Master, workspace: Workspace, today: date, file: str = ""
) -> Again:
    """Draft these invoices of a batch again, as if their rows were uploaded on that day; writes nothing."""
    checked = check_again(_only(kept, refs), master, file)
    drafts, problems = draft(checked.good(), master, workspace.settings, today)
    off_total = expected_totals(checked.invoices, drafts.invoices.set_index("invoice_ref")["gross_total"])
    return Again(drafts, [*checked.problems, *problems], off_total)


def _only(batch: Batch, refs: Sequence[str]) -> Batch:
    """Return the invoices with these refs, with their lines."""
    wanted = batch.invoices["invoice_ref"].isin(list(refs)).to_numpy(dtype=bool)
    place = wanted.cumsum() - 1
    owner = batch.lines["invoice"].to_numpy()
    lines = batch.lines[wanted[owner]].assign(invoice=place[owner[wanted[owner]]])
    return Batch(batch.invoices[wanted].reset_index(drop=True), lines.reset_index(drop=True))


def refresh(workspace: Workspace, book: Book, states: pd.DataFrame, user: str, now: datetime, *, dry_run: bool) -> Refreshed:
    """Put new drafts in the place of those that today's master data and settings change; their approval begins anew.

    Those that come out just so stay untouched, and approved. What cannot be drafted today stays as it is, with the
    problems of an upload. `dry_run` only says what would change.
    """
    master, _ = load_master(workspace)
    legal = allowed(states, "refresh")
    done = Refreshed(problems=refusals(states[~legal], "refresh"))
    for batch, own in by_batch(states[legal]):
        one = _refresh_batch(workspace, book, batch, own, master, user, now, dry_run)
        done = Refreshed(
            done.changed + one.changed,
            done.unchanged + one.unchanged,
            done.batches + one.batches,
            done.problems + one.problems,
        )
    return done


def by_batch(states: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each batch with the states that belong to it."""
    for batch in states["batch"].unique():
        yield str(batch), states[states["batch"] == batch]


def _refresh_batch(
    workspace: Workspace, book: Book, batch: str, states: pd.DataFrame, master: Master, user: str, now: datetime, dry: bool
) -> Refreshed:
    refs = states["invoice_ref"].tolist()
    kept = book.kept_rows(batch)
    if kept.rows is None:
        why = (_A_CREDIT if kept.kind == "credit" else _NO_ROWS).format(batch=batch)
        return Refreshed(problems=[Problem("E513", invoice_ref=ref, details={"why": why}) for ref in refs])
    again = drafted_again(unpacked(kept.rows), refs, master, workspace, now.date(), kept.file)
    bad = [p.invoice_ref for p in again.off_total]
    drafts = again.drafts.only(~again.drafts.invoices["invoice_ref"].isin(bad))
    known = states.set_index("invoice_ref")["content_hash"]
    same = drafts.invoices["invoice_ref"].map(known) == drafts.invoices["content_hash"]
    fresh = drafts.only(~same)
    differing = states[states["invoice_ref"].isin(fresh.invoices["invoice_ref"].tolist())]
    done = Refreshed(
        tuple(changes(book, differing, fresh)),
        tuple(drafts.invoices["invoice_ref"][same]),
        problems=errors([*again.off_total, *again.problems]),
    )
    if dry or not len(fresh):
        return done
    compared = dict(zip(differing["invoice_ref"], differing["content_hash"], strict=True))
    renewed = book.renew(fresh, compared, user, now, surroundings(workspace, master))
    changed = tuple(c for c in done.changed if c.invoice_ref in set(renewed.refs))
    return replace(done, changed=changed, batches=(batch,) * bool(renewed.refs), problems=done.problems + renewed.problems)
