"""Models that were trained here, and which of them serves."""

from migrations.statements import run_sql

revision = "0007_models"
down_revision = "0006_report_details"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
