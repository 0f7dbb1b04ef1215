"""The zip package around a workbook: is it one, is it safe to unpack, and where do its sheets end?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from .unreadable import MOST_BYTES, MOST_RATIO, RATIO_FROM, unreadable

_MOST_PARTS = 10_000
XLSB, ODS = "xlsb", "ods"
_OTHER_ZIPS = (
    ("xl/workbook.bin", XLSB),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("Index/Document.iwa", "an Apple Numbers document"),
    ("Index.zip", "an Apple Numbers document"),
    ("content.xml", ODS),
)


def guard(archive: ZipFile, path: Path) -> None:
    """Refuse what is dangerous to unpack (E105): by declared sizes, the number of parts, and document types."""
    parts = archive.infolist()
    size = sum(p.file_size for p in parts)
    packed = max(1, sum(p.compress_size for p in parts))
    if len(parts) > _MOST_PARTS:
        raise unreadable("E105", path, what=f"it has {len(parts):,} parts inside")
    if size > MOST_BYTES or (size > RATIO_FROM and size / packed > MOST_RATIO):
        raise unreadable("E105", path, what=f"it unpacks to {size // 1_000_000:,} MB")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MOST_RATIO * max(1, part.compress_size):
            raise unreadable("E105", path, what=f"a part of it unpacks to {part.file_size // 1_000_000:,} MB")
        if part.flag_bits & 1:
            raise unreadable("E102", path)
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise unreadable("E103", path, what="it is packed in a way that no spreadsheet program uses")
        if part.filename.endswith((".xml", ".rels")) and _has_doctype(archive, part.filename):
            raise unreadable("E105", path, what="it holds a document type, which no spreadsheet program writes")


def other_zip(archive: ZipFile) -> str:
    """Say what a zip file is that is not an .xlsx or .xlsm: `XLSB`, `ODS`, or in words; "" if it is one."""
    names = {name.replace("\\", "/").casefold() for name in archive.namelist()}
    for name, what in _OTHER_ZIPS:
        if name.casefold() in names:
            return what
    return "" if {"xl/workbook.xml", "[content_types].xml"} & names else "a zip archive"


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
