"""The context of request handlers, built once at start and passed on as typed lifespan state."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from service.database import Database
from service.edge.access import (
    KEY_PREFIX,
    ApiKey,
    RateLimit,
    RateLimiter,
    Scope,
    bearer_token,
    check_key,
    network_of,
    token_hash,
    token_of,
)
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
    """Return a dependency that gives the request's API key, valid, with `scope` and within its limit."""

    @opened_by(token_of(KEY_PREFIX, scope))
    @raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, MISSING_SCOPE, TOO_MANY_REQUESTS, REPLICA_UNAVAILABLE)
    async def authorise(request: Request) -> ApiKey:
        context = context_of(request)
        token = bearer_token(request.headers.get("authorization"))
        key = check_key(token, context.find_key(token_hash(token)), scope, time.time())
        amount = key.limit_per_second or context.settings.request_limit_per_second
        count_request(request, RateLimit("requests", amount, 1), key.key_id)
        return key

    return authorise


LookupKey = Annotated[ApiKey, Depends(require_scope(Scope.LOOKUP))]
ReportsKey = Annotated[ApiKey, Depends(require_scope(Scope.REPORTS))]
ExportKey = Annotated[ApiKey, Depends(require_scope(Scope.EXPORTS))]
ModeratorKey = Annotated[ApiKey, Depends(require_scope(Scope.MODERATOR))]
AdministratorKey = Annotated[ApiKey, Depends(require_scope(Scope.ADMINISTRATOR))]
"""The parameters of handlers that need an API key with this scope."""


def count_request(request: Request, limit: RateLimit, who: str) -> None:
    """Count a request against `who`; the envelope adds to every answer what is left of each limit."""
    limiter = context_of(request).limiter
    request.scope.setdefault("limits", []).append(limiter.headers(limit, *limiter.take(limit, who)))


def client_network(request: Request) -> str:
    """Return the network (/24 or /48) that the request comes from, through trusted proxies where there are any."""
    address = request.client.host if request.client else ""
    trusted = request.state.context.settings.trusted_proxies
    if trusted:
        for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
            if not _is_trusted(address, trusted) or not hop.strip():
                break
            address = hop.strip()
    return network_of(address)


def _is_trusted(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False
