"""What an upload gave by itself, kept so that it can be checked and drafted again with other master data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..columns import INVOICES, LINES, TEXT, Table
from ..reading.sheet import Found, Sheet
from . import custom
from .batch import Batch, Master
from .check import Checked, completed, tables
from .typed import Typed

_FILLED = {"invoices": ("billing_entity", "currency", "prices_include_tax"), "lines": ("product",)}
"""What the master data fill in where the sheet leaves it blank."""


def as_given(checked: Checked) -> Batch:
    """Return the good invoices as `checked.good()` has them, but null where only the master data filled a cell.

    Those are billing entity, currency, tax in prices, the price of the product, the product of an item, and custom
    fields copied from customer or product.
    """
    good = checked.good()
    invoices, lines = (w.frame for w in checked.written)
    own_lines = lines.loc[good.lines["row"]].reset_index(drop=True)
    bare = own_lines["unit_price"].isna() & own_lines["amount"].isna()
    prices = good.lines["unit_price"].mask(bare.to_numpy(dtype=bool))
    return Batch(
        _without_filled(good.invoices, invoices.loc[good.invoices["row"]].reset_index(drop=True), "invoices"),
        _without_filled(good.lines.assign(unit_price=prices), own_lines, "lines"),
    )


def _without_filled(frame: pd.DataFrame, written: pd.DataFrame, table: str) -> pd.DataFrame:
    own = {name: frame[name].mask(written[name].isna().to_numpy(dtype=bool)) for name in _FILLED[table]}
    names = sorted({name for text in frame["custom"].unique() for name in json.loads(text)})
    columns = _custom_columns(frame["custom"], names)
    given = {n: columns[n].mask(written[n].isna().to_numpy(dtype=bool)) for n in names}
    return frame.assign(**own, custom=custom.as_json(pd.DataFrame(given, index=frame.index), names))


def _custom_columns(texts: pd.Series, names: list[str]) -> dict[str, pd.Series]:
    known = {text: json.loads(text) for text in texts.dropna().unique()}
    return {n: texts.map({t: o.get(n) for t, o in known.items()}).astype(TEXT) for n in names}


_NOT_CONTENT = frozenset({"on_hold", "expected_total"})
"""What a sheet says about an invoice without changing what is billed."""


def given_alike(one: Batch, other: Batch, refs: Iterable[str]) -> frozenset[str]:
    """Return those of these refs for which two uploads (as `as_given` returns them) say the same in every cell."""
    wanted = list(refs)
    mine, theirs = _said(one, wanted), _said(other, wanted)
    return frozenset(ref for ref, rows in mine.items() if theirs.get(ref) == rows)


def _said(batch: Batch, refs: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return by ref what the rows of an invoice say: its own, then its lines in the order of the sheet."""
    own = batch.invoices[batch.invoices["invoice_ref"].isin(refs)]
    lines = batch.lines[batch.lines["invoice"].isin(own.index)]
    by_place = {place: [cells] for place, cells in zip(own.index, _cells(own, INVOICES), strict=True)}
    for place, cells in zip(lines["invoice"], _cells(lines, LINES), strict=True):
        by_place[place].append(cells)
    return dict(zip(own["invoice_ref"], by_place.values(), strict=True))


def _cells(frame: pd.DataFrame, table: Table) -> list[tuple[Any, ...]]:
    names = [name for name in (*table.columns, "custom") if name not in _NOT_CONTENT]
    some = frame.reindex(columns=names).astype(object)
    return list(some.where(some.notna(), None).itertuples(index=False, name=None))


def check_again(batch: Batch, master: Master, file: str = "") -> Checked:
    """Check rows that `as_given` returned against master data, as if they were uploaded today.

    Problems name the invoice and the column's title; the file itself is not there any more, so they have no cell.
    """
    invoice_table, line_table = tables(master.fields)
    invoices, lines = _typed(batch.invoices, invoice_table, file), _typed(batch.lines, line_table, file)
    invoices_done, lines_done, problems = completed(invoices, lines, master)
    return Checked(invoices_done, lines_done, None, problems, (invoices, lines))


def _typed(frame: pd.DataFrame, table: Table, file: str) -> Typed:
    sheet = Sheet(file, str(frame["sheet"].iloc[0]), 0, {}, pd.DataFrame(index=frame["row"]))
    own = [name for name in table.columns if name not in frame]
    found = Found(sheet, table.name, {}, decimal=".")
    typed = frame.assign(**_custom_columns(frame["custom"], own))[list(table.columns)]
    return Typed(table, found, typed.set_axis(pd.Index(frame["row"], dtype="int64")))
