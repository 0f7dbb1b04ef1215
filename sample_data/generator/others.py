"""The other batches: a flat CSV as programs export it, and a batch full of a finance team's typical mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .files import Record
from .rows import Invoice, invoice, line, tables

FLAT: Sequence[Sequence[Any]] = (
    ("Invoice ref", "Customer", "Payment terms", "PO number", "Currency", "Cost centre", "Sales tax percentage",
     "Product item", "Pricing name", "Quantity", "Unit price", "Period start", "Period end", "Project"),
    ("ADH-01", "C-1001", "", "4500018010", "EUR", "4412", "", "TRAIN-DAY", "", "1", "", "2026-11-26", "", "P-130"),
    ("", "", "", "", "", "", "", "ROOM-DAY", "", "1", "", "2026-11-26", "", "P-130"),
    ("", "", "", "", "", "", "", "PASS-TRAVEL", "", "1", "64.20", "2026-11-26", "", ""),
    ("ADH-02", "C-1003", "14 days", "", "EUR", "", "", "COACH-HOUR", "", "4.5", "", "2026-11-02", "2026-11-27", ""),
    ("", "", "", "", "", "", "", "COACH-HOUR", "Intake by telephone", "0.5", "", "2026-11-02", "", ""),
    ("ADH-03", "SF-88111", "", "LOG-26-571", "EUR", "", "", "TRAIN-ONLINE", "", "9", "", "2026-11-18", "", "HH-9"),
    ("", "", "", "", "", "", "", "BOOK-WORK", "", "9", "", "", "", "HH-9"),
    ("", "", "", "", "", "", "", "CANCEL-SEAT", "", "9", "", "", "", ""),
    ("ADH-04", "C-1106", "", "", "", "", "", "TRAIN-HALF", "", "1", "", "2026-11-25", "", ""),
    ("", "", "", "", "", "", "", "", "Adaptación del material", "1", "385.00", "", "", ""),
    ("ADH-05", "C-1301", "", "TH/26/0498", "GBP", "", "", "TRAIN-DAY", "", "1", "820.00", "2026-11-24", "", ""),
    ("", "", "", "", "", "", "", "TRAIN-ONLINE", "", "6", "104.00", "2026-11-25", "", ""),
    ("ADH-06", "C-1401", "", "HVHN-558131", "USD", "", "8.00", "TRAIN-DAY-US", "", "1", "", "2026-11-19", "", ""),
    ("", "", "", "", "", "", "", "PLAT-SEAT-US", "Seats for the night shift", "35", "", "2026-11-01", "2026-11-30", ""),
    ("", "", "", "", "", "", "", "", "Less: seats not used", "-4", "10.50", "2026-11-01", "2026-11-30", ""),
    ("ADH-07", "C-1501", "1 month", "", "CAD", "", "", "TRAIN-DAY-CA", "", "1", "", "2026-11-27", "", ""),
    ("", "", "", "", "", "", "", "", "Cahier du participant", "8", "31.25", "", "", ""),
    ("ADH-08", "C-1601", "eom + 30", "", "JPY", "", "", "TRAIN-ONLINE", "", "3", "19500", "2026-11-26", "", ""),
    ("", "", "", "", "", "", "", "", "追加教材", "3", "2150", "", "", ""),
    ("ADH-09", "C-1602", "", "GPC-0097", "KWD", "", "", "TRAIN-ONLINE", "", "5", "39.925", "2026-11-22", "", ""),
    ("", "", "", "", "", "", "", "", "Courier", "1", "7.625", "", "", ""),
    ("ADH-10", "C-1104", "", "BDZ/1190", "", "", "", "PLAT-SEAT", "", "12", "", "2026-11-16", "2026-11-30", ""),
    ("", "", "", "", "", "", "", "COACH-HOUR", "", "2", "", "2026-11-17", "", ""),
    ("", "", "", "", "", "", "", "COACH-HOUR", "", "1", "165.00", "2026-11-24", "", ""),
    ("ADH-11", "C-1002", "", "WSD-2026-0977", "", "", "", "TRAIN-ONLINE", "", "11", "", "2026-11-19", "", ""),
    ("", "", "", "", "", "", "", "BOOK-WORK", "", "11", "", "", "", ""),
    ("ADH-12", "C-1201", "due on receipt", "", "EUR", "", "", "TRAIN-ONLINE", "", "1", "", "2026-11-26", "", ""),
    ("", "", "", "", "", "", "", "COACH-HOUR", "", "1", "", "2026-11-27", "", ""),
    ("", "", "", "", "", "", "", "CANCEL-SEAT", "", "1", "", "", "", ""),
)  # fmt: skip

_MISTAKES: Sequence[Invoice] = (
    invoice("BAD-01", "C-1O01", line("TRAIN-DAY", 1, on=3)),
    invoice("BAD-02", "C-1002", line("TRAIN-DAY", "tbd", on=4), line("TRAIN-DYA", 1, on=5)),
    invoice("BAD-03", "C-1003", line("COACH-HOUR", 2, on=9), line("COACH-HOUR", 1, "1.234"), invoice_date="03/04/2026"),
    invoice("BAD-04", "C-1301", line("TRAIN-DAY", 1, "820.00", on=10), currency="GBp"),
    invoice("BAD-05", "C-1101", line("TRAIN-ONLINE", 8, on=(20, 11)), invoice_date=20, due_date=6),
    invoice("BAD-06", "C-1102", line("ROOM-DAY", 2, "420.00", on=12, amount="480.00")),
    invoice("BAD-07", "C-1001", line(None, 1, "150.00", pricing_name="Refund of parking", type="deduction"),
            line("TRAIN-DAY", 1, on=13), payment_terms="as usual"),
    invoice("BAD-08", "C-1401", line("TRAIN-DAY-US", 1, on=16)),
    invoice("BAD-09", "C-1110", line("PLAT-SEAT", 20, on=(1, 30))),
    invoice("BAD-10", "C-1900", line("TRAIN-DAY", 1, on=17)),
    invoice("BAD-11", "C-1002", line("PASS-EXAM", 4, on=18), line(None, 1, "75.00"), Region="nrth"),
    invoice("BAD-12", "C-1003", line("BOOK-HAND", 5, tax_code="VAT9"), on_hold="maybe"),
    invoice("BAD-13", "C-1403", line("TRAIN-ONLINE", 6, on=19), Contract="BW-2026-060"),
    invoice("BAD-14", "C-1103", line("TRAIN-DAY", 1, on=20), Contract="BW-2026-060",
            po_number=date(2026, 2, 1)),
    invoice("BAD-15", "C-1105"),
    invoice("BAD-01", "C-1001", line("COACH-HOUR", 1, on=23)),
    invoice("BAD-16", "C-1104", line("TRAIN-DAY", 1, "#N/A", on=23), invoice_date=date(2026, 10, 30)),
    invoice("GOOD-1", "C-1001", line("TRAIN-DAY", 1, on=24), line("BOOK-WORK", 6, tax_code="NL09")),
    invoice("GOOD-2", "C-1101", line("COACH-HOUR", 3, on=25), line("COACH-HOUR", 3, on=25)),
    invoice("GOOD-3", "C-1202", line("TRAIN-ONLINE", 1, on=26), line(None, 1, "-20.00", pricing_name="Voucher")),
)  # fmt: skip


def mistakes() -> dict[str, Sequence[Record]]:
    """Return the tables of the batch of mistakes: a line of no invoice, and a row of totals, stand at the end."""
    found = tables(_MISTAKES)
    stray = {"invoice_ref": "GOOD-4", **line("TRAIN-DAY", 1, on=27)}
    total = {"invoice_ref": "Total", "quantity": Decimal("54.00")}
    return {**found, "lines": [*found["lines"], stray, total]}
