"""The to-fix workbook: what is not red in it reads as it did in the upload."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl

HEAD = ["Invoice ref", "Customer", "Currency", "PO number", "Product item", "Pricing name", "Quantity", "Unit price"]


def flat(path: Path, *rows: list[object], head: list[str] = HEAD) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Batch"
    for row in ([*head], *rows):
        page.append(row)
    book.save(path)


def with_numbers_as_ids(path: Path) -> None:
    """Give the sample company a customer 1001, a customer 007 and a product item 0047."""
    book = openpyxl.load_workbook(path)
    for sheet, id_header, ids in (("Customers", "Customer", ("1001", "007")), ("Products", "Product item", ("0047",))):
        page = book[sheet]
        at = {c.value: c.column for c in page[1]}
        like = next(row for row in page.iter_rows(min_row=2) if row[at[id_header] - 1].value)
        for id_ in ids:
            page.append([c.value for c in like])
            page.cell(page.max_row, at[id_header]).value = id_
            for header in ("External reference", "Reference", "VAT id"):
                if header in at:
                    page.cell(page.max_row, at[header]).value = None
    book.save(path)


def red(page: Any) -> list[Any]:
    return [c for row in page.iter_rows(min_row=2) for c in row if c.fill.fill_type and c.fill.fgColor.rgb == "FFFFC7CE"]


def test_ids_that_were_typed_as_numbers_are_the_same_ids_once_the_red_cell_is_corrected(books, as_json):
    with_numbers_as_ids(books / "master-data.xlsx")
    flat(
        books / "a.xlsx",
        [101, 1001, "EUR", 4711, 47, None, "two", 10],
        [102, 7, "EUR", 4712, None, "Day", "two", 10],
        [103, 1001, "EUR", 4713, None, "Day", 2, 10],
    )
    _, first = as_json("check", "a.xlsx")
    assert (first["invoices_good"], first["invoices_bad"]) == (1, 2)
    book = openpyxl.load_workbook("reports/a-to-fix.xlsx")
    assert [c.value for c in red(book["Invoices"]) + red(book["Lines"])] == ["two", "two"]
    for cell in red(book["Lines"]):
        cell.value = 2
    book.save("reports/a-to-fix.xlsx")
    code, again = as_json("draft", "reports/a-to-fix.xlsx")
    assert (code, again["invoices_good"], again["errors"]) == (0, 2, 0)
    told = {"N201": 0, "W209": 0}
    _, second = as_json("check", "reports/a-to-fix.xlsx")
    for p in second["problems"]:
        told[p["code"]] = told.get(p["code"], 0) + 1
    before = [p["code"] for p in first["problems"]]
    assert told["N201"] <= before.count("N201") == 1 and told["W209"] <= before.count("W209") == 2
    _, shown = as_json("show", "102")
    assert "007" in json.dumps(shown)


def test_a_number_in_a_field_of_ones_own_is_no_text_with_two_readings(books, as_json):
    book = openpyxl.load_workbook(books / "master-data.xlsx")
    page = book["Custom fields"]
    row = {"Name": "Weight", "Applies to": "line", "Type": "NUMBER"}
    page.append([row.get(str(c.value)) for c in page[1]])
    book.save(books / "master-data.xlsx")
    flat(books / "a.xlsx", ["A-1", "C-9999", "EUR", None, None, "Day", 1, 10, 1.234], head=[*HEAD, "Weight"])
    assert [p["code"] for p in as_json("check", "a.xlsx")[1]["problems"] if p["severity"] == "error"] == ["E305"]
    book = openpyxl.load_workbook("reports/a-to-fix.xlsx")
    (cell,) = red(book["Invoices"])
    cell.value = "C-1001"
    book.save("reports/a-to-fix.xlsx")
    _, again = as_json("check", "reports/a-to-fix.xlsx")
    assert again["errors"] == 0, again["problems"]


def test_a_value_that_stands_further_down_in_the_rows_of_an_invoice_is_taken_along_as_it_was(books, as_json):
    with_numbers_as_ids(books / "master-data.xlsx")
    flat(
        books / "a.xlsx",
        ["A-1", None, "EUR", None, None, "Day", 1, 10],
        ["A-1", 1001, None, 4711, None, "Night", "two", 10],
    )
    as_json("check", "a.xlsx")
    page = openpyxl.load_workbook("reports/a-to-fix.xlsx")["Invoices"]
    row = {h.value: c.value for h, c in zip(page[1], page[2], strict=True)}
    assert (row["Customer"], row["Currency"], row["PO number"]) == (1001, "EUR", 4711)


def test_a_flat_row_without_a_ref_stops_the_file_and_comes_back_whole_in_the_marked_up_copy(books, as_json):
    flat(
        books / "a.xlsx",
        ["A-1", "C-1001", "EUR", "PO-1", None, "Day", 1, 10],
        ["A-1", "C-1001", "EUR", "PO-1", None, "Evening", 1, 10],
        [None, "C-1001", "EUR", "PO-2", None, "Night", 1, 10],
    )
    code, told = as_json("draft", "a.xlsx", "--valid-only")
    assert code == 1 and told["batch"] is None and "to_fix" not in told["written"]
    book = openpyxl.load_workbook(told["written"]["marked"])
    page = book["Batch"]
    assert [c.value for c in page[4]][2:] == ["C-1001", "EUR", "PO-2", None, "Night", 1, 10]
    (cell,) = [c for c in red(page) if c.column == 2]
    cell.value = "A-2"
    book.save(told["written"]["marked"])
    code, told = as_json("draft", told["written"]["marked"])
    assert (code, told["invoices_good"]) == (0, 2)
    shutil.rmtree("reports")
