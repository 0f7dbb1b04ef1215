"""What comes after November: credits that are asked for, and what customers paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .files import Record

CREDIT_ROWS: tuple[Record, ...] = (
    {"number": "INV-2026-000001", "line": 2, "reason": "The second training day was cancelled"},
    {"number": "INV-2026-000003", "amount": Decimal("100.00"), "reason": "Goodwill for the late start"},
    {"number": "INV-2026-000004", "line": 1, "amount": Decimal("50.00"), "reason": "Price as in the contract"},
    {"number": "INV-2026-000011", "reason": "Billed to the wrong department"},
)
"""A line, an amount with tax, part of a line, and a whole invoice; the numbers are those that November draws."""
PAYMENT_ROWS: tuple[Record, ...] = (
    {"number": "INV-2026-000002", "date": date(2026, 12, 14), "amount": Decimal("6534.00"), "reference": "NL-1214-0031"},
    {"number": "INV-2026-000005", "date": date(2026, 12, 14), "amount": Decimal("2000.00"), "reference": "NL-1214-0044"},
    {"number": "INV-2026-000005", "date": date(2026, 12, 21), "amount": Decimal("1534.89"), "reference": "NL-1221-0007"},
    {"number": "INV-2026-000006", "date": date(2026, 12, 15), "amount": Decimal("223.20"), "reference": "NL-1215-0002"},
)
"""Paid at once, in two parts, and ten euros too much."""
