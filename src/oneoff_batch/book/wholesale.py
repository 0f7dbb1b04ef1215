"""The proof in columns: thousands of entries, or of final invoices, at once; where not everything agrees, no answer.

What is proven is what `links.follow` and `contents.examine` prove one by one; they are asked where this says `None`.
It reads by a driver of its own (ADBC, to Arrow), and only in processes that do nothing else: a second SQLite library in
one process would drop the locks of the first (sqlite.org/howtocorrupt.html, 2.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from .chain import FIELDS, START
from .columnar import Owned, Unsure, content, flat, hashes, joined, lists, objects, texts, whole, written
from .contents import TEXT, TOLD, Contents, merged
from .links import Stretch, first_after
from .sealing import HEADER, LINE, TAX

_PIECE = 4_000
_WIDEST = 1_000 * _PIECE
"""Where somebody put in an id far away from all others, nobody comes to an end of the ids between."""
_TOLD = pa.schema([(name, pa.string() if name in TEXT else pa.int64()) for name in TOLD])

Read = Callable[[str, int, int], pa.Table]
"""What reads the rows of a query by its name, between two numbers (see `fetching`)."""


def follow(read: Read, after: int, until: int, kept: str | None) -> Stretch | None:
    """Follow the entries above number `after`, up to `until`; None where they are not all there, whole and in a row."""
    try:
        first = previous = _hash_at(read, after)
        since = None
        for low in range(after, until, _PIECE):
            entries = read("chain", first_after(low), min(low + _PIECE, until))
            made = _linked(entries, low, min(low + _PIECE, until), previous)
            hits = np.flatnonzero(pc.equal(made, kept or "").to_numpy(zero_copy_only=False))
            since = low - after + int(hits[-1]) + 1 if hits.size else since
            previous = made[-1].as_py()
    except (Unsure, pa.ArrowException):
        return None
    return Stretch(after, until - after, first, previous, True, since)


def _hash_at(read: Read, seq: int) -> str:
    if not seq:
        return START
    found = texts(read("chain", seq, seq), "hash")
    if len(found) != 1 or found.null_count:
        raise Unsure("an entry")
    return str(found[0])


def _linked(entries: pa.Table, after: int, until: int, previous: str) -> pa.Array:
    """Return the hashes of the entries with these numbers, of which each names the one before."""
    seq, prev, told = whole(entries, "seq"), texts(entries, "prev"), texts(entries, "hash")
    _same(seq, pa.array(np.arange(after + 1, until + 1)))
    _same(prev, pa.concat_arrays([pa.array([previous]), told[:-1]]))
    values = {name: written(entries, name) for name in FIELDS}
    made = hashes(joined(prev, "\n", objects(values, nulls=True)))
    _same(made, told)
    return made


def _same(one: pa.Array, other: pa.Array) -> None:
    if one.null_count or not one.equals(other):
        raise Unsure("not the same")


def examine(read: Read, after: int, until: int, last: int) -> Contents | None:
    """Prove the final invoices with ids above `after` up to `until`; None where one does not agree with its entry."""
    if until - after > _WIDEST:
        return None
    try:
        return merged(_proven(read, *piece) for piece in _pieces(read, after, until, last))
    except (Unsure, pa.ArrowException):
        return None


def _pieces(read: Read, after: int, until: int, last: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield final invoices and their ledger entries in order; what has an entry above number `last` came later."""
    for low in range(after, until, _PIECE):
        high = min(low + _PIECE, until)
        heads, entries = read("heads", low, high), read("entries", low, high)
        later = pc.greater(whole(entries, "seq"), last)
        if pc.any(later).as_py():
            others = pc.is_in(whole(heads, "id"), whole(entries, "invoice_id").filter(later))
            heads, entries = heads.filter(pc.invert(others)), entries.filter(pc.invert(later))
        _same(whole(heads, "id"), whole(entries, "invoice_id"))
        _same(texts(heads, "number"), texts(entries, "number"))
        if len(heads):
            yield heads, entries


