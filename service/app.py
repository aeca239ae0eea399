"""The only wiring: settings in, ASGI application out. Nothing happens before the lifespan starts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from typing import TypedDict

import orjson
from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from service.cases.calendar_router import router as calendar_router
from service.cases.package import Printer
from service.cases.package_router import router as packages_router
from service.cases.router import router as cases_router
from service.contacts.router import router as contacts_router
from service.database import open_database
from service.decisions.router import router as decisions_router
from service.disputes.proof_router import router as proofs_router
from service.disputes.range_router import router as ranges_router
from service.disputes.router import router as disputes_router
from service.disputes.senders import CodeSender, open_sender
from service.edge import problem_pages, system
from service.edge.access import RateLimiter
from service.edge.admission import Admission
from service.edge.callers import Callers
from service.edge.context import Context
from service.edge.envelope import Envelope
from service.edge.in_flight import InFlight
from service.edge.operations import Operations, answer_head, operation_id
from service.edge.shared import Shared
from service.edge.written import Written
from service.evidence.reserved import Reserved
from service.evidence.room import Room
from service.evidence.router import router as evidence_router
from service.evidence.uploads_router import router as uploads_router
from service.evidence.vault import Vault, open_vault
from service.explanations.router import router as explanations_router
from service.exports.router import router as exports_router
from service.figures.read import FiguresReader
from service.figures.router import router as figures_router
from service.host.beside import Beside
from service.introduction import DESCRIPTION
from service.ledger.router import router as ledger_router
from service.ledger.watch import LedgerWatch
from service.lookup.replica import ReplicaReader
from service.lookup.route import PATH as LOOKUP_PATH
from service.lookup.route import PREFIX, LookupRoute
from service.lookup.router import router as lookup_router
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.moderation.router import router as moderation_router
from service.numbers.parse import load_plans
from service.openapi import VERSION, openapi_document
from service.outcomes.router import router as outcomes_router
from service.pages import (
    about,
    calls,
    cases,
    catalogue,
    entering,
    evidence,
    figures,
    following,
    ledger,
    looking_up,
    mine,
    papers,
    reporting,
    rights,
    screens,
    static_files,
    turning,
)
from service.pages.problem_page import problem_page
from service.refusals import HANDLERS, UNAVAILABLE
from service.reports.router import router as reports_router
from service.reports.writer import ReportWriter
from service.rights.router import router as rights_router
from service.rules.catalogue import Catalogue, load_catalogue
from service.rules.router import router as rules_router
from service.screens.reader import ScreenReader
from service.screens.router import router as screens_router
from service.secrets import load_key_ring
from service.settings import Settings
from service.suggestions.router import router as suggestions_router
from service.webhooks.router import router as webhooks_router

ROUTERS = (
    reports_router,
    evidence_router,
    uploads_router,
    cases_router,
    packages_router,
    calendar_router,
    webhooks_router,
    contacts_router,
    suggestions_router,
    screens_router,
    lookup_router,
    explanations_router,
    decisions_router,
    disputes_router,
    proofs_router,
    ranges_router,
    moderation_router,
    rights_router,
    exports_router,
    rules_router,
    outcomes_router,
    ledger_router,
    figures_router,
    problem_pages.router,
    system.router,
    static_files.router,
    *(
        journey.pages.router
        for journey in (
            looking_up,
            reporting,
            entering,
            turning,
            mine,
            evidence,
            screens,
            calls,
            cases,
            papers,
            following,
            rights,
            about,
            catalogue,
            ledger,
            figures,
        )
    ),
)


class State(TypedDict):
    """The lifespan state, which every request has."""

    context: Context
    callers: Callers
    admission: Admission
    readiness: Shared[str]
    exposition: Shared[bytes]
    lookup: LookupRoute
    writer: ReportWriter
    models: ModelShelf
    figures: FiguresReader
    sender: CodeSender | None
    catalogue: Catalogue
    vault: Vault
    beside: Beside
    screens: ScreenReader
    uploads: InFlight
    downloads: InFlight
    reserved: Reserved
    room: Room
    packages: InFlight
    copies: InFlight
    changes: InFlight
    answers: InFlight
    printer: Printer
    ledger: LedgerWatch


class Application:
    """The ASGI application: single look-ups to their own route, everything else through the envelope."""

    def __init__(self, settings: Settings, started: Callable[[], None]) -> None:
        @asynccontextmanager
        async def lifespan(_app: object) -> AsyncIterator[State]:
            async with AsyncExitStack() as stack:
                state = _open_state(settings, metrics, stack)
                load_plans()
                started()
                yield state

        metrics = Metrics(CollectorRegistry())
        self._lifespan = Router(lifespan=lifespan)
        self._api = load_api()
        self._document = Written(lambda: orjson.dumps(self._api.openapi()))
        operations: Operations = self._api.state.operations
        self._below_look_up = operations.below(LOOKUP_PATH)
        self._served = {(one.method, one.path): one for one in operations if one.server}
        self._envelope = Envelope(
            self._route,
            settings=settings,
            metrics=metrics,
            operations=operations,
            unavailable=UNAVAILABLE,
            page=problem_page,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one scope; returns the coroutine instead of wrapping a look-up in another."""
        if (
            scope["type"] == "http"
            and scope["path"].startswith(PREFIX)
            and not scope["path"].endswith(self._below_look_up)
        ):
            route: LookupRoute = scope["state"]["lookup"]
            return route(scope, receive, send)
        if scope["type"] == "lifespan":
            return self._lifespan.lifespan(scope, receive, send)
        return self._envelope(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a request to the server that its operation declares, or to FastAPI."""
        if scope["path"] == self._api.openapi_url and scope["method"] in ("GET", "HEAD"):
            document = Response(await self._document.content(), media_type="application/json")
            await document(scope, receive, send)
            return
        operation = self._served.get((scope["method"], scope["path"]))
        if operation is None or operation.server is None:
            await self._api(scope, receive, send)
            return
        response = await operation.server(Request(scope, receive))
        await response(scope, receive, send)


def create_app(settings: Settings, *, started: Callable[[], None] = lambda: None) -> Application:
    """Return the application, which any number of workers may serve; `started` is called in each, about to accept."""
    return Application(settings, started)


@cache
def load_api() -> FastAPI:
    """Make the FastAPI part, once a process: it knows no settings. `state.operations` has all its operations."""
    api = FastAPIOffline(
        title="dunwatch",
        version=VERSION,
        description=DESCRIPTION,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        exception_handlers=HANDLERS,
    )
    for router in ROUTERS:
        answer_head(router)
        api.include_router(router)
    answer_head(api.router)  # of the pages that FastAPI adds
    api.state.operations = Operations(api.routes)
    api.openapi = lambda: openapi_document(api)  # type: ignore[method-assign]
    return api


def _open_state(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> State:
    """Open everything that requests use; the stack closes it in reverse."""
    admission = Admission()
    admission.start()
    stack.callback(admission.stop)
    database = open_database(settings)
    stack.push_async_callback(database.close)
    replica = ReplicaReader(settings.replica_dir)
    stack.callback(replica.close)
    context = Context(
        settings=settings,
        database=database,
        keys=load_key_ring(settings.keys_dir),
        limiter=RateLimiter(workers=settings.workers),
        metrics=metrics,
        find_key=replica.find_key,
    )
    lookup = LookupRoute(context, replica)
    stack.callback(lookup.seconds.flush)
    models = ModelShelf(settings)
    screens = ScreenReader()
    stack.push_async_callback(screens.close)
    return State(
        context=context,
        callers=Callers(context),
        admission=admission,
        readiness=Shared(),
        exposition=Shared(),
        lookup=lookup,
        writer=ReportWriter(database, context.keys),
        models=models,
        figures=FiguresReader(database, models),
        sender=open_sender(settings),
        catalogue=load_catalogue(settings.catalogue_dir),
        vault=open_vault(settings, context.keys),
        beside=Beside(),
        screens=screens,
        uploads=InFlight(in_all=32, each=4),  # up to 10 MB of memory each
        downloads=InFlight(in_all=32, each=4),  # each keeps an object of the vault open
        reserved=Reserved(settings.evidence_max_total_bytes),
        room=Room(settings),
        packages=InFlight(in_all=8, each=1),  # those that are being made
        copies=InFlight(in_all=4, each=1),  # each reads with a connection to the database of its own
        changes=InFlight(
            in_all=3, each=1
        ),  # restrictions and deletions, which take long and lock the reporter's rows
        answers=InFlight(in_all=16, each=2),  # up to 200 MB of temporary file each, until it was sent
        printer=Printer(
            Beside(), settings.print_font, settings.operator
        ),  # of its own: no message waits for a document
        ledger=LedgerWatch(),
    )
