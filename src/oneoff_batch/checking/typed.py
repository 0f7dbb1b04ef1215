"""A typed table that still knows the sheet, row and column of every cell, and names its problems there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from ..columns import Table
from ..problems import Problem
from ..reading.sheet import Found, Heading


@dataclass(frozen=True)
class Typed:
    """A table whose `frame` has the columns of its schema; the index holds the rows of the sheet.

    `rows` is given where one row stands for several of the sheet (a flat sheet): for every cell the sheet row from
    which its value came.
    """

    table: Table
    found: Found
    frame: pd.DataFrame
    rows: pd.DataFrame | None = None

    def heading(self, field: str) -> Heading:
        """Where a field stands; for one that the sheet has not, its title without a column."""
        known = self.found.headings.get(field) or self.found.custom.get(field)
        column = self.table.columns.get(field)
        return known or Heading("", str(column.title) if column is not None else field)

    def problem(self, code: str, row: int, field: str, *, value: str | None = None, **details: str) -> Problem:
        """Name one problem at the cell of a field, with the value as the sheet has it unless another is given."""
        heading = self.heading(field)
        origin: Any = None if self.rows is None or field not in self.rows else self.rows.at[row, field]
        if origin is not None and not pd.isna(origin):
            row = int(origin)
        return Problem(
            code,
            file=self.found.sheet.file,
            sheet=self.found.sheet.name,
            row=int(row),
            column=heading.place,
            header=heading.header,
            field=field,
            value=shortened(self._text(row, field, heading.letter) if value is None else value),
            details=details,
        )

    def cell_kinds(self, field: str) -> pd.Series | None:
        """What the cell of each row's value was in the workbook; None where the sheet is all text or has no such column."""
        kinds, letter = self.found.sheet.kinds, self.heading(field).letter
        if kinds is None or letter not in kinds.columns:
            return None
        rows = self.frame.index if self.rows is None or field not in self.rows else pd.Index(self.rows[field])
        return kinds[letter].reindex(rows).set_axis(self.frame.index)

    def _text(self, row: int, field: str, letter: str) -> str:
        cells = self.found.sheet.cells
        cell: Any = cells.at[row, letter] if letter in cells.columns and row in cells.index else None
        if not len(cells.columns) and field in self.frame and row in self.frame.index:
            # Rows that were kept without their sheet have only their typed value.
            cell = self.frame.at[row, field]
            cell = f"{cell.normalize():f}" if isinstance(cell, Decimal) else cell
        return "" if cell is None or pd.isna(cell) else str(cell)

    def flag(self, mask: pd.Series | np.ndarray, code: str, field: str, **details: str | pd.Series) -> list[Problem]:
        """Name a problem for every row where the mask is true; a Series among the details gives each row its own."""
        rows = self.frame.index[_truth(mask)]
        if not len(rows):
            return []
        refs = self.refs()
        found = []
        for row in rows:
            own = {k: v if isinstance(v, str) else _words(v.at[row]) for k, v in details.items()}
            value = own.pop("value", None)
            suggestion = own.pop("suggestion", "")
            problem = self.problem(code, row, field, value=value, **own)
            found.append(replace(problem, invoice_ref=_words(refs.at[row]), suggestion=suggestion))
        return found

    def refs(self) -> pd.Series:
        """The invoice ref of every row, null where the table has none."""
        if "invoice_ref" in self.frame:
            return self.frame["invoice_ref"]
        return pd.Series(None, index=self.frame.index, dtype="str")

    def with_frame(self, frame: pd.DataFrame) -> Typed:
        """Return the same table with another frame."""
        return replace(self, frame=frame)


_LONGEST = 120


def shortened(text: str) -> str:
    """Return a text as a message can show it: a cell of 32,000 characters is known by its first ones."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _truth(mask: pd.Series | np.ndarray) -> np.ndarray:
    if isinstance(mask, pd.Series):
        return mask.fillna(False).to_numpy(dtype=bool)
    return mask


def _words(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def cell_name(typed: Typed, row: int, field: str) -> str:
    """Return `Sheet!C17` for a cell, to be named in a problem at another one."""
    return f"{typed.found.sheet.name}!{typed.heading(field).place}{row}"


def with_refs(problems: Iterable[Problem], refs: Mapping[int, str] | pd.Series) -> list[Problem]:
    """Fill in the invoice ref of problems by their row."""
    return [
        replace(p, invoice_ref=_words(refs.get(p.row))) if p.row is not None and not p.invoice_ref else p for p in problems
    ]
