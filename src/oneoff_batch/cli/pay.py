"""`pay`: what customers paid, from a sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from ..showing import words
from .batch import files_argument, reading_options
from .terminal import Terminal, amount, common, leave_after, now, problem_lines, table

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.payments import PaymentsDone
    from ..reading import Options

_MOST = 50


@click.command()
@files_argument(required=True)
@click.option("--valid-only", is_flag=True, help="Enter the good payments and leave out those with errors.")
@click.option("--dry-run", is_flag=True, help="Say what would be entered, and enter nothing.")
@reading_options
@common
def pay(terminal: Terminal, files: tuple[Path, ...], valid_only: bool, dry_run: bool, options: Options) -> None:
    """Enter payments from a sheet with the columns Number, Date, Amount and Reference.

    \b
    Examples:
      oneoff-batch pay payments.xlsx
      oneoff-batch pay bank-2026-12.csv --dry-run
      oneoff-batch pay payments.xlsx --valid-only

    An invoice may be paid in parts. Money that went back is a negative amount. A payment is never changed or taken out:
    enter its negative. The same file again enters nothing. template --payments writes a blank sheet.
    """
    from ..pipeline.payments import pay_from

    if len(files) != 1:
        raise click.UsageError("Give one sheet of payments at a time.")
    with terminal.book() as (_, book):
        done = pay_from(book, files[0], terminal.user, now(), valid_only=valid_only, dry_run=dry_run, options=options)
        rows = _rows(book, done, dry_run)
    _tell(terminal, done, rows, dry_run)
    told = {"entered": 0 if dry_run else done.count, "dry_run": dry_run, "nothing_to_do": bool(done.known)}
    terminal.result({**told, "invoices": rows, "problems": [p.as_dict() for p in done.problems]})
    leave_after(done.problems, done.count)


def _rows(book: Book, done: PaymentsDone, dry_run: bool) -> list[dict[str, str]]:
    """Return where each invoice of the sheet stands now."""
    if done.states is None or done.states.empty or dry_run:
        return []
    joined = done.states.join(book.balances(done.states))
    joined = joined[joined["payment"].notna()]
    return [
        {"number": r["number"], "currency": r["currency"], "payment": r["payment"],
         **{n: f"{r[n]:.{r['digits']}f}" for n in ("gross_total", "paid", "open")}}
        for r in joined.to_dict("records")
    ]  # fmt: skip


def _tell(terminal: Terminal, done: PaymentsDone, rows: list[dict[str, Any]], dry_run: bool) -> None:
    terminal.say(*problem_lines(done.problems), *([""] if done.problems else []))
    if done.known:
        terminal.say(f"Nothing to do: the {counted(done.known, 'payment')} of this very file were entered before.")
        return
    if dry_run:
        terminal.say(f"Would enter {counted(done.count, 'payment')} of {done.rows:,}. A dry run: nothing was entered.")
        return
    if not done.count:
        terminal.say(click.style("No payment was entered.", fg="red", bold=True))
        return
    head = [["Number", "Total", "Paid", "Open", "Status"]]
    shown = [
        [
            r["number"],
            *(f"{amount(r[n])} {r['currency']}" for n in ("gross_total", "paid", "open")),
            words.payment(r["payment"]),
        ]
        for r in rows[:_MOST]
    ]
    terminal.say(*table(head + shown, right=(1, 2, 3)), "")
    if len(rows) > _MOST:
        terminal.say(f"  … and {len(rows) - _MOST:,} more.")
    entered = click.style(f"Entered {counted(done.count, 'payment')}.", bold=True)
    terminal.say(entered, f"Next: {terminal.again('ledger export')}, which writes the ledger workbook with them")


COMMANDS = (pay,)
