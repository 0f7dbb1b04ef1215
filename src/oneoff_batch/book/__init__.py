"""The database: drafts, statuses, approvals, number series, ledger, audit chain; one transaction to post."""

from .book import Book, open_book
from .documents import Document, KeptDocument
from .engine import BookError, create_book
from .moving import Moved, Step
from .posting import Posted
from .storing import Upload
from .verifying import Verification

__all__ = [
    "Book",
    "BookError",
    "Document",
    "KeptDocument",
    "Moved",
    "Posted",
    "Step",
    "Upload",
    "Verification",
    "create_book",
    "open_book",
]
