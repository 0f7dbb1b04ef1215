"""Payment terms, billing periods and end-of-month arithmetic.

>>> due_date(date(2026, 1, 31), parse_terms("1 month"))
datetime.date(2026, 2, 28)
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_TERMS = re.compile(
    r"\s*(?:(?:net|within)?\s*(?P<count>[0-9]{1,4})\s*(?P<unit>days?|d|weeks?|w|months?|years?|y)?(?:\s+net)?"
    r"|(?P<now>due on receipt|immediately|on receipt)"
    r"|(?P<eom>end of month|eom)(?:\s*\+\s*(?P<more>[0-9]{1,3})\s*(?:days?|d)?)?)\s*\Z",
    re.IGNORECASE,
)
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_LONGEST = {"days": 3660, "weeks": 520, "months": 120, "years": 10}
"""Terms of more than ten years are a typing mistake."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Payment terms: `count` days, weeks, months or years after the invoice date, or the end of its month.

    For `unit` "end of month" the count is the number of days after that end.
    """

    count: int
    unit: str

    def __str__(self) -> str:
        """Return the terms in the words in which a sheet may give them."""
        if not self.count and self.unit == "days":
            return "on receipt"
        if self.unit == "end of month":
            return "end of month" + (f" + {self.count} days" if self.count else "")
        return f"{self.count} {self.unit[:-1] if self.count == 1 else self.unit}"


def parse_terms(text: str) -> Terms | None:
    """Read payment terms such as "30 days", "net 30", "2 weeks", "1 month", "end of month", "EOM + 10".

    A number alone counts days. Returns None for what is none of them, and for more than ten years.
    """
    match = _TERMS.match(text)
    if not match:
        return None
    if match["now"]:
        return Terms(0, "days")
    if match["eom"]:
        return Terms(int(match["more"] or 0), "end of month")
    unit = _UNITS[(match["unit"] or "d")[0].lower()]
    count = int(match["count"])
    return Terms(count, unit) if count <= _LONGEST[unit] else None


def add_months(day: date, months: int) -> date:
    """Move by whole months; the day is clamped to the length of the month (31 January + 1 = 28 or 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_month(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def due_date(invoice_date: date, terms: Terms) -> date:
    """Return the day on which an invoice of this date is due (domain §5)."""
    if terms.unit == "end of month":
        return end_of_month(invoice_date) + timedelta(days=terms.count)
    if terms.unit == "months":
        return add_months(invoice_date, terms.count)
    if terms.unit == "years":
        return add_months(invoice_date, 12 * terms.count)
    return invoice_date + timedelta(days=terms.count * (7 if terms.unit == "weeks" else 1))


def fiscal_year(day: date, first_month: int) -> int:
    """Return the year in which the fiscal year of this day began (its own year for a first month of 1)."""
    return day.year if day.month >= first_month else day.year - 1
