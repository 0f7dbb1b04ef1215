"""Make a file that shows a fault smaller, as long as it shows the same fault."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

from .mutate import pack

Shows = Callable[[bytes], bool]
_SECONDS = 60.0


def shrink(data: bytes, seed: bytes, shows: Shows, seconds: float = _SECONDS) -> bytes:
    """Return the smallest file found in the time that still shows the fault; parts of a zip become the seed's or go."""
    until = time.monotonic() + seconds
    parts, whole = _unzipped(data), dict(_unzipped(seed) or [])
    if parts is None or len(data) > 2_000_000:
        return _cut(data, shows, until)
    if not shows(pack(parts)):
        return _cut(data, shows, until)
    parts = _without(parts, whole, shows, until)
    for i, (name, part) in enumerate(parts):
        if part == whole.get(name):
            continue

        def within(smaller: bytes, i: int = i, name: str = name) -> bool:
            return shows(pack([*parts[:i], (name, smaller), *parts[i + 1 :]]))

        parts[i] = (name, _cut(part, within, until))
    return pack(parts)


def _unzipped(data: bytes) -> list[tuple[str, bytes]] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(e.filename, archive.read(e)) for e in archive.infolist()]
    except Exception:  # noqa: BLE001 - a mutant may break any part of zipfile
        return None


def _without(parts: list[tuple[str, bytes]], seed: dict[str, bytes], shows: Shows, until: float) -> list[tuple[str, bytes]]:
    for name, part in list(parts):
        if time.monotonic() > until:
            break
        at = parts.index((name, part))
        tries = [parts[:at] + parts[at + 1 :]]
        if name in seed and seed[name] != part:
            tries.insert(0, [*parts[:at], (name, seed[name]), *parts[at + 1 :]])
        parts = next((t for t in tries if t and shows(pack(t))), parts)
    return parts


def _cut(data: bytes, shows: Shows, until: float) -> bytes:
    size = max(1, len(data) // 2)
    while size >= 1:
        at = 0
        while at < len(data):
            if time.monotonic() > until:
                return data
            smaller = data[:at] + data[at + size :]
            if shows(smaller):
                data = smaller
            else:
                at += size
        size //= 2
    return data
