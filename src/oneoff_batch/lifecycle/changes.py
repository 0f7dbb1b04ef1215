"""What is different from each customer's last month: who is new, who is gone, and who comes to much more or less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import AMOUNT, arrow, column, money, narrow, product, quotient, to_minor

NEW, GONE, UP, DOWN, LITTLE = "New", "Gone", "More", "Less", "Little changed"
KEYS = ["customer", "currency"]
MONTH_COLUMNS = ("customer", "currency", "buyer_name", "digits", "gross_total", "invoices", "month")
"""What a customer came to in a month, one row per customer, currency and month; `month` is such as `2026-11`."""
COLUMNS = (
    "kind", "customer", "buyer_name", "currency", "gross", "last_gross", "difference", "change", "invoices",
    "last_invoices", "last_month",
)  # fmt: skip
_LAST_NAMES = {
    "buyer_name": "last_name", "digits": "last_digits", "gross_total": "last_gross", "invoices": "last_invoices",
    "month": "last_month",
}  # fmt: skip
_MOST = 1_000
"""Times as much: a change beyond it is not told in percent, since nobody reads such figures."""


@dataclass(frozen=True)
class Months:
    """What customers came to: `totals` (`MONTH_COLUMNS`) of `this` month so far, and of each customer's latest one before.

    `this` is empty where there is nothing to compare, such as for credit notes; then `totals` has no rows.
    """

    this: str
    totals: pd.DataFrame


@dataclass(frozen=True)
class Changes:
    """`customers` has one row per customer and currency, the largest difference first.

    Columns: kind (`NEW`, `GONE`, `UP`, `DOWN`, `LITTLE`), customer, buyer_name, currency, gross, last_gross (null
    where there was nothing), difference, change (in percent of last_gross), invoices, last_invoices, last_month.
    From `percent` on a change is no little one. `month` and `before` are in words which months are compared, such as
    November 2026 and October 2026: `before` is the latest earlier one with uploads, empty where there is none.
    """

    customers: pd.DataFrame
    percent: int
    month: str
    before: str

    @property
    def compared(self) -> bool:
        """Whether there is an earlier month."""
        return bool(self.before)

    def count(self, *kinds: str) -> int:
        """Return how many customers are of these kinds, in any currency; without one, of all kinds."""
        wanted = self.customers["kind"].isin(list(kinds or (NEW, GONE, UP, DOWN, LITTLE)))
        return int(self.customers.loc[wanted, "customer"].nunique())


def changes(months: Months, percent: int) -> Changes:
    """Compare what each customer comes to this month with the latest earlier month in which it has any.

    Gone is who was in the latest earlier month with uploads and is not in this one. Amounts are compared within a
    currency, and ordered by their size in minor units (`size_of`). Source: domain §8.
    """
    this = months.totals["month"] == months.this
    now, earlier = months.totals[this], months.totals[~this]
    previous = str(earlier["month"].max()) if len(earlier) else ""
    last = earlier[(earlier["month"] == previous) | earlier["customer"].isin(now["customer"])]
    before = last[list(MONTH_COLUMNS)].set_index(KEYS).rename(columns=_LAST_NAMES)
    every = now.set_index(KEYS).rename(columns={"gross_total": "gross"}).join(before, how="outer", sort=True).reset_index()
    gross, was = (_or_zero(every[name]) for name in ("gross", "last_gross"))
    difference = narrow(gross - was)
    change = _change(difference, was)
    frame = every.assign(
        gross=gross,
        difference=difference,
        change=change,
        size=size_of(difference, every["digits"].fillna(every["last_digits"]).astype("int64")),
        buyer_name=every["buyer_name"].fillna(every["last_name"]),
        kind=_kinds(every, difference, change, percent),
        **{name: every[name].astype("Int64") for name in ("invoices", "last_invoices")},
    )
    rows = frame.sort_values(["size", *KEYS], ascending=[False, True, True], ignore_index=True)
    return Changes(rows[list(COLUMNS)], percent, month_in_words(months.this), month_in_words(previous))


def size_of(amounts: pd.Series, digits: pd.Series) -> pd.Series:
    """Return how large amounts of several currencies are, whatever their sign: in minor units.

    That puts 50,000 yen below 1,000 euros and 10 dinars above 50, about where a rate would put them.
    """
    return to_minor(column(pc.abs(arrow(amounts)), amounts.index), digits)


def month_in_words(month: str) -> str:
    """Return a month such as `2026-11` as November 2026, and nothing for none."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}" if month else ""


def _or_zero(amounts: pd.Series) -> pd.Series:
    return column(pc.fill_null(arrow(amounts), arrow(money(["0"]))[0]).cast(AMOUNT), amounts.index)


def _change(difference: pd.Series, before: pd.Series) -> pd.Series:
    """Return the difference in percent of what was before, to one decimal; null where that was nothing."""
    top, bottom = (np.abs(pc.cast(arrow(v), pa.float64()).to_numpy(zero_copy_only=False)) for v in (difference, before))
    told = (bottom != 0) & (top < _MOST * bottom)
    three = pd.Series(3, index=difference.index)[told]
    parts = quotient(difference[told], before[told].abs(), three)
    hundred = money(["100"] * len(parts)).set_axis(parts.index)
    return product(parts, hundred, 1).reindex(difference.index)


def _kinds(every: pd.DataFrame, difference: pd.Series, change: pd.Series, percent: int) -> pd.Series:
    large = change.isna() | (change.abs() >= percent)
    up, down = large & (difference > 0), large & (difference < 0)
    kinds = pd.Series(LITTLE, index=every.index, dtype=TEXT).mask(up, UP).mask(down, DOWN)
    return kinds.mask(every["last_invoices"].isna(), NEW).mask(every["invoices"].isna(), GONE)


def no_months() -> Months:
    """Return that there is nothing to compare."""
    text = pd.Series([], dtype=TEXT)
    whole = pd.Series([], dtype="int64")
    amounts = column(pa.array([], AMOUNT))
    nobody = pd.DataFrame({
        **dict.fromkeys(("customer", "currency", "buyer_name"), text), "digits": whole, "gross_total": amounts,
        "invoices": whole, "month": text,
    })  # fmt: skip
    return Months("", nobody)
