"""The life of invoices against a simple model: random legal and illegal moves, thousands of them, on a real book."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from databases import fresh
from factories import drafts
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from samples import SAMPLES

from oneoff_batch.book import Step, Upload, create_book, open_book
from oneoff_batch.drafting import content_hash
from oneoff_batch.drafting.drafts import Drafts
from oneoff_batch.lifecycle.asking import Request, Wanted
from oneoff_batch.lifecycle.credit_notes import Terms
from oneoff_batch.pipeline import ledger, tick
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import errors

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GRACE = timedelta(hours=8)
PEOPLE = ("anna", "ben", "cleo")


@dataclass
class One:
    """What the model knows of an invoice."""

    id: int
    ref: str
    by: str
    since: datetime
    status: str = "DRAFT"
    on_hold: bool = True
    approval: str = "PENDING_REVIEW"
    number: int | None = None
    gross: int = 0
    credits: int | None = None

    @property
    def live(self) -> bool:
        return self.status in ("DRAFT", "OPEN")


def legal(one: One, action: str) -> bool:
    """The domain's §3, written once more and by hand."""
    if not one.live:
        return False
    return {
        "hold": not one.on_hold,
        "release": one.on_hold,
        "open": one.status == "DRAFT",
        "draft-again": one.status == "OPEN",
        "approve": one.approval != "APPROVED",
        "decline": one.approval != "DECLINED",
        "archive": True,
    }[action]


