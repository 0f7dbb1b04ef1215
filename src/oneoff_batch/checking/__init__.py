"""Text → typed columns and problems; a bad line holds its invoice."""

from .batch import Batch, Master
from .check import Checked, check, tables
from .control import control_totals, expected_totals, stated_rates
from .master import field_definitions, read_master

__all__ = [
    "Batch",
    "Checked",
    "Master",
    "check",
    "control_totals",
    "expected_totals",
    "field_definitions",
    "read_master",
    "stated_rates",
    "tables",
]
