"""The styles of an OpenDocument spreadsheet → format codes as Excel writes them, and which tables are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

from .markup import parse
from .source import MOST_DEPTH, Damaged

OFFICE, TABLE, TEXT, NUMBER, STYLE = (
    f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 "
    for name in ("office", "table", "text", "datastyle", "style")
)  # fmt: skip
GENERAL, PERCENT, CLOCK, HOURS = "General", "0%", "h:mm:ss", "[h]:mm:ss"
_CHUNK, _MOST_STYLES, _MOST_DIGITS, _MOST_PARENTS = 1 << 18, 65_536, 30, 32
_KINDS = ("number-style", "percentage-style", "currency-style", "date-style", "time-style", "boolean-style", "text-style")
_WORDS = (NUMBER + "text", NUMBER + "currency-symbol")
_NOT_WRITTEN_OUT = (NUMBER + "embedded-text", NUMBER + "fraction", NUMBER + "scientific-number")


class Styles:
    """What cell styles and table styles mean, from the parts `styles.xml` and `content.xml`."""

    def __init__(self) -> None:
        self.hidden_tables: set[str] = set()
        self._codes: dict[str, str] = {}
        self._cells: dict[str, tuple[str, str]] = {}
        self._pieces: list[str] | None = None
        self._name = self._family = self._style = ""
        self._overflows = self._listening = self._done = False
        self._depth = 0

    def read(self, part: IO[bytes]) -> None:
        """Add the styles of a part, up to its body; raises `Damaged`."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = no_doctype
        self._done, self._depth = False, 0
        while not self._done and (chunk := part.read(_CHUNK)):
            parse(parser, chunk)

    def codes(self) -> dict[str, str]:
        """Return the format code of every cell style that has one."""
        return {name: code for name in self._cells if (code := self._code(name)) != GENERAL}

    def _code(self, name: str) -> str:
        for _ in range(_MOST_PARENTS):
            data, parent = self._cells.get(name, ("", ""))
            if data or not parent:
                return self._codes.get(data, GENERAL)
            name = parent
        return GENERAL

    def _start(self, tag: str, said: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Damaged("elements too deep inside one another")
        self._opened(tag, said)

    def _opened(self, tag: str, said: dict[str, str]) -> None:
        if tag == OFFICE + "body":
            self._done = True
        elif tag == STYLE + "style":
            self._name, self._family = said.get(STYLE + "name", ""), said.get(STYLE + "family", "")
            if self._family == "table-cell":
                self._cells[self._name] = said.get(STYLE + "data-style-name", ""), said.get(STYLE + "parent-style-name", "")
        elif tag == STYLE + "table-properties" and self._family == "table":
            if said.get(TABLE + "display") == "false":
                self.hidden_tables.add(self._name)
        elif tag.startswith(NUMBER):
            self._number(tag, said)
        if max(len(self._cells), len(self._codes), len(self.hidden_tables)) > _MOST_STYLES:
            raise Damaged("more styles than a spreadsheet can have")

    def _number(self, tag: str, said: Mapping[str, str]) -> None:
        kind = tag.removeprefix(NUMBER)
        if kind in _KINDS:
            self._pieces, self._style = [], said.get(STYLE + "name", "")
            self._overflows = said.get(NUMBER + "truncate-on-overflow") == "false"
        elif self._pieces is None:
            return
        elif kind == "number":
            self._pieces.append(_digits(said))
        elif tag in _NOT_WRITTEN_OUT:
            self._pieces.append(GENERAL)
        self._listening = tag in _WORDS
        if self._listening:
            self._pieces.append("[$" if kind == "currency-symbol" else '"')

    def _characters(self, text: str) -> None:
        if self._listening and self._pieces is not None and len(self._pieces[-1]) < _MOST_DIGITS:
            self._pieces[-1] += text.replace('"', "").replace("]", "")[:_MOST_DIGITS]

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag in _WORDS and self._pieces:
            self._pieces[-1] += '"' if self._pieces[-1].startswith('"') else "]"
            self._listening = False
        elif tag.startswith(NUMBER) and tag.removeprefix(NUMBER) in _KINDS and self._pieces is not None:
            self._codes[self._style] = _written(tag.removeprefix(NUMBER), self._pieces, self._overflows)
            self._pieces = None
        elif tag == STYLE + "style":
            self._family = ""


def _digits(said: Mapping[str, str]) -> str:
    whole, decimals = (_small(said.get(NUMBER + name)) for name in ("min-integer-digits", "decimal-places"))
    if said.get(NUMBER + "grouping") == "true":
        front = "#,##0"
    elif whole is None and decimals is None:
        return GENERAL
    else:
        front = "0" * whole if whole else "0" if whole is None else "#"
    return front + ("." + "0" * decimals if decimals else "")


def _small(count: str | None) -> int | None:
    """Return a number of digits, at most 30; None where it is not said."""
    if count is None or not (count.isascii() and count.isdigit()):
        return None
    return _MOST_DIGITS if len(count) > 2 else min(int(count), _MOST_DIGITS)


def _written(kind: str, pieces: list[str], overflows: bool) -> str:
    fixed = {
        "date-style": "yyyy-mm-dd",
        "time-style": HOURS if overflows else CLOCK,
        "boolean-style": GENERAL,
        "text-style": "@",
    }
    if kind in fixed:
        return fixed[kind]
    if GENERAL in pieces or not any(c in piece for piece in pieces for c in "0#"):
        return PERCENT if kind == "percentage-style" else GENERAL
    if kind == "percentage-style":
        return "".join(p for p in pieces if not p.startswith('"')) + "%"
    code = "".join(pieces)
    return GENERAL if code == "0" else code


def no_doctype(*_: object) -> None:
    """Refuse a document type, which no spreadsheet program writes."""
    raise Damaged("a spreadsheet has no document type")
