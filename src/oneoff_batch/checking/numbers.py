"""Text → decimals: what a person means by a number, or the two things that she could mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..money import CURRENCY_MARKS, MARK_PATTERN, SHARED_MARKS, currencies
from .characters import western

_LEADING = re.compile(rf"(?P<before>[-+(]?)\s*(?P<mark>{MARK_PATTERN})(?![A-Za-z])\s*(?P<rest>.*)\Z", re.DOTALL)
_TRAILING = re.compile(rf"(?P<rest>.*?)\s*(?<![A-Za-z])(?P<mark>{MARK_PATTERN})\s*(?P<after>[-)]?)\Z", re.DOTALL)
_BLANKS = re.compile(r"[\s'’]")
_LONGEST = 64
_GROUPED = re.compile(r"[0-9]{1,3}(?P<sep>[.,])[0-9]{3}(?:(?P=sep)[0-9]{3})*\Z")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}\Z")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]+)?\Z")
_SPACED = re.compile(r"[0-9]{1,3}(?:(?P<by>[ \u00a0\u2009\u202f'’])[0-9]{3})(?:(?P=by)[0-9]{3})*(?:[.,][0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads as a number: `.` or `,` as the decimal mark where that shows, both values where it does not."""

    value: Decimal | None = None
    other: Decimal | None = None
    mark: str = ""
    currency: str = ""
    percent: bool = False

    @property
    def ambiguous(self) -> bool:
        """True where the text has two readings."""
        return self.other is not None


_NONE = Reading()


def read_number(text: str) -> Reading:
    """Read one text as a number; `value` is None where it is none.

    `1.234` and `1,234` have two readings: `value` takes the separator as the decimal mark, `other` as thousands.
    Accepted: minus before or behind, accounting parentheses, U+2212, thousands by space or apostrophe, one currency
    mark before or behind the digits, a percent sign, the digits of every script, the Swiss `5.-`.
    """
    if len(text) > _LONGEST:
        return _NONE
    cleaned, mark = _unmarked(western(text))
    percent = cleaned.endswith("%")
    cleaned, sign = _unsigned(cleaned.removesuffix("%").strip())
    if not _is_ascii_number(cleaned) or (_BLANKS.search(cleaned) and not _SPACED.match(cleaned)):
        return _NONE
    reading = _digits(_BLANKS.sub("", cleaned), sign)
    if reading.value is None or (mark and not currency_of(mark)):
        return _NONE
    return Reading(reading.value, reading.other, reading.mark, currency_of(mark), percent)


def _unmarked(text: str) -> tuple[str, str]:
    """Take one currency mark off either end; a mark between digits stays, and makes the text no number."""
    found = _LEADING.match(text)
    if found:
        return found["before"] + found["rest"], found["mark"]
    found = _TRAILING.match(text)
    if found:
        return found["rest"] + found["after"], found["mark"]
    return text, ""


def _unsigned(text: str) -> tuple[str, int]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), -1
    if re.search(r"[.,]\s*-+\Z", text):
        return re.sub(r"[.,]\s*-+\Z", "", text), 1
    if text.startswith("-") or text.endswith("-"):
        return text.strip("-").strip() if text.count("-") == 1 else "?", -1
    return text.removeprefix("+").strip(), 1


def _is_ascii_number(text: str) -> bool:
    return bool(text) and text[0] in "0123456789.," and bool(re.fullmatch(r"[0-9.,\s'’]+", text))


def _digits(text: str, sign: int) -> Reading:
    dot, comma = text.count("."), text.count(",")
    if dot and comma:
        mark = max(".,", key=text.rfind)
        other = "," if mark == "." else "."
        whole, _, part = text.rpartition(mark)
        groups = whole.split(other)
        good = (
            text.count(mark) == 1 and part.isdigit() and 1 <= len(groups[0]) <= 3
            and all(len(g) in (2, 3) for g in groups[1:]) and len(groups[-1]) == 3
        )  # fmt: skip
        return Reading(sign * Decimal(f"{''.join(groups)}.{part}"), mark=mark) if good else _NONE
    grouped = _GROUPED.match(text)
    if grouped and dot + comma > 1:
        return Reading(sign * Decimal(re.sub("[.,]", "", text)), mark="," if dot else ".")
    if grouped and not text.startswith("0"):
        return Reading(sign * Decimal(text.replace(",", ".")), sign * Decimal(re.sub("[.,]", "", text)))
    if _INDIAN.match(text):
        return Reading(sign * Decimal(text.replace(",", "")), mark=".")
    if _PLAIN.match(text) and text not in ("", ".", ","):
        mark = "." if dot else "," if comma else ""
        return Reading(sign * Decimal(text.replace(",", ".")), mark=mark)
    return _NONE


def currency_of(mark: str) -> str:
    """Return the code that a currency mark stands for, the mark itself where several currencies share it, or ""."""
    mark = mark.strip()
    shared = mark.removesuffix(".") if mark.startswith("kr") else mark
    if shared in SHARED_MARKS:
        return shared
    code = mark.upper()
    return CURRENCY_MARKS.get(mark, code if code in currencies() else "")


def same_currency(mark: str, currency: str) -> bool:
    """Tell whether what `currency_of` returned fits a currency; the dollar sign fits every dollar."""
    return currency in SHARED_MARKS.get(mark, frozenset({mark}))


def decimal_mark(readings: Iterable[Reading]) -> str:
    """Return the decimal mark that the unambiguous cells of a column agree on; "" where none shows it or two disagree."""
    marks = {r.mark for r in readings if r.mark}
    return marks.pop() if len(marks) == 1 else ""


def settle(reading: Reading, text: str, mark: str) -> Decimal | None:
    """Return the value under a known decimal mark; None where the text still has two readings or contradicts it."""
    if reading.ambiguous:
        if not mark:
            return None
        return reading.value if mark in text else reading.other
    return reading.value if not mark or not reading.mark or reading.mark == mark else None
