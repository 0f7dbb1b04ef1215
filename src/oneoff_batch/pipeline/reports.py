"""What was found, handed back: a page, JSON, a marked-up copy of the upload, and a workbook of the invoices to correct."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..problems import ERROR, NOTE, WARNING, as_json, counts, errors
from ..showing.failed_rows import failed_rows
from ..showing.faults import named
from ..showing.marked import write_marked
from ..showing.marks import told
from ..showing.pages import write_problem_page
from ..showing.saving import saved
from ..showing.to_fix import write_to_fix
from .intake import Outcome
from .steps import KNOWN, Asked, next_steps
from .workspace import Workspace

_ROUND = re.compile(r"(?P<name>.+)-(?:marked|to-fix)(?:-(?P<round>[0-9]{1,4}))?")
_UNSAFE = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\U000e0000-\U000e007f]'
)
_LONGEST = 100


@dataclass(frozen=True)
class Report:
    """The files of a report; `marked` and `to_fix` are None where there is nothing to correct, or no way to show it."""

    page: Path
    data: Path
    marked: Path | None = None
    to_fix: Path | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the paths that there are, as JSON names them."""
        every = {"page": self.page, "json": self.data, "marked": self.marked, "to_fix": self.to_fix}
        return {name: str(path) for name, path in every.items() if path is not None}


@dataclass(frozen=True)
class _Names:
    """The names of one round of reports: november-marked.xlsx, and november-marked-2.xlsx once that came back."""

    folder: Path
    name: str
    round: int

    def of(self, what: str, ending: str) -> Path:
        return self.folder / f"{self.name}-{what}{f'-{self.round}' if self.round > 1 else ''}{ending}"

    @property
    def page(self) -> Path:
        return self.of("problems", ".html")

    @property
    def data(self) -> Path:
        return self.of("problems", ".json")

    @property
    def workbooks(self) -> tuple[Path, Path]:
        return self.of("marked", ".xlsx"), self.of("to-fix", ".xlsx")


