"""`ledger export`: reports, and files for accounting programs."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .terminal import PROBLEMS, Terminal, amount, common, leave, problem_lines, table, typed_count, typed_day

if TYPE_CHECKING:
    from ..book import Book, Which
    from ..exporting.proof import Compared
    from ..pipeline.exporting import Exported
    from ..pipeline.workspace import Workspace

_KINDS = ("excel", "csv", "jsonl", "parquet", "xero", "quickbooks", "journal", "hledger", "beancount")
_STATUSES = {
    "final": ("FINAL",), "draft": ("DRAFT",), "open": ("OPEN",), "archived": ("ARCHIVED",),
    "all": ("DRAFT", "OPEN", "FINAL", "ARCHIVED"),
}  # fmt: skip
_FOLDERS = ("csv", "jsonl", "parquet")
_ENDINGS = {
    "excel": (".xlsx",), "xero": (".csv",), "quickbooks": (".csv",), "journal": (".csv",),
    "hledger": (".journal", ".hledger", ".j"), "beancount": (".beancount", ".bean"),
}  # fmt: skip

_SAID = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings if ending != ".csv"}
"""What the ending of a path says is wanted; a .csv may be several things."""


def _a_month(_: click.Context, __: click.Parameter, value: str | None) -> tuple[date, date] | None:
    """Return the first and the last day of a month; refuse what is none."""
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) or value.startswith("0000"):
        raise click.BadParameter(f'"{value}" is not a month. Type the year first, as in 2026-11.')
    year, month = int(value[:4]), int(value[5:])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--as", "kind", type=click.Choice(_KINDS), help="What to write.  [default: what PATH says, else excel]")
@click.option("--from", "first", metavar="DATE", callback=typed_day, help="Only what is dated on this day or later.")
@click.option("--to", "last", metavar="DATE", callback=typed_day, help="Only what is dated on this day or earlier.")
@click.option("--month", metavar="MONTH", callback=_a_month, help="Only this month, such as 2026-11.")
@click.option("--year", metavar="YEAR", callback=typed_count, help="Only this year.")
@click.option("--entity", "entities", metavar="ENTITY", multiple=True, help="Only this billing entity (may be repeated).")
@click.option("--currency", "codes", metavar="CODE", multiple=True, help="Only this currency (may be repeated).")
@click.option("--series", help="Only numbers of this series.")
@click.option(
    "--status", type=click.Choice(list(_STATUSES)), default="final", show_default=True,
    help="Which invoices the reports hold.",
)  # fmt: skip
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first", "year-first"]), default="day-first", show_default=True,
    help="How Xero and QuickBooks read dates.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@common
def export(terminal: Terminal, path: Path | None, kind: str | None, dry_run: bool, **asked: Any) -> None:
    """Write the ledger as reports, or for an accounting program.

    \b
    Examples:
      oneoff-batch ledger export
      oneoff-batch ledger export out/november.xlsx --month 2026-11
      oneoff-batch ledger export out/csv --from 2026-10-01 --to 2026-12-31 --entity NL01
      oneoff-batch ledger export out/xero.csv --as xero --month 2026-11 --entity NL01
      oneoff-batch ledger export books.beancount --year 2026

    \b
    Reports of invoices, lines, taxes and payments, of any status:
      excel       one workbook (PATH ends in .xlsx)
      csv         four CSVs (PATH is a folder)
      jsonl       the same as JSON Lines, for programs
      parquet     the same as Parquet, for data tools
    For accounting, of final invoices only:
      xero        invoices and credit notes as Xero imports them
      quickbooks  the same as QuickBooks Online imports them
      journal     a general journal as CSV, by account codes
      hledger     the journal for hledger (PATH ends in .journal)
      beancount   the journal for Beancount (PATH ends in .beancount)

    Each comes with a reconciliation, which proves that it adds up to the ledger; where it does not, nothing is written.
    Invoices count by invoice date, payments by the day they were paid.
    """
    from ..pipeline.exporting import export as write
    from ..pipeline.exporting import place_of

    which = _which(asked)
    with terminal.book() as (workspace, book):
        chosen, place = _place(workspace, path, kind, place_of)
        if chosen not in ("excel", *_FOLDERS) and asked["status"] != "final":
            raise click.UsageError(f"--as {chosen} takes final invoices only: what is not final is in no books yet.")
        _known(book, which)
        with terminal.working("Adding up the ledger"):
            done = write(workspace, book, chosen, place, which, dates=asked["dates"], dry_run=dry_run)
    if done.problems:
        terminal.say(*problem_lines(done.problems), "", click.style("Nothing was written.", fg="red", bold=True))
    elif dry_run:
        terminal.say(
            f"Would write {counted(done.count, 'invoice')} to {terminal.path(place)}. A dry run: nothing was written."
        )
    else:
        _tell(terminal, chosen, done, asked["dates"])
    terminal.result(_as_dict(done, chosen, place, dry_run))
    if done.problems:
        leave(PROBLEMS)


def _which(asked: dict[str, Any]) -> Which:
    """Return what is asked for; refuse two periods at once, and one that ends before it begins."""
    from ..book import Which

    first, last = asked["first"], asked["last"]
    ways = [asked["month"] is not None, asked["year"] is not None, first is not None or last is not None]
    if sum(ways) > 1:
        raise click.UsageError("Give the period one way: --month, or --year, or --from and --to.")
    if asked["month"]:
        first, last = asked["month"]
    elif asked["year"]:
        if asked["year"] > 9999:
            raise click.UsageError(f"{asked['year']} is not a year.")
        first, last = date(asked["year"], 1, 1), date(asked["year"], 12, 31)
    if first and last and last < first:
        raise click.UsageError(f"The period ends on {last}, before it begins on {first}.")
    return Which(
        _STATUSES[asked["status"]], first, last, asked["entities"], tuple(c.upper() for c in asked["codes"]), asked["series"]
    )


def _place(workspace: Workspace, path: Path | None, kind: str | None, place_of: Any) -> tuple[str, Path]:
    """Return what is to be written, and where; PATH alone says it by its ending."""
    folder = path is not None and (not path.suffix or path.is_dir())
    if kind is None:
        kind = "excel" if path is None else "csv" if folder else _SAID.get(path.suffix.lower(), "")
        if not kind:
            raise click.BadParameter(f"{path} must end in .xlsx, or be a folder for CSVs; for anything else say --as.")
    if path is None:
        return kind, place_of(workspace, kind)
    if kind in _FOLDERS:
        if not folder:
            raise click.BadParameter(f"--as {kind} writes several files: {path} must be a folder.")
        return kind, path
    path = path / place_of(workspace, kind).name if folder else path
    if path.suffix.lower() not in _ENDINGS[kind]:
        raise click.BadParameter(f"{path} must end in {' or '.join(_ENDINGS[kind])} for --as {kind}.")
    return kind, path


def _known(book: Book, which: Which) -> None:
    """Refuse billing entities, currencies and series that no invoice has: an empty export would look like a quiet month."""
    from ..pipeline.exporting import unknown

    wanted = {"billing_entity": which.entities, "currency": which.currencies, "series": tuple(filter(None, [which.series]))}
    for column, names in wanted.items():
        missing, known = unknown(book, column, names) if names else ([], [])
        if missing:
            what = column.replace("_", " ")
            raise click.UsageError(
                f'No invoice in the book has the {what} "{missing[0]}". There is: {", ".join(known) or "none at all"}.'
            )


def _tell(terminal: Terminal, kind: str, done: Exported, dates: str) -> None:
    terminal.say(f"Wrote {counted(done.count, 'invoice')}:", *(f"  {terminal.path(f)}" for f in done.files), "")
    rows = _figures(done.compared)
    if rows:
        titles = ["Currency", "Invoices", "Net", "Tax", "Gross", "Paid"]
        right = tuple(range(1, len(titles)))
        where = "the sheet Totals" if kind == "excel" else done.files[-1].name
        terminal.say(*table([titles, *rows], right=right), "", f"All of it equals the ledger, figure by figure: {where}.")
    else:
        terminal.say("There is nothing to add up.")
    terminal.say(*_remarks(kind, done, dates))


def _figures(compared: Sequence[Compared]) -> list[list[str]]:
    """Return a row per currency: how many invoices, net, tax and gross, and what was paid."""
    from ..exporting.proof import by_currency
    from ..money import currencies

    rows: dict[str, dict[str, str]] = {}
    for c in by_currency(compared):
        written = amount(f"{c.written:.{currencies().get(c.currency, 2)}f}")
        row = rows.setdefault(c.currency, {})
        if c.key in ("invoices", "payments"):
            row[c.field] = written
        if c.key == "invoices":
            row["count"] = f"{c.rows:,}"
    fields = ("count", "net_total", "tax_total", "gross_total", "amount")
    return [[code, *(row.get(name, "") for name in fields)] for code, row in rows.items()]


def _remarks(kind: str, done: Exported, dates: str) -> list[str]:
    """Return what one should know before the file is used."""
    if kind in ("xero", "quickbooks"):
        program = "Xero" if kind == "xero" else "QuickBooks"
        said = [f"Dates are written {dates.replace('-', ' ')}; {program} must read them so (--dates)."]
        if done.differing:
            said.append(
                f"{counted(done.differing, 'document')} would have another tax where {program} works it out line by line: "
                f"see {done.files[2].name}."
            )
        return said
    if kind in ("journal", "hledger", "beancount") and not done.payments:
        return ["Payments are not in it: no bank account is set under [accounts] in oneoff.toml."]
    return []


def _as_dict(done: Exported, kind: str, place: Path, dry_run: bool) -> dict[str, Any]:
    from ..money import currencies

    figures = [
        {"table": c.table, "currency": c.currency, "billing_entity": c.entity, "series": c.series, "rows": c.rows,
         "figure": c.figure, "written": f"{c.written:.{currencies().get(c.currency, 2)}f}",
         "ledger": f"{c.ledger:.{currencies().get(c.currency, 2)}f}"}
        for c in done.compared
    ]  # fmt: skip
    told = {"kind": kind, "path": str(place), "invoices": done.count, "files": [str(f) for f in done.files]}
    return {**told, "dry_run": dry_run, "totals": figures, "problems": [p.as_dict() for p in done.problems]}


COMMANDS = (export,)
