"""`preview`, `status`, `show`: what is in the book, on the screen and on disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from ..showing import words
from .choosing import readable, stop
from .terminal import Terminal, amount, common, printable, table, total_of
from .told import next_of_batch

if TYPE_CHECKING:
    import pandas as pd

    from ..book import Book
    from ..pipeline.workspace import Workspace

_BATCHES, _STEPS, _INVOICES = 10, 5, 50
"""How many batches are listed, how many next steps, and how many invoices of a batch."""


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
            there = book.states(batch=batch)["status"]
            count = int((there != "ARCHIVED").sum()) or len(there)
            terminal.say(f"Would write {counted(count, 'page')} and a workbook to {terminal.path(workspace.batch(batch))}.")
            terminal.result({"dry_run": True, "batch": batch, "pages": count})
            return
        files = write_batch(workspace, book, batch, terminal.progress, terminal.asked())
    terminal.say(
        f"Wrote {counted(files.pages, 'page')} and a workbook.",
        f"  Look at   {terminal.path(files.index)}",
        f"  Workbook  {terminal.path(files.workbook)}",
    )
    terminal.result({"batch": batch, "page": str(files.index), "workbook": str(files.workbook), "pages": files.pages})


@click.command()
@click.option("--all", "everything", is_flag=True, help="List the older batches too.")
@common
def status(terminal: Terminal, everything: bool) -> None:
    """List the last batches, where each stands, and what to do next.

    \b
    Examples:
      oneoff-batch status
      oneoff-batch status --all
    """
    from ..pipeline.looking import not_written

    with terminal.book() as (workspace, book):
        batches = book.batches()
        unpaid = book.unpaid(batches["batch"].tolist() if everything else batches["batch"].tail(_BATCHES).tolist())
        batches = batches.assign(unpaid=batches["batch"].map(unpaid).fillna(0).astype("int64"))
    cut_off: list[str] = []
    if batches.empty:
        terminal.say("No batches yet.", f"Next: {terminal.again('draft YOUR-FILE.xlsx')}")
    else:
        every = batches.to_dict("records")
        most = len(every) if everything else _BATCHES
        _tell_batches(terminal, workspace, every, most)
        cut_off = not_written(workspace, every[-most:])
        terminal.say(*_cut_off(terminal, workspace, cut_off))
    terminal.result(
        {"not_written": cut_off, "batches": batches.astype(object).where(batches.notna(), None).to_dict("records")}
    )


def _tell_batches(terminal: Terminal, workspace: Workspace, every: list[dict[Any, Any]], most: int) -> None:
    """Print a table of the last batches, and the next step of those that wait, the oldest first."""
    head = ["Batch", "File", "By", "Invoices", "Draft", "Open", "Approved", "Final", "Unpaid", "Numbers"]
    figures = ("invoices", "draft", "open", "approved", "final", "unpaid")
    replaced = any(b["archived"] for b in every[-most:])
    rows = [[*head[:-1], *(["Archived"] if replaced else []), head[-1]]] + [
        [
            b["batch"], b["file"], b["uploaded_by"], *(f"{b[name]:,}" for name in figures),
            *([f"{b['archived']:,}"] if replaced else []), _numbers(b),
        ]
        for b in every[-most:]
    ]  # fmt: skip
    terminal.say(*table(rows, right=range(3, 3 + len(figures) + replaced)), "")
    older, waiting = every[:-most], [b for b in every if b["draft"] + b["open"]]
    if older:
        held = sum(1 for b in older if b["draft"] + b["open"])
        open_ = f", {held:,} of them with invoices that are not final" if held else ""
        terminal.say(f"… and {counted(len(older), 'older one')}{open_}: {terminal.again('status --all')}")
    terminal.say(*(_next(terminal, workspace, b) for b in waiting[:_STEPS]))
    if len(waiting) > _STEPS:
        more = counted(len(waiting) - _STEPS, "more batch", "more batches")
        terminal.say(f"Then {more} with invoices that are not final.")


def _cut_off(terminal: Terminal, workspace: Workspace, cut_off: list[str]) -> list[str]:
    """Say how the pages of batches are written that a run was killed before, the oldest first."""
    if not cut_off:
        return []
    folder = terminal.path(workspace.root / workspace.settings.files.batches)
    steps = [f"      {terminal.again(f'preview {batch}')}" for batch in cut_off[:_STEPS]]
    more = [f"      … and {len(cut_off) - _STEPS:,} more"] if len(cut_off) > _STEPS else []
    return [f"Pages that are not in {folder}, or not with their numbers, are written from the book by", *steps, *more]


def _numbers(b: Mapping[Any, Any]) -> str:
    if not b["final"]:
        return ""
    return str(b["first_number"]) if b["final"] == 1 else f"{b['first_number']} … {b['last_number']}"


def _next(terminal: Terminal, workspace: Workspace, b: Mapping[Any, Any]) -> str:
    waiting = b["draft"] + b["open"]
    step = next_of_batch(terminal, workspace, b["batch"], waiting, b["ready"], b["uploaded_by"])
    return f"Next for {b['batch']} ({counted(waiting, 'invoice')} not final): {step}"


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

    Where a name is two of these, put batch:, ref: or number: in front of it.
    """
    from ..pipeline.intake import totals
    from ..pipeline.looking import invoices_as_dicts

    with terminal.book() as (workspace, book):
        batch, states = _shown(terminal, book, what)
        if batch:
            _tell_batch(terminal, workspace.batch(batch) / "index.html", states)
            found = invoices_as_dicts(book, states) if terminal.json else []
        else:
            found = invoices_as_dicts(book, states)
            for invoice in found:
                _tell_invoice(terminal, invoice)
    terminal.result({"totals": totals(states), "invoices": found})


