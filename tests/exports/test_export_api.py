"""Exports over HTTP: asked for, followed, fetched, each by the key that asked."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry

from service.agencies.store import insert_agency
from service.database import Database
from service.edge.access import ApiKey, RateLimiter, Scope, token_hash
from service.edge.admission import Admission
from service.edge.api_keys import create_key
from service.edge.callers import Callers
from service.edge.context import Context
from service.edge.envelope import Envelope
from service.edge.operations import Operations, answer_head
from service.edge.problems import ProblemError
from service.exports.approve import decide
from service.exports.router import router
from service.exports.schemas import ExportDecision
from service.exports.store import claim_export
from service.exports.verify import verify_export
from service.metrics import Metrics
from service.pages.problem_page import problem_page
from service.secrets import KeyRing
from service.settings import Settings
from service.signed import load_public_key
from tests.exports.exporting import exporting
from tests.waiting import until

PERIOD = {"from": "2026-03-01", "to": "2026-04-01"}
APPROVED = {"decision": "approved", "reason": "the letter of 1 March"}
NOW = datetime(2026, 3, 10, tzinfo=UTC)
NONE = "01a20bae-3d26-705a-ac4c-d7d2abb499de"
By = Callable[[str], dict[str, str]]


@pytest.fixture
async def tokens(database: Database) -> dict[str, tuple[str, ApiKey]]:
    """Keys of two agencies, with a colleague in the first, and of the operator's people; by name."""
    everybody: dict[str, tuple[str | None, *tuple[Scope, ...]]] = {
        "regulator": ("first", Scope.EXPORTS),
        "colleague": ("first", Scope.MODERATOR, Scope.EXPORTS),
        "another": ("second", Scope.EXPORTS),
        "moderator": (None, Scope.MODERATOR),
        "both": (None, Scope.MODERATOR, Scope.EXPORTS),
        "reader": (None, Scope.LOOKUP),
    }
    made = {}
    async with database.connection() as connection:
        agencies = {
            name: await insert_agency(connection, name, name, rows_per_30_days=10, now=NOW)
            for name in ("first", "second")
        }
        for name, (agency, *scopes) in everybody.items():
            agency_id = agencies[agency] if agency else None
            key_id, token = await create_key(
                connection,
                label=name,
                scopes=scopes,
                now=NOW,
                agency_id=agency_id,
                purpose="testing" if agency else None,
            )
            made[name] = token, ApiKey(key_id, frozenset(scopes), None, None, 0.0)
    return made


@pytest.fixture
def context(
    settings: Settings, database: Database, keys: KeyRing, tokens: dict[str, tuple[str, ApiKey]]
) -> Context:
    known = {token_hash(token): key for token, key in tokens.values()}
    return Context(
        settings=settings,
        database=database,
        keys=keys,
        limiter=RateLimiter(workers=1),
        metrics=Metrics(CollectorRegistry()),
        find_key=known.get,
    )


@pytest.fixture
def of(tokens: dict[str, tuple[str, ApiKey]]) -> By:
    """Headers of a request by somebody."""
    return lambda name: {"Authorization": f"Bearer {tokens[name][0]}"}


