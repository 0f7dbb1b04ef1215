"""One column of a report: a title, a kind and values, and what its cells show."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .cells import clean, text_array
from .words import APPROVALS, STATUSES

FIGURES = frozenset({"amount", "price", "number", "whole", "percent", "fx"})
_WORDS = {**STATUSES, **APPROVALS, "explicit": "The sheet"}
_WIDTHS = {"day": 13, "time": 18, "flag": 9}
_PADDING = 3
_SECONDS_A_DAY, _EPOCH = 86_400.0, 25_569.0


@dataclass(frozen=True)
class Column:
    """One column of a report.

    `kind` is text, id, word (a fixed word such as PENDING_REVIEW, shown in people's words), wrapped, flag, day,
    time, amount, price, number, whole, percent or fx. `currency` gives, row by row, the currency of amounts and
    prices. `links` are the pages that cells lead to, relative to the workbook. `widest` is a width in characters.
    `to_fill` marks a column that people fill in, also on a protected sheet. `field` is what machines call the column; ""
    for a custom field, which has its own name.
    """

    title: str
    kind: str
    values: pd.Series
    currency: pd.Series | None = None
    widest: int = 42
    links: Sequence[str] | None = dataclasses.field(default=None, repr=False)
    to_fill: bool = False
    field: str = ""

    @property
    def is_figure(self) -> bool:
        """Whether the column stands to the right."""
        return self.kind in FIGURES

    @property
    def is_empty(self) -> bool:
        """Whether there are rows, and none of them has a value."""
        return len(self.values) > 0 and bool(self.values.isna().all())

    @cached_property
    def array(self) -> pa.Array:
        """The values as one Arrow array of what the cells show; moments are counted in Excel's days."""
        written = self.values if self.values.dtype != object or self.is_figure else map(_cleaned, self.values)
        array = pa.array(written)
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        if self.kind == "flag":
            return pc.if_else(array.cast(pa.bool_()), "yes", "no")
        if self.kind == "time":
            return _moments(self.values)
        if self.kind == "word":
            return _in_words(text_array(array))
        return array if self.kind in FIGURES | {"day"} else text_array(array)

    @cached_property
    def width(self) -> float:
        """A width in characters in which the header (on up to two lines) and every usual value can be read."""
        header = max(max(map(len, self.title.split()), default=4), (len(self.title) + 3) // 2) + _PADDING
        if self.to_fill:
            return float(max(header, self.widest))
        value = _WIDTHS.get(self.kind) or (_figure(self) if self.is_figure else _longest(self.array)) + _PADDING
        return float(max(header, min(value, self.widest)))


def _cleaned(value: Any) -> Any:
    """Python's text may hold lone surrogates, which Arrow refuses; columns of text that Arrow holds cannot."""
    return clean(value) if isinstance(value, str) else value


def _longest(texts: pa.Array) -> int:
    return int(pc.max(pc.utf8_length(texts)).as_py() or 0)


def _figure(column: Column) -> int:
    """Return how many characters the widest figure takes, with separators, decimals and the currency's code."""
    top = max((abs(v) for v in pc.min_max(column.array).as_py().values() if v is not None), default=0)
    code = 4 if column.kind == "amount" else 0
    return len(f"{int(top):,}") + 1 + max(_places(column.array), 2) + code


def _places(array: pa.Array) -> int:
    """Return how many decimals are enough for every figure of a column."""
    if not pa.types.is_decimal(array.type):
        return 0
    exact = (n for n in (0, 2, 4, 6) if pc.all(pc.equal(pc.round(array, n), array)).as_py() is not False)
    return next(exact, int(array.type.scale))


def _in_words(codes: pa.Array) -> pa.Array:
    encoded = codes.dictionary_encode()
    found = [_WORDS.get(code) or code.replace("_", " ").capitalize() for code in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(found, pa.string()), encoded.indices)


def _moments(values: pd.Series) -> pa.Array:
    """Return moments (with a time zone, or ISO text) as Excel counts them: days, in UTC, to the second."""
    moments = pd.to_datetime(values, utc=True, format=None if values.dtype.kind == "M" else "ISO8601")
    seconds = pa.array(moments).cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64())
    return pc.add(pc.divide(seconds.cast(pa.float64()), _SECONDS_A_DAY), _EPOCH)
