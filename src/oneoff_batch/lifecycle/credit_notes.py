"""Credit notes as drafts: what is asked for, held against what is left, written like the invoice that it corrects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ..columns import FLAG, TEXT
from ..drafting.drafts import BUYER, INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts, typed
from ..drafting.hashing import content_hash
from ..money import UNIT, from_minor, money, to_minor
from ..problems import Problem
from .asking import KEY, Ask, Earlier, Request, so_far_of
from .credits import Credit, Original, TooMuch
from .tax_parts import TaxedLine, TaxRow

KIND = "credit"
"""The kind of a batch of credit notes."""
AT_ONCE = "due on receipt"
"""Payment terms of a credit note: nobody waits for money that is owed to the customer."""


@dataclass(frozen=True)
class Corrected:
    """Final invoices to be credited: what the book holds of them, by place: `ids`, `drafts`, `numbers`, `earlier`."""

    ids: Sequence[int]
    drafts: Drafts
    numbers: Sequence[str]
    earlier: Sequence[Earlier]


@dataclass(frozen=True)
class Terms:
    """What credit notes are drafted with: the day, the series by billing entity ("" for any other), customers as of today.

    `customers` is None where they are taken as they stand on the invoice; else the columns of `BUYER` by customer.
    """

    today: date
    series: Mapping[str, str]
    customers: Mapping[str, Mapping[str, Any]] | None = None

    def series_of(self, entity: str) -> str:
        """The series from which an entity's credit notes take their numbers."""
        return self.series.get(entity) or self.series[""]


@dataclass(frozen=True)
class _Note:
    """One credit note: the place of its invoice, its ref and reason, and what it takes."""

    at: int
    ref: str
    reason: str
    original: Original
    credit: Credit


def credit_notes(requests: Sequence[Request], corrected: Corrected, terms: Terms) -> tuple[Drafts, list[Problem]]:
    """Return the drafts of credit notes, in the order of the requests, and why others are refused (E550 to E558).

    Pure, so that it can run where nothing can come between: inside the transaction that writes what it returns.
    """
    places = {id_: at for at, id_ in enumerate(corrected.ids)}
    originals = _originals(corrected.drafts)
    notes: list[_Note] = []
    problems: list[Problem] = []
    for request in requests:
        at = places[request.id]
        note, faults = _note(request, at, originals[at], corrected, terms)
        problems += faults
        notes += [note] if note is not None else []
    return _drafts(notes, corrected, terms), problems


def _originals(drafts: Drafts) -> list[Original]:
    """Return invoices in whole minor units."""
    invoices = drafts.invoices
    lines, taxes = _grouped(drafts.lines, invoices, _taxed), _grouped(drafts.taxes, invoices, _tax_row)
    second = invoices["tax_currency_total"]
    known = second.notna()
    totals: dict[Any, int] = {}
    if known.any():
        digits = invoices.loc[known, "tax_currency_digits"].astype("int64")
        totals = to_minor(second[known], digits).to_dict()
    inclusive = invoices["prices_include_tax"].fillna(False).tolist()
    return [Original(lines.get(i, []), taxes.get(i, []), bool(inclusive[i]), totals.get(i)) for i in range(len(invoices))]


def _grouped(rows: pd.DataFrame, invoices: pd.DataFrame, made: Any) -> dict[int, list[Any]]:
    owner = rows["invoice"].tolist()
    digits = invoices["digits"].take(rows["invoice"].to_numpy()).set_axis(rows.index)
    found: dict[int, list[Any]] = {}
    for i, one in zip(owner, made(rows, digits), strict=True):
        found.setdefault(i, []).append(one)
    return found


def _texts(values: pd.Series) -> list[str]:
    return ["" if v is None or pd.isna(v) else str(v) for v in values.tolist()]


def _taxed(rows: pd.DataFrame, digits: pd.Series) -> list[TaxedLine]:
    net, tax = to_minor(rows["net"], digits).tolist(), to_minor(rows["tax"], digits).tolist()
    names, rates = (_texts(rows["tax_code"]), _texts(rows["tax_category"])), rows["tax_rate"].tolist()
    return [TaxedLine(*cells) for cells in zip(rows["line"].tolist(), *names, rates, net, tax, strict=True)]


def _tax_row(rows: pd.DataFrame, digits: pd.Series) -> list[TaxRow]:
    taxable, tax = to_minor(rows["taxable"], digits).tolist(), to_minor(rows["tax"], digits).tolist()
    names = (_texts(rows["tax_code"]), _texts(rows["category"]))
    compound = [flag is True for flag in rows["compound"].tolist()]
    return [TaxRow(*cells) for cells in zip(*names, rows["rate"].tolist(), compound, taxable, tax, strict=True)]


