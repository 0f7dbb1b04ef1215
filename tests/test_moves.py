"""The moves as they are typed: what is legal works, what is not is refused in words and changes nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa
from desk import workspace_in
from factories import NOON, drafts

from oneoff_batch.book import Book, Step, Upload, open_book
from oneoff_batch.book.engine import writing
from oneoff_batch.cli import cli, docs, run
from oneoff_batch.cli.moves import COMMANDS
from oneoff_batch.lifecycle import ARCHIVED, DRAFT, FINAL, LIVE, MOVES, OPEN
from oneoff_batch.lifecycle.moves import legal_from
from oneoff_batch.pipeline import moves, selecting
from oneoff_batch.pipeline.workspace import Workspace
from oneoff_batch.problems import grouped
from oneoff_batch.settings import Review, Settings

pytestmark = pytest.mark.usefixtures("database")

HEAD = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"
BY_BOOK = tuple(c.name for c in COMMANDS if c.name != "undo")
"""The moves that `Book.move` makes."""
WHERE = [
    *itertools.product(LIVE, (True, False), ("PENDING_REVIEW", "APPROVED", "DECLINED")),
    (FINAL, False, "APPROVED"),
    (ARCHIVED, True, "PENDING_REVIEW"),
    (ARCHIVED, False, "APPROVED"),
]


@pytest.fixture
def typed(books: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Type a command in anna's workspace; returns its exit code and what it said."""

    def type_(*args: str) -> tuple[int, str]:
        code = run(list(args))
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_


@pytest.fixture
def told(typed: Callable[..., tuple[int, str]]) -> Callable[..., tuple[int, dict[str, Any]]]:
    def type_(*args: str) -> tuple[int, dict[str, Any]]:
        code, out = typed(*args, "--json")
        return code, json.loads(out)

    return type_


@pytest.fixture
def batch(told: Callable[..., tuple[int, dict[str, Any]]]) -> str:
    """Three drafts of anna, A-1 to A-3, over 121, 242 and 12,100 EUR; A-3 is of another customer."""
    return upload(told, "a.csv", "A-1,C-1001,EUR,2026-11-10,Extra day,1,100.00",
                  "A-2,C-1001,EUR,2026-11-10,Extra day,2,100.00", "A-3,C-1002,EUR,2026-11-10,Fee,1,10000.00")  # fmt: skip


def upload(told: Callable[..., tuple[int, dict[str, Any]]], name: str, *rows: str, more: tuple[str, ...] = ()) -> str:
    Path(name).write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    code, done = told("draft", name, *more)
    assert code == 0, done
    return str(done["batch"])


def where(ref: str) -> dict[str, Any]:
    with open_book(workspace_in(Path()).book_url) as book:
        states = book.states(refs=[ref])
    return states.iloc[-1].to_dict()


# Everything follows from the table


def put(book: Book, status: str, on_hold: bool, approval: str) -> None:
    """Put invoice 1 there, past the moves."""
    number = {"number": "INV-1", "period": "2026", "counter": 1, "invoice_date": "2026-11-24", "due_date": "2026-12-24",
              "final_at": "2026-11-24T12:00:00Z", "final_by": "ben"} if status == FINAL else {}  # fmt: skip
    values = {"status": status, "on_hold": on_hold, "approval": approval, **number}
    with writing(book.engine) as connection:
        sets = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(sa.text(f"UPDATE invoice SET {sets}"), values)


@pytest.mark.parametrize("move", BY_BOOK)
@pytest.mark.parametrize(("status", "on_hold", "approval"), WHERE)
def test_what_the_table_allows_works_and_everything_else_is_refused_and_changes_nothing(
    book: Book, status: str, on_hold: bool, approval: str, move: str
) -> None:
    book.add_batch(drafts(1), Upload("a.xlsx", "a" * 64, "anna", NOON), left_out=0)
    put(book, status, on_hold, approval)
    before, rule = book.states(), MOVES[move]
    done = book.move([Step(move, [1], "because")], "ben", NOON)
    after = book.states()
    if not rule.legal(status, on_hold, approval):
        assert done.count == 0 and [p.code for p in done.problems] in (["E501"], ["N501"])
        pd.testing.assert_frame_equal(after, before)
        assert not len(book.entries(action=move))
        if done.problems[0].code == "E501":
            legal = ", ".join(legal_from(status, on_hold, approval)) or "nothing"
            assert rule.title in done.problems[0].message and legal in done.problems[0].message
        return
    assert done.count == 1 and done.problems == []
    assert after["status"][0] == (rule.to_status or status)
    assert bool(after["on_hold"][0]) == (on_hold if rule.to_hold is None else rule.to_hold)
    assert after["approval"][0] == (rule.to_approval or approval)
    assert len(book.entries(action=move)) == 1


