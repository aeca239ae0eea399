"""Around every request but the single look-up: id, body limit, metrics, log line, and no bare 500."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.database import DatabaseUnavailableError
from service.edge.problems import (
    BODY_TOO_LARGE,
    CONTENT_TYPE,
    DATABASE_UNAVAILABLE,
    INTERNAL_ERROR,
    ProblemError,
    preferred_language,
)
from service.metrics import Metrics
from service.settings import Settings

RETRY_SECONDS = "2"
#: Bodies that their route reads itself, piece by piece, within limits of its own.
STREAMED = re.compile(r"/v1/reports/[^/]+/evidence")
LARGE_BODIES = frozenset({"/v1/reports:batch", "/v1/numbers:lookup", "/v1/outcomes"})

log = structlog.get_logger()


class Envelope:
    """ASGI middleware. Log lines name the route, never the path: paths carry numbers and ids."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other scopes pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope["request_id"] = uuid4().hex
        limits: list[dict[str, str]] = scope.setdefault("limits", [])
        status = 0

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                if not any(name == b"ratelimit" for name, _ in headers):  # a refusal tells its own
                    headers += _limit_headers(limits)
                message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            if not (scope["method"] == "POST" and STREAMED.fullmatch(scope["path"])):
                receive = _Replay(await self._read_body(scope, receive), receive)
            await self._app(scope, receive, tell)
        except ProblemError as error:
            self._metrics.refusals.labels(error.problem.code).inc()
            await _send_problem(error, scope, tell)
        except DatabaseUnavailableError:
            self._metrics.refusals.labels(DATABASE_UNAVAILABLE.code).inc()
            await _send_problem(database_away(), scope, tell)
        except Exception as error:
            log.exception("request failed", request_id=request_id, error=type(error).__name__)
            self._metrics.refusals.labels(INTERNAL_ERROR.code).inc()
            if not status:
                await _send_problem(ProblemError(INTERNAL_ERROR, request_id=request_id), scope, tell)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            self._metrics.request_seconds.labels(route, status).observe(seconds)
            if route not in ("/healthz", "/readyz", "/metrics"):
                log.info(
                    "request", method=scope["method"], route=route, status=status,
                    milliseconds=round(seconds * 1000, 1), request_id=request_id,
                )  # fmt: skip

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body; raises body_too_large as soon as it is known to be."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return b""
        is_large = scope["path"] in LARGE_BODIES
        limit = self._settings.max_batch_bytes if is_large else self._settings.max_body_bytes
        chunks = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            chunks += message.get("body", b"")
            if len(chunks) > limit:
                raise ProblemError(BODY_TOO_LARGE, limit=limit)
            if not message.get("more_body", False):
                return bytes(chunks)


class _Replay:
    """Gives a body that was read, then whatever the client does next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        message: Message = {"type": "http.request", "body": self._body, "more_body": False}
        self._body = None
        return message


def _limit_headers(limits: list[dict[str, str]]) -> list[tuple[bytes, bytes]]:
    """What is left of each limit that a request counted against, as one list a header (RFC 9651)."""
    names = ("RateLimit-Policy", "RateLimit") if limits else ()
    return [(name.lower().encode(), ", ".join(one[name] for one in limits).encode()) for name in names]


def database_away() -> ProblemError:
    """What a request gets that needs the database while it is away."""
    return ProblemError(DATABASE_UNAVAILABLE, headers={"Retry-After": RETRY_SECONDS})


async def _send_problem(error: ProblemError, scope: Scope, send: Send) -> None:
    accept: Any = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    language = preferred_language(accept.decode("latin-1"))
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-language", language.encode()),
        *((name.lower().encode(), value.encode()) for name, value in error.headers.items()),
    ]
    await send({"type": "http.response.start", "status": error.problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": error.body(language)})
