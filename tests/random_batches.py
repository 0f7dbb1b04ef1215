"""Random valid batches over every column of the upload, and the files in which a person could bring them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from oneoff_batch.columns import INVOICES, LINES, Table, custom_column, kind_of
from oneoff_batch.columns.kinds import WIDTHS
from oneoff_batch.showing.template import write_upload_template

CUSTOM = {
    "invoices": {"Cost centre": custom_column("Cost centre", "STRING"), "Approved": custom_column("Approved", "BOOLEAN")},
    "lines": {
        "Projekt-Nr.": custom_column("Projekt-Nr.", "STRING"),
        "Participants": custom_column("Participants", "NUMBER"),
    },
}
TABLES = tuple(t.with_columns(CUSTOM[t.name]) for t in (INVOICES, LINES))
_WORDS = (
    "Workshop", "Schulung für Führungskräfte", "Naïve café", "Straße 5", "追加教材", "Ελλάδα", "Зал 3", "😀 seats", "a  b", "50% off?",
    "O'Neil", '5" pipe', '"quoted"', "a;b", "a,b", "a|b", "=1+1", "+49 30 1234", "-5", "@home", "<b>&amp;</b>", "NA", "null", "None",
    "nan", "TRUE", "1-2", "MARCH1", "00123", "1/2", "3.14", "1,234", "2026-11-30", "x_x0041_y", "_x000D_", "Total wash", "'quoted", "#1",
    "Ja", "{value}", "%s", "back\\slash", "ﬁ", "½", "１２３", "n/a", "Á", "l'été", "Grüße & Küsse", "]]>", "<!--", "line one\nline two",
)  # fmt: skip
_IDS = (
    "1-2",
    "MARCH1",
    "=x",
    "00123",
    "N-1",
    "4500017731",
    "NA",
    "null",
    "@a",
    "+1",
    "PO/77812",
    "Ä-1",
    "a b",
    "x'y",
    "_x0041_",
    "№ 5",
)
_TERMS = ("30 days", "2 weeks", "1 month", "end of month", "due on receipt", "end of month + 10 days", "0 days")
_OFTEN = 0.45


@dataclass(frozen=True)
class RandomBatch:
    """Typed values by field for every row, None where a cell is empty."""

    number: int
    invoices: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table."""
        return self.invoices if table == "invoices" else self.lines


def random_batch(number: int) -> RandomBatch:
    """Return the batch of a number, always the same one."""
    random = Random(number)
    refs = [f"{random.choice(_IDS)}{'' if i == 0 else f'.{i}'}" for i in range(random.choice((1, 1, 2, 3, 5)))]
    invoices = [{**_row(TABLES[0], random), "invoice_ref": ref} for ref in refs]
    count = random.choice((1, 2, 3))
    lines = [{**_row(TABLES[1], random), "invoice_ref": ref} for ref in refs for _ in range(random.randint(1, count))]
    return RandomBatch(number, invoices, lines)


def _row(table: Table, random: Random) -> dict[str, Any]:
    often = random.choice((0.05, _OFTEN, 0.95))
    return {
        field: _value(column, random) if column.metadata["required"] or random.random() < often else None
        for field, column in table.columns.items()
    }


def _value(column: Any, random: Random) -> Any:
    kind = kind_of(column)
    if kind in WIDTHS:
        return _decimal(column, random)
    if kind == "custom" and column.metadata["custom_type"] == "NUMBER":
        return _short_decimal(random)
    return _OTHERS.get(kind, _text)(column, random)


def _text(column: Any, random: Random) -> str:
    limit = column.metadata.get("limit", 200)
    words = [
        random.choice(_WORDS) if random.random() < 0.7 else _gibberish(random) for _ in range(random.choice((1, 1, 2, 4)))
    ]
    return _tidy(" ".join(words)[:limit]) or "x"


def _gibberish(random: Random) -> str:
    planes = ((33, 126), (33, 126), (0xC0, 0x17F), (0x391, 0x3A9), (0x410, 0x44F), (0x4E00, 0x4FFF), (0x1F600, 0x1F640))
    return "".join(chr(random.randint(*random.choice(planes))) for _ in range(random.randint(1, 12)))


