"""Does in the process from which others are forked what each of them would otherwise do for the first time."""

import contextlib
import gc
import io
import os
import tempfile
from datetime import timedelta
from pathlib import Path

import alembic.command  # noqa: F401
import killed  # noqa: F401
import psycopg  # noqa: F401
import pyarrow as pa
import torture_work as work
from samples import SAMPLES
from sqlalchemy.dialects.postgresql import psycopg as _dialect  # noqa: F401

from oneoff_batch.book import Step, Upload, create_book, open_book
from oneoff_batch.cli import run
from oneoff_batch.lifecycle.asking import Request, Wanted
from oneoff_batch.lifecycle.credit_notes import KIND
from oneoff_batch.pipeline import ledger, tick
from oneoff_batch.pipeline.workspace import open_workspace


def _rounds(root: Path) -> None:
    """The calls of `torture`."""
    (root / "oneoff.toml").write_text(work.SETTINGS, "utf-8")
    url = f"sqlite:///{root / 'book.sqlite'}"
    create_book(url)
    with open_book(url) as book:
        workspace = open_workspace(root, url)
        batches = [work.add(book, f"warm{n}", "us", 4, on_hold=False) for n in range(3)]
        ids = [int(i) for i in book.states(batch=batches[0])["id"]]
        book.move([Step("approve", ids)], "ben", work.YESTERDAY)
        ledger.finalize(workspace, book, batches[0], "ben", work.NOON, invoice_date=None, everything=True, dry_run=False)
        tick.tick(workspace, book, "ben", work.NOON + timedelta(days=1), dry_run=True)
        book.undo(batches[1], "ben", work.NOON)
        asked = [Request(ids[0], "Wrong", (Wanted(),))]
        book.credit(asked, work.TERMS, Upload("c", "c" * 64, "ben", work.NOON, kind=KIND), valid_only=True)
        book.verify()


def _commands(root: Path) -> None:
    """The commands of `killed`."""
    head = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price\n"
    (root / "a.csv").write_text(f"{head}A-1,C-1001,EUR,,Day,1,100.00\nA-2,C-1001,EUR,,Day,one,1\n", "utf-8")
    for name in ("oneoff.toml", "master-data.xlsx"):
        (root / name).write_bytes((SAMPLES / name).read_bytes())
    before = Path.cwd()
    os.chdir(root)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        create_book(f"sqlite:///{root / 'book.sqlite'}")
        run(["check", "a.csv", "--book", "book.sqlite"])
        run(["draft", "a.csv", "--valid-only", "--book", "book.sqlite", "--user", "anna"])
        name = next(p.name for p in (root / "batches").iterdir())
        run(["finalize", name, "--yes", "--all", "--book", "book.sqlite", "--user", "ben"])
        run(["status", "--book", "book.sqlite"])
    os.chdir(before)


# One that is forked has no threads of its parent.
pa.set_cpu_count(1)
pa.set_io_thread_count(1)
for do in (_rounds, _commands):
    with tempfile.TemporaryDirectory(prefix="oneoff-warm-") as name:
        do(Path(name))
# What is there stays where it is: a look at each object by the collector would copy all memory for each process.
gc.collect()
gc.freeze()
