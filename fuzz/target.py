"""One file through everything that `check` and `draft` do with it, and how that ended."""

from __future__ import annotations

import json
import traceback
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from oneoff_batch.checking import Master
from oneoff_batch.columns import UPLOAD
from oneoff_batch.pipeline import intake
from oneoff_batch.pipeline.reports import write_report
from oneoff_batch.pipeline.steps import Asked
from oneoff_batch.pipeline.workspace import Workspace
from oneoff_batch.problems import Problem, grouped
from oneoff_batch.reading import ProfileError, Sheet, Unreadable, load_profile, read_file, understand
from oneoff_batch.reading.workbook import read_package
from oneoff_batch.settings import SettingsError, parse_settings

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_data"
TODAY = date(2026, 11, 24)
READ, REFUSED, FAULT = "read", "refused", "fault"


@dataclass(frozen=True)
class Ending:
    """How a file ended: read, refused, or in a fault of ours.

    `codes` are those of its problems, `place` says where a fault was raised or from where a refusal came, `trace` is the
    traceback of a fault. The signature is what the fuzzer calls new behaviour.
    """

    end: str
    codes: tuple[str, ...] = ()
    place: str = ""
    trace: str = ""
    sheets: list[Sheet] = field(default_factory=list, compare=False)

    @property
    def signature(self) -> str:
        """Ending, codes and place in one text."""
        return " ".join((self.end, ",".join(self.codes), self.place)).strip()


def run(kind: str, path: Path, whole: bool = True) -> Ending:
    """Take one file its whole way; `kind` says what it is: upload, master, profile or settings.

    Without `whole` an upload is read and understood, and only one in eight is drafted: that takes thirty times as long.
    """
    try:
        differ = _two_ways(path) if kind == "upload" else ""
        if differ:
            return Ending(FAULT, (), "the fast and the careful way differ", differ)
        return _WAYS[kind](path) if kind != "upload" or whole else _glance(path)
    except _ReportFault as fault:
        return Ending(FAULT, (), "a report cannot be read back", str(fault))
    except Unreadable as fault:
        _tellable([fault.problem])
        return Ending(REFUSED, (fault.problem.code,), place_of(fault.__cause__ or fault.__context__))
    except (ProfileError, SettingsError) as fault:
        str(fault).encode()
        return Ending(REFUSED, (type(fault).__name__,))
    except RecursionError as fault:
        return Ending(FAULT, (), "RecursionError", "".join(traceback.format_exception(fault, limit=-5)))
    except BaseException as fault:  # a panic of a reader is a BaseException, and a find
        if isinstance(fault, KeyboardInterrupt):
            raise
        return Ending(FAULT, (), place_of(fault, lines=False), "".join(traceback.format_exception(fault)))


def place_of(error: BaseException | None, lines: bool = True) -> str:
    """Return the kind of an error with the last place of ours and the last at all that it went through.

    A place is a line, or a function: that is the same tomorrow.
    """
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "oneoff_batch" in f.filename]
    shown = [_frame(f, lines) for f in (own[-1:] + ([] if not own or own[-1] is frames[-1] else frames[-1:]))]
    return " ".join((type(error).__name__, *shown))


def _frame(frame: traceback.FrameSummary, lines: bool) -> str:
    return f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno if lines else frame.name}"


def _upload(path: Path) -> Ending:
    sheets, problems = read_file(path)
    known = _digest(sheets) if sum(s.cells.size for s in sheets) < 500_000 else None
    if known in _SEEN:
        return Ending(READ, _SEEN[known] or _codes(problems), sheets=sheets)
    outcome = intake.examine(_workspace(), [path], None, TODAY, None)
    _tellable(outcome.problems)
    _handed_back(outcome, path)
    codes = _codes(outcome.problems)
    if known is not None:
        _SEEN[known] = codes
    return Ending(READ, codes, sheets=sheets)


def _handed_back(outcome: intake.Outcome, path: Path) -> None:
    """The report must be written whatever the upload holds, and its workbooks must be such that we read them."""
    with TemporaryDirectory() as folder:
        report = write_report(Workspace(Path(folder), _workspace().settings), outcome, Asked(files=(path,)))
        for workbook in (report.marked, report.to_fix):
            if workbook is not None:
                _read_back(workbook)


class _ReportFault(Exception):
    pass


