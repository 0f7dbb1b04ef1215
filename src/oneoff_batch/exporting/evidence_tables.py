"""The tables of an evidence pack: each follows, row by row, from the stored values and the entries of the chain.

They are part of the form of a pack: who checks one makes them again, and compares.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..book.cells import kind_of
from ..book.contents import written
from ..lifecycle import ARCHIVED, DRAFT, FINAL, MOVES
from ..showing.cells import FORMULA_START

Row = list[str]
Record = Mapping[str, Any]
"""An invoice as `data/stored.jsonl` has it, or an entry of the chain."""
Spec = tuple[tuple[str, str], ...]
"""Of each column its stored name and its title."""

_PARTY = ("billing_entity", "Entity"), ("customer", "Customer"), ("buyer_name", "Customer name")
_MONEY = ("currency", "Currency"), ("net_total", "Net"), ("tax_total", "Tax"), ("gross_total", "Total")
_INVOICE: Spec = (
    *_PARTY, *_MONEY,
    ("seller_name", "Seller"), ("seller_country", "Seller country"), ("seller_vat_id", "Seller tax id"),
    ("buyer_country", "Customer country"), ("buyer_vat_id", "Customer tax id"),
    ("tax_currency", "Second tax currency"), ("tax_currency_total", "Tax in it"), ("exchange_rate", "Exchange rate"),
    ("planned_date", "Planned date"), ("delivery_date", "Delivery date"), ("period_start", "Period start"),
    ("period_end", "Period end"), ("payment_terms", "Payment terms"), ("po_number", "PO number"),
    ("buyer_reference", "Buyer reference"), ("preceding_number", "Corrects number"),
    ("credit_reason", "Reason of the credit"),
    ("note", "Note"), ("wording", "Wording"), ("custom", "Custom fields"), ("sheet", "From sheet"), ("row", "From row"),
    ("content_hash", "Fingerprint"),
)  # fmt: skip
_LINE: Spec = (
    ("line", "Line"), ("product_item", "Product item"), ("product", "Product"), ("line_name", "Line name"),
    ("subline_name", "Charge"), ("description", "Description"), ("type", "Type"), ("quantity", "Quantity"), ("unit", "Unit"),
    ("unit_price", "Unit price"), ("base_quantity", "Base quantity"), ("period_start", "Period start"),
    ("period_end", "Period end"), ("net", "Net"), ("tax", "Tax"), ("gross", "Total"), ("tax_code", "Tax code"),
    ("tax_category", "Tax category"), ("tax_rate", "Tax rate %"), ("tax_reason", "Why this tax"),
    ("custom", "Custom fields"), ("sheet", "From sheet"), ("row", "From row"), ("credits_line", "Credits line"),
)  # fmt: skip
_TAX: Spec = (
    ("tax_code", "Tax code"), ("name", "Tax name"), ("category", "Tax category"), ("rate", "Tax rate %"),
    ("compound", "Compound"), ("taxable", "Taxable"), ("tax", "Tax"), ("exemption_code", "Exemption code"),
    ("reason", "Reason"),
)  # fmt: skip
_OWN = ("Invoice ref", "Invoice number", "Status")


def _titles(spec: Spec) -> Row:
    return [title for _, title in spec]


INVOICES, LINES, TAXES = "data/invoices.csv", "data/lines.csv", "data/taxes.csv"
LEDGER, APPROVALS, PAYMENTS = "ledger/ledger.csv", "approvals.csv", "payments.csv"
TITLES: Mapping[str, Row] = {
    INVOICES: [*_OWN, "Invoice date", "Due date", "On hold", *_titles(_INVOICE)],
    LINES: [*_OWN[:2], "Currency", *_titles(_LINE)],
    TAXES: [*_OWN[:2], "Currency", *_titles(_TAX)],
    LEDGER: ["Entry", "Invoice number", "Invoice date", "Due date", "Invoice ref", *_titles(_PARTY), *_titles(_MONEY),
             "Corrects number", "Final by", "Final at (UTC)", "Approved by", "Seal"],
    APPROVALS: ["Entry", "Decision", "Invoice ref", "By", "At (UTC)", "Fingerprint", "Reason", "Whole batch", "Workbook"],
    PAYMENTS: ["Entry", "Invoice number", "Invoice ref", "Paid on", "Amount", "Reference", "From file", "Entered by",
               "Entered at (UTC)"],
}  # fmt: skip
"""The tables by their place in the pack, with their titles."""
OF_INVOICES, OF_ENTRIES = (INVOICES, LINES, TAXES, LEDGER), (APPROVALS, PAYMENTS)
_DECISIONS = ("approve", "decline", "comment")


@dataclass(slots=True)
class Standing:
    """Where an invoice stands after its entries, and what the last of them say of it; the first one has the number `seq`."""

    ref: str
    seq: int
    status: str = DRAFT
    number: str = ""
    last: dict[str, Any] = field(default_factory=dict)
    """The body of the last entry that tells the seal."""
    final: dict[str, Any] = field(default_factory=dict)
    """`seq`, `at` and `user` of its ledger entry."""


def told(entry: Record) -> dict[str, Any]:
    """Return what an entry's body tells; nothing where nobody can read it."""
    try:
        body = orjson.loads(entry["body"])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_SEALS = ("draft", "refresh", "finalize")


