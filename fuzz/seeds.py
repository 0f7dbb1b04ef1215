"""The files that are mutated: one of every kind that finance teams upload, made here or kept in `fuzz/seeds`."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "seeds"
NASTY = ROOT.parent / "shared" / "data" / "nasty"
HEAD = "Invoice ref,Customer,Invoice date,Pricing name,Quantity,Unit price,PO number,Prices include tax".split(",")
ROWS: list[list[Any]] = [
    ["F-1", "C-1001", date(2026, 11, 16), "Workshop", 2, 950, "00123", "no"],
    ["F-1", "C-1001", date(2026, 11, 16), "Room", 1, 19.99, "00123", "no"],
    ["F-2", "C-1002", date(2026, 11, 17), "Führung — Größe", 0.5, 1234.56, "1-2", "yes"],
    ["F-3", "SF-88103", date(2026, 11, 18), "=1+1", -1, 10.5, "MARCH1", None],
]


_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


@dataclass(frozen=True)
class Seed:
    """A file to begin with; `kind` is upload, master, profile or settings."""

    name: str
    kind: str
    data: bytes


def all_seeds() -> list[Seed]:
    """Return every seed, in an order that does not change between runs; odd files of other projects come last."""
    made = [Seed(name, "upload", data) for name, data in sorted(_uploads().items())]
    kept = [Seed(p.name, "upload", p.read_bytes()) for p in sorted(KEPT.iterdir()) if p.suffix != ".toml"]
    samples = ROOT / "sample_data"
    others = [
        Seed("master-data.xlsx", "master", _small_master()),
        Seed("mistakes.xlsx", "upload", (samples / "mistakes.xlsx").read_bytes()),
        Seed("settings.toml", "settings", (samples / "oneoff.toml").read_bytes()),
        *(Seed(p.name, "profile", p.read_bytes()) for p in sorted(KEPT.glob("*.toml"))),
        *(Seed(p.name, "profile", p.read_bytes()) for p in sorted((samples / "profiles").glob("*.toml"))),
    ]
    return [_settled(s) for s in made + kept + others] + list(_nasty())


def _settled(seed: Seed) -> Seed:
    """Return a workbook made just now with a date of long ago in it, so that a case is the same file every day."""
    if not seed.name.endswith(".xlsx"):
        return seed
    with zipfile.ZipFile(io.BytesIO(seed.data)) as archive:
        parts = {name: _DATED.sub(rb"\g<1>2026-11-24T12:00:00Z\g<2>", archive.read(name)) for name in archive.namelist()}
    return Seed(seed.name, seed.kind, _zipped(parts))


def _nasty() -> Iterator[Seed]:
    if NASTY.is_dir():
        for path in sorted(NASTY.rglob("*")):
            if path.is_file() and path.suffix not in (".json", "") and path.stat().st_size < 40_000:
                yield Seed("nasty/" + str(path.relative_to(NASTY)), "upload", path.read_bytes())


def _uploads() -> dict[str, bytes]:
    return {
        **_texts(),
        "openpyxl.xlsx": _by_openpyxl(),
        "two-sheets.xlsx": _two_sheets(),
        "odd.xlsx": _odd({}),
        "odd-1904.xlsx": _odd({"date_1904": True}),
        "template.xlsx": _template(),
        "inline.xlsx": _inline(),
        "binary.xlsb": _binary(),
    }


def _words(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [["" if v is None else str(v) for v in row] for row in rows]


def _texts() -> dict[str, bytes]:
    rows = _words([HEAD, *ROWS])

    def joined(mark: str, end: str = "\r\n", quote: bool = False) -> str:
        lines = (mark.join(f'"{v}"' if quote or mark in v else v for v in row) for row in rows)
        return end.join(lines) + end

    german = joined(";").replace(".99", ",99").replace("0.5", "0,5").replace("1234.56", "1.234,56")
    return {
        "comma.csv": joined(",").encode(),
        "quoted.csv": joined(",", "\n", quote=True).encode("utf-8-sig"),
        "semicolon.csv": german.encode("cp1252", "replace"),
        "tab.txt": codecs.BOM_UTF16_LE + joined("\t").encode("utf-16-le"),
        "pipe.csv": joined("|", "\r").encode("utf-16-be"),
        "sep.csv": ("sep=;\r\n" + joined(";")).encode(),
        "packed.csv.gz": gzip.compress(joined(",").encode(), mtime=0),
        "packed.zip": _zipped({"november.csv": joined(",").encode()}),
    }


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [HEAD, *ROWS]:
        sheet.append(row)
    sheet["D5"].data_type = "s"
    sheet["G2"].number_format = "@"
    sheet["F3"].number_format = '#,##0.00 "€"'
    sheet["E4"].number_format = "0%"
    return _saved(book)


def _two_sheets() -> bytes:
    book = openpyxl.Workbook()
    invoices, lines = book.active, book.create_sheet("Lines")
    invoices.title = "Invoices"
    control = book.create_sheet("Control")
    for sheet, rows in (
        (invoices, [["Invoice ref", "Customer", "Currency", "Expected total"],
                    ["A-1", "C-1001", "EUR", 121], ["A-2", "C-1002"]]),
        (lines, [["Invoice ref", "Product item", "Quantity", "Amount", "Period start"],
                 ["A-1", "TRAIN-DAY", 1, 100, datetime(2026, 11, 3)], ["A-2", "TRAIN-DAY", 2, None, None]]),
        (control, [["Currency", "Invoice count", "Quantity total"], ["EUR", 2, 3]]),
    ):  # fmt: skip
        for row in rows:
            sheet.append(row)
    return _saved(book)


def _saved(book: Any) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _odd(options: dict[str, Any]) -> bytes:
    """Return a workbook with what real ones have: a title, merges, hidden things, formulas, errors, a totals row."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
    sheet = book.add_worksheet("November")
    day, money = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "#,##0.00 [$€-407]"})
    sheet.merge_range("C2:F2", "Invoices of November", book.add_format({"bold": True}))
    for i, row in enumerate([HEAD, *ROWS], start=3):
        for j, value in enumerate(row, start=2):
            if isinstance(value, date):
                sheet.write_datetime(i, j, datetime.combine(value, time()), day)
            elif isinstance(value, str):
                sheet.write_string(i, j, value)
            else:
                sheet.write(i, j, value, money if j == 7 else None)
    sheet.write_formula("H6", "=10+9.99", money, 19.99)
    sheet.write_formula("G7", "=1/2", None, 0.5)
    sheet.write_formula("J9", "=NA()", None, "#N/A")
    sheet.write_rich_string("F9", "half ", book.add_format({"italic": True}), "slanted")
    sheet.write_datetime("K9", timedelta(hours=30), book.add_format({"num_format": "[h]:mm"}))
    sheet.write_boolean("J8", True)
    sheet.write("C9", "Total")
    sheet.write("H9", 2215.05)
    sheet.set_row(5, None, None, {"hidden": True})
    sheet.set_column("K:K", None, None, {"hidden": True})
    sheet.write_comment("C4", "the key")
    sheet.write_blank(3000, 2, None, day)
    book.add_worksheet("Old").hide()
    book.close()
    return target.getvalue()


