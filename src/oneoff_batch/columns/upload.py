"""The sheets of an upload: Invoices, Lines and Control (domain §12)."""

from __future__ import annotations

from .kinds import choice, currency, day, flag, identifier, number, terms, text
from .table import Table

INVOICES = Table(
    "invoices",
    "Invoices",
    "One row per invoice: who is billed, by whom, in which currency, and when.",
    ("invoice", "headers", "header", "rechnungen", "factures", "facturas", "facturen"),
    {
        "invoice_ref": identifier(
            "Invoice ref", "Your own key for the invoice. It joins an invoice with its lines and is never the legal number.",
            "ref", "invoice reference", "invoice key", "invoice no", "invoice nr", "invoice number", "invoice id", "invoice",
            "document no", "document number", "bill no", "bill number",
            required=True, example="NOV-001",
        ),
        "customer": identifier(
            "Customer", "The customer's id or external reference, as in the master data.",
            "customer id", "customer code", "customer number", "customer no", "customer nr", "client", "client id", "client code",
            "client number", "client no", "debtor", "debtor number",
            required=True, refers="customers", example="C-1001",
        ),
        "billing_entity": identifier(
            "Billing entity", "Who sends the invoice. Empty: the customer's billing entity, else the default one.",
            "entity", "seller", "company", refers="entities", example="NL01",
        ),
        "currency": currency(
            "Currency", "Three letters such as EUR. Empty: the customer's currency, else the billing entity's.",
            "currency code", "ccy", example="EUR",
        ),
        "invoice_date": day(
            "Invoice date", "The date printed on the invoice. Empty: by the settings, usually the day it becomes final.",
            "date", "issue date", "date of invoice", "document date", "bill date",
            example="2026-11-30",
        ),
        "due_date": day(
            "Due date", "The day by which to pay. Empty: from the payment terms.",
            "payment due date", example="2026-12-30",
        ),
        "payment_terms": terms(
            "Payment terms", "For example 30 days, 2 weeks, 1 month, end of month. Empty: the customer's, else the entity's.",
            "terms", example="30 days",
        ),
        "delivery_date": day(
            "Delivery date", "The date of supply, where it differs from the invoice date. Tax rates are taken on it.",
            "date of supply", "supply date", "tax point",
            example="2026-11-15",
        ),
        "po_number": identifier(
            "PO number", "The customer's purchase order number.",
            "po", "purchase order", "purchase order number", "order number", example="PO-77812",
        ),
        "buyer_reference": text(
            "Buyer reference", "What the customer asks to see on the invoice, such as a cost centre.",
            "your reference", "customer reference", example="Cost centre 4410",
        ),
        "prices_include_tax": flag(
            "Prices include tax", "Yes where prices in the Lines sheet already contain tax. Empty: the entity's setting.",
            "tax inclusive", "gross prices", example="no",
        ),
        "sales_tax_percentage": number(
            "Sales tax percentage", "US sales tax in percent, 8.875 for 8.875 %. Needed where seller and buyer are in the US.",
            "sales tax rate", "sales tax %", kind="percent", least=0, example="8.875",
        ),
        "on_hold": flag(
            "On hold", "Drafts are born on hold; type no for one that is not. It is recorded and shown.",
            "hold", example="yes",
        ),
        "note": text("Note", "Text printed above the lines.", "memo", "comment", limit=1000,
                     example="Workshop in Utrecht"),
        "footnote": text("Footnote", "Text printed below the totals.", "footer", limit=1000, example="Thank you!"),
        "expected_total": number(
            "Expected total", "What you expect the invoice to come to, with tax. A difference stops the batch.",
            "invoice total", "gross total", "total amount", "grand total", kind="amount", example="1210.00",
        ),
    },
)  # fmt: skip

