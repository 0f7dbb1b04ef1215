"""Reading that is shared among processes: each reads its own ranges of what never changes, in a transaction of its own."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, BinaryIO

from sqlalchemy import Connection

from .engine import BookError, engine_for, reading

Job = Callable[[Connection], Any]
"""What is read from a connection: a function of a module with its arguments (`partial`), so that it can be sent."""
Send = Callable[[Job], "Future[Any]"]

_MOST = 8
_CODE = "from oneoff_batch.book.sharing import help_out; help_out()"
_DIED = (
    "A process that was reading a part of the book ended before it was done (no memory left, or somebody stopped it). "
    "Nothing is proven; run it again."
)


def helpers(connection: Connection) -> int:
    """Return how many further processes may read this book: one less than there are cores.

    There are none for a book in memory, and none while it is being written: they would not see what is not committed.
    """
    if connection.get_execution_options().get("writes"):
        return 0
    url = connection.engine.url
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST) - 1


def share(
    connection: Connection,
    mine: Sequence[Job],
    jobs: Sequence[Job],
    helping: int,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[list[Any], list[Any]]:
    """Return what `mine`, read on this connection, and `jobs`, each read by whoever is free, come to, in their order.

    `done` is called with 1 after each job. Raises `BookError` where a helping process dies, and what a job raises.
    """
    told: list[Any] = []
    results: list[Any] = [None] * len(jobs)
    own, waiting, running = deque(mine), deque(enumerate(jobs)), dict[Future[Any], int]()
    with _helpers(connection, helping) as send:
        while own or waiting or running:
            while waiting and len(running) < 2 * helping:
                n, job = waiting.popleft()
                running[send(job)] = n
            if own:
                told.append(own.popleft()(connection))
            elif waiting:
                n, job = waiting.popleft()
                results[n] = job(connection)
                done(1)
            else:
                wait(running, return_when=FIRST_COMPLETED)
            for future in [f for f in running if f.done()]:
                results[running.pop(future)] = future.result()
                done(1)
    return told, results


@contextmanager
def _helpers(connection: Connection, count: int) -> Iterator[Send]:
    """Start processes, and give what sends a job to one that is free; they are gone at the end."""
    if not count:
        yield lambda _: Future()
        return
    url = connection.engine.url.render_as_string(hide_password=False)
    processes = [_started(url) for _ in range(count)]
    free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    for process in processes:
        free.put(process)
    threads = ThreadPoolExecutor(count)
    try:
        yield lambda job: threads.submit(_ask, free, job)
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


def _ask(free: SimpleQueue[subprocess.Popen[bytes]], job: Job) -> Any:
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engine = engine_for(pickle.load(jobs))
    while True:
        try:
            job: Job = pickle.load(jobs)
        except EOFError:
            return
        try:
            with reading(engine) as connection:
                _send(answers, (True, job(connection)))
        except (BookError, ValueError, TypeError, LookupError) as error:
            _send(answers, (False, error))
