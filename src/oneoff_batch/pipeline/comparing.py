"""An upload held against the book: what is there just so, what changed, what is missing, and what looks like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ..book import Book
from ..checking import Checked
from ..checking.again import as_given, given_alike
from ..checking.kept import unpacked
from ..columns import TEXT
from ..drafting import Drafts
from ..lifecycle import APPROVED, FINAL
from ..lifecycle.differences import Changed, differences
from ..problems import Problem
from .anew import uncorrected

_AT_ONCE = 5_000


@dataclass(frozen=True)
class Compared:
    """Drafts that are new or take an earlier one's place, and what the book has of the upload already.

    `replaces` are the refs of those replaced, `unchanged` of those that are in the book just so, `missing` of live
    invoices of the same batches that the file no longer has. `changed` says what differs in those that are replaced or
    refused.
    """

    drafts: Drafts
    replaces: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()
    changed: tuple[Changed, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what came of the comparison, as JSON and the pages show it."""
        known = self.unchanged | {c.invoice_ref for c in self.changed}
        return {
            "new": [ref for ref in self.drafts.invoices["invoice_ref"] if ref not in known],
            "unchanged": sorted(self.unchanged),
            "changed": [{**c.as_dict(), "replaced": c.invoice_ref in self.replaces} for c in self.changed],
            "missing": list(self.missing),
        }


def compared(drafts: Drafts, book: Book, replace_drafts: bool, checked: Checked) -> Compared:
    """Compare drafts with what the book has under the same refs, and with what looks like them.

    What is the same stays as it is (N303). What differs is refused where it is final (E508), and where it is a draft
    (E509) unless `replace_drafts` puts the new one in its place (N511 where the earlier one was approved). What is final
    is the same too where its rows say what they said: the master data may have changed since. W511 names what the file,
    which is `checked`, no longer has; W512 what looks like an earlier invoice, W516 a copy to
    correct in which nothing was corrected.
    """
    known = book.known(drafts.invoices["invoice_ref"].tolist())
    done = Compared(drafts)
    if not known.empty:
        done = _held_against(known, drafts, book, replace_drafts, checked)
        missing = _missing(book, known["batch"].unique().tolist(), checked.refs)
        done = replace(done, missing=tuple(p.invoice_ref for p in missing), problems=(*done.problems, *missing))
    return replace(done, problems=(*done.problems, *_near(done.drafts, book), *uncorrected(done.drafts, book)))


def _held_against(known: pd.DataFrame, drafts: Drafts, book: Book, replace_drafts: bool, checked: Checked) -> Compared:
    hashes = known["invoice_ref"].map(drafts.invoices.set_index("invoice_ref")["content_hash"])
    same, final = hashes == known["content_hash"], known["status"] == FINAL
    same |= known["invoice_ref"].isin(_said_again(known[final & ~same], book, checked))
    replaced = ~same & ~final & replace_drafts
    changed = changes(book, known[~same], drafts)
    words = {c.invoice_ref: c.words for c in changed}
    codes = pd.Series("E509", index=known.index).mask(final, "E508").mask(same, "N303").mask(replaced, "N511")
    told = ~replaced | (known["approval"] == APPROVED)
    problems = [
        _problem(code, entry, words.get(entry["invoice_ref"], ""))
        for entry, code in zip(known[told].to_dict("records"), codes[told], strict=True)
    ]
    gone = known.loc[~replaced, "invoice_ref"].tolist()
    return Compared(
        drafts.only(~drafts.invoices["invoice_ref"].isin(gone)),
        frozenset(known.loc[replaced, "invoice_ref"]),
        frozenset(known.loc[same, "invoice_ref"]),
        tuple(changed),
        problems=tuple(problems),
    )


def _said_again(known: pd.DataFrame, book: Book, checked: Checked) -> list[str]:
    """Return the refs of which the file has the same rows as the batch that each is in."""
    found: list[str] = []
    if known.empty:
        return found
    given = as_given(checked)
    for batch, own in known.groupby("batch", sort=False):
        kept = book.kept_rows(str(batch)).rows
        if kept is not None:
            found += given_alike(given, unpacked(kept), own["invoice_ref"])
    return found


