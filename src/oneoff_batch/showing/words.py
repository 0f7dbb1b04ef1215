"""Codes in words for finance people: tax categories, statuses, approvals, and the values of custom fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

CATEGORIES = {
    "S": "Taxed",
    "Z": "Zero rated",
    "E": "Exempt from tax",
    "AE": "Reverse charge",
    "K": "Supply within the EU",
    "G": "Export",
    "O": "Outside the scope of tax",
    "L": "Canary Islands tax (IGIC)",
    "M": "Ceuta and Melilla tax (IPSI)",
}
"""The tax categories of EN 16931 (UNTDID 5305) that the master data may use."""
STATUSES = {"DRAFT": "Draft", "OPEN": "Open", "FINAL": "Final", "ARCHIVED": "Archived"}
APPROVALS = {"PENDING_REVIEW": "Waiting for review", "APPROVED": "Approved", "DECLINED": "Declined"}
PAYMENTS = {"UNPAID": "Unpaid", "PARTIALLY_PAID": "Partially paid", "PAID": "Paid", "OVERPAID": "Overpaid"}
ARCHIVED_BATCH = "All of this batch is archived: nothing of it becomes final, and there is nothing to decide."
NOTHING_TO_PAY = "Nothing to pay"
"""Said of an invoice that was credited in full, of which nothing was paid."""
CITY_FIRST = frozenset({"US", "CA", "AU", "NZ", "GB", "IE", "IN", "SG"})
"""Countries whose addresses have the postcode behind the city."""


def all_archived(statuses: Iterable[str]) -> bool:
    """Return whether nothing of a batch is left."""
    return set(statuses) == {"ARCHIVED"}


def category(code: str) -> str:
    """Return a tax category in words."""
    return CATEGORIES.get(code, code)


def status(code: str) -> str:
    """Return a status in words."""
    return STATUSES.get(code, code)


def approval(code: str) -> str:
    """Return an approval in words."""
    return APPROVALS.get(code, code)


def payment(code: str) -> str:
    """Return a payment status in words."""
    return PAYMENTS.get(code, code)


@lru_cache(maxsize=10_000)
def custom_fields(text: str) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a JSON object of custom fields; several values stand side by side."""
    if not text or text == "{}":
        return ()
    return tuple((name, _said(value)) for name, value in json.loads(text).items() if value not in (None, "", []))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_said(v) for v in value)
    return str(value)


def address(first: str, second: str, postcode: str, city: str, region: str, land: str, name: str) -> tuple[str, ...]:
    """Return the lines of an address as its country (`land`, two letters; `name` in words) writes them."""
    if land in CITY_FIRST:
        town = ", ".join(part for part in (city, f"{region} {postcode}".strip()) if part)
        lines: tuple[str, ...] = (first, second, town, name)
    else:
        lines = (first, second, f"{postcode} {city}".strip(), region, name)
    return tuple(line for line in lines if line)


def account(iban: str) -> str:
    """Return an IBAN in groups of four, as banks print it."""
    plain = iban.replace(" ", "")
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
