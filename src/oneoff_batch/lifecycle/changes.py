"""What is different from each customer's last batch: who is new, who is gone, and who comes to much more or less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import AMOUNT, arrow, column, money, narrow, product, quotient, to_minor, total

NEW, GONE, UP, DOWN, LITTLE = "New", "Gone", "More", "Less", "Little changed"
KEYS = ["customer", "currency"]
LAST_COLUMNS = ("customer", "currency", "buyer_name", "digits", "gross_total", "invoices", "batch")
"""What a customer came to in its last batch, one row per customer and currency; `batch` is that batch."""
COLUMNS = (
    "kind", "customer", "buyer_name", "currency", "gross", "last_gross", "difference", "change", "invoices",
    "last_invoices", "last_batch",
)  # fmt: skip
_LAST_NAMES = {
    "buyer_name": "last_name", "digits": "last_digits", "gross_total": "last_gross", "invoices": "last_invoices",
    "batch": "last_batch",
}  # fmt: skip
_MOST = 1_000
"""Times as much: a change beyond it is not told in percent, since nobody reads such figures."""


@dataclass(frozen=True)
class Changes:
    """`customers` has one row per customer and currency, the largest difference first.

    Columns: kind (`NEW`, `GONE`, `UP`, `DOWN`, `LITTLE`), customer, buyer_name, currency, gross, last_gross (null
    where there was nothing), difference, change (in percent of last_gross), invoices, last_invoices, last_batch.
    From `percent` on a change is no little one. `compared` is false where the book has no earlier batch.
    """

    customers: pd.DataFrame
    percent: int
    compared: bool

    def count(self, *kinds: str) -> int:
        """Return how many customers are of these kinds, in any currency; without one, of all kinds."""
        wanted = self.customers["kind"].isin(list(kinds or (NEW, GONE, UP, DOWN, LITTLE)))
        return int(self.customers.loc[wanted, "customer"].nunique())


def changes(invoices: pd.DataFrame, last: pd.DataFrame, percent: int) -> Changes:
    """Compare invoices (customer, buyer_name, currency, digits, gross_total) with `last` (`LAST_COLUMNS`).

    Amounts are compared within a currency, and ordered by their size in minor units (`size_of`). Source: domain §8.
    """
    before = last[list(LAST_COLUMNS)].set_index(KEYS).rename(columns=_LAST_NAMES)
    every = _summed(invoices).join(before, how="outer", sort=True).reset_index()
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
    return Changes(rows[list(COLUMNS)], percent, bool(len(last)))


def size_of(amounts: pd.Series, digits: pd.Series) -> pd.Series:
    """Return how large amounts of several currencies are, whatever their sign: in minor units.

    That puts 50,000 yen below 1,000 euros and 10 dinars above 50, about where a rate would put them.
    """
    return to_minor(column(pc.abs(arrow(amounts)), amounts.index), digits)


def _summed(invoices: pd.DataFrame) -> pd.DataFrame:
    by = [invoices[key] for key in KEYS]
    groups = invoices.groupby(by, sort=True)
    return groups[["buyer_name", "digits"]].first().assign(gross=total(invoices["gross_total"], by), invoices=groups.size())


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


def no_last() -> pd.DataFrame:
    """Return `LAST_COLUMNS` of nobody."""
    text = pd.Series([], dtype=TEXT)
    whole = pd.Series([], dtype="int64")
    amounts = column(pa.array([], AMOUNT))
    return pd.DataFrame({
        **dict.fromkeys(("customer", "currency", "buyer_name"), text), "digits": whole, "gross_total": amounts,
        "invoices": whole, "batch": text,
    })  # fmt: skip
