"""The page of problems: what is wrong, grouped by rule and by value, with every cell and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..problems import ERROR, NOTE, WARNING, Group, Kind, Problem, count_words, counts, grouped, ranged
from . import places
from .cells import clean, quoted
from .saving import saved

CELLS = 200
"""Cells that are listed per group; the marked-up workbook has them all."""
GROUPS = 200
"""Different values that are listed per rule."""


@dataclass(frozen=True, slots=True)
class Said:
    """Problems that say the same: the sentence, how to mend it, and the first places."""

    message: str
    fix: str
    sheet: str
    file: str
    cells: tuple[str, ...]
    invoices: tuple[str, ...]
    count: int
    more_cells: int
    more_invoices: int


@dataclass(frozen=True, slots=True)
class Section:
    """All that breaks one rule of the catalogue."""

    kind: Kind
    severity: str
    count: int
    said: tuple[Said, ...]
    more: int
    fix: str


def sections(problems: Sequence[Problem], limit: int = GROUPS) -> list[Section]:
    """Group problems by rule, then by what they say; errors first, else in the order in which they were found."""
    found: dict[tuple[str, str], list[Group]] = {}
    for group in grouped(problems):
        found.setdefault((group.first.severity, group.first.code), []).append(group)
    return [_section(severity, groups, limit) for (severity, _), groups in found.items()]


def _section(severity: str, groups: Sequence[Group], limit: int) -> Section:
    said = tuple(_said(group) for group in groups[:limit])
    fixes = {s.fix for s in said}
    return Section(
        groups[0].first.kind,
        severity,
        sum(len(g.problems) for g in groups),
        said,
        sum(len(g.problems) for g in groups[limit:]),
        fixes.pop() if len(fixes) == 1 else "",
    )


def _said(group: Group) -> Said:
    cells = tuple(dict.fromkeys(p.cell for p in group.problems if p.cell))
    refs = tuple(dict.fromkeys(p.invoice_ref for p in group.problems if p.invoice_ref))
    return Said(
        message=clean(group.message),
        fix=clean(group.first.fix),
        sheet=quoted(group.first.sheet),
        file=quoted(group.first.file),
        cells=cells[:CELLS],
        invoices=tuple(map(quoted, refs[:3])),
        count=len(group.problems),
        more_cells=max(len(cells) - CELLS, 0),
        more_invoices=max(len(refs) - 3, 0),
    )


def _again(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the book had of the upload already, without what could be alive in a page; None where it had nothing."""
    if told is None or not (told["unchanged"] or told["changed"]):
        return None
    said = (("new", "new"), ("unchanged", "unchanged"), ("missing", "no longer in the file"))
    parts = [f"{len(told[name]):,} {words}: {clean(ranged(told[name]))}" for name, words in said if told[name]]
    changed = [_changed(c) for c in told["changed"][:GROUPS]]
    return {"changed": changed, "parts": parts, "more": max(len(told["changed"]) - GROUPS, 0)}


def _changed(told: dict[str, Any]) -> dict[str, Any]:
    rows = [{name: clean(text) for name, text in d.items()} for d in told["differences"]]
    totals = {when: f"{Decimal(told[when]['gross_total']):,}" for when in ("before", "after")}
    about = {"ref": clean(told["invoice_ref"]), "currency": told["currency"], "replaced": told["replaced"]}
    return {**about, "rows": rows, **totals}


def write_problem_page(
    path: Path, problems: Sequence[Problem], summary: dict[str, Any], *, user_templates: Path | None = None
) -> Path:
    """Write the page of an upload's problems and return its path.

    `summary` says how the upload went: file (or files), invoices_good, invoices_bad, errors, warnings, notes, whether the
    good ones are drafted, what has stopped the whole file, and the steps to go on with; what is missing is counted here or
    left out.
    """
    found = sections(problems)
    counted = counts(problems)
    files = summary.get("files") or [summary["file"]] if summary.get("file") or summary.get("files") else []
    page = places.page("problems", user_templates, script=True).render(
        files=[quoted(files)] if isinstance(files, str) else [quoted(str(f)) for f in files],
        good=summary.get("invoices_good"),
        bad=summary.get("invoices_bad"),
        drafted=summary.get("drafted", False),
        errors=summary.get("errors", counted[ERROR]),
        warnings=summary.get("warnings", counted[WARNING]),
        notes=summary.get("notes", counted[NOTE]),
        found=count_words(counted),
        stopped=quoted(summary.get("stopped", "")),
        steps=[quoted(line) for line in summary.get("steps", ())],
        sections=found,
        again=_again(summary.get("again")),
    )
    with saved(path) as draft:
        draft.write_bytes(page.encode())
    return path
