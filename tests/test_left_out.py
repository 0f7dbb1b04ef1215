"""A batch of the good invoices alone: its page and workbook say what is in it and what is not."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
from test_tofix import flat

from oneoff_batch.cli import run
from oneoff_batch.problems import Problem
from oneoff_batch.showing.left_out import parted

GOOD, WARNED, BAD = (
    ["A-1", "C-1001", "EUR", "PO-1", None, "Day", 1, 10],
    ["A-2", "C-1001", "EUR", "PO-2", None, "Day", 0, 10],
    ["A-3", "C-9999", "EUR", "PO-3", None, "Day", 0, "two"],
)


def shown(page: Path) -> str:
    text = page.read_text("utf-8").partition("</style>")[2].partition('<script type="application/json"')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def batch_of(*rows: list[object]) -> Path:
    flat(Path("a.xlsx"), *rows)
    assert run(["draft", "a.xlsx", "--valid-only", "-q"]) in (0, 6)
    (folder,) = (p for p in Path("batches").iterdir() if not p.name.startswith("."))
    return folder


def test_the_page_of_a_batch_says_what_is_drafted_and_what_is_left_out(books):
    text = shown(batch_of(GOOD, BAD) / "index.html")
    assert "1 invoice is drafted, 1 is left out: 2 errors." in text
    assert text.index("Left out Invoice") < text.index("Totals of what is in this batch")
    left = text[text.index("Left out Invoice") : text.index("Totals of")]
    assert 'A-3 There is no customer "C-9999"'.replace('"', "&#34;") in left and "And 1 more error." in left
    assert "Batch!B3" in left and "oneoff-batch check reports/a-to-fix.xlsx" in left
    assert "1 invoice is drafted, 1 is left out: 2 errors" in shown(Path("reports/a-problems.html"))


def test_the_problems_on_the_page_of_a_batch_are_those_of_the_invoices_in_it(books):
    folder = batch_of(GOOD, WARNED, BAD)
    text = shown(folder / "index.html")
    first = text[text.index("To look at first") : text.index("Left out Invoice")]
    assert "To look at first: 1 warning" in first and "A-2" in first and "A-3" not in first and "E305" not in first


def test_a_page_that_is_written_again_still_names_what_was_left_out(books):
    folder = batch_of(GOOD, BAD)
    before = shown(folder / "index.html")
    assert run(["preview", folder.name, "-q"]) == 0
    assert shown(folder / "index.html") == before


def test_a_whole_batch_has_no_word_of_leaving_out(books):
    text = shown(batch_of(GOOD) / "index.html")
    assert "left out" not in text.lower() and "Totals Currency" in text


def test_the_workbook_of_a_batch_says_whose_totals_it_has(books):
    folder = batch_of(GOOD, BAD)
    (path,) = folder.glob("*.xlsx")
    said = " ".join(str(row[0].value) for row in openpyxl.load_workbook(path)["Totals"].iter_rows(max_row=6))
    assert "1 invoice is drafted, 1 is left out: 2 errors." in said and "invoices in this batch only" in said


def test_a_file_that_is_stopped_as_a_whole_has_no_totals_anywhere(books, capsys):
    import json

    flat(Path("a.xlsx"), GOOD, [None, *GOOD[1:]], ["A-1", *GOOD[1:]])
    run(["check", "a.xlsx"])
    assert "Currency   Invoices" not in capsys.readouterr().out
    run(["check", "a.xlsx", "--json"])
    assert json.loads(capsys.readouterr().out)["totals"] == []


def test_what_is_final_and_what_was_left_out_is_said_in_one_sentence():
    found = [Problem("E305", value="x", invoice_ref="A-3"), Problem("W212", header="Quantity", invoice_ref="A-1")]
    parts = parted(found, ["A-1"])
    assert parts.words(1, True) == "1 invoice is final, 1 is left out: 1 error."
    assert [p.code for p in parts.own] == ["W212"] and parted([], ["A-1"]).words(1, False) == ""


def test_lines_that_name_no_invoice_are_not_counted_as_one():
    stray = Problem("E302", value="A-9", invoice_ref="A-9")
    assert parted([stray], ["A-1"]).words(1, False) == (
        "1 invoice is drafted, the lines of 1 ref without an invoice are left out: 1 error."
    )
    two = parted([stray, Problem("E305", value="x", invoice_ref="A-3")], ["A-1", "A-2"])
    assert two.words(2, False) == (
        "2 invoices are drafted, 1 is left out, the lines of 1 ref without an invoice are left out: 2 errors."
    )
