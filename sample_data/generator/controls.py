"""Control totals of a batch, as the finance team's own books would give them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from oneoff_batch.money import currencies
from oneoff_batch.pipeline.intake import examine
from oneoff_batch.pipeline.workspace import open_workspace

from .files import Record, Sheets, write_workbook

TODAY = date(2026, 11, 24)


def control(company: Path, sheets: Sheets) -> Sequence[Record]:
    """Return one row per currency for an upload without problems; raises `ValueError` for any other."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("oneoff.toml", "master-data.xlsx"):
            shutil.copy(company / name, root / name)
        write_workbook(root / "upload.xlsx", sheets)
        outcome = examine(open_workspace(root), [root / "upload.xlsx"], None, TODAY, None)
    if outcome.drafts is None or outcome.has_errors:
        raise ValueError("\n".join(f"{p.code} {p.place}: {p.message}" for p in outcome.problems))
    invoices, lines = outcome.drafts.invoices, outcome.drafts.lines
    currency = lines["invoice"].map(invoices["currency"])
    net, quantity = invoices.groupby("currency")["net_total"].sum(), lines.groupby(currency)["quantity"].sum()
    return [_row(str(c), int(n), net[str(c)], quantity[str(c)]) for c, n in invoices.groupby("currency").size().items()]


def _row(currency: str, count: int, net: Decimal, quantity: Decimal) -> Record:
    totals = {"net_total": round(net, currencies()[currency]), "quantity_total": quantity.normalize()}
    return {"currency": currency, "invoice_count": count, **totals}
