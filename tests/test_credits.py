"""Credit notes: never more than is left, and together exactly the invoice (domain §9)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pandas as pd
import pytest
from builders import NL01, drafted, invoice, line, master, tax
from databases import tampered
from desk import NOON, Desk, desk_in, workspace_in
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from samples import SAMPLES

from oneoff_batch.book import Step, Upload, open_book
from oneoff_batch.drafting import Drafts
from oneoff_batch.drafting.drafts import BUYER
from oneoff_batch.drafting.hashing import content_hash
from oneoff_batch.lifecycle.asking import Earlier, Request, TaxCredited, Wanted
from oneoff_batch.lifecycle.credit_notes import Corrected, Terms, credit_notes, keys_of
from oneoff_batch.money import to_minor
from oneoff_batch.pipeline.batches import write_batch
from oneoff_batch.pipeline.credits import CreditsDone, credit, credit_from
from oneoff_batch.pipeline.setup import blank_sheet
from oneoff_batch.problems import Problem, errors
from oneoff_batch.settings import parse_settings

pytestmark = pytest.mark.usefixtures("database")

TODAY = date(2026, 12, 3)
Round = tuple[dict[int, Drafts], list[Problem]]
TERMS = Terms(TODAY, {"": "credits"})
TAXES = [
    tax("T21", "21"), tax("T9", "9"), tax("T0", "0", "Z"), tax("QC", "5"), tax("QC", "9.975"),
    tax("UP", "10"), tax("UP", "10", compound=True), tax("TWO", "2"), tax("TWO", "2"), tax("MANY", "1"), tax("MANY", "2.5"),
    tax("MANY", "4.125"), tax("MANY", "3", compound=True), tax("FREE", "0", "E", exemption_reason="Education"),
]  # fmt: skip
CODES = sorted({str(t["tax_code"]) for t in TAXES})


ENTITIES = [
    {**NL01, "billing_entity": how, "tax_rounding": how, "is_default": how == "per_group"}
    for how in ("per_group", "per_line")
]
EURO = {"currency": "EUR", "date": date(2026, 11, 20), "source": "ECB"}
RATES = [
    {**EURO, "base_currency": base, "rate": rate}
    for base, rate in (("USD", "0.9237"), ("JPY", "0.00591"), ("KWD", "2.9917"))
]


def undated(*made: Any, how: str = "net") -> Drafts:
    """Invoices as the drafting room makes them, with tax codes on their lines."""
    data = master(entities=ENTITIES, taxes=[*TAXES, tax("NL21", "21", country="NL")], rates=RATES)
    billing = [{"billing_entity": "per_group", **i} for i in made]
    drafts, problems = drafted(*billing, data=data, settings=parse_settings(f'[tax]\ninclusive_rounds = "{how}"\n'))
    assert not errors(problems), [p.message for p in problems]
    return drafts


def billed(*made: Any, how: str = "net") -> Drafts:
    """Invoices with a date, as if they were final."""
    drafts = undated(*made, how=how)
    days = pd.Series([date(2026, 11, 30)] * len(drafts), dtype=drafts.invoices["invoice_date"].dtype)
    return Drafts(drafts.invoices.assign(invoice_date=days), drafts.lines, drafts.taxes)


def earlier(notes: Sequence[Drafts], ref: str = "") -> Earlier:
    """What earlier credit notes took, as the book adds it up."""
    lines: dict[int, tuple[int, int]] = {}
    tables, second = [], 0
    for note in notes:
        digits = int(note.invoices["digits"].iloc[0])
        for row in note.lines.to_dict("records"):
            a, b = lines.get(row["credits_line"], (0, 0))
            lines[row["credits_line"]] = (a - units(row["net"], digits), b - units(row["tax"], digits))
        rows = zip(keys_of(note.taxes), note.taxes["taxable"], note.taxes["tax"], strict=True)
        tables.append([TaxCredited(k, -units(a, digits), -units(b, digits)) for k, a, b in rows])
        if note.invoices["tax_currency_total"].notna().all():
            known = note.invoices["tax_currency_digits"].astype("int64")
            second -= int(to_minor(note.invoices["tax_currency_total"], known).iloc[0])
    return Earlier([n.invoices["invoice_ref"].iloc[0] for n in notes], ref, lines, tables, second)


def units(amount: Decimal, digits: int) -> int:
    whole = amount.scaleb(digits)
    assert whole == int(whole)
    return int(whole)


def only(drafts: Drafts, ref: str) -> Drafts:
    """One of several."""
    return drafts.only(drafts.invoices["invoice_ref"] == ref)


def credited(originals: Drafts, notes: Mapping[int, Sequence[Drafts]], asked: Mapping[int, Sequence[Wanted]]) -> Round:
    """Ask for one more credit note of each invoice that is asked for, by its place; return them, and the problems."""
    count = range(len(originals))
    numbers = [f"INV-2026-{i + 1:06d}" for i in count]
    corrected = Corrected(list(count), originals, numbers, [earlier(notes.get(i, ()), f"NOTE-{i}") for i in count])
    requests = [Request(i, "Cancelled", tuple(wanted)) for i, wanted in asked.items()]
    made, problems = credit_notes(requests, corrected, TERMS)
    found = {int(n[-6:]) - 1: only(made, r) for n, r in made.invoices[["preceding_number", "invoice_ref"]].to_numpy()}
    return found, problems


def one(original: Drafts, notes: Sequence[Drafts], *wanted: Wanted) -> tuple[Drafts | None, list[Problem]]:
    """Ask for one more credit note of an invoice."""
    found, problems = credited(original, {0: notes}, {0: wanted or (Wanted(),)})
    return found.get(0), problems


def holds(note: Drafts) -> None:
    """The rules of EN 16931 that need no XML, on a credit note."""
    head = note.invoices.iloc[0]
    assert head["net_total"] == note.lines["net"].sum()  # BR-CO-10, -13
    assert head["tax_total"] == note.taxes["tax"].sum() == note.lines["tax"].sum()  # BR-CO-14
    assert head["gross_total"] == head["net_total"] + head["tax_total"]  # BR-CO-15
    assert (note.lines["unit_price"] >= 0).all()  # BR-27
    assert head["preceding_date"] == date(2026, 11, 30)  # BR-55
    assert len(note.lines) and len(note.taxes)  # BR-16, BR-CO-18
    digits = int(head["digits"])
    inclusive = bool(head["prices_include_tax"])
    for row in note.lines.to_dict("records"):
        exact = row["quantity"] * row["unit_price"] / row["base_quantity"]
        amount = row["gross"] if inclusive else row["net"]
        assert abs(exact - amount) * 2 <= Decimal(1).scaleb(-digits)
    assert content_hash(note).tolist() == note.invoices["content_hash"].tolist()


def adds_up(original: Drafts, notes: Sequence[Drafts]) -> None:
    """Credit notes that exhaust an invoice are its mirror, in every line, every row of its tax table, and every total."""
    for name in ("net_total", "tax_total", "gross_total"):
        assert sum(n.invoices[name].iloc[0] for n in notes) == -original.invoices[name].iloc[0]
    lines = pd.concat([n.lines for n in notes])
    for row in original.lines.to_dict("records"):
        own = lines[lines["credits_line"] == row["line"]]
        for name in ("net", "tax", "gross"):
            assert sum(own[name], Decimal(0)) == -row[name], (row["line"], name)
    done = earlier(notes)
    keys = keys_of(original.taxes)
    digits = int(original.invoices["digits"].iloc[0])
    rows: dict[tuple[tuple[str, ...], int], tuple[int, int]] = {}
    for table in done.taxes:
        seen: dict[tuple[str, ...], int] = {}
        for took in table:
            nth = seen[took.key] = seen.get(took.key, -1) + 1
            a, b = rows.get((took.key, nth), (0, 0))
            rows[took.key, nth] = (a + took.taxable, b + took.tax)
    assert sum(a for a, _ in rows.values()) == sum(units(x, digits) for x in original.taxes["taxable"])
    for key, row in zip(keys, original.taxes.to_dict("records"), strict=True):
        if keys.count(key) == 1:
            assert rows.get((key, 0), (0, 0)) == (units(row["taxable"], digits), units(row["tax"], digits))
    if original.invoices["tax_currency_total"].notna().all():
        second = sum(n.invoices["tax_currency_total"].iloc[0] for n in notes)
        assert second == -original.invoices["tax_currency_total"].iloc[0]


# ---- properties, over invoices that the drafting room makes


def random_invoices(number: int, count: int = 25) -> Drafts:
    """Invoices with every rounding, with and without tax in their prices, deductions, several and compound rates."""
    random = Random(number)
    made = []
    for i in range(count):
        codes = random.choices(CODES, k=random.randint(1, 4))
        lines = []
        for k in range(random.randint(1, 6)):
            price = random.choice(
                ["0", "0.01", "0.005", "33.33", "1.234567", *[f"{random.randint(1, 400_000) / 100:.2f}"] * 6]
            )
            quantity = random.choice(["1", "2", "0.5", "3", "7.25"])
            signed = f"-{quantity}" if k and random.random() < 0.2 else quantity
            base = random.choice([1, 1, 1, 3, 100])
            lines.append(line(price, signed, base_quantity=base, tax_code=random.choice(codes)))
        header = {
            "billing_entity": random.choice(["per_group", "per_line"]),
            "currency": random.choice(["EUR", "EUR", "JPY", "KWD", "USD"]),
            "prices_include_tax": random.random() < 0.5,
        }
        made.append(invoice(*lines, ref=f"NOV-{i + 1}", **header))
    return billed(*made, how=random.choice(["net", "tax"]))


def random_request(original: Drafts, random: Random) -> tuple[Wanted, ...]:
    digits = int(original.invoices["digits"].iloc[0])
    kind = random.choice(["amount", "amount", "lines", "lines", "full line"])
    if kind == "amount":
        most = units(abs(original.invoices["gross_total"].iloc[0]), digits) + 2
        return (Wanted(None, Decimal(random.randint(1, most)).scaleb(-digits)),)
    lines = original.lines.to_dict("records")
    chosen = random.sample(lines, random.randint(1, min(3, len(lines))))
    if kind == "full line":
        return tuple(Wanted(r["line"]) for r in chosen)
    return tuple(
        Wanted(r["line"], Decimal(random.randint(1, units(abs(r["gross"]), digits) + 1)).scaleb(-digits)) for r in chosen
    )


@settings(max_examples=3, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.integers(0, 10_000))
def test_any_sequence_of_credits_that_exhausts_an_invoice_adds_up_to_it(number: int) -> None:
    originals, random = random_invoices(number), Random(number)
    each = [only(originals, ref) for ref in originals.invoices["invoice_ref"]]
    notes: dict[int, list[Drafts]] = {i: [] for i in range(len(each))}
    for _ in range(4):
        asked = {i: random_request(o, random) for i, o in enumerate(each) if random.random() < 0.8}
        made, problems = credited(originals, notes, asked)
        assert len(made) + len({p.invoice_ref for p in problems}) == len(asked)
        assert {p.code for p in problems} <= {"E550", "E551", "E557", "E565"}
        for i, note in made.items():
            holds(note)
            notes[i].append(note)
            within(each[i], notes[i])
    made, problems = credited(originals, notes, {i: (Wanted(),) for i in range(len(each))})
    assert {p.code for p in problems} <= {"E551"}
    for i, note in made.items():
        holds(note)
        notes[i].append(note)
    for i, own in notes.items():
        if own:
            adds_up(each[i], own)


def within(original: Drafts, notes: Sequence[Drafts]) -> None:
    """Nothing is credited beyond what was billed: neither of a line, nor of a row of the tax table, nor in all."""
    digits = int(original.invoices["digits"].iloc[0])
    done = earlier(notes)
    for row in original.lines.to_dict("records"):
        net, tax_ = done.lines.get(row["line"], (0, 0))
        for found, most in ((net, row["net"]), (tax_, row["tax"]), (net + tax_, row["gross"])):
            assert inside(found, units(most, digits))
    total = sum((n.invoices["gross_total"].iloc[0] for n in notes), Decimal(0))
    assert inside(-units(total, digits), units(original.invoices["gross_total"].iloc[0], digits))


def inside(found: int, most: int) -> bool:
    return min(0, most) <= found <= max(0, most)


# ---- what is asked for, and what is refused


def simple(*lines: Any, **header: Any) -> Drafts:
    return billed(invoice(*(lines or (line("100.00", 2), line("30.00"))), ref="NOV-1", **header))


def codes(problems: Sequence[Problem]) -> list[str]:
    return [p.code for p in problems]


def test_a_full_credit_note_mirrors_its_invoice() -> None:
    original = billed(invoice(line("100.00", 2, tax_code="T21", unit="day"), line("0.333", 3, tax_code="T9"), ref="NOV-1"))
    note, problems = one(original, [])
    assert note is not None and problems == []
    head = note.invoices.iloc[0]
    assert (head["series"], head["date_rule"], head["planned_date"]) == ("credits", "when_final", TODAY)
    assert head["on_hold"] and head["credit_reason"] == "Cancelled"
    assert note.lines["quantity"].tolist() == (-original.lines["quantity"]).tolist()
    for name in ("unit_price", "unit", "subline_name", "tax_code", "period_start"):
        assert note.lines[name].astype(str).tolist() == original.lines[name].astype(str).tolist()
    assert note.taxes["tax"].tolist() == (-original.taxes["tax"]).tolist()
    assert note.lines["credits_line"].tolist() == [1, 2]


def test_part_of_a_line_is_one_piece_at_its_amount() -> None:
    note, _ = one(simple(), [], Wanted(1, Decimal("50.00")))
    assert note is not None
    row = note.lines.iloc[0]
    assert (row["quantity"], row["unit_price"], row["base_quantity"], row["net"]) == (-1, 50, 1, -50)
    assert (row["tax"], row["gross"]) == (Decimal("-10.50"), Decimal("-60.50"))


def test_an_amount_is_meant_with_tax_and_spread_over_what_is_left() -> None:
    note, _ = one(simple(), [], Wanted(None, Decimal("100.00")))
    assert note is not None
    assert note.invoices["gross_total"].tolist() == [Decimal("-100.00")]
    assert note.lines["gross"].tolist() == [Decimal("-86.96"), Decimal("-13.04")]


def test_more_than_is_left_is_refused_with_what_is_left() -> None:
    first, _ = one(simple(), [], Wanted(1, Decimal("150.00")))
    assert first is not None
    _, line_ = one(simple(), [first], Wanted(1, Decimal("50.01")))
    assert codes(line_) == ["E550"]
    assert line_[0].message == "Line 1 of INV-2026-000001 has 50.00 EUR left to credit; 50.01 EUR is asked for."
    _, whole = one(simple(), [first], Wanted(None, Decimal("96.81")))
    assert codes(whole) == ["E550"] and "96.80 EUR left" in whole[0].message


def test_what_is_credited_in_full_is_not_credited_again() -> None:
    note, _ = one(simple(), [])
    assert note is not None
    _, problems = one(simple(), [note])
    assert codes(problems) == ["E551"]
    part, _ = one(simple(), [], Wanted(2))
    assert part is not None
    assert codes(one(simple(), [part], Wanted(2))[1]) == ["E551"]


def test_a_line_that_was_not_billed_is_not_credited() -> None:
    _, problems = one(simple(), [], Wanted(3))
    assert codes(problems) == ["E552"] and problems[0].message.endswith("no line 3; its lines are 1 to 2.")


def test_a_credit_note_is_not_credited_itself() -> None:
    note, _ = one(simple(), [])
    assert note is not None
    assert codes(one(note, [])[1]) == ["E553"]


def test_an_amount_finer_than_the_currency_is_refused() -> None:
    assert codes(one(simple(), [], Wanted(None, Decimal("10.005")))[1]) == ["E555"]
    assert codes(one(simple(), [], Wanted(1, Decimal("0")))[1]) == ["E555"]
    yen = billed(invoice(line("100", tax_code="T21"), ref="NOV-1", currency="JPY"))
    _, problems = one(yen, [], Wanted(None, Decimal("10.5")))
    assert codes(problems) == ["E555"] and "JPY has no decimals" in problems[0].message


def test_a_line_is_asked_for_once() -> None:
    assert codes(one(simple(), [], Wanted(1), Wanted(1, Decimal("5")))[1]) == ["E556"]
    assert codes(one(simple(), [], Wanted(1), Wanted())[1]) == ["E556"]


def test_a_charge_is_not_credited_beyond_its_deduction() -> None:
    original = simple(line("100.00", tax_code="T21"), line("30.00", -1, tax_code="T21"), line("200.00", tax_code="T9"))
    assert codes(one(original, [], Wanted(1))[1]) == ["E557"]
    both, problems = one(original, [], Wanted(1), Wanted(2))
    assert both is not None and problems == []
    assert both.lines["quantity"].tolist() == [-1, 1]
    assert both.invoices["gross_total"].tolist() == [Decimal("-84.70")]


def test_a_deduction_alone_is_not_credited_because_the_customer_would_pay_more() -> None:
    original = simple(line("200.00"), line("50.00", -1))
    note, [refused] = one(original, [], Wanted(2))
    assert note is None and refused.code == "E565"
    assert refused.message == (
        f"To credit this of {ONE} alone would make the customer pay 60.50 EUR more: it takes back a deduction."
    )
    assert one(original, [], Wanted(1, Decimal(100)), Wanted(2))[1] == []


def test_the_customer_stands_there_as_on_the_invoice_or_as_of_today() -> None:
    original = simple()
    moved = dict.fromkeys(BUYER) | {"name": "Kanaal Logistiek Groep B.V.", "country": "NL", "type": "ORGANIZATION"}
    corrected = Corrected([0], original, ["INV-2026-000001"], [Earlier(next_ref="NOV-1-C1")])
    request = [Request(0, "Cancelled", (Wanted(),))]
    as_billed, _ = credit_notes(request, corrected, TERMS)
    today, _ = credit_notes(request, corrected, replace(TERMS, customers={"C-NL": moved}))
    assert as_billed.invoices["buyer_name"].tolist() == ["Kanaal Logistiek B.V."]
    assert today.invoices["buyer_name"].tolist() == ["Kanaal Logistiek Groep B.V."]
    assert codes(credit_notes(request, corrected, replace(TERMS, customers={}))[1]) == ["E558"]


# ---- in the book


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A workspace of the sample company with an empty book."""
    with desk_in(tmp_path, SAMPLES / "master-data.xlsx") as made:
        yield made


