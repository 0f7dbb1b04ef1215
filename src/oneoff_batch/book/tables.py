"""The tables of the book: what each holds, in portable SQLAlchemy Core."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    text,
)
from sqlalchemy.types import TypeEngine

from ..drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS
from .cells import kind_of


class MinorUnits(TypeDecorator[int]):
    """Money as whole minor units of its currency (cents); anything that is not a whole number is refused.

    SQLite would store a decimal as a binary fraction without a word (house §3).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Return the value unless it is finer than a minor unit."""
        if value is not None and type(value) is not int:
            raise TypeError(f"{value!r} is not a whole number of minor units")
        return value


metadata = MetaData()
FINAL, LIVE, REFRESHED = "status = 'FINAL'", "status IN ('DRAFT', 'OPEN')", "action = 'refresh'"
"""Conditions of partial indices: a query that should use one has the condition word for word (`only`)."""


def only(condition: str, table: Table) -> TextClause:
    """Return a condition of a partial index for a query of a table; a database knows it by its words, not by its values."""
    column, rest = condition.split(" ", 1)
    return text(f"{table.name}.{column} {rest}")


_TYPES: dict[str, TypeEngine[Any] | type[TypeEngine[Any]]] = {
    "text": Text(), "date": String(10), "flag": Boolean(), "int": Integer(),
    "amount": MinorUnits(), "tax_amount": MinorUnits(), "unit": String(32), "percent": String(16), "fx": String(32),
}  # fmt: skip
"""Dates are ISO 8601; quantities, prices and rates are exact decimals written out: no database has them wrong."""


_ALWAYS = frozenset(
    {"invoice_ref", "customer", "series", "currency", "digits", "planned_date", "on_hold", "content_hash",
     "net_total", "tax_total", "gross_total", "net", "tax", "gross", "taxable"}
)  # fmt: skip


def _stored(columns: tuple[str, ...], *leave_out: str) -> list[Column[Any]]:
    return [Column(name, _TYPES[kind_of(name)], nullable=name not in _ALWAYS) for name in columns if name not in leave_out]


batch = Table(
    "batch",
    metadata,
    Column("batch", String(32), primary_key=True),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", String(32), nullable=False),
    Column("invoices", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("problems", LargeBinary, nullable=False),
    Column("kind", String(16), nullable=False, server_default="upload"),
    Column("rows", LargeBinary),
    Index("batch_file", "sha256"),
)
"""`kind` is upload, or credit for a batch of credit notes; `rows` are what was drafted from, for a refresh.
Batches of the first schema have none."""

invoice = Table(
    "invoice",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("batch", String(32), ForeignKey("batch.batch"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("released_at", String(32)),
    Column("approval", String(16), nullable=False),
    Column("approved_by", Text),
    Column("approved_at", String(32)),
    Column("approval_reason", Text),
    Column("number", String(64)),
    Column("period", String(7)),
    Column("counter", BigInteger),
    Column("final_at", String(32)),
    Column("final_by", Text),
    Column("line_count", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
    Column("credits_id", Integer, ForeignKey("invoice.id")),
    *_stored(INVOICE_COLUMNS),
    CheckConstraint("status IN ('DRAFT', 'OPEN', 'FINAL', 'ARCHIVED')", name="invoice_status"),
    CheckConstraint("(status = 'FINAL') = (number IS NOT NULL)", name="invoice_numbered_when_final"),
    CheckConstraint("approval IN ('PENDING_REVIEW', 'APPROVED', 'DECLINED')", name="invoice_approval"),
    CheckConstraint(
        "status <> 'FINAL' OR (period IS NOT NULL AND counter IS NOT NULL AND invoice_date IS NOT NULL "
        "AND due_date IS NOT NULL AND final_at IS NOT NULL AND final_by IS NOT NULL AND NOT on_hold)",
        name="invoice_complete_when_final",
    ),
    Index("invoice_number", "number", unique=True),
    Index("invoice_in_batch", "batch", "position", unique=True),
    Index("invoice_counter", "series", "period", "counter", unique=True, sqlite_where=text("counter IS NOT NULL"),
          postgresql_where=text("counter IS NOT NULL")),
    Index("invoice_of_customer", "customer", "gross_total"),
    Index("invoice_credits", "credits_id", sqlite_where=text("credits_id IS NOT NULL"),
          postgresql_where=text("credits_id IS NOT NULL")),
    Index("invoice_live_ref", "invoice_ref", unique=True, sqlite_where=text("status <> 'ARCHIVED'"),
          postgresql_where=text("status <> 'ARCHIVED'")),
    Index("invoice_of_ref", "invoice_ref"),
    Index("invoice_final", "series", "period", "counter", "invoice_date", sqlite_where=text(FINAL),
          postgresql_where=text(FINAL)),
    Index("invoice_live", "series", "invoice_date", sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
    Index("invoice_corrects", "preceding_number", sqlite_where=text("preceding_number IS NOT NULL"),
          postgresql_where=text("preceding_number IS NOT NULL")),
)  # fmt: skip
"""One row per draft or final invoice or credit note; `seal` is the SHA-256 of the row's drafted content, its lines and
taxes. `credits_id` is the final invoice that a credit note corrects."""

line = Table(
    "line",
    metadata,
    Column("invoice_id", Integer, ForeignKey("invoice.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    *_stored(LINE_COLUMNS, "invoice", "invoice_ref", "line"),
    sqlite_with_rowid=False,
)

tax = Table(
    "tax",
    metadata,
    Column("invoice_id", Integer, ForeignKey("invoice.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    *_stored(TAX_COLUMNS, "invoice", "invoice_ref"),
    sqlite_with_rowid=False,
)

payment = Table(
    "payment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("invoice_id", Integer, ForeignKey("invoice.id"), nullable=False),
    Column("paid_on", String(10), nullable=False),
    Column("amount", MinorUnits(), nullable=False),
    Column("reference", Text),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", String(32), nullable=False),
    Index("payment_of_invoice", "invoice_id"),
    Index("payment_file", "sha256"),
)
"""What was paid of final invoices, in their currency; append-only. A payment that goes back is a negative amount."""

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Files that a batch came from, by the SHA-256 of their bytes; `content` is those bytes, compressed with zlib, and `size`
counts them. Which batch has which stands in its entry of the audit chain."""

series = Table(
    "series",
    metadata,
    Column("series", String(64), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("counter", BigInteger, nullable=False),
    Column("last_date", String(10), nullable=False),
)
"""The last counter drawn from each series in each period, and the latest invoice date that has a number there."""

entry = Table(
    "entry",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("user", Text, nullable=False),
    Column("action", String(16), nullable=False),
    Column("batch", String(32)),
    Column("invoice_id", Integer),
    Column("invoice_ref", Text),
    Column("number", String(64)),
    Column("sha256", String(64)),
    Column("body", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("entry_of_invoice", "invoice_id", "action"),
    Index("entry_refreshed", "batch", sqlite_where=text(REFRESHED), postgresql_where=text(REFRESHED)),
)
"""The audit chain: append-only, each entry holds the hash of the one before (see `chain`)."""
