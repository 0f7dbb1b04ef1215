"""What `map` does: look at how files are understood, say what is still open, and make a profile of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..checking import dates, numbers
from ..checking.cells import nearest
from ..columns import UPLOAD, kind_of
from ..problems import Problem
from ..reading import ColumnRead, Profile, ProfileError, SheetRead, explain, read_file, shipped_names, shipped_profile
from ..reading.choosing import shapes_of
from ..reading.explaining import DOUBLED, NOT_KNOWN
from ..reading.headers import Shape, key
from ..reading.ours import without_our_own
from ..reading.sheet import TEXT
from .intake import custom_names, load_master
from .workspace import Workspace

UNCLEAR = "not clear yet"
_KINDS = {name: kind_of(c) for table in UPLOAD for name, c in table.columns.items()}
_TABLES = ("flat", "invoices", "lines")


@dataclass(frozen=True)
class Looked:
    """How files are understood by a profile (or without one), and what their cells show.

    `shown` says for a sheet's place and a column's letters which order its dates or which decimal mark its numbers
    show. `open` are sentences on what is not decided yet. `like` is the name of a shipped profile with these headers.
    """

    sheets: tuple[SheetRead, ...]
    shown: Mapping[tuple[int, str], str]
    open: tuple[str, ...]
    like: str
    problems: list[Problem]

    @property
    def missing(self) -> bool:
        """Whether the files cannot be checked yet."""
        return any(s.missing for s in self.sheets) or any(p.code == "E106" for p in self.problems)


def look(paths: Sequence[Path], custom: Mapping[str, Sequence[str]], profile: Profile) -> Looked:
    """Read files and say how they are understood; raises `Unreadable` and `OSError`."""
    sheets, problems = [], []
    for path in paths:
        more, faults = read_file(path, profile)
        sheets += without_our_own(more)
        problems += faults
    read, more_faults = explain(sheets, UPLOAD, custom, profile)
    problems += more_faults
    shown = {
        (i, column.letter): _shown(sheet, column, profile)
        for i, sheet in enumerate(read)
        for column in sheet.columns
        if _KINDS.get(column.field) in ("date", "number", "amount", "percent")
    }
    like = "" if profile.columns else _like(read)
    return Looked(tuple(read), shown, tuple(_open(read, shown, lacking=bool(more_faults))), like, problems)


def _like(sheets: Sequence[SheetRead]) -> str:
    """Return the name of the shipped profile that knows most of the headers, where it knows nearly all of them."""
    headers = {key(text) for s in sheets for row in _first_rows(s)[:1] for text in row} - {""}
    best, share = "", 0.7
    for name in shipped_names():
        profile = shipped_profile(name)
        columns = [h for own in (*profile.columns.values(), *profile.sums.values()) for h in own]
        lists = (*profile.ignore, *profile.not_discounts, *profile.refuse, profile.status)
        known = {key(h) for h in (*columns, *lists)}
        own_share = len(headers & known) / len(headers) if headers else 0.0
        if own_share > share:
            best, share = name, own_share
    return best


def custom_of(workspace: Workspace | None) -> dict[str, list[str]]:
    """Return the custom fields of a workspace; none where there is no workspace or no master data."""
    if workspace is None or not workspace.master.exists():
        return {}
    return custom_names(load_master(workspace)[0])


def _shown(sheet: SheetRead, column: ColumnRead, profile: Profile) -> str:
    """Say what the cells of a column show: an order of dates or a decimal mark, or that the profile has said it."""
    cells = sheet.sheet.cells[column.letter] if column.letter in sheet.sheet.cells else pd.Series(dtype="str")
    kinds = sheet.sheet.kinds
    if kinds is not None and column.letter in kinds:
        cells = cells[kinds[column.letter] == TEXT]
    texts = [str(t) for t in cells.dropna().unique()]
    if _KINDS[column.field] == "date":
        return _dates_shown(texts, profile.dates)
    return _marks_shown(texts, profile.decimal)


def _dates_shown(texts: Iterable[str], said: str) -> str:
    readings = [dates.read_day(t) for t in texts]
    order = dates.date_order(readings)
    if not any(r.ambiguous or r.order for r in readings):
        return ""
    return f"{said} by the profile" if said else f"{order} by its own cells" if order else UNCLEAR


def _marks_shown(texts: Iterable[str], said: str) -> str:
    readings = [numbers.read_number(t) for t in texts]
    mark = numbers.decimal_mark(readings)
    if not any(r.ambiguous or r.mark for r in readings):
        return ""
    return f"decimal {said} by the profile" if said else f"decimal {mark} by its own cells" if mark else UNCLEAR


def _open(sheets: Sequence[SheetRead], shown: Mapping[tuple[int, str], str], lacking: bool) -> Iterable[str]:
    if lacking:
        yield 'Name the columns of key and customer: --set "Your header=Invoice ref" --set "Your header=Customer".'
    for i, sheet in enumerate(sheets):
        for title in sheet.missing:
            yield f'{sheet.sheet.name} has no column for {title}: name it with --set "Your header={title}".'
        for column in sheet.columns:
            if shown.get((i, column.letter)) == UNCLEAR:
                yield _unclear(column)
            if column.why.startswith(DOUBLED):
                yield f'"{column.header}" in {column.letter}: {column.why}. Leave one out with --ignore.'
            if column.why == NOT_KNOWN and column.near:
                yield f'"{column.header}" is left out. If it is {column.near}, say --set "{column.header}={column.near}".'
        yield from _left_out(sheet)


def _left_out(sheet: SheetRead) -> Iterable[str]:
    headers = [c.header for c in sheet.columns if c.why == NOT_KNOWN and not c.near and c.samples]
    if headers:
        some = ", ".join(f'"{h}"' for h in headers[:3]) + (" …" if len(headers) > 3 else "")
        count = "1 column is" if len(headers) == 1 else f"{len(headers)} columns are"
        yield f"{count} left out: {some}. Name what matters with --set, and the rest with --ignore."


def _unclear(column: ColumnRead) -> str:
    if _KINDS[column.field] == "date":
        return f'Dates in "{column.header}" can be read two ways: say --dates day-first or --dates month-first.'
    return f'Numbers in "{column.header}" can be read two ways: say --decimal "," or --decimal ".".'


def with_sets(profile: Profile, sets: Iterable[tuple[str, str]], custom: Mapping[str, Sequence[str]]) -> Profile:
    """Return a profile in which further headers mean fields; raises `ProfileError` for a field that does not exist."""
    columns = dict(profile.columns)
    for header, word in sets:
        field = field_named(word, custom)
        columns = {f: tuple(h for h in own if key(h) != key(header)) for f, own in columns.items()}
        columns = {f: own for f, own in columns.items() if own}
        columns[field] = (header,)
    return replace(profile, columns=columns, ignore=tuple(h for h in profile.ignore if h not in dict(sets)))


def field_named(word: str, custom: Mapping[str, Sequence[str]]) -> str:
    """Return the field that a word means: its name, its title, a custom field, an alias; raises `ProfileError`."""
    shape: Shape = shapes_of(UPLOAD, custom)[0]
    own = {key(name): name for name in shape.custom}
    rank, field = shape.words().get(key(word), (3, ""))
    if rank >= 2 and key(word) in own:
        return own[key(word)]
    if field:
        return field
    titles = [*shape.fields.values(), *shape.custom]
    near = nearest([word], titles, 60).get(word)
    hint = f' Did you mean "{near}"?' if near else f" It can be: {', '.join(titles)}."
    raise ProfileError(f'There is no column "{word}" here.{hint}')


def check_headers(looked: Looked, headers: Iterable[str]) -> None:
    """Raise `ProfileError` where a header that was named stands in none of the sheets."""
    known = {key(text): text for s in looked.sheets for row in _first_rows(s) for text in row}
    for header in headers:
        if key(header) not in known:
            near = nearest([header], known.values(), 60).get(header)
            hint = f' Did you mean "{near}"?' if near else ""
            raise ProfileError(f'There is no header "{header}" in the file.{hint}')


def _first_rows(sheet: SheetRead) -> list[list[str]]:
    if sheet.columns:
        return [[c.header for c in sheet.columns]]
    return [[str(t) for t in row if isinstance(t, str)] for row in sheet.sheet.cells.head(20).to_numpy().tolist()]


def as_understood(profile: Profile, looked: Looked) -> Profile:
    """Return the profile with every column that was understood, so that the next file must have them too."""
    found: dict[str, tuple[str, ...]] = {}
    for sheet in looked.sheets:
        for column in sheet.columns if sheet.table in _TABLES else ():
            if column.field and column.header not in found.get(column.field, ()):
                found[column.field] = (*found.get(column.field, ()), column.header)
    return replace(profile, columns={**found, **profile.columns})
