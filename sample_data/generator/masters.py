"""One folder per problem code whose fault lies in the master data or the settings, each with an upload that meets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from .company import COMPANY
from .files import Record, Sheets, book, write_workbook
from .rows import invoice, line
from .uploads import REF, upload

Tables = Mapping[str, list[Record]]
_KEYS = {"entities": "billing_entity", "customers": "customer", "taxes": "tax_code"}
_KEPT = {"entities": ("NL01",), "customers": ("C-1001", "C-1101"), "taxes": ("NL21",)}


def _small(**changed: Callable[[list[Record]], list[Record]]) -> Tables:
    """Return a small company, with some of its tables changed."""
    tables = {name: [r for r in COMPANY[name] if r[key] in _KEPT[name]] for name, key in _KEYS.items()}
    tables["customers"] = [_without(r, "Cost centre") for r in tables["customers"]]
    tables["products"] = [r for r in COMPANY["products"] if r["product"] == "TRAINING"][:2]
    tables["fields"] = []
    return {name: changed[name](rows) if name in changed else rows for name, rows in tables.items()}


def _all(**cells: Any) -> Callable[[list[Record]], list[Record]]:
    """Change cells on every row."""
    return lambda rows: [{**r, **cells} for r in rows]


def _last(**cells: Any) -> Callable[[list[Record]], list[Record]]:
    """Change cells on the last row."""
    return lambda rows: [*rows[:-1], {**rows[-1], **cells}]


def _more(**cells: Any) -> Callable[[list[Record]], list[Record]]:
    """Add a row that differs from the last one in these cells."""
    return lambda rows: [*rows, {**rows[-1], **cells}]


def _second_entity(**cells: Any) -> Callable[[list[Record]], list[Record]]:
    return _more(billing_entity="NL02", name="Brightwater Academy B.V.", **cells)


def _two_rates(rows: list[Record]) -> list[Record]:
    return [{**rows[0], "valid_to": date(2026, 11, 30)}, {**rows[0], "rate": Decimal("22"), "valid_from": date(2026, 12, 1)}]


def _required(rows: list[Record]) -> list[Record]:
    field = {"name": "Cost centre", "applies_to": "invoice", "type": "STRING", "required": "yes"}
    return [*rows, field]


def _named_like_a_column(rows: list[Record]) -> list[Record]:
    return [*rows, {"name": "Currency", "applies_to": "invoice", "type": "STRING"}]


def _numbered(*ids: str) -> Callable[[list[Record]], list[Record]]:
    return lambda rows: [{**row, "customer": id_} for row, id_ in zip(rows, ids, strict=True)]


_SILENT = {"tax_code": "EX-NL", "name": "Exempt", "category": "E", "rate": Decimal(0)}

MASTERS: Mapping[str, Callable[[], Tables]] = {
    "E208": lambda: _small(customers=_last(country="UK", vat_id=None, vat_id_status=None)),
    "E219": lambda: _small(customers=_last(vat_id="FR40303265045")),
    "E226": lambda: _small(customers=_numbered("123", "00123")),
    "E310": lambda: _small(customers=_last(name=None)),
    "E313": lambda: _small(customers=lambda rows: [{**rows[0], "reference": "C-1101"}, *rows[1:]]),
    "E319": lambda: _small(fields=_required),
    "E330": lambda: _small(entities=lambda rows: _second_entity()(_all(is_default="no")(rows))),
    "E334": lambda: _small(customers=_more(name="Hafenlicht Spedition GmbH", reference="SF-88199")),
    "E335": lambda: _small(entities=_all(currency=None)),
    "E336": lambda: _small(taxes=_more(rate=Decimal("22"), valid_from=date(2026, 10, 1))),
    "E337": lambda: _small(products=lambda rows: [{**rows[0], "product_name": None}, {**rows[1], "product_name": None}]),
    "E338": lambda: _small(customers=_last(tax_exempt="yes")),
    "E339": lambda: _small(entities=_all(series="usa")),
    "E340": lambda: _small(entities=_second_entity(is_default="yes")),
    "E341": lambda: _small(taxes=_more(name="VAT 22 %", rate=Decimal("22"), valid_from=date(2026, 10, 1))),
    "E342": lambda: _small(taxes=_more(tax_code="NL00", name="VAT 0 %", category="Z")),
    "E343": lambda: _small(fields=_named_like_a_column),
    "E406": lambda: _small(entities=_all(vat_id=None)),
    "E411": lambda: _small(taxes=_more(**_SILENT)),
    "W204": lambda: _small(customers=_last(vat_id="DE136695978")),
    "W209": lambda: _small(customers=_numbered("C-1001", "00123")),
    "W402": lambda: _small(taxes=_two_rates),
    "W403": lambda: _small(
        entities=_all(apply_local_vat_for_missing_tax_id="yes"), customers=_last(vat_id=None, vat_id_status=None)
    ),
}  # fmt: skip


def two_of_one_name() -> Tables:
    """Return master data in which two customers have the same name, in two countries."""
    return _small(customers=lambda rows: [{**rows[0], "name": rows[1]["name"]}, *rows[1:]])


def _without(record: Record, name: str) -> Record:
    return {k: v for k, v in record.items() if k != name}


_TRAINING = line("TRAIN-DAY", 1, on=3)
_UPLOADS: Mapping[str, Sheets] = {
    "E226": upload(invoice(REF, 123, _TRAINING)),  # type: ignore[arg-type]
    "W209": upload(invoice(REF, 123, _TRAINING)),  # type: ignore[arg-type]
    "E337": upload(invoice(REF, "C-1101", line(None, 1, "950.00", product="TRAINING"))),
    "E409": upload(invoice(REF, "C-1001", line("BOOK-HAND", 1, tax_code="NL09"))),
    "E411": upload(invoice(REF, "C-1001", line("TRAIN-DAY", 1, on=3, tax_code="EX-NL"))),
    "E341": upload(invoice(REF, "C-1001", line("TRAIN-DAY", 1, on=3))),
    "W402": upload(invoice(REF, "C-1001", line("TRAIN-DAY", 1))),
}
_USUAL = upload(invoice(REF, "C-1101", _TRAINING))
_NO_CODES = "[tax]\nline_tax_codes = false     # tax comes from customer and billing entity alone\n"


def write_masters(folder: Path) -> None:
    """Write every sample that is a folder."""
    for code, make in MASTERS.items():
        tables = {name: rows for name, rows in make().items() if rows}
        write_workbook(folder / code / "master-data.xlsx", book(tables, only_used=True))
        write_workbook(folder / code / "upload.xlsx", _UPLOADS.get(code, _USUAL))
    write_workbook(folder / "E409" / "upload.xlsx", _UPLOADS["E409"])
    usual = (folder.parent / "oneoff.toml").read_text("utf-8")
    (folder / "E409" / "oneoff.toml").write_text(usual.replace("[tax]\n", _NO_CODES, 1), "utf-8", newline="\n")
