"""The database: drafts, statuses, approvals, number series, ledger, audit chain; one transaction to post."""

from .book import Book, open_book
from .documents import Document, KeptDocument
from .engine import BookError, create_book
from .moving import Moved, Step
from .posting import Posted
from .slicing import Figures, Piece, Slice, Which
from .storing import Upload
from .verifying import Verification

__all__ = [
    "Book", "BookError", "Document", "Figures", "KeptDocument", "Moved", "Piece", "Posted", "Slice", "Step", "Upload",
    "Verification", "Which", "create_book", "open_book",
]  # fmt: skip
