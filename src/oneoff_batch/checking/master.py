"""The master data: typed, cross-checked, with a fault noted on every row that an invoice must not use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ..columns import FLAG, MASTER, TEXT, Table, custom_column
from ..problems import Problem
from ..reading.sheet import Found
from ..settings import Settings
from . import custom
from .batch import Master
from .cells import parse
from .lookup import looked_up
from .schema import validate
from .typed import Typed, cell_name
from .vat import vat_problems

_KEYS = {"entities": "billing_entity", "customers": "customer", "fields": "name"}
_TITLES = {"entities": "Billing entity", "customers": "Customer", "fields": "Custom field", "products": "Product"}


def field_definitions(founds: Sequence[Found]) -> pd.DataFrame:
    """Return the custom field definitions alone: they say which further columns the other sheets may have."""
    table = next(t for t in MASTER if t.name == "fields")
    found = next((f for f in founds if f.table == "fields"), None)
    return _empty(table) if found is None else parse(found, table)[0].frame


def read_master(founds: Sequence[Found], settings: Settings) -> tuple[Master, list[Problem]]:
    """Return the master data and its problems; a row with an error is marked `fault` and its problem becomes a warning.

    What is wrong with a whole sheet stays an error.
    """
    problems: list[Problem] = []
    typed: dict[str, Typed] = {}
    for table in MASTER:
        found = next((f for f in founds if f.table == table.name), None)
        if found is None:
            continue
        extra = {name: custom_column(name, "STRING") for name in found.custom}
        one, unreadable = parse(found, table.with_columns(extra))
        problems += unreadable + validate(one, unreadable)
        typed[table.name] = one
    problems += _cross_checks(typed)
    problems = [replace(p, downgraded=True) if p.kind.scope == "row" else p for p in problems]
    frames = {t.name: _finished(t, typed.get(t.name), problems) for t in MASTER}
    return _assemble(frames, settings), problems


def _empty(table: Table) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=column.dtype.type) for name, column in table.columns.items()})


def _finished(table: Table, typed: Typed | None, problems: Sequence[Problem]) -> pd.DataFrame:
    """Return a table's frame with `fault`, `row` and `custom`, and a fresh index."""
    if typed is None:
        frame = _empty(table)
        texts = {n: pd.Series(dtype=TEXT) for n in ("fault", "fault_cell", "custom")}
        return frame.assign(**texts, faulty=pd.Series(dtype=FLAG))
    faults = {
        p.row: p
        for p in reversed(problems)
        if p.row is not None and p.sheet == typed.found.sheet.name and not p.code.startswith("W")
    }
    names = list(typed.found.custom)
    rows = pd.Series(typed.frame.index, index=typed.frame.index)
    return (
        typed.frame.drop(columns=names)
        .assign(
            fault=rows.map({r: p.message for r, p in faults.items()}).astype(TEXT),
            faulty=pd.Series(rows.isin(list(faults)), dtype=FLAG),
            fault_cell=rows.map({r: p.place for r, p in faults.items()}).astype(TEXT),
            custom=custom.as_json(typed.frame, names),
        )
        .reset_index(drop=True)
    )


def _cross_checks(typed: Mapping[str, Typed]) -> list[Problem]:
    problems: list[Problem] = []
    for name, key in _KEYS.items():
        if name in typed:
            problems += _repeated(typed[name], [key], key, _TITLES[name])
    if "entities" in typed:
        problems += _one_default(typed["entities"])
    for name in ("entities", "customers"):
        if name in typed:
            problems += vat_problems(typed[name]) + _references(typed[name], typed)
    if "customers" in typed:
        customers = typed["customers"]
        bare = customers.frame["tax_exempt"].fillna(False) & customers.frame["tax_exempt_note"].isna()
        problems += customers.flag(bare, "E338", "tax_exempt_note", value=customers.frame["customer"])
    if "products" in typed:
        problems += _product_rows(typed["products"])
    if "taxes" in typed:
        problems += _overlaps(typed["taxes"])
    return problems


def _repeated(typed: Typed, key: Sequence[str], field: str, what: str) -> list[Problem]:
    frame = typed.frame.dropna(subset=list(key))
    again = frame.duplicated(subset=list(key))
    first = frame[~again].reset_index(names="_row").set_index(list(key))["_row"]
    rows = frame.index[again]
    cells = pd.Series([cell_name(typed, int(first[v]), field) for v in frame.loc[rows, field]], index=rows, dtype=object)
    mask = pd.Series(typed.frame.index.isin(rows), index=typed.frame.index)
    return typed.flag(mask, "E334", field, what=what, other_cell=cells)


def _one_default(typed: Typed) -> list[Problem]:
    default = typed.frame["is_default"].fillna(False).astype(bool)
    if default.sum() < 2:
        return []
    ids = typed.frame.loc[default, "billing_entity"].astype(str).tolist()
    later = default & default.cumsum().gt(1)
    return typed.flag(later, "E340", "is_default", value=typed.frame["billing_entity"], other=f'"{ids[0]}"')


