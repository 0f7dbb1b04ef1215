"""The sheet "Changes": who is new, who is gone, and who comes to much more or less than in the last batch."""

from __future__ import annotations

import pandas as pd
from xlsxwriter import Workbook

from ..lifecycle.changes import DOWN, GONE, LITTLE, NEW, UP, Changes
from ..problems import counted
from .grid import ROW_LIMIT, add_grids
from .report_column import Column
from .styles import LINE, WARNING_INK, Styles

NAME = "Changes"


def add_changes(workbook: Workbook, styles: Styles, changes: Changes) -> None:
    """Add the sheet; where the book has no earlier batch it says so."""
    remarks = in_words(changes)
    for sheet in add_grids(workbook, styles, NAME, _columns(changes.customers), remarks):
        look = styles.make("stands out", font_color=WARNING_INK, bold=True, bottom=1, bottom_color=LINE)
        quiet = {"type": "cell", "criteria": "!=", "value": f'"{LITTLE}"', "format": look}
        top = len(remarks) + 3
        sheet.conditional_format(top, 0, min(top + max(len(changes.customers), 1), ROW_LIMIT) - 1, 0, quiet)


def in_words(changes: Changes) -> list[str]:
    """Return what a reviewer should know of the comparison, in a sentence or two."""
    if not changes.compared:
        return ["There is no earlier batch to compare with: every customer is new."]
    parts = [
        f"{changes.count(NEW):,} new",
        f"{changes.count(GONE):,} gone",
        f"{changes.count(UP):,} up by {changes.percent} % or more",
        f"{changes.count(DOWN):,} down by as much",
    ]
    return [
        "Each customer's invoices in this batch, together, against those of its last batch, with tax; the largest "
        "difference first.",
        f"{counted(changes.count(), 'customer')}: {', '.join(parts)}.",
    ]


def _columns(customers: pd.DataFrame) -> list[Column]:
    currency = customers["currency"]
    return [
        Column("What", "text", customers["kind"]),
        Column("Customer", "id", customers["customer"]),
        Column("Name", "text", customers["buyer_name"]),
        Column("Currency", "id", currency),
        Column("This Batch", "amount", customers["gross"], currency),
        Column("Last Batch", "amount", customers["last_gross"], currency),
        Column("Difference", "amount", customers["difference"], currency),
        Column("Change %", "percent", customers["change"]),
        Column("Invoices", "whole", customers["invoices"]),
        Column("Invoices Before", "whole", customers["last_invoices"]),
        Column("Compared With", "id", customers["last_batch"]),
    ]
