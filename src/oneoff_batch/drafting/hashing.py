"""The content hash: proof that what was reviewed is what becomes final.

It is the SHA-256, in hexadecimal, of one canonical text per invoice in UTF-8. Records are joined by U+001E: first
the invoice ("I"), then its lines ("L") by number, then its rows of the tax table ("T") sorted as text. Fields are
joined by U+001F in the order of `HASHED`; a credit note has one more record ("C") with what it says of the invoice that it
corrects. An empty cell is an empty field; dates are ISO 8601; flags are true and
false; decimals are whole numbers of their last digit (12.34 in a column of four decimals is 123400), so that they
do not depend on how they are stored. Left out is what moves without the content moving: where a row stood, the
hold flag, the bounds of the tax rates, and, while the invoice date is only known when final, the dates that
finalizing sets: invoice date, planned date, and a due date that follows from the terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TEXT
from ..money import arrow
from .drafts import CORRECTION, INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts, dtype_of_draft

_LEFT_OUT = {"invoice", "sheet", "row", "content_hash", "on_hold", "rate_from", "rate_to", "credits_line", *CORRECTION}
HASHED: Mapping[str, tuple[str, ...]] = {
    "I": tuple(c for c in INVOICE_COLUMNS if c not in _LEFT_OUT),
    "L": tuple(c for c in LINE_COLUMNS if c not in _LEFT_OUT | {"invoice_ref"}),
    "C": CORRECTION,
    "T": tuple(c for c in TAX_COLUMNS if c not in _LEFT_OUT | {"invoice_ref"}),
}
"""The fields of each kind of record, in order."""

_FIELD, _RECORD = "\x1f", "\x1e"
_AT_ONCE = 5_000


def content_hash(drafts: Drafts) -> pd.Series:
    """Return the hash of each invoice, indexed like `drafts.invoices`.

    Rows of lines and taxes may come in any order.
    """
    lines = drafts.lines.sort_values(["invoice", "line"], kind="stable")
    taxes = drafts.taxes.sort_values("invoice", kind="stable")
    hashes = [h for piece in _pieces(drafts.invoices, lines, taxes) for h in _hashes(*piece)]
    return pd.Series(hashes, index=drafts.invoices.index, dtype=TEXT)


def _pieces(
    invoices: pd.DataFrame, lines: pd.DataFrame, taxes: pd.DataFrame
) -> Iterator[tuple[pa.Array, pa.ListArray, pa.ListArray]]:
    """Write the records of a few thousand invoices at a time, so that memory stays flat."""
    for start in range(0, len(invoices), _AT_ONCE):
        some = invoices.iloc[start : start + _AT_ONCE]
        numbers = np.arange(start, start + len(some) + 1)
        yield (
            _heads(some),
            _gathered("L", lines, numbers, False),
            _gathered("T", taxes, numbers, True),
        )


def _hashes(heads: pa.Array, lines: pa.ListArray, taxes: pa.ListArray) -> list[str]:
    rows = zip(heads.to_pylist(), _joined(lines), _joined(taxes), strict=True)
    return [sha256(_RECORD.join(r for r in row if r).encode()).hexdigest() for row in rows]


def _heads(invoices: pd.DataFrame) -> pa.Array:
    heads = _records("I", _without_moving_dates(invoices))
    credits = invoices["preceding_number"].notna().to_numpy()
    if not credits.any():
        return heads
    both = pc.binary_join_element_wise(heads, _records("C", invoices), _RECORD)
    return pc.if_else(pa.array(credits), both, heads)


def _joined(lists: pa.ListArray) -> list[str]:
    return list(pc.binary_join(lists, _RECORD).to_pylist())


def _gathered(kind: str, rows: pd.DataFrame, numbers: np.ndarray, by_text: bool) -> pa.ListArray:
    """Return for each invoice the list of its records."""
    bounds = np.searchsorted(rows["invoice"].to_numpy(), numbers)
    mine = rows.iloc[bounds[0] : bounds[-1]]
    records = _records(kind, mine)
    if by_text and len(records):
        table = pa.table({"invoice": mine["invoice"].to_numpy(), "text": records})
        records = records.take(pc.sort_indices(table, [("invoice", "ascending"), ("text", "ascending")]))
    return pa.ListArray.from_arrays(pa.array(bounds - bounds[0], pa.int32()), records)


def _records(kind: str, rows: pd.DataFrame) -> pa.Array:
    fields = [_text(rows[name], name) for name in HASHED[kind]]
    marks = pa.array([kind] * len(rows), pa.string())
    return pc.binary_join_element_wise(marks, *fields, _FIELD)


def _text(values: pd.Series, name: str) -> pa.Array:
    dtype = dtype_of_draft(name)
    array = arrow(values.astype(dtype))
    if pa.types.is_decimal(array.type):
        whole = pa.decimal128(array.type.precision, 0)
        array = pa.Array.from_buffers(whole, len(array), array.buffers(), offset=array.offset)
    return pc.fill_null(array.cast(pa.string()), "")


def _without_moving_dates(invoices: pd.DataFrame) -> pd.DataFrame:
    open_ = np.asarray(invoices["date_rule"] == "when_final")
    derived = open_ & ~invoices["due_is_explicit"].to_numpy(dtype=bool)
    return invoices.assign(
        invoice_date=invoices["invoice_date"].mask(open_),
        planned_date=invoices["planned_date"].mask(open_),
        due_date=invoices["due_date"].mask(derived),
    )