def _template() -> bytes:
    from tempfile import TemporaryDirectory

    from oneoff_batch.showing.template import write_upload_template

    with TemporaryDirectory() as folder:
        path = write_upload_template(Path(folder) / "template.xlsx", None)
        book = openpyxl.load_workbook(path)
    for name, row in (("Invoices", ["T-1", "C-1001", ""]), ("Lines", ["T-1", "", "TRAIN-DAY"])):
        for j, value in enumerate(row, start=1):
            book[name].cell(2, j, value or None)
    return _saved(book)


def _inline() -> bytes:
    """Return a workbook as small programs write it: inline strings, no styles, no shared strings, ISO dates."""
    cells = []
    table: list[list[Any]] = [[*HEAD], *ROWS]
    for i, row in enumerate(table, start=1):
        cells.append(f'<row r="{i}">')
        for value in row:
            if isinstance(value, date):
                cells.append(f'<c t="d"><v>{value.isoformat()}</v></c>')
            elif isinstance(value, int | float):
                cells.append(f"<c><v>{value}</v></c>")
            else:
                cells.append(f'<c t="inlineStr"><is><t xml:space="preserve">{value or ""}</t></is></c>')
        cells.append("</row>")
    rows = "".join(cells)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return _zipped({
        "[Content_Types].xml": _types("sheet.main+xml", "worksheet+xml", "xml"),
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode(),
    })  # fmt: skip


def _types(book: str, sheet: str, ending: str) -> bytes:
    office = "application/vnd." + ("openxmlformats-officedocument.spreadsheetml." if ending == "xml" else "ms-excel.")
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.{ending}" ContentType="{office}{book}"/>'
        f'<Override PartName="/xl/worksheets/sheet1.{ending}" ContentType="{office}{sheet}"/></Types>'
    ).encode()


def _relations(kind: str, target: str) -> bytes:
    base = "http://schemas.openxmlformats.org"
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{base}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{base}/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
    ).encode()


def _binary() -> bytes:
    """Return the smallest .xlsb that holds the rows: records of type, length and body."""
    sheet = [_record(129), _record(148, struct.pack("<IIII", 0, len(ROWS), 0, len(HEAD) - 1)), _record(145)]
    table: list[list[Any]] = [[*HEAD], *ROWS]
    for i, row in enumerate(table):
        sheet.append(_record(0, struct.pack("<IIHBBBI", i, 0, 300, 0, 0, 0, 0)))
        for j, value in enumerate(row):
            where = struct.pack("<II", j, 0)
            if isinstance(value, date):
                value = (value - date(1899, 12, 30)).days
            if isinstance(value, int | float):
                sheet.append(_record(5, where + struct.pack("<d", value)))
            elif value:
                sheet.append(_record(6, where + _wide(value)))
    sheet += [_record(146), _record(130)]
    bundle = _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("S"))
    book = [_record(131), _record(143), bundle, _record(144), _record(132)]
    return _zipped({
        "[Content_Types].xml": _types("sheet.binary.macroEnabled.main", "worksheet", "bin"),
        "_rels/.rels": _relations("officeDocument", "xl/workbook.bin"),
        "xl/workbook.bin": b"".join(book),
        "xl/_rels/workbook.bin.rels": _relations("worksheet", "worksheets/sheet1.bin"),
        "xl/worksheets/sheet1.bin": b"".join(sheet),
    })  # fmt: skip


def _record(number: int, body: bytes = b"") -> bytes:
    kind = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    length, rest = b"", len(body)
    while True:
        length += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest >>= 7
        if not rest:
            return kind + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _small_master() -> bytes:
    """Return the master data of the sample company with the first few rows of each sheet."""
    book = openpyxl.load_workbook(ROOT / "sample_data" / "master-data.xlsx")
    for sheet in book.worksheets:
        if sheet.max_row > 8 and sheet.sheet_state == "visible":
            sheet.delete_rows(9, sheet.max_row)
    return _saved(book)
