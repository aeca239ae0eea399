"""Signing in with an API key: the parts that its scopes open, and signing out.

The session's cookie holds the key's hash, which is looked up at each request: a revoked key ends at once.
"""

import time
from typing import Any, Final

from starlette.responses import Response

from service.edge.access import ApiKey, RateLimit, Scope, token_hash
from service.edge.caller import caller_of
from service.edge.context import count_request
from service.edge.declared import Visitor
from service.edge.problems import ProblemError
from service.edge.sessions import Session
from service.pages.refused import STAFF_KEY_WRONG
from service.pages.routes import Pages
from service.pages.visit import Visit, network_of

TRIES: Final = RateLimit("staff-keys", 10, 3600)
LONGEST_KEY: Final = 200
#: The scopes that open pages.
PARTS: Final = (Scope.MODERATOR, Scope.EXPORTS, Scope.ADMINISTRATOR)

pages = Pages()


@pages.get("/staff", Visitor.STAFF)
async def show_parts(visit: Visit) -> Response:
    """Lead to the parts that the key opens."""
    return staff_page(visit, "staff.html")


@pages.post("/staff")
async def sign_in(visit: Visit) -> Response:
    """Begin a session for the holder of a key; who tries keys is stopped, by network."""
    visit.again = lambda error: visit.page("staff_enter.html", error.problem.status, error=error)
    context = visit.context
    network = network_of(visit)
    count_request(visit.request, TRIES, network)
    key_hash = token_hash(visit.form["key"][:LONGEST_KEY])
    key = context.find_key(key_hash)
    if key is None or key.is_expired(time.time()) or not key.scopes.intersection(PARTS):
        raise ProblemError(STAFF_KEY_WRONG)
    context.limiter.give_back(TRIES, network)
    visit.begin(Session.begin(Visitor.STAFF, key_hash, now=visit.now))
    return visit.redirect("/staff")


@pages.post("/staff/sign-out", Visitor.STAFF)
async def sign_out_staff(visit: Visit) -> Response:
    """End the session."""
    visit.end()
    return visit.redirect("/staff")


def key_with(visit: Visit, scope: Scope) -> ApiKey:
    """Return the key of the session; raises missing_scope where it does not open this part."""
    return caller_of(visit.request).holds(scope)


def staff_page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """Return a page with the parts that the key opens."""
    key = caller_of(visit.request).key
    scopes = [scope.value for scope in PARTS if key is not None and scope in key.scopes]
    return visit.page(template, status, scopes=scopes, key_id=key.key_id if key else "", **values)
