"""Whole columns of a frame as the cells of a worksheet, so that 500,000 rows cost seconds and text stays text."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..problems import visible

TEXT_LIMIT = 32_767
"""Characters that an Excel cell can hold; more is cut with `CUT` at its end."""
CUT = " … (cut: Excel holds no more)"
DIGITS_LIMIT = 15
"""Significant digits that an Excel number keeps; a longer figure is written as text, so that none is lost."""
FORMULA_START = r"^[=+\-@\t\r\n]"
"""First characters for which a spreadsheet may take text for a formula (OWASP, CSV injection)."""

_UNWRITABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_CONTROLS = "[\x00-\x08\x0b-\x1f]"
_ESCAPED_BY_EXCEL = r"(_x[0-9A-Fa-f]{4}_)"
_FIRST_SAFE_DAY = 61
"""1 March 1900: before it Excel's calendar has a day too many."""
_EPOCH = 25_569


def clean(text: str) -> str:
    """Return text that a workbook can hold: no control characters, no lone surrogates, at most 32,767 units."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
    whole = re.sub(_UNWRITABLE, "\ufffd", whole.replace("\r", "\n"))
    units = whole.encode("utf-16-le")
    if len(units) <= 2 * TEXT_LIMIT:
        return whole
    return units[: 2 * (TEXT_LIMIT - len(CUT))].decode("utf-16-le", "ignore") + CUT


def quoted(text: str) -> str:
    """Return a text from outside as a page or a workbook can quote it: nothing in it is alive."""
    return clean(visible(text))


def text_array(values: Any) -> pa.Array:
    """Return any values as an Arrow array of text that a workbook can hold; null stays null."""
    if isinstance(values, pa.Array):
        return values.cast(pa.string())
    return pa.array([None if v is None else clean(str(v)) for v in values], pa.string())


def text_cells(values: pa.Array, start: pa.Array, style: int, guarded: int) -> pa.Array:
    """Return inline text cells; `guarded` is the style of text that looks like the beginning of a formula.

    The work is done once per distinct value. Text in quotes, never a formula, is what the file format says of them.
    """
    encoded = values.dictionary_encode()
    found = _escaped(encoded.dictionary)
    risky = _risky(encoded.dictionary)
    spaced = pc.match_substring_regex(found, r"^\s|\s$|\n")
    tail = pc.binary_join_element_wise(
        pc.if_else(risky, f'" s="{guarded}', f'" s="{style}'),
        pc.if_else(spaced, '" t="inlineStr"><is><t xml:space="preserve">', '" t="inlineStr"><is><t>'),
        found,
        "</t></is></c>",
        "",
    )
    return pc.binary_join_element_wise(start, pc.take(tail, encoded.indices), "")


def text_tails(values: pa.Array) -> pa.Array:
    """Return what follows the style of inline text cells; null stays null.

    Control characters are kept, in the way in which Excel writes them (`_x0007_`): nobody takes the text for a clean one.
    """
    encoded = values.dictionary_encode()
    found = _escaped(encoded.dictionary, keep_controls=True)
    tail = pc.binary_join_element_wise('" t="inlineStr"><is><t xml:space="preserve">', found, "</t></is></c>", "")
    return pc.take(tail, encoded.indices)


def shared_tails(texts: pa.Array, places: pa.Array, style: int, guarded: int) -> pa.Array:
    """Return what follows the reference of cells that show these texts, which stand at `places` of the shared ones."""
    looks = pc.if_else(_risky(texts), f'" s="{guarded}" t="s"><v>', f'" s="{style}" t="s"><v>')
    return pc.binary_join_element_wise(looks, places, "</v></c>", "")


def _risky(texts: pa.Array) -> pa.Array:
    return pc.match_substring_regex(texts, FORMULA_START)


def _escaped(values: pa.Array, keep_controls: bool = False) -> pa.Array:
    """Clean and escape distinct texts for XML, and keep Excel from reading its own escapes into them."""
    if pc.any(pc.greater(pc.utf8_length(values), TEXT_LIMIT // 2)).as_py():
        values = text_array(values.to_pylist())
    values = pc.replace_substring_regex(values, _ESCAPED_BY_EXCEL, r"_x005F\1")
    if keep_controls and pc.any(pc.match_substring_regex(values, _CONTROLS)).as_py():
        for code in (c for c in range(32) if c not in (9, 10)):
            values = pc.replace_substring(values, chr(code), f"_x{code:04X}_")
    for pattern, to in ((r"\r\n?", "\n"), (_UNWRITABLE, "\ufffd")):
        values = pc.replace_substring_regex(values, pattern, to)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        values = pc.replace_substring(values, sign, entity)
    return values


def number_cells(digits: pa.Array, start: pa.Array, style: pa.Array | int, *, long: bool) -> pa.Array:
    """Return number cells of figures that are written out in full.

    `style` is one style for all, or one per row (text). Where there may be `long` figures, those of more than 15
    significant digits become text cells.
    """
    head = pc.binary_join_element_wise(start, '" s="', style if isinstance(style, pa.Array) else str(style), "")
    cells = pc.binary_join_element_wise(head, '"><v>', digits, "</v></c>", "")
    if not long:
        return cells
    as_text = pc.binary_join_element_wise(head, '" t="inlineStr"><is><t>', digits, "</t></is></c>", "")
    return pc.if_else(pc.greater(significant(digits), DIGITS_LIMIT), as_text, cells)


def places(digits: pa.Array) -> pa.Array:
    """Count the decimals of figures written out in full."""
    point = pc.find_substring(digits, ".")
    behind = pc.subtract(pc.utf8_length(digits), pc.add(point, 1))
    return pc.if_else(pc.less(point, 0), 0, behind)


def may_lose_digits(values: pa.Array) -> bool:
    """Tell whether a column can hold a figure of more than 15 significant digits (a quick look at its largest)."""
    largest = pc.max(pc.abs(values)).as_py()
    scale = values.type.scale if pa.types.is_decimal(values.type) else 0
    return largest is not None and largest >= 10 ** (DIGITS_LIMIT - scale)


def significant(digits: pa.Array) -> pa.Array:
    """Count the significant digits of figures written out in full."""
    return pc.utf8_length(pc.utf8_trim(pc.replace_substring_regex(digits, r"[-.]", ""), characters="0"))


def plain(values: pa.Array) -> pa.Array:
    """Write decimals or integers out in full, without exponents and without zeros behind the last digit."""
    text = values.cast(pa.string())
    if not pa.types.is_decimal(values.type) or values.type.scale == 0:
        return text
    if pc.any(pc.match_substring(text, "E")).as_py():
        text = pa.array([None if v is None else format(v, "f") for v in values.to_pylist()], pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(text, characters="0"), characters=".")


def date_cells(values: pa.Array, start: pa.Array, style: int) -> pa.Array:
    """Return date cells; a day before March 1900 becomes text, since Excel's calendar is wrong there."""
    serial = pc.add(values.cast(pa.int32()), _EPOCH)
    cells = pc.binary_join_element_wise(start, f'" s="{style}"><v>', serial.cast(pa.string()), "</v></c>", "")
    if not pc.any(pc.less(serial, _FIRST_SAFE_DAY)).as_py():
        return cells
    as_text = pc.binary_join_element_wise(
        start, f'" s="{style}" t="inlineStr"><is><t>', values.cast(pa.string()), "</t></is></c>", ""
    )
    return pc.if_else(pc.less(serial, _FIRST_SAFE_DAY), as_text, cells)


def moment_cells(values: pa.Array, start: pa.Array, style: int) -> pa.Array:
    """Return cells for moments that are already counted in Excel's days (doubles)."""
    return pc.binary_join_element_wise(start, f'" s="{style}"><v>', values.cast(pa.string()), "</v></c>", "")