def _proven(read: Read, heads: pa.Table, entries: pa.Table) -> Contents:
    ids = whole(heads, "id").to_numpy()
    told = _told(texts(entries, "body"))
    lines, taxes = (_owned(read(name, int(ids[0]) - 1, int(ids[-1])), ids) for name in ("lines", "taxes"))
    head = objects({name: written(heads, name) for name in HEADER})
    sealed = joined('{"invoice":', head, ',"lines":', lists(lines, LINE), ',"taxes":', lists(taxes, TAX), "}")
    _same(hashes(sealed), flat(told, "seal"))
    for name in ("invoice_date", "due_date", "currency", "content_hash"):
        _same(texts(heads, name), flat(told, name))
    _add_up(heads, told, lines, taxes)
    if whole(heads, "counter").null_count:
        raise Unsure("counter")
    return Contents(len(heads), _rules(heads, told))


def _owned(rows: pa.Table, ids: np.ndarray[Any, Any]) -> Owned:
    """Return the rows of these invoices; those of drafts between them are left out."""
    owners = whole(rows, "invoice_id").to_numpy()
    mine = ids[np.searchsorted(ids, owners)] == owners
    if not mine.all():
        rows, owners = rows.filter(pa.array(mine)), owners[mine]
    return Owned(rows, np.searchsorted(owners, [*ids, ids[-1] + 1]))


def _told(bodies: pa.Array) -> pa.Table:
    """Return what ledger entries tell, by columns."""
    if bodies.null_count:
        raise Unsure("body")
    lines = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(bodies)], pa.int32()), bodies), "\n")
    found = pj.read_json(
        pa.BufferReader(lines.buffers()[2]),
        pj.ReadOptions(use_threads=False, block_size=len(content(lines)) + 1),
        pj.ParseOptions(explicit_schema=_TOLD, unexpected_field_behavior="ignore"),
    )
    if len(found) != len(bodies) or any(found[name].null_count for name in TOLD):
        raise Unsure("body")
    return found


def _add_up(heads: pa.Table, told: pa.Table, lines: Owned, taxes: Owned) -> None:
    """Hold the totals of each invoice against those that its entry tells, its lines, and its taxes."""
    net, tax, gross = (_units(heads, name) for name in ("net_total", "tax_total", "gross_total"))
    sums = [_sums(lines, "net"), _sums(lines, "tax"), _sums(taxes, "tax")]
    right = ((net, sums[0]), (tax, sums[1]), (tax, sums[2]), (net + tax, gross))
    if not all(np.array_equal(one, other) for one, other in right):
        raise Unsure("sums")
    digits = whole(heads, "digits")
    for decimals in pc.unique(digits).to_pylist():
        rows = pc.equal(digits, decimals)
        for name in ("net_total", "tax_total", "gross_total"):
            _same(_major(whole(heads, name).filter(rows), decimals), flat(told, name).filter(rows))


def _units(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """Return minor units; raises `Unsure` where one is so large that a sum might not fit."""
    units = whole(table, name)
    if units.null_count:
        raise Unsure(name)
    found: np.ndarray[Any, Any] = units.to_numpy()
    if len(found) and max(int(found.max()), -int(found.min())) >= 2**63 // (2 * len(found)):
        raise Unsure(name)
    return found


def _sums(owned: Owned, name: str) -> np.ndarray[Any, Any]:
    """Return the sum of each invoice's cells of a column."""
    until = np.concatenate(([0], np.cumsum(_units(owned.rows, name))))
    sums: np.ndarray[Any, Any] = np.diff(until[owned.cuts])
    return sums


def _major(units: pa.Array, digits: int) -> pa.Array:
    """Write minor units in major units, as `contents.written` does."""
    if not 0 < digits < 5:
        if digits:
            raise Unsure("digits")
        return units.cast(pa.string())
    plain = units.cast(pa.decimal128(19, 0))
    scaled = pa.Array.from_buffers(pa.decimal128(19, digits), len(plain), plain.buffers(), offset=plain.offset)
    return scaled.cast(pa.string())


def _rules(heads: pa.Table, told: pa.Table) -> set[tuple[Any, ...]]:
    names = ["first", "step", "chronology"]
    columns = {"series": texts(heads, "series"), "period": texts(heads, "period"), **{n: flat(told, n) for n in names}}
    table = pa.table(columns).group_by([*columns], use_threads=False).aggregate([])
    return set(zip(*(table[n].to_pylist() for n in columns), strict=True))
