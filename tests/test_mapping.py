"""How headers are understood, in five languages; what `map` shows and saves; and totals that are held against their rows."""

from __future__ import annotations

import csv
import json
import shutil
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from samples import SAMPLES

from oneoff_batch.cli import run
from oneoff_batch.columns import INVOICES, LINES, MASTER, UPLOAD, Table
from oneoff_batch.columns.languages import LANGUAGES, in_languages
from oneoff_batch.problems import Problem
from oneoff_batch.reading import Found, Profile, load_profile, read_file, understand
from oneoff_batch.reading.headers import key

Typed = Callable[..., tuple[int, str]]
TABLES = (*UPLOAD, *MASTER)


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of the sample company, as the current folder."""
    root = tmp_path / "books"
    assert run(["init", str(root), "--quiet"]) == 0
    for name in ("oneoff.toml", "master-data.xlsx"):
        shutil.copy(SAMPLES / name, root / name)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command; returns its exit code and what it printed."""

    def type_(*args: object) -> tuple[int, str]:
        code = run([str(a) for a in args])
        out, err = capsys.readouterr()
        assert code < 70, err
        return code, out + err

    return type_


def sheet(path: Path, *rows: Sequence[object], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def look(path: Path, profile: Profile | None = None, tables: Sequence[Table] = UPLOAD) -> tuple[Found, list[Problem]]:
    sheets, problems = read_file(path, profile)
    founds, more = understand(sheets, tables, {}, profile)
    return founds[0], [*problems, *more]


SHOP = (
    ("Vorgang", "Abnehmer", "Datum", "Bezeichnung", "Menge", "Einzelpreis", "Sachbearbeiter"),
    ("R-1", "C-1001", "03/11/2026", "Schulung", "2", "1.250", "Meier"),
    ("R-2", "C-1003", "04/11/2026", "Beratung", "1", "1.100", "Meier"),
)


_KD = Profile("p", columns={"customer": ("Abnehmer",), "invoice_ref": ("Vorgang",)})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_column_has_headers_in_five_languages_and_none_means_two_columns(table: Table) -> None:
    owner: dict[str, str] = {}
    for field in table.columns:
        assert set(in_languages(table.name, field)) == set(LANGUAGES), field
        for word in {key(w) for w in (field, table.title_of(field), *table.aliases_of(field))}:
            assert owner.setdefault(word, field) == field, f"{word} means {owner[word]} and {field}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_with_the_headers_of_one_language_is_understood_whole(tmp_path: Path, language: str) -> None:
    for table in (INVOICES, LINES):
        words = {field: in_languages(table.name, field)[language] for field in table.columns}
        for at in range(max(len(own) for own in words.values())):
            headers = {field: own[min(at, len(own) - 1)] for field, own in words.items()}
            path = sheet(tmp_path / f"{table.name}.csv", list(headers.values()), ["x"] * len(headers))
            found, _ = look(path, tables=[table])
            assert {field: found.headings[field].header for field in headers} == headers


def test_a_name_beats_a_title_a_title_a_custom_field_and_that_an_alias(tmp_path: Path) -> None:
    path = sheet(tmp_path / "lines.csv", ["Invoice ref", "Menge", "Quantity", "Preis"], ["A", "1", "2", "3"])
    sheets, _ = read_file(path)
    [found], problems = understand(sheets, UPLOAD, {"lines": ["Preis"]}, None)
    assert (found.headings["quantity"].letter, found.custom["Preis"].letter) == ("C", "D")
    assert "unit_price" not in found.headings and [p.code for p in problems] == ["E106", "W101"]


def test_a_header_that_is_only_similar_is_asked_about_and_never_taken(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.csv", ["Invoice ref", "Custommer", "Quantity", "Unit price"], ["A", "C-1", "1", "2"])
    found, problems = look(path)
    assert "customer" not in found.headings
    assert "Custommer" in {p.suggestion for p in problems} | {p.value for p in problems}


def test_what_stands_above_the_header_is_left_out_and_the_row_named(tmp_path: Path) -> None:
    title = [["Brightwater Training B.V."], [], ["November"], []]
    found, problems = look(sheet(tmp_path / "a.csv", *title, *SHOP), _KD)
    assert found.sheet.header_row == 5
    [note] = [p for p in problems if p.code == "N103"]
    assert (note.row, note.severity) == (5, "note")


def test_a_table_that_begins_further_down_below_nothing_needs_no_note(tmp_path: Path) -> None:
    _, problems = look(sheet(tmp_path / "a.csv", [], [], *SHOP), _KD)
    assert "N103" not in {p.code for p in problems}


AMOUNTS = st.lists(st.decimals(Decimal("-9999.99"), Decimal("9999.99"), places=2), min_size=1, max_size=6)


@given(amounts=AMOUNTS, off=st.sampled_from(["0", "0.01", "-100"]), workbook=st.booleans())
def test_a_row_of_totals_is_held_against_the_rows_above_it(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal], off: str, workbook: bool
) -> None:
    total = sum(amounts) + Decimal(off)
    rows: list[list[Any]] = [["A", "C-1", "Workshop", None, a] for a in amounts]
    head = ["Invoice ref", "Customer", "Pricing name", "Quantity", "Amount"]
    path = _file(tmp_path_factory.mktemp("totals"), [head, *rows, ["Total", None, None, None, total]], workbook)
    found, problems = look(path)
    assert len(found.sheet.cells) == len(amounts)
    differs = [p for p in problems if p.code == "W113"]
    assert bool(differs) == (off != "0")
    if differs:
        shown = Decimal(differs[0].details["found"].replace(",", ""))
        assert (shown, differs[0].column, differs[0].row) == (sum(amounts), "E", len(amounts) + 2)


def _file(folder: Path, rows: Sequence[Sequence[Any]], workbook: bool) -> Path:
    if not workbook:
        return sheet(folder / "a.csv", *(["" if v is None else v for v in row] for row in rows))
    book = xlsxwriter.Workbook(str(folder / "a.xlsx"))
    page = book.add_worksheet("Rows")
    for at, row in enumerate(rows):
        page.write_row(at, 0, [float(v) if isinstance(v, Decimal) else v for v in row])
    book.close()
    return folder / "a.xlsx"


def test_of_a_net_and_a_gross_total_one_has_to_agree(tmp_path: Path) -> None:
    head = ["Invoice ref", "Customer", "Pricing name", "Amount"]
    rows = [["A", "C-1", "Workshop", "100.00"], ["Subtotal", "", "", "100.00"], ["Total", "", "", "121.00"]]
    _, problems = look(sheet(tmp_path / "a.csv", head, *rows))
    assert [(p.code, p.row) for p in problems] == [("W102", 3), ("W102", 4)]


def test_a_total_with_two_readings_is_not_compared(tmp_path: Path) -> None:
    head = ["Invoice ref", "Customer", "Pricing name", "Amount"]
    rows = [["A", "C-1", "Workshop", "1.234"], ["Total", "", "", "9.999"]]
    path = sheet(tmp_path / "a.csv", head, *rows)
    assert [p.code for p in look(path)[1]] == ["W102"]
    assert [p.code for p in look(path, Profile("p", decimal="."))[1]] == ["W102", "W113"]


def test_map_shows_every_column_with_why_and_with_values(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    code, told = typed("map", "shop.csv")
    lines = told.splitlines()
    assert code == 1 and all(len(line) <= 100 for line in lines if not line.startswith("   "))
    row = {line.split()[0]: line for line in lines if line.startswith("  ") and line[2:3].isupper() and line[3:6] == "   "}
    assert "Quantity" in row["E"] and "another word for it" in row["E"] and "2 | 1" in row["E"]
    assert "not clear yet" in row["C"] and "03/11/2026" in row["C"]
    assert "not known, left out" in row["G"] and "Meier" in row["G"]
    assert "--dates day-first or --dates month-first" in told and '--decimal "," or --decimal "."' in told


def test_map_says_the_same_to_machines(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    code, told = typed("map", "shop.csv", "--set", "Abnehmer=Customer", "--set", "Vorgang=invoice_ref", "--json")
    data = json.loads(told)
    [one] = data["sheets"]
    assert (code, one["table"], one["header_row"], one["rows"], one["missing"]) == (0, "flat", 1, 2, [])
    assert [c["field"] for c in one["columns"]][:3] == ["invoice_ref", "customer", "invoice_date"]
    assert one["columns"][2]["shows"] == "not clear yet" and one["columns"][1]["why"] == "the profile"


def test_a_saved_profile_does_what_was_said_in_check_and_draft(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    said = ["--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref", "--ignore", "Sachbearbeiter"]
    said += ["--dates", "day-first", "--decimal", ","]
    code, told = typed("map", "shop.csv", *said, "--save", "profiles/shop.toml")
    assert code == 0 and "check shop.csv --profile profiles/shop.toml" in told and "Still open" not in told
    profile = load_profile(books / "profiles" / "shop.toml")
    assert profile.columns["unit_price"] == ("Einzelpreis",) and profile.ignore == ("Sachbearbeiter",)
    assert (profile.dates, profile.decimal) == ("day-first", ",")
    code, told = typed("check", "shop.csv", "--profile", "shop", "--json")
    checked = json.loads(told)
    assert (code, checked["problems"]) == (0, [])
    assert [(t["currency"], t["net_total"]) for t in checked["totals"]] == [("EUR", "3600.00")]
    assert typed("draft", "shop.csv", "--profile", "profiles/shop.toml")[0] == 0


def test_the_same_profile_finds_the_columns_of_next_month_wherever_they_stand(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    said = ["--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref", "--dates", "day-first", "--decimal", ","]
    typed("map", "shop.csv", *said, "--save", "profiles/shop.toml")
    sheet(books / "december.csv", *(row[::-1] for row in SHOP), delimiter=";")
    assert typed("check", "december.csv", "--profile", "shop")[0] == 0
    sheet(books / "without.csv", *(row[:4] + row[5:] for row in SHOP))
    code, told = typed("check", "without.csv", "--profile", "shop")
    assert code == 1 and "E108" in told and "Quantity" in told


def test_a_saved_profile_does_not_ask_for_columns_of_mere_words_next_month(books: Path, typed: Typed) -> None:
    head = ["Invoice ref", "Customer", "Invoice date", "Pricing name", "Quantity", "Unit price", "Bemerkung", "PO number"]
    row = ["R-1", "C-1001", "2026-11-10", "Day", "1", "100.00", "bis Freitag", "4711"]
    sheet(books / "november.csv", head, row)
    code, told = typed("map", "november.csv", "--set", "Bemerkung=Note", "--save", "profiles/shop.toml")
    assert code == 0, told
    assert set(load_profile(books / "profiles" / "shop.toml").optional) == {"note", "po_number"}
    sheet(books / "december.csv", head[:6], row[:6])
    assert typed("check", "december.csv", "--profile", "shop")[0] == 0


def test_what_only_the_profile_asks_for_names_the_way_out(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    said = ["--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref", "--dates", "day-first", "--decimal", ","]
    typed("map", "shop.csv", *said, "--save", "profiles/shop.toml")
    sheet(books / "without.csv", *(row[:4] + row[5:] for row in SHOP))
    assert "The profile asks for Quantity; what it lists under optional may be missing." in typed(
        "check", "without.csv", "--profile", "shop"
    )[1].replace("\n", " ")
    sheet(books / "plain.csv", ["Invoice ref", "Pricing name", "Quantity"], ["A", "Day", "1"])
    assert "optional" not in typed("check", "plain.csv")[1]


def test_map_overwrites_a_profile_only_when_told_to(books: Path, typed: Typed) -> None:
    sheet(books / "shop.csv", *SHOP)
    said = ["map", "shop.csv", "--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref", "--save", "shop.toml"]
    typed(*said)
    before = (books / "shop.toml").read_bytes()
    code, told = typed(*said, "--ignore", "Sachbearbeiter")
    assert code == 1 and "--replace" in told and (books / "shop.toml").read_bytes() == before
    assert typed(*said, "--ignore", "Sachbearbeiter", "--replace")[0] == 0
    assert (books / "shop.toml").read_bytes() != before


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--set", "Abnehmer=Custmer"], 'Did you mean "Customer"?'),
        (["--set", "Abnehmner=Customer"], 'There is no header "Abnehmner" in the file. Did you mean "Abnehmer"?'),
        (["--ignore", "Bearbeiter"], 'Did you mean "Sachbearbeiter"?'),
        (["--set", "Customer"], "Your header=our column"),
        (["--profile", "xerro"], 'Did you mean "xero"?'),
    ],
)
def test_a_word_that_map_does_not_know_is_answered_with_one_that_it_does(
    books: Path, typed: Typed, said: list[str], words: str
) -> None:
    sheet(books / "shop.csv", *SHOP)
    code, told = typed("map", "shop.csv", *said)
    assert code in (2, 4) and words in told


def test_map_knows_the_sheets_of_other_programs_by_their_headers(books: Path, typed: Typed) -> None:
    for file in sorted((SAMPLES / "profiles").glob("*.[cx][sl]*")):
        told = json.loads(typed("map", file, "--json")[1])
        assert told["like"] == file.stem, file.name


def test_map_lists_the_profiles_that_there_are(books: Path, typed: Typed) -> None:
    shutil.copytree(SAMPLES / "profiles", books / "profiles")
    code, told = typed("map", "--list")
    assert code == 0 and "our-xero" in told and "zoho-books" in told and "Invoice export" in told
    listed = json.loads(typed("map", "--list", "--json")[1])["profiles"]
    assert {(p["name"], p["whose"]) for p in listed} >= {("our-xero", "yours"), ("xero", "shipped")}


def test_map_needs_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed) -> None:
    monkeypatch.chdir(tmp_path)
    sheet(tmp_path / "shop.csv", *SHOP)
    assert typed("map", "shop.csv", "--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref")[0] == 0


def test_a_profile_may_fill_a_custom_field(books: Path, typed: Typed) -> None:
    rows = [(*SHOP[0], "KST"), *((*row, "4410") for row in SHOP[1:])]
    sheet(books / "shop.csv", *rows)
    said = ["--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref", "--set", "KST=Cost centre", "--decimal", ","]
    typed("map", "shop.csv", *said, "--dates", "day-first", "--save", "profiles/shop.toml")
    assert load_profile(books / "profiles" / "shop.toml").columns["Cost centre"] == ("KST",)
    data = json.loads(typed("map", "shop.csv", "--profile", "shop", "--json")[1])
    assert data["sheets"][0]["columns"][-1]["field"] == "Cost centre"
    told = json.loads(typed("check", "shop.csv", "--profile", "shop", "--json")[1])
    assert [p["code"] for p in told["problems"]] == ["W101"]


def test_a_hundred_columns_are_still_readable(books: Path, typed: Typed) -> None:
    many = [f"Spalte mit einem langen Namen Nummer {n}" for n in range(100)]
    sheet(books / "wide.csv", [*SHOP[0], *many], *([*row, *("x" * 80 for _ in many)] for row in SHOP[1:]))
    code, told = typed("map", "wide.csv", "--set", "Abnehmer=Customer", "--set", "Vorgang=Invoice ref")
    assert code == 0
    assert max(len(line) for line in told.splitlines()) <= 105
    assert "101 columns are left out" in told


def test_understanding_half_a_million_rows_takes_no_loop_over_them(tmp_path: Path) -> None:
    import pandas as pd

    from oneoff_batch.reading import Sheet

    head = ["Partner", "Invoice Bill Date", "Invoice Lines/Product", "Invoice Lines/Quantity", "Invoice Lines/Unit Price"]
    count = 500_000
    column = pd.Series(["Kanaal", None, None, None, None] * (count // 5), dtype="str")
    rest = pd.Series(["12"] * count, dtype="str")
    cells = pd.DataFrame(dict(zip("ABCDE", (column, column, rest, rest, rest), strict=True)))
    top = pd.DataFrame([dict(zip("ABCDE", head, strict=True))], dtype="str")
    whole = pd.concat([top, cells], ignore_index=True).set_axis(range(1, count + 2), axis="index")
    profile = load_profile(SAMPLES / "profiles" / "our-odoo.toml")
    start = time.process_time()
    [found], _ = understand([Sheet("odoo.csv", "odoo", 0, {}, whole)], UPLOAD, {}, profile)
    assert time.process_time() - start < 5
    assert found.sheet.cells[found.headings["invoice_ref"].letter].nunique() == count // 5


PLAINEST = [
    "Invoice No.;Customer No.;Service;Units;Rate;Net amount",
    "Beleg-Nr.;Kd.-Nr.;Bezeichnung;Menge;Einzelpreis;Gesamtpreis",
    "N° de facture;N° de client;Désignation;Qté;Prix unitaire HT;Prix total HT",
    "Nº de factura;Cód. cliente;Concepto;Unidades;Precio unit.;Importe neto",
    "Factuurnr.;Klantnr.;Benaming;Aantal;Prijs per stuk;Totaalprijs",
    "Invoice #;Customer #;Service;Qty. (hours);Unit price (EUR);Net amount in EUR",
    "Beleg;Kunde;Leistung;Menge (Std.);Preis in €;Betrag €",
]


@pytest.mark.parametrize("header", PLAINEST)
def test_the_plainest_headers_are_understood(tmp_path: Path, header: str) -> None:
    path = sheet(tmp_path / "a.csv", header.split(";"), ["A", "C-1", "Workshop", "1", "2", "2"])
    found, problems = look(path)
    fields = ["invoice_ref", "customer", "pricing_name", "quantity", "unit_price", "amount"]
    assert list(found.headings) == fields and problems == []


def test_a_currency_in_a_header_is_held_against_that_of_the_invoice(books: Path, typed: Typed) -> None:
    head = ["Invoice ref", "Customer", "Pricing name", "Currency"]
    sheet(books / "a.csv", [*head, "Price (USD)"], ["A", "C-1001", "Workshop", "EUR", "10"])
    [problem] = json.loads(typed("check", "a.csv", "--json")[1])["problems"]
    assert problem["code"] == "E221" and "Price (USD)" in problem["message"] and "USD" in problem["message"]
    sheet(books / "b.csv", [*head, "All in price"], ["A", "C-1001", "Workshop", "EUR", "10"])
    found, problems = look(books / "b.csv")
    assert "unit_price" not in found.headings and "W101" in {p.code for p in problems}


@pytest.mark.parametrize("name", ["Description", "Descripción", "Omschrijving"])
def test_a_sheet_with_only_a_description_has_it_for_a_name_and_a_note_says_so(tmp_path: Path, name: str) -> None:
    path = sheet(tmp_path / "a.csv", ["Invoice ref", "Customer", name, "Amount"], ["A", "C-1", "Workshop", "5"])
    found, problems = look(path)
    assert found.headings["pricing_name"].header == name and "description" not in found.headings
    assert [(p.code, p.severity, p.value) for p in problems] == [("N121", "note", name)]
    both = sheet(tmp_path / "b.csv", ["Invoice ref", "Customer", name, "Service", "Amount"], ["A", "C-1", "x", "y", "5"])
    found, problems = look(both)
    assert (found.headings["description"].header, problems) == (name, [])


def test_items_that_are_all_names_are_one_problem_and_a_typing_error_stays_one(books: Path, typed: Typed) -> None:
    head = ["Invoice ref", "Customer", "Item", "Unit price"]
    sheet(books / "a.csv", head, ["A", "C-1001", "Consulting", "5"], ["B", "C-1001", "Travel", "5"])
    problems = json.loads(typed("check", "a.csv", "--json")[1])["problems"]
    assert {p["code"] for p in problems} == {"E127"} and len({p["message"] for p in problems}) == 1
    assert '--set "Item=Pricing name"' in problems[0]["message"]
    sheet(books / "b.csv", head, ["A", "C-1001", "TRAIN-DAYS", "5"], ["B", "C-1001", "Travel", "5"])
    problems = json.loads(typed("check", "b.csv", "--json")[1])["problems"]
    assert {p["code"] for p in problems} == {"E307"}


def test_an_empty_column_is_no_rival_of_a_filled_one(tmp_path: Path) -> None:
    head = ["Invoice ref", "Customer ID", "Customer No.", "Service", "Amount"]
    found, problems = look(sheet(tmp_path / "a.csv", head, ["A", "", "C-1", "Workshop", "5"]))
    assert (found.headings["customer"].header, problems) == ("Customer No.", [])
    _, problems = look(sheet(tmp_path / "b.csv", head, ["A", "C-2", "C-1", "Workshop", "5"]))
    assert [p.message for p in problems] == [
        'The columns B ("Customer ID") and C ("Customer No.") of "b" mean the same: Customer.'
    ]


def test_map_asks_for_just_what_is_missing(books: Path, typed: Typed) -> None:
    sheet(books / "a.csv", ["Vorgang", "Abnehmer", "Text", "Menge", "Total"], ["A", "C-1001", "Schulung", "1", "5"])
    code, told = typed("map", "a.csv")
    assert code == 1 and "no column for Invoice ref" in told and "no column for Customer" in told
    code, told = typed("map", "a.csv", "--set", "Vorgang=Invoice ref", "--set", "Abnehmer=Customer")
    flat = " ".join(told.split())
    assert code == 1 and "no column for Customer" not in flat
    assert '--set "Your header=Pricing name"' in flat and '--set "Your header=Unit price"' in flat
    assert '--set "Total=Amount"' in flat and '--set "Total=Expected total"' in flat
    said = ["--set", "Vorgang=Invoice ref", "--set", "Abnehmer=Customer", "--set", "Text=Pricing name"]
    code, told = typed("map", "a.csv", *said, "--set", "Total=Amount")
    assert code == 0 and "Still open" not in told


def test_an_export_of_a_known_program_is_told_before_everything_else(books: Path, typed: Typed) -> None:
    for file in sorted((SAMPLES / "profiles").glob("*.[cx][sl]*")):
        problems = json.loads(typed("check", file, "--json")[1])["problems"]
        found = [p for p in problems if p["code"] == "W121"]
        assert [f"--profile {file.stem}." in p["message"] for p in found] == [True], file.name
    told = typed("check", SAMPLES / "profiles" / "zoho-books.csv")[1]
    first = next(line for line in told.splitlines() if any(code in line for code in ("E1", "E3", "W1")))
    assert "W121" in first and "Zoho Books" in told
    for name in ("flat.csv", "november.xlsx", "mistakes.xlsx"):
        assert "W121" not in typed("check", SAMPLES / name)[1]


def test_a_tax_column_is_told_that_tax_is_worked_out_here(tmp_path: Path) -> None:
    for header in ("MwSt", "VAT %", "Taux TVA", "Btw-bedrag", "IVA", "Tax amount"):
        path = sheet(tmp_path / "a.csv", ["Invoice ref", "Customer", "Service", "Amount", header], ["A", "C", "x", "5", "1"])
        code = "N122" if header in ("VAT %", "Taux TVA") else "W122"
        assert [(p.code, p.value) for p in look(path)[1]] == [(code, header)]
    path = sheet(tmp_path / "a.csv", ["Invoice ref", "Customer", "Service", "Price", "Total"], ["A", "C", "x", "5", "5"])
    assert [p.code for p in look(path)[1]] == ["W123"]


def test_map_reads_as_check_does(books: Path, typed: Typed) -> None:
    (books / "a.csv").write_bytes("Invoice ref;Customer;Description;Amount\nA;C-1001;Schülerkurs;5\n".encode("mac_roman"))
    code, told = typed("map", "a.csv", "--encoding", "mac_roman", "--skip-hidden")
    assert code == 0 and "Schülerkurs" in told and "check a.csv --skip-hidden --encoding mac_roman" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dates = day-first\n", 'Line 1 of the profile p.toml has a value without quotes. Write: dates = "day-first".'),
        ('name = "x"\n[columns]\ncustomer = Kd-Nr\n', 'Write: customer = "Kd-Nr".'),
        ("decimal = ,\n", 'Write: decimal = ",".'),
        ('[value.tax_code]\n"x" = "y"\n', 'says "value", which means nothing here. Did you mean "values"?'),
    ],
)
def test_a_mistake_in_a_profile_is_answered_with_what_to_write(books: Path, typed: Typed, text: str, words: str) -> None:
    (books / "p.toml").write_text(text)
    sheet(books / "shop.csv", *SHOP)
    code, told = typed("map", "shop.csv", "--profile", "p.toml")
    assert code != 0 and words in " ".join(told.split())
