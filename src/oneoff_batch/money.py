"""Decimal widths, the minor units of currencies, the one rounding, exact totals and the allocation of cents.

Every amount is an Arrow decimal from the cell to the ledger. Nothing outside this room rounds, divides or
widens money. Floats are refused, not repaired.

>>> money(["0.005", "-0.005", "2.345"], UNIT).pipe(rounded, 2).tolist()
[Decimal('0.0100'), Decimal('-0.0100'), Decimal('2.3500')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from iso4217 import Currency

UNIT = pa.decimal128(18, 8)
"""Quantities and unit prices: ten digits before the mark, eight behind it."""
AMOUNT = pa.decimal128(20, 4)
"""Amounts of money in major units: the finest currencies (CLF, UYW) have four decimals."""
PERCENT = pa.decimal128(9, 4)
"""Tax rates as a percentage: 9.9750 is 9.975 %."""
FX = pa.decimal128(20, 10)
"""Exchange rates."""

CURRENCY_MARKS = {
    "€": "EUR", "₹": "INR", "₺": "TRY", "₩": "KRW", "zł": "PLN", "Kč": "CZK", "Fr.": "CHF", "Fr": "CHF", "SFr.": "CHF",
    "Ft": "HUF",
    "lei": "RON", "₽": "RUB", "₴": "UAH", "₪": "ILS", "฿": "THB", "₫": "VND", "₱": "PHP", "R$": "BRL", "US$": "USD",
    "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "MX$": "MXN",
    "NT$": "TWD", "CN¥": "CNY", "JP¥": "JPY", "元": "CNY", "円": "JPY",
}  # fmt: skip
"""What people write for one currency beside its ISO code."""
SHARED_MARKS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "ARS", "CLP", "COP", "BBD", "BSD", "BZD", "FJD",
                    "JMD", "TTD"}),
    "£": frozenset({"GBP", "GIP", "FKP", "SHP", "EGP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}  # fmt: skip
"""Marks that several currencies share: each fits all of its own."""
MARK_PATTERN = "|".join(map(re.escape, sorted((*CURRENCY_MARKS, *SHARED_MARKS), key=len, reverse=True)))
MARK_PATTERN += "|kr[.]|[A-Za-z]{3}"
"""A regular expression for all of them and for ISO codes, without groups."""

_HALF_AWAY = "half_towards_infinity"
_WIDEST, _WIDEST_256 = 38, 76
_NOT_MONEY = frozenset({"XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB", "XBC", "XBD", "XTS", "XXX"})


@cache
def currencies() -> dict[str, int]:
    """Return the ISO 4217 codes that are money, each with the number of decimals of its minor unit."""
    return {c.code: int(c.exponent) for c in Currency if c.exponent is not None and c.code not in _NOT_MONEY}


def figure(value: Decimal, digits: int = 0) -> str:
    """Return a figure as a sentence says it: thousands set apart, at least so many decimals, and all that it has.

    >>> figure(Decimal("2900.0000"), 2), figure(Decimal("0.1250"), 2), figure(Decimal("2900.0000")), figure(Decimal("1.5"))
    ('2,900.00', '0.125', '2,900', '1.5')
    """
    plain = value.normalize()
    return f"{plain:,.{max(digits, -int(plain.as_tuple().exponent))}f}"


def money(values: Iterable[Any], width: pa.DataType = AMOUNT) -> pd.Series:
    """Return a column of Arrow decimals from text, `Decimal` or `int` values; `None` stays null.

    Raises `TypeError` for a float, and `pyarrow.ArrowInvalid` for what does not fit the width exactly.
    """
    values = list(values)
    if any(isinstance(v, float) for v in values):
        raise TypeError("a float is not money: give text or Decimal")
    cells = [None if v is None else format(v, "f") if isinstance(v, Decimal) else str(v) for v in values]
    return pd.Series(pa.array(cells, pa.string()).cast(width), dtype=pd.ArrowDtype(width))


def column(values: pa.Array | pa.ChunkedArray, index: pd.Index | None = None) -> pd.Series:
    """Return an Arrow array as a column of a frame."""
    return pd.Series(values, dtype=pd.ArrowDtype(values.type), index=index)


def arrow(values: pd.Series) -> pa.Array:
    """Return a column of a frame as one Arrow array."""
    array = pa.array(values)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def narrow(values: pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Bring a widened product or sum back to its width; raises where that would lose a digit."""
    return column(arrow(values).cast(width), values.index)


