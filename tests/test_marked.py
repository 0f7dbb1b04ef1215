"""The marked-up copy says of every cell what the upload says of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from oneoff_batch.cli import run
from oneoff_batch.problems import Problem
from oneoff_batch.reading import read_file
from oneoff_batch.reading.ours import without_our_own
from oneoff_batch.showing.marked import write_marked

HEAD = ["Invoice ref", "Customer", "Currency", "Invoice date", "Delivery date", "Pricing name", "Quantity", "Unit price"]


def workbook(path: Path, *rows: list[object], epoch_1904: bool = False) -> None:
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.title = "Batch"
    for row in ([*HEAD], *rows):
        page.append(row)
    book.save(path)


def odd_dates() -> list[list[object]]:
    """Days as people and programs leave them: with a time, as a bare count, as text, as a span of time."""
    days = [44895, 44895.5, "44895", datetime(2026, 12, 1), datetime(2026, 12, 1, 8, 30, 15), "3 December 2026"]
    others = [time(8, 30), timedelta(hours=30), timedelta(hours=6), 44895.75, datetime(2026, 12, 1, 23, 59, 59), 1.5]
    return [
        [f"A-{n}", "C-9999", "EUR", day, other, "Day", 1, 2]
        for n, (day, other) in enumerate(zip(days, others, strict=True), start=1)
    ]


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_every_day_is_the_same_cell_in_the_copy_whatever_year_the_workbook_counts_from(tmp_path, epoch_1904):
    workbook(tmp_path / "a.xlsx", *odd_dates(), epoch_1904=epoch_1904)
    (before,), _ = read_file(tmp_path / "a.xlsx")
    write_marked(tmp_path / "b.xlsx", [before], [], [Problem("W105", sheet="Batch")], "check")
    (after,) = without_our_own(read_file(tmp_path / "b.xlsx")[0])
    assert before.epoch_1904 == after.epoch_1904 == epoch_1904
    for a, b in ((before.cells, after.cells), (before.kinds, after.kinds)):
        assert a.astype("str").to_numpy().tolist() == b.astype("str").to_numpy().tolist()


def test_a_count_of_days_from_1904_with_a_time_of_day_is_told_as_the_same_day_again(books, capsys):
    workbook(books / "a.xlsx", *odd_dates(), epoch_1904=True)
    days = []
    for path in ("a.xlsx", "reports/a-marked.xlsx"):
        run(["check", path])
        days.append([line for line in capsys.readouterr().out.split("\n") if " show as " in line])
    assert days[0] == days[1] and len(days[0]) == 3 and all("1 December 2026" in line for line in days[0])


def test_files_that_count_their_days_from_different_years_have_no_copy_in_one_workbook(tmp_path):
    workbook(tmp_path / "a.xlsx", *odd_dates(), epoch_1904=True)
    workbook(tmp_path / "b.xlsx", *odd_dates())
    sheets = [*read_file(tmp_path / "a.xlsx")[0], *read_file(tmp_path / "b.xlsx")[0]]
    assert write_marked(tmp_path / "c.xlsx", sheets, [], [Problem("W105", sheet="Batch")], "check") is None
