"""Make a workspace: settings with comments, master data, the blank upload workbook, an empty book."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ..book import create_book
from ..checking import Master, tables
from ..settings import parse_settings
from ..showing.template import write_master_template, write_upload_template
from .intake import load_master
from .workspace import SETTINGS_FILE, Workspace

UPLOAD_TEMPLATE = "upload.xlsx"


def make_workspace(root: Path) -> Workspace:
    """Make a workspace in a folder; raises `FileExistsError` for the first thing that would be overwritten."""
    text = files("oneoff_batch").joinpath("settings.toml").read_text("utf-8")
    workspace = Workspace(root, parse_settings(text))
    for path in (root / SETTINGS_FILE, workspace.master, root / UPLOAD_TEMPLATE, workspace.book):
        if path.exists():
            raise FileExistsError(path)
    root.mkdir(parents=True, exist_ok=True)
    (root / SETTINGS_FILE).write_text(text, "utf-8")
    write_master_template(workspace.master, sample=True)
    master, _ = load_master(workspace)
    blank_upload(root / UPLOAD_TEMPLATE, master)
    create_book(workspace.book_url)
    return workspace


def blank_upload(path: Path, master: Master | None) -> Path:
    """Write the blank upload workbook, with drop-downs and custom fields of the master data where they are given."""
    if master is None:
        return write_upload_template(path, None)
    own = {t.name: {n: c for n, c in t.columns.items() if c.metadata.get("custom")} for t in tables(master.fields)}
    return write_upload_template(path, master, own)
