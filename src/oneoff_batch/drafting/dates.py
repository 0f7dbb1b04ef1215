"""Invoice date, due date, delivery and period of an invoice (domain §5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..calendar import due_date, parse_terms
from ..columns import TEXT
from ..problems import Problem
from ..settings import Settings
from .frames import dates, days, first_given, given, numbered, problems_at, words

_A_YEAR = 366


def with_dates(
    invoices: pd.DataFrame, lines: pd.DataFrame, settings: Settings, today: date
) -> tuple[pd.DataFrame, list[Problem]]:
    """Add invoice_date, date_rule, planned_date, due_date, payment_terms and the period; find E318 and E412.

    payment_terms are those that the due date follows from; an explicit due date leaves only the row's own.
    """
    index = invoices.index
    start = _of_lines(lines, "period_start", "min", index)
    end = _of_lines(lines, "period_end", "max", index)
    known, rule = _invoice_dates(days(invoices["invoice_date"]), end, settings.dates.invoice_date)
    planned = np.where(np.isnat(known), np.datetime64(today, "D"), known)
    terms = _terms(invoices, settings)
    explicit = given(invoices["due_date"])
    due = np.where(explicit, days(invoices["due_date"]), _due(planned, terms))
    dated = invoices.assign(
        invoice_date=dates(known, index),
        date_rule=words(rule, index),
        planned_date=dates(planned, index),
        due_date=dates(due, index),
        due_is_explicit=pd.Series(pa.array(explicit), dtype=pd.ArrowDtype(pa.bool_()), index=index),
        payment_terms=terms.where(~explicit | given(invoices["payment_terms"])),
        period_start=dates(start, index),
        period_end=dates(end, index),
    )
    problems = _early(dated, due < planned) + _closed(dated, known, settings.dates.closed_until)
    return dated, problems + _far(dated, known, today)


def _of_lines(lines: pd.DataFrame, field: str, how: str, index: pd.Index) -> np.ndarray[Any, Any]:
    values = pd.Series(days(lines[field]).astype("datetime64[s]"))
    found = values.groupby(lines["invoice"].to_numpy()).agg(how).reindex(range(len(index)))
    return np.asarray(found.to_numpy(), dtype="datetime64[D]")


def _invoice_dates(
    on_the_row: np.ndarray[Any, Any], end: np.ndarray[Any, Any], rule: str
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    by_rule = {
        "when_final": np.full(len(end), "NaT", dtype="datetime64[D]"),
        "end_of_period": end,
        "after_period": end + np.timedelta64(1, "D"),
    }[rule]
    known = np.where(np.isnat(on_the_row), by_rule, on_the_row)
    names = np.select([~np.isnat(on_the_row), ~np.isnat(by_rule)], ["explicit", rule], "when_final")
    return known, names


def _terms(invoices: pd.DataFrame, settings: Settings) -> pd.Series:
    platform = words(str(settings.dates.payment_terms), invoices.index)
    text = first_given(invoices["payment_terms"], invoices["customer_terms"], invoices["entity_terms"], platform)
    canonical = {t: str(parse_terms(t) or t) for t in text.unique()}
    return text.map(canonical).astype(TEXT)


def _due(planned: np.ndarray[Any, Any], terms: pd.Series) -> np.ndarray[Any, Any]:
    pair = numbered(planned.astype(np.int64), terms)
    _, first = np.unique(pair, return_index=True)
    known = [_one_due(planned[i].item(), terms.iloc[i]) for i in first]
    return np.array(known, dtype="datetime64[D]")[pair] if len(known) else planned


def _one_due(day: date, terms: str) -> date:
    parsed = parse_terms(terms)
    if parsed is None:
        raise ValueError(f"payment terms were not checked: {terms!r}")
    return due_date(day, parsed)


def _early(invoices: pd.DataFrame, early: np.ndarray[Any, Any]) -> list[Problem]:
    wrong = invoices[early & invoices["due_is_explicit"].to_numpy(dtype=bool)]
    details = {"due": wrong["due_date"], "invoice_date": wrong["planned_date"]}
    return problems_at(wrong, "E318", "due_date", wrong["due_date"], details)


def _far(invoices: pd.DataFrame, known: np.ndarray[Any, Any], today: date) -> list[Problem]:
    away = np.abs((known - np.datetime64(today, "D")).astype(np.int64))
    wrong = invoices[~np.isnat(known) & (away > _A_YEAR)]
    return problems_at(wrong, "W405", "invoice_date", wrong["invoice_date"])


def _closed(invoices: pd.DataFrame, known: np.ndarray[Any, Any], closed_until: date | None) -> list[Problem]:
    if closed_until is None:
        return []
    wrong = invoices[known <= np.datetime64(closed_until, "D")]
    until = words(closed_until.isoformat(), wrong.index)
    details = {"day": wrong["invoice_date"], "closed_until": until}
    return problems_at(wrong, "E412", "invoice_date", wrong["invoice_date"], details)