def finals(desk: Desk, *made: Any) -> pd.DataFrame:
    """anna's invoices, made final by ben: NOV-1, NOV-2 … unless they say otherwise; returns their states."""
    drafts = undated(*(made or (invoice(line("100.00", 2), line("30.00"), ref="NOV-1"),)))
    sha256 = content_hash(drafts).iloc[0]
    batch = desk.book.add_batch(drafts, Upload("november.xlsx", sha256, "anna", NOON), left_out=0)
    assert desk.finalize(batch, date(2026, 11, 24)) == []
    return desk.book.states(batch=batch)


def ask(desk: Desk, states: pd.DataFrame, *wanted: Wanted, **more: Any) -> CreditsDone:
    return credit(desk.workspace, desk.book, states, wanted or (Wanted(),), "Late start", "anna", NOON, **more)


def test_billions_are_credited_in_full_and_in_part(desk: Desk) -> None:
    price = "9876543210.00"
    states = finals(desk, invoice(line(price, 3), ref="NOV-1"), invoice(line(price, 2), line("5.00"), ref="NOV-2"))
    for state, wanted in ((states.iloc[:1], Wanted()), (states.iloc[1:], Wanted(1, Decimal("12345678901.23")))):
        done = ask(desk, state, wanted)
        assert done.batch is not None and done.problems == []
        row = desk.book.load(desk.book.states(batch=done.batch)).lines.iloc[0]
        assert row["quantity"] * row["unit_price"] / row["base_quantity"] == row["net"]
        assert desk.finalize(done.batch, date(2026, 11, 25)) == []
    assert desk.book.verify().problems == []


