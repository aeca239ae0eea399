"""Events recorded in error are taken back by a further one; respondent and statement of a case change."""

from migrations.statements import run_sql

revision = "0015_corrections"
down_revision = "0014_accusing_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(revision)