def _shown(terminal: Terminal, book: Book, what: str) -> tuple[str, pd.DataFrame]:
    """Return the batch that a name means, "" where it is an invoice, and what to show; end here where that is not known."""
    from ..pipeline.selecting import named

    what = readable(what)
    found = named(book, [what])
    if any(p.code == "E536" for p in found.problems):
        stop(terminal, found.problems, end="")
    if found.problems:
        raise click.ClickException(f'There is no invoice and no batch "{what}". See: {terminal.again("status")}')
    batch, states = next(iter(found.batches), ""), found.states
    if batch:
        states = book.states(batch=batch)
    elif states["status"].iloc[0] == "ARCHIVED":
        states = book.states(refs=states["invoice_ref"])
    live = states[states["status"] != "ARCHIVED"]
    return batch, (live if len(live) else states).reset_index(drop=True)


def _tell_batch(terminal: Terminal, page: Path, states: Any) -> None:
    head = ["Invoice", "Number", "Customer", "Date", "Status", "Approval", "Total"]
    rows = [head] + [
        [
            s["invoice_ref"], _word(s["number"]), s["buyer_name"], _word(s["invoice_date"], "when final"), _status(s),
            words.approval(s["approval"]), total_of(s),
        ]
        for s in states.head(_INVOICES).to_dict("records")
    ]  # fmt: skip
    terminal.say(*table(rows, right=(6,)))
    if len(states) > _INVOICES:
        terminal.say(f"  … and {len(states) - _INVOICES:,} more.")
    declined = states.head(_INVOICES)
    declined = declined[declined["approval"] == "DECLINED"].to_dict("records")
    terminal.say(*(printable(f"{s['invoice_ref']} was declined{_decided(s)}.") for s in declined))
    terminal.say(f"All of it: {terminal.path(page)}")


def _decided(state: Mapping[Any, Any]) -> str:
    """Return who approved or declined an invoice, and why; nothing where nobody did."""
    user, reason = _word(state["approved_by"]), _word(state["approval_reason"])
    return (f" by {user}" if user else "") + (f': "{reason}"' if user and reason else "")


def _word(value: Any, none: str = "") -> str:
    return none if value is None or value != value or str(value) == "<NA>" else str(value)


def _status(state: Mapping[Any, Any]) -> str:
    return words.status(state["status"]) + (", on hold" if state["on_hold"] else "")


def _tell_invoice(terminal: Terminal, invoice: dict[str, Any]) -> None:
    """Print an invoice as a person would read it out: who to whom, when, its lines, its taxes, its totals."""
    kind = "Credit note" if invoice["preceding_number"] else "Invoice"
    title = f"{kind} {invoice['number'] or invoice['invoice_ref']}"
    approval = words.approval(invoice["approval"]).lower() + _decided(invoice)
    final = f" on {_moment(invoice['final_at'])} by {invoice['final_by']}" if invoice["final_at"] else ""
    terminal.say(
        f"{click.style(printable(title), bold=True)}  {printable(_status(invoice) + final)}; {printable(approval)}",
        *(f"  {label:<9}{printable(text)}" for label, text in _facts(invoice) if text),
        "",
    )
    terminal.say(*_lines(invoice), "", *_sums(invoice), "")


