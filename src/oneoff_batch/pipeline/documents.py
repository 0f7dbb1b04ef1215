"""The files that a batch comes from, as they were read: kept in the book, so that anybody can see them in ten years."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..book import BookError, Document
from ..checking import Master
from ..reading import AS_IT_IS, Options, Profile
from ..reading.profile_file import as_toml
from ..settings import SettingsError, parse_settings
from .intake import fingerprint_of, master_files, read_as, sum_of_master
from .workspace import SETTINGS_FILE, Workspace, without_password


def inputs(
    paths: Sequence[Path], sha256: str, profile: Profile | None = None, options: Options = AS_IT_IS
) -> list[Document]:
    """Return the uploaded files and the profile; raises `BookError` where they have another fingerprint by now."""
    found = [Document("input", path.name, path.read_bytes()) for path in paths]
    if fingerprint_of([one.sha256 for one in found], profile, options) != sha256:
        raise BookError(_changed(" and ".join(one.name for one in found)))
    own = [] if profile is None else [Document("profile", f"{profile.name or 'profile'}.toml", as_toml(profile).encode())]
    return found + own


def surroundings(workspace: Workspace, master: Master) -> list[Document]:
    """Return settings and master data; raises `BookError` where these master data are not what the files say any more."""
    settings = (workspace.root / SETTINGS_FILE).read_bytes()
    files = [(name, path.read_bytes()) for name, path in master_files(workspace)]
    sums = [(name, hashlib.sha256(content).digest()) for name, content in files]
    if read_as(sum_of_master(workspace, sums)) is not master or not _same_settings(settings, workspace):
        raise BookError(_changed("The settings or the master data"))
    kept = Document("settings", SETTINGS_FILE, _without_password(settings, workspace.settings.files.book))
    return [kept, *(Document("master", name, content) for name, content in files)]


def _same_settings(text: bytes, workspace: Workspace) -> bool:
    try:
        return parse_settings(text.decode("utf-8-sig")) == workspace.settings
    except (SettingsError, UnicodeDecodeError):
        return False


def _without_password(text: bytes, book: str) -> bytes:
    """Return settings without the password of the book: nobody could take it out of the book, or of a pack, again."""
    plain = without_password(book)
    hidden = text.replace(book.encode(), plain.encode())
    if parse_settings(hidden.decode("utf-8-sig")).files.book != plain:
        raise BookError(
            f"{SETTINGS_FILE} holds the password of the book, and the book would keep it for ever. Nothing was entered; "
            f"take it out, and give it in PGPASSWORD or in ~/.pgpass."
        )
    return hidden


def _changed(what: str) -> str:
    return f"{what} changed while they were being read. Nothing was entered; run the same command again."
