"""The last look before a number is drawn: content, approval, master data, rates, periods and chronology."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from databases import raw
from desk import Desk
from uploads import NOON, approve, change_master, drafted, finalized, fresh_desk, refreshed, row, states

from oneoff_batch.cli import run
from oneoff_batch.drafting.hashing import content_hash
from oneoff_batch.pipeline.batches import write_batch
from oneoff_batch.problems import grouped

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with fresh_desk(tmp_path) as made:
        yield made


def tampered(desk: Desk, statement: str) -> None:
    with raw(desk.workspace.book_url) as connection:
        connection.exec_driver_sql(statement)


def codes(done: object) -> list[tuple[str, str]]:
    return [(p.code, p.invoice_ref) for p in done.posted.problems]


def add_row(desk: Desk, sheet: str, *cells: object) -> None:
    workbook = openpyxl.load_workbook(desk.workspace.master)
    workbook[sheet].append(cells)
    workbook.save(desk.workspace.master)


# Content and approval


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE line SET subline_name = 'Other', net = net WHERE line = 1",
        "UPDATE invoice SET gross_total = gross_total + 1 WHERE invoice_ref = 'A-1'",
        "UPDATE tax SET reason = 'None of your business'",
        "UPDATE invoice SET buyer_name = 'Somebody else' WHERE invoice_ref = 'A-1'",
    ],
)
def test_content_that_is_not_what_was_drafted_draws_no_number(desk: Desk, statement: str) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    tampered(desk, statement)
    assert ("E511", "A-1") in codes(finalized(desk, batch, dry_run=True))
    assert ("E511", "A-1") in codes(finalized(desk, batch))
    assert states(desk, "A-1")["status"] == "DRAFT"


def test_an_approval_of_another_content_draws_no_number(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-2"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    refreshed(desk, "A-1")
    tampered(desk, "UPDATE invoice SET approval = 'APPROVED'")
    done = finalized(desk, batch)
    assert [(p.code, p.invoice_ref, p.details["user"]) for p in done.posted.problems if p.code != "W514"] == [
        ("E512", "A-1", "ben")
    ]
    assert len(done.drawn) == 0 and states(desk, "A-2")["status"] == "DRAFT"


def test_an_approval_that_nobody_gave_draws_no_number(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    tampered(desk, "UPDATE invoice SET approval = 'APPROVED', approved_by = 'ben'")
    assert codes(finalized(desk, batch)) == [("E512", "A-1")]


# Master data that changed since


def test_master_data_that_changed_since_are_a_warning_with_both_values(desk: Desk) -> None:
    items = {"pricing_name": "", "product_item": "TRAIN-DAY"}
    batch = drafted(desk, row("A-1", "", **items), row("A-2"), row("A-3", customer="C-1003"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", Name="Van den Berg Holding B.V.")
    change_master(desk, "Products", "Product item", "TRAIN-DAY", Unit_price=980, Item_name="Day of training")
    planned = finalized(desk, batch, dry_run=True)
    said = [(g.message, [p.invoice_ref for p in g.problems]) for g in grouped(planned.posted.problems)]
    name = 'Name of customer C-1001: "Van den Berg Techniek B.V." in the draft, "Van den Berg Holding B.V." today.'
    assert said == [
        (name, ["A-1", "A-2"]),
        ('Name of product item TRAIN-DAY: "Training day on site" in the draft, "Day of training" today.', ["A-1"]),
        ("Unit price of product item TRAIN-DAY: 950.00 in the draft, 980.00 today.", ["A-1"]),
    ]
    done = finalized(desk, batch)
    assert len(done.drawn) == 3 and {c for c, _ in codes(done)} == {"W514"}
    assert desk.book.load(desk.book.states(refs=["A-2"])).invoices["buyer_name"].tolist() == ["Van den Berg Techniek B.V."]


def test_rates_that_changed_since_are_a_warning(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    change_master(desk, "Taxes", "Tax code", "NL21", Rate=22)
    done = finalized(desk, batch)
    assert [p.message for p in done.posted.problems] == ["Tax rate of tax code NL21: 21 % in the draft, 22 % today."]


def test_another_tax_code_is_a_warning_that_names_the_line_and_both_codes(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", Tax_code="NL09")
    said = [p.message for p in finalized(desk, batch, dry_run=True).posted.problems if p.code == "W514"]
    assert said[0] == 'Tax code of line 1 of invoice A-1: "NL21" in the draft, "NL09" today.'


def test_another_day_alone_is_no_change_of_master_data(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", invoice_date=""), row("A-2", currency="USD", invoice_date=""))
    approve(desk, batch)
    assert codes(finalized(desk, batch, NOON + timedelta(days=2))) == []


def test_what_could_not_be_drafted_today_is_a_warning(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", Status="ARCHIVED")
    done = finalized(desk, batch)
    assert codes(done) == [("W515", "A-1")] and len(done.drawn) == 1
    assert 'Customer "C-1001" is archived.' in done.posted.problems[0].message


def test_master_data_that_cannot_be_read_are_a_warning_and_stop_nothing(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    desk.workspace.master.unlink()
    done = finalized(desk, batch)
    assert codes(done) == [("W513", "")] and len(done.drawn) == 1


def test_master_data_that_went_back_to_what_they_were_are_still_compared_with_a_refreshed_draft(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-2", customer="C-1003"))
    before = desk.workspace.master.read_bytes()
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    refreshed(desk, "A-1")
    approve(desk, batch)
    desk.workspace.master.write_bytes(before)
    assert [p.message for p in finalized(desk, batch).posted.problems] == [
        'City of customer C-1001: "Zeist" in the draft, "Utrecht" today.'
    ]


def test_credit_notes_and_batches_without_kept_rows_are_not_compared(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    tampered(desk, "UPDATE batch SET rows = NULL, kind = 'credit'")
    assert codes(finalized(desk, batch)) == []


def test_a_warning_is_told_once_as_it_is_typed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    batch = drafted(desk, row("A-1"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    at = ["--workspace", str(desk.workspace.root), "--user", "ben"]
    assert run(["finalize", batch, "--dry-run", *at]) == 0
    assert 'City of customer C-1001: "Utrecht" in the draft, "Zeist" today.' in capsys.readouterr().out
    assert run(["finalize", batch, "--yes", *at]) == 0
    assert capsys.readouterr().out.count('City of customer C-1001: "Utrecht"') == 1


# Rates, periods, chronology


def test_a_rate_that_begins_between_draft_and_invoice_date_refuses_that_date(desk: Desk) -> None:
    change_master(desk, "Taxes", "Tax code", "NL21", Valid_to=date(2026, 12, 31))
    add_row(desk, "Taxes", "NL21", "VAT 22 %", "NL", None, "S", 22, date(2027, 1, 1))
    batch = drafted(desk, row("A-1", invoice_date=""))
    approve(desk, batch)
    assert codes(finalized(desk, batch, NOON + timedelta(days=60))) == [("E506", "A-1")]
    assert len(finalized(desk, batch).drawn) == 1


def test_a_rate_that_was_entered_after_the_draft_counts_too(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", invoice_date=""))
    approve(desk, batch)
    change_master(desk, "Taxes", "Tax code", "NL21", Valid_to=date(2026, 11, 30))
    add_row(desk, "Taxes", "NL21", "VAT 22 %", "NL", None, "S", 22, date(2026, 12, 1))
    assert codes(finalized(desk, batch, NOON + timedelta(days=10))) == [("E506", "A-1")]
    assert len(finalized(desk, batch).drawn) == 1


def test_no_number_is_drawn_in_a_closed_period_whatever_was_approved(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", invoice_date=""))
    approve(desk, batch)
    assert codes(finalized(desk, batch, invoice_date=date(2026, 10, 31))) == [("E510", "A-1")]
    assert len(finalized(desk, batch, invoice_date=date(2026, 11, 1)).drawn) == 1


def test_no_number_is_drawn_behind_a_later_date(desk: Desk) -> None:
    finalized(desk, drafted(desk, row("A-1", invoice_date="2026-11-20")), everything=True)
    batch = drafted(desk, row("A-2", "70.00", invoice_date="2026-11-19"), name="other.csv")
    approve(desk, batch)
    assert codes(finalized(desk, batch)) == [("E504", "A-2")]
    assert len(finalized(desk, batch, invoice_date=date(2026, 11, 20)).drawn) == 1


def test_a_run_that_would_leave_earlier_approved_drafts_behind_says_so_first(desk: Desk) -> None:
    days = ("2026-11-09", "2026-11-18", "2026-11-12", "2026-11-20")
    rows = [row(f"A-{n}", f"{n}0.00", invoice_date=day) for n, day in enumerate(days, start=1)]
    done, early, other, late = (drafted(desk, r, name=f"{n}.csv") for n, r in enumerate(rows))
    finalized(desk, done, everything=True, invoice_date=date(2026, 11, 10))
    waiting = drafted(desk, row("A-5", "50.00", invoice_date="2026-11-15"), name="5.csv")
    for batch in (early, other, late):
        approve(desk, batch)
    planned = finalized(desk, late, dry_run=True)
    assert codes(planned) == [("W502", "A-2"), ("W502", "A-3")] and len(planned.drawn) == 1
    assert states(desk, "A-5")["batch"] == waiting
    (group,) = grouped(planned.posted.problems)
    assert group.message == (
        "2 approved drafts are dated before 2026-11-20, up to which this run takes series invoices: A-2, A-3. "
        "Their numbers would stand behind a later date."
    )
    assert codes(finalized(desk, early)) == [("W502", "A-3")]
    assert codes(finalized(desk, other)) == [("E504", "A-3")]
    assert codes(finalized(desk, late)) == []


# What was previewed is what is final

_PARTS = (
    r'<div class="mark".*?</div>',
    r'(<div class="title"><h1>.*?</h1>).*?</div>',
    r"<dt>(?:Invoice|Due) date</dt><dd>.*?</dd>",
    r"by <b>.*?</b>, quoting .*?</p>",
)
"""Where number, dates and watermark stand."""


def quiet(_name: str, _length: int) -> Callable[[int], None]:
    return lambda _steps: None


def page_text(desk: Desk, batch: str, ref: str) -> str:
    """The words of an invoice's document, without number, dates and watermark."""
    pages = [page.read_text("utf-8") for page in (desk.workspace.batch(batch) / "invoices").glob("*.html")]
    (text,) = (
        page.partition("<main")[2].partition("</main>")[0]
        for page in pages
        if f"<dt>Our reference</dt><dd>{ref}</dd>" in page
    )
    for part in _PARTS:
        text = re.sub(part, "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("dated", ["", "2026-11-20"])
def test_the_document_that_was_previewed_is_the_one_that_is_final(desk: Desk, dated: str) -> None:
    rows = [
        row("A-1", invoice_date=dated, po_number="PO-7"),
        row("A-1", "12.35", quantity="3", invoice_date=dated, period_start="2026-11-01", period_end="2026-11-30"),
        row("A-2", customer="C-1101", invoice_date=dated),
    ]
    batch = drafted(desk, *rows)
    approve(desk, batch)
    write_batch(desk.workspace, desk.book, batch, quiet)
    refs = ("A-1", "A-2")
    before = {ref: page_text(desk, batch, ref) for ref in refs}
    reviewed = {ref: states(desk, ref)["content_hash"] for ref in refs}
    done = finalized(desk, batch, NOON + timedelta(days=3))
    assert len(done.drawn) == 2
    write_batch(desk.workspace, desk.book, batch, quiet)
    assert {ref: page_text(desk, batch, ref) for ref in refs} == before
    assert all("Extra day" in text and "Draft" not in text for text in before.values())
    final = desk.book.states(refs=refs)
    assert dict(zip(final["invoice_ref"], content_hash(desk.book.load(final)), strict=True)) == reviewed
    assert all(number.startswith("INV-") for number in final["number"])
