"""What is billed anew after a credit: the copies that were taken of final invoices, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..book import Book
from ..drafting import Drafts
from ..lifecycle import FINAL
from ..lifecycle.differences import differences
from ..problems import Problem

_FOLLOWS_THE_DAY = (
    "invoice_ref", "invoice_date", "planned_date", "date_rule", "due_date", "due_is_explicit", "exchange_rate",
    "exchange_base", "exchange_date", "exchange_source", "tax_currency_total",
)  # fmt: skip
"""What differs between an invoice and its copy although nobody corrected anything."""


def ref_of_copy(ref: str, number: int) -> str:
    """Return the ref of a copy of an invoice, such as NOV-001-2."""
    return f"{ref}-{number}"


def copies_of(book: Book, ids: Iterable[int]) -> dict[str, int]:
    """Return by ref each copy that was taken of these invoices, with the id of its original."""
    entries = book.entries_of(ids)
    taken = entries[entries["action"] == "copy"]
    return {json.loads(body)["copy"]: int(id_) for body, id_ in zip(taken["body"], taken["invoice_id"], strict=True)}


def originals_of(book: Book, refs: Iterable[str]) -> dict[str, Mapping[Any, Any]]:
    """Return by ref the state of the final invoice of which it is a copy; nothing for refs that are none."""
    wanted = set(refs)
    parts = (ref.rpartition("-") for ref in wanted)
    known = book.known(sorted({head for head, _, number in parts if head and number.isdecimal()}))
    finals = book.states(ids=known.loc[known["status"] == FINAL, "id"])
    by_id = dict(zip(finals["id"].tolist(), finals.to_dict("records"), strict=True))
    copies = copies_of(book, by_id)
    return {ref: by_id[id_] for ref, id_ in copies.items() if ref in wanted}


def uncorrected(drafts: Drafts, book: Book) -> list[Problem]:
    """Return W516 for each copy that would bill just what its original billed."""
    originals = originals_of(book, drafts.invoices["invoice_ref"])
    if not originals:
        return []
    copies = drafts.only(drafts.invoices["invoice_ref"].isin(list(originals)))
    refs = copies.invoices["invoice_ref"].tolist()
    before = book.load(pd.DataFrame({"id": [originals[ref]["id"] for ref in refs]}))
    invoices = copies.invoices.reset_index(drop=True)
    same = before.invoices.assign(**{name: invoices[name] for name in _FOLLOWS_THE_DAY})
    changed = {c.invoice_ref for c in differences(Drafts(same, before.lines, before.taxes), copies)}
    numbers = {ref: str(original["number"]) for ref, original in originals.items()}
    return [Problem("W516", invoice_ref=r, details={"number": numbers[r]}) for r in refs if r not in changed]
