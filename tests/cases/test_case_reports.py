"""Reports join an open case: filings go on, and the next paper counts the new calls and tells what agencies found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from service.agencies.store import insert_agency
from service.outcomes.record import record_outcome
from service.outcomes.store import NewOutcome, OutcomeResult, OutcomeSource
from tests.cases.case_requests import happen, new_case, packed, report
from tests.clients import NUMBER, Api

NIGHT = "2026-11-20T23:05:00+08:00"
MORNING = "2026-11-21T06:30:00+08:00"


async def add(reporter: httpx.AsyncClient, case_id: str, *report_ids: str) -> httpx.Response:
    return await reporter.post(f"/v1/cases/{case_id}/reports", json={"report_ids": list(report_ids)})


async def test_reports_join_a_case_whose_filing_goes_on_and_the_next_paper_counts_their_calls(
    api: Api,
) -> None:
    reporter = await api.reporter()
    first = await report(reporter, occurred_at=NIGHT, violations=["frequency"])
    case_id = (await new_case(reporter, first))["case_id"]
    before = (await packed(reporter, case_id, "12321"))["statement.txt"].decode()
    assert "2026年11月21日" not in before
    await happen(reporter, case_id, "12321", "filed", query_code="QC-1")
    second = await report(reporter, occurred_at=MORNING, violations=["insult"])
    for _ in range(2):  # twice is harmless
        answer = await add(reporter, case_id, first, second)
        assert answer.status_code == 200, answer.text
    case = answer.json()
    assert case["report_ids"] == [first, second]
    assert case["changed_at"]
    assert [(one["channel"], one["status"]) for one in case["filings"]] == [("12321", "filed")]
    assert "police" in [one["channel"] for one in case["channels"]], (
        "the new conduct leads to channels of its own"
    )
    assert ("2026-11-21", "quiet_hours") in [(one["on"], one["violation"]) for one in case["counted"]]
    after = (await packed(reporter, case_id, "12321"))["statement.txt"].decode()
    assert "（2）2026年11月21日 06:30（北京时间）" in after
    assert "2026年11月21日，号码19790001234" in after
    assert (await happen(reporter, case_id, "12321", "accepted")).status_code == 201


async def test_only_own_reports_join_and_not_more_than_a_case_holds_nor_one_that_is_withdrawn(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    mine, theirs = await report(reporter), await report(other)
    case_id = (await new_case(reporter))["case_id"]
    refused = await add(reporter, case_id, mine, theirs)
    assert [error["field"] for error in refused.json()["errors"]] == ["report_ids[1]"]
    assert len((await reporter.get(f"/v1/cases/{case_id}")).json()["report_ids"]) == 1, "all of them or none"
    assert (await add(other, case_id, theirs)).status_code == 404
    monkeypatch.setattr("service.cases.change.MOST_REPORTS", 1)
    assert (await add(reporter, case_id, mine)).json()["code"] == "limit_reached"
    monkeypatch.undo()
    await reporter.delete(f"/v1/cases/{case_id}")
    assert (await add(reporter, case_id, mine)).json()["code"] == "case_withdrawn"


async def find(api: Api, **members: Any) -> None:
    """Record what an agency found."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "number": NUMBER, "source": OutcomeSource.AGENCY, "source_id": "centre/r" + "a" * 32,
        "result": OutcomeResult.UPHELD, "decided_on": date(2026, 11, 22), "recorded_at": now,
        "reported_on": date(2026, 11, 20), "confirmed_at": now, "note": None, "report_id": None,
    }  # fmt: skip

    async with api.database.connection() as connection, connection.transaction():
        await record_outcome(connection, NewOutcome(**(plain | members)))


async def test_what_an_agency_found_reaches_the_reporter_in_the_report_and_in_the_case(api: Api) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    mine, theirs = await report(reporter), await report(other)
    async with api.database.connection() as connection:
        await insert_agency(connection, "centre", "某举报中心", rows_per_30_days=1, now=datetime.now(UTC))
    await find(api, report_id=UUID(mine), note="已责令停止，经办电话19790005678，号码19790001234")
    await find(api, source_id="gone/n" + "b" * 32, decided_on=date(2026, 11, 23), note="内部说明")
    long_ago = datetime.now(UTC) - timedelta(days=400)
    await find(api, source_id="centre/n" + "c" * 32, recorded_at=long_ago, confirmed_at=long_ago)
    await find(api, source_id="centre/n" + "d" * 32, confirmed_at=None)

    shown = (await reporter.get(f"/v1/reports/{mine}")).json()["findings"]
    about_report, about_number = shown
    assert about_report["agency"] == "某举报中心"
    assert (about_report["result"], about_report["decided_on"]) == ("upheld", "2026-11-22")
    assert about_report["note"].startswith("已责令停止")
    assert "19790005678" not in about_report["note"], "a note names nobody"
    assert "19790001234" in about_report["note"]
    assert (about_number["is_about_report"], about_number["agency"], about_number["note"]) == (
        False,
        None,
        None,
    )
    case = await new_case(reporter, mine)
    assert case["findings"] == [{**one, "report_id": mine} for one in shown]
    others = (await other.get(f"/v1/reports/{theirs}")).json()["findings"]
    assert others == [about_number], "an answer about a report is its reporter's alone"
