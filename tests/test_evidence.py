"""An evidence pack proves by itself what stood in the book: everything is in it, and whatever is changed is found."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from databases import tampered
from desk import workspace_in
from draft_frames import three_drafts

from oneoff_batch.book import Upload, open_book
from oneoff_batch.exporting.evidence_check import Checked, check_pack
from oneoff_batch.exporting.evidence_tables import rows_of_entry
from oneoff_batch.pipeline.evidence import write_evidence

pytestmark = pytest.mark.usefixtures("database")

MOMENT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
ROWS = (
    "Invoice ref,Customer,Currency,Pricing name,Quantity,Unit price\n"
    "A-1,C-1001,EUR,Day,1,100.00\nA-1,C-1001,EUR,Évening,2,10.01\nA-2,C-1101,EUR,=Day,2,1.00\nA-3,C-1001,EUR,Day,1,7.00\n"
)
Files = dict[str, bytes]


@pytest.fixture
def batch(books: Path, as_json: Any, typed: Any) -> str:
    """A batch of anna's with two final invoices, one paid in part, and a declined one."""
    (books / "a.csv").write_text(ROWS, "utf-8")
    name = str(as_json("draft", "a.csv")[1]["batch"])
    assert typed("approve", "A-1", "A-2", "--user", "ben")[0] == 0
    assert typed("decline", "A-3", "--reason", "=agreed otherwise", "--user", "ben")[0] == 0
    assert typed("finalize", name, "--invoice-date", "2026-11-27", "--yes", "--user", "carl")[0] == 0
    (books / "paid.csv").write_text("Number,Date,Amount\nINV-2026-000001,2026-11-27,50.00\n", "utf-8")
    assert typed("pay", "paid.csv")[0] == 0
    return name


_MADE: dict[str, bytes] = {}


