"""References to master data: found, faultless, active, and completed with what the invoice leaves to its customer."""

from __future__ import annotations

import pandas as pd

from ..columns import FLAG, TEXT
from ..money import currencies
from ..problems import Problem
from ..reading.sheet import NUMBER
from .batch import Master
from .cells import nearest
from .lookup import among, looked_up
from .marks import foreign_marks
from .typed import Typed


def resolve(typed: Typed, field: str, ids: pd.DataFrame, what: str, code: str) -> tuple[pd.Series, list[Problem]]:
    """Return each row's id in the master data, null where none is found, and the problems of the reference.

    `ids` has the index of ids, and the columns `fault`, `fault_cell` and, where known, `status`. Problems: those of
    `with_zeros`, `code` for an unknown id (with the nearest one), E310 for a faulty record, E311 for an archived one.
    """
    values, problems = with_zeros(typed, field, ids.index)
    found, more = _resolved(typed.with_frame(typed.frame.assign(**{field: values})), field, ids, what, code)
    return found, problems + more


def with_zeros(typed: Typed, field: str, pool: pd.Index) -> tuple[pd.Series, list[Problem]]:
    """Return the ids of a column, number cells with the zeros in front that the master data's id has.

    W209 where there is one such id and none without zeros; E226, and null, where there are two.
    """
    values, kinds = typed.frame[field], typed.cell_kinds(field)
    known = pd.Series(pool.astype(str), dtype=TEXT)
    zeroed = known[known.str.contains(r"^0+[0-9]+$", regex=True, na=False)]
    if kinds is None or zeroed.empty or not (kinds == NUMBER).any():
        return values, []
    readings: dict[str, list[str]] = {}
    for id_ in zeroed.unique():
        readings.setdefault(str(int(id_)), []).append(id_)
    bare = (kinds == NUMBER) & among(values, readings)
    every = {v: [v] * (v in pool) + readings[v] for v in values[bare].unique()}
    two = bare & values.isin([v for v, ids in every.items() if len(ids) > 1])
    options = values[two].map(lambda v: " or ".join(f'"{i}"' for i in every[v]))
    single = values.mask(~bare | two).map({v: ids[0] for v, ids in every.items()}).astype(TEXT)
    problems = typed.flag(two, "E226", field, value=values, options=options)
    problems += typed.flag(bare & ~two, "W209", field, value=values, found=single)
    return single.fillna(values).mask(two), problems


def _resolved(typed: Typed, field: str, ids: pd.DataFrame, what: str, code: str) -> tuple[pd.Series, list[Problem]]:
    values = typed.frame[field]
    unknown = values.notna() & ~among(values, ids.index)
    near = nearest(values[unknown].unique(), ids.index.astype(str)) if unknown.any() else {}
    problems = typed.flag(unknown, code, field, value=values, suggestion=values[unknown].map(lambda v: near.get(v, "")))
    fault = looked_up(values, ids["fault"])
    faulty = fault.notna()
    cells = looked_up(values, ids["fault_cell"])
    problems += typed.flag(faulty, "E310", field, value=values, what=what, other_cell=cells, other_message=fault)
    if "status" in ids:
        problems += typed.flag(looked_up(values, ids["status"]) == "ARCHIVED", "E311", field, value=values, what=what)
    return values.mask(unknown | faulty), problems


def resolve_customers(typed: Typed, customers: pd.DataFrame) -> tuple[Typed, list[Problem]]:
    """Find customers by id or by external reference; E313 where a value means two of them."""
    by_id = customers.set_index("customer")
    by_reference = customers.dropna(subset=["reference"])
    canonical = by_reference.drop_duplicates("reference").set_index("reference")["customer"]
    shared = by_reference["reference"].value_counts()
    values, lost = with_zeros(typed, "customer", by_id.index.union(canonical.index))
    named = among(values, by_id.index)
    other = looked_up(values, canonical)
    twice = named & other.notna() & (other != values) | ~named & among(values, shared[shared > 1].index)
    first = values.where(named, other)
    rivals = _rivals(by_reference, values[twice], by_id.index)
    problems = lost + typed.flag(twice, "E313", "customer", first=looked_up(first, by_id["name"]), second=rivals)
    found = typed.with_frame(typed.frame.assign(customer=values.where(named | other.isna(), other).astype(TEXT)))
    resolved, more = _resolved(found, "customer", by_id, "Customer", "E305")
    return typed.with_frame(typed.frame.assign(customer=resolved.mask(twice))), problems + more


def _rivals(by_reference: pd.DataFrame, values: pd.Series, ids: pd.Index) -> pd.Series:
    names = by_reference.groupby("reference")["name"].agg(list)
    return values.map(lambda v: names[v][0] if v in ids else names[v][-1])


def resolve_entities(typed: Typed, master: Master) -> tuple[Typed, list[Problem]]:
    """Fill the billing entity from the row, the customer or the default one; E330 where there is none."""
    entities = master.entities.set_index("billing_entity")
    customer = master.customers.set_index("customer")
    defaults = entities.index[entities["is_default"].fillna(False).astype(bool)]
    only = defaults if len(defaults) else entities.index
    default = str(only[0]) if len(only) == 1 else None
    own = typed.frame["billing_entity"].fillna(looked_up(typed.frame["customer"], customer["billing_entity"]))
    filled = (own if default is None else own.fillna(default)).astype(TEXT)
    problems = typed.flag(filled.isna() & typed.frame["customer"].notna(), "E330", "billing_entity")
    resolved, more = resolve(
        typed.with_frame(typed.frame.assign(billing_entity=filled)),
        "billing_entity",
        entities,
        "Billing entity",
        "E306",
    )
    return typed.with_frame(typed.frame.assign(billing_entity=resolved)), problems + more


def complete_invoices(typed: Typed, master: Master) -> tuple[Typed, list[Problem]]:
    """Fill currency, prices_include_tax and on_hold; add `digits`, the decimals of the currency (E335 without one)."""
    frame = typed.frame
    customer = master.customers.set_index("customer")
    entity = master.entities.set_index("billing_entity")
    currency = (
        frame["currency"]
        .fillna(looked_up(frame["customer"], customer["currency"]))
        .fillna(looked_up(frame["billing_entity"], entity["currency"]))
        .astype(TEXT)
    )
    resolved = frame["customer"].notna() & frame["billing_entity"].notna()
    problems = typed.flag(currency.isna() & resolved, "E335", "currency")
    problems += foreign_marks(typed, "expected_total", currency.where(frame["currency"].notna() | frame["customer"].notna()))
    inclusive = frame["prices_include_tax"].fillna(looked_up(frame["billing_entity"], entity["prices_include_tax"]))
    digits = currency.map(currencies()).fillna(2).astype("int64")
    done = frame.assign(
        currency=currency,
        prices_include_tax=inclusive.astype(FLAG).fillna(False),
        on_hold=frame["on_hold"].fillna(True),
        digits=digits,
    )
    return typed.with_frame(done), problems
