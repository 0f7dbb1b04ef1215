"""The problem: a small frozen value whose words are data in `problems.toml`."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FOREIGN = "W121"
"""Which program a file comes from: everything that follows may only be so because nobody has said it."""
ERROR, WARNING, NOTE = "error", "warning", "note"
_ALIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
"""Controls, marks that turn the direction of a line, and what nobody sees; a joiner only where it joins no letters."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the catalogue says of a code: its words, why the rule exists, and what it stops.

    `scope` is "row" where a problem holds back one invoice, "file" where nothing of the file can be drafted.
    `many` says it of several invoices at once, where that is one thing to know; "" where each is told for itself.
    `copy` is false for what only the file itself shows, such as a quote that is never closed: a copy of its cells would
    hide it. `broken_off` says that reading ended there, so that nobody knows what stands below.
    """

    code: str
    title: str
    text: str
    fix: str
    why: str
    good: str
    bad: str
    scope: str = "row"
    many: str = ""
    copy: bool = True
    broken_off: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or worth a look, and where it is.

    `row` is the number that the spreadsheet shows, `column` its letters, `header` the user's own words,
    `value` what the cell holds. `details` fills the further places in the catalogue's sentences.
    """

    code: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    header: str = ""
    field: str = ""
    value: str = ""
    invoice_ref: str = ""
    suggestion: str = ""
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)
    downgraded: bool = False

    @property
    def kind(self) -> Kind:
        """The catalogue's entry for the code."""
        return catalogue()[self.code]

    @property
    def severity(self) -> str:
        """`error` for an E code, `warning` for a W code and a fault in master data that no invoice uses, `note` for N."""
        if self.code.startswith("N"):
            return NOTE
        return WARNING if self.code.startswith("W") or self.downgraded else ERROR

    @property
    def cell(self) -> str:
        """The place as Excel names it (`C17`), or the row or column alone."""
        return f"{self.column}{self.row if self.row is not None else ''}"

    @property
    def place(self) -> str:
        """Sheet and cell, or file, as far as they are known."""
        return f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or self.cell or self.file

    @property
    def message(self) -> str:
        """What is wrong, in the user's header words with the value in quotes."""
        text = self.kind.text.format_map(self._words())
        return visible(text + (f' Did you mean "{self.suggestion}"?' if self.suggestion else ""))

    def in_many(self, **told: str) -> str:
        """Return what is said of several invoices at once; what belongs to one of them alone is not in it."""
        return visible(self.kind.many.format_map(_Words({**self._words(), "count": "", "invoices": "", **told})))

    @property
    def fix(self) -> str:
        """One imperative sentence that says how to mend it."""
        return visible(self.kind.fix.format_map(self._words()))

    def _words(self) -> Mapping[str, str]:
        return _Words(
            {
                "value": self.value,
                "header": self.header or self.field.replace("_", " "),
                "sheet": self.sheet,
                "file": self.file,
                "cell": self.cell,
                "invoice": self.invoice_ref,
                "difference": "",
                **self.details,
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as JSON shows it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "cell": self.cell,
            "header": self.header,
            "field": self.field,
            "value": self.value,
            "invoice_ref": self.invoice_ref,
            "title": self.kind.title,
            "message": self.message,
            "fix": self.fix,
            "suggestion": self.suggestion,
        }


def visible(text: str) -> str:
    """Return a text from outside as it can be quoted: what is alive in it, or cannot be seen, is named by its code.

    >>> visible("INV" + chr(0x202e) + "1"), visible("a" + chr(0x200b))
    ('INV‹U+202E›1', 'a‹U+200B›')
    """
    return text if text.isprintable() else _ALIVE.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def as_json(data: Any, indent: int | None = None) -> str:
    """Return data as JSON text in which nothing is alive: such characters are escaped, and read back as they were."""
    text = json.dumps(data, ensure_ascii=False, indent=indent, default=str)
    return _ALIVE.sub(lambda found: json.dumps(found[0])[1:-1].replace("\x7f", "\\u007f"), text)


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise KeyError(f"the catalogue's sentence needs {key!r}")


@dataclass(frozen=True, slots=True)
class Group:
    """Problems that say the same of the same value: one line on the terminal."""

    first: Problem
    problems: tuple[Problem, ...]

    @property
    def message(self) -> str:
        """What is wrong, said once of all of them."""
        refs = list(dict.fromkeys(p.invoice_ref for p in self.problems))
        many = self.first.kind.many
        if not many or len(refs) < 2:
            return self.first.message
        return self.first.in_many(count=f"{len(refs):,}", invoices=ranged(refs))

    @property
    def places(self) -> str:
        """Where they are: the first few cells, and how many there are."""
        seen = list(dict.fromkeys(p.cell for p in self.problems if p.cell))
        if not seen:
            named = self.first.kind.many and len(self.problems) > 1
            return self.first.place or ("" if named else self._invoices())
        sheet = f"{self.first.sheet}!" if self.first.sheet else ""
        if self.first.downgraded:
            sheet = f"{self.first.file}, {sheet}"
        if len(seen) <= 4:
            return sheet + ", ".join(seen)
        return f"{sheet}{', '.join(seen[:3])} … {seen[-1]} ({len(seen)} cells)"

    def _invoices(self) -> str:
        refs = list(dict.fromkeys(p.invoice_ref for p in self.problems if p.invoice_ref))
        if len(refs) <= 4:
            return ", ".join(refs)
        return f"{', '.join(refs[:3])} … {refs[-1]} ({len(refs)} invoices)"


@cache
def catalogue() -> dict[str, Kind]:
    """Return every code with its words, in the order of the catalogue."""
    raw = tomllib.loads(files(__package__).joinpath("problems.toml").read_text("utf-8"))
    return {code: Kind(code=code, **entry) for code, entry in raw.items()}


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return those that hold something back."""
    return [p for p in problems if p.severity == ERROR]


def counts(problems: Iterable[Problem]) -> dict[str, int]:
    """Return how many problems there are of each severity, in the order of their weight."""
    found = Counter(p.severity for p in problems)
    return {severity: found[severity] for severity in (ERROR, WARNING, NOTE)}


def warned(problems: Iterable[Problem]) -> Counter[str]:
    """Return how many warnings each invoice has, by its ref."""
    return Counter(p.invoice_ref for p in problems if p.severity == WARNING and p.invoice_ref)


def counted(count: int, what: str, many: str | None = None) -> str:
    """Return a count in words: 1 invoice, 2 invoices."""
    return f"{count:,} {what if count == 1 else many or what + 's'}"


def ranged(refs: Sequence[str], most: int = 6) -> str:
    """Return refs in words, those that follow each other by their first and last, at most so many words.

    >>> ranged(["A-08", "A-09", "A-10", "A-12", "B"])
    'A-08 to A-10, A-12, B'
    """
    runs: list[list[str]] = []
    for ref in refs:
        if runs and _follows(runs[-1][-1], ref):
            runs[-1].append(ref)
        else:
            runs.append([ref])
    words = [" to ".join((run[0], run[-1])) if len(run) > 2 else ", ".join(run) for run in runs]
    more = sum(map(len, runs[most:]))
    return ", ".join(words[:most]) + (f" and {more:,} more" if more else "")


def _follows(ref: str, other: str) -> bool:
    """Whether a ref is the next one of the same numbering: A-09 and A-10, but not A-9 and A-010."""
    end = re.search(r"[0-9]{1,15}\Z", ref)
    return end is not None and other == ref[: end.start()] + str(int(end[0]) + 1).zfill(len(end[0]))


def count_words(found: Mapping[str, int]) -> str:
    """Return counts by severity as people say them: "2 errors, 1 warning"; severities without any are left out."""
    return ", ".join(counted(n, severity) for severity, n in found.items() if n)


def in_reading_order(problems: Iterable[Problem], sheets: Iterable[str] = ()) -> list[Problem]:
    """Sort as the user reads: file-wide first, then sheet by sheet, row by row, from left to right."""
    rank = {name: i for i, name in enumerate(sheets)}
    return sorted(
        problems,
        key=lambda p: (
            p.row is not None,
            p.file,
            rank.get(p.sheet, len(rank)),
            p.row or 0,
            len(p.column),
            p.column,
            p.code,
        ),
    )


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """Group by code and distinct value; a hint at the whole file first, then errors, warnings and notes as they begin."""
    groups: dict[tuple[str, str, str, str, str], list[Problem]] = {}
    for p in problems:
        groups.setdefault((p.severity, p.code, p.sheet, p.column, p.in_many() if p.kind.many else p.message), []).append(p)
    found = [Group(ps[0], tuple(ps)) for ps in groups.values()]
    rank = (ERROR, WARNING, NOTE)

    def weight(group: Group) -> tuple[bool, int, bool]:
        first = group.first
        return first.code != FOREIGN, rank.index(first.severity), first.kind.scope != "file"

    return sorted(found, key=weight)


def to_json(problems: Iterable[Problem]) -> str:
    """Return problems as JSON text from which `from_json` makes the same ones."""
    return json.dumps([dataclasses.asdict(p) for p in problems], ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> list[Problem]:
    """Return the problems that `to_json` wrote."""
    return [Problem(**entry) for entry in json.loads(text)]
