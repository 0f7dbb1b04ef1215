"""What must hold within a line: a name, a price, signs that agree, a period that does not end before it starts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd

from ..columns import TEXT
from ..money import AMOUNT, UNIT, currencies, figure, narrow, quotient, rounded
from ..problems import Problem
from .batch import Master
from .lookup import joined, looked_up
from .marks import foreign_marks
from .references import resolve
from .typed import Typed, cell_name

_ZERO, _ONE = Decimal(0), Decimal(1)
_LIMIT = Decimal(10) ** 12
_REMARKABLE = Decimal(10) ** 6
"""No invoice of a million lines comes to the limit unless one of them is larger than this."""


def complete_lines(typed: Typed, invoices: pd.DataFrame, master: Master) -> tuple[Typed, list[Problem]]:
    """Resolve products, prices, signs and periods of the lines; the columns are then as `Batch` promises.

    `invoices` is indexed by invoice_ref and has `currency` and `digits`; lines of unknown invoices count with two
    decimals, and are held back by another problem anyway.
    """
    typed, problems = _products(typed, master)
    for step in (_prices, _marks, _quantities, _signs, _sizes, _agreement, _periods):
        typed, more = step(typed, invoices, master)
        problems += more
    return typed, problems


Step = tuple[Typed, list[Problem]]


def _products(typed: Typed, master: Master) -> Step:
    items = master.items.set_index("product_item")
    products = master.products.set_index("product")
    item, problems = resolve(typed, "product_item", items, "Product item", "E307")
    problems = _no_item_at_all(typed, problems)
    product, more = resolve(typed, "product", products, "Product", "E308")
    parent = looked_up(item, items["product"])
    differs = parent.notna() & product.notna() & (parent != product)
    problems += more + typed.flag(differs, "E329", "product_item", found=parent, expected=product)
    frame = typed.frame
    nameless = frame["product_item"].isna() & frame["product"].isna() & frame["pricing_name"].isna()
    unread = _unreadable(typed, ("product_item", "product", "pricing_name"))
    problems += typed.flag(nameless & ~unread, "E314", "pricing_name")
    return typed.with_frame(frame.assign(product_item=item, product=product.fillna(parent).astype(TEXT))), problems


def _no_item_at_all(typed: Typed, problems: list[Problem]) -> list[Problem]:
    """E127 in place of E307 where the column has several values, none is a product item, and few are nearly one."""
    unknown = [p for p in problems if p.code == "E307"]
    names = list(dict.fromkeys(p.value for p in unknown))
    nearly = {p.value for p in unknown if p.suggestion}
    others = typed.frame["product_item"].nunique() - len(names)
    if len(names) < 2 or others or typed.heading("pricing_name").letter or len(nearly) * 2 > len(names):
        return problems
    some = ", ".join(f'"{name}"' for name in names[:3]) + (" …" if len(names) > 3 else "")
    details = {"count": str(len(names)), "some": some}
    return [replace(p, code="E127", suggestion="", details=details) if p.code == "E307" else p for p in problems]


def _prices(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """Take the price of the product where the line has neither price nor amount, in its own currency only."""
    frame = typed.frame
    item, product = master.items.set_index("product_item"), master.products.set_index("product")
    kept = looked_up(frame["product_item"], item["unit_price"]).fillna(looked_up(frame["product"], product["unit_price"]))
    kept_currency = looked_up(frame["product_item"], item["currency"]).fillna(
        looked_up(frame["product"], product["currency"])
    )
    currency = looked_up(frame["invoice_ref"], invoices["currency"])
    bare = frame["unit_price"].isna() & frame["amount"].isna() & ~_unreadable(typed, ("unit_price", "amount"))
    foreign = bare & kept.notna() & (kept_currency != currency) & currency.isin(list(currencies()))
    what = frame["product_item"].fillna(frame["product"])
    problems = typed.flag(
        foreign, "E331", "unit_price", what=what, found=kept_currency.fillna("no currency"), expected=currency
    )
    none = bare & kept.isna() & ~_unreadable(typed, ("product_item", "product"))
    why = what[none].map(lambda w: "no product that has a price" if pd.isna(w) else f"{w} has no price in the master data")
    problems += typed.flag(none, "E315", "unit_price", what=why)
    taken = frame["unit_price"].fillna(kept.astype(frame["unit_price"].dtype).where(bare & ~foreign))
    return typed.with_frame(frame.assign(unit_price=taken)), problems


def _unreadable(typed: Typed, fields: tuple[str, ...]) -> pd.Series:
    """True where a cell is filled but could not be read: that problem is named already."""
    bad = pd.Series(False, index=typed.frame.index)
    for field in fields:
        letter = typed.heading(field).letter
        if letter in typed.found.sheet.cells.columns:
            bad |= typed.found.sheet.cells[letter].notna() & typed.frame[field].isna()
    return bad


def _marks(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """E221 where a price or amount carries the mark of another currency than the invoice, where its customer is known."""
    known = invoices["currency"].where(invoices["customer"].notna())
    currency = looked_up(typed.frame["invoice_ref"], known)
    return typed, foreign_marks(typed, "unit_price", currency) + foreign_marks(typed, "amount", currency)


def _quantities(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """W212 where a quantity is zero, W213 where one is blank that other rows have, so that 1 is taken."""
    frame = typed.frame
    quantity = frame["quantity"]
    problems = typed.flag(quantity == _ZERO, "W212", "quantity")
    if quantity.notna().any():
        blank = quantity.isna() & ~_unread(typed, "quantity") & (frame["unit_price"].notna() | frame["amount"].isna())
        problems += typed.flag(blank, "W213", "quantity")
    return typed, problems


def _signs(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """Bring every line to quantity × price ÷ base quantity with a price that is never negative."""
    frame = typed.frame
    price, amount, quantity = frame["unit_price"], frame["amount"], frame["quantity"]
    negative_price = price < _ZERO
    twice = (negative_price & (quantity < _ZERO) & frame["type"].isna()).fillna(False)
    problems = typed.flag(negative_price & ~twice, "W202", "unit_price")
    comes_to = _amounts(quantity[twice] * price[twice], frame, invoices)
    problems += typed.flag(twice, "E227", "unit_price", quantity=_shown(quantity[twice]), comes_to=comes_to)
    amount = amount.mask(price.notna() & _unread(typed, "quantity"))
    by_amount = price.isna() & amount.notna()
    unsigned = by_amount & quantity.isna()
    opposed = by_amount & quantity.notna() & ((quantity < _ZERO) != (amount < _ZERO)) & (amount != _ZERO)
    opposed = (opposed & (quantity != _ZERO)).fillna(False)
    problems += typed.flag(opposed, "E326", "amount", quantity=_shown(quantity[opposed]))
    quantity = quantity.mask(quantity.isna(), _ONE)
    quantity = _negated(quantity, (unsigned & (amount < _ZERO)).fillna(False) | negative_price.fillna(False))
    price = _absolute(price)
    share = _share(by_amount & (quantity != _ZERO), _absolute(amount), _absolute(quantity))
    base = frame["base_quantity"].mask(by_amount | frame["base_quantity"].isna(), _ONE)
    inexact = by_amount & share.isna() & (quantity != _ZERO)
    base = base.mask(inexact, _absolute(quantity))
    price = price.fillna(share).fillna(_absolute(amount)).mask(opposed)
    takes = quantity < _ZERO
    gives = (quantity > _ZERO) & (price > _ZERO) & (frame["type"] == "deduction")
    for code, wrong in (("E325", takes & (frame["type"] == "charge")), ("E324", gives)):
        for field, mine in (("amount", wrong & amount.notna()), ("quantity", wrong & amount.isna())):
            mine = mine.fillna(False)
            comes_to = amount[mine] if field == "amount" else quantity[mine] * price[mine]
            problems += typed.flag(mine, code, field, value=_amounts(comes_to, frame, invoices))
    kind = frame["type"].fillna(pd.Series("charge", index=frame.index, dtype=TEXT).mask(takes.fillna(False), "deduction"))
    done = frame.assign(quantity=quantity, unit_price=price, base_quantity=base, type=kind, amount=amount)
    return typed.with_frame(done), problems


def _unread(typed: Typed, field: str) -> pd.Series:
    """Return where a cell holds something that could not be read, so that nothing may be compared with it."""
    letter = typed.heading(field).letter
    if letter not in typed.found.sheet.cells.columns:
        return pd.Series(False, index=typed.frame.index)
    return typed.found.sheet.cells[letter].reindex(typed.frame.index).notna() & typed.frame[field].isna()


def _shown(values: pd.Series) -> pd.Series:
    return values.map(lambda v: "" if pd.isna(v) else figure(v))


def _amounts(values: pd.Series, frame: pd.DataFrame, invoices: pd.DataFrame) -> pd.Series:
    digits = looked_up(frame["invoice_ref"].loc[values.index], invoices["digits"]).fillna(2)
    told = ["" if pd.isna(v) else figure(v, int(d)) for v, d in zip(values, digits, strict=True)]
    return pd.Series(told, index=values.index, dtype=TEXT)


def _absolute(values: pd.Series) -> pd.Series:
    return values.abs()


def _negated(values: pd.Series, where: pd.Series) -> pd.Series:
    return values.mask(where, -values)


def _share(where: pd.Series, amount: pd.Series, quantity: pd.Series) -> pd.Series:
    """Return amount ÷ quantity where that is exact within eight decimals, else null."""
    result = pd.Series(None, index=amount.index, dtype=pd.ArrowDtype(UNIT))
    rows = where[where.fillna(False)].index
    if not len(rows):
        return result
    top, bottom = amount[rows], quantity[rows]
    one = quotient(top, bottom, pd.Series(8, index=rows), UNIT)
    exact = (one * bottom) == top
    return one.where(exact).reindex(amount.index).astype(result.dtype)


def _sizes(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """E215 where a line or its invoice comes to more than the ledger can hold; such a line has no price any more."""
    frame = typed.frame
    product = (frame["quantity"] * frame["unit_price"]).abs()
    large = product >= _LIMIT
    if (product > _REMARKABLE).any():
        whole = rounded(product.mask(large), 0).groupby(frame["invoice_ref"]).transform("sum")
        large = large | (whole >= _LIMIT)
    if not large.any():
        return typed, []
    field = "unit_price" if typed.heading("unit_price").letter else "amount"
    problems = typed.flag(large, "E215", field)
    return typed.with_frame(frame.assign(unit_price=frame["unit_price"].mask(large.fillna(False)))), problems


def _agreement(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """E316 where price and amount disagree, E332 where an amount is finer than the currency."""
    frame = typed.frame
    digits = looked_up(frame["invoice_ref"], invoices["digits"]).fillna(2).astype("int64")
    currency = looked_up(frame["invoice_ref"], invoices["currency"]).fillna("it")
    amount = frame["amount"]
    given = amount.notna()
    if not given.any():
        return typed, []
    fine = given & (rounded(amount, digits, UNIT) != amount)
    problems = typed.flag(fine, "E332", "amount", currency=currency, digits=digits.astype(str))
    computed = line_amounts(frame, digits)
    wrong = given & ~fine & (narrow(computed, UNIT) != amount)
    own = wrong.fillna(False)
    problems += typed.flag(
        wrong,
        "E316",
        "amount",
        quantity=_shown(frame["quantity"][own]),
        unit_price=_amounts(frame["unit_price"][own], frame, invoices),
        computed=_amounts(computed[own], frame, invoices),
    )
    return typed, problems


def line_amounts(frame: pd.DataFrame, digits: pd.Series) -> pd.Series:
    """Return round(quantity × unit_price ÷ base_quantity) per line, null where one of them is (domain §6)."""
    product = frame["quantity"] * frame["unit_price"]
    plain = rounded(product, digits, AMOUNT)
    divided = (frame["base_quantity"] != _ONE) & (frame["base_quantity"] != _ZERO) & product.notna()
    rows = divided[divided.fillna(False)].index
    if not len(rows):
        return plain
    exact = quotient(product[rows], frame.loc[rows, "base_quantity"], digits[rows])
    return plain.mask(divided.fillna(False), exact.reindex(frame.index))


def _periods(typed: Typed, invoices: pd.DataFrame, master: Master) -> Step:
    """One date alone is one full day; E317 where the end is before the start."""
    frame = typed.frame
    start, end = frame["period_start"], frame["period_end"]
    unread = _unreadable(typed, ("period_start", "period_end"))
    backwards = (end < start).fillna(False)
    problems = typed.flag(backwards, "E317", "period_end", start=start[backwards].map(str))
    filled = frame.assign(
        period_start=start.where(unread, start.fillna(end)), period_end=end.where(unread, end.fillna(start))
    )
    return typed.with_frame(filled), problems


def repeated_lines(typed: Typed) -> list[Problem]:
    """W302 for a line that equals an earlier one of the same sheet in every cell but its line number."""
    own = [h for f, h in typed.found.headings.items() if f in typed.table.columns and f != "line"]
    letters = list(dict.fromkeys(h.letter for h in (*own, *typed.found.custom.values())))
    key = joined(typed.found.sheet.cells.loc[typed.frame.index, letters])
    again = key.duplicated() & typed.frame["invoice_ref"].notna()
    if not again.any():
        return []
    first = pd.Series(key.index[~key.duplicated()], index=key[~key.duplicated()])
    places = key[again].map(lambda k: cell_name(typed, int(first[k]), "invoice_ref"))
    return typed.flag(again, "W302", "invoice_ref", other_cell=places)
