"""Journals and layouts for accounting programs: they balance, add up to the ledger, and the programs themselves agree."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from beancount import loader
from beancount.core.data import Open, Transaction
from builders import DUTCH, NL01, TRAINING, TRAINING_DAY, drafted, invoice, line, master, tax
from desk import NOON, Desk, desk_in
from draft_frames import drafts as drafts_of
from draft_frames import invoice as head
from draft_frames import line as row
from draft_frames import one_draft, states_of
from draft_frames import tax as tax_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import SAMPLES
from views import InMemory

from oneoff_batch.book import BookError, Upload, Which, open_book
from oneoff_batch.book.paying import Payment
from oneoff_batch.cli import run
from oneoff_batch.exporting.accounts import Chart, chart_of
from oneoff_batch.exporting.journal import write_journal
from oneoff_batch.exporting.layouts import QUICKBOOKS, XERO, quantity_and_price, write_layout
from oneoff_batch.exporting.plain_text import beancount, hledger, opening
from oneoff_batch.exporting.reconciliation import NotReconciled
from oneoff_batch.lifecycle.asking import Request, Wanted
from oneoff_batch.lifecycle.credit_notes import Terms
from oneoff_batch.money import money
from oneoff_batch.pipeline.exporting import Exported, export
from oneoff_batch.pipeline.intake import load_master
from oneoff_batch.problems import errors
from oneoff_batch.settings import Accounts, parse_settings

DAY = date(2026, 11, 20)
CODES = Accounts(receivables="1300", revenue="8900", tax="1520", bank="1100")
ALL = Which()
NASTY = (
    "Van den Berg Techniek B.V.", 'Müller & "Söhne"; GmbH | Co', "株式会社さくら", "two\nlines", "back\\slash\\", "(1) name",
    "* starred", "! marked", "=cmd|' /C calc'!A0", "; comment", "date:2020-01-01, [2020-01-01]", "a  b   c", "# hash", "%s {x}",
    "Ελλάδα ΑΕ", "@home", "tag: value, other: 2", "]]> <b>", "😀 GmbH", "x = 2020-01-01", "| bar", "ends with ;",
)  # fmt: skip
TAXES = [
    tax("NL21", "21", country="NL"), tax("NL09", "9"), tax("T0", "0", "Z"),
    tax("CA-QC", "5", name="TPS 5 %"), tax("CA-QC", "9.975", name="TVQ 9.975 %"),
]  # fmt: skip
needs_hledger = pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")


def random_invoice(random: Random, n: int) -> dict[str, Any]:
    lines = []
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        price = Decimal(random.randint(0, 10 ** random.randint(1, 6))).scaleb(-random.choice((0, 2, 2, 3, 4, 6)))
        quantity = Decimal(random.randint(1, 5000)).scaleb(-random.choice((0, 0, 1, 3)))
        named: dict[str, Any] = random.choice(({}, {}, {"pricing_name": random.choice(NASTY).replace("\n", " ")}))
        base = random.choice((1, 1, 1, 100, 3))
        lines.append(
            line(price, quantity, tax_code=random.choice(("NL21", "NL09", "T0", "CA-QC")), base_quantity=base, **named)
        )
    if random.random() < 0.2:
        lines.append(line(price, -quantity / 2, tax_code=lines[-1]["tax_code"], base_quantity=base, **named))
    return invoice(
        *lines, ref=f"R{n:05d}", customer=f"C{n % len(NASTY)}", currency=random.choice(("EUR", "EUR", "USD", "JPY", "KWD")),
        prices_include_tax=random.random() < 0.2, invoice_date=date(2026, random.choice((11, 12)), random.randint(1, 30)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A ledger of 2,000 random invoices in four currencies, 60 credit notes, and payments, also one that went back."""
    random = Random(20261127)
    folder = tmp_path_factory.mktemp("books")
    customers = [{**DUTCH, "customer": f"C{i}", "name": name, "city": name} for i, name in enumerate(NASTY)]
    data = master(customers=customers, taxes=TAXES, entities=[NL01], products=[TRAINING], items=[TRAINING_DAY])
    ours = parse_settings("[tax]\nshow_in_entity_currency = false\n[dates]\nchronology = 'off'\n")
    with desk_in(folder, SAMPLES / "master-data.xlsx") as made:
        text = (folder / "oneoff.toml").read_text("utf-8").replace('"refuse"', '"off"')
        (folder / "oneoff.toml").write_text(text, "utf-8")
        made = replace(made, workspace=replace(made.workspace, settings=parse_settings(text)))
        invoices = [random_invoice(random, n) for n in range(2000)]
        drafts, problems = drafted(*invoices, data=data, settings=ours)
        assert not errors(problems), Counter(p.message for p in errors(problems)).most_common(3)
        batch = made.book.add_batch(drafts, Upload("a.xlsx", f"{1:064x}", "anna", NOON), left_out=0)
        assert finalized(made, batch) == []
        states = made.book.ledger()
        paid = [
            Payment(int(s["id"]), s["number"], s["invoice_ref"], date(2026, 12, random.randint(1, 31)), units, f'Bank "{n}"; x',
                    s["currency"], int(s["digits"]))
            for n, s in enumerate(states.sample(300, random_state=1).to_dict("records"))
            for units in ((1000, -250) if n % 10 == 0 else (random.randint(1, 99999),))
        ]  # fmt: skip
        assert made.book.pay(paid, Upload("bank.csv", f"{2:064x}", "anna", NOON), valid_only=False)[0] == len(paid)
        some = states[states["gross_total"] > 0].sample(60, random_state=2)
        requests = [Request(int(id_), "Returned", (Wanted(),)) for id_ in some["id"]]
        terms, upload = (
            Terms(date(2027, 1, 4), {"": "credits"}),
            Upload("credits.csv", f"{3:064x}", "anna", NOON, kind="credit"),
        )
        noted = made.book.credit(requests, terms, upload, valid_only=False)
        assert noted.batch and finalized(made, noted.batch, date(2027, 1, 4)) == []
        yield made


