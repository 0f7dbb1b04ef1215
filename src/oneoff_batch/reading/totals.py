"""Rows of totals below a table: left out, and held against the sums of their columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..problems import Problem
from .headers import FLAT, Match, in_order, normalised
from .sheet import NUMBER, Sheet, position

_TOTAL = re.compile(
    r"(grand |sub ?)?(total|totals|totaal|totale|sum|summe|gesamt|gesamtsumme|gesamtbetrag|zwischensumme|somme|suma"
    r"|eindtotaal|subtotaal|total general)( (eur|usd|gbp|chf|amount|net|gross|netto|brutto))?"
)
_AMOUNT = re.compile(r"[-+(−]?\s*[€$£¥]?\s*[-−]?[0-9][0-9.,'\s\u00a0\u202f]*\)?\s*(?:%|€|\$|£|[A-Z]{3})?-?")

_SUMMING = re.compile(
    r"(?:[0-9]+ )*(?:plus |incl |including |zzgl |inkl |excl )?(?:[0-9]+ )*(?:(?:grand |sub ?|invoice )?"
    r"(?:total|totals|totaal|totale|sum|summe|gesamt|gesamtsumme|gesamtbetrag|zwischensumme|somme|suma|eindtotaal|subtotaal"
    r"|sous total|total general|net|netto|neto|nettobetrag|net (?:total|amount)|gross|brutto|bruto|bruttobetrag"
    r"|gross (?:total|amount)|total (?:ht|ttc|net|gross|due)|vat|tax|taxes|sales tax|gst|hst|mw ?st|u ?st|mehrwertsteuer"
    r"|umsatzsteuer|btw|tva|iva|balance|balance due|amount due|rechnungsbetrag|endbetrag|zahlbetrag|saldo|solde|te betalen"
    r"|net a payer|reste a payer|total a pagar|carried forward|ubertrag))"
    r"(?: (?:eur|usd|gbp|chf|amount|net|gross|netto|brutto|total))?(?: [0-9]+)*(?: (?:eur|usd|gbp|chf))?"
)
_STEMS = (
    r"(?i)tot|sum|som|gesamt|ergebnis|net|gross|brut|vat|tax|mwst|ust|steuer|btw|tva|iva|[gh]st|balance|due|betrag|sald|sold"
    r"|betalen|payer|pagar|forward|bertrag"
)
_SUBTOTAL = re.compile(r".* (?:Total|Ergebnis|Gesamtergebnis|Totaal|Somme|Total général)")
"""What Excel's own subtotals write behind the text that they group by."""
_LONGEST = 64
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
    if any(len(text) > _LONGEST for text in row.values()):
        return False
    return bool(numbers) and bool(_TOTAL.fullmatch(normalised(row[label]))) and all(_AMOUNT.fullmatch(v) for v in numbers)


def stray_totals(sheet: Sheet, match: Match) -> list[Problem]:
    """Return E117 for each row that looks like a total, a subtotal or a tax among the lines.

    The first filled cell of such a row is a word of sums, alone or with a rate or an amount behind it, and the row has
    no invoice ref; or the word stands in place of the ref, as Excel's own subtotals do, beside nothing but numbers.
    """
    found = match.sources.get("invoice_ref")
    if found is None or match.shape.name not in (FLAT, "invoices", "lines"):
        return []
    ref = sheet.cells[found[0]]
    rows = sheet.cells[ref.isna() | _is_summing(ref)]
    first = pd.Series(None, index=rows.index, dtype=ref.dtype)
    for letter in in_order([str(x) for x in rows.columns]):
        first = first.fillna(rows[letter])
    problems = []
    for row, text in first[_is_summing(first)].items():
        cells = {str(x): v for x, v in rows.loc[[row]].iloc[0].items() if isinstance(v, str)}
        place = min(cells, key=position)
        if place != found[0] or all(_AMOUNT.fullmatch(v) for x, v in cells.items() if x != place):
            header = sheet.headers.get(place, "")
            problems.append(Problem("E117", sheet.file, sheet.name, int(str(row)), place, header, value=text))
    return problems


def _is_summing(text: pd.Series) -> pd.Series:
    """Whether a text is a word of sums; Arrow finds the few that are worth a closer look."""
    array = pa.array(text, pa.large_string())
    near = pc.and_kleene(pc.match_substring_regex(array, _STEMS), pc.less_equal(pc.utf8_length(array), _LONGEST))
    likely = pd.Series(pc.fill_null(near, False).to_numpy(zero_copy_only=False), index=text.index)
    sums = {t for t in text[likely].unique() if _SUMMING.fullmatch(normalised(t)) or _SUBTOTAL.fullmatch(t)}
    return likely & text.isin(list(sums))


def totals_problems(sheet: Sheet, rows: Sequence[tuple[int, str]], match: Match, decimal: str) -> list[Problem]:
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
