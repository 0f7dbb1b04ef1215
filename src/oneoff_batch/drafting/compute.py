"""Amounts, taxes and totals: exact decimals, rounded once (domain §6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..money import AMOUNT, arrow, column, money, quotient, rounded, spread, times, total, totalled
from .frames import ZERO, numbered, taken, yes
from .inclusive import contained_taxes

_HUNDREDTH = money(["0.01"], pa.decimal128(3, 2))


def amounts(lines: pd.DataFrame, digits: pd.Series) -> pd.Series:
    """Return quantity × unit price ÷ base quantity, rounded to the currency's digits."""
    exact = times(lines["quantity"], lines["unit_price"])
    plain = rounded(exact, digits)
    shared = np.asarray(pc.not_equal(arrow(lines["base_quantity"]), 1))
    if not shared.any():
        return plain
    divided = quotient(exact[shared], lines.loc[shared, "base_quantity"], digits[shared])
    return column(pc.replace_with_mask(arrow(plain), pa.array(shared), arrow(divided)), lines.index)


def with_taxes(
    invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame, inclusive_rounds: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lines with net, tax, gross, tax_category and tax_rate, and the parts: one row per line and rate.

    The parts hold `line`, `invoice`, `component` (row numbers), `group` (the row of the tax table), taxable and tax.
    """
    at = lines["invoice"].to_numpy()
    digits = taken(invoices["digits"], at, lines.index)
    amount = amounts(lines, digits)
    inclusive = yes(invoices["prices_include_tax"])[at]
    parts = _parts(invoices, lines.assign(digits=digits, amount=amount, inclusive=inclusive), components)
    taxed = pd.concat(
        [
            added_taxes(parts[~parts["inclusive"].to_numpy()]),
            contained_taxes(parts[parts["inclusive"].to_numpy()], components, inclusive_rounds),
        ]
    ).sort_index()
    tax = _per_line(taxed["tax"], parts["line"], len(lines), lines.index)
    net = column(
        pc.if_else(pa.array(inclusive), pc.subtract(arrow(amount), arrow(tax)), arrow(amount)).cast(AMOUNT), lines.index
    )
    by_treatment = components.groupby("treatment", sort=True)
    treatment = lines["treatment"].to_numpy()
    computed = lines.assign(
        net=net,
        tax=tax,
        gross=column(pc.add(arrow(net), arrow(tax)).cast(AMOUNT), lines.index),
        tax_category=_of_treatment(by_treatment["category"].first(), treatment, lines.index),
        tax_rate=_of_treatment(
            total(components["rate"], components["treatment"], pa.decimal128(9, 4)), treatment, lines.index
        ),
    )
    return computed, parts.assign(tax=taxed["tax"], taxable=_taxable(parts.assign(tax=taxed["tax"]), net))


def _of_treatment(values: pd.Series, treatment: Any, index: pd.Index) -> pd.Series:
    return taken(values, values.index.get_indexer(treatment), index)


def _per_line(values: pd.Series, line: pd.Series, count: int, index: pd.Index) -> pd.Series:
    if len(values) == count:
        return pd.Series(values.array, index=index)
    return pd.Series(total(values, line.to_numpy()).array, index=index)


def _parts(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame) -> pd.DataFrame:
    """Lay out one row per line and rate; `unit` is what is rounded together: the group, or the line itself."""
    treatments, first, many = np.unique(components["treatment"].to_numpy(), return_index=True, return_counts=True)
    at = np.searchsorted(treatments, lines["treatment"].to_numpy())
    if (treatments[np.minimum(at, len(treatments) - 1)] != lines["treatment"].to_numpy()).any():
        raise ValueError("a line has neither tax nor a problem")
    count = many[at]
    line = np.repeat(np.arange(len(lines)), count)
    position = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    component = first[at][line] + position
    invoice = lines["invoice"].to_numpy()[line]
    kinds = int(components["kind"].max()) + 1 if len(components) else 1
    group = invoice.astype(np.int64) * kinds + components["kind"].to_numpy()[component]
    by_group = np.asarray(invoices["tax_rounding"] == "per_group")[invoice]
    index = pd.RangeIndex(len(line))
    return pd.DataFrame(
        {
            "line": line,
            "invoice": invoice,
            "component": component,
            "group": group,
            "by_group": by_group,
            "inclusive": lines["inclusive"].to_numpy()[line],
            "level": components["level"].to_numpy()[component],
            "compound": components["compound"].to_numpy()[component],
            "rate": taken(components["rate"], component, index),
            "amount": taken(lines["amount"], line, index),
            "digits": taken(lines["digits"], line, index),
        },
        index=index,
    )


def added_taxes(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the `tax` of every part where prices exclude tax; compound rates build on the levels before."""
    if parts.empty:
        return pd.DataFrame({"tax": money([])}, index=parts.index)
    done: list[pd.Series] = []
    for level in range(int(parts["level"].max()) + 1):
        rows = parts[(parts["level"] == level).to_numpy()]
        base = _on_top(rows, rows["amount"], parts, done)
        exact = times(times(base, rows["rate"]), taken(_HUNDREDTH, np.zeros(len(rows), dtype=np.int64), rows.index))
        unit = pd.Series(numbered(rows["group"], np.where(rows["by_group"], -1, rows["line"])), index=rows.index)
        done.append(spread(rounded(totalled(exact, unit), rows["digits"]), exact, unit, rows["digits"]))
    return pd.DataFrame({"tax": pd.concat(done)})


def _on_top(rows: pd.DataFrame, net: pd.Series, parts: pd.DataFrame, done: list[pd.Series]) -> pd.Series:
    """Return what each rate is taken on: the net, and for a compound rate the taxes before it on its line too."""
    compound = rows["compound"].to_numpy()
    if not done or not compound.any():
        return net
    earlier = pd.concat(done)
    by_line = total(earlier, parts.loc[earlier.index, "line"].to_numpy())
    so_far = taken(by_line, by_line.index.get_indexer(pd.Index(rows["line"])), rows.index)
    more = pc.fill_null(arrow(so_far), ZERO)
    wide = pc.add(arrow(net), pc.if_else(pa.array(compound), more, ZERO))
    return column(wide.cast(AMOUNT), rows.index)


def _taxable(parts: pd.DataFrame, net: pd.Series) -> pd.Series:
    """Return what the tax of each part is shown to be taken on."""
    on_line = taken(net, parts["line"].to_numpy(), parts.index)
    if not parts["compound"].any():
        return on_line
    found: list[pd.Series] = []
    for level in range(int(parts["level"].max()) + 1):
        rows = parts[(parts["level"] == level).to_numpy()]
        lower = [parts.loc[(parts["level"] < level).to_numpy(), "tax"]] if level else []
        found.append(_on_top(rows, on_line.loc[rows.index], parts, lower))
    taxable: pd.Series = pd.concat(found).sort_index()
    return taxable
