"""The HTML pages: what an invoice, a batch and a problem look like to a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from oneoff_batch.columns import DATE, FLAG, TEXT
from oneoff_batch.drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from oneoff_batch.money import AMOUNT, FX, PERCENT, UNIT

WIDTHS: dict[str, Any] = {
    **dict.fromkeys(
        ("net_total", "tax_total", "gross_total", "tax_currency_total", "net", "tax", "gross", "taxable"), AMOUNT
    ),
    **dict.fromkeys(("quantity", "unit_price", "base_quantity"), UNIT),
    **dict.fromkeys(("rate", "tax_rate"), PERCENT),
    "exchange_rate": FX,
}
DATES = {
    "invoice_date",
    "planned_date",
    "due_date",
    "delivery_date",
    "period_start",
    "period_end",
    "exchange_date",
    "rate_from",
    "rate_to",
}
FLAGS = {"on_hold", "prices_include_tax", "due_is_explicit", "compound"}
WHOLE = {"invoice", "line", "digits", "row"}

INVOICE: dict[str, Any] = dict(
    invoice_ref="NOV-001", customer="C-1001", billing_entity="NL01", series="invoices", locale="en_GB", currency="EUR", digits=2,
    date_rule="when_final", planned_date=date(2026, 11, 30), due_date=date(2026, 12, 30), due_is_explicit=False,
    payment_terms="30 days", on_hold=True, prices_include_tax=False, tax_rounding="per_group",
    net_total="1000.00", tax_total="210.00", gross_total="1210.00", custom="{}", sheet="Invoices", row=2, content_hash="0" * 64,
    seller_name="Brightwater Training B.V.", seller_address_line_1="Keizersgracht 100", seller_postcode="1015 AA", seller_city="Amsterdam",
    seller_country="NL", seller_vat_id="NL123456782B90", seller_tax_registration="KvK 12345678", seller_iban="NL91ABNA0417164300", seller_bic="ABNANL2A",
    buyer_name="Hafenlicht Logistik GmbH", buyer_type="ORGANIZATION", buyer_address_line_1="Am Sandtorkai 5", buyer_postcode="20457",
    buyer_city="Hamburg", buyer_country="DE", buyer_vat_id="DE136695976",
)  # fmt: skip
LINE: dict[str, Any] = dict(
    invoice=0, line_name="Training", subline_name="Training day on site", type="charge", quantity="2", unit="day", unit_price="500.00",
    base_quantity="1", tax_code="NL21", tax_category="S", tax_rate="21", tax_rule="default", tax_reason="The default tax of Brightwater Training B.V. applies.",
    net="1000.00", tax="210.00", gross="1210.00", custom="{}", sheet="Lines", row=2,
)  # fmt: skip
TAX: dict[str, Any] = dict(
    invoice=0, tax_code="NL21", name="VAT 21 %", category="S", rate="21", compound=False, taxable="1000.00", tax="210.00"
)


def _column(name: str, values: list[Any]) -> pd.Series:
    if name in WIDTHS:
        cells = [None if v is None else Decimal(v) for v in values]
        return pd.Series(pa.array(cells, pa.decimal128(38, 10)).cast(WIDTHS[name]), dtype=pd.ArrowDtype(WIDTHS[name]))
    if name in DATES:
        return pd.Series(values, dtype=DATE)
    if name in FLAGS:
        return pd.Series(values, dtype=FLAG)
    if name in WHOLE:
        return pd.Series(values, dtype="int64")
    if name == "tax_currency_digits":
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype=TEXT)


def _frame(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in columns})


def drafts(
    *invoices: dict[str, Any], lines: list[dict[str, Any]] | None = None, taxes: list[dict[str, Any]] | None = None
) -> Drafts:
    heads = [{**INVOICE, **i} for i in (invoices or ({},))]
    made = [{**LINE, **line} for line in (lines if lines is not None else [{"invoice": i} for i in range(len(heads))])]
    seen: dict[int, int] = {}
    for line in made:
        seen[line["invoice"]] = seen.get(line["invoice"], 0) + 1
        line.setdefault("line", seen[line["invoice"]])
    owed = [{**TAX, **tax} for tax in (taxes if taxes is not None else [{"invoice": i} for i in range(len(heads))])]
    for row in (*made, *owed):
        row["invoice_ref"] = heads[row["invoice"]]["invoice_ref"]
    return Drafts(_frame(INVOICE_COLUMNS, heads), _frame(LINE_COLUMNS, made), _frame(TAX_COLUMNS, owed))


def states(count: int = 1, **given: Any) -> pd.DataFrame:
    row = (
        dict(
            batch="november",
            status="DRAFT",
            on_hold=True,
            approval="PENDING_REVIEW",
            approved_by=None,
            number=None,
            warnings=0,
        )
        | given
    )
    text = {"batch", "status", "approval", "approved_by", "number"}
    return pd.DataFrame(
        {
            name: pd.Series([value] * count, dtype=TEXT if name in text else FLAG if name == "on_hold" else "int64")
            for name, value in row.items()
        }
    )
