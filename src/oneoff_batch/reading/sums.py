"""The words by which people name a sum or a tax below their lines, in five languages."""

from __future__ import annotations

import re

from .wording import normalised

_SUMS = frozenset(
    """
    total totals grandtotal subtotal sum balance due net gross amount
    summe gesamt gesamtsumme gesamtbetrag zwischensumme netto nettobetrag brutto bruttobetrag betrag endbetrag
    rechnungsbetrag zahlbetrag saldo ubertrag
    totale totales somme montant solde payer
    suma neto bruto importe pagar
    totaal eindtotaal subtotaal bedrag betalen
    vat tax taxes gst hst pst qst mwst ust mehrwertsteuer umsatzsteuer btw tva iva
    """.split()
)
_AROUND = frozenset(
    """
    grand sub invoice sales before after with without including incl excluding excl plus carried forward of the on to at rate
    rechnung inkl exkl zzgl ohne mit vor nach der auf
    sous general facture ht ttc hors avec avant apres net a reste de du la le sur
    factura con sin del el
    factuur te voor na op van hoog laag
    eur usd gbp chf
    """.split()
)
_SPLIT = ((r"\bmw st\b", "mwst"), (r"\bu st\b", "ust"), (r"\bcarried forward\b", "balance carried forward"))
"""What is one word, or says without its noun what it is."""
_FIGURES = re.compile(r"[0-9]+")


def names_a_sum(text: str) -> bool:
    """Whether a text is nothing but the name of a sum or a tax, perhaps with a rate, an amount or a currency.

    >>> names_a_sum("VAT 21%"), names_a_sum("Sous-total HT"), names_a_sum("Tax advice"), names_a_sum("Plus 21")
    (True, True, False, False)
    """
    words = normalised(text)
    for pattern, one in _SPLIT:
        words = re.sub(pattern, one, words)
    named = [word for word in words.split() if not _FIGURES.fullmatch(word)]
    return not _SUMS.isdisjoint(named) and all(word in _SUMS or word in _AROUND for word in named)
