"""The only place where a column is named, typed, titled, explained, aliased and checked."""

from .kinds import COUNTRIES, DATE, EU, FLAG, TEXT
from .master import CATEGORIES, MASTER, NO_RATE, custom_column
from .table import LISTS, OUR_OWN, PROBLEM_COLUMN, PROBLEM_LIST, Table, dtype_of, kind_of
from .upload import CONTROL, HEADER_FIELDS, INVOICES, LINES, NAMES_A_DISCOUNT, UPLOAD

__all__ = [
    "CATEGORIES",
    "CONTROL",
    "COUNTRIES",
    "DATE",
    "EU",
    "FLAG",
    "HEADER_FIELDS",
    "INVOICES",
    "LINES",
    "LISTS",
    "MASTER",
    "NAMES_A_DISCOUNT",
    "NO_RATE",
    "OUR_OWN",
    "PROBLEM_COLUMN",
    "PROBLEM_LIST",
    "TEXT",
    "UPLOAD",
    "Table",
    "custom_column",
    "dtype_of",
    "kind_of",
]
