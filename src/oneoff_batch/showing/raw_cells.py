"""Cells as they were read, back into a worksheet: numbers as numbers, dates as dates, text as text, red or yellow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.format import Format

from ..reading.sheet import BOOL, DATE, ERROR, FORMULA, NUMBER, TEXT
from . import cells
from .styles import DAY_FORMAT, HEAD_FILL, MUTED, ROW_HEIGHT, TEXT_FORMAT, Styles

PLAIN, YELLOW, RED, HEADER = 0, 1, 2, 3
"""How a cell is marked."""
_COLOURS: tuple[dict[str, object], ...] = (
    {},
    {"bg_color": "#FFEB9C", "font_color": "#7F6000"},
    {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    {"bg_color": HEAD_FILL, "bold": True, "text_wrap": True, "bottom": 1, "bottom_color": MUTED},
)
_GENERAL, _MOMENT_FORMAT, _TIME_FORMAT, _SPAN_FORMAT = "General", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", "[h]:mm:ss"
_SPAN = re.compile(r"(?:(?P<days>[0-9]+) days?, )?(?P<hours>[0-9]{1,2}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})")
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
NO_VALUE = "#N/A"
"""What stands where no value can: Excel's own word for it."""
_NUMBER = r"^-?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)?$"
_ODD_NUMBER = re.compile(r"(?P<sign>-?)(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?P<mark>%|\s?[^\s0-9%\"\[\]]{1,5})?")
_BLOCK = 20_000
_MOST_LINES = 15
_FIRST_SAFE_DAY, _EPOCH = datetime(1900, 3, 1), datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)

Look = tuple[str, bool]
"""A number format, and whether the text must be kept from being read as a formula."""


@dataclass(frozen=True)
class RawColumn:
    """One column of cells: texts (null where empty), what each cell is (a letter of `reading.sheet`), how it is marked.

    `kinds` is None where every cell is text. `typing` is the number format of its text and of its marked blank cells,
    which decides what becomes of a correction that is typed there. Numbers in `damaged` have lost digits already and
    stay numbers, so that nobody takes them for whole. `epoch_1904` says that the workbook counts its days from 1904.
    """

    letters: str
    texts: pa.Array
    kinds: np.ndarray | None
    marks: np.ndarray
    typing: str = _GENERAL
    width: float = 10.0
    wrapped: bool = False
    damaged: frozenset[str] = frozenset()
    figures: str = _GENERAL
    epoch_1904: bool = False


def texts_of(values: pd.Series) -> pa.Array:
    """Return a column of text as one Arrow array."""
    array = pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array.cast(pa.string())


def blocks_of(columns: Sequence[RawColumn], rows: np.ndarray, styles: Styles) -> Callable[[], Iterator[pa.Buffer]]:
    """Return what writes these columns; `rows` holds the number of each row (from 1, ascending).

    Every format is made when this returns; the cells are made block by block, so that memory stays flat.
    """
    prepared = [_Prepared(column, styles) for column in columns]
    heights = _heights(columns, len(rows))

    def blocks() -> Iterator[pa.Buffer]:
        for lo in range(0, len(rows), _BLOCK):
            size = min(_BLOCK, len(rows) - lo)
            numbers = pa.array(rows[lo : lo + size]).cast(pa.string())
            made = [column.cells(lo, size, numbers) for column in prepared]
            lines = pc.binary_join_element_wise('<row r="', numbers, '"', heights.slice(lo, size), ">", *made, "</row>", "")
            yield pc.binary_join(pa.ListArray.from_arrays([0, size], lines), "")[0].as_buffer()

    return blocks


def number_is_exact(digits: str) -> bool:
    """Tell whether Excel keeps every digit of a number that is written out in full."""
    return len(digits.lstrip("-").replace(".", "").strip("0")) <= cells.DIGITS_LIMIT


