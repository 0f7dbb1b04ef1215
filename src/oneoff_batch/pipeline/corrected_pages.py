"""The pages of invoices say by which credit notes they were corrected, once those are final."""

from __future__ import annotations

import pandas as pd

from ..book import Book
from ..columns import TEXT
from ..lifecycle import FINAL
from ..showing.pages import write_invoice_pages
from .scratch import merge, scratch
from .workspace import Workspace


def credited_by(book: Book, states: pd.DataFrame) -> pd.Series:
    """Return the numbers of the final credit notes of each invoice, with commas between them; null where there is none."""
    notes = book.credits_of(states.loc[states["status"] == FINAL, "id"])
    notes = notes[notes["status"] == FINAL]
    names = notes.groupby(notes["credits_id"].astype("int64"))["number"].agg(", ".join)
    return states["id"].map(names.to_dict()).astype(TEXT)


def write_corrected_pages(workspace: Workspace, book: Book, states: pd.DataFrame) -> None:
    """Write the pages of the invoices anew that final credit notes among these correct, where their batch has pages."""
    notes = states[(states["status"] == FINAL) & states["credits_id"].notna()]
    if notes.empty:
        return
    originals = book.states(ids=notes["credits_id"].drop_duplicates().tolist())
    originals = originals.assign(credited_by=credited_by(book, originals))
    for batch, own in originals.groupby("batch", sort=False):
        folder = workspace.batch(str(batch))
        if folder.is_dir():
            rows = own.reset_index(drop=True)
            fresh = scratch(folder)
            write_invoice_pages(fresh, book.load(rows), rows, user_templates=workspace.templates)
            merge(fresh, folder)
