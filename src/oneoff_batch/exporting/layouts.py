"""What Xero and QuickBooks Online import: one row a line, invoices and credit notes in a file each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Piece
from ..checking.batch import Master
from ..columns import TEXT
from ..money import figure, money
from ..settings import TaxTypes
from ..showing.report_column import Column
from .accounts import Chart
from .csv_table import CsvTable, write_csv
from .journal import beside, records
from .ledger import View
from .proof import Compared, Tally, columns_of, proven
from .reconciliation import reconcile
from .together import together

CENT = Decimal("0.01")
"""The finest amount of both programs, in every currency."""
_FINEST = Decimal("0.0001")
"""The finest quantity and unit price that both keep."""
DATES = {"day-first": "%d/%m/%Y", "month-first": "%m/%d/%Y", "year-first": "%Y-%m-%d"}
PROOF: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "invoices": (
        "Invoices and credit notes",
        {"net_total": "Quantity times price", "tax_total": "Tax amount", "gross_total": "Total"},
    ),
    "lines": ("Lines", {"net": "Quantity times price", "tax": "Tax amount"}),
}
"""What a layout is held against. The amounts are those that the other program gets from the text of the file."""


def names_of(master: Master, others: TaxTypes) -> dict[str, str]:
    """Return what the other program calls taxes, by tax code: as the master data say, and the settings of the rules' own."""
    of_rules = {"NO-TAX": others.no_tax, "EXEMPT": others.exempt, "REVERSE-CHARGE": others.reverse_charge,
                "EXPORT": others.export, "SALES-TAX": others.sales_tax}  # fmt: skip
    known = master.taxes.dropna(subset=["tax_code", "tax_type"]).drop_duplicates("tax_code", keep="last")
    return of_rules | dict(zip(known["tax_code"], known["tax_type"], strict=True))


@dataclass(frozen=True)
class Layout:
    """One program's sheet: the columns of invoices and of credit notes, each with what gives its text for a line."""

    invoices: Mapping[str, Callable[[Row], str]]
    notes: Mapping[str, Callable[[Row], str]]


