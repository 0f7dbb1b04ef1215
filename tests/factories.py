"""Drafts, made by hand with the right types, whose totals add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from oneoff_batch.drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts, dtype_of_draft
from oneoff_batch.drafting.hashing import content_hash

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def frame(columns: Sequence[str], count: int, **values: Any) -> pd.DataFrame:
    """A frame of these columns: a list gives one value per row, anything else fills the column."""
    made = {}
    for name in columns:
        value = values.get(name)
        cells = list(value) if isinstance(value, (list, np.ndarray)) else [value] * count
        dtype = dtype_of_draft(name)
        if isinstance(dtype, pd.ArrowDtype) and pa.types.is_decimal(dtype.pyarrow_dtype):
            texts = [None if c is None else str(c) for c in cells]
            made[name] = pd.Series(pa.array(texts, pa.string()).cast(dtype.pyarrow_dtype), dtype=dtype)
        else:
            made[name] = pd.Series(cells, dtype=dtype)
    return pd.DataFrame(made)


def major(cents: Sequence[int], digits: int) -> list[str]:
    """Whole minor units, written in major units."""
    return [f"{'-' if c < 0 else ''}{abs(c) // 10**digits}.{abs(c) % 10**digits:0{digits}d}".rstrip(".") if digits
            else str(c) for c in cents]  # fmt: skip


def drafts(
    n_invoices: int,
    *,
    lines: int = 2,
    prefix: str = "NOV",
    first: int = 1,
    currency: str = "EUR",
    digits: int = 2,
    series: str = "invoices",
    day: date | None = None,
    on_hold: bool = True,
) -> Drafts:
    """Drafts of `n_invoices` invoices with `lines` lines each, at 21 % tax: refs NOV-00001, NOV-00002 …

    With a `day` every invoice has it as its invoice date; without one the date is that on which it becomes final.
    """
    n, m = n_invoices, n_invoices * lines
    refs = [f"{prefix}-{i:05d}" for i in range(first, first + n)]
    owner = np.repeat(np.arange(n), lines)
    line = np.tile(np.arange(1, lines + 1), n)
    net = [1000 + 7 * int(i) + 100 * int(k) for i, k in zip(owner, line, strict=True)]
    tax = [(21 * c + 50) // 100 for c in net]
    sums = np.array([net, tax]).reshape(2, n, lines).sum(axis=2) if lines else np.zeros((2, n), dtype=int)
    planned = day or date(2026, 11, 24)
    money = {"net_total": sums[0], "tax_total": sums[1], "gross_total": sums.sum(axis=0)}
    invoices = frame(
        INVOICE_COLUMNS, n,
        invoice_ref=refs, customer=[f"C-{i % 50:04d}" for i in range(n)], billing_entity="NL01", series=series,
        locale="en_GB", currency=currency, digits=digits, invoice_date=day, date_rule="explicit" if day else "when_final",
        planned_date=planned, due_date=planned + timedelta(days=30), due_is_explicit=False, payment_terms="30 days",
        po_number=[None if i % 3 else f"PO-{i}" for i in range(n)], note=["" if i % 2 else 'Zoë "1" <b>' for i in range(n)],
        on_hold=on_hold, prices_include_tax=False, tax_rounding="per_line", custom='{"Cost centre":"4410"}',
        sheet="Invoices", row=list(range(2, n + 2)), seller_name="Brightwater Training B.V.", seller_country="NL",
        buyer_name=[f"Customer {i % 50}" for i in range(n)], buyer_country="NL", wording="Thank you\nfor your order",
        **{name: major(cents.tolist(), digits) for name, cents in money.items()},
    )  # fmt: skip
    line_refs = [refs[i] for i in owner]
    line_frame = frame(
        LINE_COLUMNS, m,
        invoice=owner, invoice_ref=line_refs, line=line, product_item="TRAIN-DAY", product="TRAINING",
        line_name="Training", subline_name="Training day", type="charge", quantity="1", unit="day",
        unit_price=major(net, digits), base_quantity="1", period_start=date(2026, 11, 1), period_end=date(2026, 11, 30),
        tax_code="NL21", tax_category="S", tax_rate="21", tax_rule="entity_default", tax_reason="Default of NL01",
        net=major(net, digits), tax=major(tax, digits), gross=major([a + b for a, b in zip(net, tax, strict=True)], digits),
        sheet="Lines", row=list(range(2, m + 2)),
    )  # fmt: skip
    tax_frame = frame(
        TAX_COLUMNS, n,
        invoice=list(range(n)), invoice_ref=refs, tax_code="NL21", name="VAT 21 %", category="S", rate="21",
        compound=False, taxable=major(sums[0].tolist(), digits), tax=major(sums[1].tolist(), digits),
    )  # fmt: skip
    made = Drafts(invoices, line_frame, tax_frame)
    return Drafts(invoices.assign(content_hash=content_hash(made)), line_frame, tax_frame)
