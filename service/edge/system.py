"""Health, readiness and metrics of one host."""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from service.database import DatabaseUnavailableError
from service.edge.context import context_of
from service.metrics import CONTENT_TYPE, exposition

router = APIRouter(tags=["system"])


@router.get("/healthz", summary="Is the process alive?")
async def is_alive() -> dict[str, str]:
    """For restarts: says nothing of the database."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    responses={503: {"description": "No look-ups yet.", "content": {"application/json": {}}}},
    summary="Can look-ups be answered, and reports be taken?",
)
async def is_ready(request: Request) -> Response:
    """200 while look-ups are answered, also stale ones; `reports` tells whether the database is there."""
    replica = request.state.lookup.replica_state()
    database = "ok"
    try:
        async with context_of(request).database.connection() as connection:
            await request.state.models.look(connection)
            await connection.fetchval("SELECT 1")
    except DatabaseUnavailableError:
        database = "away"
    document: dict[str, Any] = {
        "lookups": replica,
        "reports": database,
        "model": request.state.models.version,
    }
    status = 200 if replica["ready"] else 503
    return Response(orjson.dumps(document), status, media_type="application/json")


class OpenMetricsResponse(PlainTextResponse):
    """OpenMetrics text."""

    media_type = CONTENT_TYPE.partition(";")[0]


@router.get(
    "/metrics",
    response_class=OpenMetricsResponse,
    summary="Metrics of all processes of this host (OpenMetrics)",
)
async def show_metrics(request: Request) -> Response:
    """For Prometheus. Never a number, a key or an address in a label."""
    request.state.lookup.seconds.flush()  # other workers' look-ups show up a moment later
    text = await asyncio.to_thread(exposition, context_of(request).settings.metrics_dir)
    return Response(text, media_type=CONTENT_TYPE)
