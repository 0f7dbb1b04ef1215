"""A worksheet's XML → rows of raw cells, streamed.

openpyxl builds an element tree with a slow parser for every cell, believes the dimensions that a file declares, drops
rows that stand out of order, and cannot say that a blank cell is a formula. This reads the same XML once, by expat.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple
from xml.parsers import expat

_CHUNK = 1 << 18


class Raw(NamedTuple):
    """A cell as it stands in the file; `column` begins with 0, `value` is None where nothing is saved."""

    column: int
    type: str
    style: int
    value: str | None
    formula: str | None


Row = tuple[int, list[Raw]]


def rows(source: IO[bytes]) -> Iterator[Row]:
    """Yield the rows that have cells, each with its number; raises `ValueError` for what is not a worksheet."""
    reader = _Reader()
    try:
        while chunk := source.read(_CHUNK):
            reader.parser.Parse(chunk, False)
            yield from reader.take()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as e:
        raise ValueError(str(e)) from e
    yield from reader.take()


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self._local: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._done: list[Row] = []
        self._cells: list[Raw] = []
        self._row, self._last = 0, -1
        self._numbered = False
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._listening = self._spoken = False
        self._value: str | None = None
        self._formula: str | None = None

    def take(self) -> list[Row]:
        """Return the rows that are complete, once."""
        done, self._done = self._done, []
        return done

    def _name(self, name: str) -> str:
        if name not in self._local:
            self._local[name] = name.rpartition(":")[2]
        return self._local[name]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._name(name)
        if local == "c":
            self._cell, self._value, self._formula = attributes, None, None
        elif local == "row":
            number = attributes.get("r")
            self._numbered = number is not None
            self._row = int(number) if number is not None else self._row + 1
            self._cells, self._last = [], -1
        elif self._cell is not None:
            self._inside(local)

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

    def _end(self, name: str) -> None:
        local = self._name(name)
        if local == "c":
            self._close_cell()
        elif local == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
            self._cells = []
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
        if self._value is not None or self._formula is not None:
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


def _place(letters: str) -> int:
    number = 0
    for character in letters:
        if not "A" <= character <= "Z":
            raise ValueError(f"{letters!r} is no column")
        number = number * 26 + ord(character) - 64
    return number - 1


def _no_doctype(*_: object) -> None:
    raise ValueError("a worksheet has no document type")
