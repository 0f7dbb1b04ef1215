"""The sheets in which credit notes are asked for and payments are entered (domain §3 and §9)."""

from __future__ import annotations

from .kinds import currency, day, identifier, number, text
from .table import Table

_CURRENCY = currency("Currency", "Empty, or the currency of the invoice; another one is refused.", "ccy", example="EUR")
_NUMBER = ("invoice number", "invoice no", "invoice nr", "invoice", "no", "nr")

CREDITS = Table(
    "credits",
    "Credits",
    "One row per credit: a whole invoice, an amount of it, or one of its lines. Rows of one invoice make one credit note.",
    ("credit", "credit notes", "credits to make"),
    {
        "number": identifier("Number", "The number of the final invoice to credit.", *_NUMBER, required=True,
                             example="INV-2026-000001"),
        "line": number("Line", "The line, as it is numbered on the invoice. Empty: all of the invoice.", "line no",
                       "line number", "position", "pos", above=0, example="2"),
        "amount": number("Amount", "Empty: all that is left. Of a line: as its amount is on the invoice. Else: with tax.",
                         "credit amount", "credit", kind="amount", above=0, example="50.00"),
        "reason": text("Reason", "Why; it is printed on the credit note.", "why", "comment", required=True, limit=500,
                       example="Training day cancelled"),
        "currency": _CURRENCY,
    },
)  # fmt: skip

PAYMENTS = Table(
    "payment_list",
    "Payments",
    "One row per payment, in the currency of its invoice. Money that went back to the customer is a negative amount.",
    ("payment", "payments received", "receipts"),
    {
        "number": identifier("Number", "The number of the final invoice that was paid.", *_NUMBER, required=True,
                             example="INV-2026-000001"),
        "date": day("Date", "The day on which the money came.", "payment date", "paid on", "booking date", "value date",
                    required=True, example="2026-12-14"),
        "amount": number("Amount", "How much, with the decimals of the invoice's currency.", "amount paid", "paid",
                         "payment amount", kind="amount", required=True, example="1210.00"),
        "reference": text("Reference", "What tells this payment from others, such as the bank's reference.",
                          "bank reference", "payment reference", "transaction", "transaction id",
                          example="NL-2026-12-14-0031"),
        "currency": _CURRENCY,
    },
)  # fmt: skip

CORRECTIONS = (CREDITS, PAYMENTS)
