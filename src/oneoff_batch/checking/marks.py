"""Currency marks in cells, held against the currency of the invoice."""

from __future__ import annotations

import pandas as pd

from ..problems import Problem
from ..reading.wording import currency_in
from .column import matches
from .numbers import currency_of, read_number, same_currency
from .typed import Typed


def foreign_marks(typed: Typed, field: str, currency: pd.Series) -> list[Problem]:
    """E221 where a cell carries the mark of another currency; `currency` is the invoice's, row by row."""
    letter = typed.heading(field).letter
    cells = typed.found.sheet.cells
    if letter not in cells.columns:
        return []
    rows = typed.frame.index if typed.rows is None else pd.Index(typed.rows[field].dropna().astype(int))
    own = currency if typed.rows is None else currency[typed.rows[field].notna()].set_axis(rows)
    text = cells.loc[rows, letter]
    marked = text[matches(text, r"[^0-9.,\s()+\-]")]
    marks = _currencies(marked)
    head = currency_of(currency_in(typed.heading(field).header))
    if head:
        marks = marks.reindex(text.dropna().index).replace("", None).fillna(head)
    pairs = pd.DataFrame({"mark": marks, "currency": own[marks.index]}).dropna()
    known = pairs.drop_duplicates()
    foreign = [(m, c) for m, c in zip(known["mark"], known["currency"], strict=True) if m and not same_currency(m, c)]
    found = pairs[pd.MultiIndex.from_frame(pairs).isin(foreign)] if foreign else pairs.iloc[:0]
    if typed.rows is not None:
        found = found.set_axis(typed.rows.index[typed.rows[field].isin(found.index)])
    mask = pd.Series(typed.frame.index.isin(found.index), index=typed.frame.index)
    return typed.flag(mask, "E221", field, found=found["mark"], expected=found["currency"])


def _currencies(marked: pd.Series) -> pd.Series:
    """Return the currency that each text carries, "" for none: from what is left without the digits, where that is one."""
    bare = marked.str.replace(r"[0-9.,'’\s()+\-%]", "", regex=True)
    known = {mark: currency_of(mark) for mark in bare.unique()}
    marks = bare.map(known)
    unknown = (marks == "") & (bare != "")
    return marks.mask(unknown, marked.map({t: read_number(t).currency for t in marked[unknown].unique()}))
