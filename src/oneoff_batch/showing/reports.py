"""The tables of invoices, lines and taxes that people read in Excel and CSV: which columns, in which words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import INVOICES, LINES, TEXT
from ..drafting.drafts import Drafts
from .report_column import Column
from .words import custom_fields

Spec = tuple[str, str, str]
"""Field, kind, and the title; an empty title is the one of the upload's schema."""

_DATES: tuple[Spec, ...] = (
    ("due_date", "day", ""),
    ("payment_terms", "text", ""),
    ("delivery_date", "day", ""),
    ("period_start", "day", "Period Start"),
    ("period_end", "day", "Period End"),
)
_PARTIES: tuple[Spec, ...] = (
    ("billing_entity", "id", "Sold From Entity"),
    ("seller_name", "text", "Sold From Name"),
    ("seller_country", "id", "Sold From Country"),
    ("seller_vat_id", "id", "Seller Tax ID"),
    ("customer", "id", "Sold To Customer"),
    ("buyer_name", "text", "Sold To Name"),
    ("buyer_country", "id", "Sold To Country"),
    ("buyer_vat_id", "id", "Tax ID"),
)
_MONEY: tuple[Spec, ...] = (
    ("currency", "id", ""),
    ("net_total", "amount", "Net Total"),
    ("tax_total", "amount", "Tax Total"),
    ("gross_total", "amount", "Gross Total"),
    ("tax_currency", "id", "Tax Currency"),
    ("tax_currency_total", "tax amount", "Tax Total in Tax Currency"),
    ("exchange_rate", "fx", "Exchange Rate"),
    ("exchange_base", "id", "Exchange Rate Base"),
    ("exchange_date", "day", "Exchange Rate Date"),
    ("exchange_source", "text", "Exchange Rate Source"),
)
_REFERENCES: tuple[Spec, ...] = (
    ("po_number", "id", ""),
    ("buyer_reference", "text", ""),
    ("note", "text", ""),
    ("footnote", "text", ""),
    ("wording", "text", "Legal Wording"),
    ("prices_include_tax", "flag", ""),
    ("tax_rounding", "word", "Tax Rounding"),
)
_STATES: tuple[Spec, ...] = (
    ("status", "word", "Status"),
    ("on_hold", "flag", ""),
    ("approval", "word", "Approval"),
    ("approved_by", "text", "Approved By"),
)
INVOICE_REPORT: tuple[Spec, ...] = (
    ("number", "id", "Invoice Number"),
    ("invoice_date", "day", ""),
    *_DATES[:1],
    ("status", "word", "Status"),
    *_PARTIES,
    *_MONEY,
    *_REFERENCES[:2],
    ("invoice_ref", "id", ""),
    ("batch", "id", "Batch"),
    ("final_at", "time", "Final At (UTC)"),
    *_STATES[1:],
    *_DATES[1:],
    *_REFERENCES[2:],
    ("content_hash", "id", "Fingerprint"),
)
"""The header table of the ledger (domain §10)."""
INVOICE_PREVIEW: tuple[Spec, ...] = (
    ("invoice_ref", "id", ""),
    ("number", "id", "Invoice Number"),
    *_STATES[:3],
    *(s for s in _PARTIES if s[0] in ("customer", "buyer_name", "buyer_country", "buyer_vat_id", "billing_entity")),
    ("shown_date", "day", "Invoice Date"),
    ("date_rule", "word", "Date Set By"),
    *_DATES,
    *_MONEY,
    *_REFERENCES,
    ("sheet", "text", "From Sheet"),
    ("row", "whole", "From Row"),
    ("content_hash", "id", "Fingerprint"),
)
"""What a reviewer sees of an invoice."""
_LINE_BODY: tuple[Spec, ...] = (
    ("line", "whole", ""),
    ("product_item", "id", ""),
    ("product", "id", ""),
    ("line_name", "text", "Line Name"),
    ("subline_name", "text", "Charge"),
    ("description", "text", ""),
    ("type", "word", ""),
    ("quantity", "number", ""),
    ("unit", "text", ""),
    ("unit_price", "price", ""),
    ("base_quantity", "number", ""),
    ("period_start", "day", ""),
    ("period_end", "day", ""),
    ("currency", "id", "Currency"),
    ("net", "amount", "Net"),
    ("tax", "amount", "Tax"),
    ("gross", "amount", "Gross"),
    ("tax_code", "id", ""),
    ("tax_category", "id", "Tax Category"),
    ("tax_rate", "percent", "Tax Rate %"),
    ("tax_reason", "text", "Why This Tax"),
)
_TAX_BODY: tuple[Spec, ...] = (
    ("currency", "id", "Currency"),
    ("tax_code", "id", "Tax Code"),
    ("name", "text", "Tax Name"),
    ("category", "id", "Tax Category"),
    ("rate", "percent", "Tax Rate %"),
    ("compound", "flag", "Compound"),
    ("taxable", "amount", "Taxable Amount"),
    ("tax", "amount", "Tax Amount"),
    ("exemption_code", "id", "Exemption Code"),
    ("reason", "text", "Reason"),
)
_NUMBER: Spec = ("number", "id", "Invoice Number")
_DATE: Spec = ("invoice_date", "day", "Invoice Date")
_REF: Spec = ("invoice_ref", "id", "")
_BUYER: tuple[Spec, ...] = (("customer", "id", "Sold To Customer"), ("buyer_name", "text", "Sold To Name"))
LINE_REPORT = (_NUMBER, _DATE, _REF, *_BUYER[:1], *_LINE_BODY)
LINE_PREVIEW = (_REF, *_BUYER[1:], *_LINE_BODY)
TAX_REPORT = (_NUMBER, _DATE, _REF, *_BUYER[:1], ("buyer_country", "id", "Sold To Country"), *_TAX_BODY)
TAX_PREVIEW = (_REF, *_BUYER[1:], *_TAX_BODY)


