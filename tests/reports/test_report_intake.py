"""A report is stored once, durably, and its reporter counts once for its number."""

import asyncio
from datetime import UTC, datetime

import pytest

from service.reports.schemas import Report
from service.reports.store import QUERIES, NewReport, insert_reports
from tests.clients import NUMBER, Api, minutes_ago, report_body, report_row


async def test_a_report_is_acknowledged_with_what_was_understood(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body())
    assert answer.status_code == 201
    receipt = answer.json()
    assert (receipt["status"], receipt["number"], receipt["kind"]) == ("stored", NUMBER, "mobile")
    stored = await api.fetch("SELECT report_id::text FROM reports")
    assert [row["report_id"] for row in stored] == [receipt["report_id"]]


async def test_the_same_reporter_number_and_minute_is_one_report(api: Api) -> None:
    reporter = await api.reporter()
    moment = minutes_ago(5)
    first = await reporter.post("/v1/reports", json=report_body(occurred_at=moment.isoformat()))
    later = moment.replace(second=59).isoformat()
    again = await reporter.post("/v1/reports", json=report_body(number="+8619790001234", occurred_at=later))
    assert (again.status_code, again.json()["status"]) == (200, "repeated")
    assert again.json()["report_id"] == first.json()["report_id"]
    assert await api.count("reports") == 1


async def test_another_reporter_of_the_same_minute_is_another_report(api: Api) -> None:
    for _ in range(2):
        reporter = await api.reporter()
        assert (await reporter.post("/v1/reports", json=report_body())).status_code == 201
    assert [row["reporters"] for row in await api.fetch("SELECT reporters FROM daily_signals")] == [2]


async def test_twenty_calls_in_an_hour_are_twenty_reports_of_one_reporter(api: Api) -> None:
    reporter = await api.reporter()
    for minute in range(20):
        occurred_at = minutes_ago(10 + 3 * minute).isoformat()
        answer = await reporter.post("/v1/reports", json=report_body(occurred_at=occurred_at))
        assert answer.status_code == 201
    (sums,) = await api.fetch(
        "SELECT sum(reports) AS reports, sum(reporters) AS reporters FROM daily_signals"
    )
    assert (sums["reports"], sums["reporters"]) == (20, 1)


async def test_simultaneous_first_reports_count_their_reporter_once(api: Api) -> None:
    reporter = await api.reporter()
    bodies = [report_body(occurred_at=minutes_ago(minute).isoformat()) for minute in range(10, 40)]
    answers = await asyncio.gather(*(reporter.post("/v1/reports", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert await api.fetch("SELECT FROM reports WHERE is_counted") == [()]
    (sums,) = await api.fetch(
        "SELECT sum(reports) AS reports, sum(reporters) AS reporters FROM daily_signals"
    )
    assert (sums["reports"], sums["reporters"]) == (30, 1)


async def test_first_reports_in_two_open_transactions_count_their_reporter_once(api: Api) -> None:
    """Two worker processes store at once: the second waits for the first and then counts nobody."""
    reporter = await api.reporter()
    (row,) = await api.fetch("SELECT reporter FROM reporters")
    rows = [report_row(reporter=row["reporter"], occurred_at=minutes_ago(minute)) for minute in (30, 31)]
    async with api.database.connection() as first, first.transaction():
        await insert_reports(first, rows[:1], is_bulk=False)
        second = asyncio.create_task(reporter.post("/v1/reports", json=report_body()))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
    assert (await second).status_code == 201
    assert len(await api.fetch("SELECT FROM reports WHERE is_counted")) == 1


async def test_a_withheld_number_is_reported_too(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body(number="未知号码"))
    assert (answer.status_code, answer.json()["number"]) == (201, "withheld")


@pytest.mark.parametrize("zone", ["+08:00", "Z", "-05:30"])
async def test_every_zone_means_its_moment(api: Api, zone: str) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body(occurred_at=f"2026-03-01T12:00:07{zone}"))
    assert answer.status_code == 201
    expected = datetime.fromisoformat(f"2026-03-01T12:00:00{zone}").astimezone(UTC)
    assert (await api.fetch("SELECT occurred_minute FROM reports"))[0][0] == expected


async def test_quiet_hours_are_those_of_china(api: Api) -> None:
    for hour, quiet in (("21:59", 0), ("22:00", 1), ("07:59", 2), ("08:00", 2)):
        reporter = await api.reporter()
        body = report_body(occurred_at=f"2026-03-02T{hour}:00+08:00")
        assert (await reporter.post("/v1/reports", json=body)).status_code == 201
        assert (await api.fetch("SELECT sum(quiet_hours) FROM daily_signals"))[0][0] == quiet


async def test_a_report_reads_back_as_it_was_given(api: Api) -> None:
    given = {
        "number": "010-82345678", "medium": "voice", "occurred_at": "2026-03-01T12:00:00+08:00", "time_known": True,
        "duration_seconds": 35, "connected": True, "caller": "human", "claimed_institution": "某某金融",
        "relation": "third_party", "violations": ["threat", "third_party"], "narrative": "称要上门",
        "opinion": "abusive", "callee": "19790005678", "contact": "a@example.org",
    }  # fmt: skip
    # how the number was learned decides how it is read, and is not stored
    assert set(given) == set(Report.model_fields) - {"number_from"}
    reporter = await api.reporter()
    receipt = (await reporter.post("/v1/reports", json=given)).json()
    stored = (await reporter.get(f"/v1/reports/{receipt['report_id']}")).json()
    assert {name: stored[name] for name in given} == given | {
        "number": "+861082345678",
        "occurred_at": "2026-03-01T04:00:00Z",
    }


async def test_reports_of_a_reporter_are_limited_by_the_hour(api: Api) -> None:
    reporter = await api.reporter()
    limit = api.settings.report_limit_per_hour
    body = report_body()  # of one minute, even if the next one begins meanwhile
    for _ in range(limit):
        answer = await reporter.post("/v1/reports", json=body)
    requests = api.settings.request_limit_per_second
    assert answer.headers["RateLimit-Policy"] == f'"requests";q={requests};w=1, "reports";q={limit};w=3600'
    assert '"reports";r=0;t=' in answer.headers["RateLimit"]
    refused = await reporter.post("/v1/reports", json=report_body(number="19790005555"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert await api.count("reports") == 1


async def test_storing_probes_keys_also_by_a_plan_made_while_the_tables_were_empty(api: Api) -> None:
    """A plan that hashes `reports` is cheap on the first day and reads it whole with every report from then on."""
    async with api.database.connection() as connection:
        await connection.execute(f"PREPARE storing AS {QUERIES['insert_reports']}")
        parameters = ["NULL"] * (len(NewReport._fields) + 2)
        rows = await connection.fetch(f"EXPLAIN EXECUTE storing ({', '.join(parameters)})")
    plan = "\n".join(row[0] for row in rows)
    assert "hashed" not in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "Index Scan using reports_pkey" in plan or "reports_counted_once" in plan, plan


async def test_tokens_that_nobody_holds_are_refused_before_they_keep_the_database_busy(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body()
    codes = set()
    for n in range(130):  # a minute, and with it the count, may end in between once
        wrong = {"Authorization": f"Bearer dw_rep_{n}"}
        codes.add((await reporter.post("/v1/reports", json=body, headers=wrong)).json()["code"])
    assert codes == {"wrong_key", "too_many_requests"}
