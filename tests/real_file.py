"""Master data for the real retail file, made from the file itself: it brings ids and countries, and nothing else."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path

RETAIL = Path(__file__).parents[2] / "shared" / "data" / "online_retail.csv.gz"
PROFILE = Path(__file__).parents[1] / "sample_data" / "profiles" / "online-retail.toml"
TOTAL = Decimal("9747747.934")
COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR", "Canada": "CA",
    "Channel Islands": "JE", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI",
    "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT",
    "Japan": "JP", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Norway": "NO",
    "Poland": "PL", "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES",
    "Sweden": "SE", "Switzerland": "CH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip


def write_workspace(root: Path, retail: Path = RETAIL) -> Path:
    """Write settings and a folder of master data CSVs for the retail file; returns the folder."""
    countries: dict[str, str] = {}
    with gzip.open(retail, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"]:
                countries.setdefault(row["CustomerID"].removesuffix(".0"), COUNTRIES.get(row["Country"], "GB"))
    master = root / "master"
    master.mkdir(parents=True)
    (root / "oneoff.toml").write_text('[files]\nmaster = "master"\n[dates]\nchronology = "off"\n', "utf-8")
    tables = {
        "Billing entities": [
            ["billing_entity", "name", "city", "country", "vat_id", "tax_code", "currency", "is_default"],
            ["UK01", "Retailer Ltd", "London", "GB", "GB123456789", "GB20", "GBP", "yes"],
        ],
        "Customers": [
            ["customer", "name", "city", "country", "type"],
            *([c, f"Customer {c}", "Town", land, "ORGANIZATION"] for c, land in countries.items()),
        ],
        "Taxes": [
            ["tax_code", "name", "country", "category", "rate", "valid_from", "valid_to"],
            ["GB20", "VAT 17.5 %", "GB", "S", "17.5", "", "2011-01-03"],
            ["GB20", "VAT 20 %", "GB", "S", "20", "2011-01-04", ""],
        ],
    }
    for name, rows in tables.items():
        with (master / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return root
