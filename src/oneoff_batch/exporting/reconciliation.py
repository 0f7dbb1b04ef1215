"""The proof that an export's three tables agree, per invoice and per currency, in exact decimals."""

from __future__ import annotations

import pandas as pd
import pyarrow.compute as pc

from ..drafting.drafts import Drafts
from ..money import arrow, total

_SUMS = ("net_total", "tax_total", "gross_total")


class NotReconciled(ValueError):
    """Tables of an export do not agree; the message names the first invoice or currency, and both figures."""


def reconciled(drafts: Drafts) -> pd.DataFrame:
    """Return one row per currency with what each table adds up to; raises `NotReconciled` where they differ.

    Columns: currency, invoices and lines (counts), net_total, tax_total, gross_total (invoice table), line_net,
    line_tax, line_gross (line table), tax_summary (tax table). Net plus tax must be gross on every invoice, the
    lines must add up to each invoice's three totals, and the tax table to its tax. Source: EN 16931 BR-CO-10,
    BR-CO-14, BR-CO-15; domain §10.
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
    return _per_currency(drafts)


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


def _per_currency(drafts: Drafts) -> pd.DataFrame:
    currency = drafts.invoices["currency"]
    of_line = currency.take(drafts.lines["invoice"].to_numpy()).set_axis(drafts.lines.index)
    of_tax = currency.take(drafts.taxes["invoice"].to_numpy()).set_axis(drafts.taxes.index)
    counted = drafts.invoices.groupby(currency, sort=True).size().rename("invoices").to_frame()
    sums = {name: total(drafts.invoices[name], currency) for name in _SUMS}
    lines = {f"line_{name}": total(drafts.lines[name], of_line) for name in ("net", "tax", "gross")}
    summary = total(drafts.taxes["tax"], of_tax)
    counts = drafts.lines.groupby(of_line).size()
    return counted.assign(lines=counts, **sums, **lines, tax_summary=summary).rename_axis("currency").reset_index()
