"""The revisions of the schema: each is a file `sql/<revision>.sql`, and they run in the order of their names."""

from pathlib import Path

SQL_DIR = Path(__file__).parent / "sql"


def list_revisions() -> list[str]:
    """Return all revisions, oldest first."""
    return sorted(path.stem for path in SQL_DIR.glob("*.sql"))


def revision_before(revision: str) -> str | None:
    """Return the revision on which this one builds; None for the first."""
    revisions = list_revisions()
    place = revisions.index(revision)
    return revisions[place - 1] if place else None


def read_statements(revision: str) -> str:
    """Return the SQL of a revision."""
    return (SQL_DIR / f"{revision}.sql").read_text(encoding="utf-8")
