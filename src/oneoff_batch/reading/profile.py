"""The mapping profile: a small TOML file that says how somebody else's sheet is to be understood."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

DATE_ORDERS = ("day-first", "month-first", "iso")
DECIMAL_MARKS = (".", ",")
_TEXTS = ("name", "description", "sheet", "dates", "decimal")
_TABLES = ("columns", "defaults", "values", "strip")


class ProfileError(ValueError):
    """The profile cannot be used; the message is one sentence that says why."""


@dataclass(frozen=True)
class Profile:
    """How a layout is mapped; saved and used again for every file of the same program.

    `columns` gives for a field the user's header, or several, of which the first that is not blank in a row
    counts; `defaults` a constant where there is no column or the cell is blank; `values` other words for theirs;
    `strip` an ending to take off; `ignore` headers that are left out without a warning (a discount with a value is
    still refused). `dates` is "day-first", "month-first" or "iso", `decimal` is "." or ","; "" leaves it open.
    `sheet` names the only sheet to read. The time of day behind a date is left out.
    """

    name: str
    description: str = ""
    sheet: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strip: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    dates: str = ""
    decimal: str = ""

    def changes(self, name: str) -> bool:
        """Whether the cells of a field are to be changed, not only found."""
        return name in self.values or name in self.strip or len(self.columns.get(name, ())) > 1


def load_profile(path: Path) -> Profile:
    """Read a profile; raises `ProfileError` for what it cannot be, and `OSError` where there is no file."""
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ProfileError(f"The profile {path.name} cannot be read: {e}.") from None
    known = [f.name for f in fields(Profile)]
    for key in raw:
        if key not in known:
            raise ProfileError(f'The profile {path.name} says "{key}", which is none of: {", ".join(known)}.')
    texts = {k: _text(k, raw[k]) for k in _TEXTS if k in raw}
    tables = {k: _table(k, raw[k]) for k in _TABLES if k in raw}
    profile = Profile(
        columns={k: _headers(k, v) for k, v in tables.get("columns", {}).items()},
        values={k: _words(f"values.{k}", v) for k, v in tables.get("values", {}).items()},
        ignore=_headers("ignore", raw.get("ignore", [])),
        defaults=_words("defaults", tables.get("defaults", {})),
        strip=_words("strip", tables.get("strip", {})),
        **{"name": path.stem, **texts},
    )
    check_profile(profile)
    return profile


def check_profile(profile: Profile) -> None:
    """Raise `ProfileError` where a profile contradicts itself or names a field that does not exist."""
    _one_of("dates", profile.dates, DATE_ORDERS)
    _one_of("decimal", profile.decimal, DECIMAL_MARKS)
    for name in (*profile.values, *profile.strip):
        if name not in profile.columns:
            raise ProfileError(f"The profile changes the values of {name}, but [columns] does not say where it stands.")
    first = Counter(headers[0].casefold() for headers in profile.columns.values() if headers)
    for name, headers in profile.columns.items():
        if not headers:
            raise ProfileError(f"The profile names no header for {name}.")
        if first[headers[0].casefold()] > 1 and profile.changes(name):
            raise ProfileError(
                f'The column "{headers[0]}" feeds two fields, so its values cannot be changed for {name} alone.'
            )


def save_profile(path: Path, profile: Profile) -> None:
    """Write a profile as TOML that `load_profile` reads back as the same; raises `ProfileError` before it writes."""
    check_profile(profile)
    lines = [f"{k} = {_quoted(getattr(profile, k))}" for k in _TEXTS if getattr(profile, k)]
    if profile.ignore:
        lines.append(f"ignore = {_quoted(profile.ignore)}")
    lines += _section("columns", {k: v[0] if len(v) == 1 else v for k, v in profile.columns.items()})
    lines += _section("defaults", profile.defaults) + _section("strip", profile.strip)
    for name, words in profile.values.items():
        lines += _section(f"values.{_quoted(name)}", words)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _section(title: str, entries: Mapping[str, Any]) -> list[str]:
    return ["", f"[{title}]", *(f"{_quoted(k)} = {_quoted(v)}" for k, v in entries.items())] if entries else []


def _quoted(value: Any) -> str:
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ProfileError(f"In the profile {key} must be words in quotes.")
    return value


def _table(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ProfileError(f"In the profile [{key}] must be a section.")
    return value


def _headers(key: str, value: Any) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise ProfileError(f"In the profile {key} must be a header in quotes, or a list of them.")
    return tuple(values)


def _words(key: str, value: Any) -> Mapping[str, str]:
    table = _table(key, value)
    return {k: _constant(f"{key}.{k}", v) for k, v in table.items()}


def _constant(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        raise ProfileError(f"In the profile {key} is a number with decimals; put it in quotes.")
    if isinstance(value, dict | list):
        raise ProfileError(f"In the profile {key} must be one value.")
    return str(value)


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value and value not in allowed:
        raise ProfileError(f'In the profile {key} is "{value}"; it can be {", ".join(allowed)}.')
