"""The proof that the book is whole: no gap, no duplicate, dates in order, an unbroken chain, totals that add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter, le
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, func, select

from ..problems import Problem
from . import documents, tables, wholesale
from .chain import START, head
from .contents import Contents, examine, merged, strangers, told_by
from .correcting import misfits
from .links import first_broken, follow, streamed
from .sharing import Job, Own, helpers, share

Progress = Callable[[str, int], Callable[[int], None]]
"""Called with the name and length of a stage; returns what to call with each further number of steps done."""


def silent(_name: str, _length: int) -> Callable[[int], None]:
    """Be the progress that nobody sees."""
    return lambda _: None


_PIECE = 2_000
_ENTRIES = 40_000
_INVOICES = 12_000
"""How many numbers of entries, and how many ids of invoices, are one job."""
_ALONE = 2
"""As many jobs are done sooner than another process is there."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was proven: final invoices and entries that were read, what is wrong, and the hash of the last entry.

    Keep `head` outside the book (in a mail to the auditor, say): with it, not even a chain that was written anew
    from the start goes unnoticed.
    """

    invoices: int
    entries: int
    problems: list[Problem]
    head: str
    since: int | None = None
    """How many entries there were when the head that was kept outside was the last; None where none was given."""


def verify(connection: Connection, kept: str | None = None, progress: Progress = silent) -> Verification:
    """Read the whole book, a piece at a time, and return every disagreement (domain §10).

    `kept` is a head that was kept outside the book: E527 where no entry has that hash any more. A large book is read
    by as many processes as there are cores; each proves ranges of entries and of final invoices, which never change.
    """
    last, _ = head(connection)
    links = [
        Job(partial(wholesale.follow, after=a, until=b, kept=kept), partial(follow, after=a, until=b, kept=kept))
        for a, b in _ranges(0, last, _ENTRIES)
    ]
    pieces = [
        Job(partial(wholesale.examine, after=a, until=b, last=last), partial(examine, after=a, until=b, last=last))
        for a, b in _ranges(*_span(connection), _INVOICES)
    ]
    jobs = [*links, *pieces]
    helping = helpers(connection) if len(jobs) > _ALONE else 0
    here: list[Own] = [
        _runs,
        _duplicates,
        lambda c: list(strangers(c)),
        lambda c: list(misfits(c)),
        lambda c: list(documents.faults(c)),
    ]
    (runs, twice, strays, unfit, lost), found = share(connection, here, jobs, helping, progress("Verifying", len(jobs)))
    stretches, contents = found[: len(links)], merged(found[len(links) :])
    since = _since(stretches, kept)
    problems = [
        *first_broken(connection, stretches, last),
        *([Problem("E527", value=kept)] if kept and since is None else []),
        *twice,
        *_numbers(connection, runs, contents),
        *_counters(connection, runs),
        *strays,
        *contents.strays,
        *contents.orphans,
        *contents.doubles,
        *unfit,
        *contents.problems,
        *lost,
    ]
    ahead = stretches[-1].last if stretches else START
    return Verification(contents.count, sum(s.count for s in stretches), problems, ahead, since)


def _ranges(after: int, until: int, size: int) -> list[tuple[int, int]]:
    """Cut numbers above `after` up to `until` into ranges; not into more than a thousand, whatever somebody put in."""
    size = max(size, -(-(until - after) // 1000))
    bounds = [*range(after, until, size), until]
    return list(pairwise(bounds))


def _span(connection: Connection) -> tuple[int, int]:
    """Return the number before the lowest id of an invoice or ledger entry, and the highest."""
    i, e = tables.invoice.c, tables.entry.c
    lowest = [connection.scalar(select(func.min(i.id))), connection.scalar(select(func.min(e.invoice_id)))]
    highest = [connection.scalar(select(func.max(i.id))), connection.scalar(select(func.max(e.invoice_id)))]
    bounds = [[n for n in some if type(n) is int] for some in (lowest, highest)]
    return min(bounds[0], default=1) - 1, max(bounds[1], default=0)


def _since(stretches: Iterable[Any], kept: str | None) -> int | None:
    """Return the place of the last entry that has the hash that was kept."""
    since, count = (0 if kept == START else None), 0
    for stretch in stretches:
        if stretch.since is not None:
            since = count + stretch.since
        count += stretch.count
    return since


def _duplicates(connection: Connection) -> list[Problem]:
    i = tables.invoice.c
    twice = select(i.number).where(i.number.is_not(None)).group_by(i.number).having(func.count() > 1)
    return [Problem("E521", details={"number": number}) for number in connection.scalars(twice)]


@dataclass(slots=True)
class Run:
    """The numbers of one series and period: the first and last counter, the steps between them, whether a date goes back."""

    first: Any
    last: Any
    steps: set[int]
    latest: str = ""
    back: bool = False
    odd: bool = False


def _runs(connection: Connection) -> dict[tuple[Any, Any], Run]:
    """Follow each series and period along its counters."""
    i = tables.invoice.c
    query = select(i.series, i.period, i.counter, i.invoice_date).where(
        tables.only(tables.FINAL, tables.invoice), i.counter.is_not(None)
    )
    runs: dict[tuple[Any, Any], Run] = {}
    for piece in streamed(connection, query.order_by(i.series, i.period, i.counter), _PIECE):
        for key, own in groupby(piece, itemgetter(0, 1)):
            _, _, counters, dates = zip(*own, strict=True)
            run = runs.setdefault(key, Run(counters[0], counters[0], set()))
            _go_on(run, counters, dates)
    return runs


def _go_on(run: Run, counters: tuple[Any, ...], dates: tuple[Any, ...]) -> None:
    if set(map(type, (run.last, *counters))) != {int} or set(map(type, dates)) != {str}:
        run.odd, run.last = True, counters[-1]
        return
    run.steps.update(np.unique(np.diff((run.last, *counters))).tolist())
    run.back = run.back or not all(map(le, (run.latest, *dates), dates))
    run.last, run.latest = counters[-1], max(run.latest, dates[-1])


def _numbers(connection: Connection, runs: Mapping[tuple[Any, Any], Run], contents: Contents) -> Iterator[Problem]:
    """Name gaps and dates that go back; a series is looked at number by number only where its rules do not explain it."""
    rules: dict[tuple[Any, Any], set[tuple[Any, ...]]] = {}
    for series, period, *told in contents.rules:
        rules.setdefault((series, period), set()).add(tuple(told))
    for key, run in runs.items():
        if contents.odd or not _regular(run, rules.get(key, set())):
            yield from _one_by_one(connection, *key)


def _regular(run: Run, rules: set[tuple[Any, ...]]) -> bool:
    """Whether every number is the one after that ahead of it, and no date goes back, by the one rule that all were told."""
    if run.odd or len({told[:2] for told in rules}) != 1:
        return False
    first, step, _ = next(iter(rules))
    dated = not run.back or all(chronology != "refuse" for _, _, chronology in rules)
    # The first number of a run is compared with itself, which is no step.
    return run.first == first and run.steps <= {0, step} and dated


def _one_by_one(connection: Connection, series: Any, period: Any) -> Iterator[Problem]:
    """Follow a series from its first number: every counter after the one before, no date going back."""
    i, e = tables.invoice, tables.entry.c
    own = and_(e.invoice_id == i.c.id, e.action == "finalize")
    query = (
        select(i.c.series, i.c.counter, i.c.number, i.c.invoice_ref, i.c.invoice_date, e.body)
        .join_from(i, tables.entry, own, isouter=True)
        .where(i.c.status == "FINAL", i.c.series == series, i.c.period == period, i.c.counter.is_not(None))
        .order_by(i.c.counter)
    )
    ahead: Any = None
    latest = ""
    for row in connection.execute(query.execution_options(yield_per=_PIECE)):
        told = told_by(row.body)
        if told:
            yield from _step(row, ahead, latest, told)
        ahead, latest = row, max(latest, _day(row, latest))


def _step(row: Any, ahead: Any, latest: str, told: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare an invoice with the one ahead of it in its series: its counter, and its date."""
    if _day(row, latest) < latest and told["chronology"] == "refuse":
        details = {"number": row.number, "day": row.invoice_date, "earlier": latest}
        yield Problem("E524", invoice_ref=row.invoice_ref, details=details)
    before = None if ahead is None or type(ahead.counter) is not int else ahead.counter
    expected = told["first"] if ahead is None or before is None else before + told["step"]
    if row.counter == expected or (ahead is not None and row.counter == ahead.counter):
        return
    details = {"series": row.series, "expected": _counted(row.number, row.counter, expected), "found": row.number}
    yield Problem("E520", invoice_ref=row.invoice_ref, details=details)


def _day(row: Any, otherwise: str) -> str:
    """Return the date of an invoice; where somebody put in what is none, the date ahead of it."""
    return row.invoice_date if isinstance(row.invoice_date, str) else otherwise


def _counted(number: Any, counter: Any, wanted: int) -> str:
    """Return the number that another counter would have made, written like this one."""
    head = str(number).rstrip("0123456789")
    digits = len(str(number)) - len(head)
    return f"{head}{wanted:0{digits}d}" if int(str(number)[len(head) :] or -1) == counter else str(wanted)


def _counters(connection: Connection, runs: Mapping[tuple[Any, Any], Run]) -> Iterator[Problem]:
    """Compare the last counter of each series and period with the last number that was drawn from it."""
    s = tables.series.c
    kept = {(r.series, r.period): r.counter for r in connection.execute(select(s.series, s.period, s.counter))}
    for key in sorted({*runs, *kept}, key=str):
        last = runs[key].last if key in runs else None
        if last != kept.get(key):
            name = f"{key[0]} {key[1]}".strip()
            words = [f"number {n}" if n is not None else "no number" for n in (kept.get(key), last)]
            yield Problem("E520", details={"series": name, "expected": words[0], "found": f"{words[1]} as the last"})
