"""The whole life of an invoice in sentences, from the audit chain: who uploaded, changed, decided, numbered, corrected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from ..book import Book
from ..lifecycle import MOVES
from ..lifecycle.differences import differences
from .anew import copies_of, originals_of
from .selecting import NUMBER, REF, named

Row = Mapping[Any, Any]
_REPLACED = "replaced by batch "


@dataclass(frozen=True)
class Event:
    """One thing that happened: its number in the audit chain, when (in local time), who, and what in a sentence."""

    seq: int
    at: datetime
    user: str
    action: str
    words: str


@dataclass(frozen=True)
class Life:
    """One invoice from its upload to its end; a ref that was archived and drafted again has several.

    `copies` are the states of the corrected copies that bill it anew, `copy_of` that of the invoice it bills anew itself.
    """

    state: Row
    events: list[Event] = field(default_factory=list)
    copies: Sequence[Row] = ()
    copy_of: Row | None = None


def history(book: Book, name: str) -> tuple[list[Life], list[Any]]:
    """Return the lives of the invoice with this number or ref, oldest first.

    None, and E531 where there is no such thing, or E536 where it is the ref of one invoice and the number of another.
    """
    found = named(book, [name], (REF, NUMBER))
    if found.problems:
        return [], found.problems
    states = book.states(refs=found.states["invoice_ref"])
    corrections = book.credits_of(states["id"])
    originals = originals_of(book, states["invoice_ref"])
    told = _Told(book, states, corrections, originals)
    entries = book.entries_of(states["id"])
    theirs = book.entries_of(corrections["id"])
    theirs = theirs[theirs["action"].isin(["finalize", "archive"])]
    lives = []
    for state in states.to_dict("records"):
        own = entries[entries["invoice_id"] == state["id"]].to_dict("records")
        notes = corrections[corrections["credits_id"] == state["id"]].set_index("id").to_dict("index")
        about = theirs[theirs["invoice_id"].isin(notes)].to_dict("records")
        copies = book.states(refs=copies_of(book, [state["id"]]))
        events = [told.own(row, state) for row in own]
        events += [_event(row, _of_correction(row, notes[row["invoice_id"]])) for row in about]
        events += _of_copies(book, copies)
        original = originals.get(state["invoice_ref"])
        lives.append(Life(state, sorted(events, key=lambda e: e.seq), copies.to_dict("records"), original))
    return lives, []


class _Told:
    """What is said of an entry, with what must be looked up for it."""

    def __init__(self, book: Book, states: pd.DataFrame, corrections: pd.DataFrame, originals: Mapping[str, Row]) -> None:
        self.book = book
        self.states = states.to_dict("records")
        self.notes = {(n["batch"], n["invoice_ref"]): n for n in corrections.to_dict("records")}
        self.originals = originals

    def own(self, row: Row, state: Row) -> Event:
        """Return an event of the invoice itself."""
        body = json.loads(row["body"])
        return _event(row, self._words(row["action"], body, row, state))

    def _words(self, action: str, body: Row, row: Row, state: Row) -> str:
        if action == "draft":
            return self._drafted(body, row, state)
        if action == "finalize":
            return _numbered(body, row)
        if action == "archive":
            return self._archived(body, state)
        if action == "refresh":
            totals = _change(body.get("gross_total_before"), body.get("gross_total"))
            return f"drafted it again with the master data of that day; {totals}; it must be approved anew"
        if action == "credit":
            sheet = _sheet_of(self.notes.get((row["batch"], body["by"])))
            return f"drafted the credit note {body['by']} for it{sheet}, {_amount(body['gross_total'])}{_why(body)}"
        if action == "copy":
            return f"took a copy of it to correct and bill anew, under the ref {body['copy']}"
        if action == "pay":
            return _paid(body)
        return _moved(action, body)

    def _drafted(self, body: Row, row: Row, state: Row) -> str:
        total = _amount(body.get("gross_total"))
        if isinstance(state["preceding_number"], str):
            reason = self.book.load(pd.DataFrame({"id": [state["id"]]})).invoices["credit_reason"].iloc[0]
            why = _why({} if pd.isna(reason) else {"reason": reason})
            return f"drafted it as a credit note for {state['preceding_number']}{_sheet_of(state)}, {total}{why}"
        sha256 = str(row["sha256"])[:12]
        earlier = self._earlier(state)
        words = f"uploaded it in {state['file']} (SHA-256 {sha256}…), batch {state['batch']}; drafted, {total}"
        original = self.originals.get(state["invoice_ref"])
        if original is not None:
            words += f"; it bills {original['number']} ({original['invoice_ref']}) anew"
        return words if earlier is None else f"{words}; compared with the earlier draft: {self._compared(earlier, state)}"

    def _earlier(self, state: Row) -> Row | None:
        before = [s for s in self.states if s["id"] < state["id"]]
        return before[-1] if before else None

    def _compared(self, earlier: Row, state: Row) -> str:
        pair = pd.DataFrame({"id": [earlier["id"], state["id"]]})
        drafts = self.book.load(pair)
        first = pd.Series([True, False])
        changed = differences(drafts.only(first), drafts.only(~first))
        return changed[0].words if changed else "nothing changed"

    def _archived(self, body: Row, state: Row) -> str:
        reason = str(body.get("reason", ""))
        if reason.startswith(_REPLACED):
            return f"replaced it by the draft of batch {reason.removeprefix(_REPLACED)}; it is archived"
        if "undone" in body:
            return f"took back all of batch {body['undone']}; it is archived"
        return _moved("archive", body)


_PAST = {
    "hold": "put it on hold", "release": "released it from hold", "open": "opened it",
    "draft-again": "moved it back to draft",
    "approve": "approved it", "decline": "declined it", "archive": "archived it", "comment": "commented on it",
}  # fmt: skip


def _moved(action: str, body: Row) -> str:
    """Say a move, whether it was made of a whole batch, from which workbook, and why."""
    words = _PAST.get(action) or (f"{action}: {MOVES[action].title}" if action in MOVES else action.replace("-", " "))
    where = f" in {body['workbook']}" if body.get("workbook") else ""
    many = " together with others" if body.get("by_all") else ""
    return f"{words}{where}{many}{_why(body)}"


def _why(body: Row) -> str:
    return f': "{body["reason"]}"' if body.get("reason") else ""


def _sheet_of(note: Row | None) -> str:
    """Say from which sheet a credit note was asked for; nothing where it was asked for by its number."""
    by_name = note is None or note["file"] == f"credit of {note['preceding_number']}"
    return "" if by_name or note is None else f" from the sheet {note['file']}"


def _numbered(body: Row, row: Row) -> str:
    how = "ran tick, which made it final after its grace period" if body.get("by_itself") else "made it final"
    total = f"{_grouped(body['gross_total'])} {body['currency']}"
    approved = {"PENDING_REVIEW": "not reviewed", "DECLINED": "although declined"}.get(body.get("approval", ""), "")
    told = f", {approved} (--all)" if body.get("everything") and approved else ""
    words = f"{how}{told} as {row['number']}, dated {body['invoice_date']}, due {body['due_date']}"
    return f"{words}, {total}"


def _paid(body: Row) -> str:
    """Say a payment as far as its entry tells it."""
    amount, day = body.get("amount"), body.get("paid_on")
    reference = f', reference "{body["reference"]}"' if body.get("reference") else ""
    file = f", from {body['file']}" if body.get("file") else ""
    return f"entered a payment of {_amount(amount)}{f' of {day}' if day else ''}{reference}{file}"


def _of_correction(row: Row, note: Row) -> str:
    if row["action"] == "archive":
        return f"archived the draft of the credit note {note['invoice_ref']}"
    return f"made its credit note {note['invoice_ref']} final as {row['number']}: the invoice is corrected by it"


def _of_copies(book: Book, copies: pd.DataFrame) -> Iterator[Event]:
    """Yield what became of the corrected copies of an invoice."""
    for row in book.entries_of(copies["id"]).to_dict("records"):
        ref, body = row["invoice_ref"], json.loads(row["body"])
        if row["action"] == "draft":
            yield _event(row, f"drafted {ref} to bill it anew, {_amount(body['gross_total'])}, batch {row['batch']}")
        elif row["action"] == "finalize":
            yield _event(row, f"made {ref} final as {row['number']}: the invoice is billed anew by it")
        elif row["action"] == "archive":
            yield _event(row, f"archived the draft {ref}, which would bill it anew")


def _event(row: Row, words: str) -> Event:
    at = datetime.fromisoformat(str(row["at"])).astimezone()
    return Event(int(row["seq"]), at, str(row["user"]), str(row["action"]), words)


def _change(before: Any, after: Any) -> str:
    return f"total {_amount(before)}, as before" if before == after else f"total {_amount(before)} → {_amount(after)}"


def _amount(text: Any) -> str:
    """Return an amount of an entry, such as "1149.50 EUR", with its thousands set apart."""
    figure, _, currency = str(text).partition(" ")
    return f"{_grouped(figure)} {currency}".rstrip()


def _grouped(figure: str) -> str:
    whole, dot, part = figure.partition(".")
    return f"{int(whole):,}{dot}{part}" if whole.lstrip("-").isdigit() and whole != "-0" else figure


def as_dicts(lives: Iterable[Life]) -> Iterator[dict[str, Any]]:
    """Yield each life as JSON shows it."""
    names = ("invoice_ref", "batch", "status", "on_hold", "approval", "number", "customer", "file")
    for life in lives:
        state = {n: None if pd.isna(life.state[n]) else life.state[n] for n in names}
        events = [
            {"seq": e.seq, "at": e.at.isoformat(), "user": e.user, "action": e.action, "sentence": f"{e.user} {e.words}."}
            for e in life.events
        ]
        links = {
            "copies": [_link(copy) for copy in life.copies],
            "copy_of": None if life.copy_of is None else _link(life.copy_of),
        }
        yield {**state, **links, "events": events}


def _link(state: Row) -> dict[str, Any]:
    return {n: None if pd.isna(state[n]) else state[n] for n in ("invoice_ref", "batch", "status", "number")}
