"""Typed columns → what Pandera finds wrong with them, in our codes and at the user's cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pandas as pd
import pandera.pandas as pa
from babel import Locale
from pandera.config import ValidationDepth, config_context

from ..columns import COUNTRIES, kind_of
from ..problems import Problem
from .cells import nearest
from .typed import Typed

_MISSING = "not_nullable"
_WITH_SUGGESTION = frozenset({"E206", "E207", "E208"})


def validate(typed: Typed, unreadable: list[Problem]) -> list[Problem]:
    """Check a typed table against its schema, all columns at once; cells that could not be typed are not named again.

    The environment cannot switch the checks off.
    """
    known = {(p.row, p.field) for p in unreadable}
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            typed.table.schema.validate(typed.frame, lazy=True)
        except pa.errors.SchemaErrors as e:
            failures = e.failure_cases
        else:
            return []
    broken = failures[failures["index"].isna() | ~failures["check"].astype(str).str.match(f"E[0-9]{{3}}|{_MISSING}")]
    if len(broken):
        raise RuntimeError(f"a check of the table {typed.table.name} failed as a whole: {broken.iloc[0].to_dict()}")
    problems: list[Problem] = []
    for (field, check), cases in failures.groupby(["column", "check"], sort=False):
        if check == _MISSING and not typed.heading(str(field)).letter and field not in typed.found.defaults:
            continue  # the column itself is missing, and E108 says so once
        rows = [int(r) for r in cases["index"] if (int(r), field) not in known]
        mask = pd.Series(typed.frame.index.isin(rows), index=typed.frame.index)
        code = "E201" if check == _MISSING else str(check)
        problems += typed.flag(mask, code, str(field), **_details(typed, str(field), code, mask))
    return problems


def _meant(value: str, kind: str, options: Sequence[str]) -> str:
    """Return what was probably meant: a usual other name, or a code that is near; nothing where that would be wild."""
    known = _COMMON.get(value.strip().upper()) or (_countries().get(value.strip().casefold()) if kind == "country" else None)
    if known in options:
        return str(known)
    if kind != "choice" and len(value) > 4:
        return ""
    return nearest([value], options, 60 if kind == "choice" else 65).get(value, "")


def _two_terms(value: str) -> str:
    """Return both readings of terms such as 30 m, as the end of a sentence; "" where there are not two."""
    found = re.fullmatch(r"\s*(?:net\s*)?([0-9]{1,4})\s*m\.?\s*", value, re.IGNORECASE)
    return f": it can mean {found[1]} months or {found[1]} days net" if found else ""


@cache
def _countries() -> dict[str, str]:
    """Return country names in five languages, with their codes."""
    names: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "nl"):
        names |= {name.casefold(): code for code, name in Locale(language).territories.items() if code in COUNTRIES}
    return names


def _details(typed: Typed, field: str, code: str, mask: pd.Series) -> dict[str, str | pd.Series]:
    schema = typed.table.columns[field]
    values = typed.frame.loc[mask, field]
    details: dict[str, str | pd.Series] = {}
    if code in _WITH_SUGGESTION:
        details["suggestion"] = values.map(
            {v: _meant(v, kind_of(schema), schema.metadata["options"]) for v in values.unique()}
        )
    if code == "E206":
        details["options"] = ", ".join(schema.metadata["options"])
    if code == "E209":
        details |= {"limit": str(schema.metadata["limit"]), "length": values.str.len()}
    if code == "E217":
        details["why"] = values.map({v: _two_terms(v) for v in values.unique()})
    if code == "E216":
        details["bound"] = schema.metadata["bound"]
    return details


_COMMON = {
    "UK": "GB",
    "EL": "GR",
    "ENGLAND": "GB",
    "HOLLAND": "NL",
    "RMB": "CNY",
    "STG": "GBP",
    "NIS": "ILS",
    "EURO": "EUR",
    "€": "EUR",
    "£": "GBP",
}
