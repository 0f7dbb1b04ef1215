"""`ledger`: list and verify what is final, and export it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click

from ..problems import counted
from ..showing import words
from .exporting import export
from .terminal import PROBLEMS, Terminal, amount, common, leave, problem_lines, table, total_of, typed_count


@click.group()
def ledger() -> None:
    """List, export and verify the ledger of final invoices.

    \b
    Examples:
      oneoff-batch ledger list
      oneoff-batch ledger export out/november.xlsx --month 2026-11
      oneoff-batch ledger verify
      oneoff-batch ledger head
    """


@ledger.command("list")
@click.option("--series", help="Only numbers of this series.")
@click.option("--year", metavar="YEAR", callback=typed_count, help="Only invoices dated in this year.")
@click.option("--last", metavar="COUNT", callback=typed_count, default="50", show_default=True, help="How many to list.")
@common
def list_(terminal: Terminal, series: str | None, year: int | None, last: int) -> None:
    """List final invoices by number.

    \b
    Examples:
      oneoff-batch ledger list
      oneoff-batch ledger list --series us --last 10
    """
    with terminal.book() as (_, book):
        states = book.ledger(series=series, year=year, limit=last)
        states = states.join(book.balances(states))
    rows = states.to_dict("records")
    figures = [f"{r['gross_total']:.{r['digits']}f}" for r in rows]
    if rows:
        shown = [["Number", "Date", "Customer", "Invoice", "Total", "Payment", "Open"]] + [
            [r["number"], str(r["invoice_date"]), r["buyer_name"], r["invoice_ref"], total_of(r), *_payment(r)] for r in rows
        ]
        terminal.say(*table(shown, right=(4, 6)))
    else:
        terminal.say("The ledger is empty.")
    keys = ("number", "series", "invoice_ref", "customer", "buyer_name", "currency", "batch", "final_at", "final_by")
    terminal.result(
        {
            "invoices": [
                {k: r[k] for k in keys} | {"invoice_date": str(r["invoice_date"]), "gross_total": f} | _as_dict(r)
                for r, f in zip(rows, figures, strict=True)
            ]
        }
    )


def _payment(row: Mapping[Any, Any]) -> list[str]:
    """Return where the payment stands and what is open; of a credit note, what it corrects."""
    if isinstance(row["preceding_number"], str):
        return [f"corrects {row['preceding_number']}", ""]
    settled = not row["open"] and not row["paid"]
    return [words.NOTHING_TO_PAY if settled else words.payment(row["payment"]), amount(f"{row['open']:.{row['digits']}f}")]


def _as_dict(row: Mapping[Any, Any]) -> dict[str, str | None]:
    known = isinstance(row["payment"], str)
    money = {n: f"{row[n]:.{row['digits']}f}" if known else None for n in ("paid", "open")}
    corrects = row["preceding_number"] if isinstance(row["preceding_number"], str) else None
    return {"preceding_number": corrects, "payment": row["payment"] if known else None, **money}


ledger.add_command(export)


@ledger.command()
@common
def head(terminal: Terminal) -> None:
    """Print the head of the audit chain, to be kept outside the book.

    \b
    Example:
      oneoff-batch ledger head

    Send it to your auditor, or print it, at each month end. Later, ledger verify --since HEAD proves that nothing that was
    in the book on that day has been written anew.
    """
    with terminal.book() as (_, book):
        entries, last = book.head()
    terminal.say(last)
    terminal.result({"entries": entries, "head": last})


def _a_head(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check that a text is a hash; one that was copied with blanks or in capitals is the same."""
    plain = None if value is None else "".join(value.split()).lower()
    if plain is not None and not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise click.BadParameter("a head is 64 characters of 0 to 9 and a to f, as ledger head prints it.")
    return plain


@ledger.command()
@click.option(
    "--since", metavar="HEAD", callback=_a_head, help="A head that you kept: prove that nothing before it changed."
)
@common
def verify(terminal: Terminal, since: str | None) -> None:
    """Prove that the ledger has no gap, no double, unbroken dates, chain and totals.

    \b
    Examples:
      oneoff-batch ledger verify
      oneoff-batch ledger verify --since 61cc51e92007a786862cc688212491b4d0e914f321d0ae5c73add57a5a8c5b6d
    """
    with terminal.book() as (_, book):
        found = book.verify(since, terminal.progress)
    terminal.say(*problem_lines(found.problems))
    if found.problems:
        terminal.say("", click.style("The ledger does not hold.", fg="red", bold=True))
    else:
        terminal.say(
            click.style("The ledger holds.", bold=True),
            f"  {counted(found.invoices, 'final invoice')}: no gap, no double, totals add up to the cent",
            f"  {counted(found.entries, 'entry', 'entries')} of the audit chain, unbroken",
            *([] if found.since is None else [_unchanged(found.since, found.entries)]),
            f"  Head of the chain: {found.head}",
        )
    told = {"invoices": found.invoices, "entries": found.entries, "head": found.head, "since": found.since}
    terminal.result({**told, "problems": [p.as_dict() for p in found.problems]})
    if found.problems:
        leave(PROBLEMS)


def _unchanged(since: int, entries: int) -> str:
    later = f"{entries - since:,}" if entries > since else "none"
    return f"  The head that you kept stands after entry {since:,}: nothing up to it was changed, {later} came later"


COMMANDS = (ledger,)