def test_every_command_of_a_move_is_a_move_and_says_when_it_needs_a_reason() -> None:
    for name in BY_BOOK:
        reason = next(p for p in cli.commands[name].params if p.name == "reason")
        assert reason.required == MOVES[name].reason
    by_others = {"refresh", "finalize", "tick", "pay", "credit"}
    assert {*BY_BOOK, *by_others} == set(MOVES)


def test_the_page_about_statuses_is_made_from_the_table() -> None:
    page = (Path(__file__).parents[1] / "docs" / "statuses.md").read_text("utf-8")
    assert docs.statuses().strip() in page
    for name, move in MOVES.items():
        assert f"`{name}`" in docs.statuses() and move.title in docs.statuses()
    assert "not issued and unpaid" in page


# As they are typed


def test_one_command_moves_what_is_named_by_batch_ref_and_number_in_any_mix(told: Any, batch: str) -> None:
    other = upload(told, "b.csv", "B-1,C-1001,EUR,2026-11-10,Extra day,7,100.00")
    code, done = told("release", "A-2", other)
    assert (code, done["moved"], done["invoices"], done["batches"]) == (0, 2, ["A-2", "B-1"], [batch, other])
    assert not where("A-2")["on_hold"] and not where("B-1")["on_hold"] and where("A-1")["on_hold"]


@pytest.mark.parametrize(
    ("filters", "refs"),
    [
        (["--customer", "C-1001"], ["A-1", "A-2"]),
        (["--customer", "C-1001", "--customer", "C-1002"], ["A-1", "A-2", "A-3"]),
        (["--over", "121"], ["A-2", "A-3"]),
        (["--over", "120.99", "--customer", "C-1001"], ["A-1", "A-2"]),
        (["A-1", "A-3", "--over", "200"], ["A-3"]),
        (["--over", "99999"], []),
    ],
)
def test_filters_choose_among_what_can_still_change(told: Any, batch: str, filters: list[str], refs: list[str]) -> None:
    code, done = told("release", *filters)
    assert code == 0 and done["invoices"] == refs


def test_only_those_with_warnings_are_chosen_where_that_is_asked_for(told: Any, typed: Any, batch: str) -> None:
    mixed = upload(
        told, "w.csv", "W-1,C-1001,EUR,2026-11-10,Extra day,3,100.00", *["W-2,C-1002,EUR,2026-11-10,Extra day,4,100.00"] * 2
    )
    shown = json.loads((Path("batches") / mixed / "problems.json").read_text("utf-8"))
    warned = sorted({p["invoice_ref"] for p in shown if p["severity"] == "warning" and p["invoice_ref"]})
    assert warned == ["W-2"]
    assert told("release", mixed, "--with-warnings")[1]["invoices"] == warned


def test_without_a_name_or_a_filter_nothing_is_moved(typed: Any, batch: str) -> None:
    code, said = typed("archive")
    assert code == 2 and "Name batches, invoice refs or numbers" in said and "everything at once" in said
    assert where("A-1")["status"] == DRAFT


def test_an_amount_that_can_be_read_in_two_ways_is_no_filter(typed: Any, batch: str) -> None:
    code, said = typed("hold", "--over", "10,000")
    assert code == 2 and '"10,000" is not an amount' in said


def test_a_name_that_is_not_known_stops_everything_and_the_near_one_is_offered(told: Any, typed: Any, batch: str) -> None:
    code, done = told("release", "A-1", "a-2")
    assert code == 1 and [p["code"] for p in done["problems"]] == ["E531"]
    assert done["problems"][0]["message"] == 'There is no invoice ref, number or batch "a-2". Did you mean "A-2"?'
    assert where("A-1")["on_hold"]
    assert "Nothing was changed." in typed("release", "zzz")[1]


def test_a_batch_and_an_invoice_of_it_together_are_refused(told: Any, batch: str) -> None:
    code, done = told("approve", batch, "A-1", "--user", "ben")
    assert code == 1 and [p["code"] for p in done["problems"]] == ["E532"]
    assert where("A-1")["approval"] == "PENDING_REVIEW"


