"""Sheets → tables: where the header is, which column is which field, and what the profile makes of the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ..columns import Table, kind_of
from ..problems import Problem
from .choosing import Choice, shapes_of
from .faults import column_faults, totals_rows
from .headers import FLAT, Match
from .profile import Profile
from .sheet import Found, Heading, Sheet

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
    Problems: E106 to E111, E323, W101, W102. A sheet with problems is still returned, so that its
    cells can be checked too.
    """
    chosen, problems = Choice(sheets, shapes_of(tables, custom), profile).run()
    found = []
    for raw, match in chosen:
        sheet = _below_header(raw, match)
        problems += column_faults(raw, sheet, match)
        sheet, totals = _without_totals(sheet, match)
        problems += totals
        found.append(_found(sheet, match, profile))
    places = {(s.file, s.name): i for i, s in enumerate(sheets)}
    found.sort(key=lambda f: places[f.sheet.file, f.sheet.name])
    return found, problems


def _below_header(raw: Sheet, match: Match) -> Sheet:
    start = match.at + 1
    return replace(
        raw,
        header_row=int(raw.cells.index[match.at]) if match.at >= 0 else 0,
        headers=match.headers,
        cells=raw.cells.iloc[start:],
        kinds=None if raw.kinds is None else raw.kinds.iloc[start:],
        widths=None if raw.widths is None else raw.widths.iloc[start:],
    )


def _without_totals(sheet: Sheet, match: Match) -> tuple[Sheet, list[Problem]]:
    letters = [found[0] for found in match.sources.values()]
    ref = match.sources.get("invoice_ref")
    rows = totals_rows(sheet.cells, letters, match.shape.name == FLAT, ref[0] if ref else "")
    if not rows:
        return sheet, []
    numbers = [int(sheet.cells.index[at]) for at, _ in rows]
    problems = [
        Problem("W102", sheet.file, sheet.name, number, value=label, details={"label": label})
        for number, (_, label) in zip(numbers, rows, strict=True)
    ]
    end = min(at for at, _ in rows)
    kinds = None if sheet.kinds is None else sheet.kinds.iloc[:end]
    widths = None if sheet.widths is None else sheet.widths.iloc[:end]
    return replace(sheet, cells=sheet.cells.iloc[:end], kinds=kinds, widths=widths), problems[::-1]


def _found(sheet: Sheet, match: Match, profile: Profile | None) -> Found:
    if profile is not None:
        sheet = _derived(sheet, match, profile)
    return Found(
        sheet=sheet,
        table=match.shape.name,
        headings={f: Heading(x[0], sheet.headers[x[0]]) for f, x in match.sources.items()},
        custom={n: Heading(x, sheet.headers[x]) for n, x in match.custom.items()},
        unknown=match.unknown,
        defaults=match.defaults,
        dates=profile.dates if profile else "",
        decimal=profile.decimal if profile else "",
    )


def _derived(sheet: Sheet, match: Match, profile: Profile) -> Sheet:
    """Fill blank cells from the columns that stand in, take endings off, and put our words for theirs."""
    cells: dict[str, pd.Series] = {}
    kinds: dict[str, pd.Series] = {}
    for field, (first, *others) in match.sources.items():
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
    return column


def _is_date(field: str, match: Match) -> bool:
    return any(field in t.columns and kind_of(t.columns[field]) == "date" for t in match.shape.tables)
