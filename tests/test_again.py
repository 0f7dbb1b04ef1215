"""Uploads that come again: what is unchanged, changed, new and missing, and what looks like an earlier invoice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from desk import Desk
from samples import SAMPLES, TODAY
from uploads import approve, change_master, drafted, finalized, fresh_desk, row, states, upload, write

from oneoff_batch.checking.again import as_given, check_again
from oneoff_batch.checking.kept import made_with, packed, unpacked
from oneoff_batch.cli import run
from oneoff_batch.drafting import draft
from oneoff_batch.lifecycle.differences import differences
from oneoff_batch.pipeline.intake import Outcome, examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import Problem, grouped

FILES = ("november.xlsx", "flat.csv", "mistakes.xlsx")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with fresh_desk(tmp_path) as made:
        yield made


def outcome_of(name: str) -> Outcome:
    return examine(open_workspace(SAMPLES), [SAMPLES / name], None, TODAY, None)


def problems(done: object, code: str) -> list[Problem]:
    return [p for p in done.outcome.problems if p.code == code]


# What an upload was drafted from is kept


@pytest.mark.parametrize("name", FILES)
def test_kept_rows_come_back_exactly_and_make_the_same_drafts(name: str) -> None:
    outcome = outcome_of(name)
    assert outcome.checked is not None and outcome.master is not None and outcome.drafts is not None
    given = as_given(outcome.checked)
    back = unpacked(packed(given))
    pd.testing.assert_frame_equal(back.invoices, given.invoices)
    pd.testing.assert_frame_equal(back.lines, given.lines)
    again = check_again(back, outcome.master)
    assert again.problems == [] and made_with(packed(given, "a fingerprint")) == "a fingerprint"
    made, _ = draft(again.good(), outcome.master, open_workspace(SAMPLES).settings, TODAY)
    drafts = outcome.drafts
    pd.testing.assert_frame_equal(made.invoices, drafts.invoices)
    pd.testing.assert_frame_equal(made.lines, drafts.lines)
    pd.testing.assert_frame_equal(made.taxes, drafts.taxes)


def test_what_the_master_data_filled_in_is_not_kept() -> None:
    outcome = outcome_of("november.xlsx")
    assert outcome.checked is not None
    given = as_given(outcome.checked)
    bare = outcome.checked.written[1].frame.loc[given.lines["row"], ["unit_price", "amount"]].isna().all(axis=1)
    assert bare.any() and (given.lines["unit_price"].isna().to_numpy() == bare.to_numpy()).all()
    assert given.invoices["currency"].isna().any() and given.invoices["billing_entity"].isna().any()


def test_a_batch_keeps_its_good_rows(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-1", "50.00"), row("A-2", customer="C-9999"), valid_only=True)
    kept = desk.book.kept_rows(batch)
    assert (kept.kind, kept.file) == ("upload", "november.csv") and kept.rows is not None
    rows = unpacked(kept.rows)
    assert rows.invoices["invoice_ref"].tolist() == ["A-1"] and [str(p) for p in rows.lines["unit_price"]] == [
        "100.00000000", "50.00000000",
    ]  # fmt: skip


# What differs, in words


def test_a_draft_does_not_differ_from_itself() -> None:
    drafts = outcome_of("november.xlsx").drafts
    assert drafts is not None and differences(drafts, drafts) == []


def test_a_changed_draft_is_refused_with_what_differs(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", "200.00"), row("A-1", "950.00"), row("A-2"))
    done = upload(desk, row("A-1", "200.00"), row("A-1", "980.00"), row("A-2"), name="again.csv")
    assert done.batch is None
    (problem,) = problems(done, "E509")
    words = "Unit price of line 2 950.00 → 980.00; total 1,391.50 → 1,427.80"
    assert problem.message == f"Invoice A-1 is already a draft in batch {batch}, and this upload changes it: {words}."
    assert done.outcome is not None and done.outcome.again is not None
    (changed,) = done.outcome.again["changed"]
    assert changed["differences"] == [{"what": "Unit price of line 2", "before": "950.00", "after": "980.00"}]
    assert (changed["before"]["gross_total"], changed["after"]["gross_total"], changed["replaced"]) == (
        "1391.50", "1427.80", False,
    )  # fmt: skip


def test_an_upload_again_is_told_apart_into_new_unchanged_changed_and_missing(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-2", "20.00"), row("A-3", "30.00"), row("A-4", "40.00"))
    rows = (row("A-1"), row("A-2", "25.00"), row("A-5", "50.00"))
    done = upload(desk, *rows, name="again.csv", replace_drafts=True)
    assert done.outcome is not None and done.outcome.again is not None
    again = done.outcome.again
    assert (again["new"], again["unchanged"], again["missing"]) == (["A-5"], ["A-1"], ["A-3", "A-4"])
    assert [(c["invoice_ref"], c["replaced"]) for c in again["changed"]] == [("A-2", True)]
    (group,) = grouped(problems(done, "W511"))
    assert group.message == f"2 invoices of batch {batch} are no longer in the file: A-3, A-4. Their drafts stay."
    assert states(desk, "A-3")["status"] == "DRAFT"


def test_what_is_in_the_file_but_has_an_error_is_not_missing(desk: Desk) -> None:
    drafted(desk, row("A-1"), row("A-2"))
    done = upload(desk, row("A-1"), row("A-2", customer="C-9999"), name="again.csv")
    assert problems(done, "W511") == []


def test_a_changed_final_invoice_proposes_a_credit_and_never_changes(desk: Desk) -> None:
    finalized(desk, drafted(desk, row("A-1")), everything=True)
    number = states(desk, "A-1")["number"]
    done = upload(desk, row("A-1", "120.00"), name="again.csv", replace_drafts=True)
    assert done.batch is None
    (problem,) = problems(done, "E508")
    assert "Unit price of line 1 100.00 → 120.00" in problem.message
    assert problem.message.endswith(f"To change it: credit-and-copy {number}.")
    assert states(desk, "A-1")["gross_total"] == states(desk, "A-1")["net_total"] + states(desk, "A-1")["tax_total"]
    assert str(states(desk, "A-1")["net_total"]) == "100.0000"


def test_a_final_invoice_whose_customer_moved_since_is_unchanged_when_its_rows_come_again(desk: Desk) -> None:
    finalized(desk, drafted(desk, row("A-1"), row("A-1", "50.00"), row("A-2"), row("A-3")), everything=True)
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    changed = upload(desk, row("A-1"), row("A-1", "50.00"), row("A-2", "120.00"), row("A-4"), name="again.csv")
    assert [p.invoice_ref for p in problems(changed, "N303")] == ["A-1"]
    assert [p.invoice_ref for p in problems(changed, "E508")] == ["A-2"] and changed.batch is None
    done = upload(desk, row("A-1"), row("A-1", "50.00"), row("A-2"), row("A-4"), name="more.csv")
    assert done.outcome is not None and done.outcome.unchanged == {"A-1", "A-2"}
    assert desk.book.states(batch=done.batch)["invoice_ref"].tolist() == ["A-4"]


def test_a_draft_whose_customer_moved_since_still_differs_when_its_rows_come_again(desk: Desk) -> None:
    drafted(desk, row("A-1"))
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    (problem,) = problems(upload(desk, row("A-1"), row("A-2"), name="again.csv"), "E509")
    assert "of customer C-1001" in problem.message and '"Zeist"' in problem.message


def test_what_was_approved_and_is_replaced_is_to_be_approved_again(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-2"))
    approve(desk, batch)
    done = upload(desk, row("A-1", "120.00"), row("A-2"), name="again.csv", replace_drafts=True)
    (problem,) = problems(done, "N511")
    assert problem.invoice_ref == "A-1" and batch in problem.message
    assert states(desk, "A-1")["approval"] == "PENDING_REVIEW" and states(desk, "A-1")["batch"] == done.batch
    assert states(desk, "A-2")["approval"] == "APPROVED"


def test_a_line_put_in_between_does_not_make_those_behind_it_look_changed(desk: Desk) -> None:
    lines = [row("A-1", f"{n}0.00", pricing_name=f"Part {n}") for n in (1, 2, 3)]
    drafted(desk, *lines)
    more = [lines[0], row("A-1", "5.00", pricing_name="Between"), *lines[1:]]
    done = upload(desk, *more, name="again.csv")
    assert done.outcome is not None and done.outcome.again is not None
    (changed,) = done.outcome.again["changed"]
    assert [d["what"] for d in changed["differences"]] == ['Line 2 added: "Between", 5.00']


def test_texts_stand_in_quotes_and_what_is_empty_is_none(desk: Desk) -> None:
    drafted(desk, row("A-1"))
    done = upload(desk, row("A-1", po_number="PO 7", pricing_name="Half a day"), name="again.csv")
    (problem,) = problems(done, "E509")
    assert 'PO number none → "PO 7"; Product name of line 1 "Extra day" → "Half a day"; the total stays.' in problem.message


def test_a_long_invoice_that_changes_throughout_is_told_by_its_first_differences(desk: Desk) -> None:
    drafted(desk, *[row("A-1") for _ in range(30)])
    done = upload(desk, *[row("A-1", "101.00") for _ in range(30)], name="again.csv")
    (problem,) = problems(done, "E509")
    assert "; 22 further differences; total 3,630.00 → 3,666.30." in problem.message


def test_problems_that_an_older_version_kept_are_told_without_the_difference() -> None:
    old = Problem("E509", invoice_ref="A-1", details={"number": "None", "batch": "2026-11-24-1"})
    assert old.message == "Invoice A-1 is already a draft in batch 2026-11-24-1, and this upload changes it."


# What looks like an earlier invoice


def test_the_same_order_number_and_total_under_another_ref_is_a_warning_that_names_the_earlier_one(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", po_number="PO-7"), row("A-2", po_number="PO-8"))
    finalized(desk, batch, everything=True)
    done = upload(desk, row("B-1", po_number="PO-7"), row("B-2", "99.00", po_number="PO-8"), name="other.csv")
    assert done.batch is not None
    (problem,) = problems(done, "W512")
    number = states(desk, "A-1")["number"]
    assert problem.message == (
        f"Invoice B-1 looks like A-1 (final as {number}, batch {batch} of 2026-11-24): the same customer C-1001, "
        'the same total 121.00 EUR, and the PO number "PO-7".'
    )


def test_periods_that_overlap_and_the_same_total_are_a_warning(desk: Desk) -> None:
    drafted(desk, row("A-1", period_start="2026-11-01", period_end="2026-11-30"))
    rows = [
        row("B-1", period_start="2026-11-30", period_end="2026-12-15"),
        row("B-2", period_start="2026-12-01", period_end="2026-12-31"),
        row("B-3", customer="C-1003", period_start="2026-11-01", period_end="2026-11-30"),
        row("B-4"),
    ]
    done = upload(desk, *rows, name="other.csv")
    assert [p.invoice_ref for p in problems(done, "W512")] == ["B-1", "B-4"]
    assert "the month 2026-11, as not both have a period" in problems(done, "W512")[1].message
    assert "days of its period (2026-11-01 to 2026-11-30)" in problems(done, "W512")[0].message


def test_an_invoice_does_not_look_like_the_draft_that_it_replaces(desk: Desk) -> None:
    drafted(desk, row("A-1", po_number="PO-7"))
    done = upload(desk, row("A-1", po_number="PO-7", pricing_name="Other"), name="again.csv", replace_drafts=True)
    assert done.batch is not None and problems(done, "W512") == []


# As it is typed


def test_the_terminal_the_json_and_the_page_show_what_differs(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--workspace", str(desk.workspace.root), "--user", "anna"]
    first = write(desk, "november.csv", row("A-1"), row("A-2", "20.00"))
    assert run(["draft", str(first), *at]) == 0
    second = write(desk, "again.csv", row("A-1", "120.00"), row("A-2", "25.00"), row("A-3"))
    capsys.readouterr()
    assert run(["check", str(second), *at]) == 1
    out = capsys.readouterr().out
    assert "Against the book: 2 changed, 1 new." in out
    assert "A-1  Unit price of line 1 100.00 → 120.00; total 121.00 → 145.20  (stays as it is)" in out
    page = (desk.workspace.root / "reports" / "again-problems.html").read_text("utf-8")
    assert "Against the book" in page and "<td>Unit price of line 1</td>" in page and "145.20" in page
    assert run(["draft", str(second), "--replace", "--json", *at]) == 0
    told = json.loads(capsys.readouterr().out)["again"]
    assert [(c["invoice_ref"], c["replaced"]) for c in told["changed"]] == [("A-1", True), ("A-2", True)]


def test_a_file_that_is_in_the_book_with_other_invoices_only_is_not_compared_aloud(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    drafted(desk, row("A-1"))
    path = write(desk, "other.csv", row("B-1", "75.00"))
    assert run(["check", str(path), "--workspace", str(desk.workspace.root)]) == 0
    assert "Against the book" not in capsys.readouterr().out


def test_custom_fields_are_compared_one_by_one() -> None:
    drafts = outcome_of("november.xlsx").drafts
    assert drafts is not None
    one = drafts.only(drafts.invoices["invoice_ref"] == "NOV-001")
    before, after = (
        replace(one, invoices=one.invoices.assign(custom=pd.Series([text], dtype=one.invoices["custom"].dtype)))
        for text in ('{"Cost centre": "4410", "Desk": "7"}', '{"Cost centre": "4420"}')
    )
    (changed,) = differences(before, after)
    assert [d.words for d in changed.differences] == ['Cost centre "4410" → "4420"', 'Desk "7" → none']
