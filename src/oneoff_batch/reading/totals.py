"""Rows of totals below a table: left out, and held against the sums of their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..problems import Problem
from .headers import FLAT, Match, in_order, normalised
from .profile import REF
from .sheet import NUMBER, Sheet, position
from .sums import names_a_sum

_TOTAL = re.compile(
    r"(grand |sub ?)?(total|totals|totaal|totale|sum|summe|gesamt|gesamtsumme|gesamtbetrag|zwischensumme|somme|suma"
    r"|eindtotaal|subtotaal|total general)( (eur|usd|gbp|chf|amount|net|gross|netto|brutto))?"
)
_AMOUNT = re.compile(r"[-+(−]?\s*[€$£¥]?\s*[-−]?[0-9][0-9.,'\s\u00a0\u202f]*\)?\s*(?:%|€|\$|£|[A-Z]{3})?-?")

_STEMS = (
    r"(?i)tot|sum|som|gesamt|ergebnis|net|gross|brut|vat|tax|m ?wst|ust|steuer|btw|tva|iva|[gh]st|balance|due|betrag|sald"
    r"|sold|betalen|payer|pagar|forward|bertrag|amount|montant|bedrag|importe"
)
_SUBTOTAL = re.compile(r".* (?:Total|Ergebnis|Gesamtergebnis|Totaal|Somme|Total général)")
"""What Excel's own subtotals write behind the text that they group by."""
_LONGEST = 64
_NAMES = ("product_item", "product", "pricing_name", "description")
"""What names a line, the first of them that is filled."""
_SUMMED = ("quantity", "amount")
_SUM = pa.decimal128(38, 8)
_AGREES, _DIFFERS = "it agrees with the rows above", "it differs from the rows above"
_OPEN = "it could not be compared with the rows above"
_PLAIN = r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?"
_MARKS = r"^\s*(?:[€$£¥]|[A-Z]{3}(?=[\s0-9-]))\s*|\s*(?:[€$£¥]|[A-Z]{3})\s*$|(?<=[0-9])[\s'’\u00a0\u202f](?=[0-9])"
"""What stands around and inside the digits of an amount: a currency, and blanks or apostrophes between thousands."""
_SHOWN = {
    ".": r"-?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})",
    ",": r"-?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,})",
}
"""Texts that show which mark is the decimal one: 1.5 and 1,234.50, but not 1.234."""


def without_totals(sheet: Sheet, match: Match, key: str, decimal: str) -> tuple[Sheet, list[Problem]]:
    """Take the rows of totals off the end, held against the rows above them (W102, W113).

    `key` is the field that tells the rows apart; `decimal` the decimal mark that a profile names, "" for none.
    """
    fields = [found[0] for found in match.sources.values()]
    own = match.sources.get(key)
    rows = _totals_rows(sheet.cells, fields, match.shape.name == FLAT, own[0] if own else "")
    if not rows:
        return sheet, []
    return sheet.only(slice(min(at for at, _ in rows))), _totals_problems(sheet, rows, match, decimal)


def _totals_rows(cells: pd.DataFrame, fields: Sequence[str], flat: bool, ref: str) -> list[tuple[int, str]]:
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
    if any(len(text) > _LONGEST for text in row.values()):
        return False
    return bool(numbers) and bool(_TOTAL.fullmatch(normalised(row[label]))) and all(_AMOUNT.fullmatch(v) for v in numbers)


def stray_totals(sheet: Sheet, match: Match) -> list[Problem]:
    """Return E117 for each row that looks like a total, a subtotal or a tax among the lines.

    Such a row has no invoice ref, and its first filled cell is a word of sums, alone or with a rate or an amount behind
    it; or the word stands in place of the ref, as Excel's own subtotals do, beside nothing but numbers; or the row
    repeats the ref of the invoice, and the word stands where the product or the name of a line is read. Where a profile
    reads the name from several columns, a total or subtotal in any of them counts, whatever describes it in the others.
    """
    if match.shape.name not in (FLAT, "invoices", "lines"):
        return []
    places = {field: found[0] for field, found in match.sources.items()}
    found = {**_first_cells(sheet, places.get(REF)), **_named_lines(sheet, match.sources)}
    return [
        Problem("E117", sheet.file, sheet.name, row, place, sheet.headers.get(place, ""), value=text)
        for row, (place, text) in sorted(found.items())
    ]


def _first_cells(sheet: Sheet, ref: str | None) -> dict[int, tuple[str, str]]:
    """Return the rows without a ref of their own that a word of sums begins: the place and the text of that cell."""
    if ref is None:
        return {}
    refs = sheet.cells[ref]
    rows = sheet.cells[refs.isna() | _is_summing(refs)]
    first = _filled(rows, in_order([str(x) for x in rows.columns]))
    found = {}
    for row, text in first[_is_summing(first)].items():
        cells = {str(x): v for x, v in rows.loc[[row]].iloc[0].items() if isinstance(v, str)}
        place = min(cells, key=position)
        if place != ref or all(_AMOUNT.fullmatch(v) for x, v in cells.items() if x != place):
            found[int(str(row))] = place, text
    return found


def _named_lines(sheet: Sheet, sources: Mapping[str, tuple[str, ...]]) -> dict[int, tuple[str, str]]:
    """Return the rows whose line is named by a word of sums: the place and the text of that cell."""
    by_field = [sources[field] for field in _NAMES if field in sources]
    letters = [letter for own in by_field for letter in own]
    name = _filled(sheet.cells, letters)
    refs = sheet.cells[sources[REF][0]] if REF in sources else None
    found: dict[int, tuple[str, str]] = {}
    for at, own in enumerate(by_field):
        found |= _behind_a_name(sheet, own[1:], [letter for earlier in by_field[:at] for letter in earlier])
    for row, text in name[_is_summing(name, refs)].items():
        place = next(x for x in letters if sheet.cells.at[row, x] == text)
        found[int(str(row))] = place, text
    return found


