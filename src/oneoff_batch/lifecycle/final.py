"""What follows from a move: the dates that an invoice has when it becomes final."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from ..calendar import due_date, parse_terms
from ..columns import DATE, TEXT
from ..problems import Problem

FINAL, ARCHIVED = "FINAL", "ARCHIVED"


def final_dates(
    states: pd.DataFrame, today: date, override: date | None, closed_until: date | None, max_rate_age_days: int
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return `id`, `invoice_date`, `due_date` for invoices about to become final (domain §5).

    The override, else the invoice's own date, else today. A derived due date moves along; an explicit one stays and
    is checked again (E507). E559 where a credit note would stand before the invoice that it corrects. E506 where
    other tax rates apply on the date, E510 where its period is closed, W406 where
    the exchange rate of the draft has grown old.
    """
    own = states["invoice_date"].astype(DATE)
    day = own.fillna(today) if override is None else _everywhere(override, states.index)
    explicit = states["due_is_explicit"].fillna(False).astype(bool)
    derived = _due_dates(day, states["payment_terms"])
    due = states["due_date"].where(explicit, derived)
    problems = _flag(states, explicit & (due < day), "E507", due=due, day=day)
    corrected, number = states["preceding_date"].astype(DATE), states["preceding_number"]
    problems += _flag(states, day < corrected, "E559", number=number, corrected=corrected, day=day)
    too_early = (day < states["rate_from"]).fillna(False)
    too_late = (day > states["rate_to"]).fillna(False)
    bounds = zip(states["rate_from"], states["rate_to"], strict=True)
    valid = pd.Series([f"{_words(a)} and {_words(b)}" for a, b in bounds], index=states.index, dtype=TEXT)
    problems += _flag(states, too_early | too_late, "E506", drafted=states["planned_date"], day=day, valid=valid)
    age = _age(states, day)
    # A credit note has the exchange rate of the invoice that it corrects, however old that is.
    bills = states["preceding_number"].isna()
    old = (age > max_rate_age_days) & (day != states["planned_date"]).fillna(False) & bills
    pair = states["currency"] + " and " + states["tax_currency"].fillna("")
    problems += _flag(states, old, "W406", pair=pair, day=states["exchange_date"], age=age)
    if closed_until is not None:
        until = _everywhere(closed_until, states.index)
        problems += _flag(states, day <= until, "E510", day=day, closed_until=until)
    return pd.DataFrame({"id": states["id"], "invoice_date": day, "due_date": due}), problems


def _age(states: pd.DataFrame, day: pd.Series) -> pd.Series:
    """Return how many days before the invoice its exchange rate is; -1 where it has none."""
    pairs = zip(day, states["exchange_date"], strict=True)
    return pd.Series([-1 if pd.isna(b) else (a - b).days for a, b in pairs], index=states.index, dtype="int64")


def _everywhere(day: date, index: pd.Index) -> pd.Series:
    return pd.Series([day] * len(index), index=index, dtype=DATE)


def _due_dates(days: pd.Series, terms: pd.Series) -> pd.Series:
    pairs = pd.DataFrame({"day": days, "terms": terms})
    known = {
        (day, text): due_date(day, found)
        for day, text in pairs.drop_duplicates().itertuples(index=False)
        if not pd.isna(text) and (found := parse_terms(text))
    }
    due = [known.get(pair) for pair in zip(days, terms, strict=True)]
    return pd.Series(due, index=days.index, dtype=DATE)


def _flag(states: pd.DataFrame, mask: pd.Series, code: str, **details: pd.Series) -> list[Problem]:
    rows: Iterable[int] = states.index[mask.fillna(False).to_numpy(dtype=bool)]
    return [
        Problem(
            code,
            invoice_ref=str(states.at[row, "invoice_ref"]),
            details={name: _words(values.at[row]) for name, values in details.items()},
        )
        for row in rows
    ]


def _words(value: object) -> str:
    return "any day" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
