"""The life of an invoice in sentences: nothing of it is missing, and it reads as it happened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from oneoff_batch.cli import run

HEAD = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"


@pytest.fixture(autouse=True)
def _in_tokyo() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def typed(books: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Type a command that must go well; returns what it said."""

    def type_(*args: str, code: int = 0) -> str:
        ended = run(list(args))
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    return type_


def draft(typed: Callable[..., str], name: str, quantity: int, *more: str) -> str:
    Path(name).write_text(f"{HEAD}\nA-1,C-1001,EUR,2026-11-10,Extra day,{quantity},100.00\n", "utf-8")
    return str(json.loads(typed("draft", name, *more, "--json"))["batch"])


def sentences(typed: Callable[..., str], what: str) -> list[list[str]]:
    lives: list[dict[str, Any]] = json.loads(typed("history", what, "--json"))["lives"]
    return [[e["sentence"] for e in life["events"]] for life in lives]


def test_the_whole_life_is_told_from_the_upload_to_the_credit_note(typed: Callable[..., str]) -> None:
    first = draft(typed, "a.csv", 2)
    second = draft(typed, "b.csv", 3, "--replace")
    typed("release", "A-1")
    typed("hold", "A-1", "--reason", "wait for the PO")
    typed("decline", "A-1", "--reason", "price", "--user", "ben")
    typed("open", "A-1")
    typed("draft-again", "A-1")
    typed("approve", "A-1", "--user", "ben")
    typed("finalize", second, "--yes")
    number = json.loads(typed("show", "A-1", "--json"))["invoices"][0]["number"]
    Path("paid.csv").write_text(f"Number,Date,Amount\n{number},2026-11-20,100.00\n", "utf-8")
    typed("pay", "paid.csv")
    credits = json.loads(typed("credit", number, "--reason", "half a day less", "--amount", "60.50", "--json"))["batch"]
    typed("approve", credits, "--user", "ben")
    typed("finalize", credits, "--yes")
    old, new = sentences(typed, number)
    assert old[0].startswith("anna uploaded it in a.csv (SHA-256 ") and old[0].endswith("; drafted, 242.00 EUR.")
    assert old[1:] == [f"anna replaced it by the draft of batch {second}; it is archived."]
    assert new[0].startswith("anna uploaded it in b.csv (SHA-256 ")
    assert "Quantity of line 1 2 → 3; total 242.00 → 363.00." in new[0] and f"batch {second}" in new[0]
    assert new[1:6] == [
        "anna released it from hold.",
        'anna put it on hold: "wait for the PO".',
        'ben declined it: "price".',
        "anna opened it.",
        "anna moved it back to draft.",
    ]
    assert new[6] == "ben approved it."
    assert new[7].startswith(f"anna made it final as {number}, dated 2026-11-10, due 2026-12-10, 363.00 EUR.")
    assert new[8].startswith("anna entered a payment of 100.00") and "2026-11-20" in new[8] and "paid.csv" in new[8]
    assert new[9] == 'anna drafted the credit note A-1-C1 for it, -60.50 EUR: "half a day less".'
    assert new[10].startswith("anna made its credit note A-1-C1 final as CN-2026-000001")
    note = sentences(typed, "CN-2026-000001")[0]
    assert note[0] == f'anna drafted it as a credit note for {number}, -60.50 EUR: "half a day less".'
    told = typed("history", "A-1")
    assert f"A-1, draft 1 of 2, batch {first}: now archived" in told
    assert f"A-1, draft 2 of 2, batch {second}: now final under {number}" in told


def finals(typed: Callable[..., str]) -> str:
    """anna's invoice, made final; returns its number."""
    batch = draft(typed, "a.csv", 2)
    typed("approve", batch, "--user", "ben")
    return str(json.loads(typed("finalize", batch, "--yes", "--json"))["numbers"][0]["number"])


