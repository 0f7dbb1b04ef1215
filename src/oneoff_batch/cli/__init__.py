"""The command line: words in, words out, exit codes."""

from __future__ import annotations

import errno
import io
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from .. import __version__
from . import (
    batch,
    book,
    credit,
    evidence,
    explain,
    history,
    ledger,
    looking,
    mapping,
    moves,
    pay,
    posting,
    refresh,
    review,
    setup,
    tick,
)
from .terminal import BOOK, EXIT_CODES, INTERNAL, INTERRUPTED, SETTINGS, UNREADABLE, colour_wanted, printable

_SPACE = "Make room on it."
_RIGHTS = "Ask for the right to write there, or use a workspace in another place."
_OF_THE_DISK = {
    errno.ENOSPC: ("the disk is full", _SPACE),
    errno.EDQUOT: ("you have used up your part of the disk", _SPACE),
    errno.EFBIG: ("the system allows no file of that size", _SPACE),
    errno.EROFS: ("the disk can only be read", _RIGHTS),
    errno.EIO: ("the disk reports an error", "Have the disk looked at, and keep a copy of the book elsewhere."),
}
_AGAIN = "The book is whole; run the same command again, and what is missing is written."
_EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {words}" for code, words in EXIT_CODES.items())


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="oneoff-batch")
def cli() -> None:
    """Turn a finance team's spreadsheets into one-off invoices that an auditor would sign.

    \b
    A month end, from the first to the last command:
      oneoff-batch init books                  make a workspace, once
      cd books
      oneoff-batch check november.xlsx         what is wrong with the sheet?
      oneoff-batch draft november.xlsx         drafts, with pages to look at
      oneoff-batch approve 2026-11-30-1        by somebody else
      oneoff-batch finalize 2026-11-30-1       numbers, documents, ledger
    """


_MODULES = (
    setup,
    book,
    mapping,
    batch,
    looking,
    history,
    review,
    refresh,
    moves,
    posting,
    tick,
    credit,
    pay,
    ledger,
    evidence,
    explain,
)
for _module in _MODULES:
    for _command in _module.COMMANDS:
        cli.add_command(_command)


def main(args: list[str] | None = None) -> None:
    """Run the program; every expected trouble becomes a sentence and its own exit code.

    What the terminal has no letters for is shown as a question mark: a foreign name must not end a command.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    try:
        seen: dict[str, Path] = {}
        result: Any = cli.main(args, prog_name="oneoff-batch", standalone_mode=False, color=colour_wanted(), obj=seen)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.ClickException as e:
        said = io.StringIO()
        e.show(said)
        click.echo(_on_lines(said.getvalue()), err=True, nl=False)
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Nothing more was done.", err=True)
        return INTERRUPTED
    except Exception as e:  # noqa: BLE001 - the last border: a traceback goes to a file, never to the user
        return _trouble(e, seen.get("workspace"))


def _trouble(error: Exception, workspace: Path | None) -> int:
    """Say in a sentence what went wrong; a fault of our own goes to a file."""
    from ..book import BookError
    from ..reading import ProfileError, Unreadable
    from ..settings import SettingsError
    from ..showing.faults import TemplateFault

    if isinstance(error, Unreadable):
        problem = error.problem
        return _say(f"{problem.code}  {problem.message}\n{problem.fix}", UNREADABLE)
    if isinstance(error, SettingsError | ProfileError | TemplateFault):
        return _say(str(error), SETTINGS)
    if isinstance(error, BookError):
        return _say(str(error), BOOK)
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return _say(f"There is no file {error.args[0]}", UNREADABLE)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _OF_THE_DISK):
        return _say(_of_the_disk(error), UNREADABLE)
    return _say(_report(error, workspace), INTERNAL)


def _of_the_disk(error: OSError) -> str:
    """Say what the system says of a file, and where the disk is why, that the command can be typed again."""
    name = f"{error.filename}: " if error.filename is not None else ""
    why, then = _OF_THE_DISK.get(error.errno or 0, ("", ""))
    if not why:
        return f"{name}{error.strerror or 'cannot be used'}."
    return f"{name or 'A file cannot be written: '}{why}.\n{then} {_AGAIN}"


def _say(text: str, code: int) -> int:
    click.echo(click.style("Error: ", fg="red", bold=True) + _on_lines(text), err=True)
    return code


def _on_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def _report(error: Exception, workspace: Path | None) -> str:
    """Keep the traceback in a file: beside the reports of the workspace, else in the current folder."""
    details = f"oneoff-batch {__version__}, Python {sys.version}\n\n" + "".join(traceback.format_exception(error))
    words = "This is a fault of the program, not of your file. The book is whole: oneoff-batch status says where it stands."
    for folder in _folders(workspace):
        path = (folder / "oneoff-batch-fault.txt").resolve()
        try:
            folder.mkdir(exist_ok=True)
            path.write_text(details, "utf-8", "backslashreplace")
        except OSError:
            continue
        return (
            f"{words}\nWhat happened stands in {path}. "
            "Please send it, with the file that you used, to whoever gave you the program."
        )
    return f"{words}\n\n{details}"


def _folders(workspace: Path | None) -> list[Path]:
    is_one = workspace is not None and (workspace / "oneoff.toml").is_file()
    return [*([workspace / "reports"] if workspace is not None and is_one else []), Path()]
