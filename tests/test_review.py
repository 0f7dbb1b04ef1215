"""The review workbook: what a reviewer sees, and how her decisions come back."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import draft_frames
import openpyxl
import pandas as pd
import pytest
from databases import raw
from desk import workspace_in
from factories import NOON
from hypothesis import given, settings
from hypothesis import strategies as st

from oneoff_batch.book import open_book
from oneoff_batch.cli import run
from oneoff_batch.columns.review import LOCKED, REVIEW, TYPED
from oneoff_batch.lifecycle import changes as compared
from oneoff_batch.lifecycle.changes import MONTH_COLUMNS, Months, changes, no_months
from oneoff_batch.lifecycle.review import answers, facts, judge, places_of
from oneoff_batch.money import money
from oneoff_batch.pipeline.review import _read
from oneoff_batch.showing.workbook import write_preview

pytestmark = pytest.mark.usefixtures("database")

ROWS = (
    "A-1,C-1001,EUR,2026-11-10,Extra day,2,100.00,,,PO-1",
    "A-2,C-1002,EUR,2026-11-10,Workshop,1,900.00,,,PO-2",
    "A-3,C-1003,EUR,2026-11-10,Support,1,50.00,2026-10-01,2026-10-31,PO-3",
)
HEAD = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price,Period start,Period end,PO number"
SAMPLES = Path(__file__).parents[1] / "sample_data"
OFFICE = shutil.which("soffice")


@pytest.fixture
def said(capsys):
    """Type a command; returns its exit code and its JSON."""

    def type_(*args):
        code = run([*map(str, args), "--json"])
        out, err = capsys.readouterr()
        assert code < 70 and out, (err, *(p.read_text("utf-8") for p in Path().rglob("oneoff-batch-fault.txt")))
        return code, json.loads(out)

    return type_


@pytest.fixture
def told(capsys):
    """Type a command; returns what it prints for people."""

    def type_(*args):
        run(list(map(str, args)))
        return capsys.readouterr().out

    return type_


def drafted_by_anna(root):
    """Make a workspace in which anna has drafted three invoices."""
    assert run(["init", str(root), "--quiet"]) == 0
    for name in ("oneoff.toml", "master-data.xlsx"):
        shutil.copy(SAMPLES / name, root / name)
    (root / "a.csv").write_text("\n".join((HEAD, *ROWS)) + "\n", "utf-8")
    assert run(["draft", str(root / "a.csv"), "--workspace", str(root), "--user", "anna", "--quiet"]) == 0
    return root


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Her workspace with its book in a file; made once, since only its copies are worked in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ONEOFF_BOOK", raising=False)
        return drafted_by_anna(tmp_path_factory.mktemp("review") / "books")


@pytest.fixture
def workbook(desk, tmp_path, monkeypatch):
    """The review workbook of three drafts of anna's, in her workspace as the current folder."""
    if "ONEOFF_BOOK" in os.environ:
        drafted_by_anna(tmp_path / "books")
    else:
        shutil.copytree(desk, tmp_path / "books")
    monkeypatch.chdir(tmp_path / "books")
    monkeypatch.setenv("ONEOFF_USER", "anna")
    return next(Path().glob("batches/*/preview.xlsx"))


def drafted(said, name, *rows, more=()):
    Path(name).write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    return Path(said("draft", name, *more)[1]["workbook"])


def header_of(sheet):
    at = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Decision")
    return at, {cell.value: cell.column for cell in sheet[at]}


class Reviewer:
    """The workbook in Excel: cells by the ref of their row and the header of their column."""

    def __init__(self, path):
        self.path, self.book = path, openpyxl.load_workbook(path)
        self.sheet = self.book["Review"]
        self.at, self.columns = header_of(self.sheet)

    @property
    def refs(self):
        return [
            self.sheet.cell(row, self.columns["Invoice Ref"]).value for row in range(self.at + 1, self.sheet.max_row + 1)
        ]

    def cell(self, ref, title):
        return self.sheet.cell(self.at + 1 + self.refs.index(ref), self.columns[title])

    def decide(self, ref, word, comment=None):
        self.cell(ref, "Decision").value, self.cell(ref, "Comment").value = word, comment
        return self

    def row(self, ref):
        return [cell.value for cell in self.sheet[self.at + 1 + self.refs.index(ref)]]

    def save(self, path=None):
        self.book.save(path or self.path)
        return path or self.path


