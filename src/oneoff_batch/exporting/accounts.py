"""Which account each figure belongs to: products and tax codes of the master data, then the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..checking.batch import Master
from ..problems import Problem
from ..settings import Accounts


@dataclass(frozen=True)
class Chart:
    """Account codes: of product items and products, and of tax codes by code and name; then `defaults`."""

    defaults: Accounts
    items: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    taxes: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def revenue(self, item: str, product: str) -> str:
        """Return the account of a line: its item's, its product's, the settings'; "" where there is none."""
        return self.items.get(item) or self.products.get(product) or self.defaults.revenue

    def tax(self, code: str, name: str) -> str:
        """Return the account of a tax: that of its code and name, of its code, the settings'; "" where there is none."""
        return self.taxes.get((code, name)) or self.taxes.get((code, "")) or self.defaults.tax


def chart_of(master: Master, defaults: Accounts) -> Chart:
    """Return the accounts that master data and settings name."""
    return Chart(
        defaults,
        _known(master.items, "product_item", "account"),
        _known(master.products, "product", "account"),
        _by_tax(master.taxes, "account"),
    )


def _known(rows: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    known = rows.dropna(subset=[key, value])
    return dict(zip(known[key], known[value], strict=True))


def _by_tax(rows: pd.DataFrame, value: str) -> dict[tuple[str, str], str]:
    """Return what taxes have by code and name; where a code's names agree, or only one has it, also by the code alone."""
    known = rows.dropna(subset=["tax_code", value]).drop_duplicates(["tax_code", "name"], keep="last")
    found = {(code, name): v for code, name, v in zip(known["tax_code"], known["name"], known[value], strict=True)}
    for code, values in known.groupby("tax_code")[value]:
        if values.nunique() == 1:
            found[str(code), ""] = values.iloc[0]
    return found


def without_account(
    chart: Chart, products: Iterable[tuple[str, str]], taxes: Iterable[tuple[str, str]], *, entries: bool = True
) -> list[Problem]:
    """Return a problem for each product and tax without an account (E580, E581), and for receivables (E582).

    `products` are pairs of product item and product, `taxes` pairs of tax code and name. Without `entries` only revenue
    accounts are needed.
    """
    problems = [_no_revenue(item, product) for item, product in products if not chart.revenue(item, product)]
    if entries:
        problems += [_no_tax(code, name) for code, name in taxes if not chart.tax(code, name)]
        problems += [] if chart.defaults.receivables else [Problem("E582")]
    return problems


def _no_revenue(item: str, product: str) -> Problem:
    named = f'product item "{item}"' if item else f'product "{product}"' if product else "lines that name no product"
    return Problem("E580", value=item or product, details={"what": named})


def _no_tax(code: str, name: str) -> Problem:
    named = f'the tax of code "{code}" ({name})' if code else f'the tax "{name}"'
    return Problem("E581", value=code or name, details={"what": named})
