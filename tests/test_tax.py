"""Which tax, why, and how much of it (domain §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from builders import DUTCH, GERMAN, NL01, NL21, TRAINING, TRAINING_DAY, drafted, invoice, line, master, tax

from oneoff_batch.drafting import Drafts
from oneoff_batch.problems import ERROR
from oneoff_batch.settings import Settings, parse_settings

PLAIN = {**NL01, "tax_code": "T", "vat_id": None}


def euros(*amounts: str) -> list[Decimal]:
    return [Decimal(a) for a in amounts]


def sums(drafts: Drafts, n: int = 0) -> list[Decimal]:
    return drafts.invoices.loc[n, ["net_total", "tax_total", "gross_total"]].tolist()


def at(rate: str, *lines: Any, rounding: str = "per_group", settings: str = "", rates: Any = (), **header: Any) -> Drafts:
    """Draft one invoice whose lines all bear one rate, or the `rates` given."""
    data = master(entities=[{**PLAIN, "tax_rounding": rounding}], taxes=rates or [tax("T", rate)])
    drafts, problems = drafted(invoice(*lines, **header), data=data, settings=parse_settings(settings))
    assert [p for p in problems if p.severity == ERROR] == []
    return drafts


def codes(problems: Any) -> list[str]:
    return [p.code for p in problems]


# ---- reference vectors, each from a published case


@pytest.mark.parametrize(("rounding", "total"), [("per_line", "15.34"), ("per_group", "15.33")])
def test_tax_of_two_lines_at_23_percent_is_rounded_per_line_or_per_group(rounding: str, total: str) -> None:
    assert sums(at("23", line("55.55"), line("11.11"), rounding=rounding))[1] == Decimal(total)


def test_8180_at_9_975_percent_bears_815_96() -> None:
    assert sums(at("9.975", line("8180"))) == euros("8180", "815.96", "8995.96")


@pytest.mark.parametrize("rounding", ["per_line", "per_group"])
def test_two_small_lines_at_15_percent_bear_79_cents_either_way(rounding: str) -> None:
    assert sums(at("15", line("0.43"), line("4.84"), rounding=rounding))[1] == Decimal("0.79")


@pytest.mark.parametrize(("rounding", "total"), [("per_line", "38.00"), ("per_group", "37.98")])
def test_ten_lines_of_3_60_at_5_5_percent(rounding: str, total: str) -> None:
    drafts = at("5.5", *[line("3.60")] * 10, rounding=rounding)
    assert sums(drafts)[2] == Decimal(total)
    assert drafts.lines["gross"].sum() == Decimal(total)


@pytest.mark.parametrize(("rounds", "net", "tax_"), [("net", "2.88", "0.11"), ("tax", "2.87", "0.12")])
@pytest.mark.parametrize("rounding", ["per_line", "per_group"])
def test_2_99_including_4_percent(rounds: str, net: str, tax_: str, rounding: str) -> None:
    settings = f'[tax]\ninclusive_rounds = "{rounds}"'
    drafts = at("4", line("2.99"), rounding=rounding, settings=settings, prices_include_tax=True)
    assert sums(drafts) == euros(net, tax_, "2.99")


# ---- arithmetic


def test_the_tax_of_a_group_is_spread_over_its_lines_so_that_they_add_up() -> None:
    drafts = at("23", line("55.55"), line("11.11"))
    assert drafts.lines["tax"].tolist() == euros("12.78", "2.55")
    assert drafts.taxes[["taxable", "tax"]].loc[0].tolist() == euros("66.66", "15.33")


def test_the_price_of_a_hundred_is_divided_exactly() -> None:
    drafts = at("0", line("1", 1, base_quantity=3), line("10", 333, base_quantity=100), line("0.05", 1, base_quantity=10))
    assert drafts.lines["net"].tolist() == euros("0.33", "33.30", "0.01")


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax_"),
    [("JPY", "105", "105", "11"), ("KWD", "1.0005", "1.001", "0.100"), ("EUR", "1.005", "1.01", "0.10")],
)
def test_amounts_are_rounded_to_the_minor_unit_half_away_from_zero(currency: str, price: str, net: str, tax_: str) -> None:
    data = master(entities=[{**PLAIN, "currency": None}], taxes=[tax("T", 10)])
    for sign in (1, -1):
        drafts, _ = drafted(invoice(line(price, sign), currency=currency), data=data)
        assert drafts.lines.loc[0, ["net", "tax"]].tolist() == [sign * Decimal(net), sign * Decimal(tax_)]


def test_gst_and_qst_are_each_taken_on_the_net() -> None:
    drafts = at("", line("100"), line("33.33"), rates=[tax("T", 5, name="GST"), tax("T", "9.975", name="QST")])
    assert drafts.taxes["name"].tolist() == ["GST", "QST"]
    assert drafts.taxes["taxable"].tolist() == euros("133.33", "133.33")
    assert drafts.taxes["tax"].tolist() == euros("6.67", "13.30")
    assert set(drafts.lines["tax_rate"]) == {Decimal("14.975")}


def test_a_compound_rate_is_taken_on_the_net_and_the_taxes_before_it() -> None:
    drafts = at("", line("200"), rates=[tax("T", 10, name="A"), tax("T", 10, name="B", compound=True)])
    assert drafts.taxes["taxable"].tolist() == euros("200", "220")
    assert drafts.taxes["tax"].tolist() == euros("20", "22")


def test_a_rate_after_a_compound_one_is_taken_on_the_net_again() -> None:
    rates = [tax("T", 10, name="A"), tax("T", 10, name="B", compound=True), tax("T", 10, name="C")]
    drafts = at("", line("200"), rates=rates)
    assert drafts.taxes["tax"].tolist() == euros("20", "22", "20")


def test_two_rates_of_one_code_that_are_equal_stay_two_rows() -> None:
    drafts = at("", line("100"), rates=[tax("T", 2, name="State"), tax("T", 2, name="City")])
    assert drafts.taxes["name"].tolist() == ["State", "City"]
    assert drafts.taxes["tax"].tolist() == euros("2", "2")


def test_the_same_rate_of_two_codes_is_one_row_of_the_tax_table() -> None:
    taxes = [tax("T", 5), tax("QC", 5), tax("QC", "9.975")]
    drafts = at("", line("0.10"), line("0.10", tax_code="QC"), rates=taxes)
    assert drafts.taxes["rate"].tolist() == euros("5", "9.975")
    assert drafts.taxes["tax"].tolist() == euros("0.01", "0.01")


def test_prices_that_include_two_rates_keep_their_gross_to_the_cent() -> None:
    rates = [tax("T", 5, name="GST"), tax("T", "9.975", name="QST")]
    drafts = at("", line("114.98"), line("9.99", 3), rates=rates, prices_include_tax=True)
    assert drafts.lines["gross"].tolist() == euros("114.98", "29.97")
    assert drafts.taxes["tax"].tolist() == euros("6.30", "12.58")
    assert sums(drafts) == euros("126.07", "18.88", "144.95")


def test_prices_that_include_a_compound_rate() -> None:
    rates = [tax("T", 10, name="A"), tax("T", 10, name="B", compound=True)]
    drafts = at("", line("121"), rates=rates, prices_include_tax=True)
    assert sums(drafts) == euros("100", "21", "121")
    assert drafts.taxes["taxable"].tolist() == euros("100", "110")
    assert drafts.taxes["tax"].tolist() == euros("10", "11")


@pytest.mark.parametrize("compounds", [1, 2, 3, 4, 5])
def test_compound_rates_on_top_of_each_other_are_taken_out_as_they_were_put_in(compounds: int) -> None:
    rates = [tax("T", "10"), *[tax("T", "10", compound=True)] * compounds]
    put_in = at("", line("1000000"), rates=rates)
    taken_out = at("", line(put_in.lines.loc[0, "gross"]), rates=rates, prices_include_tax=True)
    assert sums(taken_out) == sums(put_in)
    assert taken_out.taxes["tax"].tolist() == put_in.taxes["tax"].tolist()


def test_lines_of_different_days_with_one_rate_are_rounded_together_where_prices_include_tax() -> None:
    days = [date(2026, 11, 1), date(2026, 11, 2)]
    lines = [line("2.99", period_start=d, period_end=d) for d in days]
    drafts = at("4", *lines, prices_include_tax=True)
    assert sums(drafts) == euros("5.75", "0.23", "5.98")


@pytest.mark.parametrize("category", ["Z", "E", "AE", "K", "G", "O"])
def test_a_category_that_means_no_tax_bears_none_whatever_its_rate_says(category: str) -> None:
    rate = tax("T", 21, category, exemption_reason="Article 132")
    data = master(entities=[{**NL01, "tax_code": "T"}], taxes=[rate])
    drafts, _ = drafted(invoice(), data=data)
    assert drafts.taxes[["rate", "tax"]].loc[0].tolist() == [0, 0]


# ---- which tax, and why


def ruled(
    *, header: Any = None, lines: Any = (), settings: str = "", customer: Any = None, entity: Any = None, **data: Any
) -> Any:
    """Draft one invoice of a Dutch entity to a German business, each changed as asked; returns drafts and problems."""
    world = master(entities=[{**NL01, **(entity or {})}], customers=[{**GERMAN, **(customer or {})}], **data)
    made = invoice(*lines, customer="C-DE", **(header or {}))
    return drafted(made, data=world, settings=parse_settings(settings))


def tax_of(result: Any) -> tuple[str, str, str, Decimal]:
    row = result[0].lines.loc[0]
    return row["tax_rule"], row["tax_code"], row["tax_category"], row["tax_rate"]


def reason_of(result: Any) -> str:
    return str(result[0].lines.loc[0, "tax_reason"])


def test_rule_1_the_lines_own_tax_code_wins_over_all_else() -> None:
    result = ruled(
        lines=[line(tax_code="DE19")],
        customer={"tax_exempt": True, "tax_exempt_note": "n"},
        taxes=[NL21, tax("DE19", 19)],
    )
    assert tax_of(result) == ("line_code", "DE19", "S", 19)
    assert reason_of(result) == "The line itself names tax code DE19."


def test_rule_1_is_refused_where_settings_forbid_it() -> None:
    drafts, problems = ruled(lines=[line(tax_code="NL21")], settings="[tax]\nline_tax_codes = false")
    assert len(drafts) == 0
    assert [(p.code, p.value, p.sheet, p.row) for p in problems] == [("E409", "NL21", "Lines", 2)]


def test_rule_2_an_exempt_customer_pays_no_tax_and_the_note_is_printed() -> None:
    note = "Exempt under article 151 of the VAT Directive"
    result = ruled(customer={"tax_exempt": True, "tax_exempt_note": note}, lines=[line(), line(product_item="GIFT")],
                   items=[TRAINING_DAY, {**TRAINING_DAY, "product_item": "GIFT", "tax_category": "NO_TAX"}])  # fmt: skip
    assert tax_of(result) == ("customer_exempt", "EXEMPT", "E", 0)
    assert reason_of(result) == f"Hafenlicht GmbH is exempt from tax: {note}."
    assert result[0].invoices.loc[0, "wording"] == note
    assert set(result[0].lines["tax_rule"]) == {"customer_exempt"}


def test_an_exemption_without_a_reason_is_refused() -> None:
    drafts, problems = ruled(customer={"tax_exempt": True})
    assert (len(drafts), codes(problems), problems[0].details) == (0, ["E411"], {"what": "Customer Hafenlicht GmbH"})
    drafts, problems = ruled(lines=[line(tax_code="X")], taxes=[tax("X", 0, "E")])
    assert (len(drafts), codes(problems), problems[0].details) == (0, ["E411"], {"what": "Tax code X"})


def test_rule_3_a_product_without_tax_and_an_exempt_product() -> None:
    free = {**TRAINING_DAY, "tax_category": "NO_TAX"}
    result = ruled(items=[free])
    assert tax_of(result) == ("no_tax", "NO-TAX", "O", 0)
    assert reason_of(result) == "Training is a product on which no tax is due."
    exempt = {**TRAINING_DAY, "tax_category": "EXEMPT"}
    result = ruled(items=[exempt])
    assert tax_of(result) == ("exempt", "EXEMPT", "E", 0)
    assert result[0].invoices.loc[0, "wording"] == "Exempt from tax"


def test_an_exempt_product_takes_its_reason_from_the_countrys_exempt_code() -> None:
    codes_ = [tax("DE0", 0, "E", country="DE", exemption_reason="no"),
              tax("NLX", 0, "E", country="NL", exemption_reason="Article 11", exemption_code="VATEX-EU-132")]  # fmt: skip
    result = ruled(items=[{**TRAINING_DAY, "tax_category": "EXEMPT"}], taxes=[NL21, *codes_])
    assert tax_of(result)[:2] == ("exempt", "NLX")
    assert result[0].taxes.loc[0, ["exemption_code", "reason"]].tolist() == ["VATEX-EU-132", "Article 11"]


def test_the_platforms_tax_category_serves_lines_without_a_product() -> None:
    result = ruled(lines=[line(pricing_name="Gift")], settings='[tax]\ntax_category = "NO_TAX"')
    assert tax_of(result)[0] == "no_tax"


US = {"country": "US", "vat_id": None, "tax_code": None}


def test_rule_4_both_in_the_us_need_the_sales_tax_percentage() -> None:
    drafts, problems = ruled(entity=US, customer=US)
    assert (len(drafts), codes(problems)) == (0, ["E402"])
    result = ruled(entity=US, customer=US, header={"sales_tax_percentage": "8.875"})
    assert tax_of(result) == ("us_sales_tax", "SALES-TAX", "S", Decimal("8.875"))
    assert "8.875 %" in reason_of(result)
    assert sums(result[0]) == euros("100", "8.88", "108.88")


def test_rule_4_a_percentage_of_zero_is_an_answer() -> None:
    result = ruled(entity=US, customer=US, header={"sales_tax_percentage": "0"})
    assert tax_of(result) == ("us_sales_tax", "SALES-TAX", "Z", 0)


def test_rule_4_is_optional_where_one_of_them_is_in_the_us() -> None:
    assert tax_of(ruled(customer=US))[0] == "export"
    assert tax_of(ruled(customer=US, header={"sales_tax_percentage": "5"}))[0] == "us_sales_tax"


def test_a_sales_tax_percentage_elsewhere_is_refused() -> None:
    drafts, problems = ruled(header={"sales_tax_percentage": "5.5"})
    assert (len(drafts), [(p.code, p.value) for p in problems]) == (0, [("E403", "5.5")])


def test_rule_5_a_business_in_another_eu_country_owes_the_tax_itself() -> None:
    result = ruled()
    assert tax_of(result) == ("reverse_charge", "REVERSE-CHARGE", "AE", 0)
    assert reason_of(result) == "Hafenlicht GmbH is a business in Germany with VAT id DE136695976: reverse charge."
    assert result[0].taxes.loc[0, ["exemption_code", "reason"]].tolist() == ["VATEX-EU-AE", "Reverse charge"]
    assert result[0].invoices.loc[0, "wording"] == "Reverse charge"
    assert result[1] == []


@pytest.mark.parametrize("status", ["UNKNOWN", None])
def test_a_vat_id_that_nobody_has_validated_gives_a_warning(status: str | None) -> None:
    drafts, problems = ruled(customer={"vat_id_status": status})
    assert (len(drafts), codes(problems), problems[0].details) == (1, ["W401"], {"vat_id": "DE136695976"})


@pytest.mark.parametrize("customer", [{"vat_id": None}, {"vat_id_status": "NOT_VALID"}, {"vat_id": None, "type": None}])
def test_rule_5_without_a_vat_id_is_an_error_or_local_vat(customer: Any) -> None:
    drafts, problems = ruled(customer=customer)
    assert (len(drafts), codes(problems)) == (0, ["E404"])
    assert problems[0].details == {"customer": "Hafenlicht GmbH", "country": "Germany"}
    result = ruled(customer=customer, entity={"apply_local_vat_for_missing_tax_id": True})
    assert tax_of(result) == ("local_vat_missing_id", "NL21", "S", 21)
    assert codes(result[1]) == ["W403"]


def test_reverse_charge_needs_the_sellers_vat_id() -> None:
    drafts, problems = ruled(entity={"vat_id": None})
    assert (len(drafts), codes(problems)) == (0, ["E406"])
    assert problems[0].details == {"entity": "Brightwater Training B.V."}


def test_reverse_charge_by_a_tax_code_needs_both_vat_ids_and_the_words_too() -> None:
    code = tax("RC", 0, "AE", exemption_reason="Article 199")
    result = ruled(customer={"country": "NL"}, lines=[line(tax_code="RC")], taxes=[code])
    assert result[0].invoices.loc[0, "wording"] == "Reverse charge. Article 199"
    drafts, problems = ruled(customer={"country": "NL", "vat_id": None}, lines=[line(tax_code="RC")], taxes=[code])
    assert (len(drafts), codes(problems)) == (0, ["E404"])


PERSON = {"type": "INDIVIDUAL", "vat_id": None}


def test_rule_5_a_private_person_abroad_pays_the_destinations_standard_rate_under_oss() -> None:
    taxes = [NL21, tax("DE7", 7, country="DE"), tax("DE19", 19, country="DE"), tax("DEX", 25, "E", country="DE"),
             tax("DEM", 20, country="DE"), tax("DEM", 21, country="DE")]  # fmt: skip
    result = ruled(customer=PERSON, taxes=taxes)
    assert tax_of(result) == ("destination_oss", "DE19", "S", 19)
    assert "private person in Germany" in reason_of(result)


def test_under_oss_a_country_without_a_standard_rate_is_refused() -> None:
    drafts, problems = ruled(customer=PERSON, taxes=[NL21, tax("DE19", 19, country="DE", valid_from=date(2027, 1, 1))])
    assert (len(drafts), codes(problems)) == (0, ["E408"])
    assert problems[0].details == {"country": "Germany", "day": "2026-11-24"}


def test_rule_5_a_private_person_abroad_pays_the_sellers_vat_without_oss() -> None:
    assert tax_of(ruled(customer=PERSON, entity={"oss": False})) == ("seller_vat_b2c", "NL21", "S", 21)


@pytest.mark.parametrize(("setting", "code"), [("O", "VATEX-EU-O"), ("G", "VATEX-EU-G")])
def test_rule_6_a_customer_outside_the_regime_is_an_export(setting: str, code: str) -> None:
    result = ruled(customer={"country": "GB"}, settings=f'[tax]\nexport_category = "{setting}"')
    assert tax_of(result) == ("export", "EXPORT", setting, 0)
    assert result[0].taxes.loc[0, "exemption_code"] == code
    assert reason_of(result) == "Hafenlicht GmbH is in the United Kingdom, outside the EU: export of services, no tax."


def test_rule_6_outside_the_eu_each_country_is_a_regime_of_its_own() -> None:
    result = ruled(entity={"country": "GB", "tax_code": "GB20"}, customer={"country": "DE"}, taxes=[tax("GB20", 20)])
    assert tax_of(result)[0] == "export"
    assert "outside the United Kingdom" in reason_of(result)
    result = ruled(entity={"country": "GB", "tax_code": "GB20"}, customer={"country": "GB"}, taxes=[tax("GB20", 20)])
    assert tax_of(result)[:2] == ("entity_default", "GB20")


def test_rule_7_the_customers_code_then_the_entitys_then_an_error() -> None:
    taxes = [NL21, tax("NL9", 9)]
    assert tax_of(ruled(customer={"country": "NL", "tax_code": "NL9"}, taxes=taxes))[:2] == ("customer_default", "NL9")
    result = ruled(customer={"country": "NL"}, taxes=taxes)
    assert tax_of(result)[:2] == ("entity_default", "NL21")
    assert reason_of(result) == "Brightwater Training B.V. charges tax code NL21 by default."
    drafts, problems = ruled(customer={"country": "NL"}, entity={"tax_code": None})
    assert (len(drafts), codes(problems)) == (0, ["E401"])
    assert problems[0].details == {"customer": "Hafenlicht GmbH", "entity": "Brightwater Training B.V."}


def test_the_sellers_vat_without_a_default_code_is_an_error_and_never_zero() -> None:
    _, problems = ruled(customer=PERSON, entity={"oss": False, "tax_code": None})
    assert codes(problems) == ["E401"]


def test_an_invoice_is_not_held_back_by_a_rule_that_none_of_its_lines_needs() -> None:
    drafts, problems = ruled(customer={"vat_id": None}, lines=[line(tax_code="NL21")])
    assert (len(drafts), problems) == (1, [])


def test_one_bad_line_holds_back_its_whole_invoice_and_never_another() -> None:
    bad = invoice(line(), line(tax_code="GONE"), ref="BAD")
    drafts, problems = drafted(invoice(ref="ONE"), bad, invoice(line(7), ref="TWO"), data=master(customers=[DUTCH]))
    assert drafts.invoices["invoice_ref"].tolist() == ["ONE", "TWO"]
    assert drafts.lines[["invoice", "invoice_ref"]].to_numpy().tolist() == [[0, "ONE"], [1, "TWO"]]
    assert drafts.taxes["taxable"].tolist() == euros("100", "7")
    assert [(p.code, p.invoice_ref, p.row) for p in problems] == [("E405", "BAD", 4)]


# ---- rates in time

OLD_AND_NEW = [tax("NL21", 19, valid_to=date(2026, 11, 30)), tax("NL21", 21, valid_from=date(2026, 12, 1))]


@pytest.mark.parametrize(
    ("header", "more", "rate"),
    [
        ({}, {}, 19),
        ({"invoice_date": date(2026, 12, 1)}, {}, 21),
        ({"invoice_date": date(2026, 11, 30)}, {}, 19),
        (
            {"invoice_date": date(2026, 12, 1)},
            {"period_start": date(2026, 11, 1), "period_end": date(2026, 11, 30)},
            19,
        ),
        (
            {"delivery_date": date(2026, 12, 1)},
            {"period_start": date(2026, 11, 1), "period_end": date(2026, 11, 30)},
            21,
        ),
    ],
)
def test_rates_are_taken_at_delivery_else_period_end_else_invoice_date(header: Any, more: Any, rate: int) -> None:
    drafts, _ = drafted(invoice(line(**more), **header), data=master(taxes=OLD_AND_NEW))
    assert drafts.lines.loc[0, "tax_rate"] == rate


def test_a_rate_that_ends_soon_is_warned_about_while_the_date_is_open() -> None:
    drafts, problems = drafted(invoice(line(), line()), data=master(taxes=OLD_AND_NEW))
    assert [(p.code, dict(p.details)) for p in problems] == [("W402", {"code": "NL21", "day": "2026-11-30"})]
    assert drafts.invoices.loc[0, "rate_to"] == date(2026, 11, 30)
    _, problems = drafted(invoice(invoice_date=date(2026, 11, 24)), data=master(taxes=OLD_AND_NEW))
    assert problems == []


def test_the_days_for_which_the_tax_stays_right_are_kept() -> None:
    drafts, _ = drafted(
        invoice(invoice_date=date(2026, 12, 2)),
        invoice(ref="B", delivery_date=date(2026, 12, 2)),
        data=master(taxes=OLD_AND_NEW),
    )
    assert drafts.invoices["rate_from"].astype(object).tolist()[0] == date(2026, 12, 1)
    assert drafts.invoices[["rate_from", "rate_to"]].isna().to_numpy().tolist() == [[False, True], [True, True]]


def test_a_code_without_a_rate_on_the_day_is_refused() -> None:
    _, problems = drafted(invoice(), data=master(taxes=[tax("NL21", 21, valid_from=date(2027, 1, 1))]))
    assert [(p.code, p.value, dict(p.details)) for p in problems] == [("E405", "NL21", {"day": "2026-11-24"})]


def test_a_code_with_a_faulty_row_has_no_rate_rather_than_half_of_one() -> None:
    _, problems = drafted(invoice(), data=master(taxes=[tax("NL21", 5), tax("NL21", 10, faulty=True)]))
    assert codes(problems) == ["E405"]


def test_reasons_of_a_mixed_invoice_are_printed_once_each_in_a_fixed_order() -> None:
    items = [TRAINING_DAY, {**TRAINING_DAY, "product_item": "FREE", "tax_category": "NO_TAX"}]
    lines = [line(), line(product_item="FREE"), line(product_item="FREE")]
    forth = ruled(lines=lines, items=items)[0].invoices.loc[0, "wording"]
    back = ruled(lines=lines[::-1], items=items)[0].invoices.loc[0, "wording"]
    assert forth == back
    assert sorted(forth.split("\n")) == ["Not subject to tax", "Reverse charge"]


def test_settings_round_where_the_entity_does_not_say() -> None:
    data = master(entities=[PLAIN], taxes=[tax("T", 23)])
    drafts, _ = drafted(
        invoice(line("55.55"), line("11.11")), data=data, settings=parse_settings('[tax]\nrounding = "per_line"')
    )
    assert drafts.invoices.loc[0, ["tax_rounding", "tax_total"]].tolist() == ["per_line", Decimal("15.34")]
    assert Settings().tax.rounding == "per_group"
    assert TRAINING["tax_category"] == "STANDARD"
