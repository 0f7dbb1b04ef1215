"""What `doctor` looks at: versions, settings, master data, book, write access."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .. import __version__
from ..book import BookError, open_book
from ..problems import WARNING, counted
from ..reading import Unreadable
from ..settings import SettingsError
from .intake import load_master
from .scratch import left_over, told
from .workspace import Workspace, open_workspace

_LIBRARIES = ("pandas", "pandera", "pyarrow", "openpyxl", "sqlalchemy", "click")
_LISTED = 30
_SWITCHES = ("PANDERA_VALIDATION_ENABLED", "PANDERA_VALIDATION_DEPTH")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    words: str


def examine_workspace(root: Path, book: str | None = None) -> list[Finding]:
    """Look at everything that a run needs; what is missing is a finding, never an exception."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    findings = [
        Finding("Program", True, f"oneoff-batch {__version__}, Python {sys.version.split()[0]}"),
        Finding("Libraries", True, libraries),
        Finding("Language", True, f"{locale.getlocale()[0] or 'C'}, {sys.getfilesystemencoding()}"),
    ]
    switched = [name for name in _SWITCHES if os.environ.get(name)]
    if switched:
        findings.append(Finding("Environment", True, f"{', '.join(switched)} is set; this program checks all the same"))
    try:
        workspace = open_workspace(root, book)
    except SettingsError as e:
        return [*findings, Finding("Settings", False, str(e))]
    findings.append(Finding("Settings", True, f"{len(workspace.settings.series)} number series"))
    looks: tuple[Callable[[Workspace], list[Finding]], ...] = (_master, _book, _writing, _left_over)
    return findings + [finding for look in looks for finding in look(workspace)]


def _master(workspace: Workspace) -> list[Finding]:
    """One finding for the counts, and one for each fault and each warning, the faults first."""
    name = workspace.master.name
    try:
        master, problems = load_master(workspace)
    except FileNotFoundError:
        words = f"{name} is missing. Put it back, or name another under [files] in the settings."
        return [Finding("Master data", False, words)]
    except Unreadable as e:
        return [Finding("Master data", False, f"{e.problem.message} {e.problem.fix}")]
    entities = counted(len(master.entities), "billing entity", "billing entities")
    counts = f"{entities}, {counted(len(master.customers), 'customer')}, {counted(len(master.taxes), 'tax rate')}"
    faults = [Finding("  fault", False, f"{p.place}: {p.message}") for p in problems if p.code.startswith("E")]
    notes = [
        Finding("  warning", True, f"{p.place}: {p.message}")
        for p in problems
        if p.severity == WARNING and not p.code.startswith("E")
    ]
    listed = [*faults, *notes]
    more = [Finding("  more", not faults, f"{len(listed) - _LISTED} further")] if len(listed) > _LISTED else []
    return [Finding("Master data", not faults, f"{name}: {counts}"), *listed[:_LISTED], *more]


def _book(workspace: Workspace) -> list[Finding]:
    try:
        with open_book(workspace.book_url) as book:
            checked, name = book.verify(), Path(book.name).name if workspace.book else book.name
    except BookError as e:
        return [Finding("Book", False, str(e))]
    if checked.problems:
        return [Finding("Book", False, f"{checked.problems[0].message} See: oneoff-batch ledger verify")]
    count = counted(checked.invoices, "final invoice")
    return [Finding("Book", True, f"{name}: {count}, no gap, no double, chain unbroken")]


def _writing(workspace: Workspace) -> list[Finding]:
    if os.access(workspace.root, os.W_OK):
        return [Finding("Folder", True, "can be written to")]
    return [Finding("Folder", False, f"{workspace.root} cannot be written to. Ask for the right to write there.")]


def _left_over(workspace: Workspace) -> list[Finding]:
    """One finding for each folder that a run has made beside those of the batches and not taken away."""
    batches = workspace.settings.files.batches
    found = [(path.name, *told(path)) for path in left_over(workspace.root / batches)[:_LISTED]]
    return [Finding("Left over", good, f"{batches}/{name} {words}") for name, good, words in found]
