"""Typed frames from plain Python lists: master data and batches as the checks would hand them over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from oneoff_batch.checking.batch import Batch, Master
from oneoff_batch.columns import MASTER, TEXT, UPLOAD, Table, dtype_of
from oneoff_batch.drafting import Drafts, draft
from oneoff_batch.money import currencies
from oneoff_batch.problems import Problem
from oneoff_batch.settings import Settings

Row = Mapping[str, Any]
TODAY = date(2026, 11, 24)
TABLES: Mapping[str, Table] = {t.name: t for t in (*MASTER, *UPLOAD)}

NL01: Row = {
    "billing_entity": "NL01", "name": "Brightwater Training B.V.", "address_line_1": "Keizersgracht 100",
    "postcode": "1015 AA", "city": "Amsterdam", "country": "NL", "vat_id": "NL123456782B90", "tax_code": "NL21",
    "currency": "EUR", "payment_terms": "30 days", "iban": "NL91ABNA0417164300", "is_default": True, "oss": True,
}  # fmt: skip
DUTCH: Row = {
    "customer": "C-NL", "name": "Kanaal Logistiek B.V.", "type": "ORGANIZATION", "country": "NL", "city": "Utrecht",
    "vat_id": "NL001234567B01", "vat_id_status": "VALID", "status": "ACTIVE",
}  # fmt: skip
GERMAN: Row = {
    "customer": "C-DE", "name": "Hafenlicht GmbH", "type": "ORGANIZATION", "country": "DE", "city": "Hamburg",
    "vat_id": "DE136695976", "vat_id_status": "VALID", "status": "ACTIVE",
}  # fmt: skip
TRAINING: Row = {
    "category": "Services", "product": "TRAINING", "product_name": "Training", "unit": "day", "tax_category": "STANDARD",
    "status": "ACTIVE",
}  # fmt: skip
TRAINING_DAY: Row = {**TRAINING, "product_item": "TRAIN-DAY", "item_name": "Training day on site"}
NL21: Row = {"tax_code": "NL21", "name": "VAT 21 %", "country": "NL", "category": "S", "rate": "21"}


def tax(code: str, rate: str | int, category: str = "S", **more: Any) -> Row:
    """A row of the Taxes sheet."""
    return {"tax_code": code, "name": f"{code} {rate} %", "category": category, "rate": str(rate), **more}


def frame(table: Table, rows: Iterable[Row], **extra: Any) -> pd.DataFrame:
    """A typed frame with every column of the table, and the `extra` ones with their dtypes."""
    listed = [dict(r) for r in rows]
    dtypes = {**{name: dtype_of(c) for name, c in table.columns.items()}, **extra}
    unknown = {k for r in listed for k in r} - set(dtypes)
    if unknown:
        raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    return pd.DataFrame({n: _cells([r.get(n) for r in listed], d) for n, d in dtypes.items()})


def _cells(values: list[Any], dtype: Any) -> pd.Series:
    kind = getattr(dtype, "pyarrow_dtype", None)
    if kind is not None and pa.types.is_decimal(kind):
        text = [None if v is None else format(Decimal(str(v)), "f") for v in values]
        return pd.Series(pa.array(text, pa.string()).cast(kind), dtype=dtype)
    if kind is not None:
        return pd.Series(pa.array(values, kind), dtype=dtype)
    return pd.Series(values, dtype=dtype)


def master(
    *,
    entities: Iterable[Row] = (NL01,),
    customers: Iterable[Row] = (DUTCH, GERMAN),
    products: Iterable[Row] = (TRAINING,),
    items: Iterable[Row] = (TRAINING_DAY,),
    taxes: Iterable[Row] = (NL21,),
    rates: Iterable[Row] = (),
    fields: Iterable[Row] = (),
) -> Master:
    """Master data; by default a Dutch seller, a Dutch and a German business, and one product with one item."""
    faulty = pd.ArrowDtype(pa.bool_())
    return Master(
        entities=frame(TABLES["entities"], entities, faulty=faulty),
        customers=frame(TABLES["customers"], customers, custom=TEXT, faulty=faulty),
        products=frame(TABLES["products"], products, custom=TEXT, faulty=faulty),
        items=frame(TABLES["products"], items, custom=TEXT, faulty=faulty),
        taxes=frame(TABLES["taxes"], taxes, faulty=faulty),
        rates=frame(TABLES["rates"], rates, faulty=faulty),
        fields=frame(TABLES["fields"], fields, faulty=faulty),
    )


def line(unit_price: str | int = 100, quantity: str | int = 1, **more: Any) -> dict[str, Any]:
    """A line of the Lines sheet; a training day unless it names something else."""
    named = more.keys() & {"product_item", "product", "pricing_name"}
    kind = "deduction" if Decimal(str(quantity)) < 0 else "charge"
    charged = {} if named else {"product_item": "TRAIN-DAY", "product": "TRAINING"}
    return {"unit_price": unit_price, "quantity": quantity, "base_quantity": 1, "type": kind, **charged, **more}


def invoice(*lines: Row, ref: str = "INV-A", customer: str = "C-NL", **more: Any) -> dict[str, Any]:
    """An invoice of the Invoices sheet with its lines under "lines"."""
    return {"invoice_ref": ref, "customer": customer, "lines": lines or (line(),), **more}


_HEADER = {
    "billing_entity": "NL01",
    "currency": "EUR",
    "prices_include_tax": False,
    "on_hold": True,
    "sheet": "Invoices",
}


def batch(*invoices: Row) -> Batch:
    """A batch of invoices made by `invoice(...)`, in their order."""
    heads = [
        {**_HEADER, "custom": "{}", "row": n + 2, **{k: v for k, v in i.items() if k != "lines"}}
        for n, i in enumerate(invoices)
    ]
    digits = [{**h, "digits": currencies()[h["currency"]]} for h in heads]
    rows = [
        {"invoice_ref": i["invoice_ref"], "invoice": n, "custom": "{}", "sheet": "Lines", **row}
        for n, i in enumerate(invoices)
        for row in i["lines"]
    ]
    placed = [{"row": n + 2, **r} for n, r in enumerate(rows)]
    extra = {"custom": TEXT, "sheet": TEXT, "row": "int64"}
    return Batch(
        frame(TABLES["invoices"], digits, **extra, digits="int64"),
        frame(TABLES["lines"], placed, **extra, invoice="int64"),
    )


def drafted(
    *invoices: Row, data: Master | None = None, settings: Settings | None = None, today: date = TODAY
) -> tuple[Drafts, list[Problem]]:
    """Draft invoices against master data: what most tests begin with."""
    return draft(batch(*invoices), data or master(), settings or Settings(), today)
