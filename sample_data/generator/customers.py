"""Whom Brightwater Training bills; every name is invented, and VAT ids only pass their check digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .files import Record


def _customer(id_: str, name: str, street: str, postcode: str, city: str, country: str, **more: Any) -> Record:
    known = {"type": "ORGANIZATION", "status": "ACTIVE", **more}
    if "vat_id" in known and "vat_id_status" not in known:
        known["vat_id_status"] = "VALID"
    mail = "".join(c for c in name.casefold().split()[0] if c.isascii() and c.isalnum())
    return {
        "customer": id_, "name": name, "address_line_1": street, "postcode": postcode, "city": city, "country": country,
        "email": f"invoices@{mail or 'customer'}.example", **known,
    }  # fmt: skip


CUSTOMERS: Sequence[Record] = (
    _customer("C-1001", "Van den Berg Techniek B.V.", "Oudegracht 14", "3511 AP", "Utrecht", "NL", locale="nl_NL",
              vat_id="NL864120011B01", reference="SF-88101", **{"Cost centre": "4410"}),
    _customer("C-1002", "Gemeente Waterstad", "Raadhuisplein 1", "8011 ZW", "Zwolle", "NL", locale="nl_NL",
              reference="SF-88102", payment_terms="end of month", **{"Cost centre": "OPL-7"}),
    _customer("C-1003", "Noorderlicht Academie", "Grote Markt 9", "9711 LV", "Groningen", "NL", locale="nl_NL",
              vat_id="NL819070002B02", reference="SF-88103", payment_terms="14 days"),
    _customer("C-1004", "Sanne de Wit", "Lindelaan 22", "2341 KC", "Oegstgeest", "NL", type="INDIVIDUAL", locale="nl_NL",
              payment_terms="due on receipt"),
    _customer("C-1005", "Stichting Vrede en Recht", "Carnegieplein 5", "2517 KJ", "Den Haag", "NL", tax_exempt="yes",
              tax_exempt_note="Exempt: international organisation, article 151 of Directive 2006/112/EC",
              reference="SF-88105"),
    _customer("C-1006", "Delta Trade Europe B.V.", "Wilhelminakade 88", "3072 AR", "Rotterdam", "NL", currency="USD",
              vat_id="NL855330003B01", reference="SF-88106", locale="en_GB"),
    _customer("C-1101", "Hafenlicht Logistik GmbH", "Am Sandtorkai 50", "20457", "Hamburg", "DE", locale="de_DE",
              vat_id="DE136695976", reference="SF-88111", **{"Cost centre": "LOG-02"}),
    _customer("C-1102", "Bergmann & Söhne KG", "Marienplatz 3", "80331", "München", "DE", locale="de_DE",
              vat_id="DE314150007", reference="SF-88112", payment_terms="14 days", **{"Cost centre": "70/115"}),
    _customer("C-1103", "Atelier Lumière SARL", "12, rue de la Paix", "75002", "Paris", "FR", locale="fr_FR",
              vat_id="FR40303265045", reference="SF-88113", payment_terms="end of month + 15 days"),
    _customer("C-1104", "Brouwerij De Zwaan NV", "Grote Markt 21", "2000", "Antwerpen", "BE", locale="nl_BE",
              vat_id="BE0428759497", reference="SF-88114"),
    _customer("C-1105", "Officine Ferrante S.r.l.", "Via Torino 40", "20123", "Milano", "IT", locale="it_IT",
              vat_id="IT00743110157", reference="SF-88115", payment_terms="2 months"),
    _customer("C-1106", "Viajes Solana S.L.", "Calle Mayor 8", "28013", "Madrid", "ES", locale="es_ES",
              vat_id="ESB82650003", reference="SF-88116", payment_terms="60 days"),
    _customer("C-1107", "Aigaio Shipping A.E.", "Akti Miaouli 85", "185 38", "Piraeus", "GR", locale="el_GR",
              vat_id="EL094259216", reference="SF-88117"),
    _customer("C-1108", "Fjärdvik Energi AB", "Strandvägen 7", "114 56", "Stockholm", "SE", locale="sv_SE",
              vat_id="SE556188840401", reference="SF-88118", currency="SEK"),
    _customer("C-1109", "Liffey Analytics Ltd", "25 Sir John Rogerson's Quay", "D02 X576", "Dublin", "IE", locale="en_IE",
              vat_id="IE6433435F", vat_id_status="UNKNOWN", reference="SF-88119"),
    _customer("C-1110", "Studio Papillon", "3, place Bellecour", "69002", "Lyon", "FR", locale="fr_FR",
              reference="SF-88120"),
    _customer("C-1201", "Aino Korhonen", "Mannerheimintie 12 A 4", "00100", "Helsinki", "FI", type="INDIVIDUAL",
              locale="fi_FI", reference="WEB-3001"),
    _customer("C-1202", "Lukas Brandt", "Torstraße 101", "10119", "Berlin", "DE", type="INDIVIDUAL", locale="de_DE",
              reference="WEB-3002"),
    _customer("C-1203", "Camille Roux", "8, quai des Chartrons", "33000", "Bordeaux", "FR", type="INDIVIDUAL",
              locale="fr_FR", reference="WEB-3003"),
    _customer("C-1204", "Inês Carvalho", "Rua Augusta 44", "1100-053", "Lisboa", "PT", type="INDIVIDUAL", locale="pt_PT",
              reference="WEB-3004"),
    _customer("C-1301", "Thornbury & Hale LLP", "9 Fenchurch Street", "EC3M 4BR", "London", "GB", locale="en_GB",
              vat_id="GB980780684", currency="GBP", reference="SF-88131", payment_terms="1 month"),
    _customer("C-1302", "Alpenrose Versicherungen AG", "Bahnhofstrasse 20", "8001", "Zürich", "CH", locale="de_CH",
              currency="CHF", reference="SF-88132"),
    _customer("C-1303", "Nordkyst Fiskeri AS", "Strandgata 3", "9008", "Tromsø", "NO", locale="nb_NO", reference="SF-88133"),
    _customer("C-1401", "Hudson Valley Health Network", "300 Broadway", "12207", "Albany", "US", region="NY", locale="en_US",
              billing_entity="US01", reference="SF-88141", **{"Cost centre": "HR-EDU"}),
    _customer("C-1402", "Lone Star Robotics LLC", "1100 Congress Avenue", "78701", "Austin", "US", region="TX",
              locale="en_US", billing_entity="US01", reference="SF-88142", payment_terms="45 days"),
    _customer("C-1403", "Pacific Rim Books Co.", "820 Market Street", "94103", "San Francisco", "US", region="CA",
              locale="en_US", currency="USD", reference="SF-88143"),
    _customer("C-1501", "Érable Assurances inc.", "900, boulevard René-Lévesque Est", "G1R 2B5", "Québec", "CA", region="QC",
              locale="fr_CA", billing_entity="CA01", tax_code="CA-QC", reference="SF-88151"),
    _customer("C-1502", "Trillium Foods Ltd.", "77 King Street West", "M5K 1A1", "Toronto", "CA", region="ON",
              locale="en_CA", billing_entity="CA01", tax_code="CA-ON", reference="SF-88152", payment_terms="2 weeks"),
    _customer("C-1503", "Prairie Skills Ltd.", "505 9 Avenue SW", "T2P 1B4", "Calgary", "CA", region="AB", locale="en_CA",
              billing_entity="CA01", reference="SF-88153"),
    _customer("C-1601", "株式会社さくら精機", "丸の内1-9-2", "100-0005", "東京都", "JP", locale="ja_JP", currency="JPY",
              reference="SF-88161", payment_terms="end of month + 30 days"),
    _customer("C-1602", "Gulf Pearl Contracting W.L.L.", "Arabian Gulf Street, Block 3", "13001", "Kuwait City", "KW",
              locale="en_GB", currency="KWD", reference="SF-88162"),
    _customer("C-1603", "Oasis Hospitality FZ-LLC", "Dubai Internet City, Building 12", "500001", "Dubai", "AE",
              locale="en_GB", reference="SF-88163", currency="USD"),
    _customer("C-1900", "Oude Haven Cursussen V.O.F.", "Havenstraat 2", "4381 BA", "Vlissingen", "NL", locale="nl_NL",
              status="ARCHIVED", reference="SF-88190"),
    _customer("20011", "Harriet Cole", "14 Mill Lane", "BA1 5PW", "Bath", "GB", type="INDIVIDUAL", locale="en_GB"),
    _customer("20012", "Lucie Perrin", "8, rue des Lilas", "69003", "Lyon", "FR", type="INDIVIDUAL", locale="fr_FR"),
    _customer("20013", "Jonas Weber", "Gartenweg 5", "50667", "Köln", "DE", type="INDIVIDUAL", locale="de_DE"),
    _customer("20014", "Aoife Byrne", "3 Harbour Road", "D01 F5P2", "Dublin", "IE", type="INDIVIDUAL", locale="en_IE"),
    _customer("20015", "Bram Visser", "Singel 210", "1016 AB", "Amsterdam", "NL", type="INDIVIDUAL", locale="nl_NL"),
    _customer("20016", "Elise Peeters", "Meir 40", "2000", "Antwerpen", "BE", type="INDIVIDUAL", locale="nl_BE"),
)  # fmt: skip
