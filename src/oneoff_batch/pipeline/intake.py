"""From files to drafts and problems: the one way that `check` and `draft` share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ..book import Book
from ..checking import (
    Checked,
    Master,
    check,
    control_totals,
    expected_totals,
    field_definitions,
    read_master,
    stated_rates,
)
from ..checking.cells import nearest
from ..columns import MASTER, UPLOAD
from ..drafting import Drafts, draft
from ..problems import ERROR, Problem, counted, errors, in_reading_order
from ..reading import (
    AS_IT_IS,
    Found,
    Options,
    Profile,
    ProfileError,
    Sheet,
    read_file,
    read_folder,
    tables_in,
    understand,
)
from ..reading.ours import without_our_own
from .comparing import Compared, compared
from .workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What an upload comes to: the drafts of its good invoices, and every problem in the order of reading.

    `invoices` counts the invoices of the file, `good` those drafted, with their `totals` per currency. `left_out` names
    those that are not drafted, `replaces` those that take the place of an earlier draft, `unchanged` those that are
    in the book just so. `blocked` says that something is wrong with the file as a whole, so that nothing of it can
    be drafted. `drafts` and `checked` are None where there are none, and once they are in the book. `sheets` are the
    sheets as they were read, `founds` those that were understood, `master` the master data, `control_place` is file and
    sheet of the control figures, None where there are none. `again` is what the book had of it already
    (`Compared.as_dict`), None where there is no book.
    """

    files: tuple[str, ...]
    sha256: str
    drafts: Drafts | None
    problems: list[Problem]
    invoices: int = 0
    good: int = 0
    totals: tuple[dict[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()
    checked: Checked | None = None
    sheets: tuple[Sheet, ...] = ()
    founds: tuple[Found, ...] = ()
    master: Master | None = None
    control_place: tuple[str, str] | None = None
    again: dict[str, Any] | None = None

    @property
    def stopping(self) -> list[Problem]:
        """The problems of which each stops the whole file, also where only the good invoices are asked for."""
        return [p for p in errors(self.problems) if p.kind.scope == "file" or self._of_control(p) or self._of_a_lost_line(p)]

    @property
    def blocked(self) -> bool:
        """True where nothing of the file can be drafted."""
        return bool(self.stopping)

    @property
    def stopped(self) -> str:
        """Which problems stop the whole file, in a sentence; empty where none does."""
        by_code: dict[str, list[Problem]] = {}
        for p in self.stopping:
            by_code.setdefault(p.code, []).append(p)
        if not by_code:
            return ""
        *others, last = (_stopping_words(own) for own in by_code.values())
        what = f"{', '.join(others)} and {last}" if others else last
        return f"Nothing can be drafted, not even with --valid-only: {what} {'stop' if others else 'stops'} the whole file."

    def _of_a_lost_line(self, problem: Problem) -> bool:
        """A line whose invoice ref is empty or cannot be read belongs to an invoice that nobody knows: to any of them."""
        return problem.code.startswith("E2") and problem.field == "invoice_ref"

    def _of_control(self, problem: Problem) -> bool:
        """A control figure that cannot be read was not compared, so it stops the file as one that differs does."""
        return (problem.file, problem.sheet) == self.control_place

    @property
    def control(self) -> str:
        """What became of the Control sheet, in a sentence; empty where there is none, or where it stops the file."""
        if self.control_place is None or self.blocked:
            return ""
        if self.left_out:
            return "The Control sheet agrees in counts and quantities; net totals wait for the invoices that are held back."
        return "The Control sheet agrees."

    @property
    def has_errors(self) -> bool:
        """True where a problem holds something back."""
        return any(p.severity == ERROR for p in self.problems)

    def reported(self) -> Outcome:
        """Return the same without its sheets and tables: a large upload is let go of once its report is written."""
        return replace(self, drafts=None, checked=None, sheets=(), founds=(), master=None)


def _stopping_words(found: Sequence[Problem]) -> str:
    """Return what a code says of the file, and of how many invoices: "Expected total differs" (E328, 2 invoices)."""
    first, refs = found[0], {p.invoice_ref for p in found if p.invoice_ref}
    place = f" in {first.header}" if first.code.startswith("E2") and first.header else ""
    where = counted(len(refs), "invoice") if refs and first.kind.scope == "file" else first.place if len(found) == 1 else ""
    return f'"{first.kind.title}"{place} ({first.code}{f", {where}" if where else ""})'


def totals(invoices: pd.DataFrame) -> list[dict[str, Any]]:
    """Return invoice count, net, tax and gross per currency, as text with the currency's digits."""
    rows = []
    for currency, own in invoices.groupby("currency"):
        digits = int(own["digits"].iloc[0])
        sums = {name: f"{own[name].sum():.{digits}f}" for name in ("net_total", "tax_total", "gross_total")}
        rows.append({"currency": currency, "invoice_count": len(own), **sums})
    return rows


def load_master(workspace: Workspace) -> tuple[Master, list[Problem]]:
    """Read the master data of a workspace; raises `Unreadable`, and `FileNotFoundError` where there are none.

    What was read is kept: a command that asks again gets the same, unless the files or the settings changed.
    """
    key = made_with(workspace)
    if key not in _READ:
        master, problems = _read_master_data(workspace)
        if len(_READ) == _KEPT:
            _READ.pop(next(iter(_READ)))
        _READ[key] = master, tuple(problems)
    master, kept = _READ[key]
    return master, list(kept)


def read_as(key: str) -> Master | None:
    """Return the master data that were read when files and settings had this fingerprint (`made_with`)."""
    found = _READ.get(key)
    return found[0] if found else None


_READ: dict[str, tuple[Master, tuple[Problem, ...]]] = {}
_KEPT = 4


def _read_master_data(workspace: Workspace) -> tuple[Master, list[Problem]]:
    path = workspace.master
    sheets, problems = read_folder(path) if path.is_dir() else read_file(path)
    founds, _ = understand(sheets, MASTER, {}, None)
    definitions = field_definitions(founds)
    copied = definitions.dropna(subset=["copy_from", "name"])
    custom = {
        table: copied.loc[copied["copy_from"] == source, "name"].tolist()
        for table, source in (("customers", "customer"), ("products", "product"))
    }
    founds, more = understand(sheets, MASTER, custom, None)
    master, faults = read_master(founds, workspace.settings)
    return master, problems + more + faults


def _there(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"{path}. Put the master data back, or name another file under [files] in the settings.")
    return path


def made_with(workspace: Workspace) -> str:
    """Return the SHA-256 of the bytes of the master data and of the settings; raises `FileNotFoundError`."""
    sums = [(name, hashlib.sha256(path.read_bytes()).digest()) for name, path in master_files(workspace)]
    return sum_of_master(workspace, sums)


def master_files(workspace: Workspace) -> list[tuple[str, Path]]:
    """Return the name and the path of each file of the master data that is read; raises `FileNotFoundError`."""
    path = _there(workspace.master)
    return [(file.name, file) for file in (tables_in(path) if path.is_dir() else [path])]


def sum_of_master(workspace: Workspace, sums: Sequence[tuple[str, bytes]]) -> str:
    """Return the SHA-256 over the settings, and the name and the SHA-256 of each file of the master data."""
    found = hashlib.sha256(repr(workspace.settings).encode())
    for name, own in sums:
        found.update(name.encode() + own)
    return found.hexdigest()


def fingerprint(paths: Sequence[Path], profile: Profile | None, options: Options = AS_IT_IS) -> str:
    """Return the SHA-256 of a file's bytes; of several files, or a file and how it is read, that of their sums."""
    sums = []
    for path in paths:
        with path.open("rb") as file:
            sums.append(hashlib.file_digest(file, "sha256").hexdigest())
    return fingerprint_of(sums, profile, options)


def fingerprint_of(sums: Sequence[str], profile: Profile | None, options: Options = AS_IT_IS) -> str:
    """Return the fingerprint of files whose bytes have these SHA-256 sums (`fingerprint`)."""
    said = [repr(how) for how in (profile, None if options == AS_IT_IS else options) if how is not None]
    sums = [*(hashlib.sha256(how.encode()).hexdigest() for how in said), *sums]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sorted(sums)).encode()).hexdigest()


