"""Good rows and master data become drafts: names, dates, tax with its reason, totals, content hash."""

from typing import TYPE_CHECKING, Any

from .drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from .hashing import content_hash

if TYPE_CHECKING:
    from .draft import draft

__all__ = ["INVOICE_COLUMNS", "LINE_COLUMNS", "TAX_COLUMNS", "Drafts", "content_hash", "draft"]


def __getattr__(name: str) -> Any:
    """Import `draft` when it is first asked for: it brings all checks along, and who only reads the book needs none."""
    if name != "draft":
        raise AttributeError(name)
    from importlib import import_module

    # The module of this name took its place in the package while it was imported.
    globals()[name] = import_module(".draft", __name__).draft
    return globals()[name]
