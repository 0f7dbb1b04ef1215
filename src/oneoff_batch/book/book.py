"""The book: drafts, statuses, approvals, numbers and the ledger in one database, and one transaction to post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from ..drafting.drafts import Drafts
from ..lifecycle.asking import Request
from ..lifecycle.changes import Months
from ..lifecycle.credit_notes import Terms
from ..problems import Problem
from ..settings import Series
from . import (
    again,
    correcting,
    documents,
    lives,
    loading,
    moving,
    paying,
    renewing,
    reviewing,
    storing,
    tables,
    undoing,
    verifying,
)
from .cells import frame
from .chain import COLUMNS, Occasion, head
from .correcting import CreditsAdded
from .documents import Document, KeptDocument
from .engine import PATIENCE, BookError, check, engine_for, name_of, reading, writing
from .evidence import Evidence
from .moving import Moved, Step
from .paying import Payment
from .posting import Posted, Rules, post
from .renewing import Renewed
from .reviewing import Decided
from .slicing import Slice, Which
from .storing import Upload
from .undoing import Undone
from .verifying import Verification

_ONE_NUMBER = ("invoice_number", "never displaced")
"""How the databases name the rule that no number stands twice: by an index, or by the guard that comes before it."""


@contextmanager
def open_book(url: str, *, patience: float = PATIENCE) -> Iterator[Book]:
    """Open a book for the length of a `with` block; an older one is brought up to date first.

    `url` is an address such as `sqlite:////folder/book.sqlite` or `postgresql://name@server/database`; `patience` is how
    many seconds a write waits for another run. Raises `BookError` for a book that is missing, of a newer version, or in use
    for longer.
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

    @property
    def name(self) -> str:
        """The name by which the user knows the book: its file, or its address without a password."""
        return name_of(self.engine)

    def same_upload(self, sha256: str) -> str | None:
        """Return the batch that holds a file with this SHA-256; None where it left invoices out, or all were archived."""
        with reading(self.engine) as connection:
            return storing.same_upload(connection, sha256)

    def known(self, refs: Sequence[str]) -> pd.DataFrame:
        """Return `loading.KNOWN` of what is not archived under refs: id, batch, status, number, approval, content hash."""
        with reading(self.engine) as connection:
            return loading.known(connection, refs)

    def live_in(self, batches: Sequence[str]) -> pd.DataFrame:
        """Return `invoice_ref` and `batch` of what can still change in these batches."""
        with reading(self.engine) as connection:
            return again.live_in(connection, batches)

    def alike(self, invoices: pd.DataFrame) -> pd.DataFrame:
        """Return `again.NEAR_COLUMNS` of what has customer, total and currency of one of these invoices."""
        with reading(self.engine) as connection:
            return again.alike(connection, invoices)

    def kept_rows(self, batch: str) -> again.Kept:
        """Return what a batch was drafted from; its rows are None where they were not kept."""
        with reading(self.engine) as connection:
            return again.kept_rows(connection, batch)

    def renew(
        self,
        drafts: Drafts,
        compared: Mapping[str, str],
        user: str,
        at: datetime,
        documents: Sequence[Document] = (),
    ) -> Renewed:
        """Put drafts in the place of the live ones with their refs, all in one transaction; their approval begins anew.

        `compared` holds by ref the content hash with which each was compared; one that changed since stays (E515).
        """
        with writing(self.engine) as connection:
            return renewing.renew(connection, drafts, compared, Occasion(user, at), documents)

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

    def documents(self, batch: str) -> list[KeptDocument]:
        """Return the documents that a batch came from (`documents.of_batch`); one of an older version kept none."""
        with reading(self.engine) as connection:
            return documents.of_batch(connection, batch)

    def document(self, sha256: str) -> bytes:
        """Return the bytes of a document that was kept, by their SHA-256."""
        with reading(self.engine) as connection:
            return documents.content(connection, sha256)

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

    def move(
        self, steps: Iterable[Step], user: str, at: datetime, *, same_person_may: bool = False, dry_run: bool = False
    ) -> Moved:
        """Make moves that draw no number, with their entries, all in one transaction.

        What is not legal from where an invoice stands (`lifecycle.MOVES`) is refused with E501, one's own upload
        with E503 unless `same_person_may`; those stay as they are, and the others are moved. `dry_run` takes it back.
        """
        with writing(self.engine, keep=not dry_run) as connection:
            return moving.take(connection, steps, Occasion(user, at), same_person_may=same_person_may)

    def months(self, batch: str) -> Months:
        """Return what customers came to in the month of a batch and before it (`reviewing.months`)."""
        with reading(self.engine) as connection:
            return reviewing.months(connection, batch)

    def decide(
        self,
        decisions: pd.DataFrame,
        user: str,
        at: datetime,
        *,
        told: Mapping[str, Any],
        same_person_may: bool,
        dry_run: bool = False,
    ) -> Decided:
        """Let a reviewer's decisions take effect, all in one transaction (`reviewing.decide`); `dry_run` takes it back."""
        with writing(self.engine, keep=not dry_run) as connection:
            return reviewing.decide(connection, decisions, Occasion(user, at), told, same_person_may=same_person_may)

    def undo(self, batch: str, user: str, at: datetime, *, dry_run: bool = False) -> Undone:
        """Archive a whole batch in one transaction, or nothing where some of it is final (E530); `dry_run` takes it back."""
        with writing(self.engine, keep=not dry_run) as connection:
            return undoing.undo(connection, batch, Occasion(user, at))

    def off_hold(self) -> pd.DataFrame:
        """Return the states of the drafts that are not on hold."""
        with reading(self.engine) as connection:
            return loading.states(connection, status=["DRAFT"], lists={"on_hold": [False]})

    def names(self, column: str) -> list[str]:
        """Return every value of a column of the invoices: batch, invoice_ref, number or customer."""
        with reading(self.engine) as connection:
            return lives.names(connection, column)

    def entries_of(self, ids: Iterable[int]) -> pd.DataFrame:
        """Return the entries of these invoices, oldest first, with `chain.COLUMNS`."""
        with reading(self.engine) as connection:
            return lives.entries_of(connection, ids)

    def credits_of(self, ids: Iterable[int]) -> pd.DataFrame:
        """Return the states of the credit notes that correct these invoices."""
        with reading(self.engine) as connection:
            return loading.states(connection, lists={"credits_id": ids})

    def undocumented(self) -> dict[str, int]:
        """Return the batches whose documents lack what a tick made final, with the number of its entry."""
        with reading(self.engine) as connection:
            return lives.undocumented(connection)

    def documented(self, through: Mapping[str, int], user: str, at: datetime) -> None:
        """Keep in the chain up to which entry the documents of each batch were written."""
        with writing(self.engine) as connection:
            lives.documented(connection, through, Occasion(user, at))

    def copied(self, state: Mapping[Any, Any], ref: str, file: str, user: str, at: datetime) -> None:
        """Keep in the chain that a copy of a final invoice (its state) was taken, to be billed anew under this ref."""
        with writing(self.engine) as connection:
            lives.copied(connection, state, ref, file, Occasion(user, at))

    def credit(
        self, requests: Sequence[Request], terms: Terms, upload: Upload, *, valid_only: bool, dry_run: bool = False
    ) -> CreditsAdded:
        """Draft credit notes of final invoices as a batch (`correcting.add_credits`); `dry_run` takes it back."""
        with writing(self.engine, keep=not dry_run) as connection:
            return correcting.add_credits(connection, requests, terms, upload, valid_only=valid_only)

    def pay(
        self, payments: Sequence[Payment], upload: Upload, *, valid_only: bool, dry_run: bool = False
    ) -> tuple[int, list[Problem]]:
        """Enter payments (`paying.enter`), all in one transaction; `dry_run` takes it back."""
        with writing(self.engine, keep=not dry_run) as connection:
            return paying.enter(connection, payments, upload, valid_only=valid_only)

    def paid_from(self, sha256: str) -> int:
        """Return how many payments were entered from a file with this SHA-256."""
        with reading(self.engine) as connection:
            return paying.same_file(connection, sha256)

    def payments_of(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return the payments of invoices (`paying.payments_of`), oldest entry first."""
        with reading(self.engine) as connection:
            return paying.payments_of(connection, ids)

    def unpaid(self, batches: Sequence[str]) -> dict[str, int]:
        """Return by batch how many final invoices still have something open."""
        with reading(self.engine) as connection:
            return paying.unpaid(connection, batches)

    def balances(self, states: pd.DataFrame) -> pd.DataFrame:
        """Return payment, paid and open of invoices, beside their states (`paying.balances`)."""
        with reading(self.engine) as connection:
            return paying.balances(connection, states)

    def finalize(
        self,
        dates: pd.DataFrame,
        *,
        series: Mapping[str, Series],
        chronology: str,
        user: str,
        at: datetime,
        everything: bool,
        by_itself: bool = False,
        same_person_may: bool = False,
        dry_run: bool = False,
    ) -> Posted:
        """Draw numbers, write the ledger and make invoices final, all in one transaction or not at all.

        `dates` has `id`, `invoice_date` and `due_date` (days) of each invoice. Those that are final already keep
        their number and dates. `everything` takes what is not approved too, and is recorded; `by_itself` takes only
        what may become final by itself, as `tick` does. `chronology` is refuse, warn or off. `dry_run` does all of
        it and takes it back. An error (E501 to E505) among the problems means that nothing was drawn.
        """
        rules = Rules(series, chronology, everything, by_itself, same_person_may)
        try:
            with writing(self.engine, keep=not dry_run) as connection:
                return post(connection, dates, rules, Occasion(user, at))
        except IntegrityError as error:
            if not any(name in str(error.orig) for name in _ONE_NUMBER):
                raise
            raise BookError(
                "A number to be drawn is in the book already, from another series. "
                "Give each series its own prefix in the settings; nothing was drawn."
            ) from error

    def ledger(self, series: str | None = None, year: int | None = None, limit: int | None = None) -> pd.DataFrame:
        """Return the states of final invoices in the order of their numbers; `limit` keeps the last so many."""
        with reading(self.engine) as connection:
            return loading.ledger(connection, series, year, limit)

    def has_more_final_than(self, count: int) -> bool:
        """Whether more invoices than this are final; no more of them are counted."""
        with reading(self.engine) as connection:
            return loading.has_more_final_than(connection, count)

    @contextmanager
    def slice(self, which: Which) -> Iterator[Slice]:
        """Give these invoices in pieces (`slicing.Slice`), all of them from one view of the book."""
        with reading(self.engine) as connection:
            yield Slice(connection, which)

    @contextmanager
    def evidence(self, batch: str) -> Iterator[Evidence]:
        """Give everything that the book holds of a batch (`evidence.Evidence`), all of it from one view of the book."""
        with reading(self.engine) as connection:
            yield Evidence(connection, batch)

    def entries(
        self, batch: str | None = None, ref: str | None = None, number: str | None = None, action: str | None = None
    ) -> pd.DataFrame:
        """Return entries of the audit chain, oldest first, with `chain.COLUMNS`; `body` is JSON text."""
        e = tables.entry.c
        wanted = {"batch": batch, "invoice_ref": ref, "number": number, "action": action}
        query = select(*(e[name] for name in COLUMNS)).order_by(e.seq)
        query = query.where(*(e[name] == value for name, value in wanted.items() if value is not None))
        if action == "refresh":
            query = query.where(tables.only(tables.REFRESHED, tables.entry))
        with reading(self.engine) as connection:
            return frame(connection.execute(query), COLUMNS)

    def verify(self, kept: str | None = None, progress: verifying.Progress = verifying.silent) -> Verification:
        """Prove that there is no gap and no duplicate, that dates, chain and totals hold, and name what does not.

        `kept` is a head of the chain that was kept outside: nothing up to it may have been written anew (E527).
        """
        with reading(self.engine) as connection:
            return verifying.verify(connection, kept, progress)

    def head(self) -> tuple[int, str]:
        """Return how many entries the audit chain has, and the hash of the last one."""
        with reading(self.engine) as connection:
            return head(connection)
