"""A table: a sheet's name, what it is for, and the Pandera schema of its columns."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandera.pandas as pa

from .languages import in_languages

LISTS = "DropDownLists"
"""The hidden sheet of our own workbooks that feeds their drop-downs; it is no table of anybody."""
OUR_OWN = frozenset({"Example", "Help", LISTS})
"""Sheets of our own workbooks that are never read."""
PROBLEM_LIST = "Problem list"
"""The first sheet of the workbooks in which problems are handed back; a long list goes on in "Problem list 2"."""
PROBLEM_COLUMN = "Problems"
"""The header of the column that a marked-up workbook has in front of the user's own."""


@dataclass(frozen=True)
class Table:
    """One sheet of an upload or of the master data; `columns` are its Pandera columns by field name."""

    name: str
    title: str
    help: str
    aliases: tuple[str, ...]
    columns: Mapping[str, pa.Column]

    @property
    def schema(self) -> pa.DataFrameSchema:
        """The schema that a typed frame of this table must pass; columns that a sheet leaves out are null."""
        return pa.DataFrameSchema(dict(self.columns), name=self.name)

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that every sheet of this table must have."""
        return tuple(name for name, column in self.columns.items() if column.metadata["required"])

    def title_of(self, field: str) -> str:
        """The words that a person reads for a field."""
        return str(self.columns[field].title)

    def aliases_of(self, field: str) -> tuple[str, ...]:
        """Other headers that mean a field, in English and in the languages of `languages.toml`."""
        own = self.columns[field].metadata["aliases"]
        return (*own, *(word for words in in_languages(self.name, field).values() for word in words))

    def only(self, fields: Iterable[str]) -> Table:
        """Return this table with some of its columns."""
        return self._of({name: self.columns[name] for name in fields})

    def optional(self, required: Iterable[str] = ()) -> Table:
        """Return this table with every column nullable but those named."""
        kept = frozenset(required)
        return self._of({name: c if name in kept else _nullable(c) for name, c in self.columns.items()})

    def with_columns(self, more: Mapping[str, pa.Column]) -> Table:
        """Return this table with custom fields added."""
        return self._of({**self.columns, **more})

    def _of(self, columns: Mapping[str, pa.Column]) -> Table:
        return dataclasses.replace(self, columns=columns)


def _nullable(column: pa.Column) -> pa.Column:
    other = copy.copy(column)
    other.nullable = True
    return other


def kind_of(column: pa.Column) -> str:
    """The kind of a column: id, text, number, amount, percent, fx, date, flag, choice, currency, country, terms."""
    return str(column.metadata["kind"])


def dtype_of(column: pa.Column) -> Any:
    """The pandas dtype of a typed column."""
    return column.dtype.type