def _tidy(text: str) -> str:
    """A cell's text has no white space around it, and says no Excel error."""
    return re.sub(r"^#(?=[A-Z])", "", text.strip()).strip()


def _id(column: Any, random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(_IDS)
    letters = "".join(random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-/. ") for _ in range(random.randint(1, 20))).strip()
    return "R" + letters if re.fullmatch(r"[-0-9.]*E?[-0-9./ ]*", letters) else letters


def _decimal(column: Any, random: Random) -> Decimal:
    """Return a decimal of any width that the column holds, also one that a double cannot."""
    width = WIDTHS[kind_of(column)]
    whole = random.randint(0, width.precision - width.scale)
    places = random.choice((0, 0, 2, 2, random.randint(0, width.scale)))
    digits = random.randint(0, 10**whole - 1) if whole else 0
    value = Decimal(digits) + Decimal(random.randint(0, 10**places - 1)).scaleb(-places)
    bound = column.metadata["bound"]
    if bound.startswith("more than"):
        return value or Decimal(1)
    least = kind_of(column) == "percent" or column.metadata.get("bound") == "0 or more"
    return value if least or random.random() < 0.75 else -value


def _short_decimal(random: Random) -> str:
    return str(random.choice((0, 1, 12, 2.5, 1000, 0.125)))


def _day(column: Any, random: Random) -> date:
    near = date(2026, 1, 1) + timedelta(random.randint(0, 400))
    return near if random.random() < 0.8 else date(1990, 1, 1) + timedelta(random.randint(0, 60_000))


_OTHERS: Mapping[str, Callable[[Any, Random], Any]] = {
    "id": _id,
    "date": _day,
    "flag": lambda _, random: random.random() < 0.5,
    "choice": lambda column, random: random.choice(column.metadata["options"]),
    "currency": lambda column, random: random.choice(column.metadata["options"]),
    "country": lambda column, random: random.choice(column.metadata["options"]),
    "terms": lambda _, random: random.choice(_TERMS),
    "custom": lambda column, random: (
        random.choice(("yes", "no")) if column.metadata["custom_type"] == "BOOLEAN" else _text(column, random)
    ),
}


class Template:
    """The blank upload workbook, into whose sheets rows are typed as Excel would save them."""

    def __init__(self, folder: Path) -> None:
        path = write_upload_template(folder / "blank.xlsx", None, CUSTOM)
        with zipfile.ZipFile(path) as archive:
            self._parts = {name: archive.read(name) for name in archive.namelist()}
        self._strings = int(re.search(rb'uniqueCount="(\d+)"', self._parts["xl/sharedStrings.xml"])[1])  # type: ignore[index]

    def filled(self, batch: RandomBatch, path: Path) -> Path:
        """Write the workbook with a batch in it."""
        random = Random(batch.number)
        strings: list[str] | None = [] if random.random() < 0.7 else None
        changed = dict(self._parts)
        for i, table in enumerate(TABLES, start=1):
            part = f"xl/worksheets/sheet{i}.xml"
            changed[part] = self._typed(changed[part].decode(), table, batch.rows(table.name), random, strings).encode()
        if strings:
            more = "".join(f'<si><t xml:space="preserve">{_excel(s)}</t></si>' for s in strings)
            changed["xl/sharedStrings.xml"] = (
                changed["xl/sharedStrings.xml"].decode().replace("</sst>", more + "</sst>").encode()
            )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, data in changed.items():
                archive.writestr(name, data)
        return path

    def _typed(self, xml: str, table: Table, rows: list[dict[str, Any]], random: Random, strings: list[str] | None) -> str:
        styles = _styles(xml)
        typed, number = [], 1
        for row in rows:
            number += 1 if random.random() < 0.95 else random.randint(2, 40)
            cells = [
                _cell(_letters(j) + str(number), styles.get(j + 1, 0), column, row[field], random, strings, self._strings)
                for j, (field, column) in enumerate(table.columns.items())
                if row[field] is not None
            ]
            typed.append(f'<row r="{number}">{"".join(cells)}</row>')
        if random.random() < 0.5:
            xml = re.sub(r'<dimension ref="A1:([A-Z]+)1"/>', rf'<dimension ref="A1:\g<1>{number}"/>', xml)
        return xml.replace("</sheetData>", "".join(typed) + "</sheetData>")


def _styles(xml: str) -> dict[int, int]:
    styles = {}
    for tag in re.findall(r"<col [^>]*>", xml):
        found = {k: int(v) for k, v in re.findall(r'(min|max|style)="(\d+)"', tag)}
        styles |= dict.fromkeys(range(found["min"], found["max"] + 1), found.get("style", 0))
    return styles


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)


def _excel(text: str) -> str:
    """Escape a text as Excel does, with its own escapes in it."""
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)).replace("\n", random_line_end(text))


