"""What an export reads, made of drafts in memory: pieces, payments, and totals by plain arithmetic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from oneoff_batch.book import Figures, Piece
from oneoff_batch.book.cells import frame
from oneoff_batch.book.slicing import PAYMENT_COLUMNS, Key
from oneoff_batch.drafting.drafts import Drafts

SUMMED = {
    "invoices": ("net_total", "tax_total", "gross_total"),
    "lines": ("net", "tax", "gross"),
    "taxes": ("taxable", "tax"),
    "payments": ("amount",),
}


@dataclass
class InMemory:
    """Drafts and their states; the totals are those of `ledger`, by default the same drafts."""

    drafts: Drafts
    states: pd.DataFrame
    paid: pd.DataFrame = field(default_factory=lambda: frame([], PAYMENT_COLUMNS))
    ledger: Drafts | None = None
    size: int = 2

    def pieces(self) -> Iterator[Piece]:
        n = len(self.drafts)
        for start in range(0, max(n, 1), self.size):
            chosen = pd.Series(range(n)).between(start, start + self.size - 1)
            yield Piece(self.drafts.only(chosen), self.states[chosen.to_numpy(bool)].reset_index(drop=True))

    def payments(self) -> Iterator[pd.DataFrame]:
        yield self.paid

    def totals(self) -> dict[Key, Figures]:
        known = self.ledger or self.drafts
        heads = known.invoices.to_dict("records")
        tables = {
            "invoices": heads,
            "lines": [{**r, **of(heads[r["invoice"]])} for r in known.lines.to_dict("records")],
            "taxes": [{**r, **of(heads[r["invoice"]])} for r in known.taxes.to_dict("records")],
            "payments": self.paid.to_dict("records"),
        }
        found: dict[Key, Figures] = {}
        for name, rows in tables.items():
            for row in rows:
                key = (name, row["currency"], row["billing_entity"], row["series"])
                before = found.get(key, Figures(0, dict.fromkeys(SUMMED[name], Decimal(0))))
                sums = {f: before.sums[f] + row[f] for f in SUMMED[name]}
                found[key] = Figures(before.rows + 1, sums)
        return found

    def custom_names(self) -> tuple[list[str], list[str]]:
        invoices, lines = self.drafts.invoices["custom"], self.drafts.lines["custom"]
        return names_in(invoices), names_in(lines)


def of(head: dict[str, Any]) -> dict[str, Any]:
    return {name: head[name] for name in ("currency", "billing_entity", "series")}


def names_in(texts: pd.Series) -> list[str]:
    return sorted({name for text in texts.dropna() for name in json.loads(text)})
