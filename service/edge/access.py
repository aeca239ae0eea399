"""Access: API keys with scopes, bearer tokens, rate limits."""

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson

from service.edge.declared import Token
from service.edge.problems import (
    MISSING_KEY,
    MISSING_SCOPE,
    OTHER_KEY_KIND,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
    ProblemError,
)

KEY_PREFIX = "dw_key_"
REPORTER_PREFIX = "dw_rep_"
OWNER_PREFIX = "dw_own_"


@dataclass(frozen=True, slots=True)
class TokenKind:
    """A kind of bearer token: how it begins, its security scheme, its names in Chinese and English, who issues it."""

    prefix: str
    scheme: str
    zh: str
    en: str
    description: str


TOKEN_KINDS = {
    kind.prefix: kind
    for kind in (
        TokenKind(
            prefix=KEY_PREFIX,
            scheme="apiKey",
            zh="API 密钥",
            en="an API key",
            description="API 密钥。A program's key, which the operator issues with `dunwatch keys create`. "
            "Each operation names the scopes that the key must have.",
        ),
        TokenKind(
            prefix=REPORTER_PREFIX,
            scheme="reporterToken",
            zh="举报人令牌",
            en="a reporter's token",
            description="举报人令牌。A reporter's token, which `POST /v1/reporters` issues. It opens that reporter's data.",
        ),
        TokenKind(
            prefix=OWNER_PREFIX,
            scheme="ownerToken",
            zh="机主令牌",
            en="an owner's token",
            description="机主令牌。The token of a number's owner, which `POST /v1/owners` issues. It opens the owner's own "
            "disputes and data.",
        ),
    )
}
TOKEN_BYTES = 32
INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class Scope(StrEnum):
    """A permission of an API key."""

    LOOKUP = "lookup"
    REPORTS = "reports"
    EXPORTS = "exports"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key as every serving host knows it; `expires_at` in Unix seconds, 0 for never."""

    key_id: str
    scopes: frozenset[Scope]
    source_id: int | None
    limit_per_second: int | None
    expires_at: float

    def is_expired(self, now: float) -> bool:
        """Return whether the key is over at `now` (Unix seconds)."""
        return 0 < self.expires_at <= now

    def encode(self) -> bytes:
        """Return the form in which the replica keeps the key."""
        return orjson.dumps(
            [self.key_id, sorted(self.scopes), self.source_id, self.limit_per_second, self.expires_at]
        )

    @classmethod
    def decode(cls, encoded: bytes) -> "ApiKey":
        """Return the key of an encoded form."""
        key_id, scopes, source_id, limit, expires_at = orjson.loads(encoded)
        return cls(key_id, frozenset(Scope(scope) for scope in scopes), source_id, limit, expires_at)


def new_token(prefix: str) -> str:
    """Return a new bearer token of 256 random bits; secret scanners recognise its prefix."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def bearer_token(authorization: str | None) -> str:
    """Return the token of an `Authorization: Bearer` header (RFC 6750); raises missing_key where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(MISSING_KEY, headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def other_kind(*prefixes: str) -> ProblemError:
    """Return the problem other_key_kind for a token that begins with none of `prefixes`; it names those kinds."""
    kinds = [TOKEN_KINDS[prefix] for prefix in prefixes]
    return ProblemError(
        OTHER_KEY_KIND,
        headers=INVALID_TOKEN,
        needed_zh="或".join(f"{kind.zh}（{kind.prefix}…）" for kind in kinds),
        needed_en=" or ".join(f"{kind.en} ({kind.prefix}…)" for kind in kinds),
    )


def token_of(prefix: str, *scopes: Scope) -> Token:
    """Return what a dependency declares that accepts tokens with this prefix, of keys those with these scopes."""
    return Token(TOKEN_KINDS[prefix].scheme, tuple(scope.value for scope in scopes))


def check_key(token: str, key: ApiKey | None, scope: Scope, now: float) -> ApiKey:
    """Return the key when it is valid at `now` (Unix seconds) and has `scope`; raises the problem that fits otherwise."""
    if key is None and not token.startswith(KEY_PREFIX):
        raise other_kind(KEY_PREFIX)
    if key is None or key.is_expired(now):
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)
    if scope not in key.scopes:
        raise lacking(scope)
    return key


def lacking(scope: Scope, shown: str | None = None) -> ProblemError:
    """Return the problem missing_scope; `shown` says more than the scope's name where that is not enough."""
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return ProblemError(MISSING_SCOPE, headers={"WWW-Authenticate": challenge}, scope=shown or scope.value)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` in each window of `seconds`; `name` is the policy's name in the headers."""

    name: str
    amount: int
    seconds: int


class Allowance:
    """How many requests a client has left in the window that ends at `ends_at`, in seconds of the limiter's clock."""

    __slots__ = ("ends_at", "remaining")

    def __init__(self, remaining: int, ends_at: float) -> None:
        self.remaining = remaining
        self.ends_at = ends_at


class RateLimiter:
    """Fixed windows in this process's memory; a window's counts are dropped whole when the next begins.

    Their clock is monotonic: a clock that is set back must not refuse everybody until it has caught up.

    With several workers the kernel spreads connections over them, so each is given its share of the amount.
    """

    def __init__(self, *, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._windows: dict[RateLimit, tuple[float, dict[str, Allowance]]] = {}

    def allowance(self, limit: RateLimit, who: str) -> Allowance:
        """Return the allowance of `who`, which is valid until its window ends; a hot path takes from it itself."""
        now = self._clock()
        ends_at, allowances = self._windows.get(limit, (0.0, {}))
        if now >= ends_at:
            ends_at, allowances = now - now % limit.seconds + limit.seconds, {}
            self._windows[limit] = ends_at, allowances
        if (allowance := allowances.get(who)) is None:
            allowance = allowances[who] = Allowance(self.share(limit), ends_at)
        return allowance

    def take(self, limit: RateLimit, who: str, amount: int = 1) -> tuple[int, int]:
        """Count `amount` against `who`; returns how much remains and the seconds to the next window.

        Raises too_many_requests past the limit; an amount of 0 only asks whether it was passed.
        """
        allowance = self.allowance(limit, who)
        allowance.remaining -= amount
        if allowance.remaining < 0:
            raise self.refusal(limit, allowance)
        return allowance.remaining, self._seconds_left(allowance)

    def give_back(self, limit: RateLimit, who: str) -> None:
        """Undo a `take` of one."""
        self.allowance(limit, who).remaining += 1

    def forget(self, who: str) -> None:
        """Drop what is remembered of `who`, in every window."""
        for _, allowances in self._windows.values():
            allowances.pop(who, None)

    def refusal(self, limit: RateLimit, allowance: Allowance) -> ProblemError:
        """Return the problem for a client that has used up its allowance."""
        seconds = self._seconds_left(allowance)
        headers = {**self.headers(limit, 0, seconds), "Retry-After": str(seconds)}
        return ProblemError(TOO_MANY_REQUESTS, headers=headers, seconds=seconds)

    def _seconds_left(self, allowance: Allowance) -> int:
        return math.ceil(allowance.ends_at - self._clock())

    def share(self, limit: RateLimit) -> int:
        """Return how many requests this worker may let pass in a window."""
        return max(1, -(-limit.amount // self._workers))

    def headers(self, limit: RateLimit, remaining: int, seconds: int) -> dict[str, str]:
        """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10): policy q, w; state r, t."""
        return {
            "RateLimit-Policy": f'"{limit.name}";q={self.share(limit)};w={limit.seconds}',
            "RateLimit": f'"{limit.name}";r={remaining};t={seconds}',
        }


def expiry_seconds(expires_at: datetime | None) -> float:
    """Return an expiry in Unix seconds, 0 for never."""
    return expires_at.timestamp() if expires_at else 0.0
