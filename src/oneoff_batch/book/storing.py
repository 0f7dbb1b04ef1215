"""Drafts into the book: a batch, its invoices with lines and taxes, and what the audit chain says of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, exists, func, insert, select, update

from ..drafting.drafts import INVOICE_COLUMNS, Drafts
from . import tables
from .cells import stored
from .chain import Entry, Occasion, append
from .documents import Document, keep
from .engine import BookError, chunks, insert_columns
from .sealing import LINE, TAX, Rows, cuts, seals

_CHUNK = 2_000
REPLACED = "replaced by batch {batch}"
"""The reason in the entry of a draft that gave way to one of another upload."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was uploaded: its name, the SHA-256 of its bytes, by whom, and when (with a time zone).

    `problems` is JSON text of what was found in it, kept so that its pages can be written again; `rows` what its invoices
    were drafted from, kept for a refresh; `kind` is upload, or credit for a batch of credit notes; `documents` are the files
    themselves, with the settings and the master data of the day.
    """

    file: str
    sha256: str
    user: str
    at: datetime
    problems: str = "[]"
    rows: bytes | None = None
    kind: str = "upload"
    documents: tuple[Document, ...] = ()


def same_upload(connection: Connection, sha256: str) -> str | None:
    """Return the batch that holds all invoices of these bytes, unless one was archived since."""
    b, i = tables.batch.c, tables.invoice.c
    gone = exists().where(i.batch == b.batch, i.status == "ARCHIVED")
    query = select(b.batch).where(b.sha256 == sha256, b.left_out == 0, ~gone).order_by(b.uploaded_at.desc(), b.batch.desc())
    return connection.scalars(query.limit(1)).first()


def add(connection: Connection, drafts: Drafts, upload: Upload, left_out: int, replaces: frozenset[str]) -> str:
    """Store drafts as a new batch and return its id; the same bytes again return the batch they made.

    Raises `BookError` for a ref that is in the book already and is not to be replaced, or that is final.
    """
    if not len(drafts):
        raise ValueError("a batch without invoices is not stored")
    same = same_upload(connection, upload.sha256)
    if same:
        return same
    occasion = Occasion(upload.user, upload.at)
    batch = _next_id(connection, occasion.stamp[:10])
    _make_room(connection, drafts.invoices["invoice_ref"].tolist(), replaces, batch, occasion)
    row = {"batch": batch, "file": upload.file, "sha256": upload.sha256, "uploaded_by": upload.user}
    counts = {"invoices": len(drafts), "left_out": left_out}
    found = {"problems": zlib.compress(upload.problems.encode()), "rows": upload.rows, "kind": upload.kind}
    connection.execute(insert(tables.batch), row | counts | found | {"uploaded_at": occasion.stamp})
    told = {"file": upload.file, **counts, **keep(connection, upload.documents)}
    append(connection, occasion, [Entry("upload", batch, None, None, None, told, upload.sha256)])
    append(connection, occasion, _insert(connection, drafts, batch, upload.sha256))
    return batch


def problems(connection: Connection, batch: str) -> str:
    """Return the JSON text of the problems that the upload of a batch had."""
    kept = connection.scalars(select(tables.batch.c.problems).where(tables.batch.c.batch == batch)).one()
    return zlib.decompress(kept).decode()


def _next_id(connection: Connection, day: str) -> str:
    ids = connection.scalars(select(tables.batch.c.batch).where(tables.batch.c.batch.startswith(f"{day}-")))
    return f"{day}-{max((int(i.rsplit('-', 1)[1]) for i in ids), default=0) + 1}"


def _make_room(connection: Connection, refs: list[str], replaces: frozenset[str], batch: str, occasion: Occasion) -> None:
    """Archive the drafts that are replaced; refuse what is in the way and may not be."""
    i = tables.invoice.c
    there = [
        row
        for some in chunks(sorted({*refs, *replaces}))
        for row in connection.execute(
            select(i.id, i.batch, i.invoice_ref, i.status).where(i.invoice_ref.in_(some), i.status != "ARCHIVED")
        )
    ]
    for row in there:
        if row.invoice_ref not in replaces or row.status == "FINAL":
            raise BookError(f"The invoice {row.invoice_ref} is in the book already, in batch {row.batch}.")
    for some in chunks([row.id for row in there]):
        connection.execute(update(tables.invoice).where(i.id.in_(some)).values(status="ARCHIVED"))
    told = {"reason": REPLACED.format(batch=batch)}
    append(
        connection,
        occasion,
        (Entry("archive", row.batch, row.id, row.invoice_ref, None, told) for row in there),
    )


def _insert(connection: Connection, drafts: Drafts, batch: str, sha256: str) -> Iterator[Entry]:
    """Insert the invoices in pieces, and yield the entry of each."""
    first = (connection.scalar(select(func.max(tables.invoice.c.id))) or 0) + 1
    for part, start in in_parts(drafts):
        header, lines, taxes = stored_part(part)
        places = range(start, start + len(part))
        columns = header | {
            "id": [first + place for place in places],
            "batch": [batch] * len(part),
            "position": [place + 1 for place in places],
            "status": ["DRAFT"] * len(part),
            "approval": ["PENDING_REVIEW"] * len(part),
        }
        insert_columns(connection, tables.invoice, columns)
        insert_rows(connection, lines, taxes, columns["id"])
        yield from _entries(columns, part.invoices, batch, sha256)


def in_parts(drafts: Drafts) -> Iterator[tuple[Drafts, int]]:
    """Yield a few thousand invoices at a time, each with fresh indices, and the place of the first among all."""
    lines, line_cuts = _by_invoice(drafts.lines, len(drafts))
    taxes, tax_cuts = _by_invoice(drafts.taxes, len(drafts))
    for start in range(0, len(drafts), _CHUNK):
        stop = min(start + _CHUNK, len(drafts))
        own = (lines.iloc[line_cuts[start] : line_cuts[stop]], taxes.iloc[tax_cuts[start] : tax_cuts[stop]])
        moved = (rows.assign(invoice=rows["invoice"] - start).reset_index(drop=True) for rows in own)
        yield Drafts(drafts.invoices.iloc[start:stop].reset_index(drop=True), *moved), start


def _by_invoice(rows: pd.DataFrame, count: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return rows invoice by invoice, and where each invoice's begin."""
    if not rows["invoice"].is_monotonic_increasing:
        rows = rows.sort_values("invoice", kind="stable", ignore_index=True)
    return rows, np.searchsorted(rows["invoice"].to_numpy(dtype=np.int64), np.arange(count + 1))