def test_a_name_that_is_a_batch_and_an_invoice_is_refused_with_both_readings(told: Any, typed: Any, batch: str) -> None:
    other = upload(told, "b.csv", f"{batch},C-1001,EUR,2026-11-10,Extra day,7,100.00")
    code, done = told("approve", batch, "--user", "ben")
    assert code == 1 and [(p["code"], p["message"]) for p in done["problems"]] == [
        ("E536", f'"{batch}" can mean all of that batch (type batch:{batch}), or the one invoice with that ref, in batch '
                 f"{other} (type ref:{batch}).")
    ]  # fmt: skip
    assert {where(ref)["approval"] for ref in ("A-1", batch)} == {"PENDING_REVIEW"}
    for command in ("show", "hold", "refresh"):
        code, said = typed(command, batch)
        assert code == 1 and f"type batch:{batch}" in said and "Say which one" in said
    assert told("approve", f"ref:{batch}", "--user", "ben")[1]["invoices"] == [batch]
    assert told("approve", f"batch:{batch}", "--user", "ben")[1]["invoices"] == ["A-1", "A-2", "A-3"]
    assert [i["invoice_ref"] for i in told("show", f"batch:{batch}")[1]["invoices"]] == ["A-1", "A-2", "A-3"]
    assert [i["invoice_ref"] for i in told("show", f"Ref:{batch}")[1]["invoices"]] == [batch]


def test_a_ref_that_is_the_number_of_another_invoice_is_refused_with_both_readings(
    told: Any, typed: Any, batch: str
) -> None:
    number = "INV-2026-000001"
    other = upload(told, "b.csv", f"{number},C-1001,EUR,2026-11-10,Extra day,7,100.00")
    assert told("approve", number, "--user", "ben")[1]["invoices"] == [number]
    told("approve", "A-1", "--user", "ben")
    told("finalize", batch, "--yes")
    readings = (
        f'"{number}" can mean the one invoice with that ref, in batch {other} (type ref:{number}), or the invoice with that '
        f"number, whose ref is A-1 (type number:{number})."
    )
    for command in (["archive"], ["show"], ["credit", "--reason", "x"], ["credit-and-copy", "--reason", "x"]):
        code, done = told(command[0], number, *command[1:])
        assert code == 1 and [p["message"] for p in done["problems"]] == [readings]
    assert told("show", f"number:{number}")[1]["invoices"][0]["invoice_ref"] == "A-1"
    assert told("credit", f"number:{number}", "--reason", "x")[0] == 0
    assert told("archive", f"ref:{number}")[1]["invoices"] == [number]


def test_a_number_that_is_also_its_own_ref_and_a_ref_with_a_colon_mean_one_thing(told: Any, batch: str) -> None:
    other = upload(told, "b.csv", "INV-2026-000001,C-1001,EUR,2026-11-10,Extra day,7,100.00",
                   "ref:A-9,C-1001,EUR,2026-11-10,Extra day,8,100.00")  # fmt: skip
    told("approve", "INV-2026-000001", "--user", "ben")
    told("finalize", other, "--yes")
    assert where("INV-2026-000001")["number"] == "INV-2026-000001"
    assert len(told("show", "INV-2026-000001")[1]["invoices"]) == 1
    assert told("release", "ref:A-9")[1]["invoices"] == ["ref:A-9"]


def test_a_customer_that_the_book_has_not_is_named_with_the_near_one(told: Any, batch: str) -> None:
    code, done = told("hold", "--customer", "C-10O1")
    assert code == 1 and [p["code"] for p in done["problems"]] == ["E533"]
    assert 'Did you mean "C-1001"?' in done["problems"][0]["message"]


def test_a_bulk_run_goes_on_past_refusals_and_ends_as_partly_done(told: Any, typed: Any, batch: str) -> None:
    told("archive", "A-1")
    code, done = told("release", "A-1", "A-2")
    assert code == 6 and done["invoices"] == ["A-2"]
    assert [(p["code"], p["invoice_ref"]) for p in done["problems"]] == [("E501", "A-1")]
    code, said = typed("hold", "A-1")
    assert code == 1 and "Invoice A-1 is archived, so it cannot be put on hold. Possible: nothing" in said


def test_of_a_batch_what_is_final_is_left_alone_without_a_word(told: Any, typed: Any, batch: str) -> None:
    told("approve", "A-1", "--user", "ben")
    told("finalize", batch, "--yes")
    code, done = told("release", batch)
    assert (code, done["invoices"], done["problems"]) == (0, ["A-2", "A-3"], [])
    code, done = told("release", "INV-2026-000001")
    assert code == 1 and done["problems"][0]["message"] == (
        "Invoice A-1 is final under INV-2026-000001, so it cannot be released. Possible: pay, credit."
    )
    told("archive", "A-2", "A-3")
    code, said = typed("hold", batch)
    assert code == 0 and "Nothing to do: all of it is final or archived already." in said


