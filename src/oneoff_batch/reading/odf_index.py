"""What an OpenDocument spreadsheet says about its tables, found before their cells are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from .markup import parse
from .odf_styles import OFFICE, TABLE
from .odf_walk import Walk
from .source import MOST_COLUMNS, MOST_ROWS, Damaged

_TYPE, _FORMULA, _STYLE = OFFICE + "value-type", TABLE + "formula", TABLE + "style-name"
_CURRENCY, _VISIBILITY, _LINK = OFFICE + "currency", TABLE + "visibility", "http://www.w3.org/1999/xlink href"
_ACROSS, _DOWN = TABLE + "number-columns-spanned", TABLE + "number-rows-spanned"
_MOST_TABLES, _MOST_CURRENCIES = 10_000, 1_000


@dataclass
class FoundTable:
    """What the first walk finds out about a table."""

    name: str
    style: str
    start: int
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    blank_rows: int = 0
    filled: bool = False
    copied_from: str = ""


class Index(Walk):
    """Finds the tables, where they begin, and what is said about their rows and columns."""

    listens = False

    def __init__(self) -> None:
        super().__init__()
        self.parser.StartNamespaceDeclHandler = self._namespace
        self.tables: list[FoundTable] = []
        self.currencies: set[str] = set()
        self.epoch_1904 = self.is_spreadsheet = False
        self._namespaces: dict[str, str] = {}
        self._filled = False
        self._gap = 0

    def root(self) -> bytes:
        """Return an element with the namespaces of the part, for a walk that begins at a table."""
        said = (f"xmlns{':' if name else ''}{name}={quoteattr(uri)}" for name, uri in self._namespaces.items() if uri)
        return f"<root {' '.join(said)}>".encode()

    def _namespace(self, name: str | None, uri: str) -> None:
        if not self.tables:
            self._namespaces.setdefault(name or "", uri)

    def _on_outside(self, tag: str, said: dict[str, str]) -> None:
        self.is_spreadsheet = self.is_spreadsheet or tag == OFFICE + "spreadsheet"
        if tag == TABLE + "null-date":
            self.epoch_1904 = said.get(TABLE + "date-value", "").startswith("1904-01-01")

    def _on_table(self, said: dict[str, str]) -> None:
        if len(self.tables) >= _MOST_TABLES:
            raise Damaged("more tables than a spreadsheet can have")
        name, style = said.get(TABLE + "name", ""), said.get(_STYLE, "")
        self.tables.append(FoundTable(name, style, self.parser.CurrentByteIndex))
        self._gap = 0

    def _on_source(self, said: dict[str, str]) -> None:
        self.tables[-1].copied_from = said.get(_LINK, "") or self.tables[-1].name

    def _on_column(self, said: dict[str, str]) -> None:
        if said.get(_VISIBILITY, "visible") != "visible":
            _extend(self.tables[-1].hidden_columns, self.column, self.column_repeat)

    def _on_row(self, said: dict[str, str]) -> None:
        if said.get(_VISIBILITY, "visible") != "visible":
            _extend(self.tables[-1].hidden_rows, self.row, self.row_repeat)
        self._filled = False

    def _on_row_end(self) -> None:
        if self._filled:
            self.tables[-1].blank_rows += self._gap
            self.tables[-1].filled = True
        self._gap = 0 if self._filled else self._gap + self.row_repeat

    def finish(self) -> None:
        """Make sure that the part ends as it must; raises `Damaged`."""
        parse(self.parser, b"", last=True)

    def _on_cell(self, said: dict[str, str], text: str | None) -> None:
        """The last rows and columns are repeated to the end of the sheet, blank; so nothing is said of them."""
        self._filled = self._filled or text is not None or _TYPE in said or _FORMULA in said
        if _CURRENCY in said and len(self.currencies) < _MOST_CURRENCIES:
            self.currencies.add(said[_CURRENCY])
        if _ACROSS in said or _DOWN in said:
            across, down = _span(said.get(_ACROSS), MOST_COLUMNS), _span(said.get(_DOWN), MOST_ROWS)
            if across > 1 or down > 1:
                place = (self.row, self.column, self.row + down - 1, self.column + across - 1)
                self.tables[-1].merged.append(place)


def _span(count: str | None, most: int) -> int:
    if count is None or not (count.isascii() and count.isdigit()):
        return 1
    return most if len(count) > 9 else min(int(count), most)


def _extend(spans: list[tuple[int, int]], start: int, count: int) -> None:
    end = start + count - 1
    if spans and spans[-1][1] == start - 1:
        start = spans.pop()[0]
    spans.append((start, end))
