"""A workspace with a book, and what anna and ben do at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from samples import SAMPLES, sample

from oneoff_batch.book import Book, create_book, open_book
from oneoff_batch.pipeline import batches, ledger, moves, selecting
from oneoff_batch.pipeline.workspace import Workspace, open_workspace
from oneoff_batch.problems import errors

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Everything returns codes of problems, or the batch that was drafted."""

    workspace: Workspace
    book: Book

    def draft(self, code: str) -> str:
        """anna uploads the sample of a code."""
        batch = self._upload(code).batch
        assert batch is not None
        return batch

    def not_drafted(self, code: str) -> list[str]:
        """anna uploads the sample of a code, of which nothing is drafted."""
        done = self._upload(code)
        assert done.batch is None and done.outcome is not None
        return [p.code for p in done.outcome.problems]

    def _upload(self, code: str) -> batches.Drafted:
        path = sample(code)
        assert path is not None
        file = path / "upload.xlsx" if path.is_dir() else path
        return batches.draft_files(
            self.workspace, self.book, [file], None, "anna", NOON, valid_only=False, replace_drafts=False
        )

    def approve(self, batch: str, user: str) -> list[str]:
        """Somebody approves the whole batch."""
        chosen = selecting.choose(self.book, selecting.Wanted((batch,)))
        return [p.code for p in errors(moves.make(self.workspace, self.book, "approve", chosen, user, NOON).problems)]

    def finalize(self, batch: str, day: date) -> list[str]:
        """ben makes the whole batch final on a day, approved or not."""
        done = ledger.finalize(
            self.workspace, self.book, batch, "ben", NOON, invoice_date=day, everything=True, dry_run=False
        )
        return [p.code for p in errors(done.posted.problems)]


def workspace_in(folder: Path) -> Workspace:
    """Open the workspace in a folder, with the book that the environment names, as a command does."""
    return open_workspace(folder, os.environ.get("ONEOFF_BOOK"))


@contextmanager
def desk_in(folder: Path, master: Path) -> Iterator[Desk]:
    """Make a workspace of the sample company in a folder, with these master data."""
    shutil.copy(SAMPLES / "oneoff.toml", folder / "oneoff.toml")
    shutil.copy(master, folder / "master-data.xlsx")
    workspace = workspace_in(folder)
    create_book(workspace.book_url)
    with open_book(workspace.book_url) as book:
        yield Desk(workspace, book)
