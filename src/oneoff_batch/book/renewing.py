"""Drafts that take the place of their own earlier content: same id, batch, position and ref; approval begins anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, update

from ..drafting.drafts import INVOICE_COLUMNS, Drafts
from ..lifecycle import LIVE, PENDING
from ..problems import Problem
from . import tables
from .chain import Entry, Occasion, append
from .documents import Document, keep
from .engine import chunks
from .loading import states
from .storing import in_parts, insert_rows, stored_part

_MOVES_BY_HAND = ("on_hold",)
"""What people set on a draft stays as they set it."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """The refs of drafts that were renewed, and why others were not (E515)."""

    refs: list[str]
    problems: list[Problem]


def renew(
    connection: Connection,
    drafts: Drafts,
    compared: Mapping[str, str],
    occasion: Occasion,
    documents: Sequence[Document] = (),
) -> Renewed:
    """Put these drafts in the place of the live ones with their refs.

    `compared` holds by ref the content hash with which each was compared: one that is not live any more, or has another
    hash by now, stays as it is (E515). `documents` are the settings and master data of the day. Must run inside a write
    transaction.
    """
    there = states(connection, status=LIVE, lists={"invoice_ref": list(compared)}).set_index("invoice_ref")
    stale = [ref for ref, known in compared.items() if ref not in there.index or there.at[ref, "content_hash"] != known]
    fresh = drafts.only(~drafts.invoices["invoice_ref"].isin(stale))
    if len(fresh):
        before = there.loc[fresh.invoices["invoice_ref"]].reset_index()
        append(connection, occasion, _written(connection, fresh, before, keep(connection, documents)))
    return Renewed(fresh.invoices["invoice_ref"].tolist(), [Problem("E515", invoice_ref=ref) for ref in stale])


def _written(connection: Connection, drafts: Drafts, before: pd.DataFrame, kept: Mapping[str, Any]) -> Iterator[Entry]:
    """Replace the rows in pieces, and yield the entry of each invoice."""
    for some in chunks(before["id"].tolist()):
        for table in (tables.line, tables.tax):
            connection.execute(delete(table).where(table.c.invoice_id.in_(some)))
    for part, start in in_parts(drafts):
        own = before.iloc[start : start + len(part)]
        header, lines, taxes = stored_part(part)
        _update(connection, header, own["id"].tolist())
        insert_rows(connection, lines, taxes, own["id"].tolist())
        yield from _entries(header, part.invoices, own, kept)


def _update(connection: Connection, header: Mapping[str, Sequence[Any]], ids: list[int]) -> None:
    names = [n for n in (*INVOICE_COLUMNS, "line_count", "seal") if n not in _MOVES_BY_HAND]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    decided: dict[str, Any] = dict.fromkeys(("approved_by", "approved_at", "approval_reason"))
    i = tables.invoice
    change = update(i).where(i.c.id == bindparam("key")).values(**values, approval=PENDING, **decided)
    columns = zip(*(header[name] for name in names), strict=True)
    keys = [f"new_{name}" for name in names]
    connection.execute(
        change, [{"key": id_, **dict(zip(keys, row, strict=True))} for id_, row in zip(ids, columns, strict=True)]
    )


def _entries(
    header: Mapping[str, Sequence[Any]], invoices: pd.DataFrame, before: pd.DataFrame, kept: Mapping[str, Any]
) -> Iterator[Entry]:
    old = zip(*(before[n].tolist() for n in _TOLD), strict=True)
    new = zip(header["content_hash"], header["seal"], header["currency"], invoices["gross_total"], strict=True)
    for (id_, batch, ref, digits, known, was, currency), (content_hash, seal, now_in, gross) in zip(old, new, strict=True):
        told = {
            "content_hash": content_hash,
            "content_hash_before": known,
            "gross_total": f"{gross:.{digits}f} {now_in}",
            "gross_total_before": f"{was:.{digits}f} {currency}",
            "seal": seal,
            **kept,
        }
        yield Entry("refresh", batch, id_, ref, None, told)


_TOLD = ("id", "batch", "invoice_ref", "digits", "content_hash", "gross_total", "currency")