class Life(RuleBasedStateMachine):
    """Uploads, moves, ticks and finalizing in any order; after each step the book says what the model says."""

    invoices = Bundle("invoices")
    kind = "sqlite"

    @initialize()
    def a_new_book(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.lent = fresh(self.kind, self.folder)
        self.address = self.lent.__enter__()
        shutil.copy(SAMPLES / "oneoff.toml", self.folder / "oneoff.toml")
        shutil.copy(SAMPLES / "master-data.xlsx", self.folder / "master-data.xlsx")
        self.workspace = open_workspace(self.folder, self.address)
        create_book(self.workspace.book_url)
        self.opened = open_book(self.workspace.book_url)
        self.book = self.opened.__enter__()
        self.now = MONDAY
        self.model: dict[int, One] = {}
        self.numbers = {"invoices": 0, "credits": 0}

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            verified = self.book.verify()
            self.opened.__exit__(None, None, None)
            self.lent.__exit__(None, None, None)
            shutil.rmtree(self.folder)
            assert verified.problems == []

    @rule(target=invoices, count=st.integers(1, 3), on_hold=st.booleans(), user=st.sampled_from(PEOPLE[:2]))
    def upload(self, count: int, on_hold: bool, user: str) -> Any:
        first = len(self.model) + 1
        made = drafts(count, lines=2, first=first, on_hold=on_hold)
        made = Drafts(made.invoices.assign(content_hash=content_hash(made)), made.lines, made.taxes)
        self.book.add_batch(
            made, Upload(f"{first}.xlsx", sha256(str(first).encode()).hexdigest(), user, self.now), left_out=0
        )
        rows = zip(made.invoices["invoice_ref"], made.invoices["gross_total"], strict=True)
        for id_, (ref, gross) in enumerate(rows, start=first):
            self.model[id_] = One(id_, ref, user, self.now, on_hold=on_hold, gross=int(gross * 100))
        return multiple(*range(first, first + count))

    @rule(
        ids=st.lists(invoices, min_size=1, max_size=4, unique=True),
        action=st.sampled_from(["hold", "release", "open", "draft-again", "approve", "approve", "decline", "archive"]),
        user=st.sampled_from(PEOPLE),
    )
    def move(self, ids: list[int], action: str, user: str) -> None:
        moved = self.book.move([Step(action, ids, "because")], user, self.now)
        chosen = [self.model[i] for i in ids]
        able = [one for one in chosen if legal(one, action) and not (action in ("approve", "decline") and one.by == user)]
        assert moved.count == len(able)
        assert {p.invoice_ref for p in moved.problems} == {one.ref for one in chosen if one not in able}
        assert all(p.message and p.fix for p in moved.problems)
        for one in able:
            self._moved(one, action)

    def _moved(self, one: One, action: str) -> None:
        if action in ("hold", "release"):
            one.on_hold, one.since = action == "hold", self.now
        elif action in ("approve", "decline"):
            one.approval = {"approve": "APPROVED", "decline": "DECLINED"}[action]
        else:
            one.status = {"open": "OPEN", "draft-again": "DRAFT", "archive": "ARCHIVED"}[action]

    @rule(hours=st.integers(1, 9))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def _final(self, chosen: list[One]) -> None:
        for one in sorted(chosen, key=lambda one: one.id):
            series = "invoices" if one.credits is None else "credits"
            self.numbers[series] += 1
            one.status, one.on_hold, one.number = "FINAL", False, self.numbers[series]

    def _left(self, one: One) -> int:
        """What is left of an invoice with tax: credit notes count as soon as they are drafted, until they are archived."""
        return one.gross + sum(o.gross for o in self.model.values() if o.credits == one.id and o.status != "ARCHIVED")

    @rule(target=invoices, id_=invoices, percent=st.integers(1, 120), user=st.sampled_from(PEOPLE))
    def credit(self, id_: int, percent: int, user: str) -> Any:
        one = self.model[id_]
        if one.status != "FINAL" or one.credits is not None:
            return multiple()
        amount = max(1, one.gross * percent // 100) if percent < 100 else self._left(one) + (percent > 110)
        left, new = self._left(one), len(self.model) + 1
        upload = Upload(f"credit {new}", sha256(f"credit {new}".encode()).hexdigest(), user, self.now, kind="credit")
        request = Request(id_, "so it was agreed", (Wanted(amount=Decimal(amount).scaleb(-2)),))
        terms = Terms(self.now.date(), {"": "credits"})
        done = self.book.credit([request], terms, upload, valid_only=False, dry_run=False)
        if not 0 < amount <= left:
            assert done.batch is None and errors(done.problems)
            return multiple()
        assert done.batch is not None and not errors(done.problems)
        [ref] = self.book.states(ids=[new])["invoice_ref"]
        self.model[new] = One(new, ref, user, self.now, gross=-amount, credits=id_)
        return multiple(new)

    @precondition(lambda self: self.model)
    @rule()
    def tick(self) -> None:
        done = tick.tick(self.workspace, self.book, "cron", self.now, dry_run=False)
        ripe = [
            one
            for one in self.model.values()
            if one.status == "DRAFT" and not one.on_hold and one.approval == "APPROVED" and one.since + GRACE <= self.now
        ]
        assert sorted(done.drawn["invoice_ref"]) == sorted(one.ref for one in ripe)
        assert not errors(done.problems)
        self._final(ripe)

    @rule(id_=invoices, everything=st.booleans())
    def finalize_the_batch_of(self, id_: int, everything: bool) -> None:
        batch = str(self.book.states(ids=[id_])["batch"].iloc[0])
        mine = [self.model[i] for i in self.book.states(batch=batch)["id"]]
        done = ledger.finalize(
            self.workspace, self.book, batch, "ben", self.now, invoice_date=None, everything=everything, dry_run=False
        )
        alone = [one for one in mine if one.live and one.approval == "PENDING_REVIEW" and one.by == "ben"]
        if everything and alone:
            assert {p.code for p in errors(done.posted.problems)} == {"E503"} and not len(done.drawn)
            return
        wanted = ("APPROVED", "PENDING_REVIEW") if everything else ("APPROVED",)
        taken = [one for one in mine if one.live and one.approval in wanted]
        assert sorted(done.drawn["invoice_ref"]) == sorted(one.ref for one in taken)
        self._final(taken)

    @invariant()
    def the_book_says_what_the_model_says(self) -> None:
        if not getattr(self, "model", None):
            return
        states = self.book.states()
        columns = ("id", "status", "on_hold", "approval", "counter", "gross_total")
        cells = (states[c].astype(object).where(states[c].notna(), None) for c in columns)
        found = [(i, s, bool(h), a, n, int(g * 100)) for i, s, h, a, n, g in zip(*cells, strict=True)]
        assert found == [(o.id, o.status, o.on_hold, o.approval, o.number, o.gross) for o in self.model.values()]


Life.TestCase.settings = settings(
    max_examples=40, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLife = Life.TestCase


class LifeOnPostgreSQL(Life):
    """The same life in the other database."""

    kind = "postgresql"


LifeOnPostgreSQL.TestCase.settings = settings(Life.TestCase.settings, max_examples=20)
TestLifeOnPostgreSQL = LifeOnPostgreSQL.TestCase
