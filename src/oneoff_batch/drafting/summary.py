"""From lines to the invoice: the tax table and the totals, exact sums of what was rounded before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..money import AMOUNT, arrow, column, total
from .frames import ZERO, taken


def tax_table(invoices: pd.DataFrame, parts: pd.DataFrame, components: pd.DataFrame) -> pd.DataFrame:
    """Return one row per invoice, category and rate, in an order that the order of the lines does not change."""
    names = components.assign(rank=components.sort_values(["tax_code", "position"], kind="stable").index.argsort())
    shown = parts.assign(
        rank=names["rank"].to_numpy()[parts["component"]], position=names["position"].to_numpy()[parts["component"]]
    )
    groups = shown.groupby("group", sort=True)
    first = groups[["invoice", "rank", "position"]].min()
    of = np.argsort(names["rank"].to_numpy())[first["rank"].to_numpy()]
    copied = {c: taken(components[c], of, first.index) for c in _COPIED}
    table = first.assign(
        **copied,
        taxable=total(shown["taxable"], shown["group"]).array,
        tax=total(shown["tax"], shown["group"]).array,
        reason=_reasons(shown, names, first.index),
    )
    level = components["level"].to_numpy()[of]
    ordered = table.assign(level=level).sort_values(
        ["invoice", "position", "level", "category", "rate", "tax_code"],
        ascending=[True, True, True, False, False, True],
        kind="stable",
    )
    refs = taken(invoices["invoice_ref"], ordered["invoice"].to_numpy(), ordered.index)
    return ordered.assign(invoice_ref=refs).reset_index(drop=True)


_COPIED = ("tax_code", "name", "category", "rate", "compound", "exemption_code")


def _reasons(parts: pd.DataFrame, components: pd.DataFrame, groups: pd.Index) -> pd.Series:
    """Join the reasons of each group, each of them once."""
    reason = taken(components["reason"], parts["component"].to_numpy(), parts.index)
    said = pd.DataFrame({"group": parts["group"], "reason": reason, "rank": parts["rank"]}).dropna(subset=["reason"])
    return joined(said, "group", "reason", "rank", " ").reindex(groups)


def joined(rows: pd.DataFrame, by: str, text: str, order: str, mark: str) -> pd.Series:
    """Join the distinct texts of each group in the given order; most groups have one and are not touched."""
    once = rows.sort_values([by, order], kind="stable").drop_duplicates([by, text])
    alone = ~once.duplicated(by, keep=False)
    many = once[~alone].groupby(by)[text].agg(mark.join)
    texts: pd.Series = pd.concat([once[alone].set_index(by)[text], many]).sort_index()
    return texts


def totals(invoices: pd.DataFrame, lines: pd.DataFrame, taxes: pd.DataFrame) -> pd.DataFrame:
    """Add net_total, tax_total and gross_total to the invoices: exact sums, nothing is rounded here."""
    net = _per_invoice(lines["net"], lines["invoice"], invoices.index)
    tax = _per_invoice(taxes["tax"], taxes["invoice"], invoices.index)
    gross = column(pc.add(arrow(net), arrow(tax)).cast(AMOUNT), invoices.index)
    return invoices.assign(net_total=net, tax_total=tax, gross_total=gross)


def _per_invoice(values: pd.Series, invoice: pd.Series, index: pd.Index) -> pd.Series:
    sums = total(values, invoice.to_numpy())
    return column(pc.fill_null(arrow(taken(sums, sums.index.get_indexer(index), index)), ZERO).cast(AMOUNT), index)
