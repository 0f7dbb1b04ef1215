"""Measure a large book: drafting, finalizing, verifying and listing with a million final invoices in it.

usage: python -m bench.book [--invoices 1000000] [--runs 3] [--keep FOLDER]

With --keep the book stays in FOLDER, and is taken from there the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "ledger list",
    "ledger list --last 10",
    "ledger list --year {year} --last 10",
    "ledger head",
    "status",
    "history {ref}",
    "history {number}",
)
_MAIN = "from oneoff_batch.cli import main; main()"
_MB = 1 / 1024


def seconds() -> tuple[float, float]:
    """Return wall clock and CPU seconds, those of children that have ended included."""
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.monotonic(), sum((own.ru_utime, own.ru_stime, theirs.ru_utime, theirs.ru_stime))


def timed(what: Callable[[], Any]) -> dict[str, float]:
    """Return the wall clock and CPU seconds of a call."""
    before = seconds()
    what()
    return dict(zip(("wall", "cpu"), (b - a for a, b in zip(before, seconds(), strict=True)), strict=True))


def grown(folder: Path, count: int) -> dict[str, float]:
    """Make a book of final invoices."""
    from .growing import grow, pattern

    def make() -> None:
        for done in grow(folder / "book.sqlite", pattern(folder), count):
            if done % 100_000 == 0:
                print(f"  {done:,} invoices are final", file=sys.stderr)

    return timed(make)


def posted(folder: Path, there: int) -> dict[str, float]:
    """Finalize 10,000 more, by a dry run that is taken back and then for good; returns the seconds of the latter."""
    from oneoff_batch.book import create_book, open_book

    from .growing import BATCH, add_approved, pattern, post

    made = pattern(folder / "pattern")
    url = f"sqlite:///{folder / 'book.sqlite'}"
    create_book(url)
    with open_book(url) as book:
        states = add_approved(book, made, there // BATCH)
        post(book, made, states, there // BATCH, dry_run=True)
        return timed(lambda: post(book, made, states, there // BATCH))


def verified(folder: Path) -> dict[str, float]:
    """Verify a book; returns seconds, and peaks of memory of this process and of the largest that helped."""
    from oneoff_batch.book import open_book

    with open_book(f"sqlite:///{folder / 'book.sqlite'}") as book:
        found = []
        took = timed(lambda: found.append(book.verify()))
    assert not found[0].problems, found[0].problems[:3]
    own, theirs = (resource.getrusage(who).ru_maxrss * _MB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return took | {"invoices": found[0].invoices, "entries": found[0].entries, "mb": own, "helper_mb": theirs}


def _apart(what: str, folder: Path, *more: object) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "bench.book", "--only", what, str(folder), *map(str, more)]
    done = subprocess.run(command, cwd=ROOT, env=_env(), stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "ONEOFF_USER": "bench"}


def _copy(folder: Path, scratch: Path, name: str) -> Path:
    target = scratch / name
    target.mkdir()
    for file in folder.glob("book.sqlite*"):
        shutil.copy2(file, target)
    return target


def _median(runs: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _in_turns(what: str, folder: Path, scratch: Path, count: int, runs: int) -> tuple[list[dict[str, float]], ...]:
    """Measure on an empty book and on a copy of this one, in turns."""
    empty, full = [], []
    for n in range(runs):
        fresh = scratch / f"{what}-empty-{n}"
        fresh.mkdir()
        empty.append(_apart(what, fresh, 0))
        copy = _copy(folder, scratch, f"{what}-full-{n}")
        full.append(_apart(what, copy, count))
        shutil.rmtree(copy)
    return empty, full


def finalizing(folder: Path, scratch: Path, count: int, runs: int) -> None:
    """Compare finalizing 10,000 on the book with finalizing 10,000 on an empty one; the runs take turns."""
    empty, full = _in_turns("post", folder, scratch, count, runs)
    print("\nFinalizing another 10,000 (medians)")
    print(f"  {'':<22}{'CPU s':>9}{'wall s':>9}")
    for name, some in (("on an empty book", empty), (f"on {count:,}", full)):
        print(f"  {name:<22}{_median(some, 'cpu'):>9.2f}{_median(some, 'wall'):>9.2f}")
    ratios = [_median(full, key) / _median(empty, key) for key in ("cpu", "wall")]
    print(f"  {'ratio':<22}{ratios[0]:>9.2f}{ratios[1]:>9.2f}")


def typed(folder: Path, there: int) -> dict[str, float]:
    """Draft, approve and finalize 10,000 more by the commands; returns the seconds of each, pages and workbooks included."""
    from oneoff_batch.book import create_book

    from .growing import BATCH, pattern, sheets

    pattern(folder)
    n = there // BATCH
    uploads = sheets(folder, n)
    create_book(f"sqlite:///{folder / 'book.sqlite'}")
    batch = f"{datetime.now(UTC):%Y-%m-%d}-1"
    steps = {
        "draft": [str(path) for path in uploads],
        "approve": [batch, "--user", "ben"],
        "finalize": [batch, "--user", "carla", "--yes"],
    }
    took = {}
    for name, more in steps.items():
        command = [sys.executable, "-c", _MAIN, name, *more, "-w", str(folder), "--quiet"]
        run = lambda command=command: subprocess.run(command, env=_env(), check=True)  # noqa: E731
        for clock, value in timed(run).items():
            took[f"{name} {clock}"] = value
    return took


def typing(folder: Path, scratch: Path, count: int, runs: int) -> None:
    """Compare the commands for another 10,000 on the book with those on an empty one; the runs take turns."""
    empty, full = _in_turns("type", folder, scratch, count, runs)
    print(f"\nCommands for another 10,000 on an empty book and on {count:,}, documents and workbooks included (medians)")
    print(f"  {'':<12}{'CPU s':>9}{'':>9}{'ratio':>7}{'wall s':>9}{'':>9}{'ratio':>7}")
    for name in ("draft", "approve", "finalize"):
        pairs = [[_median(some, f"{name} {clock}") for some in (empty, full)] for clock in ("cpu", "wall")]
        print(f"  {name:<12}" + "".join(f"{one:>9.2f}{other:>9.2f}{other / one:>7.2f}" for one, other in pairs))


def verifying(folders: Sequence[Path], runs: int) -> None:
    """Print how fast books of different sizes are verified, and with how much memory."""
    print("\nverify (medians; CPU is that of all processes)")
    print(f"  {'invoices':>10}{'entries':>11}{'CPU s':>9}{'wall s':>9}{'a second':>11}{'MB':>7}{'MB, helper':>12}")
    for folder in folders:
        some = [_apart("verify", folder) for _ in range(runs)]
        invoices, entries = int(some[0]["invoices"]), int(some[0]["entries"])
        cpu, wall, own, theirs = (_median(some, key) for key in ("cpu", "wall", "mb", "helper_mb"))
        speed = invoices / wall
        print(f"  {invoices:>10,}{entries:>11,}{cpu:>9.2f}{wall:>9.2f}{speed:>11,.0f}{own:>7.0f}{theirs:>12.0f}")


def commands(folder: Path, count: int, runs: int) -> None:
    """Run whole commands as a user does, each in a process of its own."""
    from .growing import BATCH

    (folder / "oneoff.toml").write_text('[files]\nmaster = "master"\n', "utf-8")
    named = {"year": 2024, "ref": f"R{count // BATCH // 2:05d}-00007", "number": "INV-2024-000777"}
    print("\nWhole commands (medians)")
    print(f"  {'':<40}{'CPU s':>9}{'wall s':>9}")
    for command in (c.format(**named) for c in COMMANDS):
        words = [sys.executable, "-c", _MAIN, *command.split(), "-w", str(folder)]
        run = lambda words=words: subprocess.run(words, env=_env(), stdout=subprocess.DEVNULL, check=True)  # noqa: E731
        some = [timed(run) for _ in range(runs)]
        print(f"  {command:<40}{_median(some, 'cpu'):>9.2f}{_median(some, 'wall'):>9.2f}")


def measure(count: int, runs: int, keep: Path | None) -> None:
    """Build what is not there yet, measure, and print."""
    print(f"\nA book of {count:,} final invoices, 1 to 3 lines each (2 on average), SQLite, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        folders = [(keep or scratch) / f"book-{size}" for size in (count // 10, count)]
        for folder, size in zip(folders, (count // 10, count), strict=True):
            if not (folder / "master").exists() or not (folder / "done").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                took = _apart("grow", folder, size)
                (folder / "done").touch()
                print(f"  built {size:,} in {took['wall']:.0f} s ({took['cpu']:.0f} s CPU)")
        size = sum(file.stat().st_size for file in folders[-1].glob("book.sqlite*"))
        print(f"  {size / 1e9:.2f} GB, {size / count:,.0f} bytes an invoice")
        finalizing(folders[-1], scratch, count, runs)
        typing(folders[-1], scratch, count, runs)
        verifying(folders, runs)
        commands(folders[-1], count, runs)


_ONLY: dict[str, Callable[..., dict[str, float]]] = {"grow": grown, "post": posted, "type": typed, "verify": verified}


def main() -> None:
    """Measure, or one part of it in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=int(os.environ.get("BOOK", "1000000")))
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "3")))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        what, folder, *more = given.only
        print(json.dumps(_ONLY[what](Path(folder), *map(int, more))))
    elif given.invoices % 100_000 or given.invoices < 100_000:
        parser.error("--invoices is a multiple of 100,000")
    else:
        measure(given.invoices, given.runs, given.keep)


if __name__ == "__main__":
    main()