def _facts(invoice: Mapping[str, Any]) -> list[tuple[str, str]]:
    starts, ends = _day(invoice["period_start"]), _day(invoice["period_end"])
    due = f"{_day(invoice['due_date'])}{f' ({terms})' if (terms := invoice['payment_terms']) else ''}"
    corrected = f"{invoice['preceding_number']} of {_day(invoice['preceding_date'])}" if invoice["preceding_number"] else ""
    planned = f"when it becomes final (planned for {_day(invoice['planned_date'])})"
    return [
        ("From", invoice["seller_name"]),
        ("To", f"{invoice['buyer_name']} ({invoice['customer']}), {invoice['buyer_country']}"),
        ("Ref", f"{invoice['invoice_ref']}, in batch {invoice['batch']}"),
        ("Dated", _day(invoice["invoice_date"]) or planned),
        ("Due", due if invoice["due_date"] and not invoice["preceding_number"] else ""),
        ("Corrects", corrected),
        ("Reason", invoice["credit_reason"] or ""),
        ("Supplied", _day(invoice["delivery_date"])),
        ("Period", starts if starts == ends else f"{starts} to {ends}"),
        ("PO", invoice["po_number"] or ""),
        ("Yours", invoice["buyer_reference"] or ""),
        ("Note", invoice["note"] or ""),
        ("Credited", f"by {', '.join(invoice['credited_by'])}" if invoice["credited_by"] else ""),
        ("Payment", _payment(invoice)),
        *(("Paid", _paid(p, invoice["currency"])) for p in invoice["payments"]),
    ]


def _payment(invoice: Mapping[str, Any]) -> str:
    """Return where the payment of a final invoice stands, and what is open."""
    if not invoice["payment"]:
        return ""
    nothing = not invoice["open"].strip("-0.")
    still = "" if nothing else f"; open {amount(invoice['open'])} {invoice['currency']}"
    settled = nothing and not invoice["payments"]
    return words.NOTHING_TO_PAY if settled else words.payment(invoice["payment"]) + still


def _paid(payment: Mapping[str, Any], currency: str) -> str:
    reference = f", {payment['reference']}" if payment["reference"] else ""
    return f"{amount(payment['amount'])} {currency} on {_day(payment['date'])}{reference}"


def _lines(invoice: Mapping[str, Any]) -> list[str]:
    digits = len(invoice["net_total"].partition(".")[2])
    head = ["Line", "Name", "Quantity", "Unit price", "Net", "Tax", "Why this tax"]
    rows = [head] + [
        [
            str(line["line"]),
            line["name"],
            f"{amount(line['quantity'])} {line['unit'] or ''}".strip(),
            amount(_at_least(line["unit_price"], digits)) + _per(line["base_quantity"]),
            amount(line["net"]),
            amount(line["tax"]),
            line["tax_reason"] or "",
        ]
        for line in invoice["lines"]
    ]
    return table(rows, right=(0, 2, 3, 4, 5))


def _sums(invoice: Mapping[str, Any]) -> list[str]:
    """Return net, each tax with what it is taken of, and the total, each with its currency."""
    taxes = [(f"{t['rate']} %" if t["category"] == "S" else words.category(t["category"]), t) for t in invoice["taxes"]]
    rows = [
        ("Net", amount(invoice["net_total"]), ""),
        *(("Tax", amount(t["tax"]), f"  {printable(kind)} of {amount(t['taxable'])}") for kind, t in taxes),
        *([("Tax", amount(invoice["tax_total"]), "  in all")] if len(taxes) > 1 else []),
        ("Total", amount(invoice["gross_total"]), ""),
    ]
    width = max(len(figure) for _, figure, _ in rows)
    return [f"  {label:<9}{figure:>{width}} {invoice['currency']}{more}" for label, figure, more in rows]


def _per(base: str | None) -> str:
    return "" if base in (None, "1") else f" per {amount(str(base))}"


def _at_least(text: str | None, digits: int) -> str:
    """Return a price with at least the digits of its currency."""
    whole, _, part = (text or "").partition(".")
    return text or "" if not whole or len(part) >= digits else f"{whole}.{part.ljust(digits, '0')}"


def _day(text: str | None) -> str:
    """Return a day of ISO 8601 in words, "" for none."""
    return "" if not text else f"{(day := date.fromisoformat(text)).day} {day:%B %Y}"


def _moment(text: str) -> str:
    return _day(datetime.fromisoformat(text).astimezone().date().isoformat())


def known_batch(book: Book, batch: str) -> None:
    """Refuse a batch that is not in the book."""
    batches = book.batches()["batch"].tolist()
    if batch not in batches:
        known = f"There are: {', '.join(batches[-5:])}." if batches else "There are none yet."
        raise click.ClickException(f'There is no batch "{batch}". {known}')


COMMANDS = (preview, status, show)
