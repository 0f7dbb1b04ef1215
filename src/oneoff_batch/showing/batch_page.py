"""The page of a batch: totals, what stands out, and a table of its invoices that searches and sorts offline."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..drafting.drafts import Drafts
from ..money import total
from ..problems import ERROR, NOTE, WARNING, Problem, count_words, counts
from . import formats, places, words
from .cells import quoted
from .invoice_page import warning_counts
from .left_out import parted
from .problem_page import sections

PROBLEM_GROUPS = 20
"""Different values per rule that the batch page lists; the page of problems has more."""
LEFT_OUT = 200
"""Invoices left out that are listed; the page of problems has them all."""
_SUMMARY = ("batch", "file", "uploaded_by", "uploaded_at", "step", "to_fix")


def write_batch_page(
    folder: Path,
    drafts: Drafts,
    states: pd.DataFrame,
    problems: Sequence[Problem] = (),
    summary: dict[str, Any] | None = None,
    *,
    user_templates: Path | None = None,
) -> Path:
    """Write `folder`/index.html and return its path. `states` is as for the invoices' pages.

    `problems` are those of the upload: what is about invoices that were left out stands apart. `summary` may say batch,
    file, uploaded_by, uploaded_at (text or a time), the step to take next, and in to_fix what to type once those that
    were left out are corrected.
    """
    given = summary or {}
    parts = parted(problems, drafts.invoices["invoice_ref"])
    taken_back = words.all_archived(states["status"])
    counted = counts(parts.own)
    found = sections(parts.own, PROBLEM_GROUPS)
    locale = _common_locale(drafts.invoices["locale"])
    page = places.page("batch", user_templates, script=True).render(
        **{name: _said(given.get(name)) for name in _SUMMARY},
        counts=_counts(states),
        totals=_totals(drafts.invoices, locale),
        taxes=_taxes(drafts, locale),
        sections=found,
        errors=counted[ERROR],
        warnings=counted[WARNING],
        notes=counted[NOTE],
        found=count_words(counted),
        said="" if taken_back else parts.words(len(drafts), bool((states["status"] == "FINAL").all())),
        left_out=parts.invoices[:LEFT_OUT],
        more_left_out=max(len(parts.invoices) - LEFT_OUT, 0),
        data=places.data_island(_table(drafts.invoices, states, locale)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_bytes(page.encode())
    return path


def _said(value: Any) -> str:
    if value is None:
        return ""
    return format(value, "%d %b %Y, %H:%M") if hasattr(value, "hour") else quoted(str(value))


def _common_locale(locales: pd.Series) -> str:
    """Return the locale that all invoices share, else the fallback: one table is written one way."""
    found = locales.dropna().unique().tolist()
    return str(found[0]) if len(found) == 1 else formats.FALLBACK


def _counts(states: pd.DataFrame) -> list[tuple[str, int]]:
    """How many invoices are in each status, on hold, waiting for review, and have warnings."""
    statuses = states["status"].value_counts()
    held = int(states["on_hold"].fillna(False).astype(bool).sum())
    approvals = states["approval"].value_counts()
    noted = sum(1 for n in warning_counts(states) if n)
    return [
        ("Invoices", len(states)),
        *((words.status(code), int(statuses[code])) for code in words.STATUSES if code in statuses),
        *([("On hold", held)] if held else []),
        *((words.approval(code), int(approvals[code])) for code in words.APPROVALS if code in approvals),
        *([("With warnings", noted)] if noted else []),
    ]


def _totals(invoices: pd.DataFrame, locale: str) -> list[dict[Hashable, Any]]:
    """Net, tax and gross per currency."""
    names = ["net_total", "tax_total", "gross_total"]
    if not len(invoices):
        return []
    by = invoices["currency"]
    frame = pd.DataFrame({name: total(invoices[name], by) for name in names})
    frame = frame.assign(count=invoices.groupby(by).size(), digits=invoices.groupby(by)["digits"].first())
    frame = frame.reset_index()
    text = {n: formats.amounts(frame[n], _same(locale, frame), frame["digits"]) for n in names}
    return frame.assign(**text)[["currency", "count", *names]].to_dict("records")


def _taxes(drafts: Drafts, locale: str) -> list[dict[Hashable, Any]]:
    """Taxable amount and tax per currency, category and rate."""
    if not len(drafts.taxes):
        return []
    owner = drafts.taxes["invoice"].to_numpy()
    rows = drafts.taxes.assign(
        currency=drafts.invoices["currency"].take(owner).to_numpy(),
        digits=drafts.invoices["digits"].take(owner).to_numpy(),
    )
    keys = [rows[name] for name in ("currency", "category", "rate", "name")]
    frame = pd.DataFrame({name: total(rows[name], keys) for name in ("taxable", "tax")})
    counts = rows.groupby(keys)
    frame = frame.assign(count=counts["invoice"].nunique(), digits=counts["digits"].first()).reset_index()
    locales = _same(locale, frame)
    shown = {n: formats.amounts(frame[n], locales, frame["digits"]) for n in ("taxable", "tax")}
    rate = np.where(frame["category"] == "O", "\N{EN DASH}", formats.percents(frame["rate"], locales))
    category = formats.mapped(frame["category"], words.category)
    frame = frame.assign(**shown, rate=rate, category=category)
    return frame[["currency", "category", "name", "rate", "count", "taxable", "tax"]].to_dict("records")


def _same(locale: str, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(locale, index=frame.index, dtype="str")


def _table(invoices: pd.DataFrame, states: pd.DataFrame, locale: str) -> dict[str, Any]:
    """Return the invoices in columns, as the page's script reads them; what repeats is written once."""
    look = formats.marks(locale)
    due = invoices["invoice_date"].fillna(invoices["planned_date"])
    approvals = formats.mapped(states["approval"], words.approval)
    held = states["on_hold"].fillna(False).to_numpy(dtype=bool)
    statuses = formats.mapped(states["status"], words.status)
    return {
        "decimal": look.decimal,
        "group": look.group,
        "sizes": [look.first, look.further],
        "ref": formats.words(invoices["invoice_ref"]).tolist(),
        "number": formats.words(states["number"].astype("str")).tolist(),
        "customer": _coded(formats.words(invoices["buyer_name"])),
        "date": _coded_days(due, locale),
        "planned": invoices["invoice_date"].isna().astype(int).tolist(),
        "due": _coded_days(invoices["due_date"], locale),
        "currency": _coded(formats.words(invoices["currency"])),
        "net": _plain(invoices["net_total"], invoices["digits"]),
        "tax": _plain(invoices["tax_total"], invoices["digits"]),
        "gross": _plain(invoices["gross_total"], invoices["digits"]),
        "status": _coded(np.where(held, statuses + ", on hold", statuses)),
        "approval": _coded(approvals),
        "warnings": warning_counts(states),
        "page": places.page_names(invoices["invoice_ref"], states["number"]),
    }


def _plain(values: pd.Series, digits: pd.Series) -> list[str]:
    """Amounts with a point and no groups, which the script can both compare and show."""
    plain = formats.Marks(".", "", 99, 99, ("", ""), ("-", ""))
    return [str(text) for text in formats.written(values, digits, plain)]


def _coded(text: formats.Texts) -> dict[str, Any]:
    """Return distinct words and, per row, which of them it is."""
    codes, values = pd.factorize(text)
    return {"values": values.tolist(), "rows": codes.tolist()}


def _coded_days(values: pd.Series, locale: str) -> dict[str, Any]:
    """Return distinct days as ISO 8601 and as shown, and which of them each row has (-1: none)."""
    codes, found = pd.factorize(values)
    return {
        "keys": [str(day) for day in found],
        "values": [formats.day(day, locale) for day in found],
        "rows": codes.tolist(),
    }
