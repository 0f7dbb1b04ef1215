"""The list of problems that stands in front of a workbook handed back, with a link to every cell."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from xlsxwriter import Workbook

from ..columns import PROBLEM_LIST
from .cells import quoted
from .grid import LINK_LIMIT, add_grids
from .marks import Told
from .report_column import Column
from .styles import ERROR_INK, MUTED, WARNING_INK, Styles

_INKS = (("Error", ERROR_INK), ("Warning", WARNING_INK), ("Note", MUTED))


def add_problem_list(
    workbook: Workbook, styles: Styles, found: Sequence[Told], links: Sequence[str], remarks: Sequence[str]
) -> None:
    """Add the list; `links` gives for each problem its cell in this workbook as `'Sheet'!C5`, or ""."""
    several = len({t.problem.file for t in found if t.problem.file}) > 1
    more = [f"Excel allows no more than {LINK_LIMIT:,} links in a sheet; further problems have none."]
    columns = [
        _column("Severity", "word", [t.problem.severity for t in found]),
        _column("Code", "id", [t.problem.code for t in found]),
        _column("Invoice", "id", [t.problem.invoice_ref for t in found], 24),
        *([_column("Your File", "text", [t.problem.file for t in found], 28)] if several else []),
        _column("Your Sheet", "text", [t.problem.sheet for t in found], 24),
        _column("Your Cell", "id", [t.problem.cell for t in found]),
        _column(
            "Go To", "text", [link.replace("'", "") for link in links], 28, [f"#{link}" if link else "" for link in links]
        ),
        _column("What Is Wrong", "wrapped", [t.message for t in found], 70),
        _column("What To Do", "wrapped", [t.fix for t in found], 60),
    ]
    said = [*remarks, *(more if sum(map(bool, links)) > LINK_LIMIT else [])]
    for sheet in add_grids(workbook, styles, PROBLEM_LIST, columns, said):
        top = len(said) + 3
        for word, ink in _INKS:
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{word}"',
                "format": styles.make(f"ink {ink}", font_color=ink),
            }
            sheet.conditional_format(top, 0, top + max(len(found), 1), 0, rule)


def _column(title: str, kind: str, values: list[str], widest: int = 42, links: list[str] | None = None) -> Column:
    return Column(title, kind, pd.Series([quoted(v) or None for v in values], dtype=object), widest=widest, links=links)
