"""The evidence pack of a batch: everything about it is read from the book in one view, and put into one zip."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__
from ..book import Book, BookError, KeptDocument
from ..book.chain import canonical
from ..book.evidence import Evidence
from ..exporting.evidence import ENTRIES, PROBLEMS, STORED, About, Part, folder_of, write_pack
from ..exporting.evidence_check import Checked, check_pack
from ..exporting.evidence_tables import (
    APPROVALS,
    INVOICES,
    LEDGER,
    LINES,
    OF_ENTRIES,
    OF_INVOICES,
    PAYMENTS,
    TAXES,
    TITLES,
    Row,
    Standing,
    csv_lines,
    follow,
    rows_of_entry,
    rows_of_invoice,
    titles_line,
)
from ..problems import as_json, from_json, visible
from ..showing.saving import saved
from .batches import Progress, render_batch
from .workspace import Workspace

_WHAT = {
    STORED: "The stored values of every invoice, its lines and taxes; the seals are taken over them.",
    INVOICES: "The invoices, one a row.",
    LINES: "Their lines.",
    TAXES: "Their tax tables.",
    ENTRIES: "Every entry of the audit chain about this batch, in order, with its hash and the one before.",
    LEDGER: "The numbers that were drawn, with dates, totals and who made them final.",
    APPROVALS: "Every decision: who, when, about which content, and why.",
    PAYMENTS: "What was paid of these invoices.",
    PROBLEMS: "What was found in the upload: errors, warnings and notes.",
}
_OF_DOCUMENTS = {
    "input": "The upload",
    "settings": "The settings",
    "master": "The master data",
    "profile": "The mapping profile",
}
_ALIVE = re.compile(r'[\\/:*?"<>|]')
_RESERVED = re.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9]) *", re.IGNORECASE)


def write_evidence(workspace: Workspace, book: Book, batch: str, path: Path, now: datetime, progress: Progress) -> Checked:
    """Write the evidence pack of a batch, check it before it takes its place, and return what was checked.

    Raises `BookError` where the book does not hold, or where somebody worked at the batch meanwhile; nothing is written
    then.
    """
    row = book.batches().set_index("batch").loc[batch]
    with tempfile.TemporaryDirectory(prefix="oneoff-evidence-") as name, saved(path) as draft:
        folder = Path(name)
        with book.evidence(batch) as view:
            last = view.last()
        render_batch(workspace, book, batch, folder / "previews", progress, zone=UTC)
        with book.evidence(batch) as view:
            if view.last() != last:
                raise BookError(f"Somebody worked at {batch} meanwhile. Nothing was written; run the same command again.")
            parts, counts = _gathered(view, folder)
            kept = any(folder_of(part.path) == "input" for part in parts)
            about = About(
                batch,
                str(row["file"]),
                str(row["uploaded_by"]),
                datetime.fromisoformat(str(row["uploaded_at"])),
                now,
                f"oneoff-batch {__version__}",
                *view.head(),
                counts,
                kept,
            )
            write_pack(draft, parts, about)
        checked = check_pack(draft)
        if checked.problems:
            raise BookError(
                f"The book does not hold what a pack of {batch} has to say. {checked.problems[0].message} "
                "Nothing was written. Run: oneoff-batch ledger verify"
            )
    return checked


def _gathered(view: Evidence, folder: Path) -> tuple[list[Part], dict[str, int]]:
    """Write everything about the batch into a folder, and return the parts of its pack, and what they count."""
    standings: dict[int, Standing] = {}
    with _Tables(folder, (ENTRIES, *OF_ENTRIES)) as tables:
        for entry in view.entries():
            follow(standings, entry)
            tables.line(ENTRIES, entry)
            tables.rows(rows_of_entry(entry))
    written = tables.counts
    with _Tables(folder, (STORED, *OF_INVOICES)) as tables:
        for record in view.invoices():
            tables.line(STORED, record)
            tables.rows(rows_of_invoice(record, standings.get(record["id"]) or Standing("", 0)))
    written |= tables.counts
    (folder / PROBLEMS).write_text(as_json([p.as_dict() for p in from_json(view.problems())], indent=1) + "\n", "utf-8")
    if not written[PAYMENTS]:
        (folder / PAYMENTS).unlink()
    parts = [_part(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]
    counts = {
        "Invoices": written[STORED],
        "Final": written[LEDGER],
        "Lines": written[LINES],
        "Decisions": written[APPROVALS],
        "Payments": written[PAYMENTS],
        "Entries of the chain": written[ENTRIES],
    }
    return [*parts, *_documents(view)], counts


class _Tables:
    """Files in a folder that grow line by line, and how many lines each has below its titles."""

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        self.counts = dict.fromkeys(paths, 0)
        self._open = ExitStack()
        self._files: dict[str, Any] = {}
        for path in paths:
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = self._open.enter_context(place.open("wb"))
            if path in TITLES:
                self._files[path].write(titles_line(path))

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def line(self, path: str, value: Mapping[str, Any]) -> None:
        """Add one line of JSON in the canonical form."""
        self._files[path].write(canonical(value) + b"\n")
        self.counts[path] += 1

    def rows(self, rows: Mapping[str, list[Row]]) -> None:
        """Add rows to tables, by their place."""
        for path, own in rows.items():
            self._files[path].write(csv_lines(own))
            self.counts[path] += len(own)


def _part(folder: Path, path: Path) -> Part:
    name = path.relative_to(folder).as_posix()
    page = "The page of one invoice." if "/invoices/" in name else "The page of the batch."
    return Part(name, _WHAT.get(name) or (page if path.suffix == ".html" else "The review workbook."), path)


def _documents(view: Evidence) -> Iterator[Part]:
    """Yield the documents of the batch, each content once in its folder, under a name that every system can have."""
    taken: set[str] = set()
    kept: set[tuple[str, str]] = set()
    for document in view.documents():
        if (document.kind, document.sha256) in kept:
            continue
        kept.add((document.kind, document.sha256))
        path = _free(document, taken)
        taken.add(path.casefold())
        yield Part(path, f"{_OF_DOCUMENTS[document.kind]}: {visible(document.name)}", view.document(document.sha256))


def _free(document: KeptDocument, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFC", document.name.encode("utf-8", "replace").decode())
    plain = "".join(c if c.isprintable() and not _ALIVE.match(c) else "_" for c in plain).strip(" .")[-100:]
    if not plain or _RESERVED.fullmatch(plain.partition(".")[0]):
        plain = f"file {plain}".strip()
    stem, dot, ending = plain.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (plain, "")
    names = (f"{document.kind}/{stem}{f'-{n}' if n else ''}{ending}" for n in (0, *range(2, 1_000_000)))
    return next(name for name in names if name.casefold() not in taken)
