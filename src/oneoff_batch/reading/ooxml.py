"""An .xlsx or .xlsm package, transitional or Strict → its worksheets, strings and formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO
from urllib.parse import unquote
from zipfile import ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS

from .markup import attribute, local, parse, parser
from .parts import Parts
from .plain import plain_strings, stretches, text_of
from .source import MOST_DEPTH, MOST_MARKS, MOST_TEXT, Damaged, Workbook, Worksheet
from .worksheet import WorksheetReader

_ASIAN_DATES = dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd")
"""Formats that Excel has built in for East Asian languages; the file does not spell them out."""
_NEEDED = ("worksheet", "sharedStrings", "styles")
"""Without one of these, if the workbook names it, cells would be lost or change their meaning."""


def open_ooxml(archive: ZipFile, *, plain: bool = True) -> Workbook:
    """Return the workbook of a package; raises `Damaged`. `plain` False reads all cells the careful way."""
    parts = Parts(archive)
    name = parts.main("xl/workbook.xml")
    about = _about(parts, name)
    related = parts.related(name)
    worksheets, seen = [], set[str]()
    for title, state, key in about.sheets:
        found = related.get(key)
        if found is not None and found.kind == "worksheet":
            seen.add(found.target)
            reader = WorksheetReader(partial(parts.open, found.target), plain, about.recalculates)
            worksheets.append(Worksheet(title, state == "visible", reader.rows, reader.marks))
    by_kind = {r.kind: r.target for r in related.values()}
    if len(seen) < len(worksheets) or not all(parts.has(r.target) for r in related.values() if r.kind in _NEEDED):
        raise Damaged("a part twice, or none")
    return Workbook(
        worksheets=tuple(worksheets),
        strings=_strings(parts, by_kind.get("sharedStrings", "")),
        formats=_formats(parts, by_kind.get("styles", "")),
        epoch_1904=about.epoch_1904,
        recalculates=about.recalculates,
        external=tuple(_external(parts, r.target) for r in related.values() if r.kind == "externalLink"),
        macros="vbaProject" in by_kind,
        escapes=True,
    )


@dataclass
class _About:
    sheets: list[tuple[str, str, str]] = field(default_factory=list)
    epoch_1904: bool = False
    recalculates: bool = False


def _about(parts: Parts, name: str) -> _About:
    about = _About()

    def start(element: str, attributes: dict[str, str], inside: Sequence[str]) -> None:
        kind = local(element)
        if inside not in (["workbook"], ["workbook", "sheets"]):
            return
        if kind == "sheet":
            key = attribute(attributes, "id") or ""
            about.sheets.append((attributes.get("name", ""), attributes.get("state", "visible"), key))
        elif kind == "workbookPr":
            about.epoch_1904 = attributes.get("date1904") in ("1", "true", "on")
        elif kind == "calcPr":
            about.recalculates = attributes.get("fullCalcOnLoad") in ("1", "true", "on")

    parts.parse(name, start)
    return about


def _external(parts: Parts, name: str) -> str:
    """Return the name of the file that an external link looks at."""
    targets = [r.target for r in parts.related(name).values() if r.outside]
    return unquote(targets[0].replace("\\", "/").rpartition("/")[2]) if targets else ""


def _formats(parts: Parts, name: str) -> list[str]:
    """Return the format code of every cell style."""
    codes: dict[int, str] = {**BUILTIN_FORMATS, **_ASIAN_DATES}
    styles: list[int] = []

    def start(element: str, attributes: dict[str, str], inside: Sequence[str]) -> None:
        kind = local(element)
        if not inside and kind != "styleSheet":
            raise Damaged("no style sheet")
        if kind == "numFmt" and inside == ["styleSheet", "numFmts"]:
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")
        elif kind == "xf" and inside == ["styleSheet", "cellXfs"]:
            styles.append(int(attributes.get("numFmtId") or 0))
        if len(styles) > MOST_MARKS or len(codes) > MOST_MARKS:
            raise Damaged("endless formats")

    if name:
        parts.parse(name, start)
    return [codes.get(number, "General") for number in styles] or ["General"]


def _strings(parts: Parts, name: str) -> list[str]:
    """Return the shared strings; runs of rich text are joined, their pronunciation is left out."""
    if not name:
        return []
    with parts.open(name) as part:
        return [text for some in _string_pieces(part) for text in some]


def _string_pieces(part: IO[bytes]) -> Iterator[list[str]]:
    careful, plain = _CarefulStrings(), True
    for piece in stretches(part, b"<si>", b"</si>"):
        plain = plain and careful.utf8 and b"<!" not in piece
        text = text_of(piece) if plain and careful.between else None
        found = plain_strings(text) if text else None
        if found:
            yield found
            continue
        parse(careful.parser, piece)
        yield careful.take()
    parse(careful.parser, b"", True)
    yield careful.take()


class _CarefulStrings:
    def __init__(self) -> None:
        self.parser = parser(self._start, self._end, self._characters)
        self.parser.XmlDeclHandler = self._declared
        self.utf8, self._inside, self._open = True, False, False
        self._listening = self._spoken = False
        self._text: list[str] = []
        self._size = self._depth = 0
        self._done: list[str] = []

    @property
    def between(self) -> bool:
        return self._inside and not self._open

    def take(self) -> list[str]:
        done, self._done = self._done, []
        return done

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.utf8 = encoding is None or encoding.casefold() in ("utf-8", "us-ascii")

    def _start(self, name: str, _: dict[str, str]) -> None:
        kind = local(name)
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Damaged("endless depth")
        if kind == "si":
            self._text, self._open, self._size = [], True, 0
        elif kind == "sst":
            self._inside = True
        elif kind == "rPh":
            self._spoken = True
        elif kind == "t":
            self._listening = not self._spoken

    def _characters(self, text: str) -> None:
        if self._listening:
            self._text.append(text)
            self._size += len(text)
            if self._size > MOST_TEXT:
                raise Damaged("endless text")

    def _end(self, name: str) -> None:
        kind = local(name)
        self._depth -= 1
        if kind == "si":
            self._done.append("".join(self._text))
            self._open = False
        elif kind == "t":
            self._listening = False
        elif kind == "rPh":
            self._spoken = False
