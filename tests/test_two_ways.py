"""The fast and the careful way through a workbook: wherever both can read, they give the same cells."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneoff_batch.reading import Sheet, Unreadable, plain
from oneoff_batch.reading.workbook import read_package

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEAD = '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
FORMATS = ("", "@", "0.00", "00000", "0%", "yyyy-mm-dd", "[h]:mm", '#,##0.00 "€"', "[$USD] 0.00", "dd/mm/yyyy hh:mm")


def both(path: Path) -> tuple[list[Sheet], list[Sheet]]:
    """Read a workbook both ways; the fast way must be able to read what the careful way can."""
    return read_package(path, plain=True)[0], read_package(path, plain=False)[0]


def same(path: Path) -> list[Sheet]:
    fast, careful = both(path)
    assert [s.name for s in fast] == [s.name for s in careful]
    for one, other in zip(fast, careful, strict=True):
        pd.testing.assert_frame_equal(one.cells, other.cells)
        assert one.kinds is not None and other.kinds is not None
        pd.testing.assert_frame_equal(one.kinds, other.kinds)
        assert one.marks == other.marks
    return fast


def package(path: Path, sheet: str, strings: str = "", workbook: str = "") -> Path:
    """Write the smallest workbook around a worksheet's XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    styles = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 2, 9, 14, 49))
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets>{workbook}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        + "".join(
            f'<Relationship Id="{i}" Type="{office}/{kind}" Target="{target}"/>'
            for i, kind, target in (
                ("a", "worksheet", "s.xml"),
                ("b", "sharedStrings", "t.xml"),
                ("c", "styles", "y.xml"),
            )
        )
        + "</Relationships>",
        "xl/s.xml": sheet,
        "xl/y.xml": f'<styleSheet xmlns="{main}"><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/t.xml": strings or f'<sst xmlns="{main}"><si><t>zero</t></si><si><t>R&amp;D</t></si></sst>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


values = st.one_of(
    st.integers(-(10**16), 10**16),
    st.floats(-1e15, 1e15, allow_nan=False),
    st.decimals(-(10**6), 10**6, places=2).map(float),
    st.booleans(),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12).filter(lambda t: t[:1] != "="),
    st.sampled_from(["=1+1", "a & b", "<b>", "_x000D_", "  spaced ", "00123", "1e5", "é", "A\u0301"]),
    st.none(),
)
grids = st.lists(st.lists(st.tuples(values, st.sampled_from(FORMATS)), max_size=6), min_size=1, max_size=12)


def write(path: Path, rows: list[list[tuple[Any, str]]], options: dict[str, Any], hidden: set[int]) -> Path:
    book = xlsxwriter.Workbook(str(path), options)
    formats = {code: book.add_format({"num_format": code}) for code in FORMATS if code}
    sheet = book.add_worksheet("S")
    for i, row in enumerate(rows):
        if i in hidden:
            sheet.set_row(i, None, None, {"hidden": True})
        for j, (value, code) in enumerate(row):
            look = formats.get(code)
            if value is None:
                sheet.write_blank(i, j, None, look)
            elif isinstance(value, str) and value.startswith("="):
                sheet.write_formula(i, j, value, look, i + j)
            elif isinstance(value, str):
                sheet.write_string(i, j, value, look)
            else:
                sheet.write(i, j, value, look)
    sheet.write_string(len(rows), 0, "end")
    book.close()
    return path


@QUICK
@given(rows=grids, constant=st.booleans(), hidden=st.sets(st.integers(0, 11)), size=st.sampled_from((97, 1 << 20)))
def test_whatever_is_typed_reads_the_same_both_ways(
    rows: list[list[tuple[Any, str]]], constant: bool, hidden: set[int], size: int, tmp_path: Path
) -> None:
    """A piece may also be as small as a few cells, so that they are cut everywhere."""
    path = write(tmp_path / "a.xlsx", rows, {"constant_memory": constant}, hidden)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "CHUNK", size)
        same(path)


