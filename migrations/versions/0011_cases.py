"""Cases, consents, filings, reminders and webhooks."""

from migrations.statements import run_sql

revision = "0011_cases"
down_revision = "0010_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
