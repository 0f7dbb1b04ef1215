"""The 66 hazards of real uploads, one by one: cells, rows, references and what comes out of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hazard_files import Formula, Rows, Shown, changed, flat, text, with_part, workbook
from hypothesis import given
from hypothesis import strategies as st
from samples import SAMPLES, TODAY

from oneoff_batch.checking import numbers
from oneoff_batch.checking.dates import read_day
from oneoff_batch.pipeline.intake import Outcome, examine
from oneoff_batch.pipeline.workspace import Workspace
from oneoff_batch.problems import Problem, errors
from oneoff_batch.reading import Unreadable, load_profile
from oneoff_batch.settings import parse_settings

ROWS: set[int] = set()
"""The rows of the table of hazards that a test of this file or of `test_hazards_files.py` carries."""
Test = TypeVar("Test", bound=Callable[..., object])


def hazard(*rows: int) -> Callable[[Test], Test]:
    """Say which rows of the table a test is for."""
    ROWS.update(rows)
    return lambda test: test


@dataclass(frozen=True)
class Told:
    """What the product says of a file, and the drafts that come out."""

    problems: list[Problem]
    outcome: Outcome | None

    @property
    def codes(self) -> list[str]:
        return sorted({p.code for p in self.problems})

    @property
    def errors(self) -> list[str]:
        return sorted({p.code for p in errors(self.problems)})

    def cells(self, code: str) -> list[str]:
        return [p.cell for p in self.problems if p.code == code]

    def said(self, code: str) -> str:
        return next(p.message for p in self.problems if p.code == code)

    def drafted(self, table: str, field: str) -> dict[str, Any]:
        assert self.outcome is not None and self.outcome.drafts is not None
        frame = getattr(self.outcome.drafts, table)
        refs = frame["invoice_ref"] if "invoice_ref" in frame else frame["invoice"]
        return dict(zip(refs, frame[field], strict=True))

    @property
    def net(self) -> dict[str, str]:
        if self.outcome is not None and self.outcome.blocked:
            return {}
        return {ref: f"{total:.2f}" for ref, total in self.drafted("invoices", "net_total").items()}


def told(*paths: Path, master: Path = SAMPLES, profile: Path | None = None) -> Told:
    settings = parse_settings((SAMPLES / "oneoff.toml").read_text("utf-8"))
    try:
        chosen = load_profile(profile) if profile else None
        outcome = examine(Workspace(master, settings), list(paths), chosen, TODAY, None)
    except Unreadable as fault:
        return Told([fault.problem], None)
    assert all(p.message and p.fix and "_" not in p.fix for p in outcome.problems)
    return Told(outcome.problems, outcome)


def in_a_column(tmp_path: Path, header: str, *values: Any, **options: Any) -> Told:
    return told(workbook(tmp_path / "a.xlsx", changed(header, *values), **options))


def with_column(tmp_path: Path, header: str, *values: Any, **options: Any) -> Told:
    rows = [(f"NOV-{i}", "C-1001", "Workshop", 2, 500) for i, _ in enumerate(values, start=1)]
    return told(workbook(tmp_path / "a.xlsx", flat(*rows, **{header: list(values)}), **options))


def company_with(tmp_path: Path, *ids: Any, products: Rows = ()) -> Path:
    """Master data whose customers have these ids."""
    customers = [["Customer", "Name", "Type", "City", "Country"]]
    customers += [[id_, f"Customer {at}", "INDIVIDUAL", "Utrecht", "NL"] for at, id_ in enumerate(ids, start=1)]
    folder = tmp_path / f"books-{len(ids)}"
    folder.mkdir()
    seller = [["Billing entity", "Name", "City", "Country", "VAT id", "Tax code", "Currency", "Default"],
              ["NL01", "Seller B.V.", "Utrecht", "NL", "NL123456782B90", "NL21", "EUR", "yes"]]  # fmt: skip
    taxes = [["Tax code", "Name", "Country", "Category", "Rate"], ["NL21", "VAT 21 %", "NL", "S", 21]]
    workbook(folder / "master-data.xlsx", {
        "Billing entities": seller, "Customers": customers, "Taxes": taxes, **({"Products": products} if products else {})
    })  # fmt: skip
    return folder


# 1, 2, 41–44: ids


@hazard(1)
def test_a_number_whose_format_shows_its_zeros_is_the_id_with_its_zeros(tmp_path: Path) -> None:
    master = company_with(tmp_path, "00123", "00124")
    seen = told(workbook(tmp_path / "a.xlsx", changed("Customer", Shown(123, "00000"), "00124")), master=master)
    assert seen.errors == [] and "W209" not in seen.codes
    assert set(seen.drafted("invoices", "customer").values()) == {"00123", "00124"}


@hazard(1)
def test_a_bare_number_gets_its_zeros_back_only_where_one_customer_has_them(tmp_path: Path) -> None:
    master = company_with(tmp_path, "00123", "456", "00789", "789", "0011", "011")
    seen = told(workbook(tmp_path / "a.xlsx", changed("Customer", 123, 456, 789, 11, 999)), master=master)
    assert seen.cells("W209") == ["B2"] and seen.cells("E226") == ["B4", "B5"] and seen.cells("E305") == ["B6"]
    assert seen.drafted("invoices", "customer") == {"NOV-1": "00123", "NOV-2": "456"}
    assert '"00789"' in seen.said("E226") and '"789"' in seen.said("E226")


@hazard(1)
def test_an_id_in_a_csv_is_never_padded(tmp_path: Path) -> None:
    seen = told(text(tmp_path / "a.csv", changed("Customer", "00123", "123")), master=company_with(tmp_path, "00123"))
    assert seen.cells("E305") == ["B3"] and list(seen.net) == ["NOV-1"]


@hazard(1)
def test_numbers_that_nothing_can_be_compared_with_are_noted_once(tmp_path: Path) -> None:
    seen = with_column(tmp_path, "PO_number", 47, 48, "0049")
    assert seen.cells("N201") == ["F2"] and seen.errors == []
    assert list(seen.drafted("invoices", "po_number").values()) == ["47", "48", "0049"]


@hazard(2)
@pytest.mark.parametrize("value", [12345678901234567, 1234567890123456, "1.23457E+16", "1,23E+15"])
def test_an_id_that_has_lost_digits_is_refused(tmp_path: Path, value: Any) -> None:
    seen = with_column(tmp_path, "PO_number", value)
    assert seen.cells("E213") == ["F2"] and seen.net == {}


@hazard(2)
def test_a_long_number_is_refused_as_printed_text_too_and_as_text_it_is_whole(tmp_path: Path) -> None:
    assert with_column(tmp_path, "Buyer_reference", 12345678901234567).cells("E213") == ["F2"]
    fine = with_column(tmp_path, "Buyer_reference", "12345678901234567", "1E5")
    assert fine.codes == [] and next(iter(fine.drafted("invoices", "buyer_reference").values())) == "12345678901234567"


@hazard(41)
@pytest.mark.parametrize(
    ("ref", "named"),
    [("IN\u200bV-1", "a zero-width space"), ("IN\u00adV-1", "a soft hyphen"), ("INV\u00a01", "a no-break space"),
     ("INV\n1", "a line break")],
)  # fmt: skip
def test_an_invisible_character_inside_an_id_is_named_and_its_errors_still_hold_the_invoice(
    tmp_path: Path, ref: str, named: str
) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", flat((ref, "C-1001", "Workshop", "x", 500))))
    assert seen.cells("W207") == ["A2"] and named in seen.said("W207")
    assert seen.cells("E202") == ["D2"] and seen.net == {} and seen.outcome is not None
    assert seen.outcome.left_out in {("INV-1",), ("INV 1",)}


@hazard(41)
def test_ids_match_whatever_invisible_character_is_around_or_inside_them(tmp_path: Path) -> None:
    rows = [
        ("\u00a0INV-1\u00a0", "C-1001\u200b", "Workshop", 2, 500),
        ("IN\u200bV-1", "C-\u00ad1001", "Room", 1, "5\u200b00"),
    ]
    seen = told(workbook(tmp_path / "a.xlsx", flat(*rows)))
    assert seen.net == {"INV-1": "1500.00"} and seen.cells("W207") == ["A3", "B3"]


@hazard(42)
def test_one_ref_composed_in_two_ways_is_one_invoice(tmp_path: Path) -> None:
    rows = [("A\u0301-1", "C-1001", "Workshop", 1, 100), ("\u00c1-1", "C-1001", "Room", 1, 50)]
    assert told(workbook(tmp_path / "a.xlsx", flat(*rows))).net == {"\u00c1-1": "150.00"}


@hazard(42)
@pytest.mark.parametrize("other", ["nov-1", "NOV -1", "NOV–1", "NОV-1"])
def test_refs_that_look_the_same_are_named_together(tmp_path: Path, other: str) -> None:
    seen = told(workbook(tmp_path / "a.xlsx", flat(("NOV-1", *flat()[1][1:]), (other, *flat()[1][1:]))))
    assert seen.cells("W305") == ["A3"] and "A2" in seen.said("W305") and len(seen.net) == 2
    assert seen.cells("W208") == (["A3"] if other == "NОV-1" else [])


@hazard(42)
def test_a_line_whose_ref_differs_only_in_looks_is_told_which_one_is_meant(tmp_path: Path) -> None:
    sheets = {"Invoices": [["Invoice ref", "Customer"], ["00123", "C-1001"], ["INV-2", "C-1001"]],
              "Lines": [["Invoice ref", "Pricing name", "Amount"], [123, "x", 1], ["inv-2", "x", 1]]}  # fmt: skip
    seen = told(workbook(tmp_path / "a.xlsx", sheets))
    assert [p.suggestion for p in seen.problems if p.code == "E302"] == ["00123", "INV-2"]


@hazard(43)
@pytest.mark.parametrize("word", ["NA", "N/A", "null", "None", "nan", "-", "NULL"])
def test_words_that_other_programs_take_for_nothing_are_text(tmp_path: Path, word: str) -> None:
    master = company_with(tmp_path, word)
    row = ("NOV-1", word, word, 1, 100)
    for file in (workbook(tmp_path / "a.xlsx", flat(row)), text(tmp_path / "a.csv", flat(row))):
        seen = told(file, master=master)
        assert seen.net == {"NOV-1": "100.00"} and list(seen.drafted("invoices", "customer").values()) == [word]


@hazard(43)
@pytest.mark.parametrize("word", ["-", "–", "n/a", "NA", "null"])
def test_a_dash_or_a_word_in_a_number_is_not_zero(tmp_path: Path, word: str) -> None:
    for header in ("Quantity", "Unit price"):
        assert in_a_column(tmp_path, header, word).errors == ["E202"]


@hazard(44)
def test_what_excel_made_a_date_of_is_not_taken_for_an_id_or_a_number(tmp_path: Path) -> None:
    assert with_column(tmp_path, "PO_number", date(2026, 2, 1)).cells("E218") == ["F2"]
    seen = in_a_column(tmp_path, "Unit price", date(2026, 2, 1), 5)
    assert seen.cells("E223") == ["E2"] and seen.net == {"NOV-2": "10.00"}


@hazard(44)
@pytest.mark.parametrize("value", [Shown(0.3125, "h:mm"), Shown(1.5, "[h]:mm")])
def test_hours_as_a_time_of_day_are_not_a_quantity(tmp_path: Path, value: Shown) -> None:
    assert in_a_column(tmp_path, "Quantity", value).errors == ["E223"]


@hazard(44)
def test_a_date_or_an_answer_in_place_of_words_is_pointed_out(tmp_path: Path) -> None:
    seen = in_a_column(tmp_path, "Pricing name", date(2026, 3, 1), True, "MARCH1")
    assert seen.cells("W210") == ["C2", "C3"] and len(seen.net) == 3
    assert in_a_column(tmp_path, "Quantity", True).errors == ["E202"]


# 3–9: numbers


@hazard(3)
@pytest.mark.parametrize(
    ("stored", "net"),
    [("0.30000000000000004", "0.60"), ("19.989999999999998", "39.98"), ("3.0149999999999997", "6.03"), ("1.005", "2.01")],
)
def test_a_double_is_the_number_that_excel_shows(tmp_path: Path, stored: str, net: str) -> None:
    path = workbook(tmp_path / "a.xlsx", changed("Unit price", 987.5))
    with_part(path, "xl/worksheets/sheet1.xml", lambda x: x.replace(b"<v>987.5</v>", f"<v>{stored}</v>".encode()))
    seen = told(path)
    assert (seen.codes, seen.net) == ([], {"NOV-1": net})


@hazard(4)
def test_a_unit_price_may_be_finer_than_the_currency_and_an_amount_may_not(tmp_path: Path) -> None:
    assert in_a_column(tmp_path, "Unit price", 19.999, 0.005, "0.12345678").net == {
        "NOV-1": "40.00", "NOV-2": "0.01", "NOV-3": "0.25"
    }  # fmt: skip
    rows = [(f"NOV-{i}", "C-1001", "x", None, None) for i in (1, 2)]
    seen = told(workbook(tmp_path / "a.xlsx", flat(*rows, Amount=[100.505, 100.5], Currency=["EUR", "JPY"])))
    assert seen.cells("E332") == ["F2", "F3"] and seen.net == {}
    assert in_a_column(tmp_path, "Unit price", "0.123456789").errors == ["E214"]


LOCALES = [("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1'234.56", "1234.56"), ("1 234,56", "1234.56"),
           ("1\u202f234,56", "1234.56"), ("1,23,456.78", "123456.78"), ("1,23,456", "123456"), ("1234.5", "1234.5"),
           ("1.234.567", "1234567"), ("1’234.50", "1234.50"), ("0,125", "0.125")]  # fmt: skip


@hazard(5)
@pytest.mark.parametrize(("shown", "value"), LOCALES)
def test_a_number_written_as_in_another_country_is_that_number(tmp_path: Path, shown: str, value: str) -> None:
    seen = in_a_column(tmp_path, "Unit price", shown)
    assert (seen.codes, seen.net) == ([], {"NOV-1": f"{Decimal(value) * 2:.2f}"})


@hazard(5)
@pytest.mark.parametrize("shown", ["1.234", "1,234", "12.345", "-1,234"])
def test_a_number_with_two_readings_alone_in_its_column_is_not_guessed(tmp_path: Path, shown: str) -> None:
    seen = in_a_column(tmp_path, "Unit price", shown, 950)
    assert seen.cells("E203") == ["E2"] and "NOV-1" not in seen.net


@hazard(5)
@pytest.mark.parametrize(("shown", "witness", "net"), [("1.234", "12,50", "2468.00"), ("1.234", "12.50", "2.47"),
                                                       ("1,234", "12.50", "2468.00"), ("1,234", "1.234,50", "2.47")])  # fmt: skip
def test_one_clear_cell_decides_for_its_column(tmp_path: Path, shown: str, witness: str, net: str) -> None:
    assert in_a_column(tmp_path, "Unit price", shown, witness).net["NOV-1"] == net


@hazard(5)
def test_a_column_with_both_decimal_marks_decides_nothing_and_the_rarer_mark_is_refused(tmp_path: Path) -> None:
    seen = in_a_column(tmp_path, "Unit price", "12.50", "13.50", "1.234,50", "1,234")
    assert seen.cells("E224") == ["E4"] and seen.cells("E203") == ["E5"]
    assert seen.net == {"NOV-1": "25.00", "NOV-2": "27.00"}
    assert in_a_column(tmp_path, "Unit price", "12.50", "13,50").cells("E224") == ["E2", "E3"]


@hazard(5)
def test_what_contradicts_the_profile_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('decimal = ","\ndates = "day-first"\n', "utf-8")
    path = workbook(tmp_path / "a.xlsx", changed("Unit price", "1.234", "12.50", 12.5))
    seen = told(path, profile=tmp_path / "p.toml")
    assert seen.cells("E224") == ["E3"] and seen.net == {"NOV-1": "2468.00", "NOV-3": "25.00"}
    assert "profile" in seen.said("E224")


@hazard(5, 7)
@given(
    st.decimals(min_value="-99999", max_value="99999", places=2),
    st.sampled_from(".,"),
    st.sampled_from(["", "'", " ", "\u202f", "o"]),
)
def test_a_written_number_reads_as_itself_or_as_two_readings_with_itself_among_them(
    value: Decimal, mark: str, group: str
) -> None:
    plain = f"{value:,.2f}"
    sep = {"o": "," if mark == "." else "."}.get(group, group)
    shown = plain.replace(",", "\0").replace(".", mark).replace("\0", sep)
    reading = numbers.read_number(shown)
    assert value in (reading.value, reading.other)


@hazard(6)
@pytest.mark.parametrize("shown", ["€ 1.234,56", "1.234,56 €", "EUR 1234.56", "1234.56EUR", "(€ -1234.56)", "1234.56 eur"])
def test_a_currency_mark_that_fits_is_accepted(tmp_path: Path, shown: str) -> None:
    seen = in_a_column(tmp_path, "Unit price", shown)
    assert seen.errors == (["E202"] if "(" in shown else []) and list(seen.net.values()) in ([], ["2469.12"])


@hazard(6)
@pytest.mark.parametrize("shown", ["USD 5", "$5.00", "5.- CHF", "£5", "¥ 5", "5 kr", "US$ 5", "R$5"])
def test_a_currency_mark_of_another_currency_is_refused(tmp_path: Path, shown: str) -> None:
    for header in ("Unit price", "Amount", "Expected total"):
        one = None if header != "Expected total" else 5
        rows = flat(("NOV-1", "C-1001", "x", None, one))
        if header == "Unit price":
            rows[1][4] = shown
        else:
            rows[0].append(header)
            rows[1].append(shown)
        assert "E221" in told(workbook(tmp_path / "a.xlsx", rows)).errors, header


@hazard(6)
@pytest.mark.parametrize("currency", ["USD", "CAD", "AUD", "MXN"])
def test_a_dollar_sign_fits_every_dollar(tmp_path: Path, currency: str) -> None:
    seen = told(text(tmp_path / "a.csv", flat(("NOV-1", "C-1001", "x", 1, "$5.00"), Currency=currency)))
    assert "E221" not in seen.codes and "E202" not in seen.codes


@hazard(6)
@pytest.mark.parametrize(
    "shown", ["5€50", "1EUR234", "1 EUR 234", "5 kg", "5 USD USD", "950\u00b9", "5\u00b2", "\u00bd", "1\u00bd"]
)
def test_what_is_no_number_does_not_become_one_by_taking_marks_out(tmp_path: Path, shown: str) -> None:
    seen = in_a_column(tmp_path, "Unit price", shown)
    assert seen.errors == ["E202"] and seen.net == {}


@hazard(6)
@pytest.mark.parametrize(("format_", "currency", "fits"), [
    ('#,##0.00 "€"', "EUR", True), ('#,##0.00 "€"', "USD", False), ("[$USD] #,##0.00", "EUR", False),
    ("[$$-409]#,##0.00", "USD", True), ("[$$-409]#,##0.00", "EUR", False), ("#,##0.00\\ [$€-407]", "EUR", True)])  # fmt: skip
def test_the_currency_that_a_number_format_shows_is_held_against_the_invoice(
    tmp_path: Path, format_: str, currency: str, fits: bool
) -> None:
    row = ("NOV-1", "C-1001", "Workshop", 1, Shown(1234.5, format_))
    seen = told(workbook(tmp_path / "a.xlsx", flat(row, Currency=currency, Invoice_date=date(2026, 11, 20))))
    assert seen.errors == ([] if fits else ["E221"]) and seen.net == ({"NOV-1": "1234.50"} if fits else {})


@hazard(6)
def test_crowns_that_a_number_format_shows_are_not_euros(tmp_path: Path) -> None:
    assert in_a_column(tmp_path, "Unit price", Shown(1234.5, '#,##0.00\\ "kr"')).errors == ["E221"]


@hazard(5, 6)
@pytest.mark.parametrize(("shown", "errors"), [("12", []), (Shown(12, '0 "€"'), []), ("12 €", ["E320"]), ("50%", ["E320"]),
                                               (Shown(0.5, "0%"), ["E320"]), ("1.234", ["E203"])])  # fmt: skip
def test_a_number_field_of_your_own_never_loses_a_mark_silently(tmp_path: Path, shown: Any, errors: list[str]) -> None:
    assert with_column(tmp_path, "Participants", shown).errors == errors


@hazard(6)
def test_a_mark_that_only_the_format_shows_means_nothing_in_a_quantity(tmp_path: Path) -> None:
    seen = in_a_column(tmp_path, "Quantity", Shown(3, '#,##0.00 "€"'))
    assert (seen.errors, seen.net) == ([], {"NOV-1": "1500.00"})


@hazard(6)
def test_a_price_of_the_master_data_in_another_currency_than_it_says_is_a_fault(tmp_path: Path) -> None:
    products = [["Category", "Product", "Product name", "Product item", "Item name", "Unit price", "Currency"],
                ["A", "P", "Product", "I1", "Item", "$ 100", "EUR"], ["A", "Q", "Product", "I2", "Item", "€ 100", "EUR"]]  # fmt: skip
    rows = [["Invoice ref", "Customer", "Product item", "Quantity"], ["A", "C1", "I1", 1], ["B", "C1", "I2", 1]]
    seen = told(workbook(tmp_path / "a.xlsx", rows), master=company_with(tmp_path, "C1", products=products))
    assert "E221" in seen.codes and seen.net == {"B": "100.00"}


@hazard(7)
@pytest.mark.parametrize("shown", ["(5.00)", "5-", "\u22125", "-5", "–5", "5.00-", "- 5", "(5)", "-5,00"])
def test_every_way_of_writing_a_negative_number_is_negative(tmp_path: Path, shown: str) -> None:
    assert in_a_column(tmp_path, "Quantity", shown).net == {"NOV-1": "-2500.00"}


@hazard(7)
@pytest.mark.parametrize("shown", ["--5", "(-5)", "5--", "+-5", "5–10", "(5", "5)"])
def test_a_number_with_two_signs_is_no_number(tmp_path: Path, shown: str) -> None:
    assert in_a_column(tmp_path, "Quantity", shown).errors == ["E202"]


@hazard(8)
@pytest.mark.parametrize(("value", "tax", "warns"), [(Shown(0.08875, "0.000%"), "8.88", False), (8.875, "8.88", False),
                                                     ("8.875 %", "8.88", False), (0.5, "0.50", True)])  # fmt: skip
def test_percent_are_percent_however_they_are_written(tmp_path: Path, value: Any, tax: str, warns: bool) -> None:
    row = ("NOV-1", "C-1401", "Workshop", 1, 100)
    seen = told(workbook(tmp_path / "a.xlsx", flat(row, Sales_tax_percentage=value, Billing_entity="US01")))
    assert ("W206" in seen.codes) == warns and seen.errors == []
    assert f"{seen.drafted('invoices', 'tax_total')['NOV-1']:.2f}" == tax


@hazard(9)
@pytest.mark.parametrize("shown", ["１２３", "\u0661\u0662\u0663", "\u06f1\u06f2\u06f3", "\u0967\u0968\u0969"])
def test_digits_of_every_script_are_digits(tmp_path: Path, shown: str) -> None:
    assert in_a_column(tmp_path, "Unit price", shown).net == {"NOV-1": "246.00"}


@hazard(9)
def test_arabic_separators_and_dates_are_understood(tmp_path: Path) -> None:
    assert in_a_column(tmp_path, "Unit price", "\u0661\u066c\u0662\u0663\u0664\u066b\u0665").net == {"NOV-1": "2469.00"}
    assert read_day("\u0663\u0661/\u0660\u0661/\u0662\u0660\u0662\u0666").day == date(2026, 1, 31)


# 10–14: dates


def due(seen: Told) -> list[Any]:
    return list(seen.drafted("invoices", "due_date").values())


@hazard(10)
def test_a_date_cell_is_its_day_and_a_time_of_day_is_pointed_out(tmp_path: Path) -> None:
    seen = with_column(tmp_path, "Due_date", date(2026, 12, 31), datetime(2026, 12, 31, 8, 30))
    assert seen.cells("W201") == ["F3"] and due(seen) == [date(2026, 12, 31)] * 2


@hazard(11)
@pytest.mark.parametrize("shown", ["31.12.2026", "2026-12-31", "31 Dec 2026", "31/12/2026", "12/31/2026", "31. Dezember 2026",
                                   "31 décembre 2026", "20261231", "2026/12/31", "December 31, 2026"])  # fmt: skip
def test_a_date_as_text_is_that_day(tmp_path: Path, shown: str) -> None:
    seen = with_column(tmp_path, "Due_date", shown)
    assert (seen.codes, due(seen)) == ([], [date(2026, 12, 31)])


@hazard(11)
def test_a_date_with_two_readings_is_decided_by_its_column_or_not_at_all(tmp_path: Path) -> None:
    alone = with_column(tmp_path, "Due_date", "03/12/2026")
    assert alone.cells("E205") == ["F2"] and "3 December 2026" in alone.said("E205") and "12 March" in alone.said("E205")
    assert due(with_column(tmp_path, "Due_date", "03/12/2026", "31/12/2026"))[0] == date(2026, 12, 3)
    assert due(with_column(tmp_path, "Due_date", "12/03/2026", "12/31/2026"))[0] == date(2026, 12, 3)


@hazard(11)
def test_a_column_with_both_orders_decides_nothing_and_the_rarer_order_is_refused(tmp_path: Path) -> None:
    both = with_column(tmp_path, "Due_date", "31/12/2026", "30/12/2026", "12/31/2026", "03/12/2026")
    assert (
        both.cells("E225") == ["F4"]
        and both.cells("E205") == ["F5"]
        and due(both) == [date(2026, 12, 31), date(2026, 12, 30)]
    )
    assert with_column(tmp_path, "Due_date", "31/12/2026", "12/31/2026").cells("E225") == ["F2", "F3"]


@hazard(12)
def test_a_count_of_days_in_a_date_column_is_shown_as_the_day_it_is_taken_for(tmp_path: Path) -> None:
    seen = with_column(tmp_path, "Due_date", 46387)
    assert due(seen) == [date(2026, 12, 31)] and "31 December 2026" in seen.said("W205")


@hazard(13)
def test_a_workbook_that_counts_from_1904_gives_the_same_days(tmp_path: Path) -> None:
    seen = with_column(tmp_path, "Due_date", date(2026, 12, 31), 46387 - 1462, "31/12/2026", date_1904=True)
    assert due(seen) == [date(2026, 12, 31)] * 3 and seen.cells("W205") == ["F3"]


@hazard(14)
@pytest.mark.parametrize("serial", [0, 1, 60, -5, 2958466])
def test_a_small_or_a_huge_count_of_days_is_no_date(tmp_path: Path, serial: int) -> None:
    seen = with_column(tmp_path, "Due_date", Shown(serial, "dd/mm/yyyy"))
    assert len(seen.errors) == 1 and seen.errors[0] in {"E204", "E211"} and seen.net == {}
    assert with_column(tmp_path, "Due_date", serial).errors == ["E204"]


# 15–18: formulas

EXCEL_ERRORS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"]


@hazard(15)
@pytest.mark.parametrize("error", EXCEL_ERRORS)
def test_an_excel_error_is_named_in_every_column(tmp_path: Path, error: str) -> None:
    for header in ("Quantity", "Pricing name", "Customer"):
        seen = in_a_column(tmp_path, header, Formula("=NA()", error))
        assert "E211" in seen.errors and error in seen.said("E211") and seen.net == {}


@hazard(15)
@pytest.mark.parametrize("error", ["#N/A", "#NV", "#¡REF!", "#VALEUR!", "#DIV/0!"])
def test_an_excel_error_that_a_csv_holds_as_text_is_not_printed(tmp_path: Path, error: str) -> None:
    assert told(text(tmp_path / "a.csv", changed("Pricing name", error))).errors == ["E211"]
    assert told(text(tmp_path / "a.csv", changed("Pricing name", "N/A", "# 5", "#1"))).errors == []


@hazard(16)
def test_a_formula_that_nobody_calculated_is_not_an_empty_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", changed("Pricing name", Formula("=A1", "x")))
    with_part(path, "xl/worksheets/sheet1.xml", lambda x: x.replace(b' t="str"', b"").replace(b"<v>x</v>", b""))
    assert "E212" in told(path).errors


@hazard(17)
def test_a_result_of_zero_that_the_writing_program_made_up_is_not_billed(tmp_path: Path) -> None:
    seen = in_a_column(tmp_path, "Quantity", Formula("=1+1"), Formula("=1+1", 2))
    assert seen.cells("E212") == ["D2"] and seen.net == {"NOV-2": "1000.00"}


@hazard(18)
def test_the_result_that_excel_saved_is_the_value(tmp_path: Path) -> None:
    seen = in_a_column(tmp_path, "Unit price", Formula("=450+50", 500))
    assert seen.errors == [] and seen.net == {"NOV-1": "1000.00"} and "N101" in seen.codes


# 59–62: rows that belong together


@hazard(60)
def test_equal_lines_are_billed_twice_and_named_and_lines_that_differ_in_a_field_are_not_equal(tmp_path: Path) -> None:
    row = ("NOV-1", "C-1001", "Workshop", 2, 500)
    seen = told(workbook(tmp_path / "a.xlsx", flat(row, row, Project=["A", "A"])))
    assert seen.cells("W302") == ["A3"] and seen.net == {"NOV-1": "2000.00"}
    assert "W302" not in told(workbook(tmp_path / "a.xlsx", flat(row, row, Project=["A", "B"]))).codes


@hazard(61)
def test_rows_of_one_invoice_that_are_apart_are_one_invoice_with_a_warning(tmp_path: Path) -> None:
    rows = [(ref, "C-1001", name, 1, 10) for ref, name in (("A", "x"), ("B", "y"), ("A", "z"))]
    seen = told(workbook(tmp_path / "a.xlsx", flat(*rows)))
    assert seen.cells("W301") == ["A4"] and seen.net == {"A": "20.00", "B": "10.00"}


@hazard(62)
def test_two_answers_for_one_invoice_are_named_with_both_cells(tmp_path: Path) -> None:
    rows = [("A", "C-1001", "x", 1, 10), ("A", "C-1001", "y", 1, 10)]
    seen = told(workbook(tmp_path / "a.xlsx", flat(*rows, Currency=["EUR", "USD"])))
    assert (
        seen.cells("E301") == ["F3"] and all(word in seen.said("E301") for word in ("EUR", "USD", "F2")) and seen.net == {}
    )


@hazard(52)
def test_a_cell_longer_than_its_field_is_refused_and_named_in_a_sentence(tmp_path: Path) -> None:
    long = "x" * 32_000
    seen = with_column(tmp_path, "Description", long)
    assert seen.errors == ["E209"] and len(seen.said("E209")) < 200
    assert len(in_a_column(tmp_path, "Quantity", long).said("E202")) < 200
    assert in_a_column(tmp_path, "Customer", long).net == {}


@hazard(53)
@pytest.mark.parametrize("character", ["\x07", "\x1b", "\ufffe", "\uffff", "\x85"[:0] + "\x80", "\u202e"])
def test_a_character_that_would_break_or_forge_a_document_is_refused(tmp_path: Path, character: str) -> None:
    seen = told(text(tmp_path / "a.csv", changed("Pricing name", f"Smith{character}Jones", "Müller\u200b & Söhne")))
    assert seen.cells("E222") == ["C2"] and list(seen.net) == ["NOV-2"]


@hazard(39, 53)
def test_a_line_break_of_windows_inside_a_cell_is_a_line_break(tmp_path: Path) -> None:
    rows = flat()
    rows[1][2] = '"Workshop\r\nday two"'
    seen = told(text(tmp_path / "a.csv", rows))
    assert seen.codes == [] and list(seen.drafted("lines", "line_name").values()) == ["Workshop\nday two"]