LINES = Table(
    "lines",
    "Lines",
    "One row per line: what is billed, how much of it, and at which price.",
    ("invoice lines", "line items", "items", "positionen", "lignes", "lineas", "regels"),
    {
        "invoice_ref": INVOICES.columns["invoice_ref"],
        "line": identifier("Line", "A number for the line, if you keep one. Empty: the order of the sheet.",
                           "line no", "line number", "position", "pos", example="1"),
        "product_item": identifier("Product item", "The id of what is charged, as in the master data.",
                                   "item", "item code", "sku",
                                   refers="product_items", example="TRAIN-DAY"),
        "product": identifier("Product", "The id of a product, where no item is meant.", "product code", "product id",
                              refers="products", example="TRAINING"),
        "pricing_name": text("Pricing name", "The words for the invoice where no product fits, or instead of the item's name.",
                             "charge name", "item name", "product name", "service",
                             example="Extra training day"),
        "description": text("Description", "More about the line, printed below its name.", "details", "beschreibung", "item description",
                            "line description",                            limit=1000, example="11 November, on site"),
        "type": choice("Type", "charge, or deduction for a line that takes away. Empty: by the sign of the quantity.",
                       ("charge", "deduction"), "line type", example="charge"),
        "quantity": number("Quantity", "How many. Empty means 1. Negative for a deduction.", "qty", "units",
                           "number of units", "no of units",                           example="2"),
        "unit": text("Unit", "Such as hour, day, piece. Empty: the product's.", "unit of measure", "uom", "einheit",
                     limit=40, example="day"),
        "unit_price": number("Unit price", "The price of one unit. Empty: the product's, unless an amount is given.",
                             "price", "unit cost", "rate", "unit rate", "hourly rate", "price each", "price per unit",
                             "net price", "net unit price", "unit price net", "unit price excl vat", "price excl vat",                             example="500.00"),
        "base_quantity": number("Base quantity", "How many units the price is for; 100 for a price per hundred. Empty means 1.",
                                "price per", above=0, example="1"),
        "amount": number("Amount", "The line's amount. With a unit price too, the two must agree.",
                         "line amount", "line total", "net amount", "amount net", "total price", "amount excl vat",
                         "extended price", kind="number",
                         example="1000.00"),
        "period_start": day("Period start", "The first day that the line is for. One date alone means one full day.",
                            "from", "service start", example="2026-11-10"),
        "period_end": day("Period end", "The last day that the line is for, included.", "to", "until", "service end",
                          example="2026-11-11"),
        "tax_code": identifier("Tax code", "Only to overrule the tax that customer, product and entity lead to.",
                               "vat code", refers="taxes", example="NL21"),
    },
)  # fmt: skip

CONTROL = Table(
    "control",
    "Control",
    "Totals from your own books, one row per currency. A difference stops the whole batch.",
    ("control totals", "totals", "kontrolle", "controle"),
    {
        "currency": currency("Currency", "The currency that the row counts.", required=True, example="EUR"),
        "invoice_count": number("Invoice count", "How many invoices there are in this currency.", "invoices", "count",
                                least=0,                                example="12"),
        "net_total": number("Net total", "The sum of the invoices' net totals in this currency.", "net", "total net",
                            kind="amount", example="15420.00"),
        "quantity_total": number("Quantity total", "The sum of all quantities: a hash total that catches lost lines.",
                                 "quantity hash", "total quantity", example="48"),
    },
)  # fmt: skip

UPLOAD = (INVOICES, LINES, CONTROL)
HEADER_FIELDS = tuple(INVOICES.columns)
NAMES_A_DISCOUNT = (
    "discount", "rebate", "rabatt", "skonto", "nachlass", "remise", "descuento", "korting", "commitment", "minimum commit",
    "ermassigung", "abschlag", "markdown", "price reduction", "sconto", "rebaja", "afslag", "bonificacion", "allowance", "prepaid",
    "anzahlung", "acompte", "anticipo", "disc", "dto", "dscto",
)  # fmt: skip
"""Words in a header that make it a discount or a commitment, which one-off invoices refuse (domain §1.6)."""
