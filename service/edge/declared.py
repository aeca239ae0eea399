"""What handlers and dependencies declare about themselves beside their signatures, for the service and its document.

A handler names its own problems and how it wants its body; a dependency names the problems it adds and the tokens that it
accepts. `service.edge.operations` reads all of it once, at start.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from service.edge.problems import Problem

if TYPE_CHECKING:  # the follower knows the scopes of keys, and has no use for Starlette
    from starlette.requests import Request
    from starlette.responses import Response

Call = TypeVar("Call", bound=Callable[..., Any])
Handler: TypeAlias = "Callable[[Request], Awaitable[Response]]"
_NAME: Final = "__declared__"


class Visitor(Enum):
    """Whom a page is for, which says whose session it reads."""

    ANYBODY = "everybody, with or without a reporter's session"
    REPORTER = "reporter"
    OWNER = "owner"
    STAFF = "staff"


class Body(Enum):
    """How a handler wants the body of its request."""

    SMALL = "whole, at most max_body_bytes"
    LARGE = "whole, one JSON text of at most 2 MB; needs a key"
    LINES = "whole, one JSON text a line, at most max_batch_bytes; needs a key"
    STREAMED = "piece by piece, within limits of its own"


@dataclass(frozen=True, slots=True)
class Token:
    """A kind of bearer token that opens an operation: its security scheme, and the scopes that it must have."""

    scheme: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything that one handler or dependency declares."""

    problems: tuple[Problem, ...] = ()
    tokens: tuple[Token, ...] = ()
    body: Body = Body.SMALL
    server: "Handler | None" = None
    is_counted: bool = True
    visitor: Visitor | None = None


def declaration_of(call: object) -> Declaration:
    """Return what a handler or a dependency declares; an empty declaration where it says nothing."""
    declared: Declaration = getattr(call, _NAME, Declaration())
    return declared


def raises(*problems: Problem) -> Callable[[Call], Call]:
    """Declare problems that a handler or dependency answers with, besides those of what it depends on."""
    return _declare(problems=problems)


def opened_by(*tokens: Token) -> Callable[[Call], Call]:
    """Declare which kinds of token a dependency accepts: one of them is enough."""
    return _declare(tokens=tokens)


def reads(body: Body) -> Callable[[Call], Call]:
    """Declare that a handler wants its body otherwise than small and whole."""
    return _declare(body=body)


def shown_to(visitor: Visitor) -> Callable[[Call], Call]:
    """Declare that a handler answers with a page for people, and for whom."""
    return _declare(visitor=visitor)


def served_by(server: Handler) -> Callable[[Call], Call]:
    """Declare that requests go to `server`, without FastAPI's routing; the handler stands for it in the document."""
    return _declare(server=server)


def uncounted(handler: Call) -> Call:
    """Declare that requests count against no limit: who watches over the service must always be answered."""
    return _declare(is_counted=False)(handler)


def headers(*names: str) -> dict[str, dict[str, str]]:
    """Return the documentation of response headers, as `responses` of a route takes it."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _declare(**parts: Any) -> Callable[[Call], Call]:
    def declare(call: Call) -> Call:
        setattr(call, _NAME, replace(declaration_of(call), **parts))
        return call

    return declare
