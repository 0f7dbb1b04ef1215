"""The HTML pages of a batch: one per invoice, the batch itself, and the problems of an upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..drafting.drafts import Drafts
from . import places
from .batch_page import write_batch_page
from .invoice_page import CHUNK, rendered
from .places import page_name
from .problem_page import write_problem_page

__all__ = ["page_name", "write_batch_page", "write_invoice_pages", "write_problem_page"]

FOLDER = "invoices"
"""The folder beside the batch page in which the invoices' pages lie."""


def write_invoice_pages(
    folder: Path,
    drafts: Drafts,
    states: pd.DataFrame,
    *,
    user_templates: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[str]:
    """Write one page per invoice into `folder`/invoices and return their paths relative to `folder`, in order.

    `states` has one row per invoice, by position: batch, status, on_hold, approval, approved_by, number (null
    for drafts), and where known warnings (a count) and credited_by (the credit notes that correct it).
    `progress` is called with the number of pages written since its last call. Raises `OSError` where a file
    cannot be written and Jinja's `TemplateError` where a user's template is at fault.
    """
    template = places.page("invoice", user_templates)
    names = places.page_names(drafts.invoices["invoice_ref"], states["number"])
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for written, (name, text) in enumerate(zip(names, rendered(drafts, states, template), strict=True), start=1):
        (target / name).write_bytes(text.encode())
        if progress and (written % CHUNK == 0 or written == len(names)):
            progress((written - 1) % CHUNK + 1)
    return [f"{FOLDER}/{name}" for name in names]
