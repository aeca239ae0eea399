"""At what hours calls come, and which scripts their reports repeat."""

from migrations.statements import run_sql

revision = "0006_report_details"
down_revision = "0005_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
