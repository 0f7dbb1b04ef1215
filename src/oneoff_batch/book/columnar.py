"""The canonical form (see `chain`) of many rows at once, written from Arrow columns, and its hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from .cells import kind_of

_NULL, _EMPTY = pa.scalar("null"), pa.scalar("{}")


class Unsure(Exception):
    """Something differs, or is not of the type that it should be."""


def whole(table: pa.Table, name: str) -> pa.Array:
    """Return a column of whole numbers as int64, or one that holds nothing; raises `Unsure` for what is none."""
    column = flat(table, name)
    if column.null_count < len(column) and not pa.types.is_integer(column.type):
        raise Unsure(name)
    return column.cast(pa.int64())


def texts(table: pa.Table, name: str) -> pa.Array:
    """Return a column of text, or one that holds nothing; raises `Unsure` for what is none."""
    column = flat(table, name)
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    if not pa.types.is_string(column.type):
        raise Unsure(name)
    return column


def flat(table: pa.Table, name: str) -> pa.Array:
    """Return a column in one piece."""
    column = table[name].combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks == 1 else column


class Written(NamedTuple):
    """Values of a column as JSON, each without what stands before and after it; null where there is none."""

    values: pa.Array
    before: str = ""
    after: str = ""

    def of(self, name: str, ahead: str = "", behind: str = "") -> list[Any]:
        """Return the parts of a member of an object, which is left out where there is no value."""
        before, after = f'{ahead}"{name}":{self.before}', self.after + behind
        if not self.values.null_count:
            return [before, self.values, after]
        return [pc.binary_join_element_wise(before, self.values, after, "")]

    def with_nulls(self) -> Written:
        """Return the same with JSON's null where there is no value."""
        if not self.values.null_count:
            return self
        return Written(pc.binary_join_element_wise(self.before, self.values, self.after, "").fill_null(_NULL))


def written(table: pa.Table, name: str) -> Written:
    """Return a column as JSON; raises `Unsure` for what the book never stores."""
    kind = kind_of(name)
    if kind == "flag":
        return Written(_flags(flat(table, name)))
    if kind in ("int", "amount", "tax_amount"):
        return Written(whole(table, name).cast(pa.string()))
    return Written(_escaped(texts(table, name)), '"', '"')


def _flags(column: pa.Array) -> pa.Array:
    if not pa.types.is_boolean(column.type):
        # SQLite has no flags, but 0 and 1.
        known = column.drop_null()
        if len(known) and not (
            pa.types.is_integer(known.type) and pc.all(pc.is_in(known, pa.array([0, 1], known.type))).as_py()
        ):
            raise Unsure("a flag")
        column = column.cast(pa.bool_())
    return column.cast(pa.string())


def _escaped(column: pa.Array) -> pa.Array:
    held = content(column)
    if not len(held):
        return column
    if int(held.min()) < 0x20:
        return pa.array([None if v is None else orjson.dumps(v).decode()[1:-1] for v in column.to_pylist()], pa.string())
    plain = held.tobytes()
    for character in ("\\", '"'):
        if character.encode() in plain:
            column = pc.replace_substring(column, character, "\\" + character)
    return column


def content(column: pa.Array) -> np.ndarray[Any, Any]:
    """Return the bytes of all texts of a column, one after another."""
    _, offsets, held = column.buffers()
    if held is None:
        return np.empty(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[[column.offset, column.offset + len(column)]]
    found: np.ndarray[Any, Any] = np.frombuffer(held, np.uint8)[bounds[0] : bounds[1]]
    return found


def objects(values: Mapping[str, Written], *, nulls: bool = False) -> pa.Array:
    """Return JSON objects of values by name; a value that is missing is null, or is left out."""
    filled = {n: v.with_nulls() if nulls else v for n, v in sorted(values.items())}
    filled = {n: v for n, v in filled.items() if v.values.null_count < len(v.values)}
    always = next((n for n, v in filled.items() if not v.values.null_count), None)
    if always is None:
        raise Unsure("objects that may be empty")
    # Commas stand on the side of the one that is never left out.
    ahead, parts = True, list[Any]()
    for name, value in filled.items():
        ahead = ahead and name != always
        parts += value.of(name, "" if ahead or name == always else ",", "," if ahead else "")
    return joined("{", *parts, "}")


def joined(*parts: Any) -> pa.Array:
    """Put texts, and the texts of columns, behind each other; what is missing is nothing."""
    fewer = list[Any]()
    for part in parts:
        if isinstance(part, str) and fewer and isinstance(fewer[-1], str):
            fewer[-1] += part
        else:
            fewer.append(part)
    return pc.binary_join_element_wise(*fewer, "", null_handling="replace", null_replacement="")


class Owned(NamedTuple):
    """Rows and their owners: those of the n-th are the rows from `cuts[n]` to `cuts[n + 1]`."""

    rows: pa.Table
    cuts: np.ndarray[Any, Any]


def lists(owned: Owned, names: Sequence[str]) -> pa.Array:
    """Return for each owner of rows the JSON object of its lists by column; a list that holds nothing is left out."""
    rows, cuts = owned
    if not len(rows):
        return pa.repeat(_EMPTY, len(cuts) - 1)
    found = objects({name: _listed(written(rows, name), cuts) for name in names})
    return pc.if_else(pa.array(np.diff(cuts) > 0), found, _EMPTY)


def _listed(cells: Written, cuts: np.ndarray[Any, Any]) -> Written:
    known = cells.values.is_valid() if cells.values.null_count else None
    cells = cells.with_nulls()
    held = pa.ListArray.from_arrays(pa.array(cuts, pa.int32()), cells.values)
    found = pc.binary_join(held, f"{cells.after},{cells.before}")
    if known is not None:
        until = np.concatenate(([0], np.cumsum(known.to_numpy(zero_copy_only=False))))
        found = pc.if_else(pa.array(np.diff(until[cuts]) > 0), found, pa.scalar(None, pa.string()))
    return Written(found, f"[{cells.before}", f"{cells.after}]")


def hashes(made: pa.Array) -> pa.Array:
    """Return the SHA-256 of each text."""
    held = content(made).data
    offsets = np.frombuffer(made.buffers()[1], np.int32)[made.offset : made.offset + len(made) + 1].tolist()
    start = offsets[0] if offsets else 0
    return pa.array([sha256(held[a - start : b - start]).hexdigest() for a, b in pairwise(offsets)], pa.string())
