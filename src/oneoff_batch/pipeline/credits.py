"""Credit notes: asked for by name or in a sheet, drafted against what is left, and an editable copy of what they correct."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book, Upload
from ..checking import Master
from ..checking.cells import nearest
from ..checking.marks import foreign_marks
from ..checking.typed import Typed
from ..columns import TEXT
from ..columns.corrections import CREDITS
from ..drafting import Drafts
from ..drafting.drafts import BUYER
from ..lifecycle import allowed, refusals
from ..lifecycle.asking import Request, Wanted
from ..lifecycle.credit_notes import KIND, Terms
from ..problems import Problem, errors, in_reading_order
from ..reading import AS_IT_IS, Options
from .documents import inputs, surroundings
from .intake import fingerprint, load_master
from .own_sheets import in_another_currency, read_own
from .workspace import Workspace

ORIGINAL, CURRENT = DETAILS = ("original", "current")
"""Whose details a credit note shows: the customer's as on the invoice, or as in the master data today."""


@dataclass(frozen=True)
class CreditsDone:
    """What became of a request: the batch that was drafted (None where none was), its drafts, and the problems.

    `known_batch` names the batch of the same sheet. `asked` counts the invoices that were to be credited.
    """

    problems: list[Problem]
    batch: str | None = None
    drafts: Drafts | None = None
    known_batch: str | None = None
    asked: int = 0
    left_out: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many credit notes were drafted, or would be."""
        return 0 if self.drafts is None else len(self.drafts)


def credit(
    workspace: Workspace,
    book: Book,
    states: pd.DataFrame,
    wanted: Sequence[Wanted],
    reason: str,
    user: str,
    now: datetime,
    *,
    details: str = ORIGINAL,
    dry_run: bool = False,
) -> CreditsDone:
    """Draft the credit note of one invoice (its row of states); E501 where it is not final."""
    legal = allowed(states, "credit")
    if not legal.all():
        return CreditsDone(refusals(states[~legal], "credit"), asked=1)
    request = Request(int(states["id"].iloc[0]), reason, tuple(wanted))
    name = f"credit of {states['number'].iloc[0]}"
    sha256 = hashlib.sha256(f"{request}{now.isoformat()}{user}".encode()).hexdigest()
    master, _ = load_master(workspace)
    upload = Upload(name, sha256, user, now, kind=KIND, documents=tuple(surroundings(workspace, master)))
    terms = _terms(workspace, master, now, details)
    done = book.credit([request], terms, upload, valid_only=False, dry_run=dry_run)
    return CreditsDone(done.problems, None if dry_run else done.batch, done.drafts, asked=1)


def credit_from(
    workspace: Workspace,
    book: Book,
    path: Path,
    user: str,
    now: datetime,
    *,
    details: str = ORIGINAL,
    valid_only: bool = False,
    dry_run: bool = False,
    options: Options = AS_IT_IS,
) -> CreditsDone:
    """Draft the credit notes that a sheet asks for: all of them, or with `valid_only` those without an error, or none."""
    sha256 = fingerprint([path], None, options)
    known = book.same_upload(sha256)
    if known is not None:
        return CreditsDone([], known_batch=known)
    sheet = read_own(path, CREDITS, options)
    if sheet.typed is None:
        return CreditsDone(sheet.problems)
    states = book.states(numbers=sheet.typed.frame["number"].dropna().unique())
    problems = sheet.problems + _faults(sheet.typed, book, states)
    requests = _requests(sheet.typed, states, problems)
    master, _ = load_master(workspace)
    kept = (*inputs([path], sha256, None, options), *surroundings(workspace, master))
    upload = Upload(path.name, sha256, user, now, kind=KIND, documents=kept)
    blocked = [p for p in errors(problems) if p.kind.scope == "file"]
    keep = valid_only or not errors(problems)
    terms = _terms(workspace, master, now, details)
    done = book.credit(requests, terms, upload, valid_only=valid_only, dry_run=dry_run or not keep or bool(blocked))
    found = in_reading_order([*problems, *done.problems], [sheet.typed.found.sheet.name])
    bad = {p.row for p in errors(found)}
    numbers = sheet.typed.frame.loc[sheet.typed.frame.index.isin(list(bad)), "number"].dropna().unique().tolist()
    drafted = done.batch is not None and keep and not blocked
    asked = int(sheet.typed.frame["number"].dropna().nunique())
    return CreditsDone(
        found, done.batch if drafted and not dry_run else None, done.drafts if drafted else None, None, asked, numbers
    )


def _faults(typed: Typed, book: Book, states: pd.DataFrame) -> list[Problem]:
    """E554 for numbers that the book has not, E552 for lines that are no whole number, E221 for other currencies."""
    numbers = typed.frame["number"]
    broken = pd.Series([not pd.isna(n) and n % 1 != 0 for n in typed.frame["line"]], index=numbers.index, dtype=bool)
    known = dict(zip(states["number"], states["currency"], strict=True))
    currency = pd.Series([known.get(n) for n in numbers], index=numbers.index, dtype=TEXT)
    return [
        *unknown_numbers(typed, book, states["number"].dropna().tolist()),
        *typed.flag(broken, "E552", "line", number=numbers.fillna(""), lines="lines are numbered 1, 2, 3"),
        *foreign_marks(typed, "amount", currency),
        *in_another_currency(typed, currency),
    ]


def unknown_numbers(typed: Typed, book: Book, known: Sequence[str]) -> list[Problem]:
    """Return E554 for each cell whose number is not among those known, with what was probably meant.

    That is the number of the final invoice of which somebody typed the ref, else one that is spelt much like it.
    """
    numbers = typed.frame["number"]
    strange = numbers.notna() & ~numbers.isin(list(known))
    if not strange.any():
        return []
    typed_in = numbers[strange].unique().tolist()
    near = _near(typed_in, book) | _of_refs(typed_in, book)
    meant = pd.Series([near.get(n, "") for n in numbers], index=numbers.index, dtype=TEXT)
    return typed.flag(strange, "E554", "number", suggestion=meant)


def _of_refs(strange: Sequence[str], book: Book) -> dict[str, str]:
    """Return the number of each invoice whose ref stands in place of it, "" for refs of what has none or is no invoice."""
    refs = book.states(refs=strange)
    invoices = refs[refs["number"].notna() & refs["preceding_number"].isna()]
    return dict.fromkeys(refs["invoice_ref"], "") | dict(zip(invoices["invoice_ref"], invoices["number"], strict=True))


def _near(strange: Sequence[str], book: Book) -> dict[str, str]:
    """Return the invoice that each number is spelt much like: one of the same series, and never a credit note."""
    series: dict[str, list[str]] = {}
    for number in book.names("number"):
        series.setdefault(_head(number), []).append(number)
    near: dict[str, str] = {}
    for head in dict.fromkeys(_head(n) for n in strange):
        near |= nearest([n for n in strange if _head(n) == head], series.get(head, []))
    found = book.states(numbers=set(near.values()))
    invoices = set(found.loc[found["preceding_number"].isna(), "number"])
    return {typed: number for typed, number in near.items() if number in invoices}


def _head(number: str) -> str:
    """Return the letters that a number begins with."""
    return "".join(takewhile(lambda c: not c.isdigit(), number)).strip("-/._ ").casefold()


def _requests(typed: Typed, states: pd.DataFrame, problems: Sequence[Problem]) -> list[Request]:
    """Return one request per invoice, with its rows in their order; none for an invoice of which a row has an error."""
    ids = dict(zip(states["number"], states["id"], strict=True))
    bad = {p.row for p in errors(problems)}
    found: list[Request] = []
    for number, rows in typed.frame.groupby("number", sort=False):
        if number not in ids or bad & set(rows.index):
            continue
        reason = "; ".join(dict.fromkeys(rows["reason"].dropna()))
        found.append(Request(int(ids[number]), reason, tuple(_wanted(typed, row) for row in rows.itertuples())))
    return found


def _wanted(typed: Typed, row: Any) -> Wanted:
    line = None if pd.isna(row.line) else row.line
    amount = None if pd.isna(row.amount) else Decimal(row.amount)
    at = "line" if line is not None else "number"
    return Wanted(
        None if line is None else int(line), amount, place_of(typed, row.Index, "amount" if amount is not None else at)
    )


def place_of(typed: Typed, row: int, name: str) -> Mapping[str, Any]:
    """Return where a cell is, as `Problem` takes it."""
    heading, sheet = typed.heading(name), typed.found.sheet
    where = {"file": sheet.file, "sheet": sheet.name, "row": int(row), "column": heading.place}
    return {**where, "header": heading.header, "field": name}


def _terms(workspace: Workspace, master: Master, now: datetime, details: str) -> Terms:
    """Return what credit notes are drafted with: series of the entities as they are now, customers where asked for."""
    entities = master.entities.dropna(subset=["billing_entity", "credit_series"])
    series = dict(zip(entities["billing_entity"], entities["credit_series"], strict=True))
    series = {"": workspace.settings.numbers.credits, **series}
    return Terms(now.date(), series, None if details == ORIGINAL else _customers(master))


def _customers(master: Master) -> dict[str, dict[str, Any]]:
    """Return today's details of every customer whose row has no fault."""
    good = master.customers[~master.customers["faulty"].fillna(False).astype(bool)]
    filled = good.assign(type=good["type"].fillna("ORGANIZATION"))
    rows = filled[list(BUYER)].astype(object).where(filled[list(BUYER)].notna(), None).to_dict("records")
    return dict(zip(filled["customer"], [{str(k): v for k, v in r.items()} for r in rows], strict=True))