def _read_back(workbook: Path) -> None:
    try:
        read_file(workbook)
    except Unreadable as fault:
        raise _ReportFault(f"{workbook.name}: {fault.problem.message}") from fault


def _glance(path: Path) -> Ending:
    if zlib.crc32(path.read_bytes()) % 8 == 0:
        return _upload(path)
    sheets, problems = read_file(path)
    problems = problems + understand(sheets, UPLOAD, {}, None)[1]
    _tellable(problems)
    return Ending(READ, _codes(problems), sheets=sheets)


def _two_ways(path: Path) -> str:
    """Say where the fast way and the careful way of reading a workbook differ; "" where they do not."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return ""
    fast, careful = (_cells(path, plain) for plain in (True, False))
    places = [place for place in {**careful, **fast} if fast.get(place) != careful.get(place)]
    shown = [f"{place}: {fast.get(place)!r} the fast way, {careful.get(place)!r} the careful way" for place in places[:5]]
    return "; ".join(shown)


def _cells(path: Path, plain: bool) -> dict[str, str]:
    try:
        sheets, problems = read_package(path, plain=plain)
    except Unreadable as fault:
        return {"refused": fault.problem.code}
    cells = {"problems": " ".join(p.code for p in problems)}
    for s in sheets:
        cells[f"marks of {s.name}"] = repr(s.marks)
        kinds = s.cells if s.kinds is None else s.kinds
        for column in s.cells:
            filled = s.cells[column].dropna()
            of_column = kinds[column].reindex(filled.index)
            cells |= {f"{s.name}!{column}{r}": f"{k} {v}" for r, v, k in zip(filled.index, filled, of_column, strict=True)}
    return cells


def _digest(sheets: Sequence[Sheet]) -> int:
    parts: list[object] = []
    for s in sheets:
        parts += [s.name, tuple(s.cells.columns), tuple(s.cells.index)]
        parts += [tuple(s.cells[c].fillna("")) for c in s.cells]
        parts += [] if s.kinds is None else [tuple(s.kinds[c].astype(object).fillna("")) for c in s.kinds]
    return hash(tuple(parts))


_SEEN: dict[int, tuple[str, ...]] = {}


def _master(path: Path) -> Ending:
    workspace = Workspace(path.parent, parse_settings(f'[files]\nmaster = "{path.name}"\n'))
    master, problems = read_master(workspace)
    with _master_is(master, problems):
        outcome = intake.examine(workspace, [SAMPLES / "flat.csv"], None, TODAY, None)
    _tellable(outcome.problems)
    return Ending(READ, _codes(outcome.problems))


def _profile(path: Path) -> Ending:
    profile = load_profile(path)
    outcome = intake.examine(_workspace(), [ROOT / "fuzz" / "seeds" / "shop.csv"], profile, TODAY, None)
    _tellable(outcome.problems)
    return Ending(READ, _codes(outcome.problems))


def _settings(path: Path) -> Ending:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return Ending(REFUSED, ("SettingsError",))
    parse_settings(text)
    return Ending(READ)


_WAYS: dict[str, Callable[[Path], Ending]] = {
    "upload": _upload,
    "master": _master,
    "profile": _profile,
    "settings": _settings,
}


def _codes(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(sorted({p.code for p in problems}))


def _tellable(problems: Sequence[Problem]) -> None:
    """Every problem must have its words, and they must be such that a terminal and a file can hold them."""
    for group in grouped(problems):
        for problem in group.problems[:3]:
            f"{group.places} {problem.place} {problem.message} {problem.fix}".encode()
            json.dumps(problem.as_dict(), ensure_ascii=False).encode()


read_master = intake.load_master


@cache
def _workspace() -> Workspace:
    """The sample company; its master data are read once, since no upload changes them."""
    workspace = Workspace(SAMPLES, parse_settings((SAMPLES / "oneoff.toml").read_text("utf-8")))
    _KNOWN.append(read_master(workspace))
    intake.load_master = lambda _: (_KNOWN[-1][0], list(_KNOWN[-1][1]))
    return workspace


_KNOWN: list[tuple[Master, list[Problem]]] = []


class _master_is:
    def __init__(self, master: Master, problems: list[Problem]) -> None:
        self._pair = (master, problems)

    def __enter__(self) -> None:
        _workspace()
        _KNOWN.append(self._pair)

    def __exit__(self, *_: object) -> None:
        _KNOWN.pop()
