"""Good rows and master data become drafts: names, dates, tax with its reason, totals, content hash."""

from .draft import draft
from .drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from .hashing import content_hash

__all__ = ["INVOICE_COLUMNS", "LINE_COLUMNS", "TAX_COLUMNS", "Drafts", "content_hash", "draft"]
