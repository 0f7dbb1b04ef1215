"""A worksheet's XML → its rows: plain stretches the fast way, everything else cell by cell through expat.

openpyxl builds an element tree with a slow parser for every cell, believes the dimensions that a file declares, drops
rows that stand out of order, knows no Strict namespaces, and cannot say that a blank cell is a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import IO

import numpy as np

from .markup import parse, parser
from .plain import PlainRows, stretches, text_of
from .sheet import position
from .source import MOST_COLUMNS, MOST_DEPTH, MOST_MARKS, MOST_ROWS, MOST_TEXT, Block, Damaged, Marks, Raw, Row

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class WorksheetReader:
    """Reads one worksheet part; `marks` is complete once the rows were read."""

    def __init__(self, opened: Callable[[], IO[bytes]], plain: bool, recalculates: bool) -> None:
        self._open, self._plain, self._recalculates = opened, plain, recalculates
        self._marks = Marks()

    def rows(self) -> Iterator[Row | Block]:
        """Yield the rows that have cells; raises `Damaged` for what is not a worksheet."""
        careful, fast = _Careful(), PlainRows(formulas=not self._recalculates)
        plain = self._plain
        with self._open() as source:
            for piece in stretches(source, b"<row ", b"</row>"):
                plain = plain and careful.utf8 and b"<!" not in piece
                text = text_of(piece) if plain and careful.between_rows else None
                block = fast.block(text) if text else None
                if block is not None:
                    careful.blank_rows += len(block.numbers) - len(np.unique(block.row))
                    careful.skip_to(int(block.numbers[-1]))
                    yield block
                    continue
                careful.feed(piece)
                yield from careful.take()
            careful.close()
        self._marks = careful.marks(fast.hidden)

    def marks(self) -> Marks:
        """Return what the worksheet says of its rows and columns."""
        return self._marks


class _Careful:
    """Feeds expat and collects what it says."""

    def __init__(self) -> None:
        self._parser = parser(self._start, self._end, self._characters)
        self._parser.XmlDeclHandler = self._declared
        self.utf8, self._in_rows = True, False
        self.blank_rows = self._depth = 0
        self._local: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._done: list[Row] = []
        self._cells: list[Raw] = []
        self._row, self._last, self._open_row = 0, -1, False
        self._numbered = False
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._listening = self._spoken = False
        self._value: str | None = None
        self._formula: str | None = None
        self._hidden: list[int] = []
        self._hidden_columns: list[tuple[int, int]] = []
        self._merged: list[tuple[int, int, int, int]] = []

    def feed(self, piece: bytes) -> None:
        """Read on; raises `Damaged`."""
        parse(self._parser, piece)

    def close(self) -> None:
        """Say that the part ends here; raises `Damaged` where it is cut off."""
        parse(self._parser, b"", True)

    @property
    def between_rows(self) -> bool:
        """Whether the next thing that may come is a row."""
        return self._in_rows and not self._open_row

    def skip_to(self, row: int) -> None:
        """Go on behind rows that were read another way."""
        self._row = row

    def take(self) -> list[Row]:
        """Return the rows that are complete, once."""
        done, self._done = self._done, []
        return done

    def marks(self, hidden: list[int]) -> Marks:
        """Return the marks, with the rows that were seen hidden the other way."""
        rows = _ranges([*self._hidden, *hidden])
        return Marks(rows, tuple(self._hidden_columns), tuple(self._merged), self.blank_rows)

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.utf8 = encoding is None or encoding.casefold() in ("utf-8", "us-ascii")

    def _name(self, name: str) -> str:
        if name not in self._local:
            self._local[name] = name.rpartition(":")[2]
        return self._local[name]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._name(name)
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Damaged("endless depth")
        if local in ("c", "row"):
            self._begin(local, attributes)
        elif self._cell is not None:
            self._inside(local)
        elif local == "sheetData":
            self._in_rows = True
        elif local == "col" and _true(attributes.get("hidden")):
            self._hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))
        elif local == "mergeCell":
            self._merged.append(_range(attributes["ref"]))
            if len(self._merged) > MOST_MARKS:
                raise Damaged("endless merged ranges")

    def _begin(self, local: str, attributes: dict[str, str]) -> None:
        """A row or a cell inside a cell, or a row inside a row, would take the place of what is open."""
        if self._cell is not None or (local == "row" and self._open_row):
            raise Damaged(f"{local} inside another")
        if local == "c":
            self._cell, self._value, self._formula = attributes, None, None
        else:
            self._start_row(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._numbered, self._open_row = number is not None, True
        self._row = int(number) if number is not None else self._row + 1
        if not 0 < self._row <= MOST_ROWS:
            raise Damaged(f"row {self._row}")
        if _true(attributes.get("hidden")):
            self._hidden.append(self._row)
        self._cells, self._last = [], -1

    def _inside(self, local: str) -> None:
        """Listen to the text of a value, a formula or a run of inline text, not to its pronunciation (rPh)."""
        if local in ("v", "f"):
            self._text, self._listening = [], True
        elif local == "is":
            self._text = []
        elif local == "t":
            self._listening = not self._spoken
        elif local == "rPh":
            self._spoken = True

    def _characters(self, text: str) -> None:
        if self._listening:
            self._text.append(text)
            if len(text) > MOST_TEXT or len(self._text) > MOST_TEXT:
                raise Damaged("endless text")

    def _end(self, name: str) -> None:
        local = self._name(name)
        self._depth -= 1
        if local == "c":
            self._close_cell()
        elif local == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
            else:
                self.blank_rows += 1
                if self.blank_rows > MOST_ROWS:
                    raise Damaged("endless rows")
            self._cells, self._open_row = [], False
        elif local == "sheetData":
            self._in_rows = False
        elif self._cell is not None:
            self._outside(local)

    def _outside(self, local: str) -> None:
        if local in ("v", "is"):
            self._value = "".join(self._text)
        elif local == "f":
            self._formula = "".join(self._text)
        elif local == "rPh":
            self._spoken = False
        if local in ("v", "f", "t"):
            self._listening = False

    def _close_cell(self) -> None:
        cell = self._cell or {}
        self._cell = None
        self._last = self._column(cell.get("r"))
        if self._last >= MOST_COLUMNS or len(self._cells) >= MOST_COLUMNS:
            raise Damaged("endless row")
        if self._value or self._formula is not None:
            style = int(cell.get("s") or 0)
            self._cells.append(Raw(self._last, cell.get("t", "n"), style, self._value, self._formula))

    def _column(self, reference: str | None) -> int:
        if reference is None:
            return self._last + 1
        letters = reference.rstrip("0123456789")
        if not self._numbered:
            self._row, self._numbered = int(reference[len(letters) :]), True
        if letters not in self._columns:
            self._columns[letters] = _place(letters)
        return self._columns[letters]


def _true(value: str | None) -> bool:
    return value in ("1", "true")


def _place(letters: str) -> int:
    if not letters or len(letters) > 3 or not _LETTERS.issuperset(letters):
        raise Damaged(f"{letters!r} is no column")
    number = position(letters)
    if number >= MOST_COLUMNS:
        raise Damaged(f"{letters!r} is no column")
    return number


def _range(reference: str) -> tuple[int, int, int, int]:
    """Return first row, first column, last row, last column of a reference such as A1:B2."""
    first, _, last = reference.replace("$", "").partition(":")
    (row, column), (to_row, to_column) = _cell(first), _cell(last or first)
    return min(row, to_row), min(column, to_column), max(row, to_row), max(column, to_column)


def _cell(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :]), _place(letters)


def _ranges(rows: list[int]) -> tuple[tuple[int, int], ...]:
    """Return row numbers as first and last of those that follow one another."""
    groups = groupby(enumerate(sorted(set(rows))), key=lambda pair: pair[1] - pair[0])
    together = ([number for _, number in group] for _, group in groups)
    return tuple((run[0], run[-1]) for run in together)
