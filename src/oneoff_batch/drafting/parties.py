"""Who bills whom: a snapshot of the billing entity and the customer on every invoice (domain §7)."""

from __future__ import annotations

import pandas as pd

from ..checking.batch import Master
from ..settings import Settings
from .drafts import BUYER, SELLER
from .frames import first_given, places, taken, words

_FROM_ENTITY = {
    "tax_code": "entity_tax_code",
    "currency": "entity_currency",
    "payment_terms": "entity_terms",
    "locale": "entity_locale",
    "tax_rounding": "entity_rounding",
    "series": "entity_series",
    "apply_local_vat_for_missing_tax_id": "applies_local_vat",
    "oss": "has_oss",
}
_FROM_CUSTOMER = {
    "tax_code": "customer_tax_code",
    "payment_terms": "customer_terms",
    "locale": "customer_locale",
    "vat_id_status": "vat_id_status",
    "tax_exempt": "is_exempt",
    "tax_exempt_note": "exempt_note",
}


def with_parties(invoices: pd.DataFrame, master: Master, settings: Settings) -> pd.DataFrame:
    """Add seller and buyer as they are now, and what else the rules need to know of them.

    Adds `seller_*`, `buyer_*`, `series`, `locale`, `tax_rounding` and the defaults of entity and customer.
    A customer without a type is an ORGANIZATION, and a VAT id without a status is UNKNOWN.
    """
    at_entity = places(master.entities["billing_entity"], invoices["billing_entity"])
    at_customer = places(master.customers["customer"], invoices["customer"])
    seller = {**{n: f"seller_{n}" for n in SELLER}, **_FROM_ENTITY}
    buyer = {**{n: f"buyer_{n}" for n in BUYER}, **_FROM_CUSTOMER}
    index = invoices.index
    full = invoices.assign(
        **{new: taken(master.entities[old], at_entity, index) for old, new in seller.items()},
        **{new: taken(master.customers[old], at_customer, index) for old, new in buyer.items()},
    )
    return full.assign(
        buyer_type=full["buyer_type"].fillna("ORGANIZATION"),
        vat_id_status=full["vat_id_status"].fillna("UNKNOWN"),
        series=full["entity_series"].fillna(settings.numbers.invoices),
        locale=first_given(full["customer_locale"], full["entity_locale"], words("en_GB", index)),
        tax_rounding=full["entity_rounding"].fillna(settings.tax.rounding),
    )