def test_an_invoice_that_is_billed_anew_and_its_corrected_copy_name_each_other(typed: Callable[..., str]) -> None:
    number = finals(typed)
    done = json.loads(typed("credit-and-copy", number, "--reason", "Three days", "--json"))
    copy = Path(done["copy"])
    book = openpyxl.load_workbook(copy)
    heads = [cell.value for cell in book["Lines"][1]]
    book["Lines"].cell(2, heads.index("Quantity") + 1).value = 3
    book.save(copy)
    batch = json.loads(typed("draft", str(copy), "--json"))["batch"]
    typed("approve", done["batch"], batch, "--user", "ben")
    typed("finalize", done["batch"], "--yes")
    later = json.loads(typed("finalize", batch, "--yes", "--json"))["numbers"][0]["number"]
    assert sentences(typed, number)[0][3:] == [
        'anna drafted the credit note A-1-C1 for it, -242.00 EUR: "Three days".',
        "anna took a copy of it to correct and bill anew, under the ref A-1-2.",
        f"anna drafted A-1-2 to bill it anew, 363.00 EUR, batch {batch}.",
        "anna made its credit note A-1-C1 final as CN-2026-000001: the invoice is corrected by it.",
        f"anna made A-1-2 final as {later}: the invoice is billed anew by it.",
    ]
    assert sentences(typed, "A-1-2")[0][0].endswith(f"; drafted, 363.00 EUR; it bills {number} (A-1) anew.")
    first, second = (json.loads(typed("history", name, "--json"))["lives"][0] for name in (number, later))
    assert [c["number"] for c in first["copies"]] == [later] and first["copy_of"] is None
    assert second["copy_of"]["number"] == number and second["copies"] == []


def test_a_credit_note_from_a_sheet_tells_which_sheet_and_why(typed: Callable[..., str]) -> None:
    number = finals(typed)
    Path("credits.csv").write_text(f"Number,Line,Amount,Reason\n{number},,60.50,Half a day less\n", "utf-8")
    typed("credit", "--from", "credits.csv")
    told = f'anna drafted it as a credit note for {number} from the sheet credits.csv, -60.50 EUR: "Half a day less".'
    assert sentences(typed, "A-1-C1")[0][0] == told
    assert sentences(typed, number)[0][-1] == (
        'anna drafted the credit note A-1-C1 for it from the sheet credits.csv, -60.50 EUR: "Half a day less".'
    )


def test_a_ref_that_was_archived_and_taken_back_and_drafted_again_shows_all_of_its_lives(typed: Callable[..., str]) -> None:
    draft(typed, "a.csv", 2)
    typed("archive", "A-1", "--reason", "billed by hand")
    second = draft(typed, "a.csv", 2)
    typed("undo", second)
    draft(typed, "a.csv", 2)
    one, two, three = sentences(typed, "A-1")
    assert one[-1] == 'anna archived it: "billed by hand".'
    assert two[-1] == f"anna took back all of batch {second}; it is archived."
    assert len(three) == 1 and three[0].endswith("compared with the earlier draft: nothing changed.")


def test_moments_are_told_in_local_time_and_in_order(typed: Callable[..., str]) -> None:
    draft(typed, "a.csv", 2)
    typed("release", "A-1")
    events = json.loads(typed("history", "A-1", "--json"))["lives"][0]["events"]
    assert [e["action"] for e in events] == ["draft", "release"]
    assert [e["seq"] for e in events] == sorted(e["seq"] for e in events)
    assert events[0]["at"][:16].replace("T", " ") in typed("history", "A-1")


def test_a_refresh_and_a_decision_from_a_workbook_are_told(typed: Callable[..., str]) -> None:
    from oneoff_batch.pipeline.history import _moved

    assert _moved("approve", {"workbook": "preview.xlsx", "reason": "fine"}) == 'approved it in preview.xlsx: "fine"'
    draft(typed, "a.csv", 2)
    assert _moved("something-new", {}) == "something new"


def test_what_the_book_has_not_is_named_with_the_near_one_and_a_batch_is_sent_to_show(typed: Callable[..., str]) -> None:
    batch = draft(typed, "a.csv", 2)
    assert 'Did you mean "A-1"?' in typed("history", "a-1", code=1)
    assert f"oneoff-batch show {batch}" in typed("history", batch, code=1)
