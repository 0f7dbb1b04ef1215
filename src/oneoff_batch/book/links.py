"""The proof that the audit chain is unbroken: stretch by stretch, so that several processes can follow it at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, select

from ..problems import Problem
from . import tables
from .chain import FIELDS, START, canonical, digest

_PIECE = 2_000
_SORTED = tuple(sorted(FIELDS))
_SEQ = _SORTED.index("seq")
_PREV, _HASH = len(_SORTED), len(_SORTED) + 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries with numbers above `after`: how many, the hash before the first and of the last, and whether all is whole.

    `since` is the place, from 1, of the last of them that has the hash that was kept.
    """

    after: int
    count: int
    previous: str
    last: str
    whole: bool
    since: int | None


def follow(connection: Connection, after: int, until: int, kept: str | None) -> Stretch:
    """Follow the entries above number `after`, up to `until`; after 0 also what has a number that none should have."""
    previous = first = _hash_at(connection, after)
    count, whole, since = 0, True, None
    for rows in _pieces(connection, after, until):
        hashes = [row[_HASH] for row in rows]
        whole = whole and _whole(rows, after + count, previous, hashes)
        if kept in hashes:
            since = count + len(hashes) - hashes[::-1].index(kept)
        count += len(rows)
        previous = hashes[-1]
    return Stretch(after, count, first, previous, whole and after + count == until, since)


def _hash_at(connection: Connection, seq: int) -> str:
    e = tables.entry.c
    return connection.scalar(select(e.hash).where(e.seq <= seq).order_by(e.seq.desc()).limit(1)) or START if seq else START


def entries(first: ColumnElement[int], last: ColumnElement[int]) -> Select[Any]:
    """Return what reads the fields, prev and hash of the entries with numbers from `first` to `last`, in order."""
    e = tables.entry.c
    query = select(*(e[n] for n in _SORTED), e.prev, e.hash).where(e.seq >= first, e.seq <= last)
    return query.order_by(e.seq)


def first_after(seq: int) -> int:
    """Return the first number that is looked for after another: after 0 also numbers that none should have."""
    return seq + 1 if seq else -(2**63)


def _pieces(connection: Connection, after: int, until: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Yield plain rows of `_SORTED`, prev and hash."""
    query = entries(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)).limit(_PIECE)
    first = first_after(after)
    while rows := plain(connection.execute(query, {"first": first, "last": until})):
        yield rows
        first = rows[-1][_SEQ] + 1


def plain(result: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a result as the driver has them: SQLAlchemy's own rows would take as long as the proof."""
    rows: list[tuple[Any, ...]] = result.cursor.fetchall()
    result.close()
    return rows


def streamed(connection: Connection, query: Select[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield rows of a long result, so many at a time: SQLite's driver reads on as it is asked, another needs a cursor."""
    if connection.dialect.name != "sqlite":
        yield from connection.execute(query.execution_options(yield_per=size)).partitions()
        return
    result: Any = connection.execute(query)
    while rows := result.cursor.fetchmany(size):
        yield rows
    result.close()


def _whole(rows: Sequence[tuple[Any, ...]], count: int, previous: str, hashes: Sequence[Any]) -> bool:
    """Whether these entries have the next numbers, each the hash before it, and its own; nobody says here what is wrong."""
    if set(map(type, chain.from_iterable(rows))) - {int, str, type(None)}:
        return False
    if [row[_SEQ] for row in rows] != list(range(count + 1, count + 1 + len(rows))):
        return False
    if [row[_PREV] for row in rows] != [previous, *hashes[:-1]]:
        return False
    made = (sha256(row[_PREV].encode() + b"\n" + canonical(dict(zip(_SORTED, row, strict=False)))) for row in rows)
    return [one.hexdigest() for one in made] == hashes


def first_broken(connection: Connection, stretches: Iterable[Stretch], until: int) -> list[Problem]:
    """Return E522 of the first entry that is not what must stand in its place; `stretches` are all of the chain."""
    count = 0
    for stretch in stretches:
        if not stretch.whole:
            return _from(connection, stretch, count, until)
        count += stretch.count
    return []


def _from(connection: Connection, stretch: Stretch, count: int, until: int) -> list[Problem]:
    previous = stretch.previous
    for rows in _pieces(connection, stretch.after, until):
        for row in rows:
            count += 1
            broken = _link(dict(zip((*_SORTED, "prev", "hash"), row, strict=True)), count, previous)
            if broken:
                return broken
            previous = row[_HASH]
    return []


def _link(row: Mapping[str, Any], seq: int, previous: str) -> list[Problem]:
    """Compare an entry with what must stand in its place: its number, the hash before it, its own hash."""
    fields = {name: known(row[name]) for name in FIELDS}
    checks = (
        (f"number {seq}", f"number {row['seq']}"),
        (f"chained to {previous}", f"chained to {row['prev']}"),
        (f"hash {digest(str(previous), fields)}", f"hash {row['hash']}"),
    )
    for expected, found in checks:
        if expected != found:
            return [Problem("E522", details={"seq": str(seq), "expected": expected, "found": found})]
    return []


def known(value: Any) -> Any:
    """Return a stored value, or of what the book never stores (a fraction, bytes) something that is equal to nothing."""
    return value if value is None or isinstance(value, bool | int | str) else (type(value).__name__, str(value))