@pytest.fixture
def pack(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Path:
    """The pack of such a batch; it is made once on each database."""
    kind, path = database.partition(":")[0], tmp_path / "pack.zip"
    if kind not in _MADE:
        _MADE[kind] = written(request.getfixturevalue("batch"), path).read_bytes()
    path.write_bytes(_MADE[kind])
    return path


def written(batch: str, path: Path, now: datetime = MOMENT) -> Path:
    workspace = workspace_in(Path())
    with open_book(workspace.book_url) as book:
        write_evidence(workspace, book, batch, path, now, lambda _name, _length: lambda _: None)
    return path


def files_of(pack: Path) -> Files:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def listed_anew(files: Files) -> Files:
    """Write manifest and sums to match, as somebody would who wants to hide what he changed."""
    manifest = json.loads(files["manifest.json"])
    what = {one["path"]: one["what"] for one in manifest["files"]}
    own = [name for name in files if name not in ("manifest.json", "SHA256SUMS")]
    manifest["files"] = [
        {"path": n, "what": what.get(n, ""), "size": len(files[n]), "sha256": hashlib.sha256(files[n]).hexdigest()}
        for n in own
    ]
    files = {**files, "manifest.json": json.dumps(manifest).encode()}
    sums = [f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in files if n != "SHA256SUMS"]
    return {**files, "SHA256SUMS": "".join(sums).encode()}


def codes(checked: Checked) -> set[str]:
    return {p.code for p in checked.problems}


def checked_with(pack: Path, change: Callable[[Files], Files], *, hide: bool = False) -> Checked:
    files = change(files_of(pack))
    return check_pack(zipped(pack.with_name("changed.zip"), listed_anew(files) if hide else files))


def put(name: str, before: str, after: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert before.encode() in files[name], f"{before} is not in {name}"
        return {**files, name: files[name].replace(before.encode(), after.encode(), 1)}

    return change


def without(*names: str) -> Callable[[Files], Files]:
    return lambda files: {name: content for name, content in files.items() if name not in names}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_pack_has_everything_of_the_batch_and_the_documents_to_the_byte(books: Path, batch: str, pack: Path) -> None:
    files = files_of(pack)
    assert list(files)[:3] == ["index.html", "manifest.json", "SHA256SUMS"]
    for kind, name in (("input", "a.csv"), ("settings", "oneoff.toml"), ("master", "master-data.xlsx")):
        assert files[f"{kind}/{name}"] == (books / name).read_bytes()
    ledger = rows(files["ledger/ledger.csv"])
    assert [(r["Invoice number"], r["Invoice ref"], r["Total"], r["Final by"], r["Approved by"]) for r in ledger] == [
        ("INV-2026-000001", "A-1", "145.22", "carl", "ben"), ("INV-2026-000002", "A-2", "2.00", "carl", "ben"),
    ]  # fmt: skip
    decisions = [(r["Decision"], r["Invoice ref"], r["By"], r["Reason"]) for r in rows(files["approvals.csv"])]
    assert decisions == [
        ("approve", "A-1", "ben", ""), ("approve", "A-2", "ben", ""), ("decline", "A-3", "ben", "'=agreed otherwise"),
    ]  # fmt: skip
    assert [(r["Invoice number"], r["Amount"], r["Paid on"]) for r in rows(files["payments.csv"])] == [
        ("INV-2026-000001", "50.00 EUR", "2026-11-27")
    ]
    assert [r["Status"] for r in rows(files["data/invoices.csv"])] == ["Final", "Final", "Draft"]
    assert [(r["Invoice ref"], r["Net"]) for r in rows(files["data/lines.csv"])] == [
        ("A-1", "100.00"), ("A-1", "20.02"), ("A-2", "2.00"), ("A-3", "7.00"),
    ]  # fmt: skip
    assert rows(files["data/lines.csv"])[2]["Line name"] == "'=Day"
    assert sum(name.startswith("previews/invoices/") for name in files) == 3 and "previews/preview.xlsx" in files
    assert json.loads(files["problems.json"]) == json.loads((books / "batches" / batch / "problems.json").read_text("utf-8"))


def test_a_pack_that_nobody_touched_holds_without_book_and_workspace(
    books: Path, pack: Path, tmp_path: Path, typed: Any, as_json: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "auditor"
    elsewhere.mkdir()
    copy = shutil.move(pack, elsewhere / "november.zip")
    shutil.rmtree(books)
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("ONEOFF_BOOK", raising=False)
    code, said = typed("evidence", "verify", "november.zip")
    assert code == 0 and "holds." in said and hashlib.sha256(copy.read_bytes()).hexdigest() in said
    assert "3 invoices, 2 final" in said and "3 documents" in said and "ledger verify --since" in said
    assert as_json("evidence", "verify", "november.zip")[1]["problems"] == []
    assert sorted(p.name for p in elsewhere.iterdir()) == ["november.zip"], "nothing is unpacked"


def test_sha256sum_itself_confirms_every_file(books: Path, pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "out")
        names = archive.namelist()
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True, text=True, check=True
    )
    assert sorted(line.removesuffix(": OK") for line in done.stdout.splitlines()) == sorted(set(names) - {"SHA256SUMS"})


def test_the_same_book_and_moment_give_the_same_bytes(books: Path, batch: str) -> None:
    made = []
    for seed in ("1", "271828"):
        path = books / f"pack-{seed}.zip"
        code = (
            "import sys; sys.path.insert(0, sys.argv[3]); import test_evidence as t; from pathlib import Path; "
            "t.written(sys.argv[1], Path(sys.argv[2]))"
        )
        zone = {"1": "UTC", "271828": "Asia/Tokyo"}[seed]
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        subprocess.run([sys.executable, "-c", code, batch, path, Path(__file__).parent], env=env, check=True)
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert written(batch, books / "later.zip", MOMENT.replace(day=29)).read_bytes() != made[0]


CENTS = {
    "the data": ("data/stored.jsonl", '"net":[10000,2002]', '"net":[10000,2003]', {"E575", "E576"}),
    "a total of the data": ("data/stored.jsonl", '"gross_total":14522', '"gross_total":14523', {"E575", "E576"}),
    "the lines": ("data/lines.csv", "20.02", "20.03", {"E577"}),
    "the invoices": ("data/invoices.csv", "145.22", "145.23", {"E577"}),
    "the taxes": ("data/taxes.csv", "25.20", "25.21", {"E577"}),
    "the ledger": ("ledger/ledger.csv", "145.22", "145.23", {"E577"}),
    "a payment": ("payments.csv", "50.00", "50.01", {"E577"}),
    "who approved": ("approvals.csv", ",ben,", ",eva,", {"E577"}),
    "an entry": ("ledger/entries.jsonl", '"user":"ben"', '"user":"eva"', {"E574", "E577"}),
    "the total of an entry": (
        "ledger/entries.jsonl",
        '\\"gross_total\\":\\"145.22',
        '\\"gross_total\\":\\"145.23',
        {"E574"},
    ),
    "the upload": ("input/a.csv", "10.01", "10.02", {"E578"}),
    "the settings": ("settings/oneoff.toml", "\n", "\n\n", {"E578"}),
}


@pytest.mark.parametrize("what", CENTS)
def test_a_cent_that_was_changed_is_found_also_where_list_and_sums_were_written_to_match(pack: Path, what: str) -> None:
    name, before, after, wanted = CENTS[what]
    open_ = checked_with(pack, put(name, before, after))
    [named] = [p for p in open_.problems if p.code == "E571" and p.value == name]
    assert hashlib.sha256(files_of(pack)[name]).hexdigest() in named.message
    assert wanted <= codes(checked_with(pack, put(name, before, after), hide=True))


def test_what_differs_is_told_with_file_line_and_both_values(pack: Path) -> None:
    [found] = checked_with(pack, put("ledger/ledger.csv", "145.22", "145.23"), hide=True).problems
    assert found.code == "E577"
    assert found.message == "ledger/ledger.csv, line 2 under Total: expected 145.22, found 145.23."


def test_a_row_that_was_taken_out_of_a_table_or_added_is_found(pack: Path) -> None:
    def shorter(files: Files) -> Files:
        return {**files, "approvals.csv": b"".join(files["approvals.csv"].splitlines(keepends=True)[:-1])}

    def longer(files: Files) -> Files:
        return {**files, "payments.csv": files["payments.csv"] + b"9,INV-2026-000002,A-2\r\n"}

    assert codes(checked_with(pack, shorter, hide=True)) == {"E577"}
    assert codes(checked_with(pack, longer, hide=True)) == {"E577"}
    assert codes(checked_with(pack, without("payments.csv"), hide=True)) == {"E577"}


def test_two_files_that_changed_places_are_both_found(pack: Path) -> None:
    def swap(files: Files) -> Files:
        one, two = "data/lines.csv", "data/taxes.csv"
        return {**files, one: files[two], two: files[one]}

    found = checked_with(pack, swap)
    assert {p.value for p in found.problems if p.code == "E571"} >= {"data/lines.csv", "data/taxes.csv"}
    assert "E577" in codes(checked_with(pack, swap, hide=True))


@pytest.mark.parametrize("name", ["approvals.csv", "previews/index.html", "input/a.csv", "SHA256SUMS", "data/stored.jsonl"])
def test_a_file_that_was_left_out_is_named(pack: Path, name: str) -> None:
    found = checked_with(pack, without(name))
    assert [p.value for p in found.problems if p.code == "E572"] == [name]


def test_a_file_that_was_put_in_is_named(pack: Path) -> None:
    found = checked_with(pack, lambda files: {**files, "note.txt": b"All is well."})
    assert [(p.code, p.value) for p in found.problems if p.code != "E571"] == [("E573", "note.txt")]
    hidden = checked_with(pack, lambda files: {**files, "input/b.csv": b"x"}, hide=True)
    assert [(p.code, p.value) for p in hidden.problems] == [("E578", "input/b.csv")]


def test_a_document_that_was_left_out_with_its_line_in_the_list_is_missed_by_its_entry(pack: Path) -> None:
    assert codes(checked_with(pack, without("input/a.csv"), hide=True)) == {"E578"}


def test_an_invoice_that_was_left_out_everywhere_is_missed(pack: Path) -> None:
    def drop(name: str, mark: bytes) -> Callable[[Files], Files]:
        def change(files: Files) -> Files:
            kept = [line for line in files[name].splitlines(keepends=True) if mark not in line]
            return {**files, name: b"".join(kept)}

        return change

    data = drop("data/stored.jsonl", b'"invoice_ref":"A-3"')
    assert "E579" in codes(checked_with(pack, data, hide=True))
    entries = drop("ledger/entries.jsonl", b'"invoice_ref":"A-3"')
    assert "E579" in codes(checked_with(pack, entries, hide=True)), "its data are there, its entries are not"
    both = checked_with(pack, lambda files: data(entries(files)), hide=True)
    assert "E579" in codes(both), "the upload counted it"
    [said] = [p for p in both.problems if p.code == "E579"]
    assert "3 invoices were uploaded, 2 have the entry of a draft" in said.message


def test_an_entry_between_two_others_cannot_be_taken_out(pack: Path) -> None:
    def change(files: Files) -> Files:
        lines = files["ledger/entries.jsonl"].splitlines(keepends=True)
        return {**files, "ledger/entries.jsonl": b"".join([*lines[:2], lines[3], lines[2], *lines[4:]])}

    assert "E574" in codes(checked_with(pack, change, hide=True))


def test_a_pack_made_of_a_book_that_does_not_hold_is_not_written(books: Path, batch: str, typed: Any, database: str) -> None:
    tampered(workspace_in(Path()).book_url, "UPDATE line SET net = net + 1 WHERE invoice_id = 1 AND line = 1")
    code, said = typed("evidence", batch)
    assert code == 5 and "A-1" in said and "ledger verify" in said and not (books / "evidence" / f"{batch}.zip").exists()


def test_the_command_writes_into_the_workspace_and_overwrites_nothing(
    books: Path, batch: str, typed: Any, as_json: Any
) -> None:
    code, told = as_json("evidence", batch, "--dry-run")
    assert code == 0 and told["dry_run"] and not (books / "evidence").exists()
    code, said = typed("evidence", batch)
    path = books / "evidence" / f"{batch}.zip"
    assert code == 0 and hashlib.sha256(path.read_bytes()).hexdigest() in said and f"evidence/{batch}.zip" in said
    before = path.read_bytes()
    code, said = typed("evidence", batch)
    assert code == 1 and "--force" in said and path.read_bytes() == before
    assert typed("evidence", "pack", batch, "elsewhere.zip")[0] == 0 and Path("elsewhere.zip").exists()
    assert typed("evidence", batch, "--force")[0] == 0
    code, said = typed("evidence", "2020-01-01-1")
    assert code == 1 and 'There is no batch "2020-01-01-1"' in said
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name], "nothing else is left there"


def test_credit_notes_refreshed_and_archived_drafts_are_proven_too(
    books: Path, batch: str, typed: Any, as_json: Any
) -> None:
    assert typed("archive", "A-3")[0] == 0
    code, told = as_json("credit", "INV-2026-000001", "--reason", "Not held", "--user", "anna")
    assert code == 0
    notes = check_pack(written(told["batch"], books / "notes.zip"))
    assert notes.problems == [] and notes.invoices == 1
    whole = check_pack(written(batch, books / "again.zip"))
    assert whole.problems == [] and whole.entries == 12
    assert [r["Status"] for r in rows(files_of(books / "again.zip")["data/invoices.csv"])] == ["Final", "Final", "Archived"]


def test_a_draft_that_was_refreshed_is_proven_with_the_master_data_of_both_days(
    books: Path, typed: Any, as_json: Any
) -> None:
    (books / "a.csv").write_text(ROWS, "utf-8")
    name = str(as_json("draft", "a.csv")[1]["batch"])
    workbook = openpyxl.load_workbook("master-data.xlsx")
    sheet = workbook["Customers"]
    column = [cell.value for cell in sheet[1]].index("Name") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column, f"{sheet.cell(row, column).value} (renamed)")
    workbook.save("master-data.xlsx")
    assert typed("refresh", name)[0] == 0
    found = check_pack(written(name, books / "pack.zip"))
    assert found.problems == []
    masters = [n for n in files_of(books / "pack.zip") if n.startswith("master/")]
    assert masters == ["master/master-data-2.xlsx", "master/master-data.xlsx"]


