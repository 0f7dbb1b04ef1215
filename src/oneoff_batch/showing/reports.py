"""The tables of invoices, lines and taxes that people read in Excel and CSV: which columns, in which words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import INVOICES, LINES, TEXT
from ..drafting.drafts import Drafts
from ..money import AMOUNT
from .report_column import Column
from .words import NOTHING_TO_PAY, custom_fields

Spec = tuple[str, str, str]
"""Field, kind, and the title; an empty title is the one of the upload's schema."""

_USUAL, _WIDEST = 42, {"tax_reason": 75, "reason": 60, "wording": 60, "content_hash": 68}
"""Widths in characters that are enough: usually, and for sentences that a reviewer must be able to read."""

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
_OWN: Spec = ("custom", "", "")
"""Stands for the custom fields, each a column under its own name."""
_FINGERPRINT: Spec = ("content_hash", "id", "Fingerprint")
INVOICE_REPORT: tuple[Spec, ...] = (
    ("number", "id", "Invoice Number"),
    ("document", "text", "Document"),
    ("preceding_number", "id", "Corrects Number"),
    ("invoice_date", "day", ""),
    *_DATES[:1],
    ("status", "word", "Status"),
    ("payment", "word", "Payment"),
    ("paid", "amount", "Paid"),
    ("open", "amount", "Open"),
    *_PARTIES,
    *_MONEY,
    *_REFERENCES[:2],
    ("invoice_ref", "id", ""),
    ("batch", "id", "Batch"),
    ("final_at", "time", "Final At (UTC)"),
    *_STATES[1:],
    ("credit_reason", "text", "Reason of the Credit"),
    *_DATES[1:],
    *_REFERENCES[2:],
    _OWN,
    _FINGERPRINT,
)
"""The header table of the ledger (domain §10)."""
INVOICE_PREVIEW: tuple[Spec, ...] = (
    ("invoice_ref", "id", ""),
    ("buyer_name", "text", "Sold To Name"),
    ("warnings", "whole", "Warnings"),
    *_MONEY[:4],
    ("shown_date", "day", "Invoice Date"),
    ("date_rule", "word", "Date Set By"),
    *_DATES[:1],
    *_DATES[3:],
    *_REFERENCES[:2],
    ("number", "id", "Invoice Number"),
    ("document", "text", "Document"),
    ("preceding_number", "id", "Corrects Number"),
    *_STATES[:3],
    *(s for s in _PARTIES if s[0] in ("customer", "buyer_country", "buyer_vat_id", "billing_entity")),
    *_DATES[1:3],
    _OWN,
    *_REFERENCES[2:],
    *_MONEY[4:],
    ("sheet", "text", "From Sheet"),
    ("row", "whole", "From Row"),
    _FINGERPRINT,
)
"""What a reviewer sees of an invoice."""
_WHAT: tuple[Spec, ...] = (
    ("line_name", "text", "Line Name"),
    ("subline_name", "text", "Charge"),
    ("description", "text", ""),
)
_HOW_MUCH: tuple[Spec, ...] = (
    ("quantity", "number", ""),
    ("unit", "text", ""),
    ("unit_price", "price", ""),
    ("base_quantity", "number", ""),
)
_LINE_PERIOD: tuple[Spec, ...] = (("period_start", "day", ""), ("period_end", "day", ""))
_LINE_MONEY: tuple[Spec, ...] = (
    ("currency", "id", "Currency"),
    ("net", "amount", "Net"),
    ("tax", "amount", "Tax"),
    ("gross", "amount", "Gross"),
)
_LINE_TAX: tuple[Spec, ...] = (
    ("tax_code", "id", ""),
    ("tax_category", "id", "Tax Category"),
    ("tax_rate", "percent", "Tax Rate %"),
    ("tax_reason", "text", "Why This Tax"),
)
_PRODUCT: tuple[Spec, ...] = (("product_item", "id", ""), ("product", "id", ""))
_LINE: Spec = ("line", "whole", "")
_TYPE: Spec = ("type", "word", "")
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
LINE_REPORT = (
    _NUMBER, _DATE, _REF, *_BUYER[:1], _LINE, *_PRODUCT, *_WHAT, _TYPE, *_HOW_MUCH, *_LINE_PERIOD, *_LINE_MONEY,
    *_LINE_TAX, _OWN,
)  # fmt: skip
LINE_PREVIEW = (
    _REF, *_BUYER[1:], _LINE, *_WHAT, *_HOW_MUCH, *_LINE_MONEY, *_LINE_TAX, *_LINE_PERIOD, _TYPE, *_PRODUCT, _OWN,
)  # fmt: skip
TAX_REPORT = (_NUMBER, _DATE, _REF, *_BUYER[:1], ("buyer_country", "id", "Sold To Country"), *_TAX_BODY)
PAYMENT_REPORT: tuple[Spec, ...] = (
    ("number", "id", "Invoice Number"),
    ("invoice_ref", "id", ""),
    ("billing_entity", "id", ""),
    ("customer", "id", "Sold To Customer"),
    ("buyer_name", "text", "Sold To Name"),
    ("currency", "id", ""),
    ("paid_on", "day", "Paid On"),
    ("amount", "amount", "Amount"),
    ("reference", "text", "Reference"),
    ("entered_by", "text", "Entered By"),
    ("entered_at", "time", "Entered At (UTC)"),
    ("file", "text", "From File"),
)
TAX_PREVIEW = (_REF, *_BUYER[1:], *_TAX_BODY)