def finalized(desk: Desk, batch: str, day: date | None = None) -> list[str]:
    from oneoff_batch.pipeline import ledger

    done = ledger.finalize(desk.workspace, desk.book, batch, "ben", NOON, invoice_date=day, everything=True, dry_run=False)
    return [p.message for p in errors(done.posted.problems)]


def written(desk: Desk, kind: str, folder: Path, which: Which = ALL, **more: Any) -> Exported:
    ending = {"hledger": "journal", "beancount": "beancount"}.get(kind, "csv")
    return export(desk.workspace, desk.book, kind, folder / f"out-{kind}.{ending}", which, **more)


@contextmanager
def tampered(desk: Desk, folder: Path, change: str) -> Iterator[Desk]:
    """A copy of the desk in which somebody has changed what is final, past what protects it."""
    shutil.copytree(desk.workspace.root, folder)
    with closing(sqlite3.connect(folder / "book.sqlite")) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(change)
        raw.commit()
    workspace = replace(desk.workspace, root=folder)
    with open_book(workspace.book_url) as book:
        yield Desk(workspace, book)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def in_the_book(desk: Desk, where: str = "status = 'FINAL'") -> dict[str, dict[str, Decimal]]:
    """Totals by currency by plain SQL, in this test's own words."""
    query = f"SELECT currency, digits, sum(net_total), sum(tax_total), sum(gross_total), count(*) FROM invoice WHERE {where} GROUP BY 1, 2"
    with desk.book.engine.connect() as connection:
        rows = connection.execute(sa.text(query)).all()
    return {
        currency: {"net": money_of(n, d), "tax": money_of(t, d), "gross": money_of(g, d), "count": Decimal(count)}
        for currency, d, n, t, g, count in rows
    }


def money_of(units: int, digits: int) -> Decimal:
    return Decimal(units).scaleb(-digits)


