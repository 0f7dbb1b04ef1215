"""Small uploads as CSV, master data with one cell changed, and what anna and ben do with both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from desk import Desk, desk_in
from samples import SAMPLES

from oneoff_batch.book import Step
from oneoff_batch.lifecycle import LIVE
from oneoff_batch.pipeline import batches, ledger
from oneoff_batch.pipeline.refreshing import Refreshed, refresh

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HEADERS = (
    "Invoice ref", "Customer", "Currency", "Invoice date", "PO number", "Product item", "Pricing name", "Quantity",
    "Unit price", "Period start", "Period end", "Expected total",
)  # fmt: skip


def row(ref: str, price: str = "100.00", **cells: str) -> dict[str, str]:
    """One line of an invoice of C-1001, as text by header."""
    usual = {"Customer": "C-1001", "Currency": "EUR", "Invoice date": "2026-11-10", "Pricing name": "Extra day"}
    named = {name.replace("_", " ").capitalize().replace("Po ", "PO "): text for name, text in cells.items()}
    return {"Invoice ref": ref, "Quantity": "1", "Unit price": price, **usual, **named}


def write(desk: Desk, name: str, *rows: dict[str, str]) -> Path:
    """Write rows as a CSV into the workspace."""
    path = desk.workspace.root / name
    lines = [",".join(r.get(h, "") for h in HEADERS) for r in rows]
    path.write_text("\n".join([",".join(HEADERS), *lines]) + "\n", "utf-8")
    return path


def upload(
    desk: Desk, *rows: dict[str, str], name: str = "november.csv", at: datetime = NOON, **how: bool
) -> batches.Drafted:
    """anna drafts these rows."""
    ways = {"valid_only": False, "replace_drafts": False, **how}
    return batches.draft_files(desk.workspace, desk.book, [write(desk, name, *rows)], None, "anna", at, **ways)


def drafted(desk: Desk, *rows: dict[str, str], **how: Any) -> str:
    """anna drafts these rows; returns the batch."""
    batch = upload(desk, *rows, **how).batch
    assert batch is not None
    return batch


def approve(desk: Desk, batch: str, user: str = "ben") -> None:
    """ben approves the whole batch."""
    ids = desk.book.states(batch=batch, status=LIVE)["id"].tolist()
    assert desk.book.move([Step("approve", ids)], user, NOON).problems == []


def finalized(desk: Desk, batch: str, at: datetime = NOON, **how: Any) -> ledger.Finalized:
    """ben makes a batch final."""
    ways: dict[str, Any] = {"invoice_date": None, "everything": False, "dry_run": False, **how}
    return ledger.finalize(desk.workspace, desk.book, batch, "ben", at, **ways)


def refreshed(desk: Desk, *refs: str, at: datetime = NOON, dry_run: bool = False) -> Refreshed:
    """anna refreshes invoices."""
    return refresh(desk.workspace, desk.book, desk.book.states(refs=refs), "anna", at, dry_run=dry_run)


def states(desk: Desk, ref: str) -> pd.Series:
    """The state of the invoice that is live or final under a ref."""
    found = desk.book.states(refs=[ref])
    return found[found["status"] != "ARCHIVED"].iloc[-1]


def change_master(desk: Desk, sheet: str, key: str, value: str, **cells: Any) -> None:
    """Change cells of the rows of the master data whose cell under `key` has this value."""
    workbook = openpyxl.load_workbook(desk.workspace.master)
    rows = workbook[sheet]
    column = {str(c.value): c.column for c in rows[1]}
    for number in range(2, rows.max_row + 1):
        if rows.cell(number, column[key]).value == value:
            for name, cell in cells.items():
                rows.cell(number, column[name.replace("_", " ").capitalize()]).value = cell
    workbook.save(desk.workspace.master)


@contextmanager
def fresh_desk(folder: Path) -> Iterator[Desk]:
    """A workspace of the sample company with an empty book."""
    with desk_in(folder, SAMPLES / "master-data.xlsx") as desk:
        yield desk
