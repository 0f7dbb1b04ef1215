"""The sheets of the master data (domain §2 and §12), and the columns that custom fields add to an upload."""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa

from .kinds import choice, country, currency, day, flag, identifier, number, terms, text
from .table import Table

CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M")
NO_RATE = ("E", "AE", "K", "G", "O", "Z")
"""EN 16931 categories that mean 0 %."""
TAX_CATEGORIES = ("STANDARD", "NO_TAX", "EXEMPT")


def _address() -> dict[str, pa.Column]:
    return {
        "address_line_1": text("Address line 1", "Street and number.", "address", "street",
                               example="Keizersgracht 100"),
        "address_line_2": text("Address line 2", "The second line of the address.", example="2nd floor"),
        "postcode": identifier("Postcode", "The postal code.", "zip", "zip code", "postal code", example="1015 AA"),
        "city": text("City", "The town.", "town", example="Amsterdam"),
        "region": text("Region", "State, province or county, where addresses have one.", "state", "province", "county",
                       example="NY"),
        "country": country("Country", "Two letters such as NL.", "country code", required=True,
                           example="NL"),
    }  # fmt: skip


ENTITIES = Table(
    "entities",
    "Billing entities",
    "The companies that send invoices.",
    ("billing entity", "entities", "sellers"),
    {
        "billing_entity": identifier("Billing entity", "Its id.", "id", "entity", required=True, example="NL01"),
        "name": text("Name", "The legal name.", "legal name", required=True, example="Brightwater Training B.V."),
        **_address(),
        "vat_id": identifier("VAT id", "With its country in front; EL for Greece.", "vat number", "vat", "ust idnr",
                             example="NL123456782B90"),
        "tax_registration": identifier("Tax registration", "Another tax or company registration to print.",
                                       "tax number", "registration", example="KvK 12345678"),
        "tax_code": identifier("Tax code", "The default tax code.", "default tax code", refers="taxes", example="NL21"),
        "currency": currency("Currency", "The default currency, in which its tax is reported.", "default currency",
                             example="EUR"),
        "payment_terms": terms("Payment terms", "The default payment terms.", "terms", example="30 days"),
        "locale": identifier("Locale", "How numbers and dates look on its invoices: en_GB, de_DE, nl_NL, en_US.",
                             "language", example="en_GB"),
        "prices_include_tax": flag("Prices include tax", "Yes where its prices contain tax.", example="no"),
        "tax_rounding": choice("Tax rounding", "per_group or per_line.", ("per_group", "per_line"), "rounding",
                               "rounding method", example="per_group"),
        "series": identifier("Series", "The number series of its invoices, if not the platform's.", "number series",
                             example="us"),
        "credit_series": identifier("Credit series", "The number series of its credit notes.", "credit note series",
                                    example="us-credits"),
        "apply_local_vat_for_missing_tax_id": flag(
            "Apply local VAT for missing tax id", "Yes: a business in another EU country without a VAT id pays our VAT. "
            "No: it is an error.", example="no"),
        "oss": flag("OSS", "Registered for the One Stop Shop: private persons in other EU countries pay their own VAT.",
                    "oss registration", example="yes"),
        "iban": identifier("IBAN", "Bank account to print.", "bank account", example="NL91ABNA0417164300"),
        "bic": identifier("BIC", "Its bank.", "swift", example="ABNANL2A"),
        "is_default": flag("Default", "Yes for the entity that bills where none is named.", "default", "is default",
                           example="yes"),
    },
)  # fmt: skip

CUSTOMERS = Table(
    "customers",
    "Customers",
    "Who can be billed.",
    ("customer", "clients", "kunden", "clientes", "klanten"),
    {
        "customer": identifier("Customer", "Its id.", "id", "customer id", "customer code", "customer number", "customer no",
                               "client id", "client no", required=True, example="C-1001"),
        "reference": identifier("Reference", "Its id in another system; finds the customer as well.",
                                "external reference", "external id", example="SF-88123"),
        "name": text("Name", "The name on the invoice.", "customer name", "legal name", required=True,
                     example="Hafenlicht Logistik GmbH"),
        "type": choice("Type", "ORGANIZATION or INDIVIDUAL.", ("ORGANIZATION", "INDIVIDUAL"), "customer type",
                       example="ORGANIZATION"),
        **_address(),
        "vat_id": identifier("VAT id", "With its country in front; EL for Greece.", "vat number", "vat", "tax id",
                             example="DE136695976"),
        "vat_id_status": choice("VAT id status", "VALID, NOT_VALID or UNKNOWN, as the tax office answered.",
                                ("VALID", "NOT_VALID", "UNKNOWN"), example="VALID"),
        "tax_exempt": flag("Tax exempt", "Yes where no tax is charged to this customer.", "exempt", example="no"),
        "tax_exempt_note": text("Tax exempt note", "The reason that is printed.", "exemption reason", limit=500,
                                example="Exempt under ..."),
        "tax_code": identifier("Tax code", "The customer's default tax code.", "default tax code", refers="taxes",
                               example="CA-QC"),
        "currency": currency("Currency", "The customer's currency.", "default currency", example="EUR"),
        "payment_terms": terms("Payment terms", "The customer's payment terms.", "terms", example="14 days"),
        "billing_entity": identifier("Billing entity", "Who bills this customer.", "entity", refers="entities",
                                     example="NL01"),
        "email": text("E-mail", "Where invoices go.", "email", "e mail", example="ap@example.com"),
        "locale": identifier("Locale", "How numbers and dates look for this customer.", "language", example="de_DE"),
        "status": choice("Status", "ACTIVE or ARCHIVED.", ("ACTIVE", "ARCHIVED"), example="ACTIVE"),
    },
)  # fmt: skip

