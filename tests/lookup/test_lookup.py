"""Look-ups, single and bulk: answered from the replica, to those who may, in the form they want."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.database import Database
from service.edge.access import Scope
from service.edge.api_keys import revoke_key
from service.lookup.schemas import MOST_NUMBERS, SingleAnswer
from service.settings import Settings
from tests.clients import NUMBER, Api, lifespan, report_row
from tests.waiting import until

PATH = "/v1/numbers/19790001234"


@pytest.fixture
async def known(api: Api) -> Api:
    """A service that knows one badly reported number."""
    await api.insert([report_row() for _ in range(12)])
    await api.publish()
    return api


async def test_a_reported_number_is_told_with_its_reasons(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    answer = await partner.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, no-store"
    told = SingleAnswer.model_validate_json(answer.content)
    assert (told.number, told.kind, told.verdict, told.category) == (NUMBER, "mobile", "confirmed", "threat")
    assert (told.reports_at_least, told.reporters_at_least, told.revision) == (10, 10, 1)
    assert told.reasons
    assert all(not reason.zh.isascii() and reason.en.isascii() for reason in told.reasons)
    assert not told.stale
    assert set(answer.json()) == set(SingleAnswer.model_fields)


@pytest.mark.parametrize(
    "written",
    [
        "19790001234",
        "+8619790001234",
        "008619790001234",
        "197 9000 1234",
        "197-9000-1234",
        "１９７９０００１２３４",
    ],
)
async def test_a_number_is_found_however_it_is_written(known: Api, written: str) -> None:
    partner = await known.partner(Scope.LOOKUP)
    assert (await partner.get(f"/v1/numbers/{written}")).json()["verdict"] == "confirmed"


async def test_a_number_nobody_reported_is_unknown(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    told = (await partner.get("/v1/numbers/010-82345678")).json()
    assert (told["number"], told["region"], told["verdict"]) == ("+861082345678", "北京", "unknown")
    assert (told["score"], told["revision"], told["reports_at_least"], told["reasons"]) == (None, None, 0, [])


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("format=plain", "confirmed {} 非法催收 恐吓威胁\n"),
        ("format=plain&lang=zh", "confirmed {} 非法催收 恐吓威胁\n"),
        ("format=plain&lang=en", "confirmed {} confirmed illegal collection threats\n"),
    ],
)
async def test_a_telephone_exchange_gets_one_line(known: Api, query: str, line: str) -> None:
    partner = await known.partner(Scope.LOOKUP)
    answer = await partner.get(f"{PATH}?{query}")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    score = round((await partner.get(PATH)).json()["score"] * 100)
    assert answer.text == line.format(score)
    assert (await partner.get(f"/v1/numbers/19790008765?{query}")).text == "unknown\n"


async def test_an_unknown_form_or_language_is_named(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    answer = await partner.get(f"{PATH}?format=xml&lang=fr")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["format", "lang"]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("82345678", "缺少区号", "Area code needed"),
        ("hello", "不是电话号码", "not a telephone number"),
        ("1", "太短", "too short"),
        ("1" * 201, "太长", "too long"),
        ("19790001234%20%2F%2019790001235", "一个号码", "One number"),
        ("%00", "", ""),
        ("%ff%fe", "", ""),
        ("a%2Fb%2Fc", "", ""),
    ],
)
async def test_what_is_no_number_is_a_problem_in_both_languages(
    known: Api, text: str, zh: str, en: str
) -> None:
    partner = await known.partner(Scope.LOOKUP)
    for language, words in (("zh-CN,zh;q=0.9", zh), ("en-GB", en)):
        answer = await partner.get(f"/v1/numbers/{text}", headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_number")
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]
        assert text not in answer.json()["detail"] or len(text) < 3


async def test_only_get_and_head_look_up(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = await partner.request(method, PATH)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD"), method


@pytest.mark.parametrize("query", ["", "?format=plain", "?format=odd"])
async def test_head_has_the_head_of_get_and_no_body(known: Api, query: str) -> None:
    partner = await known.partner(Scope.LOOKUP, limit_per_second=1000)
    got = await partner.get(PATH + query)
    head = await partner.head(PATH + query)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["Content-Length"] == str(len(got.content))
    for name in ("Content-Type", "Cache-Control", "Content-Language", "RateLimit-Policy"):
        assert head.headers.get(name) == got.headers.get(name), name


async def test_without_a_key_nothing_is_told(known: Api) -> None:
    for authorization, code in (
        (None, "missing_key"),
        ("Basic x", "missing_key"),
        ("Bearer dw_key_none", "wrong_key"),
        ("Bearer \xff", "other_key_kind"),
        ("Bearer dw_rep_none", "other_key_kind"),
    ):
        stranger = await known.client()
        headers = [(b"Authorization", authorization.encode("latin-1"))] if authorization else []
        for method, path in (("GET", PATH), ("POST", "/v1/numbers:lookup")):
            answer = await stranger.request(method, path, headers=headers, json={"numbers": ["1"]})
            assert (answer.status_code, answer.json()["code"]) == (401, code)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_of_another_scope_is_refused_by_the_scopes_name(known: Api) -> None:
    partner = await known.partner(Scope.REPORTS, Scope.EXPORTS)
    for answer in (
        await partner.get(PATH),
        await partner.post("/v1/numbers:lookup", json={"numbers": ["1"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert "lookup" in answer.json()["detail"]


async def test_an_expired_key_is_wrong_and_one_that_will_expire_is_right(known: Api) -> None:
    now = datetime.now(UTC)
    over = await known.partner(Scope.LOOKUP, expires_at=now - timedelta(seconds=1))
    valid = await known.partner(Scope.LOOKUP, expires_at=now + timedelta(hours=1))
    assert (await over.get(PATH)).json()["code"] == "wrong_key"
    assert (await valid.get(PATH)).status_code == 200


async def test_a_key_expires_while_it_is_in_use(known: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = await known.partner(Scope.LOOKUP, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert (await partner.get(PATH)).status_code == 200
    later = time.time() + 3601
    monkeypatch.setattr("service.lookup.route.time", lambda: later)
    assert (await partner.get(PATH)).status_code == 401


async def test_too_many_look_ups_are_told_when_to_come_back(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP, limit_per_second=3)
    answers = [await partner.get(PATH) for _ in range(8)]
    passed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(passed) + len(refused) == 8
    assert 3 <= len(passed) <= 6  # a second may have ended in between
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == '"lookups";q=3;w=1'
        assert answer.headers["RateLimit"].startswith('"lookups";r=')
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    assert refused[0].json()["code"] == "too_many_requests"


class Untouchable(Database):
    """A database that fails whoever uses it."""

    @asynccontextmanager
    async def connection(self, **_options: object) -> AsyncIterator[Any]:
        raise AssertionError("a look-up used the database")
        yield


async def test_a_look_up_issues_no_statement(
    known: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await known.partner(Scope.LOOKUP)).headers["Authorization"].removeprefix("Bearer ")
    known.state["lookup"]._replica.close()  # LMDB opens a file once a process
    untouchable = Untouchable("postgresql:///none", pool_size=2, statement_cache=0)
    monkeypatch.setattr("service.app.open_database", lambda _settings: untouchable)
    async with lifespan(create_app(settings)) as (app, state):
        other = Api(app, state, settings, None)
        client = await other.client(token)
        assert (await client.get(PATH)).json()["verdict"] == "confirmed"
        assert (await client.get(f"{PATH}?format=plain")).status_code == 200
        bulk = await client.post("/v1/numbers:lookup", json={"numbers": ["19790001234", "x"]})
        assert bulk.json()["answers"][0]["verdict"] == "confirmed"
        with pytest.raises(AssertionError, match="a look-up used the database"):
            await other.count("reports")
        await other.close()


async def test_ten_thousand_numbers_are_answered_in_their_order(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    numbers = [f"1979000{n:04}" for n in range(MOST_NUMBERS)]
    numbers[5000], numbers[6000], numbers[7000] = "82345678", "138****1234", ""
    answer = await partner.post("/v1/numbers:lookup", json={"numbers": numbers})
    assert answer.status_code == 200
    answers = answer.json()["answers"]
    assert answers[5000] == {"input": "82345678", "error": "number_area_code_needed"}
    assert answers[6000] == {"input": "138****1234", "error": "number_masked", "position": 4}
    assert answers[7000]["number"] == "withheld"
    assert [told.get("number") for place, told in enumerate(answers) if place not in (5000, 6000, 7000)] == [
        f"+86{number}" for place, number in enumerate(numbers) if place not in (5000, 6000, 7000)
    ]
    assert [told["number"] for told in answers if told.get("verdict") == "confirmed"] == [NUMBER]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"numbers": ["1"] * (MOST_NUMBERS + 1)}, "numbers", "too_long"),
        ({"numbers": []}, "numbers", "too_short"),
        ({}, "numbers", "missing"),
        ({"numbers": "19790001234"}, "numbers", "list_type"),
        ({"numbers": ["19790001234", 5]}, "numbers[1]", "string_type"),
        ({"numbers": ["1" * 65]}, "numbers[0]", "string_too_long"),
        ({"numbers": ["a\ud800"]}, "numbers[0]", "string_unicode"),
        ({"numbers": ["1"], "more": 1}, "more", "extra_forbidden"),
    ],
)
async def test_a_bad_bulk_look_up_names_its_field(
    known: Api, body: dict[str, Any], field: str, code: str
) -> None:
    partner = await known.partner(Scope.LOOKUP)
    answer = await partner.post(
        "/v1/numbers:lookup", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)


async def test_before_there_is_a_replica_look_ups_ask_for_patience(api: Api) -> None:
    client = await api.client("dw_key_any")
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "replica_unavailable")
    assert answer.headers["Retry-After"] == "1"
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["lookups"]["ready"]) == (503, False)


async def test_an_old_replica_says_that_it_is_stale(known: Api) -> None:
    partner = await known.partner(Scope.LOOKUP)
    synced = known.settings.replica_dir / "synced"
    old = time.time() - known.settings.stale_after_seconds - 60
    os.utime(synced, (old, old))
    told = (await partner.get(PATH)).json()
    assert told["stale"] is True
    assert told["age_seconds"] >= 60
    assert told["verdict"] == "confirmed"
    bulk = (await partner.post("/v1/numbers:lookup", json={"numbers": ["19790001234"]})).json()
    assert bulk["stale"] is True
    ready = await partner.get("/readyz")
    assert (ready.status_code, ready.json()["lookups"]["stale"]) == (200, True)


async def test_a_service_without_a_model_answers_and_says_so(
    known: Api, settings: Settings, tmp_path: Path
) -> None:
    token = (await known.partner(Scope.LOOKUP)).headers["Authorization"].removeprefix("Bearer ")
    known.state["lookup"]._replica.close()
    without = settings.model_copy(update={"model_path": tmp_path / "no-such-model.json"})
    async with lifespan(create_app(without)) as (app, state):
        other = Api(app, state, without, None)
        client = await other.client(token)
        assert (await client.get(PATH)).json()["verdict"] == "confirmed"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["model"]) == (200, None)
        await other.close()


async def test_metrics_tell_verdicts_and_never_numbers(known: Api) -> None:
    settings = known.settings
    settings.data_dir.mkdir(exist_ok=True)
    settings.metrics_dir.symlink_to(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    partner = await known.partner(Scope.LOOKUP)
    await partner.get(PATH)
    await partner.get("/v1/numbers/19790004444x")
    text = (await partner.get("/metrics")).text
    assert 'dunwatch_lookup_seconds_count{verdict="confirmed"}' in text
    assert text.endswith("# EOF\n")
    for number in ("19790001234", "9790004444"):
        assert number not in text


@pytest.fixture
async def patient(settings: Settings, known: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """Another start of that service, whose readers look at the replica every so often, as in earnest."""
    known.state["lookup"]._replica.close()
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.05)
    async with lifespan(create_app(settings)) as (app, state):
        opened = Api(app, state, settings, None)
        yield opened
        await opened.close()


async def test_the_first_look_up_after_another_request_is_whole(known: Api, patient: Api) -> None:
    """Whatever looked at the replica a moment before: readiness, a bulk look-up, a batch."""
    token = (await known.partner(Scope.LOOKUP)).headers["Authorization"].removeprefix("Bearer ")
    client = await patient.client(token)
    assert (await client.get("/readyz")).status_code == 200
    answer = await client.get(PATH)
    assert set(answer.json()) == set(SingleAnswer.model_fields)


async def test_a_revoked_key_is_refused_however_busy_the_service_is(known: Api, patient: Api) -> None:
    """Other requests look at the replica all the time: look-ups must still notice that something changed."""
    token = (await known.partner(Scope.LOOKUP)).headers["Authorization"].removeprefix("Bearer ")
    client = await patient.client(token)
    assert (await client.get(PATH)).status_code == 200
    (key_id,) = (await known.fetch("SELECT key_id FROM api_keys"))[0]
    async with known.database.connection() as connection:
        assert await revoke_key(connection, key_id, datetime.now(UTC))
    await known.follow()

    async def is_refused() -> bool:
        await client.get("/readyz")
        return (await client.get(PATH)).status_code == 401

    await until(is_refused)


async def test_a_bulk_look_up_asks_for_no_more_than_single_ones_could(api: Api) -> None:
    partner = await api.partner(Scope.LOOKUP, limit_per_second=1)
    numbers = [f"+861979{n:07d}" for n in range(61)]
    answer = await partner.post("/v1/numbers:lookup", json={"numbers": numbers})
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Policy"] == '"bulk-lookups";q=60;w=60'
