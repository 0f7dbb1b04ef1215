"""A book of any number of final invoices, through the product's own methods: one real draft, billed again and again."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from oneoff_batch.book import Book, Posted, Step, Upload, create_book, open_book
from oneoff_batch.checking.again import as_given
from oneoff_batch.checking.kept import packed
from oneoff_batch.columns import DATE
from oneoff_batch.drafting.drafts import Drafts
from oneoff_batch.drafting.hashing import content_hash
from oneoff_batch.pipeline.intake import examine, made_with
from oneoff_batch.pipeline.workspace import Workspace, open_workspace

from .generate import HEADS, ROWS, heads, lines, workspace

BATCH = 10_000
FIRST_DAY = date(2024, 1, 1)
_DAYS = ("invoice_date", "planned_date", "due_date")
_SPREAD = 9
"""Days that the invoices of one batch are spread over; the next batch begins where it ends."""


@dataclass(frozen=True)
class Pattern:
    """The drafts of one upload of 1 to 3 lines an invoice, and the rows they were drafted from."""

    workspace: Workspace
    drafts: Drafts
    rows: bytes


def pattern(root: Path) -> Pattern:
    """Draft one upload as `draft` does: read, check, tax."""
    opened = open_workspace(workspace(root))
    paths = [root / "invoices.csv", root / "lines.csv"]
    wanted = {row[0]: 1 + at % 3 for at, row in enumerate(heads(BATCH))}
    some = (row for row in lines(BATCH) if int(row[1]) <= wanted[row[0]])
    for path, head, rows in zip(paths, (HEADS, ROWS), (heads(BATCH), some), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    outcome = examine(opened, paths, None, date(2026, 11, 27), None, False)
    assert outcome.drafts is not None and outcome.checked is not None and len(outcome.drafts) == BATCH, outcome.problems
    return Pattern(opened, outcome.drafts, packed(as_given(outcome.checked), made_with(opened)))


def billed_again(drafts: Drafts, n: int) -> Drafts:
    """Return the drafts as those of the n-th batch: other refs and customers, later days, a hash of their own."""
    i = drafts.invoices
    refs = pd.Series([f"R{n:05d}-{k:05d}" for k in range(len(i))], dtype=i["invoice_ref"].dtype)
    moved = timedelta(days=n * _SPREAD)
    place = [timedelta(days=k * _SPREAD // len(i)) for k in range(len(i))]
    start = [FIRST_DAY + moved + own for own in place]
    days = {name: pd.Series(start, dtype=DATE) for name in ("invoice_date", "planned_date")}
    days["due_date"] = pd.Series([day + timedelta(days=30) for day in start], dtype=DATE)
    customer = i["customer"] + f"-{n % 50:02d}"
    invoices = i.assign(invoice_ref=refs, customer=customer, po_number=i["po_number"] + f"/{n}", **days)
    own = [rows.assign(invoice_ref=refs.take(rows["invoice"]).set_axis(rows.index)) for rows in (drafts.lines, drafts.taxes)]
    made = Drafts(invoices, *own)
    return Drafts(invoices.assign(content_hash=content_hash(made)), *own)


def moment(n: int) -> datetime:
    """Return when the n-th batch is uploaded: on the day after the last of its invoices."""
    return datetime(2024, 1, 10, 8, tzinfo=UTC) + timedelta(days=n * _SPREAD)


def sheets(root: Path, n: int) -> list[Path]:
    """Write the pattern's upload anew as that of the n-th batch, for the command `draft`."""
    day = moment(n).date()
    with (root / "invoices.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    places = [head.index(name) for name in ("invoice_date", "due_date")]
    for row in rows:
        for place, date_ in zip(places, (day, day + timedelta(days=30)), strict=True):
            row[place] = str(date_)
    with (root / "invoices.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return [root / "invoices.csv", root / "lines.csv"]


def add_approved(book: Book, made: Pattern, n: int) -> pd.DataFrame:
    """Upload the n-th batch and let somebody else approve it; returns its states."""
    sha256 = hashlib.sha256(f"batch {n}".encode()).hexdigest()
    upload = Upload(f"batch-{n:04d}.csv", sha256, "anna", moment(n), rows=made.rows)
    batch = book.add_batch(billed_again(made.drafts, n), upload, left_out=0)
    states = book.states(batch=batch)
    assert not book.move([Step("approve", states["id"].tolist())], "ben", moment(n)).problems
    return book.states(batch=batch)


def post(book: Book, made: Pattern, states: pd.DataFrame, n: int, **more: Any) -> Posted:
    """Finalize on the invoices' own days."""
    posted = book.finalize(
        states[["id", "invoice_date", "due_date"]],
        series=made.workspace.settings.series, chronology="refuse", user="carla", at=moment(n), everything=False, **more,
    )  # fmt: skip
    assert not posted.problems, posted.problems[:3]
    return posted


def grow(path: Path, made: Pattern, count: int) -> Iterator[int]:
    """Make a book of `count` final invoices, and yield how many there are after each batch."""
    url = f"sqlite:///{path}"
    create_book(url)
    with open_book(url) as book:
        for n in range(count // BATCH):
            post(book, made, add_approved(book, made, n), n)
            yield (n + 1) * BATCH


if __name__ == "__main__":
    root = Path(sys.argv[1])
    for _ in grow(root / "book.sqlite", pattern(root), int(sys.argv[2])):
        pass