@pytest.fixture
async def client(context: Context, of: By) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the exports alone, as the regulator."""
    app = FastAPI()
    answer_head(router)
    app.include_router(router)

    @app.exception_handler(ProblemError)
    async def tell(_request: Request, error: ProblemError) -> JSONResponse:
        return JSONResponse(error.document("en"), error.problem.status)

    served = Envelope(
        app,
        settings=context.settings,
        metrics=context.metrics,
        operations=Operations(app.routes),
        unavailable={},
        page=problem_page,
    )
    state = {"context": context, "callers": Callers(context), "admission": Admission()}

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await served({**scope, "state": state}, receive, send)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://dunwatch", headers=of("regulator")
    ) as opened:
        yield opened


async def approved(client: httpx.AsyncClient, context: Context, **members: object) -> str:
    """Address of an export that somebody else let."""
    location = (await client.post("/v1/exports", json=PERIOD | members)).headers["Location"]
    async with context.database.connection() as connection:
        decision = ExportDecision(**APPROVED)
        await decide(connection, UUID(location[-36:]), decision, by="operator:somebody", now=NOW)
    return location


async def finished(client: httpx.AsyncClient, context: Context, **members: object) -> str:
    """Address of an export that is done."""
    location = await approved(client, context, **members)

    async def is_done() -> bool:
        return bool((await client.get(location)).json()["state"] == "done")

    async with exporting(context.database, context.settings, context.keys):
        await until(is_done)
    return location


async def test_an_export_is_asked_for_and_followed(client: httpx.AsyncClient) -> None:
    asked = await client.post("/v1/exports", json=PERIOD)
    assert asked.status_code == 202
    followed = await client.get(asked.headers["Location"])
    assert followed.json() == asked.json()
    told = asked.json()
    assert (told["state"], told["agency"], told["purpose"]) == ("requested", "first", "testing")
    assert told["manifest"] is None


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
    assert (status["rows_done"], status["rows_total"]) == (1, 1)
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


async def test_nothing_can_be_fetched_before_it_is_done(client: httpx.AsyncClient, context: Context) -> None:
    location = await approved(client, context)
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


async def test_to_another_key_an_export_does_not_exist(client: httpx.AsyncClient, of: By) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    for path in (location, f"{location}/manifest", f"{location}/files/reports.csv", f"/v1/exports/{uuid4()}"):
        refused = await client.get(path, headers=of("another"))
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("POST", "/v1/exports", "reader"),
        ("GET", "/v1/exports", "moderator"),
        ("GET", "/v1/exports/requests", "regulator"),
        ("POST", f"/v1/exports/{NONE}/decision", "regulator"),
        ("GET", f"/v1/exports/{NONE}", "reader"),
    ],
)
async def test_exports_need_their_scope(
    client: httpx.AsyncClient, of: By, method: str, path: str, who: str
) -> None:
    refused = await client.request(method, path, json=PERIOD, headers=of(who))
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    unknown = await client.request(method, path, headers={"Authorization": "Bearer dw_key_none"})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "wrong_key")


async def test_a_key_of_no_agency_cannot_ask(client: httpx.AsyncClient, of: By) -> None:
    refused = await client.post("/v1/exports", json=PERIOD, headers=of("both"))
    assert (refused.status_code, refused.json()["code"]) == (403, "key_without_agency")


async def test_nothing_is_written_until_somebody_else_has_approved_it(
    client: httpx.AsyncClient, context: Context, of: By
) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    now = datetime.now(UTC)
    assert await claim_export(context.database, now=now, until=now) is None
    waiting = await client.get("/v1/exports/requests", headers=of("moderator"))
    assert [one["export_id"] for one in waiting.json()["exports"]] == [location[-36:]]
    answer = await client.post(f"{location}/decision", json=APPROVED, headers=of("moderator"))
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    told = (await client.get(location)).json()
    assert (told["decision_reason"], told["decided_at"] is not None) == (APPROVED["reason"], True)
    assert await claim_export(context.database, now=now, until=now) is not None


async def test_who_asks_cannot_approve_nor_can_the_agency(client: httpx.AsyncClient, of: By) -> None:
    location = (await client.post("/v1/exports", json=PERIOD, headers=of("colleague"))).headers["Location"]
    of_another_key = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    for address in (location, of_another_key):
        refused = await client.post(f"{address}/decision", json=APPROVED, headers=of("colleague"))
        assert (refused.status_code, refused.json()["code"]) == (403, "own_export")
    assert (await client.get(of_another_key)).json()["state"] == "requested"


async def test_a_refused_export_says_why_and_stays_refused(client: httpx.AsyncClient, of: By) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    refusal = {"decision": "refused", "reason": "the period is not that of the letter"}
    await client.post(f"{location}/decision", json=refusal, headers=of("moderator"))
    told = (await client.get(location)).json()
    assert (told["state"], told["decision_reason"]) == ("refused", refusal["reason"])
    again = await client.post(f"{location}/decision", json=APPROVED, headers=of("moderator"))
    assert (again.status_code, again.json()["code"]) == (409, "export_decided")


async def test_about_an_export_that_is_none_nothing_can_be_decided(client: httpx.AsyncClient, of: By) -> None:
    answer = await client.post(f"/v1/exports/{uuid4()}/decision", json=APPROVED, headers=of("moderator"))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "decision",
    [{"decision": "approved"}, {"decision": "approved", "reason": ""}, {"decision": "later", "reason": "x"}],
)
async def test_a_decision_has_a_reason(client: httpx.AsyncClient, of: By, decision: dict[str, str]) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    answer = await client.post(f"{location}/decision", json=decision, headers=of("moderator"))
    assert answer.status_code == 422
    assert (await client.get(location)).json()["state"] == "requested"


async def test_an_agency_whose_quota_is_used_up_cannot_ask(
    given: Any, client: httpx.AsyncClient, context: Context, of: By
) -> None:
    for _ in range(10):
        await given.report()
    await finished(client, context)
    refused = await client.post("/v1/exports", json=PERIOD)
    assert (refused.status_code, refused.json()["code"]) == (403, "quota_used")
    assert (await client.post("/v1/exports", json=PERIOD, headers=of("another"))).status_code == 202


async def test_a_request_is_withdrawn_by_who_made_it_until_somebody_decided(
    client: httpx.AsyncClient, context: Context, of: By
) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    for somebody in ("another", "colleague"):
        assert (await client.delete(location, headers=of(somebody))).status_code == 404
    for _ in range(2):
        assert (await client.delete(location)).status_code == 204
    assert (await client.get(location)).json()["state"] == "withdrawn"
    late = await client.post(f"{location}/decision", json=APPROVED, headers=of("moderator"))
    assert (late.status_code, late.json()["code"]) == (409, "export_decided")
    decided = await approved(client, context)
    refused = await client.delete(decided)
    assert (refused.status_code, refused.json()["code"]) == (409, "export_decided")
    async with context.database.connection() as connection:
        actions = [
            json.loads(row["entry"])["action"]
            for row in await connection.fetch("SELECT entry FROM ledger ORDER BY place")
        ]
    assert actions == ["requested", "withdrawn", "requested", "approved"]


async def test_what_has_expired_is_gone_and_says_so(
    given: Any, client: httpx.AsyncClient, context: Context
) -> None:
    location = await finished(client, context)
    await given.execute("UPDATE exports SET state = 'expired'")
    gone = await client.get(f"{location}/files/reports.csv")
    assert (gone.status_code, gone.json()["code"]) == (410, "export_expired")
    assert (await client.get(location)).json()["manifest"]["recipient"] == "first"


async def test_one_sees_the_own_exports(client: httpx.AsyncClient, of: By) -> None:
    location = (await client.post("/v1/exports", json=PERIOD)).headers["Location"]
    own = (await client.get("/v1/exports")).json()["exports"]
    assert [one["export_id"] for one in own] == [location[-36:]]
    assert (await client.get("/v1/exports", params={"state": "done"})).json() == {"exports": []}
    assert (await client.get("/v1/exports", headers=of("another"))).json() == {"exports": []}


async def test_what_identifies_reporters_comes_only_under_a_legal_basis(
    given: Any, client: httpx.AsyncClient, context: Context, keys: KeyRing
) -> None:
    report_id = await given.report()
    secret = b'{"callee": "19790007777", "contact": "someone@example.org"}'
    await given.execute("UPDATE reports SET sealed = $1", keys.seal(secret, report_id.bytes))
    masked = await finished(client, context)
    assert b"19790007777" not in (await client.get(f"{masked}/files/reports.ndjson")).content
    basis = "某法第某条，调取证据通知书 某字〔2026〕1号"
    identified = await finished(client, context, legal_basis=basis)
    row = (await client.get(f"{identified}/files/reports.ndjson")).json()
    assert (row["举报号码"], row["被叫号码"]) == ("someone@example.org", "19790007777")
    assert (await client.get(f"{identified}/manifest")).json()["request"]["legal_basis"] == basis


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
