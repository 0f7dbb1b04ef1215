"""A workspace: the folder with settings, master data, book, batches and ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..settings import Settings, SettingsError, parse_settings

SETTINGS_FILE = "oneoff.toml"


@dataclass(frozen=True)
class Workspace:
    """Where everything of one company lies."""

    root: Path
    settings: Settings

    @property
    def master(self) -> Path:
        """The master data: a workbook, or a folder of CSVs."""
        return self.root / self.settings.files.master

    @property
    def book(self) -> Path:
        """The book's file."""
        return self.root / self.settings.files.book

    @property
    def book_url(self) -> str:
        """The book's database address."""
        return f"sqlite:///{self.book.resolve()}"

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


def open_workspace(root: Path) -> Workspace:
    """Read the settings of a workspace; raises `SettingsError` where there are none or they cannot be used."""
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
    return Workspace(root, parse_settings(text))
