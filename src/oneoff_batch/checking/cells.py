"""Text → typed columns, and a problem for every cell that cannot be typed; one function per kind of column."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pandas as pd
from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import Levenshtein

from ..columns import FLAG, TEXT, Table, dtype_of, kind_of
from ..problems import Problem
from ..reading.sheet import ERROR, FORMULA, Found
from ..reading.sheet import TEXT as TEXT_CELL
from .column import Column, Parsed, Parser
from .days import parse_day
from .figures import parse_decimal
from .typed import Typed
from .words import parse_id, parse_text, tidy_ids

YES = frozenset({"yes", "y", "true", "1", "ja", "j", "oui", "si", "sí", "wahr", "vrai", "verdadero", "waar", "x"})
NO = frozenset({"no", "n", "false", "0", "nein", "nee", "non", "falsch", "faux", "falso", "onwaar"})
_EXCEL_ERRORS = frozenset(
    "#N/A #REF! #DIV/0! #VALUE! #NAME? #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! "
    "#GETTING_DATA #NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #VALEUR! #NOM? #NOMBRE! #NUL! #¡REF! #¡DIV/0! #¡VALOR! "
    "#¿NOMBRE? #¡NUM! #¡NULO! #N/B #VERW! #DEEL/0! #WAARDE! #NAAM? #GETAL! #LEEG!".split()
)
"""As Excel writes them into a CSV, in five languages."""


def parse(found: Found, table: Table) -> tuple[Typed, list[Problem]]:
    """Type every column of a found sheet; columns that it has not are null, defaults of the profile fill in.

    A cell that cannot be typed is null and has a problem.
    """
    index = found.sheet.cells.index
    typed = Typed(table, found, pd.DataFrame(index=index))
    typed = typed.with_frame(pd.DataFrame({"invoice_ref": _refs(found, index)}))
    columns: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    for field, schema in table.columns.items():
        text, kinds = _cells(found, field, index)
        values, found_problems = _parse_column(Column(typed, field, schema, text, kinds))
        columns[field] = values
        problems += found_problems
    return typed.with_frame(pd.DataFrame(columns, index=index)), problems


def _refs(found: Found, index: pd.Index) -> pd.Series:
    return tidy_ids(_cells(found, "invoice_ref", index)[0])


def _cells(found: Found, field: str, index: pd.Index) -> tuple[pd.Series, pd.Series | None]:
    heading = found.headings.get(field) or found.custom.get(field)
    default = found.defaults.get(field)
    if heading is None:
        return pd.Series(default, index=index, dtype=TEXT), None
    text = found.sheet.cells[heading.letter].astype(TEXT)
    kinds = None if found.sheet.kinds is None else found.sheet.kinds[heading.letter]
    return (text if default is None else text.fillna(default)), kinds


def _parse_column(column: Column) -> Parsed:
    if not column.text.notna().any():
        return pd.Series(None, index=column.text.index, dtype=dtype_of(column.schema)), []
    wrong = column.where(ERROR) | _errors_as_text(column)
    problems = column.flag(wrong, "E211") + column.flag(column.where(FORMULA), "E212")
    values, more = _PARSERS[kind_of(column.schema)](column.without(wrong | column.where(FORMULA)))
    return values, problems + more


def _errors_as_text(column: Column) -> pd.Series:
    """True where a text cell holds what Excel shows for an error, as in a CSV saved from a sheet with errors."""
    sharp = column.text.str.startswith("#", na=False) & (column.kinds is None or column.where(TEXT_CELL))
    return sharp & column.text.str.upper().isin(_EXCEL_ERRORS) if sharp.any() else sharp


def _parse_flag(column: Column) -> Parsed:
    lowered = column.text.str.casefold()
    yes, no = lowered.isin(YES), lowered.isin(NO)
    values = pd.Series(None, index=lowered.index, dtype=FLAG).mask(yes, True).mask(no, False)
    return values, column.flag(lowered.notna() & ~yes & ~no, "E210")


def _parse_choice(column: Column) -> Parsed:
    options = {utils.default_process(o): o for o in column.schema.metadata["options"]}
    texts = column.unique(column.text.notna())
    canonical = {t: options.get(utils.default_process(t), t) for t in texts}
    return column.text.map(canonical).astype(TEXT), []


def _parse_custom(column: Column) -> Parsed:
    return parse_text(column.undressed())


_PARSERS: dict[str, Parser] = {
    "text": parse_text,
    "terms": parse_text,
    "custom": _parse_custom,
    "currency": parse_text,
    "country": parse_text,
    "id": parse_id,
    "number": parse_decimal,
    "amount": parse_decimal,
    "percent": parse_decimal,
    "fx": parse_decimal,
    "date": parse_day,
    "flag": _parse_flag,
    "choice": _parse_choice,
}

_SHORT, _MOST_SUGGESTED = 6, 200


_AS_NEAR = 8
_LOOKALIKES = str.maketrans("oilsb", "01158")


def nearest(texts: Iterable[str], candidates: Iterable[str], cutoff: int = 75) -> dict[str, str]:
    """Return for each text the candidate that was probably meant, where one is near enough and no other as near."""
    pool = list(candidates)
    near: dict[str, str] = {}
    for text in islice(texts, _MOST_SUGGESTED):
        best = process.extract(
            text, pool, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=cutoff, limit=_AS_NEAR
        )
        first = list(dict.fromkeys(found for found, score, _ in best if score == best[0][1]))
        mistyped = [found for found in first if _folded(found) == _folded(text)]
        meant = mistyped if len(mistyped) == 1 else first
        if len(meant) == 1 and meant[0] != text and _near_enough(text, meant[0]):
            near[text] = meant[0]
    return near


def _folded(text: str) -> str:
    """Letters that are typed for digits count as these: C-1O01 is C-1001 sooner than C-1101."""
    return text.casefold().translate(_LOOKALIKES)


def _near_enough(text: str, candidate: str) -> bool:
    """Of a short text most letters must be right: K-9 is not K-2001, nor 0% NL0."""
    plain = utils.default_process(text).replace(" ", "")
    wrong = Levenshtein.distance(plain, utils.default_process(candidate).replace(" ", ""))
    return len(plain) >= _SHORT or wrong <= max(1, len(plain) // 3)
