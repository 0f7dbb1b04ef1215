"""Which invoices a command is about, as they are typed: names in any mix, and filters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from ..problems import errors
from .terminal import PROBLEMS, Terminal, leave, problem_lines

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.selecting import Chosen, Wanted
    from ..problems import Problem

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")


def _amount(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    if not _AMOUNT.fullmatch(value):
        raise click.BadParameter(f'"{value}" is not an amount. Type digits and a point, as in 10000 or 10000.50.')
    return Decimal(value)


def typed_text(_context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return a text without the blanks around it; refuse one that is blank, or that is no text at all."""
    if value is None:
        return ""
    if not value.strip() or not value.isprintable():
        raise click.BadParameter(f"--{parameter.name} must say something, in letters, on one line.")
    return value.strip()


def readable(name: str) -> str:
    """Return a name with a question mark for what is no letter: bytes that the terminal could not read as text."""
    return name.encode("utf-8", "replace").decode()


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add names and filters to a command, and hand them over as `Wanted`."""

    @click.argument("what", nargs=-1)
    @click.option("--customer", "customers", multiple=True, metavar="ID", help="Only of this customer; may be repeated.")
    @click.option(
        "--over", callback=_amount, metavar="AMOUNT",
        help="Only with a total with tax above this, in the invoice's own currency.",
    )  # fmt: skip
    @click.option("--with-warnings", is_flag=True, help="Only those that have warnings.")
    @functools.wraps(command)
    def wrapped(
        *args: Any, what: tuple[str, ...], customers: tuple[str, ...], over: Decimal | None, with_warnings: bool,
        **options: Any,
    ) -> Any:  # fmt: skip
        from ..pipeline.selecting import Wanted

        wanted = Wanted(tuple(map(readable, what)), tuple(map(readable, customers)), over, with_warnings)
        if not wanted.names and not wanted.filtered:
            raise click.UsageError(
                "Name batches, invoice refs or numbers, or choose with --customer, --over or --with-warnings. "
                "There is no way to take everything at once: name the batches."
            )
        return command(*args, wanted=wanted, **options)

    return wrapped


def chosen_of(terminal: Terminal, book: Book, wanted: Wanted) -> Chosen:
    """Return the invoices that were meant; end here where that is not known."""
    from ..pipeline.selecting import choose

    chosen = choose(book, wanted)
    if chosen.problems:
        stop(terminal, chosen.problems)
    return chosen


def tell_problems(terminal: Terminal, problems: Sequence[Problem]) -> None:
    """Print what was refused, or deserves a look; under --quiet the errors still go to where errors go."""
    if terminal.quiet and not terminal.json:
        refused = problem_lines(errors(problems))
        if refused:
            click.echo("\n".join(refused), err=True)
        return
    terminal.say(*problem_lines(problems), *([""] if problems else []))


def stop(terminal: Terminal, problems: Sequence[Problem], end: str = "\nNothing was changed.") -> None:
    """End here, without having done anything, and say why."""
    if terminal.json:
        terminal.result({"problems": [p.as_dict() for p in problems]})
    else:
        click.echo("\n".join([*problem_lines(problems), *([end] if end else [])]), err=terminal.quiet)
    leave(PROBLEMS)
