"""The HTML pages: what an invoice, a batch and a problem look like to a person."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from babel.localedata import locale_identifiers
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from oneoff_batch.columns import DATE, FLAG, TEXT
from oneoff_batch.drafting.drafts import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts
from oneoff_batch.money import AMOUNT, FX, PERCENT, UNIT, money
from oneoff_batch.problems import Problem
from oneoff_batch.showing import formats
from oneoff_batch.showing.pages import page_name, write_batch_page, write_invoice_pages, write_problem_page

WIDTHS: dict[str, Any] = {
    **dict.fromkeys(
        ("net_total", "tax_total", "gross_total", "tax_currency_total", "net", "tax", "gross", "taxable"), AMOUNT
    ),
    **dict.fromkeys(("quantity", "unit_price", "base_quantity"), UNIT),
    **dict.fromkeys(("rate", "tax_rate"), PERCENT),
    "exchange_rate": FX,
}
DATES = {
    "preceding_date",
    "invoice_date",
    "planned_date",
    "due_date",
    "delivery_date",
    "period_start",
    "period_end",
    "exchange_date",
    "rate_from",
    "rate_to",
}
FLAGS = {"on_hold", "prices_include_tax", "due_is_explicit", "compound"}
WHOLE = {"invoice", "line", "digits", "row"}

INVOICE: dict[str, Any] = dict(
    invoice_ref="NOV-001", customer="C-1001", billing_entity="NL01", series="invoices", locale="en_GB", currency="EUR", digits=2,
    date_rule="when_final", planned_date=date(2026, 11, 30), due_date=date(2026, 12, 30), due_is_explicit=False,
    payment_terms="30 days", on_hold=True, prices_include_tax=False, tax_rounding="per_group",
    net_total="1000.00", tax_total="210.00", gross_total="1210.00", custom="{}", sheet="Invoices", row=2, content_hash="0" * 64,
    seller_name="Brightwater Training B.V.", seller_address_line_1="Keizersgracht 100", seller_postcode="1015 AA", seller_city="Amsterdam",
    seller_country="NL", seller_vat_id="NL123456782B90", seller_tax_registration="KvK 12345678", seller_iban="NL91ABNA0417164300", seller_bic="ABNANL2A",
    buyer_name="Hafenlicht Logistik GmbH", buyer_type="ORGANIZATION", buyer_address_line_1="Am Sandtorkai 5", buyer_postcode="20457",
    buyer_city="Hamburg", buyer_country="DE", buyer_vat_id="DE136695976",
)  # fmt: skip
LINE: dict[str, Any] = dict(
    invoice=0, line_name="Training", subline_name="Training day on site", type="charge", quantity="2", unit="day", unit_price="500.00",
    base_quantity="1", tax_code="NL21", tax_category="S", tax_rate="21", tax_rule="default", tax_reason="The default tax of Brightwater Training B.V. applies.",
    net="1000.00", tax="210.00", gross="1210.00", custom="{}", sheet="Lines", row=2,
)  # fmt: skip
TAX: dict[str, Any] = dict(
    invoice=0, tax_code="NL21", name="VAT 21 %", category="S", rate="21", compound=False, taxable="1000.00", tax="210.00"
)


def _column(name: str, values: list[Any]) -> pd.Series:
    if name in WIDTHS:
        cells = [None if v is None else Decimal(v) for v in values]
        return pd.Series(pa.array(cells, pa.decimal128(38, 10)).cast(WIDTHS[name]), dtype=pd.ArrowDtype(WIDTHS[name]))
    if name in DATES:
        return pd.Series(values, dtype=DATE)
    if name in FLAGS:
        return pd.Series(values, dtype=FLAG)
    if name in WHOLE:
        return pd.Series(values, dtype="int64")
    if name == "tax_currency_digits":
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype=TEXT)


def _frame(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in columns})


def drafts(
    *invoices: dict[str, Any], lines: list[dict[str, Any]] | None = None, taxes: list[dict[str, Any]] | None = None
) -> Drafts:
    heads = [{**INVOICE, **i} for i in (invoices or ({},))]
    made = [{**LINE, **line} for line in (lines if lines is not None else [{"invoice": i} for i in range(len(heads))])]
    seen: dict[int, int] = {}
    for line in made:
        seen[line["invoice"]] = seen.get(line["invoice"], 0) + 1
        line.setdefault("line", seen[line["invoice"]])
    owed = [{**TAX, **tax} for tax in (taxes if taxes is not None else [{"invoice": i} for i in range(len(heads))])]
    for row in (*made, *owed):
        row["invoice_ref"] = heads[row["invoice"]]["invoice_ref"]
    return Drafts(_frame(INVOICE_COLUMNS, heads), _frame(LINE_COLUMNS, made), _frame(TAX_COLUMNS, owed))


def states(count: int = 1, **given: Any) -> pd.DataFrame:
    row = (
        dict(
            batch="november",
            status="DRAFT",
            on_hold=True,
            approval="PENDING_REVIEW",
            approved_by=None,
            number=None,
            warnings=0,
        )
        | given
    )
    text = {"batch", "status", "approval", "approved_by", "number"}
    return pd.DataFrame(
        {
            name: pd.Series([value] * count, dtype=TEXT if name in text else FLAG if name == "on_hold" else "int64")
            for name, value in row.items()
        }
    )


def invoice_page(folder: Path, of: Drafts, state: pd.DataFrame | None = None, **given: Any) -> str:
    paths = write_invoice_pages(folder, of, states(len(of)) if state is None else state, **given)
    return (folder / paths[0]).read_text("utf-8")


def words_of(page: str) -> str:
    """What a person reads: no tags, no style, one space between words."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


