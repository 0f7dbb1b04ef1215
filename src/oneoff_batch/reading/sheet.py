"""The sheet as it was read: text cells, what each cell was, and where it stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from .source import NO_MARKS, Marks

TEXT, NUMBER, DATE, BOOL, ERROR, FORMULA = KINDS = ("t", "n", "d", "b", "e", "f")
"""What a cell was in the workbook; FORMULA is a formula without a saved result. CSV cells are all TEXT."""

MOST_COLUMNS = 1_000
"""A value further to the right is no part of a table."""


@dataclass(frozen=True)
class Heading:
    """One column of a sheet that was understood: its letters, and the header as the user wrote it.

    `shown` are the letters to name to a person where the column was made here, of another one.
    """

    letter: str
    header: str
    shown: str = ""

    @property
    def place(self) -> str:
        """The letters that a person sees."""
        return self.shown or self.letter


@dataclass(frozen=True)
class Sheet:
    """One table as text.

    `cells` has one column of text (pandas `str`, null for an empty cell) per spreadsheet column, named by its
    letters (a workbook's columns without any value are left out); its index holds the row numbers that the
    spreadsheet shows (for CSV: the line of the file).
    `kinds` has the same shape and holds one of the letters above, null for an empty cell; it is None where
    every cell is text; its columns are pandas `category`, so that a cell costs one byte. Numbers are written out
    in full ("1234.5"; "19%" and "00123" where the cell's format shows them so), dates as ISO 8601 (with "T08:30:00"
    behind it where there is a time), booleans as TRUE and FALSE. Text has no white space around it and is in NFC.
    `headers` maps letters to the header cells as written; the header row itself is not in `cells`. As it comes
    from `read_file` a sheet has no header yet (`header_row` 0, `headers` empty) and every row is in `cells`.
    `widths` holds how many fields each record of a CSV has (int64, same index); it is None for a workbook.
    `marks` says what is hidden or merged, `epoch_1904` that a workbook counts its days from 1904.
    """

    file: str
    name: str
    header_row: int
    headers: Mapping[str, str]
    cells: pd.DataFrame
    kinds: pd.DataFrame | None = None
    widths: pd.Series | None = None
    marks: Marks = NO_MARKS
    epoch_1904: bool = False

    def only(self, wanted: slice | pd.Series) -> Sheet:
        """Return the sheet with some of its rows: a slice of places, or a flag for each row in order."""
        chosen = wanted if isinstance(wanted, slice) else wanted.to_numpy(dtype=bool)
        kinds = None if self.kinds is None else self.kinds.iloc[chosen]
        widths = None if self.widths is None else self.widths.iloc[chosen]
        return replace(self, cells=self.cells.iloc[chosen], kinds=kinds, widths=widths)


@dataclass(frozen=True)
class Found:
    """A sheet that was understood as one or more tables: which field stands in which column.

    `table` is the name of the table ("invoices", "lines", "control", "customers", …), "flat" where header and line columns
    stand side by side, or "payments" for a list of them. `headings` maps field names to where they stand, `custom` the
    names of custom fields, `unknown` the letters of columns that nobody asked for. `defaults` gives fields a constant where
    the column is missing or a cell is blank. `dates` ("day-first", "month-first", "iso") and `decimal` ("." or ",")
    are what a mapping profile says of the file; "" means that nobody has said. So are `sums`, the columns whose cells
    add up to a field over the rows of an invoice, `status`, the columns of the invoice's status, with `statuses`, what
    their words mean, `paid`, the columns that say that something was paid, `balance`, those of what is still to be paid,
    and `lookup`, which says that customers stand there by their "name".
    """

    sheet: Sheet
    table: str
    headings: Mapping[str, Heading]
    custom: Mapping[str, Heading] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    decimal: str = ""
    sums: Mapping[str, tuple[Heading, ...]] = field(default_factory=dict)
    status: tuple[Heading, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    paid: tuple[Heading, ...] = ()
    balance: tuple[Heading, ...] = ()
    lookup: Mapping[str, str] = field(default_factory=dict)


def letters(index: int) -> str:
    """Return the spreadsheet's letters for a column number that begins with 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(letter: str) -> int:
    """Return the column number, beginning with 0, for a spreadsheet's letters."""
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - 64
    return number - 1
