"""What a user may say about a file that the file does not say itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """`skip_hidden` leaves out rows that are hidden; `encoding` is that of a text file, "" to find it out."""

    skip_hidden: bool = False
    encoding: str = ""


AS_IT_IS = Options()
