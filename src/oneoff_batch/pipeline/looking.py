"""Invoices of the book as plain data: what `show` prints and `--json` hands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book
from ..drafting.drafts import BUYER, SELLER
from ..showing.pages import FOLDER, page_name
from .workspace import Workspace

_STATE = ("batch", "status", "on_hold", "approval", "approved_by", "approval_reason", "number", "final_at", "final_by")
_HEADER = (
    "invoice_ref", "customer", "billing_entity", "currency", "invoice_date", "planned_date", "due_date", "payment_terms",
    "delivery_date", "period_start", "period_end", "po_number", "buyer_reference", "note", "footnote", "content_hash",
    "preceding_number", "preceding_date", "credit_reason",
)  # fmt: skip
_TOTALS = ("net_total", "tax_total", "gross_total")


def with_money(book: Book, states: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each invoice what was paid of it, what is open, which credit notes correct it, and the payments.

    All are null, or empty, where nobody pays it: a draft, or a credit note.
    """
    found: list[dict[str, Any]] = []
    balances = book.balances(states)
    notes = book.credits_of(states["id"]).to_dict("records")
    payments = book.payments_of(states["id"].tolist())
    for (_, own), state in zip(balances.iterrows(), states.to_dict("records"), strict=True):
        digits = int(state["digits"])
        mine = [n for n in notes if n["credits_id"] == state["id"] and n["status"] != "ARCHIVED"]
        found.append(
            {
                "payment": _plain(own["payment"]),
                **{n: None if pd.isna(own[n]) else f"{own[n]:.{digits}f}" for n in ("paid", "open")},
                "credited_by": [_plain(n["number"]) or f"draft {n['invoice_ref']}" for n in mine],
                "payments": [_payment(p, digits) for p in payments if p["invoice_id"] == state["id"]],
            }
        )
    return found


def _payment(row: dict[str, Any], digits: int) -> dict[str, Any]:
    amount = f"{Decimal(row['amount']).scaleb(-digits):.{digits}f}"
    return {"date": row["paid_on"], "amount": amount, "reference": row["reference"], "file": row["file"]}


def not_written(workspace: Workspace, batches: Iterable[Mapping[Any, Any]]) -> list[str]:
    """Return the batches (rows of `Book.batches`) whose pages are not there, or not with all of their numbers.

    A run that was killed after the book had kept what it did leaves that; the pages of a batch take their place at once,
    so those of its first and its last number tell of all.
    """
    return [str(b["batch"]) for b in batches if not _is_written(workspace.batch(str(b["batch"])), b)]


def _is_written(folder: Path, batch: Mapping[Any, Any]) -> bool:
    numbers = [batch["first_number"], batch["last_number"]] if batch["final"] else []
    pages = [folder / FOLDER / page_name(str(number)) for number in numbers]
    return all(path.is_file() for path in (folder / "index.html", *pages))


def invoices_as_dicts(book: Book, states: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each invoice with its lines and taxes; amounts are text with the currency's digits, dates ISO 8601."""
    drafts = book.load(states)
    lines: dict[Any, pd.DataFrame] = dict(iter(drafts.lines.groupby("invoice")))
    taxes: dict[Any, pd.DataFrame] = dict(iter(drafts.taxes.groupby("invoice")))
    found: list[dict[str, Any]] = []
    money = with_money(book, states)
    for (i, header), state in zip(drafts.invoices.iterrows(), states.to_dict("records"), strict=True):
        digits = int(header["digits"])
        found.append(
            {
                **{name: _plain(state[name]) for name in _STATE},
                **{name: _plain(header[name]) for name in _HEADER},
                **{f"seller_{n}": _plain(header[f"seller_{n}"]) for n in SELLER},
                **{f"buyer_{n}": _plain(header[f"buyer_{n}"]) for n in BUYER},
                **{name: f"{header[name]:.{digits}f}" for name in _TOTALS},
                **money[len(found)],
                "taxes": [_tax(t, digits) for t in _records(taxes.get(i))],
                "lines": [_line(row, digits) for row in _records(lines.get(i))],
            }
        )
    return found


def _records(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    return [] if frame is None else [{str(k): v for k, v in r.items()} for r in frame.to_dict("records")]


def _line(row: dict[str, Any], digits: int) -> dict[str, Any]:
    sub = _plain(row["subline_name"])
    name = row["line_name"] if sub in (None, row["line_name"]) else f"{row['line_name']} / {sub}"
    return {
        "line": row["line"],
        "name": name,
        **{n: _plain(row[n]) for n in ("line_name", "subline_name", "description", "type", "unit")},
        **{n: _figure(row[n]) for n in ("quantity", "unit_price", "base_quantity", "tax_rate")},
        **{n: _plain(row[n]) for n in ("period_start", "period_end", "tax_code", "tax_category", "tax_reason")},
        **{n: f"{row[n]:.{digits}f}" for n in ("net", "tax", "gross")},
    }


def _tax(row: dict[str, Any], digits: int) -> dict[str, Any]:
    return {
        **{n: _plain(row[n]) for n in ("tax_code", "category", "reason")},
        "rate": _figure(row["rate"]),
        **{n: f"{row[n]:.{digits}f}" for n in ("taxable", "tax")},
    }


def _figure(value: Any) -> str | None:
    return None if pd.isna(value) else f"{value.normalize():f}"


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, bool | str) else str(value)
