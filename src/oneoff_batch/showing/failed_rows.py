"""The invoices and lines of an upload that cannot be drafted, as cells in our own columns: what was understood is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from ..checking import Checked
from ..checking.figures import MONEY_FIELDS
from ..checking.typed import Typed
from ..columns import Table
from ..problems import ERROR
from ..reading.sheet import DATE, NUMBER, TEXT, letters
from ..reading.sheet import ERROR as ERROR_CELL
from .cells import plain
from .marked import letters_of
from .marks import SheetMarks, Told
from .raw_cells import NO_VALUE, number_is_exact

_REF = "invoice_ref"
_CONFLICTS = ("E301", "E322", "E203", "E205", "E224", "E225")
"""Codes of cells whose fault rests on other cells, which may not be among the rows that are taken along."""
_FIRST_ROW = 2
_CURRENCY = r"[^\d\s.,'’()+\-\u2212\u2013%]"
"""What a price holds beside digits: its currency, which must be held against the invoice's again."""


@dataclass(frozen=True)
class FailedRows:
    """The rows of one sheet of the to-fix workbook: texts and kinds by field, in the order of the table's columns."""

    table: Table
    texts: pd.DataFrame
    kinds: pd.DataFrame
    marks: SheetMarks = field(default_factory=SheetMarks)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Failed:
    """Both sheets, the problems that they show with their places, and the refs that no sheet of ours can show."""

    invoices: FailedRows
    lines: FailedRows
    found: list[Told]
    links: list[str]
    outside: list[str]


def failed_rows(checked: Checked, left_out: Sequence[str], found: Sequence[Told]) -> Failed:
    """Return what failed. Cells are what was written, in our words: nothing that master data would fill in.

    An error that rests on a column which our sheets have not (a status, say) cannot be mended there; such invoices
    are left out and named. A cell that was refused is just as it was written, so that it is refused again. Every row
    has a ref: one without stops the whole file, since it may belong to any invoice.
    """
    invoices, lines = _as_written(checked)
    outside = _outside(invoices, lines, found)
    refs = frozenset(left_out) - frozenset(outside)
    every = checked.refs
    kept = invoices.frame[invoices.frame[_REF].isin(list(refs))]
    ref_of_line = lines.frame[_REF]
    orphan = ~ref_of_line.isin(list(every))
    kept_lines = lines.frame[orphan | ref_of_line.isin(list(refs))]
    made = _Mending(_rows(invoices, kept), _rows(lines, kept_lines), invoices, lines)
    placed = [(t, made.place(t)) for t in found]
    shown = [(t, link) for t, link in placed if link]
    return Failed(made.done(0), made.done(1), [t for t, _ in shown], [link for _, link in shown], outside)


def _as_written(checked: Checked) -> tuple[Typed, Typed]:
    """Return the tables as the checks found them, with what the user's own profile says in other words."""
    invoices, lines = checked.written
    done = checked.invoices.frame
    taken = {name: done[name] for name in invoices.found.sums if name in done}
    # A customer may be named by a reference or by its name; its id says the same and needs no profile.
    taken["customer"] = done["customer"].fillna(invoices.frame["customer"])
    frame = invoices.frame.assign(**taken)
    return invoices.with_frame(frame), lines


def _outside(invoices: Typed, lines: Typed, found: Sequence[Told]) -> list[str]:
    known = {
        (t.found.sheet.file, t.found.sheet.name, h.place)
        for t in (invoices, lines)
        for h in (*t.found.headings.values(), *t.found.custom.values())
    }
    return sorted(
        {
            t.problem.invoice_ref
            for t in found
            if t.problem.severity == ERROR and t.problem.invoice_ref and t.problem.column and not t.problem.field
            if (t.problem.file, t.problem.sheet, t.problem.column) not in known
        }
    )


def _rows(typed: Typed, kept: pd.DataFrame) -> FailedRows:
    texts: dict[str, pd.Series] = {}
    kinds: dict[str, np.ndarray] = {}
    for name in typed.table.columns:
        text, kind = _typed_cells(kept[name])
        raw, raw_kind = _raw_cells(typed, name, _origin(typed, name, kept.index))
        raw = raw.set_axis(kept.index)
        missing = text.isna()
        if name in MONEY_FIELDS:
            marked = raw.astype("str").str.contains(_CURRENCY, regex=True, na=False) & ~missing
            missing, raw_kind = missing | marked, np.where(marked, TEXT, raw_kind)
        # A number that is an id, or a custom field, reads as the same one only where it stays a number.
        missing |= (text == raw) & (raw_kind == NUMBER) & (kind == TEXT)
        texts[name] = text.where(~missing, raw)
        kinds[name] = np.where(missing, raw_kind, kind)
    return FailedRows(typed.table, pd.DataFrame(texts, index=kept.index), pd.DataFrame(kinds, index=kept.index))


