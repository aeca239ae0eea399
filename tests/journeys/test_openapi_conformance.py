"""Whatever the OpenAPI document allows and forbids, answers are as it says and nothing fails inside."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ml.classifier import Classifier
from service.app import create_app, load_api
from service.edge import access
from service.edge.api_keys import create_key
from service.reports.sources_store import ensure_source
from service.settings import Settings
from tests.clients import Api, lifespan
from tests.waiting import DEADLINE_SECONDS

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
DOCUMENT = deepcopy(load_api().openapi())  # its parts are those of the routes
for _operations in DOCUMENT["paths"].values():
    for _operation in _operations.values():
        del _operation["responses"]["default"]  # each status is to be documented by itself


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """One line; what JSON cannot hold is sent as it prints."""
    return json.dumps(value, default=repr).encode()


REPEATABLE = hypothesis_settings(
    max_examples=8,  # of each operation; `benchmarks.fuzz` sends thousands
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = sorted(
    (path, method.upper()) for path, operations in DOCUMENT["paths"].items() for method in operations
)
#: Public by design; all others want a key or a token.
OPEN = {
    (path, method) for path, method in OPERATIONS if DOCUMENT["paths"][path][method.lower()]["security"] == []
}

#: What a reporter's token opens.
OF_REPORTERS = ("/v1/reports", "/v1/cases", "/v1/calendars", "/v1/webhooks", "/v1/violations:suggest")


class Running:
    """The application in an event loop of its own thread: schemathesis calls it synchronously."""

    def __init__(self, settings: Settings, model: Classifier) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stop = asyncio.Event()
        ready: Future[Api] = Future()
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(settings, model, ready), self._loop)
        self.api = ready.result(DEADLINE_SECONDS)

    def call(self, coroutine: Any) -> Any:
        """What a coroutine gives that runs in the application's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE_SECONDS)

    def close(self) -> None:
        """End the application, then its loop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._serving.result(DEADLINE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, settings: Settings, model: Classifier, ready: "Future[Api]") -> None:
        async with lifespan(create_app(settings)) as (app, state):
            api = Api(app, state, settings, model)
            ready.set_result(api)
            await self._stop.wait()
            await api.close()


@pytest.fixture
def running(settings: Settings, model: Classifier) -> Iterator[Running]:
    generous = settings.model_copy(update={"report_limit_per_hour": 10**6, "signup_limit_per_hour": 10**6})
    generous.metrics_dir.mkdir(parents=True)
    opened = Running(generous, model)
    yield opened
    opened.close()


async def new_tokens(api: Api) -> tuple[str, str, str, str]:
    """A key with every scope, a reporter's token, an owner's, and one of somebody who may be deleted."""
    async with api.database.connection() as connection:
        source = await ensure_source(connection, "partner", weight=1.0)
        _, key = await create_key(
            connection,
            label="x",
            scopes=list(access.Scope),
            now=datetime.now(UTC),
            source_id=source.source_id,
            limit_per_second=10**6,
        )
    await api.follow()
    people = (await api.reporter(), await api.owner(), await api.reporter())
    reporter, owner, leaving = [one.headers["Authorization"].removeprefix("Bearer ") for one in people]
    return key, reporter, owner, leaving


def send(running: Running, client: httpx.AsyncClient, case: schemathesis.Case[Any]) -> httpx.Response:
    """A generated case, sent as its bytes."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://dunwatch")).prepare()
    headers = [
        (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in prepared.headers.items()
        if name.lower() != "authorization"
    ]
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    answer: httpx.Response = running.call(
        client.request(str(prepared.method), str(prepared.url), headers=headers, content=body)
    )
    return answer


def checked(
    running: Running, client: httpx.AsyncClient, path: str, statuses: set[tuple[str, int]]
) -> Callable[[schemathesis.Case[Any]], None]:
    """A test of one case, which notes the status it met."""

    def conforms(case: schemathesis.Case[Any]) -> None:
        answer = send(running, client, case)
        statuses.add((path, answer.status_code))
        case.validate_response(answer, checks=list(CHECKS))

    return conforms


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_answers_are_as_documented(running: Running, mode: GenerationMode) -> None:
    """Requests that fit the document and requests that do not, for every operation of it."""
    partner, reporter, owner, leaving = [
        running.call(running.api.client(token)) for token in running.call(new_tokens(running.api))
    ]
    statuses: set[tuple[str, int]] = set()
    for path, method in OPERATIONS:
        is_reporters = path.startswith(OF_REPORTERS) and not path.endswith(":batch")
        client = reporter if is_reporters else owner if path.startswith("/v1/disputes") else partner
        client = leaving if path.startswith("/v1/me") else client

        conforms = checked(running, client, path, statuses)
        try:
            strategy = SCHEMA[path][method].as_strategy(generation_mode=mode)
            REPEATABLE(given(case=strategy)(conforms))()
        except Unsatisfiable:  # an operation without parameters cannot be called wrongly
            assert mode == GenerationMode.NEGATIVE
    if mode == GenerationMode.POSITIVE:
        assert {("/v1/numbers/{number}", 200), ("/v1/numbers:lookup", 200), ("/v1/reports", 201)} <= statuses


def test_without_a_key_everything_that_wants_one_is_refused(running: Running) -> None:
    running.call(running.api.follow())
    stranger = running.call(running.api.client())
    for path, method in OPERATIONS:
        wanted = path.replace("{number}", "19790001234").replace("{name}", "reports.csv")
        for part in ("{report_id}", "{export_id}", "{dispute_id}", "{case_id}", "{webhook_id}"):
            wanted = wanted.replace(part, "01a20bae-3d26-705a-ac4c-d7d2abb499de")
        status = running.call(stranger.request(method, wanted, json={})).status_code
        assert (status == 401) == ((path, method) not in OPEN), (method, path, status)


def test_what_is_open_is_meant_to_be() -> None:
    assert {path for path, _ in OPEN} == {
        "/healthz", "/readyz", "/metrics", "/v1/reporters", "/v1/reporters/challenge", "/v1/exports/signing-key",
        "/v1/owners", "/v1/numbers/{number}/owner-codes",
        "/v1/channels", "/v1/rules", "/v1/violations", "/v1/routing",
        "/v1/log/checkpoint", "/v1/log/checkpoints",
        "/v1/calendars/{token}.ics",
        "/v1/figures", "/v1/figures.csv",
        "/v1/privacy", "/problems", "/problems/{code}",
    }  # fmt: skip
