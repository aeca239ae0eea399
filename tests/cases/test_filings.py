"""What happened to a filing is appended, only what may follow is taken, and what is due next is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from service.cases.follow_up import today_in_china
from tests.cases.case_requests import happen, new_case, report
from tests.clients import Api, new_idempotency_key


def days_ago(days: int) -> str:
    return (today_in_china(datetime.now(UTC)) - timedelta(days=days)).isoformat()


async def test_a_filing_is_followed_from_its_query_code_to_its_outcome(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter, respondent={"kind": "internet_platform"}))["case_id"]
    steps = ["filed", "accepted", "supplement_asked", "supplemented", "answered", "upheld"]
    for place, step in enumerate(steps):
        fields = {"query_code": "QC-2026-1"} if step == "filed" else {}
        answer = await happen(reporter, case_id, "nifa", step, happened_on=days_ago(20 - place), **fields)
        assert answer.status_code == 201, answer.text
    filing = answer.json()
    assert (filing["status"], filing["may_follow"]) == ("upheld", ["rejected", "recorded_in_error"])
    assert [event["event"] for event in filing["events"]] == steps
    assert filing["events"][0]["query_code"] == "QC-2026-1"
    assert filing["events"][0]["name"] == {"zh": "已提交", "en": "filed"}
    shown = (await reporter.get(f"/v1/cases/{case_id}")).json()
    assert shown["filings"] == [filing]


async def test_what_is_due_next_is_told_with_how_sure_it_is(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter, respondent={"kind": "internet_platform"}))["case_id"]
    filing = (await happen(reporter, case_id, "nifa", "filed", happened_on="2026-03-02")).json()
    (due,) = filing["due"]
    assert (due["due_on"], due["by"], due["status"]) == ("2026-03-23", "channel", "to_be_verified")
    assert not due["is_certain"], "nobody read the rule"
    assert due["is_overdue"]
    listed = (await reporter.get("/v1/cases")).json()["cases"][0]
    assert listed["next_due_on"] == "2026-03-23"


async def test_a_change_that_may_not_follow_is_refused_and_says_what_may(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    refused = await happen(reporter, case_id, "police", "upheld")
    assert (refused.status_code, refused.json()["code"]) == (409, "status_not_allowed")
    assert "filed" in refused.json()["detail"]
    await happen(reporter, case_id, "police", "filed")
    refused = await happen(reporter, case_id, "police", "supplemented")
    for allowed in (
        "accepted",
        "supplement_asked",
        "answered",
        "upheld",
        "rejected",
        "withdrawn",
        "recorded_in_error",
    ):
        assert allowed in refused.json()["detail"]
    assert await api.count("case_events") == 1


@pytest.mark.parametrize("event", ["closed", "", None, 7])
async def test_an_unknown_status_names_those_there_are(api: Api, event: object) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    answer = await reporter.post(f"/v1/cases/{case_id}/filings/police/events", json={"event": event})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "event"
    assert "supplement_asked" in error["message"]


@pytest.mark.parametrize(
    ("day", "code"),
    [(-1, "day_in_the_future"), (31, "day_before_last_event"), (365 * 40, "day_before_last_event")],
)
async def test_a_day_that_cannot_be_is_refused(api: Api, day: int, code: str) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await happen(reporter, case_id, "police", "filed", happened_on=days_ago(30))
    answer = await happen(reporter, case_id, "police", "accepted", happened_on=days_ago(day))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert await api.count("case_events") == 1


async def test_a_filing_with_a_channel_that_does_not_fit_is_refused(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    answer = await happen(reporter, case_id, "nfra_complaint", "filed")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_does_not_fit")


async def test_a_filing_goes_on_though_its_reports_were_retracted_since(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    case_id = (await new_case(reporter, report_id))["case_id"]
    await happen(reporter, case_id, "police", "filed")
    await reporter.delete(f"/v1/reports/{report_id}")
    assert (await happen(reporter, case_id, "police", "rejected")).status_code == 201


async def test_events_sent_at_once_are_taken_one_after_the_other(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    answers = await asyncio.gather(*(happen(reporter, case_id, "police", "filed") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await api.count("case_events") == 1


async def test_a_repeated_request_records_one_event(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    path, key = f"/v1/cases/{case_id}/filings/police/events", new_idempotency_key()
    first, second = [await reporter.post(path, json={"event": "filed"}, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await api.count("case_events") == 1


async def test_a_refusal_names_what_follows_and_a_review_is_recorded(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await happen(reporter, case_id, "police", "filed", happened_on="2026-03-02")
    refused = await happen(
        reporter, case_id, "police", "rejected", happened_on="2026-03-04", matter="criminal"
    )
    steps = {step["id"]: step for step in refused.json()["next"]}
    assert set(steps) == {"supervision"}, "the week for a review is over"
    step = steps["supervision"]
    assert (step["until"], step["is_certain"], step["matter"]) == (None, False, "criminal")
    assert step["what"]["zh"] == "申请立案监督"
    own = {due["deadline"]: due for due in refused.json()["due"] if due["by"] == "person"}
    assert (own["review_request"]["due_on"], own["review_request"]["is_certain"]) == ("2026-03-11", True)

    wrong = await happen(reporter, case_id, "police", "review_asked", review="reconsideration")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "review")
    assert "review_request" in wrong.json()["errors"][0]["message"]
    stray = await happen(reporter, case_id, "police", "upheld", review="review_request")
    assert (stray.status_code, stray.json()["errors"][0]["field"]) == (422, "review")
    asked = (await happen(reporter, case_id, "police", "review_asked", happened_on="2026-03-05")).json()
    assert (asked["events"][-1]["review"], asked["events"][1]["matter"]) == ("review_request", "criminal")
    assert [due["deadline"] for due in asked["due"]] == ["review_decision"]
    assert {step["cause"] for step in asked["next"]} == {"overdue"}, "its day has passed long since"
    listed = (await reporter.get("/v1/cases")).json()["cases"][0]["filings"][0]
    assert listed["next"] is None


async def test_of_several_reviews_the_one_that_is_meant_is_named(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await happen(reporter, case_id, "police", "filed")
    await happen(reporter, case_id, "police", "rejected")
    unnamed = await happen(reporter, case_id, "police", "review_asked")
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "review")
    named = await happen(reporter, case_id, "police", "review_asked", review="reconsideration")
    assert named.status_code == 201, named.text


async def test_a_line_that_only_helps_takes_no_filing(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter)
    assert [one["accepts"] for one in case["channels"] if one["channel"] == "legal_aid"] == [[]]
    answer = await happen(reporter, case["case_id"], "legal_aid", "filed")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_does_not_fit")
