"""What has passed the checks: the master data and the batch, typed, complete and resolved."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Master:
    """The master data as typed frames, with the columns of `columns.MASTER` (null where a sheet leaves one out).

    entities, customers, taxes, rates: as in the sheets; customers also have `custom`, a JSON object of the custom
    fields kept with them. products: one row per product (category, product, product_name, unit, unit_price,
    currency, status, tax_category, custom); items: one row per product item (the same columns plus product_item
    and item_name). In both, tax_category is resolved: item, product, category, platform (domain §2), and account: item,
    product, category. fields: custom field definitions. Ids are unique. Rows with a fault have `faulty` set, `fault` its
    sentence and `fault_cell` its place, and are refused to invoices that name them.
    Every frame has a fresh index 0, 1, 2 …
    """

    entities: pd.DataFrame
    customers: pd.DataFrame
    products: pd.DataFrame
    items: pd.DataFrame
    taxes: pd.DataFrame
    rates: pd.DataFrame
    fields: pd.DataFrame


@dataclass(frozen=True)
class Batch:
    """The invoices that passed every check, ready for drafting; fresh indices 0, 1, 2 … in the order of the sheet.

    invoices: the columns of `columns.INVOICES`, plus `custom` (JSON object), `digits` (decimals of the currency),
    `sheet`, `row`. `customer` and `billing_entity` hold ids of the master data and are never null, nor are
    `currency`, `prices_include_tax`, `on_hold`. lines: the columns of `columns.LINES`, plus `invoice` (row number
    in invoices), `custom`, `sheet`, `row`; ordered by invoice, then by the sheet. `type`, `quantity` (negative for
    a deduction), `unit_price` (never negative), `base_quantity` are never null; quantity × unit_price ÷
    base_quantity is the line's amount, with tax in it where the invoice's prices include tax. `product` is filled where
    `product_item` is. period_start and period_end are both null or both given. control is the Control sheet, typed,
    or None.
    """

    invoices: pd.DataFrame
    lines: pd.DataFrame
    control: pd.DataFrame | None = None
