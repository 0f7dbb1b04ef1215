"""`credit` and `credit-and-copy`: what was billed wrong is taken back, and billed anew."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .batch import complete, reading_options, there
from .choosing import stop, typed_text
from .terminal import OK, PROBLEMS, Terminal, amount, common, leave, leave_after, now, printable, problem_lines, table

if TYPE_CHECKING:
    import pandas as pd

    from ..book import Book
    from ..lifecycle.asking import Wanted
    from ..pipeline.credits import CreditsDone
    from ..pipeline.workspace import Workspace
    from ..reading import Options

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
_LINE = re.compile(r"([0-9]{1,6})(?:=(.*))?")


def _typed_amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise click.BadParameter(f'"{text}" is not an amount. Type digits and a point, as in 100 or 100.50.')
    return Decimal(text)


def _amount(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Decimal | None:
    return None if value is None else _typed_amount(value)


def _lines(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> tuple[tuple[int, Decimal | None], ...]:
    found = []
    for value in values:
        parts = _LINE.fullmatch(value)
        if parts is None:
            raise click.BadParameter(f'"{value}" is not a line. Type its number, as in 2, or with an amount, as in 2=50.00.')
        found.append((int(parts[1]), None if parts[2] is None else _typed_amount(parts[2])))
    return tuple(found)


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--dry-run", is_flag=True, help="Say what would be credited, and write nothing.")(command)
    return click.option(
        "--details", type=click.Choice(["original", "current"]), default="original", show_default=True,
        help="The customer's details as on the invoice, or as in the master data today.",
    )(command)  # fmt: skip


@click.command()
@click.argument("number", required=False)
@click.option(
    "--line", "lines", multiple=True, callback=_lines, metavar="LINE[=AMOUNT]",
    help="Only this line, or this much of it, as its amount is on the invoice; may be repeated.",
)  # fmt: skip
@click.option("--amount", callback=_amount, metavar="AMOUNT", help="Only this much, with tax, spread over what is left.")
@click.option("--reason", callback=typed_text, help="Why; it is printed on the credit note.")
@click.option("--from", "sheet", type=click.Path(path_type=Path), metavar="SHEET", help="Credit what a sheet asks for.")
@click.option("--valid-only", is_flag=True, help="Of a sheet, credit what can be, and leave out the rest.")
@_shared
@reading_options
@common
def credit(
    terminal: Terminal,
    number: str | None,
    lines: tuple[tuple[int, Decimal | None], ...],
    amount: Decimal | None,
    reason: str,
    sheet: Path | None,
    valid_only: bool,
    details: str,
    dry_run: bool,
    options: Options,
) -> None:
    """Draft a credit note for a final invoice: all that is left of it, some lines, or an amount.

    \b
    Examples:
      oneoff-batch credit INV-2026-000001 --reason "Training cancelled"
      oneoff-batch credit INV-2026-000001 --line 2 --reason "Travel was included"
      oneoff-batch credit INV-2026-000001 --line 1=50.00 --line 2 --reason "Late start"
      oneoff-batch credit INV-2026-000001 --amount 100.00 --reason "Goodwill"
      oneoff-batch credit --from credits.xlsx

    NUMBER is the invoice's number, or its ref. Never more than what is left is credited, drafts counted. A sheet has the
    columns Number, Line, Amount and Reason; Line and Amount may be blank (template --credits writes a blank one). The credit
    note is a draft on hold: it is reviewed, approved and finalized like an invoice, and gets its number then.
    """
    from ..lifecycle.asking import Wanted
    from ..pipeline.credits import credit_from

    _check_usage(number, sheet, bool(lines) or amount is not None, bool(lines) and amount is not None, reason, valid_only)
    with terminal.book() as (workspace, book):
        if sheet is not None:
            done = credit_from(
                workspace, book, there(sheet), terminal.user, now(),
                details=details, valid_only=valid_only, dry_run=dry_run, options=options,
            )  # fmt: skip
        else:
            wanted = [Wanted(line, units) for line, units in lines] or [Wanted(None, amount)]
            done = _one(terminal, workspace, book, str(number), wanted, reason, details, dry_run)
        _tell(terminal, workspace, book, done, dry_run)
    leave_after(done.problems, done.batch)


def _check_usage(number: str | None, sheet: Path | None, parts: bool, both: bool, reason: str, valid_only: bool) -> None:
    """Refuse options that do not go together."""
    if (number is None) == (sheet is None):
        raise click.UsageError("Give the number of one invoice, or --from with a sheet of several.")
    if sheet is not None and (parts or reason):
        raise click.UsageError("With --from, lines, amounts and reasons stand in the sheet.")
    if both:
        raise click.UsageError("Give --line or --amount, not both.")
    if sheet is None and not reason:
        raise click.UsageError('Say why with --reason "…"; it is printed on the credit note.')
    if sheet is None and valid_only:
        raise click.UsageError("--valid-only is for a sheet; give one with --from.")


def _one(
    terminal: Terminal, workspace: Workspace, book: Book, number: str, wanted: Sequence[Wanted], reason: str, details: str,
    dry_run: bool,
) -> CreditsDone:  # fmt: skip
    from ..pipeline.credits import credit as credit_one

    states = _invoice(terminal, book, number)
    return credit_one(workspace, book, states, wanted, reason, terminal.user, now(), details=details, dry_run=dry_run)


def _invoice(terminal: Terminal, book: Book, number: str) -> pd.DataFrame:
    """Return the state of the invoice that has a number, or a ref; end here where there is none, or one of each."""
    from ..pipeline.selecting import NUMBER, REF, named

    found = named(book, [number], (REF, NUMBER))
    if found.problems:
        stop(terminal, found.problems)
    return found.states


def _tell(terminal: Terminal, workspace: Workspace, book: Book, done: CreditsDone, dry_run: bool) -> None:
    """Say what was refused, what was drafted, and what to type next."""
    from ..pipeline.batches import write_batch
    from .told import next_of_batch

    if done.known_batch is not None:
        if not dry_run:
            complete(terminal, workspace, book, done.known_batch)
        terminal.say(f"Nothing to do: this very sheet is batch {done.known_batch} already.",
                     f"Next: {terminal.again(f'show {done.known_batch}')}")  # fmt: skip
        terminal.result({"batch": done.known_batch, "nothing_to_do": True})
        return
    terminal.say(*problem_lines(done.problems), *([""] if done.problems else []))
    drafts = _as_dicts(done)
    told: dict[str, Any] = {"batch": done.batch, "dry_run": dry_run, "credits": drafts}
    if drafts and (dry_run or done.batch is not None):
        terminal.say(*table(_rows(drafts), right=(3,)), "")
    if dry_run:
        terminal.say(f"Would draft {counted(len(drafts), 'credit note')}. A dry run: nothing was written.")
    elif done.batch is None:
        terminal.say(click.style("Nothing was credited.", fg="red", bold=True))
    else:
        files = write_batch(workspace, book, done.batch, terminal.progress, terminal.asked())
        what = counted(len(drafts), "credit note")
        head = f"Batch {done.batch}: {what}, drafted on hold, without {'a number' if len(drafts) == 1 else 'numbers'}."
        step = next_of_batch(terminal, workspace, done.batch, len(drafts), 0, terminal.user)
        terminal.say(click.style(head, bold=True), f"  Look at   {terminal.path(files.index)}", f"Next: {step}")
        told |= {"page": str(files.index), "workbook": str(files.workbook)}
    terminal.result({**told, "left_out": done.left_out, "problems": [p.as_dict() for p in done.problems]})


def _as_dicts(done: CreditsDone) -> list[dict[str, str]]:
    if done.drafts is None:
        return []
    names = ("invoice_ref", "preceding_number", "buyer_name", "currency", "credit_reason")
    rows = done.drafts.invoices.to_dict("records")
    return [
        {n: str(r[n]) for n in names} | {n: f"{r[n]:.{r['digits']}f}" for n in ("net_total", "tax_total", "gross_total")}
        for r in rows
    ]


def _rows(drafts: Sequence[dict[str, str]]) -> list[list[str]]:
    head = ["Credit note", "Corrects", "Customer", "Total", "Reason"]
    return [head] + [
        [d["invoice_ref"], d["preceding_number"], d["buyer_name"], f"{amount(d['gross_total'])} {d['currency']}",
         d["credit_reason"]]
        for d in drafts
    ]  # fmt: skip


@click.command("credit-and-copy")
@click.argument("number")
@click.option("--reason", callback=typed_text, required=True, help="Why; it is printed on the credit note.")
@_shared
@common
def credit_and_copy(terminal: Terminal, number: str, reason: str, details: str, dry_run: bool) -> None:
    """Credit all that is left of a final invoice, and write its rows into a workbook to correct and bill anew.

    \b
    Examples:
      oneoff-batch credit-and-copy INV-2026-000001 --reason "Wrong price"
      oneoff-batch draft corrections/NOV-001-2.xlsx

    The workbook lies in the folder corrections, under a new ref. Nothing of it is billed until you draft it.
    """
    from ..lifecycle.asking import Wanted
    from ..pipeline.copies import lacks_copy, write_copy

    with terminal.book() as (workspace, book):
        done = _one(terminal, workspace, book, number, [Wanted()], reason, details, dry_run)
        copy, states = None, _invoice(terminal, book, number)
        # What a run that was killed has credited: the copy is still to be written.
        cut_off = not dry_run and {p.code for p in done.problems} == {"E551"} and lacks_copy(workspace, book, states)
        if done.batch is not None or cut_off:
            copy = write_copy(workspace, book, states, terminal.user, now())
        if copy is None:
            _tell(terminal, workspace, book, done, dry_run)
            leave(PROBLEMS if done.problems else OK)
        quiet = dataclasses.replace(terminal, json=False, quiet=terminal.quiet or terminal.json)
        _tell(quiet, workspace, book, done, dry_run)
    place = printable(terminal.path(copy))
    terminal.say(
        "", click.style(f"To correct and bill anew: {place}", bold=True), f"Then:  {terminal.again(f'draft {place}')}"
    )
    terminal.result({"batch": done.batch, "credits": _as_dicts(done), "copy": str(copy)})


COMMANDS = (credit, credit_and_copy)