def _references(typed: Typed, all_: Mapping[str, Typed]) -> list[Problem]:
    problems: list[Problem] = []
    for field, name, code in (("tax_code", "taxes", "E309"), ("billing_entity", "entities", "E306")):
        column = typed.table.columns.get(field)
        if column is None or not column.metadata.get("refers"):
            continue
        known = set(all_[name].frame[field].dropna()) if name in all_ else set()
        values = typed.frame[field]
        problems += typed.flag(values.notna() & ~values.isin(list(known)), code, field)
    return problems


def _product_rows(typed: Typed) -> list[Problem]:
    frame = typed.frame
    nameless = frame["product"].notna() & frame["product_name"].isna() & frame["product_item"].isna()
    homeless = frame["product"].isna() & (frame["category"].isna() | frame["product_item"].notna())
    problems = typed.flag(nameless | homeless, "E337", "product_name")
    items = typed.with_frame(frame[frame["product_item"].notna()])
    plain = typed.with_frame(frame[frame["product_item"].isna() & frame["product"].notna()])
    problems += _repeated(items, ["product_item"], "product_item", "Product item")
    return problems + _repeated(plain, ["product"], "product", "Product")


def _overlaps(typed: Typed) -> list[Problem]:
    """E336 where two rows of one code, name and country are valid on one day."""
    frame = typed.frame.dropna(subset=["tax_code", "name"])
    early, late = pd.Timestamp("1677-09-22"), pd.Timestamp("2262-04-11")
    spans = pd.DataFrame(
        {
            "key": frame["tax_code"] + "\x1f" + frame["name"],
            "start": pd.to_datetime(frame["valid_from"]).fillna(early),
            "end": pd.to_datetime(frame["valid_to"]).fillna(late),
            "row": frame.index,
        }
    ).sort_values(["key", "start"], kind="stable")
    same = spans["key"] == spans["key"].shift()
    clash = spans[same & (spans["start"] <= spans.groupby("key")["end"].cummax().shift())]
    mask = pd.Series(typed.frame.index.isin(clash["row"]), index=typed.frame.index)
    days = clash.set_index("row")["start"].map(lambda d: "every day" if d == early else f"{d:%Y-%m-%d}")
    return typed.flag(mask, "E336", "tax_code", name=typed.frame["name"], day=days)


def _one_per_id(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the first row of each id; a fault of any row with that id is a fault of the id."""
    own = frame.dropna(subset=[key])
    faults = own.dropna(subset=["fault"]).drop_duplicates(key).set_index(key)
    shared = {name: looked_up(own[key], faults[name]) for name in ("fault", "fault_cell")}
    marked = own.assign(**shared, faulty=shared["fault"].notna().astype(FLAG))
    return marked.drop_duplicates(key).reset_index(drop=True)


def _assemble(frames: Mapping[str, pd.DataFrame], settings: Settings) -> Master:
    rows = frames["products"]
    by_category = rows[rows["product"].isna()].dropna(subset=["category"]).drop_duplicates("category")
    category = by_category.set_index("category")["tax_category"]
    plain = _one_per_id(rows[rows["product_item"].isna()], "product")
    implied = rows[rows["product_item"].notna() & ~rows["product"].isin(plain["product"])].drop_duplicates("product")
    bare = implied.assign(unit_price=None, currency=None, tax_category=None, status=None)
    products = pd.concat([plain, bare.astype(rows.dtypes.to_dict())]).drop(columns=["product_item", "item_name"])
    platform = settings.tax.tax_category
    own = products["tax_category"].fillna(looked_up(products["category"], category)).fillna(platform)
    products = products.assign(tax_category=own.astype(TEXT)).reset_index(drop=True)
    items = _one_per_id(rows[rows["product"].notna()], "product_item")
    parent = products.set_index("product")
    items = items.assign(
        product_name=items["product_name"].fillna(looked_up(items["product"], parent["product_name"])),
        category=items["category"].fillna(looked_up(items["product"], parent["category"])),
        unit=items["unit"].fillna(looked_up(items["product"], parent["unit"])),
        tax_category=items["tax_category"].fillna(looked_up(items["product"], parent["tax_category"])).astype(TEXT),
        fault=items["fault"].fillna(looked_up(items["product"], parent["fault"])),
        fault_cell=items["fault_cell"].fillna(looked_up(items["product"], parent["fault_cell"])),
        item_name=items["item_name"].fillna(items["product_item"]),
    ).reset_index(drop=True)
    return Master(
        entities=_one_per_id(frames["entities"], "billing_entity"),
        customers=_one_per_id(frames["customers"], "customer"),
        products=products,
        items=items,
        taxes=frames["taxes"],
        rates=frames["rates"],
        fields=frames["fields"],
    )
