"""Requests for exports lapse."""

from migrations.statements import run_sql

revision = "0014_lapsed"
down_revision = "0013_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
