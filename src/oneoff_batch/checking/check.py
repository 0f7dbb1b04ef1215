"""An understood upload and the master data → the batch that can be drafted, and every problem of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from ..calendar import parse_terms
from ..columns import CONTROL, INVOICES, LINES, Table, custom_column
from ..problems import ERROR, Problem
from ..reading.sheet import Found
from . import custom
from .batch import Batch, Master
from .cells import parse
from .characters import look
from .flat import split
from .habits import by_name, habit_problems
from .lines import complete_lines, repeated_lines
from .lookup import among, looked_up
from .marks import foreign_marks
from .references import complete_invoices, resolve, resolve_customers, resolve_entities
from .schema import validate
from .typed import Typed, cell_name


@dataclass(frozen=True)
class Checked:
    """An upload after the checks: the tables with every row, complete as far as they could be, and the problems.

    `written` are invoices and lines as they were read, before anything was filled in.
    """

    invoices: Typed
    lines: Typed
    control: Typed | None
    problems: list[Problem]
    written: tuple[Typed, Typed]

    @property
    def held(self) -> frozenset[str]:
        """The refs of invoices that have an error."""
        return frozenset(p.invoice_ref for p in self.problems if p.severity == ERROR and p.invoice_ref)

    @property
    def refs(self) -> frozenset[str]:
        """The refs of all invoices of the file."""
        return frozenset(self.invoices.frame["invoice_ref"].dropna())

    def good(self) -> Batch:
        """Return the invoices without an error as a batch to draft."""
        return _batch(self, self.refs - self.held)

    def held_but_readable(self) -> Batch:
        """Return held invoices as far as they can be read: with a customer and entity, and lines that name what they bill.

        They are never drafted; but what drafting would find in them can be told at once, not a round later. What is
        missing of a line's figures is filled with something harmless, since only the problems are wanted.
        """
        wrong = [p for p in self.problems if p.severity == ERROR and p.invoice_ref]
        sheet = self.lines.found.sheet.name
        of_line = [p.sheet == sheet and p.field in LINES.columns and p.field != "invoice_ref" for p in wrong]
        pairs = list(zip(wrong, of_line, strict=True))
        rows = {p.row for p, is_line in pairs if is_line and p.field in _DECIDES_A_LINE}
        headers = {p.invoice_ref for p, is_line in pairs if not is_line and p.field in _DECIDES_AN_INVOICE}
        kept = self.lines.frame[~self.lines.frame.index.isin(list(rows))]
        figures = {
            name: kept[name].mask(kept[name].isna(), Decimal(1)) for name in ("quantity", "unit_price", "base_quantity")
        }
        good_lines = kept.assign(**figures)
        good_lines = good_lines.assign(
            base_quantity=good_lines["base_quantity"].mask(good_lines["base_quantity"] <= Decimal(0), Decimal(1))
        )
        readable = replace(self, lines=self.lines.with_frame(good_lines))
        return _batch(readable, (self.held - headers) & frozenset(good_lines["invoice_ref"].dropna()))


_A_YEAR = {"days": 366, "weeks": 53, "months": 12, "years": 1, "end of month": 366}
_DECIDES_A_LINE = frozenset({"product_item", "product", "tax_code", "pricing_name", "period_start", "period_end"})
_DECIDES_AN_INVOICE = frozenset(
    {"invoice_ref", "customer", "billing_entity", "currency", "payment_terms", "sales_tax_percentage", "due_date"}
)


def check(founds: Sequence[Found], master: Master) -> Checked:
    """Find everything that is wrong with an upload; the same checks for `check` and for `draft`.

    `founds` must hold a flat table, or invoices and lines (reading sees to that).
    """
    by_table = {f.table: f for f in founds}
    invoice_table, line_table = tables(master.fields)
    if "flat" in by_table:
        invoices, lines, problems = split(by_table["flat"], invoice_table, line_table)
    else:
        invoices, problems = _read(by_table["invoices"], invoice_table)
        lines, more = _read(by_table["lines"], line_table)
        problems += more + _listed_twice(invoices)
    written = (invoices, lines)
    problems += habit_problems(invoices, by_table.get("payments"))
    invoices, lines, more = completed(invoices, lines, master)
    problems += more + repeated_lines(lines)
    control: Typed | None = None
    if "control" in by_table and len(by_table["control"].sheet.cells):
        control, more = _read(by_table["control"], CONTROL)
        more += foreign_marks(control, "net_total", control.frame["currency"])
        silent = control.frame[["invoice_count", "net_total", "quantity_total"]].isna().all(axis=1)
        more += control.flag(silent & ~control.frame.index.isin([p.row for p in more]), "E201", "invoice_count")
        problems += [replace(p, invoice_ref="") for p in more]
    return Checked(invoices, lines, control, problems, written)


def completed(invoices: Typed, lines: Typed, master: Master) -> tuple[Typed, Typed, list[Problem]]:
    """Return typed invoices and lines with what the master data know of them, and what is wrong with both."""
    invoices, problems = _complete_headers(invoices, master)
    problems += _relations(invoices, lines)
    known = invoices.frame.dropna(subset=["invoice_ref"]).drop_duplicates("invoice_ref").set_index("invoice_ref")
    lines, more = _custom(lines, master, "line")
    problems += more
    lines, more = complete_lines(lines, known, master)
    problems += more
    lines, more = _tax_codes(lines, master)
    return invoices, lines, problems + more


def tables(fields: pd.DataFrame) -> tuple[Table, Table]:
    """Return the tables of invoices and lines with the custom fields of the master data."""
    result = []
    for table, what in ((INVOICES, "invoice"), (LINES, "line")):
        own = fields[fields["applies_to"] == what]
        names = own[own["fault"].isna()] if "fault" in own else own
        extra = {str(n): custom_column(str(n), str(t)) for n, t in zip(names["name"], names["type"], strict=True)}
        result.append(table.with_columns(extra))
    return result[0], result[1]


def _read(found: Found, table: Table) -> tuple[Typed, list[Problem]]:
    typed, problems = parse(found, table)
    return typed, problems + validate(typed, problems)


def _listed_twice(invoices: Typed) -> list[Problem]:
    refs = invoices.frame["invoice_ref"].dropna()
    again = refs.duplicated()
    first = pd.Series(refs.index[~again], index=refs[~again])
    cells = refs[again].map(lambda r: cell_name(invoices, int(first[r]), "invoice_ref"))
    mask = pd.Series(invoices.frame.index.isin(refs.index[again]), index=invoices.frame.index)
    return invoices.flag(mask, "E304", "invoice_ref", other_cell=cells)


def _complete_headers(invoices: Typed, master: Master) -> tuple[Typed, list[Problem]]:
    problems = _long_terms(invoices)
    invoices, more = by_name(invoices, master)
    problems += more
    invoices, more = resolve_customers(invoices, master.customers)
    problems += more
    for step in (resolve_entities, complete_invoices):
        invoices, more = step(invoices, master)
        problems += more
    invoices, more = _custom(invoices, master, "invoice")
    return invoices, problems + more


def _long_terms(invoices: Typed) -> list[Problem]:
    """W211 for payment terms of more than a year."""
    texts = invoices.frame["payment_terms"]
    long = {t for t in texts.dropna().unique() if (terms := parse_terms(t)) and terms.count > _A_YEAR[terms.unit]}
    return invoices.flag(texts.isin(list(long)), "W211", "payment_terms") if long else []


def _custom(typed: Typed, master: Master, what: str) -> tuple[Typed, list[Problem]]:
    """Copy custom fields from master data where the sheet is empty, check them, and keep them as JSON."""
    definitions = master.fields[(master.fields["applies_to"] == what) & master.fields["fault"].isna()]
    for name, source in zip(definitions["name"], definitions["copy_from"], strict=True):
        kept = _kept(typed, master, source)
        if kept is not None:
            typed = typed.with_frame(typed.frame.assign(**{name: custom.copied(typed, name, kept)}))
    typed, problems = custom.check_fields(typed, definitions, what)
    names = [str(n) for n in definitions["name"]]
    as_json = custom.as_json(typed.frame, names)
    return typed.with_frame(typed.frame.drop(columns=names).assign(custom=as_json)), problems


def _kept(typed: Typed, master: Master, source: object) -> pd.Series | None:
    frame = typed.frame
    if source == "customer" and "customer" in frame:
        return looked_up(frame["customer"], master.customers.set_index("customer")["custom"])
    if source == "product" and "product_item" in frame:
        item = looked_up(frame["product_item"], master.items.set_index("product_item")["custom"])
        return item.fillna(looked_up(frame["product"], master.products.set_index("product")["custom"]))
    return None


def _relations(invoices: Typed, lines: Typed) -> list[Problem]:
    """E302 line without invoice, E303 invoice without lines, W301 rows apart, W305 refs that look the same."""
    refs, own = invoices.frame["invoice_ref"], lines.frame["invoice_ref"]
    orphan = own.notna() & ~among(own, refs)
    problems = _lookalikes(invoices)
    problems += lines.flag(orphan, "E302", "invoice_ref", suggestion=_twins(own[orphan], refs))
    problems += invoices.flag(refs.notna() & ~among(refs, own), "E303", "invoice_ref")
    filled = own.dropna()
    starts = filled[filled != filled.shift()]
    apart = starts.duplicated()
    mask = pd.Series(lines.frame.index.isin(starts.index[apart]), index=lines.frame.index)
    return problems + lines.flag(mask, "W301", "invoice_ref")


def _twins(orphans: pd.Series, refs: pd.Series) -> pd.Series:
    """Return for each ref without an invoice the invoice's ref that looks the same, else null."""
    if orphans.empty:
        return orphans
    known = refs.dropna().drop_duplicates()
    shown = known.set_axis(look(known))
    return looked_up(look(orphans), shown[~shown.index.duplicated()])


