"""Figures that the user brings along, held against those computed here (domain §7)."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from ..money import currencies, figure
from ..problems import Problem
from .typed import Typed

_COLUMNS = ("invoice_count", "net_total", "quantity_total")


def expected_totals(typed: Typed, totals: pd.Series) -> list[Problem]:
    """E328 where an expected total differs from the gross total computed; `totals` is indexed by invoice_ref.

    W214 in its place where a program's own line totals were added up, and rounding on each line explains the difference.
    """
    expected = typed.frame["expected_total"]
    computed = typed.frame["invoice_ref"].map(totals)
    differs = expected.notna() & computed.notna() & (expected != computed.astype(expected.dtype))
    details = {"found": _told(computed, typed.frame["digits"])}
    if "expected_total" not in typed.found.sums:
        return typed.flag(differs, "E328", "expected_total", **details)
    details["value"] = _told(expected, typed.frame["digits"])
    near = _explained_by_lines(typed, (expected - computed.astype(expected.dtype))[differs]).reindex(
        differs.index, fill_value=False
    )
    wrong = typed.flag(differs & ~near, "E328", "expected_total", **details)
    return wrong + typed.flag(near, "W214", "expected_total", **details)


def _explained_by_lines(typed: Typed, apart: pd.Series) -> pd.Series:
    """Whether rounding on each line explains how far two totals are apart: half a minor unit for each row."""
    refs = typed.found.sheet.cells[typed.heading("invoice_ref").letter].value_counts()
    frame = typed.frame.loc[apart.index]
    rows = frame["invoice_ref"].map(refs).fillna(1)
    near = [
        abs(difference) * 2 <= int(count) * Decimal(1).scaleb(-int(digits))
        for difference, count, digits in zip(apart, rows, frame["digits"], strict=True)
    ]
    return pd.Series(near, index=apart.index, dtype=bool)


def control_totals(control: Typed, invoices: pd.DataFrame, quantities: pd.Series) -> list[Problem]:
    """E327 where the Control sheet differs from the whole upload.

    A net total is compared where every invoice of the currency has one: others are held back by an error anyway.
    `invoices` has invoice_ref, currency and net_total; `quantities` is the sum of quantities per invoice_ref.
    """
    sums = invoices.assign(quantity=invoices["invoice_ref"].map(quantities)).groupby("currency")
    found = pd.DataFrame(
        {
            "invoice_count": sums.size().map(Decimal),
            "net_total": sums["net_total"].sum().where(~sums["net_total"].agg(lambda s: bool(s.isna().any()))),
            "quantity_total": sums["quantity"].sum(),
        }
    )
    currency = control.frame["currency"]
    problems = [
        control.problem("E344", int(control.frame.index[0]), "currency", value=str(c), currency=str(c), found=str(n))
        for c, n in sums.size().items()
        if not (currency == c).any()
    ]
    digits = currency.map(currencies()).fillna(2).astype("int64")
    for field in _COLUMNS:
        wanted = control.frame[field]
        known = found[field].to_dict()
        ours = currency.map(lambda c: known.get(c, Decimal(0)), na_action="ignore")  # noqa: B023
        pairs = zip(wanted, ours, strict=True)
        differs = pd.Series([not pd.isna(w) and not pd.isna(o) and w != o for w, o in pairs], index=wanted.index)
        told = _told(ours, digits if field == "net_total" else digits * 0)
        problems += control.flag(differs, "E327", field, currency=currency, found=told)
    return problems


def _told(values: pd.Series, digits: pd.Series) -> pd.Series:
    told = ["" if pd.isna(v) else figure(Decimal(str(v)), int(d)) for v, d in zip(values, digits, strict=True)]
    return pd.Series(told, index=values.index, dtype="str")
