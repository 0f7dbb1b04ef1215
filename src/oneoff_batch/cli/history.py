"""`history`: the whole life of an invoice in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .choosing import readable, stop
from .terminal import Terminal, common, printable

if TYPE_CHECKING:
    from ..pipeline.history import Life


@click.command()
@click.argument("what", metavar="REF|NUMBER")
@common
def history(terminal: Terminal, what: str) -> None:
    """Tell the whole life of an invoice: uploads, changes, decisions, number, payments, corrections.

    \b
    Examples:
      oneoff-batch history NOV-001
      oneoff-batch history INV-2026-000001
      oneoff-batch history NOV-001 --json

    The oldest comes first, in local time. A ref that was archived and drafted again shows all of its lives.
    """
    from ..pipeline.history import as_dicts
    from ..pipeline.history import history as lives_of

    with terminal.book() as (_, book):
        lives, problems = lives_of(book, readable(what))
        if problems and what in book.names("batch"):
            again = terminal.again(f"show {what}")
            raise click.ClickException(f"{what} is a batch; history tells of one invoice. Its invoices: {again}")
    if problems:
        stop(terminal, problems, end="")
    for number, life in enumerate(lives, start=1):
        which = f", draft {number} of {len(lives)}" if len(lives) > 1 else ""
        _tell(terminal, life, which)
    terminal.result({"lives": list(as_dicts(lives))})


def _tell(terminal: Terminal, life: Life, which: str) -> None:
    from ..lifecycle.moves import in_words

    state = life.state
    words = in_words(state["status"], bool(state["on_hold"]), state["approval"])
    number = f" under {state['number']}" if isinstance(state["number"], str) else ""
    title = f"{state['invoice_ref']}{which}, batch {state['batch']}: now {words}{number}"
    terminal.say(click.style(printable(title), bold=True))
    for event in life.events:
        terminal.say(f"  {event.at:%Y-%m-%d %H:%M}  {printable(f'{event.user} {event.words}.')}")
    terminal.say("")


COMMANDS = (history,)
