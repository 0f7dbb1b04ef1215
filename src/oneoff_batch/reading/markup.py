"""The one way that XML is parsed: by expat, streamed, without document types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from .source import Damaged

_CHUNK = 1 << 18
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def parser(start: Start, end: End | None = None, characters: Callable[[str], None] | None = None) -> expat.XMLParserType:
    """Return a parser that calls for every element; names keep their prefix, since programs choose different ones."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = characters
    made.StartDoctypeDeclHandler = _no_doctype
    return made


def parse(reader: expat.XMLParserType, piece: bytes, last: bool = False) -> None:
    """Hand a parser what comes next; raises `Damaged` for what is no XML."""
    try:
        reader.Parse(piece, last)
    except (expat.ExpatError, LookupError, ValueError) as e:
        raise Damaged(str(e)) from e


def parse_all(reader: expat.XMLParserType, source: IO[bytes]) -> None:
    """Hand a parser a whole part."""
    while chunk := source.read(_CHUNK):
        parse(reader, chunk)
    parse(reader, b"", True)


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def attribute(attributes: Mapping[str, str], name: str) -> str | None:
    """Return the attribute that has a prefix and this name, such as r:id, whatever the prefix."""
    return next((v for k, v in attributes.items() if ":" in k and local(k) == name), None)


def _no_doctype(*_: object) -> None:
    raise Damaged("a document type")
