"""A column of text → days, under the order of day and month that the column itself shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

from ..columns import DATE, MASTER, UPLOAD, kind_of
from ..problems import Problem
from . import dates
from .column import Column, Parsed, outvoted, votes

_MASTER = frozenset(t.name for t in MASTER)
_DATES = frozenset(f for t in UPLOAD for f, c in t.columns.items() if kind_of(c) == "date")
_ORDERS = {dates.DAY_FIRST: "day", dates.MONTH_FIRST: "month", "iso": "year"}
Readings = Mapping[str, dates.Reading]


def parse_day(column: Column) -> Parsed:
    """Return days, null where a cell has a problem; days are few and repeat, so each distinct text is read once.

    Problems: E204 no day, E228 a day without its whole year or one that its month has not, E205 two readings, E225
    another order than the rest of the column or the profile, W201 a time that is left out, W205 the bare count of days
    that Excel keeps.
    """
    text = column.text
    coded = pc.dictionary_encode(arrow.array(text))
    coded = coded.combine_chunks() if isinstance(coded, arrow.ChunkedArray) else coded
    texts = coded.dictionary.to_pylist()
    readings = {t: _read(column, t) for t in texts}
    said = column.typed.found.dates
    counts = {said: 1} if said else votes(text, {t: r.order for t, r in readings.items()})
    refused = frozenset(_ORDERS) - {said} if said else outvoted(counts)
    order = "" if refused and not said else next(iter(counts), "")
    foreign = {t for t, r in readings.items() if r.order and r.order in refused}
    open_ = {t for t, r in readings.items() if not said and r.ambiguous}
    if open_ and order and _contradicted(column, order):
        order = ""
    pointed = _by_points(readings, order, open_)
    settled = {t: None if t in foreign else pointed.get(t) or dates.settle(r, order) for t, r in readings.items()}
    if order == dates.MONTH_FIRST:
        settled |= {t: None for t in open_ if readings[t].pointed}
    days = arrow.array([settled[t] for t in texts], arrow.date32()).take(coded.indices)
    values = pd.Series(days, index=text.index, dtype=DATE)
    if all(settled[t] and not readings[t].time and not readings[t].serial for t in texts):
        return values, []
    return values, _day_problems(column, settled, readings, foreign)


def _by_points(readings: Readings, order: str, open_: set[str]) -> dict[str, date | None]:
    """Return the days of texts with points, which have the day first: nobody writes them otherwise, unless here."""
    if order == dates.MONTH_FIRST or any(r.pointed and r.order == dates.MONTH_FIRST for r in readings.values()):
        return {}
    return {t: readings[t].day for t in open_ if readings[t].pointed}


def _contradicted(column: Column, order: str) -> bool:
    """Whether another column of dates of the same sheet shows the other order: one hand writes one of them."""
    found = column.typed.found
    own = column.typed.heading(column.field).letter
    letters = {h.letter for f, h in found.headings.items() if f in _DATES} - {own}
    others = (found.sheet.cells[x].dropna().unique() for x in letters if x in found.sheet.cells)
    return any(dates.read_day(str(text)).order not in (order, "") for texts in others for text in texts)


def _read(column: Column, text: str) -> dates.Reading:
    """Read one text; a count of days begins in 1904 where the workbook's does, and an upload has no day of 1900.

    Excel believes in a 29 February 1900; what it shows of that year are small numbers in a column of dates.
    """
    reading = dates.read_day(text)
    if reading.serial and reading.day and getattr(column.typed.found.sheet, "epoch_1904", False):
        return replace(reading, day=reading.day + dates.EPOCH_1904)
    if reading.day and reading.day.year == 1900 and column.typed.table.name not in _MASTER:
        return dates.Reading()
    return reading


def _day_problems(
    column: Column, settled: Mapping[str, date | None], readings: Readings, foreign: set[str]
) -> list[Problem]:
    text = column.text

    def chosen(test: Callable[[str], bool]) -> pd.Series:
        return text.notna() & text.isin([t for t in readings if test(t)])

    wrong = chosen(lambda t: settled[t] is None and not readings[t].ambiguous and t not in foreign)
    faults = text.map({t: dates.fault(t) for t in text[wrong].unique()} | {None: ""}).astype("str").fillna("")
    two = chosen(lambda t: settled[t] is None and readings[t].ambiguous)
    shown = text[two]
    first = shown.map({t: dates.in_words(r.day) for t, r in readings.items() if r.day})
    second = shown.map({t: dates.in_words(r.other) for t, r in readings.items() if r.other})
    timed = chosen(lambda t: bool(settled[t]) and readings[t].time.strip("0:.") != "")
    serial = chosen(lambda t: bool(settled[t]) and readings[t].serial)
    serial_days = text[serial].map({t: dates.in_words(d) for t, d in settled.items() if d})
    return (
        column.flag(wrong & (faults == ""), "E204")
        + column.flag(wrong & (faults != ""), "E228", why=faults)
        + column.flag(two, "E205", first=first, second=second)
        + _foreign_orders(column, chosen(foreign.__contains__), readings)
        + column.flag(timed, "W201", value=text[timed].str.replace("T", " "))
        + column.flag(serial, "W205", day=serial_days)
    )


def _foreign_orders(column: Column, mask: pd.Series, readings: Readings) -> list[Problem]:
    said = column.typed.found.dates
    found = column.text[mask].map({t: _ORDERS[r.order] for t, r in readings.items() if r.order})
    by_profile = f"the mapping profile says that the {_ORDERS[said]} comes first" if said else ""
    why = found.map(lambda f: by_profile or f"other cells of the column have the {'month' if f == 'day' else 'day'} first")
    return column.flag(mask, "E225", found=found, why=why)
