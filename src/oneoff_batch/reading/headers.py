"""Which header means which field: names, titles and aliases after normalising, and a profile before them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from rapidfuzz import fuzz, process

from ..columns import Table
from .profile import REF, Profile
from .sheet import Sheet, position

FLAT = "flat"
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[\W_]+")
_ROWS, _NEAR = 20, 80
A_LINE = ("quantity", "unit_price", "amount", "product_item", "pricing_name")


def normalised(text: str) -> str:
    """Return the words of a header: no case, accents, punctuation or camel humps.

    >>> normalised("PO_Number"), normalised("unitPrice"), normalised(" Währung: ")
    ('po number', 'unit price', 'wahrung')
    """
    plain = unicodedata.normalize("NFKD", _HUMPS.sub(" ", text))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", letters.casefold()).strip()


def key(text: str) -> str:
    """Return what two headers must share to mean the same: their words without the spaces."""
    return normalised(text).replace(" ", "")


@dataclass(frozen=True)
class Shape:
    """What a sheet may be: a table, or "flat", which is two tables side by side."""

    name: str
    tables: tuple[Table, ...]
    custom: tuple[str, ...]

    @property
    def title(self) -> str:
        """The words for a person."""
        return " and ".join(t.title for t in self.tables)

    @property
    def fields(self) -> Mapping[str, str]:
        """Every field with its title."""
        return {f: t.title_of(f) for t in reversed(self.tables) for f in t.columns}

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that must be there."""
        return tuple(dict.fromkeys(f for t in self.tables for f in t.required))

    def words(self) -> dict[str, tuple[int, str]]:
        """Return for every known header its rank and field: the field's name, its title, an alias.

        Where two fields share a word the better rank wins, then the table that stands first (Invoices before
        Lines), then the order of the columns.
        """
        return self._words

    @cached_property
    def _words(self) -> dict[str, tuple[int, str]]:
        known: dict[str, tuple[int, str]] = {}
        for rank in range(3):
            for table in self.tables:
                for name, column in table.columns.items():
                    for word in ((name,), (str(column.title),), table.aliases_of(name))[rank]:
                        known.setdefault(key(word), (rank, name))
        return known


@dataclass(frozen=True)
class Match:
    """How a row reads as the header of a shape.

    `at` is the place of the row in the sheet, from 0. `sources` holds for a field the letters of its column, and
    of those that stand in where a cell is blank. `doubles` are the letters of headers that compete for one field.
    `missing` are fields, and headers that the profile needs for a sum or a status. `refused` are letters of columns
    that may hold nothing but zero, `made` the fields that are made here and need no column.
    """

    shape: Shape
    at: int
    headers: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    custom: Mapping[str, str]
    unknown: tuple[str, ...]
    ignored: tuple[str, ...]
    doubles: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]
    defaults: Mapping[str, str]
    made: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: str = ""

    def has(self, field: str) -> bool:
        """Whether a field has a column or a constant."""
        return field in self.sources or field in self.defaults

    @property
    def complete(self) -> bool:
        """Whether nothing is missing that the shape needs."""
        if self.shape.name == FLAT and not any(self.has(f) for f in A_LINE):
            return False
        return not any(f in self.missing for f in self.shape.required)

    @property
    def score(self) -> tuple[bool, int]:
        """What makes one match better than another."""
        return self.complete, len(self.sources) + len(self.custom)


def best_match(sheet: Sheet, shape: Shape, profile: Profile | None) -> Match:
    """Return the best header among the first 20 rows; of equals the first."""
    words = shape.words()
    rows = sheet.cells.iloc[:_ROWS]
    matches = [_match(i, _texts(rows.iloc[i]), shape, words, profile) for i in range(len(rows))]
    return max(matches, key=lambda m: m.score) if matches else _match(-1, {}, shape, words, profile)


def _texts(row: pd.Series) -> dict[str, str]:
    return {str(letter): text for letter, text in row.items() if isinstance(text, str)}


