"""The parts of an Office package, and what they point to."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple
from zipfile import ZipFile

from .markup import local, parse_all, parser
from .source import MOST_DEPTH, MOST_MARKS, Damaged


class Relation(NamedTuple):
    """A pointer: the last word of its type, and the name of a part, or of a file where it points outside."""

    kind: str
    target: str
    outside: bool


class Parts:
    """The parts of a package by name, whatever the case and the slashes they are written with."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = {_key(name): name for name in archive.namelist()}

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return _key(name) in self._names

    def open(self, name: str) -> IO[bytes]:
        """Open a part; raises `Damaged` where there is none."""
        if not self.has(name):
            raise Damaged(f"the part {name} is missing")
        return self._archive.open(self._names[_key(name)])

    def parse(self, name: str, start: Callable[[str, dict[str, str], Sequence[str]], None]) -> None:
        """Call for every element with the names of those around it: extensions repeat names and mean others."""
        inside: list[str] = []

        def begin(element: str, attributes: dict[str, str]) -> None:
            start(element, attributes, inside)
            inside.append(local(element))
            if len(inside) > MOST_DEPTH:
                raise Damaged("endless depth")

        def end(_: str) -> None:
            inside.pop()

        with self.open(name) as part:
            parse_all(parser(begin, end), part)

    def related(self, name: str) -> dict[str, Relation]:
        """Return what a part points to, by id."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", base + ".rels")
        found: dict[str, Relation] = {}

        def start(element: str, attributes: dict[str, str], inside: Sequence[str]) -> None:
            if local(element) == "Relationship" and inside == ["Relationships"]:
                target, outside = attributes.get("Target", ""), attributes.get("TargetMode") == "External"
                if not outside:
                    target = posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/")
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = Relation(kind, target, outside)
                if len(found) > MOST_MARKS:
                    raise Damaged("endless relations")

        if self.has(rels):
            self.parse(rels, start)
        return found

    def main(self, usual: str) -> str:
        """Return the name of the workbook's own part; `usual` where the package does not say."""
        found = (r.target for r in self.related("").values() if r.kind == "officeDocument" and self.has(r.target))
        return next(found, usual)


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