def serial(text: str, epoch_1904: bool = False) -> tuple[float, str] | None:
    """Return a date, moment, time of day or span of time as Excel counts it, with its format.

    None where Excel's calendar is wrong, or has no such day.
    """
    epoch, first = (_EPOCH_1904, _EPOCH_1904) if epoch_1904 else (_EPOCH, _FIRST_SAFE_DAY)
    span = _SPAN.fullmatch(text)
    if span is not None:
        parts = {unit: int(count or 0) for unit, count in span.groupdict().items()}
        is_time = len(span["hours"]) == 2 and not parts["days"]
        return timedelta(**parts) / timedelta(days=1), _TIME_FORMAT if is_time else _SPAN_FORMAT
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    if moment < first:
        return None
    return (moment - epoch) / timedelta(days=1), DAY_FORMAT if moment.time() == time() else _MOMENT_FORMAT


class _Prepared:
    """A column whose formats are made and whose special cells (all but plain numbers and text) are worked out once."""

    def __init__(self, column: RawColumn, styles: Styles) -> None:
        self._column, self._styles = column, styles
        self._looks: dict[Look, int] = {}
        self._indices: list[str] = []
        count = len(column.texts)
        kinds = np.full(count, TEXT) if column.kinds is None else column.kinds
        filled = column.texts.is_valid().to_numpy(zero_copy_only=False)
        self._plain = filled & (kinds == NUMBER) & self._exact()
        self._text = filled & (kinds == TEXT)
        special = filled & ~self._plain & ~self._text
        keys = pc.binary_join_element_wise(pa.array(np.where(special, kinds, "").astype(str)), column.texts, "")
        encoded = pc.if_else(pa.array(special), keys, None).dictionary_encode()
        made = [self._special(key[0], key[1:]) for key in encoded.dictionary.to_pylist()]
        self._tails = pa.array([tail for _, tail in made], pa.string())
        self._places = encoded.indices
        self._text_look = self._look((column.typing, False))
        self._guarded = self._look((column.typing, True))
        self._figures = self._look((column.figures, False))
        looks = np.full(count, self._text_look, dtype="int32")
        looks[self._plain] = self._figures
        if special.any():
            own = np.array([look for look, _ in made], dtype="int32")
            looks[special] = own[self._places.to_numpy(zero_copy_only=False)[special].astype("int64")]
        self._look_of_row = looks

    def _exact(self) -> np.ndarray:
        texts = self._column.texts
        plain = pc.match_substring_regex(texts, _NUMBER)
        short = pc.less_equal(cells.significant(texts), cells.DIGITS_LIMIT)
        return np.asarray(pc.fill_null(pc.and_(plain, short), False).to_numpy(zero_copy_only=False))

    def _look(self, look: Look) -> int:
        """Return the place of a look among the column's; each has a format per mark."""
        if look not in self._looks:
            self._looks[look] = len(self._looks)
            self._indices += [str(self._format(look, mark)._get_xf_index()) for mark in range(len(_COLOURS))]
        return self._looks[look]

    def _format(self, look: Look, mark: int) -> Format:
        code, guarded = look
        wrap = {"text_wrap": True} if self._column.wrapped else {}
        more = {**wrap, **_COLOURS[mark], **({"quote_prefix": True} if guarded else {})}
        return self._styles.make(f"raw {code} {guarded} {mark} {self._column.wrapped}", num_format=code, **more)

    def _special(self, kind: str, text: str) -> tuple[int, str]:
        """Return the look and the end of the XML of a cell that is neither text nor a plain number."""
        if kind == NUMBER:
            found = self._odd_number(text)
        elif kind == DATE:
            counted = serial(text, self._column.epoch_1904)
            found = None if counted is None else (counted[1], repr(counted[0]))
        elif kind == BOOL:
            return self._look((_GENERAL, False)), f'" t="b"><v>{int(text == "TRUE")}</v></c>'
        elif kind in (ERROR, FORMULA):
            # A formula without a saved result has no value: an error says so, and is refused again if it stays.
            return self._look((_GENERAL, False)), f'" t="e"><v>{text if text in _ERRORS else NO_VALUE}</v></c>'
        else:
            found = None
        if found is None:
            shown = escape(cells.clean(text))
            return self._look(
                (self._column.typing, False)
            ), f'" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'
        return self._look((found[0], False)), f'"><v>{found[1]}</v></c>'

    def _odd_number(self, text: str) -> tuple[str, str] | None:
        """Return format and value of a number that Excel shows with zeros in front, a percent sign or a currency."""
        if text in self._column.damaged:
            return "0", text
        parts = _ODD_NUMBER.fullmatch(text)
        if parts is None or not number_is_exact(parts["digits"]):
            return None
        digits, mark = parts["sign"] + parts["digits"], (parts["mark"] or "").strip()
        if mark == "%":
            places = len(digits.partition(".")[2])
            return "0" + ("." + "0" * places if places else "") + "%", f"{_hundredth(digits)}"
        if mark:
            return f"#,##0.00########\\ [${mark}]", digits
        whole = parts["digits"]
        return ("0" * len(whole) if whole.isdigit() and whole.startswith("0") and whole != "0" else _GENERAL), digits

    def cells(self, lo: int, size: int, numbers: pa.Array) -> pa.Array:
        """Return the cells of a block as XML; an empty cell without a mark is left out."""
        texts, marks = self._column.texts.slice(lo, size), self._column.marks[lo : lo + size]
        plain, text = pa.array(self._plain[lo : lo + size]), self._text[lo : lo + size]
        looks = self._look_of_row[lo : lo + size]
        if text.any():
            risky = pc.fill_null(pc.match_substring_regex(texts, cells.FORMULA_START), False)
            looks = np.where(text & risky.to_numpy(zero_copy_only=False), self._guarded, looks)
        tails = pc.if_else(plain, pc.binary_join_element_wise('"><v>', texts, "</v></c>", ""), None)
        tails = pc.coalesce(tails, pc.take(self._tails, self._places.slice(lo, size)))
        if text.any():
            tails = pc.coalesce(tails, cells.text_tails(pc.if_else(pa.array(text), texts, None)))
        blank = pc.if_else(pa.array(marks > PLAIN), '"/>', None)
        styled = pc.take(pa.array(self._indices), pa.array(looks.astype("int64") * len(_COLOURS) + marks))
        made = pc.binary_join_element_wise(
            f'<c r="{self._column.letters}', numbers, '" s="', styled, pc.coalesce(tails, blank), ""
        )
        return pc.coalesce(made, pa.scalar("", pa.string()))


