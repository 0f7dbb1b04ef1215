"""Text → decimals: what a person means by a number, or the two things that she could mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..money import currencies

_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₺": "TRY",
    "₩": "KRW",
    "zł": "PLN",
    "Kč": "CZK",
    "Fr.": "CHF",
}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD"})
_MARKS = re.compile(r"(?P<mark>[€£¥₹₺₩$]|zł|Kč|Fr\.|\b[A-Z]{3}\b)")
_BLANKS = re.compile(r"[\s\u00a0\u202f\u2009'’]")
_GROUPED = re.compile(r"[0-9]{1,3}(?P<sep>[.,])[0-9]{3}(?:(?P=sep)[0-9]{3})*\Z")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]+)?\Z")
_SPACED = re.compile(r"[0-9]{1,3}(?:[\s\u00a0\u202f\u2009'’][0-9]{3})+(?:[.,][0-9]+)?\Z")


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
    Accepted: minus before or behind, accounting parentheses, U+2212, thousands by space or apostrophe, a currency
    mark, a percent sign, full-width digits, the Swiss `5.-`.
    """
    cleaned = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    found = _MARKS.findall(cleaned)
    cleaned = _MARKS.sub("", cleaned).strip()
    percent = cleaned.endswith("%")
    cleaned, sign = _unsigned(cleaned.removesuffix("%").strip())
    if len(found) > 1 or not _is_ascii_number(cleaned):
        return _NONE
    if _BLANKS.search(cleaned) and not _SPACED.match(cleaned):
        return _NONE
    reading = _digits(_BLANKS.sub("", cleaned), sign)
    mark = found[0] if found else ""
    if reading.value is None or (mark and not _currency(mark)):
        return _NONE
    return Reading(reading.value, reading.other, reading.mark, _currency(mark), percent)


def _unsigned(text: str) -> tuple[str, int]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), -1
    if re.search(r"[.,]\s*-+\Z", text):
        return re.sub(r"[.,]\s*-+\Z", "", text), 1
    if text.startswith("-") or text.endswith("-"):
        return text.strip("-").strip() if text.count("-") == 1 else "?", -1
    return text.removeprefix("+").strip(), 1


def _is_ascii_number(text: str) -> bool:
    return bool(text) and text[0] in "0123456789.," and bool(re.fullmatch(r"[0-9.,\s\u00a0\u202f\u2009'’]+", text))


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
    if _PLAIN.match(text) and text not in ("", ".", ","):
        mark = "." if dot else "," if comma else ""
        return Reading(sign * Decimal(text.replace(",", ".")), mark=mark)
    return _NONE


def _currency(mark: str) -> str:
    if mark == "$":
        return "$"
    return _SYMBOLS.get(mark, mark if mark in currencies() else "")


def same_currency(mark: str, currency: str) -> bool:
    """Tell whether a mark in a cell fits a currency; the dollar sign fits every dollar."""
    return currency in _DOLLARS if mark == "$" else mark == currency


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
