"""The application that answers look-ups and nothing else: the same answers as the API's, and no other endpoint."""

import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.app import create_app, load_api
from service.edge.access import Scope
from service.lookup.alone import BELOW, LookupApplication
from service.lookup.route import PATH
from tests.clients import NUMBER, Api, lifespan, report_row

LOOKUP = f"/v1/numbers/{NUMBER}"


@pytest.fixture
async def alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, on the replica of the API: LMDB opens a file only once in a process."""
    monkeypatch.setattr("service.lookup.alone.ReplicaReader", lambda _: api.state["lookup"]._replica)
    app: Any = LookupApplication(api.settings)
    async with lifespan(app) as (served, _):
        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url="http://look-ups") as client:
            yield client


async def test_its_answers_are_those_of_the_api(api: Api, alone: httpx.AsyncClient) -> None:
    await api.insert([report_row() for _ in range(12)])
    await api.publish()
    partner = await api.partner(Scope.LOOKUP)
    anybody = await api.client()
    wrong = {"Authorization": "Bearer dw_key_wrong"}
    for path in (
        LOOKUP,
        f"{LOOKUP}?format=plain&lang=en",
        "/v1/numbers/95588",
        "/v1/numbers/x",
        f"{LOOKUP}?lang=fr",
    ):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            for headers in ({}, wrong, {"Authorization": partner.headers["authorization"]}):
                first = await anybody.request(method, path, headers=headers)
                second = await alone.request(method, path, headers=headers)
                assert (second.status_code, _steady(second)) == (first.status_code, _steady(first)), (
                    method,
                    path,
                )


def _steady(answer: httpx.Response) -> tuple[str, list[str]]:
    """What does not change from one request to the next."""
    return answer.text.partition(',"stale"')[0], sorted(answer.headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(
            (method, path)
            for method in ("GET", "POST", "DELETE")
            for path in ("/", "/docs", "/metrics", "/v1/reports")
        ),
        ("POST", "/v1/numbers:lookup"),
        ("POST", "/healthz"),
        *(("GET", f"{LOOKUP}{below}") for below in BELOW),
    ],
)
async def test_everything_else_is_not_found(alone: httpx.AsyncClient, method: str, path: str) -> None:
    refused = await alone.request(method, path, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["content-language"] == "en"


async def test_a_body_is_not_waited_for(alone: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    for path in (LOOKUP, "/v1/reports"):
        assert (await alone.post(path, content=never())).status_code in (404, 405)


async def test_it_says_whether_it_is_alive_and_ready(api: Api, alone: httpx.AsyncClient) -> None:
    assert (await alone.get("/healthz")).json() == {"status": "ok"}
    head = await alone.head("/healthz")
    assert (head.content, head.headers["content-length"]) == (b"", "15")
    assert (await alone.get("/readyz")).status_code == 503
    await api.partner()  # brings a replica
    ready = await alone.get("/readyz")
    assert (ready.status_code, ready.json()["lookups"]["ready"]) == (200, True)


def test_what_lies_below_a_look_up_is_what_the_api_serves_there() -> None:
    api = load_api()
    assert api.state.operations.below(PATH) == BELOW


async def test_the_first_look_up_waits_for_nothing_that_can_be_loaded_before(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for module in ("service.app", "service.lookup.alone"):
        monkeypatch.setattr(f"{module}.load_plans", lambda: order.append("loaded"))
    monkeypatch.setattr("service.lookup.alone.ReplicaReader", lambda _: api.state["lookup"]._replica)
    app: Any = LookupApplication(api.settings, started=lambda: order.append("started"))
    async with lifespan(app):
        assert order == ["loaded", "started"]
    async with lifespan(create_app(api.settings, started=lambda: order.append("started"))):
        assert order == ["loaded", "started"] * 2


def test_once_plans_are_loaded_no_number_loads_more_of_them() -> None:
    script = """
import sys
from service.numbers.parse import load_plans, parse_number
load_plans()
before = set(sys.modules)
for number in ("19790001234", "01012345678", "4001234567", "95588", "12345", "106912345678", "+12125550100"):
    parse_number(number)
print(*sorted(set(sys.modules) - before))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
