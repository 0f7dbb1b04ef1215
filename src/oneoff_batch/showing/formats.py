"""Numbers, dates, rates and countries as a person of a locale writes them, column by column.

Babel knows the marks of each locale and formats one value at a time; here its marks are asked once per locale and
put into whole Arrow columns. A test holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_decimal_symbol,
    get_group_symbol,
)

from ..money import arrow

FALLBACK = "en_GB"
Texts = np.ndarray[Any, np.dtype[np.object_]]
"""A column of display text: Python strings, empty where there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How a locale writes numbers: its marks, the size of its first and further groups, and what stands around them."""

    decimal: str
    group: str
    first: int
    further: int
    plus: tuple[str, str]
    minus: tuple[str, str]


@cache
def locale_of(name: Any) -> Locale:
    """Return Babel's locale for a name such as de_DE or de-DE, and en_GB for what is none."""
    try:
        return Locale.parse(str(name).strip().replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(FALLBACK)


@cache
def marks(name: str, currency: str = "") -> Marks:
    """Return how a locale writes plain numbers, or amounts with their currency where one is given."""
    locale = locale_of(name)
    pattern = locale.currency_formats["standard"] if currency else locale.decimal_formats[None]
    return Marks(
        decimal=get_decimal_symbol(locale),
        group=get_group_symbol(locale),
        first=min(pattern.grouping[0], 99),
        further=min(pattern.grouping[1], 99),
        plus=_around(locale, currency, "1"),
        minus=_around(locale, currency, "-1"),
    )


def _around(locale: Locale, currency: str, one: str) -> tuple[str, str]:
    """What stands before and after a number; letters keep a space's distance from digits, as CLDR asks."""
    if currency:
        pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0")
        text = format_currency(Decimal(one), currency, pattern, locale, currency_digits=False)
    else:
        text = format_decimal(Decimal(one), locale=locale)
    before, after = text.split("1")
    return (
        before + "\N{NO-BREAK SPACE}" if before[-1:].isalpha() else before,
        "\N{NO-BREAK SPACE}" + after if after[:1].isalpha() else after,
    )


def numbers(values: pa.Array, look: Marks, least: int) -> pa.Array:
    """Write decimals out with the marks of a locale and at least `least` decimals; no digit is ever dropped."""
    scale = values.type.scale
    units = pc.multiply(pc.abs(values), pa.scalar(Decimal(10**scale), pa.decimal128(scale + 1, 0)))
    digits = pc.utf8_lpad(units.cast(pa.decimal128(38, 0)).cast(pa.string()), scale + 1, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, -scale)
    rest = pc.utf8_rtrim(pc.utf8_slice_codeunits(digits, -scale), "0")
    rest = pc.utf8_rpad(rest, least, "0")
    text = pc.if_else(
        pc.equal(rest, ""),
        _in_groups(whole, look),
        pc.binary_join_element_wise(_in_groups(whole, look), rest, look.decimal),
    )
    plus = pc.binary_join_element_wise(look.plus[0], text, look.plus[1], "")
    minus = pc.binary_join_element_wise(look.minus[0], text, look.minus[1], "")
    return pc.if_else(pc.less(values, Decimal(0)), minus, plus)


def _in_groups(whole: pa.Array, look: Marks) -> pa.Array:
    """Set the group mark from the right; RE2 cannot look ahead, so the digits are turned round and back."""
    turned = pc.ascii_reverse(whole)
    head = pc.utf8_slice_codeunits(turned, 0, look.first)
    tail = pc.utf8_slice_codeunits(turned, look.first)
    tail = pc.replace_substring_regex(tail, f"([0-9]{{{look.further}}})", r"\1,")
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(head, tail, ","), ",")
    return pc.replace_substring(pc.ascii_reverse(joined), ",", look.group)


def amounts(values: pd.Series, locales: pd.Series, digits: pd.Series) -> Texts:
    """Write amounts with the decimals of their currency (one number per row)."""
    return _by([locales, digits], values, lambda part, name, least: numbers(part, marks(name), int(least)))