def _hundredth(digits: str) -> str:
    """Divide a number that is written out in full by a hundred, exactly."""
    sign = "-" if digits.startswith("-") else ""
    whole, _, part = digits.lstrip("-").partition(".")
    padded = whole.rjust(3, "0")
    return f"{sign}{padded[:-2]}.{padded[-2:]}{part}"


def _heights(columns: Sequence[RawColumn], count: int) -> pa.Array:
    """Return what makes rows with wrapped text high enough; other programs than Excel do not find it out by themselves."""
    lines = np.ones(count)
    for column in columns:
        if column.wrapped:
            length = pc.fill_null(pc.utf8_length(column.texts), 0).to_numpy(zero_copy_only=False)
            breaks = pc.fill_null(pc.count_substring(column.texts, "\n"), 0).to_numpy(zero_copy_only=False)
            lines = np.maximum(lines, np.ceil(length * 1.15 / column.width) + breaks)
    lines = np.minimum(lines, _MOST_LINES)
    height = pa.array((lines * ROW_HEIGHT).astype("int64")).cast(pa.string())
    return pc.if_else(pa.array(lines > 1), pc.binary_join_element_wise(' ht="', height, '" customHeight="1"', ""), "")


def width_of(texts: pa.Array, widest: float = 42.0) -> float:
    """Return a width in characters in which the usual cell can be read."""
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    return float(min(max(longest + 2, 9), widest))


TYPING = {"id": TEXT_FORMAT, "text": TEXT_FORMAT, "custom": TEXT_FORMAT, "date": DAY_FORMAT}
"""The number format in which a correction is typed, by the kind of the column; General for every other."""
