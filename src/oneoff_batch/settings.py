"""Platform settings as frozen records, read from the text of `oneoff.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import pairwise
from typing import Any

from .calendar import Terms, parse_terms


class SettingsError(ValueError):
    """The settings cannot be used; the message says which one and what it may be."""


@dataclass(frozen=True, slots=True)
class Series:
    """A number series (domain §4): `INV-2026-11-000001` is prefix, date parts and a counter of `digits` digits."""

    name: str
    prefix: str = "INV"
    date_parts: tuple[str, ...] = ("year",)
    separator: str = "-"
    digits: int = 6
    first: int = 1
    increment: int = 1
    reset: str = "year"
    fiscal_first_month: int = 1


DEFAULT_SERIES = (Series("invoices", prefix="INV"), Series("credits", prefix="CN"))


@dataclass(frozen=True, slots=True)
class Files:
    """Where a workspace keeps its things, relative to `oneoff.toml`."""

    master: str = "master-data.xlsx"
    book: str = "book.sqlite"
    batches: str = "batches"
    ledger: str = "ledger"
    templates: str = "templates"


@dataclass(frozen=True, slots=True)
class Dates:
    """How dates are found and guarded (domain §5)."""

    invoice_date: str = "when_final"
    payment_terms: Terms = Terms(30, "days")
    closed_until: date | None = None
    chronology: str = "refuse"


@dataclass(frozen=True, slots=True)
class Tax:
    """How tax is resolved and rounded (domain §6)."""

    line_tax_codes: bool = True
    rounding: str = "per_group"
    inclusive_rounds: str = "net"
    export_category: str = "O"
    tax_category: str = "STANDARD"
    show_in_entity_currency: bool = True
    max_rate_age_days: int = 7


@dataclass(frozen=True, slots=True)
class Review:
    """Who may approve, how long a released draft waits before it becomes final by itself, and what stands out.

    A change against the customer's last month stands out from `change_percent` on (domain §3, §8).
    """

    same_person_may_approve: bool = False
    grace_period_hours: int = 8
    change_percent: int = 30


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which series numbers are drawn from where a billing entity names none."""

    invoices: str = "invoices"
    credits: str = "credits"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Account codes for the journal, where a product or a tax code has none of its own.

    Without `bank` payments are left out of the journal.
    """

    receivables: str = ""
    revenue: str = ""
    tax: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class TaxTypes:
    """What Xero or QuickBooks calls the tax of lines that no row of the Taxes sheet is for; "" is the invoice's own word."""

    no_tax: str = ""
    exempt: str = ""
    reverse_charge: str = ""
    export: str = ""
    sales_tax: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `oneoff.toml` can say; a missing file or line means the default."""

    files: Files = Files()
    dates: Dates = Dates()
    tax: Tax = Tax()
    review: Review = Review()
    numbers: Numbers = Numbers()
    accounts: Accounts = Accounts()
    tax_types: TaxTypes = TaxTypes()
    series: Mapping[str, Series] = field(default_factory=lambda: {s.name: s for s in DEFAULT_SERIES})


_MARK = re.compile(r"[A-Za-z0-9._/-]{0,20}")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "dates.invoice_date": ("when_final", "end_of_period", "after_period"),
    "dates.chronology": ("refuse", "warn", "off"),
    "tax.rounding": ("per_group", "per_line"),
    "tax.inclusive_rounds": ("net", "tax"),
    "tax.export_category": ("O", "G"),
    "tax.tax_category": ("STANDARD", "NO_TAX", "EXEMPT"),
    "series.reset": ("never", "year", "month"),
}
_SECTIONS: Mapping[str, type] = {
    "files": Files, "dates": Dates, "tax": Tax, "review": Review, "numbers": Numbers, "accounts": Accounts,
    "tax_types": TaxTypes,
}  # fmt: skip


def parse_settings(text: str) -> Settings:
    """Read the settings; raises `SettingsError` with one sentence for the first thing that cannot be used."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"oneoff.toml cannot be read: {e}.") from None
    unknown = set(raw) - set(_SECTIONS) - {"series"}
    if unknown:
        raise SettingsError(f"oneoff.toml has a section [{sorted(unknown)[0]}], which does not exist.")
    parts = {name: _section(name, kind, raw.get(name, {})) for name, kind in _SECTIONS.items()}
    settings = Settings(**parts, series=_series(raw.get("series", {})))
    _check_series(settings)
    return settings


