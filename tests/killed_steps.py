"""Each command with the stage in which it is typed, and every named step of it at which it is killed."""

from __future__ import annotations

from dataclasses import dataclass, field

from killed import COMMIT, TOMORROW, Step, Typed

_P, _B = "oneoff_batch.pipeline", "oneoff_batch.book"


@dataclass(frozen=True)
class Case:
    """A command: in which stage, how it is typed, its steps in the book and among the files.

    `more` are steps that other commands have in the same functions; they are gone through by `make torture`.

    `again` is the exit code of the same command when it had done its part in the book before it was killed. `lost` names the
    files that are then not written any more, and why that is no loss.
    """

    stage: str
    typed: Typed
    book: tuple[Step, ...]
    files: tuple[Step, ...]
    more: tuple[Step, ...] = ()
    again: int = 0
    lost: dict[str, str] = field(default_factory=dict)


def _in_book(where: str, *, rows: str = "", nth: int = 1, commit: int = 1) -> tuple[Step, ...]:
    """The steps of one write transaction: before it has written, in the middle of its rows, around its commit."""
    return (
        Step("in the transaction, before anything is written", where, "before", nth),
        *((Step("in the middle of its rows", rows, "after"),) if rows else ()),
        Step("all is written, before the commit", COMMIT, "before", commit),
        Step("after the commit, before any file", COMMIT, "after", commit),
    )


def _saved(what: str, nth: int = 1) -> tuple[Step, ...]:
    """The steps in which one file takes its place."""
    return (
        Step(f"{what}: made, not flushed", "os:fsync", "before", 2 * nth - 1),
        Step(f"{what}: flushed, not renamed", "pathlib:Path.replace", "before", nth),
        Step(f"{what}: renamed", "pathlib:Path.replace", "after", nth),
        Step(f"{what}: the folder is flushed", "os:fsync", "after", 2 * nth),
    )


_PAGES = Step("before the pages", f"{_P}.batches:write_batch")
_MOVED = Step("the old folder is out of the way, the new one not in its place", "pathlib:Path.rename", "after")


def _pages(*, again: bool, first_page: int, first_rename: int, of: str = "batches") -> tuple[Step, ...]:
    """The steps in which the folder of a batch takes its place; `again` where there is an older one, `of` is who asks."""
    moved = (_MOVED,) if again else ()
    return (
        Step("before the pages", f"{_P}.{of}:write_batch"),
        Step("the new folder is made", f"{_P}.batches:scratch", "after"),
        Step("between two pages", "pathlib:Path.write_bytes", "after", first_page),
        Step("before the batch page", f"{_P}.batches:write_batch_page"),
        Step("before the workbook", f"{_P}.batches:write_preview"),
        Step("before its sum", f"{_P}.batches:seal"),
        Step("before the swap", f"{_P}.batches:swap"),
        Step("all is flushed, before the swap", f"{_P}.scratch:_flush_all", "after"),
        *moved,
        Step(
            "the new folder is in its place, the old one not deleted", "pathlib:Path.rename", "after", first_rename + again
        ),
        Step("after the swap", f"{_P}.batches:swap", "after"),
        Step("after the pages", f"{_P}.{of}:write_batch", "after"),
    )


def _report(name: str) -> dict[str, str]:
    why = "what is drafted already is not examined again; the page of the batch has its warnings"
    endings = ("problems.html", "problems.json", "marked.xlsx")
    return {f"reports/{name}-{ending}": why for ending in endings}


_LEDGER = (Step("before the ledger workbook", f"{_P}.ledger:write_ledger"), *_saved("ledger workbook", 2))
_TICK_LEDGER = Step("before the ledger workbook", f"{_P}.tick:write_ledger")

