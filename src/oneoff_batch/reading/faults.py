"""What can be wrong with the columns of a sheet, before any cell is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from ..columns import NAMES_A_DISCOUNT
from ..problems import Problem
from .headers import FLAT, Match, in_order, near_miss, normalised
from .profile import PAYMENTS
from .sheet import Sheet
from .wording import is_a_total, names_a_rate, names_a_tax

_MOST = 1_000
_UPLOADED = (FLAT, "invoices", "lines")
_WORD = 6
"""A word shorter than this counts alone only."""
NOTHING = r"(?:[A-Z]{3})?[-+−–—€$£¥\s]*0[0.,'\s]*(?:%|€|\$|£|[A-Za-z]{3})?|[-−–—]+|(?i:false|no)"
"""What a cell says that says nothing: zero, with or without a sign or a currency, or a dash."""


def column_faults(raw: Sheet, sheet: Sheet, match: Match) -> list[Problem]:
    """Return E108 to E111, E124, E323, W101, W122, W123, W215, N103, N121 and N122.

    `raw` is the same sheet with its header still in the cells.
    """
    if match.shape.name == PAYMENTS:
        return [*_missing(sheet, match), *_doubles(sheet, match), *_too_long(raw, sheet, match)]
    return [
        *_above(raw, sheet, match),
        *_missing(sheet, match),
        *_doubles(sheet, match),
        *_headless(raw, sheet, match),
        *_too_long(raw, sheet, match),
        *_discounts(sheet, match),
        *_refused(sheet, match),
        *_unknown(sheet, match),
        *_described(sheet, match),
    ]


def _above(raw: Sheet, sheet: Sheet, match: Match) -> Iterator[Problem]:
    """N103 where something stands above the header, W215 for a row there that is as full as the header."""
    if match.at > 0 and match.complete:
        for row, cells in raw.cells.iloc[: match.at].iterrows():
            filled = cells.dropna()
            if len(filled) >= len(match.headers) > 1:
                beginning = ", ".join(str(c)[:30] for c in filled[:4])
                yield Problem("W215", sheet.file, sheet.name, int(str(row)), value=beginning)
        details = {"number": str(sheet.header_row)}
        yield Problem("N103", sheet.file, sheet.name, sheet.header_row, details=details)


def _missing(sheet: Sheet, match: Match) -> Iterator[Problem]:
    if not match.missing:
        return
    titles = {f: match.shape.fields.get(f, f) for f in match.missing}
    near = {near_miss(sheet.headers[x], match): sheet.headers[x] for x in match.unknown}
    suggestion = next((near[t] for t in titles.values() if t in near), "")
    seen = ", ".join(sheet.headers[x] for x in in_order(list(sheet.headers))) or "no headers"
    asked = ", ".join(title for f, title in titles.items() if f in match.shape.fields and f not in match.shape.required)
    way_out = f" The profile asks for {asked}; what it lists under optional may be missing." if asked else ""
    details = {"missing": ", ".join(titles.values()), "seen": seen, "way_out": way_out}
    yield Problem(
        "E108",
        sheet.file,
        sheet.name,
        sheet.header_row or None,
        field=next((f for f in match.missing if f in match.shape.fields), ""),
        suggestion=suggestion,
        details=details,
    )


def _doubles(sheet: Sheet, match: Match) -> Iterator[Problem]:
    for places in match.doubles:
        field = next((f for f, found in match.sources.items() if set(found) & set(places)), "")
        what = match.shape.fields.get(field) or sheet.headers[places[0]]
        details = {"columns": " and ".join(f'{x} ("{sheet.headers[x]}")' for x in places), "what": what}
        yield _at(sheet, "E109", places[1], sheet.headers[places[1]], details)


def _headless(raw: Sheet, sheet: Sheet, match: Match) -> Iterator[Problem]:
    """A CSV's fields beyond the header are the row's fault (E111), not a column's."""
    width = len(sheet.cells.columns) if raw.widths is None or match.at < 0 else int(raw.widths.iloc[match.at])
    for letter in list(sheet.cells.columns)[:width]:
        if letter not in sheet.headers and sheet.cells[letter].notna().any():
            yield _at(sheet, "E110", letter, "", {"column": letter})