def _section(name: str, kind: type, raw: Mapping[str, Any]) -> Any:
    defaults = {f.name: f.default for f in fields(kind)}
    values = {k: _value(f"{name}.{k}", defaults, k, v) for k, v in raw.items()}
    return kind(**values)


def _value(path: str, defaults: Mapping[str, Any], key: str, value: Any) -> Any:
    if key not in defaults:
        raise SettingsError(f"oneoff.toml sets {path}, which does not exist. There is: {', '.join(defaults)}.")
    if path in CHOICES and value not in CHOICES[path]:
        raise SettingsError(f'{path} is "{value}"; it can be {", ".join(CHOICES[path])}.')
    default = defaults[key]
    if isinstance(default, Terms):
        terms = parse_terms(str(value))
        if terms is None:
            raise SettingsError(f'{path} is "{value}"; write for example "30 days" or "end of month".')
        return terms
    if key == "closed_until":
        return _day(path, value)
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise SettingsError(f'{path} must be a list such as ["year", "month"].')
        return tuple(value)
    wanted = type(default)
    if type(value) is not wanted:
        kinds = {bool: "true or false", int: "a whole number", str: "text in quotes"}
        raise SettingsError(f"{path} must be {kinds.get(wanted, wanted.__name__)}.")
    return value


def _day(path: str, value: Any) -> date | None:
    if value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise SettingsError(f'{path} is "{value}"; write a date such as 2026-10-31.') from None


def _series(raw: Mapping[str, Any]) -> dict[str, Series]:
    found = {s.name: s for s in DEFAULT_SERIES}
    for name, entry in raw.items():
        base = found.get(name, Series(name))
        defaults = {f.name: getattr(base, f.name) for f in fields(Series) if f.name != "name"}
        values = {k: _value(f"series.{k}", defaults, k, v) for k, v in entry.items()}
        found[name] = Series(name, **{**defaults, **values})
    return found


def _check_series(settings: Settings) -> None:
    """Refuse series that could draw one number twice (domain §4)."""
    for wanted in (settings.numbers.invoices, settings.numbers.credits):
        if wanted not in settings.series:
            raise SettingsError(f'[numbers] names the series "{wanted}", which has no [series.{wanted}].')
    for s in settings.series.values():
        if not set(s.date_parts) <= {"year", "month"}:
            raise SettingsError(f'series.{s.name}.date_parts can hold "year" and "month".')
        needed = {"never": set(), "year": {"year"}, "month": {"year", "month"}}[s.reset]
        if not needed <= set(s.date_parts):
            raise SettingsError(
                f"The series {s.name} restarts each {s.reset} but does not show it: numbers would repeat. "
                f"Add the {s.reset} to its date_parts or set reset to never."
            )
        if not (1 <= s.digits <= 12 and 1 <= s.increment <= 1000 and 0 <= s.first < 10**12):
            raise SettingsError(f"The series {s.name} needs 1 to 12 digits, an increment of 1 to 1000, and a first number.")
        if not 1 <= s.fiscal_first_month <= 12:
            raise SettingsError(f"The fiscal year of the series {s.name} must begin in a month from 1 to 12.")
        if not _MARK.fullmatch(s.prefix) or not _MARK.fullmatch(s.separator):
            raise SettingsError(f"Prefix and separator of the series {s.name} may have letters, digits and . _ / - only.")
    _check_apart(settings)


def _check_apart(settings: Settings) -> None:
    """Refuse two series of which one's numbers could look like the other's."""
    starts = sorted((s.prefix + s.separator, s.name) for s in settings.series.values())
    for (one, name), (other, another) in pairwise(starts):
        if other.startswith(one):
            raise SettingsError(
                f'The numbers of the series {name} ("{one}…") and {another} ("{other}…") could be the same. '
                "Give them prefixes of which none begins with the other."
            )
