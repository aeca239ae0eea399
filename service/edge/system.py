"""Health, readiness and metrics of one host."""

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
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
        200: {"description": "The part that was asked for is ready."},
        503: {"description": "It is not ready.", "content": {"application/json": {}}},
    },
    summary="Check that look-ups are answered and reports are taken",
)
@uncounted
async def get_readiness(
    request: Request,
    part: Annotated[
        Literal["lookups", "reports"],
        Query(description="The status says whether this part is ready; the body is about both."),
    ] = "lookups",
) -> Response:
    """The status is 200 while look-ups are answered, also stale ones, or with `part=reports` while reports are taken.

    `reports` is `ok`; `away` if the database does not answer; or `refused` if it answers but takes no writes, because it is
    read-only or out of disk or memory.
    """
    document: dict[str, Any] = await request.state.readiness.get(lambda: _readiness(request))
    is_ready = document["lookups"]["ready"] if part == "lookups" else document["reports"] == "ok"
    return Response(orjson.dumps(document), 200 if is_ready else 503, media_type="application/json")


async def _readiness(request: Request) -> dict[str, Any]:
    database = "ok"
    try:
        async with context_of(request).database.connection() as connection:
            await request.state.models.look(connection)
        if not await context_of(request).database.takes_writes():
            database = "refused"
    except DatabaseUnavailableError:
        database = "away"
    lookups = request.state.lookup.replica_state()
    return {"lookups": lookups, "reports": database, "model": request.state.models.version}


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
    return Response(await request.state.exposition.get(lambda: _exposition(request)), media_type=CONTENT_TYPE)


async def _exposition(request: Request) -> bytes:
    request.state.lookup.seconds.flush()  # other workers' look-ups show up a moment later
    return await asyncio.to_thread(exposition, context_of(request).settings.metrics_dir)
