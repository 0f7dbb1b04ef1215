"""Rules that say what the tax is by themselves: category, rate, label and reason without a row of the Taxes sheet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..columns import EU, TEXT
from ..money import arrow
from .frames import first_given, given, places, taken

WORDING = {
    "AE": "Reverse charge",
    "K": "Intra-community supply, exempt from tax",
    "G": "Export of services, exempt from tax",
    "O": "Not subject to tax",
}
"""What the invoice says where a category bears no tax and nobody gave a reason."""

_MADE = pd.DataFrame(
    [
        ("customer_exempt", "EXEMPT", "Exempt", "E", None),
        ("no_tax", "NO-TAX", "No tax", "O", WORDING["O"]),
        ("exempt", "EXEMPT", "Exempt", "E", "Exempt from tax"),
        ("us_sales_tax", "SALES-TAX", "Sales tax", "S", None),
        ("reverse_charge", "REVERSE-CHARGE", "Reverse charge", "AE", WORDING["AE"]),
        ("export", "EXPORT", "Export", "O", "Export of services, outside the scope of tax"),
    ],
    columns=["tax_rule", "tax_code", "name", "category", "reason"],
).astype(TEXT)


def with_made(
    invoices: pd.DataFrame, lines: pd.DataFrame, made: Any, taxes: pd.DataFrame, export_category: str
) -> pd.DataFrame:
    """Fill in what the rules say by themselves: made_category, made_rate, made_name, made_reason, made_exemption."""
    index = lines.index
    row = np.where(made, places(_MADE["tax_rule"], lines["tax_rule"]), -1)
    fixed = {c: taken(_MADE[c], row, index) for c in ("tax_code", "name", "category", "reason")}
    at = lines["invoice"].to_numpy()
    rule = lines["tax_rule"]
    abroad, sold = rule == "export", rule == "us_sales_tax"
    rate = taken(invoices["sales_tax_percentage"], at, index).where(sold)
    category = fixed["category"].mask(abroad, export_category)
    nothing = np.asarray(pc.fill_null(pc.equal(arrow(rate), 0), False))
    note = taken(invoices["exempt_note"], at, index)
    reason = fixed["reason"].mask(rule == "customer_exempt", note)
    if export_category == "G":
        reason = reason.mask(abroad, WORDING["G"])
    in_eu = taken(invoices["seller_country"], at, index).isin(EU)
    coded = made & in_eu.to_numpy(dtype=bool) & category.isin(["AE", "G", "O"]).to_numpy(dtype=bool)
    filled = lines.assign(
        tax_code=first_given(lines["tax_code"], fixed["tax_code"]),
        made_name=fixed["name"],
        made_category=category.mask(nothing, "Z"),
        made_rate=rate,
        made_reason=reason,
        made_exemption=("VATEX-EU-" + category).where(coded),
    )
    return _with_exemptions(invoices, filled, rule == "exempt", taxes)


def _with_exemptions(invoices: pd.DataFrame, lines: pd.DataFrame, exempt: pd.Series, taxes: pd.DataFrame) -> pd.DataFrame:
    """Take the reason of an exempt product from the seller's country's tax code of category E, if there is one."""
    codes = taxes[(taxes["category"] == "E") & given(taxes["exemption_reason"])].drop_duplicates("country")
    if not exempt.any() or codes.empty:
        return lines
    country = taken(invoices["seller_country"], lines["invoice"].to_numpy(), lines.index)
    row = np.where(exempt, places(codes["country"], country), -1)
    of_code = {
        "tax_code": "tax_code", "made_name": "name", "made_reason": "exemption_reason",
        "made_exemption": "exemption_code",
    }  # fmt: skip
    better = {new: taken(codes[old], row, lines.index) for new, old in of_code.items()}
    return lines.assign(**{c: lines[c].mask(row >= 0, cells) for c, cells in better.items()})
