"""`review apply`: the decisions of a review workbook take effect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .batch import files_argument
from .terminal import Terminal, common, leave_after, now, problem_lines
from .told import next_of_batch

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.review import Applied
    from ..pipeline.workspace import Workspace

LIVE = ("DRAFT", "OPEN")
_DONE = {"approve": "approved", "hold": "put on hold", "decline": "declined"}


@click.group()
def review() -> None:
    """Decide on drafts in Excel, and bring the decisions back.

    Each batch has a workbook, preview.xlsx in its folder. Its sheet Review has a row per invoice: choose Approve,
    Hold or Decline, write a comment, save, and type review apply. Who uploaded a batch cannot decide on it, unless
    the settings allow it.
    """


@review.command()
@files_argument(required=True)
@click.option("--dry-run", is_flag=True, help="Say what would take effect, and change nothing.")
@common
def apply(terminal: Terminal, files: tuple[Path, ...], dry_run: bool) -> None:
    """Let the decisions of review workbooks take effect.

    \b
    Examples:
      oneoff-batch review apply batches/2026-11-30-1/preview.xlsx --user ben --dry-run
      oneoff-batch review apply batches/2026-11-30-1/preview.xlsx --user ben
      oneoff-batch review apply reviewed-by-ben.ods --user ben

    Approve and Decline are decisions; Hold keeps an invoice from becoming final by itself. A decision about a draft
    that has changed since, or beside a cell that was changed, is refused; the others take effect together. The same
    workbook again changes nothing.
    """
    from ..pipeline.review import apply_review

    with terminal.book() as (workspace, book):
        with terminal.working(f"Reading {files[0].name}"):
            done = apply_review(workspace, book, files, terminal.user, now(), dry_run=dry_run)
        terminal.say(*problem_lines(done.problems), *([""] if done.problems else []))
        terminal.say(*_in_words(terminal, done, dry_run))
        if not dry_run:
            terminal.say(*(_next(terminal, workspace, book, batch) for batch in done.batches))
    terminal.result(_as_dict(done, dry_run))
    leave_after(done.problems, done.count or done.comments)


def _next(terminal: Terminal, workspace: Workspace, book: Book, batch: str) -> str:
    """Return what to type next for a batch."""
    states = book.states(batch=batch, status=LIVE)
    if not len(states):
        return f"All of batch {batch} is final already."
    ready = int((states["approval"] == "APPROVED").sum())
    return f"Next: {next_of_batch(terminal, workspace, batch, len(states), ready, str(states['uploaded_by'].iloc[0]))}"


def _in_words(terminal: Terminal, done: Applied, dry_run: bool) -> list[str]:
    made = ", ".join(f"{counted(n, 'invoice')} {_DONE[move]}" for move, n in done.moved.items() if n)
    lines = []
    if made:
        what = "A dry run: nothing was changed. Would be: " if dry_run else ""
        lines.append(click.style(f"{what}{made} as {terminal.user}.", bold=True))
    elif not done.comments:
        lines.append("Nothing was changed.")
    if done.comments:
        lines.append(f"{counted(done.comments, 'comment')} added to what stood so already.")
    if done.already - done.comments:
        lines.append(f"{counted(done.already - done.comments, 'decision')} had taken effect before.")
    if done.refused:
        lines.append(click.style(f"{counted(done.refused, 'row')} refused.", fg="red", bold=True))
    if done.undecided:
        lines.append(f"{counted(done.undecided, 'row')} without a decision.")
    return lines


def _as_dict(done: Applied, dry_run: bool) -> dict[str, Any]:
    return {
        **({"dry_run": True} if dry_run else {}),
        "batches": list(done.batches),
        **{_DONE[move].replace(" ", "_"): n for move, n in done.moved.items()},
        "comments": done.comments,
        "already": done.already,
        "refused": done.refused,
        "undecided": done.undecided,
        "problems": [p.as_dict() for p in done.problems],
    }


COMMANDS = (review,)
