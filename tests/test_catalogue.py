"""Every problem code owns a sheet that provokes it, and has all of its words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import openpyxl
import pytest
from desk import Desk, desk_in
from samples import PROBLEMS, SAMPLES, TODAY, as_text, problems_of, sample

from oneoff_batch.money import currencies
from oneoff_batch.pipeline.intake import examine, load_master
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import Kind, Problem, catalogue, errors

CODES = tuple(catalogue())
ACTIONS = {
    "E501": "test_book.py::test_nothing_moves_a_final_or_archived_invoice",
    "E502": "test_book.py::test_what_is_not_approved_gets_no_number_and_neither_does_the_rest",
    "E535": "test_two_pairs_of_eyes.py::test_an_approval_of_a_whole_batch_leaves_out_what_was_declined",
    "E503": "test_catalogue.py::test_who_uploaded_an_invoice_does_not_approve_it",
    "E504": "test_book.py::test_a_number_behind_a_later_date_is_refused_or_warned_about_by_the_settings",
    "E505": "test_book.py::test_an_archived_invoice_and_one_without_lines_are_refused",
    "E506": "test_catalogue.py::test_a_date_on_which_other_rates_apply_is_refused",
    "E507": "test_catalogue.py::test_an_invoice_is_not_dated_after_its_due_date",
    "E508": "test_catalogue.py::test_what_is_final_is_not_billed_again",
    "E509": "test_catalogue.py::test_what_is_a_draft_already_is_not_drafted_again",
    "E510": "test_catalogue.py::test_no_number_is_drawn_in_a_closed_period",
    "E520": "test_book.py::test_verify_names_the_number_that_is_missing",
    "E521": "test_book.py::test_verify_names_what_was_tampered_with",
    "E522": "test_book.py::test_verify_names_the_first_broken_entry_and_what_was_expected",
    "E523": "test_book.py::test_verify_names_what_was_tampered_with",
    "E524": "test_book.py::test_verify_names_what_was_tampered_with",
    "E525": "test_book.py::test_verify_names_what_was_tampered_with",
    **{
        code: f"test_review.py::{test}"
        for code, test in {
            "E540": "test_a_decision_about_an_invoice_that_the_book_has_not_is_named_at_its_cell",
            "E541": "test_a_decision_about_a_draft_that_has_changed_since_is_refused",
            "E542": "test_a_locked_cell_that_was_edited_is_named_with_what_it_was_and_is",
            "E543": "test_two_decisions_about_one_invoice_are_both_refused",
            "E544": "test_a_word_that_is_no_decision_is_refused_with_the_one_that_was_meant",
            "E545": "test_a_decline_says_why",
            "E546": "test_decisions_about_what_is_final_are_told_as_a_group",
            "E547": "test_a_workbook_without_a_review_sheet_is_refused",
            "E548": "test_a_locked_column_that_is_missing_stops_the_whole_workbook",
            "E549": "test_two_columns_for_one_thing_stop_the_whole_workbook",
            "N540": "test_decisions_about_what_is_final_are_told_as_a_group",
            "W540": "test_a_comment_without_a_decision_is_not_kept_and_that_is_said",
            "W542": "test_decisions_in_hidden_rows_count_and_are_named",
            "W541": "test_a_hold_on_what_is_approved_warns_that_finalize_still_takes_it",
        }.items()
    },
    **{
        code: f"test_evidence.py::{test}"
        for code, test in {
            "E570": "test_a_file_that_is_no_pack_or_does_harm_ends_in_a_sentence",
            "E571": "test_a_cent_that_was_changed_is_found_also_where_list_and_sums_were_written_to_match",
            "E572": "test_a_file_that_was_left_out_is_named",
            "E573": "test_a_file_that_was_put_in_is_named",
            "E574": "test_an_entry_between_two_others_cannot_be_taken_out",
            "E575": "test_a_cent_that_was_changed_is_found_also_where_list_and_sums_were_written_to_match",
            "E576": "test_a_cent_that_was_changed_is_found_also_where_list_and_sums_were_written_to_match",
            "E577": "test_what_differs_is_told_with_file_line_and_both_values",
            "E578": "test_a_document_that_was_left_out_with_its_line_in_the_list_is_missed_by_its_entry",
            "E579": "test_an_invoice_that_was_left_out_everywhere_is_missed",
        }.items()
    },
    "E530": "test_moves.py::test_a_batch_that_is_final_in_part_is_not_undone_and_what_is_final_is_named",
    "E531": "test_moves.py::test_a_name_that_is_not_known_stops_everything_and_the_near_one_is_offered",
    "E532": "test_moves.py::test_a_batch_and_an_invoice_of_it_together_are_refused",
    "E533": "test_moves.py::test_a_customer_that_the_book_has_not_is_named_with_the_near_one",
    "E536": "test_moves.py::test_a_name_that_is_a_batch_and_an_invoice_is_refused_with_both_readings",
    "E534": "test_tick.py::test_one_bad_invoice_is_left_out_and_never_stops_the_others",
    "N501": "test_moves.py::test_a_move_made_twice_says_so_and_changes_nothing",
    "E528": "test_documents.py::test_a_document_that_was_changed_or_taken_out_is_named",
    "E527": "test_book.py::test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_kept",
    "E526": "test_credits.py::test_verify_names_credit_notes_that_take_more_than_was_billed",
    "E550": "test_credits.py::test_more_than_is_left_is_refused_with_what_is_left",
    "E551": "test_credits.py::test_what_is_credited_in_full_is_not_credited_again",
    "E552": "test_credits.py::test_a_line_that_was_not_billed_is_not_credited",
    "E553": "test_credits.py::test_a_credit_note_is_not_credited_itself",
    "E554": "test_credits.py::test_a_sheet_with_an_error_credits_nothing_or_only_what_can_be",
    "E555": "test_credits.py::test_an_amount_finer_than_the_currency_is_refused",
    "E556": "test_credits.py::test_a_line_is_asked_for_once",
    "E557": "test_credits.py::test_a_charge_is_not_credited_beyond_its_deduction",
    "E558": "test_credits.py::test_the_customer_stands_there_as_on_the_invoice_or_as_of_today",
    "E559": "test_credits.py::test_a_credit_note_is_not_dated_before_its_invoice",
    "E560": "test_payments.py::test_what_cannot_be_a_payment_is_named_with_its_cell_and_nothing_is_entered",
    "E561": "test_payments.py::test_the_same_payment_in_another_file_is_refused",
    "E562": "test_payments.py::test_what_cannot_be_a_payment_is_named_with_its_cell_and_nothing_is_entered",
    "E563": "test_payments.py::test_a_sheet_of_payments_that_lacks_a_column_is_told_which_and_where_a_blank_one_is",
    "E564": "test_credits.py::test_a_sheet_that_lacks_a_column_says_which",
    "E565": "test_credits.py::test_a_deduction_alone_is_not_credited_because_the_customer_would_pay_more",
    "E566": "test_payments.py::test_a_payment_in_another_currency_than_its_invoice_is_refused",
    "E567": "test_payments.py::test_a_second_sheet_of_payments_is_never_left_out_without_a_word",
    "E580": "test_accounting.py::test_what_has_no_account_is_named_all_of_it_before_anything_is_written",
    "E581": "test_accounting.py::test_what_has_no_account_is_named_all_of_it_before_anything_is_written",
    "E582": "test_accounting.py::test_what_has_no_account_is_named_all_of_it_before_anything_is_written",
    "E583": "test_accounting.py::test_an_import_of_several_companies_or_of_fractions_of_a_cent_is_refused",
    "E584": "test_accounting.py::test_an_import_of_several_companies_or_of_fractions_of_a_cent_is_refused",
    "W553": "test_payments.py::test_a_second_sheet_of_payments_is_never_left_out_without_a_word",
    "W554": "test_payments.py::test_a_payment_under_another_reference_may_be_the_same_one",
    "W555": "test_payments.py::test_a_payment_before_its_invoice_is_warned_about",
    "W550": "test_payments.py::test_more_than_is_open_is_entered_with_a_warning_that_says_how_much",
    "W551": "test_payments.py::test_more_than_is_open_is_entered_with_a_warning_that_says_how_much",
    "W552": "test_credits.py::test_a_column_of_a_sheet_of_credits_that_is_not_read_is_named_with_the_one_that_was_meant",
    "W124": "test_paid.py::test_an_invoice_without_a_status_or_balance_among_others_that_have_one_is_billed_with_a_warning",
    "N105": "test_hazards_files.py::test_hidden_rows_that_are_skipped_are_named",
    "N303": "test_catalogue.py::test_what_is_in_the_book_just_so_is_left_as_it_is",
    "W501": "test_book.py::test_a_number_behind_a_later_date_is_refused_or_warned_about_by_the_settings",
    "E511": "test_finalize_checks.py::test_content_that_is_not_what_was_drafted_draws_no_number",
    "E512": "test_finalize_checks.py::test_an_approval_of_another_content_draws_no_number",
    "E513": "test_refresh.py::test_a_batch_without_kept_rows_is_told_in_a_sentence",
    "E515": "test_refresh.py::test_a_draft_that_somebody_changed_in_the_meantime_stays",
    "W502": "test_finalize_checks.py::test_a_run_that_would_leave_earlier_approved_drafts_behind_says_so_first",
    "W511": "test_again.py::test_an_upload_again_is_told_apart_into_new_unchanged_changed_and_missing",
    "W512": "test_again.py::test_the_same_order_number_and_total_under_another_ref_is_a_warning_that_names_the_earlier_one",
    "W513": "test_finalize_checks.py::test_master_data_that_cannot_be_read_are_a_warning_and_stop_nothing",
    "W514": "test_finalize_checks.py::test_master_data_that_changed_since_are_a_warning_with_both_values",
    "W516": "test_credits.py::test_a_copy_in_which_nothing_was_corrected_is_a_warning",
    "W515": "test_finalize_checks.py::test_what_could_not_be_drafted_today_is_a_warning",
    "N511": "test_again.py::test_what_was_approved_and_is_replaced_is_to_be_approved_again",
}
"""Codes of statuses, numbers and the book come from what people do: each with the test that provokes it."""
BY_SHEET = tuple(c for c in CODES if c not in ACTIONS)
_ALWAYS_KNOWN = {"value", "header", "sheet", "file", "cell", "invoice"}


@pytest.mark.parametrize("code", BY_SHEET)
def test_every_code_is_provoked_by_its_own_sheet(code: str, golden: Callable[[str, str], None]) -> None:
    path = sample(code)
    assert path is not None, f"no sample in sample_data/problems provokes {code}"
    problems = problems_of(path)
    assert code in {p.code for p in problems}
    golden(f"problems/{code}.txt", as_text(problems))


def test_every_sample_belongs_to_a_code() -> None:
    assert sorted({p.name.split(".")[0] for p in PROBLEMS.iterdir()}) == sorted(BY_SHEET)


def test_every_golden_file_belongs_to_a_code() -> None:
    golden_files = (Path(__file__).parent / "golden" / "problems").iterdir()
    assert sorted(p.stem for p in golden_files) == sorted(BY_SHEET)


def test_a_code_that_needs_an_action_names_the_test_that_provokes_it() -> None:
    assert {c for c in CODES if c[1] == "5"} <= set(ACTIONS) <= set(CODES)
    for code, place in ACTIONS.items():
        file, name = place.split("::")
        text = Path(__file__).with_name(file).read_text("utf-8")
        assert f"def {name}(" in text and f'"{code}"' in text, f"{place} does not provoke {code}"


def test_the_code_says_where_a_problem_comes_from() -> None:
    assert [c for c in CODES if not re.fullmatch(r"[EWN][1-5][0-9]{2}", c)] == []


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_every_entry_of_the_catalogue_has_all_of_its_words(kind: Kind) -> None:
    for words in (kind.title, kind.text, kind.fix, kind.why, kind.good, kind.bad):
        assert words.strip() == words != ""
    assert kind.text[-1] in ".:?}" and kind.fix.endswith(".") and kind.why.endswith(".")
    assert kind.scope in {"row", "file"}


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_message_and_fix_can_be_written_for_every_code(kind: Kind) -> None:
    details = {name: f"<{name}>" for name in _places(kind) - _ALWAYS_KNOWN}
    problem = Problem(kind.code, "may.xlsx", "Lines", 7, "C", "Quantity", value="x", invoice_ref="NOV-1", details=details)
    assert "{" not in problem.message + problem.fix
    assert all(f"<{name}>" in problem.message + problem.fix for name in details)


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_the_catalogue_speaks_to_finance_people(kind: Kind) -> None:
    words = re.sub(r"\{[a-z_]+\}", "", " ".join((kind.title, kind.text, kind.fix, kind.why)))
    assert not re.search(r"[a-z]_[a-z]|\b(?:None|NaN|null|dtype|regex|exception|traceback)\b", words.replace("_batch", ""))


@pytest.mark.parametrize("code", BY_SHEET)
def test_no_message_has_a_hole(code: str) -> None:
    path = sample(code)
    assert path is not None
    for problem in problems_of(path):
        said = f"{problem.message} {problem.fix}"
        assert not re.search(r'""|  | [.,:](?: |$)|\bNone\b|\bnan\b|<NA>|[a-z]_[a-z]', said), said


def _places(kind: Kind) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(kind.text + kind.fix) if name}


def test_the_sample_master_data_have_no_problems() -> None:
    assert load_master(open_workspace(SAMPLES))[1] == []


def test_the_november_batch_agrees_with_its_control_totals() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, TODAY, None)
    assert errors(outcome.problems) == []
    assert outcome.checked is not None and outcome.checked.control is not None
    assert outcome.drafts is not None and len(outcome.drafts) == 60


def test_the_control_totals_of_november_are_those_of_plain_arithmetic() -> None:
    sheets = {name: _records(SAMPLES / "november.xlsx", name) for name in ("Invoices", "Lines", "Control")}
    master = {name: _records(SAMPLES / "master-data.xlsx", name) for name in ("Customers", "Billing entities", "Products")}
    price = {r["Product item"] or r["Product"]: r["Unit price"] for r in master["Products"]}
    customers = {r[key]: r for r in master["Customers"] for key in ("Reference", "Customer")}
    entities = {r["Billing entity"]: r for r in master["Billing entities"]}
    with_tax = {"NOV-006": Decimal("182.39"), "NOV-023": Decimal("300.00")}
    own: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for r in sheets["Invoices"]:
        ref, customer = r["Invoice ref"], customers[r["Customer"]]
        entity = entities[r["Billing entity"] or customer["Billing entity"] or "NL01"]
        currency = r["Currency"] or customer["Currency"] or entity["Currency"]
        lines = [line for line in sheets["Lines"] if line["Invoice ref"] == ref]
        net = sum((_net(line, price, currencies()[currency]) for line in lines), Decimal(0))
        own[currency].append((with_tax.get(ref, net), sum(map(_quantity, lines), Decimal(0))))
    for r in sheets["Control"]:
        amounts = own.pop(r["Currency"])
        assert r["Invoice count"] == len(amounts)
        assert _exact(r["Net total"]) == sum(net for net, _ in amounts)
        assert _exact(r["Quantity total"]) == sum(quantity for _, quantity in amounts)
    assert not own


def _records(path: Path, sheet: str) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(path)[sheet].values
    return [dict(zip(header, row, strict=True)) for row in rows]


def _exact(cell: object) -> Decimal:
    return Decimal(str(cell))


def _quantity(line: dict[str, Any]) -> Decimal:
    return Decimal(1).copy_sign(_exact(line["Amount"] or 1)) if line["Quantity"] is None else _exact(line["Quantity"])


def _net(line: dict[str, Any], price: dict[str, Any], digits: int) -> Decimal:
    if line["Amount"] is not None:
        return _exact(line["Amount"])
    unit = line["Unit price"] or price[line["Product item"] or line["Product"]]
    exact = _quantity(line) * _exact(unit) / _exact(line["Base quantity"] or 1)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def test_the_november_batch_shows_every_way_to_a_tax() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, TODAY, None)
    assert outcome.drafts is not None
    assert set(outcome.drafts.lines["tax_rule"]) == {
        "line_code", "customer_exempt", "no_tax", "exempt", "us_sales_tax", "reverse_charge", "destination_oss",
        "export", "customer_default", "entity_default",
    }  # fmt: skip


def test_the_november_batch_can_be_drafted_on_any_day_of_november() -> None:
    for day in (1, 30):
        outcome = examine(open_workspace(SAMPLES), [SAMPLES / "november.xlsx"], None, date(2026, 11, day), None)
        assert errors(outcome.problems) == []


def test_the_flat_file_bills_what_its_blank_cells_leave_to_the_row_above() -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "flat.csv"], None, TODAY, None)
    assert outcome.problems == [] and outcome.drafts is not None
    first = outcome.drafts.lines[outcome.drafts.lines["invoice_ref"] == "ADH-01"]
    assert (len(outcome.drafts), len(outcome.drafts.lines), len(first)) == (12, 29, 3)


def test_the_batch_of_mistakes_reads_as_prose(golden: Callable[[str, str], None]) -> None:
    outcome = examine(open_workspace(SAMPLES), [SAMPLES / "mistakes.xlsx"], None, TODAY, None)
    assert not outcome.blocked and len({p.code for p in outcome.problems}) >= 20
    golden("mistakes.txt", as_text(outcome.problems))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A workspace of the sample company with an empty book."""
    with desk_in(tmp_path, SAMPLES / "master-data.xlsx") as made:
        yield made


