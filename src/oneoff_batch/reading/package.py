"""The zip package around a workbook: is it one, is it safe to unpack, and where do its sheets end?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from .unreadable import MOST_BYTES, unreadable

_MOST_PARTS, _MOST_RATIO, _RATIO_FROM = 10_000, 200, 50_000_000
_CHUNK, _OVERLAP = 1 << 20, 512
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]+)"')
_VALUES = (b"<v>", b"<v ", b"<is>", b"<is ", b"<f>", b"<f ", b"<f/")
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_OTHER_ZIPS = (
    ("xl/workbook.bin", "a binary workbook (.xlsb)"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("Index/Document.iwa", "an Apple Numbers document"),
    ("Index.zip", "an Apple Numbers document"),
    ("content.xml", "an OpenDocument spreadsheet (.ods)"),
)


def guard(archive: ZipFile, path: Path) -> None:
    """Refuse what is dangerous to unpack (E105): by declared sizes, the number of parts, and document types."""
    parts = archive.infolist()
    size = sum(p.file_size for p in parts)
    packed = max(1, sum(p.compress_size for p in parts))
    if len(parts) > _MOST_PARTS:
        raise unreadable("E105", path, what=f"it has {len(parts):,} parts inside")
    if size > MOST_BYTES or (size > _RATIO_FROM and size / packed > _MOST_RATIO):
        raise unreadable("E105", path, what=f"it unpacks to {size // 1_000_000:,} MB")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and _has_doctype(archive, part.filename):
            raise unreadable("E105", path, what="it holds a document type, which no spreadsheet program writes")


def other_zip(archive: ZipFile) -> str:
    """Say what a zip file is that is not an Excel workbook; "" if it is one."""
    names = set(archive.namelist())
    for name, what in _OTHER_ZIPS:
        if name in names:
            return what
    workbook = next((n for n in names if n.replace("\\", "/").lower() == "xl/workbook.xml"), None)
    if workbook is None:
        return "" if "[Content_Types].xml" in names else "a zip archive"
    with archive.open(workbook) as part:
        return 'a workbook in the form "Strict Open XML"' if _STRICT in part.read(_CHUNK) else ""


def _has_doctype(archive: ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        return any(b"<!DOCTYPE" in chunk for chunk in _prolog(part))


def _prolog(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the part up to its first element, behind which no document type can stand."""
    tail = b""
    while chunk := part.read(65_536):
        yield tail + chunk
        if re.search(rb"<[A-Za-z]", chunk):
            return
        tail = chunk[-16:]


def last_row(archive: ZipFile, part: str) -> int | None:
    """Return the last row with a value, None if that is unknown; costs little more than unpacking the sheet.

    So a million formatted blank rows are not parsed.
    """
    last, seen, current, tail = 0, False, None, b""
    with archive.open(part) as source:
        while chunk := source.read(_CHUNK):
            text = tail + chunk
            at = max(text.rfind(mark) for mark in _VALUES)
            if at >= 0:
                row = _row_before(text, at) or current
                if row is None:
                    return None
                last, seen = max(last, row), True
            current = _row_before(text, len(text)) or current
            tail = text[-_OVERLAP:]
    return last if seen or current is not None else None


def _row_before(text: bytes, end: int) -> int | None:
    at = text.rfind(b"<row", 0, end)
    found = _ROW.match(text, at) if at >= 0 else None
    return int(found.group(1)) if found else None


def recalculates(archive: ZipFile) -> bool:
    """Whether the workbook asks Excel to calculate everything when it opens."""
    name = next((n for n in archive.namelist() if n.lower().endswith("xl/workbook.xml")), None)
    if name is None:
        return False
    with archive.open(name) as part:
        return re.search(rb'fullCalcOnLoad="(1|true)"', part.read(_CHUNK)) is not None