def problems(answer):
    return [p["code"] for p in answer["problems"]]


def entries(action=None):
    with open_book(workspace_in(Path()).book_url) as book:
        return book.entries(action=action)


def states():
    with open_book(workspace_in(Path()).book_url) as book:
        return book.states().set_index("invoice_ref")


def test_decisions_of_the_workbook_take_effect_and_what_is_approved_becomes_final(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve", "as agreed").decide("A-2", "Hold", "wait for the PO")
    code, done = said("review", "apply", excel.decide("A-3", "Decline", "wrong month").save(), "--user", "ben")
    assert code == 0 and not done["problems"]
    assert [done[n] for n in ("approved", "put_on_hold", "declined", "comments", "refused", "undecided")] == [
        1,
        0,
        1,
        1,
        0,
        0,
    ]
    now = states()
    assert now["approval"].tolist() == ["APPROVED", "PENDING_REVIEW", "DECLINED"] and now["on_hold"].all()
    assert now.loc["A-3", ["approved_by", "approval_reason"]].tolist() == ["ben", "wrong month"]
    said_ = [(e.user, e.action, json.loads(e.body)["reason"]) for e in entries().tail(3).itertuples()]
    assert sorted(said_) == [
        ("ben", "approve", "as agreed"), ("ben", "comment", "wait for the PO"), ("ben", "decline", "wrong month")
    ]  # fmt: skip
    code, final = said("finalize", done["batches"][0], "--user", "ben", "--yes")
    assert [n["invoice_ref"] for n in final["numbers"]] == ["A-1"]
    assert said("ledger", "verify")[0] == 0


def test_the_entries_name_the_workbook_that_was_read(workbook, said):
    path = Reviewer(workbook).decide("A-1", "Approve").save(Path("ben.xlsx"))
    said("review", "apply", path, "--user", "ben")
    body = json.loads(entries("approve")["body"].iloc[0])
    assert body["workbook"] == "ben.xlsx" and len(body["workbook_sha256"]) == 64


def test_applying_twice_changes_nothing_and_says_so(workbook, said, told):
    path = Reviewer(workbook).decide("A-1", "Approve", "fine").decide("A-2", "Hold", "wait").save()
    said("review", "apply", path, "--user", "ben")
    before = len(entries())
    code, again = said("review", "apply", path, "--user", "ben")
    assert code == 0 and again["already"] == 2 and again["approved"] == again["comments"] == 0 and len(entries()) == before
    words = told("review", "apply", path, "--user", "ben")
    assert "Nothing was changed." in words and "2 decisions had taken effect before." in words


def test_a_hold_takes_what_was_released_off_its_way(books, said):
    path = drafted(said, "a.csv", "A-1,C-1001,EUR,2026-11-10,Extra day,2,100.00,,,")
    with open_book(workspace_in(Path()).book_url) as book:
        from oneoff_batch.book import Step

        book.move([Step("release", book.states()["id"].tolist())], "anna", NOON)
    code, done = said("review", "apply", Reviewer(path).decide("A-1", "Hold", "not yet").save(), "--user", "ben")
    assert (code, done["put_on_hold"]) == (0, 1) and states()["on_hold"].all()
    assert json.loads(entries("hold")["body"].iloc[0])["reason"] == "not yet"


def test_a_dry_run_changes_nothing(workbook, said):
    path, before = Reviewer(workbook).decide("A-1", "Approve").save(), len(entries())
    code, done = said("review", "apply", path, "--user", "ben", "--dry-run")
    assert code == 0 and done["dry_run"] and done["approved"] == 1 and len(entries()) == before


def test_small_letters_blanks_and_past_tense_are_decisions_too(workbook, said):
    excel = Reviewer(workbook).decide("A-1", " approve ").decide("A-2", "APPROVED").decide("A-3", "on hold", "x")
    done = said("review", "apply", excel.save(), "--user", "ben")[1]
    assert done["approved"] == 2 and done["comments"] == 1 and not done["problems"]


def test_rows_may_be_sorted_filtered_and_columns_widened(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve").decide("A-3", "Approve")
    first, last = excel.at + 1, excel.sheet.max_row
    rows = [[c.value for c in excel.sheet[r]] for r in range(last, first - 1, -1)]
    for r, row in enumerate(rows, start=first):
        for c, value in enumerate(row, start=1):
            excel.sheet.cell(r, c).value = value
    excel.sheet.row_dimensions[first + excel.refs.index("A-2")].hidden = True
    excel.sheet.column_dimensions["E"].width = 70
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, done["approved"], done["problems"]) == (0, 2, [])


def test_decisions_in_hidden_rows_count_and_are_named(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve").decide("A-3", "Approve")
    row = excel.cell("A-3", "Decision").row
    excel.sheet.row_dimensions[row].hidden = True
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, done["approved"], problems(done)) == (0, 2, ["W542"])
    assert done["problems"][0]["message"] == f'Decisions stand in 1 hidden row of the sheet "Review", and they count: {row}.'


def test_a_decision_merged_over_several_rows_stops_the_whole_workbook(workbook, said):
    excel = Reviewer(workbook).decide(Reviewer(workbook).refs[0], "Approve")
    excel.sheet.merge_cells(start_row=excel.at + 1, end_row=excel.at + 3, start_column=1, end_column=1)
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, done["approved"], problems(done)) == (1, 0, ["E115"])


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
def test_what_libreoffice_saves_is_read_the_same(workbook, said, tmp_path, ending):
    path = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Decline", "no PO").save(tmp_path / "ben.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [OFFICE, profile, "--headless", "--convert-to", ending, "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    code, done = said("review", "apply", tmp_path / "saved" / f"ben.{ending}", "--user", "ben")
    assert (code, done["approved"], done["declined"], done["problems"]) == (0, 1, 1, [])


def test_a_decision_about_an_invoice_that_the_book_has_not_is_named_at_its_cell(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    excel.sheet.append(["Approve", None, "A-99"])
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["approved"]) == (6, ["E540"], 1)
    assert done["problems"][0]["cell"] == f"C{excel.sheet.max_row}" and "A-99" in done["problems"][0]["message"]


def test_a_decision_about_a_draft_that_has_changed_since_is_refused(workbook, said):
    kept = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Approve").save(Path("monday.xlsx"))
    drafted(said, "b.csv", ROWS[0].replace("100.00", "120.00"), more=("--replace",))
    code, done = said("review", "apply", kept, "--user", "ben")
    assert code == 6 and "E541" in problems(done) and done["approved"] == 1
    assert states().loc[["A-1"], "approval"].tolist()[-1] == "PENDING_REVIEW"


def test_a_draft_that_changes_while_the_workbook_is_read_is_seen_inside_the_transaction(workbook):
    with open_book(workspace_in(Path()).book_url) as book:
        now = book.states()
        decisions = now[["id"]].assign(content_hash=now["content_hash"], action="approve", reason="")
        decisions.loc[0, "content_hash"] = "0" * 64
        done = book.decide(decisions, "ben", NOON, told={}, same_person_may=False)
    assert [p.code for p in done.problems] == ["E541"] and done.moved == {"approve": 2}


@pytest.mark.parametrize(
    ("title", "value", "words"),
    [
        ("Gross", 1.5, ['Gross of invoice A-1 says "1.50"', 'the book says "242.00"']),
        ("Net", None, ["Net of invoice A-1 says nothing"]),
        ("Name", "Somebody else", ['says "Somebody else"', "Van den Berg"]),
        ("PO Number", "PO-2", ['says "PO-2"', '"PO-1"']),
        ("Invoice Date", "2026-11-11", ['says "2026-11-11"', '"2026-11-10"']),
        ("Currency", "USD", ['"USD"', '"EUR"']),
        ("Fingerprint", "abc", ["Fingerprint", '"abc"']),
        ("Invoice Ref", "A-2", ["Invoice Ref", 'says "A-2"', 'the book says "A-1"']),
    ],
)
def test_a_locked_cell_that_was_edited_is_named_with_what_it_was_and_is(workbook, said, title, value, words):
    excel = Reviewer(workbook).decide("A-1", "Approve").decide("A-3", "Approve")
    cell = excel.cell("A-1", title)
    cell.value = value
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["approved"], done["refused"]) == (6, ["E542"], 1, 1)
    found = done["problems"][0]
    assert found["cell"] == cell.coordinate and all(word in found["message"] for word in words), found["message"]


