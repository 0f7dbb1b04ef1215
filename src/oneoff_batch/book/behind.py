"""What a posting leaves behind: approved drafts of an earlier date, whose numbers would then be out of order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from ..lifecycle import APPROVED
from ..problems import Problem
from ..settings import Series
from . import tables
from .numbers import period_of


def left_behind(
    connection: Connection, queue: pd.DataFrame, series: Mapping[str, Series], days: Mapping[tuple[str, str], date]
) -> Iterator[Problem]:
    """Yield W502 for each approved draft that is not in the queue and is dated before the last day of it, in its series.

    `queue` has the series, period and date of what becomes final; `days` the latest date of each (series, period) until
    now. A draft that is behind those already is not named: no order of posting helps it.
    """
    own = set(queue["id"])
    rows: Iterable[Any] = queue.groupby(["series", "period"])["invoice_date"].max().items()
    until = dict(rows)
    i = tables.invoice.c
    query = (
        select(i.id, i.invoice_ref, i.batch, i.series, i.invoice_date)
        .where(tables.only(tables.LIVE, tables.invoice), i.approval == APPROVED, i.invoice_date.is_not(None))
        .where(i.series.in_({name for name, _ in until}))
        .order_by(i.id)
    )
    for row in connection.execute(query):
        day = date.fromisoformat(row.invoice_date)
        key = (row.series, period_of(series[row.series], day))
        if row.id not in own and key in until and days.get(key, day) <= day < until[key]:
            told = {"batch": row.batch, "day": row.invoice_date, "last_day": until[key].isoformat(), "series": row.series}
            yield Problem("W502", invoice_ref=row.invoice_ref, details=told)
