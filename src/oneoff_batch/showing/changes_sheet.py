"""The sheet "Changes": who is new, who is gone, and who comes to much more or less than in the last month."""

from __future__ import annotations

import pandas as pd
from xlsxwriter import Workbook

from ..columns import TEXT
from ..lifecycle.changes import DOWN, GONE, LITTLE, NEW, UP, Changes, month_in_words
from ..problems import counted
from .grid import ROW_LIMIT, add_grids
from .report_column import Column
from .styles import LINE, WARNING_INK, Styles

NAME = "Changes"


def add_changes(workbook: Workbook, styles: Styles, changes: Changes) -> None:
    """Add the sheet; where the book has no earlier month it says so."""
    remarks = in_words(changes)
    for sheet in add_grids(workbook, styles, NAME, _columns(changes.customers), remarks):
        look = styles.make("stands out", font_color=WARNING_INK, bold=True, bottom=1, bottom_color=LINE)
        quiet = {"type": "cell", "criteria": "!=", "value": f'"{LITTLE}"', "format": look}
        top = len(remarks) + 3
        sheet.conditional_format(top, 0, min(top + max(len(changes.customers), 1), ROW_LIMIT) - 1, 0, quiet)


def in_words(changes: Changes) -> list[str]:
    """Return what a reviewer should know of the comparison, in a sentence or two."""
    if not changes.month:
        return ["Credit notes are not compared with an earlier month."]
    if not changes.compared:
        return ["There is no earlier month to compare with: every customer is new."]
    parts = [
        f"{changes.count(NEW):,} new",
        f"{changes.count(GONE):,} gone",
        f"{changes.count(UP):,} up by {changes.percent} % or more",
        f"{changes.count(DOWN):,} down by as much",
    ]
    return [
        f"All invoices of each customer, with tax: {span(changes)}. The largest difference comes first.",
        f"{counted(changes.count(), 'customer')}: {', '.join(parts)}.",
    ]


def span(changes: Changes) -> str:
    """Return which months are compared, in words."""
    return (
        f"those uploaded in {changes.month} up to this batch, against those uploaded in {changes.before}, or in the "
        "customer's latest month before"
    )


def _columns(customers: pd.DataFrame) -> list[Column]:
    currency = customers["currency"]
    return [
        Column("What", "text", customers["kind"]),
        Column("Customer", "id", customers["customer"]),
        Column("Name", "text", customers["buyer_name"]),
        Column("Currency", "id", currency),
        Column("This Month", "amount", customers["gross"], currency),
        Column("Last Month", "amount", customers["last_gross"], currency),
        Column("Difference", "amount", customers["difference"], currency),
        Column("Change %", "percent", customers["change"]),
        Column("Invoices", "whole", customers["invoices"]),
        Column("Invoices Before", "whole", customers["last_invoices"]),
        Column("Compared With", "text", _in_words(customers["last_month"])),
    ]


def _in_words(months: pd.Series) -> pd.Series:
    told = {month: month_in_words(month) for month in months.dropna().unique()}
    return months.map(told).astype(TEXT)
