"""The review workbook of a batch: Review to decide on, Changes, Invoices, Lines, Tax, Problems and Totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..drafting.drafts import Drafts
from ..lifecycle.changes import Changes, changes, no_months
from ..lifecycle.review import facts
from ..problems import Problem, count_words, counts, warned
from ..settings import Review
from .blocks import Block, add_blocks
from .cells import quoted
from .changes_sheet import add_changes, span
from .grid import LINK_LIMIT, ROW_LIMIT, GridSheet, add_grids
from .left_out import parted
from .report_column import Column
from .reports import (
    INVOICE_PREVIEW,
    LINE_PREVIEW,
    TAX_PREVIEW,
    invoice_columns,
    line_columns,
    tax_columns,
)
from .review_sheet import add_review, stands_out
from .saving import saved
from .styles import ERROR_INK, MUTED, WARNING_INK, Styles, new_workbook
from .totals import by_currency, by_status, by_tax
from .words import ARCHIVED_BATCH, all_archived


def write_preview(
    path: Path,
    drafts: Drafts,
    states: pd.DataFrame,
    problems: Sequence[Problem],
    *,
    pages: Sequence[str] | None,
    changed: Changes | None = None,
    step: str = "",
    apply: str = "",
) -> Path:
    """Write the workbook and return its path.

    `states` is aligned with the invoices by position. `pages` gives each invoice's page relative to the workbook;
    Excel allows links for the first 65,530, and the Totals sheet says so where there are more. `changed` compares
    the month with earlier ones (None: there is nothing to compare). `step` says what to type next, `apply` what brings the
    decisions of the sheet Review back.
    """
    changed = changed or changes(no_months(), Review().change_percent)
    shown = facts(drafts, problems, changed)
    with saved(path) as draft_path, new_workbook(draft_path, "Invoice review") as workbook:
        styles = Styles(workbook)
        add_review(
            workbook,
            styles,
            shown,
            states,
            drafts.invoices["digits"],
            pages=pages,
            percent=changed.percent,
            remarks=_about(shown, states, changed, apply),
        )
        add_changes(workbook, styles, changed)
        add_grids(workbook, styles, "Invoices", _filled(_invoices(drafts, states, problems, pages)))
        add_grids(workbook, styles, "Lines", _filled(line_columns(drafts, states, LINE_PREVIEW)))
        add_grids(workbook, styles, "Tax", _filled(tax_columns(drafts, states, TAX_PREVIEW)))
        _add_problems(add_grids(workbook, styles, "Problems", _problems(problems)), styles, problems)
        final = bool((states["status"] == "FINAL").all())
        remarks = [*_remarks(drafts, problems, pages, final), *([step] if step else [])]
        add_blocks(workbook, styles, "Totals", total_blocks(drafts, states), remarks)
    return path


def _about(shown: pd.DataFrame, states: pd.DataFrame, changed: Changes, apply: str) -> list[str]:
    """Return what stands above the sheet to decide on: which batch it is, what stands out, and how to decide."""
    known = states.iloc[0].to_dict() if len(states) else {}
    parts = ((known.get("batch"), "Batch"), (known.get("file"), "of"), (known.get("uploaded_by"), "uploaded by"))
    how = f" and run:  {apply}" if apply else "."
    about = "Last Month, Difference and Change % are about all invoices of the customer, with tax: "
    compared = [f"{about}{span(changed)}."] if changed.compared else []
    decide = f"Choose Approve, Hold or Decline in the first column, say why where you like (a decline needs it), save{how}"
    return [
        " ".join(f"{word} {value}" for value, word in parts if value),
        stands_out(shown, changed.percent) or _count(len(shown), "invoice"),
        ARCHIVED_BATCH if all_archived(states["status"]) else decide,
        *compared,
    ]


def _filled(columns: list[Column]) -> list[Column]:
    """Leave out the columns in which no row has anything, so that a reviewer sees what there is."""
    return [column for column in columns if not column.is_empty]


def _invoices(
    drafts: Drafts, states: pd.DataFrame, problems: Sequence[Problem], pages: Sequence[str] | None
) -> list[Column]:
    counted = warned(problems)
    found = [counted[ref] or None for ref in drafts.invoices["invoice_ref"]] if counted else [None] * len(drafts)
    marked = states.assign(warnings=pd.array(found, dtype="Int64"))
    first, *others = invoice_columns(drafts, marked, INVOICE_PREVIEW)
    return [replace(first, links=pages or None), *others]


def _problems(problems: Sequence[Problem]) -> list[Column]:
    def column(title: str, kind: str, values: list[str], widest: int = 42) -> Column:
        return Column(title, kind, pd.Series([quoted(v) or None for v in values], dtype=object), widest=widest)

    return [
        column("Severity", "word", [p.severity for p in problems]),
        column("Code", "id", [p.code for p in problems]),
        column("Invoice Ref", "id", [p.invoice_ref for p in problems]),
        column("Sheet", "text", [p.sheet for p in problems]),
        column("Cell", "id", [p.cell for p in problems]),
        column("Column", "text", [p.header for p in problems]),
        column("What It Holds", "text", [p.value for p in problems], 30),
        column("What Is Wrong", "wrapped", [p.message for p in problems], 70),
        column("What To Do", "wrapped", [p.fix for p in problems], 60),
        column("File", "text", [p.file for p in problems]),
    ]


def _add_problems(sheets: list[GridSheet], styles: Styles, problems: Sequence[Problem]) -> None:
    if not problems:
        sheets[0].write_string(1, 0, "No problems were found.", styles.note())
    for word, look in (
        ("Error", styles.make("error", font_color=ERROR_INK)),
        ("Warning", styles.make("warning", font_color=WARNING_INK)),
        ("Note", styles.make("note word", font_color=MUTED)),
    ):
        for sheet in sheets:
            sheet.conditional_format(
                1, 0, ROW_LIMIT - 1, 0, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
            )


def total_blocks(drafts: Drafts, states: pd.DataFrame) -> list[Block]:
    """Return the tables of a Totals sheet: per currency, per tax, per status."""
    return blocks_of(by_currency(drafts), by_tax(drafts), by_status(drafts, states))


def blocks_of(money: pd.DataFrame, taxes: pd.DataFrame, status: pd.DataFrame) -> list[Block]:
    """Return `totals.by_currency`, `by_tax` and `by_status` as the tables of a Totals sheet."""
    return [
        Block("By currency", [
            Column("Currency", "id", money["currency"]),
            Column("Invoices", "whole", money["invoices"]),
            Column("Net Total", "amount", money["net_total"], money["currency"]),
            Column("Tax Total", "amount", money["tax_total"], money["currency"]),
            Column("Gross Total", "amount", money["gross_total"], money["currency"]),
        ]),
        Block("By tax", [
            Column("Currency", "id", taxes["currency"]),
            Column("Tax Code", "id", taxes["tax_code"]),
            Column("Tax Name", "text", taxes["name"]),
            Column("Tax Category", "id", taxes["category"]),
            Column("Tax Rate %", "percent", taxes["rate"]),
            Column("Invoices", "whole", taxes["invoices"]),
            Column("Taxable Amount", "amount", taxes["taxable"], taxes["currency"]),
            Column("Tax Amount", "amount", taxes["tax"], taxes["currency"]),
        ]),
        Block("By status", [
            Column("Status", "word", status["status"]),
            Column("Currency", "id", status["currency"]),
            Column("Invoices", "whole", status["invoices"]),
            Column("Gross Total", "amount", status["gross_total"], status["currency"]),
        ]),
    ]  # fmt: skip


def _remarks(drafts: Drafts, problems: Sequence[Problem], pages: Sequence[str] | None, final: bool) -> list[str]:
    remarks = [f"{_count(len(drafts), 'invoice')} with {_count(len(drafts.lines), 'line')}."]
    parts = parted(problems, drafts.invoices["invoice_ref"])
    if parts.invoices:
        remarks.append(f"{parts.words(len(drafts), final)} These totals are of the invoices in this batch only.")
    if parts.own:
        remarks.append(f"{count_words(counts(parts.own))}: see the sheet Problems.")
    if pages is not None and len(pages) > LINK_LIMIT:
        remarks.append(f"The first {LINK_LIMIT:,} invoices link to their pages; Excel allows no more links in a sheet.")
    return remarks


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
