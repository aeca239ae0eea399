"""What the reports of a source are about."""

from migrations.statements import run_sql

revision = "0002_what_sources_report"
down_revision = "0001_pipeline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
