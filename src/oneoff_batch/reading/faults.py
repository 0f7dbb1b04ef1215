"""What can be wrong with the columns of a sheet, before any cell is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from ..columns import NAMES_A_DISCOUNT
from ..problems import Problem
from .headers import Match, in_order, near_miss, normalised
from .sheet import Sheet, position

_MOST = 1_000
_NOTHING = r"[-+−–—€$£¥\s]*0[0.,'\s]*(?:%|€|\$|£|[A-Za-z]{3})?|[-−–—]+"
"""What a cell says that says nothing: zero, with or without a sign behind it, or a dash."""


def column_faults(raw: Sheet, sheet: Sheet, match: Match) -> list[Problem]:
    """Return E108 to E111, E323 and W101 for a sheet; `raw` is the same sheet with its header still in the cells."""
    return [
        *_missing(sheet, match),
        *_doubles(sheet, match),
        *_headless(raw, sheet, match),
        *_too_long(raw, sheet, match),
        *_discounts(sheet, match),
        *_unknown(sheet, match),
    ]


def _missing(sheet: Sheet, match: Match) -> Iterator[Problem]:
    if not match.missing:
        return
    titles = {f: match.shape.fields[f] for f in match.missing}
    near = {near_miss(sheet.headers[x], match): sheet.headers[x] for x in match.unknown}
    suggestion = next((near[t] for t in titles.values() if t in near), "")
    seen = ", ".join(sheet.headers[x] for x in in_order(list(sheet.headers))) or "no headers"
    details = {"missing": ", ".join(titles.values()), "seen": seen}
    yield Problem(
        "E108",
        sheet.file,
        sheet.name,
        sheet.header_row or None,
        field=match.missing[0],
        suggestion=suggestion,
        details=details,
    )


def _doubles(sheet: Sheet, match: Match) -> Iterator[Problem]:
    for places in match.doubles:
        header = " / ".join(dict.fromkeys(sheet.headers[x] for x in places))
        details = {"columns": " and ".join(places)}
        yield _at(sheet, "E109", places[1], header, details)


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
        if not names_a_discount(header) and sheet.cells[letter].notna().any():
            yield _at(sheet, "W101", letter, header, {}, near_miss(header, match))


def _discounts(sheet: Sheet, match: Match) -> Iterator[Problem]:
    for letter in in_order([*match.unknown, *match.ignored]):
        header = sheet.headers[letter]
        if names_a_discount(header):
            cells = sheet.cells[letter].dropna()
            filled = cells[~cells.str.fullmatch(_NOTHING)]
            if len(filled):
                row = int(filled.index[0])
                yield Problem("E323", sheet.file, sheet.name, row, letter, header, value=header)


def names_a_discount(header: str) -> bool:
    """Whether a header has a word of `NAMES_A_DISCOUNT`, also as a part of a longer one (Kundenrabatt)."""
    words = normalised(header)
    return any(re.search(rf"\b{w}", words) or (w != "remise" and w in words) for w in NAMES_A_DISCOUNT)


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


_TOTAL = re.compile(
    r"(grand |sub ?)?(total|totals|totaal|totale|sum|summe|gesamt|gesamtsumme|gesamtbetrag|zwischensumme|somme|suma"
    r"|eindtotaal|subtotaal|total general)( (eur|usd|gbp|chf|amount|net|gross|netto|brutto))?"
)
_AMOUNT = re.compile(r"[-+(−]?\s*[€$£¥]?\s*[-−]?[0-9][0-9.,'\s\u00a0\u202f]*\)?\s*(?:%|€|\$|£|[A-Z]{3})?-?")


def totals_rows(cells: pd.DataFrame, fields: Sequence[str], flat: bool, ref: str) -> list[tuple[int, str]]:
    """Return the last rows, at most three, that hold a label such as Total and numbers only: place and label.

    `fields` are the letters of the columns that were understood. In a flat sheet the label must stand in the first
    of them, because a line named Total without an invoice ref may belong to the invoice above. A row with something
    in the column `ref` other than the label is a line, whatever it is called.
    """
    found: list[tuple[int, str]] = []
    leading = in_order(fields)[:1]
    for at in range(len(cells) - 1, max(-1, len(cells) - 4), -1):
        row = {str(x): v for x, v in cells.iloc[at].items() if isinstance(v, str)}
        letter = min(row, key=position) if row else ""
        if not letter or not _is_total(row, letter) or (flat and letter not in leading) or ref in row.keys() - {letter}:
            break
        found.append((at, row[letter]))
    return found


def _is_total(row: dict[str, str], label: str) -> bool:
    numbers = [v for x, v in row.items() if x != label]
    return bool(numbers) and bool(_TOTAL.fullmatch(normalised(row[label]))) and all(_AMOUNT.fullmatch(v) for v in numbers)
