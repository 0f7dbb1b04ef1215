"""Posting: numbers, ledger entries and final invoices, all in the one transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ..columns import DATE, FLAG
from ..lifecycle import allowed, refusals
from ..lifecycle.moves import APPROVALS
from ..money import column
from ..problems import Problem, errors
from ..settings import Series
from . import tables
from .behind import left_behind
from .chain import Entry, Occasion, append
from .engine import BookError, chunks
from .loading import states
from .moving import made_by, not_by_oneself
from .numbers import number
from .rechecking import content_faults

NUMBER_COLUMNS = (
    "id", "batch", "position", "invoice_ref", "number", "series", "period", "counter", "invoice_date", "due_date",
    "currency", "digits", "gross_total", "preceding_number", "drawn",
)  # fmt: skip
"""`drawn` is true for a number that this call drew, false for one that the invoice had already."""

_TOLD = (
    "id", "batch", "invoice_ref", "number", "series", "period", "counter", "invoice_date", "due_date", "currency",
    "digits", "net_total", "tax_total", "gross_total", "content_hash", "approval", "approved_by",
)  # fmt: skip


@dataclass(frozen=True)
class Posted:
    """What a call to finalize did: the numbers of its invoices, and what refused or deserves a look.

    `numbers` has `NUMBER_COLUMNS`, in the order of series, period and counter. With an error among the problems
    nothing was drawn, and `numbers` holds only what was final before.
    """

    numbers: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """What governs a posting: the series by name, the chronology setting, and whether approval is asked for.

    With `everything` what nobody approved is taken too, but not what one made oneself unless `same_person_may`.
    `by_itself` takes only what `tick` may take, whatever was decided since the caller looked.
    """

    series: Mapping[str, Series]
    chronology: str
    everything: bool
    by_itself: bool = False
    same_person_may: bool = False


@dataclass(frozen=True, slots=True)
class Last:
    """The last counter of each (series, period), and the latest invoice date that has a number there."""

    counters: Mapping[tuple[str, str], int]
    days: Mapping[tuple[str, str], date]


def post(connection: Connection, dates: pd.DataFrame, rules: Rules, occasion: Occasion) -> Posted:
    """Make invoices final on these dates (`id`, `invoice_date`, `due_date`), or refuse and change nothing.

    Must run inside a write transaction, which is what keeps two runs from drawing one number. Sources: domain
    §3 (what may become final) and §4 (numbers by date, then by the order of the sheet; chronology).
    """
    found = states(connection, lists={"id": dates["id"].tolist()})
    if len(found) != dates["id"].nunique():
        raise BookError("An invoice that should become final is not in the book.")
    is_final = found["status"] == "FINAL"
    before = found[is_final].assign(drawn=False)
    queue = found[~is_final].drop(columns=["invoice_date", "due_date", "number", "period", "counter"])
    queue = queue.merge(_days(dates), on="id", validate="one_to_one")
    if queue[["invoice_date", "due_date"]].isna().any(axis=None):
        raise ValueError("an invoice becomes final with an invoice date and a due date")
    problems = _refusals(connection, queue, rules, occasion.user) or content_faults(connection, queue)
    if errors(problems) or not len(queue):
        return Posted(_numbers([before]), problems)
    _check_series(queue, rules.series)
    last = _last(connection, queue["series"].unique().tolist())
    # Ids follow the order of uploads and, inside one, of the sheet; positions of two batches would collide.
    drawn = number(queue.assign(position=queue["id"]), rules.series, last.counters)
    queue = queue.merge(drawn.drop(columns="series"), on="id").assign(drawn=True)
    problems = _chronology(connection, queue, last, rules)
    if errors(problems):
        return Posted(_numbers([before]), problems)
    if rules.chronology != "off" and not rules.by_itself:
        problems += left_behind(connection, queue, rules.series, last.days)
    _write(connection, queue, last, rules, occasion)
    return Posted(_numbers([before, queue]), problems)


def _days(dates: pd.DataFrame) -> pd.DataFrame:
    return dates[["id", "invoice_date", "due_date"]].astype({"invoice_date": DATE, "due_date": DATE})


def _numbers(parts: list[pd.DataFrame]) -> pd.DataFrame:
    every = pd.concat([part.astype({"drawn": FLAG})[list(NUMBER_COLUMNS)] for part in parts if len(part)] or parts[:1])
    return every.astype({"counter": "int64", "drawn": FLAG})[list(NUMBER_COLUMNS)].sort_values(
        ["series", "period", "counter"], ignore_index=True
    )


def _refusals(connection: Connection, queue: pd.DataFrame, rules: Rules, user: str) -> list[Problem]:
    if rules.by_itself:
        legal = allowed(queue, "tick")
        waits = refusals(queue[~legal].assign(number=None), "tick")
        queue = queue[legal]
        return waits + _refusals(connection, queue, replace(rules, by_itself=False), user)
    archived = queue["status"] == "ARCHIVED"
    refused = refusals(queue[archived].assign(number=None), "finalize")
    empty = queue[~archived & (queue["line_count"] == 0)]
    refused += [Problem("E505", invoice_ref=ref) for ref in empty["invoice_ref"]]
    if rules.everything:
        alone = queue[~archived & (queue["approval"] != "APPROVED") & (not rules.same_person_may)]
        refused += not_by_oneself(alone[made_by(connection, alone, user)], user)
    else:
        waiting = queue[~archived & (queue["approval"] != "APPROVED")]
        refused += [
            Problem("E502", invoice_ref=ref, details={"approval": APPROVALS[approval]})
            for ref, approval in zip(waiting["invoice_ref"], waiting["approval"], strict=True)
        ]
    return refused


def _check_series(queue: pd.DataFrame, series: Mapping[str, Series]) -> None:
    for name in queue["series"].unique():
        if name not in series:
            raise BookError(f'An invoice takes its number from the series "{name}", which the settings do not have.')


def _last(connection: Connection, names: list[str]) -> Last:
    s = tables.series.c
    rows = connection.execute(select(tables.series).where(s.series.in_(names)).with_for_update()).all()
    return Last(
        {(r.series, r.period): r.counter for r in rows},
        {(r.series, r.period): date.fromisoformat(r.last_date) for r in rows},
    )


def _chronology(connection: Connection, queue: pd.DataFrame, last: Last, rules: Rules) -> list[Problem]:
    """Name every invoice whose number would stand behind a later date of its series and period."""
    if rules.chronology == "off":
        return []
    keys = list(zip(queue["series"], queue["period"], strict=True))
    latest = column(pa.array([last.days.get(key) for key in keys], pa.date32()), queue.index)
    behind = queue.assign(latest=latest)[(queue["invoice_date"] < latest).fillna(False)]
    code = "E504" if rules.chronology == "refuse" else "W501"
    ahead = {key: _number_at(connection, *key, last) for key in set(zip(behind["series"], behind["period"], strict=True))}
    rows: Iterable[Any] = behind.itertuples()
    return [
        Problem(
            code,
            invoice_ref=row.invoice_ref,
            details={
                "series": row.series,
                "day": row.invoice_date.isoformat(),
                "number": ahead[row.series, row.period],
                "last_day": row.latest.isoformat(),
            },
        )
        for row in rows
    ]


def _number_at(connection: Connection, series: str, period: str, last: Last) -> str:
    """Return the first number that has the latest date of its series and period."""
    i = tables.invoice.c
    query = select(i.number).where(i.series == series, i.period == period, i.status == "FINAL")
    day = last.days[series, period].isoformat()
    return connection.scalars(query.where(i.invoice_date == day).order_by(i.counter).limit(1)).first() or ""


def _write(connection: Connection, queue: pd.DataFrame, last: Last, rules: Rules, occasion: Occasion) -> None:
    columns = ("number", "period", "counter", "invoice_date", "due_date")
    queue = queue.sort_values(["series", "period", "counter"], ignore_index=True)
    texts = queue.assign(**{day: queue[day].astype("str") for day in ("invoice_date", "due_date")})
    i = tables.invoice.c
    change = (
        update(tables.invoice)
        .where(i.id == bindparam("key"))
        .values(
            {name: bindparam(f"new_{name}") for name in columns}
            | {"status": "FINAL", "on_hold": False, "final_at": occasion.stamp, "final_by": occasion.user}
        )
    )
    for piece in chunks(zip(texts["id"].tolist(), *(texts[name].tolist() for name in columns), strict=True)):
        names = ("key", *(f"new_{name}" for name in columns))
        connection.execute(change, [dict(zip(names, row, strict=True)) for row in piece])
    _keep_counters(connection, texts, last)
    seals = _seals(connection, texts["id"].tolist())
    append(connection, occasion, _entries(texts, seals, last, rules))
    if rules.by_itself:
        counts = texts["batch"].value_counts(sort=False).to_dict()
        ticked = (Entry("tick", str(batch), None, None, None, {"invoices": n}) for batch, n in counts.items())
        append(connection, occasion, ticked)


def _keep_counters(connection: Connection, texts: pd.DataFrame, last: Last) -> None:
    s = tables.series.c
    groups: Iterable[tuple[Any, pd.DataFrame]] = texts.groupby(["series", "period"])
    for (name, period), group in groups:
        latest = max([group["invoice_date"].max(), *_iso(last.days.get((name, period)))])
        connection.execute(delete(tables.series).where(s.series == name, s.period == period))
        row = {"series": name, "period": period, "counter": int(group["counter"].max()), "last_date": latest}
        connection.execute(insert(tables.series), row)


def _iso(day: date | None) -> list[str]:
    return [day.isoformat()] if day else []


def _seals(connection: Connection, ids: list[int]) -> dict[int, tuple[str, str]]:
    """Return by id the seal of each invoice and the hash of the file it came from."""
    i, b = tables.invoice.c, tables.batch.c
    query = select(i.id, i.seal, b.sha256).join_from(tables.invoice, tables.batch, i.batch == b.batch)
    return {
        row.id: (row.seal, row.sha256) for some in chunks(ids) for row in connection.execute(query.where(i.id.in_(some)))
    }


def _entries(texts: pd.DataFrame, seals: Mapping[int, tuple[str, str]], last: Last, rules: Rules) -> Iterator[Entry]:
    """Yield the ledger entry of each number, in the order of the numbers."""
    before = dict(last.counters)
    rows: Iterable[Any] = texts[list(_TOLD)].itertuples(index=False)
    for row in rows:
        key = (row.series, row.period)
        sealed, sha256 = seals[row.id]
        told: dict[str, Any] = {
            "series": row.series,
            "period": row.period,
            "counter": row.counter,
            "after": before.get(key),
            "first": rules.series[row.series].first,
            "step": rules.series[row.series].increment,
            "invoice_date": row.invoice_date,
            "due_date": row.due_date,
            "currency": row.currency,
            **{n: f"{getattr(row, n):.{row.digits}f}" for n in ("net_total", "tax_total", "gross_total")},
            "content_hash": row.content_hash,
            "seal": sealed,
            "approval": row.approval,
            "approved_by": None if pd.isna(row.approved_by) else row.approved_by,
            "everything": rules.everything,
            **({"by_itself": True} if rules.by_itself else {}),
            "chronology": rules.chronology,
        }
        before[key] = row.counter
        yield Entry("finalize", row.batch, row.id, row.invoice_ref, row.number, told, sha256)
