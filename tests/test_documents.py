"""What a batch came from is kept to the byte: the upload, the settings, the master data and the profile of the day."""

from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from databases import raw, tampered
from desk import workspace_in
from samples import SAMPLES

from oneoff_batch.book import Book, BookError, Document, documents, open_book, postgres
from oneoff_batch.book.engine import engine_for
from oneoff_batch.pipeline import batches, intake
from oneoff_batch.pipeline.steps import without_password

pytestmark = pytest.mark.usefixtures("database")

ROWS = "Invoice ref,Customer,Currency,Pricing name,Quantity,Unit price\nA-1,C-1001,EUR,Day,1,100.00\nA-2,C-1001,EUR,Day,2,1.00\n"


@pytest.fixture
def kept(books: Path, as_json: Any) -> str:
    """The batch of a sheet that anna has drafted."""
    (books / "a.csv").write_text(ROWS, "utf-8")
    return str(as_json("draft", "a.csv")[1]["batch"])


def opened() -> Any:
    return open_book(workspace_in(Path()).book_url)


def names(book: Book, batch: str) -> list[tuple[str, str]]:
    return [(d.kind, d.name) for d in book.documents(batch)]


def test_a_batch_keeps_its_upload_settings_and_master_data_to_the_byte(books: Path, kept: str) -> None:
    with opened() as book:
        assert names(book, kept) == [("input", "a.csv"), ("settings", "oneoff.toml"), ("master", "master-data.xlsx")]
        for document in book.documents(kept):
            content = Path(document.name).read_bytes()
            assert book.document(document.sha256) == content
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (document.sha256, document.size)
        told = json.loads(book.entries(action="upload")["body"][0])["documents"]
        assert [t["sha256"] for t in told] == [d.sha256 for d in book.documents(kept)]
        assert book.verify().problems == []


