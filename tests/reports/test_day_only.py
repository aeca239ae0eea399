"""Who knows the day of a call and not its hour says so, and nothing is concluded from an hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from service.days import CHINA
from service.edge.problems import ProblemError
from service.reports.schemas import Report
from service.reports.when import check_time
from tests.cases.case_requests import consent, new_case
from tests.clients import Api

NIGHT = "2026-11-20T23:30:00+08:00"
NOON = "2026-11-20T12:00:00+08:00"
NOW = datetime(2026, 11, 30, 1, 30, tzinfo=UTC)  # half past nine in China


async def reported(reporter: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    answer = await reporter.post(
        "/v1/reports", json={"number": "19790001234", "occurred_at": NIGHT, **fields}
    )
    assert answer.status_code in (200, 201), answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_the_hour_of_a_day_is_shown_counted_and_kept_nowhere(api: Api) -> None:
    reporter = await api.reporter()
    receipt = await reported(reporter, time_known=False)
    path = f"/v1/reports/{receipt['report_id']}"
    told = (await reporter.get(path)).json()
    assert told["time_known"] is False
    assert datetime.fromisoformat(told["occurred_at"]) == datetime.fromisoformat(NOON)
    (signals,) = await api.fetch("SELECT on_day::text, reports, quiet_hours, hours FROM daily_signals")
    assert tuple(signals) == ("2026-11-20", 1, 0, None)
    assert (await reporter.get(f"{path}/findings")).json()["days"] == []


async def test_a_known_hour_at_night_counts_as_quiet_hours(api: Api) -> None:
    reporter = await api.reporter()
    receipt = await reported(reporter)
    ((quiet,),) = await api.fetch("SELECT quiet_hours FROM daily_signals")
    assert quiet == 1
    told = (await reporter.get(f"/v1/reports/{receipt['report_id']}/findings")).json()
    assert [day["quiet_hours"] for day in told["days"]] == [1]


async def test_two_of_one_day_are_one_and_no_report_with_a_time_is_taken_for_them(api: Api) -> None:
    reporter = await api.reporter()
    first = await reported(reporter, time_known=False)
    again = await reported(reporter, time_known=False, occurred_at="2026-11-20T08:00:00+08:00")
    assert (again["status"], again["report_id"]) == ("repeated", first["report_id"])
    assert (await reported(reporter, occurred_at=NOON))["status"] == "stored"
    assert (await reported(reporter, time_known=False, occurred_at="2026-11-20T16:30:00Z"))[
        "status"
    ] == "stored"
    days = await api.fetch("SELECT DISTINCT on_day::text FROM daily_signals ORDER BY 1")
    assert [day for (day,) in days] == ["2026-11-20", "2026-11-21"], "days are those in China"


@pytest.mark.parametrize(
    ("occurred_at", "code"),
    [
        ("2026-11-30T00:00:00+08:00", None),  # all of today
        ("2026-11-30T12:00:00+08:00", None),
        ("2026-11-30T23:59:59+08:00", None),
        ("2026-12-01T00:00:00+08:00", "in_the_future"),
        ("2000-01-01T12:00:00+08:00", None),
        ("1999-12-31T12:00:00+08:00", "too_long_ago"),
        ("0001-01-01T00:00:00+14:00", "too_long_ago"),
        ("9999-12-31T23:59:59-14:00", "in_the_future"),
    ],
)
def test_today_is_no_day_of_the_future_at_any_hour(occurred_at: str, code: str | None) -> None:
    report = Report.model_validate({"number": "19790001234", "occurred_at": occurred_at, "time_known": False})
    if code is None:
        check_time(report, NOW)
        assert report.happened_at.astimezone(CHINA).hour == 12
        return
    with pytest.raises(ProblemError) as refused:
        check_time(report, NOW)
    assert [field.code for field in refused.value.fields] == [code]


def test_a_clock_a_little_ahead_at_midnight_is_no_future() -> None:
    day = {"number": "19790001234", "time_known": False, "occurred_at": "2026-12-01T00:01:00+08:00"}
    check_time(Report.model_validate(day), NOW.replace(hour=15, minute=58))
    check_time(
        Report.model_validate(day | {"time_known": True}), NOW.replace(hour=15, minute=58) + timedelta(0)
    )


async def test_partners_say_it_too(api: Api) -> None:
    partner = await api.partner()
    line = {"number": "19790001234", "occurred_at": NIGHT, "time_known": False, "reporter": "p-1"}
    answer = await partner.post(
        "/v1/reports:batch", content=orjson.dumps(line), headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    ((known, quiet),) = await api.fetch(
        "SELECT time_known, quiet_hours FROM reports JOIN daily_signals USING (number)"
    )
    assert (known, quiet) == (False, 0)


async def test_papers_leave_the_time_open_and_say_that_it_is_missing(api: Api) -> None:
    reporter = await api.reporter()
    receipt = await reported(reporter, time_known=False, violations=["frequency"])
    case_id = (await new_case(reporter, receipt["report_id"]))["case_id"]
    assert (await consent(reporter, case_id, "12321")).status_code == 201
    told = (await reporter.get(f"/v1/cases/{case_id}/packages/12321/fields")).json()
    fields = {field["id"]: field["value"] for field in told["forms"][0]["fields"]}
    assert (fields["call_date"], fields["call_time"]) == ("2026-11-20", None)
    assert "call_time" in {one["what"] for one in told["missing"]}
    assert "12:00" not in fields["content"]
    assert "2026年11月20日" in fields["content"]
