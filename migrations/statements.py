"""Runs a migration's plain SQL file through the driver."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

# A migration beside a running release must give up rather than queue everybody behind its lock.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"
SQL_DIR = Path(__file__).parent / "sql"


def run_sql(revision: str) -> None:
    """Run `sql/<revision>.sql`, all statements in the migration's own transaction."""
    connection: Any = op.get_bind().connection.driver_connection
    await_only(connection.execute(LOCK_TIMEOUT))
    await_only(connection.execute((SQL_DIR / f"{revision}.sql").read_text(encoding="utf-8")))