def _problem(code: str, entry: dict[Any, Any], difference: str) -> Problem:
    ref = str(entry["invoice_ref"])
    details = {"number": str(entry["number"]), "batch": str(entry["batch"])}
    if difference:
        details["difference"] = f": {difference}"
    return Problem(code, invoice_ref=ref, field="invoice_ref", value=ref, details=details)


def changes(book: Book, states: pd.DataFrame, drafts: Drafts) -> list[Changed]:
    """Return what differs between drafts and the stored ones with these states (`id`, `invoice_ref`), in parts."""
    found: list[Changed] = []
    for start in range(0, len(states), _AT_ONCE):
        some = states.iloc[start : start + _AT_ONCE]
        wanted = drafts.invoices["invoice_ref"].isin(some["invoice_ref"].tolist())
        found += differences(book.load(some), drafts.only(wanted))
    return found


def _missing(book: Book, batches: Sequence[str], in_file: frozenset[str]) -> list[Problem]:
    live = book.live_in(batches)
    gone = live[~live["invoice_ref"].isin(list(in_file))]
    return [
        Problem("W511", invoice_ref=str(ref), details={"batch": str(batch)})
        for ref, batch in zip(gone["invoice_ref"], gone["batch"], strict=True)
    ]


_ALIKE = ["customer", "currency", "gross_total"]
_TOLD = ("po_number", "period_start", "period_end", "month")


def _near(drafts: Drafts, book: Book) -> list[Problem]:
    """W512 for what has customer, total and currency of an earlier invoice, and its PO number or a period in common.

    Where one of them has no period, nor both a PO number, the month of its date is all that is known of it.
    """
    mine = _with_month(drafts.invoices)[["invoice_ref", *_ALIKE, "digits", *_TOLD]]
    if mine.empty:
        return []
    theirs = _with_month(book.alike(mine))
    theirs = theirs[~theirs["invoice_ref"].isin(drafts.invoices["invoice_ref"].tolist())]
    if theirs.empty:
        return []
    # A customer may have thousands of invoices of one amount: one of each PO number and period stands for all.
    keys = [*_ALIKE, *_TOLD]
    both = mine.drop_duplicates(keys).merge(theirs.drop_duplicates(keys, keep="last"), on=_ALIKE, suffixes=("", "_other"))
    same_order = (both["po_number"] == both["po_number_other"]).fillna(False)
    overlap = (both["period_start"] <= both["period_end_other"]) & (both["period_start_other"] <= both["period_end"])
    undated = both["period_start"].isna() | both["period_start_other"].isna()
    unordered = both["po_number"].isna() | both["po_number_other"].isna()
    flags = {
        "same_order": same_order.astype(bool),
        "overlap": overlap.fillna(False).astype(bool),
        "same_month": undated & unordered & (both["month"] == both["month_other"]).fillna(False).astype(bool),
    }
    both = both.assign(**flags)
    both = both[both[list(flags)].any(axis="columns")].drop_duplicates(keys, keep="last")
    every = mine[["invoice_ref", *keys]].merge(both.drop(columns="invoice_ref"), on=keys)
    return [_alike(row) for row in every.to_dict("records")]


def _with_month(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(month=rows["planned_date"].astype("str").str.slice(0, 7).astype(TEXT))


def _alike(row: dict[Any, Any]) -> Problem:
    number = row["number"]
    state = f"final as {number}, " if isinstance(number, str) else ""
    day = str(row["uploaded_at"])[:10]
    why = f"the month {row['month']}, as not both have a period"
    if row["overlap"]:
        why = f"days of its period ({row['period_start_other']} to {row['period_end_other']})"
    if row["same_order"]:
        why = f'the PO number "{row["po_number"]}"'
    total = f"{row['gross_total']:,.{int(row['digits'])}f} {row['currency']}"
    other = f"{row['invoice_ref_other']} ({state}batch {row['batch']} of {day})"
    details = {"other": other, "total": total, "customer": str(row["customer"]), "why": why}
    return Problem("W512", invoice_ref=str(row["invoice_ref"]), field="invoice_ref", details=details)
