"""`check` and `draft`: from a file to drafts, or to what is wrong with it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..problems import counted, ranged
from .terminal import OK, PARTLY, PROBLEMS, Terminal, common, leave, now, printable
from .told import after_drafting, steps, tell_files, tell_problems, tell_totals

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.batches import Files
    from ..pipeline.intake import Outcome
    from ..pipeline.reports import Report
    from ..pipeline.steps import Asked
    from ..pipeline.workspace import Workspace
    from ..reading import Options, Profile

_SHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt"})


def _files(command: Callable[..., Any]) -> Callable[..., Any]:
    help_ = "A mapping profile for another program's columns: a file, or the name of one (see map --list)."
    command = click.option("--profile", help=help_)(reading_options(command))
    return files_argument(required=True)(command)


def files_argument(required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the argument of files to read; one that is not there is a file that cannot be read, not a word mistyped."""
    path = click.Path(path_type=Path)
    return click.argument("files", type=path, nargs=-1, required=required, callback=_there)


def _there(_context: click.Context, _parameter: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(map(there, paths))


def there(path: Path) -> Path:
    """Return the path of a file; raises `FileNotFoundError` where it is not there, with what may have been meant."""
    if not path.exists():
        raise FileNotFoundError(f"{path}.{_near(path)}")
    if path.is_dir():
        raise click.BadParameter(f"{path} is a folder. Name the file in it.")
    return path


def _near(path: Path) -> str:
    """Return what may have been meant, as a question; where nothing is near, what there is."""
    from difflib import get_close_matches

    folder = path.parent
    if not folder.is_dir():
        return f" There is no folder {folder} either."
    sheets = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in _SHEETS and p.is_file())
    stems = {name: Path(name).stem.lower() for name in sheets}
    near = get_close_matches(path.stem.lower(), set(stems.values()), n=3, cutoff=0.7)
    names = [str(folder / name) for name, stem in stems.items() if stem in near]
    return f" Did you mean {' or '.join(names)}?" if names else ""


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how files are read, and hand them over as one value."""

    @click.option("--skip-hidden", is_flag=True, help="Leave out rows that are hidden or filtered out in Excel.")
    @click.option("--encoding", help="The character set of a CSV, such as mac_roman.  [default: found out]", callback=_known)
    @functools.wraps(command)
    def wrapped(*args: Any, skip_hidden: bool, encoding: str, **others: Any) -> Any:
        from ..reading import Options

        return command(*args, options=Options(skip_hidden, encoding), **others)

    return wrapped


def _known(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """Refuse a character set that nobody knows."""
    try:
        "".encode(value or "utf-8")
    except (LookupError, ValueError):
        raise click.BadParameter(
            f'"{value}" is no character set. Known ones are utf-8, cp1252, mac_roman, utf-16.'
        ) from None
    return value or ""


@click.command()
@_files
@click.option("--strict", is_flag=True, help="Let warnings count as problems in the exit code.")
@click.option("--dry-run", is_flag=True, help="Write no report either.")
@common
def check(
    terminal: Terminal, files: tuple[Path, ...], profile: str | None, options: Options, strict: bool, dry_run: bool
) -> None:
    """Say what is wrong with a file; nothing is written but the report, and copies to correct it in.

    FILE is a workbook with the sheets Invoices and Lines, two CSVs, or one flat sheet.

    \b
    Examples:
      oneoff-batch check november.xlsx
      oneoff-batch check invoices.csv lines.csv
      oneoff-batch check shop.csv --profile shop.toml
      oneoff-batch check xero.csv --profile xero
    """
    from ..pipeline.intake import examine
    from ..pipeline.reports import summary, write_report

    workspace = terminal.workspace()
    with _maybe_book(workspace) as book, terminal.working(f"Reading and checking {files[0].name}"):
        outcome = examine(workspace, files, _profile(workspace, profile), now().date(), book, options=options)
    asked = terminal.asked(files, reading_as(profile, options))
    report = None if dry_run else write_report(workspace, outcome, asked)
    tell_problems(terminal, outcome)
    tell_totals(terminal, outcome)
    tell_files(terminal, report)
    terminal.say(*steps(terminal, outcome, report, asked))
    written = {} if report is None else {"written": report.as_dict()}
    terminal.result({**summary(outcome), **written, "problems": [p.as_dict() for p in outcome.problems]})
    strictly = strict and any(p.severity != "note" for p in outcome.problems)
    leave(PROBLEMS if outcome.has_errors or strictly else OK)


@click.command()
@_files
@click.option("--valid-only", is_flag=True, help="Draft the good invoices and leave out those with errors.")
@click.option("--replace", is_flag=True, help="Put changed invoices in the place of earlier drafts.")
@click.option("--dry-run", is_flag=True, help="Say what would be drafted, and write nothing.")
@common
def draft(
    terminal: Terminal,
    files: tuple[Path, ...],
    profile: str | None,
    options: Options,
    valid_only: bool,
    replace: bool,
    dry_run: bool,
) -> None:
    """Make draft invoices of a file, with pages and a workbook to look at.

    \b
    Examples:
      oneoff-batch draft november.xlsx
      oneoff-batch draft november.xlsx --valid-only
      oneoff-batch draft corrected.xlsx --replace

    Drafts are on hold and have no number. The same file again does nothing and says so.
    """
    from ..pipeline.batches import draft_files, write_batch
    from ..pipeline.reports import write_report

    asked = terminal.asked(files, reading_as(profile, options))
    with terminal.book() as (workspace, book):
        with terminal.working(f"Reading, checking and drafting {files[0].name}"):
            done = draft_files(
                workspace,
                book,
                files,
                _profile(workspace, profile),
                terminal.user,
                now(),
                valid_only=valid_only,
                replace_drafts=replace,
                options=options,
                dry_run=dry_run,
            )
        if done.outcome is None:
            known = str(done.known_batch)
            _tell_known(terminal, known, None if dry_run else complete(terminal, workspace, book, known).index)
            return
        if dry_run:
            _tell_dry(terminal, done.outcome, done.would)
        asked = dataclasses.replace(asked, batch=done.batch or "")
        report = write_report(workspace, done.outcome, asked)
        outcome = done.outcome.reported()
        done = dataclasses.replace(done, outcome=None)
        tell_problems(terminal, outcome, asked)
        if done.batch is None:
            _tell_nothing(terminal, outcome, report, asked)
            return
        written = write_batch(workspace, book, done.batch, terminal.progress, asked)
    _tell_drafted(terminal, outcome, written, report, asked)
    terminal.say(*after_drafting(terminal, workspace, done.batch, outcome.good, written.workbook))
    leave(PARTLY if outcome.left_out else OK)


def _tell_dry(terminal: Terminal, outcome: Outcome, would: bool) -> NoReturn:
    """Say what would be drafted and what left out, and end the command as the real run would."""
    from ..pipeline.reports import summary

    tell_problems(terminal, outcome)
    tell_totals(terminal, outcome)
    count = outcome.good if would else 0
    if would:
        told = [click.style(f"{counted(count, 'invoice')} would be drafted.", bold=True)]
        told += [f"Would be left out: {printable(ranged(outcome.left_out))}"] if outcome.left_out else []
    elif _all_known(outcome):
        told = ["Nothing to do: all of it is in the book already."]
    else:
        told = ["Nothing would be drafted."]
        if outcome.good and not outcome.blocked:
            others = f", and left out: {printable(ranged(outcome.left_out))}" if outcome.left_out else ""
            told += [f"With --valid-only, {counted(outcome.good, 'invoice')} would be drafted{others}"]
    terminal.say(*told, "A dry run: nothing was written.")
    terminal.result({"dry_run": True, "would_draft": count, **summary(outcome)})
    leave((PARTLY if outcome.left_out else OK) if would else OK if _all_known(outcome) else PROBLEMS)


def _tell_known(terminal: Terminal, batch: str, page: Path | None) -> None:
    terminal.say(f"Nothing to do: this very file is batch {batch} already.", f"Next: {terminal.again(f'show {batch}')}")
    written = {"dry_run": True} if page is None else {"page": str(page)}
    terminal.result({"batch": batch, "nothing_to_do": True, **written})


def _all_known(outcome: Outcome) -> bool:
    """True where all of it is in the book already."""
    return len(outcome.unchanged) == outcome.invoices and not outcome.has_errors


def _tell_nothing(terminal: Terminal, outcome: Outcome, report: Report, asked: Asked) -> None:
    """Say why nothing was drafted, and end the command."""
    from ..pipeline.reports import summary

    if _all_known(outcome):
        terminal.say(*steps(terminal, outcome, report, asked))
        terminal.result({"batch": None, "nothing_to_do": True, **summary(outcome)})
        leave(OK)
    if not outcome.stopped:
        terminal.say("Nothing was drafted.")
    tell_files(terminal, report)
    terminal.say(*steps(terminal, outcome, report, asked))
    terminal.result({"batch": None, **summary(outcome), "written": report.as_dict()})
    leave(PROBLEMS)


def _tell_drafted(terminal: Terminal, outcome: Outcome, written: Files, report: Report, asked: Asked) -> None:
    from ..pipeline.reports import summary

    tell_totals(terminal, outcome)
    if outcome.left_out:
        terminal.say(f"Left out: {printable(ranged(outcome.left_out))}")
        tell_files(terminal, report)
        terminal.say(*steps(terminal, outcome, report, asked))
    terminal.say(
        click.style(f"Batch {asked.batch}: {counted(outcome.good, 'draft')}, on hold, without numbers.", bold=True),
        f"  Look at   {terminal.path(written.index)}",
        f"  Workbook  {terminal.path(written.workbook)}",
    )
    told = {"batch": asked.batch, **summary(outcome), "page": str(written.index), "workbook": str(written.workbook)}
    terminal.result({**told, "written": report.as_dict()})


def reading_as(profile: Path | str | None, options: Options) -> str:
    """Return the options that say how files are read, for the command to type next."""
    from ..pipeline.steps import typed_as

    said = [f"--profile {typed_as(profile)}"] if profile else []
    said += ["--skip-hidden"] if options.skip_hidden else []
    said += [f"--encoding {options.encoding}"] if options.encoding else []
    return "".join(f" {option}" for option in said)


def _profile(workspace: Workspace, name: str | None) -> Profile | None:
    from ..reading import named_profile

    return None if name is None else named_profile(name, workspace.profiles)


def _maybe_book(workspace: Workspace) -> Any:
    """The book where there is one: a check needs none, but finds what is in it already."""
    from contextlib import nullcontext

    from ..book import open_book

    file = workspace.book
    return nullcontext() if file is not None and not file.exists() else open_book(workspace.book_url)


def complete(terminal: Terminal, workspace: Workspace, book: Book, batch: str) -> Files:
    """Write the files of a batch that a crash cut off; leave them alone where they are there."""
    from ..pipeline.batches import Files, write_batch
    from ..pipeline.workbooks import latest

    folder = workspace.batch(batch)
    if (folder / "index.html").exists():
        return Files(folder / "index.html", latest(folder), 0)
    return write_batch(workspace, book, batch, terminal.progress)


COMMANDS = (check, draft)
