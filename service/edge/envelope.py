"""Around every request but the single look-up: id, body limit, metrics, log line, and no bare 500."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, get_args
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.edge.admission import RETRY_SECONDS as OVERLOADED_SECONDS
from service.edge.admission import Admission, Ticket
from service.edge.bodies import Place, Room, require_few_values
from service.edge.callers import Callers
from service.edge.declared import Body
from service.edge.forwarded import client_network
from service.edge.operations import Operation, Operations
from service.edge.problems import (
    BODY_TOO_LARGE,
    CONTENT_TYPE,
    DATABASE_UNAVAILABLE,
    INTERNAL_ERROR,
    INVALID_JSON,
    NOT_FOUND,
    OVERLOADED,
    UNSUPPORTED_CONTENT_ENCODING,
    Language,
    ProblemError,
    preferred_language,
)
from service.edge.unread import Incoming, Unread
from service.metrics import Metrics
from service.settings import Settings

RETRY_SECONDS = "2"
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
MOST_DIGITS = 19
CONTROL = re.compile(r"[\0-\x1f\x7f]")
LARGE_BYTES = 2 * 1024 * 1024  # of a JSON text, which is read at one go
#: Values that a JSON text may hold: some times what the largest request needs that an operation takes.
MOST_VALUES, MOST_VALUES_OF_LARGE = 2500, 50_000

log = structlog.get_logger()


class Envelope:
    """ASGI middleware. Log lines name the route, never the path: paths carry numbers and ids."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        metrics: Metrics,
        operations: Operations,
        unavailable: Mapping[type[Exception], Callable[[], ProblemError]],
        page: Callable[[ProblemError, Language], tuple[Message, Message]],
    ) -> None:
        """`unavailable` has the errors that mean that a part is unavailable, each with its problem.

        `page` makes a page of a problem, for people who asked for one.
        """
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._operations = operations
        self._unavailable = unavailable
        self._room = Room()
        self._unread = Unread()
        shed = ProblemError(OVERLOADED, headers={"Retry-After": str(OVERLOADED_SECONDS)})
        self._page = page
        self._shed = {language: _problem_messages(shed, language) for language in get_args(Language)}
        self._shed_page = {language: page(shed, language) for language in get_args(Language)}
        self._sheds = metrics.refusals.labels(OVERLOADED.code)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = scope["route"] = self._operations.find(scope["method"], scope["path"])
        admission: Admission = scope["state"]["admission"]
        ticket = None
        if (operation is None or operation.is_counted) and (ticket := admission.enter(scope)) is None:
            self._sheds.inc()
            # made before: to refuse must cost next to nothing
            prepared = self._shed_page if _is_for_people(scope) else self._shed
            head, body = prepared[_language(scope)]
            await send({**head})
            await send({**body} if scope["method"] != "HEAD" else {"type": "http.response.body", "body": b""})
            return
        started = time.perf_counter()
        scope["request_id"] = uuid4().hex
        answer = _Answer(scope, send)
        if ticket is None:
            incoming = Incoming(scope, receive)
        else:
            answer.leave = partial(_leave, scope, ticket, operation)
            incoming = Incoming(scope, receive, partial(admission.waiting, ticket))
        try:
            await self._serve(scope, incoming, answer)
        except ClientDisconnect:  # the client left; or is there, and sent a chunk that is none
            broken_off = ProblemError(
                INVALID_JSON, reason_zh="正文没有完整到达", reason_en="it did not arrive whole"
            )
            await self._refuse(broken_off, scope, answer)
        except Exception as error:
            await self._refuse(error, scope, answer)
        finally:
            answer.end()
            if "caller" in scope:
                scope["state"]["callers"].settle(scope["caller"], answer.status)
            self._note(scope, answer.status, time.perf_counter() - started)
        if not incoming.is_complete:
            settings = self._settings
            network = client_network(scope, settings.trusted_proxies, settings.forwarded_header)
            await self._unread.drop(incoming, network)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Find out who asks, and whether they may; only then read the body, and have the request answered."""
        if CONTROL.search(
            scope["path"]
        ):  # a line break at its end is another address to some readers, not to all
            raise ProblemError(NOT_FOUND)
        operation: Operation | None = scope["route"]
        if operation is None and _is_for_people(scope) and not self._operations.methods(scope["path"]):
            raise ProblemError(NOT_FOUND)
        callers: Callers = scope["state"]["callers"]
        admission: Admission = scope["state"]["admission"]
        caller = scope["caller"] = callers.identify(scope, operation)
        with self._room.place(caller) as place, ExitStack() as work:
            body = await self._body(scope, receive, operation, place)
            if operation is not None and operation.body is Body.LINES:
                work.enter_context(admission.batch(caller))
            elif operation is not None and operation.body is not Body.STREAMED and operation.is_counted:
                answer.end_work = work.enter_context(admission.work(caller))
            await self._app(scope, body, answer)

    async def _refuse(self, error: Exception, scope: Scope, answer: "_Answer") -> None:
        """Answer with the problem that an error stands for; what is none is logged, and told by its id alone."""
        request_id = scope["request_id"]
        if (of_part := self._unavailable.get(type(error))) is not None:
            error = of_part()
        elif not isinstance(error, ProblemError):
            log.exception("request failed", request_id=request_id, error=type(error).__name__)
            error = ProblemError(INTERNAL_ERROR, request_id=request_id)
        self._metrics.refusals.labels(error.problem.code).inc()
        if not answer.status:
            made = self._page if _is_for_people(scope) else _problem_messages
            for message in made(error, _language(scope)):
                await answer(message)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.request_seconds.labels(route, status).observe(seconds)
        # what is refused before it is read has no line: whoever sends it must not fill the log
        if "caller" in scope and route not in ("/healthz", "/readyz", "/metrics"):
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
                request_id=scope["request_id"],
            )

    async def _body(
        self, scope: Scope, receive: Receive, operation: Operation | None, place: Place
    ) -> Receive:
        """Return how the application receives the body: read already, unless its operation reads it piece by piece."""
        if scope["method"] in WITHOUT_BODY or operation is None:
            return _Replay(b"", receive)
        _refuse_encoded(scope)
        if operation.body is Body.STREAMED:
            return receive
        limit = self._limit(operation)
        if _announced(scope) > limit:
            raise ProblemError(BODY_TOO_LARGE, limit=limit)
        body = await place.read(receive, limit)
        if operation.body is not Body.LINES:
            require_few_values(body, MOST_VALUES if operation.body is Body.SMALL else MOST_VALUES_OF_LARGE)
        return _Replay(body, receive)

    def _limit(self, operation: Operation) -> int:
        match operation.body:
            case Body.LINES:
                return self._settings.max_batch_bytes
            case Body.LARGE:
                return min(self._settings.max_batch_bytes, LARGE_BYTES)
            case _:
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
        self.leave: Callable[[int], None] = lambda _: None
        self.end_work: Callable[[], None] = lambda: None

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

    def end(self) -> None:
        """Give back the places of a request that is answered, or will not be."""
        self.end_work()
        self.leave(self.status)

    def _complete(self, message: Message) -> None:
        self.status = message["status"]
        self.end()
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


def _leave(scope: Scope, ticket: Ticket, operation: Operation | None, status: int) -> None:
    """Count a request no more. Only what was done tells how long that takes: a refusal is quick, or late by design."""
    admission: Admission = scope["state"]["admission"]
    if 200 <= status < 400 and "caller" in scope:
        admission.leave(ticket, operation, scope["caller"].who)
    else:
        admission.leave(ticket)


def _refuse_encoded(scope: Scope) -> None:
    """Raise unsupported_content_encoding for a body in any other coding (RFC 9110, section 8.4) than none."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-encoding"]
    codings = [coding.strip().lower() for coding in ",".join(lines).split(",")]
    for coding in codings:
        if coding not in ("", "identity"):
            shown = coding if coding.isascii() and coding.isprintable() else "?"
            headers = {"Accept-Encoding": "identity"}
            raise ProblemError(UNSUPPORTED_CONTENT_ENCODING, headers=headers, encoding=shown[:40])


