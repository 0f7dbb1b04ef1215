"""The records of a binary workbook part (BIFF12): a stream of kind, length and contents, read in bounded memory."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import IO, overload

from .source import MOST_TEXT, Damaged

_CHUNK, _HEADER = 1 << 18, 6
_MOST_LENGTH = 2 * MOST_TEXT + 64
_CUT = "a record is cut off"
_LONG = struct.Struct("<I")


def records(part: IO[bytes], wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and contents of the wanted records; the others are skipped, whatever their length says.

    Raises `Damaged` where the part ends within a record, or a wanted one is longer than any cell may be.
    """
    data, at = b"", 0
    while True:
        if len(data) - at < _HEADER:
            data, at = data[at:] + part.read(_CHUNK), 0
            if not data:
                return
        kind, size, at = _header(data, at)
        end = at + size
        if kind not in wanted:
            at = end if end <= len(data) else _skip(part, end - len(data))
            data = data if at else b""
            continue
        if end > len(data):
            data, at, end = _more(part, data[at:], size), 0, size
        yield kind, data[at:end]
        at = end


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Return kind, length, and where the contents begin; both numbers are in groups of seven bits."""
    try:
        kind = data[at]
        at += 1
        if kind >= 0x80:
            kind = kind & 0x7F | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 28:
                return kind, size, at
    except IndexError:
        raise Damaged(_CUT) from None


def _more(part: IO[bytes], data: bytes, size: int) -> bytes:
    if size > _MOST_LENGTH:
        raise Damaged(f"a record of {size} bytes")
    data += part.read(max(size - len(data), _CHUNK))
    if len(data) < size:
        raise Damaged(_CUT)
    return data


def _skip(part: IO[bytes], count: int) -> int:
    """Read over bytes; returns 0, the place in what is left in memory, which is nothing."""
    while count:
        got = len(part.read(min(count, _CHUNK)))
        if not got:
            raise Damaged(_CUT)
        count -= got
    return 0


def text(data: bytes, at: int) -> str:
    """Return the text at a place of a record: its length in UTF-16 units, and these; raises `Damaged` if it is cut."""
    return _utf16(data, at).decode("utf-16-le", "replace")


def after_text(data: bytes, at: int) -> int:
    """Return the place behind a text; one that is missing (length −1) has no units."""
    count = number(data, at)
    return at + 4 + (0 if count == 0xFFFFFFFF else 2 * count)


def number(data: bytes, at: int) -> int:
    """Return the whole number of four bytes at a place of a record; raises `Damaged` if it is cut."""
    if at + 4 > len(data):
        raise Damaged(_CUT)
    value: int = _LONG.unpack_from(data, at)[0]
    return value


def _utf16(data: bytes, at: int) -> bytes:
    end = after_text(data, at)
    if end > len(data):
        raise Damaged(_CUT)
    return data[at + 4 : end]


class Texts(Sequence[str]):
    """Many texts, kept as their bytes: a million short ones cost what they cost in the file."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])

    def add(self, data: bytes, at: int) -> None:
        """Add the text at a place of a record."""
        self._bytes += _utf16(data, at)
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode("utf-16-le", "replace")
