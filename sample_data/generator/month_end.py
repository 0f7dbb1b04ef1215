"""The small batch of the README's month end: four invoices, one of them with a date that can be read in two ways."""

from __future__ import annotations

from .rows import invoice, line

MONTH_END = (
    invoice("NOV-101", "C-1001", line("TRAIN-DAY", 2, on=(3, 4), description="Presenting with confidence")),
    invoice("NOV-102", "C-1002", line("ROOM-DAY", 1, on=5), line("TRAIN-ONLINE", 6, on=12), due_date="03/12/2026"),
    invoice("NOV-103", "C-1003", line("COACH-HOUR", 4, "120.00", on=17)),
    invoice("NOV-104", "C-1101", line("TRAIN-DAY", 1, on=24, description="On site in Hamburg"), po_number="4500018840"),
)