def rounded(values: pd.Series, digits: int | pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Round half away from zero to `digits` decimals (one number, or one per row), so that a credit mirrors."""
    if not pa.types.is_decimal(arrow(values).type):
        raise TypeError("only decimals are rounded")
    if isinstance(digits, int):
        result = pc.round(arrow(values), digits, _HALF_AWAY)
    else:
        result = pc.round_binary(arrow(values), pa.array(digits, pa.int32()), _HALF_AWAY)
    return column(result.cast(width), values.index)


def times(a: pd.Series, b: pd.Series) -> pd.Series:
    """Multiply exactly, without rounding; the result has the digits of both, in 256 bits where it must."""
    x, y = arrow(a), arrow(b)
    if x.type.precision + y.type.precision + 1 > _WIDEST:
        x, y = (v.cast(pa.decimal256(v.type.precision, v.type.scale)) for v in (x, y))
    return column(pc.multiply(x, y), a.index)


def product(a: pd.Series, b: pd.Series, digits: int | pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Multiply exactly, then round half away from zero to `digits` decimals."""
    return rounded(times(a, b), digits, width)


def quotient(numerator: pd.Series, denominator: pd.Series, digits: pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Divide exactly and round half away from zero to `digits` decimals: the only division of money.

    Works in whole numbers, since Arrow's decimal division truncates: |n| ÷ d rounds to ⌊(2|n| + d) ÷ 2d⌋.
    """
    top, bottom = arrow(numerator), arrow(denominator)
    up = pa.array(digits.to_numpy() + (bottom.type.scale - top.type.scale), pa.int64())
    n = _scaled(_whole(pc.abs(top)), pc.max_element_wise(up, 0))
    d = _scaled(_whole(pc.abs(bottom)), pc.max_element_wise(pc.negate(up), 0))
    units = _floor_divided(pc.add(pc.add(n, n), d), pc.add(d, d))
    negative = pc.xor(pc.less(top, _zero(top)), pc.less(bottom, _zero(bottom)))
    result = _in_major_units(pc.if_else(negative, pc.negate(units), units), digits, width)
    return column(result, numerator.index)


def _zero(values: pa.Array) -> pa.Scalar:
    return pa.scalar(Decimal(0), values.type)


def _whole(values: pa.Array) -> pa.Array:
    """Return the unscaled whole numbers of a decimal column."""
    bits = pa.decimal256 if pa.types.is_decimal256(values.type) else pa.decimal128
    return pa.Array.from_buffers(bits(values.type.precision, 0), len(values), values.buffers(), offset=values.offset)


def _scaled(whole: pa.Array, powers: pa.Array) -> pa.Array:
    """Multiply whole numbers by ten to a power per row."""
    highest = int(pc.max(powers).as_py() or 0)
    tens = pa.array([Decimal(10**i) for i in range(highest + 1)], pa.decimal256(highest + 1, 0))
    wide = whole.cast(pa.decimal256(whole.type.precision, 0))
    return pc.multiply(wide, pc.take(tens, powers)) if highest else wide


def _floor_divided(n: pa.Array, d: pa.Array) -> pa.Array:
    """Divide non-negative whole numbers and drop the rest; numbers too wide for Arrow are divided one by one."""
    if n.type.precision + d.type.precision + 1 <= _WIDEST_256:
        return pc.floor(pc.divide(n, d)).cast(pa.decimal256(_WIDEST_256, 0)).cast(pa.decimal128(38, 0))
    cells = [int(a) // int(b) for a, b in zip(n.to_pylist(), d.to_pylist(), strict=True)]
    return pa.array([Decimal(c) for c in cells], pa.decimal128(38, 0))


def _in_major_units(units: pa.Array, digits: Any, width: pa.DataType) -> pa.Array:
    """Return whole minor units as amounts: a product with 1, 0.1, 0.01 … per row."""
    steps = pa.array([Decimal(1).scaleb(-i) for i in range(width.scale + 1)], pa.decimal128(width.scale + 1, width.scale))
    step = pc.take(steps, pa.array(digits, pa.int64()))
    wide = units.cast(pa.decimal256(units.type.precision, 0))
    return pc.multiply(wide, step.cast(pa.decimal256(width.scale + 1, width.scale))).cast(width)


def total(values: pd.Series, by: Any, width: pa.DataType = AMOUNT) -> pd.Series:
    """Sum a decimal column exactly per group; the result is indexed by the groups in ascending order."""
    return narrow(values.groupby(by, sort=True).sum(), width)


def totalled(values: pd.Series, by: Any) -> pd.Series:
    """Return for every row the exact sum of its group, in the width of the column."""
    return narrow(values.groupby(by).transform("sum"), arrow(values).type)


def to_minor(values: pd.Series, digits: pd.Series) -> pd.Series:
    """Return whole minor units (int64); raises `ValueError` for anything finer than the minor unit."""
    exact = rounded(values, digits)
    if not bool((exact == values).all()):
        raise ValueError("an amount is finer than its currency's minor unit")
    power = pa.array([Decimal(10**d) for d in range(5)], pa.decimal128(5, 0))
    factor = column(pc.take(power, pa.array(digits, pa.int32())), values.index)
    return column(arrow(values * factor).cast(pa.decimal128(38, 0)).cast(pa.int64()), values.index)


def from_minor(units: pd.Series, digits: pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Return whole minor units as amounts in major units, exactly."""
    whole = pa.array(units, pa.int64(), from_pandas=True).cast(pa.decimal128(19, 0))
    return column(_in_major_units(whole, digits, width), units.index)


def spread(
    totals: pd.Series, exact: pd.Series, group: pd.Series, digits: pd.Series, divisor: pd.Series | None = None
) -> pd.Series:
    """Spread each group's rounded total over its rows by largest remainder, so that the rows add up to it.

    `totals` (per row: its group's total) must be the sum of `exact` (per row, unrounded), rounded up or down.
    With a `divisor` (above zero, one per group) the exact shares are `exact` ÷ `divisor`. A negated group gives
    the negated result, and the order of rows decides only between rows that are equal.
    Source: EN 16931 has tax per group; domain §6 asks for the spread.
    """
    group = pd.Series(group.to_numpy(), index=exact.index)
    nearest = rounded(exact, digits) if divisor is None else quotient(exact, divisor, digits)
    # Where the nearest cents add up already, they are what the largest remainders would choose.
    open_ = ~(totalled(nearest, group) == totals).to_numpy(dtype=bool)
    if not open_.any():
        return nearest
    part = divisor[open_] if divisor is not None else None
    settled = _by_remainder(totals[open_], exact[open_], nearest[open_], group[open_], digits[open_], part)
    return column(pc.replace_with_mask(arrow(nearest), pa.array(open_), arrow(settled)), exact.index)


def _by_remainder(
    totals: pd.Series,
    exact: pd.Series,
    nearest: pd.Series,
    group: pd.Series,
    digits: pd.Series,
    divisor: pd.Series | None,
) -> pd.Series:
    """Round every share down, then hand out what is missing, one unit each, to the largest remainders."""
    unit = from_minor(pd.Series(1, index=exact.index), digits)
    back = arrow(nearest if divisor is None else times(nearest, divisor))
    over = pc.greater(back, arrow(exact))
    floor = narrow(nearest - column(pc.if_else(over, arrow(unit), _zero(arrow(unit))), exact.index))
    rest = exact - (floor if divisor is None else times(floor, divisor))
    missing = to_minor(narrow(totals - totalled(floor, group)), digits)
    # Equal rows are served from the front where they are charges and from the back where they are deductions,
    # or a credit note would give the odd cent to another line than its invoice did.
    row = pa.array(np.arange(len(exact)))
    turn = pc.if_else(pc.less(arrow(exact), _zero(arrow(exact))), pc.negate(row), row)
    table = pa.table({"group": pa.array(group), "rest": arrow(rest), "floor": arrow(floor), "turn": turn})
    keys = [("group", "ascending"), ("rest", "descending"), ("floor", "descending"), ("turn", "ascending")]
    order = pc.sort_indices(table, sort_keys=keys).to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = group.iloc[order].groupby(group.iloc[order].to_numpy()).cumcount().to_numpy()
    gets = pc.less(pa.array(place), arrow(missing))
    return narrow(floor + column(pc.if_else(gets, arrow(unit), _zero(arrow(unit))), exact.index))
