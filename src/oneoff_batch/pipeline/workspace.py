"""A workspace: the folder with settings, master data, book, batches and ledger."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..settings import Settings, SettingsError, parse_settings

SETTINGS_FILE = "oneoff.toml"


@dataclass(frozen=True)
class Workspace:
    """Where everything of one company lies."""

    root: Path
    settings: Settings
    at: str | None = None
    """The book to use instead of the one in the settings: an address, or a file seen from the current folder."""

    @property
    def master(self) -> Path:
        """The master data: a workbook, or a folder of CSVs."""
        return self.root / self.settings.files.master

    @property
    def book(self) -> Path | None:
        """The book's file; None where the book is in a database server."""
        name = self.at or self.settings.files.book
        return None if "://" in name else Path(name) if self.at else self.root / name

    @property
    def book_url(self) -> str:
        """The book's database address."""
        file = self.book
        return self.at or self.settings.files.book if file is None else f"sqlite:///{file.resolve()}"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger workbook."""
        return self.root / self.settings.files.ledger

    @property
    def reports(self) -> Path:
        """The folder of the reports that `check` writes."""
        return self.root / "reports"

    @property
    def profiles(self) -> Path:
        """The folder of the user's own mapping profiles; there may be none."""
        return self.root / "profiles"

    @property
    def templates(self) -> Path | None:
        """The user's own page templates, if there are any."""
        folder = self.root / self.settings.files.templates
        return folder if folder.is_dir() else None

    def batch(self, batch: str) -> Path:
        """The folder of one batch's pages and workbook."""
        return self.root / self.settings.files.batches / batch


def open_workspace(root: Path, book: str | None = None) -> Workspace:
    """Read the settings of a workspace; `book` names another book than they do.

    Raises `SettingsError` where there are no settings or they cannot be used.
    """
    path = root / SETTINGS_FILE
    if not path.is_file():
        raise SettingsError(
            f"There is no workspace in {root}: it has no {SETTINGS_FILE}. "
            "Go to the workspace's folder, name it with --workspace, or make one with: oneoff-batch init"
        )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text. Save it again as UTF-8.") from None
    return Workspace(root, parse_settings(text), book)


def without_password(address: str) -> str:
    """Return the address of a book without the password that may stand in it."""
    in_front = re.sub("(://[^:/@]*):[^@]*@", r"\1@", address)
    return re.sub("(?<=[?&])password=[^&]*&?", "", in_front).rstrip("?&")


def named(book: str) -> str:
    """Return a book (a file seen from the current folder, or an address) as the settings name it, without a password."""
    return json.dumps(without_password(book) if "://" in book else str(Path(book).resolve()), ensure_ascii=False)