def paid_in_the_book(desk: Desk) -> dict[str, Decimal]:
    query = "SELECT i.currency, i.digits, sum(p.amount) FROM payment p JOIN invoice i ON i.id = p.invoice_id GROUP BY 1, 2"
    with desk.book.engine.connect() as connection:
        return {currency: money_of(units, digits) for currency, digits, units in connection.execute(sa.text(query))}


def expected(desk: Desk) -> dict[tuple[str, str], Decimal]:
    """What each kind of account must come to, by currency: debit above zero."""
    known, paid = in_the_book(desk), paid_in_the_book(desk)
    found = {}
    for currency, sums in known.items():
        money_in = paid.get(currency, Decimal(0))
        found |= {("Assets:Receivables", currency): sums["gross"] - money_in, ("Assets:Bank", currency): money_in,
                  ("Income:Revenue", currency): -sums["net"], ("Liabilities:Tax", currency): -sums["tax"]}  # fmt: skip
    return {key: value for key, value in found.items() if value}


def by_kind(balances: Mapping[tuple[str, str], Decimal]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (account, currency), amount in balances.items():
        found[account.rpartition(":")[0], currency] += amount
    return {key: value for key, value in found.items() if value}


def in_hledger(path: Path) -> dict[tuple[str, str], Decimal]:
    """What hledger itself says of a journal that passes its strict checks."""
    checked = subprocess.run(["hledger", "-f", path, "check", "--strict"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    told = subprocess.run(["hledger", "-f", path, "bal", "--flat", "-O", "json"], capture_output=True, text=True, check=True)
    return {
        (account, amount["acommodity"]): money_of(
            amount["aquantity"]["decimalMantissa"], amount["aquantity"]["decimalPlaces"]
        )
        for account, _, _, amounts in json.loads(told.stdout)[0]
        for amount in amounts
    }


def in_beancount(path: Path) -> tuple[dict[tuple[str, str], Decimal], list[Any]]:
    """What Beancount itself says of a journal that it takes without an error."""
    entries, faults, _ = loader.load_file(str(path))
    assert faults == [], faults[:3]
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    transactions = [e for e in entries if isinstance(e, Transaction)]
    for entry in transactions:
        for posting in entry.postings:
            found[posting.account, posting.units.currency] += posting.units.number
    return dict(found), entries


# --- the journal


def test_every_entry_of_the_journal_balances_and_all_of_it_is_the_ledger(desk: Desk, tmp_path: Path) -> None:
    done = written(desk, "journal", tmp_path)
    off: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    accounts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    roots = {
        "Receivables": "Assets:Receivables",
        "Bank": "Assets:Bank",
        "Revenue": "Income:Revenue",
        "Tax": "Liabilities:Tax",
    }
    rows = rows_of(done.files[0])
    for r in rows:
        amount = Decimal(r["Debit"] or 0) - Decimal(r["Credit"] or 0)
        assert bool(r["Debit"]) != bool(r["Credit"]) and not (r["Debit"] or r["Credit"]).startswith("-")
        off[r["Number"], r["Document"], r["Currency"]] += amount
        accounts[roots[r["Account For"]], r["Currency"]] += amount
    assert set(off.values()) == {0}
    assert {k: v for k, v in accounts.items() if v} == expected(desk)
    assert {r["Document"] for r in rows} == {"Invoice", "Credit note", "Payment"}


def test_a_credit_note_mirrors_its_invoice_in_the_journal(desk: Desk, tmp_path: Path) -> None:
    rows = rows_of(written(desk, "journal", tmp_path).files[0])
    note = next(r for r in rows if r["Document"] == "Credit note")
    number = note["Text"].removeprefix("Credit note for ")
    sides = [
        sorted((r["Account"], r["Tax Code"], r[debit], r[credit]) for r in rows if r["Number"] == n and r["Document"] == kind)
        for n, kind, debit, credit in ((number, "Invoice", "Debit", "Credit"), (note["Number"], "Credit note", "Credit", "Debit"))
    ]  # fmt: skip
    assert sides[0] == sides[1] != []


@needs_hledger
def test_hledger_takes_the_journal_and_comes_to_the_same_totals(desk: Desk, tmp_path: Path) -> None:
    assert by_kind(in_hledger(written(desk, "hledger", tmp_path).files[0])) == expected(desk)


def test_beancount_takes_the_journal_and_comes_to_the_same_totals(desk: Desk, tmp_path: Path) -> None:
    found, entries = in_beancount(written(desk, "beancount", tmp_path).files[0])
    assert by_kind(found) == expected(desk)
    documents = int(sum(t["count"] for t in in_the_book(desk).values()))
    assert sum(isinstance(e, Transaction) and "number" in e.meta for e in entries) == documents + 330


@needs_hledger
def test_both_programs_come_to_the_same_on_every_account(desk: Desk, tmp_path: Path) -> None:
    theirs, _ = in_beancount(written(desk, "beancount", tmp_path).files[0])
    assert in_hledger(written(desk, "hledger", tmp_path).files[0]) == {k: v for k, v in theirs.items() if v}


def test_the_reconciliation_stands_beside_the_file_without_a_difference(desk: Desk, tmp_path: Path) -> None:
    files = written(desk, "beancount", tmp_path).files
    rows = rows_of(files[1])
    assert {r["Figure"] for r in rows} == {"Receivables", "Revenue", "Tax", "Bank"}
    assert all(r["In This Export"] == r["In the Ledger"] and Decimal(r["Difference"]) == 0 for r in rows)
    eur = next(r for r in rows if (r["Currency"], r["Figure"]) == ("EUR", "Receivables") and r["Series"] == "invoices")
    known = in_the_book(desk, "status = 'FINAL' AND series = 'invoices'")["EUR"]
    assert (Decimal(eur["In the Ledger"]), int(eur["Rows"])) == (known["gross"], known["count"])


def test_months_together_are_the_year_and_nothing_stands_in_two(desk: Desk, tmp_path: Path) -> None:
    """Invoices count by their date, payments by the day on which they were paid."""
    months = [(date(2026, 11, 1), date(2026, 11, 30)), (date(2026, 12, 1), date(2026, 12, 31)), (date(2027, 1, 1), None)]
    parts = [rows_of(written(desk, "journal", tmp_path, Which(first=a, last=b)).files[0]) for a, b in months]
    every = rows_of(written(desk, "journal", tmp_path).files[0])
    assert Counter(map(str, (r for part in parts for r in part))) == Counter(map(str, every)) and all(parts)
    for (first, last), part in zip(months, parts, strict=True):
        assert all(first <= date.fromisoformat(r["Date"]) <= (last or date.max) for r in part)


def test_without_a_bank_account_payments_are_left_out_and_that_is_said(desk: Desk, tmp_path: Path) -> None:
    ours = replace(desk.workspace.settings, accounts=replace(CODES, bank=""))
    other = replace(desk, workspace=replace(desk.workspace, settings=ours))
    done = written(other, "journal", tmp_path)
    assert not done.payments and {r["Document"] for r in rows_of(done.files[0])} == {"Invoice", "Credit note"}


# --- accounts


def test_an_account_is_the_items_then_the_products_then_the_categorys_then_the_settings(desk: Desk) -> None:
    chart = chart_of(load_master(desk.workspace)[0], CODES)
    assert chart.revenue("TRAIN-ONLINE", "TRAINING") == "8010"
    assert chart.revenue("TRAIN-DAY", "TRAINING") == chart.revenue("", "COACHING") == "8000"
    assert chart.revenue("", "") == chart.revenue("GONE", "GONE") == "8900"


def test_a_tax_code_of_several_taxes_has_an_account_for_each(desk: Desk) -> None:
    chart = chart_of(load_master(desk.workspace)[0], CODES)
    assert [chart.tax("CA-QC", name) for name in ("TPS 5 %", "TVQ 9.975 %")] == ["1530", "1531"]
    assert chart.tax("NL09", "VAT low rate") == chart.tax("NL09", "under another name") == "1521"
    assert chart.tax("NL21", "VAT 21 %") == chart.tax("SALES-TAX", "Sales tax") == "1520"


@pytest.mark.parametrize("kind", ["journal", "hledger", "beancount"])
def test_what_has_no_account_is_named_all_of_it_before_anything_is_written(desk: Desk, tmp_path: Path, kind: str) -> None:
    bare = replace(desk, workspace=replace(desk.workspace, settings=replace(desk.workspace.settings, accounts=Accounts())))
    done = written(bare, kind, tmp_path)
    assert [p.code for p in done.problems] == ["E580", "E581", "E582"]
    assert "lines that name no product" in done.problems[0].message and '"NL21"' in done.problems[1].message
    assert done.files == [] and list(tmp_path.iterdir()) == []


def test_for_an_import_only_revenue_accounts_are_needed(desk: Desk, tmp_path: Path) -> None:
    bare = replace(desk, workspace=replace(desk.workspace, settings=replace(desk.workspace.settings, accounts=Accounts())))
    done = written(bare, "xero", tmp_path, Which(currencies=("EUR",)))
    assert [p.code for p in done.problems] == ["E580"]


# --- texts that other programs read

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
CODES_TYPED = st.text("ABab01 -/.:;üß\\\"'()|", min_size=1, max_size=8)


@needs_hledger
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(TEXTS, TEXTS, st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(-(10**12), 10**12)),
        min_size=1,
        max_size=8,
    ),
    st.lists(CODES_TYPED, min_size=5, max_size=5),
)
def test_no_name_and_no_account_code_can_break_a_journal(tmp_path: Path, made: list[Any], codes: list[str]) -> None:
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}
    nets = [f"{money_of(units, digits[currency]):.{digits[currency]}f}" for _, _, currency, units in made]
    drafts = drafts_of(
        [
            head(f"A-{n}", net, "0", currency, buyer_name=name or None, customer=customer)
            for n, ((name, customer, currency, _), net) in enumerate(zip(made, nets, strict=True))
        ],
        [row(n, f"A-{n}", 1, net, "0", product_item=f"I{n % 3}", product="P", unit_price="1") for n, net in enumerate(nets)],
        [tax_row(n, f"A-{n}", net, "0") for n, net in enumerate(nets)],
    )
    view = InMemory(drafts, states_of(drafts, status="FINAL", number=[f"INV-{n}" for n in range(len(drafts))]))
    chart = Chart(Accounts(codes[0], codes[1], codes[1], codes[4]), {f"I{n}": code for n, code in enumerate(codes[1:4])})
    start = opening(chart, [(f"I{n}", "P") for n in range(3)], [], sorted({m[2] for m in made}), DAY)
    write_journal(tmp_path / "x.journal", view, chart, lambda path: hledger(path, start))
    write_journal(tmp_path / "x.beancount", view, chart, lambda path: beancount(path, start))
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for (_, _, currency, units), _ in zip(made, nets, strict=True):
        wanted[currency] += money_of(units, digits[currency])
    theirs, entries = in_beancount(tmp_path / "x.beancount")
    for found in (theirs, in_hledger(tmp_path / "x.journal")):
        for currency, amount in wanted.items():
            assert (
                sum(v for (account, c), v in found.items() if c == currency and account.startswith("Assets:Rec")) == amount
            )
    assert len({e.account for e in entries if isinstance(e, Open)}) == len(set(start.accounts))


