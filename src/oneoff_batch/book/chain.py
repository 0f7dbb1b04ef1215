"""The audit chain: what an entry is, its canonical form, and how entries are appended.

The canonical form of an entry is the JSON object of its fields `action`, `at`, `batch`, `body`, `invoice_id`,
`invoice_ref`, `number`, `seq`, `sha256` and `user`: keys in alphabetical order, separators "," and ":" without
spaces, characters as they are (not escaped, except quotes, backslashes and controls below U+0020, in their shortest
form), null for what is missing, in UTF-8. Numbers are whole: amounts are text. `body` is itself JSON text in the same
form, and counts as the text that is stored. An entry's hash is the SHA-256, in lower-case hexadecimal, of the hash of
the entry before (64 zeros before the first), a line feed, and the canonical form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, select, text

from . import tables
from .engine import insert_columns

START = "0" * 64
FIELDS = ("seq", "at", "user", "action", "batch", "invoice_id", "invoice_ref", "number", "sha256", "body")
COLUMNS = (*FIELDS, "prev", "hash")
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told of one event; who did it and when come from the occasion."""

    action: str
    batch: str | None
    invoice_id: int | None
    invoice_ref: str | None
    number: str | None
    body: Mapping[str, Any]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who acts, and when (with a time zone)."""

    user: str
    at: datetime

    @property
    def stamp(self) -> str:
        """The moment in UTC as ISO 8601; raises `ValueError` for a time without a zone."""
        if self.at.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """Return JSON in the canonical form, in UTF-8.

    Raises `TypeError` for what JSON does not have. A fraction is written as it may; none is ever in the book.
    """
    try:
        return orjson.dumps(value, option=_PLAIN)
    except TypeError:
        # Whole numbers beyond 64 bits, and keys that are no text, only the slower encoder writes.
        return _encode(value).encode()


_PLAIN = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def digest(previous: str, fields: Mapping[str, Any]) -> str:
    """Return the hash of an entry that follows one with the hash `previous`."""
    return sha256(previous.encode() + b"\n" + canonical(fields)).hexdigest()


def head(connection: Connection) -> tuple[int, str]:
    """Return the number and the hash of the last entry; 0 and 64 zeros where there is none."""
    e = tables.entry.c
    last = connection.execute(select(e.seq, e.hash).order_by(e.seq.desc()).limit(1)).one_or_none()
    return (last.seq, last.hash) if last else (0, START)


def append(connection: Connection, occasion: Occasion, entries: Iterable[Entry]) -> None:
    """Add entries to the chain; only inside a write transaction, which holds the chain's end."""
    seq, previous = head(connection)
    told = _role(connection)
    stream = iter(entries)
    while chunk := list(islice(stream, _CHUNK)):
        rows = []
        for item in chunk:
            seq += 1
            row = _row(seq, occasion, item, told)
            row |= {"prev": previous, "hash": digest(previous, row)}
            previous = row["hash"]
            rows.append(row)
        insert_columns(connection, tables.entry, {name: [row[name] for row in rows] for name in COLUMNS})


def _role(connection: Connection) -> dict[str, str]:
    """Return the role under which a database server knows us: whoever types another name as user is still told from it."""
    if connection.dialect.name == "sqlite":
        return {}
    return {"role": str(connection.scalar(text("SELECT session_user")))}


def _row(seq: int, occasion: Occasion, entry: Entry, told: Mapping[str, str]) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": occasion.stamp,
        "user": occasion.user,
        "action": entry.action,
        "batch": entry.batch,
        "invoice_id": entry.invoice_id,
        "invoice_ref": entry.invoice_ref,
        "number": entry.number,
        "sha256": entry.sha256,
        "body": canonical({**entry.body, **told}).decode(),
    }
