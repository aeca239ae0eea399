"""Around every request but the single look-up: id, body limit, metrics, log line, and no bare 500."""

import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.database import DatabaseUnavailableError
from service.edge.declared import Body
from service.edge.operations import Operation, Operations
from service.edge.problems import (
    BODY_TOO_LARGE,
    CONTENT_TYPE,
    DATABASE_UNAVAILABLE,
    INTERNAL_ERROR,
    UNSUPPORTED_CONTENT_ENCODING,
    ProblemError,
    preferred_language,
)
from service.metrics import Metrics
from service.settings import Settings

RETRY_SECONDS = "2"
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")

log = structlog.get_logger()


class Envelope:
    """ASGI middleware. Log lines name the route, never the path: paths carry numbers and ids."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics, operations: Operations) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other scopes pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope["request_id"] = uuid4().hex
        answer = _Answer(scope, send)
        try:
            await self._app(scope, await self._body(scope, receive), answer)
        except ProblemError as error:
            self._metrics.refusals.labels(error.problem.code).inc()
            await _send_problem(error, scope, answer)
        except DatabaseUnavailableError:
            self._metrics.refusals.labels(DATABASE_UNAVAILABLE.code).inc()
            await _send_problem(database_unavailable(), scope, answer)
        except Exception as error:
            log.exception("request failed", request_id=request_id, error=type(error).__name__)
            self._metrics.refusals.labels(INTERNAL_ERROR.code).inc()
            if not answer.status:
                await _send_problem(ProblemError(INTERNAL_ERROR, request_id=request_id), scope, answer)
        finally:
            self._note(scope, answer.status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.request_seconds.labels(route, status).observe(seconds)
        if route not in ("/healthz", "/readyz", "/metrics"):
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
                request_id=scope["request_id"],
            )

    async def _body(self, scope: Scope, receive: Receive) -> Receive:
        """How the application receives the body: already read, unless its operation reads it piece by piece.

        This is where the operation of a request is known before a byte of its body is read.
        """
        if scope["method"] in WITHOUT_BODY:
            return _Replay(b"", receive)
        operation = self._operations.find(scope["method"], scope["path"])
        _refuse_encoded(scope)
        if operation is not None and operation.body is Body.STREAMED:
            return receive
        return _Replay(await _read_body(receive, self._limit(operation)), receive)

    def _limit(self, operation: Operation | None) -> int:
        if operation is not None and operation.body is Body.LARGE:
            return self._settings.max_batch_bytes
        return self._settings.max_body_bytes


class _Answer:
    """Sends an answer on, with the request's id and limits; without its body where only the head was asked for."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        self._request_id: str = scope["request_id"]
        self._limits: list[dict[str, str]] = scope.setdefault("limits", [])
        self._is_over = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer on."""
        if message["type"] == "http.response.start":
            self._complete(message)
        elif self._is_head and message["type"] == "http.response.body":
            if self._is_over:
                return
            self._is_over = True
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _complete(self, message: Message) -> None:
        self.status = message["status"]
        headers = list(message.get("headers", ()))
        if not any(name == b"ratelimit" for name, _ in headers):  # a refusal names its own
            headers += _limit_headers(self._limits)
        message["headers"] = [*headers, (b"x-request-id", self._request_id.encode())]


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


def _refuse_encoded(scope: Scope) -> None:
    """Raise unsupported_content_encoding for a body in any other coding (RFC 9110, section 8.4) than none."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-encoding"]
    codings = [coding.strip().lower() for coding in ",".join(lines).split(",")]
    for coding in codings:
        if coding not in ("", "identity"):
            shown = coding if coding.isascii() and coding.isprintable() else "?"
            headers = {"Accept-Encoding": "identity"}
            raise ProblemError(UNSUPPORTED_CONTENT_ENCODING, headers=headers, encoding=shown[:40])


async def _read_body(receive: Receive, limit: int) -> bytes:
    """Return the whole body; raises body_too_large as soon as it is known to be."""
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


def _limit_headers(limits: list[dict[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return what is left of each limit that a request counted against, as one list a header (RFC 9651)."""
    names = ("RateLimit-Policy", "RateLimit") if limits else ()
    return [(name.lower().encode(), ", ".join(one[name] for one in limits).encode()) for name in names]


def database_unavailable() -> ProblemError:
    """Return the problem for a request that needs the database while it is unavailable."""
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
