"""A column of text → exact decimals, under the decimal mark that the column itself shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as arrow

from ..columns import kind_of
from ..columns.kinds import WIDTHS
from ..problems import Problem
from ..reading.sheet import DATE as DATE_CELL
from ..reading.sheet import NUMBER
from . import numbers
from .column import Column, Parsed, outvoted, votes

MONEY_FIELDS = frozenset({"unit_price", "amount", "expected_total", "net_total"})
"""Where a cell may carry a currency mark."""
PLAIN_NUMBER = r"^-?(?:(?:0|[0-9]{4,})?\.[0-9]+|[0-9]{1,3}\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]+)$"
"""A number with a point that has one reading only, whatever the decimal mark of the column."""
_MARKS = {".": "point", ",": "comma"}


@dataclass(frozen=True)
class _Signs:
    """The decimal mark of a column ("" where open), the marks that are refused, and who says so if not the column."""

    mark: str
    refused: frozenset[str]
    why: str


def parse_decimal(column: Column) -> Parsed:
    """Return decimals of the width of the column's kind, null where a cell has a problem.

    Problems: E202 no number, E203 two readings, E214 and E215 not to be held exactly, E223 a date or time, E224 another
    decimal mark than the rest of the column or the profile, W206 a percentage below one.
    """
    width = WIDTHS[kind_of(column.schema)]
    as_date = column.where(DATE_CELL)
    what = column.text[as_date].map(lambda t: "date" if t[4:5] == "-" else "time")
    problems = column.flag(as_date, "E223", what=what)
    given = column.without(as_date).undressed()
    numeric = given.where(NUMBER)
    column = replace(given, text=_percent_cells(given, numeric))
    text = column.text
    plain = text.str.contains(PLAIN_NUMBER, regex=True, na=False) | (
        numeric & text.str.contains(r"^-?[0-9]*\.?[0-9]+$", regex=True, na=False)
    )
    plain &= _fits(text, width) & (column.typed.found.decimal != "," or numeric)
    values = pd.Series(arrow.array(text.where(plain)).cast(width), index=text.index, dtype=pd.ArrowDtype(width))
    odd = text.notna() & ~plain
    if odd.any():
        values, more = _odd_cells(column, values, plain & ~numeric, odd)
        problems += more
    return values, problems + _small_percentages(given, values)


def _odd_cells(column: Column, values: pd.Series, plain: pd.Series, odd: pd.Series) -> Parsed:
    """Read what is not plain, each distinct text once; where the column shows two marks the rarer one is refused."""
    text, width = column.text, WIDTHS[kind_of(column.schema)]
    readings = {t: numbers.read_number(t) for t in column.unique(odd)}
    dotted = plain & text.str.contains(".", regex=False, na=False)
    signs = _signs(column, text[odd], readings, int(dotted.sum()))
    settled = {t: _settled(column, t, r, signs) for t, r in readings.items()}
    good = {t: v for t, v in settled.items() if isinstance(v, Decimal)}
    ours = odd & text.isin(list(good))
    extra = arrow.array([good.get(t) for t in text[ours]], width)
    values = values.mask(ours, pd.Series(extra, index=text.index[ours], dtype=values.dtype).reindex(text.index))
    foreign = odd & text.isin([t for t, v in settled.items() if v == "E224"])
    foreign |= dotted if "." in signs.refused else False
    problems = _decimal_problems(column, odd, settled, readings)
    found = text[foreign].map(lambda t: _MARKS["." if "." in t and ("," not in t or t.rfind(".") > t.rfind(",")) else ","])
    why = found.map(lambda f: signs.why or f"other cells of the column have a {'point' if f == 'comma' else 'comma'}")
    return values.mask(foreign), problems + column.flag(foreign, "E224", found=found, why=why)


def _signs(column: Column, odd: pd.Series, readings: Mapping[str, numbers.Reading], dotted: int) -> _Signs:
    said = column.typed.found.decimal
    if said:
        return _Signs(said, frozenset(_MARKS) - {said}, f"the mapping profile says that it is a {_MARKS[said]}")
    counts = votes(odd, {t: r.mark for t, r in readings.items()})
    if dotted:
        counts["."] = counts.get(".", 0) + dotted
    refused = outvoted(counts)
    mark = "" if refused else next(iter(counts), "")
    return _Signs("" if _contradicted(column, mark) else mark, refused, "")


def _contradicted(column: Column, mark: str) -> bool:
    """Whether another column of the same CSV has the other decimal mark: one program writes one of them."""
    found, table = column.typed.found, column.typed.table
    if column.kinds is not None or not mark:
        return False
    other = rf"^[^0-9]*[0-9]+{',' if mark == '.' else '[.]'}[0-9]{{1,2}}[^0-9]*$"
    columns = [h.letter for f, h in found.headings.items() if f in table.columns and kind_of(table.columns[f]) in WIDTHS]
    cells = found.sheet.cells
    return any(cells[x].str.contains(other, regex=True, na=False).any() for x in columns if x in cells.columns)


def _fits(text: pd.Series, width: Any) -> pd.Series:
    whole, scale = width.precision - width.scale, width.scale
    return text.str.contains(rf"^-?[0-9]{{0,{whole}}}(?:\.[0-9]{{1,{scale}}})?$", regex=True, na=False)


def _percent_cells(column: Column, numeric: pd.Series) -> pd.Series:
    """Return the texts with Excel's own percentages as numbers: 19 % is 19 where percent are asked for, else 0.19."""
    shown = numeric & column.text.str.endswith("%", na=False)
    if not shown.any() or column.field in MONEY_FIELDS:
        return column.text
    step = 0 if kind_of(column.schema) == "percent" else -2
    plain = {t: f"{Decimal(t.rstrip('% ')).scaleb(step):f}" for t in column.unique(shown)}
    return column.text.mask(shown, column.text.map(plain))


