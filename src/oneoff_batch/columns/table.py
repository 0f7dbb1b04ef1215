"""A table: a sheet's name, what it is for, and the Pandera schema of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandera.pandas as pa


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

    def with_columns(self, more: Mapping[str, pa.Column]) -> Table:
        """Return this table with custom fields added."""
        return Table(self.name, self.title, self.help, self.aliases, {**self.columns, **more})


def kind_of(column: pa.Column) -> str:
    """The kind of a column: id, text, number, amount, percent, fx, date, flag, choice, currency, country, terms."""
    return str(column.metadata["kind"])


def dtype_of(column: pa.Column) -> Any:
    """The pandas dtype of a typed column."""
    return column.dtype.type
