"""Exports over HTTP: asked for, followed, fetched, each by the key that asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry

from service.access import KEY_PREFIX, ApiKey, RateLimiter, Scope, new_token, token_hash
from service.context import Context
from service.database import Database
from service.exports.manifest import load_public_key
from service.exports.router import router
from service.exports.verify import verify_export
from service.exports.worker import run_exports
from service.metrics import Metrics
from service.problems import ProblemError
from service.secrets import KeyRing
from service.settings import Settings

PERIOD = {"from": "2026-03-01", "to": "2026-04-01"}
REGULATOR, ANOTHER, READER = (new_token(KEY_PREFIX) for _ in range(3))


def key(name: str, scope: Scope) -> ApiKey:
    return ApiKey(name, frozenset({scope}), None, None, 0.0)


@pytest.fixture
def context(settings: Settings, database: Database, keys: KeyRing) -> Context:
    known = {
        token_hash(REGULATOR): key("regulator", Scope.EXPORTS),
        token_hash(ANOTHER): key("another", Scope.EXPORTS),
        token_hash(READER): key("reader", Scope.LOOKUP),
    }
    return Context(settings, database, keys, RateLimiter(workers=1), Metrics(CollectorRegistry()), known.get)


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the exports alone, as the regulator."""
    app = FastAPI()
    app.include_router(router)

    @app.exception_handler(ProblemError)
    async def tell(_request: Request, error: ProblemError) -> JSONResponse:
        return JSONResponse(error.document("en"), error.problem.status)

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"context": context}}, receive, send)

    transport = httpx.ASGITransport(with_state)
    headers = {"Authorization": f"Bearer {REGULATOR}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://dunwatch", headers=headers) as opened:
        yield opened


@asynccontextmanager
async def exporting(context: Context) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_exports(context.database, context.settings, context.keys, context.metrics, stop=stop)
    )
    try:
        yield
    finally:
        stop.set()
        await running


async def finished(client: httpx.AsyncClient, context: Context, **members: object) -> str:
    """Address of an export that is done."""
    location = (await client.post("/v1/exports", json=PERIOD | members)).headers["Location"]
    async with exporting(context), asyncio.timeout(10):
        while (await client.get(location)).json()["state"] != "done":  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(0.02)
    return location


async def test_an_export_is_asked_for_and_followed(client: httpx.AsyncClient) -> None:
    asked = await client.post("/v1/exports", json=PERIOD)
    assert asked.status_code == 202
    followed = await client.get(asked.headers["Location"])
    assert followed.json() == asked.json()
    assert asked.json()["state"] == "queued"
    assert asked.json()["manifest"] is None


async def test_asked_for_again_under_its_key_an_export_is_queued_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    key = {"Idempotency-Key": "export-1"}
    first, again = [await client.post("/v1/exports", json=PERIOD, headers=key) for _ in range(2)]
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM exports") == 1


async def test_what_was_fetched_passes_verification(
    given: Any, client: httpx.AsyncClient, context: Context, tmp_path: Path
) -> None:
    await given.report()
    location = await finished(client, context)
    status = (await client.get(location)).json()
    assert status["rows_written"] == 1
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    for entry in status["manifest"]["files"]:
        response = await client.get(f"{location}/files/{entry['name']}")
        assert response.headers["content-type"] == entry["media_type"]
        assert response.headers["content-disposition"] == f'attachment; filename="{entry["name"]}"'
        (fetched / entry["name"]).write_bytes(response.content)
    (fetched / "manifest.json").write_bytes((await client.get(f"{location}/manifest")).content)
    signing_key = (await client.get("/v1/exports/signing-key")).json()
    for form in ("public_key", "pem"):
        assert verify_export(fetched, load_public_key(signing_key[form])) == []


