"""What a run that was killed leaves beside the folders of batches is told, and cleared when nobody works with it any more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oneoff_batch.pipeline.scratch import left_over, scratch, swap
from oneoff_batch.pipeline.workbooks import seal
from oneoff_batch.showing.saving import saved

HEAD = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"
BATCHES = Path("batches")
KILLED = """
import os, signal
from oneoff_batch.cli import run
from oneoff_batch.pipeline import batches
batches.write_batch_page = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
run(["draft", "a.csv"])
"""


def upload(name: str, ref: str) -> str:
    Path(name).write_text(f"{HEAD}\n{ref},C-1001,EUR,2026-11-10,Extra day,1,100.00\n", "utf-8")
    return name


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let the clock be so many days on."""
    now = time.time()
    monkeypatch.setattr("oneoff_batch.pipeline.scratch.time.time", lambda: now + days * 86_400)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_draft_that_was_killed_leaves_a_folder_that_doctor_names_and_a_later_draft_deletes(
    books: Path, typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload("a.csv", "A-1")
    assert subprocess.run([sys.executable, "-c", KILLED], check=False).returncode == -signal.SIGKILL
    (left,) = left_over(BATCHES)
    assert list(left.rglob("*.html")) and left.name[0] == "."
    code, out = typed("doctor")
    said = "is of a run that was cut off, or of one that is working now. A later draft deletes it after a day."
    assert code == 0 and f"batches/{left.name} {said}" in out
    assert typed("draft", upload("b.csv", "B-1"))[0] == 0 and left.is_dir()
    with monkeypatch.context() as patch:
        later(patch, 1.01)
        assert typed("draft", upload("c.csv", "C-1"))[0] == 0
    assert not left.exists() and left_over(BATCHES) == [] and "Left over" not in typed("doctor")[1]


def test_only_folders_that_a_run_has_made_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = scratch(tmp_path / "2026-11-24-1")
    others = (".git", "2026-11-24-2", ".2026-11-24-1.backup", ".2026-11-24-1.my-notes", ".notes.abcd1234")
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / ".2026-11-24-3.abcd1234").write_text("a file", "utf-8")
    later(monkeypatch, 30)
    scratch(tmp_path / "2026-11-24-4")
    assert not mine.exists()
    assert {*others, ".2026-11-24-3.abcd1234"} <= {path.name for path in tmp_path.iterdir()}


def test_a_folder_that_was_moved_aside_just_now_is_not_old_although_its_files_are(tmp_path: Path) -> None:
    aside = tmp_path / ".2026-11-24-1.abcd1234"
    (tmp_path / "2026-11-24-1").mkdir()
    os.utime(tmp_path / "2026-11-24-1", (0, 0))
    (tmp_path / "2026-11-24-1").rename(aside)
    scratch(tmp_path / "2026-11-24-2")
    assert aside.is_dir()


def test_a_workbook_that_somebody_worked_on_is_never_deleted_with_what_is_left_over(
    books: Path, typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = scratch(BATCHES / "2026-11-24-1")
    workbook = left / "preview.xlsx"
    workbook.write_bytes(b"as it was written")
    seal(workbook)
    workbook.write_bytes(b"with decisions")
    later(monkeypatch, 30)
    assert workbook.parent in left_over(scratch(BATCHES / "2026-11-24-2").parent)
    code, out = typed("doctor", "--json")
    (found,) = [f for f in json.loads(out)["findings"] if f["what"] == "Left over" and left.name in f["words"]]
    assert (
        code == 1
        and not found["good"]
        and "has a workbook that somebody worked on. Take it out, then delete" in found["words"]
    )
    own = BATCHES / "2026-11-24-1"
    own.mkdir()
    shutil.copy(workbook, own / workbook.name)
    assert left not in left_over(scratch(BATCHES / "2026-11-24-2").parent)


def test_a_folder_takes_its_place_and_nothing_is_left_over(tmp_path: Path) -> None:
    target = tmp_path / "2026-11-24-1"
    for text in ("first", "second"):
        fresh = scratch(target)
        (fresh / "index.html").write_text(text, "utf-8")
        swap(fresh, target)
        assert (target / "index.html").read_text("utf-8") == text and left_over(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_folder_that_a_killed_run_had_moved_aside_comes_back_with_what_somebody_worked_on(
    books: Path, typed: Callable[..., tuple[int, str]]
) -> None:
    assert typed("draft", upload("a.csv", "A-1"))[0] == 0
    (folder,) = (path for path in BATCHES.iterdir() if not path.name.startswith("."))
    (folder / "preview.xlsx").write_bytes(b"with decisions")
    moved = "import os, signal; from pathlib import Path; from oneoff_batch.cli import run\n"
    moved += "Path.rename = lambda a, b, r=Path.rename: (r(a, b), os.kill(os.getpid(), signal.SIGKILL))\n"
    moved += f'run(["preview", "{folder.name}"])'
    assert subprocess.run([sys.executable, "-c", moved], check=False).returncode == -signal.SIGKILL
    assert not folder.exists()
    assert f"oneoff-batch preview {folder.name}" in typed("status")[1]
    assert typed("preview", folder.name)[0] == 0
    assert (folder / "preview.xlsx").read_bytes() == b"with decisions" and (folder / "preview-2.xlsx").is_file()
    assert "Pages that are not" not in typed("status")[1]


def test_a_file_that_a_killed_run_left_beside_its_place_is_taken_away_after_a_day(tmp_path: Path) -> None:
    left, young, other = (tmp_path / name for name in (".ledger-abcd1234.xlsx", ".ledger-abcd1235.xlsx", ".ledger-own.xlsx"))
    for path in (left, young, other):
        path.write_bytes(b"half")
    for path in (left, other):
        os.utime(path, (0, 0))
    with saved(tmp_path / "ledger.xlsx") as draft:
        draft.write_bytes(b"whole")
    assert (tmp_path / "ledger.xlsx").read_bytes() == b"whole"
    assert not left.exists() and young.exists() and other.exists()
