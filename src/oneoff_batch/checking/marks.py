"""Currency marks in cells, held against the currency of the invoice."""

from __future__ import annotations

import pandas as pd

from ..problems import Problem
from .numbers import read_number, same_currency
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
    marked = text[text.str.contains(r"[^0-9.,\s()+\-]", regex=True, na=False)]
    marks = marked.map({t: read_number(t).currency for t in marked.unique()})
    pairs = pd.DataFrame({"mark": marks, "currency": own[marked.index]}).dropna()
    wrong = [bool(m) and not same_currency(m, c) for m, c in zip(pairs["mark"], pairs["currency"], strict=True)]
    found = pairs[pd.Series(wrong, index=pairs.index, dtype=bool)]
    if typed.rows is not None:
        found = found.set_axis(typed.rows.index[typed.rows[field].isin(found.index)])
    mask = pd.Series(typed.frame.index.isin(found.index), index=typed.frame.index)
    return typed.flag(mask, "E221", field, found=found["mark"], expected=found["currency"])
