"""`check` and `draft`: from a file to drafts, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .terminal import (
    OK,
    PARTLY,
    PROBLEMS,
    Terminal,
    amount,
    common,
    counted,
    leave,
    now,
    problem_lines,
    table,
)

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.batches import Files
    from ..pipeline.intake import Outcome
    from ..pipeline.workspace import Workspace
    from ..reading import Profile


def _files(command: Callable[..., Any]) -> Callable[..., Any]:
    existing = click.Path(path_type=Path, exists=True)
    command = click.option("--profile", type=existing, help="A mapping profile for another program's columns.")(command)
    return click.argument("files", type=existing, nargs=-1, required=True)(command)


@click.command()
@_files
@click.option("--strict", is_flag=True, help="Let warnings count as problems in the exit code.")
@click.option("--dry-run", is_flag=True, help="Write no report either.")
@common
def check(terminal: Terminal, files: tuple[Path, ...], profile: Path | None, strict: bool, dry_run: bool) -> None:
    """Say what is wrong with a file; nothing is written but the report.

    FILE is a workbook with the sheets Invoices and Lines, two CSVs, or one flat sheet.

    \b
    Examples:
      oneoff-batch check november.xlsx
      oneoff-batch check invoices.csv lines.csv
      oneoff-batch check shop.csv --profile shop.toml
    """
    from ..pipeline.batches import summary, write_report
    from ..pipeline.intake import examine

    workspace = terminal.workspace()
    with _maybe_book(workspace) as book, terminal.working(f"Reading and checking {files[0].name}"):
        outcome = examine(workspace, files, _profile(profile), now().date(), book)
    report = None if dry_run else write_report(workspace, outcome, files[0].stem.split(".")[0])
    _tell_problems(terminal, outcome)
    _tell_totals(terminal, outcome)
    command = " ".join(str(f) for f in files) + (f" --profile {profile}" if profile else "")
    if report:
        terminal.say(f"Report: {terminal.path(report[0])}  (and .json)")
    if outcome.has_errors:
        code = next(p.code for p in outcome.problems if p.severity == "error")
        terminal.say(
            f"Next: mend the file, then check it again; oneoff-batch explain {code} says more."
            if outcome.blocked or not outcome.good
            else f"Next: mend the file and check it again, or draft the good ones:\n"
            f"      {terminal.again(f'draft {command} --valid-only')}"
        )
    else:
        terminal.say("Next: " + terminal.again(f"draft {command}"))
    terminal.result({**summary(outcome), "problems": [p.as_dict() for p in outcome.problems]})
    leave(PROBLEMS if outcome.has_errors or (strict and outcome.problems) else OK)


@click.command()
@_files
@click.option("--valid-only", is_flag=True, help="Draft the good invoices and leave out those with errors.")
@click.option("--replace", is_flag=True, help="Put changed invoices in the place of earlier drafts.")
@click.option("--dry-run", is_flag=True, help="Say what would be drafted, and write nothing.")
@common
def draft(
    terminal: Terminal, files: tuple[Path, ...], profile: Path | None, valid_only: bool, replace: bool, dry_run: bool
) -> None:
    """Make draft invoices of a file, with pages and a workbook to look at.

    \b
    Examples:
      oneoff-batch draft november.xlsx
      oneoff-batch draft november.xlsx --valid-only
      oneoff-batch draft corrected.xlsx --replace

    Drafts are on hold and have no number. The same file again does nothing and says so.
    """
    from ..pipeline.batches import draft_files, summary, write_batch, write_report
    from ..pipeline.intake import examine

    chosen = _profile(profile)
    with terminal.book() as (workspace, book):
        if dry_run:
            outcome = examine(workspace, files, chosen, now().date(), book, replace)
            _tell_problems(terminal, outcome)
            _tell_totals(terminal, outcome)
            terminal.say("A dry run: nothing was written.")
            terminal.result({"dry_run": True, **summary(outcome)})
            leave(PROBLEMS if outcome.has_errors else OK)
        with terminal.working(f"Reading, checking and drafting {files[0].name}"):
            done = draft_files(
                workspace, book, files, chosen, terminal.user, now(), valid_only=valid_only, replace_drafts=replace
            )
        if done.outcome is None:
            _tell_known(terminal, _complete(terminal, workspace, book, str(done.known_batch)), str(done.known_batch))
            return
        report = write_report(workspace, done.outcome, files[0].stem.split(".")[0])[0]
        _tell_problems(terminal, done.outcome)
        if done.batch is None:
            _tell_nothing(terminal, done.outcome, report)
            return
        written = write_batch(workspace, book, done.batch, terminal.progress)
    _tell_drafted(terminal, done.outcome, done.batch, written, report)
    leave(PARTLY if done.outcome.left_out else OK)


def _tell_known(terminal: Terminal, written: Files, batch: str) -> None:
    terminal.say(f"Nothing to do: this very file is batch {batch} already.", f"Next: {terminal.again(f'show {batch}')}")
    terminal.result({"batch": batch, "nothing_to_do": True, "page": str(written.index)})


def _tell_nothing(terminal: Terminal, outcome: Outcome, report: Path) -> None:
    """Say why nothing was drafted, and end the command."""
    from ..pipeline.batches import summary

    if len(outcome.unchanged) == outcome.invoices and not outcome.has_errors:
        terminal.say("Nothing to do: all of it is in the book already.")
        terminal.result({"batch": None, "nothing_to_do": True, **summary(outcome)})
        leave(OK)
    terminal.say(f"Nothing was drafted. Report: {terminal.path(report)}")
    if outcome.good and not outcome.blocked:
        terminal.say("Next: mend the file, or draft the good ones with --valid-only.")
    terminal.result({"batch": None, **summary(outcome)})
    leave(PROBLEMS)


def _tell_drafted(terminal: Terminal, outcome: Outcome, batch: str, written: Files, report: Path) -> None:
    from ..pipeline.batches import summary

    _tell_totals(terminal, outcome)
    if outcome.left_out:
        terminal.say(f"Left out: {', '.join(outcome.left_out[:10])}{' …' if len(outcome.left_out) > 10 else ''}")
        terminal.say(f"Report: {terminal.path(report)}")
    terminal.say(
        click.style(f"Batch {batch}: {counted(outcome.good, 'draft')}, on hold, without numbers.", bold=True),
        f"  Look at   {terminal.path(written.index)}",
        f"  Workbook  {terminal.path(written.workbook)}",
        f"Next: somebody else approves it:  {terminal.again(f'approve {batch} --user NAME')}",
    )
    told = {"batch": batch, **summary(outcome), "page": str(written.index), "workbook": str(written.workbook)}
    terminal.result(told)


def _profile(path: Path | None) -> Profile | None:
    from ..reading import load_profile

    return None if path is None else load_profile(path)


def _maybe_book(workspace: Workspace) -> Any:
    """The book where there is one: a check needs none, but finds what is in it already."""
    from contextlib import nullcontext

    from ..book import open_book

    return open_book(workspace.book_url) if workspace.book.exists() else nullcontext()


def _complete(terminal: Terminal, workspace: Workspace, book: Book, batch: str) -> Files:
    """Write the files of a batch that a crash cut off; leave them alone where they are there."""
    from ..pipeline.batches import Files, write_batch

    folder = workspace.batch(batch)
    if (folder / "index.html").exists():
        return Files(folder / "index.html", folder / "preview.xlsx", 0)
    return write_batch(workspace, book, batch, terminal.progress)


def _tell_problems(terminal: Terminal, outcome: Outcome) -> None:
    from ..problems import ERROR

    if not outcome.problems:
        terminal.say(f"{counted(outcome.invoices, 'invoice')}, no problems.")
        return
    terminal.say(*problem_lines(outcome.problems), "")
    errors = sum(p.severity == ERROR for p in outcome.problems)
    found = f"{counted(errors, 'problem')}, {counted(len(outcome.problems) - errors, 'warning')}"
    if outcome.blocked:
        terminal.say(click.style(f"The file cannot be drafted as it is ({found}).", fg="red", bold=True))
    elif outcome.left_out:
        held = f"{len(outcome.left_out):,} of {counted(outcome.invoices, 'invoice')} cannot be drafted ({found})."
        terminal.say(click.style(held, fg="red", bold=True))
    else:
        terminal.say(click.style(f"{counted(outcome.invoices, 'invoice')} can be drafted ({found}).", bold=True))


def _tell_totals(terminal: Terminal, outcome: Outcome) -> None:
    if not outcome.good:
        return
    rows = [["Currency", "Invoices", "Net", "Tax", "Total"]] + [
        [t["currency"], str(t["invoice_count"]), *(amount(t[k]) for k in ("net_total", "tax_total", "gross_total"))]
        for t in outcome.totals
    ]
    terminal.say("", *table(rows, right=(1, 2, 3, 4)), "", *([outcome.control] if outcome.control else []))


COMMANDS = (check, draft)
