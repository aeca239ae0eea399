"""Health, readiness and metrics of one host."""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from service.database import DatabaseUnavailableError
from service.edge.context import context_of
from service.edge.declared import uncounted
from service.metrics import CONTENT_TYPE, exposition

router = APIRouter(tags=["system"])


@router.get("/healthz", summary="Check that the process is alive")
@uncounted
async def get_health() -> dict[str, str]:
    """The process answers as long as it runs. The answer says nothing about the database."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    responses={
        200: {"description": "Look-ups are answered."},
        503: {"description": "Look-ups are not answered yet.", "content": {"application/json": {}}},
    },
    summary="Check that look-ups are answered and reports are taken",
)
@uncounted
async def get_readiness(request: Request) -> Response:
    """The status is 200 while look-ups are answered, also stale ones. `reports` says whether reports are taken.

    It is `ok`; `away` if the database does not answer; or `refused` if it answers but takes no writes, because it is
    read-only or out of disk or memory.
    """
    replica = request.state.lookup.replica_state()
    database = "ok"
    try:
        async with context_of(request).database.connection() as connection:
            await request.state.models.look(connection)
        if not await context_of(request).database.takes_writes():
            database = "refused"
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
    """A response of OpenMetrics text."""

    media_type = CONTENT_TYPE.partition(";")[0]


@router.get(
    "/metrics",
    response_class=OpenMetricsResponse,
    summary="Get the metrics of all processes of this host (OpenMetrics)",
)
@uncounted
async def get_metrics(request: Request) -> Response:
    """The metrics are made for Prometheus. No label has a number, a key or an address."""
    request.state.lookup.seconds.flush()  # other workers' look-ups show up a moment later
    text = await asyncio.to_thread(exposition, context_of(request).settings.metrics_dir)
    return Response(text, media_type=CONTENT_TYPE)
