"""A few drafts written out by hand, for the tests of workbooks and exports."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from oneoff_batch.columns import DATE, FLAG, TEXT
from oneoff_batch.drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from oneoff_batch.money import AMOUNT, FX, PERCENT, UNIT, money

WIDTHS = {
    **dict.fromkeys(
        ("net_total", "tax_total", "gross_total", "tax_currency_total", "net", "tax", "gross", "taxable"), AMOUNT
    ),
    **dict.fromkeys(("quantity", "unit_price", "base_quantity"), UNIT),
    **dict.fromkeys(("tax_rate", "rate"), PERCENT),
    "exchange_rate": FX,
}
DAYS = {
    "invoice_date", "planned_date", "due_date", "delivery_date", "period_start", "period_end", "exchange_date",
    "rate_from", "rate_to",
}  # fmt: skip
FLAGS = {"due_is_explicit", "on_hold", "prices_include_tax", "compound"}
WHOLE = {"invoice", "digits", "row"}
DIGITS = {"JPY": 0, "EUR": 2, "USD": 2, "KWD": 3}


def frame(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: series(name, [r.get(name) for r in rows]) for name in columns})


def series(name: str, values: list[Any]) -> pd.Series:
    if name in WIDTHS:
        return money(values, WIDTHS[name])
    if name in DAYS:
        return pd.Series(pa.array(values, pa.date32()), dtype=DATE)
    if name in FLAGS:
        return pd.Series(values, dtype=FLAG)
    if name in WHOLE or name == "line":
        return pd.Series(values, dtype="int64")
    if name == "tax_currency_digits":
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype=TEXT)


def invoice(ref: str, net: str, tax: str, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    return {
        "invoice_ref": ref, "customer": "C-1001", "billing_entity": "NL01", "series": "invoices", "locale": "en_GB",
        "currency": currency, "digits": DIGITS[currency], "invoice_date": date(2026, 11, 30), "date_rule": "explicit",
        "planned_date": date(2026, 11, 30), "due_date": date(2026, 12, 30), "due_is_explicit": False,
        "payment_terms": "30 days", "po_number": "007781", "on_hold": True, "prices_include_tax": False,
        "tax_rounding": "per_group", "net_total": net, "tax_total": tax, "gross_total": str(Decimal(net) + Decimal(tax)),
        "custom": "{}", "sheet": "Invoices", "row": 2, "seller_name": "Brightwater Training B.V.", "seller_country": "NL",
        "seller_vat_id": "NL123456782B90", "buyer_name": "Hafenlicht Logistik GmbH", "buyer_country": "DE",
        "buyer_vat_id": "DE136695976", "content_hash": "a" * 64, **more,
    }  # fmt: skip


def line(invoice: int, ref: str, n: int, net: str, tax: str, **more: Any) -> dict[str, Any]:
    return {
        "invoice": invoice, "invoice_ref": ref, "line": n, "product_item": "TRAIN-DAY", "product": "TRAINING",
        "line_name": "Training", "subline_name": "Training day on site", "type": "charge", "quantity": "1", "unit": "day",
        "unit_price": net, "base_quantity": "1", "period_start": date(2026, 11, 10), "period_end": date(2026, 11, 11),
        "tax_code": "NL21", "tax_category": "S", "tax_rate": "21", "tax_rule": "entity",
        "tax_reason": "The billing entity's default tax code.", "net": net, "tax": tax,
        "gross": str(Decimal(net) + Decimal(tax)), "custom": "{}", "sheet": "Lines", "row": n + 1, **more,
    }  # fmt: skip


def tax(invoice: int, ref: str, taxable: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "invoice": invoice, "invoice_ref": ref, "tax_code": "NL21", "name": "VAT 21 %", "category": "S", "rate": "21",
        "compound": False, "taxable": taxable, "tax": amount, **more,
    }  # fmt: skip


def drafts(invoices: list[Any], lines: list[Any], taxes: list[Any]) -> Drafts:
    return Drafts(frame(INVOICE_COLUMNS, invoices), frame(LINE_COLUMNS, lines), frame(TAX_COLUMNS, taxes))


def three_drafts(**more: Any) -> Drafts:
    """One invoice in euros with two lines, one in yen, one in Kuwaiti dinars; `more` changes the first invoice."""
    return drafts(
        [
            invoice("NOV-001", "1180.00", "247.80", custom=json.dumps({"Cost centre": "4410", "Rush": True}), **more),
            invoice("NOV-002", "50000", "0", "JPY", buyer_name="Sakura K.K.", buyer_country="JP", buyer_vat_id=None),
            invoice("NOV-003", "12.345", "0", "KWD", invoice_date=None, date_rule="when_final", buyer_country="KW"),
        ],
        [
            line(0, "NOV-001", 1, "1000.00", "210.00"),
            line(0, "NOV-001", 2, "180.00", "37.80", description="Travel costs", unit_price="0.12345678", quantity="1458"),
            line(1, "NOV-002", 1, "50000", "0", tax_code=None, tax_category="O", tax_rate="0"),
            line(2, "NOV-003", 1, "12.345", "0", tax_code=None, tax_category="O", tax_rate="0"),
        ],
        [
            tax(0, "NOV-001", "1180.00", "247.80"),
            tax(1, "NOV-002", "50000", "0", tax_code=None, name="Outside scope", category="O", rate="0", reason="Export"),
            tax(2, "NOV-003", "12.345", "0", tax_code=None, name="Outside scope", category="O", rate="0", reason="Export"),
        ],
    )


def one_draft(ref: str = "A-1", net: str = "100.00", tax_: str = "21.00", **more: Any) -> Drafts:
    return drafts([invoice(ref, net, tax_, **more)], [line(0, ref, 1, net, tax_)], [tax(0, ref, net, tax_)])


def states_of(invoices: Drafts, **more: Any) -> pd.DataFrame:
    given = {
        "batch": "B-2026-11", "status": "DRAFT", "on_hold": True, "approval": "PENDING_REVIEW", "approved_by": None,
        "number": None, "final_at": None, **more,
    }  # fmt: skip
    n = len(invoices)
    return pd.DataFrame(
        {
            name: pd.Series(value if isinstance(value, list) else [value] * n, dtype=FLAG if name == "on_hold" else TEXT)
            for name, value in given.items()
        }
    )
