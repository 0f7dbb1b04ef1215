"""What a set of drafts comes to: per currency, per tax and per status, in exact decimals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..drafting.drafts import Drafts
from ..money import total

_SUMS = ("net_total", "tax_total", "gross_total", "taxable", "tax")


def by_currency(drafts: Drafts) -> pd.DataFrame:
    """Return one row per currency: currency, invoices (count), net_total, tax_total, gross_total."""
    return _counted(drafts.invoices, ["currency"], ("net_total", "tax_total", "gross_total"))


def by_status(drafts: Drafts, states: pd.DataFrame) -> pd.DataFrame:
    """Return one row per status and currency: status, currency, invoices, gross_total."""
    frame = drafts.invoices.assign(status=states["status"].set_axis(drafts.invoices.index))
    return _counted(frame, ["status", "currency"], ("gross_total",))


def by_tax(drafts: Drafts) -> pd.DataFrame:
    """Return one row per currency, tax code, category and rate: …, name, invoices, taxable, tax."""
    currency = drafts.invoices["currency"].take(drafts.taxes["invoice"].to_numpy())
    frame = drafts.taxes.assign(currency=currency.set_axis(drafts.taxes.index))
    keys = ["currency", "tax_code", "name", "category", "rate"]
    texts = {key: frame[key].fillna("") for key in ("tax_code", "name")}
    return _counted(frame.assign(**texts), keys, ("taxable", "tax"))


def added(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add up the same table of several sets of drafts: rows that agree in everything but counts and amounts are one."""
    rows = pd.concat(parts, ignore_index=True)
    sums = [name for name in rows.columns if name in _SUMS]
    by = [rows[name] for name in rows.columns if name not in (*_SUMS, "invoices")]
    counted = rows.groupby(by, sort=True)["invoices"].sum().to_frame()
    return counted.assign(**{name: total(rows[name], by) for name in sums}).reset_index()


def _counted(frame: pd.DataFrame, keys: list[str], sums: tuple[str, ...]) -> pd.DataFrame:
    by = [frame[key] for key in keys]
    counted = frame.groupby(by, sort=True).size().rename("invoices").to_frame()
    return counted.assign(**{name: total(frame[name], by) for name in sums}).reset_index()