def _settled(column: Column, text: str, reading: numbers.Reading, signs: _Signs) -> Decimal | str:
    """Return the value, or the code of the problem that the text has."""
    kind, width = kind_of(column.schema), WIDTHS[kind_of(column.schema)]
    if reading.value is None or (reading.percent and kind != "percent"):
        return "E202"
    if reading.currency and column.field not in MONEY_FIELDS:
        return "E202"
    if reading.mark in signs.refused:
        return "E224"
    if kind == "percent" and reading.ambiguous:
        reading = _percentage(reading, text)
        if signs.mark and signs.mark != reading.mark:
            return "E224"
    value = numbers.settle(reading, text, signs.mark)
    if value is None:
        return "E203"
    if -int(value.as_tuple().exponent) > width.scale and value != round(value, width.scale):
        return "E214"
    if abs(value) >= Decimal(10) ** (width.precision - width.scale):
        return "E215"
    return round(value, width.scale) if -int(value.as_tuple().exponent) > width.scale else value


def _percentage(reading: numbers.Reading, text: str) -> numbers.Reading:
    """Return the one reading of 8.875 as a percentage: there are none of a thousand and more."""
    return replace(reading, other=None, mark="." if "." in text else ",")


def _decimal_problems(
    column: Column, odd: pd.Series, settled: dict[str, Decimal | str], readings: dict[str, numbers.Reading]
) -> list[Problem]:
    text, problems = column.text, []
    for code in ("E202", "E203", "E214", "E215"):
        mask = odd & text.isin([t for t, v in settled.items() if v == code])
        details: dict[str, str | pd.Series] = {}
        if code == "E214":
            details = {"limit": str(WIDTHS[kind_of(column.schema)].scale)}
        if code == "E203" and mask.any():
            shown = text[mask]
            details = {
                "first": shown.map(lambda t: f"{readings[t].value:f}"),
                "second": shown.map(lambda t: f"{readings[t].other:f}"),
            }
        problems += column.flag(mask, code, **details)
    return problems


def _small_percentages(column: Column, values: pd.Series) -> list[Problem]:
    if kind_of(column.schema) != "percent":
        return []
    small = (values > Decimal(0)) & (values < Decimal(1)) & ~column.text.str.endswith("%", na=False)
    return column.flag(small, "W206")