def _typed_cells(values: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return typed values as the texts of cells, and what each cell is."""
    array = pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_decimal(array.type):
        text = plain(array).to_pylist()
        kind = [TEXT if t is None or not number_is_exact(t) else NUMBER for t in text]
    elif pa.types.is_date(array.type):
        text, kind = array.cast(pa.string()).to_pylist(), [DATE] * len(array)
    elif pa.types.is_boolean(array.type):
        text, kind = [None if v is None else "yes" if v else "no" for v in array.to_pylist()], [TEXT] * len(array)
    else:
        text, kind = array.cast(pa.string()).to_pylist(), [TEXT] * len(array)
    return pd.Series(text, index=values.index, dtype=object), np.array(kind, dtype="<U1")


def _origin(typed: Typed, name: str, rows: pd.Index) -> pd.Index:
    """Return the rows of the sheet from which the values of a field came."""
    if typed.rows is None or name not in typed.rows:
        return rows
    own = typed.rows[name].reindex(rows)
    return pd.Index(own.fillna(pd.Series(rows, index=rows)).astype("int64"))


def _raw_cells(typed: Typed, name: str, rows: pd.Index) -> tuple[pd.Series, np.ndarray]:
    """Return the cells as they were written, in the same rows of the sheet."""
    sheet, letter = typed.found.sheet, typed.heading(name).letter
    if letter not in sheet.cells.columns:
        return pd.Series(None, index=rows, dtype=object), np.full(len(rows), TEXT)
    text = sheet.cells[letter].reindex(rows).astype(object)
    if sheet.kinds is None:
        return text, np.full(len(rows), TEXT)
    kinds = pd.Series(letters_of(sheet.kinds[letter]), index=sheet.kinds.index).reindex(rows).fillna("")
    return text, kinds.to_numpy().astype("<U1")


class _Mending:
    """Finds the cell of our sheets that a problem of the user's sheets is about, and marks it."""

    def __init__(self, invoices: FailedRows, lines: FailedRows, read: Typed, read_lines: Typed) -> None:
        self.own = (invoices, lines)
        self._put: tuple[dict[str, dict[int, tuple[str, str]]], ...] = ({}, {})
        self._read = (read, read_lines)
        self._rows = [{int(str(row)): n for n, row in enumerate(t.texts.index)} for t in self.own]
        refs = invoices.texts[_REF]
        self._refs: Mapping[str, int] = {str(r): n for n, r in reversed(list(enumerate(refs))) if isinstance(r, str)}

    def place(self, found: Told) -> str:
        """Mark a problem's cell and return the link to it; "" where it is about none of these rows."""
        p = found.problem
        if p.downgraded:
            return ""
        which = self._which(found)
        rows, at = self.own[which], self._at(found, which)
        if at is None:
            return ""
        name = p.field if p.field in rows.table.columns else _REF
        if found.problem.severity == ERROR:
            self._as_it_was(found, which, at, name)
        column = letters(list(rows.table.columns).index(name))
        rows.marks.add(found, column, at + _FIRST_ROW)
        return f"'{rows.table.title}'!{column}{at + _FIRST_ROW}"

    def _which(self, found: Told) -> int:
        p, (invoices, lines) = found.problem, self._read
        if p.field != _REF and p.field in lines.table.columns and p.field not in invoices.table.columns:
            return 1
        same = (lines.found.sheet.file, lines.found.sheet.name) == (invoices.found.sheet.file, invoices.found.sheet.name)
        in_lines = (p.file, p.sheet) == (lines.found.sheet.file, lines.found.sheet.name)
        if same:
            return int(p.field not in invoices.table.columns and p.row in self._rows[1])
        return int(in_lines)

    def _at(self, found: Told, which: int) -> int | None:
        p = found.problem
        sheet = self._read[which].found.sheet
        here = p.row is not None and (p.file, p.sheet) == (sheet.file, sheet.name)
        at = self._rows[which].get(p.row) if here and p.row is not None else None
        if at is None and which == 0:
            at = self._refs.get(p.invoice_ref)
        return at

    def _as_it_was(self, found: Told, which: int, at: int, name: str) -> None:
        """Put a refused cell back as it was written; where it disagrees with another, neither is taken."""
        p, read, put = found.problem, self._read[which], self._put[which].setdefault(name, {})
        if p.code in _CONFLICTS:
            put[at] = (NO_VALUE, ERROR_CELL)
        elif p.code.startswith("E2") and name == p.field and p.row is not None and read.heading(name).letter:
            text, kind = _raw_cells(read, name, pd.Index([p.row]))
            if isinstance(text.iloc[0], str):
                put[at] = (text.iloc[0], str(kind[0]))

    def done(self, which: int) -> FailedRows:
        """Return the rows with the refused cells as they were written."""
        rows = self.own[which]
        texts, kinds = (
            {name: frame[name].to_numpy(dtype=object, copy=True) for name in frame} for frame in (rows.texts, rows.kinds)
        )
        for name, put in self._put[which].items():
            for at, (text, kind) in put.items():
                texts[name][at], kinds[name][at] = text, kind
        index = rows.texts.index
        return replace(rows, texts=pd.DataFrame(texts, index=index), kinds=pd.DataFrame(kinds, index=index))
