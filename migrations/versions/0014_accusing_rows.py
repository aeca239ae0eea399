"""Requests for exports lapse; rows that were handed over accuse their number, or do not."""

from migrations.statements import run_sql

revision = "0014_accusing_rows"
down_revision = "0013_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