def test_what_a_customer_came_to_before_cannot_be_forged(books, said):
    last_month(drafted(said, "oct.csv", "O-1,C-1001,EUR,2026-11-02,Extra day,1,10.00,,,"))
    excel = Reviewer(drafted(said, "a.csv", *ROWS)).decide("A-1", "Approve")
    assert [excel.cell("A-1", t).value for t in ("Last Month", "Difference", "Change %")] == [12.1, 229.9, 1900]
    excel.cell("A-1", "Change %").value = 1
    assert problems(said("review", "apply", excel.save(), "--user", "ben")[1]) == ["E542"]


def test_two_decisions_about_one_invoice_are_both_refused(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Approve")
    excel.sheet.append(["Hold", "later", *excel.row("A-1")[2:]])
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["approved"]) == (6, ["E543", "E543"], 1)
    assert f"row {excel.sheet.max_row}" in done["problems"][0]["message"]


def test_a_row_that_stands_twice_with_one_decision_counts_once(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    excel.sheet.append(["Approve", "as agreed", *excel.row("A-1")[2:]])
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, done["approved"], done["problems"]) == (0, 1, [])
    assert states().loc["A-1", "approval_reason"] == "as agreed"


def test_workbooks_of_two_reviewers_that_disagree_are_refused_where_they_do(workbook, said):
    one = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Approve").save(Path("ben.xlsx"))
    two = Reviewer(workbook).decide("A-1", "Decline", "no").save(Path("carol.xlsx"))
    code, done = said("review", "apply", one, two, "--user", "ben")
    assert (code, problems(done), done["approved"]) == (6, ["E543", "E543"], 1)
    row = Reviewer(workbook).cell("A-1", "Decision").row
    assert [p["message"] for p in done["problems"]] == [
        f'Invoice A-1 has "Approve" in row {row} of ben.xlsx and "Decline" in row {row} of carol.xlsx.',
        f'Invoice A-1 has "Decline" in row {row} of carol.xlsx and "Approve" in row {row} of ben.xlsx.',
    ]


