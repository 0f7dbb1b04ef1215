"""The process in which files are read: it may be killed at any time, and says of each file what became of it.

It is given one JSON object per line on its standard input, and answers each by one line.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY_LIMIT = 6 << 30
"""Bytes of address space, so that a find does not take the machine along."""


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    trace = open(sys.argv[1], "a")  # noqa: SIM115, PTH123 - it stays open for the last words of the process
    faulthandler.enable(trace)
    faulthandler.register(signal.SIGUSR1, trace)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    module, name = sys.argv[2].split(":")
    deed: Callable[..., Any] = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        _forget_peak()
        start, children = time.process_time(), _children()
        answer = deed(**json.loads(line))
        spent = time.process_time() - start + _children()[0] - children[0]
        told = {"answer": answer, "cpu": round(spent, 3), "peak": max(_peak(), _grown(children[1]))}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def _children() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def _grown(before: int) -> int:
    after = _children()[1]
    return after if after > before else 0


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak() -> int:
    """Return the highest resident memory since it was last forgotten, in MiB."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def fuzz(kind: str, path: str, whole: bool = True) -> dict[str, Any]:
    """Run the fuzzer's target on one file."""
    from .target import run

    ending = run(kind, Path(path), whole)
    return {"end": ending.end, "codes": list(ending.codes), "place": ending.place, "trace": ending.trace}


if __name__ == "__main__":
    main()
