"""The page about statuses: the picture and the tables of legal moves, made from the table that the checks use."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product


def picture() -> str:
    """Return the moves between statuses as a diagram in Mermaid's language."""
    from ..lifecycle import MOVES

    arrows: dict[tuple[str, str], list[str]] = {}
    for name, move in MOVES.items():
        for status in move.statuses if move.to_status else ():
            arrows.setdefault((status, str(move.to_status)), []).append(name)
    lines = [f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> DRAFT: draft", *lines, "```"])


def table() -> str:
    """Return what may be done from wherever an invoice stands, as a Markdown table."""
    from ..lifecycle import ARCHIVED, FINAL
    from ..lifecycle.moves import APPROVED, DECLINED, LIVE, PENDING, in_words, legal_from

    places = [
        *product(LIVE, (True, False), (PENDING, APPROVED, DECLINED)),
        (FINAL, False, APPROVED),
        (ARCHIVED, False, PENDING),
    ]
    rows = []
    for place in places:
        moves = ", ".join(f"`{name}`" for name in legal_from(*place))
        rows.append(f"| {in_words(*place)} | {moves or 'nothing; it ended there'} |")
    return "\n".join(["| An invoice that is … | can be moved by |", "|---|---|", *rows])


def moves() -> str:
    """Return every move with its title, what must be so, and where it leads, as a Markdown table."""
    from ..lifecycle import MOVES

    rows = []
    for name, move in MOVES.items():
        needs = "; ".join(_needs(name))
        leads = "; ".join(_leads(name)) or "as it was"
        rows.append(f"| `{name}` | {move.title} | {needs} | {leads} |")
    return "\n".join(["| Command | The invoice is … | only if it is | and then it is |", "|---|---|---|---|", *rows])


def _needs(name: str) -> Iterator[str]:
    from ..lifecycle import MOVES
    from ..lifecycle.moves import APPROVALS, STATUSES

    move = MOVES[name]
    yield " or ".join(STATUSES[status] for status in move.statuses)
    if move.on_hold is not None:
        yield "on hold" if move.on_hold else "off hold"
    if len(move.approvals) < len(APPROVALS):
        yield " or ".join(APPROVALS[approval] for approval in move.approvals)
    if name == "tick":
        yield "past its grace period"
    if move.decides:
        yield "uploaded by somebody else, unless the settings allow it"
    if move.reason:
        yield "given a reason"


def _leads(name: str) -> Iterator[str]:
    from ..lifecycle import MOVES
    from ..lifecycle.moves import APPROVALS, STATUSES

    move = MOVES[name]
    if move.to_status is not None:
        yield STATUSES[move.to_status]
    if move.to_hold is not None:
        yield "on hold" if move.to_hold else "off hold"
    if move.to_approval is not None:
        yield APPROVALS[move.to_approval]
