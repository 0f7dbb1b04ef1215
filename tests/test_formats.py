"""Old Excel, binary Excel and OpenDocument: read with the same care as .xlsx."""

from __future__ import annotations

import csv
import io
import os
import resource
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from biff12 import ERRORS, Book, Cell, Page, packed, record, xlsb
from every_kind import every_kind
from hypothesis import given, settings
from hypothesis import strategies as st
from other_reader import REFUSED, differences

from oneoff_batch.reading import Unreadable, read_file
from oneoff_batch.reading.apart import read_apart
from oneoff_batch.reading.binary_excel import open_xlsb
from oneoff_batch.reading.old_excel import open_xls
from oneoff_batch.reading.open_document import open_ods
from oneoff_batch.reading.source import Damaged, Raw, Workbook

HERE = Path(__file__).parent
FILES, SAMPLES = HERE / "files", HERE.parent / "sample_data"
NASTY = Path(os.environ.get("NASTY_FILES", Path(__file__).parents[2] / "shared" / "data" / "nasty"))
needs_nasty = pytest.mark.skipif(not NASTY.is_dir(), reason="the collection of hostile files is not here")


def cells(book: Workbook, sheet: int = 0) -> dict[tuple[int, int], Raw]:
    """Cells with a value or a formula, by row (from 1) and column (from 0)."""
    return {(number, cell.column): cell for number, row in book.worksheets[sheet].rows() for cell in row}


def opened(data: bytes) -> Workbook:
    return open_xlsb(ZipFile(io.BytesIO(data)))


# The same workbook in three formats


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_a_batch_saved_as_another_format_has_the_same_cells(ending):
    ours, _ = read_file(SAMPLES / "november.xlsx")
    theirs, problems = read_file(FILES / f"november.{ending}")
    assert [s.name for s in theirs] == [s.name for s in ours]
    assert not problems
    for a, b in zip(ours, theirs, strict=True):
        assert b.cells.equals(a.cells), a.name
        assert b.kinds.equals(a.kinds), a.name


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_cells_of_every_kind_are_what_they_are_in_xlsx(ending, tmp_path):
    """The string that a formula found was lost by the program that saved the .xls; xlrd and others read 0 there."""
    ours, _ = read_file(every_kind(tmp_path / "every-kind.xlsx"))
    theirs, problems = read_file(FILES / f"every-kind.{ending}")
    assert [p.code for p in problems if p.code != "N101"] == ["W104"]
    for a, b in zip(ours, theirs, strict=True):
        lost = {("G", 3)} if ending == "xls" and a.name == "Kinds" else set()
        for column in a.cells.columns:
            for row in a.cells.index:
                if (column, row) not in lost:
                    expected, found = (s.cells[column].astype(object).get(row) for s in (a, b))
                    assert found == expected or (found != found and expected != expected), (column, row)
                    expected, found = (s.kinds[column].astype(object).get(row) for s in (a, b))
                    assert found == expected or (found != found and expected != expected), (column, row)


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_hidden_rows_columns_and_sheets_and_merged_cells_are_marked(ending):
    path = FILES / f"every-kind.{ending}"
    book = read_apart(path, "xls") if ending == "xls" else open_ods(ZipFile(path))
    assert [(w.name, w.visible) for w in book.worksheets] == [("Kinds", True), ("Hidden", False), ("Far", True)]
    marks = book.worksheets[0].marks()
    assert (marks.hidden_rows, marks.hidden_columns, marks.merged) == (((6, 7),), ((2, 2),), ((15, 0, 16, 1),))
    assert list(book.worksheets[2].rows()) == [
        (31, [Raw(25, "str", book.worksheets[2].rows().__next__()[1][0].style, "Z31", None)])
    ]


def test_formats_of_numbers_survive_in_open_document():
    book = open_ods(ZipFile(FILES / "every-kind.ods"))
    shown = [book.formats[cells(book)[row, 3].style] for row in range(2, 9)]
    assert shown == ["00000", "0%", "0.0%", '#,##0.00" €"', "0.00 [$USD]", "General", "#,##0"]


# Old Excel


def test_an_old_workbook_is_read_in_another_process_and_can_be_read_twice():
    book = read_apart(FILES / "november.xls", "xls")
    assert cells(book, 1) == cells(book, 1)
    side_by_side = zip(book.worksheets[0].rows(), book.worksheets[1].rows(), strict=False)
    assert all(a[0] == b[0] for a, b in side_by_side)