def test_names_survive_in_beancount_as_they_are_but_on_one_line(tmp_path: Path) -> None:
    drafts = one_draft(buyer_name='Müller & "Söhne"; GmbH\n株式会社 \\')
    view = InMemory(drafts, states_of(drafts, status="FINAL", number=["INV-2026-000001"]))
    chart = Chart(CODES)
    start = opening(chart, [("TRAIN-DAY", "TRAINING")], [("NL21", "VAT 21 %")], ["EUR"], DAY)
    write_journal(tmp_path / "x.beancount", view, chart, lambda path: beancount(path, start))
    entry = next(e for e in in_beancount(tmp_path / "x.beancount")[1] if isinstance(e, Transaction))
    assert (entry.payee, entry.links) == ('Müller & "Söhne"; GmbH 株式会社 \\', {"INV-2026-000001"})
    assert {p.account: str(p.units) for p in entry.postings} == {
        "Assets:Receivables:1300": "121.00 EUR", "Income:Revenue:8900": "-100.00 EUR", "Liabilities:Tax:1520": "-21.00 EUR"
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"net": "0.01"}, {"tax": "0.01"}])
def test_a_journal_that_is_a_cent_off_is_not_written(tmp_path: Path, change: dict[str, str]) -> None:
    drafts = one_draft()
    table = "lines" if "net" in change else "taxes"
    [(field, cents)] = change.items()
    frame = getattr(drafts, table)
    wrong = replace(drafts, **{table: frame.assign(**{field: (frame[field] + money([cents])).astype(frame[field].dtype)})})
    view = InMemory(wrong, states_of(drafts, status="FINAL", number=["INV-2026-000001"]), ledger=drafts)
    with pytest.raises(NotReconciled):
        write_journal(tmp_path / "journal.csv", view, Chart(CODES))
    assert list(tmp_path.iterdir()) == []


