"""A column of text or of ids, as a person meant it: without what nobody can see, and with what Excel changed named."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

from ..columns import kind_of
from ..problems import Problem
from ..reading.sheet import BOOL, NUMBER
from ..reading.sheet import DATE as DATE_CELL
from .characters import ODD_BLANKS, TURNING, ZERO_WIDTH, alphabet, named
from .column import Column, Parsed, matches

_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f" + "\ufffe\uffff" + TURNING + "]"
_LINE_BREAK = "\r\n?|[\x85\u2028\u2029]"
_SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+$"
_LONG = r"^-?[0-9]{16,}$"
_UNSEEN = re.compile(f"[{ZERO_WIDTH}]")
_BLANK = re.compile(f"[{ODD_BLANKS}]")
_PRINTED_ONLY = frozenset({"po_number"})
_EITHER = f"[{ZERO_WIDTH}{ODD_BLANKS}]"


def parse_text(column: Column) -> Parsed:
    """Return the text; E222 where it holds a control character, E213 and W210 where Excel has changed it."""
    if matches(column.text, _LINE_BREAK).any():
        column = replace(column, text=column.text.str.replace(_LINE_BREAK, "\n", regex=True))
    problems: list[Problem] = []
    if kind_of(column.schema) == "text":
        lost = _long(column)
        problems = column.flag(lost, "E213") + _changed(column, column.where(DATE_CELL, BOOL))
        column = column.without(lost)
    control = matches(column.text, _CONTROL)
    if control.any():
        names = column.text[control].map(lambda t: f"code {min(ord(c) for c in t if re.match(_CONTROL, c))}")
        problems += column.flag(control, "E222", found=names)
    return column.text.mask(control), problems


def _long(column: Column) -> pd.Series:
    numeric = column.where(NUMBER)
    return numeric & matches(column.text, _LONG) if numeric.any() else numeric


def _changed(column: Column, mask: pd.Series) -> list[Problem]:
    what = column.text[mask].map(lambda t: "answer" if t in ("TRUE", "FALSE") else "date" if t[4:5] == "-" else "time")
    return column.flag(mask, "W210", what=what)


def parse_id(column: Column) -> Parsed:
    """Return ids as text, without invisible characters.

    Problems: E213 digits lost, E218 a date, E222 control characters, W207 invisible characters, W208 letters of two
    alphabets, W210 a yes or no of Excel's.
    """
    column = column.undressed()
    as_date = column.where(DATE_CELL)
    lost = matches(column.text, _SCIENTIFIC)
    lost |= _long(column)
    problems = column.flag(as_date, "E218") + column.flag(lost, "E213") + _changed(column, column.where(BOOL))
    column = column.without(as_date | lost)
    if not _plain(column.text):
        problems += _strange_letters(column)
        column = replace(column, text=tidy_ids(column.text))
    values, more = parse_text(column)
    return values, problems + more + _unkept_zeros(column)


def _unkept_zeros(column: Column) -> list[Problem]:
    """N201, once, where ids that nothing can be compared with are numbers."""
    if column.field not in _PRINTED_ONLY:
        return []
    bare = column.where(NUMBER) & matches(column.text, r"^[1-9][0-9]*$")
    rows = column.text.index[bare].tolist()
    return [column.typed.problem("N201", rows[0], column.field)] if rows else []


def tidy_ids(ids: pd.Series) -> pd.Series:
    """Return ids without what has no width, and with plain blanks for every other kind of blank."""
    if _plain(ids):
        return ids
    distinct = {t: _BLANK.sub(" ", _UNSEEN.sub("", t)).strip() or None for t in ids.dropna().unique() if not _simple(t)}
    odd = ids.isin(list(distinct))
    return ids.mask(odd, ids[odd].map(distinct).astype(ids.dtype))


def _simple(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _plain(ids: pd.Series) -> bool:
    """True where every id is printable ASCII, as nearly always."""
    texts = arrow.array(ids)
    return bool(pc.all(pc.string_is_ascii(texts)).as_py() in (True, None)) and not bool(
        pc.any(pc.match_substring_regex(texts, r"[\t\r\n]")).as_py()
    )


def _strange_letters(column: Column) -> list[Problem]:
    """W207 names the first invisible character of an id, W208 the letters of another alphabet among Latin ones."""
    text = column.text
    unseen = matches(text, _EITHER)
    first = text[unseen].map(lambda t: named(next(c for c in t if re.match(_EITHER, c))))
    mixed = {t: alphabet(t) for t in column.unique(text.notna()) if not t.isascii()}
    strange = text.isin([t for t, found in mixed.items() if found])
    shown = tidy_ids(text[unseen])
    return column.flag(unseen, "W207", found=first, value=shown) + column.flag(
        strange, "W208", found=text[strange].map(mixed)
    )
