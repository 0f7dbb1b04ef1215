"""The one look of every workbook: quiet headers, hairlines under rows, figures to the right, digits by currency."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ..money import currencies

INK, MUTED, LINE, LINK = "#1F2933", "#6B7785", "#DDE2E8", "#1F5FA8"
HEAD_FILL, NEEDED_FILL, EXAMPLE_FILL = "#EEF1F5", "#24405F", "#F7FAFD"
ERROR_INK, WARNING_INK, GOOD_INK = "#A32020", "#8A5A00", "#23703A"
FILL = "#FFF8DC"
"""Cells to fill in."""
DAY_FORMAT = "yyyy-mm-dd"
TEXT_FORMAT = "@"
ROW_HEIGHT, TITLE_HEIGHT, HEADER_HEIGHT = 15, 24, 32
"""Heights in points: a line of text, a sheet's title, a header of two lines."""
_A4, _A3 = 9, 8
_ON_A4, _ON_A3 = 190, 290
"""Characters that can be read when they are fitted to the width of a page in landscape."""
_FONT = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
_ROW: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
_CODES = {"day": DAY_FORMAT, "time": "yyyy-mm-dd hh:mm", "whole": "#,##0", "id": TEXT_FORMAT}
PLACES = {"price": 0, "number": 0, "percent": 0, "fx": 4}
"""Kinds of figures that show the decimals that they have, each with the least number of them."""


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
        """Return the format of cells of a kind in a table: text, id, wrapped, day, time, whole and other figures."""
        right = kind in ("amount", "whole", *PLACES)
        code = {"num_format": _CODES[kind]} if kind in _CODES else {}
        wrap = {"text_wrap": True} if kind == "wrapped" else {}
        name = f"body {kind if code or wrap else right} {sorted(more.items())}"
        return self.make(name, **_ROW, **side(right), **code, **wrap, **more)

    def figure(self, kind: str, places: int) -> Format:
        """Return the format of a figure with this number of decimals: Excel shows "1." for optional ones."""
        shown = max(places, PLACES[kind])
        return self.make(f"figure {shown}", **_ROW, **side(True), num_format=figure_format(shown))

    def amount(self, currency: str, **more: Any) -> Format:
        """Return the format of amounts in a currency: its code and the digits of its minor unit (JPY 0, KWD 3)."""
        name = f"amount {currency} {sorted(more.items())}"
        return self.make(name, **_ROW, **side(True), num_format=amount_format(currency), **more)

    def header(self, *, right: bool = False, needed: bool = False, wrapped: bool = True) -> Format:
        """Return the format of a header cell; `needed` marks a column that must be filled in."""
        colours = {"font_color": "#FFFFFF", "bg_color": NEEDED_FILL} if needed else {"bg_color": HEAD_FILL}
        shape = {"bold": True, "text_wrap": wrapped, "bottom": 1, "bottom_color": MUTED}
        return self.make(f"header {right} {needed} {wrapped}", **shape, **side(right), **colours, valign="vcenter")

    def title(self) -> Format:
        """Return the format of a sheet's title."""
        return self.make("title", bold=True, font_size=15)

    def section(self) -> Format:
        """Return the format of the title of a block within a sheet."""
        return self.make("section", bold=True, font_size=11)

    def note(self, *, wrapped: bool = False) -> Format:
        """Return the format of a remark."""
        return self.make(f"note {wrapped}", font_color=MUTED, text_wrap=wrapped)


def side(right: bool) -> dict[str, Any]:
    """Figures stand to the right and words to the left, with a little air between neighbours."""
    return {"align": "right" if right else "left", "indent": 1}


def figure_format(places: int) -> str:
    """Return the number format of figures with so many decimals."""
    return "#,##0" + ("." + "0" * places if places else "")


def amount_format(currency: str) -> str:
    """Return the number format of a currency, such as `#,##0.00 [$EUR]`."""
    return f"{figure_format(currencies().get(currency, 2))}\\ [${currency}]"


@contextmanager
def new_workbook(path: Path, title: str, *, epoch_1904: bool = False) -> Iterator[Workbook]:
    """Open a workbook for writing whose bytes depend on nothing but what is written into it.

    Text is never turned into formulas, links or numbers. `epoch_1904` lets it count its days from 1904. Raises `OSError`
    where it cannot be written.
    """
    workbook = Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "date_1904": epoch_1904,
            "default_format_properties": {"font_name": "Calibri", "font_size": 10},
        },
    )
    workbook.set_properties({"title": title, "author": "oneoff-batch", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    yield workbook
    try:
        workbook.close()
    except FileCreateError as error:
        raise error.args[0] from error


def print_setup(sheet: Worksheet, name: str, width: float) -> None:
    """Print in landscape with page numbers: as wide as a page where that can be read, else on several sheets of A3.

    `width` is that of all columns in characters. Where there are pages side by side, each repeats the first column.
    """
    beside = math.ceil(width / _ON_A3)
    sheet.set_landscape()
    sheet.set_paper(_A4 if width <= _ON_A4 else _A3)
    sheet.fit_to_pages(beside, 0)
    if beside > 1:
        sheet.print_across()
        sheet.repeat_columns(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{name}&R&8Page &P of &N")
