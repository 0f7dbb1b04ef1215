"""The samples in `sample_data/problems`: where each is, and what the product says of it."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from oneoff_batch.pipeline.intake import examine
from oneoff_batch.pipeline.workspace import Workspace
from oneoff_batch.problems import Problem
from oneoff_batch.reading import Unreadable, load_profile
from oneoff_batch.settings import parse_settings

SAMPLES = Path(__file__).parents[1] / "sample_data"
PROBLEMS = SAMPLES / "problems"
TODAY = date(2026, 11, 24)
_NOT_UPLOADS = {"master-data.xlsx", "oneoff.toml", "profile.toml"}


def sample(code: str) -> Path | None:
    """The file or the folder that provokes a code."""
    return next((p for p in sorted(PROBLEMS.iterdir()) if p.name.split(".")[0] == code), None)


@cache
def problems_of(path: Path) -> list[Problem]:
    """What the product finds in a sample: a file, or a folder with its own master data, settings or mapping profile."""
    folder = path if path.is_dir() else SAMPLES
    root = folder if (folder / "master-data.xlsx").exists() else SAMPLES
    settings = folder / "oneoff.toml" if (folder / "oneoff.toml").exists() else SAMPLES / "oneoff.toml"
    uploads = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.name not in _NOT_UPLOADS)
    profile = load_profile(folder / "profile.toml") if (folder / "profile.toml").exists() else None
    try:
        return examine(Workspace(root, parse_settings(settings.read_text("utf-8"))), uploads, profile, TODAY, None).problems
    except Unreadable as fault:
        return [fault.problem]


def as_text(problems: list[Problem]) -> str:
    """One line per problem: severity, code and place, what is wrong, and how to mend it."""
    return "".join(f"{p.severity} {p.code} {p.place} | {p.message} | {p.fix}\n" for p in problems)
