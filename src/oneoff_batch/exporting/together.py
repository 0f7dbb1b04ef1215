"""Several files of one export: all of them take their places when the last one is complete, or none does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..showing.saving import saved


@contextmanager
def together(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give a path to write to for each of these files, and move them all to their places when nothing has failed.

    The last one takes its place last.
    """
    with ExitStack() as stack:
        drafts = [stack.enter_context(saved(path)) for path in reversed(paths)]
        yield drafts[::-1]