def test_a_cut_off_old_workbook_is_damaged(tmp_path):
    path = tmp_path / "half.xls"
    path.write_bytes((FILES / "november.xls").read_bytes()[:9000])
    with pytest.raises(Damaged):
        read_apart(path, "xls")
    with pytest.raises(Damaged):
        list(open_xls(path).worksheets[0].rows())


def test_a_reader_that_breaks_down_takes_nothing_with_it(tmp_path, monkeypatch):
    """The other process finds another module in the place of the reader: it aborts, hangs, or eats all memory."""
    path = FILES / "november.xls"
    for body, code in (("import os; os.abort()", "E103"), ("x = [bytes(10**8) for _ in range(100)]", "E105")):
        folder = tmp_path / code
        folder.mkdir()
        (folder / "xlrd.py").write_text(f"from resource import setrlimit\n\ndef open_workbook(*a, **k): {body}\n" + FAKE)
        monkeypatch.setenv("PYTHONPATH", str(folder))
        with pytest.raises(Unreadable) as caught:
            read_apart(path, "xls")
        assert caught.value.problem.code == code


FAKE = """
import types
class XLRDError(Exception): pass
compdoc = types.SimpleNamespace(CompDocError=XLRDError)
XL_CELL_EMPTY, XL_CELL_TEXT, XL_CELL_NUMBER, XL_CELL_DATE, XL_CELL_BOOLEAN, XL_CELL_ERROR, XL_CELL_BLANK = range(7)
"""


def test_a_reader_that_hangs_is_ended(tmp_path, monkeypatch):
    (tmp_path / "xlrd.py").write_text("def open_workbook(*a, **k):\n    while True: pass\n" + FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("oneoff_batch.reading.apart._SECONDS", 2)
    with pytest.raises(Unreadable) as caught:
        read_apart(FILES / "november.xls", "xls")
    assert caught.value.problem.code == "E105"


# Binary Excel

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15)
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
packable = st.integers(-(2**29), 2**29 - 1) | st.integers(-(2**29), 2**29 - 1).map(lambda n: n / 100)
values = st.one_of(
    st.builds(Cell, st.just("real"), numbers, st.booleans(), st.integers(0, 2)),
    st.builds(Cell, st.just("rk"), packable, st.just(False), st.integers(0, 2)),
    st.builds(Cell, st.just("bool"), st.booleans(), st.booleans()),
    st.builds(Cell, st.just("error"), st.sampled_from(sorted(ERRORS)), st.booleans()),
    st.builds(Cell, st.sampled_from(["shared", "rich"]), words),
    st.builds(Cell, st.just("inline"), words, st.booleans()),
)
grids = st.dictionaries(
    st.tuples(st.integers(0, 40) | st.just(1_048_575), st.integers(0, 30) | st.just(16_383)), values, max_size=40
)


def expected(cell: Cell) -> tuple[object, bool]:
    if cell.kind in ("real", "rk"):
        return float(cell.value), cell.formula
    return ("1" if cell.value else "0") if cell.kind == "bool" else cell.value, cell.formula


@given(grids, grids)
@settings(max_examples=150, deadline=None)
def test_a_binary_workbook_is_read_as_it_was_written(first, second):
    book = opened(xlsb(Book((Page(first), Page(second, "Other", state=1)), ("General", "0%", "00000"))))
    assert [(w.name, w.visible) for w in book.worksheets] == [("Sheet1", True), ("Other", False)]
    assert list(book.formats) == ["General", "0%", "00000"]
    for sheet, written in enumerate((first, second)):
        read = cells(book, sheet)
        assert set(read) == {(row + 1, column) for row, column in written}
        for (row, column), cell in written.items():
            raw = read[row + 1, column]
            value = book.strings[int(raw.value)] if raw.type == "s" else float(raw.value) if raw.type == "n" else raw.value
            assert (value, raw.formula is not None) == expected(cell)
            assert raw.style == cell.style


@given(grids)
@settings(max_examples=30, deadline=None)
def test_another_reader_finds_the_same_numbers_in_our_binary_workbooks(grid):
    calamine = pytest.importorskip("python_calamine")
    grid = {at: cell for at, cell in grid.items() if at[0] < 100 and at[1] < 100 and cell.kind not in ("error", "rich")}
    sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsb(Book((Page(grid),))))).get_sheet_by_index(0)
    found = {(r, c): v for r, row in enumerate(sheet.to_python(skip_empty_area=False)) for c, v in enumerate(row) if v != ""}
    written = {at: cell.value for at, cell in grid.items() if cell.value != ""}
    assert set(found) == set(written)
    assert all(found[at] == value for at, value in written.items())


