"""Mapping profiles as TOML files: reading, writing, and finding one by its name."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rapidfuzz import process, utils

from .profile import Profile, ProfileError, check_profile

_TEXTS = ("name", "description", "sheet", "dates", "decimal", "starts", "balance")
_ONE_OR_MORE = ("status",)
_LISTS = ("ignore", "optional", "not_discounts", "refuse", "paid")
_HEADERS = ("columns", "sums")
_WORDS = ("defaults", "strip", "sheets", "statuses", "lookup")
_BASE = "based_on"
_NO_QUOTES = re.compile(r"\s*(?P<key>[\w-]+|\"[^\"]+\")\s*=\s*(?P<value>[^\W\d][^\"'\[\]{}#=]*?|[.,])\s*\Z")


def load_profile(path: Path) -> Profile:
    """Read a profile; raises `ProfileError` for what it cannot be, and `OSError` where there is no file.

    `based_on` names a shipped profile, of which everything counts that the file does not say itself.
    """
    raw = _raw(path)
    if _BASE in raw:
        raw = _upon(_shipped_raw(_text(_BASE, raw.pop(_BASE))), raw)
    tables = {k: _table(k, raw.get(k, {})) for k in (*_HEADERS, *_WORDS, "values")}
    said: dict[str, Any] = {"name": path.stem, **{k: _text(k, raw[k]) for k in _TEXTS if k in raw}}
    said |= {k: _headers(k, raw.get(k, [])) for k in (*_ONE_OR_MORE, *_LISTS)}
    said |= {k: {f: _headers(f, v) for f, v in tables[k].items()} for k in _HEADERS}
    said |= {k: _words(k, tables[k]) for k in _WORDS}
    said |= {"values": {k: _words(f"values.{k}", v) for k, v in tables["values"].items()}}
    profile = Profile(**said)
    check_profile(profile)
    return profile


def _raw(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as e:
        raise ProfileError(_why_unreadable(path.name, path.read_text("utf-8-sig")) or _cannot(path.name, e)) from None
    except UnicodeDecodeError as e:
        raise ProfileError(_cannot(path.name, e)) from None
    known = [*(f.name for f in fields(Profile)), _BASE]
    for key in raw:
        if key not in known:
            near = process.extractOne(key, known, processor=utils.default_process, score_cutoff=60)
            hint = f' Did you mean "{near[0]}"?' if near else f" It can say: {', '.join(known)}."
            raise ProfileError(f'The profile {path.name} says "{key}", which means nothing here.{hint}')
    return raw


def _cannot(name: str, why: Exception) -> str:
    return f"The profile {name} cannot be read: {why}."


def _why_unreadable(name: str, text: str) -> str:
    """Name the first value that lacks its quotes, "" where none does."""
    for at, line in enumerate(text.splitlines(), 1):
        found = _NO_QUOTES.match(line)
        if found and found["value"] not in ("true", "false", "inf", "nan"):
            value = found["value"].strip()
            return f'Line {at} of the profile {name} has a value without quotes. Write: {found["key"].strip()} = "{value}".'
    return ""


def _upon(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a profile over its base: sections entry by entry, lists added to, everything else in its place."""
    merged = {k: v for k, v in base.items() if k not in ("name", "description")}
    for key, value in own.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            merged[key] = {**under, **value}
            if key == "values":
                merged[key] |= {f: {**under.get(f, {}), **words} for f, words in value.items() if isinstance(words, dict)}
        elif key in _LISTS:
            known = list(_headers(key, under or []))
            merged[key] = [*known, *(v for v in _headers(key, value) if v not in known)]
        else:
            merged[key] = value
    return merged


def shipped_names() -> list[str]:
    """Return the names of the profiles that come with the program."""
    return sorted(p.name.removesuffix(".toml") for p in _shipped().iterdir() if p.name.endswith(".toml"))


def shipped_profile(name: str) -> Profile:
    """Return a profile that comes with the program; raises `ProfileError` where there is none of that name."""
    _known_name(name, shipped_names())
    with as_file(_shipped().joinpath(f"{name}.toml")) as path:
        return load_profile(path)


def named_profile(name: str, folder: Path | None) -> Profile:
    """Return the profile of a file, of a name in `folder`, or of a shipped name, in this order.

    Raises `ProfileError` with the names that are known.
    """
    path = Path(name)
    if path.is_file():
        return load_profile(path)
    own = profiles_in(folder)
    if name in own:
        return load_profile(own[name])
    _known_name(name, [*own, *shipped_names()])
    return shipped_profile(name)


def profiles_in(folder: Path | None) -> dict[str, Path]:
    """Return the profiles of a folder by their names; none where there is no such folder."""
    return {} if folder is None or not folder.is_dir() else {p.stem: p for p in sorted(folder.glob("*.toml"))}


def _known_name(name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = process.extractOne(name, known, processor=utils.default_process, score_cutoff=60)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise ProfileError(f'There is no profile "{name}", neither a file nor one of: {", ".join(sorted(known))}.{hint}')


def _shipped() -> Any:
    return files("oneoff_batch").joinpath("profiles")


def _shipped_raw(name: str) -> dict[str, Any]:
    _known_name(name, shipped_names())
    with as_file(_shipped().joinpath(f"{name}.toml")) as path:
        return _raw(path)


def save_profile(path: Path, profile: Profile) -> None:
    """Write a profile as TOML that `load_profile` reads back as the same; raises `ProfileError` before it writes."""
    check_profile(profile)
    path.write_text(as_toml(profile), "utf-8", newline="\n")


def as_toml(profile: Profile) -> str:
    """Return the TOML of a profile; what it does not say is left out."""
    lines = [f"{k} = {_quoted(getattr(profile, k))}" for k in (*_TEXTS, *_ONE_OR_MORE, *_LISTS) if getattr(profile, k)]
    for key in _HEADERS:
        lines += _section(key, {k: v[0] if len(v) == 1 else v for k, v in getattr(profile, key).items()})
    for key in _WORDS:
        lines += _section(key, getattr(profile, key))
    for name, words in profile.values.items():
        lines += _section(f"values.{_quoted(name)}", words)
    return "\n".join(lines) + "\n"


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
