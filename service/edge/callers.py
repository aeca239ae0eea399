"""Who sends a request, and whether the operation is open to them: told from the headers, before the body is read."""

import time
from typing import Final

from starlette.types import Scope as AsgiScope

from service.edge.access import (
    OWNER_PREFIX,
    REPORTER_PREFIX,
    TOKEN_KINDS,
    RateLimit,
    Scope,
    bearer_token,
    check_key,
    other_kind,
    token_hash,
)
from service.edge.caller import Caller
from service.edge.context import Context, count
from service.edge.declared import Visitor
from service.edge.forwarded import client_network
from service.edge.operations import Operation
from service.edge.person_tokens import is_issued, pseudonym_of
from service.edge.problems import WRONG_KEY, ProblemError
from service.edge.repeated import require_single_headers
from service.edge.sessions import Session, read_session

#: Tokens of people that bear no mark of this service, by network: past this many, the database is not asked about them.
UNKNOWN_TOKENS: Final = RateLimit("unknown-tokens", 60, 60)
#: Statuses of refusals that only the holder of a good token gets.
PROVED: Final = frozenset({403, 404, 409, 410})
SCHEMES: Final = {kind.scheme: kind.prefix for kind in TOKEN_KINDS.values()}
API_KEY: Final = "apiKey"


class Callers:
    """Tells callers apart and counts their requests, for one process."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def identify(self, scope: AsgiScope, operation: Operation | None) -> Caller:
        """Return who sends a request; raises the problem that keeps the operation, or everything, closed to them."""
        require_single_headers(scope)
        settings = self._context.settings
        network = client_network(scope, settings.trusted_proxies, settings.forwarded_header)
        limit = RateLimit("requests", settings.request_limit_per_second, 1)
        caller = Caller(network)
        if operation is not None and operation.tokens:
            try:
                self._open(caller, bearer_token(authorization_of(scope)), operation)
            except ProblemError:
                self._context.limiter.take(limit, network)  # refusals are not free either
                raise
        if operation is not None and operation.visitor is not None:
            self._recognise(caller, scope, operation.visitor)
        if operation is None or operation.is_counted:
            if caller.key is not None and caller.key.limit_per_second is not None:
                limit = RateLimit("requests", caller.key.limit_per_second, 1)
            count(scope, self._context.limiter, limit, caller.who)
        return caller

    def settle(self, caller: Caller, status: int) -> None:
        """Take note of the status of an answer, 0 for none: a token that proved good does not count against its network.

        Nor does one about which nobody could be asked. Nothing stays remembered of a token that nobody holds.
        """
        if not caller.is_doubtful:
            return
        is_unanswered = status == 0 or status >= 500
        if is_unanswered or status < 400 or status in PROVED:
            self._context.limiter.give_back(UNKNOWN_TOKENS, caller.network)
        if is_unanswered or status == WRONG_KEY.status:
            self._context.limiter.forget(caller.who)

    def _recognise(self, caller: Caller, scope: AsgiScope, visitor: Visitor) -> None:
        """Complete the caller of a page by the session in its cookie; a page without one is a stranger's."""
        session: Session | None = read_session(self._context.keys, scope, visitor, self._context.now())
        if session is not None and visitor is Visitor.STAFF:
            caller.key = self._context.find_key(session.who)
            if caller.key is None or caller.key.is_expired(time.time()):
                caller.key = session = None
        elif session is not None:
            caller.pseudonym = session.who
            caller.prefix = OWNER_PREFIX if visitor is Visitor.OWNER else REPORTER_PREFIX
        scope["session"] = session

    def _open(self, caller: Caller, token: str, operation: Operation) -> None:
        """Complete the caller by its token; raises the problem with which the operation refuses it."""
        schemes = {one.scheme for one in operation.tokens}
        prefixes = [prefix for scheme, prefix in SCHEMES.items() if scheme in schemes]
        caller.prefix = next((prefix for prefix in prefixes if token.startswith(prefix)), "")
        if API_KEY in schemes:
            key = self._context.find_key(token_hash(token))
            for one in operation.tokens:
                for scope in one.scopes:
                    caller.key = check_key(token, key, Scope(scope), time.time())
        elif not caller.prefix:
            raise other_kind(*prefixes)
        else:
            caller.pseudonym = pseudonym_of(self._context.keys, token)
            caller.is_doubtful = not is_issued(self._context.keys, token)
            if caller.is_doubtful:
                self._context.limiter.take(UNKNOWN_TOKENS, caller.network)


def authorization_of(scope: AsgiScope) -> str | None:
    """Return the header Authorization; None where there is none."""
    value: bytes | None = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    return value.decode("latin-1") if value else None