def invoice_columns(drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec]) -> list[Column]:
    """Return the columns of the invoice table; `states` is aligned with the invoices by position."""
    beside = {name: states[name].set_axis(drafts.invoices.index) for name in states.columns}
    dated = drafts.invoices["invoice_date"].fillna(drafts.invoices["planned_date"])
    frame = drafts.invoices.assign(**beside, shown_date=dated)
    titles = {name: INVOICES.title_of(name) for name in INVOICES.columns}
    return [*_columns(frame, specs, titles), *custom_columns(drafts.invoices["custom"])]


def line_columns(drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec]) -> list[Column]:
    """Return the columns of the line table, with what is needed of each line's invoice beside it."""
    titles = {name: LINES.title_of(name) for name in LINES.columns}
    frame = _beside_invoice(drafts.lines, drafts, states)
    return [*_columns(frame, specs, titles), *custom_columns(drafts.lines["custom"])]


def tax_columns(drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec]) -> list[Column]:
    """Return the columns of the tax table, one row per invoice, category and rate (EN 16931 BG-23)."""
    titles = {name: LINES.title_of(name) for name in LINES.columns}
    return _columns(_beside_invoice(drafts.taxes, drafts, states), specs, titles)


def _beside_invoice(rows: pd.DataFrame, drafts: Drafts, states: pd.DataFrame) -> pd.DataFrame:
    invoice = rows["invoice"].to_numpy()
    wanted = {
        name: drafts.invoices[name] for name in ("invoice_date", "customer", "buyer_name", "buyer_country", "currency")
    }
    wanted["number"] = states["number"]
    taken = {name: values.take(invoice).set_axis(rows.index) for name, values in wanted.items()}
    return rows.assign(**taken)


def _columns(frame: pd.DataFrame, specs: Iterable[Spec], titles: dict[str, str]) -> list[Column]:
    return [
        Column(title or heading(titles[field]), _kind(kind), frame[field], _currency(frame, kind))
        for field, kind, title in specs
    ]


def _kind(kind: str) -> str:
    return "amount" if kind == "tax amount" else kind


def _currency(frame: pd.DataFrame, kind: str) -> pd.Series | None:
    """Return the currency that amounts are in; tax may be shown in a second one."""
    if kind in ("amount", "price"):
        return frame["currency"]
    return frame["tax_currency"].fillna(frame["currency"]) if kind == "tax amount" else None


def heading(title: str) -> str:
    """Return a schema's title as a report writes its headings: "Invoice date" is "Invoice Date"."""
    return " ".join(word[:1].upper() + word[1:] for word in title.split(" "))


def custom_columns(custom: pd.Series) -> list[Column]:
    """Return one text column per custom field found in a column of JSON objects, under the field's own name."""
    encoded = _encoded(custom)
    objects = [dict(custom_fields(text)) for text in encoded.dictionary.to_pylist()]
    names = dict.fromkeys(name for o in objects for name in o)
    return [Column(name, "text", _taken([o.get(name) for o in objects], encoded, custom)) for name in names]


def _encoded(values: pd.Series) -> pa.DictionaryArray:
    array = pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array.cast(pa.string()).dictionary_encode()


def _taken(found: Sequence[str | None], encoded: pa.DictionaryArray, like: pd.Series) -> pd.Series:
    column = pc.take(pa.array(found, pa.string()), encoded.indices)
    return pd.Series(column.to_pandas(), index=like.index, dtype=TEXT)
