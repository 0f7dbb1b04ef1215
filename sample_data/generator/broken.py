"""Files that cannot be read, one per problem code, made byte by byte."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROWS = "Invoice ref,Customer,Product item,Description,Quantity\nNOV-101,C-1001,TRAIN-DAY,"


def write_broken(folder: Path, good: bytes) -> None:
    """Write them; `good` are the bytes of a workbook that can be read."""
    files = {
        "E101.xlsx": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
        "E102.xlsx": _OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480),
        "E103.xlsx": good[: len(good) * 3 // 5],
        "E104.csv": b"",
        "E105.xlsx": _with_entities(good),
        "E112.csv": (
            _ROWS + 'Group A,1\nNOV-101,C-1001,TRAIN-DAY,"Screen of 27 inch,1\nNOV-101,C-1001,ROOM-DAY,Room,1\n'
        ).encode(),
        "E116.csv": (_ROWS + '"Screen of 27" and stand",1\nNOV-101,C-1001,ROOM-DAY,Room,1\n').encode(),
        "E113.csv": codecs.BOM_UTF8 + (_ROWS + "Führung im Lager,1\n").encode().replace(b"\xc3\xbc", b"\xc3"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _with_entities(good: bytes) -> bytes:
    """Put entities that unpack to more and more text in front of a sheet of a workbook."""
    bomb = b'<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\n'
    out = io.BytesIO()
    with ZipFile(io.BytesIO(good)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = bomb + content
            new.writestr(ZipInfo(name, (2026, 11, 1, 8, 0, 0)), content, ZIP_DEFLATED)
    return out.getvalue()
