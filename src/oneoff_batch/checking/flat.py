"""One flat sheet → an invoice per ref and its lines; header cells may be repeated, or blank after the first row."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..columns import HEADER_FIELDS, TEXT, Table
from ..problems import Problem
from ..reading.sheet import Found
from .cells import parse
from .habits import with_sums
from .schema import validate
from .typed import Typed, cell_name, with_refs

KEY = "invoice_ref"


def split(found: Found, invoices: Table, lines: Table) -> tuple[Typed, Typed, list[Problem]]:
    """Return the invoices (one row per ref, at its first row) and the lines of a flat sheet, with their problems.

    A required header cell may be blank on all rows of an invoice but one.
    """
    found = _filled_refs(found)
    every_row, header_problems = parse(found, invoices)
    header_problems += validate(replace(every_row, table=invoices.optional([KEY])), header_problems)
    every_row, more = with_sums(every_row)
    header_problems += more
    line_table = lines.only([f for f in lines.columns if f != KEY])
    typed_lines, line_problems = parse(found, line_table)
    line_problems = with_refs(line_problems + validate(typed_lines, line_problems), every_row.frame[KEY])
    typed_lines = replace(typed_lines, table=lines, frame=typed_lines.frame.assign(**{KEY: every_row.frame[KEY]}))
    collapsed, conflicts = collapse(every_row)
    must = invoices.only([f for f in invoices.required if f != KEY])
    gaps = validate(replace(collapsed, table=must), header_problems)
    return collapsed, typed_lines, header_problems + gaps + line_problems + conflicts


def _filled_refs(found: Found) -> Found:
    """Give a row without a ref the ref of the row above, where the row has no other header cell either.

    Not where the sheet repeats its refs row by row: there a blank one was forgotten, or the row is a total.
    """
    heading = found.headings.get(KEY)
    if heading is None or found.sheet.cells[heading.letter].dropna().duplicated().any():
        return found
    headers = [h.letter for f, h in found.headings.items() if f in HEADER_FIELDS and f != KEY]
    cells = found.sheet.cells
    blank = cells[heading.letter].isna() & cells[headers].isna().all(axis=1)
    filled = cells[heading.letter].mask(blank, cells[heading.letter].ffill())
    return replace(found, sheet=replace(found.sheet, cells=cells.assign(**{heading.letter: filled})))


def collapse(typed: Typed) -> tuple[Typed, list[Problem]]:
    """Return one row per ref with the first filled cell of each column; E301 where another cell disagrees."""
    frame = typed.frame[typed.frame[KEY].notna()]
    codes, refs = pd.factorize(frame[KEY])
    code = pd.Series(codes, index=frame.index)
    first_rows = frame.index[~code.duplicated()]
    values = {KEY: pd.Series(refs, index=first_rows, dtype=TEXT)}
    rows: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    for field in frame.columns.drop(KEY):
        cells = frame[field].dropna()
        own = code.reindex(cells.index)
        first = ~own.duplicated()
        labels = own[first].to_numpy()
        origin = pd.Series(cells.index[first], index=labels).reindex(range(len(refs)))
        taken = cells[first].set_axis(labels).reindex(range(len(refs)))
        values[field] = taken.set_axis(first_rows)
        rows[field] = origin.set_axis(first_rows)
        differs = cells != taken.take(own.to_numpy()).set_axis(cells.index)
        problems += _conflicts(typed, field, own[differs], origin)
    whole = pd.DataFrame({field: values[field] for field in frame.columns}, index=first_rows)
    return replace(typed, frame=whole, rows=pd.DataFrame(rows, index=first_rows)), problems


def _conflicts(typed: Typed, field: str, own: pd.Series, origin: pd.Series) -> list[Problem]:
    if own.empty:
        return []
    first_rows = origin.take(own.to_numpy()).set_axis(own.index).astype(int)
    text = typed.found.sheet.cells[typed.heading(field).letter]
    mask = pd.Series(typed.frame.index.isin(own.index), index=typed.frame.index)
    return typed.flag(
        mask,
        "E301",
        field,
        other=first_rows.map(lambda r: str(text.at[r])),
        other_cell=first_rows.map(lambda r: cell_name(typed, r, field)),
    )
