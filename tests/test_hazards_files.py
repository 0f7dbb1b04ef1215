"""The hazards of real uploads that lie in the file, the sheet or the header, and in what is written from them."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hazard_files import HEADER, LINE, Formula, changed, flat, text, with_part, workbook
from samples import SAMPLES
from test_hazards import ROWS, Told, hazard, told

from oneoff_batch.cli import run
from oneoff_batch.columns import TEXT
from oneoff_batch.problems import grouped
from oneoff_batch.reading import Options, read_file
from oneoff_batch.showing import grid
from oneoff_batch.showing.report_column import Column
from oneoff_batch.showing.styles import Styles

NET = {"NOV-1": "1000.00"}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def related(path: Path, kind: str, target: str) -> None:
    """Name a part among those of the workbook."""
    entry = f'<Relationship Id="rId99" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'.encode()
    with_part(path, "xl/_rels/workbook.xml.rels", lambda x: x.replace(b"</Relationships>", entry))


# 19–24: the workbook


@hazard(19)
def test_a_value_from_another_workbook_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", changed("Unit price", Formula("='[1]2026'!B2", 500)))
    related(path, "externalLink", "externalLinks/externalLink1.xml")
    part = "xl/externalLinks/_rels/externalLink1.xml.rels"
    link = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/externalLinkPath" Target="prices.xlsx"'
    with_part(path, part, lambda _: f'{link} TargetMode="External"/></Relationships>'.encode())
    empty = f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"/></externalLink>'
    seen = told(with_part(path, "xl/externalLinks/externalLink1.xml", lambda _: empty.encode()))
    assert "prices.xlsx" in seen.said("W108")
    assert "W108" in seen.codes and seen.net == NET


@hazard(20)
def test_merged_cells_in_the_header_or_the_data_are_refused_with_their_range(tmp_path: Path) -> None:
    for place in ("D1:E1", "A2:A3"):
        rows = flat(LINE, ("NOV-2", *LINE[1:]))
        seen = told(workbook(tmp_path / "a.xlsx", rows, lambda sheet, _, p=place: sheet.merge_range(p, "x")))
        assert "E115" in seen.errors and place in " ".join(p.message for p in seen.problems), place


@hazard(21)
def test_hidden_rows_are_billed_and_named(tmp_path: Path) -> None:
    rows = flat(LINE, ("NOV-2", *LINE[1:]))
    seen = told(workbook(tmp_path / "a.xlsx", rows, lambda sheet, _: sheet.set_row(2, None, None, {"hidden": True})))
    assert "W106" in seen.codes and len(seen.net) == 2 and "3" in seen.said("W106")


@hazard(21)
def test_hidden_rows_that_are_skipped_are_named(tmp_path: Path) -> None:
    rows = flat(LINE, ("NOV-2", *LINE[1:]))
    path = workbook(tmp_path / "a.xlsx", rows, lambda sheet, _: sheet.set_row(2, None, None, {"hidden": True}))
    sheets, problems = read_file(path, None, Options(skip_hidden=True))
    assert [(p.code, p.row, p.details["rows"]) for p in problems] == [("N105", 3, "3")]
    assert sheets[0].cells.index.tolist() == [1, 2]


@hazard(22)
def test_a_hidden_column_is_read_and_named(tmp_path: Path) -> None:
    hide = lambda sheet, _: sheet.set_column("E:E", None, None, {"hidden": True})  # noqa: E731
    seen = told(workbook(tmp_path / "a.xlsx", flat(), hide))
    assert "W107" in seen.codes and seen.net == NET


@hazard(23)
def test_a_hidden_sheet_is_never_taken_and_always_named(tmp_path: Path) -> None:
    def hide(_: Any, book: Any) -> None:
        book.get_worksheet_by_name("October").very_hidden()

    seen = told(workbook(tmp_path / "a.xlsx", {"Lines": flat(), "October": flat(("OCT-1", *LINE[1:]))}, hide))
    assert seen.net == NET and "October" in seen.said("W104")


@hazard(24)
def test_two_sheets_that_fit_are_refused_and_a_chart_in_front_is_not_a_sheet(tmp_path: Path) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", {"Batch 1": flat(), "Batch 2": flat()}))
    assert "E107" in seen.errors and all(n in seen.said("E107") for n in ("Batch 1", "Batch 2"))

    def chart(_: Any, book: Any) -> None:
        drawn = book.add_chart({"type": "line"})
        drawn.add_series({"values": "=Lines!$D$2:$D$2"})
        page = book.add_chartsheet("Chart")
        page.set_chart(drawn)
        page.activate()

    assert told(workbook(tmp_path / "b.xlsx", flat(), chart)).net == NET


# 25–32: the table and its header


@hazard(25)
def test_a_table_below_a_title_and_beside_an_empty_column_is_found(tmp_path: Path) -> None:
    rows = [["Brightwater"], [], ["Invoices of November"], [], *([None, None, *r] for r in flat())]
    seen = told(workbook(tmp_path / "a.xlsx", rows))
    assert seen.net == NET and "5" in seen.said("N103")


@hazard(26)
@pytest.mark.parametrize("label", ["Total", "Summe", "Totaal", "Total général"])
def test_a_totals_row_is_left_out_and_held_against_its_column(tmp_path: Path, label: str) -> None:
    rows = flat((*LINE[:3], 2, None), ("NOV-2", *LINE[1:3], 3, None), Amount=[1000, 1500])
    seen = told(workbook(tmp_path / "a.xlsx", [*rows, [label, None, None, 5, None, 2500]]))
    assert list(seen.net.values()) == ["1000.00", "1500.00"] and "W102" in seen.codes and "W113" not in seen.codes
    seen = told(workbook(tmp_path / "b.xlsx", [*rows, [label, None, None, 5, None, 2600]]))
    assert "W113" in seen.codes and "2600" in seen.said("W113").replace(",", "")


@hazard(27)
def test_blank_rows_are_skipped_and_row_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows = [*flat(), [], [" ", "\u00a0"], ["NOV-2", "C-1001", "Workshop", "x", 500], [], ["  "]]
    seen = told(workbook(tmp_path / "a.xlsx", rows))
    assert seen.cells("E202") == ["D5"] and seen.net == NET


@hazard(28)
def test_a_million_formatted_blank_rows_are_no_rows(tmp_path: Path) -> None:
    blank = lambda sheet, book: sheet.write_blank(1_048_575, 0, None, book.add_format({"bold": True}))  # noqa: E731
    assert told(workbook(tmp_path / "a.xlsx", flat(), blank)).net == NET


@hazard(29)
def test_a_stray_value_in_the_last_cell_of_excel_is_named_with_its_place(tmp_path: Path) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", flat(), lambda sheet, _: sheet.write(1_048_575, 16_383, "x")))
    assert seen.net == {} and seen.errors == ["E114"]
    assert any(
        "XFD" in p.message or "1048576" in p.message.replace(",", "") or p.cell == "XFD1048576" for p in seen.problems
    )


@hazard(30)
def test_one_header_twice_is_named_with_both_columns(tmp_path: Path) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", [[*HEADER, "quantity "], [*LINE, 3]]))
    assert seen.errors == ["E109"] and 'D ("Quantity") and F' in seen.said("E109")


@hazard(31)
def test_missing_headers_are_one_sentence_and_further_ones_are_named(tmp_path: Path) -> None:
    sheets = {"Invoices": [["Invoice ref", "Custmer"], ["NOV-1", "C-1001"]],
              "Lines": [["Invoice ref", "Pricing name", "Amount"], ["NOV-1", "x", 5]]}  # fmt: skip
    seen = told(workbook(tmp_path / "a.xlsx", sheets))
    assert "E108" in seen.errors and "Customer" in seen.said("E108") and "Custmer" in seen.said("E108")
    assert "W101" in told(workbook(tmp_path / "b.xlsx", flat(Our_remark="x"))).codes


@hazard(31)
def test_a_flat_sheet_whose_customer_column_is_misspelt_is_told_which_column_was_meant(tmp_path: Path) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", [["Invoice ref", "Custmer", "Pricing name", "Quantity", "Unit price"], LINE]))
    assert any(p.suggestion == "Customer" or ("Custmer" in p.message and "Customer" in p.message) for p in seen.problems)


@hazard(32)
def test_values_without_a_header_are_refused_and_an_empty_column_is_not(tmp_path: Path) -> None:
    assert told(workbook(tmp_path / "a.xlsx", [[*HEADER, None], [*LINE, "x"]])).errors == ["E110"]
    assert told(workbook(tmp_path / "b.xlsx", [[*HEADER, None, "Note"], [*LINE, None, "x"]])).net == NET


# 33–40: text files


@hazard(33, 34, 35)
@pytest.mark.parametrize(
    ("encoding", "before", "warns"),
    [("utf-8", codecs.BOM_UTF8, False), ("utf-8", b"", False), ("utf-16", b"", False), ("utf-16-le", b"", False),
     ("utf-16-be", b"", False), ("cp1252", b"", True)],
)  # fmt: skip
def test_a_csv_in_every_usual_encoding_gives_the_same_words(
    tmp_path: Path, encoding: str, before: bytes, warns: bool
) -> None:
    rows = [[f'"{h}"' for h in HEADER], ("NOV-1", "C-1001", '"Café, 5 €"', 2, 500)]
    seen = told(text(tmp_path / "a.csv", rows, encoding, before=before))
    assert seen.net == NET and list(seen.drafted("lines", "line_name").values()) == ["Café, 5 €"]
    assert ("W103" in seen.codes) == warns and (not warns or "Café" in seen.said("W103"))


@hazard(36, 37)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_with_every_usual_delimiter_gives_the_same_rows(tmp_path: Path, delimiter: str) -> None:
    assert told(text(tmp_path / "a.csv", flat(), delimiter=delimiter)).net == NET
    said = told(text(tmp_path / "b.csv", flat(), delimiter=delimiter, before=f"sep={delimiter}\r\n".encode()))
    assert said.net == NET


@hazard(37)
def test_a_csv_of_one_column_is_told_what_it_lacks(tmp_path: Path) -> None:
    seen = told(text(tmp_path / "a.csv", [["Invoice ref"], ["NOV-1"]]))
    assert seen.net == {} if seen.outcome and seen.outcome.drafts is not None else seen.errors


@hazard(38)
def test_a_row_with_a_cell_too_many_stops_the_file(tmp_path: Path) -> None:
    seen = told(text(tmp_path / "a.csv", [*flat(), ("NOV-2", "C-1001", "Groups A", " B", 2, 500)]))
    assert "E111" in seen.errors and [p.row for p in seen.problems if p.code == "E111"] == [3]
    assert told(text(tmp_path / "b.csv", [*flat(), ("NOV-2", "C-1001")])).net == NET


@hazard(39)
def test_a_quote_that_is_never_closed_is_named_at_its_row(tmp_path: Path) -> None:
    seen = told(text(tmp_path / "a.csv", [*flat(), ("NOV-2", "C-1001", '"Workshop', 2, 500), *flat()[1:]]))
    assert [p.row for p in seen.problems if p.code == "E112"] == [3]


@hazard(40)
def test_a_nul_or_a_huge_field_is_a_sentence(tmp_path: Path) -> None:
    nul = told(text(tmp_path / "a.csv", changed("Pricing name", "Work\x00shop")))
    assert nul.errors and nul.errors[0] in {"E101", "E113", "E222"}
    assert told(text(tmp_path / "b.csv", changed("Pricing name", "x" * 200_000))).errors


# 45–51: what the file is


@hazard(45)
def test_a_file_is_what_it_holds_whatever_its_name_says(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", flat())
    assert told(book.rename(tmp_path / "a.xls")).net == NET
    assert told(text(tmp_path / "c.xlsx", flat())).net == NET
    page = tmp_path / "page.xls"
    page.write_bytes(b"<html><table><tr><td>Invoice ref</td></tr></table></html>")
    assert told(page).errors == ["E101"] and "web page" in told(page).said("E101")


@hazard(46)
def test_a_protected_workbook_is_called_protected(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2048))
    assert told(path).errors == ["E102"]


@hazard(47)
def test_a_sheet_that_is_only_protected_against_typing_is_read(tmp_path: Path) -> None:
    assert told(workbook(tmp_path / "a.xlsx", flat(), lambda sheet, _: sheet.protect("secret"))).net == NET


@hazard(48)
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", flat())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open("xl/media/a.bin", "w") as part:
        for _ in range(600):
            part.write(b"A" * (1 << 20))
    assert told(path).errors == ["E105"]


@hazard(49)
def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", flat())
    kind = b'<!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for part in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        bad = with_part(path, part, lambda x: x.replace(b"?>", b"?>" + kind, 1))
        assert told(bad).errors[0] in {"E103", "E105"} and told(bad).outcome is None
        path = workbook(tmp_path / "a.xlsx", flat())


@hazard(50)
def test_a_workbook_with_macros_is_read_and_its_macros_are_not_run(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", flat())
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    usual = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with_part(path, "[Content_Types].xml", lambda x: x.replace(usual, macro))
    related(path, "vbaProject", "vbaProject.bin")
    seen = told(with_part(path, "xl/vbaProject.bin", lambda _: b"\xd0\xcf\x11\xe0 macro"))
    assert seen.net == NET and "N102" in seen.codes


@hazard(51)
def test_files_that_are_none_are_told_apart(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", flat()).read_bytes()
    half, empty, lock = tmp_path / "half.xlsx", tmp_path / "empty.xlsx", tmp_path / "~$a.xlsx"
    half.write_bytes(whole[: len(whole) // 2])
    empty.touch()
    lock.write_bytes(b"\x05anna " + bytes(159))
    assert [told(p).errors[0] for p in (half, empty)] == ["E103", "E104"]
    assert told(lock).errors and "open" in told(lock).problems[0].message + told(lock).problems[0].fix


# 54–58, 63–66: what is written

HOSTILE = ["=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","Pay")', "+49 30 1234", "@ABS(1)", "-2+3",
           "<script>alert(1)</script>", '" onmouseover="alert(1)', "<b>bold</b> & co"]  # fmt: skip
REFS = ["../../x", "a/b", "CON", "nul.txt", "History", "'quoted'", "[x]:*?", "R" * 90, "a\\b", "..", "<i>"]


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of somebody who drafted hostile refs and names, twice the same file."""
    root = tmp_path_factory.mktemp("hostile") / "books"
    with pytest.MonkeyPatch.context() as patch:
        assert run(["init", str(root), "-q"]) == 0
        (root / "master-data.xlsx").write_bytes((SAMPLES / "master-data.xlsx").read_bytes())
        patch.chdir(root)
        patch.setenv("ONEOFF_USER", "anna")
        rows = [(ref, "C-1001", name, 1, 100) for ref, name in zip(REFS, [*HOSTILE, *HOSTILE], strict=False)]
        workbook(root / "a.xlsx", flat(*rows, Note=[*HOSTILE, *HOSTILE][: len(rows)]))
        assert run(["draft", "a.xlsx", "-q"]) == 0
    return root


