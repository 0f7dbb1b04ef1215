"""The profiles that come with the program: what each makes of its program's sheet, and what it does not decide alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import SAMPLES, TODAY

from oneoff_batch.pipeline.intake import Outcome, examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import errors
from oneoff_batch.reading import Profile, ProfileError, load_profile, named_profile, save_profile, shipped_names
from oneoff_batch.reading.profile import PAYMENTS, SHEETS, VERDICTS

SHEETS_OF_OTHERS = SAMPLES / "profiles"
BERG, HAFEN, NOORD, THORN, ERABLE = "C-1001", "C-1101", "C-1003", "C-1301", "C-1501"
DRAFTS = {
    ("our-xero", "xero.csv"): {
        "INV-0301": (BERG, "2320.00", "487.20", "2807.20"),
        "INV-0302": (HAFEN, "1560.00", "0.00", "1560.00"),
        "INV-0303": (THORN, "820.00", "0.00", "820.00"),
    },
    ("our-quickbooks", "quickbooks-online.csv"): {
        "1041": (BERG, "2320.00", "487.20", "2807.20"),
        "1042": (NOORD, "270.00", "56.70", "326.70"),
    },
    ("zoho-books", "zoho-books.csv"): {
        "INV-000217": (BERG, "2320.00", "487.20", "2807.20"),
        "INV-000218": (HAFEN, "1560.00", "0.00", "1560.00"),
    },
    ("our-odoo", "odoo.xlsx"): {
        "odoo-2": (BERG, "2320.00", "487.20", "2807.20"),
        "odoo-4": (HAFEN, "1560.00", "0.00", "1560.00"),
        "odoo-5": (NOORD, "270.00", "56.70", "326.70"),
    },
    ("our-invoice-ninja", "invoice-ninja.csv"): {
        "0088": (BERG, "2320.00", "487.20", "2807.20"),
        "0089": (HAFEN, "1560.00", "0.00", "1560.00"),
    },
    ("our-erpnext", "erpnext.csv"): {
        "SINV-26-00061": (BERG, "2320.00", "487.20", "2807.20"),
        "SINV-26-00062": (HAFEN, "1754.35", "0.00", "1754.35"),
    },
    ("freshbooks", "freshbooks.csv"): {
        "0000412": (BERG, "2320.00", "487.20", "2807.20"),
        "0000413": (ERABLE, "1400.00", "209.65", "1609.65"),
    },
    ("akaunting", "akaunting.xlsx"): {
        "INV-00031": (BERG, "2320.00", "487.20", "2807.20"),
        "INV-00032": (HAFEN, "1560.00", "0.00", "1560.00"),
    },
}  # fmt: skip


def _upload(name: str, file: Path) -> Outcome:
    return examine(open_workspace(SAMPLES), [file], named_profile(name, SHEETS_OF_OTHERS), TODAY, None)


def _said(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(p.code, p.cell, p.value) for p in outcome.problems]


def _changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of a program's CSV with a text changed wherever it stands."""
    text = (SHEETS_OF_OTHERS / file).read_text("utf-8")
    assert old in text
    path = tmp_path / file
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(("profile", "file"), DRAFTS, ids=[p for p, _ in DRAFTS])
def test_each_programs_sheet_comes_to_the_drafts_that_its_lines_say(profile: str, file: str) -> None:
    outcome = _upload(profile, SHEETS_OF_OTHERS / file)
    assert outcome.drafts is not None
    got = {
        row["invoice_ref"]: (row["customer"], *(str(round(row[f"{n}_total"], 2)) for n in ("net", "tax", "gross")))
        for row in outcome.drafts.invoices.to_dict("records")
    }
    assert got == DRAFTS[profile, file]
    assert {p.code for p in outcome.problems} <= {"E118", "E122", "W120", "N103", "N120"}


def test_every_shipped_profile_has_its_sheet_and_its_rules_in_the_open() -> None:
    files = {p.stem for p in SHEETS_OF_OTHERS.iterdir() if p.suffix in (".csv", ".xlsx")}
    assert files == set(shipped_names())
    for name in shipped_names():
        text = (Path(__file__).parents[1] / "src" / "oneoff_batch" / "profiles" / f"{name}.toml").read_text("utf-8")
        head = text.partition("\nname = ")[0]
        assert all(line.startswith("#") for line in head.strip().splitlines())
        for rule in ("Customers", "Taxes", "With tax?", "Totals"):
            assert f"#   {rule}" in head, (name, rule)
        assert ("[statuses]" in text) == ("#   Statuses" in head)


