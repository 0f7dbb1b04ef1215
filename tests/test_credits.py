"""Credit notes: never more than is left, and together exactly the invoice (domain §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pandas as pd
from builders import NL01, drafted, invoice, line, master, tax
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oneoff_batch.drafting import Drafts
from oneoff_batch.drafting.hashing import content_hash
from oneoff_batch.lifecycle.asking import Earlier, Request, TaxCredited, Wanted
from oneoff_batch.lifecycle.credit_notes import Corrected, Terms, credit_notes, keys_of
from oneoff_batch.money import to_minor
from oneoff_batch.problems import Problem, errors
from oneoff_batch.settings import parse_settings

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


def billed(*made: Any, how: str = "net") -> Drafts:
    """Invoices as the drafting room makes them, with tax codes on their lines, and a date as if they were final."""
    data = master(entities=ENTITIES, taxes=[*TAXES, tax("NL21", "21", country="NL")], rates=RATES)
    drafts, problems = drafted(*made, data=data, settings=parse_settings(f'[tax]\ninclusive_rounds = "{how}"\n'))
    assert not errors(problems), [p.message for p in problems]
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
        assert {p.code for p in problems} <= {"E550", "E551", "E557"}
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
