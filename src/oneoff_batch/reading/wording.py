"""The words of a header: how two of them mean the same, and what they say of currency, unit, tax and total."""

from __future__ import annotations

import re
import unicodedata

from ..money import CURRENCY_MARKS, SHARED_MARKS, currencies

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[\W_]+")
_CODES = "|".join((*currencies(), "eur", "usd", "gbp", "chf", "Eur", "Euro", "euro"))
"""In capitals only: a word such as "all" or "top" is no currency, but ALL and TOP are."""
_SIGNS = "|".join(re.escape(m) for m in sorted((*CURRENCY_MARKS, *SHARED_MARKS), key=len, reverse=True))
_MONEY = re.compile(
    rf"\s*[(\[]\s*(?:in\s+|en\s+)?(?P<inside>{_SIGNS}|{_CODES})\s*[)\]]"
    rf"|[\s,:/_-]+(?:(?:in|en)\s+)?(?P<code>{_SIGNS}|{_CODES})\s*\Z"
    r"|\s*(?P<sign>[€£$¥])\s*\Z"
)
_ANYWHERE = re.compile(rf"([€£$¥]|(?<![A-Za-z])(?:{_CODES})(?![A-Za-z]))")
_UNIT = re.compile(
    r"\s*[(\[]\s*(?:in\s+|en\s+)?(?:h|hrs?|hours?|std|stunden|heures?|horas?|uur|uren|days?|tage?|pt|jours?|dias?|dagen"
    r"|pcs|pieces?|units?|stk|st|stück|stueck|pi[eè]ces?|unidades|uds?|stuks|ea|each|kg|km)\.?\s*[)\]]\s*\Z",
    re.IGNORECASE,
)
_LONGEST = 300
"""A header is shorter; in a longer text a pattern may take its time."""
_TAX = frozenset("tax taxes vat gst mwst ust umsatzsteuer mehrwertsteuer steuer tva taxe btw iva impuesto".split())
_TAX_TOO = frozenset(
    "steuersatz steuerbetrag mwstsatz mwstbetrag ustsatz ustbetrag btwbedrag btwtarief btwpercentage "
    "mehrwertsteuersatz".split()
)
_OF_TAX = frozenset(
    "rate rates amount total percent percentage in satz betrag prozent taux montant de du la del tipo cuota importe "
    "porcentaje bedrag tarief percentage line item sales eur usd gbp chf".split()
)
_OF_RATES = ("rate", "rates", "percent", "percentage", "satz", "prozent", "taux", "tipo", "porcentaje", "tarief")
_TOTAL = frozenset("total gesamt summe totaal totale sum subtotal zwischensumme soustotal subtotaal".split())


def normalised(text: str) -> str:
    """Return the words of a header: no case, accents, punctuation or camel humps.

    >>> normalised("PO_Number"), normalised("unitPrice"), normalised(" Währung: ")
    ('po number', 'unit price', 'wahrung')
    """
    plain = unicodedata.normalize("NFKD", _HUMPS.sub(" ", text))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", letters.casefold()).strip()


def key(text: str) -> str:
    """Return what two headers must share to mean the same: their words without the spaces."""
    return normalised(text).replace(" ", "")


def without_currency(header: str) -> str:
    """Return a header without the currency that stands in brackets or behind it, or as it is.

    >>> without_currency("Unit price (EUR)"), without_currency("Betrag €"), without_currency("Price in USD")
    ('Unit price', 'Betrag', 'Price')
    """
    return _MONEY.sub("", header, count=1) if len(header) <= _LONGEST else header


def currency_in(header: str) -> str:
    """Return the mark or code of the currency that a header names beside its words, "" for none.

    >>> currency_in("Unit price (EUR)"), currency_in("$ Price"), currency_in("All in price")
    ('EUR', '$', '')
    """
    if len(header) > _LONGEST:
        return ""
    found = _MONEY.search(header) or (None if header.isupper() else _ANYWHERE.search(header))
    mark = next((m for m in found.groups() if m), "") if found else ""
    return "EUR" if mark.casefold() == "euro" else mark


def without_unit(header: str) -> str:
    """Return a header without the unit that stands in brackets behind it, or as it is.

    >>> without_unit("Quantity (hours)"), without_unit("Quantity (net)")
    ('Quantity', 'Quantity (net)')
    """
    return _UNIT.sub("", header) if len(header) <= _LONGEST else header


def names_a_tax(header: str) -> bool:
    """Whether a header is that of a tax's amount or rate: a word for tax, and no word that makes it something else.

    >>> names_a_tax("MwSt. %"), names_a_tax("Tax amount (EUR)"), names_a_tax("VAT number"), names_a_tax("Tax region")
    (True, True, False, False)
    """
    words = normalised(header).split()
    joined = "".join(words)
    if joined in _TAX_TOO or joined in _TAX:
        return True
    return any(w in _TAX | _TAX_TOO for w in words) and all(w in _TAX | _TAX_TOO | _OF_TAX for w in words)


def names_a_rate(header: str) -> bool:
    """Whether a header is that of a tax's rate, in percent.

    >>> names_a_rate("MwSt. %"), names_a_rate("Tax rate"), names_a_rate("Tax amount"), names_a_rate("VAT")
    (True, True, False, False)
    """
    said = "%" in header or any(word.endswith(_OF_RATES) for word in normalised(header).split())
    return said and names_a_tax(header)


def is_a_total(header: str) -> bool:
    """Whether a header says no more than that it is a total: of the line or the invoice, with tax or without.

    >>> is_a_total("Total"), is_a_total("Gesamt (EUR)"), is_a_total("Total weight")
    (True, True, False)
    """
    return key(without_currency(header)) in _TOTAL