FINAL = dict(status="FINAL", on_hold=False, approval="APPROVED", number="INV-2026-11-000001")


def test_a_draft_says_so_and_has_no_number(tmp_path: Path) -> None:
    page = invoice_page(tmp_path, drafts())
    assert '<div class="mark" aria-hidden="true">DRAFT</div>' in page
    assert "The number is given when final" in page
    assert "when final planned 30 Nov 2026" in words_of(page)
    assert "INV-" not in page


def test_a_final_invoice_has_its_number_and_no_watermark(tmp_path: Path) -> None:
    page = invoice_page(tmp_path, drafts({"invoice_date": date(2026, 11, 30)}), states(**FINAL))
    assert 'class="mark"' not in page
    assert "Invoice INV-2026-11-000001" in words_of(page)
    assert "Invoice date 30 Nov 2026" in words_of(page)
    assert "Why this tax" not in page


def test_an_archived_draft_cannot_be_taken_for_an_invoice(tmp_path: Path) -> None:
    assert ">ARCHIVED</div>" in invoice_page(tmp_path, drafts(), states(status="ARCHIVED"))


def test_a_credit_note_names_the_invoice_that_it_corrects(tmp_path: Path) -> None:
    corrected = {
        "preceding_number": "INV-2026-10-000009",
        "preceding_date": date(2026, 10, 31),
        "credit_reason": "Late start",
    }
    text = words_of(invoice_page(tmp_path, drafts(corrected), states(**FINAL)))
    assert "Credit note INV-2026-11-000001" in text
    assert "Corrects invoice INV-2026-10-000009 of 31 Oct 2026 Reason Late start" in text
    assert "Total credit" in text
    assert "Please pay" not in text and "Due date" not in text and "Payment terms" not in text


def test_the_page_of_an_invoice_names_the_credit_notes_that_correct_it(tmp_path: Path) -> None:
    credited = states(**FINAL).assign(credited_by=pd.Series(["CN-2026-000001, CN-2026-000004"], dtype=TEXT))
    assert "Credited by CN-2026-000001, CN-2026-000004" in words_of(invoice_page(tmp_path, drafts(), credited))


def test_seller_buyer_and_bank_stand_on_the_page(tmp_path: Path) -> None:
    text = words_of(
        invoice_page(tmp_path, drafts({"po_number": "PO-77812", "custom": '{"Regions": ["north", "south"], "Rush": true}'}))
    )
    for part in (
        "Brightwater Training B.V. Keizersgracht 100 1015 AA Amsterdam Netherlands VAT id NL123456782B90 KvK 12345678",
        "Hafenlicht Logistik GmbH Am Sandtorkai 5 20457 Hamburg Germany VAT id DE136695976",
        "NL91 ABNA 0417 1643 00",
        "PO number PO-77812",
        "Regions north, south",
        "Rush Yes",
    ):
        assert part in text


