"""Checks an evidence pack by itself: files, entries, invoices and tables against sums, hashes and seals."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from ..book.chain import COLUMNS, FIELDS, START, digest
from ..book.contents import written
from ..book.documents import KINDS
from ..book.sealing import seal_of
from ..lifecycle import FINAL
from ..problems import Problem
from .evidence import ENTRIES, FORM, INDEX, MANIFEST, PROBLEMS, STORED, SUMS, folder_of
from .evidence_tables import (
    OF_ENTRIES,
    OF_INVOICES,
    PAYMENTS,
    TITLES,
    Record,
    Row,
    Standing,
    csv_lines,
    follow,
    rows_of_entry,
    rows_of_invoice,
    titles_line,
    told,
)
from .evidence_zip import NoPack, Pack, PackFile, opened

_MOST, _SHOWN = 1_000, 160
_NEEDED = (INDEX, PROBLEMS, ENTRIES, STORED, *OF_INVOICES, *(name for name in OF_ENTRIES if name != PAYMENTS))
_TOTALS = (("net_total", "net total"), ("tax_total", "tax total"), ("gross_total", "total"))


@dataclass(frozen=True)
class Checked:
    """What a pack says of itself, what was looked at, and what is wrong: at most a thousand problems, `more` beyond them.

    `sha256` is that of the whole pack; `book_entries` and `head` are the book's when the pack was made.
    """

    sha256: str
    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    batch: str = ""
    made_at: str = ""
    book_entries: int = 0
    head: str = ""
    files: int = 0
    entries: int = 0
    invoices: int = 0
    final: int = 0
    documents: int = 0


def check_pack(path: Path) -> Checked:
    """Check a pack, with nothing but the pack; raises `OSError` where it cannot be read.

    E570 where it is no pack or must not be read, E571 to E579 for what does not agree.
    """
    whole = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            whole.update(block)
    check = _Check()
    try:
        with opened(path) as pack:
            return check.run(pack, Checked(whole.hexdigest()))
    except NoPack as error:
        check.say("E570", value=path.name, what=str(error))
        return Checked(whole.hexdigest(), check.problems, check.more)


class _Check:
    """One check, with what it has found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.more = 0
        self.standings: dict[int, Standing] = {}
        self.named: dict[tuple[str, str], str] = {}
        """The documents that entries name, by kind and SHA-256."""
        self.uploaded = 0
        self.entries = 0
        self.last = (0, START)

    def say(self, code: str, value: str = "", ref: str = "", **details: Any) -> None:
        """Keep a problem; values from the pack are shortened."""
        if len(self.problems) < _MOST:
            short = {name: _short(text) for name, text in details.items()}
            self.problems.append(Problem(code, value=_short(value), invoice_ref=_short(ref), details=short))
        else:
            self.more += 1

    def run(self, pack: Pack, checked: Checked) -> Checked:
        """Check everything, as far as what is needed for it is there."""
        manifest = _manifest(pack)
        listed = {str(one["path"]): one for one in manifest["files"]}
        self._files(pack, listed)
        known = {
            "batch": manifest["batch"], "made_at": manifest["made_at"], "head": manifest["book"]["head"],
            "book_entries": manifest["book"]["entries"], "files": len(pack.sizes),
        }  # fmt: skip
        checked = replace(checked, **known)
        if all(name in pack.sizes for name in _NEEDED):
            self._chain(pack, checked)
            invoices = self._invoices(pack)
            self._documents(listed)
            final = sum(own.status == FINAL and bool(own.last) for own in self.standings.values())
            checked = replace(checked, entries=self.entries, invoices=invoices, final=final, documents=len(self.named))
        return replace(checked, problems=self.problems, more=self.more)

    def _files(self, pack: Pack, listed: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold every file against the manifest, and the list of sums against both."""
        for name in dict.fromkeys([*listed, *_NEEDED, SUMS]):
            if name not in pack.sizes:
                self.say("E572", name)
        sums = {name: pack.sum_of(name) for name in pack.sizes if name != SUMS}
        for name in (n for n in sums if n != MANIFEST):
            if name not in listed:
                self.say("E573", name)
            elif sums[name] != listed[name]["sha256"]:
                self.say("E571", name, expected=listed[name]["sha256"], found=sums[name])
            elif pack.sizes[name] != listed[name]["size"]:
                self.say("E571", name, expected=f"{listed[name]['size']} bytes", found=f"{pack.sizes[name]} bytes")
        if SUMS in pack.sizes:
            self._sums(pack, sums)

    def _sums(self, pack: Pack, sums: Mapping[str, str]) -> None:
        """Hold the list of sums against the files; the first line that differs is named."""
        expected = {f"{found}  {name}" for name, found in sums.items()}
        found = {line.decode("utf-8", "replace").rstrip("\n") for line in pack.lines(SUMS)}
        for line in sorted(found ^ expected)[:1]:
            here = "this line, which it lacks" if line in expected else "no such line"
            self.say("E571", SUMS, expected=here, found=line)

    def _chain(self, pack: Pack, checked: Checked) -> None:
        """Recompute the hash of every entry, and make the tables of decisions and payments anew."""
        drafts = 0
        with _Tables(pack, OF_ENTRIES) as tables:
            for entry in self._read(pack, ENTRIES, _is_entry, "E574"):
                self.entries += 1
                self._link(entry)
                follow(self.standings, entry)
                self._told(entry, checked.batch)
                drafts += entry["action"] == "draft"
                tables.expect(rows_of_entry(entry))
            tables.finish(self)
        if drafts != self.uploaded:
            self.say(
                "E579", checked.batch, what=f"{self.uploaded} invoices were uploaded, {drafts} have the entry of a draft"
            )
        seq, last = self.last
        if seq > checked.book_entries or (seq == checked.book_entries and last != checked.head):
            self.say("E574", seq=seq, expected=f"head {checked.head} at {checked.book_entries}", found=f"hash {last}")

    def _link(self, entry: Record) -> None:
        seq, before = entry["seq"], self.last
        made = digest(entry["prev"], {name: entry[name] for name in FIELDS})
        if made != entry["hash"]:
            self.say("E574", seq=seq, expected=f"hash {entry['hash']}", found=f"hash {made}")
        if seq <= before[0]:
            self.say("E574", seq=seq, expected=f"a number above {before[0]}", found=f"number {seq}")
        elif seq == before[0] + 1 and entry["prev"] != before[1]:
            self.say("E574", seq=seq, expected=f"chained to {before[1]}", found=f"chained to {entry['prev']}")
        self.last = (seq, entry["hash"])

    def _told(self, entry: Record, batch: str) -> None:
        """Take from an entry how many invoices were uploaded, and which documents it names."""
        if entry["action"] not in ("upload", "refresh"):
            return
        body = told(entry)
        if entry["action"] == "upload" and entry["batch"] == batch and type(body.get("invoices")) is int:
            self.uploaded += body["invoices"]
        documents = body.get("documents", [])
        for one in documents if isinstance(documents, list) else []:
            if isinstance(one, dict):
                self.named[str(one.get("kind")), str(one.get("sha256"))] = str(one.get("name"))

    def _invoices(self, pack: Pack) -> int:
        """Recompute every seal and every sum, and make the tables of invoices anew."""
        left = {id_: own for id_, own in self.standings.items() if own.last}
        count = 0
        with _Tables(pack, OF_INVOICES) as tables:
            for record in self._read(pack, STORED, _is_invoice, "E575"):
                count += 1
                ref, own = str(record["invoice"].get("invoice_ref")), left.pop(record["id"], None)
                if own is None:
                    self.say("E579", ref, what="it is among the data, but no entry of its own says so")
                    continue
                self._sealed(record, own, ref)
                tables.expect(rows_of_invoice(record, own))
            tables.finish(self)
        for own in left.values():
            self.say("E579", own.ref, what="it has entries, but is not among the data")
        return count

    def _sealed(self, record: Record, own: Standing, ref: str) -> None:
        made = seal_of({name: record[name] for name in ("invoice", "lines", "taxes")})
        if made != own.last.get("seal") or made != record["seal"]:
            self.say("E575", ref=ref, expected=own.last.get("seal"), found=made)
        for what, expected, found in _figures(record, own):
            if expected != found:
                self.say("E576", ref=ref, what=what, expected=expected, found=found)

    def _documents(self, listed: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold the documents against the entries that name them, both ways."""
        there = {(folder_of(path), str(one["sha256"])): path for path, one in listed.items() if folder_of(path) in KINDS}
        for key, name in self.named.items():
            if key not in there:
                self.say("E578", name, what=f"its entry has the SHA-256 {key[1]}, and no file of the pack has that")
        for key, path in there.items():
            if key not in self.named:
                self.say("E578", path, what=f"no entry names a file with its SHA-256, {key[1]}")

    def _read(self, pack: Pack, name: str, right: Any, code: str) -> Iterator[dict[str, Any]]:
        """Yield the lines of a file of JSON; one that is not what it must be is named, and left out."""
        for place, line in enumerate(pack.lines(name), start=1):
            try:
                value = orjson.loads(line)
            except ValueError:
                value = None
            if right(value):
                yield value
            else:
                details = {"expected": "a line that can be read", "found": f"line {place} of {name}, which cannot"}
                self.say(code, ref=f"line {place}", seq=place, **details)


class _Tables:
    """The tables of a pack, compared row by row with what they must say; the first row that differs is named."""

    def __init__(self, pack: Pack, names: tuple[str, ...]) -> None:
        self._stack = ExitStack()
        self._files: dict[str, PackFile] = {}
        self._places = dict.fromkeys(names, 0)
        self._wrong: dict[str, tuple[int, bytes, bytes]] = {}
        for name in names:
            if name in pack.sizes:
                self._files[name] = self._stack.enter_context(pack.open(name))
                self._line(name, titles_line(name))

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def expect(self, rows: Mapping[str, list[Row]]) -> None:
        """Say which rows must come next, by the place of their table."""
        for name, own in rows.items():
            for row in own:
                self._line(name, csv_lines([row]))

    def _line(self, name: str, expected: bytes) -> None:
        self._places[name] += 1
        if name in self._wrong:
            return
        file = self._files.get(name)
        found = b"" if file is None else file.read(len(expected))
        if found != expected:
            rest = b"" if file is None or found.endswith(b"\r\n") else file.readline(10_000)
            self._wrong[name] = (self._places[name], expected, found + rest)

    def finish(self, check: _Check) -> None:
        """Name the first row of each table that is not what it must be, or that must not be there."""
        for name, file in self._files.items():
            if name not in self._wrong and (more := file.readline(10_000)):
                self._wrong[name] = (self._places[name] + 1, b"", more)
        for name, (line, expected, found) in self._wrong.items():
            where, should, is_ = _difference(TITLES[name], _cells(expected), _cells(found))
            check.say("E577", name, line=f"{line:,}", where=where, expected=should, found=is_)


def _difference(titles: Row, expected: Row, found: Row) -> tuple[str, str, str]:
    """Return in which column two rows differ first, and how."""
    if not expected or not found or len(expected) != len(found):
        return "", ", ".join(expected) or "no such line", ", ".join(found) or "nothing"
    places = (place for place, pair in enumerate(zip(expected, found, strict=True)) if pair[0] != pair[1])
    place = next(places, None)
    if place is None:
        return "", ", ".join(expected), "the same in another writing"
    return f" under {titles[place]}", expected[place] or "nothing", found[place] or "nothing"


def _cells(line: bytes) -> Row:
    try:
        return next(csv.reader([line.decode("utf-8-sig", "replace")]), [])
    except csv.Error:
        return [line.decode("utf-8", "replace")]


def _figures(record: Record, own: Standing) -> Iterator[tuple[str, Any, Any]]:
    """Yield what is compared of an invoice's amounts and dates: what it should be, and what it is."""
    invoice, digits = record["invoice"], record["invoice"].get("digits")
    net, tax, gross = (invoice.get(name) for name, _ in _TOTALS)
    lines, taxes = record["lines"], record["taxes"]
    yield "the sum of the lines", written(net, digits), written(_sum(lines.get("net", [])), digits)
    yield "the tax of the lines", written(tax, digits), written(_sum(lines.get("tax", [])), digits)
    yield "the sum of the tax table", written(tax, digits), written(_sum(taxes.get("tax", [])), digits)
    yield "net plus tax", written(gross, digits), written(_sum([net, tax]), digits)
    yield "the fingerprint", own.last.get("content_hash"), invoice.get("content_hash")
    if own.status != FINAL:
        total = f"{written(gross, digits)} {invoice.get('currency')}"
        yield "the total of its entry", own.last.get("gross_total"), total
        return
    for name, words in _TOTALS:
        yield f"the {words} of its entry", own.last.get(name), written(invoice.get(name), digits)
    yield "the currency of its entry", own.last.get("currency"), invoice.get("currency")
    for name, words in (("invoice_date", "invoice date"), ("due_date", "due date")):
        yield f"the {words} of its entry", own.last.get(name), record["moving"].get(name)


def _sum(units: Any) -> Any:
    """Add whole minor units; what somebody else put among them comes back as it is."""
    return next((unit for unit in units if type(unit) is not int), None) or sum(u for u in units if type(u) is int)


def _manifest(pack: Pack) -> dict[str, Any]:
    """Return the manifest; raises `NoPack` where it is missing, of another form, or not what it must be."""
    if MANIFEST not in pack.sizes:
        raise NoPack(f"it has no {MANIFEST}")
    try:
        found = orjson.loads(pack.read(MANIFEST))
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("form") != FORM:
        raise NoPack(f"its {MANIFEST} cannot be read, or is of another version of the program")
    book, files = found.get("book"), found.get("files")
    right = isinstance(book, dict) and type(book.get("entries")) is int and isinstance(book.get("head"), str)
    right = right and all(isinstance(found.get(name), str) for name in ("batch", "made_at"))
    if not right or not isinstance(files, list) or not all(map(_is_listed, files)):
        raise NoPack(f"its {MANIFEST} lacks what it must say")
    return found


def _is_listed(one: Any) -> bool:
    texts = ("path", "sha256")
    return isinstance(one, dict) and all(isinstance(one.get(t), str) for t in texts) and type(one.get("size")) is int


_TEXT = (str, type(None))


def _is_entry(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != set(COLUMNS):
        return False
    whole = type(value["seq"]) is int and type(value["invoice_id"]) in (int, type(None))
    texts = all(isinstance(value[name], str) for name in ("at", "user", "action", "body", "prev", "hash"))
    return whole and texts and all(isinstance(value[n], _TEXT) for n in ("batch", "invoice_ref", "number", "sha256"))


def _is_invoice(value: Any) -> bool:
    if not isinstance(value, dict) or type(value.get("id")) is not int or not isinstance(value.get("seal"), str):
        return False
    heads, tables = [value.get(n) for n in ("invoice", "moving")], [value.get(n) for n in ("lines", "taxes")]
    if not all(isinstance(one, dict) for one in (*heads, *tables)):
        return False
    if type(value["moving"].get("on_hold")) not in (bool, type(None)):
        return False
    columns = [list(table.values()) for table in tables if isinstance(table, dict)]
    if not all(isinstance(column, list) for own in columns for column in own):
        return False
    return all(len({len(column) for column in own}) <= 1 for own in columns)


def _short(text: Any) -> str:
    text = str(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
