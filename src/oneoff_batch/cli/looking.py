"""`preview`, `status`, `show`: what is in the book, on the screen and on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .terminal import Terminal, amount, common, counted, table, total_of

if TYPE_CHECKING:
    from ..book import Book


@click.command()
@click.argument("batch")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@common
def preview(terminal: Terminal, batch: str, dry_run: bool) -> None:
    """Write the pages and the workbook of a batch again, from the book.

    \b
    Example:
      oneoff-batch preview 2026-11-30-1
    """
    from ..pipeline.batches import write_batch

    with terminal.book() as (workspace, book):
        known_batch(book, batch)
        if dry_run:
            count = int((book.states(batch=batch)["status"] != "ARCHIVED").sum())
            terminal.say(f"Would write {counted(count, 'page')} and a workbook to {terminal.path(workspace.batch(batch))}.")
            terminal.result({"dry_run": True, "batch": batch, "pages": count})
            return
        files = write_batch(workspace, book, batch, terminal.progress)
    terminal.say(
        f"Wrote {counted(files.pages, 'page')} and a workbook.",
        f"  Look at   {terminal.path(files.index)}",
        f"  Workbook  {terminal.path(files.workbook)}",
    )
    terminal.result({"batch": batch, "page": str(files.index), "workbook": str(files.workbook), "pages": files.pages})


@click.command()
@common
def status(terminal: Terminal) -> None:
    """List the batches, where each stands, and what to do next.

    \b
    Example:
      oneoff-batch status
    """
    with terminal.book() as (_, book):
        batches = book.batches()
    if batches.empty:
        terminal.say("No batches yet.", f"Next: {terminal.again('draft YOUR-FILE.xlsx')}")
    else:
        head = ["Batch", "File", "By", "Invoices", "Draft", "Open", "Approved", "Final", "Numbers"]
        rows = [head] + [
            [
                b["batch"], b["file"], b["uploaded_by"], str(b["invoices"]), str(b["draft"]), str(b["open"]),
                str(b["approved"]), str(b["final"]),
                f"{b['first_number']} … {b['last_number']}" if b["final"] else "",
            ]
            for b in batches.to_dict("records")
        ]  # fmt: skip
        terminal.say(*table(rows, right=(3, 4, 5, 6, 7)))
        terminal.say("", *(_next(terminal, b) for b in batches.to_dict("records") if b["draft"] + b["open"]))
    terminal.result({"batches": batches.astype(object).where(batches.notna(), None).to_dict("records")})


def _next(terminal: Terminal, b: Mapping[Any, Any]) -> str:
    waiting = b["draft"] + b["open"]
    ready = b["approved"] - b["final"]
    step = f"finalize {b['batch']}" if ready > 0 else f"approve {b['batch']}"
    return f"Next for {b['batch']} ({counted(waiting, 'invoice')} not final): {terminal.again(step)}"


@click.command()
@click.argument("what")
@common
def show(terminal: Terminal, what: str) -> None:
    """Show an invoice by its ref or number, or a batch by its id.

    \b
    Examples:
      oneoff-batch show NOV-001
      oneoff-batch show INV-2026-000001
      oneoff-batch show 2026-11-30-1
    """
    from ..pipeline.intake import totals
    from ..pipeline.looking import invoices_as_dicts

    with terminal.book() as (workspace, book):
        for wanted in ({"numbers": [what]}, {"refs": [what]}, {"batch": what}):
            states = book.states(**wanted)
            live = states[states["status"] != "ARCHIVED"]
            states = (live if len(live) else states).reset_index(drop=True)
            if len(states):
                break
        else:
            raise click.ClickException(f'There is no invoice and no batch "{what}". See: oneoff-batch status')
        if "batch" in wanted:
            _tell_batch(terminal, workspace.batch(what) / "index.html", states)
            found = invoices_as_dicts(book, states) if terminal.json else []
        else:
            found = invoices_as_dicts(book, states)
            for invoice in found:
                _tell_invoice(terminal, invoice)
    terminal.result({"totals": totals(states), "invoices": found})


def _tell_batch(terminal: Terminal, page: Path, states: Any) -> None:
    head = ["Invoice", "Number", "Customer", "Date", "Status", "Approval", "Total"]
    rows = [head] + [
        [
            s["invoice_ref"], _word(s["number"]), s["buyer_name"], _word(s["invoice_date"], "when final"), s["status"],
            s["approval"], total_of(s),
        ]
        for s in states.head(50).to_dict("records")
    ]  # fmt: skip
    terminal.say(*table(rows, right=(6,)))
    if len(states) > 50:
        terminal.say(f"  … and {len(states) - 50:,} more.")
    terminal.say(f"All of it: {terminal.path(page)}")


def _word(value: Any, none: str = "") -> str:
    return none if value is None or value != value or str(value) == "<NA>" else str(value)


def _tell_invoice(terminal: Terminal, invoice: dict[str, Any]) -> None:
    currency = invoice["currency"]
    title = f"Invoice {invoice['number']}" if invoice["number"] else f"Draft {invoice['invoice_ref']}"
    hold = ", on hold" if invoice["on_hold"] else ""
    terminal.say(
        click.style(title, bold=True) + f"  ({invoice['status']}{hold}, {invoice['approval']}; batch {invoice['batch']})",
        f"  From {invoice['seller_name']} to {invoice['buyer_name']} ({invoice['buyer_country']})",
        f"  Ref {invoice['invoice_ref']}, dated {invoice['invoice_date'] or 'when final'}, due {invoice['due_date']}",
        "",
    )
    head = ["Line", "Quantity", "Unit price", "Net", "Tax", "Why this tax"]
    rows = [head] + [
        [
            line["name"],
            line["quantity"],
            line["unit_price"],
            amount(line["net"]),
            amount(line["tax"]),
            line["tax_reason"],
        ]
        for line in invoice["lines"]
    ]
    terminal.say(*table(rows, right=(1, 2, 3, 4)), "")
    for label, key in (("Net", "net_total"), ("Tax", "tax_total"), ("Total", "gross_total")):
        terminal.say(f"  {label:<6}{amount(invoice[key]):>14} {currency}")
    terminal.say("")


def known_batch(book: Book, batch: str) -> None:
    """Refuse a batch that is not in the book."""
    batches = book.batches()["batch"].tolist()
    if batch not in batches:
        known = f"There are: {', '.join(batches[-5:])}." if batches else "There are none yet."
        raise click.ClickException(f'There is no batch "{batch}". {known}')


COMMANDS = (preview, status, show)
