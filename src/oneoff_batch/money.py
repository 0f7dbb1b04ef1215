"""Decimal widths, the minor units of currencies, the one rounding, exact totals and the allocation of cents.

Every amount is an Arrow decimal from the cell to the ledger. Nothing outside this room rounds, divides or
widens money. Floats are refused, not repaired.

>>> money(["0.005", "-0.005", "2.345"], UNIT).pipe(rounded, 2).tolist()
[Decimal('0.0100'), Decimal('-0.0100'), Decimal('2.3500')]
"""

from __future__ import annotations

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

_HALF_AWAY = "half_towards_infinity"
_NOT_MONEY = frozenset({"XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB", "XBC", "XBD", "XTS", "XXX"})


@cache
def currencies() -> dict[str, int]:
    """Return the ISO 4217 codes that are money, each with the number of decimals of its minor unit."""
    return {
        c.code: int(c.exponent) for c in Currency if c.exponent is not None and c.code not in _NOT_MONEY
    }


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


def product(a: pd.Series, b: pd.Series, digits: int | pd.Series, width: pa.DataType = AMOUNT) -> pd.Series:
    """Multiply exactly, then round half away from zero to `digits` decimals."""
    return rounded(a * b, digits, width)


def quotient(
    numerator: pd.Series, denominator: pd.Series, digits: pd.Series, width: pa.DataType = AMOUNT
) -> pd.Series:
    """Divide exactly and round half away from zero to `digits` decimals: the only division of money.

    Works in whole numbers, since Arrow's decimal division truncates.
    """
    top, top_scale = _whole(numerator)
    bottom, bottom_scale = _whole(denominator)
    shift = digits.to_numpy(dtype=object) + (bottom_scale - top_scale)
    up = np.array([10 ** max(int(s), 0) for s in shift], dtype=object)
    down = np.array([10 ** max(-int(s), 0) for s in shift], dtype=object)
    n, d = abs(top) * up, abs(bottom) * down
    sign = np.sign(top) * np.sign(bottom)
    units = sign * ((2 * n + d) // (2 * d)) if len(n) else n
    return from_minor(pd.Series(units, index=numerator.index, dtype=object), digits, width)


def _whole(values: pd.Series) -> tuple[np.ndarray, int]:
    """Return the unscaled whole numbers of a decimal column, and its scale."""
    array = arrow(values)
    scale = array.type.scale
    numbers = [int(v.scaleb(scale)) for v in array.to_pylist()]
    return np.array(numbers, dtype=object), scale


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
    cells = [
        None if u is None or u is pd.NA else Decimal(int(u)).scaleb(-int(d))
        for u, d in zip(units.tolist(), digits.tolist(), strict=True)
    ]
    return column(pa.array(cells, pa.decimal128(38, width.scale)).cast(width), units.index)


def spread(totals: pd.Series, exact: pd.Series, group: pd.Series, digits: pd.Series) -> pd.Series:
    """Spread each group's rounded total over its rows by largest remainder, so that the rows add up to it.

    `totals` (per row: its group's total) must be the rounded sum of `exact` (per row, unrounded). A negated
    group gives the negated result, and the order of rows decides only between rows that are equal.
    Source: EN 16931 has tax per group; domain §6 asks for the spread.
    """
    index = exact.index
    group = pd.Series(group.to_numpy(), index=index)
    negative = pc.less(arrow(totalled(exact, group)), Decimal(0))
    oriented = _flipped(exact, negative)
    floor = _floor(oriented, digits)
    missing = _flipped(totals, negative) - totalled(floor, group)
    order = pd.DataFrame({"group": group, "rest": oriented - floor, "size": oriented}).sort_values(
        ["group", "rest", "size"], ascending=[True, False, False], kind="stable"
    )
    place = order.groupby("group").cumcount().reindex(index)
    wanted = to_minor(narrow(missing), digits)
    unit = pc.take(pa.array([Decimal(1).scaleb(-d) for d in range(5)], AMOUNT), pa.array(digits, pa.int32()))
    cent = pc.if_else(pc.less(pa.array(place, pa.int64()), arrow(wanted)), unit, pa.scalar(Decimal(0), AMOUNT))
    return _flipped(narrow(floor + column(cent, index)), negative)


def _flipped(values: pd.Series, negative: pa.Array) -> pd.Series:
    array = arrow(values)
    return column(pc.if_else(negative, pc.negate(array), array), values.index)


def _floor(values: pd.Series, digits: pd.Series) -> pd.Series:
    return column(
        pc.round_binary(arrow(values), pa.array(digits, pa.int32()), "down").cast(AMOUNT), values.index
    )

