"""A CSV in any of the forms that spreadsheets save → one sheet."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from ..problems import Problem
from .grid import Grid, TooLarge
from .sheet import MOST_COLUMNS, Sheet, letters
from .source import MOST_TEXT
from .unreadable import unreadable

DELIMITERS = ("\t", ";", "|", ",")
"""In the order in which a tie is decided: the rarer a sign is in prose, the less it is there by chance."""
_SEP = re.compile(r'\A"?sep=(.)"?[^\r\n]*(\r\n|\n|\r)', re.IGNORECASE)
_SAMPLE, _RECORDS = 65_536, 200
_LONGEST, _MOST_FIELDS = 8_000_000, 1_000_000
"""Of a line in characters, and of a record in cells."""
_FOREIGN = re.compile(r"[^\s,;|\"]{0,30}[^\x00-\x7f][^\s,;|\"]{0,30}")


def read_delimited(path: Path, name: str, data: bytes, encoding: str = "") -> tuple[list[Sheet], list[Problem]]:
    """Return the table of a CSV's bytes; row numbers are the lines of the file on which records begin.

    Problems: W103 for a file that is not UTF-8 where nobody said its encoding, E112 and E116 for a quotation mark in
    the wrong place (what stands above is still returned), E114 for too many fields. Raises `Unreadable` with E105,
    E113 or E104.
    """
    encoding, problems = _said(path, data, encoding) if encoding else _encoding(path, data)
    delimiter, skip = _delimiter(_stream(data, encoding).read(_SAMPLE))
    try:
        sheet, faults = _table(path, name, records(_stream(data, encoding), delimiter, skip))
    except TooLarge as large:
        raise unreadable("E105", path, what=str(large)) from None
    except _Endless:
        raise unreadable("E105", path, what=f"it has a cell with more than {MOST_TEXT:,} characters") from None
    if not len(sheet.cells) and not faults and not problems:
        raise unreadable("E104", path)
    return [sheet], [*problems, *faults]


def _table(path: Path, name: str, rows: Iterator[tuple[int, list[str]]]) -> tuple[Sheet, list[Problem]]:
    """Return the records as a sheet, and what is wrong with their shape."""
    grid, problems = Grid(kinds=False), []
    try:
        for line, record in rows:
            if len(record) > MOST_COLUMNS and any(record[MOST_COLUMNS:]):
                problems.append(Problem("E114", path.name, name, line, letters(MOST_COLUMNS)))
            grid.add(line, record[:MOST_COLUMNS])
    except _Quote as fault:
        problems.append(Problem(fault.code, file=path.name, sheet=name, row=fault.line))
    return grid.sheet(path.name, name), problems


class _Quote(Exception):
    def __init__(self, code: str, line: int) -> None:
        super().__init__(code, line)
        self.code, self.line = code, line


class _Endless(Exception):
    pass


class _Lines:
    """The lines of a stream, as long as a record stays within what the memory holds; raises `TooLarge` beyond."""

    def __init__(self, stream: TextIO, delimiter: str) -> None:
        self._stream, self._delimiter, self.seen = stream, delimiter, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(_LONGEST):
            self.seen += line.count(self._delimiter)
            if len(line) == _LONGEST or self.seen > _MOST_FIELDS:
                raise TooLarge("a row of it has more than a million cells, or is as long as a book")
            yield line


def _stream(data: bytes, encoding: str) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def records(stream: TextIO, delimiter: str, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of the line on which it begins, from 1; `skip` lines are left out."""
    for _ in range(skip):
        stream.readline()
    csv.field_size_limit(MOST_TEXT)
    lines = _Lines(stream, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            lines.seen = 0
            yield line + skip, record
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise _Endless from None
        raise _Quote("E112" if "unexpected end" in str(error) else "E116", line + skip) from None


def _said(path: Path, data: bytes, encoding: str) -> tuple[str, list[Problem]]:
    """Return the encoding that the user named, where the bytes follow it."""
    fault = _first_fault(data, encoding)
    if fault is not None:
        raise unreadable("E113", path, what=f"the first is in line {fault}")
    return encoding, []


def _encoding(path: Path, data: bytes) -> tuple[str, list[Problem]]:
    """Return the encoding that the bytes follow strictly, and W103 where it is a guess."""
    wide = _wide(data)
    for encoding in (wide,) if wide else ("utf-8-sig",):
        if _first_fault(data, encoding) is None:
            return encoding, []
    fault = _first_fault(data, wide or ("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "cp1252"))
    if fault is not None:
        raise unreadable("E113", path, what=f"the first is in line {fault}")
    return "cp1252", [Problem("W103", file=path.name, details={"sample": _sample(data.decode("cp1252"))})]


def _first_fault(data: bytes, encoding: str) -> int | None:
    """Return the line of the first byte that the encoding does not know; decodes in parts, to save memory."""
    decoder = codecs.getincrementaldecoder(encoding)()
    size = 1 << 20
    for start in range(0, len(data), size):
        try:
            decoder.decode(data[start : start + size], final=start + size >= len(data))
        except UnicodeDecodeError as e:
            return data.count(b"\n", 0, start + e.start) + 1
    return None


def _wide(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:4096]
    if len(head) < 4 or b"\0" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 4 and not odd else ""


def _sample(text: str) -> str:
    words = dict.fromkeys(m.group() for m in islice(_FOREIGN.finditer(text), 50))
    return ", ".join(list(words)[:3])


def _delimiter(sample: str) -> tuple[str, int]:
    """Return the delimiter, and how many lines at the top only say it."""
    said = _SEP.match(sample)
    if said:
        return said.group(1), 1
    if len(sample) == _SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    constancy = {d: _constancy(sample, d) for d in DELIMITERS}
    return (max(constancy, key=lambda d: constancy[d]) if any(constancy.values()) else ","), 0


def _constancy(sample: str, delimiter: str) -> float:
    """How constant the number of fields is over the first records, where there is more than one field."""
    widths: Counter[int] = Counter()
    try:
        for _, record in records(io.StringIO(sample, newline=""), delimiter):
            if any(cell.strip() for cell in record):
                widths[len(record)] += 1
            if widths.total() >= _RECORDS:
                break
    except (_Quote, _Endless):
        pass
    several = {w: n for w, n in widths.items() if w > 1}
    if not several:
        return 0.0
    return max(several.values()) / widths.total()