@pytest.mark.parametrize("name", ["xero", "quickbooks-online", "odoo", "invoice-ninja", "erpnext"])
def test_a_tax_that_is_only_named_is_a_problem_until_somebody_says_which_code_it_is(name: str) -> None:
    file = next(SHEETS_OF_OTHERS.glob(f"{name}.[cx]*"))
    assert "E309" in {p.code for p in errors(_upload(name, file).problems)}


def test_dates_of_a_program_that_has_no_order_of_its_own_are_a_problem_until_the_order_is_said(tmp_path: Path) -> None:
    file = _changed(tmp_path, "xero.csv", "13/11/2026", "12/11/2026")
    assert {p.cell for p in _upload("xero", file).problems if p.code == "E205"} == {"E2", "E3", "E4", "E5"}
    assert "E205" not in {p.code for p in _upload("our-xero", file).problems}


def test_paid_and_void_invoices_are_held_and_sent_ones_named(tmp_path: Path) -> None:
    said = _said(_upload("zoho-books", SHEETS_OF_OTHERS / "zoho-books.csv"))
    assert said == [("W120", "D4", "Overdue"), ("E122", "D5", "Void")]
    new = _changed(tmp_path, "zoho-books.csv", "Overdue", "Geschlossen")
    assert ("E123", "D4", "Geschlossen") in _said(_upload("zoho-books", new))


@pytest.mark.parametrize(
    ("profile", "file", "old", "new", "code"),
    [
        ("our-xero", "xero.csv", "950.00,,200", "950.00,10,200", "E323"),
        ("our-xero", "xero.csv", "950.00,,200", "950.00,0.00 %,200", ""),
        ("freshbooks", "freshbooks.csv", "950.00,2.00,0.00", "950.00,2.00,5.00", "E323"),
        ("zoho-books", "zoho-books.csv", ",2807.20,2807.20,0.00,0.00,", ",2807.20,2807.20,4.95,0.00,", "E124"),
        ("our-invoice-ninja", "invoice-ninja.csv", "BTW,21,0,0,2807.20", "BTW,21,7,0,2807.20", "E124"),
    ],
)  # fmt: skip
def test_a_discount_or_a_charge_outside_the_lines_is_refused_unless_it_is_nothing(
    tmp_path: Path, profile: str, file: str, old: str, new: str, code: str
) -> None:
    outcome = _upload(profile, _changed(tmp_path, file, old, new))
    assert outcome.blocked == bool(code)
    assert code in {"", *(p.code for p in outcome.problems)}


@pytest.mark.parametrize(
    ("profile", "file", "old", "new"),
    [
        ("our-xero", "xero.csv", "2807.20", "2807.21"),
        ("zoho-books", "zoho-books.csv", "2320.00,2807.20,2807.20", "2320.00,2807.19,2807.19"),
        ("our-invoice-ninja", "invoice-ninja.csv", "2807.20", "2800.00"),
    ],
)
def test_the_programs_total_is_held_against_ours(tmp_path: Path, profile: str, file: str, old: str, new: str) -> None:
    found = [p for p in _upload(profile, _changed(tmp_path, file, old, new)).problems if p.code == "E328"]
    assert [p.details["found"] for p in found] == ["2,807.20"]


@pytest.mark.parametrize(
    ("profile", "file", "old", "new", "total", "cell"),
    [
        ("freshbooks", "freshbooks.csv", "508.20", "508.30", "2,807.30", "P2"),
        ("our-quickbooks", "quickbooks-online.csv", "88.20", "88.00", "2,807.00", "L2"),
    ],
)
def test_totals_that_are_given_line_by_line_are_added_up_and_held_against_ours(
    tmp_path: Path, profile: str, file: str, old: str, new: str, total: str, cell: str
) -> None:
    found = [p for p in _upload(profile, _changed(tmp_path, file, old, new)).problems if p.code == "E328"]
    assert [(p.value, p.details["found"], p.cell) for p in found] == [(total, "2,807.20", cell)]