def test_a_move_made_twice_says_so_and_changes_nothing(told: Any, batch: str) -> None:
    code, done = told("hold", batch)
    assert code == 0 and done["moved"] == 0 and {p["code"] for p in done["problems"]} == {"N501"}
    with open_book(workspace_in(Path()).book_url) as book:
        assert not len(book.entries(action="hold"))


def test_refusals_for_one_reason_are_one_line(books: Path, book: Book) -> None:
    book.add_batch(drafts(4), Upload("a.xlsx", "a" * 64, "anna", NOON), left_out=0)
    book.move([Step("archive", [1, 2, 3])], "ben", NOON)
    book.move([Step("open", [4])], "ben", NOON)
    problems = book.move([Step("open", [1, 2, 3, 4])], "ben", NOON).problems
    assert [g.message for g in grouped(problems)] == [
        "3 invoices are archived, so they cannot be opened: NOV-00001 to NOV-00003. Possible: nothing; it ended there.",
        "Invoice NOV-00004 is open already.",
    ]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(told: Any, typed: Any, batch: str) -> None:
    told("archive", "A-1")
    with open_book(workspace_in(Path()).book_url) as book:
        before = book.entries()
    code, said = typed("archive", "A-1", "A-2", "--dry-run")
    assert code == 0 and "1 invoice would be archived as anna: A-2. A dry run: nothing was changed." in said
    assert "Invoice A-1 is archived already." in said
    with open_book(workspace_in(Path()).book_url) as book:
        pd.testing.assert_frame_equal(book.entries(), before)


def test_a_decline_needs_a_reason_and_keeps_it(typed: Any, batch: str) -> None:
    assert typed("decline", "A-1", "--user", "ben")[0] == 2
    assert typed("decline", "A-1", "--reason", "  ", "--user", "ben")[0] == 2
    assert typed("decline", "A-1", "--reason", " wrong price ", "--user", "ben")[0] == 0
    assert where("A-1")["approval_reason"] == "wrong price"
    chosen = selecting.Chosen(pd.DataFrame())
    with pytest.raises(ValueError, match="reason"):
        moves.make(Workspace(Path(), Settings()), None, "decline", chosen, "ben", NOON)  # type: ignore[arg-type]


def test_nobody_decides_on_an_own_upload_unless_the_settings_allow_it(told: Any, book: Book) -> None:
    book.add_batch(drafts(1), Upload("a.xlsx", "a" * 64, "anna", NOON), left_out=0)
    chosen = selecting.choose(book, selecting.Wanted(("NOV-00001",)))
    strict = Workspace(Path(), Settings())
    assert [p.code for p in moves.make(strict, book, "approve", chosen, "anna", NOON).problems] == ["E503"]
    assert [p.code for p in moves.make(strict, book, "decline", chosen, "anna", NOON, reason="x").problems] == ["E503"]
    loose = Workspace(Path(), Settings(review=Review(same_person_may_approve=True)))
    assert moves.make(loose, book, "approve", chosen, "anna", NOON).refs == ["NOV-00001"]


def test_the_book_keeps_whether_an_invoice_was_named_itself(told: Any, batch: str) -> None:
    other = upload(told, "b.csv", "B-1,C-1001,EUR,2026-11-10,Extra day,7,100.00")
    told("approve", batch, "B-1", "--user", "ben")
    with open_book(workspace_in(Path()).book_url) as book:
        entries = book.entries(action="approve")
    kept = {ref: json.loads(body)["by_all"] for ref, body in zip(entries["invoice_ref"], entries["body"], strict=True)}
    assert other and kept == {"A-1": True, "A-2": True, "A-3": True, "B-1": False}


def test_of_a_ref_that_was_archived_and_drafted_again_the_draft_is_moved(told: Any, batch: str) -> None:
    told("archive", "A-1")
    upload(told, "again.csv", "A-1,C-1001,EUR,2026-11-10,Extra day,9,100.00")
    assert told("open", "A-1")[1]["moved"] == 1
    assert where("A-1")["status"] == OPEN


