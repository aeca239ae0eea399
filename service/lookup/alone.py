"""The application of the process that answers single look-ups and nothing else.

It loads neither FastAPI nor a database driver, takes no body, and does not notice what happens to the API's process.
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from prometheus_client import CollectorRegistry

from service.edge.access import ApiKey, RateLimiter
from service.edge.problems import NOT_FOUND, ProblemError
from service.lookup.replica import ReplicaReader
from service.lookup.route import PREFIX, Headers, LookupRoute, problem_answer
from service.metrics import Metrics
from service.numbers.parse import load_plans
from service.settings import Settings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

#: What the API serves below the path of a look-up; a test compares it with the API's routes.
BELOW: Final = ("/explanation", "/owner-codes")
JSON: Final[Headers] = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Context:
    """What look-ups need, built once at start."""

    settings: Settings
    limiter: RateLimiter
    metrics: Metrics
    find_key: Callable[[bytes], ApiKey | None]


class LookupApplication:
    """An ASGI application: single look-ups to their route, health to whoever asks, 404 to the rest."""

    def __init__(self, settings: Settings, *, started: Callable[[], None] = lambda: None) -> None:
        """`started` is called in each worker once it is about to accept."""
        self._settings = settings
        self._metrics = Metrics(CollectorRegistry())
        self._started = started
        self._stack = ExitStack()

    def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> Awaitable[None]:
        """Serve one scope; returns the coroutine instead of wrapping a look-up in another."""
        if scope["type"] == "http":
            path = scope["path"]
            if path.startswith(PREFIX) and not path.endswith(BELOW):
                return self._route(scope, receive, send)
            return self._answer_other(scope, send)
        return self._live(receive, send)

    async def _live(self, receive: "Receive", send: "Send") -> None:
        """Open what look-ups need when the worker starts, and close it at its end."""
        await receive()
        replica = ReplicaReader(self._settings.replica_dir)
        self._stack.callback(replica.close)
        context = Context(
            settings=self._settings,
            limiter=RateLimiter(workers=1),
            metrics=self._metrics,
            find_key=replica.find_key,
        )
        self._route = LookupRoute(context, replica)
        self._stack.callback(self._route.seconds.flush)
        load_plans()
        self._started()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._stack.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer_other(self, scope: "Scope", send: "Send") -> None:
        status, headers, body = self._other(scope)
        if scope["method"] == "HEAD":
            headers, body = (*headers, (b"content-length", b"%d" % len(body))), b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _other(self, scope: "Scope") -> tuple[int, Headers, bytes]:
        if scope["method"] in ("GET", "HEAD"):
            if scope["path"] == "/healthz":
                return 200, JSON, b'{"status":"ok"}'
            if scope["path"] == "/readyz":
                state = self._route.replica_state()
                return 200 if state["ready"] else 503, JSON, orjson.dumps({"lookups": state})
        self._metrics.refusals.labels(NOT_FOUND.code).inc()
        return problem_answer(ProblemError(NOT_FOUND), dict(scope["headers"]))
