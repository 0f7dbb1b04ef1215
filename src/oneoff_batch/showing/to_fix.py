"""The to-fix workbook: only the invoices that cannot be drafted, in the layout of the blank upload workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from ..checking.batch import Master
from .failed_rows import Failed, FailedRows
from .grid import GridSheet
from .help_sheet import add_help
from .input_sheet import Options, add_input_sheet, cell_kind, input_width, number_format
from .lists import Lists
from .marks import MOST_COMMENTS, Comments
from .problem_list import add_problem_list
from .raw_cells import TYPING, RawColumn, blocks_of, texts_of
from .saving import saved
from .styles import Styles, new_workbook
from .template import upload_options

_MOST_NAMED = 10


def write_to_fix(path: Path, failed: Failed, master: Master, files: Sequence[str], check: str) -> Path:
    """Write Problem list, Invoices, Lines and Help, with drop-downs as in the blank workbook, and return the path.

    `check` is the command to type once it is corrected.
    """
    with saved(path) as draft, new_workbook(draft, "Invoices to correct") as workbook:
        styles, comments, lists = Styles(workbook), Comments(), Lists()
        options = upload_options(lists, master)
        add_problem_list(workbook, styles, failed.found, failed.links, _remarks(check, failed, files))
        for rows in (failed.invoices, failed.lines):
            _add_rows(workbook, styles, rows, options, comments)
        tables = (failed.invoices.table, failed.lines.table)
        add_help(workbook, styles, tables, ("Correct the red cells, save, and upload this workbook again.",))
        lists.add_to(workbook)
    return path


def _remarks(check: str, failed: Failed, files: Sequence[str]) -> list[str]:
    count = int(failed.invoices.texts["invoice_ref"].nunique())
    marked = sum(len(own) for rows in (failed.invoices, failed.lines) for own in rows.marks.cells.values())
    named = ", ".join(failed.outside[:_MOST_NAMED]) + (" …" if len(failed.outside) > _MOST_NAMED else "")
    cut = (
        f"Only the first {MOST_COMMENTS:,} marked cells have a comment; the others are coloured, and this list has them all."
    )
    return [
        f"{count:,} {'invoice' if count == 1 else 'invoices'} of {', '.join(files)} that cannot be drafted, with "
        f"{len(failed.lines):,} {'line' if len(failed.lines) == 1 else 'lines'}; the good ones are not in here.",
        f"Correct the red cells, save, and upload this workbook: {check}",
        f"The sentences name cells of {' and '.join(files)}; Go To leads to the cell in this workbook.",
        "There is no Control sheet: its totals count the whole upload, not these invoices alone.",
        *([f"Not in here, since their error lies in a column that this layout has not: {named}."] if named else []),
        *([cut] if marked > MOST_COMMENTS else []),
    ]


def _add_rows(workbook: Workbook, styles: Styles, rows: FailedRows, options: Options, comments: Comments) -> None:
    sheet: GridSheet = add_input_sheet(workbook, styles, rows.table, options)
    if not len(rows):
        return
    index = rows.texts.index
    numbers = np.arange(2, len(index) + 2)
    shown = rows.texts.set_axis(numbers, axis="index")
    damaged = rows.marks.damaged()
    columns = []
    for i, (name, column) in enumerate(rows.table.columns.items()):
        at, kind = xl_col_to_name(i), cell_kind(column)
        columns.append(
            RawColumn(
                at,
                texts_of(shown[name]),
                rows.kinds[name].to_numpy().astype("<U1"),
                rows.marks.of_column(at, shown.index, 0),
                typing=TYPING.get(kind, "General"),
                width=input_width(column),
                damaged=damaged.get(at, frozenset()),
                figures=number_format(column) if kind in ("number", "amount", "percent", "fx") else "General",
            )
        )
    rows.marks.write_comments(sheet, comments, {c.letters: c.letters for c in columns})
    sheet.used = f"A1:{columns[-1].letters}{numbers[-1]}"
    sheet.blocks = blocks_of(columns, numbers, styles)
