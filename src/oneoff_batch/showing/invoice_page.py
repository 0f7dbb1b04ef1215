"""The page of one invoice: its display text, prepared in columns for a chunk of invoices at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jinja2 import Template

from ..drafting.drafts import BUYER, SELLER, Drafts
from . import formats, words
from .formats import Texts, mapped

CHUNK = 2_000
"""Invoices that are prepared at a time: memory stays flat however many there are."""
_PLAIN = (
    "invoice_ref", "customer", "currency", "payment_terms", "po_number", "buyer_reference", "note", "footnote",
    "tax_currency", "exchange_base", "exchange_source", "preceding_number", "credit_reason",
)  # fmt: skip
_DATES = ("invoice_date", "planned_date", "due_date", "delivery_date", "exchange_date", "preceding_date")


class Line(NamedTuple):
    """One line as it is read; `heading` is empty where the line before has the same name."""

    position: int
    heading: str
    name: str
    description: str
    period: str
    custom: tuple[tuple[str, str], ...]
    quantity: str
    unit: str
    price: str
    per: str
    rate: str
    amount: str
    deduction: bool
    reason: str


class Tax(NamedTuple):
    """One row of the tax table as it is read."""

    name: str
    category: str
    words: str
    rate: str
    taxable: str
    tax: str
    reason: str


def rendered(drafts: Drafts, states: pd.DataFrame, template: Template, chunk: int = CHUNK) -> Iterator[str]:
    """Yield the page of every invoice, in order. `states` stands beside the invoices row by row."""
    lines, taxes = (frame.sort_values("invoice", kind="stable") for frame in (drafts.lines, drafts.taxes))
    for start in range(0, len(drafts.invoices), chunk):
        stop = min(start + chunk, len(drafts.invoices))
        part = drafts.invoices.iloc[start:stop].reset_index(drop=True)
        owned_lines, line_ends = _owned(lines, start, stop)
        owned_taxes, tax_ends = _owned(taxes, start, stop)
        rows = _line_rows(owned_lines, part)
        tax_rows = _tax_rows(owned_taxes, part)
        for i, page in enumerate(_faces(part, states.iloc[start:stop].reset_index(drop=True))):
            page["lines"] = rows[line_ends[i] : line_ends[i + 1]]
            page["taxes"] = tax_rows[tax_ends[i] : tax_ends[i + 1]]
            page["hide_vat_ids"] = bool(page["taxes"]) and all(t.category == "O" for t in page["taxes"])
            yield template.render(page)


def _owned(frame: pd.DataFrame, start: int, stop: int) -> tuple[pd.DataFrame, Any]:
    """Return the rows of a chunk, and where each invoice's rows begin among them."""
    ends = np.searchsorted(frame["invoice"].to_numpy(), np.arange(start, stop + 1))
    part = frame.iloc[ends[0] : ends[-1]]
    return part.assign(invoice=part["invoice"] - start).reset_index(drop=True), (ends - ends[0]).tolist()


