"""What leaves the ledger: reports, layouts of other programs, journals, each with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..book import Book, BookError, Slice, Which
from ..exporting.accounts import chart_of, without_account
from ..exporting.journal import write_journal
from ..exporting.layouts import LAYOUTS, names_of, write_layout
from ..exporting.ledger import FORMATS, write_ledger_tables, write_ledger_workbook
from ..exporting.plain_text import beancount, hledger, opening
from ..exporting.proof import Compared
from ..exporting.reconciliation import NotReconciled
from ..money import currencies
from ..problems import Problem
from .intake import load_master
from .workspace import Workspace

REPORTS = ("excel", *FORMATS)
"""Kinds of export that show what is not final too."""
JOURNALS = ("journal", "hledger", "beancount")
_TEXTS = {"hledger": hledger, "beancount": beancount}
_PLACES = {
    "excel": "ledger.xlsx", "xero": "xero.csv", "quickbooks": "quickbooks.csv", "journal": "journal.csv",
    "hledger": "ledger.journal", "beancount": "ledger.beancount",
}  # fmt: skip
_DECIMALS = 2


@dataclass(frozen=True)
class Exported:
    """What was written (or would be): files, how many invoices, and every figure beside the ledger's.

    With problems nothing was written. `differing` counts the documents whose tax is another one where it is worked out
    line by line. `payments` says whether payments are among it.
    """

    count: int
    files: list[Path] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    differing: int = 0
    payments: bool = True


def place_of(workspace: Workspace, kind: str) -> Path:
    """Return where an export lies where nothing is said."""
    return workspace.ledger / _PLACES.get(kind, kind)


def export(
    workspace: Workspace, book: Book, kind: str, path: Path, which: Which, *, dates: str = "day-first", dry_run: bool = False
) -> Exported:
    """Write one export; a dry run does all but that. Raises `NotReconciled` where it would not come to the ledger."""
    with book.slice(which) as view, told_apart():
        count = view.count()
        if kind in REPORTS:
            return Exported(count) if dry_run else _reports(view, kind, path, count)
        return _accounting(workspace, view, kind, path, count, dates, dry_run)


@contextmanager
def told_apart() -> Iterator[None]:
    """Say in a sentence where an export does not come to the ledger: the book needs a look, nothing was written."""
    try:
        yield
    except NotReconciled as error:
        raise BookError(f"Nothing was written: {error} Run: oneoff-batch ledger verify") from error


def _reports(view: Slice, kind: str, path: Path, count: int) -> Exported:
    if kind == "excel":
        return Exported(count, [path], write_ledger_workbook(path, view))
    files, compared = write_ledger_tables(path, view, kind)
    return Exported(count, files, compared)


def _accounting(workspace: Workspace, view: Slice, kind: str, path: Path, count: int, dates: str, dry_run: bool) -> Exported:
    master, _ = load_master(workspace)
    chart = chart_of(master, workspace.settings.accounts)
    products, taxes = view.products(), view.taxes()
    problems = without_account(chart, products, taxes, entries=kind in JOURNALS)
    problems += _unfit(view, kind) if kind in LAYOUTS else []
    payments = kind in JOURNALS and bool(chart.defaults.bank)
    if problems or dry_run:
        return Exported(count, problems=problems, payments=payments)
    if kind in LAYOUTS:
        names = names_of(master, workspace.settings.tax_types)
        files, compared, differing = write_layout(path, view, LAYOUTS[kind][1], chart, names, dates)
        return Exported(count, files, compared, differing=differing, payments=False)
    if kind == "journal":
        files, compared = write_journal(path, view, chart)
    else:
        start = opening(chart, products, taxes, _currencies(view), view.first_day())
        files, compared = write_journal(path, view, chart, lambda draft: _TEXTS[kind](draft, start))
    return Exported(count, files, compared, payments=payments)


def _currencies(view: Slice) -> list[str]:
    return sorted({currency for _, currency, _, _ in view.totals()})


def _unfit(view: Slice, kind: str) -> list[Problem]:
    """Return why a layout cannot hold these invoices: several companies (E583), or amounts finer than a cent (E584)."""
    program = LAYOUTS[kind][0]
    keys = [key for key in view.totals() if key[0] == "invoices"]
    entities = sorted({entity for _, _, entity, _ in keys})
    problems = []
    if len(entities) > 1:
        told = {"program": program, "entities": _listed(entities)}
        problems.append(Problem("E583", value=_listed(entities), details=told))
    fine = sorted({code for _, code, _, _ in keys if currencies().get(code, _DECIMALS) > _DECIMALS})
    others = sorted({code for _, code, _, _ in keys} - set(fine))
    for code in fine:
        only = " ".join(f"--currency {other}" for other in others) or "another kind of export"
        told = {"program": program, "currency": code, "only": only}
        problems.append(Problem("E584", value=code, details=told))
    return problems


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def unknown(book: Book, column: str, wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what is wanted and no invoice has in this column, and what there is."""
    known = sorted(book.names(column))
    return [name for name in wanted if name not in known], known
