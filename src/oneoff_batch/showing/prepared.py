"""A column made ready for a worksheet: the styles and the shared texts that its cells need, and the cells block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.sharedstrings import SharedStringTable

from ..money import currencies
from . import cells
from .report_column import Column
from .styles import FILL, LINK, PLACES, Styles

Cells = Callable[[int, int, pa.Array], pa.Array]
"""Gives the cells of a block: from which value on, how many, and the numbers of their rows as text."""
_SHARED = 20_000
"""Up to so many distinct texts a column's cells share them; more would only fill memory."""


def cells_of(column: Column, styles: Styles, shared: SharedStringTable, letters: str, most: int | None = None) -> Cells:
    """Make a column ready for writing; every format is made, and every shared text known, when this returns.

    A column with more than `most` distinct texts (20,000 where nothing is said) shares none of them.
    """
    more: dict[str, Any] = {"font_color": LINK} if column.links else {}
    more |= {"locked": False, "bg_color": FILL} if column.to_fill else {}
    look = "text" if column.kind in ("word", "flag") else column.kind
    plain = styles.body(look, **more)._get_xf_index()
    if column.is_figure:
        made = _figures(column, styles, plain)
    elif column.kind == "time":
        made = _sliced(column.array, lambda values, start: cells.moment_cells(values, start, plain))
    elif column.kind == "day":
        made = _sliced(column.array, lambda values, start: cells.date_cells(values, start, plain))
    else:
        guarded = styles.body(look, quote_prefix=True, **more)._get_xf_index()
        made = _texts(column.array, shared, plain, guarded, most)

    def block(lo: int, size: int, numbers: pa.Array) -> pa.Array:
        start = pc.binary_join_element_wise(f'<c r="{letters}', numbers, "")
        found = made(lo, size, start)
        if not found.null_count:
            return found
        return pc.coalesce(found, pc.binary_join_element_wise(start, f'" s="{plain}"/>', ""))

    return block


def _sliced(values: pa.Array, made: Callable[[pa.Array, pa.Array], pa.Array]) -> Cells:
    return lambda lo, size, start: made(values.slice(lo, size), start)


def _texts(values: pa.Array, shared: SharedStringTable, plain: int, guarded: int, most: int | None) -> Cells:
    """Return cells of text; `guarded` is the style of text that looks like the beginning of a formula."""
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) > (_SHARED if most is None else most):
        return _sliced(values, lambda part, start: cells.text_cells(part, start, plain, guarded))
    found = encoded.dictionary.to_pylist()
    shared.count += len(values) - values.null_count - len(found)
    places = pa.array([str(shared._get_shared_string_index(cells.clean(text))) for text in found], pa.string())
    tails = cells.shared_tails(encoded.dictionary, places, plain, guarded)
    indices = encoded.indices
    return lambda lo, size, start: pc.binary_join_element_wise(start, pc.take(tails, indices.slice(lo, size)), "")


def _figures(column: Column, styles: Styles, plain: int) -> Cells:
    values, style = column.array, _figure_styles(column, styles, plain)

    def made(lo: int, size: int, start: pa.Array) -> pa.Array:
        part = values.slice(lo, size)
        digits = cells.plain(part)
        return cells.number_cells(digits, start, style(digits, lo), long=cells.may_lose_digits(part))

    return made


def _figure_styles(column: Column, styles: Styles, plain: int) -> Callable[[pa.Array, int], pa.Array | int]:
    """Return what gives the styles of figures that are written out: by currency, by their decimals, or by both."""
    if column.kind == "amount":
        by_row = _ByCurrency(column.currency, lambda code: str(styles.amount(code)._get_xf_index()), pa.string())
        return lambda digits, lo: by_row.slice(lo, len(digits))
    if column.kind not in PLACES:
        return lambda digits, lo: plain
    known = pa.array([str(styles.figure(column.kind, n)._get_xf_index()) for n in range(11)])
    if column.currency is None:
        return lambda digits, lo: pc.take(known, cells.places(digits))
    least = _ByCurrency(column.currency, lambda code: currencies().get(code, 2), pa.int32())

    def by_both(digits: pa.Array, lo: int) -> pa.Array:
        places = pc.max_element_wise(cells.places(digits), least.slice(lo, len(digits)), skip_nulls=False)
        return pc.take(known, places)

    return by_both


class _ByCurrency:
    """What belongs to the currency of every row, kept once per currency."""

    def __init__(self, codes: pd.Series | None, found: Callable[[str], Any], kind: pa.DataType) -> None:
        assert codes is not None, "amounts and prices have a currency"
        array = pa.array(codes)
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        encoded = array.cast(pa.string()).dictionary_encode()
        self._indices = encoded.indices
        self._found = pa.array([found(code) for code in encoded.dictionary.to_pylist()], kind)

    def slice(self, lo: int, size: int) -> pa.Array:
        return pc.take(self._found, self._indices.slice(lo, size))
