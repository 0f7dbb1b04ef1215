"""The review workbook comes back: its decisions are read, held against the book, and take effect in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book
from ..checking.cells import parse
from ..checking.typed import Typed
from ..columns.review import DECISIONS, LOCKED, REVIEW, TYPED
from ..lifecycle import ARCHIVED
from ..lifecycle.changes import Changes, changes
from ..lifecycle.review import Answers, answers, facts, judge, missing_columns, places_of
from ..problems import Problem, counted, errors, from_json, in_reading_order, ranged
from ..reading import Found, Heading, Sheet, read_file
from ..reading.headers import Match, Shape, best_match
from ..reading.marks import hidden_rows, merged_cells
from ..reading.understand import below_header
from .workspace import Workspace

_SHAPE = Shape(REVIEW.name, (REVIEW,), ())
_NO_WORD = 2
"""The rank from which a header is none of the sheet's own, such as "Net (USD)" beside Net."""
_STOPPING = frozenset({"E115", "E548", "E549"})
"""Problems of a sheet as a whole, with which no decision takes effect."""


@dataclass(frozen=True)
class Applied:
    """What `review apply` did: invoices by move, decisions that had taken effect before, comments added to those.

    `undecided` counts the rows without a decision, `refused` those whose decision did not hold; `batches` are those that
    the invoices belong to.
    """

    problems: list[Problem]
    moved: dict[str, int] = field(default_factory=dict)
    already: int = 0
    comments: int = 0
    undecided: int = 0
    refused: int = 0
    batches: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many invoices were moved."""
        return sum(self.moved.values())


def changes_of(workspace: Workspace, book: Book, batch: str) -> Changes:
    """Compare what customers come to in the month of a batch, up to that batch, with what they came to before."""
    return changes(book.months(batch), workspace.settings.review.change_percent)


def apply_review(
    workspace: Workspace, book: Book, paths: Sequence[Path], user: str, now: datetime, *, dry_run: bool = False
) -> Applied:
    """Read review workbooks and let the decisions that hold take effect; the others are problems with their cells.

    Raises `Unreadable` for a file that cannot be read at all.
    """
    sheets, problems = _read(paths)
    if not sheets:
        return Applied(problems)
    given = answers(sheets)
    states = _states(book, given)
    places, shown = places_of(given, states), _shown(workspace, book, states)
    judged = judge(given, states, places, shown)
    problems += missing_columns(given, states, places, shown)
    stopped = any(p.code in _STOPPING for p in problems)
    done = book.decide(
        judged.decisions.iloc[:0] if stopped else judged.decisions,
        user,
        now,
        told={"workbook": ", ".join(p.name for p in paths), "workbook_sha256": _sum(paths)},
        same_person_may=workspace.settings.review.same_person_may_approve,
        dry_run=dry_run,
    )
    late = _placed(done.problems, given)
    doubled = {(p.file, p.sheet, p.field) for p in problems if p.code == "E549"}
    told = [p for p in (*given.problems, *judged.problems) if (p.file, p.sheet, p.field) not in doubled]
    rows = {(p.file, p.sheet, p.row) for p in errors([*given.problems, *judged.problems, *late])}
    names = [t.found.sheet.name for t in sheets]
    touched = states[states["invoice_ref"].isin(given.rows["invoice_ref"]) & (states["status"] != ARCHIVED)]
    return Applied(
        in_reading_order([*problems, *told, *late], names),
        {move: done.moved.get(move, 0) for move in DECISIONS},
        done.already,
        done.comments,
        given.undecided,
        len(given.rows) if stopped else len(rows),
        tuple(touched["batch"].unique()),
    )


def _read(paths: Sequence[Path]) -> tuple[list[Typed], list[Problem]]:
    """Return the typed review sheets of workbooks, and the problems of cells that were filled in.

    Problems: E547 without a review sheet, E549 two columns for one thing, E115 decisions in merged cells, W542 decisions
    in hidden rows.
    """
    sheets: list[Typed] = []
    problems: list[Problem] = []
    for path in paths:
        every, faults = read_file(path)
        own = [(sheet, match) for sheet in every if (match := best_match(sheet, _SHAPE, None)).complete]
        problems += errors(faults)
        if not own:
            problems.append(Problem("E547", file=path.name))
        for sheet, match in own:
            typed, found = parse(_found(sheet, match), REVIEW)
            sheets.append(typed)
            problems += [*_doubles(typed.found.sheet), *_marked(typed, match)]
            problems += [p for p in errors(found) if p.field in TYPED]
    return sheets, problems


def _found(raw: Sheet, match: Match) -> Found:
    sheet = below_header(raw, match)
    places = {name: Heading(letters[0], sheet.headers[letters[0]]) for name, letters in match.sources.items()}
    return Found(sheet, REVIEW.name, places)


def _marked(typed: Typed, match: Match) -> list[Problem]:
    """E115 where a decision or a comment stands in merged cells, W542 where decisions stand in hidden rows."""
    sheet = typed.found.sheet
    filled_in = {field: letters for field, letters in match.sources.items() if field in TYPED}
    problems = list(merged_cells(sheet, replace(match, sources=filled_in, custom={})))
    unseen = typed.frame.index[hidden_rows(sheet) & typed.frame["decision"].notna().to_numpy(dtype=bool)]
    if len(unseen):
        details = {"count": counted(len(unseen), "hidden row"), "rows": ranged([str(row) for row in unseen])}
        problems.append(typed.problem("W542", int(unseen[0]), "decision", **details))
    return problems


def _doubles(sheet: Sheet) -> list[Problem]:
    """E549 where two columns that have something in them mean the same."""
    columns: dict[str, list[str]] = {}
    for letter, header in sheet.headers.items():
        rank, name = _SHAPE.meaning(header)
        if rank < _NO_WORD and sheet.cells[letter].notna().any():
            columns.setdefault(name, []).append(letter)
    problems = []
    for name, places in columns.items():
        if len(places) > 1:
            told = " and ".join(f'{x} ("{sheet.headers[x]}")' for x in places)
            details = {"columns": told, "what": REVIEW.title_of(name)}
            second, row = places[1], sheet.header_row or None
            header = sheet.headers[second]
            problems.append(Problem("E549", sheet.file, sheet.name, row, second, header, name, details=details))
    return problems


def _states(book: Book, given: Answers) -> pd.DataFrame:
    """Return the invoices that rows name, and all others of their batches."""
    named = book.states(refs=given.rows["invoice_ref"].dropna().unique())
    return pd.concat([book.states(batch=batch) for batch in named["batch"].unique()] or [named], ignore_index=True)


def _shown(workspace: Workspace, book: Book, states: pd.DataFrame) -> pd.DataFrame:
    """Return what the review sheet would show of these invoices now; nothing of those that are archived."""
    parts = []
    for batch, own in states[states["status"] != ARCHIVED].groupby("batch", sort=False):
        problems = from_json(book.problems(str(batch)))
        shown = facts(book.load(own), problems, changes_of(workspace, book, str(batch)))
        parts.append(shown.set_axis(own.index))
    if not parts:
        return pd.DataFrame(columns=list(LOCKED))
    return pd.concat(parts).reindex(states.index)


def _placed(problems: Sequence[Problem], given: Answers) -> list[Problem]:
    """Give what the book refused the cell of the decision."""
    rows = given.rows.drop_duplicates("invoice_ref").set_index("invoice_ref")
    placed = []
    for p in problems:
        row: Any = rows.loc[p.invoice_ref]
        cell = given.sheets[int(row["sheet"])].problem(p.code, int(row["row"]), "decision", **p.details)
        placed.append(replace(cell, invoice_ref=p.invoice_ref))
    return placed


def _sum(paths: Sequence[Path]) -> str:
    sums = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()
