"""One upload per problem code, for the faults of files, cells and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from .files import Rows, Sheets, book, write_csv, write_workbook
from .rows import Invoice, invoice, line, tables

REF = "NOV-101"
_LINE = line("TRAIN-DAY", 1, on=3)
_PLAIN = invoice(REF, "C-1001", _LINE)
_HEADER = ("Invoice ref", "Customer", "Product item", "Description", "Quantity", "Unit price")


def upload(*invoices: Invoice) -> dict[str, list[list[Any]]]:
    """Return the sheets of an upload, with the columns that are used."""
    return book(tables(invoices), only_used=True)


def _head(**cells: Any) -> Sheets:
    return upload(invoice(REF, cells.pop("customer", "C-1001"), _LINE, **cells))


def _row(*rows: Any, customer: str = "C-1001", **head: Any) -> Sheets:
    return upload(invoice(REF, customer, *rows, **head))


def _with(sheet: str, at: int, *cells: Any, to: Sheets | None = None) -> Sheets:
    """Return a plain upload with cells added to the right of a row of one of its sheets."""
    sheets = upload(_PLAIN) if to is None else to
    return {t: [[*r, *cells] if t == sheet and i == at else r for i, r in enumerate(rows)] for t, rows in sheets.items()}


def _discount() -> Sheets:
    return _with("Lines", 1, 10, to=_with("Lines", 0, "Discount %"))


def _renamed(sheet: str, old: str, new: str, sheets: Sheets) -> Sheets:
    return {t: [[new if t == sheet and c == old else c for c in r] for r in rows] for t, rows in sheets.items()}


def _lines(header: list[str], *rows: list[Any]) -> Sheets:
    return {**upload(_PLAIN), "Lines": [["Invoice ref", *header], *([REF, *row] for row in rows)]}


_OF_A_PROGRAM: Mapping[str, Any] = {
    "Invoice Number": "INV-7", "Invoice Date": "2026-11-03", "Invoice Status": "Draft",
    "Customer Name": "Hafenlicht Logistik GmbH",
    "Currency Code": "EUR", "Item Name": "Workshop", "Item Desc": "On site", "Quantity": 1, "Usage unit": "day",
    "Item Price": 950, "Item Total": 950, "Total": 950,
}  # fmt: skip


def _flat(*below: list[Any]) -> Sheets:
    first = [REF, "C-1001", "Workshop", 1, 950]
    rows = [["Invoice ref", "Customer", "Pricing name", "Quantity", "Unit price"], first, [None, None, "Room", 1, 420]]
    return {"November": [*rows, *below]}


def _formula() -> Sheets:
    return _row(line("TRAIN-DAY", "=1+1", on=3))


WORKBOOKS: Mapping[str, Callable[[], Sheets]] = {
    "E106": lambda: {"Sheet1": [[REF, "C-1001", "TRAIN-DAY", 1], [REF, "C-1001", "ROOM-DAY", 2]]},
    "E107": lambda: {**upload(_PLAIN), "Line items": upload(_PLAIN)["Lines"]},
    "E108": lambda: {**upload(_PLAIN), "Invoices": [["Invoice ref", "Currency", "Note"], [REF, "EUR", "Workshop"]]},
    "E109": lambda: _with("Lines", 1, 2, to=_with("Lines", 0, "quantity ")),
    "E110": lambda: _with("Lines", 1, Decimal("150.00")),
    "E117": lambda: _flat([None, None, "Subtotal", None, Decimal("1370.00")]),
    "E127": lambda: _lines(["Item", "Unit price"], ["Consulting", 950], ["Travel", Decimal("120.50")]),
    "E201": lambda: upload(_PLAIN, invoice("NOV-102", None, line("ROOM-DAY", 1, on=3))),  # type: ignore[arg-type]
    "E202": lambda: _row(line("TRAIN-DAY", "tbd", on=3)),
    "E203": lambda: {**upload(_PLAIN), "Lines": [["Invoice ref", "Pricing name", "Unit price"], [REF, "Workshop", "1.234"]]},
    "E204": lambda: _head(invoice_date="31 November 2026"),
    "E205": lambda: _head(invoice_date="11/12/2026"),
    "E206": lambda: _row(line("TRAIN-DAY", 1, on=3, type="minus")),
    "E207": lambda: _row(line("TRAIN-DAY", 1, "820.00", on=3), currency="GBp"),
    "E209": lambda: _row(line("TRAIN-DAY", 1, on=3, description="As we wrote on 2 November: " + "and so on, " * 100)),
    "E210": lambda: _head(on_hold="maybe"),
    "E211": lambda: _row(line("TRAIN-DAY", 1, "#N/A", on=3)),
    "E212": _formula,
    "E213": lambda: _head(po_number=45000177310000001),
    "E214": lambda: _row(line("TRAIN-DAY", 1, Decimal("0.123456789"), on=3)),
    "E215": lambda: _row(line("TRAIN-DAY", 1, 99999999999999, on=3)),
    "E216": lambda: _row(line("PLAT-SMS", 500, on=3, base_quantity=0)),
    "E217": lambda: _head(payment_terms="as usual"),
    "E218": lambda: _head(po_number=date(2026, 2, 1)),
    "E221": lambda: _row({**line("TRAIN-DAY", 1, on=3), "unit_price": "$ 1,250.00"}),
    "E223": lambda: _row(line("COACH-HOUR", time(7, 30), on=3)),
    "E224": lambda: _priced("1.234,50", "950.00"),
    "E225": lambda: _dated("31/10/2026", "10/31/2026"),
    "E227": lambda: _row(_LINE, line(None, -1, "-50.00", pricing_name="Voucher")),
    "E228": lambda: _head(invoice_date="30.11.26"),
    "E302": lambda: {**upload(_PLAIN), "Lines": [*upload(_PLAIN)["Lines"], ["NOV-1O1", "ROOM-DAY", 1, date(2026, 11, 3)]]},
    "E303": lambda: upload(_PLAIN, invoice("NOV-102", "C-1002")),
    "E304": lambda: upload(_PLAIN, invoice(REF, "C-1001")),
    "E305": lambda: _head(customer="C-1O01"),
    "E306": lambda: _head(billing_entity="NL1"),
    "E307": lambda: _row(line("TRAIN DAY", 1, on=3)),
    "E308": lambda: _row(line(None, 1, "950.00", product="TRAINNG")),
    "E309": lambda: _row(line("TRAIN-DAY", 1, on=3, tax_code="VAT21%")),
    "E311": lambda: _head(customer="C-1900"),
    "E314": lambda: _row(line(None, 1, "75.00")),
    "E315": lambda: _row(line("PASS-TRAVEL", 1, on=3)),
    "E316": lambda: _row(line("ROOM-DAY", 2, "420.00", on=(3, 4), amount="480.00")),
    "E317": lambda: _row(line("TRAIN-ONLINE", 5, on=(20, 11))),
    "E318": lambda: _head(invoice_date=20, due_date=6),
    "E320": lambda: _row(line("TRAIN-ONLINE", 12, on=3, Participants="twelve")),
    "E321": lambda: _head(Region="nrth"),
    "E322": lambda: upload(
        invoice(REF, "C-1001", _LINE, Contract="BW-7"), invoice("NOV-102", "C-1002", _LINE, Contract="BW-7")
    ),
    "E323": _discount,
    "E324": lambda: _row(_LINE, line(None, 1, "95.00", pricing_name="Less: parking", type="deduction")),
    "E325": lambda: _row(_LINE, line(None, -1, "95.00", pricing_name="Less: parking", type="charge")),
    "E326": lambda: _row(_LINE, line(None, 2, pricing_name="Parking", amount="-190.00")),
    "E327": lambda: {**upload(_PLAIN), "Control": [["Currency", "Invoice count"], ["EUR", 2]]},
    "E328": lambda: _head(expected_total=Decimal("1150.00")),
    "E329": lambda: _row(line("TRAIN-DAY", 1, on=3, product="BOOKS")),
    "E331": lambda: _head(currency="USD", invoice_date=20),
    "E332": lambda: _row(line(None, None, pricing_name="Parking", amount=Decimal("100.505"))),
    "E333": lambda: _head(Region="north|south"),
    "E344": lambda: {
        **upload(_PLAIN, invoice("NOV-102", "C-1002", line("TRAIN-HALF", 1, "9.00", on=4), currency="USD", invoice_date=20)),
        "Control": [["Currency", "Invoice count"], ["EUR", 1]],
    },
    "E401": lambda: _row(line("TRAIN-DAY-CA", 1, on=3), customer="C-1503"),
    "E402": lambda: _row(line("TRAIN-DAY-US", 1, on=3), customer="C-1401"),
    "E403": lambda: _head(customer="C-1101", sales_tax_percentage=Decimal("21.00")),
    "E404": lambda: _head(customer="C-1110"),
    "E405": lambda: _row(line(None, 2, "118.00", pricing_name="Hotel in Utrecht", on=(3, 4), tax_code="NL09-LODGING")),
    "E407": lambda: _row(line("TRAIN-DAY", 1, "11200.00", on=3), currency="NOK", invoice_date=20),
    "E408": lambda: _head(customer="C-1204"),
    "E412": lambda: _head(invoice_date=date(2026, 10, 30)),
    "W101": lambda: _with("Invoices", 1, "ask Bob", to=_with("Invoices", 0, "Our internal remark")),
    "W121": lambda: {"Sheet1": [list(_OF_A_PROGRAM), list(_OF_A_PROGRAM.values())]},
    "W122": lambda: _with("Lines", 1, Decimal("199.50"), to=_with("Lines", 0, "VAT amount")),
    "E345": lambda: _with("Lines", 1, 9, to=_with("Lines", 0, "VAT %")),
    "N122": lambda: _with("Lines", 1, 21, to=_with("Lines", 0, "VAT %")),
    "W123": lambda: _with("Lines", 1, Decimal("950.00"), to=_with("Lines", 0, "Total")),
    "N121": lambda: _lines(["Description", "Quantity", "Unit price"], ["Workshop in Utrecht", 1, 950]),
    "W102": lambda: {**upload(_PLAIN), "Lines": [*upload(_PLAIN)["Lines"], ["Total", None, 1, None]]},
    "W113": lambda: {**upload(_PLAIN), "Lines": [*upload(_PLAIN)["Lines"], ["Total", None, 2, None]]},
    "N103": lambda: {**upload(_PLAIN), "Lines": [["November 2026"], *upload(_PLAIN)["Lines"]]},
    "W105": lambda: {**upload(_PLAIN), "Notes": [["To do"], ["Ask the trainer for the second date"]]},
    "W201": lambda: _head(invoice_date=datetime(2026, 11, 20, 8, 26)),
    "W202": lambda: _row(_LINE, line(None, 1, "-50.00", pricing_name="Voucher")),
    "W205": lambda: _head(due_date=46371),
    "W206": lambda: _row(line("TRAIN-DAY-US", 1, on=3), customer="C-1401", sales_tax_percentage=Decimal("0.08")),
    "W207": lambda: upload(invoice("NOV-\u200b101", "C-1001", _LINE)),
    "W208": lambda: upload(invoice("NОV-101", "C-1001", _LINE)),
    "W210": lambda: _row(line(None, 1, "75.00", pricing_name=date(2026, 3, 1))),
    "W211": lambda: _head(payment_terms="30 months"),
    "W212": lambda: _row(_LINE, line("ROOM-DAY", 0, on=3)),
    "W213": lambda: _row(_LINE, line("ROOM-DAY", None, on=3)),
    "W215": lambda: {**upload(_PLAIN), "Lines": [[REF, "ROOM-DAY", 2, date(2026, 11, 3)], *upload(_PLAIN)["Lines"]]},
    "W301": lambda: _apart(),
    "W302": lambda: _row(_LINE, line("ROOM-DAY", 1, on=3), _LINE),
    "W305": lambda: upload(_PLAIN, invoice("nov-101", "C-1002", _LINE)),
    "W401": lambda: _head(customer="C-1109"),
    "W404": lambda: _row(_LINE, line(None, -1, "1200.00", pricing_name="Less: course that was cancelled")),
    "W405": lambda: _head(invoice_date=date(2126, 11, 20)),
    "W406": lambda: _row(line("TRAIN-DAY", 1, "890.00", on=3), currency="CHF", invoice_date=20),
    "N201": lambda: _head(po_number=47),
}  # fmt: skip


def _priced(*prices: str) -> Sheets:
    rows = [[REF, f"Workshop {at}", price] for at, price in enumerate(prices, start=1)]
    return {**upload(_PLAIN), "Lines": [["Invoice ref", "Pricing name", "Unit price"], *rows]}


def _dated(*days: str) -> Sheets:
    rows = [invoice(f"NOV-10{at}", "C-1001", _LINE, invoice_date=day) for at, day in enumerate(days, start=1)]
    return upload(*rows)


def _apart() -> Sheets:
    sheets = upload(_PLAIN, invoice("NOV-102", "C-1002", line("TRAIN-HALF", 1, on=4)))
    return {**sheets, "Lines": [*sheets["Lines"], [REF, "ROOM-DAY", 1, date(2026, 11, 3)]]}


CSVS: Mapping[str, Rows] = {
    "E111": (("Invoice ref", "Customer", "Product item", "Quantity", "Description"),
             (REF, "C-1001", "TRAIN-DAY", "1", "Groups A, B"), (REF, "C-1001", "ROOM-DAY", "1", "Room", " with lunch")),
    "E222": (_HEADER, (REF, "C-1001", "TRAIN-DAY", "Smith \x07& Jones", "1", "950.00")),
    "E301": ((*_HEADER, "Currency"), (REF, "C-1001", "TRAIN-DAY", "Group A", "1", "950.00", "EUR"),
             (REF, "C-1001", "TRAIN-DAY", "Group B", "1", "950.00", "USD")),
}  # fmt: skip


def write_uploads(folder: Path) -> None:
    """Write every sample that is one file."""
    for code, make in WORKBOOKS.items():
        write_workbook(folder / f"{code}.xlsx", make())
    for code, rows in CSVS.items():
        write_csv(folder / f"{code}.csv", rows)
    write_workbook(folder / "W104.xlsx", {**upload(_PLAIN), "October": upload(_PLAIN)["Lines"]}, hidden=["October"])
    write_csv(
        folder / "W103.csv", (_HEADER, (REF, "C-1103", "TRAIN-DAY", "L'art de l'accueil à Orléans", "1", "950.00")), "cp1252"
    )
