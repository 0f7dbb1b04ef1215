"""The names of lines and sub-lines, and the unit (domain §2)."""

from __future__ import annotations

import pandas as pd

from ..checking.batch import Master
from .frames import first_given, given, places, taken


def with_names(lines: pd.DataFrame, master: Master, platform_category: str) -> pd.DataFrame:
    """Add line_name, subline_name, unit and `taxed_as` (STANDARD, NO_TAX or EXEMPT) to every line.

    An item gives its product's name and its own; a product gives its name twice; a pricing name replaces the
    name of what is charged, and where it stands alone it is the line's name and there is no sub-line.
    """
    index = lines.index
    at_item = places(master.items["product_item"], lines["product_item"])
    at_product = places(master.products["product"], lines["product"])
    from_item = {n: taken(master.items[n], at_item, index) for n in _FROM_BOTH}
    from_product = {n: taken(master.products[n], at_product, index) for n in _FROM_BOTH}
    both = {n: first_given(from_item[n], from_product[n]) for n in _FROM_BOTH}
    charged = first_given(lines["pricing_name"], taken(master.items["item_name"], at_item, index), both["product_name"])
    return lines.assign(
        line_name=first_given(both["product_name"], lines["pricing_name"]),
        subline_name=charged.where(given(both["product_name"])),
        unit=first_given(lines["unit"], both["unit"]),
        taxed_as=both["tax_category"].fillna(platform_category),
    )


_FROM_BOTH = ("product_name", "unit", "tax_category")
