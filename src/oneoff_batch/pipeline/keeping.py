"""The book itself as a thing to keep: restore it from a backup, copy it to another place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..book import BookError, create_book, keeping, open_book
from ..book.keeping import Kept, Lost
from .batches import Progress
from .workspace import Workspace


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do: what the backup holds, and what became of the book that was there.

    `occupied` says that there was something in it; `lost` what it has beyond the backup, None where it does not go on from
    it; `aside` is where it was kept.
    """

    kept: Kept
    occupied: bool
    lost: Lost | None = None
    aside: Path | None = None


def restore(
    workspace: Workspace, file: Path, now: datetime, progress: Progress, *, replace: bool, dry_run: bool
) -> Restored:
    """Put the book of a backup in the place of the one of a workspace; what is there is kept under another name.

    Raises `BookError` where the backup does not hold, or where there is something in the book and `replace` is not given.
    """
    url = workspace.book_url
    kept = keeping.proven(file)
    there = keeping.present(url)
    if there is False:
        if not dry_run:
            keeping.restore(file, url, progress)
        return Restored(kept, occupied=False)
    lost = keeping.lost_by(url, file) if there else None
    if dry_run:
        return Restored(kept, True, lost)
    if not replace:
        raise BookError(_refusal(lost))
    if workspace.book is None:
        raise BookError("A book in a database server is not overwritten: make an empty database, and restore into that.")
    stamp = f"{now:%Y-%m-%d-%H%M%S}"
    if there:
        aside = workspace.book.with_name(f"{workspace.book.name}.before-{stamp}")
        keeping.duplicate(workspace.book, aside)
    else:
        aside = keeping.set_aside(url, stamp)
    keeping.restore(file, url, progress)
    return Restored(kept, True, lost, aside)


def _refusal(lost: Lost | None) -> str:
    if lost is None:
        what = "is another one, or is damaged: it does not go on from this backup."
    else:
        what = f"has {lost.entries:,} entries of the audit chain that the backup lacks"
        what += f", with {len(lost.numbers):,} numbers that were drawn." if lost.numbers else "."
    return (
        f"The present book {what} Nothing was changed. "
        "See what would be lost with --dry-run; to go back all the same add --replace, which keeps the present book aside."
    )


def copy_book(source: str, target: str, progress: Progress, *, dry_run: bool) -> Kept:
    """Copy a book (a file or an address) into another one that is empty or not there yet."""
    place = _address(target)
    with open_book(_address(source)) as book:
        if dry_run:
            found = book.verify()
            return Kept(found.invoices, found.entries, found.head)
        create_book(place)
        return keeping.copied(book, place, progress)


def _address(name: str) -> str:
    return name if "://" in name else keeping.address(Path(name))