def test_an_american_address_has_the_postcode_behind_the_state(tmp_path: Path) -> None:
    buyer = {"buyer_city": "New York", "buyer_region": "NY", "buyer_postcode": "10001", "buyer_country": "US"}
    assert "New York, NY 10001 United States" in words_of(invoice_page(tmp_path, drafts(buyer)))


@pytest.mark.parametrize(
    ("locale", "amount", "total", "day"),
    [
        ("en_GB", "1,234,567.89", "€1,234,567.89", "30 Dec 2026"),
        ("de_DE", "1.234.567,89", "1.234.567,89 €", "30.12.2026"),
        ("nl-NL", "1.234.567,89", "€ 1.234.567,89", "30 dec 2026"),
        ("fr_FR", "1 234 567,89", "1 234 567,89 €", "30 déc. 2026"),
        (None, "1,234,567.89", "€1,234,567.89", "30 Dec 2026"),
        ("klingon", "1,234,567.89", "€1,234,567.89", "30 Dec 2026"),
    ],
)
def test_numbers_and_dates_look_as_the_locale_writes_them(
    tmp_path: Path, locale: str | None, amount: str, total: str, day: str
) -> None:
    page = invoice_page(tmp_path, drafts({"locale": locale, "net_total": "1234567.89", "gross_total": "1234567.89"}))
    text = words_of(page)
    assert f"Net total {amount}" in text
    assert f"Total due {total}" in text
    assert f"Due date {day}" in text


def test_each_currency_has_its_own_decimals(tmp_path: Path) -> None:
    yen = drafts({"currency": "JPY", "digits": 0, "net_total": "120000", "gross_total": "132000"})
    dinar = drafts({"currency": "KWD", "digits": 3, "net_total": "-20.125", "gross_total": "-20.125"})
    assert "Net total 120,000 Tax" in words_of(invoice_page(tmp_path, yen))
    text = words_of(invoice_page(tmp_path, dinar))
    assert "Net total -20.125" in text
    assert "Total KWD -20.125" in text or "Total -KWD 20.125" in text
    assert "Please pay" not in text


def test_prices_are_shown_to_their_last_digit(tmp_path: Path) -> None:
    line = {"quantity": "1250", "unit_price": "0.00125", "base_quantity": "100", "unit": "piece"}
    assert "1,250 piece 0.00125 per 100 21% 1,000.00" in words_of(
        invoice_page(tmp_path, drafts(lines=[{"invoice": 0, **line}]))
    )


def test_lines_of_one_product_share_a_heading_and_are_never_merged(tmp_path: Path) -> None:
    lines = [
        {"invoice": 0, "subline_name": "Day on site"},
        {"invoice": 0, "subline_name": "Day on site"},
        {"invoice": 0, "line_name": "Travel", "subline_name": "Travel"},
        {"invoice": 0, "subline_name": "Day remote"},
    ]
    page = invoice_page(tmp_path, drafts(lines=lines))
    headings = re.findall(r'<tr class="group">.*?colspan="5">(.*?)</td>', page)
    assert headings == ["Training", "Travel", "Training"]
    assert re.findall(r'<td class="what">([^<\n]*)', page) == ["Day on site", "Day on site", "Travel", "Day remote"]


def test_the_next_invoice_begins_with_its_own_heading(tmp_path: Path) -> None:
    for path in write_invoice_pages(tmp_path, drafts({}, {"invoice_ref": "NOV-002"}), states(2)):
        assert (tmp_path / path).read_text("utf-8").count('<tr class="group">') == 1


def test_a_deduction_is_marked_and_negative(tmp_path: Path) -> None:
    line = {"invoice": 0, "type": "deduction", "quantity": "-1", "unit": None, "unit_price": "203.50", "net": "-203.50"}
    assert "Deduction -1 203.50 21% -203.50" in words_of(invoice_page(tmp_path, drafts(lines=[line])))


def test_prices_with_tax_show_the_amount_with_tax(tmp_path: Path) -> None:
    text = words_of(invoice_page(tmp_path, drafts({"prices_include_tax": True})))
    assert "With tax, EUR" in text
    assert "500.00 21% 1,210.00" in text