# --- Xero and QuickBooks

CENT = Decimal("0.01")


@pytest.mark.parametrize("kind,quantity,price,tax_field,number", [
    ("xero", "*Quantity", "*UnitAmount", "TaxAmount", "*{}Number"),
    ("quickbooks", "ItemQuantity", "ItemRate", "ItemTaxAmount", "*{}No"),
])  # fmt: skip
def test_what_the_other_program_multiplies_is_each_invoices_total(
    desk: Desk, tmp_path: Path, kind: str, quantity: str, price: str, tax_field: str, number: str
) -> None:
    done = written(desk, kind, tmp_path, Which(currencies=("EUR", "USD", "JPY")))
    assert done.problems == []
    read: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for path, sign, what in ((done.files[0], 1, "Invoice"), (done.files[1], -1, "CreditNote")):
        for r in rows_of(path):
            product = Decimal(r[quantity]) * Decimal(r[price])
            assert max(-Decimal(r[f].strip()).as_tuple().exponent for f in (quantity, price)) <= 4
            amounts = {product.quantize(CENT, mode) for mode in ("ROUND_HALF_UP", "ROUND_HALF_EVEN")}
            assert len(amounts) == 1 and Decimal(r[price]) >= 0
            if kind == "quickbooks":
                assert amounts == {Decimal(r["*ItemAmount"])}
            own = read[r[number.format(what)]]
            own[0] += sign * amounts.pop()
            own[1] += sign * Decimal(r[tax_field])
    states = desk.book.ledger()
    states = states[states["currency"] != "KWD"]
    assert {n: (a, b) for n, (a, b) in read.items()} == {
        n: (a, b) for n, a, b in zip(states["number"], states["net_total"], states["tax_total"], strict=True)
    }
    assert rows_of(done.files[1])[0][number.format("CreditNote")].startswith("CN-2027-")


