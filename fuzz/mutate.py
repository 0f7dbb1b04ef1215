"""Bytes → other bytes: what damage, programs and malice do to files; the same numbers give the same bytes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from random import Random

from .tokens import ATTRIBUTES, BINARY, CELLS, MARKS, NUMBERS, TEXTS, TOML, XML

Change = Callable[[bytes, Random], bytes]
MOST = 3_000_000
"""Bytes of a mutated file or part, so that a repeat of repeats ends."""
_TAG = re.compile(rb"<[^<>]*>")
_INSIDE = re.compile(rb">([^<>]+)<")
_ATTRIBUTE = re.compile(rb'\s[\w:]+="[^"]*"')
_ELEMENT = re.compile(rb"<([\w:]+)(?:\s[^<>]*)?(?:/>|>(?:(?!<\1[\s>]).)*?</\1>)", re.DOTALL)
_SWAPS = ((b",", b";"), (b";", b","), (b"\r\n", b"\n"), (b"\n", b"\r"), (b'"', b""), (b",", b"\t"))
_ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman", "latin-1", "utf-7", "cp037",
)  # fmt: skip


def mutate(data: bytes, kind: str, random: Random) -> bytes:
    """Return a mutant of a file of a kind (upload, master, profile, settings)."""
    if kind in ("profile", "settings"):
        return _times(data, random, _toml)
    if data[:2] == b"PK" and random.random() < 0.9:
        return _zip(data, random)
    if data[:4] in (b"\xd0\xcf\x11\xe0", b"PK\x03\x04") or data[:2] == b"\x1f\x8b":
        return _times(data, random, _raw)
    return _times(data, random, _raw if random.random() < 0.15 else _csv)


def _times(data: bytes, random: Random, change: Change) -> bytes:
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        data = change(data, random)[:MOST]
    return data


def _span(length: int, random: Random) -> tuple[int, int]:
    start = random.randrange(length + 1)
    return start, min(length, start + random.choice((1, 2, 4, 16, 100, 1000)))


def _raw(data: bytes, random: Random) -> bytes:
    start, end = _span(len(data), random)
    head, part, tail = data[:start], data[start:end], data[end:]
    deeds: tuple[Callable[[], bytes], ...] = (
        lambda: head + bytes(b ^ 1 << random.randrange(8) for b in part[:1]) + part[1:] + tail,
        lambda: head + tail,
        lambda: head + part * random.choice((2, 3, 50)) + tail,
        lambda: head + random.choice(BINARY) + part + tail,
        lambda: head + (new := random.choice(BINARY)) + data[start + len(new) :],
        lambda: head + random.randbytes(len(part)) + tail,
        lambda: head + bytes(len(part)) + tail,
        lambda: head,
        lambda: head + _number_at(part + tail, random),
    )
    return random.choice(deeds)()


def _number_at(data: bytes, random: Random) -> bytes:
    size, form = random.choice(((2, "<H"), (4, "<I")))
    if len(data) < size:
        return data
    (value,) = struct.unpack(form, data[:size])
    other = random.choice((value + 1, value - 1, value * 2, value << 4, 0, -1, random.getrandbits(8 * size)))
    return struct.pack(form, other & (1 << 8 * size) - 1) + data[size:]


def _zip(data: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(e.filename, archive.read(e)) for e in archive.infolist() if e.file_size < MOST]
    except Exception:  # noqa: BLE001 - what is mutated again may break any part of zipfile
        return _raw(data, random)
    if not parts:
        return _raw(data, random)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        parts = _parts(parts, random)
    method = random.choice((zipfile.ZIP_DEFLATED,) * 4 + (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    packed = pack(parts, method)
    return _headers(packed, random) if random.random() < 0.1 else packed


def pack(parts: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of parts, always with the same bytes; names may stand twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, part in parts:
            if name in archive.NameToInfo:
                del archive.NameToInfo[name]  # so that a name that stands twice is no warning
            archive.writestr(zipfile.ZipInfo(name), part, method)
    return target.getvalue()


def _parts(parts: list[tuple[str, bytes]], random: Random) -> list[tuple[str, bytes]]:
    at = _interesting(parts, random)
    name, data = parts[at]
    if random.random() < 0.88:
        changed = _times(data, random, _xml) if _is_xml(name, data) else _times(data, random, _raw)
        return [*parts[:at], (name, changed), *parts[at + 1 :]]
    other = random.randrange(len(parts))
    deeds: tuple[Callable[[], list[tuple[str, bytes]]], ...] = (
        lambda: parts[:at] + parts[at + 1 :],
        lambda: [*parts, (name, parts[other][1])],
        lambda: [*parts, (name, data)],
        lambda: [*parts[:at], (_renamed(name, random), data), *parts[at + 1 :]],
        lambda: [*parts[:at], (name, parts[other][1]), *parts[at + 1 :]],
        lambda: [*parts[:at], (name, b""), *parts[at + 1 :]],
        lambda: parts[::-1],
    )
    return random.choice(deeds)() or parts


def _interesting(parts: list[tuple[str, bytes]], random: Random) -> int:
    """Prefer sheets, strings, styles and the workbook to themes and pictures."""
    names = ("sheet", "workbook", "sharedStrings", "styles", "content.xml", "Content_Types", ".csv")
    weights = [6 if any(n in name for n in names) else 1 for name, _ in parts]
    return random.choices(range(len(parts)), weights)[0]


def _renamed(name: str, random: Random) -> str:
    return random.choice((name.upper(), name.lower(), name.replace("/", "\\"), f"/{name}", f"../{name}", f"{name}.bak"))


def _is_xml(name: str, data: bytes) -> bool:
    return name.endswith((".xml", ".rels", ".vml")) or data.lstrip()[:1] == b"<"


def _xml(data: bytes, random: Random) -> bytes:
    deeds = (_text, _text, _attribute, _attribute, _attribute, _element, _element, _token, _token, _raw, _encoding)
    return random.choice(deeds)(data, random)


def _some(pattern: re.Pattern[bytes], data: bytes, random: Random, group: int = 0) -> tuple[int, int]:
    """Return one match, found from a random place on (or from the top, where there is none behind it)."""
    found = pattern.search(data, random.randrange(len(data) + 1)) or pattern.search(data)
    return found.span(group) if found else _span(len(data), random)


def _text(data: bytes, random: Random) -> bytes:
    start, end = _some(_INSIDE, data, random, 1 if _INSIDE.search(data) else 0)
    new = random.choice(random.choice((NUMBERS, CELLS, TEXTS)))
    if random.random() < 0.7:
        new = new.replace("&", "&amp;").replace("<", "&lt;")
    return data[:start] + new.encode("utf-8", "surrogatepass") + data[end:]


def _attribute(data: bytes, random: Random) -> bytes:
    start, end = _some(_ATTRIBUTE, data, random)
    old = data[start:end]
    name = old.partition(b"=")[0]
    value = random.choice(random.choice((NUMBERS, CELLS, TEXTS))).replace('"', "").replace("<", "").replace("&", "")
    deeds = (
        name + b'="' + value.encode() + b'"',
        b"",
        old + old,
        old + b" " + random.choice(ATTRIBUTES).encode(),
        b" " + random.choice(ATTRIBUTES).encode(),
    )
    return data[:start] + random.choice((deeds[0], *deeds)) + data[end:]


def _element(data: bytes, random: Random) -> bytes:
    start, end = _some(_ELEMENT, data, random)
    old = data[start:end][:20_000]
    other = data[slice(*_some(_ELEMENT, data, random))][:20_000]
    often = random.choice((2, 2, 3, 40, 2000))
    deeds = (b"", old * often, other, old + other, _TAG.sub(b"", old, count=1), b"<x>" * often + old + b"</x>" * often)
    return data[:start] + random.choice(deeds)[:MOST] + data[end:]


def _token(data: bytes, random: Random) -> bytes:
    start, end = _some(_TAG, data, random)
    at = random.choice((start, end))
    return data[:at] + random.choice(XML).encode() + data[at:]


def _encoding(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    to = random.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "utf-32", "cp037"))
    return text.replace("UTF-8", random.choice(("UTF-8", to, "x"))).encode(to, "replace")


def _headers(data: bytes, random: Random) -> bytes:
    """Change a field of a zip header: flags, method, sizes, sums, places, counts."""
    marks = [m.start() for m in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    at = random.choice(marks) + random.randrange(4, 46)
    return data[:at] + _number_at(data[at:], random)


def _csv(data: bytes, random: Random) -> bytes:
    start, end = _span(len(data), random)
    deeds: tuple[Callable[[], bytes], ...] = (
        lambda: data[:start] + random.choice(MARKS).encode() + data[start:],
        lambda: data[:start] + random.choice(MARKS).encode() + data[end:],
        lambda: data[:start] + data[end:],
        lambda: _field(data, random),
        lambda: _field(data, random),
        lambda: _field(data, random),
        lambda: _lines(data, random),
        lambda: data.replace(*random.choice(_SWAPS)),
        lambda: _recoded(data, random),
        lambda: data[:start] + bytes([random.choice(b'x1",\n')]) * random.choice((1000, 140_000)) + data[start:],
        lambda: _raw(data, random),
    )
    return random.choice(deeds)()


def _field(data: bytes, random: Random) -> bytes:
    start, end = _some(re.compile(rb"[^,;|\t\r\n]+"), data, random)
    new = random.choice(random.choice((NUMBERS, TEXTS)))
    if random.random() < 0.5 and not new.startswith('"'):
        new = '"' + new.replace('"', '""') + '"'
    return data[:start] + new.encode("utf-8", "surrogatepass") + data[end:]


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    deeds: tuple[Callable[[], list[bytes]], ...] = (
        lambda: lines[:i] + lines[i + 1 :],
        lambda: lines[:i] + [lines[j]] * random.choice((1, 2, 500)) + lines[i:],
        lambda: lines[:i] + [b"\r\n"] * random.choice((1, 30)) + lines[i:],
        lambda: lines[::-1],
        lambda: [*lines[:i], b",".join([lines[i].rstrip()] * 20) + b"\n", *lines[i:]],
    )
    return b"".join(random.choice(deeds)())


def _recoded(data: bytes, random: Random) -> bytes:
    return data.decode(random.choice(_ENCODINGS), "replace").encode(random.choice(_ENCODINGS), "replace")


def _toml(data: bytes, random: Random) -> bytes:
    start, end = _span(len(data), random)
    word = _some(re.compile(rb'[\w.-]+|"[^"]*"|\[[^\]]*\]'), data, random)
    word_of = (random.choice(TOML), random.choice(TEXTS), f'"{random.choice(NUMBERS)}"')
    new = random.choice(word_of).encode("utf-8", "surrogatepass")
    deeds: tuple[Callable[[], bytes], ...] = (
        lambda: data[: word[0]] + new + data[word[1] :],
        lambda: data[: word[0]] + data[slice(*_some(re.compile(rb'[\w.-]+|"[^"]*"'), data, random))] + data[word[1] :],
        lambda: data[:start] + new + data[end:],
        lambda: _lines(data, random),
        lambda: _raw(data, random),
        lambda: _recoded(data, random),
    )
    return random.choice(deeds)()