def test_a_credit_note_is_drafted_approved_and_numbered_like_an_invoice(desk: Desk) -> None:
    states = finals(desk)
    done = ask(desk, states, Wanted(1, Decimal("50.00")))
    assert done.batch is not None and done.problems == []
    draft = desk.book.states(batch=done.batch).iloc[0]
    assert (draft["invoice_ref"], draft["status"], draft["approval"]) == ("NOV-1-C1", "DRAFT", "PENDING_REVIEW")
    assert draft["credits_id"] == states["id"].iloc[0] and draft["preceding_number"] == "INV-2026-000001"
    assert desk.approve(done.batch, "anna") == ["E503"] and desk.approve(done.batch, "ben") == []
    assert desk.finalize(done.batch, date(2026, 11, 25)) == []
    final = desk.book.states(batch=done.batch)
    assert final["number"].tolist() == ["CN-2026-000001"] and final["due_date"].tolist() == [date(2026, 11, 25)]
    assert desk.book.verify().problems == []


def test_a_credit_note_is_not_dated_before_its_invoice(desk: Desk) -> None:
    batch = ask(desk, finals(desk)).batch
    assert batch is not None
    assert desk.finalize(batch, date(2026, 11, 23)) == ["E559"]
    assert desk.finalize(batch, date(2026, 11, 24)) == []


