"""How each column of the drafts is stored: frames to rows of plain values, and rows back to frames, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import DATE, FLAG, TEXT
from ..drafting import drafts
from ..money import AMOUNT, FX, PERCENT, UNIT, arrow, column, to_minor

_WHOLE = frozenset(
    {
        "id",
        "position",
        "line_count",
        "invoices",
        "left_out",
        "seq",
        "draft",
        "open",
        "final",
        "archived",
        "approved",
        "ready",
    }
)
_WHOLE_OR_NULL = frozenset({"counter", "invoice_id", "credits_id"})
_OF_PAYMENTS = {"amount": pd.ArrowDtype(AMOUNT), "paid_on": DATE}
_DRAFTED = frozenset({*drafts.INVOICE_COLUMNS, *drafts.LINE_COLUMNS, *drafts.TAX_COLUMNS})
_WIDTHS = {"unit": UNIT, "percent": PERCENT, "fx": FX}
_KINDS = {DATE: "date", FLAG: "flag", TEXT: "text", pd.ArrowDtype(AMOUNT): "amount"} | {
    pd.ArrowDtype(width): kind for kind, width in _WIDTHS.items()
}
_SIZES = pa.array([Decimal(1).scaleb(-d) for d in range(5)], pa.decimal128(5, 4))


def dtype_of(name: str) -> Any:
    """Return the pandas dtype of a column of the book's frames."""
    if name in _WHOLE:
        return "int64"
    if name in _WHOLE_OR_NULL:
        return pd.ArrowDtype(pa.int64())
    return drafts.dtype_of_draft(name) if name in _DRAFTED else _OF_PAYMENTS.get(name, TEXT)


def kind_of(name: str) -> str:
    """Return how a column is stored: text, date, flag, int, amount, tax_amount, unit, percent or fx."""
    return "tax_amount" if name == "tax_currency_total" else _KINDS.get(dtype_of(name), "int")


def stored(frame: pd.DataFrame, names: Sequence[str], digits: pd.Series) -> list[list[Any]]:
    """Return one list of plain values per column: whole minor units, ISO dates, decimals written out.

    `digits` are the decimals of each row's currency; a frame with a tax currency brings its own for that.
    Raises `ValueError` for an amount that is finer than the minor unit.
    """
    return [_stored(frame, name, digits) for name in names]


def _stored(frame: pd.DataFrame, name: str, digits: pd.Series) -> list[Any]:
    values, kind = frame[name], kind_of(name)
    if kind in ("amount", "tax_amount"):
        decimals = digits if kind == "amount" else frame["tax_currency_digits"]
        return _list(pa.array(_minor(values, decimals)))
    if kind == "int":
        return _list(pa.array(values, pa.int64(), from_pandas=True))
    if kind == "flag":
        return _list(arrow(values))
    if kind == "text":
        return _list(pa.array(values, pa.string(), from_pandas=True))
    return _list(arrow(values).cast(pa.string()))


def _minor(values: pd.Series, digits: pd.Series) -> pd.Series:
    """Return whole minor units, null where the amount is."""
    known = values.notna()
    if bool(known.all()):
        return to_minor(values, digits)
    units = to_minor(values[known], digits[known].astype("int64"))
    return units.reindex(values.index)


def _list(values: pa.Array) -> list[Any]:
    return list(values.to_pylist())


def frame(rows: Iterable[Sequence[Any]], names: Sequence[str], amounts: str = "digits") -> pd.DataFrame:
    """Return rows of stored values as a frame with the widths and types of the drafts.

    `amounts` names the column among `names` that holds the decimals of each row's currency.
    """
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    by_name = dict(zip(names, cells, strict=True))
    return pd.DataFrame({name: _read(name, by_name, amounts) for name in names})


def _read(name: str, cells: dict[str, tuple[Any, ...]], amounts: str) -> pd.Series:
    values, kind = cells[name], kind_of(name)
    if kind == "text":
        return pd.Series(list(values), dtype=TEXT)
    if kind == "date":
        return column(pa.array(values, pa.string()).cast(pa.date32()))
    if kind == "flag":
        return column(pa.array(values, pa.bool_()))
    if kind == "int":
        return pd.Series(pa.array(values, pa.int64())).astype(dtype_of(name))
    if kind in _WIDTHS:
        return column(pa.array(values, pa.string()).cast(_WIDTHS[kind]))
    return _major(values, cells["tax_currency_digits" if kind == "tax_amount" else amounts])


def _major(units: tuple[Any, ...], digits: tuple[Any, ...]) -> pd.Series:
    """Return whole minor units as amounts, exactly and a column at a time."""
    whole = pa.array(units, pa.int64()).cast(pa.decimal128(19, 0))
    return column(pc.multiply(whole, pc.take(_SIZES, pa.array(digits, pa.int32()))).cast(AMOUNT))


def joined(frames: list[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Put frames below each other; without any, return an empty one with the right types."""
    return pd.concat(frames, ignore_index=True) if frames else frame([], names)
