"""From good rows to drafts: names, dates, parties, currencies, totals that add up, and the content hash."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from builders import (
    DUTCH,
    GERMAN,
    NL01,
    NL21,
    TODAY,
    TRAINING_DAY,
    batch,
    drafted,
    invoice,
    line,
    master,
    tax,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oneoff_batch.drafting import INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS, Drafts, content_hash, draft
from oneoff_batch.drafting.drafts import dtype_of_draft
from oneoff_batch.money import rounded
from oneoff_batch.settings import Settings, parse_settings


def one(*lines: Any, config: str = "", data: Any = None, **header: Any) -> dict[str, Any]:
    """Draft one invoice and return its row, with plain None where a cell is empty."""
    drafts, problems = drafted(invoice(*lines, **header), data=data, settings=parse_settings(config))
    assert problems == []
    return {k: None if pd.isna(v) else v for k, v in drafts.invoices.loc[0].items()}


def codes(problems: Any) -> list[str]:
    return [p.code for p in problems]


# ---- names


@pytest.mark.parametrize(
    ("gives", "name", "subname"),
    [
        ({"product_item": "TRAIN-DAY", "product": "TRAINING"}, "Training", "Training day on site"),
        ({"product_item": "TRAIN-DAY", "product": "TRAINING", "pricing_name": "Extra day"}, "Training", "Extra day"),
        ({"product": "TRAINING"}, "Training", "Training"),
        ({"product": "TRAINING", "pricing_name": "Extra day"}, "Training", "Extra day"),
        ({"pricing_name": "Travel"}, "Travel", None),
    ],
)
def test_lines_and_sub_lines_are_named_after_product_item_and_pricing_name(
    gives: Any, name: str, subname: str | None
) -> None:
    drafts, _ = drafted(invoice(line(**gives)))
    row = drafts.lines.loc[0]
    assert row["line_name"] == name
    assert row["subline_name"] == subname if subname else pd.isna(row["subline_name"])


def test_the_unit_is_the_lines_then_the_items_then_the_products() -> None:
    items = [{**TRAINING_DAY, "unit": "session"}, {**TRAINING_DAY, "product_item": "BARE", "unit": None}]
    lines = [
        line(unit="hour"),
        line(),
        line(product_item="BARE", product="TRAINING"),
        line(product="TRAINING"),
        line(pricing_name="x"),
    ]
    drafts, _ = drafted(invoice(*lines), data=master(items=items))
    assert drafts.lines["unit"].fillna("").tolist() == ["hour", "session", "day", "day", ""]


def test_the_same_product_may_stand_on_an_invoice_many_times_and_lines_are_never_merged() -> None:
    drafts, _ = drafted(invoice(line(), line(), line(90)), invoice(line(), ref="B"))
    assert drafts.lines["line"].tolist() == [1, 2, 3, 1]
    assert drafts.invoices["net_total"].tolist() == [290, 100]


# ---- dates


def test_without_a_date_an_invoice_is_dated_when_it_becomes_final() -> None:
    row = one()
    assert (row["invoice_date"], row["date_rule"], row["planned_date"]) == (None, "when_final", TODAY)


def test_the_rows_own_date_wins_over_every_rule() -> None:
    row = one(invoice_date=date(2026, 11, 30), config='[dates]\ninvoice_date = "end_of_period"')
    assert (row["invoice_date"], row["date_rule"], row["planned_date"]) == (
        date(2026, 11, 30),
        "explicit",
        date(2026, 11, 30),
    )


@pytest.mark.parametrize(("rule", "day"), [("end_of_period", date(2026, 10, 31)), ("after_period", date(2026, 11, 1))])
def test_an_invoice_can_be_dated_by_the_last_period_of_its_lines(rule: str, day: date) -> None:
    lines = [
        line(period_start=date(2026, 10, 1), period_end=date(2026, 10, 31)),
        line(),
        line(period_start=date(2026, 9, 1), period_end=date(2026, 9, 30)),
    ]
    row = one(*lines, config=f'[dates]\ninvoice_date = "{rule}"')
    assert (row["invoice_date"], row["date_rule"]) == (day, rule)
    assert (row["period_start"], row["period_end"]) == (date(2026, 9, 1), date(2026, 10, 31))
    assert one(config=f'[dates]\ninvoice_date = "{rule}"')["date_rule"] == "when_final"


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("net 30", date(2026, 3, 2)),
        ("2 weeks", date(2026, 2, 14)),
        ("1 month", date(2026, 2, 28)),
        ("1 year", date(2027, 1, 31)),
        ("end of month", date(2026, 1, 31)),
        ("EOM + 10", date(2026, 2, 10)),
    ],
)
def test_the_due_date_follows_from_the_terms_and_months_clamp(terms: str, due: date) -> None:
    row = one(invoice_date=date(2026, 1, 31), payment_terms=terms)
    assert (row["due_date"], row["due_is_explicit"]) == (due, False)


def test_terms_are_the_rows_then_the_customers_then_the_entitys_then_the_platforms() -> None:
    bare = {**NL01, "payment_terms": None}
    both = master(entities=[NL01], customers=[{**DUTCH, "payment_terms": "7"}])
    assert one(payment_terms="1 day", data=both)["payment_terms"] == "1 day"
    assert one(data=both)["payment_terms"] == "7 days"
    assert one(data=master(entities=[NL01]))["payment_terms"] == "30 days"
    assert one(data=master(entities=[bare]), config='[dates]\npayment_terms = "2 weeks"')["payment_terms"] == "2 weeks"


def test_an_explicit_due_date_stays_and_no_terms_contradict_it() -> None:
    row = one(due_date=date(2026, 12, 1))
    assert (row["due_date"], row["due_is_explicit"], row["payment_terms"]) == (date(2026, 12, 1), True, None)


def test_a_due_date_before_the_invoice_date_is_refused() -> None:
    drafts, problems = drafted(invoice(due_date=TODAY - timedelta(days=1)), invoice(due_date=TODAY, ref="B"))
    assert drafts.invoices["invoice_ref"].tolist() == ["B"]
    assert [(p.code, dict(p.details)) for p in problems] == [("E318", {"due": "2026-11-23", "invoice_date": "2026-11-24"})]


def test_an_invoice_dated_in_a_closed_period_is_refused() -> None:
    closed = parse_settings("[dates]\nclosed_until = 2026-10-31")
    drafts, problems = drafted(
        invoice(invoice_date=date(2026, 10, 31)), invoice(invoice_date=date(2026, 11, 1), ref="B"), settings=closed
    )
    assert drafts.invoices["invoice_ref"].tolist() == ["B"]
    assert [(p.code, dict(p.details)) for p in problems] == [("E412", {"day": "2026-10-31", "closed_until": "2026-10-31"})]


# ---- parties


def test_a_draft_is_a_snapshot_of_seller_and_buyer() -> None:
    row = one()
    assert (row["seller_name"], row["seller_iban"]) == ("Brightwater Training B.V.", "NL91ABNA0417164300")
    assert (row["buyer_name"], row["buyer_country"], row["buyer_type"]) == (
        "Kanaal Logistiek B.V.",
        "NL",
        "ORGANIZATION",
    )


def test_the_buyer_reference_is_what_the_sheet_says() -> None:
    data = master(customers=[{**DUTCH, "reference": "SF-88123"}])
    assert one(buyer_reference="Cost centre 4410", data=data)["buyer_reference"] == "Cost centre 4410"


def test_locale_and_series_fall_back_from_customer_to_entity_to_platform() -> None:
    assert (one()["locale"], one()["series"]) == ("en_GB", "invoices")
    entity = {**NL01, "locale": "nl_NL", "series": "nl"}
    row = one(data=master(entities=[entity]))
    assert (row["locale"], row["series"]) == ("nl_NL", "nl")
    assert one(data=master(entities=[entity], customers=[{**DUTCH, "locale": "de_DE"}]))["locale"] == "de_DE"


# ---- a second currency


def rate(base: str, other: str, amount: str, day: date) -> dict[str, Any]:
    return {"base_currency": base, "currency": other, "rate": amount, "date": day, "source": "ECB"}


FX = ("tax_currency", "tax_currency_total", "exchange_rate", "exchange_base", "exchange_date", "exchange_source")


@pytest.mark.parametrize(("base", "other", "total"), [("EUR", "USD", "19.44"), ("USD", "EUR", "22.68")])
def test_tax_is_shown_in_the_entitys_currency_whichever_way_the_rate_is_quoted(base: str, other: str, total: str) -> None:
    rates = [
        rate(base, other, "1.05", date(2026, 11, 19)),
        rate(base, other, "1.08", date(2026, 11, 20)),
        rate(base, other, "9", date(2026, 11, 25)),
        rate("EUR", "GBP", "7", date(2026, 11, 24)),
    ]
    row = one(currency="USD", data=master(rates=rates))
    assert [row[c] for c in FX] == ["EUR", Decimal(total), Decimal("1.08"), base, date(2026, 11, 20), "ECB"]
    assert row["tax_currency_digits"] == 2


def test_tax_is_rounded_to_the_second_currencys_own_digits() -> None:
    data = master(entities=[{**NL01, "currency": "JPY"}], rates=[rate("EUR", "JPY", "178.93", TODAY)])
    assert one(data=data)["tax_currency_total"] == 3758


@pytest.mark.parametrize(
    ("header", "config"),
    [({"currency": "EUR"}, ""), ({"customer": "C-DE"}, ""), ({}, "[tax]\nshow_in_entity_currency = false")],
)
def test_no_second_currency_where_it_is_the_same_or_no_tax_is_due_or_settings_say_no(header: Any, config: str) -> None:
    row = one(config=config, **{"currency": "USD", **header})
    assert [row[c] for c in FX] == [None] * 6


def test_an_invoice_without_an_exchange_rate_is_refused_and_the_rest_is_drafted() -> None:
    data = master(rates=[rate("EUR", "USD", "1.1", date(2026, 11, 25))])
    drafts, problems = drafted(invoice(currency="USD"), invoice(line(7), ref="B"), data=data)
    assert drafts.invoices["invoice_ref"].tolist() == ["B"]
    assert drafts.lines["invoice"].tolist() == drafts.taxes["invoice"].tolist() == [0]
    assert [(p.code, dict(p.details)) for p in problems] == [("E407", {"pair": "USD and EUR", "day": "2026-11-24"})]


def test_an_old_exchange_rate_gives_a_warning() -> None:
    data = master(rates=[rate("EUR", "USD", "1.1", date(2026, 11, 16))])
    _, problems = drafted(invoice(currency="USD"), data=data)
    assert [(p.code, p.details["age"], p.details["day"]) for p in problems] == [("W406", "8", "2026-11-16")]


# ---- the whole


def test_drafts_have_their_columns_in_their_types() -> None:
    for drafts in (drafted(invoice(line(), line(-5)))[0], drafted()[0]):
        for frame, columns in zip(
            (drafts.invoices, drafts.lines, drafts.taxes), (INVOICE_COLUMNS, LINE_COLUMNS, TAX_COLUMNS), strict=True
        ):
            assert tuple(frame.columns) == columns
            assert [frame[c].dtype for c in columns] == [dtype_of_draft(c) for c in columns]
    assert len(set(INVOICE_COLUMNS)) == len(INVOICE_COLUMNS)


def test_a_batch_without_good_invoices_drafts_nothing() -> None:
    drafts, problems = drafted(invoice(customer="C-DE"), data=master(customers=[{**GERMAN, "vat_id": None}]))
    assert (len(drafts), len(drafts.lines), len(drafts.taxes), codes(problems)) == (0, 0, 0, ["E404"])


def test_a_negative_total_is_worth_a_look() -> None:
    drafts, problems = drafted(invoice(line(100), line(120, -1)))
    assert (len(drafts), codes(problems), dict(problems[0].details)) == (1, ["W404"], {"total": "-24.20 EUR"})


def test_every_problem_has_words_for_a_finance_person() -> None:
    _, problems = drafted(
        invoice(customer="C-DE"), invoice(line(tax_code="GONE"), ref="B"), invoice(due_date=date(2026, 1, 1), ref="C"),
        invoice(currency="USD", ref="D"), data=master(customers=[DUTCH, {**GERMAN, "vat_id": None}]),
    )  # fmt: skip
    assert sorted(codes(problems)) == ["E318", "E404", "E405", "E407"]
    for p in problems:
        assert p.message and p.fix and "None" not in p.message and p.sheet and p.row


def test_inputs_are_not_changed() -> None:
    given_, data = batch(invoice(line(), line(3))), master()
    before = given_.invoices.copy(), given_.lines.copy(), data.taxes.copy()
    draft(given_, data, Settings(), TODAY)
    pd.testing.assert_frame_equal(given_.invoices, before[0])
    pd.testing.assert_frame_equal(given_.lines, before[1])
    pd.testing.assert_frame_equal(data.taxes, before[2])


# ---- the content hash


def hashed(*lines: Any, today: date = TODAY, data: Any = None, **header: Any) -> str:
    drafts, _ = drafted(invoice(*lines, **header), today=today, data=data)
    return str(drafts.invoices.loc[0, "content_hash"])


def test_the_content_hash_changes_with_what_a_reviewer_sees() -> None:
    first = hashed()
    assert len(first) == 64
    assert first == hashed()
    seen = [
        hashed(line(101)), hashed(line(), line()), hashed(note="x"), hashed(po_number="1"), hashed(invoice_date=TODAY),
        hashed(due_date=date(2026, 12, 24)), hashed(line(description="x")), hashed(footnote="x"),
        hashed(data=master(entities=[{**NL01, "iban": "NL00"}])), hashed(data=master(taxes=[{**NL21, "name": "BTW"}])),
    ]  # fmt: skip
    assert len({first, *seen}) == len(seen) + 1


def test_the_content_hash_leaves_out_where_the_row_stood_and_the_hold_flag() -> None:
    assert hashed() == hashed(row=99, sheet="Other", on_hold=False) == hashed(line(row=77))


def test_the_content_hash_of_an_undated_invoice_survives_the_day_on_which_it_becomes_final() -> None:
    assert hashed() == hashed(today=date(2026, 12, 3))
    drafts, _ = drafted(invoice())
    final = drafts.invoices.assign(
        invoice_date=pd.Series([date(2026, 12, 3)], dtype=drafts.invoices["invoice_date"].dtype),
        due_date=pd.Series([date(2027, 1, 2)], dtype=drafts.invoices["due_date"].dtype),
    )
    assert content_hash(replace(drafts, invoices=final)).tolist() == drafts.invoices["content_hash"].tolist()


def test_the_content_hash_of_a_dated_invoice_holds_its_dates() -> None:
    drafts, _ = drafted(invoice(invoice_date=TODAY))
    moved = drafts.invoices.assign(due_date=pd.Series([date(2027, 1, 2)], dtype=drafts.invoices["due_date"].dtype))
    assert content_hash(replace(drafts, invoices=moved))[0] != drafts.invoices.loc[0, "content_hash"]


def test_the_content_hash_can_be_recomputed_from_rows_in_any_order_and_wider_types() -> None:
    items = [TRAINING_DAY, {**TRAINING_DAY, "product_item": "FREE", "tax_category": "NO_TAX"}]
    drafts, _ = drafted(
        invoice(line(), line(product_item="FREE")), invoice(line(7), line(8), ref="B"), data=master(items=items)
    )
    wide = pd.ArrowDtype(pa.decimal128(30, 8))
    lines = drafts.lines.assign(net=drafts.lines["net"].astype(wide), custom=drafts.lines["custom"].astype(object))
    again = Drafts(drafts.invoices, lines.iloc[::-1], drafts.taxes.iloc[::-1])
    assert content_hash(again).tolist() == drafts.invoices["content_hash"].tolist()


def test_empty_text_and_an_empty_cell_have_the_same_hash() -> None:
    assert hashed(note="") == hashed()


def test_fields_cannot_run_into_each_other() -> None:
    assert hashed(note="ab", footnote="c") != hashed(note="a", footnote="bc")


def test_drafting_reads_no_clock_and_imports_no_screen() -> None:
    script = (
        "import sys, oneoff_batch.drafting; "
        "print([m for m in ('sqlalchemy', 'openpyxl', 'jinja2', 'click', 'xlsxwriter') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# ---- properties; one example is a whole batch, since a batch costs hardly more than one invoice

RATES = [
    tax("A", 21, country="NL"), tax("B", 9), tax("C", 0, "Z"), tax("D", "5"), tax("D", "9.975"),
    tax("E", 10), tax("E", "7.5", compound=True), tax("E", 3), tax("F", 3), tax("F", 3),
]  # fmt: skip
lines_ = st.lists(
    st.builds(
        line,
        st.decimals(0, 5000, places=3),
        st.decimals(-20, 20, places=2).filter(bool),
        tax_code=st.sampled_from("ABCDEF"),
        base_quantity=st.sampled_from([1, 1, 1, 3, 100]),
    ),
    min_size=1,
    max_size=8,
)
heads = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
        "prices_include_tax": st.booleans(),
        "billing_entity": st.sampled_from(["GROUP", "LINE"]),
    }
)
cases = st.lists(st.tuples(lines_, heads), min_size=1, max_size=12)
ways = st.sampled_from(["net", "tax"])
WORLD = master(
    entities=[
        {**NL01, "billing_entity": "GROUP", "tax_rounding": "per_group", "currency": None},
        {**NL01, "billing_entity": "LINE", "tax_rounding": "per_line", "currency": None},
    ],
    taxes=RATES,
)
few = settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def result(case: Any, way: str = "net") -> Drafts:
    made = [invoice(*lines, ref=f"R{n}", **head) for n, (lines, head) in enumerate(case)]
    drafts, problems = drafted(*made, data=WORLD, settings=parse_settings(f'[tax]\ninclusive_rounds = "{way}"'))
    assert set(codes(problems)) <= {"W404"}
    return drafts


def of(drafts: Drafts, frame: str, field: str) -> list[Decimal]:
    """The exact sum of a field for every invoice."""
    rows = getattr(drafts, frame)
    return [rows.loc[rows["invoice"] == n, field].sum() or Decimal(0) for n in range(len(drafts))]


@few
@given(cases, ways)
def test_totals_add_up_exactly(case: Any, way: str) -> None:
    drafts = result(case, way)
    heads_, rows = drafts.invoices, drafts.lines
    assert of(drafts, "lines", "net") == heads_["net_total"].tolist()
    assert of(drafts, "lines", "tax") == of(drafts, "taxes", "tax") == heads_["tax_total"].tolist()
    assert of(drafts, "lines", "gross") == heads_["gross_total"].tolist()
    assert (heads_["net_total"] + heads_["tax_total"]).tolist() == heads_["gross_total"].tolist()
    assert (rows["net"] + rows["tax"]).tolist() == rows["gross"].tolist()


@few
@given(cases, ways)
def test_every_amount_is_a_whole_number_of_minor_units(case: Any, way: str) -> None:
    drafts = result(case, way)
    for rows, fields in ((drafts.lines, ("net", "tax", "gross")), (drafts.taxes, ("taxable", "tax"))):
        digits = drafts.invoices["digits"].iloc[rows["invoice"]].reset_index(drop=True)
        for field in fields:
            assert rounded(rows[field], digits).tolist() == rows[field].tolist()


@few
@given(cases, ways)
def test_a_price_stays_to_the_cent_whether_tax_is_added_or_contained(case: Any, way: str) -> None:
    drafts = result(case, way)
    sheet = [(row, head) for lines, head in case for row in lines]
    for row, (asked, head) in zip(drafts.lines.to_dict("records"), sheet, strict=True):
        exact = asked["quantity"] * asked["unit_price"] / asked["base_quantity"]
        step = Decimal(1).scaleb(-{"EUR": 2, "JPY": 0, "KWD": 3}[head["currency"]])
        amount = row["gross"] if head["prices_include_tax"] else row["net"]
        assert amount == exact.quantize(step, ROUND_HALF_UP)


@few
@given(cases)
def test_tax_is_within_half_a_unit_of_the_exact_tax_for_each_rounding(case: Any) -> None:
    drafts = result([(lines, {**head, "prices_include_tax": False}) for lines, head in case])
    for row in drafts.taxes.to_dict("records"):
        head = drafts.invoices.loc[row["invoice"]]
        roundings = 1 if head["tax_rounding"] == "per_group" else int((drafts.lines["invoice"] == row["invoice"]).sum())
        half = Decimal(1).scaleb(-int(head["digits"])) / 2
        assert abs(row["tax"] - row["taxable"] * row["rate"] / 100) <= roundings * half


@few
@given(cases, ways)
def test_a_negated_invoice_has_the_negated_result(case: Any, way: str) -> None:
    forth = result(case, way)
    back = result([([{**row, "quantity": -row["quantity"]} for row in lines], head) for lines, head in case], way)
    assert back.taxes["tax"].tolist() == [-t for t in forth.taxes["tax"]]
    for field in ("net", "tax", "gross"):
        assert back.lines[field].tolist() == [-v for v in forth.lines[field]]


@few
@given(cases, ways, st.randoms())
def test_the_order_of_lines_changes_nothing_but_which_of_equal_lines_gets_a_cent(case: Any, way: str, random: Any) -> None:
    forth = result(case, way)
    back = result([(random.sample(lines, len(lines)), head) for lines, head in case], way)
    pd.testing.assert_frame_equal(forth.taxes, back.taxes)
    totals = ["net_total", "tax_total", "gross_total", "wording"]
    pd.testing.assert_frame_equal(forth.invoices[totals], back.invoices[totals])
    for field in ("net", "tax", "gross"):
        seen = [sorted(d.lines[["invoice", "tax_code", field]].itertuples(index=False, name=None)) for d in (forth, back)]
        assert seen[0] == seen[1]


@few
@given(cases)
def test_an_invoice_comes_out_the_same_whatever_else_is_in_the_batch(case: Any) -> None:
    together = result(case).invoices
    lines, head = case[-1]
    alone, _ = drafted(invoice(*lines, ref=f"R{len(case) - 1}", **head), data=WORLD)
    assert alone.invoices.loc[0, "content_hash"] == together["content_hash"].iloc[-1]