@dataclass(frozen=True)
class Row:
    """A line with its document. `sign` is -1 in a credit note, whose amounts are written above zero."""

    head: Mapping[str, Any]
    line: Mapping[str, Any]
    sign: int
    quantity: Decimal
    price: Decimal
    account: str
    tax_type: str
    dates: str
    words: str = ""

    @property
    def amount(self) -> Decimal:
        """What quantity times price comes to where they are read."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)

    def day(self, value: date | None) -> str:
        """Write a day in the order that was asked for."""
        return "" if value is None else value.strftime(DATES[self.dates])

    def money(self, value: Decimal) -> str:
        """Write an amount of the line or its document."""
        return f"{self.sign * value:.2f}"


def quantity_and_price(line: Mapping[str, Any], with_tax: bool) -> tuple[Decimal, Decimal, bool]:
    """Return what another program multiplies to the line's net, and whether the line's own quantity could be kept.

    It can where quantity and price (for one unit, without tax) have at most four decimals and the product is, rounded to
    cents, the net, and no half cent, which programs round both ways. Else it is once the net.
    """
    quantity, net = line["quantity"], line["net"]
    price = line["unit_price"] / line["base_quantity"]
    fine = all(value == value.quantize(_FINEST) for value in (quantity, price))
    product = quantity * price
    half = abs(product * 100 % 1) == Decimal("0.5")
    if fine and not with_tax and not half and product.quantize(CENT, ROUND_HALF_UP) == net:
        return quantity.copy_sign(product), abs(price), True
    return Decimal(1).copy_sign(net), abs(net), False


def write_layout(
    path: Path, view: View, layout: Layout, chart: Chart, names: Mapping[str, str], dates: str
) -> tuple[list[Path], list[Compared], int]:
    """Write PATH, the credit notes beside it, where tax line by line would differ, and the reconciliation.

    Returns the paths, what was compared, and how many documents have another tax where it is worked out line by line. A
    document with a total below zero counts as a credit note: no program takes a negative invoice. Raises
    `NotReconciled`, and writes nothing, where the written figures do not come to the ledger's.
    """
    paths = [
        path, path.with_name(f"{path.stem}-credit-notes.csv"), path.with_name(f"{path.stem}.tax-differences.csv"),
        beside(path),
    ]  # fmt: skip
    tally, differing = Tally(), 0
    with together(paths) as drafts:
        invoices, notes, taxes = (CsvTable(draft, mark=i == 2) for i, draft in enumerate(drafts[:3]))
        try:
            for piece in view.pieces():
                reconcile(piece.drafts)
                rows = list(_rows(piece, chart, names, dates))
                invoices.add(_texts(layout.invoices, [r for r in rows if r.sign > 0]))
                notes.add(_texts(layout.notes, [r for r in rows if r.sign < 0]))
                differing += _add_differences(taxes, rows)
                _count(tally, rows)
        finally:
            for table in (invoices, notes, taxes):
                table.close()
        found = proven(tally, view.totals(), PROOF)
        write_csv(drafts[3], columns_of(found))
    return paths, found, differing


_HEAD = (
    "invoice_ref", "customer", "billing_entity", "series", "currency", "invoice_date", "due_date", "payment_terms",
    "po_number", "buyer_reference", "prices_include_tax", "net_total", "tax_total", "gross_total", "preceding_number",
    "buyer_name", "buyer_email", "buyer_address_line_1", "buyer_address_line_2", "buyer_city", "buyer_region",
    "buyer_postcode", "buyer_country", "note",
)  # fmt: skip
_LINE = (
    "invoice", "line", "product_item", "product", "line_name", "subline_name", "description", "quantity", "unit",
    "unit_price", "base_quantity", "period_start", "tax_code", "tax_category", "tax_rate", "net", "tax",
)  # fmt: skip


def _rows(piece: Piece, chart: Chart, names: Mapping[str, str], dates: str) -> Iterator[Row]:
    """Return the lines with what other programs need of them."""
    numbers = piece.states["number"].tolist()
    heads = [{**head, "number": number} for head, number in zip(records(piece.drafts.invoices, _HEAD), numbers, strict=True)]
    shown: dict[tuple[int, str], str] = {}
    for tax in records(piece.drafts.taxes, ("invoice", "tax_code", "name")):
        key = tax["invoice"], tax["tax_code"]
        shown[key] = f"{shown[key]} + {tax['name']}" if key in shown else tax["name"]
    for line in records(piece.drafts.lines, _LINE):
        head = heads[line["invoice"]]
        quantity, price, kept = quantity_and_price(line, bool(head["prices_include_tax"]))
        sign = -1 if head["preceding_number"] or head["gross_total"] < 0 else 1
        own = shown.get((line["invoice"], line["tax_code"]), "")
        yield Row(
            head, line, sign, sign * quantity, price, chart.revenue(line["product_item"], line["product"]),
            names.get(line["tax_code"]) or own, dates,
            _words(line, sign, head["prices_include_tax"], kept),
        )  # fmt: skip


def _words(line: Mapping[str, Any], sign: int, with_tax: bool, kept: bool) -> str:
    """Return the words of a line; where its quantity is not in the columns, it stands behind them."""
    said = (line["subline_name"] or line["line_name"], line["description"])
    words = ": ".join(dict.fromkeys(text for text in said if text))
    if kept:
        return words
    per = "" if line["base_quantity"] == 1 else f" per {figure(line['base_quantity'])}"
    unit = f" {line['unit']}" if line["unit"] else ""
    price = f"{figure(line['unit_price'], 2)}{per}{' with tax' if with_tax else ''}"
    return f"{words} ({figure(sign * line['quantity'])}{unit} at {price})"


def _texts(columns: Mapping[str, Callable[[Row], str]], rows: Sequence[Row]) -> list[Column]:
    return [
        Column(title, "text", pd.Series([write(row) or None for row in rows], dtype=TEXT))
        for title, write in columns.items()
    ]


def _count(tally: Tally, rows: Sequence[Row]) -> None:
    """Add up what the other program reads: quantity times price, and the amounts as they are written."""
    last: Any = None
    for row in rows:
        key = (row.head["currency"], row.head["billing_entity"], row.head["series"])
        net, tax = row.sign * row.amount, row.sign * Decimal(row.money(row.line["tax"]))
        tally.add(("lines", *key), 1, {"net": net, "tax": tax})
        first = row.head is not last
        total = row.sign * Decimal(row.money(row.head["gross_total"])) if first else Decimal(0)
        tally.add(("invoices", *key), int(first), {"net_total": net, "tax_total": tax, "gross_total": total})
        last = row.head


@dataclass
class _Differing:
    numbers: list[str] = field(default_factory=list)
    currency: list[str] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)


def _add_differences(table: CsvTable, rows: Sequence[Row]) -> int:
    """Write the documents whose tax is another one where each line's is worked out and rounded alone."""
    taxes: dict[str, Decimal] = {}
    heads: dict[str, Row] = {}
    for row in rows:
        number = row.head["number"]
        heads[number] = row
        tax = (row.line["net"] * row.line["tax_rate"] / 100).quantize(CENT, ROUND_HALF_UP)
        taxes[number] = taxes.get(number, Decimal(0)) + tax
    found = _Differing()
    for number, tax in taxes.items():
        if tax != heads[number].head["tax_total"]:
            found.numbers.append(number)
            found.currency.append(heads[number].head["currency"])
            found.ours.append(f"{heads[number].head['tax_total']:.2f}")
            found.theirs.append(f"{tax:.2f}")
    table.add([
        Column("Number", "text", pd.Series(found.numbers, dtype=TEXT)),
        Column("Currency", "text", pd.Series(found.currency, dtype=TEXT)),
        Column("Tax in the Ledger", "number", money(found.ours)),
        Column("Tax Line by Line", "number", money(found.theirs)),
        Column("Difference", "number", money(
            [f"{Decimal(b) - Decimal(a):.2f}" for a, b in zip(found.ours, found.theirs, strict=True)])),
    ])  # fmt: skip
    return len(found.numbers)


