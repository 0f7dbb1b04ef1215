"""`finalize`: drafts become numbered invoices."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .looking import known_batch
from .terminal import PROBLEMS, Terminal, common, leave, now, printable, problem_lines, table, total_of, typed_day
from .told import documents, next_of_batch

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..pipeline.ledger import Finalized
    from ..pipeline.workspace import Workspace
    from ..problems import Problem


def left_to_do(terminal: Terminal, workspace: Workspace, batch: str, states: pd.DataFrame) -> list[str]:
    """Return what is left to do with a batch, and what to type next."""
    waiting = states[states["status"].isin(["DRAFT", "OPEN"])]
    if not len(waiting):
        return [f"All of batch {batch} is final already."]
    ready = int((waiting["approval"] == "APPROVED").sum())
    open_ = waiting[waiting["approval"] != "APPROVED"]
    are = "is" if len(open_) == 1 else "are"
    left = [f"{documents(open_)} of the batch {are} not approved yet."] if len(open_) else []
    step = next_of_batch(terminal, workspace, batch, len(waiting), ready, str(waiting["uploaded_by"].iloc[0]))
    return [*left, f"Next: {step}"]


_FAR = 366
"""Days from today within which all of a batch may be dated."""


@click.command()
@click.argument("batch")
@click.option("--invoice-date", metavar="DATE", callback=typed_day, help="Date all invoices of the batch on this day.")
@click.option("--all", "everything", is_flag=True, help="Take also what nobody reviewed; the book records that.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the numbers that would be drawn, and draw none.")
@common
def finalize(terminal: Terminal, batch: str, invoice_date: date | None, everything: bool, yes: bool, dry_run: bool) -> None:
    """Give the approved invoices of a batch their numbers, and write documents and ledger.

    \b
    Examples:
      oneoff-batch finalize 2026-11-30-1 --dry-run
      oneoff-batch finalize 2026-11-30-1
      oneoff-batch finalize 2026-11-30-1 --invoice-date 2026-11-30 --yes

    This cannot be undone: a final invoice never changes. All numbers are drawn, or none is. Doing it again
    draws no second number; it writes documents that a crash cut off.
    """
    from ..pipeline.ledger import finalize as finalize_batch
    from ..pipeline.ledger import write_final

    if invoice_date is not None and abs((invoice_date - now().date()).days) > _FAR:
        raise click.UsageError(f"{invoice_date} is more than a year away. A final invoice never changes; look at the year.")
    with terminal.book() as (workspace, book):
        known_batch(book, batch)
        asked: dict[str, Any] = {"invoice_date": invoice_date, "everything": everything}
        planned = finalize_batch(workspace, book, batch, terminal.user, now(), dry_run=True, **asked)
        _refuse(terminal, workspace, batch, planned)
        if dry_run:
            _tell_numbers(terminal, planned, limit=200)
            terminal.say(f"Would draw {counted(len(planned.drawn), 'number')}. A dry run: none was drawn.")
            terminal.result({"dry_run": True, **_as_dict(batch, planned)})
            return
        done = planned
        if len(planned.drawn):
            _ask(terminal, batch, planned, yes)
            done = finalize_batch(workspace, book, batch, terminal.user, now(), dry_run=False, since=planned.since, **asked)
            _refuse(terminal, workspace, batch, done, planned.posted.problems)
        files, ledger = write_final(workspace, book, batch, terminal.progress, terminal.asked())
    _tell_done(terminal, batch, done)
    terminal.say(
        f"  Documents  {terminal.path(files.index)}",
        f"  Workbook   {terminal.path(files.workbook)}",
        *_ledger_lines(terminal, workspace, ledger),
        f"Next: {terminal.again('ledger verify')}",
    )
    terminal.result({**_as_dict(batch, done), "page": str(files.index), "ledger": ledger and str(ledger)})


def _ledger_lines(terminal: Terminal, workspace: Workspace, ledger: Path | None) -> list[str]:
    """Say where the ledger workbook is, or that one so large has to be asked for."""
    from ..pipeline.exporting import place_of
    from ..pipeline.ledger import LARGE

    if ledger:
        return [f"  Ledger     {terminal.path(ledger)}"]
    before = place_of(workspace, "excel")
    lacks = [f"             {terminal.path(before)} is of before, and lacks these."] if before.exists() else []
    return [
        f"  Ledger     more than {LARGE:,} invoices: its workbook is written when you ask for it",
        *lacks,
        f"             {terminal.again('ledger export')}",
    ]


def _refuse(terminal: Terminal, workspace: Workspace, batch: str, outcome: Finalized, told: Sequence[Problem] = ()) -> None:
    """End here where nothing can be drawn; what was `told` is not said twice."""
    from ..problems import ERROR

    problems = outcome.posted.problems
    terminal.say(*problem_lines([p for p in problems if p not in told]))
    if any(p.severity == ERROR for p in problems):
        terminal.say("", click.style("No number was drawn.", fg="red", bold=True))
        terminal.result(_as_dict(batch, outcome))
        leave(PROBLEMS)
    if not len(outcome.posted.numbers):
        terminal.say(
            f"Nothing of batch {batch} is approved, so no number was drawn.",
            *left_to_do(terminal, workspace, batch, outcome.left)[-1:],
        )
        terminal.result(_as_dict(batch, outcome))
        leave(PROBLEMS)


def _ask(terminal: Terminal, batch: str, planned: Finalized, yes: bool) -> None:
    _tell_numbers(terminal, planned, limit=20)
    if yes:
        return
    question = f"Make {documents(planned.drawn)} of batch {batch} final? This cannot be undone."
    if terminal.json or not sys.stdin.isatty():
        raise click.UsageError(f"{question} Add --yes to say so.")
    click.confirm(question, abort=True, err=True)


def _tell_numbers(terminal: Terminal, outcome: Finalized, limit: int) -> None:
    tell_numbers(terminal, outcome.drawn, limit)
    if outcome.redated:
        terminal.say(
            f"{counted(outcome.redated, 'invoice')} had another date in the sheet; --invoice-date takes its place.", ""
        )


def tell_numbers(terminal: Terminal, drawn: pd.DataFrame, limit: int) -> None:
    """Print a table of numbers (rows of `Posted.numbers`), at most so many."""
    numbers = drawn.to_dict("records")
    if not numbers:
        return
    shown = numbers if len(numbers) <= limit else [*numbers[: limit - 1], numbers[-1]]
    rows = [["Number", "Invoice", "Date", "Due", "Total"]] + [
        [
            n["number"], n["invoice_ref"], str(n["invoice_date"]), str(n["due_date"]),
            total_of(n),
        ]
        for n in shown
    ]  # fmt: skip
    if len(shown) < len(numbers):
        rows.insert(-1, ["…", "", "", "", ""])
    terminal.say(*table(rows, right=(4,)), "")


def ranges(drawn: pd.DataFrame) -> str:
    """Return the numbers that were drawn by the first and the last of each series and period."""
    groups = (own["number"].tolist() for _, own in drawn.groupby(["series", "period"], sort=False))
    return ", ".join(own[0] if len(own) == 1 else f"{own[0]} … {own[-1]}" for own in groups)


def _tell_done(terminal: Terminal, batch: str, done: Finalized) -> None:
    if len(done.drawn):
        words = f"{documents(done.drawn)} of batch {batch} final: {ranges(done.drawn)}."
    else:
        words = f"Batch {batch}: all numbers were drawn before; the documents were written again."
    terminal.say(click.style(words, bold=True))
    if len(done.left):
        told = [
            f"{r['invoice_ref']}{' (declined)' if r['approval'] == 'DECLINED' else ''}" for r in done.left.to_dict("records")
        ]
        named = printable(", ".join(told[:10])) + (" …" if len(told) > 10 else "")
        as_what = "a draft" if len(told) == 1 else "drafts"
        terminal.say(f"{documents(done.left)} not approved, so left as {as_what}: {named}.")


def _as_dict(batch: str, outcome: Finalized) -> dict[str, Any]:
    return {
        "batch": batch,
        "drawn": len(outcome.drawn),
        "left": outcome.left["invoice_ref"].tolist(),
        "numbers": numbers_as_dicts(outcome.posted.numbers),
        "problems": [p.as_dict() for p in outcome.posted.problems],
    }


def numbers_as_dicts(numbers: pd.DataFrame) -> list[dict[str, Any]]:
    """Return numbers as JSON shows them."""
    told = ("number", "invoice_ref", "series", "invoice_date", "due_date", "currency", "drawn")
    return [{k: r[k] if k == "drawn" else str(r[k]) for k in told} for r in numbers.to_dict("records")]


COMMANDS = (finalize,)