def test_of_three_decisions_each_is_held_against_one_that_differs(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    for word in ("Approve", "Hold"):
        excel.sheet.append([word, None, *excel.row("A-1")[2:]])
    first, last = excel.cell("A-1", "Decision").row, excel.sheet.max_row
    done = said("review", "apply", excel.save(), "--user", "ben")[1]
    assert [p["message"] for p in done["problems"]] == [
        f'Invoice A-1 has "Approve" in row {first} and "Hold" in row {last}.',
        f'Invoice A-1 has "Approve" in row {last - 1} and "Hold" in row {last}.',
        f'Invoice A-1 has "Hold" in row {last} and "Approve" in row {first}.',
    ]


def test_a_word_that_is_no_decision_is_refused_with_the_one_that_was_meant(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Aprove").decide("A-2", "fine by me")
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done)) == (1, ["E544", "E544"])
    assert {p["suggestion"] for p in done["problems"]} == {"Approve", ""}


def test_a_decline_says_why(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Decline")
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done)) == (1, ["E545"])
    assert done["problems"][0]["cell"] == excel.cell("A-1", "Comment").coordinate


def test_who_uploaded_decides_nothing_unless_the_settings_allow_it(workbook, said):
    path = Reviewer(workbook).decide("A-1", "Approve").save()
    code, done = said("review", "apply", path, "--user", "anna")
    assert (code, problems(done)) == (1, ["E503"]) and done["problems"][0]["cell"].startswith("A")
    text = Path("oneoff.toml").read_text("utf-8")
    Path("oneoff.toml").write_text(f"{text}\n[review]\nsame_person_may_approve = true\n", "utf-8")
    assert said("review", "apply", path, "--user", "anna")[1]["approved"] == 1


def test_decisions_about_what_is_final_are_told_as_a_group(workbook, said, told):
    excel = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Approve").decide("A-3", "Approve")
    batch = said("review", "apply", excel.save(Path("one.xlsx")), "--user", "ben")[1]["batches"][0]
    said("finalize", batch, "--user", "ben", "--yes")
    late = excel.decide("A-2", "Hold", "x").decide("A-3", "Decline", "y").save(Path("two.xlsx"))
    code, done = said("review", "apply", late, "--user", "ben")
    assert code == 1 and sorted(problems(done)) == ["E546", "E546", "N540"]
    assert "2 invoices are final already" in told("review", "apply", late, "--user", "ben")
    assert said("review", "apply", Path("one.xlsx"), "--user", "ben")[0] == 0