def test_a_batch_of_an_older_version_has_a_pack_without_documents_and_that_is_said(books: Path, typed: Any) -> None:
    workspace = workspace_in(Path())
    with open_book(workspace.book_url) as book:
        name = book.add_batch(three_drafts(), Upload("old.xlsx", "0" * 64, "anna", MOMENT), left_out=0)
    files = files_of(written(name, books / "old.zip"))
    assert not [n for n in files if n.startswith(("input/", "settings/", "master/", "profile/"))]
    assert b"has kept uploads, settings and master data only since a later version" in files["index.html"]
    code, said = typed("evidence", "verify", "old.zip")
    assert (
        code == 0
        and "No document: the book kept none when this batch was uploaded" in said
        and "3 invoices, 0 final" in said
    )


HOSTILE: dict[str, Callable[[Path], None]] = {}


def hostile(make: Callable[[Path], None]) -> Callable[[Path], None]:
    HOSTILE[make.__name__.replace("_", " ")] = make
    return make


@hostile
def no_zip_at_all(path: Path) -> None:
    path.write_text("Dear auditor")


@hostile
def an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


@hostile
def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@hostile
def another_zip(path: Path) -> None:
    zipped(path, {"a.txt": b"a"})


@hostile
def bytes_turned_inside(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("data/stored.jsonl")
    data = bytearray(path.read_bytes())
    for place in range(info.header_offset + 80, info.header_offset + 120):
        data[place] ^= 0xFF
    path.write_bytes(data)


@hostile
def encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 4)
    path.write_bytes(data)


