"""What Alembic reads as a revision: `upgrade` hands it one copy of this file for each SQL file, under its name."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

from migrations.revisions import read_statements, revision_before

# A migration beside a running release must give up rather than queue everybody behind its lock.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"

revision = Path(__file__).stem
down_revision = revision_before(revision)


def upgrade() -> None:
    """Run the SQL file, all its statements in the revision's own transaction."""
    connection: Any = op.get_bind().connection.driver_connection
    await_only(connection.execute(LOCK_TIMEOUT))
    await_only(connection.execute(read_statements(revision)))
