"""`GET /v1/numbers/{number}`: the single look-up, a plain ASGI route without SQL on its way.

It stands beside FastAPI because FastAPI's own routing costs more than the whole look-up
(docs/adr/0003-look-ups-beside-fastapi.md); it appears in the same OpenAPI document.
"""

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import lmdb

from service.access import Limit, Scope, bearer_token, check_key, token_hash
from service.context import Context
from service.lookup.answer import Freshness, plain_line, unknown_answer
from service.lookup.replica import ReplicaReader
from service.numbers import NumberError, candidate_key, parse_number
from service.problems import (
    CONTENT_TYPE,
    INVALID_NUMBER,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    REPLICA_UNAVAILABLE,
    FieldError,
    ProblemError,
    preferred_language,
)
from service.validation import message

PREFIX = "/v1/numbers/"
Headers = Sequence[tuple[bytes, bytes]]
JSON_HEADERS: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"private, no-store"))
PLAIN_HEADERS: Headers = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
)


class LookupRoute:
    """Answers single look-ups from this host's replica."""

    def __init__(self, context: Context, replica: ReplicaReader) -> None:
        self._context = context
        self._replica = replica
        self._stale_after = context.settings.stale_after_seconds
        self._seconds: dict[str, Any] = {}

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Serve one `http` scope whose path starts with PREFIX."""
        started = time.perf_counter()
        headers = dict(scope["headers"])
        try:
            if scope["method"] != "GET":
                raise ProblemError(METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
            status, extra, body, verdict = self._answer(scope, headers)
        except ProblemError as error:
            status, extra, body = _problem(error, headers)
            self._context.metrics.refusals.labels(error.problem.code).inc()
            verdict = "none"
        await send({"type": "http.response.start", "status": status, "headers": extra})
        await send({"type": "http.response.body", "body": body})
        self._observe(verdict, time.perf_counter() - started)

    def _answer(
        self, scope: Any, headers: dict[bytes, bytes]
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes, str]:
        self.require_replica()
        limits = self._authorise(headers)
        try:
            answer = self.find(scope["path"][len(PREFIX) :])
        except NumberError as error:
            zh, en = message(f"number_{error.problem}")
            raise ProblemError(INVALID_NUMBER, reason_zh=zh, reason_en=en) from error
        verdict = answer.split(b'"verdict":"', 1)[1].split(b'"', 1)[0].decode()
        if scope["query_string"]:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if query.get("format", ["json"])[0] == "plain":
                language = preferred_language(query.get("lang", ["zh"])[0])
                line = plain_line(answer, language).encode() + b"\n"
                return 200, [*PLAIN_HEADERS, *limits], line, verdict
            if query.get("format", ["json"])[0] != "json":
                raise ProblemError(
                    INVALID_REQUEST,
                    fields=[
                        FieldError(
                            "format", "literal_error", *message("literal_error", expected="json, plain")
                        )
                    ],
                )
        return 200, [*JSON_HEADERS, *limits], answer + self.freshness().tail(), verdict

    def require_replica(self) -> None:
        """Follow the replica in use; raises the problem replica_unavailable when there is none."""
        self._replica.refresh()
        if not self._replica.is_ready:
            raise ProblemError(REPLICA_UNAVAILABLE, headers={"Retry-After": "1"})

    def find(self, text: str) -> bytes:
        """The answer about the number in `text`, without its age; raises NumberError when it holds none."""
        candidate = candidate_key(text)
        try:
            if candidate is not None and (answer := self._replica.get(candidate.encode())) is not None:
                return answer
            number = parse_number(text)
            return self._replica.get(number.key.encode()) or unknown_answer(number)
        except lmdb.Error as error:
            raise ProblemError(REPLICA_UNAVAILABLE, headers={"Retry-After": "1"}) from error

    def replica_state(self) -> dict[str, object]:
        """What `/readyz` tells of the replica."""
        self._replica.refresh()
        return {
            "ready": self._replica.is_ready,
            "stale": self.freshness().is_stale,
            "revision": self._replica.revision(),
        }

    def freshness(self) -> Freshness:
        """Age of the replica now."""
        age = self._replica.age_seconds
        return Freshness(age > self._stale_after, age)

    def _authorise(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        authorization = headers.get(b"authorization")
        token = bearer_token(authorization.decode("latin-1") if authorization else None)
        key = check_key(self._replica.find_key(token_hash(token)), Scope.LOOKUP, time.time())
        amount = key.limit_per_second or self._context.settings.lookup_limit_per_second
        taken = self._context.limiter.take(Limit("lookups", amount, 1), key.key_id)
        return [(name.lower().encode(), value.encode()) for name, value in taken.items()]

    def _observe(self, verdict: str, seconds: float) -> None:
        histogram = self._seconds.get(verdict)
        if histogram is None:
            histogram = self._seconds[verdict] = self._context.metrics.lookup_seconds.labels(verdict)
        histogram.observe(seconds)


def _problem(
    error: ProblemError, headers: dict[bytes, bytes]
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    language = preferred_language(headers.get(b"accept-language", b"").decode("latin-1"))
    extra = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    extra += [(b"content-type", CONTENT_TYPE.encode()), (b"content-language", language.encode())]
    return error.problem.status, extra, error.body(language)
