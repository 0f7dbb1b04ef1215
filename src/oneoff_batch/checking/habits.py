"""What a profile says of another program's habits: statuses, what is paid, customers by name, totals given line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd

from ..columns import TEXT
from ..money import figure
from ..problems import Problem
from ..reading.faults import NOTHING
from ..reading.sheet import Found, Heading
from .batch import Master
from .cells import nearest, parse
from .characters import look
from .lookup import looked_up
from .schema import validate
from .typed import Typed, shortened
from .words import tidy_ids

_REF, _TOTAL = "invoice_ref", "expected_total"
_CODES = {"error": "E122", "warning": "W120", "": "E123"}


def habit_problems(invoices: Typed, payments: Found | None) -> list[Problem]:
    """Return what another program's own columns say against billing an invoice once more.

    By its status: E122 and E123, and W120 where it may have been sent. Something was paid: E118 by a column that says so or
    a sheet of payments, E119 by a balance that is not the total. What a status holds back is not named once more as paid:
    a void invoice has no balance either. An empty cell says nothing, which W124 says where others say something; what is
    repeated on the lines is named once.
    """
    problems = _by_status(invoices.found)
    held = {p.invoice_ref for p in problems if p.code == "E122"}
    paid = [*_said_paid(invoices.found), *_balances(invoices), *_payments(payments, invoices), *_silent(invoices.found)]
    return problems + [p for p in paid if not p.invoice_ref or p.invoice_ref not in held]


def _by_status(found: Found) -> list[Problem]:
    problems = []
    verdicts = {status.casefold(): verdict for status, verdict in found.statuses.items()}
    for heading in found.status:
        said = _said(found, heading)
        codes = {s: _CODES.get(verdicts.get(s.casefold(), ""), "") for s in said["value"].unique()}
        code = said["value"].map(codes)
        problems += _named(found, heading, said.assign(code=code)[code != ""])
    return problems


def _silent(found: Found) -> list[Problem]:
    """Return W124 for each invoice without a status or balance on any of its rows, in a column where others have one."""
    problems = []
    for heading in (*found.status, *found.balance):
        told = _said(found, heading)[_REF]
        refs = tidy_ids(found.sheet.cells[found.headings[_REF].letter]).dropna().drop_duplicates() if len(told) else told
        problems += _named(found, heading, pd.DataFrame({_REF: refs[~refs.isin(told)], "value": "", "code": "W124"}))
    return problems


def _said_paid(found: Found) -> list[Problem]:
    problems = []
    for heading in found.paid:
        said = _said(found, heading)
        problems += _named(found, heading, said[~said["value"].str.fullmatch(NOTHING)].assign(code="E118"))
    return problems


def _balances(invoices: Typed) -> list[Problem]:
    """E119 where a balance is not the total that the sheet gives, E118 where there is none and nothing is left to pay."""
    found = invoices.found
    problems: list[Problem] = []
    ref = found.headings.get(_REF)
    if ref is None:
        return []
    totals = invoices.frame.dropna(subset=[_REF]).drop_duplicates(_REF).set_index(_REF)[_TOTAL]
    for heading in found.balance:
        one = replace(found, headings={_REF: ref, _TOTAL: heading}, custom={}, defaults={})
        typed, faults = parse(one, invoices.table.only([_TOTAL]))
        refs = tidy_ids(found.sheet.cells[ref.letter])
        # Without a field, since no column of ours can mend it.
        problems += [replace(p, field="", invoice_ref=_text(refs.get(p.row))) for p in faults]
        balance, total = typed.frame[_TOTAL], looked_up(refs, totals)
        codes = pd.Series("", index=refs.index, dtype=TEXT)
        codes = codes.mask((total.isna() & (balance == Decimal(0))).fillna(False), "E118")
        codes = codes.mask((balance != total).fillna(False), "E119")
        said = _said(found, heading).assign(code=codes, total=total)
        problems += _named(found, heading, said[said["code"] != ""])
    return problems


def _payments(payments: Found | None, invoices: Typed) -> list[Problem]:
    """E118 for invoices that stand in a sheet of payments, also where their refs only look the same.

    A payment whose ref cannot be read may be of any invoice, so its problem holds the file.
    """
    if payments is None or _REF not in payments.headings:
        return []
    typed, problems = parse(payments, invoices.table.only([_REF]))
    problems += validate(typed, problems)
    own, paid = invoices.frame[_REF].dropna().drop_duplicates(), typed.frame[_REF].dropna()
    ours = pd.DataFrame({_REF: own, "look": look(own)})
    theirs = pd.DataFrame({"look": look(paid), "row": paid.index})
    both = theirs.merge(ours, on="look").drop_duplicates(_REF)
    left = both.set_index("row")[[_REF]]
    for heading in (*payments.paid, payments.headings[_REF]):
        said = left.assign(value=payments.sheet.cells[heading.letter].reindex(left.index), code="E118").dropna()
        problems += _named(payments, heading, said)
        left = left[~left.index.isin(said.index)]
    return problems


def _said(found: Found, heading: Heading) -> pd.DataFrame:
    """Return the invoice ref and value of a column's filled cells, each pair at its first row."""
    ref = found.headings.get(_REF)
    cells = found.sheet.cells
    if ref is None or ref.letter not in cells or heading.letter not in cells:
        return pd.DataFrame({_REF: pd.Series(dtype=TEXT), "value": pd.Series(dtype=TEXT)})
    frame = pd.DataFrame({_REF: tidy_ids(cells[ref.letter]), "value": cells[heading.letter].astype(TEXT)})
    return frame.dropna().drop_duplicates()


def _named(found: Found, heading: Heading, said: pd.DataFrame) -> list[Problem]:
    """Name a problem of the code at each row, with the total where there is one."""
    place = (found.sheet.file, found.sheet.name)
    return [
        Problem(
            one["code"],
            *place,
            int(str(row)),
            heading.place,
            heading.header,
            value=shortened(one["value"]),
            invoice_ref=one[_REF],
            details={"total": figure(one["total"], 2)} if one["code"] == "E119" else {},
        )
        for row, one in zip(said.index, said.to_dict("records"), strict=True)
    ]


def _text(ref: object) -> str:
    return ref if isinstance(ref, str) else ""


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