def test_reverse_charge_shows_its_words_and_both_vat_ids(tmp_path: Path) -> None:
    tax = {"invoice": 0, "category": "AE", "name": "VAT", "rate": "0", "tax": "0", "reason": "Reverse charge"}
    page = invoice_page(tmp_path, drafts({"wording": "Reverse charge\nArt. 196 of Directive 2006/112/EC"}, taxes=[tax]))
    text = words_of(page)
    assert "VAT Reverse charge 0% 1,000.00 0.00" in text
    assert "Reverse charge Art. 196 of Directive 2006/112/EC" in text
    assert "VAT id NL123456782B90" in text
    assert "VAT id DE136695976" in text


def test_an_invoice_outside_the_scope_of_tax_shows_no_vat_ids_and_no_rate(tmp_path: Path) -> None:
    tax = {"invoice": 0, "category": "O", "name": "No tax", "rate": "0", "tax": "0", "reason": "Services outside the EU"}
    text = words_of(
        invoice_page(tmp_path, drafts(lines=[{"invoice": 0, "tax_category": "O", "tax_rate": "0"}], taxes=[tax]))
    )
    assert "VAT id" not in text
    assert "No tax Outside the scope of tax Services outside the EU – 1,000.00 0.00" in text


def test_tax_in_a_second_currency_names_its_rate_day_and_source(tmp_path: Path) -> None:
    head = dict(
        tax_currency="GBP", tax_currency_digits=2, tax_currency_total="177.07", exchange_rate="0.8432", exchange_base="EUR",
        exchange_date=date(2026, 11, 20), exchange_source="ECB",
    )  # fmt: skip
    assert "Tax in GBP: £177.07 at 1 EUR = 0.8432 GBP (ECB, 20 Nov 2026)" in words_of(invoice_page(tmp_path, drafts(head)))


def test_a_draft_tells_why_each_line_has_its_tax(tmp_path: Path) -> None:
    text = words_of(invoice_page(tmp_path, drafts()))
    assert text.endswith("Why this tax 1 Training day on site 21% The default tax of Brightwater Training B.V. applies.")


def test_a_period_of_one_day_is_one_date(tmp_path: Path) -> None:
    day = date(2026, 11, 10)
    one = drafts(lines=[{"invoice": 0, "period_start": day, "period_end": day}])
    two = drafts(lines=[{"invoice": 0, "period_start": day, "period_end": date(2026, 11, 11)}])
    assert "10 Nov 2026 2 day" in words_of(invoice_page(tmp_path, one))
    assert "10 Nov 2026 – 11 Nov 2026 2 day" in words_of(invoice_page(tmp_path, two))


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '" onmouseover="alert(1)', "</style><img src=x>"])
def test_text_of_a_sheet_is_never_markup(tmp_path: Path, evil: str) -> None:
    bad = drafts(
        {"invoice_ref": evil, "buyer_name": evil, "note": evil, "wording": evil, "custom": json.dumps({evil: evil})},
        lines=[{"invoice": 0, "subline_name": evil, "description": evil + " more", "tax_reason": evil}],
    )
    page = invoice_page(tmp_path, bad)
    index = write_batch_page(tmp_path, bad, states(), [], {"batch": evil, "file": evil}).read_text("utf-8")
    problem = Problem("E206", sheet="Lines", row=2, column="C", header=evil, value=evil, details={"options": "a"})
    problems = write_problem_page(tmp_path / "p.html", [problem], {"file": evil}).read_text("utf-8")
    for text in (page, index, problems):
        assert evil not in text
        assert evil in unescape(text)


def test_text_of_a_sheet_is_never_a_template(tmp_path: Path) -> None:
    assert "{{ 7 * 7 }}" in invoice_page(tmp_path, drafts({"note": "{{ 7 * 7 }}"}))


def test_a_page_allows_only_its_own_style_and_script(tmp_path: Path) -> None:
    page = invoice_page(tmp_path, drafts())
    index = write_batch_page(tmp_path, drafts(), states()).read_text("utf-8")
    assert "default-src 'none'" in page
    assert "script-src 'none'" in page
    for text in (page, index):
        assert not re.search(r"(src|href)=\"?(https?:)?//", text)
        assert "unsafe-inline" not in text


@given(st.text(max_size=320))
def test_a_page_is_named_safely_whatever_the_ref(ref: str) -> None:
    name = page_name(ref)
    assert re.fullmatch(r"[A-Za-z0-9_-]+-[0-9a-f]{8}\.html", name)
    assert len(name) < 100


