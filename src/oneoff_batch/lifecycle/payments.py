"""What payments make of an invoice: the third axis of its life (domain §3), derived and never stored."""

from __future__ import annotations

UNPAID, PARTIALLY_PAID, PAID, OVERPAID = "UNPAID", "PARTIALLY_PAID", "PAID", "OVERPAID"


def payment_status(due: int, paid: int) -> str:
    """Return where an invoice stands that comes to `due` after its final credit notes, of which `paid` was paid.

    Both are whole minor units; an invoice that pays the customer has a negative `due`.

    >>> payment_status(121, 0), payment_status(121, 21), payment_status(121, 121), payment_status(121, 130)
    ('UNPAID', 'PARTIALLY_PAID', 'PAID', 'OVERPAID')
    >>> payment_status(0, 0), payment_status(0, 121), payment_status(-50, -20)
    ('PAID', 'OVERPAID', 'PARTIALLY_PAID')
    """
    if due < 0:
        due, paid = -due, -paid
    if paid == due:
        return PAID
    if paid > due:
        return OVERPAID
    return PARTIALLY_PAID if paid > 0 else UNPAID
