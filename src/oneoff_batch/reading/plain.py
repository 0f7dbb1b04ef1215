"""The fast way: XML that is written as spreadsheet programs write it, taken apart by one regular expression.

A stretch of XML counts as plain only if the expression accounts for every tag in it; everything else is left to the
careful way, which gives the same cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .sheet import position
from .source import MOST_COLUMNS, MOST_ROWS, Block

CHUNK = 1 << 20
_VALUE = r'(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?'
_TOKEN = r'<(?:row r="|c r="([A-Z]{{1,3}}))([0-9]{{1,7}})"([^<>]*?)(?(1)(?:/>|>{}{}</c>)|>)'
_ROWS = re.compile(_TOKEN.format("", _VALUE))
_ROWS_WITH_FORMULAS = re.compile(_TOKEN.format("(<f[^<>]*>(?:[^<]*</f>)?)?", _VALUE))
_CELL = re.compile(r'(?: s="([0-9]{1,9})")?(?: t="([A-Za-z]{1,9})")?(?: cm="[0-9]+")?/?')
_ATTRIBUTES = re.compile(r'(?: [\w:.-]+="[^"&]*")*/?')
_NAME = re.compile(r' ([\w:.-]+)="')
_HIDDEN = re.compile(r' hidden="(?:1|true)"')
_STRINGS = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CONTROL = bytes((*range(9), 11, 12, 13, *range(14, 32)))
"""What no XML may hold, and the carriage return, which XML makes a new line of."""


def stretches(source: IO[bytes], first: bytes, end: bytes) -> Iterator[bytes]:
    """Yield a part in pieces: what stands ahead of the first `first`, then pieces that close with `end`, then the rest."""
    tail, ahead = b"", True
    while chunk := source.read(CHUNK):
        text = tail + chunk
        tail = b""
        if ahead:
            at = text.find(first)
            if at < 0:
                yield text[: -len(first)]
                tail = text[-len(first) :]
                continue
            yield text[:at]
            text, ahead = text[at:], False
        at = text.rfind(end) + len(end)
        if at < len(end):
            yield text
            continue
        yield text[:at]
        tail = text[at:]
    yield tail


def text_of(piece: bytes) -> str | None:
    """Return a piece as text; None where it holds what only a real XML reader may judge."""
    if len(piece.translate(None, _CONTROL)) != len(piece) or b"<!" in piece or b"<?" in piece or b"]]>" in piece:
        return None
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return None


def plain_strings(text: str) -> list[str] | None:
    """Return the strings of a piece of the shared strings, None where it is not plain."""
    found = _STRINGS.findall(text)
    if len(found) * 4 != text.count("<"):
        return None
    return unescaped(found) if "&" in text else found


def unescaped(values: Sequence[str]) -> list[str] | None:
    """Return texts with their XML entities resolved, None where one of them is unknown."""
    made = [_ENTITY.sub(_character, v) if "&" in v else v for v in values]
    left = sum(v.count("&") for v in values) - sum(len(_ENTITY.findall(v)) for v in values if "&" in v)
    return None if left or any("\0" in v for v in made) else made


def _character(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    legal = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return chr(code) if legal else "\0"


class _Looks(dict[tuple[str | None, str], int]):
    """Gives every pair of letters and attributes that occurs a number; what is not known raises `KeyError`."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[int] = []
        self.looks: list[tuple[str, int]] = []
        self._place: dict[tuple[str, int], int] = {}
        self.look: list[int] = []
        self.open: list[bool] = []

    def __missing__(self, key: tuple[str | None, str]) -> int:
        letters, attributes = key
        place = 0
        if letters is not None:
            found = _CELL.fullmatch(attributes)
            if found is None:
                raise KeyError(key)
            place = self._place.setdefault((found[2] or "n", int(found[1] or 0)), len(self._place))
            self.looks = list(self._place)
        elif not _is_row(attributes):
            raise KeyError(key)
        self.look.append(place)
        self.open.append(not attributes.endswith("/"))
        self.columns.append(_column(letters or ""))
        self[key] = len(self.columns) - 1
        return self[key]


def _is_row(attributes: str) -> bool:
    """Whether a row's further attributes are written as XML wants it, each of them once."""
    names = ["r", *_NAME.findall(attributes)]
    return _ATTRIBUTES.fullmatch(attributes) is not None and len(set(names)) == len(names)