def test_what_was_archived_is_refused_with_its_status(workbook, said):
    path = Reviewer(workbook).decide("A-1", "Approve").save()
    with open_book(workspace_in(Path()).book_url) as book:
        from oneoff_batch.book import Step

        book.move([Step("archive", book.states(refs=["A-1"])["id"].tolist())], "anna", NOON)
    code, done = said("review", "apply", path, "--user", "ben")
    assert (code, problems(done)) == (1, ["E501"]) and "archived" in done["problems"][0]["message"]


@pytest.mark.parametrize("name", ["a.csv", "upload.xlsx"])
def test_a_workbook_without_a_review_sheet_is_refused(workbook, said, name):
    code, done = said("review", "apply", name, "--user", "ben")
    assert (code, problems(done)) == (1, ["E547"])


def test_a_comment_without_a_decision_is_not_kept_and_that_is_said(workbook, said):
    excel = Reviewer(workbook).decide("A-1", None, "what is this?").decide("A-2", "Approve")
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["undecided"]) == (0, ["W540"], 2)


def test_a_hold_on_what_is_approved_warns_that_finalize_still_takes_it(workbook, said):
    said("review", "apply", Reviewer(workbook).decide("A-1", "Approve").save(Path("one.xlsx")), "--user", "ben")
    code, done = said("review", "apply", Reviewer(workbook).decide("A-1", "Hold").save(Path("two.xlsx")), "--user", "carol")
    assert (code, problems(done)) == (0, ["W541"])


def test_a_file_that_is_not_there_is_one_that_cannot_be_read(books):
    assert run(["review", "apply", "nothing.xlsx"]) == 3


def test_what_was_worked_on_is_never_overwritten(workbook, said):
    Reviewer(workbook).decide("A-1", "Approve").save()
    before = workbook.read_bytes()
    again = Path(said("preview", workbook.parent.name)[1]["workbook"])
    assert again.name == "preview-2.xlsx" and workbook.read_bytes() == before
    assert Path(said("preview", workbook.parent.name)[1]["workbook"]).name == "preview-2.xlsx"
    assert sorted(p.name for p in workbook.parent.glob("*.xlsx")) == ["preview-2.xlsx", "preview.xlsx"]


def test_only_decision_and_comment_can_be_typed_into(workbook):
    excel = Reviewer(workbook)
    assert excel.sheet.protection.sheet and not excel.sheet.protection.password
    free = {title for title in excel.columns if not excel.cell("A-1", title).protection.locked}
    assert free == {REVIEW.title_of(name) for name in TYPED}
    rule = excel.sheet.data_validations.dataValidation[0]
    assert rule.formula1 == '"Approve,Hold,Decline"' and str(rule.sqref).startswith(f"A{excel.at + 1}:A")
    assert excel.sheet.freeze_panes == f"D{excel.at + 1}" and excel.sheet.auto_filter.ref.startswith(f"A{excel.at}:")
    assert excel.cell("A-1", "Invoice Ref").hyperlink.target.startswith("invoices")


def test_warned_invoices_stand_first_and_then_the_largest(books, said):
    twice = "A-4,C-1003,EUR,2026-11-10,Pen,1,5.00,,,\nA-4,C-1003,EUR,2026-11-10,Pen,1,5.00,,,"
    assert Reviewer(drafted(said, "a.csv", *ROWS, twice)).refs == ["A-4", "A-2", "A-1", "A-3"]


def test_a_period_outside_the_month_of_the_invoice_is_shown(workbook):
    excel = Reviewer(workbook)
    shown = [excel.cell(ref, "Period Outside Month").value for ref in ("A-1", "A-3")]
    assert shown == [None, "2026-10-01 to 2026-10-31"]


def last_month(workbook, month="2020-10"):
    """Let a batch have been uploaded in a month long ago."""
    with raw(workspace_in(Path()).book_url) as book:
        book.exec_driver_sql(f"UPDATE batch SET uploaded_at = '{month}-28T09:00:00Z' WHERE batch = '{workbook.parent.name}'")


def changes_in(workbook):
    """The rows of the sheet Changes by customer, each by its header."""
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(workbook)["Changes"].iter_rows()]
    at = next(n for n, row in enumerate(rows) if row[0] == "What")
    return {row[1]: dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]}


