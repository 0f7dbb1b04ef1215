"""Records → workbooks and CSVs whose bytes are the same on every run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from oneoff_batch.columns import CONTROL, INVOICES, LINES, MASTER, Table
from oneoff_batch.columns.corrections import CORRECTIONS

Record = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]
Sheets = Mapping[str, Rows]
TABLES: Mapping[str, Table] = {t.name: t for t in (*MASTER, INVOICES, LINES, CONTROL, *CORRECTIONS)}
_STAMP = b"2026-11-01T08:00:00Z"


def sheet(name: str, records: Sequence[Record], only_used: bool = False) -> dict[str, list[list[Any]]]:
    """Return the sheet of a table: a row of titles, then one row per record; further keys are custom fields.

    With `only_used` columns that no record fills are left out.
    """
    table = TABLES[name]
    custom = dict.fromkeys(k for r in records for k in r if k not in table.columns)
    fields = [*table.columns, *custom]
    if only_used:
        fields = [f for f in fields if any(r.get(f) is not None for r in records)]
    titles = [table.title_of(f) if f in table.columns else f for f in fields]
    return {table.title: [titles, *([r.get(f) for f in fields] for r in records)]}


def book(tables: Mapping[str, Sequence[Record]], only_used: bool = False) -> dict[str, list[list[Any]]]:
    """Return the sheets of several tables."""
    return {title: rows for name, records in tables.items() for title, rows in sheet(name, records, only_used).items()}


def write_workbook(path: Path, sheets: Sheets, hidden: Sequence[str] = ()) -> None:
    """Write a workbook: text as text, dates as dates, numbers as numbers, and text that begins with = as a formula."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        worksheet = workbook.create_sheet(title)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None:
                    _fill(worksheet.cell(at, column), value)
        _dress(worksheet, rows)
        worksheet.sheet_state = "hidden" if title in hidden else "visible"
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(same_every_time(buffer.getvalue()))


def _fill(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, time):
        cell.number_format = "h:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0.00" if value == round(value, 2) else "General"
    elif isinstance(value, str) and cell.data_type == "s":
        cell.number_format = "@"


def _dress(worksheet: Any, rows: Rows) -> None:
    for cell in worksheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DCE9F2")
    worksheet.freeze_panes = "A2"
    for at, _ in enumerate(rows[0], start=1):
        longest = max(len(str(r[at - 1])) for r in rows if at <= len(r) and r[at - 1] is not None) if rows else 8
        worksheet.column_dimensions[get_column_letter(at)].width = min(48, max(10, longest + 2))


def same_every_time(data: bytes) -> bytes:
    """Put a fixed day in place of the time of writing."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _STAMP, content)
            new.writestr(ZipInfo(name, (2026, 11, 1, 8, 0, 0)), content, ZIP_DEFLATED)
    return out.getvalue()


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8") -> None:
    """Write a CSV with commas and line feeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(["" if v is None else v for v in row] for row in rows)
    path.write_bytes(text.getvalue().encode(encoding))
