"""Moderators see what waits and decide by the same rules as the commands; each decision says who and why."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from service.edge.access import Scope
from tests.clients import NUMBER, Api, new_idempotency_key, report_row

WHY = "通话录音已核对"


async def moderator(api: Api) -> httpx.AsyncClient:
    return await api.partner(Scope.MODERATOR, source=None)


def address(number: str = "19790001234") -> str:
    return f"/v1/moderation/numbers/{number}/decisions"


async def test_numbers_that_wait_are_listed_until_somebody_decides(api: Api) -> None:
    rows = [report_row(kind="service_95", number="95588") for _ in range(12)]
    await api.insert(rows)
    await api.publish()
    client = await moderator(api)
    (review,) = (await client.get("/v1/moderation/reviews")).json()["reviews"]
    assert (review["number"], review["reasons"], review["verdict"]) == ("95588", ["organisation"], "unknown")
    answer = await client.post(address("95588"), json={"decision": "protected", "reason": WHY})
    assert answer.status_code == 201
    assert (await client.get("/v1/moderation/reviews")).json() == {"reviews": []}
    await api.publish()
    assert (await (await api.partner()).get("/v1/numbers/95588")).json()["verdict"] == "protected"


async def test_opinions_are_weighed_beside_the_loop_that_answers_everybody(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[threading.Thread] = []

    def weigh(_opinions: object, _numbers: object) -> dict[str, float]:
        places.append(threading.current_thread())
        return {}

    monkeypatch.setattr("service.moderation.router.weigh_contested", weigh)
    assert (await (await moderator(api)).get("/v1/moderation/reviews")).status_code == 200
    assert len(places) == 1
    assert places[0] is not threading.current_thread()


async def test_decisions_name_who_and_why_and_are_all_kept(api: Api) -> None:
    first, second = await moderator(api), await moderator(api)
    await first.post(address(), json={"decision": "abusive", "reason": WHY})
    await second.post(address(), json={"decision": "released", "reason": "误判，恢复原状"})
    kept = (await first.get(address())).json()
    assert kept["number"] == NUMBER
    assert [(one["decision"], one["reason"]) for one in kept["decisions"]] == [
        ("abusive", WHY),
        ("released", "误判，恢复原状"),
    ]
    assert len({one["decided_by"] for one in kept["decisions"]}) == 2


async def test_a_decision_sent_again_under_its_key_is_taken_once(api: Api) -> None:
    client, key = await moderator(api), new_idempotency_key()
    body = {"decision": "cleared", "reason": WHY}
    first = await client.post(address(), json=body, headers=key)
    assert (await client.post(address(), json=body, headers=key)).json() == first.json()
    assert await api.count("decisions") == 1


@pytest.mark.parametrize(
    ("number", "body", "code"),
    [
        ("110", {"decision": "cleared", "reason": WHY}, "decision_refused"),
        ("19790001234", {"decision": "recycled", "reason": WHY}, "decision_refused"),
        ("19790001234", {"decision": "guilty", "reason": WHY}, "invalid_request"),
        ("19790001234", {"decision": "cleared", "reason": "   "}, "invalid_request"),
        ("19790001234", {"decision": "cleared"}, "invalid_request"),
        ("82345678", {"decision": "cleared", "reason": WHY}, "invalid_number"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused_with_the_reason(
    api: Api, number: str, body: dict[str, str], code: str
) -> None:
    answer = await (await moderator(api)).post(address(number), json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await api.count("decisions") == 0


async def test_open_disputes_are_listed_by_when_they_are_due_with_what_owners_say(api: Api) -> None:
    await api.insert([report_row() for _ in range(8)])
    await api.publish()
    for number in ("+8619790005678", NUMBER):
        owner = await api.owner(number)
        body = {"reason": "other", "statement": f"关于 {number[-4:]} 的说明文字"}
        assert (await owner.post("/v1/disputes", json=body)).status_code == 201
    await api.fetch("UPDATE disputes SET due_on = due_on - 1 WHERE number = $1", NUMBER)
    client = await moderator(api)
    first, second = (await client.get("/v1/moderation/disputes")).json()["disputes"]
    assert (first["number"], first["verdict"], first["reporters_at_least"]) == (NUMBER, "confirmed", 5)
    assert (second["number"], second["verdict"]) == ("+8619790005678", None)
    assert first["statements"][0]["text"] == "关于 1234 的说明文字"
    alone = (await client.get(f"/v1/moderation/disputes/{first['dispute_id']}")).json()
    assert alone == first
    assert (await client.get("/v1/moderation/disputes?limit=1")).json()["disputes"] == [first]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"outcome": "upheld", "reason": WHY}, "invalid_request"),
        ({"outcome": "rejected", "decision": "cleared", "reason": WHY}, "invalid_request"),
        ({"outcome": "maybe", "reason": WHY}, "invalid_request"),
        ({"outcome": "rejected"}, "invalid_request"),
        ({"outcome": "rejected", "reason": WHY, "owner_since": "2026-01-01"}, "decision_refused"),
        ({"outcome": "upheld", "decision": "recycled", "reason": WHY}, "decision_refused"),
    ],
)
async def test_an_unknown_change_of_a_dispute_is_refused_and_it_stays_open(
    api: Api, body: dict[str, str], code: str
) -> None:
    owner = await api.owner()
    opened = await owner.post(
        "/v1/disputes", json={"reason": "other", "statement": "这里是一段足够长的说明文字"}
    )
    path = f"/v1/moderation/disputes/{opened.json()['dispute_id']}/decision"
    answer = await (await moderator(api)).post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await owner.get(opened.headers["Location"])).json()["state"] == "open"
    assert await api.count("decisions") == 0


async def test_a_dispute_that_is_none_is_not_found(api: Api) -> None:
    client = await moderator(api)
    path = f"/v1/moderation/disputes/{uuid4()}"
    assert (await client.get(path)).status_code == 404
    body = {"outcome": "rejected", "reason": WHY}
    assert (await client.post(f"{path}/decision", json=body)).status_code == 404


async def test_a_new_owners_first_day_is_kept_with_the_decision(api: Api) -> None:
    client = await moderator(api)
    since = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    body = {"decision": "recycled", "reason": WHY, "owner_since": since}
    assert (await client.post(address(), json=body)).json()["owner_since"] == since
    assert (await client.get(address())).json()["decisions"][0]["owner_since"] == since


@pytest.mark.parametrize("day", [0, "0", "0.0", "20260301", "2026-03-01T00:00:00Z", "2026-02-30"])
async def test_what_is_no_day_is_refused(api: Api, day: object) -> None:
    body = {"decision": "recycled", "reason": WHY, "owner_since": day}
    answer = await (await moderator(api)).post(address(), json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "owner_since")
    assert (await (await api.client()).get("/v1/rules", params={"on": str(day)})).status_code == 422
