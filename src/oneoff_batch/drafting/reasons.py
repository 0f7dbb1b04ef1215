"""The sentences that say why a line bears the tax that it bears (domain §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd
from babel import Locale

from ..columns import EU, TEXT
from ..money import arrow, column
from .frames import words


@cache
def country_name(code: str) -> str:
    """Return the English name of a country, as it stands in a sentence."""
    name = str(Locale("en").territories.get(code, code))
    return f"the {name}" if code in _WITH_ARTICLE else name


_WITH_ARTICLE = frozenset(
    ("AE", "BS", "CD", "CF", "DO", "FK", "GB", "GM", "KM", "KY", "MH", "MV", "NL", "PH", "SB", "US", "VG", "VI")
)


def country_names(codes: pd.Series) -> pd.Series:
    """Return the English names of countries."""
    return codes.map({c: country_name(c) for c in codes.dropna().unique()}).astype(TEXT)


def percent(rates: pd.Series) -> pd.Series:
    """Return percentages as a reader writes them: 8.875 for 8.8750."""
    text = column(arrow(rates).cast("string"), rates.index).astype(TEXT)
    return text.str.replace(r"\.?0+$", "", regex=True)


def _seller(f: pd.DataFrame) -> pd.Series:
    return country_names(f["seller_country"])


def _buyer(f: pd.DataFrame) -> pd.Series:
    return country_names(f["buyer_country"])


def _us_sales_tax(f: pd.DataFrame) -> pd.Series:
    rate = percent(f["sales_tax_percentage"])
    return (
        f["seller_name"] + " is in " + _seller(f) + " and " + f["buyer_name"] + " in " + _buyer(f)
        + ": sales tax of " + rate + " % as the sheet says."
    )  # fmt: skip


def _reverse_charge(f: pd.DataFrame) -> pd.Series:
    return f["buyer_name"] + " is a business in " + _buyer(f) + " with VAT id " + f["buyer_vat_id"] + ": reverse charge."


def _local_vat(f: pd.DataFrame) -> pd.Series:
    return (
        f["buyer_name"] + " is a business in " + _buyer(f) + " without a VAT id that counts: VAT of " + _seller(f)
        + ", as the billing entity's settings say."
    )  # fmt: skip


def _oss(f: pd.DataFrame) -> pd.Series:
    return (
        f["buyer_name"] + " is a private person in " + _buyer(f) + " and " + f["seller_name"]
        + " is registered for the One Stop Shop: the standard rate of " + _buyer(f) + "."
    )  # fmt: skip


def _seller_vat(f: pd.DataFrame) -> pd.Series:
    return (
        f["buyer_name"] + " is a private person in " + _buyer(f) + " and " + f["seller_name"]
        + " is not registered for the One Stop Shop: VAT of " + _seller(f) + "."
    )  # fmt: skip


def _export(f: pd.DataFrame) -> pd.Series:
    home = words(np.where(f["seller_country"].isin(EU), "the EU", _seller(f)), f.index)
    return f["buyer_name"] + " is in " + _buyer(f) + ", outside " + home + ": export of services, no tax."


def _customer_exempt(f: pd.DataFrame) -> pd.Series:
    return f["buyer_name"] + " is exempt from tax: " + f["exempt_note"].fillna("no reason given").str.rstrip(".") + "."


REASONS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "line_code": lambda f: "The line itself names tax code " + f["tax_code"] + ".",
    "customer_exempt": _customer_exempt,
    "no_tax": lambda f: f["line_name"] + " is a product on which no tax is due.",
    "exempt": lambda f: f["line_name"] + " is a product that is exempt from tax.",
    "us_sales_tax": _us_sales_tax,
    "reverse_charge": _reverse_charge,
    "local_vat_missing_id": _local_vat,
    "destination_oss": _oss,
    "seller_vat_b2c": _seller_vat,
    "export": _export,
    "customer_default": lambda f: f["buyer_name"] + " has tax code " + f["customer_tax_code"] + " by default.",
    "entity_default": lambda f: f["seller_name"] + " charges tax code " + f["entity_tax_code"] + " by default.",
}
"""For each rule, the sentence for rows of invoices (for line_code, no_tax and exempt: of lines)."""
