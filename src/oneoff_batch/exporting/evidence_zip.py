"""A pack as a zip that somebody sent: looked at before it is read, read in pieces, and never unpacked to disk."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import IO

_BLOCK = 1 << 20
_MOST_RATIO, _RATIO_FROM = 200, 100_000_000
"""What unpacks to more than so many times its size, and to more than so many bytes, is a trap."""
_MOST_AT_ONCE = 256 * 1024 * 1024
_MOST_LINE = 128 * 1024 * 1024
_MOST_VALUES = 10_000_000
"""Values of one piece of JSON: an invoice of 400,000 lines has so many. Two bytes of it can take seventy of memory."""
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = re.compile("[A-Za-z]:")
_FAULTS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip


class NoPack(Exception):
    """A file is no pack, or one that must not be read; the message says why, in words that end a sentence."""


class Pack:
    """The files of a pack, by their names."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes = {one.filename: one.file_size for one in archive.infolist()}

    def read(self, name: str) -> bytes:
        """Return a whole file, of no more than 256 MB; raises `NoPack`."""
        if self.sizes[name] > _MOST_AT_ONCE:
            raise NoPack(f"{name} is larger than any such file")
        with self.open(name) as file:
            return _harmless(name, file.read())

    def sum_of(self, name: str) -> str:
        """Return the SHA-256 of a file; raises `NoPack` where it is damaged."""
        found = sha256()
        with self.open(name) as file:
            while block := file.read(_BLOCK):
                found.update(block)
        return found.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file; raises `NoPack` where it is damaged, or a line has no end."""
        with self.open(name) as file:
            while line := file.readline(_MOST_LINE):
                if len(line) == _MOST_LINE:
                    raise NoPack(f"a line of {name} is longer than any line of such a file")
                yield _harmless(name, line)

    @contextmanager
    def open(self, name: str) -> Iterator[PackFile]:
        """Lend a file for reading."""
        try:
            file = BufferedReader(self._archive.open(name), _BLOCK)  # type: ignore[type-var]
        except _FAULTS as error:
            raise _damaged(name) from error
        with file:
            yield PackFile(name, file)


class PackFile:
    """A file of a pack, open for reading; what is wrong with the zip inside becomes `NoPack`."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name, self._file = name, file

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or all."""
        try:
            return self._file.read(size)
        except _FAULTS as error:
            raise _damaged(self._name) from error

    def readline(self, most: int) -> bytes:
        """Return the next line, of no more than so many bytes."""
        try:
            return self._file.readline(most)
        except _FAULTS as error:
            raise _damaged(self._name) from error


def _harmless(name: str, text: bytes) -> bytes:
    """Return what is to be parsed; raises `NoPack` where it is made to fill the memory."""
    if len(text) > _MOST_VALUES and sum(map(text.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise NoPack(f"{name} holds more values in one place than any such file")
    return text


def _damaged(name: str) -> NoPack:
    return NoPack(f"{name} cannot be unpacked; it was cut off, or damaged on its way")


@contextmanager
def opened(path: Path) -> Iterator[Pack]:
    """Lend the pack in a file; raises `NoPack` where it is none, and `OSError` where it cannot be read."""
    try:
        archive = zipfile.ZipFile(path)
    except _FAULTS as error:
        raise NoPack("it is not a whole zip file; it was cut off on its way, or is another file") from error
    with archive:
        _guard(archive, path.stat().st_size)
        yield Pack(archive)


def _guard(archive: zipfile.ZipFile, packed: int) -> None:
    seen: set[str] = set()
    parts = archive.infolist()
    for part in parts:
        name, kind = part.filename, stat.S_IFMT(part.external_attr >> 16)
        if name.casefold() in seen:
            raise NoPack(f'it holds two files with the name "{name}"')
        seen.add(name.casefold())
        if not 0 <= part.header_offset < packed:
            raise NoPack(f'its list of contents is damaged: "{name}" is to lie where nothing is')
        if name.endswith("/"):
            raise NoPack(f'it was packed anew: the folder "{name}" stands in it by itself')
        if _leads_out(name) or name != part.orig_filename:
            raise NoPack(f'the name "{name}" leads out of the pack, or is none')
        if kind not in (0, stat.S_IFREG):
            raise NoPack(f'"{name}" is a link')
        if part.flag_bits & 1:
            raise NoPack("it is encrypted")
        if part.compress_type not in _PACKED:
            raise NoPack(f'"{name}" is packed in a way that no pack is')
    size = sum(part.file_size for part in parts)
    if size > _RATIO_FROM and size > _MOST_RATIO * packed:
        raise NoPack(f"it would unpack to {size // 1_000_000:,} MB, {size // packed:,} times its size")


def _leads_out(name: str) -> bool:
    steps = name.split("/")
    odd = "\\" in name or not name.isprintable() or bool(_DRIVE.match(name))
    return odd or any(step in ("", ".", "..") for step in steps)