def test_who_uploaded_an_invoice_does_not_approve_it(desk: Desk) -> None:
    batch = desk.draft("W101")
    assert desk.approve(batch, "anna") == ["E503"]
    assert desk.approve(batch, "ben") == []


def test_a_date_on_which_other_rates_apply_is_refused(tmp_path: Path) -> None:
    with desk_in(tmp_path, PROBLEMS / "W402" / "master-data.xlsx") as desk:
        batch = desk.draft("W402")
        assert desk.finalize(batch, date(2026, 12, 5)) == ["E506"]
        assert desk.finalize(batch, date(2026, 11, 30)) == []


def test_an_invoice_is_not_dated_after_its_due_date(desk: Desk) -> None:
    batch = desk.draft("W205")
    assert desk.finalize(batch, date(2026, 12, 16)) == ["E507"]
    assert desk.finalize(batch, date(2026, 12, 15)) == []


def test_no_number_is_drawn_in_a_closed_period(desk: Desk) -> None:
    batch = desk.draft("W101")
    assert desk.finalize(batch, date(2026, 10, 31)) == ["E510"]
    assert desk.finalize(batch, date(2026, 11, 1)) == []


def test_what_is_a_draft_already_is_not_drafted_again(desk: Desk) -> None:
    desk.draft("W101")
    assert "E509" in desk.not_drafted("W302")


def test_what_is_final_is_not_billed_again(desk: Desk) -> None:
    desk.finalize(desk.draft("W101"), date(2026, 11, 24))
    assert "E508" in desk.not_drafted("W302")


def test_what_is_in_the_book_just_so_is_left_as_it_is(desk: Desk) -> None:
    desk.draft("W101")
    assert desk.not_drafted("W104") == ["W104", "N303"]


def test_a_remedy_is_the_same_for_every_value():
    """Problems are grouped by code, with one remedy above them all."""
    assert not [k.code for k in catalogue().values() if "{" in k.fix]
