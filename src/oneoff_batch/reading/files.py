"""A file → its sheets, whatever its name says: what it is follows from its first bytes."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import zlib
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from ..problems import Problem
from .delimited import read_delimited
from .marks import without_hidden_rows
from .options import AS_IT_IS, Options
from .profile import Profile
from .sheet import Sheet
from .unreadable import MOST_BYTES, MOST_RATIO, RATIO_FROM, Unreadable, unreadable

__all__ = ["Unreadable", "read_file", "read_folder", "tables_in"]

_ENDINGS = re.compile(r"\.(csv|tsv|tab|txt)(\.gz)?\Z|\.gz\Z", re.IGNORECASE)
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, a sound or a film"),
    (b"{\\rtf", "a text document (.rtf)"),
    (b"7z\xbc\xaf", "an archive (.7z)"),
    (b"Rar!", "an archive (.rar)"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_HTML = re.compile(rb"\A\s*(<!doctype html|<html|<head|<body|<table|<meta|<div)", re.IGNORECASE)
_JSON = re.compile(rb'\A\s*(\{\s*["}]|\[\s*[\[{])')
_XLS = "xls"
_OLE_SECTOR = 512
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_file(path: Path, profile: Profile | None = None, options: Options = AS_IT_IS) -> tuple[list[Sheet], list[Problem]]:
    """Return every visible worksheet of a workbook, or the one table of a CSV, as text with its places.

    Reads .xlsx, .xlsm, .xlsb, .xls and .ods, CSV with any usual delimiter and encoding, and a CSV packed by gzip or
    zip. A profile that names a sheet leaves the others out. The sheets have no header yet: `understand` finds it.
    Problems: E112, E114, E116, W103, W104, W108, N101, N102, N104, N105. Raises `Unreadable` with a problem E101 to
    E105 or E113, and `OSError` where there is no file.
    """
    if path.is_dir():
        raise unreadable("E101", path, what="a folder")
    if path.name.startswith("~$"):
        raise unreadable("E101", path, what="the lock file that Excel keeps while somebody has the workbook open")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise unreadable("E104", path)
    if head.startswith(b"PK"):
        sheets, problems = _zip(path, options)
    elif head.startswith(b"\x1f\x8b"):
        sheets, problems = _text(path, _unpacked(path, io.BytesIO(path.read_bytes())), options)
    else:
        sheets, problems = _text(path, _bytes(path), options)
    if profile is not None and profile.sheet:
        sheets = [s for s in sheets if s.name.casefold() == profile.sheet.casefold()] or sheets
    if options.skip_hidden:
        sheets, notes = without_hidden_rows(sheets)
        problems = [*problems, *notes]
    return sheets, problems


def read_folder(path: Path) -> tuple[list[Sheet], list[Problem]]:
    """Return the tables of all CSVs and workbooks in a folder, by name; Excel's lock files (`~$…`) are left out."""
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for file in tables_in(path):
        more, faults = read_file(file)
        sheets += more
        problems += faults
    if not sheets:
        raise unreadable("E104", path)
    return sheets, problems


def tables_in(path: Path) -> list[Path]:
    """Return the files of a folder that `read_folder` reads."""
    return [f for f in sorted(path.iterdir()) if f.is_file() and not f.name.startswith(("~$", ".")) and _is_table(f)]


def _is_table(file: Path) -> bool:
    return file.suffix.lower() in {".csv", ".tsv", ".tab", ".txt", ".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise unreadable("E105", path, what=f"it has {path.stat().st_size // 1_000_000:,} MB")
    return path.read_bytes()


def _zip(path: Path, options: Options) -> tuple[list[Sheet], list[Problem]]:
    from .workbook import read_package

    with path.open("rb") as file:
        packed = _packed_text(path, file)
    if packed is None:
        return read_package(path)
    return _text(path, packed[1], options, packed[0])


def _packed_text(path: Path, file: IO[bytes]) -> tuple[str, bytes] | None:
    """Return the name and bytes of a CSV that is alone in a zip file; None where it is no such file."""
    try:
        with ZipFile(file) as archive:
            entries = [e for e in archive.infolist() if not e.filename.endswith("/")]
            if len(entries) == 1 and _ENDINGS.search(entries[0].filename):
                if entries[0].flag_bits & 1:
                    raise unreadable("E102", path)
                with archive.open(entries[0]) as part:
                    return Path(entries[0].filename).name, _bounded(path, part)
    except (BadZipFile, NotImplementedError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError):
        raise unreadable("E103", path, what="a part of it is missing or cut off") from None
    return None


def _unpacked(path: Path, packed: io.BytesIO) -> bytes:
    try:
        with gzip.GzipFile(fileobj=packed) as part:
            return _bounded(path, part)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise unreadable("E103", path, what="a part of it is missing or cut off") from None


def _bounded(path: Path, part: IO[bytes] | gzip.GzipFile) -> bytes:
    data: bytes = part.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise unreadable("E105", path, what=f"it unpacks to more than {MOST_BYTES // 1_000_000:,} MB")
    if len(data) > RATIO_FROM and len(data) > MOST_RATIO * path.stat().st_size:
        raise unreadable("E105", path, what=f"it unpacks to {len(data) // 1_000_000:,} MB")
    return data


def _text(path: Path, data: bytes, options: Options, name: str = "") -> tuple[list[Sheet], list[Problem]]:
    if not data.strip():
        raise unreadable("E104", path)
    what = _what(path, data)
    if what == _XLS:
        from .workbook import read_old

        return read_old(path)
    if what:
        raise unreadable("E101", path, what=what)
    stem = _ENDINGS.sub("", name or path.name)
    return read_delimited(path, stem, data, options.encoding)


def _what(path: Path, data: bytes) -> str:
    """Say what the bytes are if they are no CSV; "" if they may be one."""
    if data.startswith(_OLE):
        return _ole(path, data)
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\x1f\x8b"):
        return "an archive inside an archive"
    known = next((what for magic, what in _MAGIC if data.startswith(magic)), "")
    if known:
        return known
    head = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(head):
        return "a web page"
    if head.lstrip().startswith(b"<?xml"):
        return "an XML file"
    if _JSON.match(head):
        return "a JSON file"
    return "a file of another kind" if _binary(head) else ""


def _ole(path: Path, data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise unreadable("E102", path)
    if "WordDocument".encode("utf-16-le") in data:
        return "an old Word document (.doc)"
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "WORKBOOK", "Book", "BOOK")):
        return _XLS
    if len(data) < _OLE_SECTOR * (1 + int.from_bytes(data[48:52], "little")):
        raise unreadable("E103", path, what="a part of it is missing or cut off")
    return "an Office file of another kind"


def _binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    zeros = head.count(0)
    if zeros and (not head[0::2].count(0) or not head[1::2].count(0)) and zeros > len(head) // 4:
        return False
    control = sum(head.count(bytes([c])) for c in (*range(9), *range(14, 27), *range(28, 32)))
    return control > len(head) // 20
