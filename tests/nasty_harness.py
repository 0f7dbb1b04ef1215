"""Odd and hostile files of other projects' tests: what the product makes of each, and what an independent reader does.

Run as a program it prints the table of outcomes as Markdown.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
import tempfile
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NASTY = ROOT.parent / "shared" / "data" / "nasty"
SAMPLES = ROOT / "sample_data"
KNOWN = Path(__file__).with_name("nasty_known.toml")
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

OUTER = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u2028\u2029\u202f\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad"
Cells = dict[str, dict[str, list[str]]]
"""By sheet, then by cell: what it is (number, text, date, truth, error, formula) and what it says."""


def files() -> list[Path]:
    """Every file of the collection, its lists of expected cells left out."""
    if not NASTY.is_dir():
        return []
    return sorted(p for p in NASTY.rglob("*") if p.is_file() and p.name != "MANIFEST.csv" and p.suffix != ".json")


def others() -> list[Path]:
    """The files of expected cells: JSON, which are to be refused."""
    return sorted(NASTY.rglob("*.json"))


def name_of(path: Path) -> str:
    """The name of a file in the collection."""
    return str(path.relative_to(NASTY))


# What the product says


def look(path: str) -> dict[str, Any]:
    """Read one file, and check it from the command line as an upload of the sample company."""
    from oneoff_batch.pipeline import intake
    from oneoff_batch.reading import Unreadable

    read_file, told = intake.read_file, {"end": "nothing was read"}

    def watched(*given: Any) -> Any:
        try:
            sheets, problems = read_file(*given)
        except Unreadable as fault:
            told.update(end="refused", code=fault.problem.code, words=fault.problem.message)
            raise
        told.update(end="read", cells={s.name: dict(_ours(s)) for s in sheets})
        return sheets, problems

    root = _workspace()
    intake.read_file = watched
    try:
        code, out, err = _check(root, path)
    finally:
        intake.read_file = read_file
    return {**told, "exit": code, "codes": _codes(out), "said": err[-500:]}


def _ours(sheet: Any) -> Iterator[tuple[str, list[str]]]:
    for letter in sheet.cells:
        filled = sheet.cells[letter].dropna()
        kinds = ["t"] * len(filled) if sheet.kinds is None else sheet.kinds[letter].reindex(filled.index)
        for row, text, kind in zip(filled.index, filled, kinds, strict=True):
            yield f"{letter}{row}", [kind, text]


@cache
def _workspace() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nasty-"))
    for name in ("oneoff.toml", "master-data.xlsx"):
        shutil.copy(SAMPLES / name, folder / name)
    return folder


def _check(root: Path, path: str) -> tuple[int, str, str]:
    from oneoff_batch.cli import run

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["check", path, "--json", "--workspace", str(root), "--user", "anna"])
    return code, out.getvalue(), err.getvalue()


def _codes(out: str) -> list[str]:
    return sorted({p["code"] for p in json.loads(out)["problems"]}) if out.strip() else []


# What an independent reader says


def reference(path: str) -> dict[str, Any]:
    """Read one file by openpyxl, else python-calamine, or by Python's csv in the dialect that the file is known to have."""
    file = Path(path)
    if file.suffix in (".csv", ".tsv"):
        try:
            return {"by": "csv", "cells": {"": _by_csv(file)}}
        except (csv.Error, UnicodeDecodeError) as e:
            return {"by": "", "cells": {}, "reason": str(e)[:200]}
    for by, read in ((("openpyxl", _by_openpyxl),) if file.suffix in (".xlsx", ".xlsm") else ()) + (
        ("calamine", _by_calamine),
    ):
        try:
            cells = read(file)
        except Exception as e:  # noqa: BLE001 - an independent reader may fail in any way
            reason = f"{type(e).__name__}: {e}"
            continue
        if cells or by == "calamine":  # openpyxl opens some workbooks with no sheets and no error
            return {"by": by, "cells": cells}
    return {"by": "", "cells": {}, "reason": reason[:200]}


def _by_openpyxl(file: Path) -> Cells:
    import warnings

    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    warnings.simplefilter("ignore")
    book = load_workbook(file, data_only=True)
    cells: Cells = {}
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            cells[sheet.title] = {
                f"{get_column_letter(c.column)}{c.row}": _told(c.value, c.data_type)
                for row in sheet.iter_rows()
                for c in row
                if c.value is not None
            }
    return cells


def _by_calamine(file: Path) -> Cells:
    from openpyxl.utils import get_column_letter
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    book = load_workbook(str(file))
    cells: Cells = {}
    for meta in book.sheets_metadata:
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet:
            rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            cells[meta.name] = {
                f"{get_column_letter(j)}{i}": _told(v)
                for i, row in enumerate(rows, start=1)
                for j, v in enumerate(row, start=1)
                if v != ""
            }
    return cells


def _told(value: Any, type_: str = "") -> list[str]:
    if type_ == "e":
        return ["e", str(value)]
    if isinstance(value, bool):
        return ["b", str(value).upper()]
    if isinstance(value, int | float):
        return ["n", _plain(value)]
    if isinstance(value, datetime):
        return ["d", value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")]
    if isinstance(value, date | time):
        return ["d", value.isoformat()]
    if isinstance(value, timedelta):
        return ["d", str(value)]
    return ["t", _tidy(str(value))]


def _plain(value: float) -> str:
    return format(Decimal(format(value, ".15g")).normalize(), "f") if isinstance(value, float) else str(value)


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip(OUTER))


