"""Words in, words out: options that every command has, colours, progress, exit codes."""

from __future__ import annotations

import functools
import getpass
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..problems import counted

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.steps import Asked
    from ..pipeline.workspace import Workspace
    from ..problems import Problem

OK, PROBLEMS, USAGE, UNREADABLE, SETTINGS, BOOK, PARTLY, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 70, 130
EXIT_CODES = {
    OK: "all went well; there may be warnings",
    PROBLEMS: "problems were found in the data, and are reported",
    USAGE: "the command was not typed as it should be",
    UNREADABLE: "a file is missing, or cannot be read or written",
    SETTINGS: "settings, a mapping profile or a page template cannot be used",
    BOOK: "the book is missing, locked or refuses",
    PARTLY: "partly done: some invoices were left out or refused, and are reported",
    INTERNAL: "a fault of this program; the book is whole, see status",
    INTERRUPTED: "interrupted",
}
GROUPS_SHOWN = 20
CHANGES_SHOWN = 20
_STYLE = re.compile("(\x1b\\[(?:[0-2]|3[1-3])m)")
"""The styles that we put into a line ourselves are left alone."""


@dataclass(frozen=True)
class Terminal:
    """How a command speaks, and for whom."""

    json: bool
    quiet: bool
    root: Path
    user: str
    at: str | None = None
    """The book that `--book` or the environment names; None for that of the settings."""
    typed_book: str | None = None
    """The book as far as it was typed, and has to be typed again."""

    def say(self, *lines: str) -> None:
        """Print lines for people; nothing under --quiet or --json."""
        if lines and not (self.quiet or self.json):
            from ..problems import visible

            parts = _STYLE.split("\n".join(lines))
            click.echo("".join(part if i % 2 else visible(part) for i, part in enumerate(parts)))

    def result(self, data: dict[str, Any]) -> None:
        """Print the result for machines, where --json asks for it."""
        if self.json:
            from ..problems import as_json

            click.echo(as_json(data, indent=1))

    def workspace(self) -> Workspace:
        """Open the workspace."""
        from ..pipeline.workspace import open_workspace

        return open_workspace(self.root, self.at)

    @contextmanager
    def book(self) -> Iterator[tuple[Workspace, Book]]:
        """Open the workspace and its book."""
        from ..book import open_book

        workspace = self.workspace()
        with open_book(workspace.book_url) as book:
            yield workspace, book

    def progress(self, name: str, length: int) -> Callable[[int], None]:
        """Return what advances a progress bar on a terminal, and does nothing in a pipe."""
        if self.json or self.quiet or not sys.stderr.isatty() or length < 2:
            return lambda _: None
        bar: Any = click.progressbar(length=length, label=f"{name:<10}", file=sys.stderr)
        bar.render_progress()

        def advance(steps: int) -> None:
            bar.update(steps)
            if bar.finished:
                bar.render_finish()

        return advance

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show on a terminal what is being done while it lasts, and wipe it away."""
        shown = not (self.json or self.quiet) and sys.stderr.isatty()
        if shown:
            click.echo(f"{what} …", err=True, nl=False)
        try:
            yield
        finally:
            if shown:
                click.echo(f"\r{' ' * (len(what) + 2)}\r", err=True, nl=False)

    def path(self, path: Path) -> str:
        """Return a path as she would type it from where she is."""
        from ..pipeline.steps import here

        return here(path)

    def asked(self, files: Sequence[Path] = (), reading: str = "") -> Asked:
        """Return what was typed, as far as the next command must repeat it."""
        from ..pipeline.steps import Asked

        return Asked(self.root, tuple(files), reading, book=self.typed_book)

    def again(self, command: str) -> str:
        """Return a command to type next, with the workspace where it is not the current folder."""
        return self.asked().again(command)


def typed_day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Return the day that an option names; refuse what is none."""
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f'"{value}" is not a date. Type the year first, as in 2026-11-30.') from None


