"""Health, readiness and metrics of one host."""

import asyncio
from typing import Annotated, Final, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from service.database import DatabaseUnavailableError
from service.edge.context import context_of
from service.edge.declared import uncounted
from service.metrics import CONTENT_TYPE, exposition

DATABASE_SECONDS: Final = 1.0  # a database that has not answered by then is away
LOOKUPS_SECONDS: Final = (
    0.25  # whoever asks about look-ups, which need no database, does not wait longer for it
)

router = APIRouter(tags=["system"])


@router.get("/healthz", summary="Check that the process is alive · 检查进程是否在运行")
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
    summary="Check that look-ups are answered and reports are taken · 检查能否答复查询、接受举报",
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

    `reports` is `ok`; `away` if the database does not answer within a second, or within a quarter of one if `part` is
    `lookups`; or `refused` if it answers but takes no writes, because it is
    read-only or out of disk or memory.
    """
    lookups = request.state.lookup.replica_state()
    reports = await _reports(request, within=LOOKUPS_SECONDS if part == "lookups" else None)
    document = {"lookups": lookups, "reports": reports, "model": request.state.models.version}
    is_ready = lookups["ready"] if part == "lookups" else reports == "ok"
    return Response(orjson.dumps(document), 200 if is_ready else 503, media_type="application/json")


async def _reports(request: Request, *, within: float | None) -> str:
    """Return what is known of the database within so many seconds; it is asked once for all who want to know."""
    try:
        async with asyncio.timeout(within):
            told: str = await request.state.readiness.get(lambda: _ask_database(request))
            return told
    except TimeoutError:
        return "away"


async def _ask_database(request: Request) -> str:
    database = context_of(request).database
    try:
        async with database.connection(deadline=DATABASE_SECONDS) as connection:
            await request.state.models.look(connection)
            return "ok" if await database.takes_writes(connection) else "refused"
    except DatabaseUnavailableError:
        return "away"


class OpenMetricsResponse(PlainTextResponse):
    """A response of OpenMetrics text."""

    media_type = CONTENT_TYPE.partition(";")[0]


@router.get(
    "/metrics",
    response_class=OpenMetricsResponse,
    summary="Get the metrics of all processes of this host (OpenMetrics) · 读取本机全部进程的监控指标（OpenMetrics）",
)
@uncounted
async def get_metrics(request: Request) -> Response:
    """The metrics are made for Prometheus. No label has a number, a key or an address."""
    return Response(await request.state.exposition.get(lambda: _exposition(request)), media_type=CONTENT_TYPE)


async def _exposition(request: Request) -> bytes:
    request.state.lookup.seconds.flush()  # other workers' look-ups show up a moment later
    return await asyncio.to_thread(exposition, context_of(request).settings.metrics_dir)
