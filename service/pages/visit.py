"""One request for a page: who asks, in which language, with which form, and how it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from inspect import isawaitable
from typing import Any, Final, cast

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from service.edge.caller import caller_of
from service.edge.context import Context, context_of
from service.edge.declared import Visitor
from service.edge.idempotency import SCOPE, Once
from service.edge.problems import DATABASE_UNAVAILABLE, NOT_FOUND, WRONG_KEY, Language, Problem, ProblemError
from service.edge.sessions import Session, forgotten
from service.edge.validation import validation_problem
from service.pages.forms import Form, read_form, require_own_form
from service.pages.in_words import for_people
from service.pages.refused import OWNER_SIGN_IN, SIGN_IN, STAFF_SIGN_IN
from service.pages.render import HEADERS, TAGS, address, render
from service.refusals import UNAVAILABLE
from service.reports import reporters_store

SEE_OTHER: Final = 303
PUBLIC: Final = "public, max-age=600"
Handler = Callable[["Visit"], Awaitable[Response]]
#: What is shown to whom there is no session of, and the page on which one begins.
SIGNED_OUT: Final[Mapping[Visitor, tuple[Problem, str]]] = {
    Visitor.ANYBODY: (SIGN_IN, "enter.html"),
    Visitor.REPORTER: (SIGN_IN, "enter.html"),
    Visitor.OWNER: (OWNER_SIGN_IN, "dispute.html"),
    Visitor.STAFF: (STAFF_SIGN_IN, "staff_enter.html"),
}


class Visit:
    """A request for a page. `again`, if a handler sets it, shows the form once more with what is wrong."""

    def __init__(
        self, request: Request, language: Language, visitor: Visitor, *, is_streamed: bool = False
    ) -> None:
        self.request = request
        self.language = language
        self.visitor = visitor
        self.form = Form()
        self._is_streamed = is_streamed
        self.session = cast(Session | None, request.scope.get("session"))
        self.again: Callable[[ProblemError], Response | Awaitable[Response]] | None = None
        self.cookies: list[str] = []

    @property
    def context(self) -> Context:
        """Return the context of the process."""
        return context_of(self.request)

    @property
    def now(self) -> datetime:
        """Return the current time in UTC."""
        return self.context.now()

    @property
    def pseudonym(self) -> bytes:
        """Return the pseudonym of the reporter or owner; raises signed_out without a session."""
        if self.session is None:
            raise self.signed_out()
        return self.session.who

    def signed_out(self) -> ProblemError:
        """Return the problem for somebody whose session is over, or who has none."""
        return ProblemError(SIGNED_OUT[self.visitor][0])

    def t(self, zh: str, en: str) -> str:
        """Return a text in the language of the page."""
        return zh if self.language == "zh" else en

    def to(self, path: str) -> str:
        """Return the address of another page in the same language."""
        return address(path, self.language)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page made of a template, which has `visit` and `values`; `error` is the problem with its form."""
        settings = self.context.settings
        values = {"error": None, "form": self.form, "path": self._path(), **values}
        text = render(
            template,
            self.language,
            visit=self,
            exit_url=settings.exit_url,
            site_note=settings.site_note,
            operator=settings.operator,
            **values,
        )
        headers = {**HEADERS, "Content-Language": TAGS[self.language]}
        return Response(text, status, headers, "text/html; charset=utf-8")

    def public_page(self, template: str, **values: Any) -> Response:
        """Return a page that is the same for everybody, and that anybody may keep for a while where no session is."""
        page = self.page(template, **values)
        if self.session is None:
            page.headers["Cache-Control"] = PUBLIC
        return page

    def redirect(self, path: str) -> Response:
        """Return an answer that leads to another page of this site, which the browser gets anew."""
        return Response(status_code=SEE_OTHER, headers={**HEADERS, "Location": self.to(path)})

    def begin(self, session: Session) -> None:
        """Begin a session: the answer carries its cookie."""
        self.session = session
        self.cookies.append(session.cookie(self.context.keys))

    def end(self) -> None:
        """End the session on this telephone."""
        kind = Visitor.REPORTER if self.visitor is Visitor.ANYBODY else self.visitor
        self.session = None
        self.cookies.append(forgotten(kind))

    def once(self) -> None:
        """Let what this form asks for be done once, however often the same is sent: handlers look for the key."""
        self.request.scope[SCOPE] = self.once_for(self.pseudonym, self.form.pairs())

    def once_for(self, principal: bytes, asked: object) -> Once | None:
        """Return the key under which `asked`, a part of this form or all of it, is done once; other words are new work."""
        if not self.form["once"]:
            return None
        content = repr((self._path(), asked)).encode()
        return Once.made(principal, f"page {self.form['once'][:100]} {sha256(content).hexdigest()}", content)

    async def serve(self, handler: Handler) -> Response:
        """Return what the handler answers, or the page about what kept it from answering."""
        try:
            response = await self._answer(handler)
        except Exception as error:
            response = await self._refused_again(error)
        for cookie in self.cookies:
            response.headers.append("Set-Cookie", cookie)
        return response

    async def _answer(self, handler: Handler) -> Response:
        if self.request.method == "POST":
            require_own_form(self.request.headers)
            if not self._is_streamed:  # else the handler reads it, within limits of its own
                self.form = await read_form(self.request)
        if self.visitor is not Visitor.ANYBODY:
            await self._require_session()
        response = await handler(self)
        if self.session is not None and not self.cookies:
            renewed = self.session.renewed(self.now)
            if renewed is not None:
                self.begin(renewed)
        return response

    async def _require_session(self) -> None:
        if self.session is None:
            raise self.signed_out()
        if self.visitor is Visitor.REPORTER:
            async with self.context.database.connection() as connection:
                if not await reporters_store.is_session_good(
                    connection, self.session.who, self.session.begun_at
                ):
                    self.end()
                    raise self.signed_out()

    async def _refused_again(self, error: Exception) -> Response:
        """Return the page about a problem; where its form cannot be shown again either, the page about that."""
        try:
            return await self._refused(error)
        except Exception as second:
            if self.again is None:
                raise
            self.again = None
            return await self._refused(second)

    async def _refused(self, error: Exception) -> Response:
        if (of_part := UNAVAILABLE.get(type(error))) is not None:
            error = of_part()
        elif isinstance(error, ValidationError):
            error = validation_problem(error.errors(include_url=False))
        if not isinstance(error, ProblemError):
            raise error
        self.context.metrics.refusals.labels(error.problem.code).inc()
        problem, page = SIGNED_OUT[self.visitor]
        if error.problem is WRONG_KEY:  # of an owner whose data was deleted meanwhile
            self.end()
            error = self.signed_out()
        is_away = error.problem is DATABASE_UNAVAILABLE
        error = for_people(error)
        if self.again is not None:
            shown = self.again(error)
            response = await shown if isawaitable(shown) else shown
        elif is_away and self.form.pairs():  # nothing that was written is lost
            response = self.page("away.html", error.problem.status, error=error, sent=self.form.pairs())
        elif error.problem is problem:
            response = self.page(page, problem.status, error=error, visitor=self.visitor.value)
        else:
            response = self.page("problem.html", error.problem.status, error=error)
        for name, value in error.headers.items():
            if name != "WWW-Authenticate":  # a browser would ask for a password
                response.headers[name] = value
        return response

    def _path(self) -> str:
        """Return the path of this page as it is in Chinese, without what may be secret in its address."""
        path: str = self.request.scope["path"]
        return "/" if path == "/en" else path.removeprefix("/en") if path.startswith("/en/") else path


def not_found() -> ProblemError:
    """Return the problem for a page that is not there, or not this person's: never which of both."""
    return ProblemError(NOT_FOUND)


def network_of(visit: Visit) -> str:
    """Return the network that a visit comes from."""
    return caller_of(visit.request).network
