"""Raw cells → text and kind, exactly as Excel shows them: one by one, or many plain ones at once by their looks."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .sheet import BOOL, DATE, ERROR, FORMULA, KINDS, NUMBER, TEXT
from .shown import DAY, SPAN, day_text, iso_text, number_text, parsed, shown_as
from .source import Block, Damaged, Raw, Workbook

_T, _N, _D, _B, _E, _F = (KINDS.index(k) for k in (TEXT, NUMBER, DATE, BOOL, ERROR, FORMULA))
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHORT = r"^(?:0|-?[1-9][0-9]{0,9}|-?(?:0|[1-9][0-9]{0,9})\.[0-9]{0,4}[1-9])$"
"""Numbers that are short enough to stand for themselves: Excel shows all of their digits."""
_TEXTS = ("str", "inlineStr")
Columns = dict[int, tuple[pa.Array, np.ndarray]]
"""For a column's number its texts (null where a row has none) and kinds (-1 there)."""


class Cells:
    """Turns the cells of one workbook into text; counts the saved results of formulas."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._odd = ("_x", "\r") if book.escapes else ("\r",)
        self._strings = [self._plain(text) for text in book.strings]
        self._arrow_strings = pa.array(self._strings, pa.string())
        self._shown: dict[int, str] = {}
        self.formulas = 0

    def row(self, row: list[Raw]) -> tuple[list[str | None], list[int]]:
        """Return the texts and kinds of one row, up to its last cell."""
        width = max(cell.column for cell in row) + 1
        texts: list[str | None] = [None] * width
        kinds = [-1] * width
        for cell in row:
            texts[cell.column], kinds[cell.column] = self._cell(cell)
        return texts, kinds

    def block(self, block: Block) -> Columns:
        """Return the columns of many plain rows; they are as long as `block.numbers`."""
        self.formulas += int(block.formula.sum())
        columns = {}
        for number in np.unique(block.column):
            at = np.flatnonzero(block.column == number)
            texts, kinds = self._texts(block, at)
            places = np.full(len(block.numbers), -1, "int64")
            places[block.row[at]] = np.arange(len(at))
            blank = places < 0
            taken = texts.take(pa.array(places, mask=blank))
            columns[int(number)] = (taken, np.where(blank, np.int8(-1), kinds[places]))
        return columns

    def _texts(self, block: Block, at: np.ndarray) -> tuple[pa.Array, np.ndarray]:
        """Return the texts and kinds of one column's cells."""
        looks, values = block.look[at], block.values.take(pa.array(at))
        kinds = np.empty(len(at), "int8")
        parts, order = [], []
        for look in np.unique(looks):
            own = np.flatnonzero(looks == look)
            type_, style = block.looks[look]
            texts, found = self._alike(type_, style, values.take(pa.array(own)))
            kinds[own] = found
            parts.append(texts)
            order.append(own)
        if len(parts) == 1:
            return parts[0], kinds
        back = np.argsort(np.concatenate(order), kind="stable")
        return pa.concat_arrays(parts).take(pa.array(back)), kinds

    def _alike(self, type_: str, style: int, values: pa.Array) -> tuple[pa.Array, np.ndarray | int]:
        """Return the texts of cells of one type and style, and their kinds."""
        if type_ in _TEXTS:
            return (self._plain_each(values) if _hold(values, self._odd) else values), _T
        if type_ == "s":
            return self._shared(values), _T
        if type_ == "n" and not self._shown_as(style):
            return self._numbers(values, style), _N
        return self._by_value(type_, style, values)

    def _numbers(self, values: pa.Array, style: int) -> pa.Array:
        short = pc.match_substring_regex(values, _SHORT)
        if pc.all(short).as_py():
            return values
        long = pc.invert(short)
        return pc.replace_with_mask(values, long, self._by_value("n", style, values.filter(long))[0])

    def _shared(self, values: pa.Array) -> pa.Array:
        try:
            return self._arrow_strings.take(values.cast(pa.uint32()))
        except (pa.ArrowInvalid, pa.ArrowIndexError) as e:
            raise Damaged(str(e)) from e

    def _by_value(self, type_: str, style: int, values: pa.Array) -> tuple[pa.Array, np.ndarray]:
        encoded = values.dictionary_encode()
        found = [self._typed(type_, value, style) for value in encoded.dictionary.to_pylist()]
        kinds = np.array([kind for _, kind in found], "int8")
        texts = pa.array([text for text, _ in found], pa.string())
        return texts.take(encoded.indices), kinds[encoded.indices.to_numpy(zero_copy_only=False)]

    def _cell(self, cell: Raw) -> tuple[str | None, int]:
        """A saved 0 is no result where the workbook asks Excel to calculate everything when it opens.

        That is what programs write that cannot calculate.
        """
        value = cell.value
        if cell.formula is not None:
            uncertain = self._book.recalculates and value == "0"
            if value is None or uncertain or (not value and cell.type != "str"):
                return f"={cell.formula}", _F
            self.formulas += 1
        if not value:
            return None, -1
        return self._typed(cell.type, value, cell.style)

    def _typed(self, type_: str, value: str, style: int) -> tuple[str, int]:
        if type_ == "s":
            return self._string(value), _T
        if type_ == "n":
            return self._number(value.strip(), style)
        if type_ == "b":
            return ("TRUE" if value.strip() in ("1", "true") else "FALSE"), _B
        if type_ == "d":
            return iso_text(value.strip()), _D
        return (value, _E) if type_ == "e" else (self._plain(value), _T)

    def _plain(self, text: str) -> str:
        """Return a text without Excel's escapes for control characters (`_x000D_`), and with plain line breaks."""
        if "_x" in text and self._book.escapes:
            text = _unescaped(text)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _plain_each(self, values: pa.Array) -> pa.Array:
        return pa.array([self._plain(text) for text in values.to_pylist()], pa.string())

    def _string(self, value: str) -> str:
        place = int(value)
        if not 0 <= place < len(self._strings):
            raise Damaged(f"no string {place}")
        return self._strings[place]

    def _number(self, value: str, style: int) -> tuple[str, int]:
        number, shown = parsed(value), self._shown_as(style)
        if shown in (DAY, SPAN):
            day = day_text(number, self._book.epoch_1904, shown == SPAN)
            return (number_text(number), _N) if day is None else (day, _D)
        return number_text(number, shown), _N

    def _shown_as(self, style: int) -> str:
        """A style that the file does not define shows numbers as they are."""
        if style not in self._shown:
            formats = self._book.formats
            self._shown[style] = shown_as(formats[style]) if 0 <= style < len(formats) else ""
        return self._shown[style]


def _hold(values: pa.Array, odd: Sequence[str]) -> bool:
    return any(pc.any(pc.match_substring(values, text)).as_py() for text in odd)


def _unescaped(text: str) -> str:
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