def test_letters_that_are_none_are_an_unknown_name_and_quiet_still_says_what_was_refused(
    books: Path, capsys: pytest.CaptureFixture[str], told: Any, batch: str
) -> None:
    assert run(["hold", "A\udcff"]) == 1 and 'batch "A?"' in capsys.readouterr().out
    told("archive", "A-1")
    assert run(["hold", "A-1", "-q"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "Invoice A-1 is archived" in said.err


# Undo


def test_undo_archives_all_of_a_batch_and_the_same_file_can_be_drafted_again(told: Any, typed: Any, batch: str) -> None:
    code, said = typed("undo", batch, "--dry-run")
    assert code == 0 and "3 invoices of batch" in said and where("A-1")["status"] == DRAFT
    code, done = told("undo", batch)
    assert code == 0 and done["archived"] == ["A-1", "A-2", "A-3"]
    assert {where(f"A-{n}")["status"] for n in (1, 2, 3)} == {ARCHIVED}
    assert "archived already" in typed("undo", batch)[1]
    code, again = told("draft", "a.csv")
    assert code == 0 and again["batch"] != batch and where("A-1")["status"] == DRAFT
    assert told("ledger", "verify")[0] == 0


def test_the_pages_of_a_batch_that_was_taken_back_say_so(told: Any, typed: Any, batch: str) -> None:
    folder = Path("batches") / batch
    page = next(folder.glob("invoices/A-1*.html"))
    assert ">DRAFT<" in page.read_text("utf-8")
    code, said = typed("undo", batch)
    assert code == 0 and f"Its pages say that it is archived: batches/{batch}/index.html" in said
    text = page.read_text("utf-8")
    assert ">ARCHIVED<" in text and ">DRAFT<" not in text and "Archived: it gets no number" in text
    index = (folder / "index.html").read_text("utf-8")
    sentence = "All of this batch is archived: nothing of it becomes final, and there is nothing to decide."
    assert sentence in index and f"approve {batch}" not in index and "Archived" in index
    review = openpyxl.load_workbook(folder / "preview.xlsx")["Review"]
    assert sentence in [row[0].value for row in review.iter_rows(max_row=5)]


def test_credit_notes_are_called_credit_notes_by_every_move(told: Any, typed: Any, batch: str) -> None:
    told("approve", "A-1", "A-2", "--user", "ben")
    told("finalize", batch, "--yes")
    credits = [told("credit", ref, "--reason", "x")[1]["batch"] for ref in ("A-1", "A-2")]
    assert "1 credit note archived as anna: A-1-C1." in typed("archive", "A-1-C1")[1]
    said = typed("approve", "A-2-C1", "A-3", "--user", "ben")[1]
    assert "1 invoice and 1 credit note approved as ben: A-3, A-2-C1." in said
    assert f"1 credit note of batch {credits[1]} would be archived: A-2-C1." in typed("undo", credits[1], "--dry-run")[1]
    assert f"1 credit note of batch {credits[1]} final: CN-2026-000001." in typed("finalize", credits[1], "--yes")[1]
    again = told("credit", "A-1", "--reason", "x")[1]["batch"]
    said = typed("undo", again)[1]
    assert f"1 credit note of batch {again} archived: A-1-C2." in said and "it can be credited again" in said


def test_a_batch_that_is_final_in_part_is_not_undone_and_what_is_final_is_named(told: Any, typed: Any, batch: str) -> None:
    told("approve", "A-1", "A-2", "--user", "ben")
    told("finalize", batch, "--yes")
    code, said = typed("undo", batch)
    assert code == 1 and f"2 invoices of batch {batch} are final, so it cannot be undone: A-1, A-2." in said
    assert "Archive the invoices" in said and "Nothing was changed." in said
    code, done = told("undo", batch)
    assert {p["code"] for p in done["problems"]} == {"E530"} and done["archived"] == []
    assert where("A-3")["status"] == DRAFT


def test_undo_names_the_earlier_drafts_that_stay_archived_and_they_come_back_with_their_file(
    told: Any, typed: Any, batch: str
) -> None:
    second = upload(told, "b.csv", "A-2,C-1001,EUR,2026-11-10,Extra day,5,100.00", more=("--replace",))
    code, done = told("undo", second, "--dry-run")
    assert done["still_archived"] == [{"invoice_ref": "A-2", "batch": batch, "file": "a.csv"}]
    code, said = typed("undo", second)
    assert code == 0 and f"stays archived: A-2, of batch {batch}" in said and "draft its file again: a.csv" in said
    assert where("A-2")["status"] == ARCHIVED
    assert told("draft", "a.csv")[0] == 0
    assert str(where("A-2")["gross_total"]) == "242.0000"
    assert where("A-1")["batch"] == batch