def follow(standings: dict[int, Standing], entry: Record) -> None:
    """Let an entry take effect on where its invoice stands."""
    id_, action = entry["invoice_id"], entry["action"]
    if id_ is None:
        return
    own = standings.setdefault(id_, Standing(str(entry["invoice_ref"]), entry["seq"]))
    to = DRAFT if action == "draft" else MOVES[action].to_status if action in MOVES else None
    own.status = to or own.status
    if action in _SEALS:
        own.last = told(entry)
    if action == "finalize":
        own.number = str(entry["number"])
        own.final = {name: entry[name] for name in ("seq", "at", "user")}


def rows_of_invoice(record: Record, standing: Standing) -> dict[str, list[Row]]:
    """Return what the tables of invoices have of one, by their place in the pack."""
    invoice, digits = record["invoice"], record["invoice"].get("digits")
    ref = _text(invoice.get("invoice_ref"))
    own, currency = [ref, standing.number], _text(invoice.get("currency"))
    head = [*own, _words(standing.status), *(_cell(name, record["moving"], digits) for name in _MOVING)]
    rows = {
        INVOICES: [[*head, *_cells(_INVOICE, invoice, digits)]],
        LINES: [[*own, currency, *_cells(_LINE, row, digits)] for row in rows_in(record["lines"])],
        TAXES: [[*own, currency, *_cells(_TAX, row, digits)] for row in rows_in(record["taxes"])],
    }
    if standing.status == FINAL:
        entry, last = standing.final, standing.last
        days = [_text(last.get("invoice_date")), _text(last.get("due_date"))]
        what = [*_cells((*_PARTY, *_MONEY), invoice, digits), _text(invoice.get("preceding_number"))]
        who = [_text(entry["user"]), _text(entry["at"]), _text(last.get("approved_by")), _text(last.get("seal"))]
        rows[LEDGER] = [[_text(entry["seq"]), standing.number, *days, ref, *what, *who]]
    return rows


_MOVING = ("invoice_date", "due_date", "on_hold")


def rows_of_entry(entry: Record) -> dict[str, list[Row]]:
    """Return what the tables of decisions and payments have of an entry, by their place in the pack."""
    body, action = told(entry), entry["action"]
    if action in _DECISIONS:
        what = f"comment ({_text(body.get('decision'))})" if action == "comment" else action
        how = [_text(body.get("reason")), "yes" if body.get("by_all") else "", _text(body.get("workbook"))]
        who = [_text(entry["invoice_ref"]), _text(entry["user"]), _text(entry["at"]), _text(body.get("content_hash"))]
        return {APPROVALS: [[_text(entry["seq"]), what, *who, *how]]}
    if action == "pay":
        paid = [_text(body.get(name)) for name in ("paid_on", "amount", "reference", "file")]
        own = [_text(entry[name]) for name in ("seq", "number", "invoice_ref")]
        return {PAYMENTS: [[*own, *paid, _text(entry["user"]), _text(entry["at"])]]}
    return {}


def rows_in(columns: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield lines or taxes, which are stored by columns, as rows."""
    for cells in zip(*columns.values(), strict=True):
        yield dict(zip(columns, cells, strict=True))


def _cells(spec: Spec, values: Record, digits: Any) -> Row:
    return [_cell(name, values, digits) for name, _ in spec]


def _cell(name: str, values: Record, digits: Any) -> str:
    value, kind = values.get(name), kind_of(name)
    if value is None:
        return ""
    if kind in ("amount", "tax_amount"):
        return written(value, digits if kind == "amount" else values.get("tax_currency_digits"))
    return ("yes" if value else "no") if kind == "flag" else _text(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _words(status: str) -> str:
    return "Archived" if status == ARCHIVED else status.capitalize()


_RISKY, _NUMBER = re.compile(FORMULA_START), re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def csv_lines(rows: Iterable[Row]) -> bytes:
    """Return rows as CSV (UTF-8, commas, CR LF); a cell that a spreadsheet would take for a formula gets an apostrophe."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows([[_harmless(cell) for cell in row] for row in rows])
    return file.getvalue().encode("utf-8", "replace")


def titles_line(path: str) -> bytes:
    """Return the first line of a table, with the mark that tells Excel that it is UTF-8."""
    return b"\xef\xbb\xbf" + csv_lines([TITLES[path]])


def _harmless(cell: str) -> str:
    return f"'{cell}" if _RISKY.search(cell) and not _NUMBER.fullmatch(cell) else cell
