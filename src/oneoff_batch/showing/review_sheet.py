"""The sheet on which a reviewer decides: one row per invoice, what stands out first, two columns to fill in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook

from ..columns import TEXT, kind_of
from ..columns.review import DECISIONS, LOCKED, REVIEW, TYPED
from ..lifecycle.review import order_of
from ..problems import counted
from .grid import GridSheet, add_grids
from .report_column import Column
from .styles import ERROR_INK, GOOD_INK, WARNING_INK, Styles
from .words import APPROVALS, STATUSES

_KINDS = {"date": "day", "currency": "id"}
_SPECIAL = {"warnings": "whole", "change": "percent", "first_warning": "wrapped", "comment": "wrapped", "outside": "wrapped"}
_WIDEST = {"decision": 12, "comment": 28, "buyer_name": 28, "first_warning": 52, "outside": 14, "content_hash": 14}
_FIXED = 3
"""Columns that stay in sight when the sheet is scrolled to the right: the decision, the comment, and the ref."""
_MAY = {"select_locked_cells": True, "select_unlocked_cells": True, "autofilter": True, "sort": True,
        "format_columns": True, "format_rows": True}  # fmt: skip


def add_review(
    workbook: Workbook,
    styles: Styles,
    shown: pd.DataFrame,
    states: pd.DataFrame,
    digits: pd.Series,
    *,
    pages: Sequence[str] | None,
    percent: int,
    remarks: Sequence[str],
) -> None:
    """Add the sheet of `shown` (`lifecycle.review.facts`), with `states` and `pages` aligned by position.

    Locked without a password, so that nothing is changed by mistake: what counts is that every cell is held against
    the book when it comes back. `percent` is the change from which a customer stands out.
    """
    order = order_of(shown, digits)
    links = [pages[i] for i in order] if pages else None
    columns = _columns(shown.take(order), states.take(order), links)
    for sheet in add_grids(workbook, styles, REVIEW.title, columns, remarks):
        top = len(remarks) + 2
        _add_rules(sheet, styles, columns, top + 1, percent)
        sheet.freeze_panes(top + 1, _FIXED)
        sheet.protect("", _MAY)
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, top + max(len(shown), 1), len(columns) - 2)


def _columns(shown: pd.DataFrame, states: pd.DataFrame, links: Sequence[str] | None) -> list[Column]:
    """Return the columns of the sheet; locked ones in which no row has anything are left out."""
    empty = pd.Series(None, index=shown.index, dtype=TEXT)
    frame = shown.assign(status=_status(states).set_axis(shown.index), approval=_approval(states).set_axis(shown.index))
    made = []
    for name, column in REVIEW.columns.items():
        kind = _SPECIAL.get(name) or _KINDS.get(kind_of(column), kind_of(column))
        values = empty if name in TYPED else frame[name]
        currency = frame["currency"] if kind == "amount" else None
        to_fill = name in TYPED
        own = Column(column.title, kind, values, currency, _WIDEST.get(name, 24), to_fill=to_fill)
        if to_fill or not own.is_empty or name not in LOCKED:
            made.append(own)
    at = next(i for i, c in enumerate(made) if c.title == REVIEW.title_of("invoice_ref"))
    made[at] = Column(made[at].title, "id", made[at].values, links=links)
    return made


def _status(states: pd.DataFrame) -> pd.Series:
    held = pa.array(states["on_hold"]).cast(pa.bool_())
    words = pa.array([STATUSES.get(s, s) for s in states["status"]], pa.string())
    return pd.Series(
        pc.binary_join_element_wise(words, pc.if_else(pc.fill_null(held, False), ", on hold", ""), ""), dtype=TEXT
    )


def _approval(states: pd.DataFrame) -> pd.Series:
    words = pa.array([APPROVALS.get(a, a) for a in states["approval"]], pa.string())
    who = pa.array(states["approved_by"]).cast(pa.string())
    return pd.Series(pc.coalesce(pc.binary_join_element_wise(words, who, " by "), words), dtype=TEXT)


def _add_rules(sheet: GridSheet, styles: Styles, columns: Sequence[Column], first: int, percent: int) -> None:
    """Add the drop-down, and colours for what was decided and what stands out."""
    last = first + max(sheet.dim_rowmax, len(columns[0].values)) - 1
    words = list(DECISIONS.values())
    told = {"error_title": "Decision", "error_message": f"Choose {', '.join(words[:-1])} or {words[-1]}, or leave it empty."}
    sheet.data_validation(first, 0, last, 0, {"validate": "list", "source": words, "ignore_blank": True, **told})
    for word, ink in zip(words, (GOOD_INK, WARNING_INK, ERROR_INK), strict=True):
        look = styles.make(f"decided {word}", font_color=ink, bold=True)
        sheet.conditional_format(first, 0, last, 0, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look})
    out = styles.make("stands out", font_color=WARNING_INK, bold=True)
    places = {c.title: i for i, c in enumerate(columns)}
    change = places.get(REVIEW.title_of("change"))
    if change is not None:
        outside = {"type": "cell", "criteria": "not between", "minimum": -percent, "maximum": percent, "format": out}
        sheet.conditional_format(first, change, last, change, outside)


def stands_out(shown: pd.DataFrame, percent: int) -> str:
    """Return in a sentence how many invoices deserve a look, and why."""
    change = shown["change"].abs() >= percent
    counts = (
        (int(shown["warnings"].notna().sum()), "with warnings"),
        (int(change.fillna(False).sum()), f"of customers that changed by {percent} % or more"),
        (int(shown["outside"].notna().sum()), "for a period outside the month of the invoice"),
    )
    said = [f"{n:,} {what}" for n, what in counts if n]
    return f"{counted(len(shown), 'invoice')}: {', '.join(said)}." if said else ""