def test_a_cent_that_rounding_on_each_line_explains_is_a_warning_only(tmp_path: Path) -> None:
    outcome = _upload("freshbooks", _changed(tmp_path, "freshbooks.csv", "508.20", "508.21"))
    assert [(p.code, p.value, p.details["found"]) for p in outcome.problems if p.code in ("E328", "W214")] == [
        ("W214", "2,807.21", "2,807.20")
    ]


def test_a_line_total_that_is_no_number_is_named_and_not_added_up(tmp_path: Path) -> None:
    outcome = _upload("freshbooks", _changed(tmp_path, "freshbooks.csv", "508.20", "n/a"))
    assert [(p.code, p.cell, p.invoice_ref) for p in errors(outcome.problems)] == [
        ("E202", "P3", "0000412"),
        ("E122", "D5", "0000414"),
    ]


@pytest.mark.parametrize("header", ["Invoice #", "Client Name", "Invoice Status", "Line Total", "Rate"])
def test_a_column_that_the_profile_needs_is_named_when_it_is_not_there(tmp_path: Path, header: str) -> None:
    outcome = _upload("freshbooks", _changed(tmp_path, "freshbooks.csv", header, "Something else"))
    [missing] = [p for p in outcome.problems if p.code == "E108"]
    titles = {"Invoice #": "Invoice ref", "Client Name": "Customer", "Rate": "Unit price"}
    assert titles.get(header, header) in missing.message and outcome.blocked


