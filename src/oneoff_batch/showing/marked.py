"""The marked-up workbook: every cell of an upload where it stood, the wrong ones red, with what to do about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from xlsxwriter import Workbook

from ..columns import PROBLEM_COLUMN, PROBLEM_LIST, UPLOAD, kind_of
from ..problems import Problem, count_words, counts
from ..reading.sheet import Found, Sheet, letters, position
from .grid import ROW_LIMIT, GridSheet
from .marks import MOST_COMMENTS, Comments, SheetMarks, Told, told
from .problem_list import add_problem_list
from .raw_cells import TYPING, RawColumn, blocks_of, texts_of, width_of
from .saving import saved
from .sheet_names import quoted, sheet_names
from .styles import TEXT_FORMAT, Styles, new_workbook, print_setup

_COLUMN_LIMIT = 16_384
_PROBLEM_WIDTH, _WRAPPED = 46.0, 42
_DEEPEST_HEADER = 40
_Key = tuple[str, str]
"""File and sheet."""


def write_marked(
    path: Path, sheets: Sequence[Sheet], founds: Sequence[Found], problems: Sequence[Problem], check: str
) -> Path | None:
    """Write the workbook and return its path.

    None where the upload is larger than Excel's sheets, wrong in a way that a copy of its cells would hide, or of
    several files that count their days from different years.

    `sheets` are those that were read, with their headers still in the cells; `founds` says which were understood.
    `check` is the command to type once it is corrected. Values only: a formula of the upload is its saved result. Text
    stays text, whatever it begins with.
    """
    if len({s.epoch_1904 for s in sheets}) != 1 or any(map(_too_large, sheets)):
        return None
    if not all(p.kind.copy for p in problems):
        return None
    known = {(f.sheet.file, f.sheet.name): f for f in founds}
    names = sheet_names([_name(s, known, len(sheets)) for s in sheets], [PROBLEM_LIST])
    parts = [_Part(s, name, known.get((s.file, s.name))) for s, name in zip(sheets, names, strict=True)]
    found = told(problems)
    by_key = {part.key: part for part in parts}
    links = [_placed(t, by_key) for t in found]
    epoch_1904 = sheets[0].epoch_1904
    with saved(path) as draft, new_workbook(draft, "Marked-up copy", epoch_1904=epoch_1904) as workbook:
        styles, comments = Styles(workbook), Comments()
        add_problem_list(workbook, styles, found, links, _remarks(check, parts, problems))
        for part in parts:
            part.add_to(workbook, styles, comments)
    return path


def _too_large(sheet: Sheet) -> bool:
    rows = int(sheet.cells.index.max()) if len(sheet.cells) else 0
    return rows > ROW_LIMIT or any(position(c) + 2 > _COLUMN_LIMIT for c in sheet.cells.columns)


def _name(sheet: Sheet, known: Mapping[_Key, Found], count: int) -> str:
    """Return the sheet's own name; a CSV beside others gets that of its table, so that it is found again."""
    found = known.get((sheet.file, sheet.name))
    titles = {t.name: t.title for t in UPLOAD}
    if sheet.widths is not None and count > 1 and found is not None:
        return titles.get(found.table, sheet.name)
    return sheet.name


def _placed(found: Told, by_key: Mapping[_Key, _Part]) -> str:
    """Mark the cell of a problem and return the link to it; "" where it has none."""
    p = found.problem
    own = by_key.get((p.file, p.sheet))
    return own.mark(found) if own is not None and not p.downgraded else ""


def _remarks(check: str, parts: Sequence[_Part], problems: Sequence[Problem]) -> list[str]:
    found = counts(problems)
    marked = sum(len(own) for part in parts for own in part.marks.cells.values())
    files = dict.fromkeys(part.sheet.file for part in parts)
    cut = (
        f"Only the first {MOST_COMMENTS:,} marked cells have a comment; the others are coloured, and this list has them all."
    )
    return [
        f"{count_words(found)} in {', '.join(files)}.".capitalize(),
        f"Correct the red cells right here, save, and upload it: {check}"
        if found["error"]
        else "Yellow cells are worth a look; nothing has to be corrected.",
        f'Point at a coloured cell to read what is wrong. The column "{PROBLEM_COLUMN}" and this sheet are ours: they are '
        "left out when the workbook is read again.",
        "This copy holds values only; formulas and formats stay in your own file.",
        *([cut] if marked > MOST_COMMENTS else []),
    ]


