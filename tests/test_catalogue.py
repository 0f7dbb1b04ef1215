"""Every problem code owns a sheet that provokes it, and has all of its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from samples import PROBLEMS, SAMPLES, TODAY, as_text, problems_of, sample

from oneoff_batch.pipeline.intake import examine, load_master
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import Kind, Problem, catalogue, errors

CODES = tuple(catalogue())
BY_ACTION = tuple(c for c in CODES if c[1] == "5")
BY_SHEET = tuple(c for c in CODES if c not in BY_ACTION)
_ALWAYS_KNOWN = {"value", "header", "sheet", "file", "cell", "invoice"}


@pytest.mark.parametrize("code", BY_SHEET)
def test_every_code_is_provoked_by_its_own_sheet(code: str, golden: Callable[[str, str], None]) -> None:
    path = sample(code)
    assert path is not None, f"no sample in sample_data/problems provokes {code}"
    problems = problems_of(path)
    assert code in {p.code for p in problems}
    golden(f"problems/{code}.txt", as_text(problems))


def test_every_sample_belongs_to_a_code() -> None:
    assert sorted({p.name.split(".")[0] for p in PROBLEMS.iterdir()}) == sorted(BY_SHEET)


def test_every_golden_file_belongs_to_a_code() -> None:
    golden_files = (Path(__file__).parent / "golden" / "problems").iterdir()
    assert sorted(p.stem for p in golden_files) == sorted(BY_SHEET)


def test_a_code_that_needs_an_action_is_provoked_by_a_test() -> None:
    tests = {p.name: p.read_text("utf-8") for p in Path(__file__).parent.glob("test_*.py") if p.name != Path(__file__).name}
    missing = [c for c in BY_ACTION if not any(f'"{c}"' in text for text in tests.values())]
    assert missing == []


def test_the_code_says_where_a_problem_comes_from() -> None:
    assert [c for c in CODES if not re.fullmatch(r"[EW][1-5][0-9]{2}", c)] == []


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_every_entry_of_the_catalogue_has_all_of_its_words(kind: Kind) -> None:
    for words in (kind.title, kind.text, kind.fix, kind.why, kind.good, kind.bad):
        assert words.strip() == words != ""
    assert kind.text[-1] in ".:?}" and kind.fix.endswith(".") and kind.why.endswith(".")
    assert kind.scope in {"row", "file"}


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_message_and_fix_can_be_written_for_every_code(kind: Kind) -> None:
    details = {name: f"<{name}>" for name in _places(kind) - _ALWAYS_KNOWN}
    problem = Problem(kind.code, "may.xlsx", "Lines", 7, "C", "Quantity", value="x", invoice_ref="NOV-1", details=details)
    assert "{" not in problem.message + problem.fix
    assert all(f"<{name}>" in problem.message + problem.fix for name in details)


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_the_catalogue_speaks_to_finance_people(kind: Kind) -> None:
    words = re.sub(r"\{[a-z_]+\}", "", " ".join((kind.title, kind.text, kind.fix, kind.why)))
    assert not re.search(r"[a-z]_[a-z]|\b(?:None|NaN|null|dtype|regex|exception|traceback)\b", words.replace("_batch", ""))


@pytest.mark.parametrize("code", BY_SHEET)
def test_no_message_has_a_hole(code: str) -> None:
    path = sample(code)
    assert path is not None
    for problem in problems_of(path):
        said = f"{problem.message} {problem.fix}"
        assert not re.search(r'""|  | [.,:](?: |$)|\bNone\b|\bnan\b|<NA>|[a-z]_[a-z]', said), said


def _places(kind: Kind) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(kind.text + kind.fix) if name}


def test_the_sample_master_data_have_no_problems() -> None:
    assert load_master(open_workspace(SAMPLES))[1] == []


def test_the_november_batch_agrees_with_its_control_totals() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, TODAY, None)
    assert errors(outcome.problems) == []
    assert outcome.checked is not None and outcome.checked.control is not None
    assert outcome.drafts is not None and len(outcome.drafts) == 60


def test_the_november_batch_shows_every_way_to_a_tax() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, TODAY, None)
    assert outcome.drafts is not None
    assert set(outcome.drafts.lines["tax_rule"]) == {
        "line_code", "customer_exempt", "no_tax", "exempt", "us_sales_tax", "reverse_charge", "destination_oss",
        "export", "customer_default", "entity_default",
    }  # fmt: skip


def test_the_november_batch_can_be_drafted_on_any_day_of_november() -> None:
    for day in (1, 30):
        outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, date(2026, 11, day), None)
        assert errors(outcome.problems) == []


def test_the_flat_file_bills_what_its_blank_cells_leave_to_the_row_above() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "flat.csv"], None, TODAY, None)
    assert outcome.problems == [] and outcome.drafts is not None
    first = outcome.drafts.lines[outcome.drafts.lines["invoice_ref"] == "ADH-01"]
    assert (len(outcome.drafts), len(outcome.drafts.lines), len(first)) == (12, 29, 3)


def test_the_batch_of_mistakes_reads_as_prose(golden: Callable[[str, str], None]) -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "mistakes.xlsx"], None, TODAY, None)
    assert not outcome.blocked and len({p.code for p in outcome.problems}) >= 20
    golden("mistakes.txt", as_text(outcome.problems))