def test_the_changes_sheet_names_who_is_new_who_is_gone_and_who_changed_by_much(books, said):
    last_month(drafted(said, "oct.csv", "O-1,C-1001,EUR,2026-11-02,Extra day,1,190.00,,,",
            "O-2,C-1004,EUR,2026-11-02,Gone,1,70.00,,,", "O-3,C-1002,EUR,2026-11-02,Workshop,1,10.00,,,"))  # fmt: skip
    rows = changes_in(drafted(said, "a.csv", *ROWS))
    assert {customer: row["What"] for customer, row in rows.items()} == {
        "C-1001": "Little changed", "C-1002": "More", "C-1003": "New", "C-1004": "Gone"
    }  # fmt: skip
    assert list(rows) == ["C-1002", "C-1004", "C-1003", "C-1001"]
    assert rows["C-1001"]["Compared With"] == "October 2020" and rows["C-1003"]["Compared With"] is None


def test_last_month_is_the_latest_earlier_one_in_which_the_customer_is(books, said):
    last_month(drafted(said, "aug.csv", "U-1,C-1001,EUR,2026-11-01,Extra day,1,900.00,,,",
            "U-2,C-1004,EUR,2026-11-01,Left long ago,1,1.00,,,"), "2020-08")  # fmt: skip
    last_month(drafted(said, "sep.csv", "S-1,C-1001,EUR,2026-11-01,Extra day,1,300.00,,,"), "2020-09")
    last_month(drafted(said, "more.csv", "S-2,C-1001,EUR,2026-11-01,Extra day,1,200.00,,,"), "2020-09")
    last_month(drafted(said, "oct.csv", "O-1,C-1002,EUR,2026-11-02,Extra day,1,100.00,,,"))
    path = drafted(said, "a.csv", *ROWS)
    excel = Reviewer(path)
    assert [excel.cell(ref, "Last Month").value for ref in ("A-1", "A-2", "A-3")] == [605, 121, None]
    about = next(c.value for c in excel.sheet["A"] if str(c.value).startswith("Last Month"))
    assert "against those uploaded in October 2020" in about
    assert "C-1004" not in changes_in(path)


def test_a_batch_that_is_split_is_compared_as_one_month(books, said):
    last_month(drafted(said, "oct.csv", "O-1,C-1001,EUR,2026-11-02,Extra day,1,200.00,,,",
            "O-2,C-1002,EUR,2026-11-02,Workshop,1,900.00,,,"))  # fmt: skip
    one = drafted(said, "one.csv", ROWS[0])
    assert {c: row["What"] for c, row in changes_in(one).items()} == {"C-1001": "Little changed", "C-1002": "Gone"}
    rest = drafted(said, "rest.csv", ROWS[1], "A-9,C-1001,EUR,2026-11-10,Extra day,1,10.00,,,")
    assert {c: (row["What"], row["Invoices"], row["This Month"]) for c, row in changes_in(rest).items()} == {
        "C-1001": ("Little changed", 2, 254.1), "C-1002": ("Little changed", 1, 1089)
    }  # fmt: skip
    assert Reviewer(rest).refs == ["A-2", "A-9"] and Reviewer(rest).cell("A-9", "Difference").value == 12.1
    again = Path(said("preview", one.parent.name)[1]["workbook"])
    assert changes_in(again)["C-1001"]["This Month"] == 242


def test_a_correction_on_the_next_day_counts_in_place_of_what_it_corrects(books, said):
    last_month(drafted(said, "oct.csv", "O-1,C-1001,EUR,2026-11-02,Extra day,1,200.00,,,"))
    drafted(said, "a.csv", *ROWS)
    row = changes_in(drafted(said, "b.csv", ROWS[0].replace("100.00", "120.00"), more=("--replace",)))["C-1001"]
    assert (row["Last Month"], row["This Month"], row["Invoices"]) == (242, 290.4, 1)


def test_a_first_batch_has_nothing_to_compare_with_and_says_so(workbook, said):
    later = drafted(said, "b.csv", "B-1,C-1001,EUR,2026-11-10,Extra day,1,10.00,,,")
    for path in (workbook, later):
        book = openpyxl.load_workbook(path)
        assert book["Changes"]["A2"].value.startswith("There is no earlier month")
        assert "Last Month" not in header_of(book["Review"])[1]


