"""Alembic's environment: runs one command in one transaction, on the connection that `upgrade` opened."""

from alembic import context

# Any number that nobody else takes: hosts that migrate at the same time take turns, one revision each.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7263549182)"

_connection = context.config.attributes["connection"]
context.configure(connection=_connection)
with context.begin_transaction():
    _connection.exec_driver_sql(ONE_AT_A_TIME)
    context.run_migrations()
