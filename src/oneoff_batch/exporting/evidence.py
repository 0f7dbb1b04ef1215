"""An evidence pack: one zip of everything about a batch, with a list of sums and a page that says what each file is.

The same parts and the same moment give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from ..showing.cells import quoted
from ..showing.places import page

FORM = "oneoff-batch evidence 1"
INDEX, MANIFEST, SUMS = "index.html", "manifest.json", "SHA256SUMS"
STORED, ENTRIES, PROBLEMS = "data/stored.jsonl", "ledger/entries.jsonl", "problems.json"
GROUPS: Mapping[str, tuple[str, str]] = {
    "input": ("Input", "What was uploaded, to the byte."),
    "data": ("Data", "What was read and made of it."),
    "": ("Decisions and problems", "What was found in the upload, who decided what, and what was paid."),
    "ledger": ("Ledger", "The numbers that were drawn, and the entries of the audit chain that prove it."),
    "previews": ("Previews", "Pages and workbook to look at; open previews/index.html first."),
    "settings": ("Settings", "The settings in force at the upload, and at each refresh."),
    "master": ("Master data", "Entities, customers, products and taxes as they were at the upload, and at each refresh."),
    "profile": ("Mapping profile", "How the columns of the sheet were understood."),
}
"""The folders of a pack in their order, each with its title and what is in it."""
_LISTED = 200
"""Pages of invoices that the index lists; of more it says where their sums are."""
_LEVEL, _BLOCK = 6, 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a pack: its path there, what it is in a sentence, and its bytes, or the file that has them."""

    path: str
    what: str
    source: Path | bytes

    def open(self) -> IO[bytes]:
        """Open it for reading."""
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


@dataclass(frozen=True, slots=True)
class About:
    """What a pack says of itself: the batch, its upload, the moment, the head of the book, and counts by name."""

    batch: str
    file: str
    uploaded_by: str
    uploaded_at: datetime
    made_at: datetime
    program: str
    head_count: int
    head: str
    counts: Mapping[str, int]
    documents: bool


def write_pack(path: Path, parts: Sequence[Part], about: About) -> None:
    """Write a pack; `parts` are put in the order of `GROUPS`."""
    order = list(GROUPS)
    parts = sorted(parts, key=lambda part: (order.index(folder_of(part.path)), part.path))
    listed = [_summed(part) for part in parts]
    index = Part(INDEX, "This page.", _index(listed, about).encode())
    manifest = Part(MANIFEST, "The list of files for programs.", _manifest([_summed(index), *listed], about))
    lines = (f"{one['sha256']}  {one['path']}\n" for one in [_summed(index), _summed(manifest), *listed])
    sums = Part(SUMS, "The list of sums for sha256sum.", "".join(lines).encode())
    moment = max(about.made_at.astimezone(UTC).timetuple()[:6], _EARLIEST)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for part in [index, manifest, sums, *parts]:
            _add(archive, part, moment)


def folder_of(path: str) -> str:
    """Return the folder of a pack in which a file lies; "" for those beside the folders."""
    folder, slash, _ = path.partition("/")
    return folder if slash else ""


def _add(archive: zipfile.ZipFile, part: Part, moment: tuple[int, ...]) -> None:
    info = zipfile.ZipInfo(part.path, moment)  # type: ignore[arg-type]
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
    with part.open() as source:
        info.file_size = source.seek(0, 2)
        source.seek(0)
        with archive.open(info, "w") as target:
            shutil.copyfileobj(source, target, _BLOCK)


def _summed(part: Part) -> dict[str, Any]:
    found, size = sha256(), 0
    with part.open() as source:
        while block := source.read(_BLOCK):
            found.update(block)
            size += len(block)
    return {"path": part.path, "what": part.what, "size": size, "sha256": found.hexdigest()}


def _manifest(files: Sequence[Mapping[str, Any]], about: About) -> bytes:
    book = {"entries": about.head_count, "head": about.head}
    said = {"form": FORM, "program": about.program, "batch": about.batch, "made_at": _stamp(about.made_at), "book": book}
    return (json.dumps({**said, "files": files}, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _index(files: Sequence[Mapping[str, Any]], about: About) -> str:
    groups = []
    for folder, (title, words) in GROUPS.items():
        own = [one for one in files if folder_of(one["path"]) == folder]
        shown = [one for one in own if "/invoices/" not in one["path"]]
        pages = [one for one in own if "/invoices/" in one["path"]]
        group = {"title": title, "about": words, "files": shown + pages[:_LISTED], "more": max(len(pages) - _LISTED, 0)}
        groups += [group] if own else []
    return page("evidence", None).render(
        pack=f"{about.batch}.zip",
        batch=about.batch,
        file=quoted(about.file),
        uploaded_by=quoted(about.uploaded_by),
        uploaded_at=_words(about.uploaded_at),
        made_at=_words(about.made_at),
        head=about.head,
        head_count=about.head_count,
        counts=list(about.counts.items()),
        documents=about.documents,
        groups=groups,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
