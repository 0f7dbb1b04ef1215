"""The master data of Brightwater Training: three companies, their customers, catalogue, taxes and exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .customers import CUSTOMERS
from .files import Record

ENTITIES: Sequence[Record] = (
    {
        "billing_entity": "NL01", "name": "Brightwater Training B.V.", "address_line_1": "Keizersgracht 100",
        "address_line_2": "2nd floor", "postcode": "1015 AA", "city": "Amsterdam", "country": "NL",
        "vat_id": "NL123456782B90", "tax_registration": "KvK 12345678", "tax_code": "NL21", "currency": "EUR",
        "payment_terms": "30 days", "locale": "en_GB", "prices_include_tax": "no", "tax_rounding": "per_group",
        "apply_local_vat_for_missing_tax_id": "no", "oss": "yes", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A",
        "is_default": "yes",
    },
    {
        "billing_entity": "US01", "name": "Brightwater Learning Inc.", "address_line_1": "48 West 25th Street",
        "postcode": "10010", "city": "New York", "region": "NY", "country": "US", "tax_registration": "EIN 12-3456789",
        "currency": "USD", "payment_terms": "30 days", "locale": "en_US", "prices_include_tax": "no",
        "tax_rounding": "per_line", "series": "us", "credit_series": "us-credits", "is_default": "no",
    },
    {
        "billing_entity": "CA01", "name": "Brightwater Formation Inc.", "address_line_1": "1250, rue Sainte-Catherine Ouest",
        "postcode": "H3G 1P1", "city": "Montréal", "region": "QC", "country": "CA",
        "tax_registration": "TPS 123456789 RT0001, TVQ 1234567890 TQ0001", "currency": "CAD", "payment_terms": "1 month",
        "locale": "fr_CA", "prices_include_tax": "no", "series": "ca", "credit_series": "ca-credits", "is_default": "no",
    },
)  # fmt: skip


def _product(
    category: str, product: str | None, name: str | None, item: str | None = None, item_name: str | None = None,
    unit: str | None = None, price: str | None = None, currency: str | None = None, **more: Any,
) -> Record:  # fmt: skip
    return {
        "category": category, "product": product, "product_name": name, "product_item": item, "item_name": item_name,
        "unit": unit, "unit_price": None if price is None else Decimal(price), "currency": currency, **more,
    }  # fmt: skip


PRODUCTS: Sequence[Record] = (
    _product("Training", None, None, tax_category="STANDARD", account="8000"),
    _product("Training", "TRAINING", "Training", unit="day"),
    _product("Training", "TRAINING", "Training", "TRAIN-DAY", "Training day on site", "day", "950.00", "EUR"),
    _product("Training", "TRAINING", "Training", "TRAIN-HALF", "Half training day on site", "half day", "550.00", "EUR"),
    _product("Training", "TRAINING", "Training", "TRAIN-ONLINE", "Online class, per participant", "seat", "120.00", "EUR",
             account="8010"),
    _product("Training", "TRAINING", "Training", "TRAIN-DAY-US", "Training day on site", "day", "1250.00", "USD"),
    _product("Training", "TRAINING", "Training", "TRAIN-DAY-CA", "Journée de formation", "jour", "1400.00", "CAD"),
    _product("Training", "COACHING", "Coaching", unit="hour", price="180.00", currency="EUR"),
    _product("Training", "COACHING", "Coaching", "COACH-HOUR", "Coaching by the hour", "hour", "180.00", "EUR"),
    _product("Training", "ROOM", "Training room", "ROOM-DAY", "Room for a day, with lunch", "day", "420.00", "EUR"),
    _product("Software", None, None, tax_category="STANDARD", account="8100"),
    _product("Software", "PLATFORM", "Learning platform", "PLAT-SEAT", "Seat for a month", "seat", "9.90", "EUR"),
    _product("Software", "PLATFORM", "Learning platform", "PLAT-SEAT-US", "Seat for a month", "seat", "10.50", "USD"),
    _product("Software", "PLATFORM", "Learning platform", "PLAT-SMS", "Text messages", "message", "0.0425", "EUR"),
    _product("Software", "SETUP", "Set-up and migration", unit="project", price="2400.00", currency="EUR"),
    _product("Books", None, None, tax_category="STANDARD", account="8200"),
    _product("Books", "BOOKS", "Books", "BOOK-HAND", "Trainer's handbook", "copy", "32.11", "EUR"),
    _product("Books", "BOOKS", "Books", "BOOK-WORK", "Participant's workbook", "copy", "14.95", "EUR"),
    _product("Insurance", None, None, tax_category="EXEMPT", account="8300"),
    _product("Insurance", "CANCEL", "Cancellation cover", "CANCEL-SEAT", "Cover for one seat", "seat", "12.50", "EUR"),
    _product("Pass-through costs", None, None, tax_category="NO_TAX", account="8400"),
    _product("Pass-through costs", "PASS", "Costs passed on", "PASS-TRAVEL", "Travel costs at cost", "trip"),
    _product("Pass-through costs", "PASS", "Costs passed on", "PASS-EXAM", "Exam fee of the institute", "seat"),
    _product("Training", "TRAINING", "Training", "TRAIN-VIDEO", "Video course on DVD", "copy", "49.00", "EUR",
             status="ARCHIVED"),
)  # fmt: skip


def _tax(code: str, name: str, country: str, rate: str, start: str = "", end: str = "", **more: Any) -> Record:
    return {
        "tax_code": code, "name": name, "country": country, "category": more.pop("category", "S"), "rate": Decimal(rate),
        "valid_from": date.fromisoformat(start) if start else None, "valid_to": date.fromisoformat(end) if end else None,
        **more,
    }  # fmt: skip


TAXES: Sequence[Record] = (
    _tax("NL21", "VAT 21 %", "NL", "21", "2012-10-01"),
    _tax("NL09", "VAT low rate", "NL", "6", "", "2018-12-31"),
    _tax("NL09", "VAT low rate", "NL", "9", "2019-01-01", account="1521", tax_type="9% (BTW Laag)"),
    _tax("NL09-LODGING", "VAT 9 % on lodging", "NL", "9", "2019-01-01", "2025-12-31"),
    _tax("EX-NL", "Exempt", "NL", "0", category="E", exemption_code="VATEX-EU-132",
         exemption_reason="Exempt: article 11 of the Dutch VAT act (Wet op de omzetbelasting 1968)"),
    _tax("DE19", "USt. 19 %", "DE", "19", "", "2020-06-30"),
    _tax("DE19", "USt. 16 %", "DE", "16", "2020-07-01", "2020-12-31"),
    _tax("DE19", "USt. 19 %", "DE", "19", "2021-01-01"),
    _tax("DE07", "USt. 7 %", "DE", "7"),
    _tax("FR20", "TVA 20 %", "FR", "20", "2014-01-01"),
    _tax("BE21", "BTW 21 %", "BE", "21"),
    _tax("IT22", "IVA 22 %", "IT", "22", "2013-10-01"),
    _tax("ES21", "IVA 21 %", "ES", "21", "2012-09-01"),
    _tax("FI25", "ALV 24 %", "FI", "24", "2013-01-01", "2024-08-31"),
    _tax("FI25", "ALV 25.5 %", "FI", "25.5", "2024-09-01"),
    _tax("FI14", "ALV 13.5 %", "FI", "13.5", "2026-01-01"),
    _tax("SE25", "Moms 25 %", "SE", "25"),
    _tax("IE23", "VAT 23 %", "IE", "23"),
    _tax("CA-QC", "TPS 5 %", "CA", "5", region="QC", account="1530", tax_type="GST/QST QC - 9.975"),
    _tax("CA-QC", "TVQ 9.975 %", "CA", "9.975", region="QC", account="1531"),
    _tax("CA-ON", "HST 13 %", "CA", "13", region="ON"),
    _tax("CA-QC-OLD", "TPS 5 %", "CA", "5", "2008-01-01", "2012-12-31", region="QC"),
    _tax("CA-QC-OLD", "TVQ 9.5 %", "CA", "9.5", "2012-01-01", "2012-12-31", region="QC", compound="yes"),
)  # fmt: skip


def _rates(currency: str, *rates: tuple[str, str]) -> list[Record]:
    return [
        {"currency": currency, "base_currency": "EUR", "date": date.fromisoformat(day), "rate": Decimal(rate),
         "source": "ECB (sample)"}
        for day, rate in rates
    ]  # fmt: skip


_MONDAYS = ("2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30")
RATES: Sequence[Record] = (
    *_rates("USD", *zip(_MONDAYS, ("1.0842", "1.0871", "1.0825", "1.0853", "1.0866"), strict=True)),
    *_rates("GBP", *zip(_MONDAYS, ("0.8612", "0.8634", "0.8620", "0.8641", "0.8629"), strict=True)),
    *_rates("JPY", *zip(_MONDAYS, ("163.42", "164.05", "163.71", "164.18", "163.96"), strict=True)),
    *_rates("KWD", *zip(_MONDAYS, ("0.3327", "0.3335", "0.3321", "0.3330", "0.3334"), strict=True)),
    *_rates("SEK", *zip(_MONDAYS, ("11.1240", "11.0965", "11.1310", "11.1175", "11.1055"), strict=True)),
    *_rates("CAD", *zip(_MONDAYS, ("1.4915", "1.4950", "1.4902", "1.4936", "1.4941"), strict=True)),
    *_rates("CHF", ("2026-11-02", "0.9385")),
)


def _field(name: str, on: str, type_: str = "STRING", **more: Any) -> Record:
    return {"name": name, "applies_to": on, "type": type_, "required": "no", "unique": "no", "multiple": "no", **more}


FIELDS: Sequence[Record] = (
    _field("Cost centre", "invoice", copy_from="customer"),
    _field("Region", "invoice", "ENUM", options="north|south|east|west"),
    _field("Contract", "invoice", unique="yes"),
    _field("Project", "line"),
    _field("Participants", "line", "NUMBER"),
)

COMPANY = {
    "entities": ENTITIES, "customers": CUSTOMERS, "products": PRODUCTS, "taxes": TAXES, "rates": RATES, "fields": FIELDS
}  # fmt: skip
