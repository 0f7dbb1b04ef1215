"""One column of a sheet on its way from text to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc

from ..problems import Problem
from ..reading.sheet import NUMBER
from .typed import Typed

_DRESS = r"\s?[^0-9.,%\s-][^0-9%]*$"
_DRESSED = rf"^-?[0-9]*\.?[0-9]+{_DRESS}"
"""A number cell with the currency mark that its format shows, as in 1234.5 €."""


@dataclass(frozen=True)
class Column:
    """The text of a column, what each cell was (or None), and where problems go."""

    typed: Typed
    field: str
    schema: pa.Column
    text: pd.Series
    kinds: pd.Series | None

    def where(self, *kinds: str) -> pd.Series:
        """True where the workbook's cell was of one of these kinds."""
        if self.kinds is None:
            return pd.Series(False, index=self.text.index)
        found = self.kinds == kinds[0]
        for kind in kinds[1:]:
            found |= self.kinds == kind
        return found

    def flag(self, mask: pd.Series, code: str, **details: str | pd.Series) -> list[Problem]:
        """Name a problem at every cell where the mask is true."""
        return self.typed.flag(mask, code, self.field, **details)

    def unique(self, mask: pd.Series) -> list[str]:
        """Return the distinct texts where the mask is true."""
        return [str(v) for v in self.text[mask].dropna().unique()]

    def without(self, mask: pd.Series) -> Column:
        """Return the column with the cells empty where the mask is true."""
        return replace(self, text=self.text.mask(mask)) if mask.any() else self

    def undressed(self) -> Column:
        """Return the column with number cells bare of the currency mark that only their format shows."""
        numeric = self.where(NUMBER)
        if not numeric.any() or not matches(self.text[numeric], "[^0-9%]$").any():
            return self
        dressed = numeric & matches(self.text, _DRESSED)
        return replace(self, text=self.text.mask(dressed, self.text.str.replace(_DRESS, "", regex=True)))


def matches(text: pd.Series, pattern: str) -> pd.Series:
    """Tell for each text whether the pattern is found in it, by Arrow: pandas takes Python's engine for some patterns."""
    found = pc.fill_null(pc.match_substring_regex(arrow.array(text, arrow.large_string()), pattern), False)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=text.index)


Parsed = tuple[pd.Series, list[Problem]]
Parser = Callable[[Column], Parsed]


def votes(text: pd.Series, shown: Mapping[str, str]) -> dict[str, int]:
    """Count the cells that show each sign; `shown` has the sign of each distinct text, "" for none."""
    signs = text.map(shown)
    counts = signs[signs.notna() & (signs != "")].value_counts()
    return {str(sign): int(count) for sign, count in counts.items()}


def outvoted(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the signs that a column shows less often than another one, or as often as each other."""
    if len(counts) < 2:
        return frozenset()
    most = max(counts.values())
    leaders = [s for s, n in counts.items() if n == most]
    return frozenset(counts) - (frozenset(leaders) if len(leaders) == 1 else frozenset())
