"""What to type next, as the terminal and the pages say it."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..problems import FOREIGN, counted, errors
from .workspace import without_password

if TYPE_CHECKING:
    from .intake import Outcome
    from .reports import Report

_QUOTED = re.compile(r"[^\w./\\:,+=@%-]")
_SPECIAL = re.compile(r'["$`!\\]')
KNOWN = frozenset({"E508", "E509"})
"""Codes of what is in the book already: nothing is wrong with the cells, so there is nothing to correct in them."""


@dataclass(frozen=True)
class Asked:
    """What was typed, as far as the next command has to repeat it.

    `files` are the uploads, `reading` the options that say how they are read (with a blank in front of each), `batch`
    the batch that was drafted of them, "" where none was; `book` another book than that of the settings, if she named one.
    """

    workspace: Path = Path()
    files: tuple[Path, ...] = ()
    reading: str = ""
    batch: str = ""
    book: str | None = None

    def again(self, command: str) -> str:
        """Return a command to type next, with a workspace that is not the current folder, and a book that was typed."""
        place = "" if self.workspace == Path() else f" --workspace {typed_as(self.workspace)}"
        return f"oneoff-batch {command}{place}" + (
            "" if self.book is None else f" --book {typed_as(without_password(self.book))}"
        )

    def upload(self, command: str, more: str = "") -> str:
        """Return a command for the same files, read the same way."""
        return self.again(f"{command} {' '.join(map(typed_as, self.files))}{self.reading}{more}")

    def marked(self, path: Path) -> str:
        """Return the command for a corrected marked-up copy: it is read as the file it was made of."""
        return self.again(f"check {typed_as(here(path))}{self.reading}")

    def to_fix(self, path: Path) -> str:
        """Return the command for a corrected to-fix workbook: it is in our words, so it takes no profile."""
        return self.again(f"check {typed_as(here(path))}")


HERE = Asked()
"""Typed in the workspace's own folder."""


def here(path: Path) -> str:
    """Return a path as she would type it from where she is."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def typed_as(path: Path | str) -> str:
    """Return a path as it must be typed: in quotes where a shell would take it apart."""
    text = f"./{path}" if str(path).startswith("-") else str(path)
    if not _QUOTED.search(text):
        return text
    return shlex.quote(text) if os.name == "posix" and _SPECIAL.search(text) else f'"{text}"'


def next_steps(outcome: Outcome, report: Report | None, asked: Asked) -> list[str]:
    """Return what to type next, line by line: draft, or correct and check again; nothing where all of it is drafted."""
    program = next((p.details["profile"] for p in outcome.problems if p.code == FOREIGN), "")
    if asked.batch:
        return _after_drafting(report, asked, program)
    if program:
        return [f"Next: {asked.upload('check', f' --profile {program}')}"]
    if not outcome.has_errors:
        if outcome.invoices and len(outcome.unchanged) == outcome.invoices:
            return ["Nothing to do: all of it is in the book already."]
        return [f"Next: {asked.upload('draft')}"]
    codes = {p.code for p in errors(outcome.problems)}
    if codes <= KNOWN:
        return _already(outcome, codes, asked)
    return _correct(outcome, report, asked) + _changed(codes)


def _after_drafting(report: Report | None, asked: Asked, program: str) -> list[str]:
    if program:
        again = asked.upload("check", f" --profile {program}")
        return ["To read the file with its profile instead, take the batch back, and run", f"      {again}"]
    if report is None or report.to_fix is None:
        return []
    return ["Those left out: correct the red cells, save, and run", f"      {asked.to_fix(report.to_fix)}"]


def _already(outcome: Outcome, codes: set[str], asked: Asked) -> list[str]:
    """Nothing but what is in the book already and differs: there is no cell to correct."""
    final = _credit(outcome, asked)
    if codes == {"E508"}:
        rest = ["Next: take those out of the file, and run", f"      {asked.upload('check')}"]
        good = ["Next: draft the others without them", f"      {asked.upload('draft', ' --valid-only')}"]
        return final + (good if outcome.good else rest)
    more = " --replace --valid-only" if "E508" in codes else " --replace"
    return [
        *(final if "E508" in codes else []),
        "Next: to put the changed ones in the place of the earlier drafts, run",
        f"      {asked.upload('draft', more)}",
    ]


def _credit(outcome: Outcome, asked: Asked) -> list[str]:
    """How to change what is final: the first of them by its number."""
    numbers = [p.details["number"] for p in outcome.problems if p.code == "E508"]
    others = f"  (and so for {counted(len(numbers) - 1, 'other')})" if len(numbers) > 1 else ""
    return [
        "What is final stays as it is. To change it, credit it and get a copy to correct:",
        *(f"      {asked.again(f'credit-and-copy {typed_as(number)}')}{others}" for number in numbers[:1]),
    ]


def _correct(outcome: Outcome, report: Report | None, asked: Asked) -> list[str]:
    wrong = [p for p in errors(outcome.problems) if p.code not in KNOWN]
    if outcome.good and not outcome.blocked:
        return [
            "Next: draft the good ones, then correct the red cells of the others, and run",
            f"      {asked.upload('draft', ' --valid-only')}",
            f"      {_check(report, asked)}",
        ]
    if report is not None and report.marked is not None and any(p.cell for p in wrong):
        return ["Next: correct the red cells, save, and run", f"      {_check(report, asked)}"]
    return ["Next: mend the file, and run", f"      {asked.upload('check')}"]


def _check(report: Report | None, asked: Asked) -> str:
    if report is not None and report.to_fix is not None:
        return asked.to_fix(report.to_fix)
    return asked.upload("check") if report is None or report.marked is None else asked.marked(report.marked)


def _changed(codes: set[str]) -> list[str]:
    """Besides what is to be corrected: what is in the book already and differs."""
    replaced = ["Those that are drafts already take the place of the earlier ones where you add --replace to draft."]
    final = ["Those that are final stay as they are: take them out of the file; a change takes a credit note and a new ref."]
    return (replaced if "E509" in codes else []) + (final if "E508" in codes else [])


def step_of_batch(batch: str, waiting: int, ready: int, other: bool, asked: Asked) -> str:
    """Return what to type next for a batch: "" where nothing is `waiting` to become final.

    `ready` counts those that are approved, `other` says that somebody else than the one who reads it must approve.
    """
    if not waiting:
        return ""
    if ready:
        return asked.again(f"finalize {batch}")
    if other:
        return f"somebody else approves it:  {asked.again(f'approve {batch} --user NAME')}"
    return asked.again(f"approve {batch}")


def apply_step(workbook: Path, other: bool, asked: Asked) -> str:
    """Return the command that brings the decisions of a review workbook back; `other` is as for `step_of_batch`."""
    return asked.again(f"review apply {typed_as(here(workbook))}{' --user NAME' if other else ''}")
