"""What a mapping profile says of another program's habits: statuses, customers by name, totals given line by line."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..columns import TEXT
from ..problems import Problem
from .batch import Master
from .cells import nearest, parse
from .lookup import looked_up
from .typed import Typed
from .words import tidy_ids

_REF = "invoice_ref"
_CODES = {"error": "E122", "warning": "W120", "": "E123"}


def status_problems(invoices: Typed) -> list[Problem]:
    """Return E122, E123 and W120 for invoices whose status says that they are not, or may not be, to be billed.

    An empty status says nothing. A status that is repeated on the lines of an invoice is named once.
    """
    found = invoices.found
    if found.status is None or _REF not in found.headings:
        return []
    cells = found.sheet.cells
    letters = [found.headings[_REF].letter, found.status.letter]
    if any(letter not in cells for letter in letters):
        return []
    frame = cells[letters].set_axis([_REF, "status"], axis="columns").dropna().drop_duplicates()
    verdicts = {status.casefold(): verdict for status, verdict in found.statuses.items()}
    codes = frame["status"].str.casefold().map({s: _CODES.get(verdicts.get(s, ""), "") for s in _folded(frame["status"])})
    flagged = frame[codes != ""]
    return [
        Problem(
            code,
            found.sheet.file,
            found.sheet.name,
            int(row),
            found.status.letter,
            found.status.header,
            value=status,
            invoice_ref=ref,
        )
        for row, ref, status, code in zip(
            flagged.index, tidy_ids(flagged[_REF]), flagged["status"], codes[codes != ""], strict=True
        )
    ]


def _folded(statuses: pd.Series) -> list[str]:
    return [str(s) for s in statuses.str.casefold().unique()]


def by_name(invoices: Typed, master: Master) -> tuple[Typed, list[Problem]]:
    """Put the id of the customer in place of the name, where the profile says that names stand there.

    E120 where two customers have the name, E121 where none has exactly this one.
    """
    if invoices.found.lookup.get("customer") != "name":
        return invoices, []
    values = invoices.frame["customer"]
    known = master.customers.dropna(subset=["name", "customer"])
    ids = known.groupby("name")["customer"].agg(list)
    single = {str(name): own[0] for name, own in ids.items() if len(own) == 1}
    one = pd.Series(list(single.values()), index=pd.Index(list(single), dtype=TEXT), dtype=TEXT)
    shared = {str(name): ", ".join(own) for name, own in ids.items() if len(own) > 1}
    found = looked_up(values, one)
    several = values.isin(list(shared))
    unknown = values.notna() & found.isna() & ~several
    near = nearest(values[unknown].unique(), one.index.astype(str)) if unknown.any() else {}
    problems = invoices.flag(several, "E120", "customer", value=values, ids=values[several].map(shared))
    problems += invoices.flag(
        unknown, "E121", "customer", value=values, suggestion=values[unknown].map(lambda v: near.get(v, ""))
    )
    return invoices.with_frame(invoices.frame.assign(customer=found.astype(TEXT))), problems


def with_sums(every_row: Typed) -> tuple[Typed, list[Problem]]:
    """Fill a field that the profile makes of columns: their sum over the rows of an invoice, on its first row.

    Where one of the cells cannot be read the invoice gets no sum, since that problem is named already.
    """
    problems: list[Problem] = []
    known = {f: h for f, h in every_row.found.headings.items() if f == _REF}
    for field, headings in every_row.found.sums.items() if known else ():
        refs = every_row.frame[_REF]
        whole = pd.Series(None, index=refs.index, dtype=every_row.frame[field].dtype)
        for heading in headings:
            one = replace(every_row.found, headings={**known, field: heading}, defaults={})
            typed, more = parse(one, every_row.table.only([field]))
            values = typed.frame[field]
            whole = values.where(whole.isna(), (whole + values).astype(values.dtype).fillna(whole))
            problems += [replace(p, invoice_ref=str(refs.at[p.row])) if p.row in refs.index else p for p in more]
        wrong = refs[refs.index.isin([p.row for p in problems])]
        sums = whole.groupby(refs).sum(min_count=1).astype(whole.dtype)
        first = refs.notna() & ~refs.duplicated() & ~refs.isin(wrong)
        made = looked_up(refs.where(first), sums)
        every_row = with_sum(every_row, field, made.astype(whole.dtype))
    return every_row, problems


def with_sum(every_row: Typed, field: str, made: pd.Series) -> Typed:
    """Return the rows with a field that was made, which stands for people in the first of its columns."""
    found = every_row.found
    headings = {**found.headings, field: found.sums[field][0]}
    frame = every_row.frame.assign(**{field: made})
    return replace(every_row, found=replace(found, headings=headings), frame=frame)
