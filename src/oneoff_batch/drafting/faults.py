"""What stands in the way of a line's tax, and what is worth a look (E401 to E411, W401 to W403)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from ..problems import Problem
from ..settings import Settings
from .frames import days, given, numbered, problems_at, taken, words
from .reasons import country_names, percent
from .resolve import counting_vat_id

_NOTICE = timedelta(days=31)


def tax_problems(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame, settings: Settings) -> list[Problem]:
    """Return what is wrong with the tax of these lines: once per invoice, except for E405 and E409."""
    return [
        *_forbidden_codes(lines, settings),
        *_unresolved(invoices, lines),
        *_no_rate(invoices, lines),
        *_no_reason(invoices, lines, components),
        *_vat_ids(invoices, lines, components),
    ]


def _using(invoices: pd.DataFrame, lines: pd.DataFrame, where: Any) -> pd.DataFrame:
    """Return the invoices of which at least one line is meant."""
    return invoices.loc[np.unique(lines.loc[np.asarray(where, dtype=bool), "invoice"].to_numpy())]


def _forbidden_codes(lines: pd.DataFrame, settings: Settings) -> list[Problem]:
    if settings.tax.line_tax_codes:
        return []
    wrong = lines[given(lines["own_code"])]
    return problems_at(wrong, "E409", "tax_code", wrong["own_code"])


def _unresolved(invoices: pd.DataFrame, lines: pd.DataFrame) -> list[Problem]:
    untaxed, us, no_id, local = (
        _using(invoices, lines, lines["tax_rule"] == r) for r in ("E401", "E402", "E404", "local_vat_missing_id")
    )
    abroad = np.asarray(invoices["seller_country"] != "US") & np.asarray(invoices["buyer_country"] != "US")
    stray = invoices[given(invoices["sales_tax_percentage"]) & abroad]
    both = {"customer": untaxed["buyer_name"], "entity": untaxed["seller_name"]}
    return [
        *problems_at(untaxed, "E401", "customer", untaxed["customer"], both),
        *problems_at(us, "E402", "sales_tax_percentage"),
        *problems_at(stray, "E403", "sales_tax_percentage", percent(stray["sales_tax_percentage"])),
        *problems_at(no_id, "E404", "customer", no_id["customer"], _who_and_where(no_id)),
        *problems_at(local, "W403", "customer", local["customer"], _who_and_where(local)),
    ]


def _who_and_where(invoices: pd.DataFrame) -> dict[str, pd.Series]:
    return {"customer": invoices["buyer_name"], "country": country_names(invoices["buyer_country"])}


def _no_rate(invoices: pd.DataFrame, lines: pd.DataFrame) -> list[Problem]:
    """E405 once per invoice, code and day; E408 once per invoice."""
    open_ = lines[(lines["treatment"] < 0).to_numpy()]
    named = open_[given(open_["tax_code"])]
    key = numbered(named["invoice"], named["tax_code"], days(named["tax_point"]).astype(np.int64))
    once = named[~pd.Series(key).duplicated().to_numpy()]
    abroad = open_[np.asarray(open_["tax_rule"] == "destination_oss")].drop_duplicates("invoice")
    country = taken(invoices["buyer_country"], abroad["invoice"].to_numpy(), abroad.index)
    details = {"country": country_names(country), "day": abroad["tax_point"]}
    return [
        *problems_at(once, "E405", "tax_code", once["tax_code"], {"day": once["tax_point"]}),
        *problems_at(abroad, "E408", "tax_code", details=details),
    ]


def _no_reason(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame) -> list[Problem]:
    """E411: an exemption must say why."""
    silent = components.loc[(components["category"] == "E") & ~given(components["reason"]), "treatment"]
    rows = lines[lines["treatment"].isin(silent)].drop_duplicates("invoice")
    customer = taken(invoices["buyer_name"], rows["invoice"].to_numpy(), rows.index)
    what = ("Tax code " + rows["tax_code"]).mask(rows["tax_rule"] == "customer_exempt", "Customer " + customer)
    return problems_at(rows, "E411", "tax_code", details={"what": words(what)})


def _vat_ids(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame) -> list[Problem]:
    """E404, E406 and W401: reverse charge, by rule or by tax code, needs both VAT ids (EN 16931, BR-AE-02)."""
    reverse = components.loc[components["category"] == "AE", "treatment"]
    charged = _using(invoices, lines, lines["treatment"].isin(reverse))
    no_seller = charged[~given(charged["seller_vat_id"])]
    no_buyer = charged[~counting_vat_id(charged)]
    unknown = charged[counting_vat_id(charged) & np.asarray(charged["vat_id_status"] == "UNKNOWN")]
    entity, vat_id = {"entity": no_seller["seller_name"]}, {"vat_id": unknown["buyer_vat_id"]}
    return [
        *problems_at(no_buyer, "E404", "customer", no_buyer["customer"], _who_and_where(no_buyer)),
        *problems_at(no_seller, "E406", "billing_entity", no_seller["billing_entity"], entity),
        *problems_at(unknown, "W401", "customer", unknown["customer"], vat_id),
    ]


def bounds(lines: pd.DataFrame, components: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day on which each line's rates are what they are; empty where there is none."""
    treatment = components["treatment"].to_numpy()
    found = []
    for field, how in (("valid_from", "max"), ("valid_to", "min")):
        by = pd.Series(days(components[field]).astype("datetime64[s]")).groupby(treatment).agg(how)
        found.append(pd.Series(by.reindex(lines["treatment"]).to_numpy(), index=lines.index))
    return found[0], found[1]


def changing_rates(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame, today: date) -> list[Problem]:
    """W402: the invoice has no date yet, and a rate that was taken on its date ends within 31 days."""
    undated = np.asarray(invoices["date_rule"] == "when_final")[lines["invoice"].to_numpy()]
    loose = lines[undated & lines["on_invoice_date"].to_numpy()]
    last = bounds(loose, components)[1].to_numpy().astype("datetime64[D]")
    soon = loose.assign(day=np.datetime_as_string(last))[last <= np.datetime64(today + _NOTICE, "D")]
    once = soon[~pd.Series(numbered(soon["invoice"], soon["tax_code"])).duplicated().to_numpy()]
    on = invoices.loc[once["invoice"].to_numpy(), ["sheet", "row", "invoice_ref"]]
    return problems_at(on, "W402", "invoice_date", details={"code": once["tax_code"], "day": once["day"]})
