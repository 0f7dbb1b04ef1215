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
from ..reading import AS_IT_IS, ColumnRead, Options, Profile, ProfileError, SheetRead, explain, read_file
from ..reading.choosing import shapes_of
from ..reading.explaining import DOUBLED, NOT_KNOWN
from ..reading.headers import A_NAME, Shape, key
from ..reading.likeness import like
from ..reading.ours import without_our_own
from ..reading.sheet import TEXT
from ..reading.wording import is_a_total
from .intake import custom_names, load_master
from .workspace import Workspace

UNCLEAR = "not clear yet"
_MERE_WORDS = frozenset({"po_number", "buyer_reference", "note", "footnote", "description"})
_KINDS = {name: kind_of(c) for table in UPLOAD for name, c in table.columns.items()}
_TABLES = ("flat", "invoices", "lines")


@dataclass(frozen=True)
class Looked:
    """How files are understood by a profile (or without one), and what their cells show.

    `shown` says for a sheet's place and a column's letters which order its dates or which decimal mark its numbers
    show. `open` are sentences on what is not decided yet; `lacking` says that some of them are
    on what every line needs. `like` is the name of a shipped profile with these headers.
    """

    sheets: tuple[SheetRead, ...]
    shown: Mapping[tuple[int, str], str]
    open: tuple[str, ...]
    lacking: bool
    like: str
    problems: list[Problem]

    @property
    def missing(self) -> bool:
        """Whether the files cannot be checked yet."""
        return self.lacking or any(s.missing for s in self.sheets) or any(p.code == "E106" for p in self.problems)


def look(
    paths: Sequence[Path], custom: Mapping[str, Sequence[str]], profile: Profile, options: Options = AS_IT_IS
) -> Looked:
    """Read files and say how they are understood; raises `Unreadable` and `OSError`."""
    sheets, problems = [], []
    for path in paths:
        more, faults = read_file(path, profile, options)
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
    program = "" if profile.columns else like(text for s in read for row in _first_rows(s)[:1] for text in row)[0]
    lacks = tuple(_lacks(read, profile, nowhere=any(p.code == "E106" for p in more_faults)))
    return Looked(tuple(read), shown, (*lacks, *_open(read, shown)), bool(lacks), program, problems)


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
        days = [dates.read_day(text) for text in texts]
        return _said_or_seen(profile.dates, dates.date_order(days), any(r.ambiguous or r.order for r in days))
    figures = [numbers.read_number(text) for text in texts]
    seen = _said_or_seen(profile.decimal, numbers.decimal_mark(figures), any(r.ambiguous or r.mark for r in figures))
    return seen if seen in ("", UNCLEAR) else f"decimal {seen}"


def _said_or_seen(said: str, seen: str, matters: bool) -> str:
    """Return who says which way a column is read; "" where its cells read the same either way."""
    if not matters:
        return ""
    return f"{said} by the profile" if said else f"{seen} by its own cells" if seen else UNCLEAR


def _lacks(sheets: Sequence[SheetRead], profile: Profile, nowhere: bool) -> Iterable[str]:
    """Say which columns nothing can be billed without, and how to name just these."""
    nearly = [s for s in sheets if s.columns and (s.table in _TABLES or not s.table)]
    if nowhere and not nearly:
        yield (
            "No row of it looks like headers of invoices. Name the columns of the invoice ref, the customer and the price: "
            '--set "Your header=Invoice ref" --set "Your header=Customer" --set "Your header=Unit price".'
        )
    for sheet in nearly:
        for title in sheet.missing:
            yield f'{sheet.sheet.name} has no column for {title}: name it with --set "Your header={title}".'
        fields = {c.field for c in sheet.columns} | profile.defaults.keys()
        if sheet.table == "invoices":
            continue
        if not fields & {*A_NAME}:
            yield f'{sheet.sheet.name} has no column that names what is billed: --set "Your header=Pricing name".'
        if not fields & {"unit_price", "amount", "product_item", "product"}:
            yield (
                f"{sheet.sheet.name} has no column for a price or an amount: "
                '--set "Your header=Unit price" or --set "Your header=Amount".'
            )


def _open(sheets: Sequence[SheetRead], shown: Mapping[tuple[int, str], str]) -> Iterable[str]:
    for i, sheet in enumerate(sheets):
        for column in sheet.columns:
            if shown.get((i, column.letter)) == UNCLEAR:
                yield _unclear(column)
            if column.why.startswith(DOUBLED):
                yield f'"{column.header}" in {column.letter}: {column.why}. Leave one out with --ignore.'
            if column.why == NOT_KNOWN and is_a_total(column.header):
                yield _total(column.header, any(c.field == "amount" for c in sheet.columns))
            elif column.why == NOT_KNOWN and column.near:
                yield f'"{column.header}" is left out. If it is {column.near}, say --set "{column.header}={column.near}".'
        yield from _left_out(sheet)


def _total(header: str, has_amount: bool) -> str:
    invoice = f'--set "{header}=Expected total" if it is what the invoice comes to with tax.'
    line = "" if has_amount else f'--set "{header}=Amount" if it is the amount of the line, '
    return f'"{header}" is left out: say {line}{invoice}'


def _left_out(sheet: SheetRead) -> Iterable[str]:
    headers = [c.header for c in sheet.columns if c.why == NOT_KNOWN and not (c.near or is_a_total(c.header)) and c.samples]
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
    rank, field = shape.meaning(word)
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
    """Return the profile with every column that was understood; the next file must have them too, but for mere words.

    A price or a quantity that is missing next time may only be called otherwise, so it is asked for.
    """
    found: dict[str, tuple[str, ...]] = {}
    for sheet in looked.sheets:
        for column in sheet.columns if sheet.table in _TABLES else ():
            if column.field and column.header not in found.get(column.field, ()):
                found[column.field] = (*found.get(column.field, ()), column.header)
    may = tuple(f for f in found if f in _MERE_WORDS and f not in profile.optional)
    return replace(profile, columns={**found, **profile.columns}, optional=(*profile.optional, *may))
