"""The November batch: invoices that show every feature, and the routine ones of the month."""

from __future__ import annotations

from collections.abc import Sequence

from .rows import Invoice, invoice, line

MONTH = (1, 30)

HOME: Sequence[Invoice] = (
    invoice("NOV-001", "C-1001",
            line("TRAIN-DAY", 1, on=3, description="Presenting with confidence, group A", Project="P-118", Participants=12),
            line("TRAIN-DAY", 1, on=4, description="Presenting with confidence, group B", Project="P-118", Participants=11),
            invoice_date=16, po_number="4500017731", expected_total="2299.00", Region="south", Contract="BW-2026-041"),
    invoice("NOV-002", "C-1002",
            line("TRAIN-DAY", 1, "950.00", on=2, description="Plain language, part 1"),
            line("TRAIN-DAY", 1, "950.00", on=9, description="Plain language, part 2"),
            line("TRAIN-DAY", 1, "900.00", on=16, description="Plain language, part 3"),
            line("TRAIN-DAY", 1, "900.00", on=23, description="Plain language, part 4"),
            line("TRAIN-DAY", 2, "850.00", on=(24, 25), description="Final workshop, two trainers"),
            po_number="WSD-2026-0931", buyer_reference="OPL-7 / Bakker", Region="east", Contract="BW-2026-042",
            note="The same course five times, at the prices that we agreed for each."),
    invoice("NOV-003", "C-1003",
            line("TRAIN-DAY", 2, on=(5, 6), pricing_name="Train the trainer", description="Group of eight"),
            line("COACH-HOUR", "3.5", on=12),
            line(None, 1, product="SETUP", on=MONTH),
            line(None, None, pricing_name="Printing of course folders", amount="118.40", on=10),
            line(None, 3, "27.50", pricing_name="Lunch, per person", on=5),
            invoice_date=18, Region="north"),
    invoice("NOV-004", "SF-88101",
            line("TRAIN-DAY", 3, on=(10, 12), Project="P-121"),
            line("ROOM-DAY", 3, on=(10, 12), Project="P-121"),
            line(None, -1, "285.00", pricing_name="Less: one trainer was late", type="deduction", on=11),
            line(None, None, pricing_name="Less: deposit of October", amount="-500.00", type="deduction"),
            invoice_date=20, po_number="4500017802", expected_total="4023.25", Region="south", Contract="BW-2026-043"),
    invoice("NOV-005", "C-1002",
            line("PLAT-SEAT", 240, on=MONTH),
            line("PLAT-SMS", 12500, "4.25", base_quantity=100, on=MONTH, description="Reminders, price per 100"),
            line("PLAT-SMS", 333, on=MONTH, description="Reminders, single price"),
            delivery_date=30, Contract="BW-2026-044"),
    invoice("NOV-006", "C-1004",
            line("BOOK-HAND", 1, "35.00", tax_code="NL09"),
            line("BOOK-WORK", 2, "16.50", tax_code="NL09"),
            line("TRAIN-ONLINE", 1, "145.20", on=19, description="Evening class, all in"),
            invoice_date=19, prices_include_tax="yes", payment_terms="due on receipt", expected_total="213.20",
            footnote="Thank you for learning with us."),
    invoice("NOV-007", "C-1005",
            line("TRAIN-DAY", 2, on=(17, 18), description="Mediation skills"),
            line("BOOK-HAND", 8),
            invoice_date=23, buyer_reference="PO box 302, room 12", expected_total="2156.88"),
    invoice("NOV-008", "C-1006",
            line("TRAIN-DAY", 2, "1040.00", on=(12, 13)),
            line("TRAIN-ONLINE", 14, "131.00", on=(12, 27), Participants=14),
            line(None, 1, "85.55", pricing_name="Courier"),
            invoice_date=18, po_number="DTE-77120", note="Billed in US dollars; the tax is shown in euros too."),
    invoice("NOV-009", "C-1001",
            line("TRAIN-ONLINE", 18, on=(16, 20), Participants=18),
            line("CANCEL-SEAT", 18, description="Cover in case of illness"),
            line("PASS-EXAM", 18, "62.00", on=27),
            line("PASS-TRAVEL", 1, "148.36", on=16),
            po_number="4500017855", Contract="BW-2026-045", Region="south"),
    invoice("NOV-010", "C-1003",
            line("BOOK-HAND", 40, "28.90", tax_code="NL09", description="Price for forty"),
            line("BOOK-WORK", 40, tax_code="NL09"),
            line(None, 1, "24.80", pricing_name="Postage and packing", tax_code="NL21"),
            invoice_date=6, due_date=27, Region="north"),
    invoice("NOV-011", "C-1002",
            line("TRAIN-HALF", 1, on=26),
            line("TRAIN-HALF", 1, on=27),
            on_hold="no", payment_terms="end of month + 10 days"),
    invoice("NOV-012", "C-1004", line("COACH-HOUR", "1.25", on=20), line("COACH-HOUR", "0.75", on=27), invoice_date=23),
)  # fmt: skip

