"""The general journal: one balanced entry per invoice, credit note and payment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from ..book import Piece
from ..columns import DATE, TEXT
from ..money import money
from ..showing.report_column import Column
from .accounts import Chart
from .csv_table import CsvTable, write_csv
from .ledger import View
from .proof import Compared, Tally, columns_of, proven
from .reconciliation import NotReconciled, reconcile
from .together import together

RECEIVABLES, REVENUE, TAX, BANK = "Receivables", "Revenue", "Tax", "Bank"
ENTRIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "invoices": (
        "Entries of invoices and credit notes",
        {"gross_total": RECEIVABLES, "net_total": REVENUE, "tax_total": TAX},
    ),
    "payments": ("Entries of payments", {"amount": BANK}),
}
"""What a journal is held against: invoices by their totals, payments by their amounts."""
_FIGURES = {RECEIVABLES: "gross_total", REVENUE: "net_total", TAX: "tax_total", BANK: "amount"}


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on an account, in major units: debit above zero, credit below. `role` is what the account is for."""

    role: str
    account: str
    amount: Decimal
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced entry; `table` is invoices or payments, `digits` the decimals of the currency."""

    table: str
    day: date
    document: str
    number: str
    ref: str
    customer: str
    name: str
    entity: str
    series: str
    currency: str
    digits: int
    text: str
    postings: tuple[Posting, ...]

    def figure(self, amount: Decimal) -> str:
        """Write an amount with the digits of the currency."""
        return f"{amount:.{self.digits}f}"


def entries_of(piece: Piece, chart: Chart) -> Iterator[Entry]:
    """Return an entry per invoice: receivables against revenue by account and tax by tax; credit notes mirror it.

    Accounts without an amount are left out; receivables and revenue stand there always. Raises `NotReconciled` where one
    does not balance.
    """
    revenue: dict[int, dict[str, Decimal]] = {}
    for line in records(piece.drafts.lines, ("invoice", "product_item", "product", "net")):
        own = revenue.setdefault(line["invoice"], {})
        account = chart.revenue(line["product_item"], line["product"])
        own[account] = own.get(account, Decimal(0)) + line["net"]
    taxes: dict[int, dict[tuple[str, str], Decimal]] = {}
    for tax in records(piece.drafts.taxes, ("invoice", "tax_code", "name", "tax")):
        of_code = taxes.setdefault(tax["invoice"], {})
        key = (chart.tax(tax["tax_code"], tax["name"]), tax["tax_code"])
        of_code[key] = of_code.get(key, Decimal(0)) + tax["tax"]
    numbers = piece.states["number"].tolist()
    for at, head in enumerate(records(piece.drafts.invoices, _HEAD)):
        postings = [Posting(RECEIVABLES, chart.defaults.receivables, head["gross_total"])]
        own = revenue.get(at, {})
        amounts = {account: net for account, net in own.items() if net} or dict(list(own.items())[:1])
        postings += [Posting(REVENUE, account, -net) for account, net in amounts.items()]
        postings += [Posting(TAX, account, -tax, code) for (account, code), tax in taxes.get(at, {}).items() if tax]
        corrects = head["preceding_number"]
        document, text = ("Credit note", f"Credit note for {corrects}") if corrects else ("Invoice", "Invoice")
        yield _balanced(
            Entry("invoices", head["invoice_date"], document, numbers[at], head["invoice_ref"], head["customer"],
                  head["buyer_name"], head["billing_entity"], head["series"], head["currency"], int(head["digits"]),
                  text, tuple(postings))
        )  # fmt: skip


_HEAD = (
    "invoice_ref", "customer", "buyer_name", "billing_entity", "series", "currency", "digits", "invoice_date", "net_total",
    "gross_total", "preceding_number",
)  # fmt: skip


def payments_of(payments: pd.DataFrame, chart: Chart) -> Iterator[Entry]:
    """Return an entry per payment: bank against receivables."""
    for paid in records(payments, tuple(payments.columns)):
        postings = (
            Posting(BANK, chart.defaults.bank, paid["amount"]),
            Posting(RECEIVABLES, chart.defaults.receivables, -paid["amount"]),
        )
        text = f"Payment {paid['reference']}".strip()
        yield Entry("payments", paid["paid_on"], "Payment", paid["number"], paid["invoice_ref"], paid["customer"],
                    paid["buyer_name"], paid["billing_entity"], paid["series"], paid["currency"], int(paid["digits"]),
                    text, postings)  # fmt: skip


def records(rows: pd.DataFrame, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Return rows as records of Python values: text that is not there is "", anything else None."""
    lists = [_values(rows[name]) for name in names]
    return (dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True))


