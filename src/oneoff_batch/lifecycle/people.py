"""Who is who: a name is the same person's however it is typed."""

from __future__ import annotations

import unicodedata


def person(name: str) -> str:
    """Return what two spellings of one name share: no case, no blanks around, nothing invisible, one width of letters.

    >>> person(" Anna ") == person("ANNA") == person("an\\u200bna") == person("Ａnna")
    True
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) not in ("Cf", "Cc"))
    return " ".join(seen.casefold().split())
