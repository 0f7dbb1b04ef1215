"""A file is there whole or not at all: it is written beside its place, flushed to the disk, and moved there."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

_A_DAY = 86_400


@contextmanager
def saved(path: Path) -> Iterator[Path]:
    """Give a path to write to, and move what was written there to `path` when nothing has failed.

    What runs that were killed left of the same file a day ago is taken away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.stem[:60]}-"
    _clear(path.parent, prefix, path.suffix)
    handle, name = mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(0o644)
        flush(draft)
        draft.replace(path)
        flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk; where a system cannot do that with folders, it need not."""
    if os.name != "posix" and path.is_dir():
        return
    opened = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _clear(folder: Path, prefix: str, suffix: str) -> None:
    for left in folder.glob(f"{glob.escape(prefix)}{'[a-z0-9_]' * 8}{glob.escape(suffix)}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _A_DAY:
                left.unlink()
