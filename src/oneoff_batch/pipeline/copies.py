"""An editable copy of an invoice: a workbook like the blank upload, with the invoice's rows under a new ref."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book
from ..checking import Master
from ..columns import INVOICES, LINES
from ..showing.template import write_upload_template
from .anew import ref_of_copy
from .intake import load_master
from .setup import custom_fields_of
from .workspace import Workspace

_HEADER = (
    "customer", "billing_entity", "currency", "payment_terms", "delivery_date", "po_number", "buyer_reference",
    "prices_include_tax", "note", "footnote",
)  # fmt: skip
_LINE = (
    "product_item", "description", "type", "quantity", "unit", "unit_price", "base_quantity", "period_start", "period_end",
)  # fmt: skip
_FOLDER = "corrections"
_SALES_TAX, _OWN_CODE = "us_sales_tax", "line_code"
"""The tax rules that rest on what the sheet says: the percentage of the invoice, or the code of the line."""


def write_copy(workspace: Workspace, book: Book, states: pd.DataFrame, user: str, now: datetime) -> Path:
    """Write the rows of one final invoice into a workbook to edit, and return its path; its ref is the next that is free.

    The book keeps whose copy it is. The invoice date is left to the settings, as for any new invoice; the due date follows
    from the terms.
    """
    master, _ = load_master(workspace)
    drafts = book.load(states)
    header = drafts.invoices.iloc[0].to_dict()
    begun = _cut_off(workspace, book, states)
    ref, path = begun or _free(workspace, book, str(header["invoice_ref"]))
    lines = [_line(r, ref, master) for r in drafts.lines.to_dict("records")]
    rates = {str(r["tax_rule"]): r["tax_rate"] for r in drafts.lines.to_dict("records")}
    rows = {
        "invoices": [_row(header, _HEADER, INVOICES) | {"invoice_ref": ref, **_sales_tax(rates)}],
        "lines": lines,
    }
    # The book first: of a run that is killed in between, the next one writes the same file and no second one.
    if begun is None:
        book.copied(states.iloc[0].to_dict(), ref, path.name, user, now)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_upload_template(path, master, custom_fields_of(master), rows)


def lacks_copy(workspace: Workspace, book: Book, states: pd.DataFrame) -> bool:
    """Return whether no copy of an invoice was ever written, or the last one is gone and was not billed."""
    return _copies(book, states).empty or _cut_off(workspace, book, states) is not None


def _cut_off(workspace: Workspace, book: Book, states: pd.DataFrame) -> tuple[str, Path] | None:
    """Return ref and place of the last copy that the book knows of, where there is no file and nothing was billed."""
    for body in _copies(book, states)["body"].tail(1):
        told = json.loads(body)
        path = workspace.root / _FOLDER / told["file"]
        if not path.exists() and book.states(refs=[told["copy"]]).empty:
            return told["copy"], path
    return None


def _copies(book: Book, states: pd.DataFrame) -> pd.DataFrame:
    entries = book.entries_of(states["id"].tolist())
    return entries[entries["action"] == "copy"]


def _free(workspace: Workspace, book: Book, ref: str) -> tuple[str, Path]:
    """Return the first ref NOV-001-2, NOV-001-3 … that neither the book nor the folder of copies has."""
    for n in range(2, 10_000):
        other = ref_of_copy(ref, n)
        name = "".join(c if c.isalnum() or c in "-._ " else "_" for c in other)
        path = workspace.root / _FOLDER / f"{name}.xlsx"
        if not path.exists() and book.states(refs=[other]).empty:
            return other, path
    raise RuntimeError(f"there are ten thousand copies of {ref}")


def _row(values: Mapping[Any, Any], names: tuple[str, ...], table: Any) -> dict[str, str]:
    custom = json.loads(str(values["custom"])) if _known(values["custom"]) else {}
    own = {name: _text(values[name]) for name in names if name in table.columns}
    return own | {name: _custom(value) for name, value in custom.items()}


def _line(values: Mapping[Any, Any], ref: str, master: Master) -> dict[str, str]:
    row = _row(values, _LINE, LINES)
    item, sub = row["product_item"], _text(values["subline_name"]) or _text(values["line_name"])
    product = "" if item else _text(values["product"])
    usual = master.items.loc[master.items["product_item"] == item, "item_name"].tolist() if item else []
    named = "" if product or sub in usual else sub
    code = _text(values["tax_code"]) if values["tax_rule"] == _OWN_CODE else ""
    base = row["base_quantity"] if row["base_quantity"] != "1" else ""
    return row | {
        "invoice_ref": ref, "line": _text(values["line"]), "product": product, "pricing_name": named, "tax_code": code,
        "base_quantity": base,
    }  # fmt: skip


def _sales_tax(rates: Mapping[str, Any]) -> dict[str, str]:
    return {"sales_tax_percentage": _text(rates[_SALES_TAX])} if _SALES_TAX in rates else {}


def _custom(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_custom(v) for v in value)
    return _text(value)


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _text(value: Any) -> str:
    if not _known(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
