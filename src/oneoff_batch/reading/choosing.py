"""Which sheet is which table: by its name, else by its headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..columns import OUR_OWN, Table
from ..problems import Problem
from .headers import A_LINE, FLAT, Match, Shape, best_match, key, near_miss, normalised
from .profile import IGNORED, PAYMENTS, REF, Profile
from .sheet import Sheet

NAME, HEADERS, CLOSEST, PROFILE = "name", "headers", "closest", "profile"
"""Why a sheet was taken for a table: its name, its headers, that it comes closest, or the profile."""
_NEEDED = ("invoices", "lines", "entities", "customers")


def shapes_of(tables: Sequence[Table], custom: Mapping[str, Sequence[str]]) -> list[Shape]:
    """Return what a sheet may be; first the flat sheet, where the tables are those of an upload."""
    shapes = [Shape(t.name, (t,), tuple(custom.get(t.name, ()))) for t in tables]
    by_name = {s.name: s for s in shapes}
    if "invoices" in by_name and "lines" in by_name:
        both = (by_name["invoices"], by_name["lines"])
        names = tuple(dict.fromkeys(name for s in both for name in s.custom))
        shapes.insert(0, Shape(FLAT, tuple(t for s in both for t in s.tables), names))
    return shapes


def _payments(invoices: Shape) -> Shape:
    """A sheet that names invoices which were paid; only a profile can say that one is, so it is found by no name."""
    table = replace(invoices.tables[0].only([REF]), name=PAYMENTS, title="Payments", aliases=())
    return Shape(PAYMENTS, (table,), ())


class Choice:
    """The sheets of one upload, and what each was taken for."""

    def __init__(self, sheets: Sequence[Sheet], shapes: Sequence[Shape], profile: Profile | None) -> None:
        self._sheets = list(sheets)
        self._shapes = {s.name: s for s in shapes}
        if profile is not None and PAYMENTS in profile.sheets.values() and "invoices" in self._shapes:
            self._shapes[PAYMENTS] = _payments(self._shapes["invoices"])
        self._profile = profile
        self._known: dict[tuple[int, str], Match] = {}
        self._ignored: set[int] = set()
        self.taken: dict[str, list[int]] = {}
        self.why: dict[int, str] = {}

    @property
    def of_an_upload(self) -> bool:
        """Whether the tables are those of an upload, and not the master data."""
        return FLAT in self._shapes

    def match(self, sheet: int, shape: str) -> Match:
        """Return how a sheet reads as a shape."""
        if (sheet, shape) not in self._known:
            self._known[sheet, shape] = best_match(self._sheets[sheet], self._shapes[shape], self._profile)
        return self._known[sheet, shape]

    def run(self) -> tuple[list[tuple[Sheet, Match]], list[Problem]]:
        """Choose; of two sheets that fit one table the first is taken and E107 says so, E106 what is not there.

        Where the profile says what each sheet is, nothing else is looked at.
        """
        if self._profile is not None and self._profile.sheets:
            self._by_profile(self._profile.sheets)
        else:
            self._by_looks()
        found = [(self._sheets[ids[0]], self.match(ids[0], name)) for name, ids in self.taken.items()]
        return found, [*self._twice(), *self._nowhere(), *self._unread()]

    def _by_looks(self) -> None:
        self._by_name()
        self._note(NAME)
        if FLAT in self._shapes and not self._has("invoices", "lines"):
            self._flat()
        self._by_headers()
        self._note(HEADERS)
        self._by_some_headers()
        self._note(CLOSEST)

    def _note(self, why: str) -> None:
        for ids in self.taken.values():
            for i in ids:
                self.why.setdefault(i, why)

    def _by_profile(self, sheets: Mapping[str, str]) -> None:
        tables = {key(name): table for name, table in sheets.items()}
        for i, sheet in enumerate(self._sheets):
            table = tables.get(key(sheet.name))
            if table == IGNORED:
                self._ignored.add(i)
                self.why[i] = PROFILE
            elif table in self._shapes:
                self.taken.setdefault(str(table), []).append(i)
        self._note(PROFILE)

    def _has(self, *names: str) -> bool:
        return any(name in self.taken for name in names)

    def _free(self) -> list[int]:
        used = {i for ids in self.taken.values() for i in ids} | self._ignored
        return [i for i in range(len(self._sheets)) if i not in used]

    def _by_name(self) -> None:
        named: dict[str, list[int]] = {}
        for i, sheet in enumerate(self._sheets):
            name = named_as(sheet, list(self._shapes.values()))
            if name:
                named.setdefault(name, []).append(i)
        both = "invoices" in named and "lines" in named
        for name, ids in named.items():
            flat = name in {"invoices", "lines"} and not both
            ids = [i for i in ids if not (flat and (self._is_flat(i) or self._nearly_flat(i, range(len(self._sheets)))))]
            if ids:
                self.taken[name] = ids

    def _is_flat(self, sheet: int) -> bool:
        return FLAT in self._shapes and (self.match(sheet, FLAT).complete or self._is_meant_flat(sheet))

    def _is_meant_flat(self, sheet: int) -> bool:
        """Whether the only sheet has columns of both tables by a profile: then a column is missing, not a sheet."""
        return len(self._sheets) == 1 and bool(self._profile and self._profile.columns) and self._mixed(sheet)

    def _flat(self) -> None:
        free = self._free()
        ids = [i for i in free if self._is_flat(i)] or [i for i in free if self._nearly_flat(i, free)]
        if ids:
            self.taken[FLAT] = ids

    def _nearly_flat(self, sheet: int, free: Sequence[int]) -> bool:
        """Whether all that a flat sheet lacks is there under a misspelt header, and no other sheet is Invoices."""
        if FLAT not in self._shapes:
            return False
        match = self.match(sheet, FLAT)
        wanted = {match.shape.fields[f] for f in match.missing if f in match.shape.required}
        misspelt = {near_miss(match.headers[x], match) for x in match.unknown}
        others = any(self.match(i, "invoices").complete for i in free if i != sheet)
        return bool(wanted) and wanted <= misspelt and any(match.has(f) for f in A_LINE) and not others

    def _open(self) -> list[str]:
        """The tables that still have no sheet."""
        done = {*self.taken, FLAT, *(("invoices", "lines") if FLAT in self.taken else ())}
        return [name for name in self._shapes if name not in done]

    def _by_headers(self) -> None:
        open_ = self._open()
        for i in self._free():
            fits = [m for m in (self.match(i, name) for name in open_) if m.complete and m.score[1] >= 2]
            if fits:
                self.taken.setdefault(max(fits, key=lambda m: m.score).shape.name, []).append(i)

    def _by_some_headers(self) -> None:
        """Take the sheet that comes closest, so that what it lacks can be named."""
        for i in self._free():
            names = [n for n in self._open() if n in _NEEDED]
            if FLAT in self._shapes and len(names) == 2:
                names = [FLAT, *names] if self._mixed(i) else names
            near = [m for m in (self.match(i, name) for name in names) if _close(m)]
            if near:
                self.taken[max(near, key=lambda m: m.score).shape.name] = [i]

    def _mixed(self, sheet: int) -> bool:
        match = self.match(sheet, FLAT)
        invoices, lines = (set(t.columns) for t in match.shape.tables)
        return any(f in invoices - lines for f in match.sources) and any(f in lines - invoices for f in match.sources)

    def _twice(self) -> list[Problem]:
        problems = []
        for name, (first, *others) in self.taken.items():
            for i in others:
                a, b = self._sheets[first], self._sheets[i]
                other = b.name if a.file == b.file else f"{b.name} in {b.file}"
                details = {"other": other, "what": self._shapes[name].title}
                problems.append(Problem("E107", file=a.file, sheet=a.name, details=details))
        return problems

    def _unread(self) -> list[Problem]:
        """W105 for a sheet that is no table; the Example and Help sheets of our own workbooks are none on purpose."""
        rest = [self._sheets[i] for i in self._free() if self._sheets[i].name not in OUR_OWN]
        return [Problem("W105", file=s.file, sheet=s.name, value=s.name) for s in rest]

    def _nowhere(self) -> list[Problem]:
        lacking = [self._shapes[n].title for n in self._open() if n in _NEEDED]
        files = dict.fromkeys(s.file for s in self._sheets)
        if not lacking:
            return []
        return [Problem("E106", file=" and ".join(files), details={"needs": " or ".join(lacking)})]


def _close(match: Match) -> bool:
    count = match.score[1]
    return count >= 2 and count * 2 >= len(match.headers)


def named_as(sheet: Sheet, shapes: Sequence[Shape]) -> str:
    """Return the table that a sheet's name means: its name, title or alias; for a CSV also among other words."""
    names = {key(w): s.name for s in reversed(shapes) if s.name != FLAT for w in _names(s)}
    exact = names.get(key(sheet.name), "")
    if exact or sheet.widths is None:
        return exact
    words = f" {normalised(sheet.name)} "
    inside = {w: s.name for s in shapes if s.name != FLAT for w in _names(s) if f" {w} " in words}
    longest = max((len(w) for w in inside), default=0)
    found = {name for w, name in inside.items() if len(w) == longest}
    return found.pop() if len(found) == 1 else ""


def _names(shape: Shape) -> list[str]:
    table = shape.tables[0]
    return [normalised(w) for w in (table.name, table.title, *table.aliases)]