def _announced(scope: Scope) -> int:
    """Return the length that a request says its body has; 0 where it does not say one."""
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(text) if text.isdigit() and len(text) < MOST_DIGITS else 0


def _limit_headers(limits: list[dict[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return what is left of each limit that a request counted against, as one list a header (RFC 9651)."""
    names = ("RateLimit-Policy", "RateLimit") if limits else ()
    return [(name.lower().encode(), ", ".join(one[name] for one in limits).encode()) for name in names]


def database_unavailable() -> ProblemError:
    """Return the problem for a request that needs the database while it is unavailable."""
    return ProblemError(DATABASE_UNAVAILABLE, headers={"Retry-After": RETRY_SECONDS})


def _is_for_people(scope: Scope) -> bool:
    """Return whether a request is one for a page, or a browser's for an address where nothing is."""
    operation: Operation | None = scope["route"]
    if operation is not None:
        return operation.visitor is not None
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return (
        scope["method"] in ("GET", "HEAD") and not scope["path"].startswith("/v1/") and b"text/html" in accept
    )


def _language(scope: Scope) -> Language:
    """Return the language of an answer: that of a page's address, else the one that the client prefers."""
    if _is_for_people(scope):
        return "en" if scope["path"] == "/en" or scope["path"].startswith("/en/") else "zh"
    accept: Any = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return preferred_language(accept.decode("latin-1"))


def _problem_messages(error: ProblemError, language: Language) -> tuple[Message, Message]:
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-language", language.encode()),
        *((name.lower().encode(), value.encode()) for name, value in error.headers.items()),
    ]
    return (
        {"type": "http.response.start", "status": error.problem.status, "headers": headers},
        {"type": "http.response.body", "body": error.body(language)},
    )
