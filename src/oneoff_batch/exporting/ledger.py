"""The ledger as files for people: one workbook, or three CSV tables, with a proof that the tables agree."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..drafting.drafts import Drafts
from ..showing.blocks import Block, add_blocks
from ..showing.grid import add_grids
from ..showing.report_column import Column
from ..showing.reports import (
    INVOICE_REPORT,
    LINE_REPORT,
    TAX_REPORT,
    invoice_columns,
    line_columns,
    tax_columns,
)
from ..showing.saving import saved
from ..showing.styles import Styles, new_workbook
from ..showing.workbook import total_blocks
from .csv_table import write_csv
from .reconciliation import reconciled

_PROOF = (
    "In every currency the lines add up to the invoices' net, tax and gross totals, and the tax table to their tax.",
    "The check was made on exact decimals, invoice by invoice, before this file was written.",
)


def write_ledger_workbook(path: Path, drafts: Drafts, states: pd.DataFrame) -> Path:
    """Write the sheets Invoices, Lines, Tax and Totals, and return the path.

    `states` is aligned with the invoices by position: batch, status, on_hold, approval, approved_by, number,
    final_at. Raises `NotReconciled`, and writes nothing, where the tables do not agree.
    """
    proof = reconciled(drafts)
    with saved(path) as draft, new_workbook(draft, "Invoice ledger") as workbook:
        styles = Styles(workbook)
        add_grids(workbook, styles, "Invoices", invoice_columns(drafts, states, INVOICE_REPORT))
        add_grids(workbook, styles, "Lines", line_columns(drafts, states, LINE_REPORT))
        add_grids(workbook, styles, "Tax", tax_columns(drafts, states, TAX_REPORT))
        add_blocks(workbook, styles, "Totals", [*total_blocks(drafts, states), _proof(proof)], _PROOF)
    return path


def write_ledger_csv(folder: Path, drafts: Drafts, states: pd.DataFrame) -> list[Path]:
    """Write header.csv, lines.csv and taxes.csv (UTF-8 with BOM, RFC 4180) and return their paths.

    Raises `NotReconciled`, and writes nothing, where the tables do not agree.
    """
    reconciled(drafts)
    tables = {
        "header.csv": invoice_columns(drafts, states, INVOICE_REPORT),
        "lines.csv": line_columns(drafts, states, LINE_REPORT),
        "taxes.csv": tax_columns(drafts, states, TAX_REPORT),
    }
    return [write_csv(folder / name, columns) for name, columns in tables.items()]


def _proof(proof: pd.DataFrame) -> Block:
    currency = proof["currency"]
    return Block("Reconciliation", [
        Column("Currency", "id", currency),
        Column("Invoices", "whole", proof["invoices"]),
        Column("Net of Lines", "amount", proof["line_net"], currency),
        Column("Tax of Lines", "amount", proof["line_tax"], currency),
        Column("Gross of Lines", "amount", proof["line_gross"], currency),
        Column("Tax of Tax Table", "amount", proof["tax_summary"], currency),
        Column("Lines", "whole", proof["lines"]),
        Column("Difference", "text", pd.Series(["none"] * len(proof))),
    ])  # fmt: skip
