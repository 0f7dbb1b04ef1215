"""Reading that is shared among processes: each reads its own ranges of what never changes, in a transaction of its own."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, BinaryIO

from sqlalchemy import Connection

from .engine import BookError
from .wholesale import Read

Own = Callable[[Connection], Any]
"""What we read on our own connection."""


@dataclass(frozen=True, slots=True)
class Job:
    """A part of the proof, which another process may do: functions of modules with their arguments (`partial`), to be sent.

    `quick` reads columns; where it returns None, or nobody helps, `careful` is done on our own connection.
    """

    quick: Callable[[Read], Any]
    careful: Own


Send = Callable[[Callable[[Read], Any]], "Future[Any]"]

_MOST = 8
_CODE = "from oneoff_batch.book.sharing import help_out; help_out()"
_DIED = (
    "A process that was reading a part of the book ended before it was done (no memory left, or somebody stopped it). "
    "Nothing is proven; run it again."
)


def helpers(connection: Connection) -> int:
    """Return how many processes may read this book for us: one for each core.

    There are none for a book in memory, and none while it is being written: they would not see what is not committed.
    """
    if connection.get_execution_options().get("writes"):
        return 0
    url = connection.engine.url
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


def share(
    connection: Connection,
    mine: Sequence[Own],
    jobs: Sequence[Job],
    helping: int,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[list[Any], list[Any]]:
    """Return what `mine`, done here, and `jobs`, done by so many helping processes, come to, in their order.

    `done` is called with 1 after each job. Raises `BookError` where a helping process dies, and what a job raises.
    """
    results: list[Any] = []
    with _helpers(connection, helping) as send:
        answers = [send(job.quick) for job in jobs]
        told = [own(connection) for own in mine]
        for job, answer in zip(jobs, answers, strict=True):
            found = answer.result()
            results.append(job.careful(connection) if found is None else found)
            done(1)
    return told, results


@contextmanager
def _helpers(connection: Connection, count: int) -> Iterator[Send]:
    """Start processes, and give what sends a job to one that is free; they are gone at the end."""
    if not count:
        nothing: Future[Any] = Future()
        nothing.set_result(None)
        yield lambda _: nothing
        return
    url = connection.engine.url.render_as_string(hide_password=False)
    processes = [_started(url) for _ in range(count)]
    free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    for process in processes:
        free.put(process)
    threads = ThreadPoolExecutor(count)
    try:
        yield lambda quick: threads.submit(_ask, free, quick)
    finally:
        # Without its input a process ends by itself; one that is in the middle of something is not waited for.
        for process in processes:
            process.kill()
        threads.shutdown(cancel_futures=True)
        for process in processes:
            process.communicate()


def _started(url: str) -> subprocess.Popen[bytes]:
    """Start a process of its own that asks for nothing of ours: neither our locks nor the script that called us."""
    path = os.pathsep.join(p for p in sys.path if p)
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    _send(_pipe(process.stdin), url)
    return process


def _ask(free: SimpleQueue[subprocess.Popen[bytes]], job: Callable[[Read], Any]) -> Any:
    process = free.get()
    try:
        _send(_pipe(process.stdin), job)
        good, value = pickle.load(_pipe(process.stdout))
    except (EOFError, OSError, pickle.UnpicklingError) as error:
        raise BookError(_DIED) from error
    finally:
        free.put(process)
    if not good:
        raise value
    return value


def _pipe(pipe: Any) -> BinaryIO:
    stream: BinaryIO = pipe
    return stream


def _send(pipe: BinaryIO, value: Any) -> None:
    pipe.write(pickle.dumps(value))
    pipe.flush()


def help_out() -> None:
    """Be a helping process: read the book's address and then jobs from standard input, and answer each, until it ends."""
    # The driver is for processes like this one only.
    from .fetching import Fetch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # There are no cycles in what a job makes, but millions of objects to look through for them.
    gc.disable()
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    read = Fetch(pickle.load(jobs))
    while True:
        try:
            job: Callable[[Read], Any] = pickle.load(jobs)
        except EOFError:
            return
        try:
            _send(answers, (True, job(read)))
        except (BookError, ValueError, TypeError, LookupError) as error:
            _send(answers, (False, error))