def _column(letters: str) -> int:
    """Return the column's number, -1 for a row; raises `KeyError` beyond the last column."""
    number = position(letters)
    if number >= MOST_COLUMNS:
        raise KeyError(letters)
    return number


class PlainRows:
    """Takes pieces of one worksheet apart; remembers which rows were hidden."""

    def __init__(self, formulas: bool) -> None:
        self._formulas = formulas
        self._looks = _Looks()
        self.hidden: list[int] = []

    def block(self, text: str) -> Block | None:
        """Return the rows of a piece, None where it is not plain."""
        with_formulas = "<f" in text
        if with_formulas and not self._formulas:
            return None
        # Split, not findall: one flat list of texts costs the garbage collector nothing, and shows what is between.
        parts = (_ROWS_WITH_FORMULAS if with_formulas else _ROWS).split(text)
        step = 7 if with_formulas else 6
        letters, digits, attributes = (parts[n::step] for n in (1, 2, 3))
        formulas = parts[4::step] if with_formulas else None
        try:
            keys = np.fromiter(map(self._looks.__getitem__, zip(letters, attributes, strict=True)), "int64", len(letters))
        except KeyError:
            return None
        if not len(keys):
            return None
        column, opened = np.array(self._looks.columns)[keys], np.array(self._looks.open)[keys]
        number = pa.array(digits).cast(pa.int64()).to_numpy()
        row = np.cumsum(column < 0) - 1
        if not _closed(parts[::step], column < 0, opened, row) or not _in_order(number, row, column):
            return None
        values = _saved(parts[step - 2 :: step], parts[step - 1 :: step], text)
        if values is None:
            return None
        filled = pc.greater(pc.utf8_length(values), 0).fill_null(False)
        formula = np.zeros(len(keys), bool)
        if formulas is not None:
            formula = np.fromiter(map(bool, formulas), bool, len(keys))
            if (formula & ~filled.to_numpy(zero_copy_only=False)).any():
                return None
        numbers = number[column < 0]
        if ' hidden="' in text:
            self._note_hidden(numbers, letters, attributes)
        kept = filled.to_numpy(zero_copy_only=False)
        look = np.array(self._looks.look)[keys]
        return Block(numbers, row[kept], column[kept], look[kept], self._looks.looks, formula[kept], values.filter(filled))

    def _note_hidden(self, numbers: np.ndarray, letters: Sequence[str | None], attributes: Sequence[str]) -> None:
        rows = (a for a, c in zip(attributes, letters, strict=True) if c is None)
        self.hidden += [int(n) for n, a in zip(numbers, rows, strict=True) if _HIDDEN.search(a)]


def _closed(between: Sequence[str], is_row: np.ndarray, opened: np.ndarray, row: np.ndarray) -> bool:
    """Whether there is nothing between the tokens but the ends of the rows that are open, and no cell in a closed one."""
    if not {"", "</row>"}.issuperset(between) or not is_row[0] or between[0]:
        return False
    ended = np.fromiter(map(bool, between[1:]), bool, len(row))
    last = np.append(is_row[1:], True)
    open_rows = opened[is_row]
    return bool((ended[last] == open_rows).all() and not ended[~last].any() and open_rows[row[~is_row]].all())


def _in_order(number: np.ndarray, row: np.ndarray, column: np.ndarray) -> bool:
    """Whether rows go down, and cells stand in their rows from left to right."""
    numbers = number[column < 0]
    if (np.diff(numbers) <= 0).any() or not 0 < numbers[0] <= numbers[-1] <= MOST_ROWS:
        return False
    right = (np.diff(column) > 0) | (column[1:] < 0)
    return bool((numbers[row] == number).all() and right.all())


def _saved(values: Sequence[str | None], inline: Sequence[str | None], text: str) -> pa.Array | None:
    """Return what each token holds; None where an entity is unknown."""
    found = values
    if "<is>" in text:
        found = [i if v is None else v for v, i in zip(values, inline, strict=True)]
    if "&" in text:
        clean = unescaped([v or "" for v in found])
        return None if clean is None else pa.array(clean, pa.string())
    return pa.array(found, pa.string())
