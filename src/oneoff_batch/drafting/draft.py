"""From what has passed the checks to draft invoices: one straight line."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..checking.batch import Batch, Master
from ..money import arrow
from ..problems import Problem, errors
from ..settings import Settings
from .compute import with_taxes
from .currency import with_tax_currency
from .dates import with_dates
from .drafts import CORRECTION, INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts, typed
from .faults import bounds, changing_rates, tax_problems
from .frames import dates, problems_at, taken
from .hashing import content_hash
from .names import with_names
from .parties import with_parties
from .rates import with_rates
from .resolve import with_rules
from .summary import joined, tax_table, totals


def draft(batch: Batch, master: Master, settings: Settings, today: date) -> tuple[Drafts, list[Problem]]:
    """Return the draft invoices and what is wrong or worth a look.

    Invoices that an error names are left out and the rest is drafted. Pure: `today` stands for the day on which
    an invoice without a date would become final.
    """
    invoices = with_parties(batch.invoices, master, settings)
    invoices, problems = with_dates(invoices, batch.lines, settings, today)
    lines = with_rules(invoices, with_names(batch.lines, master, settings.tax.tax_category))
    lines, components = with_rates(invoices, lines, master.taxes, settings.tax.export_category)
    problems = problems + tax_problems(invoices, lines, components, settings)
    invoices, lines = _without(invoices, lines, problems)
    problems += changing_rates(invoices, lines, components, today)
    lines, parts = with_taxes(invoices, lines, components, settings.tax.inclusive_rounds)
    taxes = tax_table(invoices, parts, components)
    invoices = totals(invoices, lines, taxes)
    invoices, unconverted = with_tax_currency(invoices, master.rates, settings)
    invoices = _with_validity(invoices, lines, components).assign(wording=_wording(invoices, taxes))
    problems += [*unconverted, *_negative(invoices)]
    return _finished(invoices, lines, taxes, unconverted), problems


def _without(invoices: pd.DataFrame, rows: pd.DataFrame, problems: list[Problem]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out the invoices that an error names, and number the rest anew."""
    bad = {p.invoice_ref for p in errors(problems)}
    if not bad:
        return invoices, rows
    good = ~invoices["invoice_ref"].isin(bad).to_numpy(dtype=bool)
    new = np.cumsum(good) - 1
    at = rows["invoice"].to_numpy()
    kept = rows.loc[good[at]]
    return invoices[good].reset_index(drop=True), kept.assign(invoice=new[at[good[at]]]).reset_index(drop=True)


def _finished(invoices: pd.DataFrame, lines: pd.DataFrame, taxes: pd.DataFrame, problems: list[Problem]) -> Drafts:
    _, taxes = _without(invoices, taxes, problems)
    invoices, lines = _without(invoices, lines, problems)
    numbered_lines = lines.assign(line=lines.groupby("invoice").cumcount() + 1)
    drafts = Drafts(
        typed(invoices.assign(content_hash=None, **dict.fromkeys(CORRECTION)), INVOICE_COLUMNS),
        typed(numbered_lines.assign(credits_line=None), LINE_COLUMNS),
        typed(taxes, TAX_COLUMNS),
    )
    return Drafts(drafts.invoices.assign(content_hash=content_hash(drafts)), drafts.lines, drafts.taxes)


def _with_validity(invoices: pd.DataFrame, lines: pd.DataFrame, components: pd.DataFrame) -> pd.DataFrame:
    """Bound the invoice dates for which the tax stays right, where any of it was taken on the invoice date."""
    loose = lines[lines["on_invoice_date"].to_numpy()]
    start, end = bounds(loose, components)
    by = loose["invoice"].to_numpy()
    return invoices.assign(
        rate_from=_days(start.groupby(by).max(), invoices.index), rate_to=_days(end.groupby(by).min(), invoices.index)
    )


def _days(values: pd.Series, index: pd.Index) -> pd.Series:
    return dates(values.reindex(index).to_numpy().astype("datetime64[D]"), index)


def _negative(invoices: pd.DataFrame) -> list[Problem]:
    owing = invoices[np.asarray(pc.less(arrow(invoices["gross_total"]), 0))]
    shown = pd.Series(
        [f"{t:.{d}f} {c}" for t, d, c in zip(owing["gross_total"], owing["digits"], owing["currency"], strict=True)],
        index=owing.index,
    )
    return problems_at(owing, "W404", details={"total": shown})


def _wording(invoices: pd.DataFrame, taxes: pd.DataFrame) -> pd.Series:
    """Join the reasons that the law wants on the invoice, one per line of text, in the order of the tax table."""
    said = taxes.assign(order=np.arange(len(taxes))).dropna(subset=["reason"])
    text = joined(said, "invoice", "reason", "order", "\n")
    return taken(text, text.index.get_indexer(invoices.index), invoices.index)
