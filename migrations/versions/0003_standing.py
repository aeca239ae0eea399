"""Standing of reporters, decisions of people, and what falls due."""

from migrations.statements import run_sql

revision = "0003_standing"
down_revision = "0002_what_sources_report"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
