"""The life of an invoice: which move is legal from where, and what follows from it."""

from .final import final_dates
from .moves import APPROVED, ARCHIVED, DECLINED, DRAFT, FINAL, LIVE, MOVES, OPEN, PENDING, Move, allowed, refusals
from .people import person

__all__ = [
    "APPROVED",
    "ARCHIVED",
    "DECLINED",
    "DRAFT",
    "FINAL",
    "LIVE",
    "MOVES",
    "OPEN",
    "PENDING",
    "Move",
    "allowed",
    "final_dates",
    "person",
    "refusals",
]
