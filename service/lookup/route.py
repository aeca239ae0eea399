"""`GET /v1/numbers/{number}`: the single look-up, a plain ASGI route without SQL on its way.

It stands beside FastAPI because FastAPI's own routing costs more than the whole look-up
(docs/adr/0003-look-ups-beside-fastapi.md); its handler in `service.lookup.router` describes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, perf_counter, time
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import parse_qs
from uuid import uuid4

import structlog

from service.edge.access import Allowance, ApiKey, RateLimit, RateLimiter, bearer_token, check_key, token_hash
from service.edge.access import Scope as AccessScope
from service.edge.problems import (
    CONTENT_TYPE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    REPLICA_UNAVAILABLE,
    FieldError,
    Language,
    ProblemError,
    preferred_language,
)
from service.edge.repeated import require_single_headers
from service.edge.validation import message, number_problem
from service.lookup.answer import Freshness, plain_line, unknown_answer
from service.lookup.lines import NO_ORGANISATION
from service.lookup.replica import ReplicaReader, ReplicaUnavailableError
from service.metrics import FAST, BatchedHistogram, Metrics
from service.numbers.parse import NumberError, candidate_key, parse_number
from service.settings import Settings

if TYPE_CHECKING:  # the process that only answers look-ups has no use for Starlette
    from starlette.types import Receive, Scope, Send

PATH = "/v1/numbers/{number}"
PREFIX = PATH.partition("{")[0]
VERDICT = b'"verdict":"'
NUMBER = b'{"number":"'  # how every answer begins
MOST_KEY = 32  # bytes: no number's key is longer
FORMS, LANGUAGES = ("json", "plain"), ("zh", "en")
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
log = structlog.get_logger()

Answered: TypeAlias = tuple[int, Headers, bytes, str]
JSON_HEADERS: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"private, no-store"))
PLAIN_HEADERS: Headers = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
)


class LookupContext(Protocol):
    """What look-ups need of the context of their process."""

    @property
    def settings(self) -> Settings: ...

    @property
    def limiter(self) -> RateLimiter: ...

    @property
    def metrics(self) -> Metrics: ...

    @property
    def find_key(self) -> Callable[[bytes], ApiKey | None]: ...


@dataclass(slots=True)
class Caller:
    """A valid key with the look-up scope, its limit, what is left of it, and the header with its policy."""

    key_id: str
    limit: RateLimit
    allowance: Allowance
    policy: tuple[bytes, bytes]


class LookupRoute:
    """Answers single look-ups from this host's replica.

    What does not change between two looks at the replica (every 100 ms: callers, age) is worked out once and
    kept until the next: that is what makes an answer cost about ten microseconds.
    """

    def __init__(self, context: LookupContext, replica: ReplicaReader) -> None:
        self._context = context
        self._replica = replica
        self._callers: dict[bytes | None, Caller] = {}
        self._look = 0
        self._tail = self._end = b""
        self._has_no_lines = True
        self.seconds = BatchedHistogram(context.metrics.lookup_seconds, FAST)

    async def __call__(self, scope: "Scope", _receive: "Receive", send: "Send") -> None:
        """Serve one `http` scope whose path starts with PREFIX."""
        started = perf_counter()
        headers = dict(scope["headers"])
        try:
            if len(headers) != len(scope["headers"]):
                require_single_headers(scope)
            status, extra, body, verdict = self._answer(scope, headers)
        except Exception as error:
            status, extra, body = self._refuse(error, headers)
            if scope["method"] == "HEAD":
                extra, body = _without_body(extra, body)
            verdict = "none"
        await send({"type": "http.response.start", "status": status, "headers": extra})
        await send({"type": "http.response.body", "body": body})
        self.seconds.observe(verdict, perf_counter() - started)

    def require_replica(self) -> None:
        """Follow the replica in use; raises ReplicaUnavailableError when there is none."""
        if (look := self._replica.refresh()) != self._look:
            self._look = look
            self._callers.clear()
            self._end = self.freshness().tail()
            self._tail = NO_ORGANISATION + self._end
            self._has_no_lines = not self._replica.lines
        if not self._replica.is_ready:
            raise ReplicaUnavailableError

    def find(self, text: str) -> bytes:
        """Return the answer about the number in `text`, without its age.

        Raises NumberError when it holds none, and ReplicaUnavailableError.
        """
        # a key that is found is its own proof, so that a text that may be one is looked up before it is parsed
        candidate = (
            text if text[:1] == "+" and text.isascii() and len(text) <= MOST_KEY else candidate_key(text)
        )
        if candidate is not None and (answer := self._replica.get(candidate.encode())) is not None:
            return answer
        number = parse_number(text)
        if number.key != candidate and (answer := self._replica.get(number.key.encode())) is not None:
            return answer
        return unknown_answer(number)

    def whose(self, answer: bytes) -> bytes:
        """Return the member that says whose verified line the number of an answer is, null where it is nobody's."""
        number = answer[len(NUMBER) : answer.index(b'"', len(NUMBER))].decode()
        return self._replica.lines.find(number) or NO_ORGANISATION

    def freshness(self) -> Freshness:
        """Return the age of the replica now."""
        age = self._replica.age_seconds
        return Freshness(age > self._context.settings.stale_after_seconds, age)

    def replica_state(self) -> dict[str, object]:
        """Return what `/readyz` says about the replica."""
        self._replica.refresh()
        return {
            "ready": self._replica.is_ready,
            "stale": self.freshness().is_stale,
            "revision": self._replica.revision(),
        }

    def _answer(self, scope: "Scope", headers: Mapping[bytes, bytes]) -> Answered:
        if scope["method"] != "GET":
            return self._answer_head(scope, headers)
        self.require_replica()
        authorization = headers.get(b"authorization")
        caller = self._callers.get(authorization) or self._new_caller(authorization)
        limits = (caller.policy, (b"ratelimit", b'"lookups";r=%d;t=1' % self._take(caller)))
        try:
            answer = self.find(scope["path"][len(PREFIX) :])
        except NumberError as error:
            raise number_problem(error) from error
        if (start := answer.find(VERDICT)) < 0:
            raise self._replica.complain()
        start += len(VERDICT)
        verdict = answer[start : answer.index(b'"', start)].decode()
        if scope["query_string"]:
            form, language = _wishes(scope["query_string"])
            if form == "plain":
                line = plain_line(answer, language).encode() + b"\n"
                return 200, (*PLAIN_HEADERS, *limits), line, verdict
        # one look at a table in memory, and only where an organisation was verified at all
        tail = self._tail if self._has_no_lines else self.whose(answer) + self._end
        return 200, (*JSON_HEADERS, *limits), answer + tail, verdict

    def _answer_head(self, scope: "Scope", headers: Mapping[bytes, bytes]) -> Answered:
        if scope["method"] != "HEAD":
            raise ProblemError(METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        status, extra, body, verdict = self._answer({**scope, "method": "GET"}, headers)
        return status, *_without_body(extra, body), verdict

    def _new_caller(self, authorization: bytes | None) -> Caller:
        token = bearer_token(authorization.decode("latin-1") if authorization else None)
        context = self._context
        key = check_key(token, context.find_key(token_hash(token)), AccessScope.LOOKUP, time())
        amount = key.limit_per_second or context.settings.lookup_limit_per_second
        limit = RateLimit("lookups", amount, 1)
        policy = context.limiter.headers(limit, 0, 0)["RateLimit-Policy"].encode()
        allowance = context.limiter.allowance(limit, key.key_id)
        caller = Caller(key.key_id, limit, allowance, (b"ratelimit-policy", policy))
        self._callers[authorization] = caller
        return caller

    def _take(self, caller: Caller) -> int:
        """Count a look-up; returns how many are left in this second. This is `RateLimiter.take` with the window at hand."""
        allowance = caller.allowance
        if monotonic() >= allowance.ends_at:
            allowance = caller.allowance = self._context.limiter.allowance(caller.limit, caller.key_id)
        allowance.remaining -= 1
        if allowance.remaining < 0:
            raise self._context.limiter.refusal(caller.limit, allowance)
        return allowance.remaining

    def _refuse(self, error: Exception, headers: Mapping[bytes, bytes]) -> tuple[int, Headers, bytes]:
        if isinstance(error, ReplicaUnavailableError):
            error = replica_unavailable()
        elif not isinstance(error, ProblemError):
            request_id = uuid4().hex
            log.exception("look-up failed", request_id=request_id, error=type(error).__name__)
            error = ProblemError(INTERNAL_ERROR, request_id=request_id)
        self._context.metrics.refusals.labels(error.problem.code).inc()
        return problem_answer(error, headers)


def _without_body(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Return the headers with the length that the body has, and no body."""
    return (*headers, (b"content-length", b"%d" % len(body))), b""


def replica_unavailable() -> ProblemError:
    """Return the problem for a request that needs the replica while there is none."""
    return ProblemError(REPLICA_UNAVAILABLE, headers={"Retry-After": "1"})


def _wishes(query_string: bytes) -> tuple[str, Language]:
    """Return the form and the language asked for; raises invalid_request for unknown ones."""
    query = parse_qs(query_string.decode("latin-1"))
    form, language = query.get("format", ["json"])[-1], query.get("lang", ["zh"])[-1]
    wrong = [
        FieldError(name, "literal_error", *message("literal_error", expected=", ".join(expected)))
        for name, value, expected in (("format", form, FORMS), ("lang", language, LANGUAGES))
        if value not in expected
    ]
    if wrong:
        raise ProblemError(INVALID_REQUEST, fields=wrong)
    return form, "en" if language == "en" else "zh"


def problem_answer(error: ProblemError, headers: Mapping[bytes, bytes]) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of a problem, in the language that the request's headers prefer."""
    language = preferred_language(headers.get(b"accept-language", b"").decode("latin-1"))
    extra = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    extra += [(b"content-type", CONTENT_TYPE.encode()), (b"content-language", language.encode())]
    return error.problem.status, tuple(extra), error.body(language)
