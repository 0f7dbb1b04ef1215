"""Text → typed columns, and a problem for every cell that cannot be typed; one function per kind of column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc
from rapidfuzz import fuzz, process, utils

from ..columns import DATE, FLAG, TEXT, Table, dtype_of, kind_of
from ..columns.kinds import WIDTHS
from ..problems import Problem
from ..reading.sheet import DATE as DATE_CELL
from ..reading.sheet import ERROR, FORMULA, NUMBER, Found
from . import dates, numbers
from .typed import Typed

YES = frozenset({"yes", "y", "true", "1", "ja", "j", "oui", "si", "sí", "wahr", "vrai", "verdadero", "waar", "x"})
NO = frozenset({"no", "n", "false", "0", "nein", "nee", "non", "falsch", "faux", "falso", "onwaar"})
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+$"
_LONG = r"^-?[0-9]{16,}$"
MONEY_FIELDS = frozenset({"unit_price", "amount", "expected_total", "net_total"})
"""Where a cell may carry a currency mark."""
PLAIN_NUMBER = r"^-?(?:(?:0|[0-9]{4,})?\.[0-9]+|[0-9]{1,3}\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]+)$"
"""A number with a point that has one reading only, whatever the decimal mark of the column."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet on its way: the text, what each cell was (or None), and where problems go."""

    typed: Typed
    field: str
    schema: pa.Column
    text: pd.Series
    kinds: pd.Series | None

    def where(self, kind: str) -> pd.Series:
        """True where the workbook's cell was of this kind."""
        if self.kinds is None:
            return pd.Series(False, index=self.text.index)
        return self.kinds == kind

    def flag(self, mask: pd.Series, code: str, **details: str | pd.Series) -> list[Problem]:
        """Name a problem at every cell where the mask is true."""
        return self.typed.flag(mask, code, self.field, **details)

    def unique(self, mask: pd.Series) -> list[str]:
        """Return the distinct texts where the mask is true."""
        return [str(v) for v in self.text[mask].dropna().unique()]


Parsed = tuple[pd.Series, list[Problem]]


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
    return _cells(found, "invoice_ref", index)[0]


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
    broken = column.where(ERROR) | column.where(FORMULA)
    problems = column.flag(column.where(ERROR), "E211") + column.flag(column.where(FORMULA), "E212")
    column = Column(column.typed, column.field, column.schema, column.text.mask(broken), column.kinds)
    values, more = _PARSERS[kind_of(column.schema)](column)
    return values, problems + more


def _parse_text(column: Column) -> Parsed:
    control = column.text.str.contains(_CONTROL, regex=True, na=False)
    problems = []
    if control.any():
        names = column.text[control].map(lambda t: f"code {min(ord(c) for c in t if ord(c) < 32 or ord(c) == 127)}")
        problems = column.flag(control, "E222", found=names)
    return column.text.mask(control), problems


def _parse_id(column: Column) -> Parsed:
    as_date = column.where(DATE_CELL)
    lost = column.text.str.contains(_SCIENTIFIC, regex=True, na=False)
    lost |= column.where(NUMBER) & column.text.str.contains(_LONG, regex=True, na=False)
    problems = column.flag(as_date, "E218") + column.flag(lost, "E213")
    values, more = _parse_text(column)
    return values.mask(as_date | lost), problems + more


def _parse_decimal(column: Column) -> Parsed:
    width = WIDTHS[kind_of(column.schema)]
    numeric = column.where(NUMBER)
    given, column = column, replace(column, text=_percent_cells(column, numeric))
    text = column.text
    plain = text.str.contains(PLAIN_NUMBER, regex=True, na=False) | (
        numeric & text.str.contains(r"^-?[0-9]*\.?[0-9]+$", regex=True, na=False)
    )
    plain &= _fits(text, width) & (column.typed.found.decimal != "," or numeric)
    values = pd.Series(arrow.array(text.where(plain)).cast(width), index=text.index, dtype=pd.ArrowDtype(width))
    odd = text.notna() & ~plain
    if not odd.any():
        return values, _small_percentages(given, values)
    dotted = bool((plain & ~numeric & text.str.contains(".", regex=False, na=False)).any())
    readings = {t: numbers.read_number(t) for t in column.unique(odd)}
    mark = column.typed.found.decimal or _column_mark(readings.values(), dotted)
    settled = {t: _settled(column, t, r, mark) for t, r in readings.items()}
    good = {t: v for t, v in settled.items() if isinstance(v, Decimal)}
    ours = odd & text.isin(list(good))
    extra = arrow.array([good.get(t) for t in text[ours]], width)
    values = values.mask(ours, pd.Series(extra, index=text.index[ours], dtype=values.dtype).reindex(text.index))
    problems = _decimal_problems(column, odd, settled, readings, width)
    return values, problems + _small_percentages(given, values)


def _column_mark(readings: Iterable[numbers.Reading], dotted: bool) -> str:
    shown = list(readings) + ([numbers.Reading(mark=".")] if dotted else [])
    return numbers.decimal_mark(shown)


