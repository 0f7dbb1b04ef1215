"""A reviewer's decisions: what she sees of each invoice, and which of her decisions hold against the book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..checking.cells import nearest
from ..checking.typed import Typed, shortened
from ..columns import TEXT
from ..columns.review import DECISION_WORDS, DECISIONS, LOCKED
from ..drafting.drafts import Drafts
from ..money import arrow, currencies, figure
from ..problems import WARNING, Problem, errors, warned
from .changes import KEYS, NEW, Changes, size_of
from .moves import APPROVED, ARCHIVED, FINAL

_NOTHING = "nothing"
_BLANKS = r"[\s\x00-\x1f\x7f-\x9f\x{fffd}]+"
_UNSEEN = r"[\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}]"
"""Characters without a width, which a program may drop; those that turn a line around are not among them."""
_HASH = r"^[0-9a-f]{64}$"
_NONE = -1
_MONEY = frozenset({"net_total", "tax_total", "gross_total", "last_gross", "difference"})
_WIDE = pa.decimal128(38, 8)


def facts(drafts: Drafts, problems: Sequence[Problem], changed: Changes) -> pd.DataFrame:
    """Return what a reviewer is shown of each invoice: the columns `LOCKED` of the sheet, in the order of the drafts.

    `changed` is about the whole batch. Figures stand in the widths of the drafts, what there is nothing of is null.
    """
    invoices = drafts.invoices
    dated = invoices["invoice_date"].fillna(invoices["planned_date"])
    counted, first = warned(problems), _first_warnings(problems)
    refs = invoices["invoice_ref"]
    customers = changed.customers[changed.customers["kind"] != NEW]
    last = invoices[KEYS].merge(customers[[*KEYS, "last_gross", "difference", "change"]], on=KEYS, how="left")
    made = invoices.assign(
        warnings=pd.array([counted[ref] or None for ref in refs] if counted else [None] * len(refs), dtype="Int64"),
        first_warning=pd.Series([first.get(ref) for ref in refs], index=refs.index, dtype=TEXT),
        shown_date=dated,
        outside=_outside(drafts.lines, dated),
        **{name: last[name].set_axis(invoices.index) for name in ("last_gross", "difference", "change")},
    )
    return made[list(LOCKED)]


def order_of(shown: pd.DataFrame, digits: pd.Series) -> np.ndarray[Any, Any]:
    """Return the places of invoices as a reviewer wants them: those with warnings first, then the largest (domain §8)."""
    warned_ = shown["warnings"].notna().to_numpy()
    size = size_of(shown["gross_total"], digits).to_numpy(dtype="int64")
    return np.lexsort((-size, ~warned_))


def _first_warnings(problems: Iterable[Problem]) -> dict[str, str]:
    first: dict[str, Problem] = {}
    for p in problems:
        if p.severity == WARNING and p.invoice_ref:
            first.setdefault(p.invoice_ref, p)
    return {ref: p.message for ref, p in first.items()}


def _outside(lines: pd.DataFrame, dated: pd.Series) -> pd.Series:
    """Return for each invoice what its lines are for, where that is not within the month of the invoice date."""
    owner = lines["invoice"].to_numpy()
    starts, ends = (_days(lines[name]) for name in ("period_start", "period_end"))
    starts, ends = np.where(np.isnat(starts), ends, starts), np.where(np.isnat(ends), starts, ends)
    month = _days(dated).astype("datetime64[M]")[owner]
    out = ~np.isnat(starts) & ((starts.astype("datetime64[M]") != month) | (ends.astype("datetime64[M]") != month))
    spans = pd.DataFrame({"start": starts[out], "end": ends[out]}).groupby(owner[out]).agg({"start": "min", "end": "max"})
    texts: pd.Series = spans["start"].dt.strftime("%Y-%m-%d") + " to " + spans["end"].dt.strftime("%Y-%m-%d")
    every: pd.Series = texts.reindex(range(len(dated))).astype(TEXT).set_axis(dated.index)
    return every


def _days(dates: pd.Series) -> np.ndarray[Any, Any]:
    return np.asarray(arrow(dates).to_numpy(zero_copy_only=False), dtype="datetime64[D]")


@dataclass(frozen=True)
class Answers:
    """Every row of a review sheet that says something, over all sheets.

    `rows` has sheet (the place in `sheets`), row, word (as it was typed), action (null for a word that is no decision),
    reason, invoice_ref and content_hash; of the sheet's other rows there is only a count, `undecided`.
    """

    sheets: tuple[Typed, ...]
    rows: pd.DataFrame
    problems: list[Problem]
    undecided: int

    def flag(self, mask: pd.Series, code: str, field: str, **details: pd.Series | str) -> list[Problem]:
        """Name a problem at the cell of a field for every row where the mask is true."""
        return [
            self._problem(place, code, field, {k: v if isinstance(v, str) else str(v.at[place]) for k, v in details.items()})
            for place in self.rows.index[mask.to_numpy(dtype=bool)]
        ]

    def _problem(self, place: int, code: str, field: str, details: dict[str, str]) -> Problem:
        row: Any = self.rows.loc[place]
        suggestion = details.pop("suggestion", "")
        problem = self.sheets[int(row["sheet"])].problem(code, int(row["row"]), field, **details)
        ref = row["invoice_ref"]
        return replace(problem, invoice_ref=ref if isinstance(ref, str) else "", suggestion=suggestion)

    def cells(self, field: str) -> pd.Series:
        """Return the values of a column in the rows, null where a sheet has none; text as it stands in the sheet."""
        parts = [_column(typed, field).loc[own["row"]].set_axis(own.index) for typed, own in self._by_sheet()]
        return pd.concat(parts) if parts else pd.Series([], dtype=TEXT)

    def texts(self, field: str) -> pd.Series:
        """Return the cells of a column in the rows as they stand in the sheet, also those that could not be understood."""
        parts = [_texts(typed, field).reindex(own["row"]).set_axis(own.index) for typed, own in self._by_sheet()]
        return pd.concat(parts) if parts else pd.Series([], dtype=TEXT)

    def has(self, field: str) -> pd.Series:
        """Return where the sheet of a row has the column."""
        known = [field in typed.found.headings for typed in self.sheets]
        return self.rows["sheet"].map(dict(enumerate(known))).astype(bool)

    def row_in_words(self) -> pd.Series:
        """Return the row in the sheet, with its sheet and file where there are several."""
        files = [t.found.sheet.file for t in self.sheets]
        names = [t.found.sheet.name for t in self.sheets]
        several = len(set(files)) > 1
        parts = [
            [part for part, told in ((name, files.count(file) > 1), (file, several)) if told]
            for file, name in zip(files, names, strict=True)
        ]
        told = [f" of {', '.join(own)}" if own else "" for own in parts]
        return self.rows["row"].astype("str") + self.rows["sheet"].map(dict(enumerate(told)))

    def _by_sheet(self) -> list[tuple[Typed, pd.DataFrame]]:
        return [(self.sheets[int(str(n))], own) for n, own in self.rows.groupby("sheet", sort=True)]


def _column(typed: Typed, field: str) -> pd.Series:
    """Return figures and days as they were understood, and text as it is: tidied it might be another one than ours."""
    values = typed.frame[field]
    return values if field not in typed.found.headings or values.dtype != TEXT else _texts(typed, field)


def _texts(typed: Typed, field: str) -> pd.Series:
    return typed.found.sheet.cells[typed.found.headings[field].letter].astype(TEXT)


def answers(sheets: Sequence[Typed]) -> Answers:
    """Return the rows in which something was decided; W540 for a comment without a decision, E544 for other words."""
    frames, problems, undecided = [], list[Problem](), 0
    for n, typed in enumerate(sheets):
        said = typed.frame["decision"].notna()
        problems += typed.flag(~said & typed.frame["comment"].notna(), "W540", "comment")
        undecided += int((~said & typed.frame["invoice_ref"].notna()).sum())
        own = typed.frame.loc[said, ["decision", "comment", "invoice_ref", "content_hash"]]
        frames.append(own.assign(sheet=n, row=own.index))
    rows = pd.concat(frames, ignore_index=True)
    words = rows["decision"].str.casefold().str.replace(r"[\s.!]+", " ", regex=True).str.strip()
    rows = pd.DataFrame({
        "sheet": rows["sheet"].astype("int64"), "row": rows["row"].astype("int64"), "word": rows["decision"],
        "action": words.map(DECISION_WORDS).astype(TEXT), "reason": rows["comment"].fillna(""),
        "invoice_ref": rows["invoice_ref"], "content_hash": rows["content_hash"],
    })  # fmt: skip
    made = Answers(tuple(sheets), rows, problems, undecided)
    wrong = rows["action"].isna()
    near = nearest(rows.loc[wrong, "word"].unique(), DECISIONS.values(), cutoff=60)
    found = made.flag(wrong, "E544", "decision", suggestion=rows["word"].map(lambda w: near.get(w, "")))
    return replace(made, problems=[*problems, *found])


@dataclass(frozen=True)
class Judged:
    """`decisions` (id, content_hash, action, reason) are those that hold, one per invoice; `problems` tell of the others."""

    decisions: pd.DataFrame
    problems: list[Problem]


def places_of(given: Answers, states: pd.DataFrame) -> pd.Series:
    """Return for each row the place of its invoice in `states`: the live or final one, else an archived one, -1 for none."""
    archived = (states["status"] == ARCHIVED).to_numpy()
    refs = states["invoice_ref"]
    now, gone = (pd.Series(states.index[m], index=refs[m]) for m in (~archived, archived))
    same = pd.Series(states.index, index=pd.MultiIndex.from_frame(states[["invoice_ref", "content_hash"]]))
    keys = pd.MultiIndex.from_frame(given.rows[["invoice_ref", "content_hash"]])
    found = given.rows["invoice_ref"].map(now[~now.index.duplicated(keep="last")])
    exact = pd.Series(same[~same.index.duplicated(keep="last")].reindex(keys).to_numpy(), index=given.rows.index)
    last = given.rows["invoice_ref"].map(gone[~gone.index.duplicated(keep="last")])
    return found.fillna(exact).fillna(last).fillna(_NONE).astype("int64")


def judge(given: Answers, states: pd.DataFrame, places: pd.Series, shown: pd.DataFrame) -> Judged:
    """Hold decisions against the book: `states` of the invoices, and `shown` (`facts`), aligned with `states`.

    Problems: E540 no such invoice, E541 changed since, E542 a locked cell that differs, E543 two decisions, E545 a
    decline without a comment, E546 and N540 final, W541 on hold though approved.
    """
    rows, known = given.rows, places != _NONE
    at = places.where(known, 0).to_numpy()
    of = _beside(states, at, rows.index)
    unnamed = ~known & rows["invoice_ref"].isna()
    problems = given.flag(unnamed, "E540", "invoice_ref", which="in a row without an invoice ref")
    problems += given.flag(~known & ~unnamed, "E540", "invoice_ref", which=_unknown(rows["invoice_ref"]))
    differs = known & (rows["content_hash"] != of["content_hash"]).fillna(True)
    problems += _fingerprints(given, states, differs)
    final = known & ~differs & (of["status"] == FINAL)
    problems += given.flag(final & (rows["action"] != "approve"), "E546", "decision", number=of["number"])
    problems += given.flag(final & (rows["action"] == "approve"), "N540", "decision", number=of["number"])
    open_ = known & ~differs & ~final
    problems += _locked(given, _beside(shown, at, rows.index), open_ & (of["status"] != ARCHIVED))
    problems += given.flag((rows["action"] == "decline") & (rows["reason"] == ""), "E545", "comment")
    problems += _disagreeing(given, places, open_)
    good = open_ & ~_refused(given, problems)
    problems += given.flag(good & (rows["action"] == "hold") & (of["approval"] == APPROVED), "W541", "decision")
    decided = rows.assign(id=of["id"])[good].sort_values("reason", ascending=False, kind="stable")
    return Judged(decided.drop_duplicates("id").sort_index()[["id", "content_hash", "action", "reason"]], problems)


def missing_columns(given: Answers, states: pd.DataFrame, places: pd.Series, shown: pd.DataFrame) -> list[Problem]:
    """E548 for each sheet without a locked column that the workbook of its batch was written with.

    Those that are empty for the whole batch were never written. Only rows with the fingerprint of the book say which
    batch a sheet is about: a draft that was replaced may stand in another one now.
    """
    rows, known = given.rows, places != _NONE
    of = _beside(states, places.where(known, 0).to_numpy(), rows.index)
    same = known & (rows["content_hash"] == of["content_hash"]).fillna(False) & (of["status"] != ARCHIVED)
    written = shown.notna().groupby(states["batch"]).any()
    problems = []
    for n, typed in enumerate(given.sheets):
        own = written.loc[of["batch"][same & (rows["sheet"] == n)].unique()].any()
        lacking = [name for name in LOCKED if name not in typed.found.headings and own[name]]
        if lacking:
            sheet, missing = typed.found.sheet, ", ".join(typed.table.title_of(name) for name in lacking)
            details = {"missing": missing}
            problems.append(Problem("E548", sheet.file, sheet.name, sheet.header_row or None, details=details))
    return problems


def _unknown(refs: pd.Series) -> pd.Series:
    return 'about "' + refs.fillna("").map(shortened) + '", which is no invoice of the book'


def _beside(frame: pd.DataFrame, at: np.ndarray[Any, Any], index: pd.Index) -> pd.DataFrame:
    return frame.take(at).set_axis(index) if len(frame) else frame.reindex(index)


def _refused(given: Answers, problems: Sequence[Problem]) -> pd.Series:
    """Return the rows that have an error anywhere."""
    numbers = {(t.found.sheet.file, t.found.sheet.name): n for n, t in enumerate(given.sheets)}
    wrong = [(numbers[p.file, p.sheet], p.row) for p in errors([*given.problems, *problems]) if (p.file, p.sheet) in numbers]
    keys = pd.MultiIndex.from_frame(given.rows[["sheet", "row"]])
    return pd.Series(keys.isin(wrong) if wrong else False, index=given.rows.index, dtype=bool)


def _fingerprints(given: Answers, states: pd.DataFrame, differs: pd.Series) -> list[Problem]:
    """Say of a fingerprint that is not the invoice's whether its ref was edited, itself was, or the draft has changed."""
    hashes = given.rows["content_hash"]
    other = states.drop_duplicates("content_hash").set_index("content_hash")["invoice_ref"]
    owner = hashes.map(other).astype(TEXT)
    moved = differs & owner.notna() & (owner != given.rows["invoice_ref"])
    broken = differs & ~hashes.str.match(_HASH, na=False)
    was = '"' + owner.fillna("") + '"'
    now = '"' + given.rows["invoice_ref"].fillna("") + '"'
    return [
        *given.flag(moved, "E542", "invoice_ref", was=was, now=now),
        *given.flag(broken, "E542", "content_hash", was="another fingerprint", now='"' + hashes.fillna("") + '"'),
        *given.flag(differs & ~moved & ~broken, "E541", "content_hash"),
    ]