def _lookalikes(invoices: Typed) -> list[Problem]:
    refs = invoices.frame["invoice_ref"].dropna().drop_duplicates()
    shown = look(refs)
    again = shown.duplicated()
    if not again.any():
        return []
    first = pd.Series(refs.index[~again], index=shown[~again])
    rows = shown[again].map(lambda s: int(first[s]))
    mask = pd.Series(invoices.frame.index.isin(rows.index), index=invoices.frame.index)
    cells = rows.map(lambda r: cell_name(invoices, r, "invoice_ref"))
    return invoices.flag(mask, "W305", "invoice_ref", other=rows.map(refs), other_cell=cells)


def _tax_codes(lines: Typed, master: Master) -> tuple[Typed, list[Problem]]:
    codes = master.taxes.dropna(subset=["tax_code"])
    faults = codes.sort_values("fault", na_position="last").drop_duplicates("tax_code").set_index("tax_code")
    found, problems = resolve(lines, "tax_code", faults[["fault", "fault_cell"]], "Tax code", "E309")
    return lines.with_frame(lines.frame.assign(tax_code=found.fillna(lines.frame["tax_code"]))), problems


def _batch(checked: Checked, refs: frozenset[str]) -> Batch:
    every = checked.invoices.frame
    invoices = every[among(every["invoice_ref"], refs)]
    sheet = checked.invoices.found.sheet.name
    invoices = invoices.assign(sheet=sheet, row=invoices.index).reset_index(drop=True)
    position = pd.Series(invoices.index, index=invoices["invoice_ref"])
    lines = checked.lines.frame
    lines = lines.assign(
        sheet=checked.lines.found.sheet.name, row=lines.index, invoice=looked_up(lines["invoice_ref"], position)
    )
    lines = lines[lines["invoice"].notna()]
    lines = lines.assign(invoice=lines["invoice"].astype("int64")).sort_values("invoice", kind="stable")
    control = None if checked.control is None else checked.control.frame
    return Batch(invoices, lines.reset_index(drop=True), control)
