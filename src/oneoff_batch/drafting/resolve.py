"""Which tax rule wins for every line, and the sentence that says why (domain §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..columns import EU
from .frames import Mask, dates, days, first_given, given, taken, words, yes
from .reasons import REASONS

SYNTHETIC = ("customer_exempt", "no_tax", "exempt", "us_sales_tax", "reverse_charge", "export")
"""Rules that say what the tax is by themselves, without a tax code of the master data."""


def with_rules(invoices: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Add tax_rule, tax_code, tax_reason, own_code, tax_point and `on_invoice_date` to every line.

    Rules are tried in the order of domain §6 and the first that applies wins. Lines for which none can be
    found have the code of a problem as their rule (E401, E402, E404). tax_code is null under the rules in
    `SYNTHETIC` and under destination_oss, which depends on the tax point. own_code is the code that the sheet
    gave. The tax point is the delivery date, else the end of the line's period, else the planned invoice date
    (`on_invoice_date`).
    """
    outcome = _outcome(invoices)
    at = lines["invoice"].to_numpy()
    rule = words(_line_rules(invoices, lines, outcome, at), lines.index)
    with_points = _with_tax_points(invoices, lines, at).assign(tax_rule=rule, own_code=lines["tax_code"])
    resolved = with_points.assign(tax_code=_codes(invoices, with_points, at))
    return resolved.assign(tax_reason=_reasons(invoices, resolved, outcome, at))


def _outcome(invoices: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Rules 4 to 7: what the parties of an invoice lead to, where neither line nor exemption says otherwise."""
    seller, buyer = invoices["seller_country"], invoices["buyer_country"]
    in_us = np.asarray(seller == "US"), np.asarray(buyer == "US")
    percentage = given(invoices["sales_tax_percentage"])
    at_home = np.asarray(seller == buyer)
    in_eu = np.asarray(seller.isin(EU)) & np.asarray(buyer.isin(EU))
    abroad = in_eu & ~at_home
    business = np.asarray(invoices["buyer_type"] == "ORGANIZATION")
    own_code = given(invoices["entity_tax_code"])
    local = yes(invoices["applies_local_vat"])
    rules: list[tuple[Mask, str]] = [
        (in_us[0] & in_us[1] & ~percentage, "E402"),
        ((in_us[0] | in_us[1]) & percentage, "us_sales_tax"),
        (abroad & business & counting_vat_id(invoices), "reverse_charge"),
        (abroad & business & ~local, "E404"),
        (abroad & ~business & yes(invoices["has_oss"]), "destination_oss"),
        (abroad & business & own_code, "local_vat_missing_id"),
        (abroad & own_code, "seller_vat_b2c"),
        (abroad, "E401"),
        (~at_home & ~in_eu, "export"),
        (given(invoices["customer_tax_code"]), "customer_default"),
        (own_code, "entity_default"),
    ]
    names: np.ndarray[Any, Any] = np.select([mask for mask, _ in rules], [name for _, name in rules], "E401")
    return names


def counting_vat_id(invoices: pd.DataFrame) -> Mask:
    """Return where the buyer has a VAT id that is not known to be wrong."""
    return np.asarray(given(invoices["buyer_vat_id"]) & np.asarray(invoices["vat_id_status"] != "NOT_VALID"))


def _line_rules(
    invoices: pd.DataFrame, lines: pd.DataFrame, outcome: np.ndarray[Any, Any], at: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Rules 1 to 3, and what the parties lead to for the rest."""
    return np.select(
        [
            given(lines["tax_code"]),
            yes(invoices["is_exempt"])[at],
            np.asarray(lines["taxed_as"] == "NO_TAX"),
            np.asarray(lines["taxed_as"] == "EXEMPT"),
        ],
        ["line_code", "customer_exempt", "no_tax", "exempt"],
        outcome[at],
    )


def _codes(invoices: pd.DataFrame, lines: pd.DataFrame, at: np.ndarray[Any, Any]) -> pd.Series:
    rule, index = lines["tax_rule"], lines.index
    of_customer = taken(invoices["customer_tax_code"], at, index).where(rule == "customer_default")
    sellers = rule.isin(["entity_default", "local_vat_missing_id", "seller_vat_b2c"])
    of_entity = taken(invoices["entity_tax_code"], at, index).where(sellers)
    return first_given(lines["own_code"], of_customer, of_entity)


def _with_tax_points(invoices: pd.DataFrame, lines: pd.DataFrame, at: np.ndarray[Any, Any]) -> pd.DataFrame:
    supplied, ended = days(invoices["delivery_date"])[at], days(lines["period_end"])
    point = np.where(np.isnat(supplied), ended, supplied)
    open_ = np.isnat(point)
    point = np.where(open_, days(invoices["planned_date"])[at], point)
    return lines.assign(tax_point=dates(point, lines.index), on_invoice_date=open_)


def _reasons(
    invoices: pd.DataFrame, lines: pd.DataFrame, outcome: np.ndarray[Any, Any], at: np.ndarray[Any, Any]
) -> pd.Series:
    """Write each invoice's sentence once, and a sentence of its own for lines that decide for themselves."""
    of_invoice = _sentences(invoices, words(outcome, invoices.index))
    own = lines["tax_rule"].isin(["line_code", "no_tax", "exempt"])
    exempt = lines["tax_rule"] == "customer_exempt"
    of_exempt = REASONS["customer_exempt"](invoices[yes(invoices["is_exempt"])]).reindex(invoices.index)
    shared = taken(of_invoice, at, lines.index).mask(exempt, taken(words(of_exempt), at, lines.index))
    return shared.mask(own, _sentences(lines[own], lines.loc[own, "tax_rule"]).reindex(lines.index))


def _sentences(frame: pd.DataFrame, rule: pd.Series) -> pd.Series:
    sentences: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = REASONS
    parts = [sentences[r](frame[rule == r]) for r in rule.unique() if r in sentences]
    return words(pd.concat(parts).reindex(frame.index) if parts else None, frame.index)
