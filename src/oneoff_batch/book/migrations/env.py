"""Runs the migrations on the connection, and inside the transaction, of whoever asked for them."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
