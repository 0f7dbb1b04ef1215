"""The master data: typed, cross-checked, with a fault noted on every row that an invoice must not use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from ..columns import FLAG, MASTER, NO_RATE, TEXT, UPLOAD, Table, custom_column
from ..problems import Problem
from ..reading.sheet import Found
from ..settings import Settings
from . import custom
from .batch import Master
from .cells import parse
from .lookup import looked_up
from .marks import foreign_marks
from .schema import validate
from .typed import Typed, cell_name
from .vat import vat_problems

INTERNAL = ("digits", "custom", "sheet", "row", "invoice", "fault", "faulty", "fault cell")
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
    if "entities" in typed:
        problems += _series(typed["entities"], settings)
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
        problems += foreign_marks(typed["products"], "unit_price", typed["products"].frame["currency"])
    if "taxes" in typed:
        problems += _overlaps(typed["taxes"]) + _contradictions(typed["taxes"])
    if "fields" in typed:
        problems += _taken_names(typed["fields"])
    return problems


def _series(typed: Typed, settings: Settings) -> list[Problem]:
    known = list(settings.series)
    problems: list[Problem] = []
    for field in ("series", "credit_series"):
        values = typed.frame[field]
        unknown = values.notna() & ~values.isin(known)
        problems += typed.flag(unknown, "E339", field, known=", ".join(known))
    return problems


def _contradictions(typed: Typed) -> list[Problem]:
    """E342 where a category that means 0 % has a rate."""
    frame = typed.frame
    return typed.flag(
        frame["category"].isin(NO_RATE) & (frame["rate"] != Decimal(0)), "E342", "rate", category=frame["category"]
    )


def _taken_names(typed: Typed) -> list[Problem]:
    """E343 where a custom field has the name of a column that the sheet has anyway."""
    names = typed.frame["name"].str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()
    taken = set()
    for table in UPLOAD:
        for field, column in table.columns.items():
            taken |= {field.replace("_", " "), str(column.title).casefold()}
    return typed.flag(names.isin([*taken, *INTERNAL]), "E343", "name")


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
    """Two rows of one code on one day: E336 under one name, E341 where they may be two rates or one after the other.

    Rows that begin on the same day, or are of different countries or regions, are several rates that are all charged.
    """
    frame = typed.frame.dropna(subset=["tax_code", "name"])
    early, late = pd.Timestamp("1800-01-01"), pd.Timestamp("2250-01-01")
    spans = pd.DataFrame(
        {
            "code": frame["tax_code"],
            "name": frame["name"],
            "place": frame["country"].fillna("") + "\x1f" + frame["region"].fillna(""),
            "start": pd.to_datetime(frame["valid_from"]).fillna(early),
            "end": pd.to_datetime(frame["valid_to"]).fillna(late),
            "compound": frame["compound"].fillna(False).astype(bool),
            "row": frame.index,
        }
    )
    pairs = spans.merge(spans, on="code", suffixes=("", "_other"))
    later = pairs["row"] > pairs["row_other"]
    both = pairs[later & (pairs["start"] <= pairs["end_other"]) & (pairs["start_other"] <= pairs["end"])]
    twice = both[both["name"] == both["name_other"]].drop_duplicates("row").set_index("row")
    begins = twice[["start", "start_other"]].max(axis=1)
    days = begins.map(lambda d: "every day" if d == early else f"{d:%Y-%m-%d}")
    problems = typed.flag(_at(typed, twice.index), "E336", "tax_code", name=typed.frame["name"], day=days)
    unlike = (both["name"] != both["name_other"]) & (both["start"] != both["start_other"]) & ~both["compound"]
    unclear = both[unlike & (both["place"] == both["place_other"])].drop_duplicates("row").set_index("row")
    return problems + typed.flag(
        _at(typed, unclear.index), "E341", "tax_code", name=unclear["name"], other=unclear["name_other"]
    )


def _at(typed: Typed, rows: pd.Index) -> pd.Series:
    return pd.Series(typed.frame.index.isin(rows), index=typed.frame.index)


def _one_per_id(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the first row of each id; a fault of any row with that id is a fault of the id."""
    own = frame.dropna(subset=[key])
    faults = own.dropna(subset=["fault"]).drop_duplicates(key).set_index(key)
    shared = {name: looked_up(own[key], faults[name]) for name in ("fault", "fault_cell")}
    marked = own.assign(**shared, faulty=shared["fault"].notna().astype(FLAG))
    return marked.drop_duplicates(key).reset_index(drop=True)


def _assemble(frames: Mapping[str, pd.DataFrame], settings: Settings) -> Master:
    rows = frames["products"]
    by_category = rows[rows["product"].isna()].dropna(subset=["category"]).drop_duplicates("category").set_index("category")
    plain = _one_per_id(rows[rows["product_item"].isna()], "product")
    implied = rows[rows["product_item"].notna() & ~rows["product"].isin(plain["product"])].drop_duplicates("product")
    bare = implied.assign(unit_price=None, currency=None, tax_category=None, status=None, account=None)
    products = pd.concat([plain, bare.astype(rows.dtypes.to_dict())]).drop(columns=["product_item", "item_name"])
    platform = settings.tax.tax_category
    own = {
        name: products[name].fillna(looked_up(products["category"], by_category[name]))
        for name in ("tax_category", "account")
    }
    products = products.assign(
        tax_category=own["tax_category"].fillna(platform).astype(TEXT), account=own["account"].astype(TEXT)
    ).reset_index(drop=True)
    items = _one_per_id(rows[rows["product"].notna()], "product_item")
    parent = products.set_index("product")
    items = items.assign(
        product_name=items["product_name"].fillna(looked_up(items["product"], parent["product_name"])),
        category=items["category"].fillna(looked_up(items["product"], parent["category"])),
        unit=items["unit"].fillna(looked_up(items["product"], parent["unit"])),
        tax_category=items["tax_category"].fillna(looked_up(items["product"], parent["tax_category"])).astype(TEXT),
        account=items["account"].fillna(looked_up(items["product"], parent["account"])).astype(TEXT),
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
        rates=frames["rates"][~frames["rates"]["faulty"].astype(bool)].reset_index(drop=True),
        fields=frames["fields"].dropna(subset=["name"]),
    )