def _by_csv(file: Path) -> dict[str, list[str]]:
    from openpyxl.utils import get_column_letter

    given = dialects().get(name_of(file), {})
    text = file.read_bytes().decode(given.get("encoding", "utf-8-sig"))
    skip = int(given.get("skip", 0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=given.get("delimiter", ","), strict=not given.get("loose"))
    cells, line = {}, 1
    csv.field_size_limit(10_000_000)
    for record in reader:
        for j, value in enumerate(record, start=1):
            if line > skip and _tidy(value):
                cells[f"{get_column_letter(j)}{line}"] = ["t", _tidy(value)]
        line = reader.line_num + 1
    return cells


# Hold the two side by side


@cache
def known() -> Mapping[str, Any]:
    """What is known of single files: dialects, and differences that are right, each with its reason."""
    return tomllib.loads(KNOWN.read_text("utf-8")) if KNOWN.exists() else {}


def dialects() -> Mapping[str, Mapping[str, str]]:
    """The dialects of text files that are not comma-separated UTF-8, as their projects' tests say."""
    return known().get("dialects", {})  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    file: str
    end: str
    codes: tuple[str, ...]
    cells: int
    by: str
    differences: tuple[str, ...]
    cpu: float
    peak: int
    fault: str
    words: str = ""


def outcome(path: Path, told: Any, other: Any) -> Outcome:
    """Put together what the product and the independent reader said; both are what a worker told."""
    answer = told.answer or {}
    fault = told.over or ("" if answer.get("exit") in (0, 1, 3) else f"exit code {answer.get('exit')}: {answer.get('said')}")
    if answer.get("end") == "refused" and answer.get("exit") != 3:
        fault = fault or f"read_file refuses, the command line ends with {answer.get('exit')}"
    theirs = other.answer or {"by": "", "cells": {}}
    ours = answer.get("cells", {})
    found = list(differences(ours, theirs["cells"], theirs["by"])) if theirs["by"] else []
    return Outcome(
        name_of(path),
        answer.get("end", "fault"),
        tuple([answer["code"]] if "code" in answer else answer.get("codes", [])),
        sum(map(len, ours.values())),
        theirs["by"],
        tuple(found),
        told.cpu,
        told.peak,
        fault,
        answer.get("words", ""),
    )


def differences(ours: Cells, theirs: Cells, by: str) -> Iterator[str]:
    """Yield every cell that differs: `Sheet!A1: kind text | kind text`, ours first."""
    if by == "csv":
        theirs = {next(iter(ours), ""): theirs[""]}
    for sheet in {**theirs, **ours}:
        mine, other = ours.get(sheet, {}), theirs.get(sheet, {})
        for cell in {**other, **mine}:
            a, b = mine.get(cell), other.get(cell)
            if not _same(a, b, by):
                yield f"{sheet}!{cell}: {_shown(a)} | {_shown(b)}"


def _shown(cell: list[str] | None) -> str:
    return "nothing" if cell is None else " ".join(cell)[:80]


def _same(ours: list[str] | None, theirs: list[str] | None, by: str) -> bool:
    """Tell whether two cells say the same; calamine has errors as blanks, and nobody else keeps an uncalculated formula."""
    if ours is None or theirs is None:
        missing = theirs is None and ours is not None and (ours[0] == "f" or (ours[0] == "e" and by == "calamine"))
        blank = ours is None and theirs is not None and theirs[0] == "t" and not theirs[1]
        return ours == theirs or missing or blank
    if theirs[0] == "n":
        return ours[0] == "n" and _number(ours[1]) == _number(theirs[1])
    return ours == theirs or (ours[0] == theirs[0] == "d" and _moment(ours[1]) == _moment(theirs[1]))


def _number(text: str) -> Decimal | None:
    digits = re.sub(r"[^0-9.eE+-]", "", text)
    try:
        return Decimal(digits) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        return None


def _moment(text: str) -> str:
    return text.removesuffix("T00:00:00")


def all_outcomes(workers: int = 2) -> list[Outcome]:
    """Look at every file with two kinds of worker processes."""
    from fuzz.pool import spread

    paths = files() + others()
    tasks = [{"path": str(p)} for p in paths]
    told = {task["path"]: t for task, t in spread("nasty_harness:look", tasks, workers)}
    other = {
        task["path"]: t
        for task, t in spread("nasty_harness:reference", [t for t in tasks if not t["path"].endswith(".json")], 1)
    }
    nothing = type("Nothing", (), {"answer": None})
    return [outcome(p, told[str(p)], other.get(str(p), nothing)) for p in paths]


def as_markdown(outcomes: list[Outcome]) -> str:
    """Return the table of outcomes."""
    counts = Counter(("read" if o.end == "read" else f"refused {o.codes[0]}") if not o.fault else "fault" for o in outcomes)
    lines = [f"{len(outcomes)} files: " + ", ".join(f"{n} {what}" for what, n in counts.most_common()) + ".", ""]
    lines += ["| File | Outcome | Cells | Compared with | Differences | CPU s | Peak MiB |", "|---|---|--:|---|---|--:|--:|"]
    for o in outcomes:
        end = f"FAULT {o.fault}" if o.fault else "read" if o.end == "read" else f"refused {o.codes[0]}: {o.words}"
        why = known().get("differences", {}).get(o.file, {}).get("why", "")
        differ = f"{len(o.differences):,} cells: {why}" if o.differences else "none" if o.by and o.end == "read" else ""
        cells = str(o.cells) if o.end == "read" else ""
        by = o.by if o.end == "read" else ""
        lines.append(f"| {o.file} | {end} | {cells} | {by} | {differ} | {o.cpu:.2f} | {o.peak} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    found = all_outcomes()
    print(as_markdown(found))
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps([o.__dict__ for o in found], indent=1), "utf-8")