def keys_of(taxes: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return `KEY` of each row of tax tables, as text."""
    return list(zip(*(_texts(taxes[name]) for name in KEY), strict=True))


def _note(
    request: Request, at: int, original: Original, corrected: Corrected, terms: Terms
) -> tuple[_Note | None, list[Problem]]:
    header, earlier = corrected.drafts.invoices.iloc[at], corrected.earlier[at]
    ref, number = str(header["invoice_ref"]), corrected.numbers[at]
    if header["preceding_number"] is not None and not pd.isna(header["preceding_number"]):
        return None, [Problem("E553", invoice_ref=ref, value=number, **request.wanted[0].where)]
    taxes = corrected.drafts.taxes[corrected.drafts.taxes["invoice"] == at]
    ask = Ask(
        ref, number, str(header["currency"]), int(header["digits"]), original, so_far_of(earlier, keys_of(taxes)), earlier
    )
    problems = ask.refused(request.wanted)
    if terms.customers is not None and str(header["customer"]) not in terms.customers:
        problems.append(Problem("E558", invoice_ref=ref, value=str(header["customer"]), **request.wanted[0].where))
    if problems:
        return None, problems
    try:
        credit = ask.credit(request.wanted)
    except TooMuch as fault:
        return None, [ask.too_much(fault, request.wanted[0], _texts(taxes["name"]))]
    return _Note(at, earlier.next_ref, request.reason, original, credit), []


def _drafts(notes: Sequence[_Note], corrected: Corrected, terms: Terms) -> Drafts:
    """Write credit notes into frames: rows of the invoices, with what differs."""
    source = corrected.drafts
    invoices = _invoices(notes, corrected, terms)
    lines, taxes = _lines(notes, source.lines, invoices), _taxes(notes, source.taxes, invoices)
    drafts = Drafts(typed(invoices, INVOICE_COLUMNS), typed(lines, LINE_COLUMNS), typed(taxes, TAX_COLUMNS))
    worded = drafts.invoices.assign(wording=_wording(drafts.taxes, len(notes)))
    drafts = Drafts(worded, drafts.lines, drafts.taxes)
    return Drafts(worded.assign(content_hash=content_hash(drafts)), drafts.lines, drafts.taxes)


def _invoices(notes: Sequence[_Note], corrected: Corrected, terms: Terms) -> pd.DataFrame:
    rows = corrected.drafts.invoices.iloc[[n.at for n in notes]].reset_index(drop=True)
    count, digits = len(notes), rows["digits"]
    days = pd.Series([terms.today] * count, dtype=rows["planned_date"].dtype)
    nothing: dict[str, Any] = dict.fromkeys(("invoice_date", "note", "footnote", "rate_from", "rate_to", "sheet", "row"))
    net = [-sum(a for a, _ in n.credit.lines.values()) for n in notes]
    tax = [-sum(b for _, b in n.credit.lines.values()) for n in notes]
    second = [None if n.credit.tax_currency_total is None else -n.credit.tax_currency_total for n in notes]
    return rows.assign(
        **nothing,
        **_buyers(rows, terms),
        invoice_ref=pd.Series([n.ref for n in notes], dtype=TEXT),
        series=pd.Series([terms.series_of(str(e)) for e in rows["billing_entity"]], dtype=TEXT),
        date_rule="when_final",
        planned_date=days,
        due_date=days,
        due_is_explicit=pd.Series([False] * count, dtype=FLAG),
        payment_terms=AT_ONCE,
        on_hold=pd.Series([True] * count, dtype=FLAG),
        preceding_number=pd.Series([corrected.numbers[n.at] for n in notes], dtype=TEXT),
        preceding_date=rows["invoice_date"],
        credit_reason=pd.Series([n.reason for n in notes], dtype=TEXT),
        net_total=from_minor(pd.Series(net, dtype="int64"), digits),
        tax_total=from_minor(pd.Series(tax, dtype="int64"), digits),
        gross_total=from_minor(pd.Series([a + b for a, b in zip(net, tax, strict=True)], dtype="int64"), digits),
        tax_currency_total=from_minor(pd.Series(second, dtype="Int64"), rows["tax_currency_digits"].fillna(2)),
    )


def _buyers(rows: pd.DataFrame, terms: Terms) -> dict[str, pd.Series]:
    """Return the customers' details of today, where they are asked for."""
    known = terms.customers
    if known is None:
        return {}
    return {f"buyer_{n}": pd.Series([known[str(c)][n] for c in rows["customer"]], dtype=TEXT) for n in BUYER}


def _lines(notes: Sequence[_Note], source: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    places = {(i, line): place for place, (i, line) in enumerate(zip(source["invoice"], source["line"], strict=True))}
    taken = [(k, places[n.at, line], *cells) for k, n in enumerate(notes) for line, cells in _in_order(n)]
    owner, place, net, tax = (list(c) for c in zip(*taken, strict=True)) if taken else ([], [], [], [])
    rows = source.iloc[place].reset_index(drop=True)
    digits = invoices["digits"].take(owner).reset_index(drop=True)
    inclusive = invoices["prices_include_tax"].fillna(False).astype(bool).take(owner).reset_index(drop=True)
    amounts = {
        "net": from_minor(pd.Series(net, dtype="int64").mul(-1), digits),
        "tax": from_minor(pd.Series(tax, dtype="int64").mul(-1), digits),
    }
    gross = from_minor(pd.Series([-a - b for a, b in zip(net, tax, strict=True)], dtype="int64"), digits)
    whole = rows["gross"].where(inclusive, rows["net"])
    taken_back = gross.where(inclusive, amounts["net"])
    same = (taken_back == -whole).to_numpy(dtype=bool)
    count = pd.Series(owner, dtype="int64").groupby(owner).cumcount() + 1 if owner else pd.Series([], dtype="int64")
    return rows.assign(
        **_priced(rows, taken_back, same),
        **amounts,
        gross=gross,
        invoice=pd.Series(owner, dtype="int64"),
        invoice_ref=invoices["invoice_ref"].take(owner).reset_index(drop=True),
        line=count,
        credits_line=rows["line"],
        sheet=None,
        row=None,
    )


def _in_order(note: _Note) -> list[tuple[int, tuple[int, int]]]:
    """Return what a note takes of each line: without lines of which it takes nothing, unless nothing is left of them."""
    free = {x.line for x in note.original.lines if not x.net and not x.tax}
    return [(line, cells) for line, cells in sorted(note.credit.lines.items()) if any(cells) or line in free]


_LARGE = 10**10
"""From here on an amount does not fit into the width of a price."""


def _priced(rows: pd.DataFrame, taken_back: pd.Series, same: Any) -> dict[str, pd.Series]:
    """Return the line's quantity turned around where that is what is taken back, else minus one at the amount."""
    signs = ["1" if a > 0 else "-1" for a in taken_back.tolist()]
    # A price has fewer digits than an amount: a very large one stands for a small part of one.
    large = [abs(a) >= _LARGE for a in taken_back.tolist()]
    price = [abs(a).scaleb(-4 * big) for a, big in zip(taken_back.tolist(), large, strict=True)]
    return {
        "quantity": (-rows["quantity"]).astype(rows["quantity"].dtype).where(same, money(signs, UNIT)),
        "unit_price": rows["unit_price"].where(same, money(price, UNIT)),
        "base_quantity": rows["base_quantity"].where(same, money(["0.0001" if big else "1" for big in large], UNIT)),
        "unit": rows["unit"].where(same),
    }


def _taxes(notes: Sequence[_Note], source: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the tax table in which the lines of a credit note have a share."""
    places: dict[int, list[int]] = {}
    for place, i in enumerate(source["invoice"].tolist()):
        places.setdefault(i, []).append(place)
    taken = [
        (k, place, a, b)
        for k, n in enumerate(notes)
        for row, (place, (a, b)) in enumerate(zip(places[n.at], n.credit.rows, strict=True))
        if a or b or row in n.credit.shown
    ]
    owner, at, taxable, tax = (list(c) for c in zip(*taken, strict=True)) if taken else ([], [], [], [])
    digits = invoices["digits"].take(owner).reset_index(drop=True)
    rows = source.iloc[at].reset_index(drop=True)
    return rows.assign(
        invoice=pd.Series(owner, dtype="int64"),
        invoice_ref=invoices["invoice_ref"].take(owner).reset_index(drop=True),
        taxable=from_minor(pd.Series(taxable, dtype="int64").mul(-1), digits),
        tax=from_minor(pd.Series(tax, dtype="int64").mul(-1), digits),
    )


def _wording(taxes: pd.DataFrame, count: int) -> pd.Series:
    """Join the reasons that the law wants on the document, one per line of text."""
    said: list[dict[str, None]] = [{} for _ in range(count)]
    for i, reason in zip(taxes["invoice"].tolist(), _texts(taxes["reason"]), strict=True):
        if reason:
            said[i][reason] = None
    return pd.Series(["\n".join(words) or None for words in said], dtype=TEXT)
