"""The folder in which files are made before they take their place, and what cut-off runs left of such."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from ..showing.saving import flush
from .workbooks import holds_own_work

LAST = "problems.json"
"""The file that is written last: a folder that has it is complete."""
_A_DAY = 86_400
_OURS = re.compile(r"\.([0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]+)\.[a-z0-9_]{8}")


def scratch(target: Path) -> Path:
    """Return a new empty folder beside the target, of this run alone.

    What crashed runs left a day ago is cleared; a target that one of them had moved aside comes back to its place.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _bring_back(target)
    for left in left_over(target.parent):
        if _age(left) > _A_DAY and not holds_own_work(left, _batch(left)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))


def swap(fresh: Path, target: Path) -> None:
    """Put the new folder in the place of the old one; where another run was faster, its files say the same."""
    fresh.chmod(0o755)
    _flush_all()
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    with contextlib.suppress(FileNotFoundError):
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(fresh, ignore_errors=True)
    flush(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def merge(fresh: Path, target: Path) -> None:
    """Put the files of the new folder among those of another one, each whole, in the place of one with its name."""
    _flush_all()
    for path in sorted(p for p in fresh.rglob("*") if p.is_file()):
        place = target / path.relative_to(fresh)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    shutil.rmtree(fresh, ignore_errors=True)


def _flush_all() -> None:
    # One call for all files: one for each takes minutes where a batch has a hundred thousand pages.
    if hasattr(os, "sync"):
        os.sync()


def _bring_back(target: Path) -> None:
    """A run was killed between the two moves of `swap`: what it had moved aside may hold somebody's work."""
    aside = [path for path in left_over(target.parent) if _batch(path) == target and (path / LAST).is_file()]
    if aside and not target.exists():
        with contextlib.suppress(OSError):
            max(aside, key=lambda path: path.stat().st_mtime).rename(target)


def left_over(folder: Path) -> list[Path]:
    """Return the folders that runs have made in a folder of batches and not taken away, those of running ones among them."""
    found = folder.glob(".*") if folder.is_dir() else ()
    return sorted(path for path in found if _OURS.fullmatch(path.name) and path.is_dir() and not path.is_symlink())


def told(left: Path) -> tuple[bool, str]:
    """Return whether such a folder can be left to the next draft, and what to do with it in words."""
    if holds_own_work(left, _batch(left)):
        return False, "of a cut-off run has a workbook that somebody worked on. Take it out, then delete the folder."
    return True, "is of a run that was cut off, or of one that is working now. A later draft deletes it after a day."


def _batch(left: Path) -> Path:
    """Return the folder of the batch that a folder was made for."""
    return left.with_name(left.name[1:].rpartition(".")[0])


def _age(left: Path) -> float:
    """Return for how many seconds nothing was done with a folder; one that is gone by now is new."""
    try:
        about = left.stat()
    except FileNotFoundError:
        return 0
    # A folder that was renamed keeps the time of its files, and gets a new time of its own.
    return time.time() - max(about.st_mtime, about.st_ctime)
