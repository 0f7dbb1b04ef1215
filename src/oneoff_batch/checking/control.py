"""Figures that the user brings along, held against those computed here (domain §7)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from ..money import currencies, figure
from ..problems import Problem
from ..reading.wording import names_a_rate
from .typed import Typed

_PERCENT = re.compile(r"(?P<figure>[0-9]{1,3}(?:[.,][0-9]{1,6})?)\s*(?P<sign>%?)")
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


def stated_rates(lines: Typed, drafted: pd.DataFrame) -> list[Problem]:
    """E345 where a column of tax rates says another rate than a line was drafted with.

    `drafted` has invoice_ref, row, tax_rate (percent) and tax_reason of the lines of this sheet. 21, "21 %" and Excel's
    0.21 are one rate; a cell that holds no figure, such as the name of a tax, is not compared.
    """
    sheet = lines.found.sheet
    own = drafted.dropna(subset=["row", "tax_rate"])
    own = own[own["row"].isin(sheet.cells.index)].drop_duplicates("row")
    problems = []
    for letter in lines.found.unknown:
        header = sheet.headers[letter]
        if not names_a_rate(header):
            continue
        said = sheet.cells[letter].reindex(own["row"].astype("int64")).set_axis(own.index)
        pairs = pd.DataFrame({"said": said, "rate": own["tax_rate"]}).dropna()
        known = pairs.drop_duplicates()
        other = [pair for pair in zip(known["said"], known["rate"], strict=True) if _another_rate(*pair)]
        found = own.loc[pairs.index[pd.MultiIndex.from_frame(pairs).isin(other)]] if other else own.iloc[:0]
        for row, ref, rate, reason in zip(
            *(found[n] for n in ("row", "invoice_ref", "tax_rate", "tax_reason")), strict=True
        ):
            details = {"rate": figure(rate, 0), "reason": reason}
            value = str(sheet.cells.at[row, letter])
            at = Problem("E345", sheet.file, sheet.name, int(row), letter, header, value=value, details=details)
            problems.append(replace(at, invoice_ref=ref))
    return problems


def _another_rate(said: str, rate: Decimal) -> bool:
    shown = _PERCENT.fullmatch(said.strip())
    if shown is None:
        return False
    value = Decimal(shown["figure"].replace(",", "."))
    return value != rate and (bool(shown["sign"]) or value * 100 != rate)


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
