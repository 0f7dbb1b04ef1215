"""A command that is killed at any named step: nothing is lost, doubled or half, and the next run completes what it began."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import databases
import openpyxl
import pytest
from killed import COMMIT, Stage, Typed, copied, everything, halves, run
from killed_steps import CASES, Case, Step
from samples import SAMPLES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
HEAD = "Invoice ref,Customer,Currency,Invoice date,PO number,Pricing name,Quantity,Unit price\n"
GOOD = "".join(f"A-{n},C-1001,EUR,2026-11-1{n},PO-{n},Extra day,{n},100.00\n" for n in (1, 2, 3))
BAD = "B-1,C-1001,EUR,2026-11-10,PO-9,Extra day,one,100.00\n"
THE_BATCH = "2026-11-24-1"
_ALL = bool(os.environ.get("TORTURE"))
"""Every step on both databases, as `make torture` does."""


def _do(stage: Stage, *args: str, user: str = "anna", at: str = "2026-11-24T12:00:00+00:00") -> None:
    code, said = run(stage.root, stage.url, Typed(args, user, at))
    assert code in (0, 6), said


def _decide(stage: Stage) -> None:
    """ben approves two invoices and declines one, in the workbook."""
    path = stage.root / "decided.xlsx"
    workbook = openpyxl.load_workbook(stage.root / "batches" / THE_BATCH / "preview.xlsx")
    sheet = workbook["Review"]
    head = next(row for row in sheet.iter_rows() if any(c.value == "Decision" for c in row))
    column, comment = ({str(c.value): c.column for c in head}[name] for name in ("Decision", "Comment"))
    for n, word in enumerate(("Approve", "Approve", "Decline"), start=1):
        sheet.cell(head[0].row + n, column).value = word
        sheet.cell(head[0].row + n, comment).value = "Not agreed" if word == "Decline" else None
    workbook.save(path)


@contextmanager
def stages(kind: str, folder: Path) -> Iterator[dict[str, Stage]]:
    """Make the workspaces in which commands are typed, one out of the other, on a database."""
    with ExitStack() as stack:
        made: dict[str, Stage] = {}

        def follow(name: str, before: str) -> Stage:
            made[name] = stack.enter_context(copied(made[before], folder / f"{name}_{kind}"))
            return made[name]

        home = folder / f"new_{kind}"
        home.mkdir()
        url = stack.enter_context(databases.fresh(kind, home))
        empty = made["empty"] = Stage(home, url)
        from oneoff_batch.book import create_book

        create_book(url)
        for name in ("oneoff.toml", "master-data.xlsx"):
            shutil.copy(SAMPLES / name, home / name)
        (home / "a.csv").write_text(HEAD + GOOD, "utf-8")
        (home / "mixed.csv").write_text(HEAD + GOOD.replace("A-", "M-") + BAD, "utf-8")
        (home / "changed.csv").write_text(HEAD + GOOD.replace("100.00", "120.00"), "utf-8")
        (home / "credits.csv").write_text(
            "Number,Amount,Reason\nINV-2026-000001,50.00,Too much\nINV-2026-000002,,Wrong\n", "utf-8"
        )
        (home / "payments.csv").write_text(
            "Number,Date,Amount\nINV-2026-000001,2026-11-20,121.00\nINV-2026-000002,2026-11-20,50.00\n", "utf-8"
        )
        assert empty.root.is_dir()
        _do(follow("drafted", "empty"), "draft", "a.csv")
        _decide(made["drafted"])
        _do(follow("approved", "drafted"), "approve", THE_BATCH, user="ben")
        _do(follow("released", "approved"), "release", THE_BATCH, user="ben")
        _do(follow("final", "approved"), "finalize", THE_BATCH, "--yes", user="ben")
        _do(follow("credited", "final"), "credit", "INV-2026-000001", "--reason", "Billed wrong")
        _do(made["credited"], "approve", "2026-11-24-2", user="ben")
        _outdate(follow("outdated", "drafted"))
        yield made


def _outdate(stage: Stage) -> None:
    """The customer has moved since."""
    path = stage.root / "master-data.xlsx"
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Customers"]
    column = {str(c.value): c.column for c in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, column["Customer"]).value == "C-1001":
            sheet.cell(row, column["Name"]).value = "Another name"
    workbook.save(path)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return the stages of a database, made when they are asked for."""
    with ExitStack() as stack:
        found: dict[str, dict[str, Stage]] = {}

        def of(kind: str) -> dict[str, Stage]:
            if kind not in found:
                found[kind] = stack.enter_context(stages(kind, tmp_path_factory.mktemp("stages")))
            return found[kind]

        yield of


_WHOLE: dict[tuple[str, str], dict[str, str]] = {}


def _undisturbed(name: str, kind: str, stage: Stage, folder: Path) -> dict[str, str]:
    """What the command leaves when nobody kills it."""
    if (name, kind) not in _WHOLE:
        with copied(stage, folder / "undisturbed") as calm:
            code, said = run(calm.root, calm.url, CASES[name].typed)
            assert code in (0, 1 if name == "check" else 6, 0), said
            assert halves(calm) == []
            _WHOLE[name, kind] = everything(calm)
    return _WHOLE[name, kind]


def _go_on(stage: Stage, case: Case, whole: dict[str, str]) -> None:
    """Type the command again, and then, where that is not enough, what `status` says."""
    code, said = run(stage.root, stage.url, case.typed)
    assert "Traceback" not in said and "fault of the program" not in said, said
    assert code in (0, 6, case.again, 1 if case.typed.args[0] == "check" else 0), said
    if everything(stage) == whole:
        return
    code, said = run(stage.root, stage.url, Typed(("status", "--json")))
    assert code == 0, said
    for batch in json.loads(said)["not_written"]:
        assert f"preview {batch}" in run(stage.root, stage.url, Typed(("status",)))[1]
        assert run(stage.root, stage.url, Typed(("preview", batch)))[0] == 0


def _cases() -> Iterator[Any]:
    for name, case in CASES.items():
        for kind in databases.KINDS:
            every = [*case.book, *case.files, *(case.more if _ALL else ())]
            # What differs between the databases is what becomes of a transaction.
            steps = every if kind == "sqlite" or _ALL else [step for step in case.book if step.where == COMMIT]
            for step in dict.fromkeys(steps):
                yield pytest.param(name, step, kind, id=f"{name}: {step.words} ({kind})")


@pytest.mark.parametrize(("name", "step", "kind"), list(_cases()))
def test_a_command_that_is_killed_leaves_nothing_half_and_the_next_run_completes_it(
    name: str, step: Step, kind: str, workspaces: Any, tmp_path: Path
) -> None:
    case = CASES[name]
    stage = workspaces(kind)[case.stage]
    whole = _undisturbed(name, kind, stage, tmp_path)
    with copied(stage, tmp_path / "killed") as hurt:
        code, said = run(hurt.root, hurt.url, case.typed, step)
        assert code == -signal.SIGKILL, f"the step is never passed: {code} {said}"
        assert halves(hurt) == []
        _go_on(hurt, case, whole)
        assert halves(hurt) == []
        found = everything(hurt)
    differs = {what for what in {*whole, *found} if whole.get(what) != found.get(what)}
    assert differs <= case.lost.keys(), sorted(differs)
