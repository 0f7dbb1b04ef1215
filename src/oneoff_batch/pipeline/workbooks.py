"""The review workbook in the folder of its batch: one that somebody has worked on is never overwritten."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

NAME = "preview"
_SUMS = ".sha256"


def keep_worked_on(target: Path, fresh: Path) -> str:
    """Take the workbooks that somebody has worked on from a batch's folder along into the new one.

    Returns the name for the new workbook: preview.xlsx, or preview-2.xlsx where that one holds somebody's decisions.
    """
    for path in sorted(target.glob(f"{NAME}*.xlsx")):
        if _is_worked_on(path):
            shutil.copy2(path, fresh / path.name)
            shutil.copy2(_sum_of(path), fresh / _sum_of(path).name)
    names = (f"{NAME}.xlsx", *(f"{NAME}-{n}.xlsx" for n in range(2, 10_000)))
    return next(name for name in names if not (fresh / name).exists())


def latest(folder: Path) -> Path:
    """Return the workbook of a batch that was written last."""
    written = [path for path in folder.glob(f"{NAME}*.xlsx") if not _is_worked_on(path)]
    return max(written, key=lambda path: path.stat().st_mtime, default=folder / f"{NAME}.xlsx")


def holds_own_work(left: Path, folder: Path) -> bool:
    """Whether a folder has a workbook that somebody has worked on, and the batch's own folder has not the very same."""
    worked_on = (path for path in left.glob(f"{NAME}*.xlsx") if _is_worked_on(path))
    return any(not (folder / p.name).is_file() or _sum(folder / p.name) != _sum(p) for p in worked_on)


def seal(path: Path) -> None:
    """Keep the SHA-256 of a workbook beside it, as sha256sum writes it."""
    _sum_of(path).write_text(f"{_sum(path)}  {path.name}\n", "utf-8")


def _is_worked_on(path: Path) -> bool:
    kept = _sum_of(path)
    return kept.is_file() and kept.read_text("utf-8").split()[:1] != [_sum(path)]


def _sum_of(path: Path) -> Path:
    return path.with_suffix(_SUMS)


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