@pytest.mark.parametrize("quantity,price,base,net,with_tax,kept", [
    ("2", "950", "1", "1900.00", False, True),
    ("-2", "950", "1", "-1900.00", False, True),
    ("3.5", "0.1234", "1", "0.43", False, True),
    ("1458", "0.12345678", "1", "180.00", False, False),
    ("3674", "4.25", "100", "156.15", False, False),
    ("100", "1", "3", "33.33", False, False),
    ("1", "0.125", "1", "0.13", False, False),
    ("3", "33.3333", "1", "100", False, True),
    ("3", "0.3333", "1", "1", False, True),
    ("3", "33.4", "1", "100", False, False),
    ("2", "121", "1", "200.00", True, False),
    ("-1", "0.125", "1", "-0.13", False, False),
])  # fmt: skip
def test_a_quantity_is_kept_only_where_every_program_comes_to_the_same_cent(
    quantity: str, price: str, base: str, net: str, with_tax: bool, kept: bool
) -> None:
    known = {
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "base_quantity": Decimal(base),
        "net": Decimal(net),
    }
    found = quantity_and_price(known, with_tax)
    assert found[2] is kept and found[1] >= 0
    assert (found[0] * found[1]).quantize(CENT, ROUND_HALF_UP) == Decimal(net)
    assert kept or abs(found[0]) == 1


