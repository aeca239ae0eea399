"""Idempotency keys are forgotten after a day; apart from `idempotency`, because upkeep has no use for FastAPI."""

from datetime import datetime, timedelta
from pathlib import Path

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
KEPT_FOR = timedelta(hours=24)


async def delete_old_keys(connection: Connection, now: datetime) -> None:
    """Forget keys after a day, as the documentation promises."""
    await connection.execute(QUERIES["delete_idempotency_keys"], now - KEPT_FOR)