def test_refs_that_look_alike_get_pages_of_their_own() -> None:
    refs = ["../../x", "..\\..\\x", "a/b", "a-b", "A-B", "CON", "NUL.txt", "", "é", "e", "n" * 300, "n" * 301]
    assert len({page_name(ref).lower() for ref in refs}) == len(refs)
    assert page_name("INV-2026-11-000001").startswith("INV-2026-11-000001-")


def test_a_page_is_named_by_its_number_once_it_has_one(tmp_path: Path) -> None:
    state = states(2).assign(number=pd.Series([None, "INV-7"], dtype=TEXT))
    paths = write_invoice_pages(tmp_path, drafts({}, {"invoice_ref": "NOV-002"}), state)
    assert paths == [f"invoices/{page_name('NOV-001')}", f"invoices/{page_name('INV-7')}"]
    assert all((tmp_path / path).is_file() for path in paths)


def test_the_same_drafts_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        write_invoice_pages(folder, drafts(), states())
        write_batch_page(folder, drafts(), states(), [], {"batch": "B-1"})
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.html"))
    assert len(files) == 2
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_a_template_of_the_user_comes_before_ours(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "invoice.html").write_text('{% extends "page.html" %}{% block body %}Ours: {{ buyer_name }}{% endblock %}')
    assert words_of(invoice_page(tmp_path, drafts(), user_templates=mine)).endswith("Ours: Hafenlicht Logistik GmbH")
    (mine / "invoice.html").write_text("{{ no_such_name }}")
    with pytest.raises(UndefinedError, match="no_such_name"):
        invoice_page(tmp_path, drafts(), user_templates=mine)


def test_pages_report_their_progress(tmp_path: Path) -> None:
    steps: list[int] = []
    write_invoice_pages(tmp_path, drafts({}, {"invoice_ref": "b"}, {"invoice_ref": "c"}), states(3), progress=steps.append)
    assert sum(steps) == 3


def test_amounts_look_as_babel_writes_them_in_every_locale() -> None:
    values = ["-1234567.50", "1234.50", "0.00", "0.01", "-0.01", "1234567890.55", "999.99"]
    column, digits = money(values), pd.Series([2] * len(values))
    for name in locale_identifiers():
        same = pd.Series([name] * len(values), dtype=TEXT)
        pattern = formats.locale_of(name).decimal_formats[None].pattern.replace("0.###", "0.00")
        assert formats.amounts(column, same, digits).tolist() == [format_decimal(Decimal(v), pattern, name) for v in values]


@pytest.mark.parametrize("currency", ["EUR", "USD", "CHF"])
def test_amounts_with_their_currency_look_as_babel_writes_them_but_for_a_space_beside_letters(currency: str) -> None:
    values = ["-1234567.50", "1234.50", "0.00"]
    column, digits = money(values), pd.Series([2] * len(values))
    for name in ("en_GB", "en_US", "de_DE", "de_CH", "nl_NL", "fr_FR", "es_ES", "pl_PL", "hi_IN", "he_IL", "sv_SE", "ja_JP"):
        same = pd.Series([name] * len(values), dtype=TEXT)
        ours = formats.priced(column, pd.Series([currency] * len(values), dtype=TEXT), same, digits)
        babel = [format_currency(Decimal(v), currency, locale=name) for v in values]
        assert [t.replace("\xa0", "") for t in ours] == [t.replace("\xa0", "") for t in babel]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=8))
def test_no_digit_of_a_number_is_lost(value: Decimal) -> None:
    [text] = formats.quantities(money([value], UNIT), pd.Series(["en_GB"], dtype=TEXT))
    assert Decimal(text.replace(",", "")) == value


def test_amounts_that_are_missing_show_nothing() -> None:
    column = pd.Series(pa.array([None, Decimal("1.5")], AMOUNT), dtype=pd.ArrowDtype(AMOUNT))
    assert formats.amounts(column, pd.Series(["en_GB"] * 2, dtype=TEXT), pd.Series([2, 2])).tolist() == ["", "1.50"]