def chart_and_view(**more: Any) -> tuple[Chart, InMemory]:
    drafts = one_draft(**more)
    return Chart(CODES), InMemory(drafts, states_of(drafts, status="FINAL", number=["INV-2026-000001"]))


def test_a_quantity_that_cannot_be_kept_stands_in_the_words_of_the_line(tmp_path: Path) -> None:
    drafts = one_draft()
    lines = drafts.lines.assign(quantity=money(["3674"], drafts.lines["quantity"].dtype.pyarrow_dtype))
    drafts = replace(drafts, lines=lines)
    view = InMemory(drafts, states_of(drafts, status="FINAL", number=["INV-2026-000001"]))
    write_layout(tmp_path / "xero.csv", view, XERO, Chart(CODES), {}, "day-first")
    [found] = rows_of(tmp_path / "xero.csv")
    assert found["*Description"] == "Training day on site (3,674 day at 100.00)"
    assert (found["*Quantity"], found["*UnitAmount"]) == ("1", "100")


@pytest.mark.parametrize(
    "dates,day", [("day-first", "30/11/2026"), ("month-first", "11/30/2026"), ("year-first", "2026-11-30")]
)
def test_dates_stand_in_the_order_that_was_asked_for(tmp_path: Path, dates: str, day: str) -> None:
    chart, view = chart_and_view()
    write_layout(tmp_path / "q.csv", view, QUICKBOOKS, chart, {}, dates)
    assert rows_of(tmp_path / "q.csv")[0]["*InvoiceDate"] == day


def test_taxes_have_the_names_of_the_other_program(tmp_path: Path) -> None:
    chart, view = chart_and_view()
    for names, wanted in (({}, "VAT 21 %"), ({"NL21": "21% (BTW Hoog)"}, "21% (BTW Hoog)")):
        write_layout(tmp_path / "xero.csv", view, XERO, chart, names, "day-first")
        assert rows_of(tmp_path / "xero.csv")[0]["*TaxType"] == wanted


def test_a_document_below_zero_is_a_credit_note_there_with_amounts_above_zero(tmp_path: Path) -> None:
    chart, view = chart_and_view(net="-100.00", tax_="-21.00", preceding_number="INV-2026-000001")
    write_layout(tmp_path / "xero.csv", view, XERO, chart, {}, "day-first")
    assert rows_of(tmp_path / "xero.csv") == []
    [note] = rows_of(tmp_path / "xero-credit-notes.csv")
    assert (note["*Quantity"], note["*UnitAmount"], note["TaxAmount"], note["Total"]) == ("1", "100", "21.00", "121.00")
    assert note["Reference"] == "Corrects INV-2026-000001"


def test_taxes_that_line_by_line_come_to_another_cent_are_listed(desk: Desk, tmp_path: Path) -> None:
    done = written(desk, "xero", tmp_path, Which(currencies=("EUR",)))
    rows = rows_of(done.files[2])
    assert done.differing == len(rows) > 0
    assert all(
        Decimal(r["Tax Line by Line"]) - Decimal(r["Tax in the Ledger"]) == Decimal(r["Difference"]) != 0 for r in rows
    )


def test_an_import_of_several_companies_or_of_fractions_of_a_cent_is_refused(desk: Desk, tmp_path: Path) -> None:
    done = written(desk, "xero", tmp_path)
    assert [p.code for p in done.problems] == ["E584"]
    assert "--currency EUR --currency JPY --currency USD" in done.problems[0].message
    with tampered(desk, tmp_path / "two", "UPDATE invoice SET billing_entity = 'US01' WHERE id = 1") as two:
        done = written(two, "quickbooks", tmp_path)
        assert [p.code for p in done.problems] == ["E583", "E584"] and "NL01, US01" in done.problems[0].message
    assert [p.name for p in tmp_path.iterdir()] == ["two"]