def _behind_a_name(sheet: Sheet, letters: Sequence[str], product: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return the rows without a product of which a further column for the name says total or subtotal."""
    found: dict[int, tuple[str, str]] = {}
    for letter in letters:
        texts = sheet.cells.loc[sheet.cells[list(product)].isna().all(axis=1), letter]
        # QuickBooks puts the category of a product in front of it: Training:Subtotal.
        names = texts.str.rpartition(":")[2].astype(texts.dtype)
        totals = texts[_is_summing(names)]
        for row, text in totals.items():
            if _TOTAL.fullmatch(normalised(text.rpartition(":")[2])):
                found[int(str(row))] = letter, text
    return found


def _filled(cells: pd.DataFrame, letters: Sequence[str]) -> pd.Series:
    """Return the first filled cell of each row among some columns."""
    first = pd.Series(None, index=cells.index, dtype="str")
    for letter in letters:
        first = first.fillna(cells[letter])
    return first


def _is_summing(text: pd.Series, refs: pd.Series | None = None) -> pd.Series:
    """Whether a text is a word of sums, or what Excel's subtotals write: Total, VAT 21 %, Training Total.

    Beside the `refs` of the rows it may have the ref around it, as in Total T-1, but Training Total is the name of a line.
    Arrow finds the few that are worth a closer look.
    """
    array = pa.array(text, pa.large_string())
    near = pc.and_kleene(pc.match_substring_regex(array, _STEMS), pc.less_equal(pc.utf8_length(array), _LONGEST))
    likely = pd.Series(pc.fill_null(near, False).to_numpy(zero_copy_only=False), index=text.index)
    if refs is not None:
        pairs = zip(text[likely], refs[likely].fillna(""), strict=True)
        text = text.mask(
            likely,
            pd.Series([t.removesuffix(r).removeprefix(r) or t for t, r in pairs], text[likely].index, dtype=text.dtype),
        )
    sums = {t for t in text[likely].unique() if names_a_sum(t) or (refs is None and _SUBTOTAL.fullmatch(t))}
    return likely & text.isin(list(sums))


def _totals_problems(sheet: Sheet, rows: Sequence[tuple[int, str]], match: Match, decimal: str) -> list[Problem]:
    """Return W102 for each row of totals, and W113 where the figures of a column are not its sum.

    Where there are several such rows, a net and a gross total perhaps, it is enough that one of them agrees. Only
    figures that have one reading are compared. `decimal` is the decimal mark that a profile names.
    """
    places = sorted(rows)
    fields = _SUMMED if "amount" in match.shape.fields else ("expected_total",)
    columns = [match.sources[field][0] for field in fields if field in match.sources]
    filled = [x for x in columns if sheet.cells[x].iloc[[at for at, _ in places]].notna().any()]
    compared = [_difference(sheet, places, letter, decimal) for letter in filled]
    differs = [p for p in compared if isinstance(p, Problem)]
    held = _DIFFERS if differs else _AGREES if filled and None not in compared else _OPEN
    problems = [
        Problem(
            "W102", sheet.file, sheet.name, int(sheet.cells.index[at]), value=label, details={"label": label, "held": held}
        )
        for at, label in places
    ]
    return problems + differs


def _difference(sheet: Sheet, rows: Sequence[tuple[int, str]], letter: str, decimal: str) -> Problem | str | None:
    """Return W113 where a total is not the sum of its column, "" where it is, None where that cannot be said."""
    places = [at for at, _ in rows]
    end = min(places)
    figures = _figures(sheet, letter, decimal)
    if figures is None:
        return None
    shown = {at: figure for at in places if (figure := figures[at].as_py()) is not None}
    found = pc.sum(figures[:end]).as_py() or Decimal(0)
    if found in shown.values():
        return ""
    at = next(iter(shown))
    details = {"label": dict(rows)[at], "found": _words(found), "total": _words(shown[at])}
    value, row = str(sheet.cells[letter].iloc[at]), int(sheet.cells.index[at])
    return Problem("W113", sheet.file, sheet.name, row, letter, sheet.headers[letter], value=value, details=details)


def _figures(sheet: Sheet, letter: str, decimal: str) -> pa.Array | None:
    """Return the cells of a column as decimals, or None where one of them is no number with one reading only."""
    text = sheet.cells[letter]
    numbers = pd.Series(False, index=text.index) if sheet.kinds is None else sheet.kinds[letter] == NUMBER
    typed = text[~numbers].str.replace(_MARKS, "", regex=True)
    mark = decimal or _mark_shown(typed)
    if mark is None:
        return None
    plain = typed.str.replace("." if mark == "," else ",", "", regex=False).str.replace(",", ".", regex=False)
    text = text.str.replace(_MARKS, "", regex=True).where(numbers, plain)
    if not bool(text.str.fullmatch(_PLAIN, na=True).all()):
        return None
    array = pa.array(text, pa.string())
    return pc.cast(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array, _SUM)


def _mark_shown(text: pd.Series) -> str | None:
    """Return the decimal mark that the texts of a column show; None where two do, or where 1.234 is all there is."""
    shown = {mark for mark, pattern in _SHOWN.items() if bool(text.str.fullmatch(pattern, na=False).any())}
    if len(shown) == 1:
        return shown.pop()
    open_ = bool(text.str.contains(r"[.,]", regex=True, na=False).any())
    return None if shown or open_ else "."


def _words(figure: Decimal) -> str:
    text = f"{figure.normalize():,f}"
    return text if "." not in text or len(text.partition(".")[2]) > 1 else text + "0"
