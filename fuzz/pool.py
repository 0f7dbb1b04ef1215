"""Worker processes with a limit of time and memory, that are begun anew when they die."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SECONDS, WALL, MEBIBYTES = 10.0, 60.0, 500
_LIFE = 400


@dataclass(frozen=True)
class Told:
    """What a worker said, or how it died: `answer` is None where it was killed (`hang`) or died (`died`)."""

    answer: Any
    cpu: float
    peak: int
    hang: bool = False
    died: int = 0
    trace: str = ""

    @property
    def over(self) -> str:
        """What limit was broken, in a word; empty where none was."""
        if self.hang or self.cpu > SECONDS:
            return "time"
        if self.died:
            return f"died by signal {-self.died}" if self.died < 0 else f"died with exit code {self.died}"
        return "memory" if self.peak > MEBIBYTES else ""


class Worker:
    """One process that does a deed (`module:function`) again and again."""

    def __init__(self, deed: str) -> None:
        self._deed = deed
        self._process: subprocess.Popen[str] | None = None
        self._trace = Path(tempfile.mkstemp(prefix="fuzz-", suffix=".trace")[1])
        self._done = 0

    def ask(self, **task: Any) -> Told:
        """Do one task; never raises for what the process does, and never waits longer than the limits allow."""
        if self._process is None or self._process.poll() is not None or self._done >= _LIFE:
            self.close()
            self._begin()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        self._done += 1
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._dead(process)
        line = self._wait(process)
        if line is None:
            return self._hanging(process)
        if not line:
            return self._dead(process)
        said = json.loads(line)
        return Told(said["answer"], said["cpu"], said["peak"])

    def close(self) -> None:
        """End the process, kindly first."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        try:
            process.stdin.close()
            process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()

    def _begin(self) -> None:
        self._done = 0
        self._trace.write_text("")
        command = [sys.executable, "-m", "fuzz.worker", str(self._trace), self._deed]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        with self._trace.open("a") as said:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                text=True,
                encoding="utf-8",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )

    def _wait(self, process: subprocess.Popen[str]) -> str | None:
        """Return the line that the process says, "" if it died, None if it takes too long."""
        assert process.stdout is not None
        begun, before = time.monotonic(), _cpu(process.pid)
        grace = 20 if self._done == 1 else 0
        while time.monotonic() - begun < WALL + grace:
            ready, _, _ = select.select([process.stdout], [], [], 0.5)
            if ready:
                return process.stdout.readline()
            if _cpu(process.pid) - before > SECONDS + 2 + grace:
                break
        return None

    def _hanging(self, process: subprocess.Popen[str]) -> Told:
        cpu = _cpu(process.pid)
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._process = None
        return Told(None, cpu, 0, hang=True, trace=self._trace.read_text())

    def _dead(self, process: subprocess.Popen[str]) -> Told:
        code = process.wait()
        self._process = None
        return Told(None, 0, 0, died=code or 1, trace=self._trace.read_text())


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(f) for f in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def spread(deed: str, tasks: Iterable[dict[str, Any]], workers: int) -> Iterator[tuple[dict[str, Any], Told]]:
    """Do all tasks with so many workers; yields each with what was told, as they are done."""
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    done: queue.Queue[tuple[dict[str, Any], Told]] = queue.Queue()
    count = 0
    for task in tasks:
        waiting.put(task)
        count += 1

    def work() -> None:
        worker = Worker(deed)
        while True:
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                worker.close()
                return
            done.put((task, worker.ask(**task)))

    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(count):
        yield done.get()
