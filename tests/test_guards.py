"""Hostile workbooks: each ends in a sentence, in little memory, and never takes the program down."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

MOST_MEMORY = 200
"""MiB of the whole process, of which Python and pandas take some 140."""
_READ = """
import sys
from pathlib import Path
from oneoff_batch.reading import Unreadable, read_file
try:
    sheets, problems = read_file(Path(sys.argv[1]))
    told = [p.code for p in problems]
except Unreadable as e:
    told = [e.problem.code]
    assert e.problem.message and e.problem.fix
print(",".join(told), next(int(l.split()[1]) // 1024 for l in open("/proc/self/status") if l.startswith("VmHWM")))
"""


def read_alone(path: Path) -> tuple[list[str], int]:
    """Read a file in a process of its own; returns the codes and the most memory it took, in MiB."""
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    codes, memory = done.stdout.rsplit(" ", 1)
    return codes.split(",") if codes else [], int(memory)


def workbook(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Lines")
    sheet.write_row(0, 0, ["Invoice ref", "Customer"])
    sheet.write_row(1, 0, ["N-1", "C-1"])
    book.close()
    return path


def with_part(
    path: Path,
    part: str,
    begin: bytes,
    again: bytes = b"",
    times: int = 0,
    end: bytes = b"",
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Return the workbook with a part that begins so, says the same thing many times, and ends so."""
    changed = path.with_name(f"changed-{path.name}")
    many = again * 1_000
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", method) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as out:
            out.write(begin)
            for _ in range(times // 1_000):
                out.write(many)
            out.write(end)
    return changed


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HOSTILE: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "a megabyte that unpacks to a gigabyte": (
        lambda p: with_part(p, STRINGS, b"<sst><si><t>", b"A" * 1_000, 1_000_000, b"</t></si></sst>"), ["E105"]),
    "forty megabytes of one letter": (
        lambda p: with_part(p, STRINGS, b"<sst><si><t>", b"A", 40_000_000, b"</t></si></sst>"), ["E105"]),
    "elements inside elements": (
        lambda p: with_part(p, SHEET, b"<worksheet><sheetData>", b"<a>", 3_000_000), ["E103"]),
    "strings inside strings": (lambda p: with_part(p, STRINGS, b"<sst>", b"<si>", 2_000_000), ["E103"]),
    "a cell written again and again": (
        lambda p: with_part(p, SHEET, b'<worksheet><sheetData><row r="1">', b'<c r="A1"><v>1</v></c>', 400_000,
                            b"</row></sheetData></worksheet>"), ["E103"]),
    "a row without an end": (
        lambda p: with_part(p, SHEET, b"<worksheet><sheetData><row>", b"<c><v>1</v></c>", 600_000,
                            b"</row></sheetData></worksheet>"), ["E103"]),
    "twenty thousand parts": (lambda p: many_parts(p), ["E105"]),
    "an attribute of nine megabytes": (
        lambda p: with_part(p, SHEET, b'<worksheet><sheetData x="', b"a", 9_000_000, b'"/></worksheet>'), ["E104"]),
    "a part that is packed in another way": (
        lambda p: with_part(p, SHEET, b"<worksheet/>", method=zipfile.ZIP_LZMA), ["E103"]),
}  # fmt: skip
"""What makes the file, and the codes it ends in."""


def many_parts(path: Path) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(20_000):
            archive.writestr(f"xl/media/{n}", b"")
    return path


pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory of a process is read there")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_ends_in_a_sentence_and_in_little_memory(name: str, tmp_path: Path) -> None:
    make, codes = HOSTILE[name]
    path = make(workbook(tmp_path / "november.xlsx"))
    found, memory = read_alone(path)
    assert (found, memory < MOST_MEMORY) == (codes, True), memory


def test_a_value_in_the_last_cell_of_excel_costs_nothing(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "november.xlsx"))
    sheet = book.add_worksheet("Lines")
    sheet.write_row(0, 0, ["Invoice ref", "Customer"])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    found, memory = read_alone(tmp_path / "november.xlsx")
    assert (found, memory < MOST_MEMORY) == (["E114"], True), memory


def test_a_million_rows_with_borders_and_nothing_in_them_cost_little(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "november.xlsx"), {"constant_memory": True})
    sheet, border = book.add_worksheet("Lines"), book.add_format({"border": 1})
    sheet.write_row(0, 0, ["Invoice ref", "Customer"])
    for row in range(1, 300_000):
        sheet.write_blank(row, 0, None, border)
    book.close()
    found, memory = read_alone(tmp_path / "november.xlsx")
    assert (found, memory < MOST_MEMORY) == (["N104"], True), memory


def test_a_row_of_a_csv_with_a_hundred_thousand_fields_is_named(tmp_path: Path) -> None:
    (tmp_path / "november.csv").write_text("Invoice ref,Customer\nN-1," + "x," * 100_000 + "\n", "utf-8")
    found, memory = read_alone(tmp_path / "november.csv")
    assert (found, memory < MOST_MEMORY) == (["E114"], True), memory
