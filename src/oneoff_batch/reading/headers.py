"""Which header means which field: names, titles and aliases after normalising, and a profile before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from rapidfuzz import fuzz, process

from ..columns import Table
from .profile import PAYMENTS, REF, Profile
from .sheet import Sheet, position
from .wording import key, normalised, without_currency, without_unit

__all__ = ["A_LINE", "A_NAME", "FLAT", "Match", "Shape", "best_match", "in_order", "key", "near_miss", "normalised"]

FLAT = "flat"
_ROWS, _NEAR = 20, 80
A_LINE = ("quantity", "unit_price", "amount", "product_item", "pricing_name")
A_NAME = ("product_item", "product", "pricing_name")
"""What says that a sheet has lines, and what names them."""
_MONEY = frozenset({"unit_price", "amount", "expected_total", "net_total"})
_HOW_MANY = frozenset({"quantity", "quantity_total", "base_quantity"})


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

    def meaning(self, header: str) -> tuple[int, str]:
        """Return the rank and field of a header, (3, "") for none.

        What is no word as it stands may be one with a currency ("Unit price (EUR)") or a unit ("Quantity (hours)").
        """
        known = self._words.get(key(header))
        if known is not None:
            return known
        for bare, fields in ((without_currency(header), _MONEY), (without_unit(header), _HOW_MANY)):
            field = self._words.get(key(bare), (3, ""))[1] if bare != header else ""
            if field in fields:
                return 2, field
        return 3, ""

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
    that may hold nothing but zero, `status`, `paid` and `balance` those that say whether the invoice is still to be billed.
    `made` are the fields that are made here and need no column, `described` the letters of a description that serves as
    the name of the lines, because no other column names them.
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
    status: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    described: str = ""

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

    def filled(letter: str, at: int) -> bool:
        return bool(sheet.cells[letter].iloc[at + 1 :].notna().any())

    rows = sheet.cells.iloc[:_ROWS]
    matches = [_match(i, _texts(rows.iloc[i]), shape, filled, profile) for i in range(len(rows))]
    return max(matches, key=lambda m: m.score) if matches else _match(-1, {}, shape, filled, profile)


def _texts(row: pd.Series) -> dict[str, str]:
    return {str(letter): text for letter, text in row.items() if isinstance(text, str)}


def _match(
    at: int, headers: Mapping[str, str], shape: Shape, filled: Callable[[str, int], bool], profile: Profile | None
) -> Match:
    keys = {letter: key(text) for letter, text in headers.items()}
    profile = profile or Profile("")
    mapped, doubles = _mapped(keys, shape, profile)
    named = _named(keys, shape, profile)
    claimed = {letter for found in mapped.values() for letter in found} | named.letters
    rest = {x: headers[x] for x, k in keys.items() if x not in claimed and x not in named.ignored and k}
    sources, custom, more = _by_words(rest, shape, mapped, lambda x: filled(x, at))
    custom |= {f: sources.pop(f)[0] for f in shape.custom if f in sources}
    used = {*claimed, *custom.values(), *named.ignored}.union(*sources.values(), *doubles, *more)
    defaults = {f: v for f, v in profile.defaults.items() if f in shape.fields}
    described = _as_name(shape, sources, defaults, profile)
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
        paid=named.paid,
        balance=named.balance,
        described=described,
    )


def _as_name(shape: Shape, sources: dict[str, tuple[str, ...]], defaults: Mapping[str, str], profile: Profile) -> str:
    """Make a description the name of the lines where nothing else names them, and return its letters."""
    if not {"description", *A_NAME} <= shape.fields.keys() or "description" in profile.columns:
        return ""
    if "description" not in sources or any(f in sources or f in defaults for f in A_NAME):
        return ""
    sources["pricing_name"] = sources.pop("description")
    return sources["pricing_name"][0]


@dataclass(frozen=True)
class _Named:
    """Columns that the profile names without making them a field."""

    ignored: tuple[str, ...]
    harmless: tuple[str, ...]
    refused: tuple[str, ...]
    sums: Mapping[str, tuple[str, ...]]
    status: tuple[str, ...]
    paid: tuple[str, ...]
    balance: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def letters(self) -> set[str]:
        summed = {x for found in self.sums.values() for x in found}
        return summed | {*self.harmless, *self.refused, *self.status, *self.paid, *self.balance}


def _named(keys: Mapping[str, str], shape: Shape, profile: Profile) -> _Named:
    def places(headers: Iterable[str]) -> tuple[str, ...]:
        wanted = {key(h) for h in headers} - {""}
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
    status = places(profile.status) if heads else ()
    if profile.status and heads and not status and "status" not in profile.optional:
        missing.append(" or ".join(profile.status))
    return _Named(
        ignored=tuple(keys) if shape.name == PAYMENTS else places(profile.ignore),
        harmless=places(profile.not_discounts),
        refused=() if shape.name == PAYMENTS else places(profile.refuse),
        sums=sums,
        status=status,
        paid=places(profile.paid) if heads or shape.name == PAYMENTS else (),
        balance=places([profile.balance]) if heads else (),
        missing=tuple(missing),
    )


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
    headers: Mapping[str, str], shape: Shape, mapped: Mapping[str, tuple[str, ...]], filled: Callable[[str], bool]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], list[tuple[str, ...]]]:
    """Return the columns found by their headers, the custom ones, and the letters that compete for one field.

    A custom field's own name beats an alias; a field's name or title beats a custom field. Where several
    headers mean one field, those with nothing below them are no rivals of those that have something.
    """
    own = {key(name): name for name in shape.custom}
    wanted: dict[tuple[str, bool], list[tuple[int, str]]] = {}
    for letter, header in headers.items():
        k, (rank, field) = key(header), shape.meaning(header)
        if k in own and rank >= 2:
            wanted.setdefault((own[k], True), []).append((0, letter))
        elif field and field not in mapped:
            wanted.setdefault((field, False), []).append((rank, letter))
    sources, custom, doubles = dict(mapped), {}, []
    for (field, is_custom), every in wanted.items():
        some = [place for place in every if filled(place[1])] if len(every) > 1 else []
        places = some or every
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
