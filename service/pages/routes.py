"""Pages at their addresses, each in both languages, beside the operations of the API and outside of its document."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.edge.declared import Body, Visitor, reads, shown_to
from service.edge.problems import Language
from service.pages.render import address
from service.pages.visit import Handler, Visit


class Pages:
    """The pages of one journey. Each handler is served at its path in Chinese, and below /en in English."""

    def __init__(self) -> None:
        self.router = APIRouter(include_in_schema=False)

    def get(self, path: str, visitor: Visitor = Visitor.ANYBODY) -> Callable[[Handler], Handler]:
        """Register a handler that shows a page."""
        return self._add("GET", path, visitor, Body.SMALL)

    def post(
        self, path: str, visitor: Visitor = Visitor.ANYBODY, body: Body = Body.SMALL
    ) -> Callable[[Handler], Handler]:
        """Register a handler that takes a form, then sends the browser to a page; `body` as in `reads`."""
        return self._add("POST", path, visitor, body)

    def _add(self, method: str, path: str, visitor: Visitor, body: Body) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for language in ("zh", "en"):
                self.router.add_api_route(
                    address(path, language),
                    _endpoint(handler, language, visitor, body),
                    methods=[method],
                    name=handler.__name__,
                    response_model=None,
                )
            return handler

        return register


def _endpoint(
    handler: Handler, language: Language, visitor: Visitor, body: Body
) -> Callable[[Request], object]:
    @reads(body)
    @shown_to(visitor)
    async def endpoint(request: Request) -> Response:
        return await Visit(request, language, visitor, is_streamed=body is Body.STREAMED).serve(handler)

    return endpoint
