"""A binary Excel workbook (.xlsb) → raw cells, streamed from its records."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from zipfile import ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS

from .old_excel import number_value, spans
from .parts import Parts, Relation
from .records import Texts, after_text, number, records, text
from .source import MOST_COLUMNS, MOST_ROWS, Damaged, Marks, Raw, Row, Workbook, Worksheet

_ROW, _SHORT, _SST_ITEM, _CELL_RICH = 0, 12, 19, 62
_FORMAT, _XF, _COLUMNS, _SHEET_DATA, _SHEET_DATA_END, _BOOK, _SHEET = 44, 47, 60, 145, 146, 153, 156
_CALCULATION, _MERGED, _CELL_XFS, _CELL_XFS_END = 157, 176, 617, 618
_MOST_FORMATS = _MOST_MERGED = 65_536
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_REAL, _CELL = struct.Struct("<d"), struct.Struct("<II")
_HIDDEN_ROW = 0x10


def open_xlsb(archive: ZipFile) -> Workbook:
    """Return the worksheets of a binary workbook; chart, dialog and macro sheets are none.

    `archive` stays open while rows are read. A formula's text is not known, so `formula` is an empty text where
    there is one. Raises `Damaged`, also while rows are read.
    """
    parts = Parts(archive)
    main = parts.main("xl/workbook.bin")
    links = parts.related(main)
    sheets, epoch_1904, recalculates = _book(parts, main, links)
    return Workbook(
        tuple(sheets),
        strings=_strings(parts, _of_kind(links, "sharedStrings")),
        formats=_formats(parts, _of_kind(links, "styles")),
        epoch_1904=epoch_1904,
        recalculates=recalculates,
        external=tuple(_external(parts, links)),
        macros=any(link.kind == "vbaProject" for link in links.values()),
    )


def _records(parts: Parts, name: str, *wanted: int) -> Iterator[tuple[int, bytes]]:
    with parts.open(name) as part:
        yield from records(part, frozenset(wanted))


def _of_kind(links: dict[str, Relation], kind: str) -> str:
    return next((link.target for link in links.values() if link.kind == kind), "")


def _book(parts: Parts, main: str, links: dict[str, Relation]) -> tuple[list[Worksheet], bool, bool]:
    sheets, epoch_1904, recalculates, seen = [], False, False, set[str]()
    for kind, data in _records(parts, main, _BOOK, _SHEET, _CALCULATION):
        if kind == _BOOK:
            epoch_1904 = bool(data[:1] and data[0] & 1)
        elif kind == _CALCULATION:
            recalculates = bool(data[24:25] and data[24] & 1)
        else:
            link = links.get(text(data, 8)) if number(data, 8) != 0xFFFFFFFF else None
            if link is not None and link.target in seen:
                raise Damaged("a part twice")
            seen.add(link.target if link else "")
            if link is None or link.kind == "worksheet":
                sheets.append(_worksheet(parts, link, text(data, after_text(data, 8)), number(data, 0) == 0))
    return sheets, epoch_1904, recalculates


def _worksheet(parts: Parts, link: Relation | None, name: str, visible: bool) -> Worksheet:
    target = link.target if link else f"of {name}"
    return Worksheet(name, visible, lambda: _rows(parts, target), lambda: _marks(parts, target))


def _strings(parts: Parts, name: str) -> Texts:
    texts = Texts()
    for _, data in _records(parts, name, _SST_ITEM) if name else ():
        texts.add(data, 1)
    return texts


def _formats(parts: Parts, name: str) -> tuple[str, ...]:
    codes: dict[int, str] = dict(BUILTIN_FORMATS)
    styles: list[int] = []
    inside = False
    for kind, data in _records(parts, name, _FORMAT, _XF, _CELL_XFS, _CELL_XFS_END) if name else ():
        if kind == _FORMAT and len(data) >= 2:
            codes[int.from_bytes(data[:2], "little")] = text(data, 2)
        elif kind == _XF and inside:
            styles.append(int.from_bytes(data[2:4], "little"))
        elif kind in (_CELL_XFS, _CELL_XFS_END):
            inside = kind == _CELL_XFS
        if len(styles) > _MOST_FORMATS or len(codes) > _MOST_FORMATS:
            raise Damaged("more formats than a workbook can have")
    return tuple(codes.get(style, "General") for style in styles) or ("General",)


def _external(parts: Parts, links: dict[str, Relation]) -> Iterator[str]:
    for link in links.values():
        if link.kind == "externalLink":
            yield from (k.target for k in parts.related(link.target).values() if k.outside)


def _rows(parts: Parts, name: str) -> Iterator[Row]:
    at, cells = 0, list[Raw]()
    for kind, data in _records(parts, name, _ROW, *_VALUES, _SHEET_DATA_END):
        if kind in _VALUES:
            cell = _cell(kind, data, cells)
            if not at:
                raise Damaged("a cell outside of any row")
            if cell is not None:
                cells.append(cell)
            continue
        if any(c.value is not None for c in cells):
            yield at, [c for c in cells if c.value is not None]
        if kind == _SHEET_DATA_END:
            return
        at, cells = number(data, 0) + 1, []
        if at > MOST_ROWS:
            raise Damaged(f"row {at}")
    raise Damaged("a worksheet without an end")


def _cell(kind: int, data: bytes, before: list[Raw]) -> Raw | None:
    """A short record says no column: its cell stands behind the one before it."""
    type_, read, place = _VALUES[kind]
    try:
        if place == 8:
            column, style = _CELL.unpack_from(data)
        else:
            column, style = (before[-1].column + 1 if before else 0), number(data, 0)
        if column >= MOST_COLUMNS:
            raise Damaged(f"column {column}")
        value = read(data, place)
    except (struct.error, IndexError):
        raise Damaged("a cell is cut off") from None
    formula = "" if 8 <= kind < _SHORT else None
    if value == "" and type_ == "n":
        return Raw(column, "e", style & 0xFFFFFF, "#NUM!", formula)
    return Raw(column, type_, style & 0xFFFFFF, value, formula)


def _blank(data: bytes, at: int) -> None:
    return None


def _rk(data: bytes, at: int) -> str:
    """A number in 30 bits: a whole one or the upper half of a double, either perhaps times a hundred."""
    packed = number(data, at)
    if packed & 2:
        value: float = (packed >> 2) - (1 << 30 if packed & 0x80000000 else 0)
    else:
        value = _REAL.unpack(b"\0\0\0\0" + (packed & 0xFFFFFFFC).to_bytes(4, "little"))[0]
    return number_value(value / 100 if packed & 1 else value)


def _real(data: bytes, at: int) -> str:
    return number_value(_REAL.unpack_from(data, at)[0])


def _bool(data: bytes, at: int) -> str:
    return "1" if data[at] else "0"


def _error(data: bytes, at: int) -> str:
    return _ERRORS.get(data[at], "#ERROR!")


def _shared(data: bytes, at: int) -> str:
    return str(number(data, at))


def _rich(data: bytes, at: int) -> str:
    return text(data, at + 1)


_Read = Callable[[bytes, int], str | None]
_KINDS: tuple[tuple[str, _Read], ...] = (
    ("n", _blank), ("n", _rk), ("e", _error), ("b", _bool), ("n", _real), ("str", text), ("s", _shared),
    ("str", text), ("n", _real), ("b", _bool), ("e", _error),
)  # fmt: skip
_VALUES: dict[int, tuple[str, _Read, int]] = {
    **{1 + i: (type_, read, 8) for i, (type_, read) in enumerate(_KINDS)},
    **{_SHORT + i: (type_, read, 4) for i, (type_, read) in enumerate(_KINDS[:7])},
    _CELL_RICH: ("str", _rich, 8),
}
"""For the kind of a cell's record: its type, how its value is read, and where that stands."""


_BLANKS = (1, _SHORT)


def _marks(parts: Parts, name: str) -> Marks:
    rows, columns, merged = set[int](), set[int](), list[tuple[int, int, int, int]]()
    blank, before = 0, _SHEET_DATA_END
    for kind, data in _records(parts, name, _ROW, *_VALUES, _SHEET_DATA_END, _COLUMNS, _MERGED):
        blank += before == _ROW and kind in (_ROW, _SHEET_DATA_END)
        before = before if kind in _BLANKS else kind
        if kind == _ROW and len(data) > 11 and data[11] & _HIDDEN_ROW:
            rows.add(min(number(data, 0), MOST_ROWS) + 1)
        elif kind == _COLUMNS and len(data) > 16 and data[16] & 1:
            columns.update(range(number(data, 0), min(number(data, 4) + 1, MOST_COLUMNS)))
        elif kind == _MERGED and len(merged) < _MOST_MERGED:
            top, bottom, left, right = (number(data, at) for at in (0, 4, 8, 12))
            merged.append((top + 1, left, bottom + 1, right))
    return Marks(tuple(spans(sorted(rows))), tuple(spans(sorted(columns))), tuple(merged), blank)
