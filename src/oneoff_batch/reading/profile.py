"""The mapping profile: a small TOML file that says how somebody else's sheet is to be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

DATE_ORDERS = ("day-first", "month-first", "iso")
DECIMAL_MARKS = (".", ",")
PAYMENTS, IGNORED = "payments", "ignored"
SHEETS = ("invoices", "lines", "control", "flat", PAYMENTS, IGNORED)
"""What a sheet may be said to be: one of our tables, header and line columns side by side, a list of payments, of which
only the refs of invoices are read, or nothing to read."""
FINE, WARN, REFUSE = "fine", "warning", "error"
VERDICTS = (FINE, WARN, REFUSE)
"""What a status says of an invoice: it is to be billed; it is, but somebody should look; it is not."""
REF = "invoice_ref"


class ProfileError(ValueError):
    """The profile cannot be used; the message is one sentence that says why."""


@dataclass(frozen=True)
class Profile:
    """How a layout is mapped; saved and used again for every file of the same program.

    `columns` gives for a field the user's header, or several, of which the first that is not blank in a row
    counts; `defaults` a constant where there is no column or the cell is blank; `values` other words for theirs, ""
    for a blank cell; `strip` an ending to take off. `optional` names fields whose column may be missing, and may say
    "status". `ignore` are headers that are
    left out without a warning (a discount with a value is still refused), `not_discounts` those that speak of
    discounts and hold none, `refuse` those that may hold nothing but zero. `dates` is "day-first", "month-first" or
    "iso", `decimal` is "." or ","; "" leaves it open. The time of day behind a date is left out.

    `sheet` names the only sheet to read; `sheets` says what each sheet is. `starts` is the field whose value starts
    an invoice in a file without a key. `sums` gives for expected_total the headers whose cells add up to it over the
    rows of an invoice. `status` are the headers of the invoice's status, each of which counts where it is there, and
    `statuses` says what each word means: "fine", "warning" or "error". `paid` are headers below which anything but zero
    says that the invoice is paid, at least in part; `balance` is the header of what is still to be paid, which must be the
    expected total. Columns of `paid` and `balance` may be missing. `lookup` says that customers stand there by their "name".
    """

    name: str
    description: str = ""
    sheet: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strip: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    dates: str = ""
    decimal: str = ""
    optional: tuple[str, ...] = ()
    not_discounts: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    sheets: Mapping[str, str] = field(default_factory=dict)
    starts: str = ""
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: tuple[str, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    paid: tuple[str, ...] = ()
    balance: str = ""
    lookup: Mapping[str, str] = field(default_factory=dict)

    def changes(self, name: str) -> bool:
        """Whether the cells of a field are to be changed, not only found."""
        return name in self.values or name in self.strip or len(self.columns.get(name, ())) > 1


def check_profile(profile: Profile) -> None:
    """Raise `ProfileError` where a profile contradicts itself or says what no profile can."""
    _one_of("dates", profile.dates, DATE_ORDERS)
    _one_of("decimal", profile.decimal, DECIMAL_MARKS)
    _check_columns(profile)
    _check_sums(profile)
    _check_starts(profile)
    _check_payments(profile)
    for sheet, table in profile.sheets.items():
        _one_of(f"the sheet {sheet}", table, SHEETS, always=True)
    for status, verdict in profile.statuses.items():
        _one_of(f"the status {status}", verdict, VERDICTS, always=True)
    if bool(profile.status) != bool(profile.statuses):
        raise ProfileError("A profile with [statuses] must name their column by status, and the other way round.")
    if dict(profile.lookup) not in ({}, {"customer": "name"}):
        raise ProfileError('In the profile [lookup] can only say: customer = "name".')


def _check_columns(profile: Profile) -> None:
    for name in (*profile.values, *profile.strip):
        if name not in profile.columns:
            raise ProfileError(f"The profile changes the values of {name}, but [columns] does not say where it stands.")
    for name in profile.optional:
        if name not in profile.columns and name not in profile.sums and not (name == "status" and profile.status):
            raise ProfileError(f"The profile calls {name} optional, but [columns] does not say where it stands.")
    first = Counter(headers[0].casefold() for headers in profile.columns.values() if headers)
    for name, headers in profile.columns.items():
        if not headers:
            raise ProfileError(f"The profile names no header for {name}.")
        if first[headers[0].casefold()] > 1 and profile.changes(name):
            raise ProfileError(
                f'The column "{headers[0]}" feeds two fields, so its values cannot be changed for {name} alone.'
            )


def _check_sums(profile: Profile) -> None:
    for name, headers in profile.sums.items():
        if name != "expected_total":
            raise ProfileError(f"In the profile [sums] can only make expected_total, not {name}.")
        if name in profile.columns or not headers:
            raise ProfileError(f"The profile must say either where {name} stands or which columns add up to it.")


def _check_starts(profile: Profile) -> None:
    if profile.starts and profile.starts not in profile.columns:
        raise ProfileError(f"In the profile starts is {profile.starts}, but [columns] does not say where it stands.")
    if profile.starts and REF in profile.columns:
        raise ProfileError(f"A profile with starts makes the keys of invoices, so it cannot map {REF} too.")


def _check_payments(profile: Profile) -> None:
    if profile.balance and "expected_total" not in {*profile.columns, *profile.sums}:
        raise ProfileError("The profile has a balance, but does not say where expected_total stands, which it must be.")
    if PAYMENTS in profile.sheets.values() and REF not in profile.columns:
        raise ProfileError(f"The profile has a sheet of payments, but [columns] does not say where {REF} stands.")


def _one_of(key: str, value: str, allowed: tuple[str, ...], *, always: bool = False) -> None:
    if (value or always) and value not in allowed:
        raise ProfileError(f'In the profile {key} is "{value}"; it can be {", ".join(allowed)}.')