def test_a_dry_run_of_a_credit_writes_nothing(desk: Desk) -> None:
    states = finals(desk)
    done = ask(desk, states, dry_run=True)
    assert done.batch is None and done.count == 1
    assert len(desk.book.batches()) == 1


def test_only_what_is_final_is_credited(desk: Desk) -> None:
    drafts = undated(invoice(line("1.00"), ref="NOV-1"))
    batch = desk.book.add_batch(drafts, Upload("a.xlsx", "a" * 64, "anna", NOON), left_out=0)
    assert codes(ask(desk, desk.book.states(batch=batch)).problems) == ["E501"]


def test_an_archived_credit_note_gives_back_what_it_took_and_keeps_its_ref(desk: Desk) -> None:
    states = finals(desk)
    first = ask(desk, states)
    assert codes(ask(desk, states).problems) == ["E551"]
    draft = desk.book.states(batch=first.batch)
    desk.book.move([Step("archive", draft["id"].tolist())], "anna", NOON)
    again = ask(desk, states)
    assert again.drafts is not None and again.drafts.invoices["invoice_ref"].tolist() == ["NOV-1-C2"]


def test_a_ref_that_an_upload_has_already_is_not_taken(desk: Desk) -> None:
    states = finals(desk, invoice(line("1.00"), ref="NOV-1"), invoice(line("2.00"), ref="NOV-1-C1"))
    done = ask(desk, states.iloc[:1])
    assert done.drafts is not None and done.drafts.invoices["invoice_ref"].tolist() == ["NOV-1-C2"]