def _too_long(raw: Sheet, sheet: Sheet, match: Match) -> Iterator[Problem]:
    """A row with more fields than the header, even blank ones: an unquoted separator has moved its cells.

    Only where every row has the same number of blank fields more is it a habit of the program that wrote the file.
    """
    if sheet.widths is None or raw.widths is None or match.at < 0:
        return
    width = int(raw.widths.iloc[match.at])
    widths = sheet.widths[sheet.widths > width]
    beyond = sheet.cells.iloc[:, width:].notna().to_numpy().any()
    if not len(widths) or (not beyond and len(widths) == len(sheet.widths) and widths.nunique() == 1):
        return
    for row, found in widths.iloc[:_MOST].items():
        details = {"found": str(found), "expected": str(width)}
        yield Problem("E111", sheet.file, sheet.name, int(str(row)), details=details)


def _unknown(sheet: Sheet, match: Match) -> Iterator[Problem]:
    for letter in match.unknown:
        header = sheet.headers[letter]
        if names_a_discount(header) or not sheet.cells[letter].notna().any():
            continue
        if match.shape.name in _UPLOADED and names_a_tax(header):
            code = "N122" if names_a_rate(header) and match.shape.name != "invoices" else "W122"
            yield _at(sheet, code, letter, header, {})
        elif match.shape.name in (FLAT, "lines") and "amount" not in match.sources and is_a_total(header):
            yield _at(sheet, "W123", letter, header, {})
        else:
            yield _at(sheet, "W101", letter, header, {}, near_miss(header, match))


def _described(sheet: Sheet, match: Match) -> Iterator[Problem]:
    """N121 where a description is the name of the lines."""
    if match.described:
        yield _at(sheet, "N121", match.described, sheet.headers[match.described], {})


def _discounts(sheet: Sheet, match: Match) -> Iterator[Problem]:
    for letter in in_order([*match.unknown, *match.ignored]):
        header = sheet.headers[letter]
        if not names_a_discount(header):
            continue
        filled = _filled(sheet, letter)
        if len(filled):
            row = int(str(filled.index[0]))
            yield Problem("E323", sheet.file, sheet.name, row, letter, header, value=header)


def _refused(sheet: Sheet, match: Match) -> Iterator[Problem]:
    """E124 where a column that the profile refuses says more than zero."""
    for letter in in_order(match.refused):
        filled = _filled(sheet, letter)
        if len(filled):
            row, value = int(str(filled.index[0])), str(filled.iloc[0])
            yield Problem("E124", sheet.file, sheet.name, row, letter, sheet.headers[letter], value=value)


def _filled(sheet: Sheet, letter: str) -> pd.Series:
    """Return the cells of a column that say more than nothing."""
    if letter not in sheet.cells:
        return pd.Series(dtype=str)
    cells = sheet.cells[letter].dropna()
    return cells[~cells.str.fullmatch(NOTHING)]


def names_a_discount(header: str) -> bool:
    """Whether a header has a word of `NAMES_A_DISCOUNT`, a longer one also as a part of another (Kundenrabatt)."""
    words = normalised(header)
    return any(_says(word, words) for word in NAMES_A_DISCOUNT)


def _says(word: str, words: str) -> bool:
    if len(word) < _WORD:
        return re.search(rf"\b{word}\b", words) is not None
    return re.search(rf"\b{word}", words) is not None or (word != "remise" and word in words)


def _at(sheet: Sheet, code: str, letter: str, header: str, details: dict[str, str], suggestion: str = "") -> Problem:
    return Problem(
        code,
        sheet.file,
        sheet.name,
        sheet.header_row or None,
        letter,
        header,
        value=header,
        suggestion=suggestion,
        details=details,
    )
