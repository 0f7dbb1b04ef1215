"""An OpenDocument spreadsheet (.ods) → raw cells, streamed from its XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from .odf_index import FoundTable, Index
from .odf_styles import CLOCK, GENERAL, HOURS, OFFICE, PERCENT, TABLE, Styles
from .odf_walk import Walk
from .old_excel import number_value
from .source import MOST_COLUMNS, MOST_ROWS, Damaged, Marks, Raw, Row, Workbook, Worksheet
from .unreadable import unreadable

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_CHUNK, _MOST_MANIFEST, _MOST_REPEATED = 1 << 18, 4_000_000, 1_000_000
_TYPE, _VALUE, _FORMULA, _STYLE = OFFICE + "value-type", OFFICE + "value", TABLE + "formula", TABLE + "style-name"
_DEFAULT, _CURRENCY = TABLE + "default-cell-style-name", OFFICE + "currency"
_ERROR_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_ERROR = re.compile(r"#(N/A|DIV/0!|[A-Z][A-Z_]*[!?])|Err:[0-9]{3}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?)(?:[.,][0-9]+)?Z?")
_TIME = re.compile(r"(-?)P(?:([0-9]{1,7})D)?T(?:([0-9]{1,7})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,7}(?:[.,][0-9]{1,9})?)S)?")
_DIALECT = re.compile(r"\A(?:[a-z]{2,5}:)?=?")
_NUMBERS = ("float", "percentage", "currency")
_CODE = re.compile("[A-Za-z]{3}")
_DAY = 86_400


def open_ods(archive: ZipFile) -> Workbook:
    """Return the tables of an OpenDocument spreadsheet; copies of other files' tables are named, not returned.

    `archive` stays open while rows are read. Cells that are repeated without a value cost nothing; those with one
    count, and beyond a million E105 is raised. Raises `Damaged` and `Unreadable` (E101, E102, E105), the last also
    while rows are read.
    """
    path, names = Path(archive.filename or ""), set(archive.namelist())
    if _MANIFEST in names and _encrypted(archive):
        raise unreadable("E102", path)
    if _CONTENT not in names:
        raise Damaged(f"the part {_CONTENT} is missing")
    styles = Styles()
    for name in sorted(names & {_STYLES, _CONTENT}, reverse=True):
        with archive.open(name) as part:
            styles.read(part)
    content, index = archive.open(_CONTENT), Index()
    for _ in index.feed(_chunks(content, 0)):
        pass
    index.finish()
    if not index.is_spreadsheet:
        raise unreadable("E101", path, what="an OpenDocument file of another kind")
    formats = _Formats(styles.codes(), index.currencies)

    def rows(table: FoundTable) -> Callable[[], Iterator[Row]]:
        return lambda: _Reader(formats, path).rows(index.root(), _chunks(content, table.start)) if table.filled else iter(())

    own = [t for t in index.tables if not t.copied_from]
    return Workbook(
        tuple(Worksheet(t.name, t.style not in styles.hidden_tables, rows(t), _marks(t)) for t in own),
        formats=formats.codes,
        epoch_1904=index.epoch_1904,
        external=tuple(dict.fromkeys(t.copied_from for t in index.tables if t.copied_from)),
    )


def _encrypted(archive: ZipFile) -> bool:
    with archive.open(_MANIFEST) as part:
        return b"encryption-data" in part.read(_MOST_MANIFEST)


def _chunks(part: IO[bytes], start: int) -> Iterator[bytes]:
    """Read from a place on; two tables may be read side by side."""
    while True:
        part.seek(start)
        chunk = part.read(_CHUNK)
        if not chunk:
            return
        start += len(chunk)
        yield chunk


def _marks(table: FoundTable) -> Callable[[], Marks]:
    marks = Marks(tuple(table.hidden_rows), tuple(table.hidden_columns), tuple(table.merged), table.blank_rows)
    return lambda: marks


class _Formats:
    """The format codes of a spreadsheet, and which of them a cell has."""

    def __init__(self, codes: Mapping[str, str], currencies: set[str]) -> None:
        money = {c: f"0.00 [${c.upper()}]" for c in sorted(currencies) if _CODE.fullmatch(c)}
        self.codes = tuple(dict.fromkeys((GENERAL, PERCENT, CLOCK, HOURS, *codes.values(), *money.values())))
        places = {code: i for i, code in enumerate(self.codes)}
        self._money = {c: places[code] for c, code in money.items()}
        self._styles = {name: places[code] for name, code in codes.items()}
        self._percent = frozenset(i for i, code in enumerate(self.codes) if "%" in code)
        self.clock, self.hours = places[CLOCK], places[HOURS]

    def of(self, type_: str, said: Mapping[str, str], default: str) -> int:
        """Return the place of the format of a cell whose row or column has a default style."""
        place = self._styles.get(said.get(_STYLE) or default, 0)
        if type_ == "currency":
            return self._money.get(said.get(_CURRENCY, ""), place)
        return 1 if type_ == "percentage" and place not in self._percent else place


class _TableEnd(Exception):
    """Ends the walk: expat has no other way to leave what stands behind the table unread."""


class _Reader(Walk):
    """Reads the cells of one table."""

    def __init__(self, formats: _Formats, path: Path) -> None:
        super().__init__()
        self._formats, self._path = formats, path
        self._defaults: list[str] = []
        self._row_default = ""
        self._cells: list[Raw] = []
        self._made = 0
        self._ready: list[tuple[int, int, list[Raw]]] = []

    def rows(self, root: bytes, chunks: Iterator[bytes]) -> Iterator[Row]:
        """Yield the rows of the table with which the chunks begin."""
        self.parser.Parse(root, False)
        try:
            for _ in self.feed(chunks):
                yield from self._take()
        except _TableEnd:
            yield from self._take()

    def _take(self) -> Iterator[Row]:
        ready, self._ready = self._ready, []
        for first, count, cells in ready:
            yield from ((number, cells) for number in range(first, first + count))

    def _on_table_end(self) -> None:
        raise _TableEnd

    def _on_column(self, said: dict[str, str]) -> None:
        count = max(0, min(self.column_repeat, MOST_COLUMNS - len(self._defaults)))
        self._defaults += [said.get(_DEFAULT, "")] * count

    def _on_row(self, said: dict[str, str]) -> None:
        self._cells, self._row_default = [], said.get(_DEFAULT, "")

    def _on_row_end(self) -> None:
        if not self._cells:
            return
        self._count((self.row_repeat - 1) * len(self._cells), "row", self.row_repeat)
        if self.row + self.row_repeat - 1 > MOST_ROWS:
            raise Damaged(f"row {self.row}")
        self._ready.append((self.row, self.row_repeat, self._cells))

    def _on_cell(self, said: dict[str, str], text: str | None) -> None:
        if not said and text is None:
            return
        default = self._row_default or (self._defaults[self.column] if self.column < len(self._defaults) else "")
        type_, style, value = self._value(said, text, default)
        formula = said.get(_FORMULA)
        if value is None and formula is None:
            return
        self._count(self.column_repeat - 1, "cell", self.column_repeat)
        if self.column + self.column_repeat > MOST_COLUMNS:
            raise Damaged(f"column {self.column}")
        if formula is not None:
            formula = _DIALECT.sub("", formula)
        self._cells += [Raw(self.column + i, type_, style, value, formula) for i in range(self.column_repeat)]

    def _count(self, more: int, what: str, times: int) -> None:
        self._made += more
        if self._made > _MOST_REPEATED:
            raise unreadable("E105", self._path, what=f"it says that one {what} stands there {times:,} times")

    def _value(self, said: Mapping[str, str], text: str | None, default: str) -> tuple[str, int, str | None]:
        type_ = said.get(_TYPE, "")
        style = self._formats.of(type_, said, default)
        if said.get(_ERROR_TYPE) == "error" or (_FORMULA in said and text and _ERROR.fullmatch(text)):
            return "e", style, text or "#VALUE!"
        if type_ in _NUMBERS:
            return self._number(said, text or "", style)
        if type_ == "date":
            value = _date(said.get(OFFICE + "date-value", ""))
            return ("d", style, value) if value else ("e", style, "#VALUE!")
        if type_ == "time":
            return self._time(said.get(OFFICE + "time-value", ""), style)
        if type_ == "boolean":
            return "b", style, "1" if said.get(OFFICE + "boolean-value") == "true" else "0"
        return "str", style, said.get(OFFICE + "string-value", text or "") if type_ == "string" else text

    def _number(self, said: Mapping[str, str], text: str, style: int) -> tuple[str, int, str]:
        """LibreOffice saves the truth that a formula found as 1 or 0, shown as a word."""
        value = said.get(_VALUE, "")
        if value in ("0", "1") and _FORMULA in said and not style and text.isalpha():
            return "b", style, value
        return ("n", style, value) if _NUMBER.fullmatch(value) else ("e", style, "#NUM!")

    def _time(self, said: str, style: int) -> tuple[str, int, str]:
        found = _TIME.fullmatch(said)
        if found is None:
            return "e", style, "#VALUE!"
        sign, *parts = found.groups()
        days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
        total = (days * 24 + hours) * 3600 + minutes * 60 + seconds
        if sign or total >= _DAY:
            style = self._formats.hours
        elif style != self._formats.hours:
            style = self._formats.clock
        return "n", style, ("-" if sign else "") + number_value(total / _DAY)


def _date(said: str) -> str:
    """Return a date or date-time without parts of a second; "" for what is none."""
    found = _DATE.fullmatch(said)
    if found is None:
        return ""
    try:
        datetime.fromisoformat(found.group(1))
    except ValueError:
        return ""
    return found.group(1)
