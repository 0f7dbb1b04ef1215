"""The sheet on which a reviewer decides: its columns, which of them she fills in, and the words of a decision."""

from __future__ import annotations

from collections.abc import Mapping

from .kinds import currency, day, identifier, number, text
from .table import Table

DECISIONS: Mapping[str, str] = {"approve": "Approve", "hold": "Hold", "decline": "Decline"}
"""The move that each decision makes (`lifecycle.MOVES`), with the word of the drop-down."""
DECISION_WORDS: Mapping[str, str] = {
    **{word.casefold(): move for move, word in DECISIONS.items()},
    "approved": "approve",
    "on hold": "hold",
    "held": "hold",
    "declined": "decline",
}
"""What may be typed for a decision, in small letters, with the move that it makes."""
TYPED = ("decision", "comment")
"""The columns that a reviewer fills in; all others are locked."""

REVIEW = Table(
    "review",
    "Review",
    "One row per invoice of a batch; a decision and a comment are filled in, everything else is locked.",
    (),
    {
        "decision": text("Decision", "Approve, Hold or Decline. Empty: no decision yet.", required=True),
        "comment": text("Comment", "Why; it is kept with the decision. A decline needs one."),
        "invoice_ref": identifier("Invoice Ref", "The invoice; a link to its page.", required=True),
        "customer": identifier("Customer", "Who is billed, by id."),
        "buyer_name": text("Name", "Who is billed."),
        "warnings": number("Warnings", "How many warnings the upload had about the invoice."),
        "first_warning": text("First Warning", "The first of them."),
        "currency": currency("Currency", "The currency of the amounts."),
        "net_total": number("Net", "Without tax.", kind="amount"),
        "tax_total": number("Tax", "The tax.", kind="amount"),
        "gross_total": number("Gross", "With tax.", kind="amount"),
        "last_gross": number("Last Month", "What the customer came to in its last month, with tax.", kind="amount"),
        "difference": number(
            "Difference", "How much more the customer comes to this month, up to this batch.", kind="amount"
        ),
        "change": number("Change %", "The difference in percent of the last month.", kind="amount"),
        "shown_date": day("Invoice Date", "Planned, where it is only known when the invoice becomes final."),
        "outside": text("Period Outside Month", "What lines are for, where that is not in the month of the invoice date."),
        "po_number": identifier("PO Number", "The customer's purchase order."),
        "status": text("Status", "Draft, open or final, and whether it is on hold."),
        "approval": text("Approval", "What was decided so far, and by whom."),
        "content_hash": identifier("Fingerprint", "What the decision is about, down to the last character.", required=True),
    },
)
MOVING = frozenset({"status", "approval"})
"""Locked columns that change while the reviewer has the workbook; they are shown, and not held against the book."""
LOCKED = tuple(name for name in REVIEW.columns if name not in {*TYPED, *MOVING})
"""Columns whose cells must say what the book says."""
