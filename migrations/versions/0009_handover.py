"""Agencies, approvals, what was handed over, and what came back."""

from migrations.statements import run_sql

revision = "0009_handover"
down_revision = "0008_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
