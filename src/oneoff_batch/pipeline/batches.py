"""Check, draft and preview: an upload becomes a batch in the book, and its pages and workbook on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

import pandas as pd

from ..book import Book, Upload
from ..checking.again import as_given
from ..checking.kept import packed
from ..problems import Problem, as_json, from_json, to_json, warned
from ..reading import AS_IT_IS, Options, Profile
from ..showing.faults import named
from ..showing.pages import write_batch_page, write_invoice_pages
from ..showing.words import ARCHIVED_BATCH, all_archived
from ..showing.workbook import write_preview
from .corrected_pages import credited_by, write_corrected_pages
from .documents import inputs, surroundings
from .intake import Outcome, examine, fingerprint, made_with
from .reports import to_fix_of
from .review import changes_of
from .scratch import LAST, scratch, swap
from .steps import HERE, Asked, apply_step, step_of_batch
from .workbooks import NAME, keep_worked_on, seal
from .workspace import Workspace

Progress = Callable[[str, int], Callable[[int], None]]
"""Called with the name and length of a stage; returns what to call with each further number of steps done."""


@dataclass(frozen=True)
class Drafted:
    """What `draft` did: `batch` is None where nothing was drafted; `known_batch` names a batch of the same bytes.

    `would` says of a dry run that something would be drafted.
    """

    outcome: Outcome | None
    batch: str | None = None
    known_batch: str | None = None
    would: bool = False


@dataclass(frozen=True)
class Files:
    """The files that were written for a batch."""

    index: Path
    workbook: Path
    pages: int


def draft_files(
    workspace: Workspace,
    book: Book,
    paths: Sequence[Path],
    profile: Profile | None,
    user: str,
    now: datetime,
    *,
    valid_only: bool,
    replace_drafts: bool,
    options: Options = AS_IT_IS,
    dry_run: bool = False,
) -> Drafted:
    """Draft an upload into the book: all of it, or with `valid_only` the good invoices, or nothing.

    A dry run says what would be drafted, and leaves the book as it is.
    """
    before = fingerprint(paths, profile, options)
    known = book.same_upload(before)
    if known is not None:
        return Drafted(None, known_batch=known)
    outcome = examine(workspace, paths, profile, now.date(), book, replace_drafts, options)
    if (
        outcome.drafts is None
        or outcome.master is None
        or outcome.blocked
        or not outcome.good
        or (outcome.has_errors and not valid_only)
    ):
        return Drafted(outcome)
    if dry_run:
        return Drafted(outcome, would=True)
    rows = None if outcome.checked is None else packed(as_given(outcome.checked), made_with(workspace))
    kept = (*inputs(paths, before, profile, options), *surroundings(workspace, outcome.master))
    name = ", ".join(outcome.files)
    upload = Upload(name, before, user, now, to_json(outcome.problems), rows, documents=kept)
    batch = book.add_batch(outcome.drafts, upload, left_out=len(outcome.left_out), replaces=outcome.replaces)
    return Drafted(replace(outcome, drafts=None), batch=batch)


def write_batch(workspace: Workspace, book: Book, batch: str, progress: Progress, asked: Asked = HERE) -> Files:
    """Write all pages and the workbook of a batch from the book, into a new folder that then takes the old one's place.

    They say what to type next, in the words of `asked`. Archived invoices are left out, unless all of the batch is archived.
    """
    target = workspace.batch(batch)
    fresh = scratch(target)

    def said(states: pd.DataFrame, file: str) -> Said:
        to_fix = to_fix_of(workspace, file, states["invoice_ref"])
        other = not workspace.settings.review.same_person_may_approve
        # As late as can be: somebody may save their decisions while the pages are written.
        name = keep_worked_on(target, fresh)
        return Said(
            _step(workspace, states, batch, asked),
            asked.to_fix(to_fix) if to_fix else "",
            apply_step(target / name, other, asked),
            name,
        )

    shown = render_batch(workspace, book, batch, fresh, progress, said)
    seal(fresh / shown.workbook)
    (fresh / LAST).write_text(as_json([p.as_dict() for p in shown.problems]), "utf-8")
    swap(fresh, target)
    with named():
        write_corrected_pages(workspace, book, shown.states)
    return Files(target / "index.html", target / shown.workbook, shown.pages)


@dataclass(frozen=True)
class Said:
    """What pages say of what to type next: the step, how to correct what was left out, how to bring a review back."""

    step: str = ""
    to_fix: str = ""
    apply: str = ""
    workbook: str = f"{NAME}.xlsx"
    """The name of the workbook."""


@dataclass(frozen=True)
class Shown:
    """What was rendered: states of the invoices, problems of the upload, how many pages, and which workbook."""

    states: pd.DataFrame
    problems: list[Problem]
    pages: int
    workbook: str


def render_batch(
    workspace: Workspace,
    book: Book,
    batch: str,
    folder: Path,
    progress: Progress,
    said: Callable[[pd.DataFrame, str], Said] = lambda _states, _file: Said(),
    zone: tzinfo | None = None,
) -> Shown:
    """Write all pages and the workbook of a batch from the book into a folder.

    `said` is asked what to type next, with the states and the name of the upload, once the invoices' pages are written;
    without it they say nothing of that. Moments are shown in `zone`, or else in that of this machine.
    """
    states = book.states(batch=batch)
    live = states[states["status"] != "ARCHIVED"]
    states = (live if len(live) else states).reset_index(drop=True)
    about = book.batches().set_index("batch").loc[batch]
    drafts, problems = book.load(states), from_json(book.problems(batch))
    states = states.assign(warnings=_warnings(states, problems), credited_by=credited_by(book, states))
    advance = progress("Pages", len(states))
    with named():
        pages = write_invoice_pages(folder, drafts, states, user_templates=workspace.templates, progress=advance)
    words = said(states, str(about["file"]))
    uploaded = datetime.fromisoformat(str(about["uploaded_at"])).astimezone(zone)
    told = {"batch": batch, "file": about["file"], "uploaded_by": about["uploaded_by"], "uploaded_at": uploaded}
    told |= {"step": words.step, "to_fix": words.to_fix}
    with named():
        write_batch_page(folder, drafts, states, problems, told, user_templates=workspace.templates)
    tick = progress("Workbook", 1)
    write_preview(
        folder / words.workbook,
        drafts,
        states,
        problems,
        pages=pages,
        changed=changes_of(workspace, book, batch),
        step=words.step,
        apply=words.apply,
    )
    tick(1)
    return Shown(states, problems, len(pages), words.workbook)


def _step(workspace: Workspace, states: pd.DataFrame, batch: str, asked: Asked) -> str:
    """Return what a reviewer types next, whoever it is; of a batch that was taken back, that it was."""
    if all_archived(states["status"]):
        return ARCHIVED_BATCH
    waiting = states[states["status"] != "FINAL"]
    ready = int((waiting["approval"] == "APPROVED").sum())
    step = step_of_batch(batch, len(waiting), ready, not workspace.settings.review.same_person_may_approve, asked)
    return f"Next: {step}" if step else ""


def _warnings(states: pd.DataFrame, problems: Sequence[Problem]) -> pd.Series:
    counted = warned(problems)
    return states["invoice_ref"].map(lambda ref: counted[ref]).astype("int64")
