"""Forward-only migrations: Alembic keeps the order, the statements are plain SQL in `sql/`."""
