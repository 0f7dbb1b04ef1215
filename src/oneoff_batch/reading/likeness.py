"""Which program a file may come from: the shipped profile that knows its headers, where ours are no match for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from ..problems import Problem
from .headers import Match
from .profile_file import shipped_names, shipped_profile
from .sheet import Sheet
from .wording import key

_MOST, _LEAST = 0.7, 5
"""What part of the headers a profile must know, and how many of them at least, to be spoken of."""
_CLEARLY = 0.1


@cache
def _known_to_profiles() -> dict[str, frozenset[str]]:
    known = {}
    for name in shipped_names():
        profile = shipped_profile(name)
        columns = [h for own in (*profile.columns.values(), *profile.sums.values()) for h in own]
        lists = (*profile.ignore, *profile.not_discounts, *profile.refuse)
        habits = (*profile.status, *profile.paid, profile.balance)
        known[name] = frozenset(key(h) for h in (*columns, *lists, *habits)) - {""}
    return known


def like(headers: Iterable[str]) -> tuple[str, float]:
    """Return the shipped profile that knows most of the headers, and what part; ("", 0.7) where none knows enough."""
    own = {key(h) for h in headers} - {""}
    best, share = "", _MOST
    for name, known in _known_to_profiles().items() if own else ():
        if len(own & known) / len(own) > share:
            best, share = name, len(own & known) / len(own)
    return best, share


def looks_like(sheets: Sequence[Sheet], chosen: Sequence[tuple[Sheet, Match]]) -> list[Problem]:
    """W121 where a shipped profile knows clearly more of a file's headers than was understood without one."""
    matches = {id(sheet): match for sheet, match in chosen}
    for sheet in sheets:
        match = matches.get(id(sheet))
        headers = [str(t) for t in sheet.cells.iloc[:1].to_numpy().ravel() if isinstance(t, str)]
        headers = headers if match is None or match.at < 0 else list(match.headers.values())
        name, share = like(headers)
        understood = 0 if match is None else match.score[1]
        if name and len(headers) >= _LEAST and understood / len(headers) <= share - _CLEARLY:
            details = {"program": shipped_profile(name).name, "profile": name}
            return [Problem("W121", sheet.file, sheet.name, details=details)]
    return []
