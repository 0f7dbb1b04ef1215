"""Headers in other languages than English, read from `languages.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("de", "fr", "es", "nl")
"""German, French, Spanish, Dutch."""
_SHARED = "address"
"""Columns that several tables have alike."""


@cache
def _all() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    return tomllib.loads(files(__package__).joinpath("languages.toml").read_text("utf-8"))


def in_languages(table: str, field: str) -> Mapping[str, list[str]]:
    """Return the headers that mean a field, by language; the invoice's key is called the same on its lines."""
    own = _all().get(table, {}).get(field)
    if own is None and field == "invoice_ref":
        own = _all()["invoices"][field]
    return own or _all()[_SHARED].get(field, {})