def test_the_same_master_data_are_kept_once(books: Path, kept: str, as_json: Any) -> None:
    (books / "b.csv").write_text(ROWS.replace("A-", "B-"), "utf-8")
    second = as_json("draft", "b.csv")[1]["batch"]
    with opened() as book, raw(workspace_in(Path()).book_url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM document").scalar() == 4
        assert names(book, second)[0] == ("input", "b.csv")


def test_a_folder_of_master_data_and_a_profile_are_kept_file_by_file(books: Path, as_json: Any) -> None:
    shutil.copytree(SAMPLES / "profiles", "profiles", dirs_exist_ok=True)
    Path("short.toml").write_text('name = "short"\n[columns]\npricing_name = "What"\n', "utf-8")
    Path("a.csv").write_text(ROWS.replace("Pricing name", "What"), "utf-8")
    batch = as_json("draft", "a.csv", "--profile", "short.toml")[1]["batch"]
    with opened() as book:
        assert [n for n in names(book, batch) if n[0] == "profile"] == [("profile", "short.toml")]


def test_a_refresh_keeps_the_master_data_of_its_day_too(books: Path, kept: str, typed: Any) -> None:
    workbook = openpyxl.load_workbook("master-data.xlsx")
    sheet = workbook["Customers"]
    header = [c.value for c in next(sheet.iter_rows(min_row=1, max_row=1))]
    for row in sheet.iter_rows(min_row=2):
        if row[header.index("Customer")].value == "C-1001":
            row[header.index("City")].value = "Zeist"
    workbook.save("master-data.xlsx")
    assert typed("refresh", kept)[0] == 0
    with opened() as book:
        assert names(book, kept).count(("master", "master-data.xlsx")) == 2
        assert book.document(book.documents(kept)[-1].sha256) == Path("master-data.xlsx").read_bytes()
        assert book.verify().problems == []


def test_payments_and_credits_keep_their_sheets(books: Path, kept: str, typed: Any, as_json: Any) -> None:
    typed("approve", kept, "--user", "ben")
    typed("finalize", kept, "--user", "ben", "--yes")
    number = as_json("ledger", "list")[1]["invoices"][0]["number"]
    Path("pay.csv").write_text(f"Number,Date,Amount\n{number},2026-11-20,10.00\n", "utf-8")
    Path("credit.csv").write_text(f"Number,Reason\n{number},Billed twice\n", "utf-8")
    assert typed("pay", "pay.csv")[0] == 0
    batch = as_json("credit", "--from", "credit.csv")[1]["batch"]
    with opened() as book:
        assert names(book, batch)[0] == ("input", "credit.csv")
        paid = json.loads(book.entries(action="pay")["body"][0])["documents"]
        assert book.document(paid[0]["sha256"]) == Path("pay.csv").read_bytes()
        assert book.verify().problems == []


def test_a_dry_run_keeps_nothing(books: Path, typed: Any) -> None:
    (books / "a.csv").write_text(ROWS, "utf-8")
    typed("draft", "a.csv", "--dry-run")
    with raw(workspace_in(Path()).book_url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM document").scalar() == 0


def test_only_the_tables_of_a_folder_of_master_data_are_kept(books: Path, as_json: Any) -> None:
    Path("master/.git").mkdir(parents=True)
    shutil.move("master-data.xlsx", "master/company.xlsx")
    for name in ("~$company.xlsx", ".hidden.csv", "salaries.pdf", ".git/config", ".git/names.csv"):
        Path("master", name).write_bytes(b"nobody's business")
    Path("oneoff.toml").write_text('[files]\nmaster = "master"\n', "utf-8")
    Path("a.csv").write_text(ROWS, "utf-8")
    batch = as_json("draft", "a.csv")[1]["batch"]
    with opened() as book:
        assert [name for kind, name in names(book, batch) if kind == "master"] == ["company.xlsx"]


ADDRESS = "postgresql://anna:s3cret@server/books"


@pytest.mark.parametrize("address", [ADDRESS, "postgresql://server/books?user=anna&password=s3cret&connect_timeout=5"])
def test_the_password_of_a_book_is_never_kept_in_it(
    books: Path, monkeypatch: pytest.MonkeyPatch, as_json: Any, address: str
) -> None:
    monkeypatch.setenv("ONEOFF_BOOK", workspace_in(Path()).book_url)
    text = f'[files]\nbook = "{address}" # not {address}\n'
    Path("oneoff.toml").write_text(text, "utf-8")
    Path("a.csv").write_text(ROWS, "utf-8")
    batch = as_json("draft", "a.csv")[1]["batch"]
    with opened() as book:
        [settings] = [d for d in book.documents(batch) if d.kind == "settings"]
        content = book.document(settings.sha256).decode()
        assert "s3cret" not in content and content == text.replace(address, without_password(address))
        assert book.verify().problems == []


def test_a_password_that_cannot_be_taken_out_of_the_settings_is_told_and_nothing_is_drafted(
    books: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> None:
    monkeypatch.setenv("ONEOFF_BOOK", workspace_in(Path()).book_url)
    escaped = ADDRESS.replace("s3cret", "s3\\u0063ret")
    Path("oneoff.toml").write_text(f'[files]\nbook = "{escaped}"\n', "utf-8")
    Path("a.csv").write_text(ROWS, "utf-8")
    code, said = typed("draft", "a.csv")
    assert code == 5 and "PGPASSWORD" in said and "s3cret" not in said
    with opened() as book:
        assert len(book.batches()) == 0


def test_an_address_is_shown_without_its_password() -> None:
    told = {
        ADDRESS: "postgresql://anna@server/books",
        "postgresql://server/books?password=s3cret": "postgresql://server/books",
        "postgresql://server/books?password=s3cret&user=anna": "postgresql://server/books?user=anna",
        "postgresql://server/books?user=anna&password=s3cret": "postgresql://server/books?user=anna",
        "postgresql:///books?host=/tmp": "postgresql:///books?host=/tmp",
    }
    assert {address: without_password(address) for address in told} == told
    assert not [address for address in told if "s3cret" in postgres.name_of(engine_for(address))]


def test_a_file_that_changes_between_reading_and_keeping_is_not_drafted(
    books: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> None:
    (books / "a.csv").write_text(ROWS, "utf-8")
    real = intake.read_upload

    def changed(*args: Any) -> Any:
        found = real(*args)
        (books / "a.csv").write_text(ROWS.replace("100.00", "900.00"), "utf-8")
        return found

    monkeypatch.setattr(intake, "read_upload", changed)
    code, said = typed("draft", "a.csv")
    assert code == 5 and "Nothing was entered" in said
    with opened() as book:
        assert len(book.batches()) == 0, "a draft of 100.00 would be proven by a file that says 900.00"


@pytest.mark.parametrize("file", ["a.csv", "master-data.xlsx", "oneoff.toml"])
def test_what_changes_while_it_is_read_is_not_drafted(
    books: Path, monkeypatch: pytest.MonkeyPatch, typed: Any, file: str
) -> None:
    (books / "a.csv").write_text(ROWS, "utf-8")
    real = batches.examine

    def changed(*args: Any, **kwargs: Any) -> Any:
        outcome = real(*args, **kwargs)
        path = books / file
        path.write_bytes(path.read_bytes() + (b"\n[review]\ngrace_period_hours = 1\n" if file == "oneoff.toml" else b"\n"))
        return outcome

    monkeypatch.setattr(batches, "examine", changed)
    code, said = typed("draft", "a.csv")
    assert code == 5 and "changed while they were being read" in said
    with opened() as book:
        assert len(book.batches()) == 0


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM document WHERE size < 1000", "it is not there"),
        ("UPDATE document SET content = (SELECT content FROM document ORDER BY size DESC LIMIT 1)", "its SHA-256 is"),
    ],
)
def test_a_document_that_was_changed_or_taken_out_is_named(books: Path, kept: str, statement: str, what: str) -> None:
    tampered(workspace_in(Path()).book_url, statement)
    with opened() as book:
        found = book.verify().problems
        assert {p.code for p in found} == {"E528"} and what in found[0].message
        gone = next(p for p in found if "a.csv" in p.message)
        with pytest.raises(BookError, match="SHA-256"):
            book.document(gone.details["sha256"])


@pytest.mark.parametrize("action", ["refresh", "pay"])
def test_documents_of_refreshes_and_payments_are_proven_too(
    books: Path, kept: str, typed: Any, as_json: Any, action: str
) -> None:
    if action == "refresh":
        _renamed()
        assert typed("refresh", kept)[0] == 0
    else:
        typed("approve", kept, "--user", "ben")
        typed("finalize", kept, "--user", "ben", "--yes")
        number = as_json("ledger", "list")[1]["invoices"][0]["number"]
        Path("pay.csv").write_text(f"Number,Date,Amount\n{number},2026-11-20,10.00\n", "utf-8")
        assert typed("pay", "pay.csv")[0] == 0
    with opened() as book:
        last = json.loads(book.entries(action=action)["body"].iloc[-1])["documents"]
        sums = [one["sha256"] for one in last if one["sha256"] not in _of_uploads(book)]
        assert sums and book.verify().problems == []
    tampered(workspace_in(Path()).book_url, f"DELETE FROM document WHERE sha256 = '{sums[0]}'")
    with opened() as book:
        [found] = book.verify().problems
        assert found.code == "E528" and sums[0] in found.message and "it is not there" in found.message


def _of_uploads(book: Book) -> set[str]:
    bodies = map(json.loads, book.entries(action="upload")["body"])
    return {one["sha256"] for body in bodies for one in body["documents"]}


def _renamed() -> None:
    """Every customer has another name now."""
    workbook = openpyxl.load_workbook("master-data.xlsx")
    sheet = workbook["Customers"]
    column = [c.value for c in sheet[1]].index("Name") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column, f"{sheet.cell(row, column).value} (renamed)")
    workbook.save("master-data.xlsx")


WHOLE = zlib.compress(b"abc" * 1_000_000)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (WHOLE, ""),
        (WHOLE[:-1], "it cannot be unpacked"),
        (WHOLE + b"x", "it cannot be unpacked"),
        (b"", "it cannot be unpacked"),
        (b"no zlib", "it cannot be unpacked"),
        (zlib.compress(b"abd"), f"its SHA-256 is {hashlib.sha256(b'abd').hexdigest()}"),
    ],
)
def test_what_lies_in_the_place_of_a_document_is_unpacked_piece_by_piece_and_named(content: bytes, what: str) -> None:
    sum_ = hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert documents._fault(content, sum_, 3_000_000) == what
    if not what:
        assert documents._fault(content, sum_, 4) == "it has 3000000 bytes instead of 4"


def test_a_document_that_was_blown_up_is_named_in_little_memory() -> None:
    bomb = zlib.compress(bytes(200_000_000))
    tracemalloc.start()
    assert documents._fault(bomb, "0" * 64, 3).startswith("its SHA-256 is")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_document_is_what_its_sum_says() -> None:
    assert Document("input", "a.csv", b"abc").sha256 == hashlib.sha256(b"abc").hexdigest()
    assert intake.read_as("nothing") is None
