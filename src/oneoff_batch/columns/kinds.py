"""The kinds of column: how each is typed, and which checks its values must pass.

A column is a Pandera `Column` whose `metadata` says what Pandera has no word for: its kind, its aliases, an
example, and what it refers to. Every check carries our problem code as its `error`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pa

from ..calendar import parse_terms
from ..money import AMOUNT, FX, PERCENT, UNIT, currencies
from .dtypes import DATE, FLAG, TEXT

WIDTHS = {"number": UNIT, "amount": AMOUNT, "percent": PERCENT, "fx": FX}

COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


def _column(
    dtype: Any, kind: str, title: str, help_: str, aliases: Sequence[str], checks: Sequence[Any], **meta: Any
) -> pa.Column:
    required = meta.pop("required", False)
    return pa.Column(
        dtype,
        checks=list(checks),
        nullable=not required,
        title=title,
        description=help_,
        metadata={"kind": kind, "aliases": tuple(aliases), "required": required, **meta},
    )


def text(title: str, help_: str, *aliases: str, limit: int = 200, **meta: Any) -> pa.Column:
    """A text column of at most `limit` characters."""
    kind = meta.pop("kind", "text")
    checks = [pa.Check(lambda s: s.str.len() <= limit, error="E209")]
    return _column(TEXT, kind, title, help_, aliases, checks, limit=limit, **meta)


def identifier(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """An id: text, also where Excel shows digits. `refers` names the table in which it must be found."""
    return text(title, help_, *aliases, limit=100, kind="id", **meta)


def number(
    title: str,
    help_: str,
    *aliases: str,
    kind: str = "number",
    above: int | None = None,
    least: int | None = None,
    **meta: Any,
) -> pa.Column:
    """A decimal of the width of its kind; `above` is a bound that it must exceed, `least` one that it may equal."""
    checks = []
    if above is not None:
        checks.append(pa.Check(lambda s: s > Decimal(above), error="E216"))
    if least is not None:
        checks.append(pa.Check(lambda s: s >= Decimal(least), error="E216"))
    bound = f"more than {above}" if above is not None else f"{least} or more"
    return _column(pd.ArrowDtype(WIDTHS[kind]), kind, title, help_, aliases, checks, bound=bound, **meta)


def day(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """A calendar day."""
    return _column(DATE, "date", title, help_, aliases, [], **meta)


def flag(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """Yes or no."""
    return _column(FLAG, "flag", title, help_, aliases, [], **meta)


def choice(title: str, help_: str, options: Sequence[str], *aliases: str, **meta: Any) -> pa.Column:
    """One of a few words."""
    checks = [pa.Check.isin(list(options), error="E206")]
    return _column(TEXT, "choice", title, help_, aliases, checks, options=tuple(options), **meta)


def currency(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """An ISO 4217 code that is money."""
    checks = [pa.Check.isin(sorted(currencies()), error="E207")]
    return _column(TEXT, "currency", title, help_, aliases, checks, options=tuple(sorted(currencies())), **meta)


def country(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """An ISO 3166-1 alpha-2 code."""
    checks = [pa.Check.isin(sorted(COUNTRIES), error="E208")]
    return _column(TEXT, "country", title, help_, aliases, checks, options=tuple(sorted(COUNTRIES)), **meta)


def terms(title: str, help_: str, *aliases: str, **meta: Any) -> pa.Column:
    """Payment terms such as "30 days" or "end of month"."""
    checks = [pa.Check(lambda s: s.isin([v for v in s.unique() if parse_terms(v)]), error="E217")]
    return _column(TEXT, "terms", title, help_, aliases, checks, **meta)