def _locked(given: Answers, shown: pd.DataFrame, open_: pd.Series) -> list[Problem]:
    """E542 for each cell that does not say what the book says."""
    problems = list[Problem]()
    if not open_.any():
        return problems
    for field in LOCKED:
        if field in ("invoice_ref", "content_hash"):
            continue
        cells, book = given.cells(field), shown[field]
        wrong = open_ & given.has(field) & ~_same(cells, book)
        if wrong.any():
            digits = shown["currency"].map(currencies()).fillna(2) if field in _MONEY else None
            typed_in = _all_said(given.texts(field).map(shortened, na_action="ignore"), None)
            now = _all_said(cells, digits).where(cells.notna(), typed_in)
            problems += given.flag(wrong, "E542", field, was=_all_said(book, digits), now=now)
    return problems


def _same(cells: pd.Series, book: pd.Series) -> pd.Series:
    """Return where two columns say the same: figures and days by their value, text without blanks that nobody sees."""
    ours, theirs = arrow(book), arrow(cells)
    if pa.types.is_string(ours.type) or pa.types.is_large_string(ours.type):
        ours, theirs = _plain(ours), _plain(theirs)
    elif not pa.types.is_date(ours.type):
        ours, theirs = ours.cast(_WIDE), theirs.cast(_WIDE)
    equal = pc.fill_null(pc.equal(ours, theirs), False)
    both = pc.and_(ours.is_null(), theirs.is_null())
    return pd.Series(pc.or_(equal, both).to_numpy(zero_copy_only=False), index=book.index)


