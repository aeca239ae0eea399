"""The pipeline from report to verdict."""

from migrations.statements import run_sql

revision = "0001_pipeline"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