def island(index: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', index, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_batch_page_adds_up_per_currency_and_tax(tmp_path: Path) -> None:
    three = drafts({}, {"invoice_ref": "NOV-002"}, {"invoice_ref": "NOV-003", "currency": "USD"})
    text = words_of(write_batch_page(tmp_path, three, states(3)).read_text("utf-8"))
    assert "EUR 2 2,000.00 420.00 2,420.00" in text
    assert "USD 1 1,000.00 210.00 1,210.00" in text
    assert "EUR VAT 21 % Taxed 21% 2 2,000.00 420.00" in text


def test_the_batch_page_says_who_uploaded_what_and_warns_first(tmp_path: Path) -> None:
    warning = Problem("W401", sheet="Invoices", row=2, invoice_ref="NOV-001", details={"vat_id": "DE136695976"})
    about = {"batch": "B-2026-11", "file": "november.xlsx", "uploaded_by": "Mira", "uploaded_at": "30 Nov 2026, 09:12"}
    text = words_of(write_batch_page(tmp_path, drafts(), states(warnings=1), [warning], about).read_text("utf-8"))
    assert "Batch B-2026-11 november.xlsx · uploaded by Mira, 30 Nov 2026, 09:12" in text
    assert "1 Waiting for review" in text
    assert text.index("1 warning") < text.index("Totals")


def test_a_batch_without_invoices_has_a_page(tmp_path: Path) -> None:
    none = Drafts(*(frame.iloc[:0] for frame in (drafts().invoices, drafts().lines, drafts().taxes)))
    assert "No invoices" in write_batch_page(tmp_path, none, states(0)).read_text("utf-8")
    assert write_invoice_pages(tmp_path, none, states(0)) == []


def test_states_need_not_count_warnings(tmp_path: Path) -> None:
    index = write_batch_page(tmp_path, drafts(), states().drop(columns="warnings")).read_text("utf-8")
    assert island(index)["warnings"] == [0]


def test_problems_are_grouped_and_a_flood_is_cut(tmp_path: Path) -> None:
    many = [
        Problem("E206", sheet="Lines", row=row, column="C", header="Type", value="charg", invoice_ref=f"NOV-{row}", details={"options": "charge"})
        for row in range(2, 5002)
    ]  # fmt: skip
    page = write_problem_page(tmp_path / "p.html", many, {"file": "a.xlsx", "invoices_good": 2, "invoices_bad": 1})
    text = words_of(page.read_text("utf-8"))
    assert "1 invoice of 3 cannot be drafted: 5,000 errors. The other 2 are good." in text
    assert "and 4,800 more cells" in text
    assert "oneoff-batch explain E206" in text


def test_a_thousand_different_values_are_cut_and_counted(tmp_path: Path) -> None:
    many = [Problem("E204", sheet="Lines", row=row, column="C", header="Date", value=f"day {row}") for row in range(1000)]
    page = write_problem_page(tmp_path / "p.html", many, {})
    assert "800 more places with other values." in page.read_text("utf-8")


def test_a_file_without_problems_says_so(tmp_path: Path) -> None:
    text = words_of(write_problem_page(tmp_path / "p.html", [], {"invoices_good": 3, "invoices_bad": 0}).read_text("utf-8"))
    assert "Everything can be drafted (3 invoices). There is no error and no warning." in text


def ten_thousand() -> tuple[Drafts, pd.DataFrame]:
    one, count = drafts(), 10_000
    invoices = one.invoices.take([0] * count).reset_index(drop=True)
    invoices = invoices.assign(invoice_ref=pd.Series([f"NOV-{i:05}" for i in range(count)], dtype=TEXT))
    return Drafts(invoices, one.lines, one.taxes), states(count)


def test_ten_thousand_invoices_stand_in_one_page(tmp_path: Path) -> None:
    index = write_batch_page(tmp_path, *ten_thousand())
    data = island(index.read_text("utf-8"))
    assert data["ref"][-1] == "NOV-09999"
    assert data["page"][-1] == page_name("NOV-09999")
    assert data["gross"][0] == "1210.00"
    assert index.stat().st_size < 2_000_000


def browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(browser() is None, reason="no Chromium here")
def test_a_browser_shows_the_table_of_ten_thousand_invoices_from_the_file_system(tmp_path: Path) -> None:
    index = write_batch_page(tmp_path, *ten_thousand())
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        f"--disable-component-update --disable-sync --user-data-dir={tmp_path / 'profile'} --dump-dom"
    )
    done = subprocess.run([str(browser()), *options.split(), index.as_uri()], capture_output=True, text=True, timeout=60)
    text = words_of(re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL))
    assert "10,000 invoices" in text
    assert "1 to 100 of 10,000" in text
    assert "NOV-00099" in text
    assert "1,210.00" in text
