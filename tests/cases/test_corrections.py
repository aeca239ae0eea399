"""What was recorded in error is taken back by one more event: it stays to be seen, and counts no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from service.cases.follow_up import today_in_china
from service.database import Connection
from service.decisions.store import list_reviews
from service.outcomes.record import confirm_case
from tests.cases.case_requests import happen, new_case
from tests.clients import NUMBER, Api, new_idempotency_key

ERROR = "recorded_in_error"


def days_ago(days: int) -> str:
    return (today_in_china(datetime.now(UTC)) - timedelta(days=days)).isoformat()


async def followed(reporter: httpx.AsyncClient, *events: str, channel: str = "police") -> dict[str, Any]:
    """A filing of a new case after these events, with its `case_id`."""
    respondent = {"kind": "internet_platform"}
    case_id = (await new_case(reporter, respondent=respondent))["case_id"]
    for event in events:
        answer = await happen(reporter, case_id, channel, event)
        assert answer.status_code == 201, answer.text
    filing: dict[str, Any] = answer.json()
    return {**filing, "case_id": case_id}


async def claims(api: Api) -> list[tuple[str, str]]:
    """Result and day of every outcome."""
    rows = await api.fetch("SELECT result, decided_on FROM outcomes ORDER BY decided_on, result")
    return [(row["result"], row["decided_on"].isoformat()) for row in rows]


async def reviews(api: Api) -> dict[str, list[str]]:
    async with api.database.connection() as connection:
        return {row.number: row.reasons for row in await list_reviews(connection, at_most=10)}


async def test_a_wrong_day_is_put_right_and_stays_to_be_seen(api: Api) -> None:
    reporter = await api.reporter()
    filing = await followed(reporter, "filed", channel="nifa")
    case_id, wrongly_due = filing["case_id"], filing["due"][0]["due_on"]
    filing = (await happen(reporter, case_id, "nifa", ERROR, note="日期填错了")).json()
    assert (filing["status"], filing["may_follow"], filing["due"]) == (ERROR, ["filed"], [])
    shown = (await reporter.get(f"/v1/cases/{case_id}")).json()
    assert shown["filings"] == [filing]
    assert shown["next_due_on"] is None
    filing = (await happen(reporter, case_id, "nifa", "filed", happened_on=days_ago(10))).json()
    assert filing["status"] == "filed"
    assert filing["due"][0]["since"] == days_ago(10)
    assert filing["due"][0]["due_on"] < wrongly_due
    told = [(event["event"], event["is_void"]) for event in filing["events"]]
    assert told == [("filed", True), (ERROR, False), ("filed", False)]
    assert filing["events"][1]["name"] == {"zh": "记录有误", "en": "recorded in error"}
    assert filing["events"][1]["note"] == "日期填错了"


@pytest.mark.parametrize("final", ["withdrawn", "upheld", "rejected"])
async def test_what_may_follow_is_then_what_may_follow_the_event_before(api: Api, final: str) -> None:
    reporter = await api.reporter()
    before = await followed(reporter, "filed", "accepted")
    case_id = before.pop("case_id")
    await happen(reporter, case_id, "police", final)
    filing = (await happen(reporter, case_id, "police", ERROR)).json()
    for told in ("status", "may_follow", "due"):
        assert filing[told] == before[told]
    filing = (await happen(reporter, case_id, "police", ERROR)).json()
    assert filing["status"] == "filed"
    assert [event["is_void"] for event in filing["events"]] == [False, True, True, False, False]


async def test_nothing_can_be_taken_back_where_nothing_stands(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for events in ((), ("filed", ERROR)):
        for event in events:
            await happen(reporter, case_id, "police", event)
        refused = await happen(reporter, case_id, "police", ERROR)
        assert (refused.status_code, refused.json()["code"]) == (409, "status_not_allowed")


async def test_the_order_of_days_is_that_of_what_stands(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for event, day in (("filed", 20), ("accepted", 2), (ERROR, 0)):
        answer = await happen(reporter, case_id, "police", event, happened_on=days_ago(day))
        assert answer.status_code == 201, answer.text
    refused = await happen(reporter, case_id, "police", "accepted", happened_on=days_ago(21))
    assert refused.json()["errors"][0]["code"] == "day_before_last_event"
    taken = await happen(reporter, case_id, "police", "accepted", happened_on=days_ago(15))
    assert taken.status_code == 201


async def test_reminders_and_the_calendar_tell_what_stands(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "answered", channel="nifa"))["case_id"]
    path = (await reporter.post("/v1/calendars")).json()["path"]

    async def entries() -> int:
        answer = await (await api.client()).get(path)
        return len(Calendar.from_ical(answer.content).walk("VEVENT"))

    assert (await entries(), await api.count("case_reminders")) == (0, 0)
    await happen(reporter, case_id, "nifa", ERROR)
    assert (await entries(), await api.count("case_reminders")) == (1, 1)
    await happen(reporter, case_id, "nifa", ERROR)
    assert (await entries(), await api.count("case_reminders")) == (0, 0)


@pytest.mark.parametrize("outcome", ["upheld", "rejected"])
async def test_a_claim_goes_with_its_event_and_its_number_out_of_the_queue(api: Api, outcome: str) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", outcome))["case_id"]
    assert await claims(api) == [(outcome, days_ago(0))]
    await happen(reporter, case_id, "police", ERROR)
    assert await claims(api) == []
    assert await reviews(api) == {}
    await happen(reporter, case_id, "police", outcome)
    assert await claims(api) == [(outcome, days_ago(0))]
    assert await reviews(api) == {NUMBER: ["outcome_reported"]}


async def test_outcomes_taken_back_one_after_the_other_take_their_claims_along(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "upheld", "rejected"))["case_id"]
    await happen(reporter, case_id, "police", ERROR)
    assert await claims(api) == [("upheld", days_ago(0))], "what it had overturned stands again"
    await happen(reporter, case_id, "police", ERROR)
    assert await claims(api) == []
    await happen(reporter, case_id, "police", ERROR)
    assert await reviews(api) == {}


async def test_what_an_earlier_event_claims_alike_stays(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "upheld", "rejected", "upheld"))["case_id"]
    await happen(reporter, case_id, "police", ERROR)
    assert await claims(api) == [("rejected", days_ago(0)), ("upheld", days_ago(0))]


async def test_what_a_moderator_confirmed_stays(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "upheld"))["case_id"]

    async def work(connection: Connection) -> int:
        return await confirm_case(connection, NUMBER, f"{case_id}/police", datetime.now(UTC))

    assert await api.database.in_transaction(work) == 1
    await happen(reporter, case_id, "police", ERROR)
    assert await claims(api) == [("upheld", days_ago(0))]


async def test_a_number_goes_on_waiting_for_what_others_say_of_it(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "upheld"))["case_id"]
    await followed(await api.reporter(cluster=2), "filed", "upheld")
    await happen(reporter, case_id, "police", ERROR)
    assert len(await claims(api)) == 1
    assert await reviews(api) == {NUMBER: ["outcome_reported"]}


async def test_a_review_for_other_reasons_goes_on_without_the_outcome(api: Api) -> None:
    await api.fetch("INSERT INTO agenda VALUES ($1, 'review', '2026-01-01', '{burst}')", NUMBER)
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "upheld"))["case_id"]
    assert await reviews(api) == {NUMBER: ["burst", "outcome_reported"]}
    await happen(reporter, case_id, "police", ERROR)
    assert await reviews(api) == {NUMBER: ["burst"]}


async def test_taking_back_gives_nobody_more_claims_than_others(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cases.claims.MOST_OUTCOMES", 1)
    reporter = await api.reporter()
    await followed(reporter, "filed", "upheld", ERROR, "rejected")
    assert await claims(api) == []


async def test_a_repeated_request_takes_one_event_back(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await followed(reporter, "filed", "accepted"))["case_id"]
    path, key = f"/v1/cases/{case_id}/filings/police/events", new_idempotency_key()
    for _ in range(2):
        answer = await reporter.post(path, json={"event": ERROR}, headers=key)
    assert answer.json()["status"] == "filed"
