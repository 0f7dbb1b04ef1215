"""Two drafts of one invoice → what differs, in words: fields and lines old → new, totals before → after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..columns import INVOICES, LINES, MASTER
from ..drafting.drafts import Drafts
from ..drafting.frames import places
from ..drafting.hashing import HASHED
from ..money import arrow
from ..problems import counted
from .pairing import paired_lines
from .values import shown

_TITLES = {
    **{name: str(c.title) for table in (LINES, INVOICES) for name, c in table.columns.items()},
    "line_name": "Product name", "subline_name": "Name",
    "series": "Number series", "locale": "Locale", "tax_rounding": "Tax rounding", "exchange_rate": "Exchange rate",
    "exchange_base": "Exchange base", "exchange_date": "Date of the exchange rate", "exchange_source": "Source of the rate",
    "tax_category": "Tax category", "tax_rate": "Tax rate", "tax_reason": "Reason of the tax", "tax_rule": "Rule of the tax",
    "planned_date": "Planned date", "date_rule": "Rule of the date", "net_total": "Net total", "tax_total": "Tax total",
    "gross_total": "Total", "tax_currency": "Tax currency", "tax_currency_digits": "Decimals of the tax currency",
    "tax_currency_total": "Tax in its currency", "due_is_explicit": "Due date given", "wording": "Wording",
    "digits": "Decimals", "net": "Net", "tax": "Tax", "gross": "Amount with tax",
}  # fmt: skip
_PARTIES = {"seller": ("billing entity", "billing_entity", "entities"), "buyer": ("customer", "customer", "customers")}
_KEYS = ("billing_entity", "customer")
_SOURCES = {"product_item": "product item", "product": "product", "tax_code": "tax code"}
_FOLLOWS = frozenset(
    {"invoice_ref", "planned_date", "date_rule", "period_start", "period_end", "net_total", "tax_total", "gross_total",
     "tax_currency", "tax_currency_digits", "tax_currency_total", "due_is_explicit", "wording", "digits", "exchange_base",
     "exchange_date", "exchange_source"}
)  # fmt: skip
"""Fields of an invoice that follow from others: told only where nothing else is."""
_LINE_FOLLOWS = frozenset({"line", "type", "tax_rule", "tax_reason", "tax_category", "net", "tax", "gross"})
_OF_TAX_CODE = frozenset({"tax_rate", "tax_category"})
_OF_PRODUCT = frozenset({"line_name", "subline_name", "unit", "unit_price"})

_SAID = 8
"""Differences of one invoice that are said in a sentence; JSON has them all."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; `line` is the number of its line, None for the invoice itself.

    `of` is whose it is in the master data, such as "customer C-1001", "" where it is the invoice's own. A line that only
    one of the two has is told by `label` alone.
    """

    label: str
    old: str = ""
    new: str = ""
    line: int | None = None
    of: str = ""

    @property
    def title(self) -> str:
        """What differs: "Unit price of line 2", "Name of customer C-1001"."""
        if self.line is not None:
            return f"{self.label} of line {self.line}" if self.old else self.label
        return f"{self.label} of {self.of}" if self.of else self.label

    @property
    def words(self) -> str:
        """What differs, and both values: "Unit price of line 2 950.00 → 980.00"."""
        return f"{self.title} {self.old} → {self.new}" if self.old else self.title


@dataclass(frozen=True, slots=True)
class Changed:
    """An invoice of which two drafts differ: the differences, and its net, tax and total before and after as text."""

    invoice_ref: str
    currency: str
    differences: tuple[Difference, ...]
    before: tuple[str, str, str]
    after: tuple[str, str, str]

    @property
    def words(self) -> str:
        """What differs in one sentence without its full stop, the first few of it; the total before and after."""
        more = len(self.differences) - _SAID
        rest = [counted(more, "further difference")] if more > 0 else []
        totals = f"total {self.before[2]} → {self.after[2]}" if self.before[2] != self.after[2] else "the total stays"
        return "; ".join((*(d.words for d in self.differences[:_SAID]), *rest, totals))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        names = ("net_total", "tax_total", "gross_total")
        return {
            "invoice_ref": self.invoice_ref,
            "words": self.words,
            "differences": [{"what": d.title, "before": d.old, "after": d.new} for d in self.differences],
            "currency": self.currency,
            **{when: _figures(names, getattr(self, when)) for when in ("before", "after")},
        }


def _figures(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    return {name: text.replace(",", "") for name, text in zip(names, texts, strict=True)}


def differences(before: Drafts, after: Drafts) -> list[Changed]:
    """Return what differs between two drafts of each invoice of `after`, in its order; `before` has the same refs.

    Fields that follow from others (sums, reasons) are told only where nothing else differs. An invoice without any
    difference in what its content hash covers is left out.
    """
    at = places(before.invoices["invoice_ref"], after.invoices["invoice_ref"])
    old = before.invoices.iloc[at].reset_index(drop=True)
    new = after.invoices.reset_index(drop=True)
    place = np.full(len(before.invoices), -1)
    place[at] = np.arange(len(at))
    old_lines = before.lines.assign(invoice=place[before.lines["invoice"].to_numpy()])
    rows = [*_of_headers(old, new), *_of_lines(old_lines, after.lines, new)]
    rows.sort(key=lambda row: row[:3])
    told: dict[int, list[Difference]] = {}
    behind: dict[int, list[Difference]] = {}
    for row, _, _, follows, difference in rows:
        (behind if follows else told).setdefault(row, []).append(difference)
    refs, currencies = new["invoice_ref"].tolist(), new["currency"].tolist()
    was, is_ = _totals(old), _totals(new)
    return [
        Changed(refs[i], currencies[i], tuple(told.get(i) or behind[i]), was[i], is_[i])
        for i in sorted(told.keys() | behind.keys())
    ]


_Row = tuple[int, int, int, bool, Difference]
"""The invoice, its line (0 for itself), the order of the column, whether it follows from others, and the difference."""


def _totals(invoices: pd.DataFrame) -> list[tuple[str, str, str]]:
    names = ("net_total", "tax_total", "gross_total")
    rows = zip(*(invoices[n].tolist() for n in names), invoices["digits"].tolist(), strict=True)
    return [(shown(net, names[0], d), shown(tax, names[1], d), shown(gross, names[2], d)) for net, tax, gross, d in rows]


def _of_headers(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[_Row]:
    moves = (new["date_rule"] == "when_final") & (old["date_rule"] == "when_final")
    fixed = {"invoice_date": moves, "planned_date": moves, "due_date": moves & ~_explicit(old) & ~_explicit(new)}
    for order, name in enumerate(HASHED["I"]):
        differs = _differs(old[name], new[name])
        if name in fixed:
            differs &= ~fixed[name].to_numpy(dtype=bool)
        places_: list[int] = np.flatnonzero(differs).tolist()
        columns = (places_, *_cells(old, places_, name), *_cells(new, places_, name, "digits", *_KEYS))
        for i, before, after, digits, *keys in zip(*columns, strict=True):
            for label, was, is_ in _labelled(name, before, after, digits):
                difference = Difference(label, was, is_, of=_party(name, keys))
                yield i, 0, order, name in _FOLLOWS, difference


def _explicit(invoices: pd.DataFrame) -> pd.Series:
    return invoices["due_is_explicit"].fillna(False).astype(bool)


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    a, b = arrow(old), arrow(new)
    same = pc.fill_null(pc.equal(a, b.cast(a.type)), False)
    neither = pc.and_(pc.is_null(a), pc.is_null(b))
    return np.asarray(pc.invert(pc.or_(same, neither)).to_numpy(zero_copy_only=False), dtype=bool)


def _labelled(name: str, old: Any, new: Any, digits: int) -> Iterator[tuple[str, str, str]]:
    """Yield label and both values; for custom fields one by one."""
    if name != "custom":
        yield _label(name), shown(old, name, digits), shown(new, name, digits)
        return
    was, is_ = (json.loads(text) if isinstance(text, str) else {} for text in (old, new))
    for key in dict.fromkeys([*was, *is_]):
        if was.get(key) != is_.get(key):
            yield key, shown(was.get(key), "custom", digits), shown(is_.get(key), "custom", digits)


def _label(name: str) -> str:
    party, _, field = name.partition("_")
    if party in _PARTIES:
        table = next(t for t in MASTER if t.name == _PARTIES[party][2])
        return str(table.columns[field].title)
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def _party(name: str, keys: Sequence[Any]) -> str:
    """Return whose a field of an invoice is in the master data; `keys` are the values of `_KEYS`."""
    party = name.partition("_")[0]
    return f"{_PARTIES[party][0]} {dict(zip(_KEYS, keys, strict=True))[_PARTIES[party][1]]}" if party in _PARTIES else ""


def _cells(frame: pd.DataFrame, rows: Sequence[int], *names: str) -> list[list[Any]]:
    some = frame.iloc[list(rows)]
    return [some[name].tolist() for name in names]


def _of_lines(old: pd.DataFrame, new: pd.DataFrame, invoices: pd.DataFrame) -> Iterator[_Row]:
    left, right = paired_lines(old, new)
    digits = invoices["digits"].tolist()
    yield from _alone(old, left[right < 0], "taken out", digits)
    yield from _alone(new, right[left < 0], "added", digits)
    both = (left >= 0) & (right >= 0)
    was, is_ = old.iloc[left[both]].reset_index(drop=True), new.iloc[right[both]].reset_index(drop=True)
    for order, name in enumerate(HASHED["L"]):
        rows: list[int] = [] if name == "line" else np.flatnonzero(_differs(was[name], is_[name])).tolist()
        columns = (*_cells(was, rows, name, "tax_code"), *_cells(is_, rows, name, "invoice", "line", *_SOURCES))
        for before, code, after, invoice, line, *keys in zip(*columns, strict=True):
            # Under another tax code than before, it is not the code whose rate has changed.
            of = "" if name in _OF_TAX_CODE and code != keys[-1] else _source(name, keys)
            for label, old_text, new_text in _labelled(name, before, after, digits[invoice]):
                difference = Difference(label, old_text, new_text, line, of)
                yield invoice, line, order, name in _LINE_FOLLOWS, difference


def _source(name: str, keys: Sequence[Any]) -> str:
    """Return whose a field of a line is in the master data, "" where it is its own; `keys` are the values of `_SOURCES`."""
    known = {
        what: f"{words} {key}" for (what, words), key in zip(_SOURCES.items(), keys, strict=True) if isinstance(key, str)
    }
    if name in _OF_TAX_CODE:
        return known.get("tax_code", "")
    return known.get("product_item", known.get("product", "")) if name in _OF_PRODUCT else ""


def _alone(lines: pd.DataFrame, rows: np.ndarray[Any, Any], what: str, digits: Sequence[int]) -> Iterator[_Row]:
    for invoice, line, name, net in zip(*_cells(lines, rows.tolist(), "invoice", "line", "line_name", "net"), strict=True):
        words = f"{shown(name, 'line_name', 0)}, {shown(net, 'net', digits[invoice])}"
        yield invoice, line, -1, False, Difference(f"Line {line} {what}: {words}", line=line)
