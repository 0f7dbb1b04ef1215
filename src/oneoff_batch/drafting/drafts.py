"""The drafts: three frames that hold everything an invoice shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from ..columns import DATE, FLAG, TEXT
from ..money import AMOUNT, FX, PERCENT, UNIT

SELLER = (
    "name", "address_line_1", "address_line_2", "postcode", "city", "region", "country", "vat_id",
    "tax_registration", "iban", "bic",
)  # fmt: skip
BUYER = (
    "name", "type", "address_line_1", "address_line_2", "postcode", "city", "region", "country",
    "vat_id", "email",
)  # fmt: skip

CORRECTION = ("preceding_number", "preceding_date", "credit_reason")
"""What a credit note says of the invoice that it corrects (EN 16931 BT-25 and BT-26); null on an invoice."""

INVOICE_COLUMNS = (
    "invoice_ref", "customer", "billing_entity", "series", "locale", "currency", "digits",
    "invoice_date", "date_rule", "planned_date", "due_date", "due_is_explicit", "payment_terms",
    "delivery_date", "period_start", "period_end", "po_number", "buyer_reference", "note", "footnote",
    "on_hold", "prices_include_tax", "tax_rounding", "net_total", "tax_total", "gross_total",
    "tax_currency", "tax_currency_digits", "tax_currency_total", "exchange_rate", "exchange_base", "exchange_date",
    "exchange_source", "wording", "custom", "rate_from", "rate_to", "sheet", "row",
    *(f"seller_{name}" for name in SELLER), *(f"buyer_{name}" for name in BUYER), "content_hash", *CORRECTION,
)  # fmt: skip
"""One row per invoice, in the order of the sheet; the index is 0, 1, 2 …

invoice_date is null where it is only known when final (`date_rule` is then when_final, else explicit,
end_of_period or after_period); planned_date is never null and is what due_date and tax rates were taken on.
rate_from and rate_to bound the invoice dates for which the tax stays right (null: no bound). digits are the
decimals of the currency's minor unit. payment_terms are those that due_date follows from: where that is explicit, only
the row's own, or null. wording holds the legal sentences, one per line of text. custom is a JSON
object of the custom fields. sheet and row say where the invoice was uploaded from. The tax_currency and
exchange columns are null unless tax is shown in a second currency. exchange_rate is units of one currency for
one unit of exchange_base.
A credit note has negative quantities and amounts, and CORRECTION. content_hash is the SHA-256 of everything that a
reviewer sees.
"""

LINE_COLUMNS = (
    "invoice", "invoice_ref", "line", "product_item", "product", "line_name", "subline_name", "description",
    "type", "quantity", "unit", "unit_price", "base_quantity", "period_start", "period_end",
    "tax_code", "tax_category", "tax_rate", "tax_rule", "tax_reason", "net", "tax", "gross", "custom",
    "sheet", "row", "credits_line",
)  # fmt: skip
"""One row per line, invoice by invoice; `invoice` is the row number in `invoices`, `line` counts from 1.

tax_rate is the sum of the line's rates in percent; tax_rule the rule that won and tax_reason its sentence.
credits_line is the line of the corrected invoice that a line of a credit note takes back, null on an invoice.
"""

TAX_COLUMNS = (
    "invoice", "invoice_ref", "tax_code", "name", "category", "rate", "compound", "taxable", "tax",
    "exemption_code", "reason",
)  # fmt: skip
"""One row per invoice, category and rate: the tax table (EN 16931 BG-23). rate is in percent."""


@dataclass(frozen=True)
class Drafts:
    """Draft invoices: status DRAFT, approval PENDING_REVIEW, without a number."""

    invoices: pd.DataFrame
    lines: pd.DataFrame
    taxes: pd.DataFrame

    def __len__(self) -> int:
        """Return the number of invoices."""
        return len(self.invoices)

    def only(self, wanted: pd.Series) -> Drafts:
        """Return the invoices where `wanted` (a flag per invoice, in order) is true, with their lines and taxes."""
        keep = wanted.to_numpy(dtype=bool)
        place = keep.cumsum() - 1
        parts = []
        for rows in (self.lines, self.taxes):
            owner = rows["invoice"].to_numpy()
            mine = keep[owner]
            parts.append(rows[mine].assign(invoice=place[owner[mine]]).reset_index(drop=True))
        return Drafts(self.invoices[keep].reset_index(drop=True), *parts)


_DTYPES: dict[str, Any] = {
    **dict.fromkeys(
        ("invoice_date", "planned_date", "due_date", "delivery_date", "period_start", "period_end",
         "exchange_date", "rate_from", "rate_to", "preceding_date"), DATE),
    **dict.fromkeys(("due_is_explicit", "on_hold", "prices_include_tax", "compound"), FLAG),
    **dict.fromkeys(
        ("net_total", "tax_total", "gross_total", "tax_currency_total", "net", "tax", "gross", "taxable"),
        pd.ArrowDtype(AMOUNT)),
    **dict.fromkeys(("quantity", "unit_price", "base_quantity"), pd.ArrowDtype(UNIT)),
    **dict.fromkeys(("tax_rate", "rate"), pd.ArrowDtype(PERCENT)),
    "exchange_rate": pd.ArrowDtype(FX),
    **dict.fromkeys(("digits", "invoice", "line"), "int64"),
    **dict.fromkeys(("tax_currency_digits", "row", "credits_line"), pd.ArrowDtype(pa.int64())),
}  # fmt: skip


def dtype_of_draft(name: str) -> Any:
    """Return the pandas dtype of a column of the drafts: text unless it is a date, a flag or a number."""
    return _DTYPES.get(name, TEXT)


def typed(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Return these columns in this order and in their types."""
    return pd.DataFrame({name: frame[name].astype(dtype_of_draft(name)) for name in columns})
