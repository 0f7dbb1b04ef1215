"""Odd and hostile files of other projects' tests: each is read right, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from nasty_harness import Outcome, all_outcomes, files, known, others

ALONE = {"calamine/issue_174.xlsx", "calamine/too_small.xls"}
"""Files that we read and neither of the other readers does."""


@pytest.mark.skipif(not files(), reason="the collection of odd files is not here")
def test_every_odd_file_is_read_right_or_refused_in_a_sentence() -> None:
    """One test, so that the files are looked at once however many processes the tests run in."""
    outcomes = all_outcomes()
    assert len(outcomes) == len(files()) + len(others()) == 369
    wrong = [*_faults(outcomes), *_refusals(outcomes), *_unlike_another_reader(outcomes)]
    assert not wrong, "\n".join(wrong)


def _faults(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """No traceback, no abort, no hang over 10 s, no memory over 500 MiB."""
    yield from (f"{o.file}: {o.fault}" for o in outcomes if o.fault)


def _refusals(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for o in outcomes:
        if o.end == "refused" and not (len(o.codes) == 1 and o.words.endswith(".") and o.file.rpartition("/")[2] in o.words):
            yield f"{o.file}: {o.codes} {o.words!r} does not say what the file is"


def _unlike_another_reader(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What is read is what an independent reader sees, and every difference is explained."""
    explained = {file: entry["cells"] for file, entry in known()["differences"].items()}
    for o in outcomes:
        if len(o.differences) != explained.get(o.file, 0):
            yield f"{o.file}: {len(o.differences)} cells differ, such as {list(o.differences[:3])}"
        if o.end == "read" and not o.by and o.file not in ALONE:
            yield f"{o.file}: no other reader to hold it against"
