"""Which line of one draft is which line of the other."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd

_KNOWN_BY = ("product_item", "product", "line_name", "subline_name", "description")
_MANY = 500
Rows = np.ndarray[Any, np.dtype[np.int64]]


def paired_lines(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return the rows of lines that belong together, -1 where the other draft has no such line.

    `invoice` means the same invoice in both. Lines of an invoice that has as many as before are paired in their order;
    else by what they bill, so that a line put in between does not make all behind it look changed.
    """
    keys = ["invoice", "line"]
    a, b = (f[keys].assign(row=np.arange(len(f))) for f in (old, new))
    counts = a.groupby("invoice").size().sub(b.groupby("invoice").size(), fill_value=0)
    odd = counts.index[counts != 0]
    plain = a[~a["invoice"].isin(odd)].merge(b[~b["invoice"].isin(odd)], on=keys, suffixes=("", "_new"))
    pairs = [(plain["row"].to_numpy(), plain["row_new"].to_numpy())]
    by_old, by_new = (dict(tuple(f[f["invoice"].isin(odd)].groupby("invoice")["row"])) for f in (a, b))
    none = pd.Series(dtype="int64")
    found = [
        pair
        for invoice in odd
        for pair in _matched(old, by_old.get(invoice, none).tolist(), new, by_new.get(invoice, none).tolist())
    ]
    pairs.append(_columns(found))
    left, right = (np.concatenate(side).astype(np.int64) for side in zip(*pairs, strict=True))
    return left, right


def _columns(found: list[tuple[int, int]]) -> tuple[Rows, Rows]:
    both = np.array(found, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _matched(old: pd.DataFrame, a: list[int], new: pd.DataFrame, b: list[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows; a long invoice is paired in its order, since matching takes the square of its lines."""
    if max(len(a), len(b)) > _MANY:
        blocks = [(0, len(a), 0, len(b))]
    else:
        matcher = SequenceMatcher(None, _known(old, a), _known(new, b), autojunk=False)
        blocks = [block[1:] for block in matcher.get_opcodes()]
    for start, stop, new_start, new_stop in blocks:
        for step in range(max(stop - start, new_stop - new_start)):
            left, right = start + step, new_start + step
            yield a[left] if left < stop else -1, b[right] if right < new_stop else -1


def _known(lines: pd.DataFrame, rows: list[int]) -> list[tuple[str, ...]]:
    some = lines.iloc[rows]
    return list(zip(*(some[name].astype(object).fillna("").tolist() for name in _KNOWN_BY), strict=True))