_RACE = """
import sys
sys.path.insert(0, {tests!r})
from test_credits import take
take({folder!r})
"""


def take(folder: str) -> None:
    """Credit 200.00 of an invoice of 278.30, in a process of its own, and print the codes."""
    workspace = workspace_in(Path(folder))
    with open_book(workspace.book_url) as book:
        done = credit(workspace, book, book.states(refs=["NOV-1"]), [Wanted(None, Decimal("200"))], "x", "anna", NOON)
        print(*codes(done.problems), *(p.details.get("left") for p in done.problems), sep="|")


def test_of_two_processes_that_credit_at_once_one_is_refused(desk: Desk) -> None:
    finals(desk)
    code = _RACE.format(tests=str(Path(__file__).parent), folder=str(desk.workspace.root))
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(p.communicate(timeout=300)[0].strip() for p in both)
    assert said == ["", "E550|78.30 EUR"]
    assert len(desk.book.batches()) == 2


def test_verify_names_credit_notes_that_take_more_than_was_billed(desk: Desk) -> None:
    states = finals(desk, invoice(line("100.00"), ref="NOV-1"), invoice(line("20.00"), ref="NOV-2"))
    batch = ask(desk, states.iloc[:1]).batch
    assert batch is not None
    desk.finalize(batch, date(2026, 11, 25))
    assert desk.book.verify().problems == []
    tampered(desk.workspace.book_url, f"UPDATE invoice SET credits_id = {states['id'].iloc[1]} WHERE batch = '{batch}'")
    found = [p for p in desk.book.verify().problems if p.code == "E526"]
    assert [p.message for p in found] == [
        "Net of line 1 of INV-2026-000002: 20.00 was billed, 100.00 is credited.",
        "The invoice of CN-2026-000001: what it names was billed, INV-2026-000002 is credited.",
    ]


