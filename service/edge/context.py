"""The context of request handlers, built once at start and passed on as typed lifespan state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request
from starlette.types import Scope as AsgiScope

from service.database import Database
from service.edge.access import (
    KEY_PREFIX,
    ApiKey,
    RateLimit,
    RateLimiter,
    Scope,
    token_of,
)
from service.edge.caller import caller_of
from service.edge.declared import opened_by, raises
from service.edge.problems import (
    MISSING_KEY,
    MISSING_SCOPE,
    OTHER_KEY_KIND,
    REPLICA_UNAVAILABLE,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
)
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """One per process. `find_key` reads this host's replica, so that it works while PostgreSQL is unavailable."""

    settings: Settings
    database: Database
    keys: KeyRing
    limiter: RateLimiter
    metrics: Metrics
    find_key: Callable[[bytes], ApiKey | None]

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


def context_of(request: Request) -> Context:
    """Return the context of the process that serves `request`."""
    return cast(Context, request.state.context)


def require_scope(scope: Scope) -> Callable[[Request], Awaitable[ApiKey]]:
    """Return a dependency that gives the request's API key; the envelope has let it pass only if it has `scope`."""

    @opened_by(token_of(KEY_PREFIX, scope))
    @raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, MISSING_SCOPE, TOO_MANY_REQUESTS, REPLICA_UNAVAILABLE)
    async def authorised(request: Request) -> ApiKey:
        return caller_of(request).holds(scope)

    return authorised


LookupKey = Annotated[ApiKey, Depends(require_scope(Scope.LOOKUP))]
ReportsKey = Annotated[ApiKey, Depends(require_scope(Scope.REPORTS))]
ExportKey = Annotated[ApiKey, Depends(require_scope(Scope.EXPORTS))]
ModeratorKey = Annotated[ApiKey, Depends(require_scope(Scope.MODERATOR))]
AdministratorKey = Annotated[ApiKey, Depends(require_scope(Scope.ADMINISTRATOR))]
"""The parameters of handlers that need an API key with this scope."""


def count(scope: AsgiScope, limiter: RateLimiter, limit: RateLimit, who: str) -> None:
    """Count a request against `who`; the envelope adds to every answer what is left of each limit."""
    scope.setdefault("limits", []).append(limiter.headers(limit, *limiter.take(limit, who)))


def count_request(request: Request, limit: RateLimit, who: str) -> None:
    """Count a request against a further limit than the one of all requests."""
    count(request.scope, context_of(request).limiter, limit, who)
