"""Every operation of the application with what it declares, resolved once at start from the routes themselves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from service.edge.declared import Body, Declaration, Handler, Token, Visitor, declaration_of
from service.edge.problems import Problem


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: what its handler declares, and everything that it depends on.

    Without `tokens` it is open to everybody. `is_documented` says whether it stands in the OpenAPI document. `visitor`
    says for whom a page is; None where it is no page.
    """

    method: str
    path: str
    pattern: re.Pattern[str]
    problems: tuple[Problem, ...]
    tokens: tuple[Token, ...]
    body: Body
    server: "Handler | None"
    is_counted: bool
    is_documented: bool
    visitor: Visitor | None = None


class Operations:
    """The operations of an application, found by method and path."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._all = tuple(_operations(routes))
        self._exact = {(one.method, one.path): one for one in self._all if "{" not in one.path}
        self._others = tuple(one for one in self._all if "{" in one.path)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._all)

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation that answers a request; None where there is none."""
        if (exact := self._exact.get((method, path))) is not None:
            return exact
        return next((one for one in self._others if one.method == method and one.pattern.match(path)), None)

    def methods(self, path: str) -> list[str]:
        """Return the methods that an address takes, of all routes that share it."""
        return sorted({one.method for one in self._all if one.pattern.match(path)})

    def below(self, path: str) -> tuple[str, ...]:
        """Return what follows `path` in the paths of operations that lie below it."""
        return tuple(
            sorted({one.path.removeprefix(path) for one in self._all if one.path.startswith(f"{path}/")})
        )


def answer_head(router: APIRouter) -> None:
    """Let every route of a router that answers GET answer HEAD as well; the envelope leaves the body out."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")


def operation_id(route: APIRoute) -> str:
    """Return the name of a route's handler as an operationId: `list_reports` becomes `listReports`."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _operations(routes: Sequence[BaseRoute]) -> Iterator[Operation]:
    for route in iter_route_contexts(routes):
        dependant: Dependant | None = getattr(route, "dependant", None)
        handler = declaration_of(route.endpoint)
        declared = tuple(_declarations(dependant)) if dependant else ()
        for method in sorted(route.methods or ()):
            yield Operation(
                method=method,
                path=route.path_format or "",
                pattern=route.path_regex,
                problems=tuple(dict.fromkeys(problem for one in declared for problem in one.problems)),
                tokens=tuple(dict.fromkeys(token for one in declared for token in one.tokens)),
                body=handler.body,
                server=handler.server,
                is_counted=handler.is_counted,
                is_documented=dependant is not None and bool(route.include_in_schema) and method != "HEAD",
                visitor=handler.visitor,
            )


def _declarations(dependant: Dependant) -> Iterator[Declaration]:
    """What a handler declares, then each of its dependencies, however deep."""
    yield declaration_of(dependant.call)
    for inner in dependant.dependencies:
        yield from _declarations(inner)