CASES: dict[str, Case] = {
    "check": Case(
        "empty", Typed(("check", "mixed.csv")), (),
        (Step("after reading", f"{_P}.intake:examine", "after"), *_saved("marked-up copy"),
         *(_saved(what, n)[1] for n, what in enumerate(("to-fix workbook", "page of problems", "its data"), start=2))),
        (*_saved("to-fix workbook", 2), *_saved("page of problems", 3), *_saved("its data", 4)),
    ),
    "draft": Case(
        "empty", Typed(("draft", "a.csv")),
        (Step("after reading", f"{_P}.batches:examine", "after"),
         *_in_book(f"{_B}.storing:add", rows=f"{_B}.storing:insert_columns")),
        (*_saved("page of problems"), Step("after the report", f"{_P}.reports:write_report", "after"),
         *_pages(again=False, first_page=2, first_rename=2)),
        lost=_report("a"),
    ),
    "draft --valid-only": Case(
        "empty", Typed(("draft", "mixed.csv", "--valid-only")),
        _in_book(f"{_B}.storing:add"),
        (_PAGES, Step("before the swap", f"{_P}.batches:swap")), again=1, lost=_report("mixed"),
    ),
    "draft --replace": Case(
        "drafted", Typed(("draft", "changed.csv", "--replace")),
        _in_book(f"{_B}.storing:add", rows=f"{_B}.storing:_make_room"),
        (_PAGES,), lost=_report("changed"),
    ),
    "review apply": Case(
        "drafted", Typed(("review", "apply", "decided.xlsx"), "ben"),
        (Step("after reading the workbook", f"{_P}.review:_read", "after"),
         *_in_book(f"{_B}.reviewing:decide", rows=f"{_B}.reviewing:take")),
        (),
    ),
    "approve": Case("drafted", Typed(("approve", "2026-11-24-1"), "ben"), _in_book(f"{_B}.moving:take"), ()),
    "finalize": Case(
        "approved", Typed(("finalize", "2026-11-24-1", "--yes"), "ben"),
        (Step("after the dry run", f"{_P}.ledger:finalize", "after"),
         Step("in the transaction, before anything is written", f"{_B}.book:post", "before", 2),
         Step("the numbers are drawn, before they are written", f"{_B}.posting:number", "after", 2),
         Step("in the middle of its rows", f"{_B}.posting:_keep_counters", "after", 2),
         Step("before the ledger entries", f"{_B}.posting:append", "before", 2),
         Step("after the ledger entries", f"{_B}.posting:append", "after", 2),
         Step("all is written, before the commit", COMMIT),
         Step("after the commit, before any file", COMMIT, "after")),
        (*_pages(again=True, first_page=1, first_rename=1, of="ledger"), *_LEDGER),
    ),
    "tick": Case(
        "released", Typed(("tick",), "cron", TOMORROW),
        (Step("in the transaction, before anything is written", f"{_B}.book:post"),
         Step("before the ledger entries", f"{_B}.posting:append"),
         Step("all is written, before the commit", COMMIT),
         Step("after the commit, before any file", COMMIT, "after"),
         Step("documents are written, before the book keeps that", f"{_B}.lives:documented"),
         Step("before the commit of that", COMMIT, "before", 2),
         Step("after the commit of that", COMMIT, "after", 2)),
        (Step("before the pages", f"{_P}.tick:write_batch"), _MOVED, _TICK_LEDGER), (*_pages(again=True, first_page=1, first_rename=1, of="tick"), _TICK_LEDGER, *_LEDGER[1:]),
    ),
    "credit": Case(
        "final", Typed(("credit", "INV-2026-000001", "--reason", "Billed wrong")),
        _in_book(f"{_B}.correcting:add_credits", rows=f"{_B}.storing:insert_columns"),
        (_PAGES,), _pages(again=False, first_page=1, first_rename=2), again=1,
    ),
    "credit --from": Case(
        "final", Typed(("credit", "--from", "credits.csv")),
        _in_book(f"{_B}.correcting:add_credits"), (_PAGES,), _pages(again=False, first_page=1, first_rename=2),
    ),
    "finalize a credit note": Case(
        "credited", Typed(("finalize", "2026-11-24-2", "--yes"), "ben"), (),
        (Step("before the corrected pages", f"{_P}.corrected_pages:write_invoice_pages"),
         Step("before they take their place", f"{_P}.corrected_pages:merge"),
         Step("one has taken its place", "pathlib:Path.replace", "after", 2),
         Step("after the corrected pages", f"{_P}.corrected_pages:merge", "after")),
    ),
    "credit-and-copy": Case(
        "final", Typed(("credit-and-copy", "INV-2026-000001", "--reason", "Billed wrong")),
        (*_in_book(f"{_B}.correcting:add_credits"),
         Step("before the book keeps that there is a copy", f"{_B}.lives:copied"),
         Step("before the commit of that", COMMIT, "before", 2),
         Step("after the commit of that", COMMIT, "after", 2)),
        (_saved("copy")[1], _PAGES), _saved("copy"), again=1,
    ),
    "pay": Case(
        "final", Typed(("pay", "payments.csv")), _in_book(f"{_B}.paying:enter", rows=f"{_B}.paying:_beyond"), (),
    ),
    "ledger export": Case(
        "final", Typed(("ledger", "export", "out/ledger.xlsx")), (),
        (Step("before the export", f"{_P}.exporting:export"), *_saved("workbook")),
    ),
    "ledger export as CSV": Case(
        "final", Typed(("ledger", "export", "out/csv")), (), tuple(_saved(what, n)[1] for n, what in enumerate(("header.csv", "lines.csv", "taxes.csv"), start=1)),
        (*_saved("header.csv"), *_saved("lines.csv", 2), *_saved("taxes.csv", 3)),
    ),
    "preview": Case(
        "final", Typed(("preview", "2026-11-24-1")), (), (_MOVED,), _pages(again=True, first_page=1, first_rename=1),
    ),
    "undo": Case(
        "drafted", Typed(("undo", "2026-11-24-1")), _in_book(f"{_B}.undoing:undo", rows=f"{_B}.undoing:take"),
        (_PAGES, _MOVED), _pages(again=True, first_page=1, first_rename=1),
    ),
    "map --save": Case(
        "empty", Typed(("map", "a.csv", "--save", "profiles/shop.toml", "--replace")), (), (_saved("profile")[1],), _saved("profile"),
    ),
    # Once it stands under its name, the same command refuses to write over it, and says so.
    "template": Case("empty", Typed(("template", "blank.xlsx")), (), (_saved("template")[1],), _saved("template"), again=1),
    "refresh": Case(
        "outdated", Typed(("refresh", "2026-11-24-1")), _in_book(f"{_B}.renewing:renew"),
        (_PAGES, Step("before the swap", f"{_P}.batches:swap")),
    ),
}  # fmt: skip
