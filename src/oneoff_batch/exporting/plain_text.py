"""The journal in the languages of two accounting programs that read plain text: hledger and Beancount."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from ..money import currencies
from ..problems import visible
from .accounts import Chart
from .journal import BANK, RECEIVABLES, REVENUE, TAX, Entry

_ROOTS = {
    RECEIVABLES: "Assets:Receivables",
    REVENUE: "Income:Revenue",
    TAX: "Liabilities:Tax",
    BANK: "Assets:Bank",
}
"""Above which an account stands, by what it is for; both programs know an account's type by its first word."""
_LEAST = date(1970, 1, 1)


@dataclass(frozen=True)
class Opening:
    """What stands above the entries: every account by role and code, the currencies, and the day from which they hold."""

    accounts: Sequence[tuple[str, str]]
    currencies: Sequence[str]
    first_day: date | None
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


def opening(
    chart: Chart,
    products: Iterable[tuple[str, str]],
    taxes: Iterable[tuple[str, str]],
    codes: Sequence[str],
    first_day: date | None,
) -> Opening:
    """Return what a journal of these products, taxes and currencies (`codes`) must declare."""
    used = {(RECEIVABLES, chart.defaults.receivables), *((REVENUE, chart.revenue(*p)) for p in products)}
    used |= {(TAX, chart.tax(*t)) for t in taxes}
    used |= {(BANK, chart.defaults.bank)} if chart.defaults.bank else set()
    accounts = sorted(used)
    return Opening(accounts, codes, first_day, _account_names(accounts))


def _account_names(accounts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give each account a name that both programs take: letters, digits and hyphens, and never two the same."""
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for role, code in accounts:
        part = re.sub(r"[^A-Za-z0-9]+", "-", code).strip("-") or "X"
        part = part if re.match(r"[A-Z0-9]", part) else part[:1].upper() + part[1:]
        tries = (f"{_ROOTS[role]}:{part}{f'-{n}' if n else ''}" for n in count())
        names[role, code] = next(name for name in tries if name.casefold() not in taken)
        taken.add(names[role, code].casefold())
    return names


def one_line(text: str) -> str:
    """Return a text on one line, without what nobody sees and without blanks around and between."""
    return " ".join(visible(re.sub(r"[\t\r\n]+", " ", text)).split())


@dataclass
class PlainText:
    """A journal in a text file (UTF-8): what stands above the entries, then the entries."""

    path: Path
    above: str
    written: Callable[[Entry], str]

    def __enter__(self) -> PlainText:
        self._file = self.path.open("w", encoding="utf-8", newline="\n")
        self._file.write(self.above)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries."""
        self._file.writelines(f"\n{self.written(entry)}" for entry in entries)


def hledger(path: Path, start: Opening) -> PlainText:
    """Return a journal for hledger, which passes its strict checks: every account and currency is declared."""
    lines = ["; The journal of the invoice ledger, for hledger.", "decimal-mark .", ""]
    for code in start.currencies:
        digits = currencies().get(code, 2)
        lines.append(f"commodity 1000.{'0' * digits} {code}")
    lines += [""] if start.currencies else []
    kinds = {RECEIVABLES: "A", REVENUE: "R", TAX: "L", BANK: "C"}
    for role, code in start.accounts:
        lines.append(f"account {start.names[role, code]}  ; type: {kinds[role]}")
        lines.append(f"  ; {role}, code {_comment(code)}")
    return PlainText(path, "\n".join(lines) + "\n", lambda entry: _hledger_entry(entry, start.names))


def _hledger_entry(entry: Entry, names: Mapping[tuple[str, str], str]) -> str:
    lines = [f"{entry.day} * ({_code(entry.number)}) {_words(entry.name)} | {_words(entry.text)}"]
    told = {"ref": entry.ref, "customer": entry.customer, "entity": entry.entity}
    lines += [f"    ; {name}: {_comment(value)}" for name, value in told.items() if value]
    for p in entry.postings:
        note = f"  ; tax: {_comment(p.tax_code)}" if p.tax_code else ""
        lines.append(f"    {names[p.role, p.account]}  {entry.figure(p.amount)} {entry.currency}{note}")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return one_line(text).replace("(", "[").replace(")", "]")


def _words(text: str) -> str:
    """Return words for a description: a semicolon would begin a comment, a bar part payee and note."""
    return one_line(text).replace(";", ",").replace("|", "/")


def _comment(text: str) -> str:
    """Return words for a comment: a comma ends a tag, a colon begins one, brackets hold dates."""
    return re.sub(r"[][,:;|]+", " ", one_line(text)).strip()


def beancount(path: Path, start: Opening) -> PlainText:
    """Return a journal for Beancount: accounts are opened on the day of the first entry, each in all currencies."""
    day = start.first_day or _LEAST
    lines = [";; The journal of the invoice ledger, for Beancount.", 'option "title" "Invoice ledger"']
    lines += [f'option "operating_currency" "{code}"' for code in start.currencies]
    lines += ["", *(f"{day} commodity {code}" for code in start.currencies), ""]
    for role, code in start.accounts:
        lines += [f"{day} open {start.names[role, code]}", f"  code: {_string(code)}"]
    return PlainText(path, "\n".join(lines) + "\n", lambda entry: _beancount_entry(entry, start.names))


def _beancount_entry(entry: Entry, names: Mapping[tuple[str, str], str]) -> str:
    link = re.sub(r"[^A-Za-z0-9_/.-]", "-", entry.number)
    lines = [f"{entry.day} * {_string(entry.name)} {_string(entry.text)} ^{link}"]
    told = {"number": entry.number, "ref": entry.ref, "customer": entry.customer, "entity": entry.entity}
    lines += [f"  {name}: {_string(value)}" for name, value in told.items() if value]
    for p in entry.postings:
        lines.append(f"  {names[p.role, p.account]}  {entry.figure(p.amount)} {entry.currency}")
        if p.tax_code:
            lines.append(f"    tax: {_string(p.tax_code)}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
