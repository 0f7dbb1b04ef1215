"""One hostile upload through every command: nothing of it is alive in any file that is written, and all bytes come again."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import zipfile
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from samples import SAMPLES

from oneoff_batch.cli import batch as batch_commands
from oneoff_batch.cli import run, terminal
from oneoff_batch.columns import PROBLEM_LIST
from oneoff_batch.showing.sheet_names import sheet_names

NOON = datetime.fromisoformat("2026-11-24T12:00:00+01:00")
HOSTILE = (
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","y")', "+49 30 123", "@SUM(A1)", "-2+3", "\tTab", "\rReturn",
    "<script>alert(1)</script>", '" onmouseover="alert(1)', "]]></is></c>", "a\x0bb", "a\ufffeb", "_x0041_", "{{ 7*7 }}",
    "</script><img src=x onerror=alert(1)>", "javascript:alert(1)", "&lt;b&gt;",
)  # fmt: skip
REFS = ("../../x", "CON", "=2+5", "a/b\\c", "<b>", "x" * 90, "nul.html", ".", "A:1*?[]")


@pytest.fixture
def books(tmp_path, monkeypatch):
    for name in ("now",):
        monkeypatch.setattr(terminal, name, lambda: NOON)
        for module in ("batch", "looking", "posting", "ledger", "mapping"):
            found = __import__(f"oneoff_batch.cli.{module}", fromlist=["x"])
            if hasattr(found, name):
                monkeypatch.setattr(found, name, lambda: NOON)
    assert batch_commands.now() == NOON
    return _workspace(tmp_path / "books", monkeypatch)


def _workspace(root, monkeypatch):
    assert run(["init", str(root), "--quiet"]) == 0
    for name in ("oneoff.toml", "master-data.xlsx"):
        shutil.copy(SAMPLES / name, root / name)
    monkeypatch.chdir(root)
    return root


def hostile_upload(path):
    """Refs, names, notes and descriptions that attack a page, a formula, a file name or the file format itself."""
    head = ["Invoice ref", "Customer", "Currency", "Note", "Footnote", "Buyer reference", "Pricing name", "Description",
            "Quantity", "Unit price", "=1+1"]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(head)
        for i, ref in enumerate(REFS):
            a, b, c = (HOSTILE[(3 * i + k) % len(HOSTILE)].replace("\x0b", "").replace("\ufffe", "") for k in range(3))
            rows.writerow([ref, "C-1001", "EUR", f"{a}", b, c, f"x{a}" if i % 2 else b, c, i + 1, "10.00", a])
        for i, text in enumerate(HOSTILE):
            rows.writerow(
                [f"bad{i}", text, "EUR", text, text, text, text, "y" * (40_000 if i == 0 else 5), text, text, text]
            )
    return path


def every_file(root):
    return [p for p in sorted(root.rglob("*")) if p.is_file() and p.name not in ("book.sqlite", "hostile.csv")]


def push(upload="hostile.csv"):
    """The whole way of an upload; returns the exit codes."""
    codes = [run(["check", upload, "-q"]), run(["draft", upload, "--valid-only", "-q", "--user", "anna"])]
    batch = next(p.name for p in Path("batches").iterdir() if not p.name.startswith("."))
    codes += [
        run(["approve", batch, "-q", "--user", "ben"]),
        run(["finalize", batch, "--yes", "-q", "--user", "ben", "--invoice-date", "2026-11-24"]),
        run(["ledger", "export", "ledger/csv", "-q"]),
        run(["ledger", "export", "ledger/out.xlsx", "-q"]),
    ]
    return codes


def test_nothing_hostile_gets_alive_from_an_upload_into_what_is_written(books, capsys):
    hostile_upload(books / "hostile.csv")
    around = set(books.parent.iterdir())
    codes = push()
    assert codes[:2] == [1, 6] and set(codes[2:]) == {0}, (codes, capsys.readouterr())
    assert set(books.parent.iterdir()) == around, "a ref is never a path"
    files = every_file(books)
    assert {".html", ".xlsx", ".csv", ".json"} <= {p.suffix for p in files}
    assert {"hostile-marked.xlsx", "hostile-to-fix.xlsx", "preview.xlsx"} <= {p.name for p in files}
    for path in files:
        _LOOKS.get(path.suffix, lambda _: None)(path)


def _look_into_workbook(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith((".xml", ".rels", ".vml")):
                ElementTree.fromstring(data)
                assert b"<f>" not in data or path.name == "master-data.xlsx", (path, name)
            if name.endswith(".rels"):
                assert not re.search(rb"https?://(?!schemas\.)|javascript:", data), (path, name)
        assert not [n for n in archive.namelist() if "vbaProject" in n or "externalLink" in n or "embeddings" in n]
    book = openpyxl.load_workbook(path)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in book.sheetnames)
    for page in book:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (path, page.title, cell.coordinate, cell.value)
                assert not isinstance(cell.value, str) or len(cell.value.encode("utf-16-le")) <= 2 * 32_767


class _Page(HTMLParser):
    """Finds what a browser would run or load."""

    def __init__(self):
        super().__init__()
        self.alive = []

    def handle_starttag(self, tag, attrs):
        self.alive += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.alive += [
            f"{tag} {v}"
            for n, v in attrs
            if n in ("src", "href", "action") and re.match(r"\s*(javascript|data|https?):", v or "")
        ]
        if tag in ("img", "iframe", "object", "embed", "link", "base", "b"):
            self.alive += [tag] if tag != "b" else []


def _look_into_page(path):
    text = path.read_text("utf-8")
    page = _Page()
    page.feed(text)
    assert page.alive == [], (path, page.alive)
    assert "<script>alert" not in text and "<img src=x" not in text and "Content-Security-Policy" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe]", text), path


def _look_into_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                assert not re.match(r"[=+@\t\r\n-]", cell) or re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?", cell), (path, cell)


def _look_into_json(path):
    path.read_bytes().decode("utf-8")


_LOOKS = {".xlsx": _look_into_workbook, ".html": _look_into_page, ".csv": _look_into_csv, ".json": _look_into_json}


def test_the_names_of_pages_are_safe_on_every_file_system(books):
    hostile_upload(books / "hostile.csv")
    push()
    reserved = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}
    for path in every_file(books):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", path.name) and len(path.name) <= 120, path
        assert path.name.split(".")[0].casefold() not in reserved and not path.name.startswith((".", "-")), path


def test_the_same_input_and_clock_write_the_same_bytes(books, tmp_path, monkeypatch):
    sums = []
    for name in ("one", "two"):
        root = _workspace(tmp_path / name, monkeypatch)
        shutil.copy(SAMPLES / "mistakes.xlsx", root)
        push("mistakes.xlsx")
        assert run(["template", "blank.xlsx", "-q"]) == 0
        sums.append({str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in every_file(root)})
    assert sums[0] == sums[1]
    assert any(name.startswith("ledger/csv/") for name in sums[0])
    assert {"reports/mistakes-marked.xlsx", "reports/mistakes-to-fix.xlsx", "blank.xlsx"} <= set(sums[0])


def test_sheets_have_names_that_excel_accepts():
    names = sheet_names(
        ["a/b", "A:B", "'x'", "History", "", "x" * 40, "X" * 40, "\U0001f600" * 20, PROBLEM_LIST], [PROBLEM_LIST]
    )
    assert names[:5] == ["a-b", "A-B (2)", "x", "History (2)", "Sheet"]
    assert len({n.casefold() for n in names}) == len(names) and PROBLEM_LIST not in names
    assert all(len(n.encode("utf-16-le")) <= 62 and not n.startswith("'") and not n.endswith("'") for n in names)