def read_upload(
    paths: Sequence[Path], master: Master, profile: Profile | None, options: Options = AS_IT_IS
) -> tuple[list[Found], list[Problem], tuple[Sheet, ...]]:
    """Return the understood tables of an upload, their problems, and its sheets without what we once added to them."""
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for path in paths:
        more, faults = read_file(path, profile, options)
        sheets += without_our_own(more)
        problems += faults
    custom = custom_names(master)
    if profile is not None:
        _check_profile(profile, custom)
    founds, faults = understand(sheets, UPLOAD, custom, profile)
    return founds, problems + faults, tuple(sheets)


def custom_names(master: Master) -> dict[str, list[str]]:
    """Return the names of the custom fields that invoices and lines may have."""
    own = master.fields[master.fields["fault"].isna()]
    return {
        table: own.loc[own["applies_to"] == what, "name"].tolist()
        for table, what in (("invoices", "invoice"), ("lines", "line"))
    }


def _check_profile(profile: Profile, custom: Mapping[str, Sequence[str]]) -> None:
    """Refuse a profile that maps a field which does not exist: its column would be lost without a word."""
    known = {f for t in UPLOAD for f in t.columns} | {name for names in custom.values() for name in names}
    named = [*profile.columns, *profile.defaults, *profile.strip, *profile.values]
    for field in named:
        if field not in known:
            near = nearest([field], known).get(field)
            hint = f' Did you mean "{near}"?' if near else " See the list of columns for the names of fields."
            raise ProfileError(f'The mapping profile names a field "{field}", which does not exist.{hint}')