def write_report(workspace: Workspace, outcome: Outcome, asked: Asked) -> Report:
    """Write the report of an upload into the workspace's folder of reports; its pages say what to type next.

    A workbook of an earlier report that somebody has worked on since is never overwritten, nor is an upload: the new
    one gets a number. One that nobody has touched is taken away when there is nothing left to correct.
    """
    folder = workspace.reports
    folder.mkdir(parents=True, exist_ok=True)
    names = _free_names(folder, asked.files)
    before = _sums(names.data)
    kept = {path.name: _sum(path) for path in names.workbooks if path.exists()}
    marked, to_fix = _workbooks(outcome, names, asked)
    report = Report(names.page, names.data, marked, to_fix)
    figures = {**summary(outcome), "drafted": bool(asked.batch), "steps": next_steps(outcome, report, asked)}
    with named():
        write_problem_page(names.page, outcome.problems, figures, user_templates=workspace.templates)
    made = {path.name: _sum(_aside(path)) for path in (marked, to_fix) if path is not None}
    whole = {**summary(outcome), "workbooks": made, "earlier": kept, "problems": [p.as_dict() for p in outcome.problems]}
    with saved(names.data) as draft:
        draft.write_text(as_json(whole, indent=1) + "\n", "utf-8")
    # Only now: a workbook that no report knows would be taken for somebody's work.
    for path in (path for path in (marked, to_fix) if path is not None):
        _aside(path).replace(path)
    for path in names.workbooks:
        if path.name in before and path.name not in made:
            path.unlink(missing_ok=True)
    return report


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return what happened in figures, as JSON and the pages show it."""
    found = counts(outcome.problems)
    return {
        "files": list(outcome.files),
        "invoices": outcome.invoices,
        "invoices_good": outcome.good,
        "invoices_bad": len(outcome.left_out),
        "left_out": list(outcome.left_out),
        "unchanged": len(outcome.unchanged),
        "again": outcome.again,
        "stopped": outcome.stopped,
        "stopped_by": list(dict.fromkeys(p.code for p in outcome.stopping)),
        "errors": found[ERROR],
        "warnings": found[WARNING],
        "notes": found[NOTE],
        "totals": [] if outcome.blocked else list(outcome.totals),
    }


def to_fix_of(workspace: Workspace, files: str, drafted: Iterable[str]) -> Path | None:
    """Return the workbook in which the invoices that were left out are corrected; None where there is none any more.

    `files` are the names of the upload, `drafted` the refs that are in its batch.
    """
    known = frozenset(drafted)
    found = None
    for data in workspace.reports.glob("*-problems*.json"):
        report = _read(data)
        if ", ".join(report.get("files", ())) != files or not known.isdisjoint(report.get("left_out", ())):
            continue
        for name in report.get("workbooks", ()):
            path = workspace.reports / Path(str(name)).name
            if "-to-fix" in path.name and path.exists() and (found is None or path.stat().st_mtime > found.stat().st_mtime):
                found = path
    return found


def report_name(upload: Path) -> tuple[str, int]:
    """Return the name that reports of a file begin with, and their round: the second for a workbook of the first.

    >>> report_name(Path("november.xlsx")), report_name(Path("november-to-fix.xlsx")), report_name(Path("a-marked-2.xlsx"))
    (('november', 1), ('november', 2), ('a', 3))
    """
    stem = unicodedata.normalize("NFC", upload.name.split(".")[0].encode("utf-8", "replace").decode())
    again = _ROUND.fullmatch(stem)
    name = _UNSAFE.sub("-", again["name"] if again else stem)[:_LONGEST].strip(" .") or "upload"
    return name, int(again["round"] or 1) + 1 if again else 1


def _free_names(folder: Path, uploads: Sequence[Path]) -> _Names:
    name, number = report_name(uploads[0])
    used = {path.resolve() for path in uploads}
    while True:
        names = _Names(folder, name, number)
        ours = _sums(names.data)
        if not any(_in_the_way(path, used, ours) for path in names.workbooks):
            return names
        number += 1


def _in_the_way(path: Path, used: set[Path], ours: Mapping[str, frozenset[str]]) -> bool:
    return path.exists() and (path.resolve() in used or _sum(path) not in ours.get(path.name, ()))


def _sums(data: Path) -> dict[str, frozenset[str]]:
    """Return the fingerprints of the workbooks that an earlier report says it wrote, and of those that it found."""
    report = _read(data)
    made, earlier = (found if isinstance(found := report.get(key), dict) else {} for key in ("workbooks", "earlier"))
    sums = [(str(name), str(value)) for part in (made, earlier) for name, value in part.items()]
    return {name: frozenset(v for n, v in sums if n == name) for name, _ in sums}


def _aside(path: Path) -> Path:
    """Return where a workbook is written before it takes its place."""
    return path.with_name(f".{path.name}")


def _read(data: Path) -> dict[str, Any]:
    """Return what an earlier report says; nothing where there is none, or somebody has changed it."""
    try:
        found = json.loads(data.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _workbooks(outcome: Outcome, names: _Names, asked: Asked) -> tuple[Path | None, Path | None]:
    if all(p.severity == NOTE for p in outcome.problems):
        return None, None
    marked, to_fix = names.workbooks
    written = write_marked(_aside(marked), outcome.sheets, outcome.founds, outcome.problems, asked.marked(marked))
    return marked if written else None, _to_fix(outcome, to_fix, asked)


def _to_fix(outcome: Outcome, path: Path, asked: Asked) -> Path | None:
    """Write the invoices that failed; nothing where no cell is to be corrected, or a part would not mend the whole file."""
    if outcome.checked is None or outcome.master is None or outcome.blocked:
        return None
    if {p.code for p in errors(outcome.problems)} <= KNOWN:
        return None
    found = told(outcome.problems)
    failed = failed_rows(outcome.checked, outcome.left_out, found)
    if not len(failed.invoices) and not len(failed.lines):
        return None
    write_to_fix(_aside(path), failed, outcome.master, outcome.files, asked.to_fix(path))
    return path
