"""Run the benchmarks: the whole job by stages, the plain script beside it, the real retail file.

usage: python -m bench [--invoices 100000] [--runs 3] [--no-naive]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .generate import LINES, batch_csv, batch_xlsx, workspace

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NAIVE = SHARED / "bench" / "naive_baseline.py"
PAIRS = (
    ("read", ("read",), ("read",)),
    ("validate", ("validate",), ("validate",)),
    ("compute", ("draft",), ("compute",)),
    ("pages", ("pages", "batch page"), ("html",)),
    ("workbook", ("workbook",), ("xlsx",)),
    ("post", ("store", "approve", "finalize"), ("finalize",)),
)
"""What compares with what: our stages on the left of the plain script's."""


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": "src:."}
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _fresh(template: Path, scratch: Path, name: str) -> Path:
    root = scratch / name
    shutil.copytree(template, root)
    return root


def _median(runs: list[dict[str, Any]], key: str) -> dict[str, float]:
    return {name: statistics.median(r[key].get(name, 0) for r in runs) for name in runs[0][key]}


def job(template: Path, scratch: Path, files: list[Path], runs: int, extra: list[str] | None = None) -> dict[str, Any]:
    """Run the job so often, each in a fresh folder and a process of its own, and return the medians."""
    done = []
    for n in range(runs):
        root = _fresh(template, scratch, f"run-{n}")
        done.append(_run([sys.executable, "-m", "bench.job", str(root), *map(str, files), *(extra or [])]))
        shutil.rmtree(root)
    peak = statistics.median(r["peak_mb"] for r in done)
    return {**done[0], "stages": _median(done, "stages"), "peaks": _median(done, "peaks"), "peak_mb": peak}


def tell(title: str, result: dict[str, Any]) -> None:
    """Print the stages of one job."""
    print(f"\n{title}: {result['invoices']:,} invoices final, {result['problems']:,} problems")
    print(f"  {'stage':<18}{'CPU s':>9}{'peak MB':>10}")
    for name, seconds in result["stages"].items():
        print(f"  {name:<18}{seconds:>9.2f}{result['peaks'][name]:>10.0f}")
    total = sum(result["stages"].values())
    print(f"  {'whole job':<18}{total:>9.2f}{result['peak_mb']:>10.0f}")
    core = result["stages"]["validate"] + result["stages"]["draft"]
    print(f"  validate + draft   {core:>8.2f}")


def compare(ours: dict[str, Any], scratch: Path, count: int) -> None:
    """Run the plain script on input of the same size, and print the ratio stage by stage."""
    naive = scratch / "naive"
    subprocess.run(
        [sys.executable, str(SHARED / "bench" / "gen_input.py"), str(count), str(naive), "--mixed-tax"], check=True
    )
    out = scratch / "naive-out"
    plain = _run([sys.executable, str(NAIVE), str(naive / "batch.xlsx"), str(out), "--writer", "write_only"])
    print(f"\nBeside the plain script ({count:,} invoices from xlsx, CPU seconds)")
    print(f"  {'stage':<12}{'ours':>9}{'plain':>9}{'plain ÷ ours':>14}")
    sums = [0.0, 0.0]
    for name, left, right in PAIRS:
        a = sum(ours["stages"].get(s, 0) for s in left)
        b = sum(plain["cpu"][s] for s in right)
        sums = [sums[0] + a, sums[1] + b]
        print(f"  {name:<12}{a:>9.2f}{b:>9.2f}{b / max(a, 0.01):>14.2f}")
    print(f"  {'together':<12}{sums[0]:>9.2f}{sums[1]:>9.2f}{sums[1] / sums[0]:>14.2f}")
    print(f"  {'peak MB':<12}{ours['peak_mb']:>9.0f}{plain['peak_mb']:>9.0f}")
    print("  The plain script keeps no book, no audit chain, no snapshot, and checks eight rules.")


def real_file(scratch: Path) -> None:
    """Carry the whole real retail file through the job."""
    sys.path.insert(0, str(ROOT / "tests"))
    from real_file import PROFILE, RETAIL, write_workspace

    if not RETAIL.exists():
        print("\nThe real retail file is not here: left out.")
        return
    template = write_workspace(scratch / "retail")
    tell("Real retail file, 541,909 lines", job(template, scratch, [RETAIL], 1, [str(PROFILE)]))


def main() -> None:
    """Print medians, ratios and peaks of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=int(os.environ.get("INVOICES", "100000")))
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "3")))
    parser.add_argument("--no-naive", action="store_true")
    given = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores; medians of {given.runs} runs; {LINES} lines an invoice"
    )
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        template = workspace(scratch / "template")
        csvs = batch_csv(scratch, given.invoices)
        tell("From two CSVs", job(template, scratch, csvs, given.runs))
        if not given.no_naive:
            book = batch_xlsx(scratch, given.invoices)
            ours = job(template, scratch, book, 1)
            tell("From one workbook", ours)
            if NAIVE.exists():
                compare(ours, scratch, given.invoices)
        real_file(scratch)


if __name__ == "__main__":
    main()
