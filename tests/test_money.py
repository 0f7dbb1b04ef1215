"""Rounding, exact totals, exact division, and cents that are spread without losing one."""

from __future__ import annotations

import doctest
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oneoff_batch.money as room
from oneoff_batch.money import (
    AMOUNT,
    FX,
    UNIT,
    arrow,
    currencies,
    from_minor,
    money,
    narrow,
    product,
    quotient,
    rounded,
    spread,
    times,
    to_minor,
    total,
    totalled,
)

WIDE = pa.decimal128(30, 10)
quick = settings(max_examples=80, deadline=None)
cents = st.integers(-(10**9), 10**9)


def whole(value: Fraction) -> int:
    """Round half away from zero, the long way."""
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value >= 0 else -size


def series(values: Any, dtype: str = "int64") -> pd.Series:
    return pd.Series(list(values), dtype=dtype)


def test_the_docstring_of_the_room_holds() -> None:
    assert doctest.testmod(room).failed == 0


def test_floats_are_refused_not_repaired() -> None:
    with pytest.raises(TypeError):
        money([0.1])
    with pytest.raises(TypeError):
        rounded(pd.Series([0.1]), 2)


def test_what_does_not_fit_a_width_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        money(["1.00001"])
    with pytest.raises(pa.ArrowInvalid):
        narrow(money(["1.000000001"], WIDE), UNIT)


def test_currencies_that_are_not_money_are_left_out() -> None:
    assert (currencies()["JPY"], currencies()["EUR"], currencies()["KWD"], currencies()["CLF"]) == (0, 2, 3, 4)
    assert not currencies().keys() & {"XXX", "XTS", "XAU"}


@quick
@given(st.lists(st.decimals(-(10**9), 10**9, places=8), min_size=1), st.sampled_from([0, 2, 3]))
def test_rounding_is_half_away_from_zero(values: list[Decimal], digits: int) -> None:
    expected = [v.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) for v in values]
    assert rounded(money(values, UNIT), digits).tolist() == expected
    assert rounded(money(values, UNIT), series([digits] * len(values))).tolist() == expected


@quick
@given(st.lists(st.tuples(cents, st.integers(1, 10**10), st.sampled_from([0, 2, 3]), st.sampled_from([1, -1])), min_size=1))
def test_division_is_exact_and_then_rounded_half_away_from_zero(rows: Any) -> None:
    tops, bottoms = [Decimal(t).scaleb(-4) for t, *_ in rows], [Decimal(b * s).scaleb(-6) for _, b, _, s in rows]
    digits = [d for *_, d, _ in rows]
    expected = [
        Decimal(whole(Fraction(t) / Fraction(b) * 10**d)).scaleb(-d) for t, b, d in zip(tops, bottoms, digits, strict=True)
    ]
    wide = pa.decimal128(38, 4)
    assert quotient(money(tops), money(bottoms, pa.decimal128(20, 6)), series(digits), wide).tolist() == expected


def test_numbers_too_wide_for_the_fast_division_are_divided_all_the_same() -> None:
    top, bottom = money(["1234567890123456.7891"], pa.decimal128(38, 20)), money(["1.1"], pa.decimal128(38, 30))
    assert quotient(top, bottom, series([2])).tolist() == [Decimal("1122334445566778.90")]


def test_division_by_zero_is_never_silent() -> None:
    with pytest.raises(pa.ArrowInvalid):
        quotient(money(["1"]), money(["0"]), series([2]))


def test_products_that_need_more_than_38_digits_are_exact() -> None:
    amount, rate = money(["9999999999999999.9999"], AMOUNT), money(["1.0000000001"], FX)
    assert arrow(times(amount, rate)).to_pylist() == [Decimal("10000000000999999.99989999999999")]
    assert product(money(["100.05"]), money(["1.5"], FX), 2).tolist() == [Decimal("150.08")]


@quick
@given(st.lists(st.tuples(st.integers(0, 5), cents), min_size=1))
def test_sums_are_exact_per_group(rows: Any) -> None:
    groups, values = series(g for g, _ in rows), money(Decimal(v).scaleb(-4) for _, v in rows)
    sums = total(values, groups)
    assert sums.index.tolist() == sorted({g for g, _ in rows})
    expected = {g: sum(Decimal(v).scaleb(-4) for h, v in rows if h == g) for g, _ in rows}
    assert sums.to_dict() == expected
    assert totalled(values, groups).tolist() == [expected[g] for g, _ in rows]


@quick
@given(st.lists(st.tuples(cents, st.integers(0, 4)), min_size=1))
def test_minor_units_go_back_and_forth(rows: Any) -> None:
    units, digits = series(u for u, _ in rows), series(d for _, d in rows)
    amounts = from_minor(units, digits)
    assert amounts.tolist() == [Decimal(u).scaleb(-d) for u, d in rows]
    assert to_minor(amounts, digits).tolist() == units.tolist()


def test_an_empty_amount_stays_empty_and_a_finer_one_is_refused() -> None:
    assert from_minor(series([1, None], "Int64"), series([2, 2])).isna().tolist() == [False, True]
    with pytest.raises(ValueError, match="finer"):
        to_minor(money(["0.001"]), series([2]))


shares = st.lists(st.tuples(st.integers(0, 4), st.integers(-(10**7), 10**7)), min_size=1, max_size=40)
DIVISORS = [Decimal(d) for d in ("1", "1.21", "1.055", "1.14975", "3")]


def divided(rows: Any, sign: int = 1) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """Group, exact share, divisor and digits of every row."""
    group = series(g for g, _ in rows)
    exact = money((Decimal(sign * v).scaleb(-4) for _, v in rows), WIDE)
    return group, exact, money((DIVISORS[g] for g, _ in rows), pa.decimal128(10, 6)), series([2] * len(rows))


@quick
@given(shares)
def test_spread_cents_add_up_and_no_row_is_off_by_a_cent(rows: Any) -> None:
    group, exact, _, digits = divided(rows)
    totals = rounded(totalled(exact, group), 2)
    result = spread(totals, exact, group, digits)
    assert totalled(result, group).tolist() == totals.tolist()
    assert all(abs(r - e) < Decimal("0.01") for r, e in zip(result, exact, strict=True))


@quick
@given(shares)
def test_spread_cents_of_a_negated_group_are_negated_row_by_row(rows: Any) -> None:
    results = []
    for sign in (1, -1):
        group, exact, one, digits = divided(rows, sign)
        totals = quotient(totalled(exact, group), one, digits)
        spread_ = spread(totals, exact, group, digits, one)
        assert totalled(spread_, group).tolist() == totals.tolist()
        assert all(abs(r - e / d) < Decimal("0.01") for r, e, d in zip(spread_, exact, one, strict=True))
        results.append(spread_.tolist())
    assert results[0] == [-v for v in results[1]]


@quick
@given(shares, st.randoms())
def test_the_order_of_rows_decides_only_between_rows_that_are_equal(rows: Any, random: Any) -> None:
    seen = []
    for order in (rows, random.sample(rows, len(rows))):
        group, exact, _, digits = divided(order)
        result = spread(rounded(totalled(exact, group), 2), exact, group, digits)
        seen.append(sorted(zip(group, exact, result, strict=True)))
    assert seen[0] == seen[1]


def test_the_largest_remainder_gets_the_odd_cent() -> None:
    exact = money(["0.014", "0.013", "0.013"], WIDE)
    result = spread(money(["0.04"] * 3), exact, series([1, 1, 1]), series([2, 2, 2]))
    assert result.tolist() == [Decimal("0.02"), Decimal("0.01"), Decimal("0.01")]
