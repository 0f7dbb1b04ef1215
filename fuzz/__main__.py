"""Run the fuzzer: `python -m fuzz --minutes 10 --workers 1`, or look at one case again: `python -m fuzz --seed 123`."""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from .cases import Case, case_of, named
from .pool import Told, Worker
from .seeds import all_seeds
from .shrink import shrink

FOUND = Path(__file__).parent / "found"
DEED = "fuzz.worker:fuzz"
_KEPT = 400


class Run:
    """What all workers share: the seeds, the cases with new behaviour, and the counts."""

    def __init__(self, first: int, minutes: float) -> None:
        self.seeds = all_seeds()
        self.until = time.monotonic() + 60 * minutes
        self.begun = time.monotonic()
        self.number = first
        self.random = random.Random(first)
        self.corpus: list[Case] = []
        self.seen: set[str] = set()
        self.endings: Counter[str] = Counter()
        self.found: dict[str, Path] = {}
        self.lock = threading.Lock()
        self.executions = 0

    def next_case(self) -> Case:
        """Return a new case: half of them go on from one that did something new."""
        with self.lock:
            self.number += 1
            if self.corpus and self.random.random() < 0.5:
                return self.random.choice(self.corpus).then(self.number)
            return case_of(self.number, self.seeds)

    def note(self, case: Case, told: Told) -> str:
        """Count an ending; returns the fault's name where it is a new fault."""
        fault = fault_of(told)
        with self.lock:
            self.executions += 1
            answer = told.answer or {"end": "fault", "codes": []}
            label = fault or " ".join((answer["end"], ",".join(answer["codes"])))
            self.endings["FAULT " + fault if fault else _short(answer)] += 1
            signature = label + ("" if fault else answer["place"])
            if signature not in self.seen and len(case.numbers) < 6:
                self.seen.add(signature)
                if not fault:
                    self.corpus = [*self.corpus[-_KEPT:], case]
            if not fault or fault in self.found:
                return ""
            self.found[fault] = Path()
            return fault

    def tell(self) -> None:
        """Print how far it is."""
        seconds = max(0.001, time.monotonic() - self.begun)
        speed = f"{self.executions:,} executions in {seconds / 60:.1f} min, {self.executions / seconds:.1f} a second"
        print(f"\n{speed}; {len(self.seen):,} behaviours, {len(self.found)} faults")
        for name, count in self.endings.most_common(40):
            print(f"  {count:>8,}  {name}")
        for name, path in self.found.items():
            print(f"  found: {name}  {path}")
        sys.stdout.flush()


def _short(answer: dict[str, object]) -> str:
    codes = answer["codes"]
    assert isinstance(codes, list)
    if answer["end"] == "refused":
        return " ".join(("refused", *codes))
    return "read, no problems" if not codes else "read, with problems"


def fault_of(told: Told) -> str:
    """Return what is wrong with an ending, by the place in the code; empty where nothing is."""
    if told.over.startswith("died") or told.hang:
        return f"{told.over.split(' with')[0]}: {_last_frame(told.trace)}"
    if told.answer["end"] == "fault":
        return str(told.answer["place"])
    return f"over its {told.over}: {' '.join((told.answer['end'], *told.answer['codes'][:1]))}" if told.over else ""


def _last_frame(trace: str) -> str:
    """Return the last place of ours in what faulthandler writes, which begins with the last."""
    found = re.search(r'oneoff_batch/([^"]+)", line [0-9]+ in (.+)', trace)
    return f"{found[1]}:{found[2]}" if found else "no traceback"


def work(run: Run, folder: Path) -> None:
    """Run cases until the time is over."""
    worker = Worker(DEED)
    while time.monotonic() < run.until:
        case = run.next_case()
        told = ask(worker, case, case.data(), folder, whole=False)
        fault = run.note(case, told)
        if fault:
            run.found[fault] = keep(worker, case, fault, told, folder)
            run.tell()
    worker.close()


def ask(worker: Worker, case: Case, data: bytes, folder: Path, whole: bool = True) -> Told:
    """Run one file of a case; without `whole` most are only read and understood."""
    path = folder / case.file_name()
    path.write_bytes(data)
    return worker.ask(kind=case.seed.kind, path=str(path), whole=whole)


def keep(worker: Worker, case: Case, fault: str, told: Told, folder: Path) -> Path:
    """Write a fault's file, as small as it could be made, with a JSON that says what happened."""
    data = case.data()
    small = data if told.hang else shrink(data, case.seed.data, lambda d: fault_of(ask(worker, case, d, folder)) == fault)
    FOUND.mkdir(exist_ok=True)
    stem = "".join(c if c.isalnum() else "-" for c in fault)[:80].strip("-")
    path = FOUND / f"{stem}{case.file_name().removeprefix('mutant')}"
    path.write_bytes(small)
    (FOUND / f"{stem}-whole{case.file_name().removeprefix('mutant')}").write_bytes(data)
    trace = told.trace or (told.answer or {}).get("trace", "")
    facts = {"case": case.name, "kind": case.seed.kind, "fault": fault, "cpu": told.cpu, "peak": told.peak}
    path.with_suffix(path.suffix + ".json").write_text(json.dumps({**facts, "trace": trace}, indent=1), "utf-8")
    return path


def again(name: str, out: Path | None) -> None:
    """Run one case and print what became of it."""
    case = named(name, all_seeds())
    data = case.data()
    if out is not None:
        out.write_bytes(data)
    worker = Worker(DEED)
    with tempfile.TemporaryDirectory() as folder:
        told = ask(worker, case, data, Path(folder))
    worker.close()
    print(f"{case.name}: {len(data):,} bytes, {told.cpu:.2f} s, {told.peak} MiB, {fault_of(told) or 'no fault'}")
    print(json.dumps(told.answer, indent=1).replace("\\n", "\n") if told.answer else told.trace)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--first", type=int, default=None, help="the number of the first case; by default another each time")
    parser.add_argument("--seed", help="run one case only: a number, or a name such as odd.xlsx@123.456")
    parser.add_argument("--out", type=Path, help="with --seed: write the file there")
    given = parser.parse_args()
    if given.seed:
        return again(given.seed, given.out)
    run = Run(given.first if given.first is not None else time.time_ns() % 10**9, given.minutes)
    print(f"{len(run.seeds)} seeds, first case {run.number + 1}")
    with tempfile.TemporaryDirectory() as scratch:
        threads = []
        for n in range(given.workers):
            folder = Path(scratch) / str(n)
            folder.mkdir()
            threads.append(threading.Thread(target=work, args=(run, folder)))
            threads[-1].start()
        while any(t.is_alive() for t in threads):
            for t in threads:
                t.join(60 / len(threads))
            run.tell()
    sys.exit(1 if run.found else 0)


if __name__ == "__main__":
    main()