def written(values: pd.Series, digits: pd.Series, look: Marks) -> Texts:
    """Write amounts with the decimals of their currency and the marks given."""
    return _by([digits], values, lambda part, least: numbers(part, look, int(least)))


def priced(values: pd.Series, currencies: pd.Series, locales: pd.Series, digits: pd.Series) -> Texts:
    """Write amounts together with their currency."""
    return _by(
        [locales, currencies, digits],
        values,
        lambda part, name, currency, least: numbers(part, marks(name, currency), int(least)),
    )


def quantities(values: pd.Series, locales: pd.Series) -> Texts:
    """Write quantities and exchange rates without zeros at their end."""
    return _by([locales], values, lambda part, name: numbers(part, marks(name), 0))


def percents(values: pd.Series, locales: pd.Series) -> Texts:
    """Write tax rates with a percent sign: 21%, 9,975 %."""
    return _by([locales], values, _once(lambda value, name: percent(value, name)))


def days(values: pd.Series, locales: pd.Series) -> Texts:
    """Write days in the locale's medium form: 30 Nov 2026."""
    return _by([locales], values, _once(lambda value, name: day(value, name)))


def periods(starts: pd.Series, ends: pd.Series, locales: pd.Series) -> Texts:
    """Write inclusive periods; one full day is written once."""
    first, last = days(starts, locales), days(ends, locales)
    both = (first != "") & (last != "") & (first != last)
    return np.where(both, first + " \N{EN DASH} " + last, np.where(first != "", first, last))


def percent(value: Decimal, name: str) -> str:
    """Write one rate given in percent."""
    locale = locale_of(name)
    pattern = locale.percent_formats[None].pattern.replace("0", "0.####")
    return str(format_percent(value / 100, format=pattern, locale=locale, decimal_quantization=False))


@cache
def day(value: date, name: str) -> str:
    """Write one day."""
    return str(format_date(value, "medium", locale=locale_of(name)))


@cache
def country(code: str) -> str:
    """Return a country's English name, as our labels are English; the code where it has none."""
    return str(Locale("en").territories.get(code, code))


def words(values: pd.Series) -> Texts:
    """Return text as it is, with nothing for null."""
    return np.asarray(values.fillna("").to_numpy(dtype=object))


def mapped(values: pd.Series, say: Callable[[Any], str]) -> Texts:
    """Say each distinct value once and repeat it; nothing for null."""
    array = pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return _strings(_once(lambda value: say(value))(array))


def _by(keys: Sequence[pd.Series], values: pd.Series, write: Callable[..., pa.Array]) -> Texts:
    """Write the rows of each combination of keys in one go; null keys and values give nothing."""
    array = arrow(values)
    if not len(array):
        return np.empty(0, dtype=object)
    frame = pd.DataFrame({i: words(k) if k.dtype == "str" else k.to_numpy() for i, k in enumerate(keys)})
    places: dict[Hashable, Any] = frame.groupby(list(frame), sort=False, dropna=True).indices
    if len(places) == 1:
        [(key, place)] = places.items()
        if len(place) == len(array):
            return _strings(write(array, *_key(key)))
    result = np.full(len(array), "", dtype=object)
    for key, place in places.items():
        result[place] = _strings(write(array.take(pa.array(place)), *_key(key)))
    return result


def _key(key: Hashable) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _once(say: Callable[..., str]) -> Callable[..., pa.Array]:
    """Return a writer that says each distinct value once."""

    def write(part: pa.Array, *key: Any) -> pa.Array:
        coded = part.dictionary_encode()
        said = [say(v, *key) for v in coded.dictionary.to_pylist()]
        return pa.array(said, pa.string()).take(coded.indices)

    return write


def _strings(array: pa.Array) -> Texts:
    return np.asarray(pc.fill_null(array, "").to_numpy(zero_copy_only=False), dtype=object)