def test_without_the_column_that_starts_an_invoice_nothing_is_guessed(tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(SHEETS_OF_OTHERS / "odoo.xlsx")
    workbook["Invoices"]["A1"] = "Whom"
    workbook.save(tmp_path / "odoo.xlsx")
    outcome = _upload("our-odoo", tmp_path / "odoo.xlsx")
    assert outcome.blocked and outcome.drafts is None
    assert "E108" in {p.code for p in outcome.problems}


def test_a_line_amount_must_be_quantity_times_price(tmp_path: Path) -> None:
    outcome = _upload("our-erpnext", _changed(tmp_path, "erpnext.csv", ",2,950,1900", ",2,950,1800"))
    assert [p.code for p in errors(outcome.problems)] == ["E316"]


def test_a_customer_must_be_named_exactly_and_what_is_near_is_only_asked(tmp_path: Path) -> None:
    outcome = _upload("our-xero", _changed(tmp_path, "xero.csv", "Hafenlicht Logistik GmbH", "Hafenlicht Logistic GmbH"))
    [problem] = errors(outcome.problems)
    assert (problem.code, problem.suggestion, problem.invoice_ref) == ("E121", "Hafenlicht Logistik GmbH", "INV-0302")
    assert outcome.good == 2


def test_an_id_is_no_name_where_names_are_asked_for(tmp_path: Path) -> None:
    outcome = _upload("our-xero", _changed(tmp_path, "xero.csv", "Hafenlicht Logistik GmbH", "C-1101"))
    assert [p.code for p in errors(outcome.problems)] == ["E121"]


def test_a_file_with_tax_in_its_prices_says_so_once_for_the_whole_file(tmp_path: Path) -> None:
    own = tmp_path / "gross.toml"
    own.write_text('based_on = "our"\n', "utf-8")
    with pytest.raises(ProfileError, match="no profile"):
        load_profile(own)
    text = 'based_on = "freshbooks"\n[defaults]\nprices_include_tax = true\n[sums]\nexpected_total = "Line Subtotal"\n'
    own.write_text(text, "utf-8")
    outcome = examine(open_workspace(SAMPLES), [SHEETS_OF_OTHERS / "freshbooks.csv"], load_profile(own), TODAY, None)
    assert outcome.drafts is not None
    first = outcome.drafts.invoices.set_index("invoice_ref").loc["0000412"]
    assert (first["net_total"], first["gross_total"]) == (Decimal("1917.36"), Decimal("2320.00"))


def test_without_a_key_each_row_with_a_customer_starts_an_invoice_and_the_note_says_so() -> None:
    outcome = _upload("our-odoo", SHEETS_OF_OTHERS / "odoo.xlsx")
    note = next(p for p in outcome.problems if p.code == "N120")
    assert note.severity == "note" and "odoo-2" in note.message and '"' not in note.message
    assert outcome.drafts is not None
    assert outcome.drafts.lines.groupby("invoice_ref").size().to_dict() == {"odoo-2": 2, "odoo-4": 1, "odoo-5": 1}


def test_a_marked_up_copy_that_comes_back_has_the_keys_of_its_file(tmp_path: Path) -> None:
    for name in ("odoo-marked.xlsx", "odoo-marked-2.xlsx"):
        copy = tmp_path / name
        copy.write_bytes((SHEETS_OF_OTHERS / "odoo.xlsx").read_bytes())
        outcome = _upload("our-odoo", copy)
        assert outcome.drafts is not None
        assert outcome.drafts.invoices["invoice_ref"].tolist() == ["odoo-2", "odoo-4", "odoo-5"]


def test_lines_above_the_first_customer_belong_to_nobody(tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(SHEETS_OF_OTHERS / "odoo.xlsx")
    workbook["Invoices"]["A2"] = None
    workbook["Invoices"]["B2"] = workbook["Invoices"]["D2"] = workbook["Invoices"]["K2"] = None
    workbook.save(tmp_path / "odoo.xlsx")
    found = errors(_upload("our-odoo", tmp_path / "odoo.xlsx").problems)
    assert {(p.code, p.cell) for p in found} == {("E201", "A2"), ("E201", "A3")}


def test_sheets_that_the_profile_leaves_out_are_no_surprise_and_others_are_named(tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(SHEETS_OF_OTHERS / "akaunting.xlsx")
    workbook.create_sheet("lines").append(["invoice_number", "item_name", "quantity", "price"])
    workbook["lines"].append(["INV-00031", "Sneaked in", 1, 5])
    workbook.save(tmp_path / "akaunting.xlsx")
    outcome = _upload("akaunting", tmp_path / "akaunting.xlsx")
    assert [(p.code, p.value) for p in outcome.problems if p.code in ("W105", "E107")] == [("W105", "lines")]
    assert outcome.good == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('based_on = "xerox"', 'Did you mean "xero"'),
        ('starts = "customer"', "where it stands"),
        ('starts = "customer"\n[columns]\ncustomer = "K"\ninvoice_ref = "N"', "makes the keys"),
        ('status = "State"', "name their column"),
        ('status = "State"\n[statuses]\nPaid = "bad"', "fine, warning, error"),
        ('[sheets]\nA = "rows"', "invoices, lines, control, flat, payments, ignored"),
        ('[sheets]\nA = "payments"', "does not say where invoice_ref stands"),
        ('balance = "Open"', "does not say where expected_total stands"),
        ('status = [1]\n[statuses]\nPaid = "error"', "header in quotes"),
        ('[sums]\namount = "A"', "can only make expected_total"),
        ('[columns]\nexpected_total = "T"\n[sums]\nexpected_total = "A"', "either where"),
        ('[lookup]\ncustomer = "vat_id"', 'customer = "name"'),
        ('optional = ["due_date"]', "optional"),
        ('refuse = [1]', "header in quotes"),
        ('[statuses]\nPaid = ["x"]', "one value"),
    ],
)  # fmt: skip
def test_a_profile_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError) as e:
        load_profile(path)
    assert words in str(e.value) and "\n" not in str(e.value)


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8).filter(str.strip)
_FIELDS = st.sampled_from(["customer", "due_date", "quantity", "unit_price", "tax_code", "note"])


_TEXTS = st.one_of(st.just(""), _WORDS)


