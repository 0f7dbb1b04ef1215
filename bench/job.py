"""The whole job in one process, stage by stage: prints CPU seconds per stage and the peak of memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

STAGES: dict[str, float] = {}
PEAKS: dict[str, int] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the CPU seconds of the block to a stage."""
    before = time.process_time()
    yield
    STAGES[name] = round(STAGES.get(name, 0.0) + time.process_time() - before, 3)
    PEAKS[name] = _peak()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def timed(module: object, name: str, label: str) -> None:
    """Let a function of the product count as a stage of its own."""
    inner: Callable[..., object] = getattr(module, name)

    def outer(*args: object, **kwargs: object) -> object:
        with stage(label):
            return inner(*args, **kwargs)

    setattr(module, name, outer)


def main(root: Path, files: list[Path], profile: Path | None) -> None:
    """Draft, approve, finalize; the stages are those of the product's own pipeline."""
    with stage("import"):
        from oneoff_batch.book import Book, create_book, open_book
        from oneoff_batch.pipeline import batches, intake, ledger, moves, selecting
        from oneoff_batch.pipeline.workspace import open_workspace
        from oneoff_batch.reading import load_profile
    timed(intake, "load_master", "master data")
    timed(intake, "read_upload", "read")
    timed(intake, "check", "validate")
    timed(intake, "draft", "draft")
    timed(Book, "add_batch", "store")
    timed(Book, "load", "load")
    timed(batches, "write_invoice_pages", "pages")
    timed(batches, "write_batch_page", "batch page")
    timed(batches, "write_preview", "workbook")
    timed(ledger, "write_ledger_workbook", "ledger workbook")
    workspace = open_workspace(root)
    create_book(workspace.book_url)
    now = datetime.now().astimezone()
    quiet = lambda *_: lambda _: None  # noqa: E731
    with open_book(workspace.book_url) as book:
        chosen = load_profile(profile) if profile else None
        done = batches.draft_files(workspace, book, files, chosen, "anna", now, valid_only=True, replace_drafts=False)
        assert done.batch and done.outcome
        batches.write_batch(workspace, book, done.batch, quiet)
        drafted = sum(STAGES.values())
        with stage("approve"):
            chosen = selecting.choose(book, selecting.Wanted((done.batch,)))
            moves.make(workspace, book, "approve", chosen, "ben", now)
        with stage("finalize"):
            final = ledger.finalize(
                workspace, book, done.batch, "ben", now, invoice_date=None, everything=False, dry_run=False
            )
        with stage("verify"):
            assert not book.verify().problems
        count = len(final.drawn)
    totals = list(done.outcome.totals)
    print(
        json.dumps(
            {"stages": STAGES, "peaks": PEAKS, "until_preview": round(drafted, 2), "invoices": count,
             "totals": totals, "problems": len(done.outcome.problems), "peak_mb": _peak()}
        )
    )  # fmt: skip


if __name__ == "__main__":
    given = [Path(a) for a in sys.argv[1:]]
    profiles = [p for p in given if p.suffix == ".toml"]
    main(given[0], [p for p in given[1:] if p.suffix != ".toml"], profiles[0] if profiles else None)