def test_draft_names_both_ways_to_decide(books, told):
    Path("a.csv").write_text("\n".join((HEAD, *ROWS)) + "\n", "utf-8")
    words = told("draft", "a.csv")
    assert "oneoff-batch approve" in words and "oneoff-batch review apply batches" in words and "--user NAME" in words


def test_every_locked_column_is_written_and_held_against_the_book():
    assert {*LOCKED, *TYPED} < set(REVIEW.columns)


def test_a_sheet_of_another_customer_pasted_into_a_csv_is_read_too(workbook, said, tmp_path):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    with (tmp_path / "review.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["" if v is None else v for v in row] for row in excel.sheet.values])
    assert said("review", "apply", tmp_path / "review.csv", "--user", "ben")[1]["approved"] == 1


amounts = st.integers(-(10**9), 10**9)
customer = st.tuples(st.sampled_from("ABCD"), st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]), amounts)


@settings(deadline=None, max_examples=50)
@given(now=st.lists(customer, min_size=1, unique_by=lambda c: c[:2]), before=st.lists(customer, unique_by=lambda c: c[:2]))
def test_differences_add_up_to_the_difference_of_the_totals(now, before):
    made = changes(_months(now, before), 30).customers
    for currency, _ in {c[1] for c in (*now, *before)}:
        own = made[made["currency"] == currency]
        wanted = sum(_major(c) for c in now if c[1][0] == currency) - sum(_major(c) for c in before if c[1][0] == currency)
        assert sum(own["difference"], Decimal(0)) == wanted
    assert set(made.loc[made["invoices"].isna(), "kind"]) <= {compared.GONE}
    assert set(made.loc[made["last_invoices"].isna(), "kind"]) <= {compared.NEW}


@pytest.mark.parametrize(
    ("before", "now", "kind", "change"),
    [("100", "130", "More", "30"), ("100", "129.94", "Little changed", "29.9"), ("100", "70", "Less", "-30"),
     ("0", "5", "More", None), ("0.01", "5000", "More", None), ("-100", "-50", "More", "50")],
)  # fmt: skip
def test_a_change_is_large_from_the_percentage_of_the_settings_on(before, now, kind, change):
    own = [("A", ("EUR", 2), int(Decimal(amount).scaleb(2))) for amount in (now, before)]
    row = changes(_months(own[:1], own[1:]), 30).customers.iloc[0]
    assert row["kind"] == kind
    assert pd.isna(row["change"]) if change is None else row["change"] == Decimal(change)


def _major(row):
    return Decimal(row[2]).scaleb(-row[1][1])


def _months(now, before):
    rows = [(*c, "2026-11") for c in now] + [(*c, "2026-10") for c in before]
    made = pd.DataFrame({
        "customer": [c[0] for c in rows], "currency": [c[1][0] for c in rows], "buyer_name": [f"Customer {c[0]}" for c in rows],
        "digits": [c[1][1] for c in rows], "gross_total": money([_major(c) for c in rows]), "invoices": 1,
        "month": [c[3] for c in rows],
    })  # fmt: skip
    return Months("2026-11", made[list(MONTH_COLUMNS)])


def test_names_that_a_workbook_changes_are_still_what_the_book_says(tmp_path):
    nasty = ["=1+1", " two\nlines ", "A\x0bB", "Zoe\u0308", "00123", "1E5", "TRUE", "2026-11-30", "Ltd\u200b", "a\u00a0b",
             "#N/A", "12.50", "x" * 300, "A\r\nB", "\u202eevil", "'quoted", "50%", "株式会社"]  # fmt: skip
    refs = [f"A-{n}" for n in range(len(nasty))]
    made = draft_frames.drafts(
        [
            draft_frames.invoice(r, "100.00", "21.00", buyer_name=n, po_number=n, customer=n)
            for r, n in zip(refs, nasty, strict=True)
        ],
        [draft_frames.line(i, r, 1, "100.00", "21.00") for i, r in enumerate(refs)],
        [draft_frames.tax(i, r, "100.00", "21.00") for i, r in enumerate(refs)],
    )
    kept = draft_frames.states_of(made).assign(
        id=range(len(refs)), invoice_ref=refs, content_hash=made.invoices["content_hash"], number=None
    )
    excel = Reviewer(write_preview(tmp_path / "preview.xlsx", made, kept, [], pages=None))
    for ref in refs:
        excel.decide(ref, "Approve")
    given_ = answers(_read([excel.save()])[0])
    shown = facts(made, [], changes(no_months(), 30))
    judged = judge(given_, kept, places_of(given_, kept), shown)
    assert [p.message for p in judged.problems] == [] and len(judged.decisions) == len(refs)


