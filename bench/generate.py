"""Seeded input of any size: master data as CSVs, and a batch as two CSVs and as one workbook."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

LINES = 5
CUSTOMERS, PRODUCTS = 200, 50
HEADS = ["invoice_ref", "customer", "invoice_date", "due_date", "currency", "po_number", "note"]
ROWS = ["invoice_ref", "line", "product", "description", "quantity", "unit_price", "tax_code"]


def workspace(root: Path) -> Path:
    """Write settings and master data."""
    master = root / "master"
    master.mkdir(parents=True)
    (root / "oneoff.toml").write_text('[files]\nmaster = "master"\n', "utf-8")
    tables: dict[str, list[list[str]]] = {
        "entities": [
            ["billing_entity", "name", "city", "country", "vat_id", "tax_code", "currency", "is_default"],
            ["NL01", "Bench B.V.", "Amsterdam", "NL", "NL123456782B90", "VAT21", "EUR", "yes"],
        ],
        "customers": [
            ["customer", "name", "type", "address_line_1", "postcode", "city", "country", "email"],
            *(
                [f"C{i:05d}", f"Customer {i:05d} & Sons B.V.", "ORGANIZATION", f"Main Street {i}", f"{1000 + i}AB",
                 "Amsterdam", "NL", f"billing{i}@example.com"]
                for i in range(1, CUSTOMERS + 1)
            ),
        ],
        "products": [
            ["product", "product_name"],
            *([f"P{i:03d}", f"Consulting package {i:03d}"] for i in range(1, PRODUCTS + 1)),
        ],
        "taxes": [
            ["tax_code", "name", "country", "category", "rate"],
            ["VAT21", "VAT 21 %", "NL", "S", "21"],
            ["VAT9", "VAT 9 %", "NL", "S", "9"],
            ["VAT0", "VAT 0 %", "NL", "Z", "0"],
        ],
    }  # fmt: skip
    for name, rows in tables.items():
        with (master / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return root


def heads(count: int) -> Iterator[list[str]]:
    """Yield invoice rows; dates ascend."""
    pick = random.Random(42)
    for i in range(1, count + 1):
        day = date(2026, 1, 1) + timedelta(days=i * 300 // (count + 1))
        customer = f"C{pick.randrange(CUSTOMERS) + 1:05d}"
        due = day + timedelta(days=30)
        yield [f"R{i:07d}", customer, str(day), str(due), "EUR", f"PO-{pick.randrange(10**6):06d}", f"One-off charge {i}"]


def lines(count: int) -> Iterator[list[str]]:
    """Yield five lines for each invoice."""
    pick = random.Random(43)
    for i in range(1, count + 1):
        for k in range(1, LINES + 1):
            product = pick.randrange(PRODUCTS) + 1
            quantity = pick.choice(["1", "2", "3", "5", "10", "0.5", "1.25", "2.75"])
            price = f"{pick.randrange(100, 50000) / 100:.2f}"
            code = pick.choice(["VAT21", "VAT21", "VAT21", "VAT9", "VAT0"])
            what = f"Consulting package {product:03d} - work item {pick.randrange(10**5)}"
            yield [f"R{i:07d}", str(k), f"P{product:03d}", what, quantity, price, code]


def batch_csv(root: Path, count: int) -> list[Path]:
    """Write invoices.csv and lines.csv."""
    paths = [root / "invoices.csv", root / "lines.csv"]
    for path, head, rows in zip(paths, (HEADS, ROWS), (heads(count), lines(count)), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(rows)
    return paths


def batch_xlsx(root: Path, count: int) -> list[Path]:
    """Write the same batch as one workbook with real numbers and dates."""
    import xlsxwriter

    path = root / "batch.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, head, rows in (("Invoices", HEADS, heads(count)), ("Lines", ROWS, lines(count))):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, head)
            for at, row in enumerate(rows, start=1):
                for i, (field, cell) in enumerate(zip(head, row, strict=True)):
                    if field.endswith("_date"):
                        sheet.write_datetime(at, i, date.fromisoformat(cell), day)
                    elif field in {"quantity", "unit_price"}:
                        sheet.write_number(at, i, float(cell))
                    else:
                        sheet.write_string(at, i, cell)
    return [path]