PRODUCTS = Table(
    "products",
    "Products",
    "One row per product item; a row without an item describes the product itself, one with a category alone its category.",
    ("product", "catalogue", "catalog", "items"),
    {
        "category": text("Category", "The group that products belong to.", "product category", example="Services"),
        "product": identifier("Product", "The product's id. Empty: the row sets the tax category of its category.",
                              "product id", "product code", example="TRAINING"),
        "product_name": text("Product name", "The name of the invoice line.", "name", example="Training"),
        "product_item": identifier("Product item", "The item's id.", "item", "item id", "item code", "sku",
                                   example="TRAIN-DAY"),
        "item_name": text("Item name", "The name of the sub-line.", "item description", example="Training day on site"),
        "tax_category": choice("Tax category", "STANDARD, NO_TAX or EXEMPT. Empty: the product's, the category's, the "
                               "platform's.", TAX_CATEGORIES, example="STANDARD"),
        "unit": text("Unit", "The unit it is sold in.", limit=40, example="day"),
        "unit_price": number("Unit price", "The default price.", "price", "list price", least=0, example="950.00"),
        "currency": currency("Currency", "The currency of the default price.", example="EUR"),
        "status": choice("Status", "ACTIVE or ARCHIVED.", ("ACTIVE", "ARCHIVED"), example="ACTIVE"),
        "account": identifier("Account", "The revenue account for the journal. Empty: the product's, the category's, the "
                              "settings'.", "revenue account", "account code", "gl account", "ledger account",
                              example="8000"),
    },
)  # fmt: skip

TAXES = Table(
    "taxes",
    "Taxes",
    "Tax codes and their rates. Several rows with one code are several rates, or one rate after another in time.",
    ("tax codes", "tax rates", "vat rates", "steuern"),
    {
        "tax_code": identifier("Tax code", "Its id.", "code", required=True, example="NL21"),
        "name": text("Name", "The name printed in the tax table.", "tax name", required=True, example="VAT 21 %"),
        "country": country("Country", "Where it is owed.", example="NL"),
        "region": text("Region", "State or province.", "state", example="QC"),
        "category": choice("Category", "EN 16931: S standard or reduced, Z zero, E exempt, AE reverse charge, K, G, O, L, M.",
                           CATEGORIES, "vat category", required=True, example="S"),
        "rate": number("Rate", "In percent: 21 for 21 %.", "rate %", "percentage", kind="percent", least=0, required=True,
                       example="21"),
        "valid_from": day("Valid from", "The first day of the rate. Empty: always.", "from", example="2019-01-01"),
        "valid_to": day("Valid to", "The last day of the rate. Empty: still.", "to", "until", example=""),
        "compound": flag("Compound", "Yes where the rate is taken on the net plus the taxes above it.", example="no"),
        "exemption_code": identifier("Exemption code", "The VATEX code.", "vatex", "vatex code", example="VATEX-EU-AE"),
        "exemption_reason": text("Exemption reason", "The words printed for an exemption.", "reason", limit=500,
                                 example="Reverse charge"),
        "account": identifier("Account", "The account on which its tax is owed, for the journal. Empty: the settings'.",
                              "tax account", "account code", "gl account", "ledger account", example="1520"),
        "tax_type": text("Tax type", "What Xero or QuickBooks calls it. Empty: its name.", "xero tax type",
                         "quickbooks tax code", example="21% (BTW Hoog)"),
    },
)  # fmt: skip

RATES = Table(
    "rates",
    "Rates",
    "Exchange rates: one unit of the base currency is worth this many units of the currency.",
    ("exchange rates", "fx", "fx rates"),
    {
        "currency": currency("Currency", "The currency that the rate is in.", required=True, example="USD"),
        "base_currency": currency("Base currency", "The currency of which one unit is meant.", "base", required=True,
                                  example="EUR"),
        "date": day("Date", "The day of the rate.", required=True, example="2026-11-20"),
        "rate": number("Rate", "Units of the currency for one unit of the base.", kind="fx", above=0, required=True,
                       example="1.0842"),
        "source": text("Source", "Who published it.", required=True, example="ECB"),
    },
)  # fmt: skip

FIELDS = Table(
    "fields",
    "Custom fields",
    "Columns of your own that uploads may have, and that invoices show.",
    ("custom field definitions", "fields"),
    {
        "name": text("Name", "The header of the column.", "field", limit=60, required=True, example="Cost centre"),
        "applies_to": choice("Applies to", "invoice or line.", ("invoice", "line"), required=True, example="invoice"),
        "type": choice("Type", "STRING, NUMBER, BOOLEAN or ENUM.", ("STRING", "NUMBER", "BOOLEAN", "ENUM"), required=True,
                       example="STRING"),
        "options": text("Options", "For ENUM: the words allowed, with | between them.", "values", limit=1000,
                        example="north|south"),
        "required": flag("Required", "Yes where it may not be empty.", example="no"),
        "unique": flag("Unique", "Yes where no two may be the same in a batch.", example="no"),
        "multiple": flag("Several values", "Yes where a cell may hold several, with | between them.", "multiple",
                         example="no"),
        "copy_from": choice("Copy from", "customer or product: taken from there where the sheet is empty.",
                            ("customer", "product"), "copy", example="customer"),
    },
)  # fmt: skip

MASTER = (ENTITIES, CUSTOMERS, PRODUCTS, TAXES, RATES, FIELDS)


def custom_column(name: str, type_: str, **meta: Any) -> pa.Column:
    """Return the column that a custom field adds to the sheet it applies to; it is never required there.

    Whether a value is required, unique or one of several is checked after values were copied from master data.
    """
    help_ = "A field of your own, from the master data."
    return text(name, help_, kind="custom", limit=1000, custom=True, custom_type=type_, **meta)
