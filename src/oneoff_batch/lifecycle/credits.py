"""What a credit note takes back: never more than is left, and all of them together exactly the invoice.

Everything is whole minor units of the invoice's currency (cents). A line of which so much net (or so much with tax) is
credited so far has so much tax credited as round half away(tax of the line × so far ÷ the line's); the last credit takes
what is left, so any sequence that exhausts an invoice adds up to it in every line, every row of the tax table, and the
tax in a second currency (domain §9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .tax_parts import Part, TaxedLine, TaxRow, allot, between, parts_of


@dataclass(frozen=True)
class Original:
    """An invoice, as far as credits need it; `inclusive` says that its prices contain tax."""

    lines: Sequence[TaxedLine]
    rows: Sequence[TaxRow]
    inclusive: bool
    tax_currency_total: int | None = None


@dataclass(frozen=True)
class SoFar:
    """What is credited of an invoice: net and tax by line, taxable and tax by row of its table, and in its tax currency."""

    lines: Mapping[int, tuple[int, int]]
    rows: Sequence[tuple[int, int]]
    tax_currency_total: int = 0

    def of(self, line: int) -> tuple[int, int]:
        """Net and tax of a line that are credited."""
        return self.lines.get(line, (0, 0))


@dataclass(frozen=True)
class Credit:
    """What one credit note takes, with the signs of the invoice: net and tax by line, taxable and tax by row.

    `shown` are the rows that its lines have a share in, be it of nothing.
    """

    lines: Mapping[int, tuple[int, int]]
    rows: Sequence[tuple[int, int]]
    shown: frozenset[int]
    tax_currency_total: int | None


class TooMuch(ValueError):
    """More than is left of a row of the tax table (`row`), or of the invoice (None): `asked` and `left` say how much.

    Of the invoice `asked` is negative where the credit would make it larger, because it takes back a deduction.
    """

    def __init__(self, row: int | None, asked: int, left: int) -> None:
        super().__init__("more than is left")
        self.row, self.asked, self.left = row, asked, left


def left_of(line: TaxedLine, so_far: SoFar, inclusive: bool) -> int:
    """Return what is left of a line, in the terms of its price: net, or with tax where prices contain it."""
    net, tax = so_far.of(line.line)
    return line.gross - net - tax if inclusive else line.net - net


def left_with_tax(original: Original, so_far: SoFar) -> dict[int, int]:
    """Return by line what is left with tax."""
    return {line.line: line.gross - sum(so_far.of(line.line)) for line in original.lines}


def everything(original: Original, so_far: SoFar) -> Credit:
    """Take all that is left."""
    return with_tax(original, so_far, left_with_tax(original, so_far))


def spread_amount(original: Original, so_far: SoFar, amount: int) -> Credit:
    """Take an amount with tax, spread over what is left of the lines by largest remainder; raises `TooMuch`."""
    left = left_with_tax(original, so_far)
    whole = sum(left.values())
    if amount > abs(whole) or not whole:
        raise TooMuch(None, amount, abs(whole))
    signed = amount if whole > 0 else -amount
    shares = allot(signed, [Fraction(signed * x, whole) for x in left.values()], [between(0, x) for x in left.values()])
    return with_tax(original, so_far, dict(zip(left, shares, strict=True)))


def with_tax(original: Original, so_far: SoFar, takes: Mapping[int, int]) -> Credit:
    """Take amounts with tax of lines, with the signs of the lines; raises `TooMuch`."""
    taken = {}
    for line in original.lines:
        if line.line in takes:
            taken[line.line] = _with_tax(line, so_far.of(line.line), takes[line.line])
    return _credit(original, so_far, taken)


def by_line(original: Original, so_far: SoFar, takes: Mapping[int, int]) -> Credit:
    """Take amounts of lines in the terms of their prices, with the signs of the lines; raises `TooMuch`.

    A line of which all is taken that is left is exhausted to the last cent of its tax.
    """
    taken = {}
    for line in original.lines:
        if line.line not in takes:
            continue
        amount, before = takes[line.line], so_far.of(line.line)
        if amount == left_of(line, so_far, original.inclusive):
            taken[line.line] = (line.net - before[0], line.tax - before[1])
        elif original.inclusive:
            taken[line.line] = _with_tax(line, before, amount)
        else:
            taken[line.line] = _net(line, before, amount)
    return _credit(original, so_far, taken)


def _net(line: TaxedLine, before: tuple[int, int], amount: int) -> tuple[int, int]:
    net = before[0] + amount
    tax = _within(half_away(line.tax * net, line.net), between(before[1], line.tax))
    return amount, tax - before[1]


def _with_tax(line: TaxedLine, before: tuple[int, int], amount: int) -> tuple[int, int]:
    gross = sum(before) + amount
    tax = half_away(line.tax * gross, line.gross) if line.gross else before[1]
    tax = _within(tax, between(before[1], line.tax))
    tax = _within(tax, between(gross - line.net, gross - before[0]))
    return gross - tax - before[0], tax - before[1]


def _within(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def half_away(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero.

    >>> half_away(5, 2), half_away(-5, 2), half_away(1, 3)
    (3, -3, 0)
    """
    n, d = abs(numerator), abs(denominator)
    units = (2 * n + d) // (2 * d)
    return units if (numerator < 0) == (denominator < 0) else -units


