"""Sheets of one table alone, such as credits or payments: read, understood, typed and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..checking.cells import parse
from ..checking.schema import validate
from ..checking.typed import Typed
from ..columns import Table
from ..problems import Problem
from ..reading import AS_IT_IS, Found, Heading, Options, Sheet, read_file
from ..reading.faults import column_faults
from ..reading.headers import Match, Shape, best_match, in_order, near_miss
from ..reading.marks import mark_faults
from ..reading.ours import without_our_own
from ..reading.totals import without_totals
from ..reading.understand import below_header

_MISSING = {"credits": "E564", "payment_list": "E563"}
_OF_UPLOADS = ("E323", "W101")
"""What is said of columns that would be billed; here a discount, or any other column, is just not read."""


@dataclass(frozen=True)
class OwnSheet:
    """A table as it was read: its typed rows, None where no sheet has its columns, and what is wrong with it."""

    typed: Typed | None
    problems: list[Problem]


def read_own(path: Path, table: Table, options: Options = AS_IT_IS) -> OwnSheet:
    """Read the sheet that has the columns of a table, whatever its name; raises `Unreadable` for what is no sheet at all.

    E104 where it has no rows, E563 and E564 where a column is missing, W552 for those that are not read; E567 where several
    sheets have the columns, W553 for a sheet with something else on it; E115, W106 and W107 for what is merged or hidden.
    A row of totals at the end is left out and compared (W102, W113).
    """
    sheets, problems = read_file(path, None, options)
    shape = Shape(table.name, (table,), ())
    matches = [(sheet, best_match(sheet, shape, None)) for sheet in without_our_own(sheets)]
    if not any(match.headers for _, match in matches):
        return OwnSheet(None, problems or [Problem("E104", file=path.name)])
    raw, match = max(matches, key=lambda pair: pair[1].score)
    problems += _others([pair for pair in matches if pair[0] is not raw], raw, match)
    sheet = below_header(raw, match)
    problems += mark_faults(sheet, match)
    faults = [p for p in column_faults(raw, sheet, match) if p.code not in _OF_UPLOADS]
    problems += [replace(p, code=_MISSING[table.name]) if p.code == "E108" else p for p in faults]
    if match.missing:
        return OwnSheet(None, problems)
    sheet, totals = without_totals(sheet, match, "number", "")
    problems += [*_unread(sheet, match), *totals]
    if not sheet.cells.notna().to_numpy().any():
        return OwnSheet(None, [*problems, Problem("E104", file=path.name)])
    places = {name: Heading(letters[0], sheet.headers[letters[0]]) for name, letters in match.sources.items()}
    typed, unreadable = parse(Found(sheet, table.name, places), table)
    rows = typed.frame.index[sheet.cells.notna().any(axis=1).to_numpy()]
    typed = typed.with_frame(typed.frame.loc[rows])
    return OwnSheet(typed, [*problems, *unreadable, *validate(typed, unreadable)])


def _others(others: Sequence[tuple[Sheet, Match]], raw: Sheet, match: Match) -> list[Problem]:
    """Return E567 for each further sheet with the columns and rows below them, W553 for one with something else on it."""
    problems = []
    for sheet, own in others if not match.missing else ():
        rival = bool(own.headers) and not own.missing
        if (below_header(sheet, own) if rival else sheet).cells.notna().to_numpy().any():
            code = "E567" if rival else "W553"
            problems.append(Problem(code, sheet.file, sheet.name, value=sheet.name, details={"read": raw.name}))
    return problems


def in_another_currency(typed: Typed, currency: pd.Series) -> list[Problem]:
    """Return E566 where a row names another currency than its invoice's, which `currency` gives row by row."""
    said = typed.frame["currency"]
    return typed.flag(
        (said.notna() & currency.notna() & (said != currency)).fillna(False), "E566", "currency", invoiced=currency
    )


def _unread(sheet: Sheet, match: Match) -> list[Problem]:
    """Return W552 for the filled columns that mean nothing here, each with the title that it is spelt much like."""
    letters = in_order([x for x in match.unknown if sheet.cells[x].notna().any()])
    if not letters:
        return []
    names = [_named(sheet.headers[x], near_miss(sheet.headers[x], match)) for x in letters]
    told = {"columns": _listed(names), "verb": "is" if len(names) == 1 else "are"}
    return [Problem("W552", sheet.file, sheet.name, sheet.header_row or None, details=told)]


def _named(header: str, near: str) -> str:
    return f'"{header}" (did you mean "{near}"?)' if near else f'"{header}"'


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
