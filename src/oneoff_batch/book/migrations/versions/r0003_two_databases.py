"""Two databases: the same guards on both, text in byte order, and the documents that a batch came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FINAL = "a final invoice never changes; correct it with a credit note"
_DISPLACED = "a final invoice never changes, and is never displaced"
_ENTRY = "an entry of the audit chain never changes"
_PAYMENT = "a payment never changes; enter another one"
_DOCUMENT = "a document that was kept never changes"


def upgrade() -> None:
    """Add the table of documents, and what refuses to change what is final, also to who would replace it."""
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _sqlite():
            op.execute(statement)
    else:
        _byte_order()
        for statement in _postgres():
            op.execute(statement)


def downgrade() -> None:
    """Refuse: a book is never taken back to an older form."""
    raise RuntimeError("The book is not taken back to an older form.")


def _sqlite() -> list[str]:
    """Return the guards that the first schemas lack: REPLACE deletes a row without asking the guards of DELETE."""
    same = (
        "id = NEW.id",
        "number = NEW.number",
        "batch = NEW.batch AND position = NEW.position",
        "series = NEW.series AND period = NEW.period AND counter = NEW.counter",
        "invoice_ref = NEW.invoice_ref AND status <> 'ARCHIVED' AND NEW.status <> 'ARCHIVED'",
    )
    # One lookup in an index for each; a plus keeps an index of the status out of it.
    there = " OR ".join(f"EXISTS (SELECT 1 FROM invoice WHERE {rule} AND +status = 'FINAL')" for rule in same)
    other = there.replace("AND +status", "AND id <> OLD.id AND +status")
    columns = "id, number, batch, position, series, period, counter, invoice_ref, status"
    guards = [
        _guard("invoice_replace", "INSERT ON invoice", there, _DISPLACED),
        _guard("invoice_displace", f"UPDATE OF {columns} ON invoice", other, _DISPLACED),
        _guard("entry_replace", "INSERT ON entry", "EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq)", _ENTRY),
        _guard("payment_replace", "INSERT ON payment", "EXISTS (SELECT 1 FROM payment WHERE id = NEW.id)", _PAYMENT),
        _guard(
            "document_replace", "INSERT ON document", "EXISTS (SELECT 1 FROM document WHERE sha256 = NEW.sha256)", _DOCUMENT
        ),
    ]
    return guards + [_guard(f"document_{e.lower()}", f"{e} ON document", "1", _DOCUMENT) for e in ("UPDATE", "DELETE")]


def _guard(name: str, event: str, when: str, words: str) -> str:
    return f"CREATE TRIGGER guard_{name} BEFORE {event} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _byte_order() -> None:
    """Let text be compared byte by byte, as SQLite does, whatever the language of the server."""
    columns = sa.text(
        "SELECT table_name, column_name, character_maximum_length AS length FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name <> 'alembic_version' "
        "AND data_type IN ('text', 'character varying') ORDER BY 1, 2"
    )
    by_table: dict[str, list[str]] = {}
    for table, name, length in op.get_bind().execute(columns).all():
        type_ = f"varchar({length})" if length else "text"
        by_table.setdefault(table, []).append(f'ALTER "{name}" TYPE {type_} COLLATE "C"')
    for table, changes in by_table.items():
        op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')


def _postgres() -> list[str]:
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text("SELECT current_schema()")))
    statements = [_function("refuse", schema, _RAISE), *(_function(f"rows_{e}", schema, _rows(e)) for e in _ROWS)]
    statements += [
        _trigger("invoice", event, "BEFORE", f"FOR EACH ROW WHEN (OLD.status = 'FINAL') EXECUTE FUNCTION {_refuse(_FINAL)}")
        for event in ("UPDATE", "DELETE")
    ]
    for table, words in (("entry", _ENTRY), ("payment", _PAYMENT), ("document", _DOCUMENT)):
        statements += [
            _trigger(table, event, "BEFORE", f"FOR EACH ROW EXECUTE FUNCTION {_refuse(words)}")
            for event in ("UPDATE", "DELETE")
        ]
    for table in ("line", "tax"):
        statements += [_trigger(table, e.upper(), "AFTER", f"{seen} FOR EACH STATEMENT EXECUTE FUNCTION oneoff_rows_{e}()")
                       for e, seen in _ROWS.items()]  # fmt: skip
    seen = "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION oneoff_links()"
    statements += [_function("links", schema, _LINKS), _trigger("entry", "INSERT", "AFTER", seen)]
    for table in ("batch", "invoice", "line", "tax", "entry", "payment", "document", "series"):
        words = "the tables of a book are never emptied"
        statements.append(_trigger(table, "TRUNCATE", "BEFORE", f"FOR EACH STATEMENT EXECUTE FUNCTION {_refuse(words)}"))
    return statements


_RAISE = "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';"
_ROWS = {
    "insert": "REFERENCING NEW TABLE AS fresh",
    "update": "REFERENCING OLD TABLE AS stale NEW TABLE AS fresh",
    "delete": "REFERENCING OLD TABLE AS stale",
}
"""Once for a whole statement, with what it changes: once for each row would cost seconds where 500,000 are drafted."""


def _json(column: str) -> str:
    return f"""coalesce(to_json({column})::text, 'null')"""


_KEYS = ("action", "at", "batch", "body", "invoice_id", "invoice_ref", "number", "seq", "sha256", "user")
_CANONICAL = " || ',' || ".join(f"""'"{key}":' || {_json(f'f."{key}"')}""" for key in _KEYS)
_OWN_HASH = f"encode(sha256(convert_to(f.prev || E'\\n' || '{{' || {_CANONICAL} || '}}', 'UTF8')), 'hex')"
_LINKS = f"""IF EXISTS (
  SELECT FROM (
    SELECT seq, prev, lag(seq) OVER w AS last_seq, lag(hash) OVER w AS last_hash, own
    FROM (SELECT seq, prev, hash, true AS own FROM fresh UNION ALL
          SELECT seq, prev, hash, false FROM entry WHERE seq = (SELECT min(seq) - 1 FROM fresh)) AS links
    WINDOW w AS (ORDER BY seq)) AS chain
  WHERE own AND (seq <> coalesce(last_seq, 0) + 1 OR prev <> coalesce(last_hash, repeat('0', 64)))
) OR EXISTS (SELECT FROM fresh AS f WHERE f.hash IS DISTINCT FROM {_OWN_HASH}) THEN
  RAISE EXCEPTION USING MESSAGE = 'an entry of the audit chain follows the one before, by number and by hash',
  ERRCODE = 'integrity_constraint_violation';
END IF; RETURN NULL;"""
"""PostgreSQL can take a SHA-256, so it takes no entry that does not go on from the last one (see `chain`)."""


def _rows(event: str) -> str:
    tables = [name for name in ("fresh", "stale") if f"TABLE AS {name}" in _ROWS[event]]
    owners = " UNION ".join(f"SELECT invoice_id FROM {name}" for name in tables)
    return (
        f"IF EXISTS (SELECT 1 FROM invoice WHERE status = 'FINAL' AND id IN ({owners})) THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{_FINAL}', ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;"
    )


def _refuse(words: str) -> str:
    return f"oneoff_refuse('{words}')"


def _function(name: str, schema: str, body: str) -> str:
    # With a fixed search path nobody can put a table of the same name before ours.
    return (
        f"CREATE FUNCTION oneoff_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp "
        f"AS $$ BEGIN {body} END $$"
    )


def _trigger(table: str, event: str, moment: str, then: str) -> str:
    """Return a trigger that also holds where a session says that it is a replica."""
    name = f"guard_{table}_{event.lower()}"
    return f'CREATE TRIGGER {name} {moment} {event} ON "{table}" {then}; ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}'
