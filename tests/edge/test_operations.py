"""What routes declare is resolved once: bodies, tokens, what lies below a path; HEAD and codings are answered everywhere."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.app import load_api
from service.edge.access import Scope
from service.edge.declared import Body, Token, declaration_of, raises, reads
from service.edge.operations import Operations, answer_head
from service.edge.problems import NOT_FOUND, RESTRICTED
from service.lookup.route import PATH
from tests.clients import Api, report_body

OPERATIONS: Operations = load_api().state.operations


def test_a_declaration_gathers_what_decorators_say() -> None:
    @reads(Body.LARGE)
    @raises(NOT_FOUND)
    async def handler(_request: Request) -> Response:
        return Response()

    assert declaration_of(handler).body is Body.LARGE
    assert declaration_of(handler).problems == (NOT_FOUND,)
    assert declaration_of(Response).problems == ()


def test_an_operation_is_found_by_method_and_path() -> None:
    found = OPERATIONS.find("POST", "/v1/reports/01a20bae-3d26-705a-ac4c-d7d2abb499de/evidence")
    assert found is not None
    assert (found.path, found.body) == ("/v1/reports/{report_id}/evidence", Body.STREAMED)
    assert RESTRICTED in found.problems
    assert found.tokens == (Token("reporterToken"),)
    for method, path in (
        ("PUT", "/v1/reports"),
        ("GET", "/v1/nothing"),
        ("POST", "/v1/reports/a/b/evidence"),
    ):
        assert OPERATIONS.find(method, path) is None


def test_bodies_are_read_as_their_routes_want() -> None:
    large = {one.path for one in OPERATIONS if one.body is Body.LARGE}
    assert large == {"/v1/numbers:lookup", "/v1/outcomes"}
    assert {one.path for one in OPERATIONS if one.body is Body.LINES} == {"/v1/reports:batch"}


def test_the_single_look_up_leaves_what_lies_below_its_path() -> None:
    assert OPERATIONS.below(PATH) == ("/explanation", "/owner-codes")


def test_a_new_endpoint_needs_its_router_alone() -> None:
    router = APIRouter()

    @router.post(f"{PATH}/notes")
    @reads(Body.LARGE)
    async def add_note(number: str) -> str:
        return number

    api = FastAPI()
    api.include_router(router)
    operations = Operations(api.routes)
    assert operations.below(PATH) == ("/notes",)
    found = operations.find("POST", "/v1/numbers/1/notes")
    assert found is not None
    assert (found.body, found.tokens) == (Body.LARGE, ())


def test_head_is_answered_wherever_get_is() -> None:
    router = APIRouter()

    @router.get("/a")
    async def show() -> str:
        return "a"

    answer_head(router)
    answer_head(router)
    api = FastAPI()
    api.include_router(router)
    assert Operations(api.routes).methods("/a") == ["GET", "HEAD"]
    for one in OPERATIONS:
        assert one.method != "GET" or OPERATIONS.find("HEAD", one.path) is not None, one.path


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/metrics", "/v1/rules", "/v1/privacy", "/v1/reporters/challenge", "/problems", "/problems/not_found",
     "/v1/reports", "/v1/log/checkpoints", "/docs", "/openapi.json", "/v1/nothing"],
)  # fmt: skip
async def test_head_has_the_head_of_get_and_no_body(api: Api, path: str) -> None:
    reporter = await api.reporter()
    got, head = await reporter.get(path), await reporter.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    changing = {"x-request-id", "ratelimit", "content-length"}
    assert {name: value for name, value in head.headers.items() if name not in changing} == {
        name: value for name, value in got.headers.items() if name not in changing
    }
    assert ("content-length" in head.headers) == ("content-length" in got.headers)


async def test_head_of_a_report_is_for_its_reporter(api: Api) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    path = f"/v1/reports/{(await reporter.post('/v1/reports', json=report_body())).json()['report_id']}"
    assert (await reporter.head(path)).status_code == 200
    assert (await other.head(path)).status_code == 404
    assert (await (await api.client()).head(path)).status_code == 401


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "identity, gzip", "x" * 500])
async def test_a_body_in_a_coding_that_is_not_read_is_refused(api: Api, coding: str) -> None:
    reporter, partner = await api.reporter(), await api.partner(Scope.LOOKUP, Scope.REPORTS)
    for client, path in (
        (reporter, "/v1/reports"),
        (reporter, "/v1/reports/01a20bae-3d26-705a-ac4c-d7d2abb499de/evidence"),
        (partner, "/v1/numbers:lookup"),
        (partner, "/v1/reports:batch"),
    ):
        answer = await client.post(path, content=b"x", headers={"Content-Encoding": coding})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_content_encoding")
        assert answer.headers["Accept-Encoding"] == "identity"
    assert await api.count("reports") == 0


@pytest.mark.parametrize("coding", ["identity", "Identity", "", " , "])
async def test_a_body_that_is_not_encoded_is_read(api: Api, coding: str) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body(), headers={"Content-Encoding": coding})
    assert answer.status_code == 201
