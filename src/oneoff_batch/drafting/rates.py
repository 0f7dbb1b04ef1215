"""From the rule and the tax point of a line to the rates that it bears."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import DATE, NO_RATE, TEXT
from ..money import PERCENT, arrow, column, money
from .frames import dates, days, first_given, given, matched, numbered, places, taken, yes
from .made import WORDING, with_made
from .resolve import SYNTHETIC

COMPONENT_COLUMNS = (
    "treatment", "position", "tax_code", "name", "category", "rate", "compound", "level", "kind", "valid_from",
    "valid_to", "exemption_code", "reason", "shape",
)  # fmt: skip
"""One row per rate of a treatment; a treatment is what lines of the same code (or rule) and rates have in common.

position counts from 0 in the order of the sheet; level is how many compound rates stand at or before it; kind is
equal for rates that share a row of the tax table: same category, rate, level and place among their equals; shape is
equal for treatments that bear the same rates, of whatever code and tax point.
"""


def with_rates(
    invoices: pd.DataFrame, lines: pd.DataFrame, taxes: pd.DataFrame, export_category: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lines with their `treatment` (-1 where no rate is known) and final tax_code, and the components.

    `taxes` are the rows of the Taxes sheet, of which those count that are valid on a line's tax point.
    """
    ordered = _usable(taxes.assign(place=np.arange(len(taxes))))
    coded = _with_oss_codes(invoices, lines, ordered)
    made = coded["tax_rule"].isin(SYNTHETIC).to_numpy(dtype=bool)
    filled = with_made(invoices, coded, made, ordered, export_category)
    treatment = numbered(
        first_given(filled["tax_code"], filled["tax_rule"]),
        np.where(made, 0, days(filled["tax_point"]).astype(np.int64) + 1),
        *(filled[c] for c in ("made_category", "made_reason", "made_exemption")),
        np.asarray(arrow(filled["made_rate"]).cast(pa.string()).to_pandas()),
    )
    told_apart = filled.assign(treatment=treatment)
    first = told_apart.drop_duplicates("treatment")
    components = _ranked(pd.concat([_looked_up(first, ordered), _as_components(first)], ignore_index=True))
    known = np.isin(treatment, components["treatment"].to_numpy())
    result = told_apart.assign(treatment=np.where(known, treatment, -1))
    return result.drop(columns=[c for c in result if str(c).startswith("made_")]), components


def _usable(taxes: pd.DataFrame) -> pd.DataFrame:
    """Leave out every code of which a row has a fault: it has no rate, rather than half of one."""
    faults = yes(taxes["faulty"]) | ~given(taxes["rate"]) | ~given(taxes["category"])
    return taxes[~taxes["tax_code"].isin(taxes.loc[faults, "tax_code"]).to_numpy(dtype=bool)]


def _with_oss_codes(invoices: pd.DataFrame, lines: pd.DataFrame, taxes: pd.DataFrame) -> pd.DataFrame:
    """Name the code of the destination's standard rate on lines under OSS."""
    under = lines["tax_rule"] == "destination_oss"
    if not under.any():
        return lines
    rows = lines[under]
    wanted = rows.assign(country=taken(invoices["buyer_country"], rows["invoice"].to_numpy(), rows.index))
    key = numbered(wanted["country"], days(wanted["tax_point"]).astype(np.int64))
    pairs = wanted.assign(key=key).drop_duplicates("key").sort_values("key")[["key", "country", "tax_point"]]
    codes = taken(standard_codes(pairs, taxes), key, rows.index)
    return lines.assign(tax_code=first_given(lines["tax_code"], codes.reindex(lines.index)))


def standard_codes(pairs: pd.DataFrame, taxes: pd.DataFrame) -> pd.Series:
    """Return for each country and tax_point the code of its standard rate: the highest single rate of category S.

    Null where there is none. A reduced rate is always lower, so the highest one is the standard rate.
    """
    rows = _valid(matched(pairs, taxes, "country"))
    single = rows[~rows.duplicated(["key", "tax_code"], keep=False) & (rows["category"] == "S")]
    order = single.sort_values(["key", "rate", "place"], ascending=[True, False, True]).drop_duplicates("key")
    return taken(order["tax_code"], places(order["key"], pairs["key"]), pd.RangeIndex(len(pairs)))


def _valid(rows: pd.DataFrame) -> pd.DataFrame:
    start, end, point = (days(rows[c]) for c in ("valid_from", "valid_to", "tax_point"))
    valid: pd.DataFrame = rows.loc[(np.isnat(start) | (start <= point)) & (np.isnat(end) | (end >= point))]
    return valid


