"""`hold`, `release`, `open`, `draft-again`, `approve`, `decline`, `archive` and `undo`: moves that draw no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted, ranged
from .choosing import choosing, chosen_of, tell_problems, typed_text
from .looking import known_batch
from .posting import left_to_do
from .terminal import OK, PROBLEMS, Terminal, common, leave, leave_after, now, printable
from .told import documents

if TYPE_CHECKING:
    from ..book import Book
    from ..book.undoing import Undone
    from ..pipeline.moves import Done
    from ..pipeline.selecting import Wanted
    from ..pipeline.workspace import Workspace

_STEPS = 3
"""For how many batches the next step is said."""


@dataclass(frozen=True)
class _Words:
    """What a command is for, what is typed, what else to know, and what is said when it was done, also of credit notes."""

    purpose: str
    examples: tuple[str, ...]
    more: str
    then: str = ""
    then_of_credits: str = ""


_COMMANDS = {
    "hold": _Words(
        "Put drafts on hold, so that they do not become final by themselves.",
        ("hold 2026-11-30-1", "hold NOV-001 NOV-002", "hold --over 10000 --customer C-1001"),
        "It stops only `tick`: finalize by hand takes what is approved, on hold or not, and ends the hold.",
    ),
    "release": _Words(
        "Take drafts off hold: once approved, they become final by themselves after the grace period.",
        ("release 2026-11-30-1", "release NOV-001 --user ben"),
        "The grace period (grace_period_hours in the settings) begins with the release. `tick` makes final what is due.",
    ),
    "open": _Words(
        "Move drafts to OPEN, a stage between draft and final in which nothing becomes final by itself.",
        ("open NOV-001", "open 2026-11-30-1 --with-warnings"),
        "OPEN here does not mean issued and unpaid, as in other programs. It has no number yet.",
    ),
    "draft-again": _Words(
        "Move OPEN invoices back to draft.",
        ("draft-again NOV-001", "draft-again 2026-11-30-1"),
        "Hold and approval stay as they are.",
    ),
    "approve": _Words(
        "Approve drafts: by batch, by invoice, or by what they are.",
        ("approve 2026-11-30-1", "approve NOV-001 NOV-002", "approve 2026-11-30-1 --customer C-1001 --user ben"),
        "Who uploaded an invoice cannot approve it, unless the settings allow it. Your name goes into the book.",
    ),
    "decline": _Words(
        "Decline drafts, with a reason that the book keeps.",
        ('decline NOV-001 --reason "Price is not the one of the contract"',
         'decline 2026-11-30-1 --customer C-1001 --reason "Wrong period"'),
        "What is declined does not become final. Who uploaded an invoice cannot decline it, unless the settings allow it.",
        "Next: correct the sheet and draft it again with --replace, or give it up with archive.",
        "Next: give it up with archive, then credit the invoice again.",
    ),
    "archive": _Words(
        "Give drafts up for good; they use up no number.",
        ("archive NOV-001", 'archive NOV-001 NOV-002 --reason "Billed by hand"'),
        "An archived invoice is at its end. To bill it after all, upload its file again.",
        "To bill it after all, upload its file again.",
        "What it would have credited can be credited again.",
    ),
}  # fmt: skip


def _command(move: str, words: _Words) -> click.Command:
    examples = "\n".join(f"  oneoff-batch {example}" for example in words.examples)
    must = move == "decline"

    @click.command(move, help=f"{words.purpose}\n\n\b\nExamples:\n{examples}\n\n{_WHAT} {words.more}")
    @choosing
    @click.option("--reason", callback=typed_text, required=must, help="Why; the book keeps it.")
    @click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
    @common
    def command(terminal: Terminal, wanted: Wanted, reason: str, dry_run: bool) -> None:
        from ..pipeline.moves import make

        with terminal.book() as (workspace, book):
            chosen = chosen_of(terminal, book, wanted)
            done = make(workspace, book, move, chosen, terminal.user, now(), reason=reason, dry_run=dry_run)
            _tell(terminal, move, wanted, done, dry_run)
            if done.refs and not dry_run:
                terminal.say(*_then(terminal, workspace, book, move, done))
        terminal.result(_as_dict(terminal, move, done, dry_run))
        leave_after(done.problems, done.refs)

    return command


_WHAT = (
    "WHAT is a batch, an invoice ref or a number, in any mix; where a name is two of these, put batch:, ref: or number: "
    "in front of it. Of a batch, and where a filter chooses, only what can still change is taken. What cannot be moved is "
    "refused and named; the others are moved."
)


def _tell(terminal: Terminal, move: str, wanted: Wanted, done: Done, dry_run: bool) -> None:
    """Say what was refused, then what was done, in one sentence."""
    from ..lifecycle import MOVES

    tell_problems(terminal, done.problems)
    title, count = MOVES[move].title, documents(done.states)
    if not done.refs and not done.problems:
        why = "no invoice that can still change fits" if wanted.filtered else "all of it is final or archived already"
        terminal.say(f"Nothing to do: {why}.")
    elif not done.refs:
        terminal.say("Nothing was changed.")
    else:
        which = printable(ranged(done.refs))
        would = f"would be {title}" if dry_run else title
        end = " A dry run: nothing was changed." if dry_run else ""
        terminal.say(click.style(f"{count} {would} as {printable(terminal.user)}: {which}.", bold=True) + end)


def _then(terminal: Terminal, workspace: Workspace, book: Book, move: str, done: Done) -> list[str]:
    """Return what to type next, or what happens now."""
    if move == "release":
        hours = workspace.settings.review.grace_period_hours
        when = f"in {counted(hours, 'hour')}" if hours else "now"
        return [f"What is approved becomes final by itself {when}, with: {terminal.again('tick')}"]
    if move != "approve":
        of_credits = done.states["preceding_number"].notna()
        of_invoices = _COMMANDS[move].then if not of_credits.all() else ""
        return [words for words in (of_invoices, _COMMANDS[move].then_of_credits if of_credits.any() else "") if words]
    lines = [line for b in done.batches[:_STEPS] for line in left_to_do(terminal, workspace, b, book.states(batch=b))]
    more = len(done.batches) - _STEPS
    return [
        *lines,
        *([f"And {counted(more, 'more batch', 'more batches')}: {terminal.again('status')}"] if more > 0 else []),
    ]


def _as_dict(terminal: Terminal, move: str, done: Done, dry_run: bool) -> dict[str, Any]:
    return {
        "move": move,
        "dry_run": dry_run,
        "user": terminal.user,
        "moved": len(done.refs),
        "invoices": done.refs,
        "batches": done.batches,
        "problems": [p.as_dict() for p in done.problems],
    }


@click.command()
@click.argument("batch")
@click.option("--dry-run", is_flag=True, help="Say what would be archived, and archive nothing.")
@common
def undo(terminal: Terminal, batch: str, dry_run: bool) -> None:
    """Take a whole batch back: archive all of it, as long as nothing of it is final.

    \b
    Examples:
      oneoff-batch undo 2026-11-30-1 --dry-run
      oneoff-batch undo 2026-11-30-1

    It is all or nothing. Afterwards the same file can be drafted again. Earlier drafts that the batch had replaced
    stay archived; they are named, and come back when their file is drafted again. The pages of the batch say ARCHIVED.
    """
    from ..pipeline.batches import write_batch

    with terminal.book() as (workspace, book):
        known_batch(book, batch)
        done = book.undo(batch, terminal.user, now(), dry_run=dry_run)
        if not done.problems and not dry_run and workspace.batch(batch).is_dir():
            write_batch(workspace, book, batch, terminal.progress, terminal.asked())
    tell_problems(terminal, done.problems)
    if done.problems:
        terminal.say(click.style("Nothing was changed.", fg="red", bold=True))
    else:
        _tell_undone(terminal, workspace, batch, done, dry_run)
    terminal.result(
        {
            "batch": batch,
            "dry_run": dry_run,
            "archived": done.refs,
            "still_archived": done.replaced.to_dict("records"),
            "problems": [p.as_dict() for p in done.problems],
        }
    )
    leave(PROBLEMS if done.problems else OK)


def _tell_undone(terminal: Terminal, workspace: Workspace, batch: str, done: Undone, dry_run: bool) -> None:
    if not done.refs:
        terminal.say(f"Nothing to do: all of batch {batch} is archived already.")
        return
    count, which = documents(done.states), printable(ranged(done.refs))
    would = "would be archived" if dry_run else "archived"
    end = " A dry run: nothing was changed." if dry_run else ""
    terminal.say(click.style(f"{count} of batch {batch} {would}: {which}.", bold=True) + end)
    if not dry_run:
        again = "drafted" if done.states["preceding_number"].isna().all() else "credited"
        terminal.say(f"No number was drawn for it, and it can be {again} again.")
    page = workspace.batch(batch) / "index.html"
    if page.exists() and not dry_run:
        terminal.say(f"Its pages say that it is archived: {terminal.path(page)}")
    for (earlier, file), own in done.replaced.groupby(["batch", "file"], sort=False):
        refs = printable(ranged(own["invoice_ref"].tolist()))
        terminal.say(
            f"Not touched: what this batch had replaced stays archived: {refs}, of batch {earlier}. "
            f"To bring that back, draft its file again: {printable(str(file))}"
        )


COMMANDS = (*(_command(move, words) for move, words in _COMMANDS.items()), undo)
