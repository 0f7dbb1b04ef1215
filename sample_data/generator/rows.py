"""Short ways to write down an invoice and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from .files import Record

Days = int | tuple[int, int] | None


@dataclass(frozen=True)
class Invoice:
    """One invoice of a sample: the cells of its row in Invoices, and its rows in Lines."""

    head: Record
    lines: Sequence[Record] = field(default_factory=tuple)


def day(number: int | None) -> date | None:
    """Return a day of November 2026."""
    return None if number is None else date(2026, 11, number)


def line(item: str | None = None, quantity: Any = None, price: Any = None, on: Days = None, **more: Any) -> Record:
    """Return a line; `on` is one day of November, or its first and last day."""
    start, end = on if isinstance(on, tuple) else (on, None)
    known = {"product_item": item, "quantity": _number(quantity), "unit_price": _number(price)}
    return {**known, "period_start": day(start), "period_end": day(end), **{k: _number(v) for k, v in more.items()}}


def _number(value: Any) -> Any:
    """Return what looks like a figure with decimals as one; every other text stays text."""
    if not isinstance(value, str) or not value.lstrip("-").replace(".", "", 1).isdigit() or "." not in value:
        return value
    return Decimal(value)


def invoice(ref: str, customer: str, *lines: Record, **head: Any) -> Invoice:
    """Return an invoice; `invoice_date`, `due_date` and `delivery_date` may be given as days of November."""
    dates = {k: day(v) for k, v in head.items() if k.endswith("_date") and isinstance(v, int) and v <= 31}
    figures = {k: _number(v) for k, v in head.items()}
    return Invoice({"invoice_ref": ref, "customer": customer, **figures, **dates}, lines)


def tables(invoices: Iterable[Invoice]) -> dict[str, list[Record]]:
    """Return the records of the sheets Invoices and Lines."""
    found = list(invoices)
    rows: list[Record] = [{"invoice_ref": i.head["invoice_ref"], **row} for i in found for row in i.lines]
    return {"invoices": [i.head for i in found], "lines": rows}