EUROPE: Sequence[Invoice] = (
    invoice("NOV-013", "C-1101",
            line("TRAIN-DAY", 2, on=(2, 3), description="Führung im Lager", Project="HH-9"),
            line("PASS-TRAVEL", 1, "212.40", on=2, description="Bahn Amsterdam–Hamburg"),
            invoice_date=12, po_number="LOG-2026-554", buyer_reference="Kostenstelle LOG-02", expected_total="2112.40"),
    invoice("NOV-014", "C-1102",
            line("PLAT-SEAT", 85, on=MONTH),
            line("COACH-HOUR", 6, on=(9, 20), description="Begleitung der Einführung"),
            invoice_date=20, due_date=30, Contract="BW-2026-051"),
    invoice("NOV-015", "C-1103",
            line("TRAIN-DAY", 1, on=18, description="L'art de l'accueil"),
            line("BOOK-WORK", 15),
            invoice_date=20, delivery_date=18, note="Merci de votre confiance."),
    invoice("NOV-016", "C-1104",
            line("TRAIN-DAY", 2, "925.00", on=(24, 25)), line("ROOM-DAY", 2, on=(24, 25)), po_number="BDZ/1184"),
    invoice("NOV-017", "C-1105",
            line("TRAIN-ONLINE", 22, on=(9, 13), Participants=22),
            line(None, None, pricing_name="Traduzione dei materiali", amount="640.00"),
            invoice_date=16, po_number="ODA-2026-318"),
    invoice("NOV-018", "C-1106",
            line("TRAIN-DAY", 1, on=19), line("TRAIN-HALF", 1, on=20), line("PASS-TRAVEL", 1, "389.12", on=18),
            invoice_date=23),
    invoice("NOV-019", "C-1107", line("PLAT-SEAT", 40, on=MONTH), line("TRAIN-ONLINE", 6, on=11)),
    invoice("NOV-020", "C-1108",
            line("TRAIN-DAY", 2, "10600.00", on=(5, 6)), line("TRAIN-ONLINE", 9, "1330.00", on=12), invoice_date=16,
            note="Priced in Swedish kronor."),
    invoice("NOV-021", "C-1109",
            line("PLAT-SEAT", 60, on=MONTH), line("PLAT-SMS", 4200, "4.25", base_quantity=100, on=MONTH)),
    invoice("NOV-022", "C-1201",
            line("TRAIN-ONLINE", 1, on=12, description="Evening class"), line("BOOK-WORK", 1, tax_code="FI14"),
            invoice_date=12, payment_terms="14 days"),
    invoice("NOV-023", "C-1202",
            line("TRAIN-ONLINE", 1, "142.80", on=17), line("COACH-HOUR", 1, "214.20", on=24),
            invoice_date=23, prices_include_tax="yes", expected_total="357.00"),
    invoice("NOV-024", "C-1203",
            line("TRAIN-ONLINE", 2, on=26, description="Deux places"), line("CANCEL-SEAT", 2), invoice_date=23),
)  # fmt: skip

