"""Everything that the book holds of one batch, as it is stored: the values under the seals, the entries, the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from . import documents, storing, tables
from .chain import COLUMNS, head
from .documents import KeptDocument
from .links import known
from .sealing import HEADER, LINE, TAX, Rows, contents, cuts

MOVING = ("invoice_date", "due_date", "on_hold")
"""What is stored of an invoice and is not under its seal; once it is final, its ledger entry has the dates."""
_PIECE = 1_000
_ENTRIES = 2_000


class Evidence:
    """One batch in one view of the book, in pieces, so that memory does not grow with the batch."""

    def __init__(self, connection: Connection, batch: str) -> None:
        self.batch = batch
        self._connection = connection

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the last entry of the whole book."""
        return head(self._connection)

    def last(self) -> int:
        """Return the number of the last entry of the batch and of its invoices."""
        return self._connection.scalar(select(func.max(tables.entry.c.seq)).where(self._own())) or 0

    def _own(self) -> ColumnElement[bool]:
        e, i = tables.entry.c, tables.invoice.c
        return or_(e.batch == self.batch, e.invoice_id.in_(select(i.id).where(i.batch == self.batch)))

    def invoices(self) -> Iterator[dict[str, Any]]:
        """Yield each invoice of the batch, archived ones too, in the order of the sheet.

        `id`, `seal`, what is under the seal (`sealing.contents`: invoice, lines, taxes), and `moving` (`MOVING`, by name).
        """
        i = tables.invoice.c
        ids = self._connection.scalars(select(i.id).where(i.batch == self.batch).order_by(i.id)).all()
        for start in range(0, len(ids), _PIECE):
            yield from self._piece(ids[start : start + _PIECE])

    def _piece(self, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        i = tables.invoice.c
        names = ("id", "seal", *MOVING, *HEADER)
        header = self._columns(select(*(i[n] for n in names)).where(i.id.in_(ids)).order_by(i.id), names)
        lines, taxes = self._rows(tables.line, LINE, "line", ids), self._rows(tables.tax, TAX, "position", ids)
        moving = zip(*(header[name] for name in MOVING), strict=True)
        rows = zip(header["id"], header["seal"], contents(header, lines, taxes), moving, strict=True)
        for id_, sealed, content, moved in rows:
            yield {"id": id_, "seal": sealed, **content, "moving": dict(zip(MOVING, moved, strict=True))}

    def _rows(self, table: Any, names: Sequence[str], order: str, ids: Sequence[int]) -> Rows:
        query = select(table.c.invoice_id, *(table.c[n] for n in names)).where(table.c.invoice_id.in_(ids))
        columns = self._columns(query.order_by(table.c.invoice_id, table.c[order]), ("invoice_id", *names))
        return Rows(columns, cuts(columns["invoice_id"], ids))

    def _columns(self, query: Any, names: Sequence[str]) -> dict[str, list[Any]]:
        """Return rows as columns; what the book never stores (a fraction, bytes) is made equal to nothing."""
        rows = self._connection.execute(query).all()
        return {name: [known(row[place]) for row in rows] for place, name in enumerate(names)}

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield every entry of the batch and of its invoices, oldest first, with `chain.COLUMNS`."""
        e = tables.entry.c
        query = select(*(e[n] for n in COLUMNS)).where(self._own()).order_by(e.seq)
        result = self._connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": _ENTRIES})
        for rows in result.partitions(_ENTRIES):
            for row in rows:
                yield dict(zip(COLUMNS, map(known, row), strict=True))

    def documents(self) -> list[KeptDocument]:
        """Return the documents that the batch came from (`documents.of_batch`)."""
        return documents.of_batch(self._connection, self.batch)

    def document(self, sha256: str) -> bytes:
        """Return the bytes of a document, by their SHA-256."""
        return documents.content(self._connection, sha256)

    def problems(self) -> str:
        """Return the JSON text of the problems that the upload had."""
        return storing.problems(self._connection, self.batch)
