"""Worked examples for the templates: two invoices with four lines, and a small company to start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..checking.batch import Master
from ..columns import INVOICES, LINES, MASTER
from .lists import ids

Row = Mapping[str, str]
_HEADER = ("customer", "billing_entity", "currency", "invoice_date", "payment_terms")
_ITEM = ("product_item", "unit", "unit_price")


def example_invoices(master: Master | None) -> list[Row]:
    """Return two invoices; where there is master data they name its first customers and billing entity."""
    header = {field: _example(INVOICES.columns[field]) for field in _HEADER}
    first = {**header, **{f: _example(INVOICES.columns[f]) for f in ("invoice_ref", "po_number", "buyer_reference")}}
    second = {**header, "invoice_ref": "NOV-002", "note": _example(INVOICES.columns["note"])}
    if master is None:
        return [first, second]
    customers = ids(master, "customers")[:2] or ("",)
    return [_of_customer(first, customers[0], master), _of_customer(second, customers[-1], master)]


def _of_customer(row: Row, customer: str, master: Master) -> Row:
    """Name the customer, and leave to the master data what it knows: who bills, in which currency, on which terms."""
    own = {"billing_entity": "", "currency": "", "payment_terms": ""}
    found = master.customers.loc[master.customers["customer"] == customer]
    entity = _first(found, "billing_entity") or (ids(master, "entities") or ("",))[0]
    return {**row, **own, "customer": customer, "billing_entity": entity, "currency": _first(found, "currency")}


def example_lines(master: Master | None) -> list[Row]:
    """Return four lines: an item over two days, a free-text charge, an item on one day, and a deduction."""
    item = {field: _example(LINES.columns[field]) for field in _ITEM}
    if master is not None:
        found = ids(master, "product_items")
        unit = _first(master.items.loc[master.items["product_item"] == found[0]], "unit") if found else ""
        item = {**item, "product_item": found[0] if found else "", "unit": unit or item["unit"]}
        item = item if found else {**item, "pricing_name": _example(LINES.columns["pricing_name"])}
    period = {f: _example(LINES.columns[f]) for f in ("period_start", "period_end")}
    ref = _example(LINES.columns["invoice_ref"])
    return [
        {"invoice_ref": ref, "line": "1", **item, "quantity": "2", **period},
        {"invoice_ref": ref, "line": "2", "pricing_name": "Travel costs", "amount": "180.00"},
        {"invoice_ref": "NOV-002", "line": "1", **item, "quantity": "1", "period_start": period["period_start"]},
        {"invoice_ref": "NOV-002", "line": "2", "pricing_name": "Goodwill for the late start", "type": "deduction",
         "quantity": "-1", "unit_price": "50.00"},
    ]  # fmt: skip


def _first(frame: pd.DataFrame, field: str) -> str:
    found = frame[field].dropna().tolist() if field in frame else []
    return str(found[0]) if found else ""


def _example(column: Any) -> str:
    return str(column.metadata.get("example") or "")


_LEFT_OUT = {
    "entities": {"address_line_2", "region", "series", "credit_series"},
    "customers": {"address_line_2", "region", "tax_exempt_note", "tax_code"},
    "products": set[str](),
    "taxes": {"region", "valid_to", "exemption_code", "exemption_reason"},
}
_DIFFERENT: dict[str, list[dict[str, str]]] = {
    "entities": [{"oss": "no"}],
    "customers": [{"address_line_1": "Am Sandtorkai 50", "postcode": "20457", "city": "Hamburg", "country": "DE",
                   "locale": "en_GB"}],
    "products": [{}],
    "taxes": [
        {"valid_from": "2012-10-01"},
        {"tax_code": "NL9", "name": "VAT 9 %", "rate": "9"},
        {"tax_code": "NL0", "name": "VAT 0 %", "category": "Z", "rate": "0", "valid_from": ""},
    ],
}  # fmt: skip


def starter_rows() -> dict[str, list[Row]]:
    """Return a small company by table: one entity, its country's tax codes, one customer, one product with an item."""
    return {
        table.name: [{**_of_table(table.name, table.columns), **row} for row in _DIFFERENT[table.name]]
        for table in MASTER
        if table.name in _DIFFERENT
    }


def _of_table(name: str, columns: Mapping[str, Any]) -> dict[str, str]:
    return {field: _example(column) for field, column in columns.items() if field not in _LEFT_OUT[name]}
