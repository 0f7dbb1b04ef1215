"""Sheets → tables: where the header is, which column is which field, and what the profile makes of the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ..columns import Table, kind_of
from ..problems import Problem
from .choosing import Choice, shapes_of
from .faults import column_faults
from .headers import Match
from .likeness import looks_like
from .marks import mark_faults
from .profile import PAYMENTS, REF, Profile
from .sheet import TEXT, Found, Heading, Sheet, letters, position
from .totals import stray_totals, without_totals

_MARKED_UP = re.compile(r"-marked(-[0-9]+)?\Z")
_TIME = r"[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\Z"


def understand(
    sheets: list[Sheet],
    tables: Sequence[Table],
    custom: Mapping[str, Sequence[str]],
    profile: Profile | None,
) -> tuple[list[Found], list[Problem]]:
    """Say which sheet is which table, and which column is which field.

    `tables` are `columns.UPLOAD` or `columns.MASTER`; `custom` gives for a table's name the names of its custom
    fields. A sheet is chosen by its name, else by its headers, which may stand in any of its first 20 rows. A
    sheet that has invoice_ref, customer and something of a line is "flat", unless there are sheets named Invoices
    and Lines. A header is a profile's, else a field's name, its title, a custom field's name, or an alias.
    Problems: E106 to E111, E115, E117, E124, E323, W101, W102, W106, W107, W113,
    W121 to W123, N103, N120, N121. A sheet with problems is still
    returned, so that its cells can be checked too.
    """
    choice = Choice(sheets, shapes_of(tables, custom), profile)
    chosen, problems = choice.run()
    if profile is None and choice.of_an_upload:
        problems = [*looks_like(sheets, chosen), *problems]
    found = []
    for raw, match in chosen:
        sheet = below_header(raw, match)
        problems += column_faults(raw, sheet, match)
        problems += mark_faults(sheet, match)
        if match.shape.name != PAYMENTS:
            sheet, more = _without_every_total(sheet, match, profile)
            problems += more
        one = _found(sheet, match, profile)
        problems += _made(one, match)
        found.append(one)
    places = {(s.file, s.name): i for i, s in enumerate(sheets)}
    found.sort(key=lambda f: places[f.sheet.file, f.sheet.name])
    return found, problems


def below_header(raw: Sheet, match: Match) -> Sheet:
    """Return a sheet with its header taken off the cells."""
    row = int(raw.cells.index[match.at]) if match.at >= 0 else 0
    return replace(raw.only(slice(match.at + 1, None)), header_row=row, headers=match.headers)


def _without_every_total(sheet: Sheet, match: Match, profile: Profile | None) -> tuple[Sheet, list[Problem]]:
    sheet, problems = without_totals(sheet, match, REF, profile.decimal if profile else "")
    stray = stray_totals(sheet, match)
    rows = sheet.cells.index.to_series()
    return sheet.only(~rows.isin([p.row for p in stray])) if stray else sheet, problems + stray


def _found(sheet: Sheet, match: Match, profile: Profile | None) -> Found:
    def heads(columns: Iterable[str]) -> tuple[Heading, ...]:
        return tuple(Heading(x, sheet.headers[x]) for x in columns)

    headings = {f: heads(x)[0] for f, x in match.sources.items()}
    if profile is None:
        profile = Profile("")
    else:
        sheet = _derived(sheet, match, profile)
    if match.made and profile.starts in headings:
        sheet, headings[REF] = _with_refs(sheet, headings[profile.starts])
    return Found(
        sheet=sheet,
        table=match.shape.name,
        headings=headings,
        custom={n: heads([x])[0] for n, x in match.custom.items()},
        unknown=match.unknown,
        defaults=match.defaults,
        dates=profile.dates,
        decimal=profile.decimal,
        sums={f: heads(summed) for f, summed in match.sums.items()},
        status=heads(match.status),
        statuses=profile.statuses,
        paid=heads(match.paid),
        balance=heads(match.balance),
        lookup=profile.lookup,
    )


def _with_refs(sheet: Sheet, starts: Heading) -> tuple[Sheet, Heading]:
    """Add a column of refs made of the file's name and the row in which an invoice starts.

    A marked-up copy that comes back is the same file with the same rows, so its invoices keep their refs.
    """
    cells = sheet.cells
    letter = letters(max(position(str(x)) for x in cells.columns) + 1)
    stem = _MARKED_UP.sub("", sheet.file.rpartition(".")[0] or sheet.file)
    first = cells.index[cells[starts.letter].notna()]
    made = pd.Series(f"{stem}-" + first.astype(str), index=first, dtype=cells[starts.letter].dtype)
    refs = made.reindex(cells.index).ffill()
    kinds = sheet.kinds
    if kinds is not None:
        dtype = kinds[starts.letter].dtype
        kinds = kinds.assign(**{letter: pd.Series(TEXT, index=cells.index, dtype=dtype).where(refs.notna())})
    heading = Heading(letter, starts.header, starts.letter)
    return replace(sheet, cells=cells.assign(**{letter: refs}), kinds=kinds), heading


def _made(found: Found, match: Match) -> list[Problem]:
    """N120 where the refs of invoices were made here."""
    if not match.made or REF not in found.headings:
        return []
    refs = found.sheet.cells[found.headings[REF].letter].dropna()
    if refs.empty:
        return []
    heading = found.headings[REF]
    details = {"first": str(refs.iloc[0]), "header": heading.header}
    row = int(str(refs.index[0]))
    return [Problem("N120", found.sheet.file, found.sheet.name, row, heading.place, heading.header, details=details)]


def _derived(sheet: Sheet, match: Match, profile: Profile) -> Sheet:
    """Fill blank cells from the columns that stand in, take endings off, and put our words for theirs."""
    cells: dict[str, pd.Series] = {}
    kinds: dict[str, pd.Series] = {}
    sources = {**match.sources, **{name: (letter,) for name, letter in match.custom.items()}}
    for field, (first, *others) in sources.items():
        column = sheet.cells[first]
        for other in others:
            blank = column.isna()
            column = column.where(~blank, sheet.cells[other])
            if sheet.kinds is not None:
                kinds[first] = kinds.get(first, sheet.kinds[first]).where(~blank, sheet.kinds[other])
        changed = _changed(column, field, match, profile)
        if others or changed is not column:
            cells[first] = changed
    derived_kinds = None if sheet.kinds is None else sheet.kinds.assign(**kinds)
    return replace(sheet, cells=sheet.cells.assign(**cells), kinds=derived_kinds)


def _changed(column: pd.Series, field: str, match: Match, profile: Profile) -> pd.Series:
    if field in profile.strip:
        column = column.str.removesuffix(profile.strip[field])
    if _is_date(field, match):
        column = column.str.replace(_TIME, "", regex=True)
    if field in profile.values:
        words = {k.casefold(): v for k, v in profile.values[field].items()}
        column = column.str.casefold().map(words).astype(column.dtype).fillna(column)
        column = column.mask(column == "")
    return column


def _is_date(field: str, match: Match) -> bool:
    return any(field in t.columns and kind_of(t.columns[field]) == "date" for t in match.shape.tables)