async def test_a_download_goes_on_where_it_broke_off(
    given: Any, client: httpx.AsyncClient, context: Context
) -> None:
    await given.report()
    address = f"{await finished(client, context)}/files/reports.ndjson"
    whole = (await client.get(address)).content
    tag = (await client.head(address)).headers["etag"]
    rest = await client.get(address, headers={"Range": "bytes=10-", "If-Range": tag})
    assert (rest.status_code, rest.content) == (206, whole[10:])
    assert rest.headers["content-range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"


async def test_of_another_file_a_download_begins_anew(
    given: Any, client: httpx.AsyncClient, context: Context
) -> None:
    await given.report()
    address = f"{await finished(client, context)}/files/reports.ndjson"
    again = await client.get(address, headers={"Range": "bytes=10-", "If-Range": '"of another file"'})
    assert (again.status_code, again.content) == (200, (await client.get(address)).content)


async def test_the_size_is_told_without_the_file(
    given: Any, client: httpx.AsyncClient, context: Context
) -> None:
    await given.report()
    location = await finished(client, context)
    for name in ("files/reports.csv", "manifest"):
        head, whole = await client.head(f"{location}/{name}"), await client.get(f"{location}/{name}")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == len(whole.content)
        assert head.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("wanted", ["bytes=100000-", "bytes=-0"])
async def test_a_range_outside_the_file_is_refused(
    given: Any, client: httpx.AsyncClient, context: Context, wanted: str
) -> None:
    await given.report()
    address = f"{await finished(client, context)}/files/reports.ndjson"
    refused = await client.get(address, headers={"Range": wanted})
    assert (refused.status_code, refused.json()["code"]) == (416, "range_not_satisfiable")


@pytest.mark.parametrize(
    "wanted", ["bytes=", "bytes=-", "bytes=9-2", "lines=1-2", "bytes=a-b", "bytes=0-1,3-4"]
)
async def test_a_range_that_is_none_gives_the_whole_file(
    given: Any, client: httpx.AsyncClient, context: Context, wanted: str
) -> None:
    await given.report()
    address = f"{await finished(client, context)}/files/reports.ndjson"
    assert (await client.get(address, headers={"Range": wanted})).status_code == 200


async def test_a_range_longer_than_the_file_gives_all_of_it(
    given: Any, client: httpx.AsyncClient, context: Context
) -> None:
    await given.report()
    address = f"{await finished(client, context)}/files/reports.ndjson"
    whole = (await client.get(address)).content
    for wanted in ("bytes=0-999999", "bytes=-999999"):
        assert (await client.get(address, headers={"Range": wanted})).content == whole


async def test_nothing_can_be_fetched_before_it_is_done(client: httpx.AsyncClient) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    for part in ("manifest", "files/reports.csv"):
        refused = await client.get(f"{location}/{part}")
        assert (refused.status_code, refused.json()["code"]) == (409, "export_not_ready")
        assert "queued" in refused.json()["detail"]


@pytest.mark.parametrize("name", ["other.csv", "..%2F..%2Fkeys%2Fsigning.key", ".partial", "reports.csv"])
async def test_only_files_of_the_export_are_served(
    client: httpx.AsyncClient, context: Context, name: str
) -> None:
    location = await finished(client, context, formats=["ndjson"])
    assert (await client.get(f"{location}/files/{name}")).status_code == 404


async def test_to_another_key_an_export_does_not_exist(client: httpx.AsyncClient) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    for path in (location, f"{location}/manifest", f"{location}/files/reports.csv", f"/v1/exports/{uuid4()}"):
        refused = await client.get(path, headers={"Authorization": f"Bearer {ANOTHER}"})
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [(READER, 403, "missing_scope"), ("dw_key_none", 401, "wrong_key")],
    ids=["of another scope", "unknown"],
)
async def test_exports_need_their_scope(
    client: httpx.AsyncClient, token: str, status: int, code: str
) -> None:
    for method, path in (("POST", "/v1/exports"), ("GET", f"/v1/exports/{uuid4()}")):
        refused = await client.request(
            method, path, json=PERIOD, headers={"Authorization": f"Bearer {token}"}
        )
        assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_the_signing_key_is_public(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/exports/signing-key", headers={"Authorization": ""})
    assert response.status_code == 200
    assert response.json()["algorithm"] == "Ed25519"


async def test_a_wrong_period_is_refused_before_anything_is_queued(
    client: httpx.AsyncClient, database: Database
) -> None:
    refused = await client.post("/v1/exports", json={"from": "2026-04-01", "to": "2026-03-01"})
    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["detail"]] == [["body", "to"]]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM exports") == 0


async def test_a_failed_export_names_its_problem(client: httpx.AsyncClient, given: Any) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    await given.execute("UPDATE exports SET state = 'failed', problem = 'internal_error'")
    status = (await client.get(location)).json()
    assert (status["state"], status["problem"]) == ("failed", "internal_error")
    assert (await client.get(f"{location}/manifest")).status_code == 409