def _match(
    at: int, headers: Mapping[str, str], shape: Shape, words: Mapping[str, tuple[int, str]], profile: Profile | None
) -> Match:
    keys = {letter: key(text) for letter, text in headers.items()}
    profile = profile or Profile("")
    mapped, doubles = _mapped(keys, shape, profile)
    named = _named(keys, shape, profile)
    claimed = {letter for found in mapped.values() for letter in found} | named.letters
    rest = {x: k for x, k in keys.items() if x not in claimed and x not in named.ignored and k}
    sources, custom, more = _by_words(rest, words, shape, mapped)
    custom |= {f: sources.pop(f)[0] for f in shape.custom if f in sources}
    used = {*claimed, *custom.values(), *named.ignored}.union(*sources.values(), *doubles, *more)
    defaults = {f: v for f, v in profile.defaults.items() if f in shape.fields}
    made = (REF,) if profile.starts and shape.name == FLAT else ()
    expected = (f for f in profile.columns if f in shape.fields and f not in profile.optional)
    missing = [f for f in dict.fromkeys([*shape.required, *expected]) if f not in {*sources, *defaults, *made}]
    return Match(
        shape=shape,
        at=at,
        headers=headers,
        sources=sources,
        custom=custom,
        unknown=tuple(x for x in headers if x not in used),
        ignored=tuple(x for x in named.ignored if x not in claimed),
        doubles=(*doubles, *more),
        missing=(*missing, *named.missing),
        defaults=defaults,
        made=made,
        refused=named.refused,
        sums=named.sums,
        status=named.status,
    )


@dataclass(frozen=True)
class _Named:
    """Columns that the profile names without making them a field."""

    ignored: tuple[str, ...]
    harmless: tuple[str, ...]
    refused: tuple[str, ...]
    sums: Mapping[str, tuple[str, ...]]
    status: str
    missing: tuple[str, ...]

    @property
    def letters(self) -> set[str]:
        summed = {x for found in self.sums.values() for x in found}
        return summed | {*self.harmless, *self.refused} | ({self.status} - {""})


def _named(keys: Mapping[str, str], shape: Shape, profile: Profile) -> _Named:
    def places(headers: Iterable[str]) -> tuple[str, ...]:
        wanted = {key(h) for h in headers}
        return tuple(x for x, k in keys.items() if k in wanted)

    present = set(keys.values())
    heads = shape.name in (FLAT, "invoices")
    sums, missing = {}, []
    for name, headers in profile.sums.items() if shape.name == FLAT else ():
        lacking = [h for h in headers if key(h) not in present]
        if not lacking:
            sums[name] = places(headers)
        elif name not in profile.optional:
            missing += lacking
    status = places([profile.status])[:1] if profile.status and heads else ()
    if profile.status and heads and not status and "status" not in profile.optional:
        missing.append(profile.status)
    harmless = places(profile.not_discounts)
    return _Named(places(profile.ignore), harmless, places(profile.refuse), sums, "".join(status), tuple(missing))


def _mapped(
    keys: Mapping[str, str], shape: Shape, profile: Profile
) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the columns that the profile names, and the letters where its header stands more than once."""
    sources: dict[str, tuple[str, ...]] = {}
    doubles: dict[tuple[str, ...], None] = {}
    for name, wanted in profile.columns.items():
        if name not in shape.fields and name not in shape.custom:
            continue
        places = [tuple(x for x, k in keys.items() if k == key(header)) for header in wanted]
        doubles.update({p: None for p in places if len(p) > 1})
        found = tuple(p[0] for p in places if p)
        if found:
            sources[name] = found
    return sources, list(doubles)


def _by_words(
    keys: Mapping[str, str],
    words: Mapping[str, tuple[int, str]],
    shape: Shape,
    mapped: Mapping[str, tuple[str, ...]],
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], list[tuple[str, ...]]]:
    """Return the columns found by their headers, the custom ones, and the letters that compete for one field.

    A custom field's own name beats an alias; a field's name or title beats a custom field.
    """
    own = {key(name): name for name in shape.custom}
    wanted: dict[tuple[str, bool], list[tuple[int, str]]] = {}
    for letter, k in keys.items():
        rank, field = words.get(k, (3, ""))
        if k in own and rank >= 2:
            wanted.setdefault((own[k], True), []).append((0, letter))
        elif field and field not in mapped:
            wanted.setdefault((field, False), []).append((rank, letter))
    sources, custom, doubles = dict(mapped), {}, []
    for (field, is_custom), places in wanted.items():
        first = min(rank for rank, _ in places)
        best = tuple(letter for rank, letter in places if rank == first)
        if len(best) > 1:
            doubles.append(best)
        if is_custom:
            custom[field] = best[0]
        else:
            sources[field] = best[:1]
    return sources, custom, doubles


def near_miss(header: str, match: Match) -> str:
    """Return the title of a field that has no column yet and is spelt much like a header, or ""."""
    titles: dict[str, str] = {}
    for word, (_, name) in match.shape.words().items():
        if name not in match.sources and name not in match.made:
            titles[word] = match.shape.fields[name]
    near = process.extractOne(key(header), list(titles), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return titles[near[0]] if near else ""


def in_order(letters: Sequence[str]) -> list[str]:
    """Sort letters as columns stand."""
    return sorted(letters, key=position)
