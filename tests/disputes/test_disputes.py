"""An owner disputes; a person decides, with reasons that owner and reporters read."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from service.days import CHINA
from service.disputes.dispute import DUE_WITHIN, MOST_DISPUTES, MOST_STATEMENTS, REST
from service.working_days import after_working_days
from tests.clients import (
    Api,
    new_idempotency_key,
    refusal,
    report_body,
    report_row,
    text_of_everything,
)
from tests.disputes.dispute_requests import STATEMENT, decided, disputed, opened, verdict


async def reported(api: Api, times: int = 8) -> None:
    await api.insert([report_row() for _ in range(times)])


async def test_a_listed_number_is_disputed_while_a_person_has_not_decided(api: Api) -> None:
    await reported(api)
    assert await verdict(api) == "confirmed"
    await opened(await api.owner())
    assert await verdict(api) == "disputed"
    await reported(api, 4)
    assert await verdict(api) == "disputed"


async def test_a_dispute_tells_what_was_said_and_by_when_a_person_decides(api: Api) -> None:
    owner = await api.owner()
    address = await opened(owner)
    found = (await owner.get(address)).json()
    assert found["state"] == "open"
    assert [one["text"] for one in found["statements"]] == [STATEMENT]
    opened_on = datetime.fromisoformat(found["opened_at"]).astimezone(CHINA).date()
    assert found["due_on"] == after_working_days(opened_on, DUE_WITHIN).on.isoformat()
    assert found["due_on"] >= (opened_on + timedelta(days=19)).isoformat()
    assert (await owner.get("/v1/disputes")).json() == {"disputes": [found]}


async def test_a_number_of_which_nothing_is_published_stays_unknown_when_it_is_disputed(api: Api) -> None:
    await reported(api, 2)
    await opened(await api.owner())
    assert await verdict(api) == "unknown"


@pytest.mark.parametrize("end", ["withdrawn", "rejected"])
async def test_after_a_dispute_without_success_a_number_is_answered_as_before(api: Api, end: str) -> None:
    await reported(api)
    assert await verdict(api) == "confirmed"
    owner = await api.owner()
    address = await opened(owner)
    assert await verdict(api) == "disputed"
    if end == "withdrawn":
        assert (await owner.delete(address)).status_code == 204
    else:
        assert (await decided(api, address)).status_code == 200
    assert await verdict(api) == "confirmed"
    assert (await owner.get(address)).json()["state"] == end


async def test_a_number_that_was_first_listed_under_dispute_does_not_stay_disputed(api: Api) -> None:
    owner = await api.owner()
    address = await opened(owner)
    await reported(api)
    assert await verdict(api) == "disputed"
    await owner.delete(address)
    assert await verdict(api) == "confirmed"


async def test_an_upheld_dispute_clears_the_number_and_its_owner_and_reporters_read_why(api: Api) -> None:
    reporter = await api.reporter()
    receipt = (await reporter.post("/v1/reports", json=report_body())).json()
    await reported(api)
    owner = await api.owner()
    address = await opened(owner)
    answer = await decided(api, address, outcome="upheld", decision="cleared", reason="送货单据已核对")
    assert answer.json()["state"] == "upheld"
    assert await verdict(api) == "cleared"
    found = (await owner.get(address)).json()
    assert (found["state"], found["explanation"]) == ("upheld", "送货单据已核对")
    told = (await reporter.get(f"/v1/reports/{receipt['report_id']}/decisions")).json()["decisions"]
    assert [(one["decision"], one["reason"]) for one in told] == [("cleared", "送货单据已核对")]
    ((by,),) = await api.fetch("SELECT decided_by FROM decisions")
    assert by.startswith("key ")


async def test_reporters_read_why_a_dispute_was_rejected(api: Api) -> None:
    reporter = await api.reporter()
    receipt = (await reporter.post("/v1/reports", json=report_body())).json()
    await decided(api, await opened(await api.owner()))
    told = (await reporter.get(f"/v1/reports/{receipt['report_id']}/decisions")).json()["decisions"]
    assert [one["decision"] for one in told] == ["dispute_rejected"]
    stranger = await api.reporter()
    assert refusal(await stranger.get(f"/v1/reports/{receipt['report_id']}/decisions")) == (404, "not_found")


async def test_a_cleared_number_is_not_listed_again_by_further_reports(api: Api) -> None:
    await reported(api)
    await decided(api, await opened(await api.owner()), outcome="upheld", decision="cleared")
    assert await verdict(api) == "cleared"
    await reported(api, 8)
    assert await verdict(api) == "cleared"
    assert await api.fetch("SELECT FROM agenda WHERE task = 'review'") == [], "nothing new since that day"


async def test_a_recycled_number_starts_anew_and_so_do_its_disputes(api: Api) -> None:
    await reported(api)
    await api.fetch("UPDATE reports SET occurred_at = occurred_at - interval '9 days'")
    await api.fetch("UPDATE daily_signals SET on_day = on_day - 9")
    for _ in range(MOST_DISPUTES - 1):
        former = await api.owner()
        await former.delete(await opened(former))
    address = await opened(await api.owner(), reason="recycled")
    since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    answer = await decided(api, address, outcome="upheld", decision="recycled", owner_since=since)
    assert answer.status_code == 200, answer.text
    assert await verdict(api) == "unknown"
    await api.fetch("UPDATE disputes SET opened_at = opened_at - interval '3 days'")
    await opened(await api.owner())


async def test_anothers_dispute_does_not_exist(api: Api) -> None:
    address = await opened(await api.owner())
    for other in (await api.owner(), await api.owner("+8619790005678")):
        for path in (address, f"/v1/disputes/{uuid4()}"):
            assert refusal(await other.get(path)) == (404, "not_found")
            assert refusal(await other.delete(path)) == (404, "not_found")
            assert refusal(await other.patch(path, json={"statement": STATEMENT})) == (404, "not_found")
    assert await api.count("dispute_statements") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (disputed(reason=None), "reason"),
        (disputed(reason="because"), "reason"),
        (disputed(statement=None), "statement"),
        (disputed(statement="  too short  "), "statement"),
        (disputed(statement="字" * 2001), "statement"),
        (disputed(statement="\ud800" + STATEMENT), "statement"),
        (disputed(verdict="cleared"), "verdict"),
    ],
)
async def test_a_dispute_that_says_too_little_names_the_field_and_stores_nothing(
    api: Api, body: dict[str, object], field: str
) -> None:
    owner = await api.owner()
    headers = {"Content-Type": "application/json"}
    answer = await owner.post("/v1/disputes", content=json.dumps(body), headers=headers)
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert await api.count("disputes") == await api.count("dispute_statements") == 0


async def test_one_dispute_of_a_number_is_open_at_a_time_also_when_sent_at_once(api: Api) -> None:
    owners = [await api.owner() for _ in range(3)]
    answers = await asyncio.gather(*(owner.post("/v1/disputes", json=disputed()) for owner in owners))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"dispute_open"}


async def test_a_rejected_dispute_is_opened_again_only_with_something_new(api: Api) -> None:
    owner = await api.owner()
    await decided(api, await opened(owner))
    assert refusal(await owner.post("/v1/disputes", json=disputed())) == (409, "dispute_not_new")
    await opened(owner, new_facts="附上运营商出具的入网证明编号。")
    (row,) = await api.fetch("SELECT brings_new FROM disputes WHERE state = 'open'")
    assert row["brings_new"]


async def test_after_a_rest_a_rejected_dispute_needs_nothing_new(api: Api) -> None:
    owner = await api.owner()
    await decided(api, await opened(owner))
    await api.fetch("UPDATE disputes SET closed_at = closed_at - $1::interval", REST)
    await opened(owner)


async def test_a_number_is_disputed_a_few_times_a_year_whoever_its_owner_says_to_be(api: Api) -> None:
    for _ in range(MOST_DISPUTES):
        owner = await api.owner()
        await owner.delete(await opened(owner))
    assert refusal(await owner.post("/v1/disputes", json=disputed())) == (409, "too_many_disputes")
    assert refusal(await (await api.owner()).post("/v1/disputes", json=disputed())) == (
        409,
        "too_many_disputes",
    )


async def test_a_dispute_is_added_to_and_nothing_of_it_overwritten(api: Api) -> None:
    owner = await api.owner()
    address = await opened(owner)
    for n in range(MOST_STATEMENTS - 1):
        answer = await owner.patch(address, json={"statement": f"补充说明第 {n} 次：附单据。"})
        assert answer.status_code == 200, answer.text
    texts = [one["text"] for one in answer.json()["statements"]]
    assert (len(texts), texts[0]) == (MOST_STATEMENTS, STATEMENT)
    assert refusal(await owner.patch(address, json={"statement": STATEMENT})) == (409, "too_many_statements")


async def test_what_has_ended_cannot_be_changed(api: Api) -> None:
    owner = await api.owner()
    address = await opened(owner)
    assert (await owner.delete(address)).status_code == 204
    assert (await owner.delete(address)).status_code == 204, "withdrawing twice is harmless"
    closed = await owner.patch(address, json={"statement": STATEMENT})
    assert refusal(closed) == (409, "dispute_closed")
    assert "（已撤回）" in closed.json()["detail"]
    assert refusal(await decided(api, address)) == (409, "dispute_closed")


async def test_a_dispute_sent_again_under_its_key_is_opened_once(api: Api) -> None:
    owner, key = await api.owner(), new_idempotency_key()
    first = await owner.post("/v1/disputes", json=disputed(), headers=key)
    again = await owner.post("/v1/disputes", json=disputed(), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()


async def test_what_owners_say_is_stored_encrypted(api: Api) -> None:
    await opened(await api.owner(), statement="本人独特陈述：在杭州开花店。")
    assert "独特陈述" not in await text_of_everything(api.database)


async def test_an_owner_who_is_none_is_refused(api: Api) -> None:
    for token in ("dw_own_nobody", "dw_rep_nobody", "x"):
        answer = await (await api.client(token)).post("/v1/disputes", json=disputed())
        assert answer.status_code == 401
