"""The drop-downs of a template: short ones in the cell's rule, long ones on a hidden sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from ..checking.batch import Master
from ..columns import LISTS, kind_of
from ..money import currencies
from .cells import clean

YES_NO = ("yes", "no")
_SHORT = 200
"""Characters of options that stay well within the 255 that Excel allows in a rule."""
_REFERS = {
    "customers": ("customers", "customer"),
    "entities": ("entities", "billing_entity"),
    "products": ("products", "product"),
    "product_items": ("items", "product_item"),
    "taxes": ("taxes", "tax_code"),
}


class Lists:
    """The hidden sheet of lists: one column per list that is too long for a rule of its own."""

    name = LISTS

    def __init__(self) -> None:
        self._titles: dict[tuple[str, ...], str] = {}

    def source(self, title: str, options: Sequence[str]) -> str | list[str]:
        """Return what a list rule takes for these options, and keep them for the sheet where they are many."""
        if len(",".join(options)) <= _SHORT and not any("," in o for o in options):
            return list(options)
        key = tuple(options)
        self._titles.setdefault(key, title)
        letters = xl_col_to_name(list(self._titles).index(key))
        return f"={self.name}!${letters}$2:${letters}${len(options) + 1}"

    def add_to(self, workbook: Workbook) -> None:
        """Add the hidden sheet, as the last one."""
        sheet = workbook.add_worksheet(self.name)
        sheet.hide()
        for i, (options, title) in enumerate(self._titles.items()):
            for row, text in enumerate((title, *options)):
                sheet.write_string(row, i, clean(text))


def options_of(column: Any, master: Master | None) -> tuple[str, ...]:
    """Return what a cell of a column may hold, as far as it is one of few things: else nothing."""
    meta = column.metadata
    if kind_of(column) == "flag" or meta.get("custom_type") == "BOOLEAN":
        return YES_NO
    if kind_of(column) == "currency":
        return currency_options(master)
    if master is not None and meta.get("refers") in _REFERS:
        return ids(master, meta["refers"])
    return tuple(meta.get("options") or ())


def ids(master: Master, refers: str) -> tuple[str, ...]:
    """Return the ids of a table of the master data that an upload may name: neither faulty nor archived."""
    table, field = _REFERS[refers]
    frame: pd.DataFrame = getattr(master, table)
    usable = pd.Series(True, index=frame.index)
    if "faulty" in frame:
        usable &= ~frame["faulty"].fillna(False).astype(bool)
    if "status" in frame:
        usable &= frame["status"].fillna("ACTIVE") != "ARCHIVED"
    return tuple(frame.loc[usable, field].dropna().astype(str).unique())


def currency_options(master: Master | None) -> tuple[str, ...]:
    """Return every ISO 4217 code that is money; those that the master data uses come first."""
    frames = () if master is None else (master.entities, master.customers, master.products, master.items)
    used = {code for frame in frames if "currency" in frame for code in frame["currency"].dropna()}
    every = currencies()
    return (*sorted(used & every.keys()), *sorted(every.keys() - used))
