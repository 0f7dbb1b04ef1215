"""Values of a draft as a comparison shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from ..money import figure

_MONEY = frozenset({"net_total", "tax_total", "gross_total", "net", "tax", "gross", "tax_currency_total"})
_LONGEST = 80


def shown(value: Any, name: str, digits: int) -> str:
    """Return a value of a column in words; `digits` are the decimals of the currency.

    >>> shown(Decimal("1149.5000"), "gross_total", 2), shown(Decimal("0.1250"), "unit_price", 2), shown("A b", "note", 2)
    ('1,149.50', '0.125', '"A b"')
    >>> shown(Decimal("21.0000"), "tax_rate", 2), shown(True, "prices_include_tax", 2), shown(None, "po_number", 2)
    ('21 %', 'yes', 'none')
    """
    if value is None or pd.isna(value):
        return "none"
    if isinstance(value, Decimal):
        return _figure(value, name, digits)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    text = " ".join(value.split())
    return f'"{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"}"'


def _figure(value: Decimal, name: str, digits: int) -> str:
    if name in _MONEY:
        return f"{value:,.{digits}f}"
    return figure(value, digits if name == "unit_price" else 0) + (" %" if name == "tax_rate" else "")
