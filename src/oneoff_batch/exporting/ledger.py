"""The ledger as reports for people and machines: one workbook, or four tables, with the proof that they hold all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd

from ..book import Figures, Piece
from ..book.slicing import Key
from ..showing.blocks import Block, add_blocks
from ..showing.growing import Growing
from ..showing.report_column import Column
from ..showing.reports import (
    INVOICE_REPORT,
    LINE_REPORT,
    TAX_REPORT,
    invoice_columns,
    line_columns,
    payment_columns,
    tax_columns,
)
from ..showing.saving import saved
from ..showing.styles import Styles, new_workbook
from ..showing.totals import added, by_status, by_tax
from ..showing.totals import by_currency as totals_by_currency
from ..showing.workbook import blocks_of
from .csv_table import CsvTable, write_csv
from .proof import Compared, Tally, by_currency, columns_of, proven
from .reconciliation import reconcile
from .records import JsonLines, ParquetTable
from .together import together

_PROOF = (
    "In every currency the lines add up to the invoices' net, tax and gross totals, and the tax table to their tax.",
    "The rows of each sheet were added up while they were written, and compared with what the database adds up itself.",
)
RECONCILIATION = "reconciliation.csv"


class View(Protocol):
    """What an export reads (`book.Slice`): the same at every reading."""

    def pieces(self) -> Iterator[Piece]:
        """Return the invoices in pieces, at least one."""

    def payments(self) -> Iterator[pd.DataFrame]:
        """Return the payments in pieces, at least one."""

    def totals(self) -> dict[Key, Figures]:
        """Return what the ledger adds up to."""

    def custom_names(self) -> tuple[list[str], list[str]]:
        """Return the names of the custom fields of invoices and of lines."""


class Table(Protocol):
    """A table that grows by pieces."""

    def add(self, columns: Sequence[Column]) -> None:
        """Add rows."""


class TableFile(Table, Protocol):
    """A table in a file."""

    def close(self) -> None:
        """End the file."""


FORMATS: Mapping[str, tuple[str, Callable[[Path], TableFile]]] = {
    "csv": (".csv", CsvTable), "jsonl": (".jsonl", JsonLines), "parquet": (".parquet", ParquetTable),
}  # fmt: skip
"""How a table can be written beside Excel: the ending of its file, and what writes it."""
TABLES = ("header", "lines", "taxes", "payments")


@dataclass
class _Totals:
    """The small tables of the sheet Totals, added up piece by piece."""

    money: list[pd.DataFrame] = field(default_factory=list)
    taxes: list[pd.DataFrame] = field(default_factory=list)
    status: list[pd.DataFrame] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        drafts = piece.drafts
        more = (totals_by_currency(drafts), by_tax(drafts), by_status(drafts, piece.states))
        for parts, part in zip((self.money, self.taxes, self.status), more, strict=True):
            parts[:] = [added([*parts, part])]

    def blocks(self) -> list[Block]:
        return blocks_of(self.money[0], self.taxes[0], self.status[0])


def write_ledger_workbook(path: Path, view: View) -> list[Compared]:
    """Write the sheets Invoices, Lines, Tax, Payments and Totals, and return what was compared with the ledger.

    Raises `NotReconciled`, and writes nothing, where tables do not agree with each other or with the ledger.
    """
    with saved(path) as draft, new_workbook(draft, "Invoice ledger") as workbook:
        styles = Styles(workbook)
        sheets = {name: Growing(workbook, styles) for name in ("Invoices", "Lines", "Tax", "Payments")}
        totals = _Totals()
        found = _write(view, list(sheets.values()), totals)
        for name, sheet in sheets.items():
            sheet.finish(name)
        proof = Block("Reconciliation", columns_of(by_currency(found), detailed=False))
        add_blocks(workbook, styles, "Totals", [*totals.blocks(), proof], _PROOF)
    return found


def write_ledger_tables(folder: Path, view: View, kind: str = "csv") -> tuple[list[Path], list[Compared]]:
    """Write header, lines, taxes and payments as csv, jsonl or parquet, with reconciliation.csv, all or none.

    Returns their paths, and what was compared. Raises `NotReconciled` where tables do not agree with each other or with the
    ledger.
    """
    ending, opened = FORMATS[kind]
    paths = [*(folder / f"{name}{ending}" for name in TABLES), folder / RECONCILIATION]
    with together(paths) as drafts:
        tables = [opened(draft) for draft in drafts[:-1]]
        try:
            found = _write(view, tables)
        finally:
            for table in tables:
                table.close()
        write_csv(drafts[-1], columns_of(found))
    return paths, found


def _write(view: View, tables: Sequence[Table], totals: _Totals | None = None) -> list[Compared]:
    """Write the four reports as the pieces go by, and prove that they hold what the ledger holds."""
    tally, (on_invoices, on_lines) = Tally(), view.custom_names()
    header, lines, taxes, paid = tables
    for piece in view.pieces():
        drafts, states = piece.drafts, piece.states
        reconcile(drafts)
        header.add(invoice_columns(drafts, states, INVOICE_REPORT, on_invoices))
        lines.add(line_columns(drafts, states, LINE_REPORT, on_lines))
        taxes.add(tax_columns(drafts, states, TAX_REPORT))
        tally.add_table("invoices", drafts.invoices)
        for name, rows in (("lines", drafts.lines), ("taxes", drafts.taxes)):
            tally.add_table(name, rows, drafts.invoices.take(rows["invoice"].to_numpy()))
        if totals is not None:
            totals.add(piece)
    for payments in view.payments():
        paid.add(payment_columns(payments))
        tally.add_table("payments", payments)
    return proven(tally, view.totals())