def stored_part(part: Drafts) -> tuple[dict[str, list[Any]], Rows, Rows]:
    """Return drafts as the database stores them: the header's columns with line count and seal, lines and taxes."""
    digits = part.invoices["digits"]
    header = dict(zip(INVOICE_COLUMNS, stored(part.invoices, INVOICE_COLUMNS, digits), strict=True))
    lines, taxes = _rows_of(part.lines, LINE, digits), _rows_of(part.taxes, TAX, digits)
    return header | {"line_count": np.diff(lines.cuts).tolist(), "seal": list(seals(header, lines, taxes))}, lines, taxes


def insert_rows(connection: Connection, lines: Rows, taxes: Rows, ids: Sequence[int]) -> None:
    """Insert the lines and taxes of invoices that have these ids."""
    insert_columns(connection, tables.line, {**lines.columns, "invoice_id": _owners(lines, ids)})
    owners = _owners(taxes, ids)
    insert_columns(connection, tables.tax, {**taxes.columns, "invoice_id": owners, "position": _counted(owners)})


def _owners(rows: Rows, ids: Sequence[int]) -> list[int]:
    return np.repeat(np.array(ids, dtype=np.int64), np.diff(rows.cuts)).tolist()


def _rows_of(rows: pd.DataFrame, names: Sequence[str], digits: pd.Series) -> Rows:
    """Return the stored columns of lines or taxes, invoice by invoice."""
    owner = rows["invoice"].to_numpy(dtype=np.int64)
    own_digits = pd.Series(digits.to_numpy()[owner], index=rows.index)
    columns = dict(zip(names, stored(rows, names, own_digits), strict=True))
    return Rows(columns, cuts(owner.tolist(), range(len(digits))))


def _counted(owners: list[int]) -> list[int]:
    return (pd.Series(owners, dtype="int64").pipe(lambda s: s.groupby(s).cumcount()) + 1).tolist()


def _entries(columns: Mapping[str, list[Any]], invoices: pd.DataFrame, batch: str, sha256: str) -> Iterator[Entry]:
    names = ("id", "invoice_ref", "content_hash", "seal", "currency", "digits")
    gross = invoices["gross_total"].tolist()
    for row in zip(*(columns[n] for n in names), gross, strict=True):
        id_, ref, content_hash, sealed, currency, digits, total = row
        told = {"content_hash": content_hash, "seal": sealed, "gross_total": f"{total:.{digits}f} {currency}"}
        yield Entry("draft", batch, id_, ref, None, told, sha256)