cells = st.sampled_from(
    [
        '<c r="{}"><v>1.50</v></c>', '<c r="{}" s="1"><v>2</v></c>', '<c r="{}" s="2"><v>0.19</v></c>',
        '<c r="{}" s="3"><v>46000</v></c>', '<c r="{}" s="3"><v>-5</v></c>', '<c r="{}" t="s"><v>1</v></c>',
        '<c r="{}" t="inlineStr"><is><t>x &lt; &#233;</t></is></c>', '<c r="{}" t="inlineStr"><is><t/></is></c>',
        '<c r="{}" t="str"><f>A1</f><v>text</v></c>', '<c r="{}"><f>A1</f></c>', '<c r="{}"><f/><v>3</v></c>',
        '<c r="{}" t="e"><v>#N/A</v></c>', '<c r="{}" t="b"><v>1</v></c>', '<c r="{}" s="4"/>', '<c r="{}"></c>',
        '<c r="{}"><v></v></c>', '<c r="{}"><v/></c>', "<c r='{}'><v>7</v></c>", '<c t="n" r="{}"><v>8</v></c>',
        '<c r="{}" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', '<c r="{}"><v>9</v><extLst/></c>',
        '<c r="{}"><v><![CDATA[4]]></v></c>', '<!-- <c r="{}"><v>5</v></c> -->', '<c r="{}" t="str"><v>a\r\nb</v></c>',
        '<c r="{}" t="d"><v>2026-11-30</v></c>', '<c r="{}" s="99"><v>6</v></c>', '<c r="{}"><v>1e3</v></c>',
        '<c r="{}" t="str"><v>_x0041_</v></c>', '<c r="{}" t="s"><v>7</v></c>', '<c r="{}"><v>1,5</v></c>',
        '<c r="{}" t="str"><v>a ]]> b</v></c>', '<c r="{}" t="str"><v>&nbsp;</v></c>', '<c r="{}" s="1" s="1"><v>1</v></c>',
        '<c r="{}"><v>1</v><v>2</v></c>', "<c><v>1</v></c>", '<c r="A1"><v>0</v></c>', '<v>8</v>', "</row>", "<row>",
    ]
)  # fmt: skip
openings = st.sampled_from(
    ['<row r="{}">', '<row r="{}" spans="1:3" hidden="1">', '<row r="{}" ht="15" hidden="false">', '<row ht="2" r="{}">', "<row>",
     '<row r="{}" x="/">', '<row r="{}" r="9">', '<row r="{}" a="1" a="2">', '<row r="{}" a=1>', '<row r="{}" a="&x;">']
)  # fmt: skip
xml_rows = st.lists(st.tuples(openings, st.lists(cells, max_size=5), st.integers(1, 3)), min_size=1, max_size=12)


@settings(QUICK, max_examples=250)
@given(rows=xml_rows, blank=st.booleans(), size=st.sampled_from((61, 1 << 20)))
def test_odd_xml_reads_the_same_both_ways_or_is_refused_both_ways(
    rows: list[tuple[str, list[str], int]], blank: bool, size: int, tmp_path: Path
) -> None:
    xml, number = "", 0
    for opening, row, step in rows:
        number += step
        inside = "".join(cell.format(f"{'ABCDEFG'[i]}{number}") for i, cell in enumerate(row))
        xml += opening.format(number) + inside + "</row>" + (f'<row r="{number + 1}"/>' if blank and step > 1 else "")
        number += blank and step > 1
    path = package(tmp_path / "a.xlsx", f"{HEAD}<sheetData>{xml}</sheetData></worksheet>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "CHUNK", size)
        try:
            careful = read_package(path, plain=False)
        except Unreadable as refused:
            with pytest.raises(Unreadable) as caught:
                read_package(path)
            assert caught.value.problem == refused.problem
            return
        fast = read_package(path)
        assert fast[1] == careful[1]
        same(path)


def test_the_fast_way_is_taken_by_what_spreadsheet_programs_write(tmp_path: Path) -> None:
    """Else the property above would hold because there is only one way."""
    rows: list[list[tuple[Any, str]]] = [
        [("text & more", "@"), (1.5, "0.00"), (date(2026, 11, 30), "yyyy-mm-dd"), (True, "")]
    ]
    path = write(tmp_path / "a.xlsx", rows * 50, {}, set())
    taken: list[bool] = []
    whole = plain.PlainRows.block

    def watched(self: plain.PlainRows, text: str) -> Any:
        found = whole(self, text)
        taken.append(found is not None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain.PlainRows, "block", watched)
        same(path)
    assert taken[0] and not any(taken[1:])


def test_a_comment_that_spans_pieces_hides_its_rows_both_ways(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 200))
    hidden = rows.replace('<row r="50">', '<!-- <row r="50">').replace('<row r="150">', '--><row r="150">')
    path = package(tmp_path / "a.xlsx", f"{HEAD}<sheetData>{hidden}</sheetData></worksheet>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "CHUNK", 300)
        (sheet,) = same(path)
    assert len(sheet.cells) == 99


def test_a_hundred_thousand_cells_with_odd_ones_in_between_lose_none(tmp_path: Path) -> None:
    plain_row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}" t="s"><v>1</v></c></row>'
    odd_row = "<row r='{0}'><c r='A{0}'><v>{0}</v></c><c r='B{0}' t='s'><v>1</v></c></row>"
    xml = "".join((odd_row if n % 20_000 == 7 else plain_row).format(n) for n in range(1, 50_001))
    (sheet,) = same(package(tmp_path / "a.xlsx", f"{HEAD}<sheetData>{xml}</sheetData></worksheet>"))
    assert sheet.cells["A"].tolist() == [str(n) for n in range(1, 50_001)]
    assert set(sheet.cells["B"]) == {"R&D"}