def test_a_binary_workbook_says_what_is_hidden_merged_linked_and_how_it_counts_days():
    page = Page(
        {(0, 0): Cell("inline", "a"), (4, 1): Cell("real", 1)},
        hidden_rows=frozenset({4, 5, 9}),
        hidden_columns=((2, 4),),
        merged=((0, 0, 1, 2),),
    )
    book = opened(xlsb(Book((page,), date_1904=True, recalculates=True, external="file:///rates.xlsx")))
    marks = book.worksheets[0].marks()
    assert marks.hidden_rows == ((5, 6), (10, 10))
    assert marks.hidden_columns == ((2, 4),)
    assert marks.merged == ((1, 0, 2, 2),)
    assert marks.blank_rows == 2
    assert (book.epoch_1904, book.recalculates, book.external) == (True, True, ("file:///rates.xlsx",))


def test_short_cells_stand_behind_the_one_before_them():
    row = {(0, 3): Cell("real", 1.5), (0, 4): Cell("rk", 7, short=True), (0, 5): Cell("shared", "x", short=True)}
    book = opened(xlsb(Book((Page(row),))))
    assert [(c.column, c.value) for c in cells(book).values()] == [(3, "1.5"), (4, "7"), (5, "0")]


def test_a_chart_sheet_is_no_worksheet():
    book = opened(xlsb(Book((Page({}, "Chart", type="chartsheet"), Page({(0, 0): Cell("rk", 1)}, "Data")))))
    assert [w.name for w in book.worksheets] == ["Data"]


def _sheet(*records: bytes) -> bytes:
    return xlsb(Book((Page({}),), extra={"xl/worksheets/sheet1.bin": b"".join(records)}))


@pytest.mark.parametrize(
    "body",
    [
        record(145) + record(0, bytes(17)) + record(6, bytes(8) + b"\xff\xff\xff\x7fab") + record(146),
        record(145) + record(0, bytes(17), size=200_000_000),
        record(145) + record(0, bytes(17)) + record(7, b"\0\0", size=250_000_000),
        record(145) + record(0, b"\xff\xff\xff\x7f" + bytes(13)) + record(146),
        record(145) + record(0, bytes(17)) + record(5, b"\xff\xff\xff\x7f" + bytes(12)) + record(146),
        record(145) + record(5, bytes(16)) + record(146),
        record(145) + record(0, bytes(17)) + record(5, bytes(9)) + record(146),
        record(145) + record(0, bytes(17)),
        b"\x91",
        b"\x81\x81\x81",
    ],
    ids=["text", "row", "cell", "far row", "far column", "no row", "cut cell", "no end", "cut kind", "no length"],
)
def test_lying_lengths_and_places_are_damage_and_cost_no_memory(body):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Damaged):
        cells(opened(_sheet(body)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_string_that_is_not_there_is_damage_for_the_whole_file(tmp_path):
    path = tmp_path / "lost.xlsb"
    cell = record(7, bytes(8) + b"\x09\0\0\0")
    path.write_bytes(_sheet(record(145), record(0, bytes(17)), cell, record(146)))
    with pytest.raises(Unreadable) as caught:
        read_file(path)
    assert caught.value.problem.code == "E103"


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_noise_in_a_binary_sheet_is_read_or_damage(noise, at):
    good = ZipFile(
        io.BytesIO(xlsb(Book((Page({(0, 0): Cell("real", 1.5), (1, 1): Cell("inline", "a")}, merged=((0, 0, 1, 1),)),))))
    ).read("xl/worksheets/sheet1.bin")
    try:
        book = opened(_sheet(good[:at] + noise + good[at:]))
        cells(book)
        book.worksheets[0].marks()
    except Damaged:
        pass


# OpenDocument

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("number", "datastyle"), ("style", "style"),
                         ("draw", "drawing"))
) + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'  # fmt: skip


def ods(tables: str, styles: str = "", **parts: bytes) -> ZipFile:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return ZipFile(io.BytesIO(packed({"content.xml": content.encode(), **parts})))


def one(cell: str, styles: str = "") -> Raw:
    book = open_ods(ods(f'<table:table table:name="T"><table:table-row>{cell}</table:table-row></table:table>', styles))
    (raw,) = cells(book).values()
    return raw._replace(style=book.formats[raw.style])


NUMBER = '<table:table-cell office:value-type="float" office:value="7"/>'


