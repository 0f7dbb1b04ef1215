"""The reading room: what stands in a file is what comes out, and what cannot be read is refused by name."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from oneoff_batch.columns import MASTER, UPLOAD
from oneoff_batch.problems import Problem
from oneoff_batch.reading import (
    Found,
    Options,
    Profile,
    ProfileError,
    Sheet,
    Unreadable,
    load_profile,
    read_file,
    read_folder,
    save_profile,
    understand,
)
from oneoff_batch.reading.source import Raw
from oneoff_batch.reading.worksheet import WorksheetReader

SAMPLES = Path(__file__).parent.parent / "sample_data"
FLAT = [["Invoice ref", "Customer", "Pricing name", "Quantity", "Unit price"], ["N-1", "C-1", "Workshop", "2", "500"]]
INVOICES = [["Invoice ref", "Customer"], ["N-1", "C-1"]]
LINES = [["Invoice ref", "Pricing name", "Amount"], ["N-1", "Workshop", "500"]]


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], **options: Any) -> Path:
    book = xlsxwriter.Workbook(str(path), options)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                (sheet.write_string if isinstance(value, str) else sheet.write)(i, j, value)
    book.close()
    return path


def cells_of(path: Path, values: Sequence[Any], formats: Sequence[str] = (), **options: Any) -> tuple[list[Any], str]:
    """Write values below each other in column B, one format each; return their text and their kinds."""
    book = xlsxwriter.Workbook(str(path), options)
    sheet = book.add_worksheet("S")
    for i, value in enumerate(values):
        style = book.add_format({"num_format": formats[i]}) if i < len(formats) and formats[i] else None
        if isinstance(value, date | time | timedelta):
            sheet.write_datetime(i, 1, value, style)
        else:
            sheet.write(i, 1, value, style)
    book.close()
    read = only(path)
    assert read.kinds is not None
    return read.cells["B"].tolist(), "".join(read.kinds["B"])


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def table(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def only(path: Path) -> Sheet:
    sheets, problems = read_file(path)
    assert (len(sheets), [p.code for p in problems if p.severity != "note"]) == (1, [])
    return sheets[0]


def refused(path: Path) -> Problem:
    with pytest.raises(Unreadable) as caught:
        read_file(path)
    assert caught.value.problem.message and path.name in caught.value.problem.message
    return caught.value.problem


def look(*paths: Path, profile: Profile | None = None, **custom: Sequence[str]) -> tuple[list[Found], list[Problem]]:
    read = [read_file(p, profile) for p in paths]
    found, problems = understand([s for sheets, _ in read for s in sheets], UPLOAD, custom, profile)
    problems = [p for _, more in read for p in more] + problems
    assert all(p.message and p.fix for p in problems)
    return found, problems


def codes(problems: Sequence[Problem]) -> list[str]:
    return [p.code for p in problems]


def where(found: Found) -> dict[str, str]:
    return {field: heading.letter for field, heading in found.headings.items()}


# Cells of a workbook


def test_a_number_is_what_excel_shows_and_never_what_the_double_holds(tmp_path: Path) -> None:
    values = [19.99, 0.1 + 0.2, 19.989999999999998, 1e20, 5, 5.0, -1234.5, 0.00001, 1e15, -0.0, 12345678901234567]
    shown, kinds = cells_of(tmp_path / "n.xlsx", values)
    assert shown == [
        "19.99",
        "0.3",
        "19.99",
        "100000000000000000000",
        "5",
        "5",
        "-1234.5",
        "0.00001",
        "1000000000000000",
        "0",
        "12345678901234600",
    ]
    assert kinds == "n" * len(values)


def test_leading_zeros_and_percent_signs_that_only_a_format_shows_are_kept(tmp_path: Path) -> None:
    shown, kinds = cells_of(
        tmp_path / "f.xlsx", [123, 123, 0.19, 0.08875, 7, 5], ["00000", "0", "0%", "0.000%", '0 "%"', "#,##0.00"]
    )
    assert shown == ["00123", "123", "19%", "8.875%", "7", "5"]
    assert kinds == "nnnnnn"


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_date_is_the_same_day_whichever_year_the_workbook_counts_from(tmp_path: Path, epoch_1904: bool) -> None:
    values = [date(2026, 1, 31), datetime(2026, 1, 31, 8, 30), time(8, 30), timedelta(days=1, hours=12)]
    formats = ["dd/mm/yyyy", "yyyy-mm-dd hh:mm", "hh:mm", "[h]:mm"]
    shown, kinds = cells_of(tmp_path / "d.xlsx", values, formats, date_1904=epoch_1904)
    assert shown[:2] == ["2026-01-31", "2026-01-31T08:30:00"]
    assert shown[3] == "1 day, 12:00:00"
    assert kinds == "dddd"


def test_booleans_and_excel_errors_are_not_text(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    sheet = book.add_worksheet("S")
    sheet.write_boolean("A1", True)
    sheet.write_boolean("A2", False)
    sheet.write_formula("A3", "=NA()", None, "#N/A")
    sheet.write_string("A4", "#N/A")
    book.close()
    read = only(tmp_path / "b.xlsx")
    assert read.kinds is not None
    assert read.cells["A"].tolist() == ["TRUE", "FALSE", "#N/A", "#N/A"]
    assert "".join(read.kinds["A"]) == "bbet"


def test_a_formula_without_a_saved_result_is_not_a_blank_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([1, 2, "=A1+B1"])
    book.save(tmp_path / "f.xlsx")
    read = only(tmp_path / "f.xlsx")
    assert read.kinds is not None
    assert (read.cells.loc[1, "C"], read.kinds.loc[1, "C"]) == ("=A1+B1", "f")


def test_a_formula_with_its_result_is_its_result_and_one_never_calculated_is_not_zero(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "f.xlsx"))
    sheet = book.add_worksheet("S")
    sheet.write_formula("A1", "=1+2", None, 3)
    sheet.write_formula("A2", "=1+2")
    sheet.write_formula("A3", '=""', None, "")
    sheet.write("B3", "x")
    book.close()
    empty = b'<c r="A3" t="str"><f>""</f><v></v></c>'
    read = only(rewritten(tmp_path / "f.xlsx", "xl/worksheets/sheet1.xml", lambda x: re.sub(rb'<c r="A3".*?</c>', empty, x)))
    assert read.kinds is not None
    assert read.kinds["A"].astype(object).fillna("-").tolist() == ["n", "f", "-"]
    assert read.cells["A"].tolist()[:2] == ["3", "=1+2"]


def test_white_space_and_invisible_signs_are_taken_off_the_ends_only(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", {"S": [["\u00a0N-1\u200b ", "a  b", "A\u0301", " \u00a0"]]})
    assert only(path).cells.iloc[0].fillna("-").tolist() == ["N-1", "a  b", "\u00c1", "-"] or list(only(path).cells) == list(
        "ABC"
    )
    assert only(path).cells.loc[1, "A"] == "N-1"


def test_blank_rows_are_left_out_and_row_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "r.xlsx"))
    sheet = book.add_worksheet("S")
    for row in (0, 2, 1000):
        sheet.write(row, 2, "x")
    sheet.write(3, 0, "  ")
    sheet.write_blank(1_000_000, 0, None, book.add_format({"bold": True}))
    book.close()
    assert only(tmp_path / "r.xlsx").cells["C"].to_dict() == {1: "x", 3: "x", 1001: "x"}


def test_a_stray_value_in_the_last_cell_of_excel_is_named_and_not_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "s.xlsx"))
    sheet = book.add_worksheet("S")
    for j, header in enumerate(FLAT[0]):
        sheet.write(0, j, header)
        sheet.write(1, j, FLAT[1][j])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    _, problems = look(tmp_path / "s.xlsx")
    assert [(p.code, p.cell) for p in problems] == [("E114", "XFD1048576")]


def test_hidden_sheets_are_named_and_not_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "h.xlsx"))
    book.add_worksheet("Seen").write("A1", "x")
    for name, hide in (("Old", "hide"), ("Older", "very_hidden")):
        sheet = book.add_worksheet(name)
        sheet.write("A1", "y")
        getattr(sheet, hide)()
    book.close()
    sheets, problems = read_file(tmp_path / "h.xlsx")
    assert [s.name for s in sheets] == ["Seen"]
    assert [(p.code, p.details["names"]) for p in problems] == [("W104", "Old, Older")]


def test_a_sheet_that_lies_about_its_size_is_read_in_full(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [["a", "b"], ["c", "d"]]})
    lying = rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1"'))
    assert only(lying).cells.to_numpy().tolist() == [["a", "b"], ["c", "d"]]


# Files that are refused


def rewritten(path: Path, part: str, change: Any) -> Path:
    target = path.with_name("changed-" + path.name)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return target


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<html><table><tr><td>1", "a web page"),
        (b'<?xml version="1.0"?><a/>', "an XML file"),
        (b'[{"a": 1}]', "a JSON file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "an old Word document (.doc)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Visio".encode("utf-16-le"), "an Office file of another kind"),
        (bytes(range(32)) * 8, "a file of another kind"),
    ],
)
def test_what_a_file_is_follows_from_its_bytes_and_not_its_name(tmp_path: Path, data: bytes, what: str) -> None:
    (tmp_path / "november.xlsx").write_bytes(data)
    problem = refused(tmp_path / "november.xlsx")
    assert (problem.code, problem.details["what"]) == ("E101", what)


def test_a_folder_a_lock_file_and_a_plain_archive_are_refused_by_name(tmp_path: Path) -> None:
    lock = "the lock file that Excel keeps while somebody has the workbook open"
    (tmp_path / "~$november.xlsx").write_bytes(b"\x04anna" + bytes(160))
    assert refused(tmp_path / "~$november.xlsx").details["what"] == lock
    for name, what in (("word/document.xml", "a Word document"), ("photo.jpg", "a zip archive")):
        with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
            archive.writestr(name, "x")
        assert refused(tmp_path / "x.xlsx").details["what"] == what
    assert refused(tmp_path).details["what"] == "a folder"


def test_a_workbook_with_a_password_says_so(tmp_path: Path) -> None:
    (tmp_path / "p.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    )
    assert refused(tmp_path / "p.xlsx").code == "E102"


def test_half_a_file_is_damaged_and_no_file_is_empty(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", {"S": FLAT}).read_bytes()
    (tmp_path / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "half.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 1000)[:30])
    assert [refused(tmp_path / n).code for n in ("half.xlsx", "half.csv.gz")] == ["E103", "E103"]
    for name, data in (("zero.csv", b""), ("blank.csv", b" \r\n,,\r\n")):
        (tmp_path / name).write_bytes(data)
        assert refused(tmp_path / name).code == "E104"
    assert refused(workbook(tmp_path / "none.xlsx", {"S": []})).code == "E104"


def test_a_part_that_no_parser_accepts_is_damage_and_not_a_crash(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [[1.5]]})
    broken = rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>1.5</v>", b"<v>1,5</v>"))
    assert refused(broken).code == "E103"


def test_a_zip_bomb_and_a_document_type_are_refused_before_they_unpack(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": FLAT})
    bomb = rewritten(path, "xl/sharedStrings.xml", lambda _: b"A" * 60_000_000)
    assert refused(bomb).code == "E105"
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    typed = rewritten(path, "xl/sharedStrings.xml", lambda xml: entity + xml.partition(b"?>")[2])
    assert refused(typed).code == "E105"


def test_a_strict_workbook_is_read_like_any_other(tmp_path: Path) -> None:
    ours, strict = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    relations = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    path = workbook(tmp_path / "a.xlsx", {"S": FLAT})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "strict.xlsx", "w") as new:
        for name in old.namelist():
            xml = old.read(name).replace(ours, strict)
            new.writestr(name, xml.replace(relations, b"http://purl.oclc.org/ooxml/officeDocument/relationships"))
    assert only(tmp_path / "strict.xlsx").cells.to_dict("list") == only(path).cells.to_dict("list")


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_is_constant(tmp_path: Path, delimiter: str) -> None:
    rows = [["ref", "text", "price"], ["1", "a, b; c", "1,50"], ["2", "d", "2,50"], ["3", "e | f", "3,50"]]
    assert only(table(tmp_path / "a.csv", rows, delimiter)).cells.to_numpy().tolist() == rows


def test_a_line_that_names_the_delimiter_is_believed_and_counted(tmp_path: Path) -> None:
    sheet = only(text_file(tmp_path / "a.csv", "sep=;\r\na,b;c\r\n1;2\r\n"))
    assert sheet.cells["A"].to_dict() == {2: "a,b", 3: "1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    sheet = only(text_file(tmp_path / "a.csv", '"Währung";"Straße"\r\n"€";"Łódź"\r\n', encoding))
    assert sheet.cells.to_numpy().tolist() == [["Währung", "Straße"], ["€", "Łódź"]]


def test_windows_text_is_read_with_a_sample_to_look_at_and_other_bytes_are_refused(tmp_path: Path) -> None:
    _, problems = read_file(text_file(tmp_path / "a.csv", "ref,name\n1,Müller €\n", "cp1252"))
    assert [(p.code, p.details["sample"]) for p in problems] == [("W103", "Müller, €")]
    (tmp_path / "b.csv").write_bytes(b"ref,name\n1,\x81\xfc\n")
    assert (refused(tmp_path / "b.csv").code, refused(tmp_path / "b.csv").details["what"]) == (
        "E113",
        "the first is in line 2",
    )
    (tmp_path / "c.csv").write_bytes(codecs.BOM_UTF8 + b"ref\n\xfc\n")
    assert refused(tmp_path / "c.csv").code == "E113"


def test_a_row_is_the_line_on_which_it_begins_also_behind_a_cell_of_many_lines(tmp_path: Path) -> None:
    sheet = only(text_file(tmp_path / "a.csv", 'a,b\n"x\ny\nz",1\n\n,\nc,2\n'))
    assert sheet.cells["A"].to_dict() == {1: "a", 2: "x\ny\nz", 7: "c"}


def test_words_that_look_like_nothing_stay_words(tmp_path: Path) -> None:
    words = ["NA", "null", "None", "nan", "00123", "1.23E+15"]
    sheet = only(table(tmp_path / "a.csv", [["x", "y"], *([w, "1"] for w in words)]))
    assert sheet.cells["A"].tolist()[1:] == words
    assert sheet.kinds is None


def test_a_quote_that_never_closes_or_closes_too_early_is_reported_where_it_opens(tmp_path: Path) -> None:
    for end, code in (('"x,2\ny,3\n', "E112"), ('"27" screen,2\n', "E116")):
        sheets, problems = read_file(text_file(tmp_path / "a.csv", f"a,b\n1,2\n{end}"))
        assert [(p.code, p.row) for p in problems] == [(code, 3)]
        assert sheets[0].cells["A"].tolist() == ["a", "1"]


def test_a_cell_may_be_long_and_one_without_an_end_is_refused(tmp_path: Path) -> None:
    assert len(only(text_file(tmp_path / "a.csv", "a,b\n" + "x" * 200_000 + ",1\n")).cells["A"].iloc[1]) == 200_000
    assert refused(text_file(tmp_path / "b.csv", "a,b\n" + "x" * 11_000_000 + ",1\n")).code == "E105"


def test_the_encoding_that_the_user_names_is_taken_or_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "a,b\ncafé,1\n", "mac_roman")
    sheets, problems = read_file(path, None, Options(encoding="mac_roman"))
    assert (sheets[0].cells["A"].iloc[1], problems) == ("café", [])
    with pytest.raises(Unreadable) as caught:
        read_file(path, None, Options(encoding="utf-8"))
    assert (caught.value.problem.code, caught.value.problem.details["what"]) == ("E113", "the first is in line 2")


def test_packed_csvs_are_read_as_if_they_were_not(tmp_path: Path) -> None:
    (tmp_path / "lines.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("lines.csv", "a,b\n1,2\n")
    for name in ("lines.csv.gz", "b.zip"):
        sheet = only(tmp_path / name)
        assert (sheet.name, sheet.cells.to_numpy().tolist()) == ("lines", [["a", "b"], ["1", "2"]])


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_the_same_cells_come_out_of_a_csv_and_a_workbook(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    rows = [["H" * (i + 1) for i in range(len(rows[0]))], *rows]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=";").writerows(rows)
    plain = only(text_file(folder / "a.csv", "sep=;\r\n" + out.getvalue()))
    book = only(workbook(folder / "a.xlsx", {"S": rows}))
    assert plain.cells.fillna("").to_numpy().tolist() == book.cells.fillna("").to_numpy().tolist()


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False))
def test_every_amount_with_four_decimals_survives_excels_doubles(value: Decimal) -> None:
    from oneoff_batch.reading.shown import number_text

    assert Decimal(number_text(float(value))) == value


# Understanding


def test_a_workbook_with_invoices_and_lines_is_understood_by_names_and_aliases(tmp_path: Path) -> None:
    sheets = {
        "Rechnungen": [["RechnungsReferenz", "KUNDE", "Währung"], ["N-1", "C-1", "EUR"]],
        "line items": LINES,
        "Notes": [["Hello"]],
    }
    found, problems = look(workbook(tmp_path / "a.xlsx", sheets))
    assert [(f.table, where(f)) for f in found] == [
        ("invoices", {"invoice_ref": "A", "customer": "B", "currency": "C"}),
        ("lines", {"invoice_ref": "A", "pricing_name": "B", "amount": "C"}),
    ]
    assert [(p.code, p.sheet) for p in problems] == [("W105", "Notes")]
    assert found[0].headings["currency"].header == "Währung"
    assert (found[0].sheet.header_row, found[0].sheet.cells.index.tolist()) == (1, [2])


def test_two_csvs_are_told_apart_by_their_names_or_their_headers(tmp_path: Path) -> None:
    wide = [["Invoice ref", "Customer", "Amount"], ["N-1", "C-1", "5"]]
    for a, b in (("invoices.csv", "lines.csv"), ("2026-11 lines.csv", "2026-11 invoices.csv"), ("a.csv", "b.csv")):
        named = "lines" in a or "lines" in b
        lines, invoices = (a, b) if "lines" in a else (b, a)
        found, problems = look(table(tmp_path / invoices, INVOICES), table(tmp_path / lines, [*(wide if named else LINES)]))
        assert [f.table for f in found] == ["invoices", "lines"]
        assert codes(problems) == (["W101"] if named else [])


def test_a_flat_sheet_has_columns_of_both_and_words_of_both_go_to_the_better_rank(tmp_path: Path) -> None:
    rows = [[*FLAT[0], "Date", "Details", "Note"], [*FLAT[1], "2026-11-30", "on site", "hello"]]
    found, problems = look(table(tmp_path / "november.csv", rows))
    assert (found[0].table, problems) == ("flat", [])
    assert where(found[0]) | {"invoice_date": "F", "description": "G", "note": "H"} == where(found[0])


def test_titles_may_stand_above_the_header_and_the_table_anywhere(tmp_path: Path) -> None:
    rows = [["Invoices for November"], [], *([[None, None, *r] for r in FLAT])]
    found, problems = look(workbook(tmp_path / "a.xlsx", {"Sheet1": rows}))
    assert (found[0].sheet.header_row, where(found[0])["customer"], codes(problems)) == (3, "D", ["N103"])


def test_a_row_of_totals_at_the_end_is_left_out_and_said(tmp_path: Path) -> None:
    found, problems = look(table(tmp_path / "a.csv", [*FLAT, ["Summe:", "", "", "2", "€ 1.000,00"]]))
    assert [(p.code, p.row, p.details["label"]) for p in problems] == [("W102", 3, "Summe:")]
    assert found[0].sheet.cells.index.tolist() == [2]
    found, problems = look(table(tmp_path / "b.csv", [*FLAT, ["Total", "C-1", "Workshop", "2", "5"]]))
    assert (problems, found[0].sheet.cells.index.tolist()) == ([], [2, 3])


def test_the_same_header_twice_names_both_columns(tmp_path: Path) -> None:
    _, problems = look(table(tmp_path / "a.csv", [[*FLAT[0], "qty ", "QTY"], [*FLAT[1], "3", "4"]]))
    assert codes(problems) == ["W101", "W101"]
    _, problems = look(
        table(tmp_path / "b.csv", [["Invoice ref", "Customer", "Amount", "amount "], ["N-1", "C-1", "3", "4"]])
    )
    assert [(p.code, p.details["columns"], p.column) for p in problems] == [("E109", 'C ("Amount") and D ("amount")', "D")]


def test_missing_columns_are_named_together_with_the_likeliest_typing_error(tmp_path: Path) -> None:
    found, problems = look(
        workbook(tmp_path / "a.xlsx", {"Invoices": [["Custmer", "Currency"], ["C-1", "EUR"]], "Lines": LINES})
    )
    assert [f.table for f in found] == ["invoices", "lines"]
    assert (problems[0].code, problems[0].details["missing"], problems[0].details["seen"]) == (
        "E108",
        "Invoice ref, Customer",
        "Custmer, Currency",
    )
    assert (problems[1].code, problems[1].value, problems[1].suggestion) == ("W101", "Custmer", "Customer")


def test_no_table_and_two_tables_are_both_errors(tmp_path: Path) -> None:
    _, problems = look(workbook(tmp_path / "a.xlsx", {"Notes": [["Hello"], ["world"]]}))
    assert codes(problems) == ["E106", "W105"]
    _, problems = look(workbook(tmp_path / "b.xlsx", {"Invoices": INVOICES, "Lines": LINES, "Regels": LINES}))
    assert [(p.code, p.sheet, p.details["other"]) for p in problems] == [("E107", "Lines", "Regels")]
    _, problems = look(workbook(tmp_path / "c.xlsx", {"Invoices": INVOICES}))
    assert [(p.code, p.details["needs"]) for p in problems] == [("E106", "Lines")]


def test_values_without_a_header_and_rows_that_are_too_long_are_errors(tmp_path: Path) -> None:
    _, problems = look(workbook(tmp_path / "a.xlsx", {"S": [FLAT[0], [*FLAT[1], "x"]]}))
    assert [(p.code, p.column) for p in problems] == [("E110", "F")]
    moved = ["N-2", "C-1", "Smith, Jones", "1", "2", ""]
    _, problems = look(table(tmp_path / "b.csv", [*FLAT, moved]))
    assert [(p.code, p.row, p.details["found"]) for p in problems] == [("E111", 3, "6")]
    _, problems = look(text_file(tmp_path / "c.csv", ",".join(FLAT[0]) + "\nN-1,C-1,a,1,2,\nN-2,C-1,b,1,2,\n"))
    assert problems == []


@pytest.mark.parametrize("header", ["Discount %", "Kundenrabatt", "Minimum commitment", "REMISE"])
def test_a_discount_is_refused_unless_it_says_nothing(tmp_path: Path, header: str) -> None:
    for value, expected in (("10", ["E323"]), ("0.00", []), ("0 %", []), ("-", []), ("", []), ("yes", ["E323"])):
        path = table(tmp_path / "a.csv", [[*FLAT[0], header], [*FLAT[1], value]])
        for profile in (None, Profile("p", ignore=(header,))):
            _, problems = look(path, profile=profile)
            assert codes(problems) == expected
    assert (problems[0].cell, problems[0].value) == ("F2", header)
    _, problems = look(table(tmp_path / "b.csv", [[*FLAT[0], "Premises"], [*FLAT[1], "10"]]))
    assert codes(problems) == ["W101"]


def test_custom_fields_are_found_by_their_own_name_and_beat_an_alias(tmp_path: Path) -> None:
    rows = [[*FLAT[0], "cost_centre", "Comment"], [*FLAT[1], "4410", "x"]]
    found, problems = look(table(tmp_path / "a.csv", rows), invoices=("Cost centre",), lines=("Comment",))
    assert ({n: h.letter for n, h in found[0].custom.items()}, problems) == ({"Cost centre": "F", "Comment": "G"}, [])


def test_master_data_comes_from_a_workbook_or_a_folder_of_csvs(tmp_path: Path) -> None:
    tables = {
        "entities": [["Id", "Name", "Country"], ["NL01", "Brightwater", "NL"]],
        "customers": [["Id", "Name", "Type", "Country"], ["C-1", "Hafenlicht", "ORGANIZATION", "DE"]],
        "rates": [["Currency", "Base currency", "Date", "Rate", "Source"], ["USD", "EUR", "2026-11-20", "1.08", "ECB"]],
    }
    for name, rows in tables.items():
        table(tmp_path / f"{name}.csv", rows)
    (tmp_path / "~$lock.xlsx").write_bytes(b"x")
    for sheets, _ in (read_folder(tmp_path), read_file(workbook(tmp_path / "m.xlsm", tables))):
        found, problems = understand([s for s in sheets if s.file != "m.xlsm" or len(sheets) == 3], MASTER, {}, None)
        assert (sorted(f.table for f in found), problems) == (["customers", "entities", "rates"], [])


# Profiles


def test_a_profile_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    profile = Profile(
        name='A "shop"\\',
        description="Ü",
        sheet="Export",
        columns={"customer": ("Customer#",), "pricing_name": ("Text", "Code"), "type": ("Kind",)},
        defaults={"currency": "GBP"},
        values={"type": {"S = x": "charge"}},
        strip={"customer": ".0"},
        ignore=("Country",),
        dates="day-first",
        decimal=",",
    )
    save_profile(tmp_path / "p.toml", profile)
    assert load_profile(tmp_path / "p.toml") == profile


@pytest.mark.parametrize(
    "text",
    ["x = ", 'colums = "a"', 'dates = "american"', "[columns]\ncustomer = 1", '[strip]\ncustomer = ".0"',
     '[columns]\ncustomer = "A"\npo_number = "A"\n[strip]\ncustomer = "x"', "[defaults]\nquantity = 1.1"],
)  # fmt: skip
def test_a_profile_that_contradicts_itself_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError, match=r"profile .*\.|column .*\."):
        load_profile(text_file(tmp_path / "p.toml", text))


def test_a_web_shops_export_is_mapped_by_its_profile() -> None:
    profile = load_profile(SAMPLES / "profiles" / "online-retail.toml")
    found, problems = look(SAMPLES / "online-retail-excerpt.csv", profile=profile)
    (flat,) = found
    cells = flat.sheet.cells
    assert (flat.table, flat.dates, flat.decimal, dict(flat.defaults), problems) == (
        "flat",
        "iso",
        ".",
        {"currency": "GBP"},
        [],
    )
    assert cells[flat.headings["customer"].letter].iloc[0] == "20011"
    assert cells[flat.headings["invoice_date"].letter].iloc[0] == "2026-11-02"
    assert cells.loc[12, [flat.headings[f].letter for f in ("pricing_name", "description")]].tolist() == [
        "91009",
        "91009",
    ]
    assert cells[flat.headings["customer"].letter].isna().sum() == 3


def test_a_profile_puts_our_words_for_theirs_and_misses_what_it_names(tmp_path: Path) -> None:
    profile = Profile("p", columns={"type": ("Kind",), "customer": ("Who",)}, values={"type": {"S": "charge"}})
    path = table(
        tmp_path / "a.csv",
        [["Invoice ref", "Who", "Kind", "Amount"], ["1", "C", "s", "5"], ["2", "C", "deduction", "-5"]],
    )
    found, problems = look(path, profile=profile)
    assert (found[0].sheet.cells["C"].tolist(), problems) == (["charge", "deduction"], [])
    path = table(tmp_path / "b.csv", [["Invoice ref", "Who", "Amount"], ["1", "C", "5"]])
    _, problems = look(path, profile=profile)
    assert [(p.code, p.details["missing"]) for p in problems] == [("E108", "Type")]


# The rows of a worksheet's XML


def raw_rows(xml: bytes) -> list[tuple[int, list[Raw]]]:
    return list(WorksheetReader(lambda: io.BytesIO(xml), plain=False, recalculates=False).rows())  # type: ignore[arg-type]


def test_a_sheet_is_read_whatever_its_prefix_and_also_where_cells_do_not_say_where_they_stand() -> None:
    plain = b"<worksheet><sheetData><row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><f>A1</f></c></row></sheetData></worksheet>"
    prefixed = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", plain).replace(b"<x:worksheet", b'<x:worksheet xmlns:x="m"')
    for xml in (plain, prefixed):
        read = [(n, [(c.column, c.value, c.formula) for c in cells]) for n, cells in raw_rows(xml)]
        assert read == [(1, [(0, "1", None), (2, "3", None)]), (2, [(0, None, "A1")])]


def test_rows_out_of_order_are_kept_and_the_pronunciation_of_a_text_is_not() -> None:
    spoken = b'<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>no</t></rPh></is></c>'
    xml = b'<worksheet><row r="5"><c r="B5"><v>1</v></c></row><row r="2">' + spoken + b"</row></worksheet>"
    assert [(n, cells[0].column, cells[0].value) for n, cells in raw_rows(xml)] == [(5, 1, "1"), (2, 0, "ab")]
