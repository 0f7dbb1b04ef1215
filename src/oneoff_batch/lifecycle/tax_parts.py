"""Which rows of an invoice's tax table each of its lines has a share in, and how much: what credit notes take back.

An invoice keeps the tax of a line and the tax of a row of the table, not which cent of the one is which of the other.
Both sums are exact, so the parts are found from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, islice, pairwise, product
from math import floor

Bounds = tuple[int, int]
_MANY_ROWS, _TRIES = 10, 20_000


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line in whole minor units, with the tax that it bears: `rate` is the sum of its rates in percent."""

    line: int
    code: str
    category: str
    rate: Decimal
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Net and tax together."""
        return self.net + self.tax

    @property
    def treatment(self) -> tuple[str, str, Decimal]:
        """What lines of the same rows have in common."""
        return self.code, self.category, self.rate


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of the tax table in whole minor units."""

    code: str
    category: str
    rate: Decimal
    compound: bool
    taxable: int
    tax: int


@dataclass(frozen=True, slots=True)
class Part:
    """A line's share in one row of the tax table: `row` counts from 0."""

    row: int
    tax: int


def parts_of(lines: Sequence[TaxedLine], rows: Sequence[TaxRow]) -> dict[int, tuple[Part, ...]]:
    """Return the parts of every line: they add up to its tax, and over all lines to the tax of each row."""
    chosen = _rows_of_treatments(lines, rows)
    of_line = [chosen[line.treatment] for line in lines]
    found = [_first_guess(line, own, rows) for line, own in zip(lines, of_line, strict=True)]
    exact = [_exact(line, own, rows) for line, own in zip(lines, of_line, strict=True)]
    _level(found, exact, [row.tax for row in rows])
    return {line.line: tuple(Part(row, own[row]) for row in sorted(own)) for line, own in zip(lines, found, strict=True)}


def _rows_of_treatments(
    lines: Sequence[TaxedLine], rows: Sequence[TaxRow]
) -> dict[tuple[str, str, Decimal], tuple[int, ...]]:
    """Choose for every treatment the rows whose rates are its own, so that what is taxed adds up in every row."""
    treatments = list(dict.fromkeys(line.treatment for line in lines))
    every = [_candidates(t, rows) for t in treatments]
    choices: Iterator[tuple[tuple[int, ...], ...]] = product(*every)
    for choice in islice(choices, _TRIES):
        chosen = dict(zip(treatments, choice, strict=True))
        if _agrees(lines, rows, chosen):
            return chosen
    return {t: own[0] for t, own in zip(treatments, every, strict=True)}


def _candidates(treatment: tuple[str, str, Decimal], rows: Sequence[TaxRow]) -> list[tuple[int, ...]]:
    """Return sets of rows whose rates add up to the treatment's, the likeliest first."""
    code, category, rate = treatment
    most = len(rows) if len(rows) <= _MANY_ROWS else 3
    sets = [s for n in range(1, most + 1) for s in combinations(range(len(rows)), n) if sum(rows[i].rate for i in s) == rate]

    def unlikely(some: tuple[int, ...]) -> tuple[int, int, int]:
        foreign = sum(rows[i].category != category for i in some)
        return foreign, len(some), sum(rows[i].code != code for i in some)

    return sorted(sets, key=unlikely) or [tuple(range(len(rows)))]


def _agrees(
    lines: Sequence[TaxedLine], rows: Sequence[TaxRow], chosen: Mapping[tuple[str, str, Decimal], tuple[int, ...]]
) -> bool:
    net, tax = [0] * len(rows), [0] * len(rows)
    shared = {row for own in chosen.values() if len(own) > 1 for row in own}
    for line in lines:
        for row in chosen[line.treatment]:
            net[row] += line.net
            tax[row] += line.tax
    plain = all(row.compound or row.taxable == net[i] for i, row in enumerate(rows))
    return plain and all(i in shared or row.tax == tax[i] for i, row in enumerate(rows))


def _exact(line: TaxedLine, own: Sequence[int], rows: Sequence[TaxRow]) -> dict[int, Fraction]:
    """Return the unrounded tax of each row on a line; a compound rate is taken on the taxes before it too."""
    found: dict[int, Fraction] = {}
    for row in own:
        before = sum(found.values()) if rows[row].compound else 0
        found[row] = (line.net + before) * Fraction(rows[row].rate) / 100
    return found


def _first_guess(line: TaxedLine, own: Sequence[int], rows: Sequence[TaxRow]) -> dict[int, int]:
    if len(own) == 1:
        return {own[0]: line.tax}
    exact = _exact(line, own, rows)
    whole = sum(exact.values())
    targets = [exact[row] * line.tax / whole if whole else Fraction(0) for row in own]
    loose = [between(0, line.tax)] * len(own)
    return dict(zip(own, allot(line.tax, targets, loose), strict=True))


def _level(found: list[dict[int, int]], exact: Sequence[Mapping[int, Fraction]], wanted: Sequence[int]) -> None:
    """Move cents within lines from rows that have too many to rows that have too few, where that costs least."""
    over = [sum(own.get(row, 0) for own in found) - tax for row, tax in enumerate(wanted)]
    while any(over):
        path = _path(found, over)
        if path is None:
            return
        for a, b in pairwise(path):
            both = [i for i, own in enumerate(found) if a in own and b in own]
            best = max(both, key=lambda i: (found[i][a] - exact[i][a]) - (found[i][b] - exact[i][b]))
            found[best][a] -= 1
            found[best][b] += 1
            over[a] -= 1
            over[b] += 1


def _path(found: Sequence[Mapping[int, int]], over: Sequence[int]) -> list[int] | None:
    """Return rows from one with too much to one with too little, each sharing a line with the next."""
    start = next((i for i, units in enumerate(over) if units > 0), None)
    if start is None:
        return None
    ways: dict[int, list[int]] = {start: [start]}
    queue = [start]
    while queue:
        here = queue.pop(0)
        if over[here] < 0:
            return ways[here]
        near = {row for own in found if here in own for row in own}
        for row in sorted(near - ways.keys()):
            ways[row] = [*ways[here], row]
            queue.append(row)
    return None


def between(a: int, b: int) -> Bounds:
    """Return the bounds that two amounts of either sign make."""
    return min(a, b), max(a, b)


def allot(total: int, targets: Sequence[Fraction], bounds: Sequence[Bounds]) -> list[int]:
    """Spread whole units near their targets and within their bounds, so that they add up; by largest remainder.

    Raises `ValueError` where the bounds do not allow the total.

    >>> allot(10, [Fraction(10, 3)] * 3, [(0, 10)] * 3)
    [4, 3, 3]
    """
    got = [min(max(floor(t), low), high) for t, (low, high) in zip(targets, bounds, strict=True)]
    missing = total - sum(got)
    while missing:
        way = 1 if missing > 0 else -1
        open_ = [i for i, (low, high) in enumerate(bounds) if (got[i] < high if way > 0 else got[i] > low)]
        if not open_:
            raise ValueError("the bounds do not allow the total")
        best = max(open_, key=lambda i: way * (targets[i] - got[i]))
        room = bounds[best][1] - got[best] if way > 0 else got[best] - bounds[best][0]
        step = min(room, max(1, abs(missing) // len(open_)))
        got[best] += way * step
        missing -= way * step
    return got