def test_paragraphs_are_lines_and_comments_are_not_text():
    raw = one(
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a comment</text:p></office:annotation>'
        "<text:p>first<text:s text:c='2'/><text:span>and</text:span>\n   more</text:p><text:p>a<text:tab/>b<text:line-break/>c</text:p>"
        '<draw:frame><draw:text-box><text:p>a picture</text:p></draw:text-box></draw:frame></table:table-cell>'
    )  # fmt: skip
    assert raw.value == "first  and more\na\tb\nc"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('office:value-type="float" office:value="1.5"', ("n", "General", "1.5")),
        ('office:value-type="percentage" office:value="0.19"', ("n", "0%", "0.19")),
        ('office:value-type="currency" office:currency="EUR" office:value="5"', ("n", "0.00 [$EUR]", "5")),
        ('office:value-type="date" office:date-value="2026-11-24"', ("d", "General", "2026-11-24")),
        (
            'office:value-type="date" office:date-value="2026-11-24T08:30:00.123456789"',
            ("d", "General", "2026-11-24T08:30:00"),
        ),
        ('office:value-type="date" office:date-value="2026-13-24"', ("e", "General", "#VALUE!")),
        ('office:value-type="time" office:time-value="PT06H00M00S"', ("n", "h:mm:ss", "0.25")),
        ('office:value-type="time" office:time-value="PT36H00M00S"', ("n", "[h]:mm:ss", "1.5")),
        ('office:value-type="time" office:time-value="-PT6H"', ("n", "[h]:mm:ss", "-0.25")),
        ('office:value-type="boolean" office:boolean-value="true"', ("b", "General", "1")),
        ('office:value-type="string" office:string-value="x"', ("str", "General", "x")),
        ('office:value-type="float" office:value="1,5"', ("e", "General", "#NUM!")),
        ('office:value-type="float" office:value="NaN"', ("e", "General", "#NUM!")),
    ],
)
def test_a_cell_says_what_it_is(cell, found):
    raw = one(f"<table:table-cell {cell}/>")
    assert (raw.type, raw.style, raw.value) == found


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "Err:502"])
def test_an_error_is_named_and_the_same_word_as_text_is_text(error):
    new = (
        f'<table:table-cell table:formula="of:=[.A1]" calcext:value-type="error"><text:p>{error}</text:p></table:table-cell>'
    )
    old = f'<table:table-cell table:formula="of:=[.A1]" office:value-type="float" office:value="0"><text:p>{error}</text:p></table:table-cell>'
    typed = f'<table:table-cell office:value-type="string"><text:p>{error}</text:p></table:table-cell>'
    assert [(one(c).type, one(c).value) for c in (new, old, typed)] == [("e", error), ("e", error), ("str", error)]


def test_a_formula_without_a_result_is_a_formula_without_a_value():
    assert one('<table:table-cell table:formula="of:=SUM([.A1])"/>')[3:] == (None, "SUM([.A1])")


def test_leading_zeros_come_from_the_format_of_the_cell_or_its_column():
    styles = (
        '<number:number-style style:name="N1"><number:number number:min-integer-digits="5" number:decimal-places="0"/></number:number-style>'
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="ce2" style:family="table-cell" style:parent-style-name="ce1"/>'
    )
    assert one(NUMBER.replace("office:value-type", 'table:style-name="ce2" office:value-type'), styles).style == "00000"
    assert (
        one(
            '</table:table-row><table:table-column table:default-cell-style-name="ce1"/><table:table-row>' + NUMBER, styles
        ).style
        == "00000"
    )


def test_a_row_repeated_to_the_end_of_the_sheet_costs_nothing_without_a_value():
    filler = '<table:table-row table:number-rows-repeated="1048572"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    row = f'<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="3"/>{NUMBER}</table:table-row>'
    start = time.process_time()
    book = open_ods(ods(f'<table:table table:name="T">{row}{filler}{row}</table:table>'))
    assert list(cells(book)) == [(1, 3), (2, 3), (1_048_575, 3), (1_048_576, 3)]
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "row",
    [
        f'<table:table-row table:number-rows-repeated="1048576">{NUMBER * 3}</table:table-row>',
        '<table:table-row table:number-rows-repeated="999">'
        + NUMBER.replace("/>", ' table:number-columns-repeated="16384"/></table:table-row>'),
    ],
)
def test_a_value_repeated_a_million_times_is_refused(row):
    with pytest.raises(Unreadable) as caught:
        cells(open_ods(ods(f'<table:table table:name="T">{row}</table:table>')))
    assert caught.value.problem.code == "E105"
    assert "times" in caught.value.problem.details["what"]


