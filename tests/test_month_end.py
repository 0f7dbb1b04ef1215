"""The README's month end, typed word for word: what it shows is what the program says."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from samples import SAMPLES

from oneoff_batch.cli import run, terminal

README = Path(__file__).parents[1] / "README.md"
_SECTION = re.compile(
    r"(?<=^## A month end, from the first upload to a correction\n)(.*?)(?=^## )", re.MULTILINE | re.DOTALL
)
_STEP = re.compile(r"<!-- (?P<edit>[a-z ]+) -->|^```console\n(?P<typed>.*?)^```$", re.MULTILINE | re.DOTALL)
_HASH = re.compile(r"\b[0-9a-f]{12}…|\b[0-9a-f]{64}\b")


def _cells(file: str, sheet: str, key: str, wanted: str, **values: object) -> None:
    """Type values into the row of a workbook whose cell below `key` is `wanted`; underscores stand for spaces."""
    workbook = openpyxl.load_workbook(file)
    rows = workbook[sheet].iter_rows()
    header = next(cells for row in rows if key in (cells := [c.value for c in row]))
    [row] = [row for row in rows if row[header.index(key)].value == wanted]
    for name, value in values.items():
        row[header.index(name.replace("_", " "))].value = value
    workbook.save(file)


def _decide() -> None:
    review = "batches/2026-11-30-1/preview.xlsx"
    for ref in ("NOV-101", "NOV-102", "NOV-104"):
        _cells(review, "Review", "Invoice Ref", ref, Decision="Approve")
    _cells(review, "Review", "Invoice Ref", "NOV-103", Decision="Decline", Comment="We agreed on 125.00 an hour")


EDITS: dict[str, Callable[[], None]] = {
    "the due date": lambda: _cells("month-end.xlsx", "Invoices", "Invoice ref", "NOV-102", Due_date="2026-12-03"),
    "the decisions": _decide,
    "the price": lambda: _cells("month-end.xlsx", "Lines", "Invoice ref", "NOV-103", Unit_price=125),
    "the seats": lambda: _cells("corrections/NOV-102-2.xlsx", "Lines", "Product item", "TRAIN-ONLINE", Quantity=8),
}
"""What anna and ben do in Excel, by the name that the README gives it in a comment."""


def _said(typed: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *words = shlex.split(typed)
    assert program == "oneoff-batch"
    run(words)
    printed = capsys.readouterr()
    text = "\n".join(line.rstrip() for line in (printed.out + printed.err).splitlines())
    return f"$ {typed}\n{text.rstrip()}\n"


def play(section: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Do what the section says, step by step, and return it with what the program said in the place of what it shows."""

    def done(step: re.Match[str]) -> str:
        if step["edit"]:
            EDITS[step["edit"]]()
            return step[0]
        typed = re.findall(r"^\$ (.+)$", step["typed"], re.MULTILINE)
        return "```console\n" + "\n".join(_said(command, capsys) for command in typed) + "```"

    return _STEP.sub(done, section)


@pytest.mark.usefixtures("database")
def test_the_month_end_of_the_readme_runs_word_for_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    evening = datetime(2026, 11, 30, 17, 30).astimezone()
    monkeypatch.setattr(terminal, "datetime", SimpleNamespace(now=lambda: evening))
    assert run(["init", str(tmp_path / "books"), "--quiet"]) == 0
    for name in ("oneoff.toml", "master-data.xlsx", "month-end.xlsx"):
        shutil.copy(SAMPLES / name, tmp_path / "books" / name)
    monkeypatch.chdir(tmp_path / "books")
    text = README.read_text("utf-8")
    [section] = _SECTION.findall(text)
    played = play(section, capsys)
    if request.config.getoption("--update-golden"):
        README.write_text(text.replace(section, played), "utf-8", newline="\n")
        return
    assert _HASH.sub("(hash)", played) == _HASH.sub("(hash)", section)