@hostile
def a_name_twice(path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("approvals.csv", b"Entry\r\n")


@hostile
def a_name_twice_in_capitals(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("Approvals.CSV", b"Entry\r\n")


@hostile
def a_way_out(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("input/../../../home/anna/.profile", b"rm")


@hostile
def an_absolute_name(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("/etc/passwd", b"root")


@hostile
def a_name_that_turns_the_line(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("input/a\u202efdp.exe", b"x")


@hostile
def packed_anew_with_folders(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.mkdir("input")


@hostile
def a_link(path: Path) -> None:
    info = zipfile.ZipInfo("input/link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, b"/etc/passwd")


@hostile
def a_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("input/b.csv", "w") as file:
        for _ in range(150):
            file.write(bytes(1_000_000))


@hostile
def another_packing(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("input/b.csv", b"x", zipfile.ZIP_LZMA)


@hostile
def a_list_that_is_none(path: Path) -> None:
    zipped(path, {**files_of(path), "manifest.json": b"[" * 100_000})


@hostile
def a_list_without_what_it_must_say(path: Path) -> None:
    zipped(path, {**files_of(path), "manifest.json": b'{"form":"oneoff-batch evidence 1","files":[1]}'})


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_is_no_pack_or_does_harm_ends_in_a_sentence(pack: Path, what: str, typed: Any, tmp_path: Path) -> None:
    HOSTILE[what](pack)
    before = sorted(tmp_path.rglob("*"))
    code, said = typed("evidence", "verify", pack)
    assert code == 1 and "E570" in said and "Traceback" not in said and "\u202e" not in said, said
    assert sorted(tmp_path.rglob("*")) == before, "nothing is unpacked"


@pytest.mark.parametrize("name", ["manifest.json", "data/stored.jsonl", "ledger/entries.jsonl"])
def test_json_that_would_fill_the_memory_is_not_parsed(pack: Path, name: str) -> None:
    many = b"[" + b"[]," * 6_000_000 + b"[]]\n"
    found = check_pack(zipped(pack.with_name("many.zip"), {**files_of(pack), name: many}))
    [refused] = [p for p in found.problems if p.code == "E570"]
    assert f"{name} holds more values in one place than any such file" in refused.message


@pytest.mark.parametrize("seed", range(4))
def test_whatever_byte_of_a_pack_is_damaged_the_check_ends_in_words(pack: Path, seed: int) -> None:
    content, random = pack.read_bytes(), Random(seed)
    for _ in range(50):
        damaged = bytearray(content)
        for _ in range(random.choice((1, 1, 8))):
            # The list of contents, in which a reader trusts most, is at the end.
            place = random.choice((random.randrange(len(content)), len(content) - 1 - random.randrange(2_000)))
            damaged[place] = random.randrange(256)
        pack.write_bytes(damaged)
        found = check_pack(pack)
        assert all(p.message and p.fix for p in found.problems)
        assert found.sha256 == hashlib.sha256(damaged).hexdigest()


ODD_LINES = [b"[1]\n", b"{}\n", b"\xff\xfe\n", b'{"id":1,"seal":"","invoice":{},"lines":{"net":[1],"tax":[]},"taxes":{},"moving":{}}\n',
             b'{"id":1,"seal":"","invoice":{"net_total":1.5},"lines":{"net":["x"]},"taxes":{"tax":[{}]},"moving":{}}\n',
             b"[" * 5_000 + b"\n"]  # fmt: skip


@pytest.mark.parametrize("line", ODD_LINES)
def test_lines_that_nobody_wrote_are_named_and_break_nothing(pack: Path, line: bytes) -> None:
    for name, wanted in (("data/stored.jsonl", {"E575", "E579"}), ("ledger/entries.jsonl", {"E574"})):
        found = checked_with(pack, lambda files, name=name: {**files, name: files[name] + line}, hide=True)  # type: ignore[misc]
        assert codes(found) & wanted
        assert all(p.message and p.fix for p in found.problems)


def test_a_decision_in_a_workbook_and_a_comment_are_told_as_such() -> None:
    body = {"content_hash": "c0", "decision": "approve", "reason": "checked", "workbook": "preview.xlsx"}
    entry = {"seq": 9, "action": "comment", "invoice_ref": "A-1", "user": "ben", "at": "2026-11-27T12:00:00Z"}
    [row] = rows_of_entry({**entry, "body": json.dumps(body)})["approvals.csv"]
    assert row == ["9", "comment (approve)", "A-1", "ben", "2026-11-27T12:00:00Z", "c0", "checked", "", "preview.xlsx"]


def test_names_of_documents_that_a_system_cannot_have_are_made_harmless(books: Path, as_json: Any) -> None:
    name = 'nov"ember\n: 1.csv' if os.name == "posix" else "november 1.csv"
    (books / name).write_text(ROWS, "utf-8")
    made = str(as_json("draft", name)[1]["batch"])
    assert check_pack(written(made, books / "pack.zip")).problems == []
    [own] = [n for n in files_of(books / "pack.zip") if n.startswith("input/")]
    assert own.isprintable() and not set('":\\*?<>|') & set(own)
