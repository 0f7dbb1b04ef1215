"""Tax in the billing entity's own currency, with the rate, its date and its source (domain §6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import arrow, column, currencies, product, quotient
from ..problems import Problem
from ..settings import Settings
from .frames import Mask, Numbers, days, given, numbered, problems_at, taken, words


def with_tax_currency(invoices: pd.DataFrame, rates: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, list[Problem]]:
    """Add tax_currency, its digits and total, and the exchange rate; find E407 and W406.

    The rate is the newest on or before the planned invoice date, quoted in either direction: one unit of the
    base is worth `rate` units of the other, so the tax is multiplied where it is in the base, else divided.
    """
    index = invoices.index
    owed = np.asarray(pc.not_equal(arrow(invoices["tax_total"]), 0))
    other = given(invoices["entity_currency"]) & np.asarray(invoices["entity_currency"] != invoices["currency"])
    shown = owed & other & settings.tax.show_in_entity_currency
    row = np.where(shown, _newest(invoices, rates), -1)
    target = invoices["entity_currency"].where(shown)
    digits = target.map(currencies()).astype("Int64")
    quoted = {
        "exchange_rate": taken(rates["rate"], row, index),
        "exchange_base": taken(rates["base_currency"], row, index),
        "exchange_date": taken(rates["date"], row, index),
        "exchange_source": taken(rates["source"], row, index),
    }
    full = invoices.assign(tax_currency=target, tax_currency_digits=digits, **quoted)
    full = full.assign(tax_currency_total=_converted(full, row >= 0))
    return full, [*_missing(full[shown & (row < 0)]), *_old(full[row >= 0], settings.tax.max_rate_age_days)]


def _newest(invoices: pd.DataFrame, rates: pd.DataFrame) -> Numbers:
    """Return the row of `rates` that serves each invoice, or -1; of two of one day the last in the sheet."""
    one, other = rates["base_currency"], rates["currency"]
    pairs = numbered(pd.concat([invoices["currency"], other, one]), pd.concat([invoices["entity_currency"], one, other]))
    known = pd.DataFrame(
        {
            "pair": pairs[len(invoices) :],
            "day": np.tile(days(rates["date"]).astype(np.int64), 2),
            "row": np.tile(np.arange(len(rates)), 2),
        }
    ).sort_values(["day", "row"], kind="stable")
    wanted = pd.DataFrame(
        {
            "pair": pairs[: len(invoices)],
            "day": days(invoices["planned_date"]).astype(np.int64),
            "at": np.arange(len(invoices)),
        }
    ).sort_values("day", kind="stable")
    found = pd.merge_asof(wanted, known, on="day", by="pair").sort_values("at")
    return found["row"].fillna(-1).to_numpy(dtype=np.int64)


def _converted(invoices: pd.DataFrame, found: Mask) -> pd.Series:
    total = column(pa.nulls(len(invoices), arrow(invoices["tax_total"]).type), invoices.index)
    rows = invoices[found]
    if rows.empty:
        return total
    digits = rows["tax_currency_digits"].astype("int64")
    multiplied = product(rows["tax_total"], rows["exchange_rate"], digits)
    divided = quotient(rows["tax_total"], rows["exchange_rate"], digits)
    in_base = pa.array(np.asarray(rows["exchange_base"] == rows["currency"]))
    amount = pc.if_else(in_base, arrow(multiplied), arrow(divided))
    return column(pc.replace_with_mask(arrow(total), pa.array(found), amount), invoices.index)


def _missing(invoices: pd.DataFrame) -> list[Problem]:
    details = {"pair": _pair(invoices), "day": invoices["planned_date"]}
    return problems_at(invoices, "E407", "currency", invoices["currency"], details)


def _old(invoices: pd.DataFrame, limit: int) -> list[Problem]:
    age = (days(invoices["planned_date"]) - days(invoices["exchange_date"])).astype(np.int64)
    old = invoices[age > limit]
    details = {
        "pair": _pair(old),
        "day": old["exchange_date"],
        "age": words([str(a) for a in age[age > limit]], old.index),
    }
    return problems_at(old, "W406", "currency", old["currency"], details)


def _pair(invoices: pd.DataFrame) -> pd.Series:
    return (invoices["currency"] + " and " + invoices["tax_currency"]).astype(TEXT)