@st.composite
def _profiles(draw: st.DrawFn) -> Profile:
    fields = draw(st.lists(_FIELDS, unique=True, max_size=4))
    columns = {f: tuple(f"{f} {word}" for word in draw(st.lists(_WORDS, min_size=1, max_size=2))) for f in fields}
    changed = fields[: draw(st.integers(0, len(fields)))]
    statuses = draw(st.dictionaries(_WORDS, st.sampled_from(VERDICTS), max_size=3))
    lists = st.lists(_WORDS, max_size=2, unique=True).map(tuple)
    sums = st.lists(_WORDS, min_size=1, max_size=2).map(lambda headers: {"expected_total": tuple(headers)})
    total = draw(st.one_of(st.just({}), sums))
    return Profile(
        name=draw(_WORDS),
        description=draw(_TEXTS),
        columns=columns,
        defaults=draw(st.dictionaries(_FIELDS, _TEXTS, max_size=2)),
        values={f: draw(st.dictionaries(_WORDS, _TEXTS, min_size=1, max_size=2)) for f in changed},
        strip={f: draw(_WORDS) for f in changed[:1]},
        ignore=draw(lists),
        dates=draw(st.sampled_from(["", "iso", "day-first"])),
        decimal=draw(st.sampled_from(["", ",", "."])),
        optional=tuple(fields[:1]),
        not_discounts=draw(lists),
        refuse=draw(lists),
        sheets=draw(st.dictionaries(_WORDS, st.sampled_from([s for s in SHEETS if s != PAYMENTS]), max_size=2)),
        starts=draw(st.sampled_from(["", *fields])),
        sums=total,
        status=draw(st.lists(_WORDS, min_size=1, max_size=2).map(tuple)) if statuses else (),
        statuses=statuses,
        paid=draw(lists),
        balance=draw(_TEXTS) if total else "",
        lookup=draw(st.sampled_from([{}, {"customer": "name"}])),
    )


@given(profile=_profiles())
def test_every_profile_is_read_back_as_it_was_saved(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> None:
    path = tmp_path_factory.mktemp("profiles") / "p.toml"
    save_profile(path, profile)
    assert load_profile(path) == profile


def test_shipped_profiles_survive_saving(tmp_path: Path) -> None:
    for name in shipped_names():
        profile = named_profile(name, None)
        save_profile(tmp_path / f"{name}.toml", profile)
        assert load_profile(tmp_path / f"{name}.toml") == profile


def test_a_profile_upon_another_adds_and_replaces_what_it_says_itself(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'based_on = "xero"\ndates = "day-first"\nignore = ["Kostenstelle"]\n[statuses]\nPaid = "fine"\n', "utf-8"
    )
    ours, theirs = load_profile(path), named_profile("xero", None)
    assert (ours.name, ours.dates, ours.statuses["Paid"], ours.statuses["Voided"]) == ("ours", "day-first", "fine", "error")
    assert ours.ignore == (*theirs.ignore, "Kostenstelle") and ours.columns == theirs.columns


def test_a_profile_is_found_as_a_file_in_the_workspace_or_among_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "xero.toml").write_text('name = "Mine"', "utf-8")
    assert named_profile("xero", tmp_path).name == "Mine"
    assert named_profile(str(tmp_path / "xero.toml"), None).name == "Mine"
    assert named_profile("xero", None).name == "Xero"
    with pytest.raises(ProfileError, match=r"neither a file nor one of: akaunting, erpnext, .* Did you mean"):
        named_profile("zoho", tmp_path)


_SUBTOTAL = "1041,{who},{item},{words},{figures}"


@pytest.mark.parametrize(
    ("item", "words", "cell"),
    [
        ("Subtotal", "", "H4"),
        ("Subtotal", "Subtotal of the training", "H4"),
        ("Training:Subtotal", "Training in November", "H4"),
        ("", "Subtotal", "I4"),
        ("", "Subtotal: 2320.00", "I4"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_subtotal_row_of_quickbooks_is_never_billed(tmp_path: Path, item: str, words: str, cell: str, whole: bool) -> None:
    """Where it has tax and all the rest of a line, the total of the file has it twice too, and would not give it away."""
    who = "Van den Berg Techniek B.V.,16/11/2026,16/12/2026,,," if whole else ",,,,,"
    figures = "1,2320.00,2320.00,21.0% S,487.20,EUR," if whole else ",,2320.00,,,,"
    rows = (SHEETS_OF_OTHERS / "quickbooks-online.csv").read_text("utf-8").splitlines()
    rows.insert(3, _SUBTOTAL.format(who=who, item=item, words=words, figures=figures))
    (tmp_path / "qb.csv").write_text("\n".join(rows), "utf-8")
    outcome = _upload("our-quickbooks", tmp_path / "qb.csv")
    assert _said(outcome) == [("E117", cell, words if cell == "I4" else item)] and outcome.blocked


def test_what_quickbooks_sells_under_the_name_of_a_tax_is_a_line(tmp_path: Path) -> None:
    path = _changed(tmp_path, "quickbooks-online.csv", "Coaching,Intake", "Tax,Tax return of 2025")
    assert not errors(_upload("our-quickbooks", path).problems)
