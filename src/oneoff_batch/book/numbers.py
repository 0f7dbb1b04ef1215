"""Legal numbers: which period a day falls in, how a number is written, and who gets which.

Pure: the last counters are arguments, and nothing here asks a clock or a database (domain §4).

>>> render(Series("invoices", date_parts=("year", "month")), date(2026, 11, 24), 1)
'INV-2026-11-000001'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from ..calendar import fiscal_year
from ..settings import Series


def period_of(series: Series, day: date) -> str:
    """Return the period whose counter a day uses: "" (never restarts), "2026", or "2026-11".

    The year is the one in which the fiscal year began: with April as the first month, 15 February 2027 is in 2026.
    """
    if series.reset == "never":
        return ""
    year = f"{fiscal_year(day, series.fiscal_first_month):04d}"
    return year if series.reset == "year" else f"{year}-{day.month:02d}"


def render(series: Series, day: date, counter: int) -> str:
    """Write a number: prefix, date parts of the invoice date, counter; more digits where the counter needs them.

    The year part is the year in which the fiscal year began, so that one counter never shows two years.
    """
    return _head(series, day) + f"{counter:0{series.digits}d}"


def number(invoices: pd.DataFrame, series: Mapping[str, Series], last: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """Give each invoice the next number of its series: by invoice date, then by its place in the sheet.

    Takes `id`, `series` (a name), `invoice_date` (days) and `position`; `last` holds the last counter of each
    (series, period) that has one. Returns `id`, `number`, `series`, `period`, `counter` in the order of the
    numbers within each series. Raises `KeyError` for a series that is not defined. Source: domain §4.
    """
    queue = invoices.sort_values(["invoice_date", "position"], kind="stable", ignore_index=True)
    names = queue["series"].tolist()
    days = queue["invoice_date"].tolist()
    kinds = {pair: series[pair[0]] for pair in set(zip(names, days, strict=True))}
    periods = {(name, day): period_of(s, day) for (name, day), s in kinds.items()}
    heads = {(name, day): _head(s, day) for (name, day), s in kinds.items()}
    queue = queue.assign(period=[periods[pair] for pair in zip(names, days, strict=True)])
    groups = queue.groupby(["series", "period"], sort=False)
    keys = queue[["series", "period"]].drop_duplicates().itertuples(index=False, name=None)
    pairs: list[tuple[str, str]] = list(keys)
    counters = np.array([_next(series[n], last.get((n, p))) for n, p in pairs], dtype=np.int64)
    steps = np.array([series[n].increment for n, _ in pairs], dtype=np.int64)
    which = groups.ngroup().to_numpy()
    place = groups.cumcount().to_numpy()
    counter = counters[which] + steps[which] * place if len(queue) else np.array([], dtype=np.int64)
    texts = [
        heads[name, day] + f"{count:0{series[name].digits}d}"
        for name, day, count in zip(names, days, counter.tolist(), strict=True)
    ]
    drawn = queue.assign(counter=counter, number=pd.Series(texts, dtype="str", index=queue.index))
    return drawn[["id", "number", "series", "period", "counter"]]


def _next(series: Series, last: int | None) -> int:
    return series.first if last is None else last + series.increment


def _head(series: Series, day: date) -> str:
    year = f"{fiscal_year(day, series.fiscal_first_month):04d}"
    parts = {"year": year, "month": f"{day.month:02d}"}
    words = [series.prefix, *(parts[p] for p in series.date_parts), ""]
    return series.separator.join(words if series.prefix else words[1:])