def _plain(texts: pa.Array) -> pa.Array:
    """Return text as it comes back from a workbook whatever program saved it: an empty one is none."""
    seen = pc.replace_substring_regex(texts.cast(pa.string()), _UNSEEN, "")
    whole = pc.utf8_normalize(pc.replace_substring_regex(seen, _BLANKS, " "), form="NFC")
    trimmed = pc.utf8_trim_whitespace(whole)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _all_said(values: pd.Series, digits: pd.Series | None) -> pd.Series:
    """Return cells in words; `digits` are the decimals of an amount's currency, None for what is no amount."""
    least = [0] * len(values) if digits is None else digits
    return pd.Series([_said(v, int(d)) for v, d in zip(values, least, strict=True)], index=values.index, dtype=TEXT)


def _said(value: Any, digits: int) -> str:
    if value is None or pd.isna(value):
        return _NOTHING
    return f'"{figure(value, digits) if isinstance(value, Decimal) else value}"'


def _disagreeing(given: Answers, places: pd.Series, open_: pd.Series) -> list[Problem]:
    """E543 for every row about an invoice on which another row decides otherwise."""
    rows = given.rows.assign(place=places)[open_ & given.rows["action"].notna()]
    kinds = rows.groupby("place")["action"].nunique()
    split = rows["place"].isin(kinds.index[kinds > 1])
    mask = split.reindex(given.rows.index, fill_value=False)
    if not mask.any():
        return []
    said = given.row_in_words()
    other = _others(rows[split]).reindex(given.rows.index)
    return given.flag(mask, "E543", "decision", own=said, theirs=other.map(given.rows["word"]), other=other.map(said))


def _others(rows: pd.DataFrame) -> pd.Series:
    """Return for each row about an invoice (`place`) the first one that decides otherwise."""
    first = rows.drop_duplicates("place").set_index("place")
    agrees = rows["action"] == rows["place"].map(first["action"])
    otherwise = rows[~agrees].drop_duplicates("place")
    second = pd.Series(otherwise.index, index=otherwise["place"])
    start = pd.Series(rows.drop_duplicates("place").index, index=first.index)
    return rows["place"].map(start).where(~agrees, rows["place"].map(second))