def _faces(invoices: pd.DataFrame, states: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield, per invoice, everything but its lines and taxes."""
    columns: dict[str, Any] = {
        **{name: formats.words(invoices[name]) for name in _PLAIN},
        **{name: formats.days(invoices[name], invoices["locale"]) for name in _DATES},
        **_amounts(invoices),
        **_parties(invoices),
        **_states(states),
        "period": formats.periods(invoices["period_start"], invoices["period_end"], invoices["locale"]),
        "inclusive": invoices["prices_include_tax"].fillna(False).to_numpy(dtype=bool).tolist(),
        "wording": [text.splitlines() for text in formats.words(invoices["wording"])],
        "custom": _each(invoices["custom"], words.custom_fields),
    }
    names = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(names, row, strict=True))


def _amounts(invoices: pd.DataFrame) -> dict[str, Texts]:
    locales, digits = invoices["locale"], invoices["digits"]
    base, own, other = (formats.words(invoices[c]) for c in ("exchange_base", "currency", "tax_currency"))
    tax_digits = invoices["tax_currency_digits"].fillna(2)
    return {
        **{n: formats.amounts(invoices[n], locales, digits) for n in ("net_total", "tax_total", "gross_total")},
        "due": formats.priced(invoices["gross_total"], invoices["currency"], locales, digits),
        "to_pay": formats.mapped(invoices["gross_total"] > 0, lambda positive: "yes" if positive else ""),
        "tax_currency_total": formats.priced(invoices["tax_currency_total"], invoices["tax_currency"], locales, tax_digits),
        "exchange_rate": formats.quantities(invoices["exchange_rate"], locales),
        "exchange_other": np.where(base == own, other, own),
    }


def _parties(invoices: pd.DataFrame) -> dict[str, Any]:
    """Seller and buyer as one tuple each: their fields by name, the address as lines."""
    found: dict[str, Any] = {}
    for side, fields in (("seller", SELLER), ("buyer", BUYER)):
        columns = {f: formats.words(invoices[f"{side}_{f}"]) for f in fields}
        found.update({f"{side}_{f}": columns[f] for f in fields if not f.startswith("address")})
        land = mapped(invoices[f"{side}_country"], formats.country)
        parts = [columns[f] for f in ("address_line_1", "address_line_2", "postcode", "city", "region", "country")]
        found[f"{side}_address"] = list(map(words.address, *parts, land))
    return {**found, "seller_iban": mapped(invoices["seller_iban"], words.account)}


def _states(states: pd.DataFrame) -> dict[str, Any]:
    """Status, approval and number; `credited_by` names the credit notes that correct an invoice."""
    blank = pd.Series("", index=states.index, dtype="str")
    return {
        "batch": formats.words(states["batch"].astype("str")),
        "number": formats.words(states["number"].astype("str")),
        "status": _each(states["status"], words.status),
        "approval": _each(states["approval"], words.approval),
        "approved_by": formats.words(states["approved_by"].astype("str")),
        "on_hold": states["on_hold"].fillna(False).to_numpy(dtype=bool).tolist(),
        "warnings": warning_counts(states),
        "credited_by": formats.words(states.get("credited_by", blank).astype("str")),
    }


def warning_counts(states: pd.DataFrame) -> list[int]:
    """Return how many warnings each invoice has; none where the column is missing."""
    if "warnings" not in states:
        return [0] * len(states)
    return [int(n) for n in states["warnings"].fillna(0)]


def _line_rows(lines: pd.DataFrame, invoices: pd.DataFrame) -> list[Line]:
    """Return the lines in their order. Lines of one name that follow each other share a heading; none is merged."""
    locale, digits, inclusive = (_of(invoices[c], lines) for c in ("locale", "digits", "prices_include_tax"))
    name, sub = formats.words(lines["line_name"]), formats.words(lines["subline_name"])
    description = formats.words(lines["description"])
    owner = lines["invoice"].to_numpy()
    first = np.ones(len(lines), dtype=bool)
    first[1:] = (name[1:] != name[:-1]) | (owner[1:] != owner[:-1])
    shown = np.where(sub != "", sub, name)
    amount = lines["gross"].where(inclusive.fillna(False).to_numpy(dtype=bool), lines["net"])
    base = formats.quantities(lines["base_quantity"], locale)
    columns: list[Any] = [
        lines["line"].tolist(),
        np.where(first & (sub != ""), name, ""),
        shown,
        np.where(shown == description, "", description),
        formats.periods(lines["period_start"], lines["period_end"], locale),
        _each(lines["custom"], words.custom_fields),
        formats.quantities(lines["quantity"], locale),
        formats.words(lines["unit"]),
        formats.amounts(lines["unit_price"], locale, digits),
        np.where(base == "1", "", base),
        _rates(lines["tax_rate"], lines["tax_category"], locale),
        formats.amounts(amount, locale, digits),
        (formats.words(lines["type"]) == "deduction").tolist(),
        formats.words(lines["tax_reason"]),
    ]
    return list(map(Line, *columns))


def _tax_rows(taxes: pd.DataFrame, invoices: pd.DataFrame) -> list[Tax]:
    locale, digits = (_of(invoices[c], taxes) for c in ("locale", "digits"))
    columns: list[Any] = [
        formats.words(taxes["name"]),
        formats.words(taxes["category"]),
        _each(taxes["category"], words.category),
        _rates(taxes["rate"], taxes["category"], locale),
        formats.amounts(taxes["taxable"], locale, digits),
        formats.amounts(taxes["tax"], locale, digits),
        formats.words(taxes["reason"]),
    ]
    return list(map(Tax, *columns))


def _rates(rates: pd.Series, categories: pd.Series, locale: pd.Series) -> Texts:
    """Rates as percentages; what is outside the scope of tax has none (EN 16931 BR-O-05)."""
    return np.where(formats.words(categories) == "O", "\N{EN DASH}", formats.percents(rates, locale))


def _of(values: pd.Series, owned: pd.DataFrame) -> pd.Series:
    """Return each line's or tax row's value of its invoice."""
    return values.take(owned["invoice"].to_numpy()).reset_index(drop=True)


def _each(values: pd.Series, say: Callable[[str], Any]) -> list[Any]:
    return [say(text) for text in formats.words(values)]
