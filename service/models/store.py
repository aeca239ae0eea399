"""Models in PostgreSQL: one typed function a query."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that was trained here, and its results on the slice that training did not see."""

    version: str
    card: str
    held_out: dict[str, Any]
    judged_against: str | None  # None: the shipped model
    is_better: bool
    trained_at: datetime


async def list_roles(connection: Connection) -> dict[str, str | None]:
    """Return the version that has each role that was ever given: None is the shipped model, or no shadow."""
    return dict(await connection.fetch(QUERIES["list_roles"]))


async def fetch_document(connection: Connection, version: str) -> Any:
    """Return a model as its JSON document; None if there is none of that version."""
    document = await connection.fetchval(QUERIES["fetch_document"], version)
    return None if document is None else json.loads(document)


async def insert_model(connection: Connection, document: dict[str, Any], row: ModelRow) -> None:
    """Store a trained model."""
    await connection.execute(
        QUERIES["insert_model"],
        row.version,
        json.dumps(document),
        row.card,
        json.dumps(row.held_out),
        row.judged_against,
        row.is_better,
        row.trained_at,
    )


async def insert_change(connection: Connection, role: str, version: str | None, now: datetime) -> None:
    """Give a role to a model."""
    await connection.execute(QUERIES["insert_change"], role, version, now)


async def list_models(connection: Connection) -> list[ModelRow]:
    """Return all models trained here, newest first."""
    rows = await connection.fetch(QUERIES["list_models"])
    return [ModelRow(**{**row, "held_out": json.loads(row["held_out"])}) for row in rows]


async def list_serving_changes(connection: Connection) -> list[str | None]:
    """Return the models that were made to serve, in that order; None is the shipped one."""
    return [row["version"] for row in await connection.fetch(QUERIES["list_serving_changes"])]
