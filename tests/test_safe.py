"""Characters that turn a line around, move a cursor or hide themselves are named where they are quoted, never alive."""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
import pytest
from test_tofix import HEAD, flat

from oneoff_batch.cli import run
from oneoff_batch.problems import Problem, as_json, visible
from oneoff_batch.showing.problem_page import write_problem_page

ALIVE = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\x80\x85\x9b\x9f\x7f"
GOOD = ["A-1", "C-1001", "EUR", "PO-1", None, "Day", 1, 10]


@pytest.mark.parametrize("sign", ALIVE, ids=lambda c: f"U+{ord(c):04X}")
def test_what_is_quoted_names_what_is_alive_in_it_and_json_gives_it_back(sign, tmp_path):
    found = Problem(
        "E305", f"a{sign}.xlsx", f"S{sign}", 2, "B", f"Cus{sign}tomer", value=f"C{sign}1", invoice_ref=f"A{sign}"
    )
    page = write_problem_page(tmp_path / "p.html", [found], {"file": found.file}).read_text("utf-8")
    assert sign not in page and f"‹U+{ord(sign):04X}›" in page
    text = as_json(found.as_dict())
    assert sign not in text and json.loads(text)["value"] == found.value


def test_letters_that_need_a_joiner_keep_it():
    persian, family = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f467"
    assert visible(persian) == persian and visible(family) == family
    assert visible("A\u200dB") == "A‹U+200D›B" and visible("Zoë\nÉ\t“x”") == "Zoë\nÉ\t“x”"


def test_an_upload_full_of_turning_signs_leaves_none_of_them_in_what_is_written(books, capsys):
    name = "nov\u202excslx.\u200f.xlsx"
    rows = [
        [f"R{i}", f"C{sign}9", "EUR", f"P{sign}O", None, f"Day{sign}off", 1, f"1{sign}x"] for i, sign in enumerate(ALIVE)
    ]
    flat(Path(name), GOOD, *rows, head=[*HEAD, "Ex\u202etra"])
    assert run(["draft", name, "--valid-only"]) == 6
    said = capsys.readouterr()
    assert run(["check", name, "--json"]) == 1
    told = capsys.readouterr().out
    files = [p for folder in ("reports", "batches") if Path(folder).exists() for p in Path(folder).rglob("*") if p.is_file()]
    assert {".html", ".json", ".xlsx"} <= {p.suffix for p in files}
    texts = {p.name: p.read_text("utf-8") for p in files if p.suffix in (".html", ".json")}
    for where, text in {**texts, "terminal": said.out + said.err, "json": told, **{p.name: p.name for p in files}}.items():
        found = {f"U+{ord(c):04X}" for c in text if c in ALIVE}
        assert not found, (where, found)
    for path in (p for p in files if p.suffix == ".xlsx"):
        for page in openpyxl.load_workbook(path):
            ours = [page.iter_rows()] if page.title == "Problem list" else [page.iter_rows(max_col=1)]
            values = [str(c.value) for rows in ours for row in rows for c in row if c.value is not None]
            comments = [c.comment.text for row in page.iter_rows() for c in row if c.comment]
            if page.title in ("Invoices", "Lines"):
                values = []  # the cells as they were typed, so that they are refused again
            assert not set("".join(values + comments)) & set(ALIVE), (path.name, page.title)


def test_what_was_refused_for_a_turning_sign_is_refused_in_the_copies_too(books, capsys):
    flat(Path("a.xlsx"), GOOD, ["A-2", "C-1001", "EUR", "PO-2", None, "Day \u202eoff", 1, 10])
    run(["check", "a.xlsx", "-q"])
    for path in sorted(Path("reports").glob("a-*.xlsx")):
        capsys.readouterr()
        assert run(["check", str(path), "--json"]) == 1
        assert "E222" in {p["code"] for p in json.loads(capsys.readouterr().out)["problems"]}, path


def test_a_line_break_of_another_kind_is_a_line_break_in_a_text_and_in_no_file_a_control_character(books):
    flat(Path("a.xlsx"), ["A-1", "C-1001", "EUR", None, None, "Day\x85off\u2028now", 1, 10])
    assert run(["draft", "a.xlsx", "-q"]) == 0
    for path in Path("batches").rglob("*"):
        if path.suffix in (".html", ".json"):
            assert not re.search("[\x80-\x9f\u2028\u2029]", path.read_text("utf-8")), path
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                text = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml"))
            assert not [c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t"]
