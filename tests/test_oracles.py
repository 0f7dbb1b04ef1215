"""143 invoices from public e-invoicing test sets, through the product's own sheet, checks and drafts, to the last digit."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from oneoff_batch.pipeline.intake import examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import errors

ORACLES = Path(__file__).parents[2] / "shared" / "oracles"
pytestmark = pytest.mark.skipif(not ORACLES.exists(), reason="the oracles are not here")


ZERO = {"AE", "K", "G", "O", "E", "Z"}
"""Categories that carry no tax whatever the rate column of the test sets says."""


def _rows(name):
    with (ORACLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _code(row):
    rate = Decimal(0) if row["tax_category"] in ZERO else Decimal(row["tax_rate"] or 0)
    return f"{row['tax_category']}-{rate.normalize():f}"


def _seller(row):
    return row["supplier_country"] or "DE"


def _buyer(row):
    return row["buyer_country"] or _seller(row)


def _sheet(workbook, title, rows):
    sheet = workbook.create_sheet(title)
    for row in rows:
        sheet.append(row)


def _master(lines, path):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    sellers = sorted({_seller(r) for r in lines})
    buyers = sorted({_buyer(r) for r in lines})
    codes = sorted({_code(r) for r in lines})
    vat = lambda land: f"{ {'GR': 'EL'}.get(land, land) }123456789"  # noqa: E731
    _sheet(
        workbook, "Billing entities",
        [["Billing entity", "Name", "City", "Country", "VAT id"], *([s, f"Seller {s}", "Town", s, vat(s)] for s in sellers)],
    )  # fmt: skip
    _sheet(
        workbook, "Customers",
        [["Customer", "Name", "Type", "City", "Country", "VAT id", "VAT id status"],
         *([b, f"Buyer {b}", "ORGANIZATION", "Town", b, vat(b), "VALID"] for b in buyers)],
    )  # fmt: skip
    _sheet(
        workbook, "Taxes",
        [["Tax code", "Name", "Category", "Rate", "Exemption reason"],
         *([c, c, c.split("-")[0], Decimal(c.split("-")[1]), "Exempt for the test"] for c in codes)],
    )  # fmt: skip
    workbook.save(path)


def _upload(lines, path):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    first = {r["case"]: r for r in reversed(lines)}
    _sheet(
        workbook, "Invoices",
        [["Invoice ref", "Customer", "Billing entity", "Currency", "Invoice date"],
         *([case, _buyer(r), _seller(r), r["currency"],
            date.fromisoformat(r["issue_date"][:10])] for case, r in first.items())],
    )  # fmt: skip
    _sheet(
        workbook, "Lines",
        [["Invoice ref", "Pricing name", "Description", "Quantity", "Unit", "Unit price", "Base quantity", "Tax code"],
         *([r["case"], r["description"][:200] or "Item", r["description"], Decimal(r["quantity"]), r["unit"], Decimal(r["unit_price"]),
            Decimal(r["base_quantity"]) if r["base_quantity"] else None, _code(r)] for r in lines)],
    )  # fmt: skip
    workbook.save(path)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory):
    root = tmp_path_factory.mktemp("oracles")
    (root / "oneoff.toml").write_text("", "utf-8")
    lines = _rows("en16931_lines.csv")
    _master(lines, root / "master-data.xlsx")
    _upload(lines, root / "upload.xlsx")
    outcome = examine(open_workspace(root), [root / "upload.xlsx"], None, date(2026, 11, 24), None)
    assert not errors(outcome.problems)
    assert len(outcome.drafts) == 143
    return outcome.drafts


def test_every_total_is_right_to_the_last_digit(drafts):
    expected = {r["case"]: r for r in _rows("en16931_expected.csv") if r["kind"] == "total"}
    assert len(expected) == 143
    for invoice in drafts.invoices.to_dict("records"):
        wanted = expected[invoice["invoice_ref"]]
        assert invoice["net_total"] == Decimal(wanted["tax_exclusive"]), wanted
        assert invoice["tax_total"] == Decimal(wanted["tax_inclusive"]) - Decimal(wanted["tax_exclusive"]), wanted
        assert invoice["gross_total"] == Decimal(wanted["payable"]), wanted


def test_every_tax_group_is_right_to_the_last_digit(drafts):
    def keyed(rows, taxable):
        groups = defaultdict(list)
        for r in rows:
            groups[r["case"] if "case" in r else r["invoice_ref"]].append(
                (
                    r["tax_category"] if "tax_category" in r else r["category"],
                    _rate(r),
                    Decimal(r[taxable]),
                    Decimal(r["tax"]),
                )
            )
        return {case: sorted(found) for case, found in groups.items()}

    def _rate(row):
        zero = (row.get("tax_category") or row.get("category")) in ZERO
        return Decimal(0) if zero else Decimal(row.get("tax_rate") or row.get("rate") or 0).normalize()

    expected = keyed([r for r in _rows("en16931_expected.csv") if r["kind"] == "breakdown"], "taxable_or_net")
    assert keyed(drafts.taxes.to_dict("records"), "taxable") == expected
