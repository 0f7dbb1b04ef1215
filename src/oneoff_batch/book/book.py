"""The book: drafts, statuses, approvals, numbers and the ledger in one database, and one transaction to post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from ..drafting.drafts import Drafts
from ..settings import Series
from . import loading, moving, storing, tables, verifying
from .cells import frame
from .chain import COLUMNS, Occasion
from .engine import PATIENCE, BookError, check, engine_for, reading, writing
from .moving import Moved, Step
from .posting import Posted, Rules, post
from .storing import Upload
from .verifying import Verification


@contextmanager
def open_book(url: str, *, patience: float = PATIENCE) -> Iterator[Book]:
    """Open a book for the length of a `with` block; an older one is brought up to date first.

    `url` is an SQLAlchemy address such as `sqlite:////folder/book.sqlite`; `patience` is how many seconds a write
    waits for another run. Raises `BookError` for a book that is missing, of a newer version, or in use for longer.
    """
    engine = engine_for(url, patience)
    try:
        check(engine)
        yield Book(engine)
    finally:
        engine.dispose()


class Book:
    """An open book. Every method is one transaction; moments are `datetime` with a time zone."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def same_upload(self, sha256: str) -> str | None:
        """Return the batch that holds a file with this SHA-256; None where it left invoices out, or all were archived."""
        with reading(self.engine) as connection:
            return storing.same_upload(connection, sha256)

    def known(self, refs: Sequence[str]) -> pd.DataFrame:
        """Return `invoice_ref`, `batch`, `status`, `number`, `content_hash` of what is not archived under refs."""
        with reading(self.engine) as connection:
            return loading.known(connection, refs)

    def add_batch(self, drafts: Drafts, upload: Upload, *, left_out: int, replaces: frozenset[str] = frozenset()) -> str:
        """Store drafts as a batch and return its id, such as `2026-11-24-1`: the day in UTC and a running number.

        `left_out` counts the invoices of the file that could not be drafted. Drafts whose refs are in `replaces`
        are archived. The same bytes again change nothing and return the batch that they made. Raises `BookError`
        where a ref is in the book already and is not to be replaced, or is final.
        """
        with writing(self.engine) as connection:
            return storing.add(connection, drafts, upload, left_out, replaces)

    def problems(self, batch: str) -> str:
        """Return the JSON text of the problems that the upload of a batch had."""
        with reading(self.engine) as connection:
            return storing.problems(connection, batch)

    def batches(self) -> pd.DataFrame:
        """Return one row per batch, oldest first.

        Columns: batch, file, sha256, uploaded_by, uploaded_at, invoices, left_out; how many are draft, open, final,
        archived and approved, and ready (approved, not final yet); first_number, last_number.
        """
        with reading(self.engine) as connection:
            return loading.batches(connection)

    def states(
        self,
        batch: str | None = None,
        refs: Iterable[str] | None = None,
        numbers: Iterable[str] | None = None,
        status: Iterable[str] | str | None = None,
        ids: Iterable[int] | None = None,
    ) -> pd.DataFrame:
        """Return `loading.STATE_COLUMNS` of the invoices that meet every condition, by batch and position."""
        wanted = [status] if isinstance(status, str) else status
        given = {"id": ids, "invoice_ref": refs, "number": numbers}
        lists = {name: values for name, values in given.items() if values is not None}
        with reading(self.engine) as connection:
            return loading.states(connection, batch=batch, status=wanted, lists=lists)

    def load(self, states: pd.DataFrame) -> Drafts:
        """Return the drafts of these invoices in this order, as they were stored; final ones with final dates."""
        with reading(self.engine) as connection:
            return loading.load(connection, states["id"].tolist())

    def move(self, steps: Iterable[Step], user: str, at: datetime, *, same_person_may: bool = False) -> Moved:
        """Make moves that draw no number, with their entries, all in one transaction.

        What is not legal from where an invoice stands (`lifecycle.MOVES`) is refused with E501, one's own upload
        with E503 unless `same_person_may`; those stay as they are, and the others are moved.
        """
        with writing(self.engine) as connection:
            return moving.take(connection, steps, Occasion(user, at), same_person_may=same_person_may)

    def finalize(
        self,
        dates: pd.DataFrame,
        *,
        series: Mapping[str, Series],
        chronology: str,
        user: str,
        at: datetime,
        everything: bool,
        dry_run: bool = False,
    ) -> Posted:
        """Draw numbers, write the ledger and make invoices final, all in one transaction or not at all.

        `dates` has `id`, `invoice_date` and `due_date` (days) of each invoice. Those that are final already keep
        their number and dates. `everything` takes what is not approved too, and is recorded. `chronology` is
        refuse, warn or off. `dry_run` does all of it and takes it back. An error (E501, E502, E504, E505) among
        the problems means that nothing was drawn.
        """
        rules = Rules(series, chronology, everything)
        try:
            with writing(self.engine, keep=not dry_run) as connection:
                return post(connection, dates, rules, Occasion(user, at))
        except IntegrityError as error:
            if "invoice.number" not in str(error.orig):
                raise
            raise BookError(
                "A number to be drawn is in the book already, from another series. "
                "Give each series its own prefix in the settings; nothing was drawn."
            ) from error

    def ledger(self, series: str | None = None, year: int | None = None, limit: int | None = None) -> pd.DataFrame:
        """Return the states of final invoices in the order of their numbers; `limit` keeps the last so many."""
        with reading(self.engine) as connection:
            return loading.ledger(connection, series, year, limit)

    def entries(
        self, batch: str | None = None, ref: str | None = None, number: str | None = None, action: str | None = None
    ) -> pd.DataFrame:
        """Return entries of the audit chain, oldest first, with `chain.COLUMNS`; `body` is JSON text."""
        e = tables.entry.c
        wanted = {"batch": batch, "invoice_ref": ref, "number": number, "action": action}
        query = select(*(e[name] for name in COLUMNS)).order_by(e.seq)
        query = query.where(*(e[name] == value for name, value in wanted.items() if value is not None))
        with reading(self.engine) as connection:
            return frame(connection.execute(query), COLUMNS)

    def verify(self) -> Verification:
        """Prove that there is no gap and no duplicate, that dates, chain and totals hold, and name what does not."""
        with reading(self.engine) as connection:
            return verifying.verify(connection)