# ---- from a sheet


def sheet_of(path: Path, *rows: Sequence[Any], head: Sequence[str] = ("Number", "Line", "Amount", "Reason")) -> Path:
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def from_sheet(desk: Desk, path: Path, **more: Any) -> CreditsDone:
    return credit_from(desk.workspace, desk.book, path, "anna", NOON, **more)


ONE, TWO = "INV-2026-000001", "INV-2026-000002"


def two(desk: Desk) -> None:
    finals(desk, invoice(line("100.00"), line("30.00"), ref="NOV-1"), invoice(line("20.00"), ref="NOV-2"))


def test_a_sheet_of_credits_makes_one_credit_note_for_each_invoice(desk: Desk, tmp_path: Path) -> None:
    two(desk)
    rows = [[ONE, 1, 40, "Late"], [TWO, None, None, "Cancelled"], [ONE, 2, None, "Not held"]]
    path = sheet_of(tmp_path / "credits.xlsx", *rows)
    done = from_sheet(desk, path)
    assert done.problems == [] and done.drafts is not None
    notes = done.drafts.invoices
    assert notes["invoice_ref"].tolist() == ["NOV-1-C1", "NOV-2-C1"]
    assert notes["credit_reason"].tolist() == ["Late; Not held", "Cancelled"]
    assert notes["net_total"].tolist() == [Decimal(-70), Decimal(-20)]
    again = from_sheet(desk, path)
    assert again.known_batch == done.batch and again.batch is None


def test_a_sheet_with_an_error_credits_nothing_or_only_what_can_be(desk: Desk, tmp_path: Path) -> None:
    two(desk)
    rows = [
        [ONE, 1, 400, "Late"], ["INV-2026-00002", None, None, "Typo"], [TWO, None, "$ 5.00", "Dollars"], [TWO, 1.5, None, "Half"],
        [TWO, None, None, None],
    ]  # fmt: skip
    path = sheet_of(tmp_path / "credits.xlsx", *rows)
    done = from_sheet(desk, path)
    assert sorted((p.code, p.cell) for p in errors(done.problems)) == [
        ("E201", "D6"), ("E221", "C4"), ("E550", "C2"), ("E552", "B5"), ("E554", "A3"),
    ]  # fmt: skip
    assert next(p for p in done.problems if p.code == "E554").suggestion == TWO
    assert done.batch is None and len(desk.book.batches()) == 1
    good = sheet_of(tmp_path / "good.xlsx", [ONE, 9, None, "No such line"], [TWO, None, None, "Cancelled"])
    assert from_sheet(desk, good).batch is None
    left = from_sheet(desk, good, valid_only=True)
    assert left.batch is not None and left.count == 1 and left.left_out == [ONE]
    assert codes(left.problems) == ["E552"]


def test_the_blank_sheet_of_credits_is_understood_when_it_is_filled_in(desk: Desk, tmp_path: Path) -> None:
    two(desk)
    path = blank_sheet(tmp_path / "blank.xlsx", "credits")
    book = openpyxl.load_workbook(path)
    for column, value in zip("ABCD", [ONE, 1, "12.10", "Late"], strict=True):
        book["Credits"][f"{column}2"] = value
    book.save(path)
    done = from_sheet(desk, path)
    assert errors(done.problems) == [] and done.count == 1


