"""Campaigns of listed numbers."""

from migrations.statements import run_sql

revision = "0005_campaigns"
down_revision = "0003_standing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
