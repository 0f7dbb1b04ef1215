"""`tick`: what is approved, off hold and past its grace period becomes final by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted, ranged
from .choosing import tell_problems
from .posting import numbers_as_dicts, ranges, tell_numbers
from .terminal import Terminal, common, leave_after, now, printable
from .told import documents, moment

if TYPE_CHECKING:
    import pandas as pd

    from ..pipeline.tick import Ticked

_SHOWN = 20


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would become final, and draw no number.")
@common
def tick(terminal: Terminal, dry_run: bool) -> None:
    """Make final what is approved, off hold, and past its grace period.

    \b
    Examples:
      oneoff-batch tick --dry-run
      oneoff-batch tick
    Each quarter of an hour, from cron:
      */15 * * * *  oneoff-batch tick --quiet --workspace /srv/books

    The grace period (grace_period_hours in the settings) begins with the release from hold, or with the upload of what
    never was on hold. OPEN invoices are never taken. What is refused, say because its period is closed, is left out
    and named. Two runs at once draw no number twice, and documents that a crash cut off are written by the next one.
    """
    from ..pipeline.tick import tick as tick_now
    from ..pipeline.tick import write_documents

    with terminal.book() as (workspace, book):
        at = now()
        done = tick_now(workspace, book, terminal.user, at, dry_run=dry_run)
        written = [] if dry_run else write_documents(workspace, book, terminal.user, at, terminal.progress, terminal.asked())
    _tell(terminal, done, dry_run)
    terminal.say(*(f"  Documents  {terminal.path(page)}" for _, page in written))
    terminal.result(_as_dict(done, dry_run, [batch for batch, _ in written]))
    leave_after(done.problems, len(done.drawn))


def _tell(terminal: Terminal, done: Ticked, dry_run: bool) -> None:
    """Say what was left out, what became final, what waits for whom, and what is due next."""
    tell_problems(terminal, done.problems)
    if len(done.drawn):
        tell_numbers(terminal, done.drawn, _SHOWN)
        count = documents(done.drawn)
        words = f"{count} would become final. A dry run: no number was drawn." if dry_run else f"{count} final: "
        terminal.say(click.style(words + ("" if dry_run else f"{ranges(done.drawn)}."), bold=True))
    else:
        terminal.say("Nothing became final." if done.problems else "Nothing is due.")
    _tell_not_approved(terminal, done.waiting, "waits for approval", "wait for approval")
    _tell_not_approved(
        terminal, done.declined, "was declined and waits for a correction", "were declined and wait for a correction"
    )
    if len(done.coming):
        first = done.coming["due"].iloc[0]
        due = done.coming[done.coming["due"] == first]["invoice_ref"].tolist()
        terminal.say(f"Next due: {printable(ranged(due))}, on {moment(first.to_pydatetime())}.")


def _tell_not_approved(terminal: Terminal, states: pd.DataFrame, of_one: str, of_many: str) -> None:
    if len(states):
        refs = printable(ranged(states["invoice_ref"].tolist()))
        words = of_one if len(states) == 1 else of_many
        terminal.say(f"{counted(len(states), 'draft')} off hold {words}: {refs}.")


def _as_dict(done: Ticked, dry_run: bool, written: list[str]) -> dict[str, Any]:
    def when(due: datetime) -> str:
        return due.isoformat(timespec="seconds").replace("+00:00", "Z")

    coming = zip(done.coming["invoice_ref"], done.coming["due"], strict=True)
    return {
        "dry_run": dry_run,
        "drawn": len(done.drawn),
        "numbers": numbers_as_dicts(done.drawn),
        "waiting_for_approval": done.waiting["invoice_ref"].tolist(),
        "declined": done.declined["invoice_ref"].tolist(),
        "coming": [{"invoice_ref": ref, "due": when(due)} for ref, due in coming],
        "documents": written,
        "problems": [p.as_dict() for p in done.problems],
    }


COMMANDS = (tick,)
