"""What is asked of an invoice, held against what is left of it: the amounts of one credit note, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..problems import Problem
from . import credits
from .credits import Credit, Original, SoFar, TooMuch


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to take: a line, an amount with tax, an amount of a line, or all that is left (neither).

    `amount` is in major units and more than zero; of a line it is meant as the line's own amounts are: net, or with tax
    where its prices contain it. `where` says where it was typed: what `Problem` takes of file, sheet, row, column, header.
    """

    line: int | None = None
    amount: Decimal | None = None
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """A credit note that is asked for, of a final invoice by its id."""

    id: int
    reason: str
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class TaxCredited:
    """What a credit note took of one row of the tax table; `key` are `KEY` of that row."""

    key: tuple[str, ...]
    taxable: int
    tax: int


KEY = ("tax_code", "name", "category", "rate", "compound")
"""What tells the rows of one tax table apart; of rows that are alike the order does."""


@dataclass(frozen=True)
class Earlier:
    """The credit notes of an invoice that count: `names` of them, and what they took in whole minor units, as positive sums.

    `next_ref` is the ref of the next one: archived ones keep theirs. `taxes` holds one list per credit note.
    """

    names: Sequence[str] = ()
    next_ref: str = ""
    lines: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    taxes: Sequence[Sequence[TaxCredited]] = ()
    tax_currency_total: int = 0


def so_far_of(earlier: Earlier, keys: Sequence[tuple[str, ...]]) -> SoFar:
    """Add up the tax tables of earlier credit notes by the rows of the invoice's."""
    rows = [(0, 0)] * len(keys)
    for table in earlier.taxes:
        free = list(range(len(keys)))
        for took in table:
            at = next(i for i in free if keys[i] == took.key)
            free.remove(at)
            rows[at] = (rows[at][0] + took.taxable, rows[at][1] + took.tax)
    return SoFar(earlier.lines, rows, earlier.tax_currency_total)


@dataclass(frozen=True)
class Ask:
    """What is asked of one invoice, and what it has."""

    ref: str
    number: str
    currency: str
    digits: int
    original: Original
    so_far: SoFar
    earlier: Earlier

    def refused(self, wanted: Sequence[Wanted]) -> list[Problem]:
        """Return what is wrong with the request before anything is added up."""
        left = credits.left_with_tax(self.original, self.so_far)
        if not any(left.values()):
            told = {"what": f"Invoice {self.number}", "by": self._names()}
            return [self._problem("E551", wanted[0], **told)]
        lines = [w.line for w in wanted]
        twice = [w for i, w in enumerate(wanted) if i and (None in lines or w.line in lines[:i])]
        return [
            *(self._problem("E556", w) for w in twice),
            *(p for w in wanted if w not in twice for p in self._of_one(w)),
        ]

    def _names(self) -> str:
        return ", ".join(self.earlier.names) or "nothing was billed"

    def _problem(self, code: str, wanted: Wanted, **details: str) -> Problem:
        value = str(wanted.line) if wanted.line is not None else self.number
        return Problem(code, invoice_ref=self.ref, value=value, details={"number": self.number, **details}, **wanted.where)

    def _of_one(self, wanted: Wanted) -> list[Problem]:
        if wanted.amount is not None:
            fine = f"{self.currency} has {self.digits} decimals" if self.digits else f"{self.currency} has no decimals"
            exact = wanted.amount == round(wanted.amount, self.digits)
            why = "it is not more than zero" if wanted.amount <= 0 else "" if exact else fine
            if why:
                return [replace(self._problem("E555", wanted, why=why), value=f"{wanted.amount.normalize():f}")]
        if wanted.line is None:
            return []
        line = next((x for x in self.original.lines if x.line == wanted.line), None)
        if line is None:
            last = max(x.line for x in self.original.lines)
            return [self._problem("E552", wanted, lines="its only line is 1" if last == 1 else f"its lines are 1 to {last}")]
        left = credits.left_of(line, self.so_far, self.original.inclusive)
        what = f"Line {line.line} of {self.number}"
        if not left and not (line.gross - sum(self.so_far.of(line.line))):
            return [self._problem("E551", wanted, what=what, by=self._names())]
        if wanted.amount is not None and self._units(wanted.amount) > abs(left):
            return [
                self._problem(
                    "E550", wanted, what=what, left=self._words(left), asked=self._words(self._units(wanted.amount))
                )
            ]
        return []

    def credit(self, wanted: Sequence[Wanted]) -> Credit:
        """Add up what is taken; raises `TooMuch`."""
        first = wanted[0]
        if first.line is None:
            if first.amount is None:
                return credits.everything(self.original, self.so_far)
            return credits.spread_amount(self.original, self.so_far, self._units(first.amount))
        amounts = {w.line: w.amount for w in wanted}
        takes = {}
        for line in self.original.lines:
            if line.line in amounts:
                left, amount = credits.left_of(line, self.so_far, self.original.inclusive), amounts[line.line]
                units = abs(left) if amount is None else self._units(amount)
                takes[line.line] = units if left >= 0 else -units
        return credits.by_line(self.original, self.so_far, takes)

    def too_much(self, fault: TooMuch, wanted: Wanted, rows: Sequence[str]) -> Problem:
        """Say of what there is not so much left."""
        if fault.row is None and fault.asked < 0:
            return self._problem("E565", wanted, asked=self._words(-fault.asked))
        if fault.row is None:
            asked, left = self._words(fault.asked), self._words(fault.left)
            return self._problem("E550", wanted, what=f"Invoice {self.number}", left=left, asked=asked)
        asked, left = self._words(fault.asked), self._words(fault.left)
        return self._problem("E557", wanted, tax=rows[fault.row], asked=asked, left=left)

    def _units(self, amount: Decimal) -> int:
        return int(amount.scaleb(self.digits))

    def _words(self, units: int) -> str:
        return f"{Decimal(units).scaleb(-self.digits):,.{self.digits}f} {self.currency}"