def test_a_sheet_that_lacks_a_column_says_which(desk: Desk, tmp_path: Path) -> None:
    path = sheet_of(tmp_path / "credits.xlsx", [ONE, 5], head=("Number", "Amount"))
    [lacks] = from_sheet(desk, path).problems
    assert (lacks.code, lacks.message) == (
        "E564",
        'A sheet of credits needs a column for Reason. "Sheet" has: Number, Amount.',
    )
    assert lacks.fix.endswith("oneoff-batch template --credits.")
    other = sheet_of(tmp_path / "other.xlsx", ["x", 5], head=("Colour", "Weight"))
    assert codes(from_sheet(desk, other).problems) == ["E564"]


def test_a_column_of_a_sheet_of_credits_that_is_not_read_is_named_with_the_one_that_was_meant(
    desk: Desk, tmp_path: Path
) -> None:
    two(desk)
    head = ("Number", "Line", "Amuont", "Reason", "Skonto", "Clerk")
    done = from_sheet(desk, sheet_of(tmp_path / "a.xlsx", [ONE, 1, 40, "Late", 2, "Anna"], head=head), dry_run=True)
    assert [(p.code, p.message) for p in done.problems] == [
        ("W552", '"Amuont" (did you mean "Amount"?), "Skonto" and "Clerk" are not read.')
    ]


@pytest.mark.parametrize(
    "head",
    [
        ("Rechnungsnummer", "Position", "Betrag", "Grund"), ("Facture", "Ligne", "Montant", "Motif"),
        ("Factura", "Línea", "Importe", "Motivo"), ("Factuurnummer", "Regel", "Bedrag", "Reden"),
    ],
)  # fmt: skip
def test_a_sheet_of_credits_is_understood_in_five_languages_and_its_totals_row_left_out(
    desk: Desk, tmp_path: Path, head: Sequence[str]
) -> None:
    two(desk)
    rows = [[ONE, 1, 40, "Late"], [TWO, None, 5, "Late"], ["Total", None, 45, None]]
    done = from_sheet(desk, sheet_of(tmp_path / "credits.xlsx", *rows, head=head))
    assert codes(done.problems) == ["W102"] and "it agrees with the rows above" in done.problems[0].message
    assert done.count == 2


def test_a_sheet_of_credits_with_the_ref_of_a_final_invoice_is_offered_its_number(desk: Desk, tmp_path: Path) -> None:
    two(desk)
    problems = from_sheet(desk, sheet_of(tmp_path / "a.xlsx", ["NOV-2", None, None, "Cancelled"])).problems
    assert [p.message for p in problems] == [f'The book has no final invoice "NOV-2". Did you mean "{TWO}"?']
    from_sheet(desk, sheet_of(tmp_path / "b.xlsx", [TWO, None, None, "Cancelled"]))
    problems = from_sheet(desk, sheet_of(tmp_path / "c.xlsx", ["NOV-2-C1", None, None, "x"])).problems
    assert [(p.code, p.suggestion) for p in problems] == [("E554", "")]


def test_no_number_of_another_series_is_offered_for_one_that_the_book_has_not(desk: Desk, tmp_path: Path) -> None:
    two(desk)
    rows = [["CN-2026-000001", None, None, "x"], ["inv-2026-00002", None, None, "x"]]
    problems = from_sheet(desk, sheet_of(tmp_path / "a.xlsx", *rows)).problems
    assert [(p.code, p.suggestion) for p in problems] == [("E554", ""), ("E554", TWO)]


def test_a_line_is_credited_by_the_number_that_show_puts_in_front_of_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneoff_batch.cli import run

    two(desk)
    assert run(["show", ONE, "--workspace", str(desk.workspace.root)]) == 0
    shown = capsys.readouterr().out.splitlines()
    at = next(i for i, text in enumerate(shown) if text.lstrip().startswith("Line"))
    assert shown[at].split()[:2] == ["Line", "Name"]
    assert [text.split()[0] for text in shown[at + 1 :] if text.lstrip()[:1].isdigit()] == ["1", "2"]