def invoice_columns(
    drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec], own_fields: Sequence[str] | None = None
) -> list[Column]:
    """Return the columns of the invoice table; `states` is aligned with the invoices by position.

    `own_fields` are the custom fields that get a column; without them it is those that some invoice has.
    """
    index = drafts.invoices.index
    own = {"preceding_number", "credit_reason"}
    beside = {name: states[name].set_axis(index) for name in states.columns if name not in own}
    beside = {**_unpaid(index), **beside, "document": _document(drafts.invoices["preceding_number"])}
    dated = drafts.invoices["invoice_date"].fillna(drafts.invoices["planned_date"])
    wording = drafts.invoices["wording"].str.replace("\n", "; ")
    frame = drafts.invoices.assign(**(beside | {"payment": _payment(beside)}), shown_date=dated, wording=wording)
    return _columns(frame, specs, {name: INVOICES.title_of(name) for name in INVOICES.columns}, own_fields)


def _unpaid(index: pd.Index) -> dict[str, pd.Series]:
    """Return the payment columns of invoices of which nobody has asked what was paid."""
    nothing = pd.Series(None, index=index, dtype=pd.ArrowDtype(AMOUNT))
    return {"payment": pd.Series(None, index=index, dtype=TEXT), "paid": nothing, "open": nothing}


def _payment(beside: Mapping[str, pd.Series]) -> pd.Series:
    """Return where payments stand; an invoice that was credited in full was not paid, there is nothing to pay."""
    settled = (beside["open"] == 0) & (beside["paid"] == 0)
    return beside["payment"].mask(settled.fillna(False).astype(bool), NOTHING_TO_PAY)


def _document(preceding: pd.Series) -> pd.Series:
    """Return what each one is in words: an invoice, or a credit note."""
    words = pd.Series("Invoice", index=preceding.index, dtype=TEXT)
    return words.mask(preceding.notna(), "Credit note")


def line_columns(
    drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec], own_fields: Sequence[str] | None = None
) -> list[Column]:
    """Return the columns of the line table, with what is needed of each line's invoice beside it."""
    titles = {name: LINES.title_of(name) for name in LINES.columns}
    return _columns(_beside_invoice(drafts.lines, drafts, states), specs, titles, own_fields)


def tax_columns(drafts: Drafts, states: pd.DataFrame, specs: Iterable[Spec]) -> list[Column]:
    """Return the columns of the tax table, one row per invoice, category and rate (EN 16931 BG-23)."""
    titles = {name: LINES.title_of(name) for name in LINES.columns}
    return _columns(_beside_invoice(drafts.taxes, drafts, states), specs, titles)


def payment_columns(payments: pd.DataFrame, specs: Iterable[Spec] = PAYMENT_REPORT) -> list[Column]:
    """Return the columns of the payment table: one row per payment, in the order of entry."""
    return _columns(payments, specs, {name: INVOICES.title_of(name) for name in INVOICES.columns})


def _beside_invoice(rows: pd.DataFrame, drafts: Drafts, states: pd.DataFrame) -> pd.DataFrame:
    invoice = rows["invoice"].to_numpy()
    wanted = {
        name: drafts.invoices[name] for name in ("invoice_date", "customer", "buyer_name", "buyer_country", "currency")
    }
    wanted["number"] = states["number"]
    taken = {name: values.take(invoice).set_axis(rows.index) for name, values in wanted.items()}
    return rows.assign(**taken)


def _columns(
    frame: pd.DataFrame, specs: Iterable[Spec], titles: dict[str, str], own_fields: Sequence[str] | None = None
) -> list[Column]:
    made: list[Column] = []
    for field, kind, title in specs:
        if field == _OWN[0]:
            made += custom_columns(frame[field], own_fields)
        else:
            words, currency = title or heading(titles[field]), _currency(frame, kind)
            made.append(Column(words, _kind(kind), frame[field], currency, _WIDEST.get(field, _USUAL), field=field))
    return made


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


def custom_columns(custom: pd.Series, names: Sequence[str] | None = None) -> list[Column]:
    """Return one text column per custom field of a column of JSON objects, under its own name: `names`, or all found."""
    encoded = _encoded(custom)
    objects = [dict(custom_fields(text)) for text in encoded.dictionary.to_pylist()]
    names = list(dict.fromkeys(name for o in objects for name in o)) if names is None else names
    return [Column(name, "text", _taken([o.get(name) for o in objects], encoded, custom)) for name in names]


def _encoded(values: pd.Series) -> pa.DictionaryArray:
    array = pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array.cast(pa.string()).dictionary_encode()


def _taken(found: Sequence[str | None], encoded: pa.DictionaryArray, like: pd.Series) -> pd.Series:
    column = pc.take(pa.array(found, pa.string()), encoded.indices)
    return pd.Series(column.to_pandas(), index=like.index, dtype=TEXT)
