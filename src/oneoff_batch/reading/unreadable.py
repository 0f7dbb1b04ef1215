"""What is raised where a file cannot be read at all."""

from __future__ import annotations

from pathlib import Path

from ..problems import Problem

MOST_BYTES = 512 * 1024 * 1024
"""More than this, unpacked, is refused: it would not fit the memory of the machines that this runs on."""

MOST_RATIO, RATIO_FROM = 200, 10_000_000
"""What unpacks to more than so many times its size, and to more than so many bytes, is a trap."""


class Unreadable(Exception):
    """The file cannot be read; `problem` says why, in words for the user."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def unreadable(code: str, path: Path, **details: str) -> Unreadable:
    """Return what to raise for a file."""
    return Unreadable(Problem(code, file=path.name, details=details))
