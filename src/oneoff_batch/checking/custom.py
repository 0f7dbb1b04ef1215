"""Custom fields: checked against their definitions, copied from master data, and kept as JSON on each row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from ..columns import TEXT
from ..problems import Problem
from ..reading.sheet import NUMBER
from .cells import NO, YES, nearest
from .numbers import Reading, decimal_mark, read_number, settle
from .typed import Typed, cell_name


def as_json(frame: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Return per row a JSON object of the named columns, without those that are empty; values are text."""
    if not names or not len(frame):
        return pd.Series("{}", index=frame.index, dtype=TEXT)
    joined = pd.Series("", index=frame.index, dtype=TEXT)
    for name in names:
        values = frame[name].astype(TEXT)
        words = {v: f", {_quoted(name)}: {_quoted(v)}" for v in values.dropna().unique()}
        joined = joined + values.map(words).astype(TEXT).fillna("")
    return ("{" + joined.str.removeprefix(", ") + "}").astype(TEXT)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def copied(typed: Typed, field: str, sources: pd.Series) -> pd.Series:
    """Return a custom column with its empty cells taken from the JSON objects of master data, one per row."""
    values = typed.frame[field]
    known = {text: json.loads(text).get(field) for text in sources.dropna().unique()}
    return values.fillna(sources.map(known).astype(TEXT))


def check_fields(typed: Typed, definitions: pd.DataFrame, what: str) -> tuple[Typed, list[Problem]]:
    """Check the custom columns of invoices or lines; returns the table with values in their tidy form.

    E319 required, E320 wrong kind, E321 not an option, E322 not unique, E333 several values.
    """
    problems: list[Problem] = []
    for definition in definitions.to_dict("records"):
        name = definition["name"]
        values = typed.frame[name]
        values, bad = _numbers(typed, name, values) if definition["type"] == "NUMBER" else (values, [])
        problems += bad
        tidy, bad = _tidy(typed, name, values, definition)
        problems += bad
        if _is(definition["required"]):
            problems += typed.flag(values.isna(), "E319", name, what=what)
        if _is(definition["unique"]):
            problems += _unique(typed, name, values)
        typed = typed.with_frame(typed.frame.assign(**{name: tidy}))
    return typed, problems


def _numbers(typed: Typed, name: str, values: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """Settle texts with two readings by the decimal mark of the profile or the column; null and E203 where none is known.

    A number cell of a workbook has one reading, whatever it looks like.
    """
    kinds = typed.cell_kinds(name)
    texts = values
    if kinds is not None:
        texts, cells = values[kinds != NUMBER], values[kinds == NUMBER]
        plain = {t: _plain(Decimal(t)) for t in cells.dropna().unique() if "." in t and t[-1].isdecimal()}
        own = cells.isin(list(plain)).reindex(values.index, fill_value=False)
        values = values.mask(own, values.map(plain).astype(values.dtype))
    readings = {str(t): read_number(str(t)) for t in texts.dropna().unique()}
    mark = typed.found.decimal or decimal_mark(readings.values())
    two = {t: r for t, r in readings.items() if r.ambiguous}
    settled = {t: settle(r, t, mark) for t, r in two.items()}
    shown = {t: _plain(v) for t, v in settled.items() if v is not None}
    open_ = values.isin([t for t, v in settled.items() if v is None]) & values.index.isin(texts.index)
    found = values[open_]
    first, second = (found.map({t: _words(r, way) for t, r in two.items()}) for way in ("value", "other"))
    problems = typed.flag(open_, "E203", name, first=first, second=second)
    known = values.isin(list(shown)) & values.index.isin(texts.index)
    return values.mask(known, values.map(shown).astype(values.dtype)).mask(open_), problems


def _plain(value: Decimal) -> str:
    """Write a number so that its point can only be a decimal one: more than three digits stand before it."""
    return f"{'-' if value < 0 else ''}000{abs(value):f}"


def _words(reading: Reading, way: str) -> str:
    return f"{getattr(reading, way):f}"


def _is(value: Any) -> bool:
    return bool(value) and not pd.isna(value)


def _tidy(typed: Typed, name: str, values: pd.Series, definition: Mapping[Any, Any]) -> tuple[pd.Series, list[Problem]]:
    many = _is(definition["multiple"])
    several = values.str.contains("|", regex=False, na=False)
    problems = [] if many else typed.flag(several, "E333", name)
    options = [] if pd.isna(definition["options"]) else [o.strip() for o in str(definition["options"]).split("|")]
    tidy: dict[str, str | None] = {}
    for text in values[values.notna() & (~several | many)].unique():
        parts = [_one(part.strip(), definition["type"], options) for part in text.split("|")]
        tidy[text] = None if None in parts else " | ".join(p for p in parts if p is not None)
    wrong = values.isin([t for t, v in tidy.items() if v is None])
    if definition["type"] == "ENUM":
        near = nearest([t for t, v in tidy.items() if v is None], options)
        shown = values[wrong].map(lambda v: near.get(v, ""))
        problems += typed.flag(wrong, "E321", name, options=", ".join(options), suggestion=shown)
    else:
        kinds = {"NUMBER": "a number", "BOOLEAN": "yes or no"}
        problems += typed.flag(wrong, "E320", name, expected=kinds.get(definition["type"], "text"))
    return values.map(tidy).astype(TEXT), problems


def _one(text: str, kind: str, options: Sequence[str]) -> str | None:
    if kind == "NUMBER":
        reading = read_number(text)
        dressed = reading.ambiguous or reading.percent or reading.currency
        return None if reading.value is None or dressed else f"{reading.value:f}"
    if kind == "BOOLEAN":
        word = text.casefold()
        return "yes" if word in YES else "no" if word in NO else None
    if kind == "ENUM":
        return next((o for o in options if o.casefold() == text.casefold()), None)
    return text


def _unique(typed: Typed, name: str, values: pd.Series) -> list[Problem]:
    filled = values.dropna()
    again = filled.duplicated()
    first = pd.Series(filled.index[~again], index=filled[~again])
    cells = filled[again].map(lambda v: cell_name(typed, int(first[v]), name))
    mask = pd.Series(typed.frame.index.isin(filled.index[again]), index=typed.frame.index)
    return typed.flag(mask, "E322", name, other_cell=cells)