def written(root: Path, *suffixes: str) -> list[Path]:
    return [
        p for p in root.rglob("*") if p.suffix in suffixes and p.name not in {"master-data.xlsx", "a.xlsx", "upload.xlsx"}
    ]


@hazard(56)
def test_no_cell_that_is_written_is_a_formula_of_the_upload(drafted: Path) -> None:
    for path in written(drafted, ".xlsx"):
        book = openpyxl.load_workbook(path)
        cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
        formulas = [c.value for c in cells if c.data_type == "f"]
        assert not [f for f in formulas if any(h.strip("=") in str(f) for h in HOSTILE)]
    for path in written(drafted, ".csv"):
        cells = [c for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"))) for c in row]
        assert not [c for c in cells if c in HOSTILE[:5]]


@hazard(57)
def test_no_page_holds_markup_of_the_upload(drafted: Path) -> None:
    pages = written(drafted, ".html")
    assert len(pages) > len(REFS)
    for page in pages:
        html = page.read_text("utf-8")
        assert "<script>alert" not in html and '" onmouseover="alert' not in html and "<b>bold</b>" not in html
        assert "Content-Security-Policy" in html


@hazard(58)
def test_no_ref_chooses_where_a_file_is_written(drafted: Path) -> None:
    assert {p.name for p in drafted.parent.iterdir()} == {"books"}
    names = [p.name for p in drafted.rglob("*.html")]
    assert len(names) == len({n.casefold() for n in names}) or len(names) > len(REFS)
    assert not [
        n for n in names if n.split(".")[0].upper() in {"CON", "NUL"} or any(c in n for c in '<>:"|?*\\') or len(n) > 120
    ]


@hazard(55)
def test_refs_never_become_names_of_sheets_that_excel_refuses(drafted: Path) -> None:
    for path in written(drafted, ".xlsx"):
        names = openpyxl.load_workbook(path, read_only=True).sheetnames
        assert len({n.casefold() for n in names}) == len(names)
        assert not [
            n for n in names if len(n) > 31 or n == "History" or any(c in n for c in "[]:*?/\\") or n.strip("'") != n
        ]


@hazard(59)
def test_the_same_file_again_does_nothing_and_a_changed_copy_is_refused(
    drafted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(drafted)
    monkeypatch.setenv("ONEOFF_USER", "anna")
    Path("copy.xlsx").write_bytes(Path("a.xlsx").read_bytes())
    assert run(["draft", "copy.xlsx"]) == 0
    capsys.readouterr()
    workbook(Path("b.xlsx"), flat((REFS[0], "C-1001", "changed", 1, 100)))
    assert run(["draft", "b.xlsx"]) == 1
    assert "E509" in "".join(capsys.readouterr())


@hazard(65)
def test_the_same_drafts_are_written_with_the_same_bytes(drafted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(drafted)
    before = {p: p.read_bytes() for p in written(drafted / "batches", ".xlsx", ".html", ".csv")}
    assert before
    batch = next(p.parent.name for p in before if p.suffix == ".xlsx")
    assert run(["preview", batch, "-q"]) == 0
    assert {p: p.read_bytes() for p in before} == before


@hazard(54)
def test_rows_beyond_the_last_of_excel_go_on_in_a_further_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "ROW_LIMIT", 4)
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        refs = Column("Row", "text", pd.Series([f"NOV-{i}" for i in range(1, 8)], dtype=TEXT))
        grid.add_grids(book, Styles(book), "Lines", [refs])
    sheets = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    assert [len(list(sheet["A"])) - 1 for sheet in sheets] == [3, 3, 1]


@hazard(63)
def test_the_workbook_of_the_user_is_never_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["init", str(tmp_path / "books"), "-q"]) == 0
    monkeypatch.chdir(tmp_path / "books")
    path = workbook(tmp_path / "a.xlsx", changed("Quantity", "x", Formula("=1+1", 2)))
    before = path.read_bytes()
    assert run(["check", str(path), "-q"]) == 1
    assert path.read_bytes() == before


@hazard(64)
def test_a_sheet_with_thousands_of_faults_names_each_of_them(tmp_path: Path) -> None:
    seen = told(text(tmp_path / "a.csv", changed("Quantity", *(["x"] * 3000))))
    assert len(seen.cells("E202")) == 3000 and len(grouped(seen.problems)) == 1


@hazard(66)
def test_an_amount_that_a_double_cannot_hold_is_refused_on_the_way_in_and_written_as_text_on_the_way_out(
    tmp_path: Path,
) -> None:
    seen: Told = told(workbook(tmp_path / "a.xlsx", changed("Unit price", 12345678901234567.89, "12345678901234.56")))
    assert seen.cells("E215") == ["E2", "E3"] and seen.net == {}


def test_every_hazard_of_the_table_has_its_test() -> None:
    assert set(range(1, 67)) == ROWS