class _Part:
    """One sheet of the upload, on its way into the workbook."""

    def __init__(self, sheet: Sheet, name: str, found: Found | None) -> None:
        self.sheet, self.name, self.found = sheet, name, found
        self.key = (sheet.file, sheet.name)
        self.marks = SheetMarks()
        self.header_row = found.sheet.header_row if found is not None else 0
        # Where the user's first column is free our own takes its place, so that every cell keeps its address.
        self._shift = int("A" in sheet.cells.columns)

    def mark(self, found: Told) -> str:
        """Mark the cell of a problem and return its address here, as a link writes it."""
        p = found.problem
        self.marks.add(found, p.column, p.row)
        at = self._moved(p.column) if p.column else "A"
        return f"{quoted(self.name)}!{at}{p.row if p.row is not None else max(self.header_row, 1)}"

    def _moved(self, column: str) -> str:
        return letters(position(column) + self._shift)

    def add_to(self, workbook: Workbook, styles: Styles, comments: Comments) -> None:
        """Add the sheet with its marks."""
        cells, kinds = self.sheet.cells, self.sheet.kinds
        sheet: GridSheet = workbook.add_worksheet(self.name, worksheet_class=GridSheet)
        if not len(cells):
            return
        columns = [self._problem_column(cells.index), *self._columns(cells, kinds)]
        for column in columns:
            at = position(column.letters)
            sheet.set_column(at, at, column.width, styles.make(f"typed {column.typing}", num_format=column.typing))
        if 0 < self.header_row <= _DEEPEST_HEADER:
            sheet.freeze_panes(self.header_row, 1)
        last = f"{columns[-1].letters}{cells.index[-1]}"
        sheet.used = f"A1:{last}"
        sheet.ignore_errors({"number_stored_as_text": sheet.used})
        print_setup(sheet, self.name, sum(c.width for c in columns))
        shifted = {column: self._moved(column) for column in self.marks.cells}
        self.marks.write_comments(sheet, comments, shifted)
        sheet.blocks = blocks_of(columns, cells.index.to_numpy(), styles)

    def _problem_column(self, rows: pd.Index) -> RawColumn:
        title = PROBLEM_COLUMN if self.header_row else ""
        texts, marks = self.marks.sentences(rows, self.header_row, title)
        width = _PROBLEM_WIDTH if self.marks.rows else float(len(PROBLEM_COLUMN) + 4)
        return RawColumn("A", texts, None, marks, width=width, wrapped=True)

    def _columns(self, cells: pd.DataFrame, kinds: pd.DataFrame | None) -> list[RawColumn]:
        typing, damaged = self._typing(), self.marks.damaged()
        made = []
        for column in sorted({*map(str, cells.columns), *self.marks.cells}, key=position):
            there = column in cells.columns
            texts = texts_of(cells[column]) if there else texts_of(pd.Series(None, index=cells.index, dtype="str"))
            kind = None if kinds is None or not there else letters_of(kinds[column])
            width = width_of(texts)
            made.append(
                RawColumn(
                    self._moved(column),
                    texts,
                    kind,
                    self.marks.of_column(column, cells.index, self.header_row),
                    typing=typing.get(column, "General"),
                    width=width,
                    wrapped=width >= _WRAPPED,
                    damaged=damaged.get(column, frozenset()),
                    epoch_1904=self.sheet.epoch_1904,
                )
            )
        return made

    def _typing(self) -> dict[str, str]:
        """Return by letters the number format in which a correction is typed: ids stay text, dates become dates."""
        if self.found is None:
            return {}
        schemas = {name: c for t in reversed(UPLOAD) for name, c in t.columns.items()}
        own = {h.letter: TYPING.get(kind_of(schemas[f]), "General") for f, h in self.found.headings.items() if f in schemas}
        return {**own, **{h.letter: TEXT_FORMAT for h in self.found.custom.values()}}


def letters_of(kinds: pd.Series) -> np.ndarray:
    """Return what each cell of a column is as a letter, "" for an empty cell."""
    codes = kinds.cat.codes.to_numpy()
    return np.array([*kinds.cat.categories, ""], dtype="<U1")[codes]
