"""What a whole book looks like to somebody who has only a prompt for SQL: nothing of the product is asked."""

from __future__ import annotations

import sqlalchemy as sa
from databases import raw

_NONE = {
    "an invoice is final and has no number, or has one and is not final":
        "SELECT id FROM invoice WHERE (status = 'FINAL') <> (number IS NOT NULL)",
    "a number stands twice":
        "SELECT number FROM invoice WHERE number IS NOT NULL GROUP BY number HAVING count(*) > 1",
    "a counter stands twice in its series and period":
        "SELECT series, period, counter FROM invoice WHERE counter IS NOT NULL GROUP BY series, period, counter HAVING count(*) > 1",
    "the last counter of a series is not the last number that was drawn":
        "SELECT s.series, s.period, s.counter, max(i.counter) FROM series s LEFT JOIN invoice i ON i.series = s.series"
        " AND i.period = s.period AND i.status = 'FINAL' GROUP BY s.series, s.period, s.counter"
        " HAVING max(i.counter) IS NULL OR max(i.counter) <> s.counter",
    "numbers were drawn of a series that keeps no counter":
        "SELECT i.number FROM invoice i WHERE i.status = 'FINAL' AND NOT EXISTS"
        " (SELECT 1 FROM series s WHERE s.series = i.series AND s.period = i.period)",
    "a final invoice has not exactly one entry in the ledger, under its number":
        "SELECT i.id, i.number, count(e.seq) FROM invoice i LEFT JOIN entry e ON e.invoice_id = i.id AND e.action = 'finalize'"
        " AND e.number = i.number WHERE i.status = 'FINAL' GROUP BY i.id, i.number HAVING count(e.seq) <> 1",
    "the ledger has an entry without its final invoice":
        "SELECT e.number FROM entry e WHERE e.action = 'finalize' AND NOT EXISTS"
        " (SELECT 1 FROM invoice i WHERE i.id = e.invoice_id AND i.number = e.number AND i.status = 'FINAL')",
    "the entries are not numbered 1, 2, 3 …":
        "SELECT count(*), max(seq), min(seq) FROM entry HAVING count(*) > 0 AND (max(seq) <> count(*) OR min(seq) <> 1)",
    "an entry is not chained to the one before":
        "SELECT b.seq FROM entry b JOIN entry a ON a.seq = b.seq - 1 WHERE b.prev <> a.hash",
    "a batch does not hold all of its invoices":
        "SELECT b.batch, b.invoices, count(i.id) FROM batch b LEFT JOIN invoice i ON i.batch = b.batch"
        " GROUP BY b.batch, b.invoices HAVING count(i.id) <> b.invoices",
    "an invoice does not hold all of its lines":
        "SELECT i.id FROM invoice i LEFT JOIN line l ON l.invoice_id = i.id GROUP BY i.id, i.line_count"
        " HAVING count(l.line) <> i.line_count",
    "a line, a tax or a payment belongs to no invoice":
        "SELECT invoice_id FROM line WHERE invoice_id NOT IN (SELECT id FROM invoice)"
        " UNION ALL SELECT invoice_id FROM tax WHERE invoice_id NOT IN (SELECT id FROM invoice)"
        " UNION ALL SELECT invoice_id FROM payment WHERE invoice_id NOT IN (SELECT id FROM invoice)",
}  # fmt: skip
_GAPS = (
    "SELECT series, period, min(counter) AS least, max(counter) AS most, count(*) AS n FROM invoice"
    " WHERE status = 'FINAL' GROUP BY series, period"
)
DEFAULT = (1, 1)


def faults(url: str, steps: dict[str, tuple[int, int]] | None = None) -> list[str]:
    """Return what is wrong with a book; `steps` has first number and increment of the series that do not count 1, 2, 3."""
    with raw(url) as connection:
        found = [f"{what}: {rows[:3]}" for what, rows in _asked(connection) if rows]
        for row in connection.execute(sa.text(_GAPS)):
            first, step = (steps or {}).get(row.series, DEFAULT)
            if (row.least, row.most) != (first, first + step * (row.n - 1)):
                found.append(f"{row.series} {row.period} has a gap: {row.n} numbers from {row.least} to {row.most}")
    return found


def _asked(connection: sa.Connection) -> list[tuple[str, list[tuple[object, ...]]]]:
    return [(what, [tuple(r) for r in connection.execute(sa.text(query))]) for what, query in _NONE.items()]
