"""A walk through the tables of an OpenDocument spreadsheet: where each row and cell stands, whatever is repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from .markup import parse
from .odf_styles import OFFICE, TABLE, TEXT, no_doctype
from .source import MOST_COLUMNS, MOST_DEPTH, MOST_ROWS, MOST_TEXT, Damaged

CELLS = (TABLE + "table-cell", TABLE + "covered-table-cell")
_ROW, _COLUMN, _TABLE, _SOURCE = (TABLE + name for name in ("table-row", "table-column", "table", "table-source"))
_COLUMNS_REPEATED, _ROWS_REPEATED = TABLE + "number-columns-repeated", TABLE + "number-rows-repeated"
_OUTSIDE = frozenset({OFFICE + "body", OFFICE + "spreadsheet", TABLE + "calculation-settings", TABLE + "null-date"})
_GROUPS = frozenset(
    TABLE + name
    for name in ("table-header-rows", "table-rows", "table-row-group", "table-header-columns", "table-columns",
                 "table-column-group")
)  # fmt: skip
_NOT_SHOWN = frozenset(TEXT + name for name in ("note", "ruby-text", "tracked-changes"))
_PARAGRAPH = TEXT + "p"
_SPACES = {TEXT + "s": "\0", TEXT + "tab": "\1", TEXT + "line-break": "\2"}
_RUN = re.compile("[ \t\r\n]+")
_REAL_SPACES = str.maketrans({"\0": " ", "\1": "\t", "\2": "\n"})
"""Signs that no XML can hold stand for the white space that is meant, until the rest of it is gone."""


class Walk:
    """Follows the elements of a spreadsheet; what is done with them is said by the methods of its children."""

    listens = True
    """Whether the text of cells is wanted."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.StartDoctypeDeclHandler = no_doctype
        self.parser.XmlDeclHandler = _declared
        self.row = self.row_repeat = self.column = self.column_repeat = 0
        self._quiet = self._depth = 0
        self._table = self._row = False
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._length = 0

    def feed(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Walk on by one piece of the part at a time; raises `Damaged`."""
        for chunk in chunks:
            parse(self.parser, chunk)
            yield

    def _on_outside(self, tag: str, said: dict[str, str]) -> None:
        """Meet an element around the tables."""

    def _on_table(self, said: dict[str, str]) -> None:
        """Meet a table."""

    def _on_table_end(self) -> None:
        """Leave a table."""

    def _on_source(self, said: dict[str, str]) -> None:
        """Meet the mark that the table is a copy from another file."""

    def _on_column(self, said: dict[str, str]) -> None:
        """Meet `column_repeat` columns from `column`, which begins with 0."""

    def _on_row(self, said: dict[str, str]) -> None:
        """Meet `row_repeat` rows from `row`, which begins with 1."""

    def _on_row_end(self) -> None:
        """Leave them."""

    def _on_cell(self, said: dict[str, str], text: str | None) -> None:
        """Leave `column_repeat` cells from `column`; `text` is None where there are no paragraphs."""

    def _start(self, tag: str, said: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Damaged("elements too deep inside one another")
        if self._quiet:
            self._quiet += 1
        elif self._cell is not None:
            self._in_cell(tag, said)
        elif not self._table:
            self._outside(tag, said)
        elif tag in CELLS and self._row:
            self._cell, self._lines, self._length = said, [], 0
            self.column_repeat = _count(said.get(_COLUMNS_REPEATED), MOST_COLUMNS)
        elif tag == _ROW and not self._row:
            self._row, self.column = True, 0
            self.row_repeat = _count(said.get(_ROWS_REPEATED), MOST_ROWS)
            self._on_row(said)
        elif tag == _COLUMN:
            self.column_repeat = _count(said.get(_COLUMNS_REPEATED), MOST_COLUMNS)
            self._on_column(said)
            self.column += self.column_repeat
        else:
            self._other(tag, said)

    def _other(self, tag: str, said: dict[str, str]) -> None:
        if tag == _SOURCE:
            self._on_source(said)
        elif tag not in _GROUPS:
            self._quiet = 1

    def _outside(self, tag: str, said: dict[str, str]) -> None:
        if tag == _TABLE:
            self._table, self.row, self.column = True, 1, 0
            self._on_table(said)
        elif tag in _OUTSIDE:
            self._on_outside(tag, said)
        elif self._depth > 1:
            self._quiet = 1

    def _in_cell(self, tag: str, said: dict[str, str]) -> None:
        """A cell's own text is in paragraphs; comments, pictures and pronunciations have theirs as well."""
        if tag == _PARAGRAPH:
            self._pieces = []
            self._listen(self.listens)
        elif tag in _SPACES:
            self._add(_SPACES[tag] * _count(said.get(TEXT + "c"), MOST_TEXT))
        elif not tag.startswith(TEXT) or tag in _NOT_SHOWN:
            self._quiet = 1
            self._listen(False)

    def _listen(self, wanted: bool) -> None:
        self.parser.CharacterDataHandler = self._add if wanted else None

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > MOST_TEXT:
            raise Damaged("a cell with more text than any cell can have")
        self._pieces.append(text)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._quiet:
            self._quiet -= 1
            if not self._quiet and self._cell is not None:
                self._listen(self.listens)
        elif self._cell is not None:
            self._end_in_cell(tag)
        elif tag == _ROW and self._row:
            self._on_row_end()
            self._row, self.row = False, self.row + self.row_repeat
        elif tag == _TABLE and self._table and not self._row:
            self._on_table_end()
            self._table = False

    def _end_in_cell(self, tag: str) -> None:
        if tag == _PARAGRAPH:
            self._listen(False)
            self._lines.append(_shown("".join(self._pieces)))
        elif tag in CELLS and self._cell is not None:
            self._on_cell(self._cell, "\n".join(self._lines) if self._lines else None)
            self._cell = None
            self.column += self.column_repeat


def _shown(line: str) -> str:
    """Return a paragraph's text with the white space that is meant, and no other."""
    if line.isprintable() and "  " not in line:
        return line.lstrip(" ")
    return _RUN.sub(" ", line).lstrip(" ").translate(_REAL_SPACES)


def _count(said: str | None, most: int) -> int:
    """Return how often something is repeated; what is no such number counts once."""
    if said is None or not (said.isascii() and said.isdigit()):
        return 1
    return most if len(said) > 9 else max(1, min(int(said), most))


def _declared(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "us-ascii", "ascii"):
        raise Damaged(f"a spreadsheet in {encoding}")
