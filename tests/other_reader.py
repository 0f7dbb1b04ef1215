"""What an independent reader (calamine) finds in the same file, cell by cell, and where it is known to be wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zipfile import ZipFile

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from oneoff_batch.reading.binary_excel import open_xlsb
from oneoff_batch.reading.old_excel import open_xls
from oneoff_batch.reading.open_document import open_ods
from oneoff_batch.reading.source import Raw, Workbook

REFUSED = {
    "pass_protected.xlsb": "E102", "pass_protected.ods": "E102", "issue_385.xls": "E102",
    "OOM_alloc3.xls": "E103", "gh548_incorrect_sst_unique_count.xls": "E103",
    "issue_594_dos.ods": "E105",
}  # fmt: skip
"""Files that are refused, by code. Others without any value are E104."""
OTHERWISE = {
    ("biff5-rich-text-string.xls", 3, 7): "the other reader does not know the code page of signs above 127",
    **{("sheet_name_parsing.xls", row, column): "the other reader takes two bytes for two characters"
       for row in (1, 2) for column in range(7)},
}  # fmt: skip


def open_alien(path: Path) -> Workbook:
    if path.suffix == ".xls":
        return open_xls(path)
    return {".xlsb": open_xlsb, ".ods": open_ods}[path.suffix](ZipFile(path))


def meaning(book: Workbook, cell: Raw) -> object:
    """The value of a cell as Python has it; an error is "", as the other reader knows none."""
    value = cell.value or ""
    if cell.type == "n":
        code, number = book.formats[cell.style], float(value)
        if not is_date_format(code):
            return number
        epoch = CALENDAR_MAC_1904 if book.epoch_1904 else CALENDAR_WINDOWS_1900
        return from_excel(number, epoch, timedelta=is_timedelta_format(code))
    if cell.type == "d":
        return dt.datetime.fromisoformat(value)
    if cell.type == "s":
        return book.strings[int(value)]
    return {"b": value == "1", "e": ""}.get(cell.type, value)


def alike(value: object) -> object:
    """One form for what the two readers say in different ones: whole seconds, days without a time, floats."""
    if isinstance(value, dt.time):
        value = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, dt.timedelta):
        return f"{round(value.total_seconds())} s"
    if isinstance(value, dt.datetime):
        value = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.date() if value.time() == dt.time() else value
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def differences(path: Path) -> list[tuple[str, int, int, object, object]]:
    """Cells in which the two readers differ and nobody has said why; none where the other reader cannot read the file."""
    import python_calamine

    book = open_alien(path)
    try:
        other = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = {
            name: other.get_sheet_by_name(name) for name in other.sheet_names if name in {w.name for w in book.worksheets}
        }
    except python_calamine.CalamineError:
        return []
    found = []
    for worksheet in book.worksheets:
        rows = sheets[worksheet.name].to_python(skip_empty_area=False)
        theirs = {(r, c): alike(v) for r, row in enumerate(rows, 1) for c, v in enumerate(row) if v != ""}
        ours = {(r, cell.column): alike(meaning(book, cell)) for r, row in worksheet.rows() for cell in row}
        for row, column in sorted(ours.keys() | theirs.keys()):
            a, b = ours.get((row, column), ""), theirs.get((row, column), "")
            if (a != b or type(a) is not type(b)) and (path.name, row, column) not in OTHERWISE:
                found.append((worksheet.name, row, column, a, b))
    return found
