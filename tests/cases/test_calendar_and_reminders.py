"""What is due reaches people by calendar and webhook, without naming a number to either."""

from datetime import UTC, date, datetime, timedelta

import httpx
from icalendar import Calendar

from service.cases.follow_up import today_in_china
from service.cases.remind import send_reminders
from service.models.shelf import ModelShelf
from service.upkeep import Upkeep
from tests.cases.case_requests import happen, new_case
from tests.clients import Api, text_of_everything

PLATFORM = {"kind": "internet_platform", "name": "某平台"}


async def filed(reporter: httpx.AsyncClient, **fields: object) -> tuple[str, date]:
    """A case filed today with the association; its id, and when the first check is due."""
    case_id = (await new_case(reporter, respondent=PLATFORM))["case_id"]
    filing = (await happen(reporter, case_id, "nifa", "filed", query_code="QC-1", **fields)).json()
    return case_id, date.fromisoformat(filing["due"][0]["due_on"])


async def feed(api: Api, path: str) -> Calendar:
    answer = await (await api.client()).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return Calendar.from_ical(answer.content)


async def test_the_calendar_shows_what_is_due_with_an_alarm_and_a_lasting_name(api: Api) -> None:
    reporter = await api.reporter()
    case_id, due_on = await filed(reporter)
    path = (await reporter.post("/v1/calendars")).json()["path"]
    (entry,) = (await feed(api, path)).walk("VEVENT")
    assert entry["uid"] == f"{case_id}-nifa-first_check@dunwatch"
    assert entry.decoded("dtstart") == due_on
    assert entry.decoded("dtend") == due_on + timedelta(days=1)
    assert "初步核查" in str(entry["summary"])
    (alarm,) = entry.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(hours=33)
    again = (await feed(api, path)).walk("VEVENT")
    assert [one["uid"] for one in again] == [entry["uid"]]


async def test_the_calendar_names_no_number_no_party_and_no_query_code(api: Api) -> None:
    reporter = await api.reporter()
    await filed(reporter)
    path = (await reporter.post("/v1/calendars")).json()["path"]
    text = (await (await api.client()).get(path)).text
    for secret in ("19790001234", "某平台", "QC-1"):
        assert secret not in text


async def test_a_calendars_address_is_its_key_and_can_be_renewed_and_taken_away(api: Api) -> None:
    reporter, anyone = await api.reporter(), await api.client()
    first, second = [(await reporter.post("/v1/calendars")).json()["path"] for _ in range(2)]
    assert first != second
    assert (await anyone.get(first)).status_code == 404
    assert (await anyone.get(second)).status_code == 200
    assert (await anyone.get("/v1/calendars/dw_cal_guessed.ics")).status_code == 404
    token = second.rpartition("/")[2].removesuffix(".ics")
    assert token not in await text_of_everything(api.database)
    assert (await reporter.delete("/v1/calendars")).status_code == 204
    assert (await anyone.get(second)).status_code == 404


async def test_a_withdrawn_case_leaves_the_calendar(api: Api) -> None:
    reporter = await api.reporter()
    case_id, _ = await filed(reporter)
    path = (await reporter.post("/v1/calendars")).json()["path"]
    await reporter.delete(f"/v1/cases/{case_id}")
    assert (await feed(api, path)).walk("VEVENT") == []


async def test_a_reminder_becomes_one_message_a_webhook_when_its_time_has_come(api: Api) -> None:
    reporter = await api.reporter()
    for _ in range(2):
        await reporter.post("/v1/webhooks", json={"url": "https://1.1.1.1/hook"})
    case_id, due_on = await filed(reporter)
    ((remind_at,),) = await api.fetch("SELECT remind_at FROM case_reminders")
    assert await send_reminders(api.database, remind_at - timedelta(seconds=1)) == 0
    assert await send_reminders(api.database, remind_at) == 2
    assert await send_reminders(api.database, remind_at) == 0
    bodies = {row["body"] for row in await api.fetch("SELECT body FROM webhook_messages")}
    (body,) = bodies
    assert all(told in body for told in ('"case.due"', case_id, "nifa", "first_check", due_on.isoformat()))
    assert "19790001234" not in body


async def test_what_happens_meanwhile_plans_the_reminders_anew(api: Api) -> None:
    reporter = await api.reporter()
    case_id, _ = await filed(reporter)
    await happen(reporter, case_id, "nifa", "supplement_asked")
    assert await api.count("case_reminders") == 0
    await happen(reporter, case_id, "nifa", "supplemented")
    assert await api.count("case_reminders") == 1
    await happen(reporter, case_id, "nifa", "answered")
    assert await api.count("case_reminders") == 0


async def test_a_reporter_without_a_webhook_is_reminded_of_nothing(api: Api) -> None:
    await filed(await api.reporter())
    upkeep = Upkeep(
        api.database,
        api.metrics,
        settings=api.settings,
        models=ModelShelf(api.settings),
        vault=api.state["vault"],
    )
    await upkeep.do_all(datetime.now(UTC) + timedelta(days=60))
    assert await api.count("case_reminders") == await api.count("webhook_messages") == 0


async def test_deadlines_that_have_passed_are_shown_and_not_reminded_of(api: Api) -> None:
    reporter = await api.reporter()
    long_ago = (today_in_china(datetime.now(UTC)) - timedelta(days=90)).isoformat()
    case_id, due_on = await filed(reporter, happened_on=long_ago)
    shown = (await reporter.get(f"/v1/cases/{case_id}")).json()
    assert shown["filings"][0]["due"][0]["is_overdue"]
    assert shown["next_due_on"] == due_on.isoformat()
    assert await api.count("case_reminders") == 0
