"""The sheet as it was read: text cells, what each cell was, and where it stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

TEXT, NUMBER, DATE, BOOL, ERROR, FORMULA = "t", "n", "d", "b", "e", "f"
"""What a cell was in the workbook; FORMULA is a formula without a saved result. CSV cells are all TEXT."""


@dataclass(frozen=True)
class Heading:
    """One column of a sheet that was understood: its letters, and the header as the user wrote it."""

    letter: str
    header: str


@dataclass(frozen=True)
class Sheet:
    """One table as text.

    `cells` has one column of text (pandas `str`, null for an empty cell) per spreadsheet column, named by its
    letters; its index holds the row numbers that the spreadsheet shows (for CSV: the line of the file).
    `kinds` has the same shape and holds one of the letters above, null for an empty cell; it is None where
    every cell is text. Numbers are written out in full ("1234.5"), dates as ISO 8601, booleans as TRUE and FALSE.
    `headers` maps letters to the header cells as written; the header row itself is not in `cells`.
    """

    file: str
    name: str
    header_row: int
    headers: Mapping[str, str]
    cells: pd.DataFrame
    kinds: pd.DataFrame | None = None


@dataclass(frozen=True)
class Found:
    """A sheet that was understood as one or more tables: which field stands in which column.

    `table` is the name of the table ("invoices", "lines", "control", "customers", …), or "flat" where header
    and line columns stand side by side. `headings` maps field names to where they stand, `custom` the names of
    custom fields, `unknown` the letters of columns that nobody asked for. `defaults` gives fields a constant.
    """

    sheet: Sheet
    table: str
    headings: Mapping[str, Heading]
    custom: Mapping[str, Heading] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
