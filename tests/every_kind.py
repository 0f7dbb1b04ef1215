"""A workbook with a cell of every kind; tests/files/every-kind.xls and .ods are what LibreOffice made of it.

Made anew by: python tests/every_kind.py, then soffice --headless --convert-to xls (and ods) every-kind.xlsx
"""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter

TEXTS = (
    "Grüße",
    "line\nbreak",
    "  spaced   out",
    "'quoted",
    "NA",
    "=not a formula",
    "1,234.56",
    "日本語",
    "a\tb",
    "<b> & c",
)
NUMBERS = (5, -3, 19.99, 0.1 + 0.2, 123456789012345, 1e20, 1234567890123456, -0.005, 1e-7, 0)
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NUM!", "#VALUE!")


def every_kind(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Kinds")
        sheet.write_row(0, 0, ("Text", "Number", "Date", "Shown", "Truth", "Error", "Formula"))
        for row, text in enumerate(TEXTS, 1):
            sheet.write_string(row, 0, text)
        for row, number in enumerate(NUMBERS, 1):
            sheet.write_number(row, 1, number)
        _dates(book, sheet)
        shown = (
            (123, "00000"),
            (0.19, "0%"),
            (0.195, "0.0%"),
            (1234.5, '#,##0.00 "€"'),
            (7.5, "0.00 [$USD]"),
            (3, "0"),
            (12, "#,##0"),
        )
        for row, (number, code) in enumerate(shown, 1):
            sheet.write_number(row, 3, number, book.add_format({"num_format": code}))
        sheet.write_boolean(1, 4, True)
        sheet.write_boolean(2, 4, False)
        for row, error in enumerate(ERRORS, 1):
            sheet.write_formula(row, 5, {"#N/A": "=NA()", "#DIV/0!": "=1/0"}.get(error, f"={error}"), None, error)
        sheet.write_formula(1, 6, "=B2*2", None, 10)
        sheet.write_formula(2, 6, '=A2&"!"', None, "Grüße!")
        sheet.write_formula(3, 6, "=B2>1", None, True)
        sheet.merge_range(14, 0, 15, 1, "merged")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.set_column(2, 2, 12, None, {"hidden": True})
        hidden = book.add_worksheet("Hidden")
        hidden.write(0, 0, "secret")
        hidden.hide()
        book.add_worksheet("Far").write(30, 25, "Z31")
    return path


def _dates(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    dates = (
        (date(2026, 11, 24), "yyyy-mm-dd"), (date(2024, 2, 29), "dd/mm/yyyy"), (datetime(2026, 1, 31, 8, 30), "yyyy-mm-dd hh:mm"),
        (time(8, 30), "hh:mm"), (date(1999, 12, 31), "d mmm yy"),
    )  # fmt: skip
    for row, (value, code) in enumerate(dates, 1):
        sheet.write_datetime(row, 2, value, book.add_format({"num_format": code}))
    sheet.write_number(len(dates) + 1, 2, 1.5, book.add_format({"num_format": "[h]:mm"}))


if __name__ == "__main__":
    every_kind(Path(*sys.argv[1:2] or ["every-kind.xlsx"]))
