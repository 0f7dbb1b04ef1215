"""The drafts: three frames that hold everything an invoice shows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

SELLER = (
    "name", "address_line_1", "address_line_2", "postcode", "city", "region", "country", "vat_id",
    "tax_registration", "iban", "bic",
)  # fmt: skip
BUYER = (
    "name", "reference", "type", "address_line_1", "address_line_2", "postcode", "city", "region", "country",
    "vat_id", "email",
)  # fmt: skip

INVOICE_COLUMNS = (
    "invoice_ref", "customer", "billing_entity", "series", "locale", "currency", "digits",
    "invoice_date", "date_rule", "planned_date", "due_date", "due_is_explicit", "payment_terms",
    "delivery_date", "period_start", "period_end", "po_number", "buyer_reference", "note", "footnote",
    "on_hold", "prices_include_tax", "tax_rounding", "net_total", "tax_total", "gross_total",
    "tax_currency", "tax_currency_digits", "tax_currency_total", "exchange_rate", "exchange_base", "exchange_date",
    "exchange_source", "wording", "custom", "rate_from", "rate_to", "sheet", "row",
    *(f"seller_{name}" for name in SELLER), *(f"buyer_{name}" for name in BUYER), "content_hash",
)  # fmt: skip
"""One row per invoice, in the order of the sheet; the index is 0, 1, 2 …

invoice_date is null where it is only known when final (`date_rule` is then when_final, else explicit,
end_of_period or after_period); planned_date is never null and is what due_date and tax rates were taken on.
rate_from and rate_to bound the invoice dates for which the tax stays right (null: no bound). digits are the
decimals of the currency's minor unit. wording holds the legal sentences, one per line of text. custom is a JSON
object of the custom fields. sheet and row say where the invoice was uploaded from. The tax_currency and
exchange columns are null unless tax is shown in a second currency. exchange_rate is units of one currency for
one unit of exchange_base. content_hash is the SHA-256 of everything that a reviewer sees.
"""

LINE_COLUMNS = (
    "invoice", "invoice_ref", "line", "product_item", "product", "line_name", "subline_name", "description",
    "type", "quantity", "unit", "unit_price", "base_quantity", "period_start", "period_end",
    "tax_code", "tax_category", "tax_rate", "tax_rule", "tax_reason", "net", "tax", "gross", "custom",
    "sheet", "row",
)  # fmt: skip
"""One row per line, invoice by invoice; `invoice` is the row number in `invoices`, `line` counts from 1.

tax_rate is the sum of the line's rates in percent; tax_rule the rule that won and tax_reason its sentence.
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
