"""The proof that a file holds what the ledger holds: sums of what was written against sums that the database made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pandas as pd

from ..book import Figures
from ..book.slicing import Key
from ..money import currencies, money, total
from ..showing.report_column import Column
from .reconciliation import NotReconciled

REPORTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "invoices": ("Invoices", {"net_total": "Net total", "tax_total": "Tax total", "gross_total": "Gross total"}),
    "lines": ("Lines", {"net": "Net", "tax": "Tax", "gross": "Gross"}),
    "taxes": ("Taxes", {"taxable": "Taxable amount", "tax": "Tax amount"}),
    "payments": ("Payments", {"amount": "Amount"}),
}
"""What is added up of each table of the ledger, and in which words."""
_NOTHING = Figures(0)


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a table, in the file and in the ledger, for a currency, billing entity and series.

    `key` and `field` are what the ledger calls table and figure, `table` and `figure` the words of the export.
    """

    key: str
    field: str
    table: str
    currency: str
    entity: str
    series: str
    rows: int
    figure: str
    written: Decimal
    ledger: Decimal


@dataclass
class Tally:
    """What was written so far, added up as the pieces go by. Keys are as in `Slice.totals`."""

    rows: dict[Key, int] = field(default_factory=dict)
    sums: dict[Key, dict[str, Decimal]] = field(default_factory=dict)

    def add(self, key: Key, rows: int, sums: Mapping[str, Decimal]) -> None:
        """Add rows and amounts."""
        self.rows[key] = self.rows.get(key, 0) + rows
        own = self.sums.setdefault(key, {})
        for name, amount in sums.items():
            own[name] = own.get(name, Decimal(0)) + amount

    def add_table(self, table: str, rows: pd.DataFrame, heads: pd.DataFrame | None = None) -> None:
        """Add the rows of a report; `heads` has currency, billing_entity and series of each row, if not the rows do."""
        known = rows if heads is None else heads
        by = [known["currency"], known["billing_entity"].fillna(""), known["series"]]
        by = [column.set_axis(rows.index) for column in by]
        counts = rows.groupby(by, sort=True).size()
        sums = {name: total(rows[name], by).tolist() for name in REPORTS[table][1]}
        for at, (key, count) in enumerate(zip(counts.index.tolist(), counts.tolist(), strict=True)):
            self.add((table, *key), count, {name: values[at] for name, values in sums.items()})


def proven(
    tally: Tally,
    ledger: Mapping[Key, Figures],
    tables: Mapping[str, tuple[str, Mapping[str, str]]] = REPORTS,
) -> list[Compared]:
    """Return every figure that was written beside the ledger's; raises `NotReconciled` where one differs.

    `tables` names the tables of the ledger that were written, what each is called, and the words of its figures.
    """
    wanted = {key: figures for key, figures in ledger.items() if key[0] in tables}
    found: list[Compared] = []
    for key in sorted({*wanted, *tally.rows}, key=lambda k: (list(tables).index(k[0]), *k[1:])):
        name, words = tables[key[0]]
        figures, rows = wanted.get(key, _NOTHING), tally.rows.get(key, 0)
        if rows != figures.rows:
            raise NotReconciled(f"{_where(name, key)}: {rows:,} rows were written, the ledger has {figures.rows:,}.")
        for field_, title in words.items():
            written = tally.sums.get(key, {}).get(field_, Decimal(0))
            known = figures.sums.get(field_, Decimal(0))
            if written != known:
                raise NotReconciled(f"{_where(name, key)}: {title} comes to {written}, in the ledger to {known}.")
            found.append(Compared(key[0], field_, name, *key[1:], rows, title, written, known))
    return found


def _where(name: str, key: Key) -> str:
    _, currency, entity, series = key
    return f"{name} in {currency} of {entity or 'no billing entity'}, series {series}"


def by_currency(compared: Iterable[Compared]) -> list[Compared]:
    """Return the figures per currency and table, over all billing entities and series."""
    found: dict[tuple[str, str, str], Compared] = {}
    for c in compared:
        key = c.currency, c.key, c.field
        before = found.get(key, replace(c, rows=0, written=Decimal(0), ledger=Decimal(0)))
        found[key] = replace(
            before, entity="", series="", rows=before.rows + c.rows, written=before.written + c.written,
            ledger=before.ledger + c.ledger,
        )  # fmt: skip
    return sorted(found.values(), key=lambda c: c.currency)


def columns_of(compared: Sequence[Compared], *, detailed: bool = True) -> list[Column]:
    """Return a reconciliation as a table: what it is of, rows, the figure in the file and in the ledger, the difference."""
    currency = pd.Series([c.currency for c in compared], dtype="str")

    def words(title: str, values: list[str]) -> Column:
        return Column(title, "text", pd.Series(values, dtype="str"))

    def amount(title: str, values: list[Decimal]) -> Column:
        digits = [currencies().get(code, 2) for code in currency]
        exact = [f"{value:.{n}f}" for value, n in zip(values, digits, strict=True)]
        return Column(title, "amount", money(exact), currency)

    parts = [words("Billing Entity", [c.entity for c in compared]), words("Series", [c.series for c in compared])]
    return [
        words("Table", [c.table for c in compared]),
        Column("Currency", "id", currency),
        *(parts if detailed else []),
        Column("Rows", "whole", pd.Series([c.rows for c in compared], dtype="int64")),
        words("Figure", [c.figure for c in compared]),
        amount("In This Export", [c.written for c in compared]),
        amount("In the Ledger", [c.ledger for c in compared]),
        amount("Difference", [c.written - c.ledger for c in compared]),
    ]
