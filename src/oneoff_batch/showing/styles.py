"""The one look of every workbook: quiet headers, hairlines under rows, figures to the right, digits by currency."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from ..money import currencies

INK, MUTED, LINE, LINK = "#1F2933", "#6B7785", "#DDE2E8", "#1F5FA8"
HEAD_FILL, NEEDED_FILL, EXAMPLE_FILL = "#EEF1F5", "#24405F", "#F7FAFD"
ERROR_INK, WARNING_INK = "#A32020", "#8A5A00"
DAY_FORMAT = "yyyy-mm-dd"
TEXT_FORMAT = "@"
_FONT = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
_NUMBERS = {
    "day": DAY_FORMAT,
    "time": "yyyy-mm-dd hh:mm",
    "number": "#,##0.########",
    "whole": "#,##0",
    "percent": "0.####",
    "fx": "0.0000######",
    "id": TEXT_FORMAT,
}


class Styles:
    """The cell formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[str, Format] = {}

    def make(self, name: str, **properties: Any) -> Format:
        """Return the format of this name, made at its first use."""
        if name not in self._made:
            self._made[name] = self._workbook.add_format({**_FONT, **properties})
        return self._made[name]

    def body(self, kind: str, **more: Any) -> Format:
        """Return the format of cells of a kind in a table: text, id, wrapped, day, number, whole, percent, fx."""
        name = "body " + kind + repr(sorted(more.items()))
        numeric = kind in ("number", "whole", "percent", "fx")
        properties: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
        if kind in _NUMBERS:
            properties["num_format"] = _NUMBERS[kind]
        if kind == "wrapped":
            properties["text_wrap"] = True
        return self.make(name, align="right" if numeric else "left", **properties, **more)

    def amount(self, currency: str, **more: Any) -> Format:
        """Return the format of amounts in a currency: its code and the digits of its minor unit (JPY 0, KWD 3)."""
        return self.make(
            f"amount {currency}" + repr(sorted(more.items())),
            **{"align": "right", "bottom": 1, "bottom_color": LINE, "num_format": amount_format(currency), **more},
        )

    def header(self, *, right: bool = False, needed: bool = False) -> Format:
        """Return the format of a header cell; `needed` marks a column that must be filled in."""
        colours = {"font_color": "#FFFFFF", "bg_color": NEEDED_FILL} if needed else {"bg_color": HEAD_FILL}
        return self.make(
            f"header {right} {needed}",
            **{"bold": True, "text_wrap": True, "valign": "vcenter", "align": "right" if right else "left"},
            **{"bottom": 1, "bottom_color": MUTED, **colours},
        )

    def title(self) -> Format:
        """Return the format of a sheet's title."""
        return self.make("title", bold=True, font_size=15)

    def section(self) -> Format:
        """Return the format of the title of a block within a sheet."""
        return self.make("section", bold=True, font_size=11)

    def note(self, *, wrapped: bool = False) -> Format:
        """Return the format of a remark."""
        return self.make(f"note {wrapped}", font_color=MUTED, text_wrap=wrapped)


def amount_format(currency: str) -> str:
    """Return the number format of a currency, such as `#,##0.00 [$EUR]`."""
    digits = currencies().get(currency, 2)
    figure = "#,##0" + ("." + "0" * digits if digits else "")
    return f"{figure}\\ [${currency}]"


def new_workbook(path: Path, title: str) -> Workbook:
    """Open a workbook for writing whose bytes depend on nothing but what is written into it.

    Text is never turned into formulas, links or numbers.
    """
    workbook = Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": "Calibri", "font_size": 10},
        },
    )
    workbook.set_properties({"title": title, "author": "oneoff-batch", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    return workbook