# --- what is tampered with


@pytest.mark.parametrize("kind", ["journal", "hledger", "beancount", "csv", "excel"])
def test_a_ledger_whose_tables_disagree_leaves_nothing_behind(desk: Desk, tmp_path: Path, kind: str) -> None:
    change = "UPDATE line SET net = net + 1 WHERE invoice_id = 7 AND line = 1"
    said = pytest.raises(BookError, match=r"Nothing was written: .* does not add up.*ledger verify")
    with tampered(desk, tmp_path / "books", change) as other, said:
        export(other.workspace, other.book, kind, tmp_path / "out" / "x", Which())
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


# --- typed


def typed(desk: Desk, *args: str, code: int = 0) -> None:
    assert run(["ledger", "export", *args, "--workspace", str(desk.workspace.root)]) == code


def test_what_is_written_follows_from_the_ending(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(desk, str(tmp_path / "a.beancount"), "--month", "2026-11")
    out = capsys.readouterr().out
    assert "a.beancount.reconciliation.csv" in out and "All of it equals the ledger" in out
    in_beancount(tmp_path / "a.beancount")


@pytest.mark.parametrize("args,words", [
    (["--month", "2026-13"], '"2026-13" is not a month. Type the year first, as in 2026-11.'),
    (["--month", "11/2026"], '"11/2026" is not a month.'),
    (["--from", "1.11.2026"], '"1.11.2026" is not a date.'),
    (["--from", "2026-11-30", "--to", "2026-11-01"], "The period ends on 2026-11-01, before it begins on 2026-11-30."),
    (["--month", "2026-11", "--year", "2026"], "Give the period one way"),
    (["--entity", "NL02"], 'No invoice in the book has the billing entity "NL02". There is: NL01.'),
    (["--currency", "chf"], 'No invoice in the book has the currency "CHF".'),
    (["--series", "x"], 'No invoice in the book has the series "x". There is: credits, invoices.'),
    (["--as", "xero", "--status", "draft"], "--as xero takes final invoices only"),
    (["--as", "jsonl", "a.jsonl"], "must be a folder"),
    (["--as", "journal", "a.xlsx"], "must end in .csv for --as journal"),
    (["a.ods"], "must end in .xlsx, or be a folder for CSVs; for anything else say --as."),
])  # fmt: skip
def test_what_cannot_be_meant_is_answered_in_a_sentence(
    desk: Desk, args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(desk, *args, code=2)
    assert words in capsys.readouterr().err.replace("\n", " ")


def test_a_missing_account_is_told_on_the_terminal_with_what_to_do(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk.workspace.root / "oneoff.toml"
    kept = path.read_text("utf-8")
    try:
        path.write_text(kept.replace('receivables = "1300"', 'receivables = ""'), "utf-8")
        typed(desk, str(tmp_path / "j.csv"), "--as", "journal", code=1)
    finally:
        path.write_text(kept, "utf-8")
    out = capsys.readouterr().out
    assert "E582" in out and "Fill in receivables under [accounts]" in out and "Nothing was written." in out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_writes_nothing(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, name in (("xero", "x.csv"), ("excel", "l.xlsx"), ("csv", "folder"), ("hledger", "x.journal")):
        typed(desk, str(tmp_path / name), "--as", kind, "--currency", "EUR", "--dry-run")
        assert "A dry run: nothing was written." in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_result_for_machines_has_every_figure(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(desk, str(tmp_path / "j.csv"), "--as", "journal", "--json")
    told = json.loads(capsys.readouterr().out)
    known = in_the_book(desk)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for t in told["totals"]:
        assert t["written"] == t["ledger"]
        sums[t["currency"], t["figure"]] += Decimal(t["ledger"])
    assert all(sums[currency, "Receivables"] == totals["gross"] for currency, totals in known.items())
    assert told["invoices"] == sum(t["count"] for t in known.values()) and told["kind"] == "journal"
