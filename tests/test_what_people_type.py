"""What people type beside what is asked for: totals among lines, half dates, two hands in one file, terms in one letter."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from samples import SAMPLES, TODAY

from oneoff_batch.pipeline.intake import Outcome, examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.reading import Unreadable

HEADER = ["Invoice ref", "Customer", "Pricing name", "Quantity", "Unit price"]


def checked(path: Path) -> Outcome:
    return examine(open_workspace(SAMPLES), [path], None, TODAY, None)


def flat(tmp_path: Path, *rows: list[object], header: list[str] | None = None) -> Outcome:
    """A flat workbook of one invoice whose ref stands in its first row only."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (header or HEADER, *rows):
        sheet.append(row)
    path = tmp_path / "november.xlsx"
    workbook.save(path)
    return checked(path)


def csv(tmp_path: Path, text: str) -> Outcome:
    path = tmp_path / "november.csv"
    path.write_text(text, "utf-8")
    return checked(path)


def codes(outcome: Outcome, *wanted: str) -> list[tuple[str, str, str]]:
    return [(p.code, p.cell, p.value) for p in outcome.problems if p.code in wanted]


FIRST = ["NOV-1", "C-1001", "Workshop", 1, 950]
SECOND = [None, None, "Room", 1, 420]


@pytest.mark.parametrize(
    "label", ["Total", "Subtotal", "VAT 21%", "Zwischensumme", "Btw 21 %", "TOTAL EUR", "Amount due", "plus 21 % USt"]
)
def test_a_total_below_the_lines_of_a_flat_sheet_is_never_billed(tmp_path: Path, label: str) -> None:
    outcome = flat(tmp_path, FIRST, SECOND, [None, None, label, None, 1370], ["NOV-2", "C-1001", "Books", 1, 80])
    assert codes(outcome, "E117") == [("E117", "C4", label)]
    assert outcome.blocked


def test_the_subtotals_that_excel_makes_are_not_invoices_of_their_own(tmp_path: Path) -> None:
    rows = [
        FIRST,
        ["NOV-1", "C-1001", "Room", 1, 420],
        ["NOV-1 Total", None, None, None, 1370],
        ["NOV-2", "C-1001", "Books", 1, 80],
    ]
    assert codes(flat(tmp_path, *rows), "E117") == [("E117", "A4", "NOV-1 Total")]


@pytest.mark.parametrize(
    "label", ["VAT 21%", "Total", "Subtotal", "Summe", "Totaal excl. btw", "Te betalen", "TVA (20 %)", "Net", "Total NOV-1"]
)
def test_a_total_that_repeats_the_ref_of_its_invoice_is_never_billed(tmp_path: Path, label: str) -> None:
    outcome = flat(tmp_path, FIRST, ["NOV-1", "C-1001", label, 1, 199.5], ["NOV-2", "C-1001", "Books", 1, 80])
    assert codes(outcome, "E117") == [("E117", "C3", label)]
    assert outcome.blocked


def test_a_total_in_a_sheet_of_lines_is_never_billed(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text("Invoice ref,Customer,Currency\nNOV-1,C-1001,EUR\n", "utf-8")
    (tmp_path / "lines.csv").write_text(
        "Invoice ref,Pricing name,Description,Quantity,Unit price\nNOV-1,Workshop,Total,1,950\nNOV-1,,Total,1,950\n", "utf-8"
    )
    outcome = examine(open_workspace(SAMPLES), [tmp_path / "invoices.csv", tmp_path / "lines.csv"], None, TODAY, None)
    assert codes(outcome, "E117") == [("E117", "C3", "Total")]


def test_a_line_that_names_its_product_is_a_line_whatever_it_is_called(tmp_path: Path) -> None:
    header = ["Invoice ref", "Customer", "Product item", "Pricing name", "Quantity", "Unit price"]
    outcome = flat(tmp_path, ["NOV-1", "C-1001", "TRAIN-DAY", "Total", 1, 950], header=header)
    assert not codes(outcome, "E117")


@pytest.mark.parametrize(
    "name",
    ["Workshop Total", "NOV-1", "Total rewiring of the hall", "Net cable", "Tax advice", "Summer course", "Balance beam"],
)
def test_a_line_whose_name_begins_like_a_total_is_a_line(tmp_path: Path, name: str) -> None:
    outcome = flat(tmp_path, FIRST, ["NOV-1", "C-1001", name, 1, 420])
    assert not codes(outcome, "E117")
    assert outcome.good == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("30.11.26", "the year has two digits"),
        ("11/30/26", "the year has two digits"),
        ("30 Nov 26", "the year has two digits"),
        ("30.11.", "the year is missing"),
        ("31.11.2026", "November 2026 has 30 days"),
        ("30/02/2026", "February 2026 has 28 days"),
    ],
)
def test_a_date_that_is_no_whole_date_says_what_it_lacks(tmp_path: Path, text: str, why: str) -> None:
    outcome = csv(tmp_path, f"Invoice ref,Customer,Invoice date,Pricing name,Unit price\nNOV-1,C-1001,{text},Workshop,950\n")
    found = [p for p in outcome.problems if p.code in ("E204", "E205", "E228")]
    assert [(p.code, p.details["why"]) for p in found] == [("E228", why)]


