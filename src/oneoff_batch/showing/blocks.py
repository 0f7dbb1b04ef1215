"""Small tables one below the other on one sheet, such as Totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .cells import DIGITS_LIMIT, clean, places, plain, quoted, significant
from .report_column import Column
from .styles import PLACES, TITLE_HEIGHT, Styles, print_setup


@dataclass(frozen=True)
class Block:
    """A small table with a title above it."""

    title: str
    columns: Sequence[Column]


def add_blocks(workbook: Workbook, styles: Styles, name: str, blocks: Sequence[Block], remarks: Sequence[str]) -> Worksheet:
    """Add a sheet with a title, remarks, and the tables below each other; columns are as wide as their widest."""
    sheet = workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_row(0, TITLE_HEIGHT)
    sheet.write_string(0, 0, name, styles.title())
    for row, remark in enumerate(remarks, start=1):
        sheet.write_string(row, 0, quoted(remark), styles.note())
    row = len(remarks) + 2
    for block in blocks:
        row = _add_block(sheet, styles, block, row) + 1
    widths = [max(map(_width, columns)) for columns in _side_by_side(blocks)]
    for i, width in enumerate(widths):
        sheet.set_column(i, i, width)
    print_setup(sheet, name, sum(widths))
    return sheet


def _side_by_side(blocks: Sequence[Block]) -> list[list[Column]]:
    """Return for every column of the sheet the blocks' columns that stand in it one below the other."""
    every = zip_longest(*(block.columns for block in blocks))
    return [[column for column in columns if column is not None] for columns in every]


def _add_block(sheet: Worksheet, styles: Styles, block: Block, row: int) -> int:
    sheet.write_string(row, 0, block.title, styles.section())
    for i, column in enumerate(block.columns):
        sheet.write_string(row + 1, i, column.title, styles.header(right=column.is_figure, wrapped=False))
        codes = column.currency.tolist() if column.currency is not None else [""] * len(column.values)
        for n, (value, code) in enumerate(zip(column.array.to_pylist(), codes, strict=True), start=row + 2):
            if value is not None:
                _write(sheet, n, i, value, _look(styles, column, code, value))
    return row + 2 + len(block.columns[0].values)


def _width(column: Column) -> float:
    return max(column.width, len(column.title) + 4)


def _look(styles: Styles, column: Column, code: str, value: Any) -> Format:
    if column.kind == "amount":
        return styles.amount(code)
    if column.kind in PLACES:
        return styles.figure(column.kind, places(plain(pa.array([value]))).to_pylist()[0])
    return styles.body("text" if column.kind == "word" else column.kind)


def _write(sheet: Worksheet, row: int, col: int, value: Any, look: Format) -> None:
    """Write a figure as a number where Excel keeps all of its digits, else as text."""
    if isinstance(value, int | Decimal) and significant(plain(pa.array([value]))).to_pylist()[0] <= DIGITS_LIMIT:
        sheet.write_number(row, col, value, look)
    else:
        sheet.write_string(row, col, clean(str(value)), look)
