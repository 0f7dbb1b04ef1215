"""The proof that an export's three tables agree, invoice by invoice, in exact decimals."""

from __future__ import annotations

import pandas as pd
import pyarrow.compute as pc

from ..drafting.drafts import Drafts
from ..money import arrow, total


class NotReconciled(ValueError):
    """Tables of an export do not agree; the message names the first invoice or currency, and both figures."""


def reconcile(drafts: Drafts) -> None:
    """Raise `NotReconciled` where the tables of these invoices do not agree.

    Net plus tax must be gross on every invoice, the lines must add up to each invoice's three totals, and the tax table to
    its tax. Source: EN 16931 BR-CO-10, BR-CO-14, BR-CO-15; domain §10.
    """
    invoices = drafts.invoices
    _agree(invoices["invoice_ref"], invoices["net_total"] + invoices["tax_total"], invoices["gross_total"],
           "net plus tax", "the gross total")  # fmt: skip
    for table, rows, pairs in _pairs(drafts):
        for field, wanted in pairs:
            added = _per_invoice(rows, field, len(invoices))
            _agree(
                invoices["invoice_ref"],
                added,
                invoices[wanted],
                f"the {table} table's {field}",
                f"the {wanted.replace('_', ' ')}",
            )


def _pairs(drafts: Drafts) -> list[tuple[str, pd.DataFrame, list[tuple[str, str]]]]:
    lines = [("net", "net_total"), ("tax", "tax_total"), ("gross", "gross_total")]
    return [("line", drafts.lines, lines), ("tax", drafts.taxes, [("tax", "tax_total")])]


def _per_invoice(rows: pd.DataFrame, field: str, invoices: int) -> pd.Series:
    """Return the exact sum of a table's column for every invoice, null where it has no rows."""
    return total(rows[field], rows["invoice"]).reindex(range(invoices))


def _agree(refs: pd.Series, found: pd.Series, wanted: pd.Series, what: str, with_what: str) -> None:
    left, right = arrow(found.reset_index(drop=True)), arrow(wanted.reset_index(drop=True))
    differs = pc.fill_null(pc.not_equal(left, right), True)
    if pc.any(differs).as_py():
        at = pc.index(differs, True).as_py()
        raise NotReconciled(f"Invoice {refs.iloc[at]} does not add up: {what} is {left[at]}, {with_what} is {right[at]}.")
