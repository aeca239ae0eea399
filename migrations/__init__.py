"""Forward-only migrations: one SQL file each in `sql/`; Alembic keeps the order and remembers what has run."""
