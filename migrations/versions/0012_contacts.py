"""Dated contacts out of call logs."""

from migrations.statements import run_sql

revision = "0012_contacts"
down_revision = "0011_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