def _values(column: pd.Series) -> list[Any]:
    values = pa.array(column, from_pandas=True).to_pylist()
    return [v or "" for v in values] if column.dtype == TEXT else values


def _balanced(entry: Entry) -> Entry:
    off = sum((p.amount for p in entry.postings), Decimal(0))
    if off:
        raise NotReconciled(f"The entry of {entry.number} does not balance: it is {off} {entry.currency} off.")
    return entry


class JournalFile(Protocol):
    """A journal that grows by entries."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries."""


def write_journal(
    path: Path, view: View, chart: Chart, opened: Callable[[Path], AbstractContextManager[JournalFile]] | None = None
) -> tuple[list[Path], list[Compared]]:
    """Write all entries as one file, with its reconciliation beside it, and return their paths and what was compared.

    `opened` gives the file (a CSV where nothing is said). Payments are written where the chart names a bank account. Raises
    `NotReconciled`, and writes nothing, where an entry does not balance or the journal differs from the ledger.
    """
    paths = [path, beside(path)]
    tally = Tally()
    with together(paths) as drafts:
        with (opened or JournalCsv)(drafts[0]) as journal:
            for piece in view.pieces():
                reconcile(piece.drafts)
                journal.add(_counted(entries_of(piece, chart), tally))
            for payments in view.payments() if chart.defaults.bank else ():
                journal.add(_counted(payments_of(payments, chart), tally))
        wanted = ENTRIES if chart.defaults.bank else {"invoices": ENTRIES["invoices"]}
        found = proven(tally, view.totals(), wanted)
        write_csv(drafts[1], columns_of(found))
    return paths, found


def beside(path: Path) -> Path:
    """Return the path of a file's reconciliation: journal.csv has journal.reconciliation.csv, other endings stay in it."""
    return path.with_name(f"{path.stem if path.suffix.lower() == '.csv' else path.name}.reconciliation.csv")


def _counted(entries: Iterable[Entry], tally: Tally) -> list[Entry]:
    """Add up what the postings of entries come to, by what they are for."""
    listed = list(entries)
    for entry in listed:
        sums = dict.fromkeys(ENTRIES[entry.table][1], Decimal(0))
        for p in entry.postings:
            # A payment also lowers receivables: it counts with the bank, once.
            if _FIGURES[p.role] in sums:
                sums[_FIGURES[p.role]] += p.amount if p.role in (RECEIVABLES, BANK) else -p.amount
        tally.add((entry.table, entry.currency, entry.entity, entry.series), 1, sums)
    return listed


class JournalCsv:
    """A journal as CSV, one row per posting."""

    def __init__(self, path: Path) -> None:
        self._table = CsvTable(path)

    def __enter__(self) -> JournalCsv:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add the postings of entries."""
        self._table.add(_columns([(e, p) for e in entries for p in e.postings]))


def _columns(rows: list[tuple[Entry, Posting]]) -> list[Column]:
    currency = pd.Series([e.currency for e, _ in rows], dtype=TEXT)

    def text(title: str, values: list[str]) -> Column:
        return Column(title, "text", pd.Series([v or None for v in values], dtype=TEXT))

    def amount(title: str, values: list[str | None]) -> Column:
        return Column(title, "amount", money(values), currency)

    return [
        Column("Date", "day", pd.Series([e.day for e, _ in rows], dtype=DATE)),
        text("Number", [e.number for e, _ in rows]),
        text("Document", [e.document for e, _ in rows]),
        text("Account", [p.account for _, p in rows]),
        text("Account For", [p.role for _, p in rows]),
        amount("Debit", [e.figure(p.amount) if p.amount >= 0 else None for e, p in rows]),
        amount("Credit", [e.figure(-p.amount) if p.amount < 0 else None for e, p in rows]),
        Column("Currency", "id", currency),
        text("Customer", [e.customer for e, _ in rows]),
        text("Customer Name", [e.name for e, _ in rows]),
        text("Billing Entity", [e.entity for e, _ in rows]),
        text("Text", [e.text for e, _ in rows]),
        text("Tax Code", [p.tax_code for _, p in rows]),
        text("Invoice Ref", [e.ref for e, _ in rows]),
    ]