def _until_the_next(rows: pd.DataFrame) -> pd.DataFrame:
    """Let a rate end where another row of its code begins, and begin where one ended: from then on the code is another."""
    start, end, point = (days(rows[c]) for c in ("valid_from", "valid_to", "tax_point"))
    never = np.datetime64("NaT", "D")
    nearest = pd.DataFrame(
        {
            "treatment": rows["treatment"].to_numpy(),
            "next": np.where(start > point, start - np.timedelta64(1, "D"), never).astype("datetime64[s]"),
            "last": np.where(end < point, end + np.timedelta64(1, "D"), never).astype("datetime64[s]"),
        }
    ).groupby("treatment")
    follows = nearest["next"].transform("min").to_numpy().astype("datetime64[D]")
    before = nearest["last"].transform("max").to_numpy().astype("datetime64[D]")
    held = (np.isnat(start) | (start <= point)) & (np.isnat(end) | (end >= point))
    return rows.assign(
        valid_from=dates(np.where(held, np.fmax(start, before), start), rows.index),
        valid_to=dates(np.where(held, np.fmin(end, follows), end), rows.index),
    )


def _looked_up(first: pd.DataFrame, taxes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the Taxes sheet that each coded treatment bears on its tax point."""
    coded = first.loc[~first["tax_rule"].isin(SYNTHETIC), ["treatment", "tax_code", "tax_point"]]
    rows = _valid(_until_the_next(matched(coded, taxes, "tax_code"))).sort_values(["treatment", "place"])
    reason = rows["exemption_reason"].where(given(rows["exemption_reason"]), rows["category"].map(WORDING).astype(TEXT))
    unsaid = (rows["category"] == "AE") & ~reason.str.contains(WORDING["AE"], regex=False).fillna(False).astype(bool)
    return rows.assign(
        reason=reason.mask(unsaid, WORDING["AE"] + ". " + reason).where(~rows["category"].isin(["S", "Z", "L", "M"])),
        compound=pd.Series(yes(rows["compound"]), index=rows.index),
        exemption_code=rows["exemption_code"].where(~rows["category"].isin(["S", "Z", "L", "M"])),
    )


def _as_components(first: pd.DataFrame) -> pd.DataFrame:
    made = first[first["tax_rule"].isin(SYNTHETIC)]
    nowhere = dates(np.full(len(made), "NaT", dtype="datetime64[D]"), made.index)
    return pd.DataFrame(
        {
            "treatment": made["treatment"],
            "tax_code": made["tax_code"],
            "name": made["made_name"],
            "category": made["made_category"],
            "rate": made["made_rate"],
            "compound": False,
            "valid_from": nowhere,
            "valid_to": nowhere,
            "exemption_code": made["made_exemption"],
            "reason": made["made_reason"],
        }
    )


def _ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Count positions and levels, and number the kinds; categories that mean 0 % bear no rate."""
    ordered = rows.sort_values("treatment", kind="stable").reset_index(drop=True)
    free = ordered["category"].isin(NO_RATE).to_numpy(dtype=bool)
    zero = pa.scalar(money([0], PERCENT).iloc[0], PERCENT)
    rate = column(pc.if_else(pa.array(free), zero, arrow(ordered["rate"]).cast(PERCENT)), ordered.index)
    compound = ordered["compound"].to_numpy(dtype=bool)
    level = pd.Series(compound.astype(np.int64)).groupby(ordered["treatment"].to_numpy()).cumsum()
    alike = numbered(ordered["category"], arrow(rate).cast(pa.string()).to_pandas(), level)
    nth = ordered.assign(alike=alike).groupby(["treatment", "alike"]).cumcount()
    ranked = ordered.assign(
        position=ordered.groupby("treatment").cumcount(),
        rate=rate,
        compound=compound,
        level=level,
        kind=numbered(alike, nth),
        valid_from=ordered["valid_from"].astype(DATE),
        valid_to=ordered["valid_to"].astype(DATE),
    )
    return ranked.assign(shape=_shapes(ranked))[list(COMPONENT_COLUMNS)]


def _shapes(components: pd.DataFrame) -> pd.Series:
    marks = components.assign(mark=components["kind"] * 2 + components["compound"])
    side_by_side = marks.pivot(index="treatment", columns="position", values="mark").fillna(-1)
    if side_by_side.empty:
        return components["treatment"]
    shapes = numbered(*(side_by_side[c].to_numpy() for c in side_by_side))
    return pd.Series(shapes, index=side_by_side.index).reindex(components["treatment"]).set_axis(components.index)