def _credit(original: Original, so_far: SoFar, taken: Mapping[int, tuple[int, int]]) -> Credit:
    """Add rows of the tax table to what is taken of lines, and see that nothing takes more than is left."""
    parts = parts_of(original.lines, original.rows)
    done = {line.line: _after(line.line, so_far, taken) for line in original.lines}
    if all(done[line.line] == (line.net, line.tax) for line in original.lines):
        rows = [(r.taxable - a, r.tax - b) for r, (a, b) in zip(original.rows, so_far.rows, strict=True)]
    else:
        rows = _rows(original, so_far, taken, parts)
    _refuse_too_much(original, so_far, taken, rows)
    shown = frozenset(p.row for line in taken for p in parts[line])
    return Credit(taken, rows, shown, _in_tax_currency(original, so_far, rows))


def _after(line: int, so_far: SoFar, taken: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    (a, b), (c, d) = so_far.of(line), taken.get(line, (0, 0))
    return a + c, b + d


def _rows(
    original: Original, so_far: SoFar, taken: Mapping[int, tuple[int, int]], parts: Mapping[int, Sequence[Part]]
) -> list[tuple[int, int]]:
    """Return what is taken of each row of the tax table: the parts of the lines, moved to where something is left."""
    taxable, tax = [0] * len(original.rows), [0] * len(original.rows)
    for line, (net, own_tax) in taken.items():
        before = so_far.of(line)[1]
        own = _so_far_by_row(parts[line], before + own_tax, before)
        lower = 0
        for part, units in zip(parts[line], own, strict=True):
            taxable[part.row] += net + (lower if original.rows[part.row].compound else 0)
            tax[part.row] += units
            lower += units
    for group in _groups(parts.values()):
        bounds = [between(0, original.rows[i].tax - so_far.rows[i][1]) for i in group]
        wanted = [tax[i] for i in group]
        low, high = (sum(b[i] for b in bounds) for i in (0, 1))
        if len(group) > 1 and low <= sum(wanted) <= high:
            for i, units in zip(group, allot(sum(wanted), [Fraction(w) for w in wanted], bounds), strict=True):
                tax[i] = units
    return list(zip(taxable, tax, strict=True))


def _so_far_by_row(parts: Sequence[Part], after: int, before: int) -> list[int]:
    """Split what a line's tax grows by over its rows: the split of `after` less the split of `before`."""
    whole = sum(p.tax for p in parts)
    sums, found = 0, []
    last = (0, 0)
    for part in parts:
        sums += part.tax
        ends = (half_away(sums * after, whole), half_away(sums * before, whole)) if whole else (0, 0)
        found.append((ends[0] - last[0]) - (ends[1] - last[1]))
        last = ends
    return found


def _groups(parts: Iterable[Sequence[Part]]) -> list[list[int]]:
    """Return the rows that lines have in common, as disjoint groups."""
    groups: list[set[int]] = []
    for own in parts:
        rows = {p.row for p in own}
        for other in [g for g in groups if g & rows]:
            groups.remove(other)
            rows |= other
        groups.append(rows)
    return [sorted(g) for g in groups]


def _refuse_too_much(
    original: Original, so_far: SoFar, taken: Mapping[int, tuple[int, int]], rows: Sequence[tuple[int, int]]
) -> None:
    """Hold a credit against what is left of the whole, and of each row of the tax table.

    Where an invoice has deductions, a charge alone may be more than what the customer was billed. What a compound rate
    is taken on is the sum of others, and is not compared.
    """
    whole, asked = sum(left_with_tax(original, so_far).values()), sum(a + b for a, b in taken.values())
    if not _inside(asked, whole):
        raise TooMuch(None, asked if whole >= 0 else -asked, abs(whole))
    for i, row in enumerate(original.rows):
        pairs = [(rows[i][0], row.taxable - so_far.rows[i][0]), (rows[i][1], row.tax - so_far.rows[i][1])]
        for asked, left in pairs[1:] if row.compound else pairs:
            if not _inside(asked, left):
                raise TooMuch(i, asked, left)


def _inside(asked: int, left: int) -> bool:
    low, high = between(0, left)
    return low <= asked <= high


def _in_tax_currency(original: Original, so_far: SoFar, rows: Sequence[tuple[int, int]]) -> int | None:
    """Return the tax in the second currency by the same rule: so far after this, less so far before."""
    whole, total = original.tax_currency_total, sum(row.tax for row in original.rows)
    if whole is None:
        return None
    after = sum(b for _, b in so_far.rows) + sum(b for _, b in rows)
    wanted = half_away(whole * after, total) if total else whole
    return _within(wanted, between(so_far.tax_currency_total, whole)) - so_far.tax_currency_total
