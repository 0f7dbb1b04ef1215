"""Uploads with a mapping profile beside them, for the problems that only another program's layout can have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .files import Rows, book, write_csv, write_workbook
from .masters import two_of_one_name

_COLUMNS = """
[columns]
invoice_ref = "Number"
customer = "Client"
pricing_name = "What"
quantity = "Qty"
unit_price = "Price"
"""
_STATUS = """
[statuses]
Draft = "fine"
Sent = "warning"
Paid = "error"
"""
_HEADER = ("Number", "Client", "What", "Qty", "Price")


def _sheet(client: str, *, header: tuple[str, ...] = (), cells: tuple[str, ...] = ()) -> Rows:
    return ((*_HEADER, *header), ("2026-118", client, "Workshop", "1", "950.00", *cells))


def _profile(*lines: str, tail: str = "") -> str:
    return "".join(f"{line}\n" for line in lines) + _COLUMNS + tail


_LOOKUP = '\n[lookup]\ncustomer = "name"\n'
_BY_STATUS = _profile('status = "State"', tail=_STATUS)
SAMPLES: Mapping[str, tuple[str, Rows]] = {
    "E118": (_profile('paid = "Paid on"'), _sheet("C-1001", header=("Paid on",), cells=("2026-11-16",))),
    "E119": (
        _profile('balance = "Open"').replace("[columns]\n", '[columns]\nexpected_total = "Total"\n'),
        _sheet("C-1001", header=("Total", "Open"), cells=("1149.50", "149.50")),
    ),
    "E120": (_profile(tail=_LOOKUP), _sheet("Hafenlicht Logistik GmbH")),
    "E121": (_profile(tail=_LOOKUP), _sheet("Van den Berg Techniek")),
    "E122": (_BY_STATUS, _sheet("C-1001", header=("State",), cells=("Paid",))),
    "E123": (_BY_STATUS, _sheet("C-1001", header=("State",), cells=("Archived",))),
    "E124": (_profile('refuse = "Shipping"'), _sheet("C-1001", header=("Shipping",), cells=("4.95",))),
    "W120": (_BY_STATUS, _sheet("C-1001", header=("State",), cells=("Sent",))),
    "W214": (
        _profile(tail='\n[sums]\nexpected_total = "With tax"\n'),
        (
            (*_HEADER, "With tax"),
            ("2026-118", "C-1001", "Stickers", "1", "0.12", "0.15"),
            ("2026-118", "C-1001", "Pencils", "1", "0.12", "0.15"),
            ("2026-118", "C-1001", "Paper", "1", "0.12", "0.15"),
        ),
    ),
    "N120": (
        _profile('starts = "customer"').replace('invoice_ref = "Number"\n', ""),
        (("Client", "What", "Qty", "Price"), ("C-1001", "Workshop", "1", "950.00"), ("", "Room", "1", "420.00")),
    ),
}


def write_habits(folder: Path) -> None:
    """Write each sample as a folder: the upload, its profile, and where it needs its own, the master data."""
    for code, (profile, rows) in SAMPLES.items():
        write_csv(folder / code / "upload.csv", rows)
        (folder / code / "profile.toml").write_text(profile, "utf-8", newline="\n")
    write_workbook(folder / "E120" / "master-data.xlsx", book(two_of_one_name(), only_used=True))
