"""What the service is measured against: nothing at all, and the usual way."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from fastapi import FastAPI, Request

HEADERS = [(b"content-type", b"application/json")]
BODY = b'{"hello":"world"}'


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """The least an ASGI application can do."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=8, max_size=8) as pool:
        yield {"pool": pool}


sql = FastAPI(lifespan=_lifespan)


@sql.get("/v1/numbers/{number}")
async def look_up(number: str, request: Request) -> dict[str, Any]:
    """One query a request, on the table the service publishes to."""
    row = await request.state.pool.fetchrow(
        "SELECT * FROM verdicts WHERE number = $1 ORDER BY revision DESC LIMIT 1", number
    )
    return dict(row) if row else {"number": number, "verdict": "unknown"}


@sql.get("/readyz")
async def is_ready() -> dict[str, str]:
    """For the rig to wait for."""
    return {"status": "ok"}