def typed_count(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Return the whole number that an option names; refuse what is none."""
    if value is None or (value.isascii() and value.isdigit() and 0 < int(value[:9]) == int(value[:10])):
        return None if value is None else int(value)
    raise click.BadParameter(f'"{value}" is not a whole number of 1 or more.')


def now() -> datetime:
    """Return this moment in the local time zone: the one clock of the program."""
    return datetime.now().astimezone()


def _name(user: str | None) -> str:
    """Return who is working; refuse a name that is empty or has something that nobody can see."""
    if user is None:
        return getpass.getuser()
    from ..problems import visible

    name = " ".join(user.split())
    if not name or visible(name) != name:
        raise click.UsageError("--user needs a name of letters that can be seen; it is written into the book.")
    return name


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command has, and hand them over as a `Terminal`."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
    @click.option(
        "--workspace", "-w", type=click.Path(path_type=Path, file_okay=False), default=Path(), envvar="ONEOFF_WORKSPACE",
        help="The workspace's folder.  [default: this folder]",
    )  # fmt: skip
    @click.option(
        "--book", metavar="BOOK", envvar="ONEOFF_BOOK",
        help="Another book than the settings name: a file, or postgresql://NAME@SERVER/DATABASE.",
    )  # fmt: skip
    @click.option("--user", envvar="ONEOFF_USER", help="Who is working.  [default: your login name]")
    @functools.wraps(command)
    def wrapped(
        *args: Any, as_json: bool, quiet: bool, workspace: Path, book: str | None, user: str | None, **options: Any
    ) -> Any:
        context = click.get_current_context()
        context.ensure_object(dict)["workspace"] = workspace
        typed = context.get_parameter_source("book") is click.core.ParameterSource.COMMANDLINE
        terminal = Terminal(as_json, quiet, workspace, _name(user), book or None, book if typed else None)
        return command(terminal, *args, **options)

    return wrapped


def colour_wanted() -> bool | None:
    """False where the environment forbids colour, None where the terminal decides."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def leave(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)


def leave_after(problems: Iterable[Problem], done: object) -> NoReturn:
    """End a command that goes on past refusals: without an error, with something done beside errors, or with nothing."""
    from ..problems import errors

    leave(OK if not errors(problems) else PARTLY if done else PROBLEMS)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return rows as aligned columns; the first row is the header, `right` names the columns of figures."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        return "  " + "   ".join(cells).rstrip()

    head, *body = rows
    return [click.style(line(head), bold=True), *(line(row) for row in body)]


def amount(text: str) -> str:
    """Return an amount with its thousands set apart."""
    whole, dot, part = text.partition(".")
    return f"{int(whole):,}{dot}{part}" if whole != "-0" else text


def total_of(row: Mapping[Any, Any]) -> str:
    """Return an invoice's total with its currency."""
    return f"{amount(format(row['gross_total'], '.{}f'.format(row['digits'])))} {row['currency']}"


def printable(text: str) -> str:
    """Return text from a sheet, a file name or a ref on one line, so that nothing in it is alive.

    What moves the cursor, turns the line around or hides itself is named by its code.

    >>> printable("A\\x1b[2J" + chr(0x202e) + "B\\nC")
    'A‹U+001B›[2J‹U+202E›B C'
    """
    from ..problems import visible

    return re.sub(r"[\t\n]+", " ", visible(text.replace("\r\n", "\n")))


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Return problems grouped by code and value, at most so many, the heaviest first; notes are dim and without a remedy."""
    from ..problems import grouped

    groups = grouped(problems)
    lines: list[str] = []
    for group in groups[:GROUPS_SHOWN]:
        first = group.first
        message, places = printable(group.message), printable(group.places)
        if first.severity == "note":
            lines.append(click.style(f"  {first.code}  {message}{f'  ({places})' if places else ''}", dim=True))
            continue
        code = click.style(first.code, fg="red" if first.severity == "error" else "yellow", bold=True)
        lines.append(f"  {code}  {message}")
        if places:
            lines.append(click.style(f"        {places}", dim=True))
        lines.append(f"        {printable(first.fix)}")
    if len(groups) > GROUPS_SHOWN:
        more = len(groups) - GROUPS_SHOWN
        lines.append(f"  … and {counted(more, 'more kind')}, all of them in the report.")
    return lines
