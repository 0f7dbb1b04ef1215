"""Text → days: what a person means by a date, or the two days that she could mean."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .characters import western

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero januari janv ene", "feb february februar fevrier febrero februari fev",
            "mar march marz mars marzo maart mrz mrt", "apr april avril abril avr abr", "may mai mayo mei",
            "jun june juni juin junio", "jul july juli juillet julio juil", "aug august aout agosto augustus ago",
            "sep sept september septembre septiembre", "oct october oktober octobre octubre okt",
            "nov november novembre noviembre", "dec december dezember decembre diciembre dez dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NUMERIC = re.compile(r"(?P<a>[0-9]{1,4})(?P<sep>[./-])(?P<b>[0-9]{1,2})(?P=sep)(?P<c>[0-9]{4}|[0-9]{1,2})\.?\Z")
_WORDED = re.compile(
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[.,]?[ -]+(?:de |of )?(?P<month>[a-z]+)[.,]?[ -]+(?:de )?(?P<year>[0-9]{4})\Z"
)
_AMERICAN = re.compile(r"(?P<month>[a-z]+)[.,]? +(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,? +(?P<year>[0-9]{4})\Z")
_TIME = re.compile(r"[T ]\s*(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\s*[AaPp][Mm])?)(?:Z|[+-][0-9:]+)?\Z")
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?\Z")
_COMPACT = re.compile(r"(?P<year>(?:19|20|21)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})\Z")
_EPOCH, EPOCH_1904 = date(1899, 12, 30), timedelta(days=1462)
"""From which day Excel counts, and how much later it begins in a workbook that counts from 1904."""
_YEARS = range(1900, 2200)

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads as a day: both days where day and month could be swapped, and which order it shows if one.

    `pointed` says that points stand between them: who writes 5.11.2026 puts the day first.
    """

    day: date | None = None
    other: date | None = None
    order: str = ""
    time: str = ""
    serial: bool = False
    pointed: bool = False

    @property
    def ambiguous(self) -> bool:
        """True where the text has two readings."""
        return self.other is not None


_NONE = Reading()


def read_day(text: str) -> Reading:
    """Read one text as a day; `day` is None where it is none.

    For `03/04/2026` `day` takes the day first and `other` the month first. ISO 8601 is always understood, also as
    20260403; a number from 20000 to 79999 is the count of days that Excel keeps, and marked as such. Years have four
    digits.
    """
    text = " ".join(western(text).split())
    time = _TIME.search(text)
    if time:
        reading = read_day(text[: time.start()])
        return replace(reading, time=time["time"]) if reading.day else _NONE
    if _SERIAL.match(text):
        return Reading(_EPOCH + timedelta(days=int(float(text))), serial=True)
    compact = _COMPACT.match(text)
    if compact:
        return Reading(_day(int(compact["year"]), int(compact["month"]), int(compact["day"])))
    numeric = _NUMERIC.match(text)
    if numeric:
        return replace(_numeric(numeric["a"], int(numeric["b"]), numeric["c"]), pointed=numeric["sep"] == ".")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    worded = _WORDED.match(plain) or _AMERICAN.match(plain)
    if worded and worded["month"] in _MONTHS:
        return Reading(_day(int(worded["year"]), _MONTHS[worded["month"]], int(worded["day"])))
    return _NONE


def _numeric(first: str, middle: int, last: str) -> Reading:
    if len(first) == 4:
        return Reading(_day(int(first), middle, int(last)))
    if len(last) != 4 or len(first) > 2:
        return _NONE
    day_first, month_first = _day(int(last), middle, int(first)), _day(int(last), int(first), middle)
    if day_first and month_first and day_first != month_first:
        return Reading(day_first, month_first)
    order = "" if day_first == month_first else DAY_FIRST if day_first else MONTH_FIRST
    return Reading(day_first or month_first, order=order)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def fault(text: str) -> str:
    """Return what keeps a text from being a day that it nearly is, in words; "" where it is none at all."""
    plain = " ".join(western(text).split())
    if re.fullmatch(r"[0-9]{1,2}[./-][0-9]{1,2}[./-]?", plain):
        return "the year is missing"
    if re.fullmatch(r"[0-9]{1,2}(?:[./-][0-9]{1,2}[./-]|[. -]+[A-Za-z]+[. -]+)'?[0-9]{2}", plain):
        return "the year has two digits"
    numeric = _NUMERIC.match(plain)
    if not numeric or len(numeric["a"]) == 4 or len(numeric["c"]) != 4:
        return ""
    day, month = int(numeric["a"]), int(numeric["b"])
    if 1 <= month <= 12 and 28 < day <= 31:
        return _too_short(int(numeric["c"]), month)
    return ""


def _too_short(year: int, month: int) -> str:
    if year not in _YEARS:
        return ""
    return f"{date(year, month, 1):%B} {year} has {monthrange(year, month)[1]} days"


def date_order(readings: Iterable[Reading]) -> str:
    """Return the order that the unambiguous cells of a column agree on; "" where none shows it or two disagree."""
    orders = {r.order for r in readings if r.order}
    return orders.pop() if len(orders) == 1 else ""


def settle(reading: Reading, order: str) -> date | None:
    """Return the day under a known order; None where it still has two readings or contradicts the order."""
    if reading.ambiguous:
        return reading.day if order == DAY_FIRST else reading.other if order == MONTH_FIRST else None
    return reading.day if not order or not reading.order or reading.order == order else None


def in_words(day: date) -> str:
    """Return a day that nobody can misread, such as 3 April 2026."""
    return f"{day.day} {day:%B %Y}"
