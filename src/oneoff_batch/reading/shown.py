"""What a number looks like in Excel: the text that a format makes of it, as far as the meaning depends on it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel, from_ISO8601

from ..money import CURRENCY_MARKS, MARK_PATTERN, SHARED_MARKS, currencies

DAY, SPAN, PERCENT = "day", "span", "%"
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_ZEROS = re.compile(r"0{2,}")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_MARK = re.compile(rf"(?<![A-Za-z])(?:{MARK_PATTERN})(?![A-Za-z])")
_LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_SPACING = re.compile(r"(?<!\\)[_*].")
"""A blank as wide as a character, and a character to fill the cell with."""
_LONGEST_CODE = 255
"""Characters that Excel allows in a format."""
_LONGEST = 400
"""Digits of the largest number that a double holds, and some."""
_NO_DAY, _FIRST, _END = 60, 1, 2_958_466
"""Excel counts 29 February 1900, which never was, as day 60; the day behind the last one it knows."""


def shown_as(code: str) -> str:
    """Return what matters of a format code: a day, a span of time, a percentage, leading zeros, a currency's mark, or "".

    >>> shown_as("00000"), shown_as("0.0%"), shown_as('#,##0.00 "€"'), shown_as("[$CHF] 0.00"), shown_as("0.00")
    ('00000', '%', '€', 'CHF', '')
    """
    if len(code) > _LONGEST_CODE:
        return ""
    if is_timedelta_format(code):
        return SPAN
    if is_date_format(code):
        return DAY
    if _ZEROS.fullmatch(code):
        return code
    return PERCENT if "%" in _QUOTED.sub("", code) else _currency(code.partition(";")[0])


def _currency(code: str) -> str:
    words = _LOCALE.sub(lambda found: f" {found[1]} ", _SPACING.sub(" ", code))
    for found in _MARK.findall(words):
        if found in CURRENCY_MARKS or found.removesuffix(".") in SHARED_MARKS or found in currencies():
            return str(found)
    return ""


def parsed(value: str) -> int | float:
    """Return the number that a file holds; raises `ValueError` for what is none, such as 1,5 or NaN."""
    if len(value) > _LONGEST or not _NUMBER.fullmatch(value):
        raise ValueError(f"{value[:20]!r} is no number")
    if value.isdecimal():
        return int(value)
    number = float(value)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{value!r} is no number")
    return number


def number_text(value: int | float, shown: str = "") -> str:
    """Write a number out in full, a double with the 15 digits that Excel shows; `shown` is what `shown_as` returns.

    >>> number_text(0.1 + 0.2), number_text(1e20), number_text(0.19, "%"), number_text(123, "00000"), number_text(5, "€")
    ('0.3', '100000000000000000000', '19%', '00123', '5 €')
    """
    text = str(value) if isinstance(value, int) else format(value, ".15g")
    if "e" in text or shown == PERCENT:
        text = _plain(Decimal(text) * (100 if shown == PERCENT else 1))
    text = "0" if text == "-0" else text
    if _ZEROS.fullmatch(shown):
        return text.zfill(len(shown)) if text.isdigit() else text
    return text + (shown if shown == PERCENT else f" {shown}" if shown else "")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def day_text(number: int | float, epoch_1904: bool, span: bool) -> str | None:
    """Return the day, or day and time, that Excel shows for a serial; None where Excel knows no such day."""
    if not span and (number < 0 or number >= _END or (not epoch_1904 and _NO_DAY <= number < _NO_DAY + 1)):
        return None
    epoch = CALENDAR_MAC_1904 if epoch_1904 else CALENDAR_WINDOWS_1900
    try:
        return moment_text(from_excel(number, epoch, timedelta=span))
    except (OverflowError, ValueError):
        return None


def iso_text(value: str) -> str:
    """Return a date that a workbook keeps as ISO 8601 text; raises `ValueError` for what is none."""
    return moment_text(from_ISO8601(value))


def moment_text(value: datetime | date | time | timedelta | None) -> str:
    """Write a moment as ISO 8601, without a time of day that is midnight."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)
