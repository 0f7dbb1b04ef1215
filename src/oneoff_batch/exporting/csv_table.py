"""A report's columns as a CSV file that Excel opens without asking, and in which no cell becomes a formula."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..money import currencies
from ..showing.cells import FORMULA_START, plain, text_array
from ..showing.report_column import Column
from ..showing.saving import saved

_BLOCK = 50_000
_GENUINE_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"
_NEEDS_QUOTES = '[",\r\n]'


class CsvTable:
    """A CSV that grows by pieces: UTF-8, commas and CR LF (RFC 4180).

    Amounts have the digits of their currency, dates are ISO 8601, and text that a spreadsheet would take for a
    formula gets an apostrophe in front (OWASP). A `mark` in front of the bytes (BOM) tells Excel that it is UTF-8.
    """

    def __init__(self, path: Path, *, mark: bool = True) -> None:
        self._file = path.open("wb")
        self._file.write(b"\xef\xbb\xbf" if mark else b"")
        self._titled = False

    def add(self, columns: Sequence[Column]) -> None:
        """Add rows; the first time with the titles above them."""
        if not self._titled:
            self._titled = True
            titles = quoted(harmless(text_array([c.title for c in columns])))
            self._file.write((",".join(titles.to_pylist()) + "\r\n").encode())
        fields = [fields_of(column) for column in columns]
        for start in range(0, len(fields[0]), _BLOCK):
            parts = [field.slice(start, _BLOCK) for field in fields]
            rows = pc.binary_join_element_wise(*parts, ",", null_handling="replace", null_replacement="")
            self._file.write(("\r\n".join(rows.to_pylist()) + "\r\n").encode())

    def close(self) -> None:
        """End the file."""
        self._file.close()


def write_csv(path: Path, columns: Sequence[Column]) -> Path:
    """Write the columns as one CSV and return its path."""
    with saved(path) as draft:
        table = CsvTable(draft)
        table.add(columns)
        table.close()
    return path


def fields_of(column: Column) -> pa.Array:
    """Return a column's values as the fields of a CSV file; null is an empty field."""
    if column.kind == "amount" and column.currency is not None:
        return amounts(column.array, pa.array(column.currency.astype(object)))
    if column.is_figure:
        return plain(column.array)
    if column.kind == "day":
        return column.array.cast(pa.string())
    if column.kind == "time":
        return pa.array(column.values).cast(pa.string())
    encoded = column.array.dictionary_encode()
    return pc.take(quoted(harmless(encoded.dictionary)), encoded.indices)


def harmless(texts: pa.Array) -> pa.Array:
    """Put an apostrophe before text that a spreadsheet would take for a formula; leave genuine numbers alone."""
    risky = pc.and_not(pc.match_substring_regex(texts, FORMULA_START), pc.match_substring_regex(texts, _GENUINE_NUMBER))
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def quoted(texts: pa.Array) -> pa.Array:
    """Quote the fields that need it (RFC 4180)."""
    inside = pc.replace_substring(texts, '"', '""')
    return pc.if_else(
        pc.match_substring_regex(texts, _NEEDS_QUOTES), pc.binary_join_element_wise('"', inside, '"', ""), texts
    )


def amounts(values: pa.Array, codes: pa.Array) -> pa.Array:
    """Write amounts with exactly the digits of their currency; raises where one is finer than its minor unit."""
    result = pa.nulls(len(values), pa.string())
    encoded = codes.dictionary_encode()
    digits = pa.array([currencies().get(code, 2) for code in encoded.dictionary.to_pylist()], pa.int32())
    per_row = pc.take(digits, encoded.indices)
    for n in pc.unique(digits).to_pylist():
        mine = pc.equal(per_row, n)
        exact = pc.if_else(mine, values, None).cast(pa.decimal128(20, n))
        result = pc.if_else(mine, exact.cast(pa.string()), result)
    return result
