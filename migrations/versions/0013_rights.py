"""Restriction by reporters, and a log of what was purged."""

from migrations.statements import run_sql

revision = "0013_rights"
down_revision = "0012_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
