"""Random valid batches, typed into the blank workbook or saved as CSV, are read with the same values."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from random_batches import DIALECTS, TABLES, RandomBatch, Template, as_csv, random_batch

from oneoff_batch.checking.cells import parse
from oneoff_batch.checking.schema import validate
from oneoff_batch.columns import UPLOAD
from oneoff_batch.problems import Problem, errors
from oneoff_batch.reading import Profile, read_file, understand

BATCHES = 120
NAMES = {t.name: list(t.columns)[-2:] for t in TABLES}


def values_of(
    paths: Sequence[Path], profile: Profile | None, checked: bool
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    sheets, problems = [], []
    for path in paths:
        more, faults = read_file(path, profile)
        sheets += more
        problems += faults
    founds, faults = understand(sheets, UPLOAD, NAMES, profile)
    problems += faults
    frames = {}
    for table in TABLES:
        found = next(f for f in founds if f.table == table.name)
        typed, faults = parse(found, table)
        frames[table.name] = typed.frame
        problems += faults + (validate(typed, faults) if checked else [])
    return frames, problems


def differences(batch: RandomBatch, paths: Sequence[Path], profile: Profile | None = None) -> Iterator[str]:
    frames, problems = values_of(paths, profile, checked=batch.number % 4 == 0)
    for p in errors(problems):
        yield f"{p.code} {p.place}: {p.message}"
    for table in TABLES:
        frame, rows = frames[table.name], batch.rows(table.name)
        if len(frame) != len(rows):
            yield f"{table.name}: {len(rows)} rows became {len(frame)}"
            continue
        for field in table.columns:
            read = [_plain(v) for v in frame[field]]
            for n, (row, value) in enumerate(zip(rows, read, strict=True)):
                if row[field] != value:
                    yield f"{table.name} row {n} {field}: {row[field]!r} became {value!r}"


def _plain(value: Any) -> Any:
    return None if value is None or value is pd.NA or value != value else value


def in_workbook(number: int, template: Template, folder: Path) -> list[str]:
    batch = random_batch(number)
    return [f"batch {number}, workbook: {d}" for d in differences(batch, [template.filled(batch, folder / "batch.xlsx")])]


def in_csv(number: int, folder: Path) -> list[str]:
    batch, dialect = random_batch(number), DIALECTS[number % len(DIALECTS)]
    paths = as_csv(batch, dialect, folder)
    profile = Profile("csv", decimal=dialect.mark)
    found = [] if paths is None else differences(batch, paths, profile)
    return [f"batch {number}, CSV {dialect.name}: {d}" for d in found]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("part", range(2))
def test_what_is_typed_into_the_blank_workbook_is_what_is_billed(part: int, template: Template, tmp_path: Path) -> None:
    found = [d for number in range(part, BATCHES, 2) for d in in_workbook(number, template, tmp_path)]
    assert not found, "\n".join(found[:20])


def test_the_same_batches_as_csv_are_read_with_the_same_values(tmp_path: Path) -> None:
    found = [d for number in range(BATCHES // 2) for d in in_csv(number, tmp_path)]
    assert not found, "\n".join(found[:20])


def main(count: int) -> int:
    """Make so many round trips, every tenth as CSV too, and print what came back otherwise."""
    begun, found = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = Template(folder)
        for number in range(count):
            told = in_workbook(number, template, folder) + (in_csv(number, folder) if number % 10 == 0 else [])
            found += bool(told)
            for line in told[:3]:
                print(line)
            if number % 1000 == 999:
                print(f"{number + 1:,} batches in {time.monotonic() - begun:.0f} s, {found} came back otherwise", flush=True)
    print(f"{count:,} batches in {time.monotonic() - begun:.0f} s, {found} came back otherwise")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
