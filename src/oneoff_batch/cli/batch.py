"""`check`, `draft`, `preview`, `status`, `show`: from a file to drafts that can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .terminal import (
    OK,
    PARTLY,
    PROBLEMS,
    Terminal,
    amount,
    common,
    counted,
    leave,
    now,
    problem_lines,
    table,
    total_of,
)

if TYPE_CHECKING:
    from ..book import Book
    from ..pipeline.batches import Files
    from ..pipeline.intake import Outcome
    from ..pipeline.workspace import Workspace
    from ..reading import Profile


def _files(command: Callable[..., Any]) -> Callable[..., Any]:
    existing = click.Path(path_type=Path, exists=True)
    command = click.option("--profile", type=existing, help="A mapping profile for another program's columns.")(command)
    return click.argument("files", type=existing, nargs=-1, required=True)(command)


@click.command()
@_files
@click.option("--strict", is_flag=True, help="Let warnings count as problems in the exit code.")
@click.option("--dry-run", is_flag=True, help="Write no report either.")
@common
def check(terminal: Terminal, files: tuple[Path, ...], profile: Path | None, strict: bool, dry_run: bool) -> None:
    """Say what is wrong with a file; nothing is written but the report.

    FILE is a workbook with the sheets Invoices and Lines, two CSVs, or one flat sheet.

    \b
    Examples:
      oneoff-batch check november.xlsx
      oneoff-batch check invoices.csv lines.csv
      oneoff-batch check shop.csv --profile shop.toml
    """
    from ..pipeline.batches import summary, write_report
    from ..pipeline.intake import examine

    workspace = terminal.workspace()
    with _maybe_book(workspace) as book:
        outcome = examine(workspace, files, _profile(profile), now().date(), book)
    report = None if dry_run else write_report(workspace, outcome, files[0].stem.split(".")[0])
    _tell_problems(terminal, outcome)
    _tell_totals(terminal, outcome)
    command = " ".join(str(f) for f in files) + (f" --profile {profile}" if profile else "")
    if report:
        terminal.say(f"Report: {terminal.path(report[0])}  (and .json)")
    if outcome.has_errors:
        code = next(p.code for p in outcome.problems if p.severity == "error")
        terminal.say(
            f"Next: mend the file, then check it again; {_explain(terminal, code)} says more."
            if outcome.blocked or not outcome.drafts
            else f"Next: mend the file and check it again, or draft the good ones:\n"
            f"      {terminal.again(f'draft {command} --valid-only')}"
        )
    else:
        terminal.say("Next: " + terminal.again(f"draft {command}"))
    terminal.result({**summary(outcome), "problems": [p.as_dict() for p in outcome.problems]})
    leave(PROBLEMS if outcome.has_errors or (strict and outcome.problems) else OK)


@click.command()
@_files
@click.option("--valid-only", is_flag=True, help="Draft the good invoices and leave out those with errors.")
@click.option("--replace", is_flag=True, help="Put changed invoices in the place of earlier drafts.")
@click.option("--dry-run", is_flag=True, help="Say what would be drafted, and write nothing.")
@common
def draft(
    terminal: Terminal, files: tuple[Path, ...], profile: Path | None, valid_only: bool, replace: bool, dry_run: bool
) -> None:
    """Make draft invoices of a file, with pages and a workbook to look at.

    \b
    Examples:
      oneoff-batch draft november.xlsx
      oneoff-batch draft november.xlsx --valid-only
      oneoff-batch draft corrected.xlsx --replace

    Drafts are on hold and have no number. The same file again does nothing and says so.
    """
    from ..pipeline.batches import draft_files, summary, write_batch, write_report
    from ..pipeline.intake import examine

    chosen = _profile(profile)
    with terminal.book() as (workspace, book):
        if dry_run:
            outcome = examine(workspace, files, chosen, now().date(), book, replace)
            _tell_problems(terminal, outcome)
            _tell_totals(terminal, outcome)
            terminal.say("A dry run: nothing was written.")
            terminal.result({"dry_run": True, **summary(outcome)})
            leave(PROBLEMS if outcome.has_errors else OK)
        done = draft_files(workspace, book, files, chosen, terminal.user, now(), valid_only=valid_only, replace=replace)
        if done.known_batch is not None:
            written = _complete(terminal, workspace, book, done.known_batch)
            terminal.say(
                f"Nothing to do: this very file is batch {done.known_batch} already.",
                f"Next: {terminal.again(f'show {done.known_batch}')}",
            )
            terminal.result({"batch": done.known_batch, "nothing_to_do": True, "page": str(written.index)})
            return
        outcome = done.outcome  # type: ignore[assignment]
        report = write_report(workspace, outcome, files[0].stem.split(".")[0])
        _tell_problems(terminal, outcome)
        if done.batch is None:
            if len(outcome.unchanged) == outcome.invoices and not outcome.has_errors:
                terminal.say("Nothing to do: all of it is in the book already.")
                terminal.result({"batch": None, "nothing_to_do": True, **summary(outcome)})
                return
            terminal.say(f"Nothing was drafted. Report: {terminal.path(report[0])}")
            if outcome.drafts and not outcome.blocked:
                terminal.say("Next: mend the file, or draft the good ones with --valid-only.")
            terminal.result({"batch": None, **summary(outcome)})
            leave(PROBLEMS)
        written = write_batch(workspace, book, done.batch, terminal.progress)
    _tell_totals(terminal, outcome)
    if outcome.left_out:
        terminal.say(f"Left out: {', '.join(outcome.left_out[:10])}{' …' if len(outcome.left_out) > 10 else ''}")
        terminal.say(f"Report: {terminal.path(report[0])}")
    terminal.say(
        click.style(
            f"Batch {done.batch}: {counted(len(outcome.drafts), 'draft')}, on hold, without numbers.", bold=True
        ),
        f"  Look at   {terminal.path(written.index)}",
        f"  Workbook  {terminal.path(written.workbook)}",
        f"Next: somebody else approves it:  {terminal.again(f'approve {done.batch}')}",
    )
    told = {"batch": done.batch, **summary(outcome), "page": str(written.index), "workbook": str(written.workbook)}
    terminal.result(told)
    leave(PARTLY if outcome.left_out else OK)


@click.command()
@click.argument("batch")
@common
def preview(terminal: Terminal, batch: str) -> None:
    """Write the pages and the workbook of a batch again, from the book.

    \b
    Example:
      oneoff-batch preview 2026-11-30-1
    """
    from ..pipeline.batches import write_batch

    with terminal.book() as (workspace, book):
        known_batch(book, batch)
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


def _next(terminal: Terminal, b: dict[str, Any]) -> str:
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
    from ..pipeline.batches import totals
    from ..pipeline.looking import invoices_as_dicts

    with terminal.book() as (workspace, book):
        for wanted in ({"numbers": [what]}, {"refs": [what]}, {"batch": what}):
            states = book.states(**wanted)
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
        click.style(title, bold=True)
        + f"  ({invoice['status']}{hold}, {invoice['approval']}; batch {invoice['batch']})",
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


def _profile(path: Path | None) -> Profile | None:
    from ..reading import load_profile

    return None if path is None else load_profile(path)


def _maybe_book(workspace: Workspace) -> Any:
    """The book where there is one: a check needs none, but finds what is in it already."""
    from contextlib import nullcontext

    from ..book import open_book

    return open_book(workspace.book_url) if workspace.book.exists() else nullcontext()


def known_batch(book: Book, batch: str) -> None:
    """Refuse a batch that is not in the book."""
    batches = book.batches()["batch"].tolist()
    if batch not in batches:
        known = f"There are: {', '.join(batches[-5:])}." if batches else "There are none yet."
        raise click.ClickException(f'There is no batch "{batch}". {known}')


def _complete(terminal: Terminal, workspace: Workspace, book: Book, batch: str) -> Files:
    """Write the files of a batch that a crash cut off; leave them alone where they are there."""
    from ..pipeline.batches import Files, write_batch

    folder = workspace.batch(batch)
    if (folder / "index.html").exists():
        return Files(folder / "index.html", folder / "preview.xlsx", 0)
    return write_batch(workspace, book, batch, terminal.progress)


def _explain(terminal: Terminal, code: str) -> str:
    return f"oneoff-batch explain {code}"


def _tell_problems(terminal: Terminal, outcome: Outcome) -> None:
    from ..problems import ERROR

    if not outcome.problems:
        terminal.say(f"{counted(outcome.invoices, 'invoice')}, no problems.")
        return
    terminal.say(*problem_lines(outcome.problems), "")
    errors = sum(p.severity == ERROR for p in outcome.problems)
    found = f"{counted(errors, 'problem')}, {counted(len(outcome.problems) - errors, 'warning')}"
    if outcome.blocked:
        terminal.say(click.style(f"The file cannot be drafted as it is ({found}).", fg="red", bold=True))
    elif outcome.left_out:
        held = f"{len(outcome.left_out):,} of {counted(outcome.invoices, 'invoice')} cannot be drafted ({found})."
        terminal.say(click.style(held, fg="red", bold=True))
    else:
        terminal.say(click.style(f"{counted(outcome.invoices, 'invoice')} can be drafted ({found}).", bold=True))


def _tell_totals(terminal: Terminal, outcome: Outcome) -> None:
    from ..pipeline.batches import totals

    if outcome.drafts is None or not len(outcome.drafts):
        return
    rows = [["Currency", "Invoices", "Net", "Tax", "Total"]] + [
        [t["currency"], str(t["invoice_count"]), *(amount(t[k]) for k in ("net_total", "tax_total", "gross_total"))]
        for t in totals(outcome.drafts.invoices)
    ]
    terminal.say("", *table(rows, right=(1, 2, 3, 4)), "")


COMMANDS = (check, draft, preview, status, show)
