"""Uploads whose workbook says more than its cells: hidden rows, merged cells, formulas, macros, far values."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl

from .files import same_every_time, write_workbook
from .rows import invoice, line
from .uploads import REF, upload

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write_hidden(folder: Path) -> None:
    """Write them: each is a plain upload that was changed as a person, or Excel, would change it."""
    plain = upload(invoice(REF, "C-1001", line("TRAIN-DAY", 1, on=3), line("ROOM-DAY", 2, on=3)))
    for code, change in _CHANGES.items():
        path = folder / f"{code}.xlsx"
        write_workbook(path, plain)
        workbook = openpyxl.load_workbook(path)
        change(workbook["Lines"])
        out = io.BytesIO()
        workbook.save(out)
        path.write_bytes(same_every_time(out.getvalue()))
    for code, parts in _PARTS.items():
        write_workbook(folder / f"{code}.xlsx", plain)
        _with_parts(folder / f"{code}.xlsx", parts)


def _far(sheet: Any) -> None:
    sheet.cell(5_000, 2, "checked by Anna")


def _merge(sheet: Any) -> None:
    sheet.cell(3, 3).value = None
    sheet.merge_cells("C2:C3")


def _hide_row(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def _hide_column(sheet: Any) -> None:
    sheet.column_dimensions["C"].hidden = True


def _borders(sheet: Any) -> None:
    for row in range(4, 10_105):
        sheet.cell(row, 1).number_format = "@"


_CHANGES: dict[str, Callable[[Any], None]] = {
    "E114": _far, "E115": _merge, "W106": _hide_row, "W107": _hide_column, "N104": _borders,
}  # fmt: skip


def _relation(id_: str, kind: str, target: str, more: str = "") -> str:
    return f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"{more}/>'


def _of_workbook(kind: str, target: str) -> Callable[[str], str]:
    return lambda xml: xml.replace("</Relationships>", _relation("more", kind, target) + "</Relationships>")


def _with_formula(xml: str) -> str:
    return re.sub(r'<c r="C3"([^>]*)><v>2</v>', r'<c r="C3"\1><f>1+1</f><v>2</v>', xml)


_LINK = _PART + f'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_RELATIONS}"><externalBook r:id="a"/></externalLink>'  # fmt: skip  # noqa: E501
_LINK_TO = (
    _PART + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    + _relation("a", _RELATIONS + "/externalLinkPath", "prices%202026.xlsx", ' TargetMode="External"') + "</Relationships>"
)  # fmt: skip
_RELS = "xl/_rels/workbook.xml.rels"
_PARTS: dict[str, dict[str, Any]] = {
    "N101": {"xl/worksheets/sheet2.xml": _with_formula},
    "N102": {
        _RELS: _of_workbook("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin"),
        "xl/vbaProject.bin": "no macro stands here",
    },
    "W108": {
        _RELS: _of_workbook(_RELATIONS + "/externalLink", "externalLinks/externalLink1.xml"),
        "xl/externalLinks/externalLink1.xml": _LINK,
        "xl/externalLinks/_rels/externalLink1.xml.rels": _LINK_TO,
    },
}
"""Parts to add as text, or to change."""


def _with_parts(path: Path, parts: dict[str, Any]) -> None:
    data = path.read_bytes()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(path, "w", ZIP_DEFLATED) as new:
        names = dict.fromkeys([*old.namelist(), *parts])
        for name in names:
            change = parts.get(name)
            text = change if isinstance(change, str) else old.read(name).decode("utf-8")
            changed = change(text) if callable(change) else text
            new.writestr(ZipInfo(name, (2026, 11, 1, 8, 0, 0)), changed, ZIP_DEFLATED)
