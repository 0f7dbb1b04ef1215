"""Characters that look like others or like nothing: what they are called, and what a text is without them."""

from __future__ import annotations

import unicodedata
from functools import cache

import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u061c\u180e"
"""Signs without any width, which nobody can see."""
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Signs that turn the direction of the text behind them, so that it reads as something else."""
ODD_BLANKS = "\t\n\r\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
ODD_BLANKS += "\u2028\u2029\u202f\u205f\u3000"
"""Every blank but the plain one."""
DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
"""Dashes that people type, or programs write, for a minus or a hyphen."""
_NAMES = {
    "\t": "a tab", "\n": "a line break", "\r": "a line break", "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u200b": "a zero-width space", "\u00ad": "a soft hyphen", "\ufeff": "a byte order mark",
}  # fmt: skip
_TWINS = {
    "CYRILLIC": (
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝ",
        "ABESIJKMHOPCTYXaesijopcyxdqw",
    ),
    "GREEK": ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονι", "ABEZHIKMNOPTYXovi"),
}
LATIN_TWINS = {ord(a): b for foreign, latin in _TWINS.values() for a, b in zip(foreign, latin, strict=True)}
"""Cyrillic and Greek letters that look like a Latin one."""


@cache
def _western(character: str) -> str:
    if character in DASHES:
        return "-"
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    digit = unicodedata.decimal(character, None)
    known = {"\u066b": ".", "\u066c": "'", "\uffe5": "¥", "\uffe1": "£"}
    return str(digit) if digit is not None else known.get(character, "" if character in ZERO_WIDTH else character)


def western(text: str) -> str:
    """Return a text with ASCII digits and signs for those of other scripts, without what has no width.

    Raised and circled digits stay as they are: 950\u00b9 is 950 with a footnote, not 9501.
    """
    if not text.isascii():
        text = "".join(map(_western, text))
    return text.strip()


def named(character: str) -> str:
    """Return what a person may call an invisible character.

    >>> named("\\u200b"), named("\\u2009")
    ('a zero-width space', 'the invisible character thin space')
    """
    usual = _NAMES.get(character)
    return usual or f"the invisible character {unicodedata.name(character, f'U+{ord(character):04X}').lower()}"


def alphabet(text: str) -> str:
    """Return `Cyrillic` or `Greek` where a text has letters of that alphabet beside Latin ones, else ""."""
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha()}
    foreign = sorted(scripts & set(_TWINS))
    return foreign[0].capitalize() if foreign and "LATIN" in scripts else ""


def look(ids: pd.Series) -> pd.Series:
    """Return what ids look like: ids that differ only in capitals, blanks, zeros in front or twin letters look equal."""
    texts = pc.utf8_lower(pc.replace_substring_regex(arrow.array(ids), r"\s+", ""))
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        odd = pc.invert(pc.string_is_ascii(texts)).to_numpy(zero_copy_only=False)
        plain = [_latin(t) if strange else t for t, strange in zip(texts.to_pylist(), odd, strict=True)]
        texts = arrow.array(plain, texts.type)
    texts = pc.replace_substring_regex(texts, r"^0+([0-9])", r"\1")
    return pd.Series(texts, index=ids.index, dtype=ids.dtype)


def _latin(text: str) -> str:
    plain = unicodedata.normalize("NFKC", western(text).upper().translate(LATIN_TWINS))
    return "".join(plain.split()).lower()
