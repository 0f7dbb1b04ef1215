"""The only place where a column is named, typed, titled, explained, aliased and checked."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .dtypes import DATE, FLAG, TEXT

if TYPE_CHECKING:
    from .kinds import COUNTRIES, EU
    from .master import CATEGORIES, MASTER, NO_RATE, custom_column
    from .table import LISTS, OUR_OWN, PROBLEM_COLUMN, PROBLEM_LIST, Table, dtype_of, kind_of
    from .upload import CONTROL, HEADER_FIELDS, INVOICES, LINES, NAMES_A_DISCOUNT, UPLOAD

__all__ = [
    "CATEGORIES", "CONTROL", "COUNTRIES", "DATE", "EU", "FLAG", "HEADER_FIELDS", "INVOICES", "LINES", "LISTS", "MASTER",
    "NAMES_A_DISCOUNT", "NO_RATE", "OUR_OWN", "PROBLEM_COLUMN", "PROBLEM_LIST", "TEXT", "UPLOAD", "Table", "custom_column",
    "dtype_of", "kind_of",
]  # fmt: skip
_SOURCES = {
    "kinds": ("COUNTRIES", "EU"),
    "master": ("CATEGORIES", "MASTER", "NO_RATE", "custom_column"),
    "table": ("LISTS", "OUR_OWN", "PROBLEM_COLUMN", "PROBLEM_LIST", "Table", "dtype_of", "kind_of"),
    "upload": ("CONTROL", "HEADER_FIELDS", "INVOICES", "LINES", "NAMES_A_DISCOUNT", "UPLOAD"),
}


def __getattr__(name: str) -> Any:
    """Import the schemas when they are first asked for: they bring Pandera along, and who only reads the book has none."""
    for module, names in _SOURCES.items():
        if name in names:
            globals()[name] = getattr(import_module(f".{module}", __name__), name)
            return globals()[name]
    raise AttributeError(name)
