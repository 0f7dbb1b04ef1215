"""Invoice sheets as other programs write them, for customers of the sample company and with each program's habits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from .files import Rows, Sheets, write_csv, write_workbook

BERG, NOORD, HAFEN, THORN = (
    "Van den Berg Techniek B.V.", "Noorderlicht Academie", "Hafenlicht Logistik GmbH", "Thornbury & Hale LLP",
)  # fmt: skip

_XERO_LATE = ("", "Draft")
XERO: Rows = (
    ("*ContactName", "EmailAddress", "*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate", "Total", "InventoryItemCode",
     "*Description", "*Quantity", "*UnitAmount", "Discount", "*AccountCode", "*TaxType", "TaxAmount", "Currency",
     "BrandingTheme", "Status"),
    (BERG, "ap@berg.example", "INV-0301", "PO 77812", "05/11/2026", "05/12/2026", "2807.20", "TRAIN-DAY",
     "Forklift safety, group A", "2", "950.00", "", "200", "21% (BTW Hoog)", "399.00", "EUR", *_XERO_LATE),
    (BERG, "ap@berg.example", "INV-0301", "PO 77812", "05/11/2026", "05/12/2026", "2807.20", "ROOM-DAY",
     "Room with lunch", "1", "420.00", "0", "200", "21% (BTW Hoog)", "88.20", "EUR", *_XERO_LATE),
    (HAFEN, "", "INV-0302", "", "06/11/2026", "06/12/2026", "1560.00", "TRAIN-ONLINE", "Online class, 13 seats", "13",
     "120.00", "", "205", "Zero Rated EC Services", "0.00", "EUR", "", "Awaiting Payment"),
    (THORN, "", "INV-0303", "TH/26/0498", "13/11/2026", "13/12/2026", "820.00", "", "Workshop in London", "1", "820.00", "",
     "205", "No VAT", "0.00", "GBP", *_XERO_LATE),
)  # fmt: skip

QUICKBOOKS: Rows = (
    ("InvoiceNo", "Customer", "InvoiceDate", "DueDate", "Terms", "Location", "Memo", "Item(Product/Service)",
     "ItemDescription", "ItemQuantity", "ItemRate", "ItemAmount", "ItemTaxCode", "ItemTaxAmount", "Currency",
     "Service Date"),
    ("1041", BERG, "16/11/2026", "16/12/2026", "Net 30", "Utrecht", "Thank you!", "Training",
     "Forklift safety, group A", "2",
     "950.00", "1900.00", "21.0% S", "399.00", "EUR", "03/11/2026"),
    ("1041", "", "", "", "", "", "", "Training room", "", "1", "420.00", "420.00", "21.0% S", "88.20", "", "03/11/2026"),
    ("1042", NOORD, "17/11/2026", "01/12/2026", "Net 14", "", "", "Coaching", "Intake", "1.5", "180.00", "270.00", "21.0% S",
     "56.70", "EUR", "10/11/2026"),
)  # fmt: skip

ZOHO: Rows = (
    ("Invoice Date", "Invoice ID", "Invoice Number", "Invoice Status", "Customer Name", "Customer ID", "Due Date",
     "PurchaseOrder",
     "Currency Code", "Exchange Rate", "Discount Type", "Is Discount Before Tax", "Entity Discount Percent",
     "Entity Discount Amount", "Item Name", "Item Desc", "Quantity", "Usage unit", "Item Price", "Discount",
     "Discount Amount", "Item Total", "SubTotal", "Total", "Balance", "Shipping Charge", "Adjustment", "Payment Terms",
     "Payment Terms Label", "Notes", "Terms & Conditions", "Subject"),
    ("2026-11-12", "982000000567001", "INV-000217", "Draft", BERG, "982000000099", "2026-12-12", "77812", "EUR", "1.00",
     "entity_level", "true", "0.00", "0.000", "Training day", "Forklift safety", "2.00", "day", "950.00", "0.00",
     "0.00", "1900.00",
     "2320.00", "2807.20", "2807.20", "0.00", "0.00", "30", "Net 30", "Thanks for your business.", "", ""),
    ("2026-11-12", "982000000567001", "INV-000217", "Draft", BERG, "982000000099", "2026-12-12", "77812", "EUR", "1.00",
     "entity_level", "true", "0.00", "0.000", "Room", "Room with lunch", "1.00", "day", "420.00", "0.00", "0.00", "420.00",
     "2320.00", "2807.20", "2807.20", "0.00", "0.00", "30", "Net 30", "Thanks for your business.", "", ""),
    ("2026-11-13", "982000000567002", "INV-000218", "Overdue", HAFEN, "982000000100", "2026-11-20", "", "EUR", "1.00",
     "item_level", "true", "0.00", "0.000", "Online class", "", "13.00", "seat", "120.00", "0.00", "0.00", "1560.00",
     "1560.00",
     "1560.00", "1560.00", "0.00", "0.00", "7", "Net 7", "", "", ""),
    ("2026-11-13", "982000000567003", "INV-000219", "Void", NOORD, "982000000101", "2026-11-27", "", "EUR", "1.00",
     "item_level", "true", "0.00", "0.000", "Coaching", "", "1.50", "hour", "180.00", "0.00", "0.00", "270.00", "270.00",
     "326.70", "0.00", "0.00", "0.00", "14", "Net 14", "", "", ""),
)  # fmt: skip

ODOO: Rows = (
    ("Partner", "Invoice Bill Date", "Due Date", "Payment Terms", "Journal", "Invoice Lines/Product",
     "Invoice Lines/Account",
     "Invoice Lines/Quantity", "Invoice Lines/Unit Price", "Invoice Lines/Taxes", "Reference"),
    (BERG, "2026-11-05", "", "30 Days", "Customer Invoices", "[TRAIN-DAY] Forklift safety", "400000", 2, Decimal("950.00"),
     "21%", "PO 77812"),
    (None, None, None, None, None, "[ROOM-DAY] Room with lunch", "400000", 1, Decimal("420.00"), "21%", None),
    (HAFEN, "2026-11-06", "2026-12-06", None, "Customer Invoices", "[TRAIN-ONLINE] Online class", "400000", 13,
     Decimal("120.00"), None, None),
    (NOORD, "2026-11-10", "", "Immediate Payment", "Customer Invoices", "[COACH-HOUR] Intake", "400000", Decimal("1.5"),
     Decimal("180.00"), "21%", None),
)  # fmt: skip

NINJA: Rows = (
    ("Brightwater Training B.V. - Invoices",),
    ("invoice.number", "invoice.date", "invoice.due_date", "invoice.po_number", "client.name", "item.product_key",
     "item.notes", "item.cost", "item.quantity", "item.tax_name1", "item.tax_rate1", "item.tax_rate2", "item.discount",
     "invoice.amount", "invoice.status"),
    ("0088", "2026-11-05", "2026-12-05", "77812", BERG, "Training day", "Forklift safety, group A", "950", "2", "BTW",
     "21", "0",
     "0", "2807.20", "Draft"),
    ("0088", "2026-11-05", "2026-12-05", "77812", BERG, "Room", "With lunch", "420", "1", "BTW", "21", "0", "0", "2807.20",
     "Draft"),
    ("0089", "2026-11-06", "2026-12-06", "", HAFEN, "Online class", "", "120", "13", "", "", "0", "0", "1560.00", "Sent"),
    ("0090", "2026-11-06", "2026-11-20", "", NOORD, "Coaching", "Intake", "180", "1.5", "BTW", "21", "0", "0", "326.70",
     "Paid"),
)  # fmt: skip

ERPNEXT: Rows = (
    ("ID", "Customer", "Date", "Payment Due Date", "Currency", "Item (Items)", "Item Name (Items)", "Quantity (Items)",
     "Rate (Items)", "Amount (Items)", "Item Tax Template (Items)"),
    ("SINV-26-00061", BERG, "2026-11-05", "2026-12-05", "EUR", "TRAIN-DAY", "Forklift safety, group A", "2", "950", "1900",
     "VAT 21% - BT"),
    ("", "", "", "", "", "ROOM-DAY", "Room with lunch", "1", "420", "420", "VAT 21% - BT"),
    ("SINV-26-00062", HAFEN, "2026-11-06", "2026-12-06", "EUR", "TRAIN-ONLINE", "Online class", "13", "120", "1560", ""),
    ("", "", "", "", "", "BOOK-WORK", "Participant's workbook", "13", "14.95", "194.35", ""),
)  # fmt: skip

FRESHBOOKS: Rows = (
    ("Client Name", "Invoice #", "Date Issued", "Invoice Status", "Date Paid", "Item Name", "Item Description", "Rate",
     "Quantity", "Discount Percentage", "Line Subtotal", "Tax 1 Type", "Tax 1 Amount", "Tax 2 Type", "Tax 2 Amount",
     "Line Total", "Currency"),
    (BERG, "0000412", "2026-11-05", "Draft", "", "Training", "Forklift safety, group A", "950.00", "2.00", "0.00", "1900.00",
     "BTW", "399.00", "", "0.00", "2299.00", "EUR"),
    (BERG, "0000412", "2026-11-05", "Draft", "", "Room", "With lunch", "420.00", "1.00", "0.00", "420.00", "BTW",
     "88.20", "",
     "0.00", "508.20", "EUR"),
    ("Érable Assurances inc.", "0000413", "2026-11-06", "Viewed", "", "Journée de formation", "", "1400.00", "1.00", "0.00",
     "1400.00", "TPS", "70.00", "TVQ", "139.65", "1609.65", "CAD"),
    (NOORD, "0000414", "2026-11-06", "Paid", "2026-11-16", "Coaching", "Intake", "180.00", "1.50", "0.00", "270.00", "BTW",
     "56.70", "", "0.00", "326.70", "EUR"),
)  # fmt: skip

AKAUNTING: Sheets = {
    "invoices": (
        ("invoice_number", "order_number", "status", "invoiced_at", "due_at", "amount", "discount_type", "discount_rate",
         "currency_code", "currency_rate", "category_name", "contact_name", "contact_email"),
        ("INV-00031", "77812", "draft", datetime(2026, 11, 5, 9, 30), date(2026, 12, 5), Decimal("2807.20"), None, 0,
         "EUR", 1,
         "Sales", BERG, "ap@berg.example"),
        ("INV-00032", None, "sent", datetime(2026, 11, 6, 9, 41), date(2026, 12, 6), Decimal("1560.00"), None, 0, "EUR", 1,
         "Sales", HAFEN, None),
        ("INV-00033", None, "cancelled", datetime(2026, 11, 6, 9, 45), date(2026, 12, 6), Decimal("326.70"), None, 0,
         "EUR", 1,
         "Sales", NOORD, None),
        ("INV-00034", None, "sent", datetime(2026, 11, 6, 10, 2), date(2026, 12, 6), Decimal("653.40"), None, 0, "EUR", 1,
         "Sales", NOORD, None),
    ),
    "invoice_items": (
        ("invoice_number", "item_name", "item_description", "item_type", "quantity", "discount_type", "discount_rate",
         "price",
         "total", "tax"),
        ("INV-00031", "Training day", "Forklift safety, group A", "service", 2, "percentage", 0, Decimal("950.00"),
         Decimal("1900.00"), Decimal("399.00")),
        ("INV-00031", "Room", "With lunch", "service", 1, "percentage", 0, Decimal("420.00"), Decimal("420.00"),
         Decimal("88.20")),
        ("INV-00032", "Online class", None, "service", 13, "percentage", 0, Decimal("120.00"), Decimal("1560.00"), 0),
        ("INV-00033", "Coaching", "Intake", "service", Decimal("1.5"), "percentage", 0, Decimal("180.00"), Decimal("270.00"),
         Decimal("56.70")),
        ("INV-00034", "Coaching", "Intake", "service", 3, "percentage", 0, Decimal("180.00"), Decimal("540.00"),
         Decimal("113.40")),
    ),
    "invoice_item_taxes": (
        ("invoice_number", "item_name", "tax_name", "tax_rate", "amount"),
        ("INV-00031", "Training day", "BTW", 21, Decimal("399.00")),
        ("INV-00031", "Room", "BTW", 21, Decimal("88.20")),
        ("INV-00033", "Coaching", "BTW", 21, Decimal("56.70")),
        ("INV-00034", "Coaching", "BTW", 21, Decimal("113.40")),
    ),
    "invoice_transactions": (
        ("invoice_number", "transaction_number", "paid_at", "amount", "currency_code", "currency_rate", "account_name",
         "contact_email", "category_name", "description", "payment_method", "reference", "reconciled"),
        ("INV-00034", "TRA-00052", date(2026, 11, 16), Decimal("200.00"), "EUR", 1, "Bank", None, "Sales", None,
         "offline-payments.bank_transfer.2", None, 0),
    ),
}  # fmt: skip

CSVS: Mapping[str, Rows] = {
    "xero": XERO, "quickbooks-online": QUICKBOOKS, "zoho-books": ZOHO, "invoice-ninja": NINJA, "erpnext": ERPNEXT,
    "freshbooks": FRESHBOOKS,
}  # fmt: skip


def write_programs(folder: Path) -> None:
    """Write a sheet for each shipped profile."""
    for name, rows in CSVS.items():
        write_csv(folder / f"{name}.csv", rows)
    write_workbook(folder / "odoo.xlsx", {"Invoices": ODOO})
    write_workbook(folder / "akaunting.xlsx", AKAUNTING)