def random_line_end(text: str) -> str:
    """Excel saves a line end in a cell as a line feed; some programs write the character's number."""
    return "\n" if len(text) % 2 else "&#10;"


def _cell(place: str, style: int, column: Any, value: Any, random: Random, strings: list[str] | None, before: int) -> str:
    if isinstance(value, bool) and random.random() < 0.3:
        return f'<c r="{place}" s="{style}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date) and value >= date(1900, 3, 1) and random.random() < 0.8:
        return f'<c r="{place}" s="{style}"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= 15 and random.random() < 0.85:
        return f'<c r="{place}" s="{style}"><v>{_double(value, random)}</v></c>'
    text = in_words(value, ".", random)
    if strings is None:
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_excel(text)}</t></is></c>'
    strings.append(text)
    return f'<c r="{place}" s="{style}" t="s"><v>{before + len(strings) - 1}</v></c>'


def _double(value: Decimal, random: Random) -> str:
    """Excel saves up to 17 digits of a double; other programs the shortest that are enough."""
    return random.choice((repr(float(value)), format(float(value), ".17g"), format(float(value), ".16E")))


def in_words(value: Any, mark: str, random: Random) -> str:
    """Return what a person would type for a value, so that it has one reading only."""
    if isinstance(value, bool):
        return random.choice(("yes", "Ja", "TRUE", "x") if value else ("no", "Nein", "FALSE"))
    if isinstance(value, date):
        return value.isoformat() if random.random() < 0.7 else f"{value.day} {value:%B} {value.year}"
    if isinstance(value, Decimal):
        text = format(value, "f")
        whole, _, places = text.partition(".")
        if len(places) == 3 or (places and not mark):
            places += "0"
        return f"{whole}{mark}{places}" if places else whole
    return str(value)


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written."""

    delimiter: str
    encoding: str
    mark: str
    line_end: str = "\r\n"

    @property
    def name(self) -> str:
        """A name for messages."""
        return f"{self.delimiter!r} {self.encoding} {self.mark}"


DIALECTS = tuple(
    Dialect(delimiter, encoding, mark, line_end)
    for delimiter, mark in ((",", "."), (";", ","), ("\t", "."), ("|", "."))
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    for line_end in ("\r\n", "\n")
)


def as_csv(batch: RandomBatch, dialect: Dialect, folder: Path) -> list[Path] | None:
    """Write invoices.csv and lines.csv; None where the encoding cannot hold the text or the bytes read as UTF-8 too."""
    paths = []
    for table in TABLES:
        text = _table_text(batch, table, dialect)
        try:
            data = text.encode(dialect.encoding)
        except UnicodeEncodeError:
            return None
        if dialect.encoding == "cp1252" and _is_utf8(data) and not text.isascii():
            return None
        path = folder / f"{table.name}.csv"
        path.write_bytes(data)
        paths.append(path)
    return paths


def _table_text(batch: RandomBatch, table: Table, dialect: Dialect) -> str:
    random = Random(batch.number)
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=dialect.delimiter, lineterminator=dialect.line_end)
    writer.writerow([column.title for column in table.columns.values()])
    for row in batch.rows(table.name):
        writer.writerow(["" if row[f] is None else in_words(row[f], dialect.mark, random) for f in table.columns])
    return target.getvalue()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