@pytest.mark.parametrize(("down", "ref"), [(0, "ZZ"), (0, None), (0, "Total"), (9, None)])
def test_a_workbook_whose_only_decision_is_about_no_invoice_names_the_cell(workbook, said, down, ref):
    excel = Reviewer(workbook)
    cell = excel.cell("A-1", "Invoice Ref").offset(row=down)
    excel.sheet.cell(cell.row, excel.columns["Decision"]).value, cell.value = "Approve", ref
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["approved"]) == (1, ["E540"], 0)
    assert done["problems"][0]["cell"] == cell.coordinate


def test_a_decision_without_a_ref_is_told_as_one(workbook, said):
    excel = Reviewer(workbook)
    excel.sheet.append(["Approve", None, "Total"])
    excel.sheet.append(["Approve"])
    done = said("review", "apply", excel.save(), "--user", "ben")[1]
    assert [p["message"] for p in done["problems"]] == [
        'There is a decision about "Total", which is no invoice of the book.',
        "There is a decision in a row without an invoice ref.",
    ]


@pytest.mark.parametrize("titles", [["Gross"], ["PO Number"], ["Customer", "Name", "Currency", "Net", "Tax", "Gross"]])
def test_a_locked_column_that_is_missing_stops_the_whole_workbook(workbook, said, titles):
    excel, before = Reviewer(workbook).decide("A-1", "Approve").decide("A-2", "Hold", "wait"), len(entries())
    for title in titles:
        excel.sheet.delete_cols(header_of(excel.sheet)[1][title])
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["refused"], len(entries())) == (1, ["E548"], 2, before)
    assert ", ".join(titles) in done["problems"][0]["message"]


def test_columns_that_were_never_written_are_not_missing(books, said):
    excel = Reviewer(drafted(said, "a.csv", "A-1,C-1001,EUR,2026-11-10,Extra day,2,100.00,,,")).decide("A-1", "Approve")
    assert not {"PO Number", "Last Month", "Period Outside Month"} & set(excel.columns)
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, done["approved"], done["problems"]) == (0, 1, [])


@pytest.mark.parametrize(
    ("header", "value"), [("Decision", "Decline"), ("comment", "no"), ("Gross", 242), ("net_total", 200)]
)
def test_two_columns_for_one_thing_stop_the_whole_workbook(workbook, said, header, value):
    excel, before = Reviewer(workbook).decide("A-1", "Approve", "as agreed").decide("A-2", "Approve"), len(entries())
    column = excel.sheet.max_column + 1
    excel.sheet.cell(excel.at, column).value = header
    excel.sheet.cell(excel.cell("A-1", "Decision").row, column).value = value
    code, done = said("review", "apply", excel.save(), "--user", "ben")
    assert (code, problems(done), done["approved"], len(entries())) == (1, ["E549"], 0, before)
    assert f'("{header}")' in done["problems"][0]["message"] and done["problems"][0]["row"] == excel.at


@pytest.mark.parametrize("value", ["=242", "242.000000001", "about 240"])
def test_an_amount_that_cannot_be_understood_is_quoted_as_it_stands(workbook, said, value):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    excel.cell("A-1", "Gross").value = value
    done = said("review", "apply", excel.save(), "--user", "ben")[1]
    assert [p["message"] for p in done["problems"]] == [f'Gross of invoice A-1 says "{value}"; the book says "242.00".']


def test_two_sheets_of_one_workbook_that_disagree_are_both_named(workbook, said):
    excel = Reviewer(workbook).decide("A-1", "Approve")
    copy = excel.book.copy_worksheet(excel.sheet)
    row = excel.cell("A-1", "Decision").row
    copy.title, copy.cell(row, 1).value = "Review Copy", "Hold"
    done = said("review", "apply", excel.save(), "--user", "ben")[1]
    assert [p["message"] for p in done["problems"]] == [
        f'Invoice A-1 has "Approve" in row {row} of Review and "Hold" in row {row} of Review Copy.',
        f'Invoice A-1 has "Hold" in row {row} of Review Copy and "Approve" in row {row} of Review.',
    ]