def _reference(row: Row) -> str:
    corrects = row.head["preceding_number"]
    return f"Corrects {corrects}" if corrects else row.head["po_number"] or row.head["buyer_reference"]


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


_XERO_BEFORE: Mapping[str, Callable[[Row], str]] = {
    "*ContactName": lambda r: r.head["buyer_name"],
    "EmailAddress": lambda r: r.head["buyer_email"],
    "POAddressLine1": lambda r: r.head["buyer_address_line_1"],
    "POAddressLine2": lambda r: r.head["buyer_address_line_2"],
    "POAddressLine3": lambda r: "",
    "POAddressLine4": lambda r: "",
    "POCity": lambda r: r.head["buyer_city"],
    "PORegion": lambda r: r.head["buyer_region"],
    "POPostalCode": lambda r: r.head["buyer_postcode"],
    "POCountry": lambda r: r.head["buyer_country"],
}
_XERO_BEHIND: Mapping[str, Callable[[Row], str]] = {
    "Total": lambda r: r.money(r.head["gross_total"]),
    "InventoryItemCode": lambda r: "",
    "*Description": lambda r: r.words,
    "*Quantity": lambda r: _plain(r.quantity),
    "*UnitAmount": lambda r: _plain(r.price),
    "Discount": lambda r: "",
    "*AccountCode": lambda r: r.account,
    "*TaxType": lambda r: r.tax_type,
    "TaxAmount": lambda r: r.money(r.line["tax"]),
    "TrackingName1": lambda r: "",
    "TrackingOption1": lambda r: "",
    "TrackingName2": lambda r: "",
    "TrackingOption2": lambda r: "",
    "Currency": lambda r: r.head["currency"],
    "BrandingTheme": lambda r: "",
}
_QUICKBOOKS_LINE: Mapping[str, Callable[[Row], str]] = {
    "Item(Product/Service)": lambda r: r.line["line_name"],
    "ItemDescription": lambda r: r.words,
    "ItemQuantity": lambda r: _plain(r.quantity),
    "ItemRate": lambda r: _plain(r.price),
    "*ItemAmount": lambda r: f"{r.amount:.2f}",
    "ItemTaxCode": lambda r: r.tax_type,
    "ItemTaxAmount": lambda r: r.money(r.line["tax"]),
    "Currency": lambda r: r.head["currency"],
    "Service Date": lambda r: r.day(r.line["period_start"]),
}
XERO = Layout(
    invoices={
        **_XERO_BEFORE,
        "*InvoiceNumber": lambda r: r.head["number"],
        "Reference": _reference,
        "*InvoiceDate": lambda r: r.day(r.head["invoice_date"]),
        "*DueDate": lambda r: r.day(r.head["due_date"]),
        **_XERO_BEHIND,
    },
    notes={
        **_XERO_BEFORE,
        "*CreditNoteNumber": lambda r: r.head["number"],
        "Reference": _reference,
        "*CreditNoteDate": lambda r: r.day(r.head["invoice_date"]),
        **_XERO_BEHIND,
    },
)
"""Xero: Total and TaxAmount stand there to be compared; it works them out itself."""
QUICKBOOKS = Layout(
    invoices={
        "*InvoiceNo": lambda r: r.head["number"],
        "*Customer": lambda r: r.head["buyer_name"],
        "*InvoiceDate": lambda r: r.day(r.head["invoice_date"]),
        "*DueDate": lambda r: r.day(r.head["due_date"]),
        "Terms": lambda r: r.head["payment_terms"],
        "Location": lambda r: "",
        "Memo": _reference,
        **_QUICKBOOKS_LINE,
    },
    notes={
        "*CreditNoteNo": lambda r: r.head["number"],
        "*Customer": lambda r: r.head["buyer_name"],
        "*CreditNoteDate": lambda r: r.day(r.head["invoice_date"]),
        "Location": lambda r: "",
        "Memo": _reference,
        **_QUICKBOOKS_LINE,
    },
)
LAYOUTS = {"xero": ("Xero", XERO), "quickbooks": ("QuickBooks", QUICKBOOKS)}