def test_a_value_beyond_the_last_row_or_column_is_damage():
    for before in ('<table:table-row table:number-rows-repeated="1048576"/><table:table-row>',
                   '<table:table-row><table:table-cell table:number-columns-repeated="16384"/>'):  # fmt: skip
        with pytest.raises(Damaged):
            cells(open_ods(ods(f'<table:table table:name="T">{before}{NUMBER}</table:table-row></table:table>')))


def test_hidden_and_merged_places_of_open_document():
    table = (
        '<table:table table:name="T" table:style-name="ta1"><table:table-column/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/><table:table-column table:visibility="filter"/>'
        f'<table:table-row table:visibility="filter">{NUMBER}</table:table-row><table:table-row-group>'
        f'<table:table-row table:visibility="collapse" table:number-rows-repeated="2">{NUMBER}</table:table-row></table:table-row-group>'
        '<table:table-row><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="3" office:value-type="string"><text:p>m</text:p>'
        "</table:table-cell><table:covered-table-cell/></table:table-row></table:table>"
    )
    hidden = (
        '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    book = open_ods(ods(table, hidden))
    marks = book.worksheets[0].marks()
    assert not book.worksheets[0].visible
    assert (marks.hidden_rows, marks.hidden_columns, marks.merged) == (((1, 3),), ((1, 3),), ((4, 0, 6, 1),))


def test_copies_of_other_files_are_named_and_not_read():
    table = (
        f'<table:table table:name="T"><table:table-row>{NUMBER}</table:table-row></table:table>'
        '<table:table table:name="\'file:///rates.ods\'#$Rates"><table:table-source xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xlink:href="../rates.ods"/><table:table-row>{NUMBER}</table:table-row></table:table>'
    )
    book = open_ods(ods(table))
    assert ([w.name for w in book.worksheets], book.external) == (["T"], ("../rates.ods",))


def test_days_count_from_1904_where_the_spreadsheet_says_so():
    settings_ = '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    assert open_ods(
        ods(settings_ + f'<table:table table:name="T"><table:table-row>{NUMBER}</table:table-row></table:table>')
    ).epoch_1904


def test_tables_can_be_read_in_any_order_and_side_by_side():
    tables = "".join(
        f'<table:table table:name="T{t}">'
        + f"<table:table-row>{NUMBER.replace('7', str(t))}</table:table-row>" * 20_000
        + "</table:table>"
        for t in range(3)
    )
    book = open_ods(ods(tables))
    for second, first in zip(book.worksheets[2].rows(), book.worksheets[0].rows(), strict=True):
        assert (first[1][0].value, second[1][0].value) == ("0", "2")


def test_a_protected_spreadsheet_asks_for_its_password_to_be_removed():
    manifest = {
        "META-INF/manifest.xml": b'<manifest:manifest><manifest:encryption-data manifest:checksum="x"/></manifest:manifest>'
    }
    with pytest.raises(Unreadable) as caught:
        open_ods(ods("", **manifest))
    assert caught.value.problem.code == "E102"


def test_a_text_document_is_no_spreadsheet():
    content = f"<office:document-content {SPACES}><office:body><office:text/></office:body></office:document-content>"
    with pytest.raises(Unreadable) as caught:
        open_ods(ZipFile(io.BytesIO(packed({"content.xml": content.encode()}))))
    assert caught.value.problem.code == "E101"


@pytest.mark.parametrize("content", [b"", b"<a", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "<a/>".encode("utf-16")])
def test_what_is_no_spreadsheet_inside_is_damage_or_refused(content):
    with pytest.raises((Damaged, Unreadable)):
        open_ods(ZipFile(io.BytesIO(packed({"content.xml": content}))))


# The collection of hostile files

MANIFEST = NASTY / "MANIFEST.csv"
ALIEN = (
    [r["file"] for r in csv.DictReader(MANIFEST.open(encoding="utf-8")) if r["file"].endswith((".xls", ".xlsb", ".ods"))]
    if MANIFEST.is_file()
    else []
)


@needs_nasty
@pytest.mark.parametrize("name", ALIEN)
def test_a_hostile_file_is_read_as_another_reader_does_or_refused_in_a_sentence(name):
    start, path = time.monotonic(), NASTY / name
    if path.suffix == ".xls" and not path.read_bytes().startswith(b"\xd0\xcf\x11\xe0"):
        pytest.skip("no old workbook but a text")
    try:
        _, problems = read_file(path)
        assert path.name not in REFUSED
    except Unreadable as error:
        problems = [error.problem]
        assert error.problem.code == REFUSED.get(path.name, "E104")
    assert all(p.message.endswith(".") and p.fix.endswith(".") for p in problems)
    assert time.monotonic() - start < 10
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500_000
    if path.name not in REFUSED:
        assert not differences(path)
