"""Indices for a book of a million invoices: final ones by number and date, those that still move, refs, credit notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indices without which each question reads the whole book."""
    _index("invoice_final", ["series", "period", "counter", "invoice_date"], "status = 'FINAL'")
    _index("invoice_live", ["series", "invoice_date"], "status IN ('DRAFT', 'OPEN')")
    _index("invoice_corrects", ["preceding_number"], "preceding_number IS NOT NULL")
    _index("entry_refreshed", ["batch"], "action = 'refresh'", "entry")
    op.create_index("invoice_of_ref", "invoice", ["invoice_ref"])


def downgrade() -> None:
    """Refuse: a book is never taken back to an older form."""
    raise RuntimeError("The book is not taken back to an older form.")


def _index(name: str, columns: list[str], condition: str, table: str = "invoice") -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
