"""How each sheet and column was understood, and why: for a person who wants to see it before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..columns import Table
from ..problems import Problem
from .choosing import CLOSEST, HEADERS, NAME, PROFILE, Choice, shapes_of
from .faults import names_a_discount
from .headers import FLAT, Match, in_order, key, near_miss
from .profile import Profile
from .sheet import Sheet
from .understand import below_header
from .wording import names_a_tax

_TABLE = {
    NAME: "by the sheet's name",
    HEADERS: "by its headers",
    CLOSEST: "it comes closest by its headers",
    PROFILE: "the profile says so",
}
NOT_KNOWN, DOUBLED = "not known, left out", "means the same as"
"""Why a column counts for nothing, and the beginning of why it competes with another one."""
AS_NAME = "nothing else names the line"
"""Why a description counts as the name."""
A_TAX = "tax is worked out here"
"""Why the column of a tax is not read."""
_RANK = ("its name", "its title", "another word for it")


@dataclass(frozen=True)
class ColumnRead:
    """One column: where it stands, what it was taken for (`field` and `title`, "" for nothing), and why.

    `near` is the title of a field that the header is spelt much like. `samples` are up to three of its values.
    """

    letter: str
    header: str
    field: str
    title: str
    why: str
    near: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class SheetRead:
    """One sheet: the table it was taken for (`table` and `title`, "" for none), why, and its columns.

    `sheet` has its header taken off. Where no table was found the columns are those of a sheet of invoices and their lines,
    as far as they are understood. `missing` are the titles of columns that it needs and has not.
    """

    sheet: Sheet
    table: str
    title: str
    why: str
    columns: tuple[ColumnRead, ...]
    missing: tuple[str, ...]


def explain(
    sheets: Sequence[Sheet], tables: Sequence[Table], custom: Mapping[str, Sequence[str]], profile: Profile | None
) -> tuple[list[SheetRead], list[Problem]]:
    """Say of every sheet what it was taken for; the arguments are those of `understand`, and so is the outcome.

    Problems: E106 for a table that no sheet fits, E107 for one that two fit.
    """
    choice = Choice(sheets, shapes_of(tables, custom), profile)
    problems = [p for p in choice.run()[1] if p.code in ("E106", "E107")]
    taken = {i: name for name, ids in choice.taken.items() for i in ids}
    first = {ids[0] for ids in choice.taken.values()}
    read = []
    for i, sheet in enumerate(sheets):
        if i not in taken:
            why = "the profile says so" if i in choice.why else "no table was found in it"
            nearly = FLAT if choice.of_an_upload and i not in choice.why and not taken else ""
            read.append(_untaken(sheet, why, choice.match(i, nearly) if nearly else None, profile))
            continue
        match = choice.match(i, taken[i])
        below = below_header(sheet, match)
        why = _TABLE[choice.why[i]] + ("" if i in first else "; but another sheet is that already")
        read.append(SheetRead(below, taken[i], match.shape.title, why, *_columns(below, match, profile)))
    return read, problems


def _untaken(sheet: Sheet, why: str, match: Match | None, profile: Profile | None) -> SheetRead:
    """A sheet that is no table, with the columns that it would have as the only one."""
    if match is None or not match.sources:
        return SheetRead(sheet, "", "", why, (), ())
    below = below_header(sheet, match)
    return SheetRead(below, "", "", why, *_columns(below, match, profile))


def _columns(below: Sheet, match: Match, profile: Profile | None) -> tuple[tuple[ColumnRead, ...], tuple[str, ...]]:
    missing = tuple(match.shape.fields.get(f, f) for f in match.missing)
    return tuple(_column(below, x, match, profile) for x in in_order(list(below.headers))), missing


def _column(sheet: Sheet, letter: str, match: Match, profile: Profile | None) -> ColumnRead:
    header = sheet.headers[letter]
    field = next((f for f, found in match.sources.items() if letter in found), "")
    name = next((n for n, x in match.custom.items() if x == letter), "")
    title = match.shape.fields[field] if field else name
    near = near_miss(header, match) if letter in match.unknown else ""
    values = sheet.cells[letter].dropna().drop_duplicates().head(3) if letter in sheet.cells else ()
    why = _why(letter, header, field, name, match, profile)
    return ColumnRead(letter, header, field or name, title, why, near, tuple(str(v) for v in values))


def _why(letter: str, header: str, field: str, custom: str, match: Match, profile: Profile | None) -> str:
    doubled = next((d for d in match.doubles if letter in d), ())
    if doubled:
        return f"{DOUBLED} {' and '.join(x for x in doubled if x != letter)}"
    if field and profile is not None and field in profile.columns:
        if match.made and field == profile.starts:
            return "the profile: starts an invoice"
        first = match.sources[field][0]
        return "the profile" if letter == first else f"the profile, where {first} is blank"
    if letter == match.described:
        return AS_NAME
    if field:
        return _RANK[match.shape.meaning(header)[0]]
    if custom:
        return "a custom field"
    return _habit(letter, match) or _left_out(letter, header, match, profile)


def _habit(letter: str, match: Match) -> str:
    if letter in match.status:
        return "the profile: the status"
    if letter in match.paid:
        return "the profile: says it is paid"
    if letter in match.balance:
        return "the profile: what is unpaid"
    if any(letter in summed for summed in match.sums.values()):
        return "the profile: adds up to the total"
    return "the profile: must be zero" if letter in match.refused else ""


def _left_out(letter: str, header: str, match: Match, profile: Profile | None) -> str:
    harmless = [] if profile is None else [key(h) for h in profile.not_discounts]
    if key(header) in harmless:
        return "left out by the profile"
    if names_a_discount(header):
        return "a discount: empty or zero"
    if letter in match.ignored:
        return "left out by the profile"
    known = match.shape.meaning(header)[1]
    if known in match.sources:
        return f"{match.sources[known][0]} is {match.shape.fields[known]} already"
    return A_TAX if names_a_tax(header) else NOT_KNOWN
