"""Owners of numbers and their disputes."""

from migrations.statements import run_sql

revision = "0008_disputes"
down_revision = "0007_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
