"""Payments from a sheet into the book, all of them or none, and what is open afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book, Upload
from ..book.paying import Payment
from ..checking.marks import foreign_marks
from ..checking.typed import Typed
from ..columns import DATE, TEXT
from ..columns.corrections import PAYMENTS
from ..problems import Problem, errors, in_reading_order
from ..reading import AS_IT_IS, Options
from .credits import place_of, unknown_numbers
from .documents import inputs
from .intake import fingerprint
from .own_sheets import in_another_currency, read_own


@dataclass(frozen=True)
class PaymentsDone:
    """What became of a sheet of payments: how many were entered (or would be), of how many rows, and the problems.

    `known` counts the payments that the same file brought before. `states` are the invoices they are for.
    """

    problems: list[Problem]
    count: int = 0
    rows: int = 0
    known: int = 0
    states: pd.DataFrame | None = None


def pay_from(
    book: Book,
    path: Path,
    user: str,
    now: datetime,
    *,
    valid_only: bool = False,
    dry_run: bool = False,
    options: Options = AS_IT_IS,
) -> PaymentsDone:
    """Enter the payments of a sheet: all of them, or with `valid_only` those without an error, or none."""
    sha256 = fingerprint([path], None, options)
    known = book.paid_from(sha256)
    sheet = read_own(path, PAYMENTS, options)
    if sheet.typed is None:
        return PaymentsDone(sheet.problems, known=known)
    states = _states(book, sheet.typed)
    problems = sheet.problems + _faults(sheet.typed, book, states, now)
    payments = _payments(sheet.typed, states, problems)
    blocked = any(p.kind.scope == "file" for p in errors(problems))
    keep = (valid_only or not errors(problems)) and not blocked
    upload = Upload(path.name, sha256, user, now, documents=tuple(inputs([path], sha256, None, options)))
    count, more = book.pay(payments, upload, valid_only=valid_only, dry_run=dry_run or not keep)
    rows = len(sheet.typed.frame)
    if known and all(p.code == "E561" for p in errors(more)) and len(errors(more)) == known == rows:
        return PaymentsDone([], 0, rows, known, states)
    found = in_reading_order([*problems, *more], [sheet.typed.found.sheet.name])
    return PaymentsDone(found, count if keep else 0, rows, 0, states)


def _states(book: Book, typed: Typed) -> pd.DataFrame:
    """Return the invoices that the sheet names, by number."""
    return book.states(numbers=typed.frame["number"].dropna().unique())


def _faults(typed: Typed, book: Book, states: pd.DataFrame, now: datetime) -> list[Problem]:
    """Return what speaks against entering payments.

    E554 and E560 for what cannot be paid, E555 for amounts, E221 and E566 for currencies, E562 for days to come; W555 for
    days before the invoice.
    """
    numbers, amounts = typed.frame["number"], typed.frame["amount"]
    notes = states.loc[states["preceding_number"].notna(), "number"].tolist()
    refs = book.states(refs=numbers.dropna().unique())
    drafts = set(refs.loc[refs["status"] != "FINAL", "invoice_ref"]) - set(states["number"])
    unfit = dict.fromkeys(notes, "a credit note") | dict.fromkeys(drafts, "the ref of a draft, which has no number yet")
    strange = [p for p in unknown_numbers(typed, book, states["number"].dropna().tolist()) if p.value not in drafts]
    digits = numbers.map(dict(zip(states["number"], states["digits"], strict=True)))
    known = dict(zip(states["number"], states["currency"], strict=True))
    currency = pd.Series([known.get(n) for n in numbers], index=numbers.index, dtype=TEXT)
    why = pd.Series([_why(a, d, c) for a, d, c in zip(amounts, digits, currency, strict=True)], index=amounts.index)
    billed = pd.Series(numbers.map(dict(zip(states["number"], states["invoice_date"], strict=True))), dtype=DATE)
    early = (typed.frame["date"] < billed).fillna(False) & ~numbers.isin(list(unfit))
    ahead = (typed.frame["date"] > now.date()).fillna(False)
    return [
        *strange,
        *typed.flag(numbers.isin(list(unfit)), "E560", "number", what=numbers.map(unfit)),
        *typed.flag(why != "", "E555", "amount", why=why),
        *typed.flag(ahead, "E562", "date"),
        *typed.flag(early, "W555", "date", number=numbers, day=typed.frame["date"].astype(str), billed=billed.astype(str)),
        *foreign_marks(typed, "amount", currency),
        *in_another_currency(typed, currency),
    ]


def _why(amount: Any, digits: Any, currency: Any) -> str:
    if pd.isna(amount):
        return ""
    if not amount:
        return "it is nothing"
    if pd.isna(digits) or amount == round(Decimal(amount), int(digits)):
        return ""
    return f"{currency} has {int(digits)} decimals" if digits else f"{currency} has no decimals"


def _payments(typed: Typed, states: pd.DataFrame, problems: Sequence[Problem]) -> list[Payment]:
    """Return the rows without an error as payments."""
    bad = {p.row for p in errors(problems)}
    of_number = {r["number"]: r for r in states.to_dict("records")}
    found = []
    rows: Any = typed.frame.itertuples()
    for row in rows:
        state = None if row.Index in bad else of_number.get(row.number)
        if state is None:
            continue
        digits = int(state["digits"])
        found.append(
            Payment(
                int(state["id"]), row.number, str(state["invoice_ref"]), row.date, int(Decimal(row.amount).scaleb(digits)),
                "" if pd.isna(row.reference) else row.reference, str(state["currency"]), digits,
                place_of(typed, row.Index, "amount"),
            )
        )  # fmt: skip
    return found
