"""What every kind of workbook looks like before its cells are understood: worksheets, raw cells, formats, marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""The size of a worksheet in Excel; a cell outside of it makes a file damaged."""
MOST_TEXT = 10_000_000
"""Characters of one cell; Excel itself keeps 32,767."""
MOST_MARKS = 65_536
"""Merged ranges, formats or relations of one part; Excel itself allows fewer."""
MOST_DEPTH = 200
"""Elements inside one another; a parser remembers all that are open."""


class Damaged(ValueError):
    """The contents do not follow the rules of their format; the message is for the programmer only."""


class Raw(NamedTuple):
    """A cell as it stands in the file.

    `column` begins with 0. `type` is Excel's own: "n" number, "s" place in the workbook's strings, "str" or
    "inlineStr" text, "b" boolean ("1" or "0"), "e" error (the value is its name, such as #N/A), "d" ISO 8601 date.
    `style` is a place in the workbook's formats. `value` is None where nothing is saved, `formula` where there is
    none (an empty text where there is one whose text is not known).
    """

    column: int
    type: str
    style: int
    value: str | None
    formula: str | None


Row = tuple[int, list[Raw]]
"""The number that the spreadsheet shows, from 1, and the cells that are there, from left to right."""


@dataclass(frozen=True)
class Block:
    """Many plain rows at once; cells stand row by row, from left to right.

    `numbers` holds the number of each row (int64). The other arrays have one entry a cell: `row` is its place in
    `numbers`, `column` begins with 0, `look` is a place in `looks` (type and style, as in `Raw`), `formula` says
    whether the value is the saved result of one, `values` (Arrow text) what is saved, never null.
    """

    numbers: np.ndarray
    row: np.ndarray
    column: np.ndarray
    look: np.ndarray
    looks: Sequence[tuple[str, int]]
    formula: np.ndarray
    values: Any


@dataclass(frozen=True)
class Marks:
    """What a worksheet says about its rows and columns; columns begin with 0, rows with 1, ends are included."""

    hidden_rows: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column."""
    blank_rows: int = 0
    """Rows that are kept in the file, for their formats perhaps, but hold nothing."""


NO_MARKS = Marks()


@dataclass(frozen=True)
class Worksheet:
    """One worksheet; `rows` reads its rows in the order of the file, and then `marks` what is said about them."""

    name: str
    visible: bool
    rows: Callable[[], Iterator[Row | Block]]
    marks: Callable[[], Marks] = Marks


@dataclass(frozen=True)
class Workbook:
    """A workbook of any format. `formats` gives for a style the format code, such as "General" or "yyyy-mm-dd"."""

    worksheets: tuple[Worksheet, ...]
    strings: Sequence[str] = ()
    formats: Sequence[str] = ("General",)
    epoch_1904: bool = False
    recalculates: bool = False
    external: tuple[str, ...] = ()
    macros: bool = False
    escapes: bool = False
    """Whether control characters stand in texts as _x000D_, as in .xlsx."""
