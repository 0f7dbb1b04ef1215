"""What a file comes to, in words: its problems, its totals, the files of the report, and what to type next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ..problems import counted, grouped
from .terminal import CHANGES_SHOWN, Terminal, amount, printable, problem_lines, table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..pipeline.intake import Outcome
    from ..pipeline.reports import Report
    from ..pipeline.steps import Asked
    from ..pipeline.workspace import Workspace


def steps(terminal: Terminal, outcome: Outcome, report: Report | None, asked: Asked) -> list[str]:
    """Return how to ask why, and what to type next."""
    from ..pipeline.steps import next_steps

    first = next((g.first for g in grouped(outcome.problems) if g.first.severity == "error"), None)
    why = [f"More on {first.code}: {terminal.again(f'explain {first.code}')}"] if first and not asked.batch else []
    return why + next_steps(outcome, report, asked)


def next_of_batch(terminal: Terminal, workspace: Workspace, batch: str, waiting: int, ready: int, uploaded_by: str) -> str:
    """Return what to type next for a batch; who uploaded it is told to name somebody else, unless the settings allow it."""
    from ..pipeline.steps import step_of_batch

    other = terminal.user == uploaded_by and not workspace.settings.review.same_person_may_approve
    return step_of_batch(batch, waiting, ready, other, terminal.asked())


def after_drafting(terminal: Terminal, workspace: Workspace, batch: str, count: int, workbook: Path) -> list[str]:
    """Return what to type next for a batch drafted just now: approve it, or bring the decisions of its workbook back."""
    from ..pipeline.steps import apply_step

    other = not workspace.settings.review.same_person_may_approve
    return [
        f"Next: {next_of_batch(terminal, workspace, batch, count, 0, terminal.user)}",
        f"      or decide in its sheet Review:   {apply_step(workbook, other, terminal.asked())}",
    ]


def documents(states: pd.DataFrame) -> str:
    """Count invoices and credit notes (rows that have a `preceding_number`): 2 invoices and 1 credit note."""
    credits = int(states["preceding_number"].notna().sum())
    invoices = len(states) - credits
    parts = [counted(invoices, "invoice")] if invoices or not credits else []
    return " and ".join([*parts, *([counted(credits, "credit note")] if credits else [])])


def moment(at: datetime) -> str:
    """Return a moment in words, in local time."""
    local = at.astimezone()
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def tell_files(terminal: Terminal, report: Report | None) -> None:
    """Name the files of a report, the page first."""
    if report is None:
        return
    terminal.say(f"Report:                {terminal.path(report.page)}  (and .json)")
    if report.marked is not None:
        terminal.say(f"Marked-up copy:        {terminal.path(report.marked)}")
    if report.to_fix is not None:
        terminal.say(f"Only the bad invoices: {terminal.path(report.to_fix)}")


def tell_problems(terminal: Terminal, outcome: Outcome, asked: Asked | None = None) -> None:
    """Print the problems, and in a sentence what they come to."""
    from ..problems import count_words, counts

    drafted = asked is not None and asked.batch
    tell_again(terminal, outcome, bool(drafted))
    if not outcome.problems:
        terminal.say(f"{counted(outcome.invoices, 'invoice')}, no problems.")
        return
    terminal.say(*problem_lines(outcome.problems), "")
    found = count_words(counts(outcome.problems))
    if outcome.stopped:
        terminal.say(click.style(f"{printable(outcome.stopped)} ({found})", fg="red", bold=True))
    elif outcome.left_out:
        what = f"{'is' if len(outcome.left_out) == 1 else 'are'} left out" if drafted else "cannot be drafted"
        held = f"{len(outcome.left_out):,} of {counted(outcome.invoices, 'invoice')} {what} ({found})."
        terminal.say(click.style(held, fg="red", bold=True))
    elif outcome.good or not outcome.unchanged:
        what = ("is drafted" if outcome.good == 1 else "are drafted") if drafted else "can be drafted"
        terminal.say(click.style(f"{counted(outcome.good, 'invoice')} {what} ({found}).", bold=True))


def tell_again(terminal: Terminal, outcome: Outcome, drafted: bool) -> None:
    """Print what the book had of the file already, and what differs in each invoice that changed."""
    again = outcome.again or {}
    counts = {name: len(again.get(name, ())) for name in ("unchanged", "changed", "new", "missing")}
    if not counts["unchanged"] + counts["changed"]:
        return
    terminal.say(f"Against the book: {', '.join(f'{count:,} {name}' for name, count in counts.items() if count)}.")
    for changed in again["changed"][:CHANGES_SHOWN]:
        replaced = ("replaced" if drafted else "would be replaced") if changed["replaced"] else "stays as it is"
        terminal.say(f"  {printable(changed['invoice_ref'])}  {printable(changed['words'])}  ({replaced})")
    if len(again["changed"]) > CHANGES_SHOWN:
        terminal.say(f"  … and {len(again['changed']) - CHANGES_SHOWN:,} more, all of them in the report and with --json.")
    terminal.say("")


def tell_totals(terminal: Terminal, outcome: Outcome) -> None:
    """Print the totals per currency of what can be drafted; none where nothing can."""
    if not outcome.good or outcome.blocked:
        return
    rows = [["Currency", "Invoices", "Net", "Tax", "Total"]] + [
        [t["currency"], str(t["invoice_count"]), *(amount(t[k]) for k in ("net_total", "tax_total", "gross_total"))]
        for t in outcome.totals
    ]
    caption = ["", "Totals of the invoices without errors:"] if outcome.left_out else [""]
    terminal.say(*caption, *table(rows, right=(1, 2, 3, 4)), "", *([outcome.control] if outcome.control else []))