def test_dates_with_points_have_the_day_first(tmp_path: Path) -> None:
    outcome = csv(
        tmp_path, "Invoice ref;Customer;Invoice date;Pricing name;Unit price\nNOV-1;C-1001;5.11.2026;Workshop;950\n"
    )
    assert outcome.drafts is not None
    assert [str(d) for d in outcome.drafts.invoices["invoice_date"]] == ["2026-11-05"]


def test_two_columns_of_dates_in_opposite_orders_settle_nothing_for_each_other(tmp_path: Path) -> None:
    text = (
        "Invoice ref,Customer,Invoice date,Due date,Pricing name,Unit price\n"
        "NOV-1,C-1001,25/11/2026,12/25/2026,Workshop,950\n"
        "NOV-2,C-1001,05/11/2026,12/06/2026,Workshop,950\n"
    )
    assert codes(csv(tmp_path, text), "E205") == [("E205", "C3", "05/11/2026"), ("E205", "D3", "12/06/2026")]


def test_terms_of_30_m_are_not_taken_for_months(tmp_path: Path) -> None:
    outcome = csv(tmp_path, "Invoice ref,Customer,Payment terms,Pricing name,Unit price\nNOV-1,C-1001,30 m,Workshop,950\n")
    [problem] = [p for p in outcome.problems if p.code == "E217"]
    assert "30 months or 30 days" in problem.message


def test_a_number_cell_of_a_custom_field_has_one_reading_and_a_text_two(tmp_path: Path) -> None:
    header = [*HEADER, "Participants"]
    number, text = tmp_path / "number", tmp_path / "text"
    number.mkdir()
    text.mkdir()
    assert not codes(flat(number, [*FIRST, 1.125], header=header), "E203", "E320")
    assert [c[0] for c in codes(flat(text, [*FIRST, "1.125"], header=header), "E203")] == ["E203"]


def test_quantities_of_zero_and_empty_ones_are_looked_at(tmp_path: Path) -> None:
    outcome = flat(tmp_path, FIRST, [None, None, "Room", 0, 420], [None, None, "Lunch", None, 20])
    assert codes(outcome, "W212", "W213") == [("W212", "D3", "0"), ("W213", "D4", "")]
    assert outcome.good == 1


def test_a_full_row_above_the_header_is_named(tmp_path: Path) -> None:
    outcome = flat(tmp_path, HEADER, FIRST, header=["NOV-0", "C-1001", "Lost", 1, 80])
    assert codes(outcome, "W215") == [("W215", "A1", "NOV-0, C-1001, Lost, 1")]


def test_a_csv_of_one_endless_row_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    path.write_text("a," * 5_000_000, "ascii")
    with pytest.raises(Unreadable, match="more than a million cells"):
        checked(path)


RATED = [*HEADER, "VAT %"]


def test_a_rate_in_the_sheet_that_is_not_ours_holds_its_invoice_back(tmp_path: Path) -> None:
    rows = [[*FIRST, 9], ["NOV-2", "C-1001", "Books", 1, 80, 21], ["NOV-3", "C-1001", "Books", 1, 80, "21 %"]]
    outcome = flat(tmp_path, *rows, header=RATED)
    assert codes(outcome, "E345", "N122") == [("N122", "F1", "VAT %"), ("E345", "F2", "9")]
    assert not outcome.blocked and outcome.good == 2 and outcome.left_out == ("NOV-1",)
    [problem] = [p for p in outcome.problems if p.code == "E345"]
    assert problem.message.startswith('VAT % says "9", but the tax of the line is 21 %: ')


@pytest.mark.parametrize("rate", [21, 0.21, "21%", "21,00 %", "21.0", "standard", "NL21", None])
def test_a_rate_in_the_sheet_may_be_written_in_many_ways_or_not_at_all(tmp_path: Path, rate: object) -> None:
    outcome = flat(tmp_path, [*FIRST, rate], header=RATED)
    assert not codes(outcome, "E345") and outcome.good == 1
