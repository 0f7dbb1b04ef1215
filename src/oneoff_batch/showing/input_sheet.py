"""A sheet for people to fill in: headers with comments, formats, drop-downs and rules, from a table's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ..columns import Table, kind_of
from .cells import clean
from .grid import ROW_LIMIT, GridSheet
from .styles import DAY_FORMAT, EXAMPLE_FILL, HEADER_HEIGHT, TEXT_FORMAT, Styles, print_setup, side

Options = Callable[[str, Any], str | list[str] | None]
"""Gives the source of the drop-down for a field and its column, or None where any value may be typed."""

_NUMERIC = ("number", "amount", "percent", "fx")
_WHAT_TO_TYPE = {
    "date": "a date such as 2026-11-30",
    "number": "a number",
    "amount": "an amount",
    "percent": "a percentage: 21 for 21 %",
    "fx": "a rate",
    "flag": "yes or no",
    "choice": "one of the words in the list",
    "currency": "three letters such as EUR",
    "country": "two letters such as NL",
    "terms": "payment terms such as 30 days",
    "id": "text",
    "text": "text",
    "custom": "text",
}
_CUSTOM = {"NUMBER": "number", "BOOLEAN": "flag", "ENUM": "choice"}
_WIDE = {"text": 26, "custom": 18, "date": 13, "flag": 12, "currency": 11, "country": 11}
_OPEN_LISTS = ("id", "terms", "custom")


def cell_kind(column: Any) -> str:
    """Return the kind that decides on the format of a cell; custom fields have the kind of their type."""
    kind = kind_of(column)
    return _CUSTOM.get(str(column.metadata.get("custom_type")), kind) if kind == "custom" else kind


def what_to_type(column: Any) -> str:
    """Return in a few words what a cell of the column takes."""
    return _WHAT_TO_TYPE[cell_kind(column)]


def input_format(styles: Styles, column: Any, *, example: bool = False) -> Any:
    """Return the format of cells to type into: ids and words are text, so that 00123 and 1-2 stay what they are."""
    kind, right = cell_kind(column), cell_kind(column) in _NUMERIC
    code = number_format(column) if right else DAY_FORMAT if kind == "date" else TEXT_FORMAT
    look: dict[str, Any] = {"italic": True, "bg_color": EXAMPLE_FILL} if example else {}
    return styles.make(f"input {code} {right} {example}", num_format=code, **side(right), **look)


def number_format(column: Any) -> str:
    """Prices and amounts show two decimals or more; everything else the decimals that are typed."""
    money = cell_kind(column) in ("number", "amount") and "." in str(column.metadata.get("example") or "")
    return "#,##0.00######" if money else "General"


def add_input_sheet(
    workbook: Workbook,
    styles: Styles,
    table: Table,
    options: Options,
    rows: Sequence[Mapping[str, str]] = (),
    *,
    example: bool = True,
) -> GridSheet:
    """Add the sheet of a table, ready to be filled in; `rows` (texts by field) look like examples to write over or not."""
    sheet: GridSheet = workbook.add_worksheet(table.title, worksheet_class=GridSheet)
    for i, (field, column) in enumerate(table.columns.items()):
        write_header(sheet, styles, 0, i, column)
        sheet.set_column(i, i, input_width(column), input_format(styles, column))
        _add_rule(sheet, i, column, options(field, column))
    write_rows(sheet, styles, table, rows, 1, example=example)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(table.columns) - 1)}{ROW_LIMIT}"})
    sheet.set_row(0, HEADER_HEIGHT)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    print_setup(sheet, table.title, sum(map(input_width, table.columns.values())))
    return sheet


def write_header(sheet: Worksheet, styles: Styles, row: int, i: int, column: Any) -> None:
    """Write a header with its comment; a column that must be filled in is dark."""
    needed = bool(column.metadata["required"])
    right = cell_kind(column) in _NUMERIC
    sheet.write_string(row, i, clean(column.title), styles.header(right=right, needed=needed))
    comment = comment_of(column)
    height = 22 + 15 * sum(1 + len(line) // 42 for line in comment.split("\n"))
    options = {"x_scale": 1.9, "height": height, "font_name": "Calibri", "font_size": 9, "color": "#FFFDF3"}
    sheet.write_comment(row, i, comment, {**options, "author": ""})


def comment_of(column: Any) -> str:
    """Return what goes into a column: its title, whether it is needed, its help, an example."""
    needed = "required" if column.metadata["required"] else "optional"
    lines = [f"{column.title} ({needed})", str(column.description), f"Type {what_to_type(column)}."]
    example = column.metadata.get("example")
    return clean("\n".join([*lines, f"Example: {example}"] if example else lines))


def write_rows(
    sheet: Worksheet,
    styles: Styles,
    table: Table,
    rows: Sequence[Mapping[str, str]],
    first: int,
    *,
    example: bool = True,
) -> None:
    """Write rows of texts in the way of each column: numbers as numbers, dates as dates, everything else as text."""
    for n, row in enumerate(rows, start=first):
        for i, (field, column) in enumerate(table.columns.items()):
            kind, text = cell_kind(column), row.get(field, "")
            look = input_format(styles, column, example=example)
            if not text:
                sheet.write_blank(n, i, None, look)
            elif kind == "date":
                sheet.write_datetime(n, i, date.fromisoformat(text), look)
            elif kind in _NUMERIC:
                sheet.write_number(n, i, Decimal(text), look)
            else:
                sheet.write_string(n, i, clean(text), look)


def input_width(column: Any) -> float:
    """Return a width for the header on two lines and a usual value."""
    words = str(column.title).split()
    header = max(max(map(len, words)), (len(column.title) + 3) // 2) + 4
    example = len(str(column.metadata.get("example") or "")) + 4
    return float(max(header, min(example, 32), _WIDE.get(cell_kind(column), 10)))


def _add_rule(sheet: Worksheet, i: int, column: Any, source: str | list[str] | None) -> None:
    rule = _list_rule(column, source) if source else _kind_rule(cell_kind(column))
    if rule:
        message = f"Type {what_to_type(column)}."
        shared = {"ignore_blank": True, "error_title": str(column.title)[:32], "error_message": message}
        sheet.data_validation(1, i, ROW_LIMIT - 1, i, {**shared, **rule})


def _list_rule(column: Any, source: str | list[str]) -> dict[str, Any]:
    """Return the rule of a drop-down; one that names master data only warns, since other references find it too."""
    if cell_kind(column) in _OPEN_LISTS:
        message = "This is not in the list. It may still be right, such as an external reference, or new master data."
        return {"validate": "list", "source": source, "error_type": "warning", "error_message": message}
    return {"validate": "list", "source": source, "error_type": "stop"}


def _kind_rule(kind: str) -> dict[str, Any] | None:
    if kind == "date":
        return {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1)}
    if kind in _NUMERIC:
        return {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
    return None
