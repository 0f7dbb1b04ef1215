"""What a file comes to, in words: its problems, its totals, the files of the report, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .terminal import Terminal, amount, counted, problem_lines, table

if TYPE_CHECKING:
    from ..pipeline.intake import Outcome
    from ..pipeline.reports import Report


def next_steps(terminal: Terminal, outcome: Outcome, report: Report | None, files: str, profile: str) -> list[str]:
    """Return what to type next: draft, or correct and check again, and how to ask why; `profile` is its option or ""."""
    if not outcome.has_errors:
        return [f"Next: {terminal.again(f'draft {files}{profile}')}"]
    errors = [p for p in outcome.problems if p.severity == "error"]
    lines = [f"More on {errors[0].code}: {terminal.again(f'explain {errors[0].code}')}"]
    codes = {p.code for p in errors}
    if codes == {"E509"}:
        lines += ["Next: to put them in the place of the earlier drafts, run",
                  f"      {terminal.again(f'draft {files}{profile} --replace')}"]  # fmt: skip
    elif codes <= {"E508", "E509"}:
        lines += ["Next: take what is final out of the file, and run", f"      {terminal.again(f'check {files}{profile}')}"]
    elif outcome.good and not outcome.blocked:
        lines += ["Next: draft the good ones, then correct the red cells of the others, and run",
                  f"      {terminal.again(f'draft {files}{profile} --valid-only')}",
                  f"      {_check(terminal, report, files, profile)}"]  # fmt: skip
    elif report is not None and report.marked is not None and any(p.cell for p in errors):
        lines += ["Next: correct the red cells, save, and run", f"      {_check(terminal, report, files, profile)}"]
    else:
        lines += ["Next: mend the file, and run", f"      {terminal.again(f'check {files}{profile}')}"]
    return lines


def _check(terminal: Terminal, report: Report | None, files: str, profile: str) -> str:
    """Return the command for what was corrected; the to-fix workbook is in our words, so it takes no profile."""
    if report is not None and report.to_fix is not None:
        return terminal.again(f"check {typed_as(terminal.path(report.to_fix))}")
    marked = None if report is None else report.marked
    return terminal.again(f"check {files if marked is None else typed_as(terminal.path(marked))}{profile}")


def correction(terminal: Terminal, report: Report) -> list[str]:
    """Return how to go on with the invoices that were left out."""
    if report.to_fix is None:
        return []
    check = terminal.again(f"check {typed_as(terminal.path(report.to_fix))}")
    return ["Those left out: correct the red cells, save, and run", f"      {check}"]


def tell_files(terminal: Terminal, report: Report | None) -> None:
    """Name the files of a report, the page first."""
    if report is None:
        return
    terminal.say(f"Report:                {terminal.path(report.page)}  (and .json)")
    if report.marked is not None:
        terminal.say(f"Marked-up copy:        {terminal.path(report.marked)}")
    if report.to_fix is not None:
        terminal.say(f"Only the bad invoices: {terminal.path(report.to_fix)}")


def typed_as(path: Path | str) -> str:
    """Return a path as it must be typed."""
    text = str(path)
    return f'"{text}"' if any(c in text for c in " &();'") else text


def tell_problems(terminal: Terminal, outcome: Outcome) -> None:
    """Print the problems, and in a sentence what they come to."""
    from ..problems import count_words, counts

    if not outcome.problems:
        terminal.say(f"{counted(outcome.invoices, 'invoice')}, no problems.")
        return
    terminal.say(*problem_lines(outcome.problems), "")
    found = count_words(counts(outcome.problems))
    if outcome.blocked:
        terminal.say(click.style(f"The file cannot be drafted as it is ({found}).", fg="red", bold=True))
    elif outcome.left_out:
        held = f"{len(outcome.left_out):,} of {counted(outcome.invoices, 'invoice')} cannot be drafted ({found})."
        terminal.say(click.style(held, fg="red", bold=True))
    else:
        terminal.say(click.style(f"{counted(outcome.invoices, 'invoice')} can be drafted ({found}).", bold=True))


def tell_totals(terminal: Terminal, outcome: Outcome) -> None:
    """Print the totals per currency of what can be drafted."""
    if not outcome.good:
        return
    rows = [["Currency", "Invoices", "Net", "Tax", "Total"]] + [
        [t["currency"], str(t["invoice_count"]), *(amount(t[k]) for k in ("net_total", "tax_total", "gross_total"))]
        for t in outcome.totals
    ]
    terminal.say("", *table(rows, right=(1, 2, 3, 4)), "", *([outcome.control] if outcome.control else []))
