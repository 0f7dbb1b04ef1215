"""Names for worksheets that Excel accepts: short, without its special characters, no two the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .cells import clean

LONGEST = 31
_ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffd]")
_RESERVED = "history"


def sheet_names(wanted: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a legal name for each wanted one, none like another or one that is taken, whatever their case.

    >>> sheet_names(["a/b", "A:B", "'x'", "History", ""])
    ['a-b', 'A-B (2)', 'x', 'History (2)', 'Sheet']
    """
    used = {_RESERVED, *(t.casefold() for t in taken)}
    names = []
    for text in wanted:
        base = _ILLEGAL.sub("-", clean(text)).strip().strip("'").strip() or "Sheet"
        name, n = _cut(base, ""), 1
        while name.casefold() in used:
            n += 1
            name = _cut(base, f" ({n})")
        used.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, ending: str) -> str:
    """Cut to what Excel counts: UTF-16 units."""
    units = text.encode("utf-16-le")[: 2 * (LONGEST - len(ending))]
    return units.decode("utf-16-le", "ignore").rstrip(" '") + ending


def quoted(name: str) -> str:
    """Return a sheet's name as a reference writes it."""
    return "'" + name.replace("'", "''") + "'"
