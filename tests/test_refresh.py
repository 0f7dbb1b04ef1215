"""`refresh`: drafts made again from their kept rows, with the master data and settings of today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from databases import raw
from desk import Desk, workspace_in
from uploads import NOON, approve, change_master, drafted, finalized, fresh_desk, refreshed, row, states

from oneoff_batch.book import Step
from oneoff_batch.cli import run

pytestmark = pytest.mark.usefixtures("database")

BY_PRODUCT = {"pricing_name": "", "product_item": "TRAIN-DAY"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with fresh_desk(tmp_path) as made:
        yield made


def words(done: object) -> list[str]:
    return [f"{c.invoice_ref}: {c.words}" for c in done.changed]


def test_a_new_name_and_price_reach_the_draft_and_its_approval_begins_anew(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", "", **BY_PRODUCT), row("A-2", customer="C-1003"))
    approve(desk, batch)
    before = states(desk, "A-1")
    change_master(desk, "Customers", "Customer", "C-1001", Name="Van den Berg Holding B.V.")
    change_master(desk, "Products", "Product item", "TRAIN-DAY", Unit_price=980)
    done = refreshed(desk, "A-1", "A-2")
    assert words(done) == [
        'A-1: Name of customer C-1001 "Van den Berg Techniek B.V." → "Van den Berg Holding B.V."; '
        "Unit price of line 1 950.00 → 980.00; total 1,149.50 → 1,185.80"
    ]
    after = states(desk, "A-1")
    assert (after["id"], after["batch"], after["position"]) == (before["id"], batch, before["position"])
    assert (after["approval"], after["gross_total"]) == ("PENDING_REVIEW", Decimal("1185.80"))
    assert done.unchanged == ("A-2",) and states(desk, "A-2")["approval"] == "APPROVED"
    assert desk.book.load(desk.book.states(refs=["A-1"])).lines["unit_price"].tolist() == [Decimal(980)]


def test_a_price_of_the_sheet_stays_whatever_the_product_costs_today(desk: Desk) -> None:
    drafted(desk, row("A-1", "900.00", **BY_PRODUCT))
    change_master(desk, "Products", "Product item", "TRAIN-DAY", Unit_price=980)
    assert refreshed(desk, "A-1").unchanged == ("A-1",)


def test_the_entry_tells_hash_and_total_before_and_after_and_the_chain_holds(desk: Desk) -> None:
    batch = drafted(desk, row("A-1", "", **BY_PRODUCT))
    known = states(desk, "A-1")["content_hash"]
    change_master(desk, "Products", "Product item", "TRAIN-DAY", Unit_price=980)
    refreshed(desk, "A-1")
    (entry,) = desk.book.entries(batch=batch, action="refresh").to_dict("records")
    told = json.loads(entry["body"])
    assert (entry["invoice_ref"], entry["user"]) == ("A-1", "anna")
    assert (told["content_hash_before"], told["content_hash"]) == (known, states(desk, "A-1")["content_hash"])
    assert (told["gross_total_before"], told["gross_total"]) == ("1149.50 EUR", "1185.80 EUR")
    approve(desk, batch)
    assert len(finalized(desk, batch).drawn) == 1
    assert desk.book.verify().problems == []


def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Desk) -> None:
    drafted(desk, row("A-1"))
    before = desk.book.states()
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    assert words(refreshed(desk, "A-1", dry_run=True)) == [
        'A-1: City of customer C-1001 "Utrecht" → "Zeist"; the total stays'
    ]
    assert desk.book.states().equals(before)


def test_what_todays_master_data_refuse_stays_as_it_is(desk: Desk) -> None:
    batch = drafted(desk, row("A-1"), row("A-2", customer="C-1003"))
    approve(desk, batch)
    change_master(desk, "Customers", "Customer", "C-1001", Status="ARCHIVED", Name="Gone")
    done = refreshed(desk, "A-1", "A-2")
    assert [(p.code, p.invoice_ref, p.value) for p in done.problems] == [("E311", "A-1", "C-1001")]
    assert done.unchanged == ("A-2",) and states(desk, "A-1")["approval"] == "APPROVED"


def test_a_total_that_the_sheet_expects_is_still_expected(desk: Desk) -> None:
    drafted(desk, row("A-1", "", expected_total="1149.50", **BY_PRODUCT))
    change_master(desk, "Products", "Product item", "TRAIN-DAY", Unit_price=980)
    done = refreshed(desk, "A-1")
    assert [(p.code, p.value) for p in done.problems] == [("E328", "1149.5")]
    assert states(desk, "A-1")["gross_total"] == Decimal("1149.50")


def test_the_settings_of_today_count_too(desk: Desk) -> None:
    drafted(desk, row("A-1", "0.43", invoice_date=""), row("A-1", "4.84", invoice_date=""))
    path = desk.workspace.root / "oneoff.toml"
    text = path.read_text("utf-8").replace('payment_terms = "30 days"', 'payment_terms = "14 days"')
    path.write_text(text, "utf-8")
    change_master(desk, "Billing entities", "Billing entity", "NL01", Payment_terms=None)
    change_master(desk, "Customers", "Customer", "C-1001", Payment_terms=None)
    again = replace(desk, workspace=workspace_in(desk.workspace.root))
    assert words(refreshed(again, "A-1")) == ['A-1: Payment terms "30 days" → "14 days"; the total stays']


def test_another_day_alone_changes_no_draft_that_is_dated_when_final(desk: Desk) -> None:
    drafted(desk, row("A-1", invoice_date=""))
    assert refreshed(desk, "A-1", at=NOON + timedelta(days=3)).unchanged == ("A-1",)


def test_hold_and_open_stay_as_people_set_them(desk: Desk) -> None:
    drafted(desk, row("A-1"))
    ids = desk.book.states(refs=["A-1"])["id"].tolist()
    assert desk.book.move([Step("release", ids), Step("open", ids)], "anna", NOON).problems == []
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    assert len(refreshed(desk, "A-1").changed) == 1
    assert not states(desk, "A-1")["on_hold"] and states(desk, "A-1")["status"] == "OPEN"


def test_a_final_invoice_is_never_refreshed(desk: Desk) -> None:
    finalized(desk, drafted(desk, row("A-1")), everything=True)
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    done = refreshed(desk, "A-1")
    assert [p.code for p in done.problems] == ["E501"] and done.changed == ()


@pytest.mark.parametrize(("kind", "why"), [("upload", "were not kept with batch"), ("credit", "it is a credit note")])
def test_a_batch_without_kept_rows_is_told_in_a_sentence(desk: Desk, kind: str, why: str) -> None:
    drafted(desk, row("A-1"))
    with raw(desk.workspace.book_url) as connection:
        connection.exec_driver_sql(f"UPDATE batch SET rows = NULL, kind = '{kind}'")
    (problem,) = refreshed(desk, "A-1").problems
    assert problem.code == "E513" and why in problem.message


def test_a_draft_that_somebody_changed_in_the_meantime_stays(desk: Desk) -> None:
    drafted(desk, row("A-1"), row("A-2"))
    drafts = desk.book.load(desk.book.states())
    compared = {"A-1": states(desk, "A-1")["content_hash"], "A-2": "another"}
    done = desk.book.renew(drafts, compared, "anna", NOON)
    assert done.refs == ["A-1"] and [(p.code, p.invoice_ref) for p in done.problems] == [("E515", "A-2")]


def test_lines_that_differ_in_number_are_replaced_whole(desk: Desk) -> None:
    drafted(desk, row("A-1"), row("A-1", "50.00"), row("A-2", "70.00"))
    shorter = desk.book.load(desk.book.states(refs=["A-2"]))
    ref = shorter.invoices["invoice_ref"].dtype
    moved = replace(shorter, invoices=shorter.invoices.assign(invoice_ref="A-1").astype({"invoice_ref": ref}))
    known = states(desk, "A-1")["content_hash"]
    assert desk.book.renew(moved, {"A-1": known}, "anna", NOON).refs == ["A-1"]
    again = desk.book.load(desk.book.states(refs=["A-1"]))
    assert [str(p) for p in again.lines["unit_price"]] == ["70.00000000"] and len(again.taxes) == 1
    assert states(desk, "A-1")["line_count"] == 1


def test_as_it_is_typed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    batch = drafted(desk, row("A-1"), row("A-2", customer="C-1003"))
    change_master(desk, "Customers", "Customer", "C-1001", City="Zeist")
    at = ["--workspace", str(desk.workspace.root), "--user", "anna"]
    assert run(["refresh", batch, "--dry-run", *at]) == 0
    assert "1 invoice would change. A dry run: nothing was changed." in capsys.readouterr().out
    assert run(["refresh", batch, *at]) == 0
    out = capsys.readouterr().out
    assert 'A-1  City of customer C-1001 "Utrecht" → "Zeist"; the total stays' in out
    assert "1 invoice comes out just so and stays as it is: A-2." in out
    assert "Refreshed 1 draft: to be approved again, as it is now." in out and f"approve {batch}" in out
    assert "Zeist" in next((desk.workspace.batch(batch) / "invoices").glob("*A-1*")).read_text("utf-8")
    assert run(["refresh", "A-1", "--json", *at]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == ["A-1"]
    assert run(["refresh", "A-9", *at]) == 1