def test_an_invoice_that_was_credited_in_full_has_nothing_to_pay_wherever_it_is_told(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneoff_batch.cli import run

    batch = ask(desk, finals(desk)).batch
    assert batch is not None
    desk.approve(batch, "ben")
    assert desk.finalize(batch, date(2026, 11, 25)) == []
    where = ["--workspace", str(desk.workspace.root)]
    for words in (["show", ONE], ["ledger", "list"]):
        assert run([*words, *where]) == 0 and "Nothing to pay" in capsys.readouterr().out
    assert run(["ledger", "export", str(desk.workspace.root / "ledger.xlsx"), *where]) == 0
    sheet = openpyxl.load_workbook(desk.workspace.root / "ledger.xlsx")["Invoices"]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    at = rows["Invoice Number"].index("Payment")
    assert (rows[ONE][at], rows["CN-2026-000001"][at]) == ("Nothing to pay", None)


# ---- credit-and-copy, as it is typed


def test_a_copy_in_which_nothing_was_corrected_is_a_warning(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from oneoff_batch.cli import run

    def typed(*words: str) -> str:
        assert run(list(words)) == 0
        return capsys.readouterr().out

    shutil.copy(SAMPLES / "flat.csv", books / "flat.csv")
    batch = json.loads(typed("draft", "flat.csv", "--json"))["batch"]
    typed("approve", batch, "--user", "ben")
    numbers = json.loads(typed("finalize", batch, "--yes", "--json"))["numbers"]
    for n in numbers[:2]:
        path = Path(json.loads(typed("credit-and-copy", n["number"], "--reason", "Wrong", "--json"))["copy"])
        said = typed("check", str(path))
        assert "W516" in said and f"is a copy of {n['number']} to correct, but nothing in it was corrected" in said
    book = openpyxl.load_workbook(path)
    heads = [c.value for c in book["Lines"][1]]
    book["Lines"].cell(2, heads.index("Quantity") + 1).value = 9
    book.save(path)
    assert "W516" not in typed("check", str(path))


def test_an_invoice_is_credited_and_its_copy_edited_and_drafted(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from oneoff_batch.cli import run

    def typed(*words: str) -> Any:
        capsys.readouterr()
        code = run([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    shutil.copy(SAMPLES / "flat.csv", books / "flat.csv")
    batch = typed("draft", "flat.csv")[1]["batch"]
    typed("approve", batch, "--user", "ben")
    numbers = typed("finalize", batch, "--yes", "--user", "ben")[1]["numbers"]
    number = next(n["number"] for n in numbers if n["invoice_ref"] == "ADH-01")
    code, done = typed("credit-and-copy", number, "--reason", "Wrong price")
    assert code == 0 and done["credits"][0]["preceding_number"] == number
    path = Path(done["copy"])
    assert path.name == "ADH-01-2.xlsx"
    same = typed("draft", str(path), "--dry-run")[1]
    original = typed("show", number)[1]["invoices"][0]
    assert same["totals"][0]["gross_total"] == original["gross_total"]
    assert original["credited_by"] == ["draft ADH-01-C1"]
    book = openpyxl.load_workbook(path)
    heads = [c.value for c in book["Lines"][1]]
    book["Lines"].cell(2, heads.index("Quantity") + 1).value = 9
    book.save(path)
    code, drafted_ = typed("draft", str(path))
    assert code == 0 and drafted_["batch"] and drafted_["totals"][0]["gross_total"] != original["gross_total"]
    new = typed("show", "ADH-01-2")[1]["invoices"][0]
    assert [x["name"] for x in new["lines"]] == [x["name"] for x in original["lines"]]
    assert new["customer"] == original["customer"]


def test_the_page_of_an_invoice_says_by_which_credit_note_it_was_corrected(desk: Desk) -> None:
    states = finals(desk)
    write_batch(desk.workspace, desk.book, states["batch"].iloc[0], lambda _name, _length: lambda _steps: None)
    pages = desk.workspace.batch(states["batch"].iloc[0]) / "invoices"
    batch = ask(desk, states).batch
    assert batch is not None
    desk.finalize(batch, date(2026, 11, 25))
    assert not [p for p in pages.iterdir() if "Credited by" in p.read_text("utf-8")]
    write_batch(desk.workspace, desk.book, batch, lambda _name, _length: lambda _steps: None)
    assert ["Credited by CN-2026-000001" in p.read_text("utf-8") for p in pages.iterdir()] == [True]
    own = next((desk.workspace.batch(batch) / "invoices").iterdir()).read_text("utf-8")
    assert "INV-2026-000001 of 24 nov 2026" in own or "INV-2026-000001 of 24 Nov 2026" in own


def test_options_that_do_not_go_together_are_refused(books: Path) -> None:
    from oneoff_batch.cli import run

    for words in (
        ["credit"], ["credit", ONE], ["credit", ONE, "--reason", "x", "--line", "1", "--amount", "5"],
        ["credit", ONE, "--from", "a.xlsx"], ["credit", ONE, "--reason", "x", "--line", "one"],
        ["credit", ONE, "--reason", "x", "--amount", "-5"], ["credit", ONE, "--reason", "x", "--valid-only"],
        ["credit", "--from", "a.xlsx", "--reason", "x"],
    ):  # fmt: skip
        assert run(words) == 2, words
    assert run(["credit", "--from", "none.xlsx"]) == 3
