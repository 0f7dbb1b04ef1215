"""What `--valid-only` left out of a batch: which invoices, and what of an upload's problems is about the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..problems import ERROR, Problem, count_words, counted, counts
from .cells import quoted

_STRAY = "E302"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An invoice that was left out: its ref, the first of its errors, where that is, and how many more there are.

    `stray` says that there is no such invoice, only lines that name it.
    """

    ref: str
    message: str
    fix: str
    place: str
    more: int
    stray: bool


@dataclass(frozen=True)
class Parted:
    """An upload's problems: those of the invoices in the batch and of the file as a whole, and those left out."""

    own: list[Problem]
    invoices: list[LeftOut]
    errors: int

    def words(self, drafted: int, final: bool) -> str:
        """Return how many invoices are in the batch and how many are not; "" where none was left out."""
        if not self.invoices:
            return ""
        stray = sum(one.stray for one in self.invoices)
        left = len(self.invoices) - stray
        parts = [
            f"{counted(drafted, 'invoice')} {_are(drafted)} {'final' if final else 'drafted'}",
            *([f"{left:,} {_are(left)} left out"] if left else []),
            *([f"the lines of {counted(stray, 'ref')} without an invoice are left out"] if stray else []),
        ]
        return f"{', '.join(parts)}: {count_words({ERROR: self.errors})}."


def parted(problems: Sequence[Problem], drafted: Iterable[str]) -> Parted:
    """Part the problems of an upload; `drafted` are the refs in the batch. An invoice with an error is never among them."""
    known = frozenset(drafted)
    wrong: dict[str, list[Problem]] = {}
    for p in problems:
        if p.severity == ERROR and p.invoice_ref and p.invoice_ref not in known:
            wrong.setdefault(p.invoice_ref, []).append(p)
    invoices = [
        LeftOut(
            quoted(ref),
            quoted(own[0].message),
            quoted(own[0].fix),
            quoted(own[0].place),
            len(own) - 1,
            any(p.code == _STRAY for p in own),
        )
        for ref, own in wrong.items()
    ]
    own = [p for p in problems if p.invoice_ref not in wrong]
    return Parted(own, invoices, counts(p for found in wrong.values() for p in found)[ERROR])


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
