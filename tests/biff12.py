"""Writes small binary workbooks (.xlsb), with whatever a test wants to stand in them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

ERRORS = {
    "#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A,
}  # fmt: skip
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


@dataclass(frozen=True)
class Cell:
    """`kind`: "real", "rk", "bool", "error", "shared", "inline", "rich" or "blank"; `short` leaves the column out."""

    kind: str
    value: object = None
    formula: bool = False
    style: int = 0
    short: bool = False


@dataclass(frozen=True)
class Page:
    """A worksheet: cells by row (from 0) and column (from 0)."""

    cells: Mapping[tuple[int, int], Cell]
    name: str = "Sheet1"
    state: int = 0
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    type: str = "worksheet"


@dataclass(frozen=True)
class Book:
    pages: tuple[Page, ...]
    formats: tuple[str, ...] = ("General",)
    date_1904: bool = False
    recalculates: bool = False
    external: str = ""
    extra: Mapping[str, bytes] = field(default_factory=dict)


def record(kind: int, data: bytes = b"", size: int | None = None) -> bytes:
    """A record; `size` makes its length lie."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(data) if size is None else size
    for _ in range(3):
        if size < 0x80:
            break
        head += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + bytes([size]) + data


def text(value: str) -> bytes:
    units = value.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def rk(value: float) -> bytes:
    """A whole number of 30 bits, or hundredths of one."""
    hundredths = value != int(value)
    whole = round(value * 100) if hundredths else int(value)
    return struct.pack("<I", (whole & 0x3FFFFFFF) << 2 | 2 | hundredths)


def sheet(page: Page, shared: list[str]) -> bytes:
    size = [max((at[i] for at in page.cells), default=0) for i in (0, 1)]
    out = [record(129), record(148, struct.pack("<IIII", 0, size[0], 0, size[1]))]
    out += [*(record(60, struct.pack("<IIIIH", a, b, 2560, 0, 1)) for a, b in page.hidden_columns), record(145)]
    rows = sorted({r for r, _ in page.cells} | page.hidden_rows)
    for r in rows:
        flags = 0x10 if r in page.hidden_rows else 0
        out.append(record(0, struct.pack("<IIHBBBI", r, 0, 300, 0, flags, 0, 0)))
        out += [_cell(c, page.cells[r, c], shared) for c in sorted(c for row, c in page.cells if row == r)]
    out.append(record(146))
    out += [record(176, struct.pack("<IIII", top, bottom, left, right)) for top, left, bottom, right in page.merged]
    return b"".join([*out, record(130)])


def _cell(column: int, cell: Cell, shared: list[str]) -> bytes:
    start = struct.pack("<I", cell.style) if cell.short else struct.pack("<II", column, cell.style)
    if cell.kind == "rich":
        return record(62, start + b"\0" + text(str(cell.value)))
    kinds = {"blank": 1, "rk": 2, "error": 3, "bool": 4, "real": 5, "inline": 6, "shared": 7}
    if cell.formula:
        kinds = {"inline": 8, "real": 9, "bool": 10, "error": 11}
    end = struct.pack("<HII", 0, 0, 0) if cell.formula else b""
    return record(kinds[cell.kind] + (11 if cell.short else 0), start + _value(cell, shared) + end)


def _value(cell: Cell, shared: list[str]) -> bytes:
    if cell.kind == "shared":
        shared.append(str(cell.value))
        return struct.pack("<I", len(shared) - 1)
    if cell.kind in ("blank", "inline"):
        return text(str(cell.value)) if cell.kind == "inline" else b""
    if cell.kind == "error":
        return bytes([ERRORS[str(cell.value)]])
    if cell.kind == "bool":
        return bytes([bool(cell.value)])
    assert isinstance(cell.value, float | int)
    return rk(cell.value) if cell.kind == "rk" else struct.pack("<d", cell.value)


def relations(links: Iterable[tuple[str, str, str]], mode: str = "") -> str:
    body = "".join(f'<Relationship Id="{i}" Type="{_RELATIONS}/{kind}" Target="{to}"{mode}/>' for i, kind, to in links)
    return (
        f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'
    )


def styles(formats: Iterable[str]) -> bytes:
    codes = list(formats)
    custom = b"".join(record(44, struct.pack("<H", 164 + i) + text(code)) for i, code in enumerate(codes))
    xfs = b"".join(record(47, struct.pack("<HH", 0, 164 + i) + bytes(12)) for i in range(len(codes)))
    other = record(626, struct.pack("<I", 1)) + record(47, struct.pack("<HH", 0xFFFF, 9) + bytes(12)) + record(627)
    return (
        record(278)
        + record(615, struct.pack("<I", len(codes)))
        + custom
        + record(616)
        + other
        + record(617, struct.pack("<I", len(codes)))
        + xfs
        + record(618)
        + record(279)
    )


def xlsb(book: Book) -> bytes:
    """The bytes of a workbook."""
    shared: list[str] = []
    pages = [(f"{p.type}s/sheet{i}.bin", p) for i, p in enumerate(book.pages, 1)]
    parts: dict[str, bytes] = {f"xl/{path}": sheet(page, shared) for path, page in pages}
    links = [(f"rId{i}", p.type, path) for i, (path, p) in enumerate(pages, 1)]
    main = record(131) + record(153, struct.pack("<II", int(book.date_1904), 0) + text(""))
    main += record(143)
    for (relation, _, _), page in zip(links, book.pages, strict=True):
        main += record(156, struct.pack("<II", page.state, 1) + text(relation) + text(page.name))
    main += record(144) + record(157, bytes(24) + bytes([int(book.recalculates), 0])) + record(132)
    links += [("rIdS", "sharedStrings", "sharedStrings.bin"), ("rIdT", "styles", "styles.bin")]
    if book.external:
        links.append(("rIdX", "externalLink", "externalLinks/externalLink1.bin"))
        parts["xl/externalLinks/_rels/externalLink1.bin.rels"] = relations(
            [("rId1", "externalLinkPath", book.external)], ' TargetMode="External"'
        ).encode()
    items = b"".join(record(19, b"\0" + text(t)) for t in shared)
    parts["xl/sharedStrings.bin"] = record(159, struct.pack("<II", len(shared), len(shared))) + items + record(160)
    parts |= {
        "xl/workbook.bin": main,
        "xl/styles.bin": styles(book.formats),
        "xl/_rels/workbook.bin.rels": relations(links).encode(),
    }
    parts["_rels/.rels"] = relations([("rId1", "officeDocument", "xl/workbook.bin")]).encode()
    return packed({**parts, **book.extra})


def packed(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()
