"""Corrections: credit notes and what they correct, payments, and what a batch was drafted from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns of credit notes, the table of payments with its guards, and the rows of a batch."""
    op.add_column("batch", sa.Column("kind", sa.String(16), nullable=False, server_default="upload"))
    op.add_column("batch", sa.Column("rows", sa.LargeBinary))
    # Alembic adds no column with a reference on SQLite, though SQLite itself does.
    op.execute("ALTER TABLE invoice ADD COLUMN credits_id INTEGER REFERENCES invoice (id)")
    op.add_column("invoice", sa.Column("preceding_number", sa.Text()))
    op.add_column("invoice", sa.Column("preceding_date", sa.String(10)))
    op.add_column("invoice", sa.Column("credit_reason", sa.Text()))
    op.add_column("line", sa.Column("credits_line", sa.Integer()))
    op.create_index("invoice_of_customer", "invoice", ["customer", "gross_total"])
    where = sa.text("credits_id IS NOT NULL")
    op.create_index("invoice_credits", "invoice", ["credits_id"], sqlite_where=where, postgresql_where=where)
    _payment()


def downgrade() -> None:
    """Refuse: a book is never taken back to an older form."""
    raise RuntimeError("The book is not taken back to an older form.")


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("invoice_id", sa.Integer(), sa.ForeignKey("invoice.id"), nullable=False),
        sa.Column("paid_on", sa.String(10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.String(32), nullable=False),
    )
    op.create_index("payment_of_invoice", "payment", ["invoice_id"])
    op.create_index("payment_file", "payment", ["sha256"])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER guard_payment_{event.lower()} BEFORE {event} ON payment "
                "BEGIN SELECT RAISE(ABORT, 'a payment never changes; enter another one'); END"
            )
