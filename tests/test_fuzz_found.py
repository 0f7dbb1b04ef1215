"""What the fuzzer once found, and what was mended: each file ends in a sentence now, quickly and in little memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.cases import case_of, named
from fuzz.pool import Worker
from fuzz.seeds import all_seeds

FOUND = Path(__file__).parent / "files" / "found"
ENDINGS = dict.fromkeys(
    (
        "a-csv-beyond-the-end.zip",
        "a-csv-with-damaged-lzma.zip",
        "a-damaged-bzip2-part.xlsb",
        "a-damaged-lzma-part.xlsx",
        "a-part-beyond-the-end.xlsb",
        "a-part-with-an-unreadable-name.ods",
        "a-part-without-a-name.xlsx",
        "a-row-inside-a-cell.xlsx",
        "an-unknown-encoding.ods",
        "an-unknown-encoding.xlsx",
        "the-head-of-an-old-workbook.xls",
    ),
    "refused E103",
) | {"a-namespace-taken-back.ods": "refused E104"}
HUGE = {
    "a long field in an old encoding": (b"Invoice ref;Customer\r\n" + b"x" * 140_000 + b"\xfc;1\r\n", "read E106 W103"),
    "a record of 140,000 fields": (b"Invoice ref,Customer\r\n" + b"," * 140_000 + b"1\r\n", "read E106 E114"),
    "a cell of 140,000 commas": (b"Invoice ref;Customer\r\nA;M" + b"," * 140_000 + b"\r\n", "read E106"),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker("fuzz.worker:fuzz")
    yield worker
    worker.close()


def ending(worker: Worker, path: Path) -> str:
    told = worker.ask(kind="upload", path=str(path))
    assert told.over == "", told.trace
    assert told.answer["end"] != "fault", told.answer["trace"]
    return " ".join((told.answer["end"], *told.answer["codes"]))


def _found() -> Iterator[Any]:
    for path in sorted(FOUND.iterdir()):
        yield pytest.param(path, id=path.name)


@pytest.mark.parametrize("path", list(_found()))
def test_a_file_that_once_broke_the_reader_ends_in_a_sentence(path: Path, worker: Worker) -> None:
    assert ending(worker, path) == ENDINGS[path.name]


@pytest.mark.parametrize("name", HUGE)
def test_a_text_file_that_once_took_minutes_takes_seconds(name: str, worker: Worker, tmp_path: Path) -> None:
    data, expected = HUGE[name]
    (tmp_path / "huge.csv").write_bytes(data)
    assert ending(worker, tmp_path / "huge.csv").startswith(expected)


def test_a_long_table_with_one_wide_line_stays_within_500_mebibytes(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "area.csv").write_bytes(b"Invoice ref,Customer\r\n" + b"A,B\r\n" * 140_000 + b"," * 999 + b"1\r\n")
    assert ending(worker, tmp_path / "area.csv") == "refused E105"


def test_a_case_of_the_fuzzer_is_the_same_file_every_time() -> None:
    first, second = all_seeds(), all_seeds()
    assert [s.data for s in first] == [s.data for s in second]
    for number in range(40):
        assert case_of(number, first).data() == named(str(number), second).data()
