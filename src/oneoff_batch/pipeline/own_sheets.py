"""Sheets of one table alone, such as credits or payments: read, understood, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..checking.cells import parse
from ..checking.schema import validate
from ..checking.typed import Typed
from ..columns import Table
from ..problems import Problem
from ..reading import AS_IT_IS, Found, Heading, Options, read_file
from ..reading.faults import column_faults
from ..reading.headers import Shape, best_match
from ..reading.ours import without_our_own
from ..reading.understand import below_header


@dataclass(frozen=True)
class OwnSheet:
    """A table as it was read: its typed rows, None where no sheet has its columns, and what is wrong with it."""

    typed: Typed | None
    problems: list[Problem]


def read_own(path: Path, table: Table, options: Options = AS_IT_IS) -> OwnSheet:
    """Read the sheet that has the columns of a table, whatever its name; raises `Unreadable` for what is no sheet at all.

    E104 where it has no rows, E106 where no sheet has such columns, E108 where one of them is missing.
    """
    sheets, problems = read_file(path, None, options)
    shape = Shape(table.name, (table,), ())
    matches = [(sheet, best_match(sheet, shape, None)) for sheet in without_our_own(sheets)]
    near = [(sheet, match) for sheet, match in matches if match.sources]
    if not near:
        needs = f"a list of {table.title.lower()}"
        return OwnSheet(None, [*problems, Problem("E106", file=path.name, details={"needs": needs})])
    raw, match = max(near, key=lambda pair: pair[1].score)
    sheet = below_header(raw, match)
    problems += column_faults(raw, sheet, match)
    if any(p.code == "E108" for p in problems):
        return OwnSheet(None, problems)
    if not sheet.cells.notna().to_numpy().any():
        return OwnSheet(None, [*problems, Problem("E104", file=path.name)])
    places = {name: Heading(letters[0], sheet.headers[letters[0]]) for name, letters in match.sources.items()}
    typed, unreadable = parse(Found(sheet, table.name, places), table)
    rows = typed.frame.index[sheet.cells.notna().any(axis=1).to_numpy()]
    typed = typed.with_frame(typed.frame.loc[rows])
    return OwnSheet(typed, [*problems, *unreadable, *validate(typed, unreadable)])
