"""Taxes that prices contain: the gross stays to the cent, and tax and net are taken out of it (domain §6)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..money import AMOUNT, arrow, column, money, quotient, spread, times, totalled
from .frames import numbered, taken

_FINEST = 30
"""Decimals of a share of the net: exact for up to four compound rates on top of each other."""


def effective_rates(components: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return for every component its exact share of the net, compounding included, and 1 + the sum of its treatment.

    A compound rate is taken on the net and the taxes before it: 10 % and then 10 % compound is 0.10 and 0.11.
    """
    scale = min(6 * (int(components["level"].max()) + 1 if len(components) else 1), _FINEST)
    step = Decimal(1).scaleb(-scale)
    share: list[Decimal] = []
    before, last = Decimal(0), None
    with localcontext(prec=2 * _FINEST):
        for treatment, rate, compound in zip(
            components["treatment"], components["rate"], components["compound"], strict=True
        ):
            before = before if treatment == last else Decimal(0)
            share.append((rate.scaleb(-2) * (1 + before if compound else 1)).quantize(step))
            before, last = before + share[-1], treatment
    width = pa.decimal128(scale + 4, scale)
    shares = column(pa.array(share, width), components.index)
    whole = totalled(shares, components["treatment"])
    return shares, column(pc.add(arrow(whole), pa.scalar(Decimal(1), pa.decimal128(1, 0))).cast(width), components.index)


def contained_taxes(parts: pd.DataFrame, components: pd.DataFrame, rounds: str) -> pd.DataFrame:
    """Return the `tax` of every part where prices include tax; `rounds` says what is rounded: the "net" or the "tax".

    Lines of an invoice with the same rates are rounded together, or each line by itself where rounding is per line.
    """
    if parts.empty:
        return pd.DataFrame({"tax": money([])}, index=parts.index)
    shares, ones = effective_rates(components)
    at = parts["component"].to_numpy()
    share, one = taken(shares, at, parts.index), taken(ones, at, parts.index)
    shape, position = (components[c].to_numpy()[at] for c in ("shape", "position"))
    unit = numbered(parts["invoice"], shape, np.where(parts["by_group"], -1, parts["line"]))
    key = pd.Series(numbered(unit, position), index=parts.index)
    gross = totalled(parts["amount"], key)
    heads = ~key.duplicated().to_numpy()
    of_unit = _of_units(gross[heads], share[heads], one[heads], unit[heads], parts.loc[heads, "digits"], rounds)
    in_group = taken(of_unit, key.to_numpy(), parts.index)
    return pd.DataFrame({"tax": spread(in_group, times(parts["amount"], share), key, parts["digits"], one)})


def _of_units(gross: pd.Series, share: pd.Series, one: pd.Series, unit: Any, digits: pd.Series, rounds: str) -> pd.Series:
    """Take the tax out of each unit's gross, and divide it over the unit's rates by largest remainder."""
    net = quotient(gross, one, digits)
    if rounds == "net":
        whole = column(pc.subtract(arrow(gross), arrow(net)).cast(AMOUNT), gross.index)
    else:
        less = column(pc.subtract(arrow(one), pa.scalar(Decimal(1), pa.decimal128(1, 0))).cast(arrow(one).type), one.index)
        whole = quotient(times(gross, less), one, digits)
    return spread(whole, times(gross, share), pd.Series(unit, index=gross.index), digits, one)