WORLD: Sequence[Invoice] = (
    invoice("NOV-025", "C-1301",
            line("TRAIN-DAY", 3, "820.00", on=(3, 5)), line("PASS-TRAVEL", 1, "264.50", on=2), invoice_date=9,
            po_number="TH/26/0457", expected_total="2724.50"),
    invoice("NOV-026", "C-1302", line("TRAIN-DAY", 2, "1150.00", on=(10, 11)), line("ROOM-DAY", 2, "460.00", on=(10, 11)),
            invoice_date=16),
    invoice("NOV-027", "C-1303", line("PLAT-SEAT", 35, on=MONTH), line("TRAIN-ONLINE", 5, on=18)),
    invoice("NOV-028", "C-1601",
            line("TRAIN-ONLINE", 24, 19500, on=(16, 20), description="英語研修", Participants=24),
            line(None, 1, 85000, pricing_name="教材の翻訳"),
            line(None, -1, 10500, pricing_name="前金", type="deduction"),
            invoice_date=23, expected_total=542500),
    invoice("NOV-029", "C-1602",
            line("TRAIN-DAY", 4, "316.500", on=(8, 11)),
            line("TRAIN-ONLINE", 17, "39.925", on=15, Participants=17),
            line(None, None, pricing_name="Visa and permits at cost", amount="48.375"),
            invoice_date=23, po_number="GPC-0093"),
    invoice("NOV-030", "C-1603", line("TRAIN-DAY-US", 3, on=(15, 17)),
            line(None, 1, "1180.00", pricing_name="Flights at cost"),
            invoice_date=23, billing_entity="US01"),
    invoice("NOV-031", "C-1403", line("TRAIN-ONLINE", 10, "129.00", on=19), line("BOOK-HAND", 30, "34.50"), invoice_date=23,
            note="Billed from Amsterdam to the US: no sales tax."),
    invoice("NOV-032", "C-1401",
            line("TRAIN-DAY-US", 2, on=(9, 10), description="Compassionate leadership"),
            line("PLAT-SEAT-US", 415, on=MONTH),
            line(None, 3, "37.33", pricing_name="Workbook sets"),
            invoice_date=20, sales_tax_percentage="8.00", po_number="HVHN-558120"),
    invoice("NOV-033", "C-1402",
            line("PLAT-SEAT-US", 77, on=MONTH),
            line("PLAT-SEAT-US", 13, "10.50", on=(16, 30), description="Added mid-month"),
            line(None, -2, "95.00", pricing_name="Credit for downtime", type="deduction", on=8),
            sales_tax_percentage="8.25", payment_terms="45 days"),
    invoice("NOV-034", "C-1401", line("PLAT-SEAT-US", 20, on=MONTH, description="Pilot in Brooklyn"),
            sales_tax_percentage="8.875"),
    invoice("NOV-035", "C-1501",
            line("TRAIN-DAY-CA", 2, on=(17, 18), description="Animer une équipe à distance"),
            line(None, 12, "31.25", pricing_name="Cahier du participant"),
            invoice_date=20, po_number="EA-20261107", expected_total="3650.46"),
    invoice("NOV-036", "C-1502", line("TRAIN-DAY-CA", 1, on=24), line("TRAIN-ONLINE", 15, "165.00", on=25, Participants=15),
            invoice_date=23),
)  # fmt: skip

_SUBSCRIBERS = (
    ("C-1001", 55), ("C-1003", 120), ("C-1101", 210), ("C-1103", 18), ("C-1104", 64), ("C-1105", 33), ("C-1107", 27),
    ("C-1303", 48), ("C-1002", 31), ("C-1106", 75), ("C-1102", 142), ("C-1005", 90),
)  # fmt: skip
_ALUMNI = (
    "C-1001",
    "C-1003",
    "C-1101",
    "C-1004",
    "C-1002",
    "C-1201",
    "C-1104",
    "C-1202",
    "C-1103",
    "C-1203",
    "C-1301",
    "C-1106",
)


def _month_of_platform(at: int, customer: str, seats: int) -> Invoice:
    """The platform's month: seats, seats added in the middle, text messages, and the hour of support."""
    half = seats // 6 + 1
    return invoice(
        f"NOV-{37 + at:03d}", customer,
        line("PLAT-SEAT", seats, on=MONTH),
        line("PLAT-SEAT", half, "4.95", on=(16, 30), description="Added in the middle of the month"),
        line("PLAT-SMS", 100 * half + 37 * at, "4.25", base_quantity=100, on=MONTH),
        line("COACH-HOUR", f"{at % 4 + 1}.{25 * (at % 4):02d}", on=3 + 2 * at, pricing_name="Support by telephone"),
        po_number=f"PLT-{2026_1100 + at}" if at % 3 else None,
        invoice_date=20 if at % 2 else None,
    )  # fmt: skip


def _evening_classes(at: int, customer: str) -> Invoice:
    """Evening classes of the month: places, books, and cover."""
    dutch = customer in {"C-1001", "C-1002", "C-1003", "C-1004"}
    pounds = customer == "C-1301"
    rows = [
        line("TRAIN-ONLINE", 1 + at % 5, "104.00" if pounds else None, on=4 + at, Participants=1 + at % 5),
        line("TRAIN-ONLINE", 1 + at % 3, "104.00" if pounds else None, on=11 + at, description="Second class"),
        line("BOOK-WORK", 2 + at % 4, "12.90" if pounds else None, tax_code="NL09" if dutch else None),
        line("CANCEL-SEAT", 1 + at % 5, "10.75" if pounds else None),
    ]
    return invoice(f"NOV-{49 + at:03d}", customer, *rows, invoice_date=23 if customer in {"C-1301", "C-1201"} else None)


BATCH: Sequence[Invoice] = (
    *HOME, *EUROPE, *WORLD,
    *(_month_of_platform(at, *row) for at, row in enumerate(_SUBSCRIBERS)),
    *(_evening_classes(at, customer) for at, customer in enumerate(_ALUMNI)),
)  # fmt: skip