def examine(
    workspace: Workspace,
    paths: Sequence[Path],
    profile: Profile | None,
    today: date,
    book: Book | None,
    replace_drafts: bool = False,
    options: Options = AS_IT_IS,
) -> Outcome:
    """Find everything that drafting these files would find, and draft what is good; writes nothing.

    Raises `Unreadable` for a file that cannot be read at all, `FileNotFoundError` for one that is not there.
    """
    master, problems = load_master(workspace)
    founds, faults, sheets = read_upload(paths, master, profile, options)
    names = [s.name for s in sheets]
    problems += faults
    files = tuple(p.name for p in paths)
    outcome = Outcome(
        files, fingerprint(paths, profile, options), None, [], sheets=sheets, founds=tuple(founds), master=master
    )
    tables = {f.table for f in founds}
    if all(f.sheet.cells.empty for f in founds if f.table not in ("control", "payments")) and founds:
        if any(p.kind.broken_off for p in problems):
            return replace(outcome, problems=in_reading_order(problems, names))
        problems.append(Problem("E104", file=", ".join(files)))
        return replace(outcome, problems=in_reading_order(problems, names))
    if "flat" not in tables and not {"invoices", "lines"} <= tables:
        return replace(outcome, problems=in_reading_order(problems, names))
    checked = check(founds, master)
    if checked.control is not None:
        outcome = replace(outcome, control_place=(checked.control.found.sheet.file, checked.control.found.sheet.name))
    problems += checked.problems
    if any(p.code == "E108" for p in problems):
        found = in_reading_order(problems, names)
        return replace(outcome, problems=found, invoices=len(checked.refs), checked=checked)
    drafts, tax_problems = draft(checked.good(), master, workspace.settings, today)
    problems += tax_problems + draft(checked.held_but_readable(), master, workspace.settings, today)[1]
    rates = stated_rates(checked.lines, drafts.lines)
    drafts = drafts.only(~drafts.invoices["invoice_ref"].isin({p.invoice_ref for p in rates})) if rates else drafts
    problems += [*rates, *_own_figures(checked, drafts)]
    again = Compared(drafts) if book is None else compared(drafts, book, replace_drafts, checked)
    problems += again.problems
    taken = set(again.drafts.invoices["invoice_ref"]) | again.unchanged
    return replace(
        outcome,
        drafts=again.drafts,
        problems=in_reading_order(_located(problems, checked), names),
        invoices=len(checked.refs),
        good=len(again.drafts),
        totals=tuple(totals(again.drafts.invoices)),
        left_out=tuple(sorted(checked.refs - taken)),
        replaces=again.replaces,
        unchanged=again.unchanged,
        again=None if book is None else again.as_dict(),
        checked=checked,
    )


def _located(problems: Sequence[Problem], checked: Checked) -> list[Problem]:
    """Give problems that know only their invoice, or only their row, the cell of the sheet where it stands."""
    frame = checked.invoices.frame.dropna(subset=["invoice_ref"])
    rows = pd.Series(frame.index, index=frame["invoice_ref"])
    rows = rows[~rows.index.duplicated()]

    def placed(p: Problem) -> Problem:
        if p.column:
            return p
        lines = checked.lines.found.sheet
        of_lines = p.sheet == lines.name and (not p.field or p.field in checked.lines.table.columns)
        typed = checked.lines if of_lines else checked.invoices
        row = p.row if p.row is not None else rows.get(p.invoice_ref)
        if row is None or (p.sheet and p.sheet not in {lines.name, checked.invoices.found.sheet.name}):
            return p
        heading = typed.heading(p.field or "invoice_ref")
        shown = heading if heading.letter else typed.heading("invoice_ref")
        sheet = typed.found.sheet
        return replace(
            p, file=sheet.file, sheet=sheet.name, row=int(row), column=shown.place, header=p.header or heading.header
        )

    return [placed(p) for p in problems]


def _own_figures(checked: Checked, drafts: Drafts) -> list[Problem]:
    """Hold the user's expected and control totals against ours; net totals only where every invoice has one."""
    ours = drafts.invoices.set_index("invoice_ref")
    problems = expected_totals(checked.invoices, ours["gross_total"])
    if checked.control is None:
        return problems
    quantities = checked.lines.frame.groupby("invoice_ref")["quantity"].sum()
    every = checked.invoices.frame.dropna(subset=["invoice_ref", "currency"])
    whole = every[["invoice_ref", "currency"]].assign(net_total=every["invoice_ref"].map(ours["net_total"]))
    return problems + control_totals(checked.control, whole, quantities)
