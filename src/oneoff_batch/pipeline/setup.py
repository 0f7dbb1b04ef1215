"""Make a workspace: settings with comments, master data, the blank upload workbook, an empty book."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..book import create_book
from ..checking import Master, tables
from ..columns.corrections import CREDITS, PAYMENTS
from ..settings import parse_settings
from ..showing.saving import saved
from ..showing.template import write_master_template, write_table_template, write_upload_template
from .intake import load_master
from .workspace import SETTINGS_FILE, Workspace, named

UPLOAD_TEMPLATE = "upload.xlsx"


def make_workspace(root: Path, book: str | None = None) -> Workspace:
    """Make a workspace in a folder, with its book there or at another address.

    Raises `FileExistsError` for the first thing that would be overwritten, and `BookError` where there can be no book;
    then nothing was made.
    """
    text = files("oneoff_batch").joinpath("settings.toml").read_text("utf-8")
    workspace = Workspace(root, parse_settings(text), book)
    for path in (root / SETTINGS_FILE, workspace.master, root / UPLOAD_TEMPLATE, workspace.book):
        if path is not None and path.exists():
            raise FileExistsError(path)
    if book is not None:
        create_book(workspace.book_url)
        text = _with_book(text, book)
    root.mkdir(parents=True, exist_ok=True)
    with saved(root / SETTINGS_FILE) as draft:
        draft.write_text(text, "utf-8")
    write_master_template(workspace.master, sample=True)
    master, _ = load_master(workspace)
    blank_upload(root / UPLOAD_TEMPLATE, master)
    if book is None:
        create_book(workspace.book_url)
    return workspace


def _with_book(text: str, book: str) -> str:
    """Return the settings with another book, without the password of its address."""
    return re.sub(r'(?m)^book = "[^"]*" *', lambda _: f"book = {named(book)}  ", text, count=1)


def blank_upload(path: Path, master: Master | None) -> Path:
    """Write the blank upload workbook, with drop-downs and custom fields of the master data where they are given."""
    if master is None:
        return write_upload_template(path, None)
    return write_upload_template(path, master, custom_fields_of(master))


def custom_fields_of(master: Master) -> dict[str, dict[str, Any]]:
    """Return the columns of the custom fields, by table and name."""
    return {t.name: {n: c for n, c in t.columns.items() if c.metadata.get("custom")} for t in tables(master.fields)}


def blank_sheet(path: Path, name: str) -> Path:
    """Write a blank sheet of credits or of payments."""
    table, then = {"credits": (CREDITS, "credit --from"), "payments": (PAYMENTS, "pay")}[name]
    return write_table_template(path, table, (table.help, f"Save it, and run oneoff-batch {then} with its name."))
