"""The seal: one hash over everything of an invoice that is stored and must never change once it is final."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np

from ..drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS
from .chain import canonical

HEADER = tuple(c for c in INVOICE_COLUMNS if c not in ("on_hold", "invoice_date", "due_date"))
"""What is drafted and stays; the three others move until the invoice is final and stand in its ledger entry."""
LINE = tuple(c for c in LINE_COLUMNS if c not in ("invoice", "invoice_ref"))
TAX = tuple(c for c in TAX_COLUMNS if c not in ("invoice", "invoice_ref"))

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines, or the taxes, of some invoices as stored columns; the n-th invoice's are `cuts[n]:cuts[n + 1]`."""

    columns: Columns
    cuts: Sequence[int]

    def of(self, name: str) -> Iterator[Sequence[Any]]:
        """Yield for each invoice its cells of a column."""
        values = self.columns[name]
        return (values[start:stop] for start, stop in pairwise(self.cuts))


def cuts(owners: Sequence[int], ids: Sequence[int]) -> list[int]:
    """Return where the rows of each id begin and end; both are in ascending order."""
    ends = [*ids, ids[-1] + 1] if ids else [0]
    places: list[int] = np.searchsorted(np.array(owners, dtype=np.int64), ends).tolist()
    return places


def seals(header: Columns, lines: Rows, taxes: Rows) -> Iterator[str]:
    """Return the SHA-256 of each invoice as it is stored, with its lines and taxes in order.

    It is taken over the canonical JSON of `{"invoice": {…}, "lines": {…}, "taxes": {…}}`: of the invoice each
    value by column name, of lines and taxes the list of values by column name. A column that holds nothing is left
    out, so that one that a later version adds does not break older seals.
    """
    return map(seal_of, contents(header, lines, taxes))


def contents(header: Columns, lines: Rows, taxes: Rows) -> Iterator[dict[str, Mapping[str, Any]]]:
    """Yield what is sealed of each invoice."""
    parts = zip(_heads(header), _parts(lines, LINE), _parts(taxes, TAX), strict=True)
    for own, own_lines, own_taxes in parts:
        yield {"invoice": own, "lines": own_lines, "taxes": own_taxes}


def seal_of(content: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what `contents` yields of an invoice."""
    return sha256(canonical(content)).hexdigest()


def _filled(columns: Columns, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the columns that hold something, and those among them that do not always."""
    empty = {name: columns[name].count(None) for name in sorted(names)}
    filled = [name for name, count in empty.items() if count < len(columns[name])]
    return filled, [name for name in filled if empty[name]]


def _heads(header: Columns) -> Iterator[dict[str, Any]]:
    """Yield for each invoice its values by name, without those that are missing."""
    names, partly = _filled(header, HEADER)
    for values in zip(*(header[name] for name in names), strict=True):
        own = dict(zip(names, values, strict=True))
        for name in partly:
            if own[name] is None:
                del own[name]
        yield own


def _parts(rows: Rows, names: Sequence[str]) -> Iterator[dict[str, Sequence[Any]]]:
    """Yield for each invoice the columns of its rows that hold something."""
    filled, partly = _filled(rows.columns, names)
    cells = [tuple(rows.columns[name]) for name in filled]
    for start, stop in pairwise(rows.cuts):
        own = dict(zip(filled, map(itemgetter(slice(start, stop)), cells), strict=True)) if start < stop else {}
        for name in partly:
            if own and own[name].count(None) == stop - start:
                del own[name]
        yield own
