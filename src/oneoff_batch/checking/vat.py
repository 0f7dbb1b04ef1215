"""VAT ids: the country they begin with, and the check digits that most countries build in."""

from __future__ import annotations

import stdnum.exceptions
from stdnum.eu import vat as eu_vat

from ..columns import EU
from ..problems import Problem
from .typed import Typed


def vat_problems(typed: Typed) -> list[Problem]:
    """E219 for a VAT id of an EU country that does not begin with it (EL for Greece), W204 for a wrong check digit."""
    frame = typed.frame
    inside = frame["country"].isin(sorted(EU)) & frame["vat_id"].notna()
    prefix = frame["country"].mask(frame["country"] == "GR", "EL")
    compact = frame["vat_id"].str.replace(r"[\s.\-]", "", regex=True).str.upper()
    strange = inside & (compact.str.slice(0, 2) != prefix)
    suspects = compact[inside & ~strange]
    valid = {v: _passes(v) for v in suspects.unique()}
    wrong = compact.isin([v for v, passes in valid.items() if not passes]) & inside & ~strange
    return typed.flag(strange, "E219", "vat_id", expected=prefix) + typed.flag(wrong, "W204", "vat_id", country=prefix)


def _passes(vat_id: str) -> bool:
    try:
        eu_vat.validate(vat_id)
    except stdnum.exceptions.ValidationError:
        return False
    return True
