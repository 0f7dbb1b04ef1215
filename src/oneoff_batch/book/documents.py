"""Documents: the exact files that a batch came from, each kept once, and named with its sum by the entries of the chain."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from ..problems import Problem
from . import tables
from .engine import BookError, insert_columns
from .links import streamed

KINDS = ("input", "settings", "master", "profile")
"""What was uploaded, the settings, the master data (a workbook, or each file of a folder), and the mapping profile."""
_NAMING = ("upload", "refresh", "pay")
"""What entries that name documents tell of."""
_PIECE, _BLOCK = 2_000, 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read: its kind (one of `KINDS`), its name, its bytes."""

    kind: str
    name: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256(self.content).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return what an entry of the chain says of it."""
        return {"kind": self.kind, "name": self.name, "sha256": self.sha256, "size": len(self.content)}


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """What an entry of the chain says of a document."""

    kind: str
    name: str
    sha256: str
    size: int


def keep(connection: Connection, documents: Sequence[Document]) -> dict[str, Any]:
    """Keep documents, each once, and return what the entry that they belong to says of them."""
    d = tables.document.c
    wanted = {document.sha256: document for document in documents}
    known = set(connection.scalars(select(d.sha256).where(d.sha256.in_(wanted))))
    new = [(key, document.content) for key, document in wanted.items() if key not in known]
    columns: dict[str, list[Any]] = {
        "sha256": [key for key, _ in new],
        "size": [len(content) for _, content in new],
        "content": [zlib.compress(content) for _, content in new],
    }
    insert_columns(connection, tables.document, columns)
    return {"documents": [document.as_dict() for document in documents]} if documents else {}


def of_batch(connection: Connection, batch: str) -> list[KeptDocument]:
    """Return the documents of a batch in the order in which they came: of its upload, then of what was refreshed in it."""
    e = tables.entry.c
    query = select(e.body).where(e.batch == batch, e.action.in_(("upload", "refresh"))).order_by(e.seq)
    return list(dict.fromkeys(found for body in connection.scalars(query) for found in _listed(body)))


def _listed(body: str) -> list[KeptDocument]:
    return [KeptDocument(**told) for told in json.loads(body).get("documents", [])]


def content(connection: Connection, sum_: str) -> bytes:
    """Return the bytes that have this SHA-256; raises `BookError` where they are not kept, or are others."""
    kept = connection.scalar(select(tables.document.c.content).where(tables.document.c.sha256 == sum_))
    if kept is None:
        raise BookError(f"The book does not hold the document with the SHA-256 {sum_}.")
    fault = _fault(kept, sum_, None)
    if fault:
        raise BookError(f"The document with the SHA-256 {sum_} is not what was kept: {fault}.")
    return zlib.decompress(kept)


def faults(connection: Connection) -> Iterator[Problem]:
    """Yield E528 for each document that an entry names and that is not there, or has other bytes; one is read at a time."""
    d = tables.document.c
    for found in _every(connection):
        kept = connection.scalar(select(d.content).where(d.sha256 == found.sha256))
        what = "it is not there" if kept is None else _fault(kept, found.sha256, found.size)
        if what:
            yield Problem("E528", details={"name": found.name, "sha256": found.sha256, "what": what})


def _every(connection: Connection) -> list[KeptDocument]:
    """Return what any entry names, each content and size once."""
    e = tables.entry.c
    query = select(e.body).where(e.action.in_(_NAMING)).order_by(e.seq)
    found: dict[tuple[str, int], KeptDocument] = {}
    for rows in streamed(connection, query, _PIECE):
        for document in (one for row in rows for one in _named(row[0])):
            found.setdefault((document.sha256, document.size), document)
    return list(found.values())


def _named(body: Any) -> list[KeptDocument]:
    try:
        return [d for d in _listed(body) if isinstance(d.sha256, str) and isinstance(d.size, int)]
    except (ValueError, TypeError, AttributeError):
        # An entry that nobody can read is named by the chain.
        return []


def _fault(kept: bytes, sum_: str, size: int | None) -> str:
    found, length = sha256(), 0
    try:
        for piece in _unpacked(kept):
            found.update(piece)
            length += len(piece)
    except (zlib.error, TypeError):
        return "it cannot be unpacked"
    if found.hexdigest() != sum_:
        return f"its SHA-256 is {found.hexdigest()}"
    return f"it has {length} bytes instead of {size}" if size is not None and length != size else ""


def _unpacked(kept: bytes) -> Iterator[bytes]:
    """Yield what was compressed, a block at a time; raises `zlib.error` where it breaks off or goes on behind its end."""
    unpacking, given, taken = zlib.decompressobj(), memoryview(kept), 0
    while taken < len(given) and not unpacking.eof:
        rest = bytes(given[taken : taken + _BLOCK])
        taken += len(rest)
        while rest and not unpacking.eof:
            yield unpacking.decompress(rest, _BLOCK)
            rest = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not unpacking.eof or unpacking.unused_data or taken < len(given):
        raise zlib.error("not one whole stream")
