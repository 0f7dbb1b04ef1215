"""`refresh`: drafts again, with the master data and settings of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..problems import counted, ranged
from .choosing import choosing, chosen_of
from .terminal import CHANGES_SHOWN, Terminal, common, leave_after, now, printable, problem_lines

if TYPE_CHECKING:
    from ..pipeline.refreshing import Refreshed
    from ..pipeline.selecting import Wanted


@click.command()
@choosing
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@common
def refresh(terminal: Terminal, wanted: Wanted, dry_run: bool) -> None:
    """Draft invoices again from their sheet's rows, with the master data and settings of today.

    \b
    Examples:
      oneoff-batch refresh 2026-11-30-1 --dry-run
      oneoff-batch refresh 2026-11-30-1
      oneoff-batch refresh NOV-001 NOV-002
      oneoff-batch refresh --customer C-1001

    WHAT is a batch or the ref of an invoice, in any mix. Invoices keep their ref and batch; those that change are to be
    approved again, those that come out just so stay as they are. Final invoices never change.
    """
    from ..pipeline.batches import write_batch
    from ..pipeline.refreshing import refresh as refresh_drafts

    with terminal.book() as (workspace, book):
        chosen = chosen_of(terminal, book, wanted)
        with terminal.working("Drafting again"):
            done = refresh_drafts(workspace, book, chosen.states, terminal.user, now(), dry_run=dry_run)
        # Nothing changed: so it is after a run that was killed before it had written the pages.
        named = [] if dry_run or done.changed or done.problems else list(dict.fromkeys(chosen.states["batch"]))
        for batch in done.batches or (named if len(named) == 1 else []):
            write_batch(workspace, book, batch, terminal.progress, terminal.asked())
    _tell(terminal, done, dry_run)
    terminal.result({"dry_run": dry_run, **done.as_dict()})
    leave_after(done.problems, done.changed and not dry_run)


def _tell(terminal: Terminal, done: Refreshed, dry_run: bool) -> None:
    for changed in done.changed[:CHANGES_SHOWN]:
        terminal.say(f"  {printable(changed.invoice_ref)}  {printable(changed.words)}")
    if len(done.changed) > CHANGES_SHOWN:
        terminal.say(f"  … and {len(done.changed) - CHANGES_SHOWN:,} more; --json has them all.")
    terminal.say(*([""] if done.changed else []), *problem_lines(done.problems), *([""] if done.problems else []))
    if done.unchanged:
        refs = printable(ranged(done.unchanged))
        one = len(done.unchanged) == 1
        stay = "comes out just so and stays as it is" if one else "come out just so and stay as they are"
        terminal.say(f"{counted(len(done.unchanged), 'invoice')} {stay}: {refs}.")
    if dry_run:
        terminal.say(f"{counted(len(done.changed), 'invoice')} would change. A dry run: nothing was changed.")
        return
    if not done.changed:
        terminal.say("Nothing was refreshed." if done.problems else "Nothing to do: the master data change no draft.")
        return
    they = "it is" if len(done.changed) == 1 else "they are"
    count = counted(len(done.changed), "draft")
    terminal.say(click.style(f"Refreshed {count}: to be approved again, as {they} now.", bold=True))
    steps = [terminal.again(f"approve {batch} --user NAME") for batch in done.batches]
    terminal.say(*(f"Next: {step}" for step in steps[:1]), *(f"      {step}" for step in steps[1:5]))


COMMANDS = (refresh,)