def _fits(text: pd.Series, width: Any) -> pd.Series:
    whole, scale = width.precision - width.scale, width.scale
    return text.str.contains(rf"^-?[0-9]{{0,{whole}}}(?:\.[0-9]{{1,{scale}}})?$", regex=True, na=False)


def _percent_cells(column: Column, numeric: pd.Series) -> pd.Series:
    """Return the texts with Excel's own percentages as numbers: 19 % is 19 where percent are asked for, else 0.19."""
    shown = numeric & column.text.str.endswith("%", na=False)
    if not shown.any():
        return column.text
    step = 0 if kind_of(column.schema) == "percent" else -2
    plain = {t: f"{Decimal(t.rstrip('% ')).scaleb(step):f}" for t in column.unique(shown)}
    return column.text.mask(shown, column.text.map(plain))


def _settled(column: Column, text: str, reading: numbers.Reading, mark: str) -> Decimal | str:
    """Return the value, or the code of the problem that the text has."""
    kind, width = kind_of(column.schema), WIDTHS[kind_of(column.schema)]
    if reading.value is None or (reading.percent and kind != "percent"):
        return "E202"
    if reading.currency and column.field not in MONEY_FIELDS:
        return "E202"
    value = numbers.settle(reading, text, mark)
    if value is None:
        return "E203" if reading.ambiguous else "E202"
    if -int(value.as_tuple().exponent) > width.scale and value != round(value, width.scale):
        return "E214"
    if abs(value) >= Decimal(10) ** (width.precision - width.scale):
        return "E215"
    return round(value, width.scale) if -int(value.as_tuple().exponent) > width.scale else value


def _decimal_problems(
    column: Column, odd: pd.Series, settled: dict[str, Decimal | str], readings: dict[str, numbers.Reading], width: Any
) -> list[Problem]:
    text, problems = column.text, []
    for code in ("E202", "E203", "E214", "E215"):
        mask = odd & text.isin([t for t, v in settled.items() if v == code])
        details: dict[str, str | pd.Series] = {"limit": str(width.scale)} if code == "E214" else {}
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


def _parse_day(column: Column) -> Parsed:
    """Days are few and repeat, so each distinct text is read once."""
    text = column.text
    coded = pc.dictionary_encode(arrow.array(text))
    coded = coded.combine_chunks() if isinstance(coded, arrow.ChunkedArray) else coded
    texts = coded.dictionary.to_pylist()
    readings = {t: dates.read_day(t) for t in texts}
    order = column.typed.found.dates or dates.date_order(readings.values())
    settled = {t: dates.settle(r, order) for t, r in readings.items()}
    days = arrow.array([settled[t] for t in texts], arrow.date32()).take(coded.indices)
    values = pd.Series(days, index=text.index, dtype=DATE)
    if all(settled[t] and not readings[t].time and not readings[t].serial for t in texts):
        return values, []
    return values, _day_problems(column, text.notna(), settled, readings)


def _day_problems(
    column: Column, odd: pd.Series, settled: dict[str, date | None], readings: dict[str, dates.Reading]
) -> list[Problem]:
    text = column.text

    def chosen(test: Callable[[str], bool]) -> pd.Series:
        return odd & text.isin([t for t in readings if test(t)])

    two = chosen(lambda t: settled[t] is None and readings[t].ambiguous)
    shown = text[two]
    first = shown.map({t: dates.in_words(r.day) for t, r in readings.items() if r.day})
    second = shown.map({t: dates.in_words(r.other) for t, r in readings.items() if r.other})
    timed = chosen(lambda t: bool(settled[t]) and readings[t].time.strip("0:.") != "")
    serial = chosen(lambda t: bool(settled[t]) and readings[t].serial)
    serial_days = text[serial].map({t: dates.in_words(d) for t, d in settled.items() if d})
    return (
        column.flag(chosen(lambda t: settled[t] is None and not readings[t].ambiguous), "E204")
        + column.flag(two, "E205", first=first, second=second)
        + column.flag(timed, "W201", value=text[timed].str.replace("T", " "))
        + column.flag(serial, "W205", day=serial_days)
    )


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


_PARSERS: dict[str, Callable[[Column], Parsed]] = {
    "text": _parse_text,
    "terms": _parse_text,
    "custom": _parse_text,
    "currency": _parse_text,
    "country": _parse_text,
    "id": _parse_id,
    "number": _parse_decimal,
    "amount": _parse_decimal,
    "percent": _parse_decimal,
    "fx": _parse_decimal,
    "date": _parse_day,
    "flag": _parse_flag,
    "choice": _parse_choice,
}


def nearest(texts: Iterable[str], candidates: Iterable[str], cutoff: int = 75) -> dict[str, str]:
    """Return for each text the candidate that was probably meant, where one is near enough."""
    pool = list(candidates)
    near: dict[str, str] = {}
    for text in texts:
        best = process.extractOne(text, pool, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=cutoff)
        if best and best[0] != text:
            near[text] = best[0]
    return near
