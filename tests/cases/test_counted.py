"""What dated contacts add up to reaches a case: its channels, its statement and its rules, claimed or not."""

import json
from typing import Any

import httpx
from case_requests import new_case, packed, report
from clients import Api

HEADER = "号码,时间,类型,时长\n"
NIGHT = "".join(f"19790001234,2026-03-01 23:{minute:02}:00,未接,0\n" for minute in range(8))
TALKS = "".join(f"19790001234,2026-03-02 1{hour}:00:00,呼入,60\n" for hour in range(5))
CALLED = "2026-03-01T12:00:00+08:00"


async def logged(reporter: httpx.AsyncClient, report_id: str, rows: str) -> str:
    """A report with a call log attached to it."""
    files = {"file": ("log.csv", (HEADER + rows).encode(), "text/csv")}
    answer = await reporter.post(f"/v1/reports/{report_id}/evidence", files=files)
    assert answer.status_code == 201, answer.text
    return report_id


def brief(case: dict[str, Any]) -> list[tuple[str, str, str, str, int, int]]:
    return [
        (one["on"], one["violation"], one["rule"], one["counter"], one["allowed"], one["count"])
        for one in case["counted"]
    ]


async def test_what_nobody_claimed_is_counted_routed_stated_and_cited(api: Api) -> None:
    reporter = await api.reporter()
    reported = await logged(
        reporter, await report(reporter, occurred_at=CALLED, violations=None), NIGHT + TALKS
    )
    case = await new_case(reporter, reported, respondent={"kind": "internet_platform"})
    assert brief(case) == [
        ("2026-03-01", "quiet_hours", "gbt45251", "quiet_hours", 0, 8),
        ("2026-03-02", "frequency", "gbt45251", "effective", 3, 5),
    ]
    reasons = {(one["channel"], why["violation"]) for one in case["channels"] for why in one["why"]}
    assert {("nifa", "quiet_hours"), ("nifa", "frequency"), ("12321", "frequency")} <= reasons
    assert not any(lack["what"] == "violations" for one in case["channels"] for lack in one["missing"])

    documents = await packed(reporter, case["case_id"], "12321")
    statement = documents["statement.txt"].decode()
    section = statement[statement.index("通话记录统计") :].split("\n\n")[0]
    assert (
        "2026年03月01日，号码19790001234：来电9次，其中接通0次、有效通话（10秒以上）0次、未接通8次" in section
    )
    assert "22:00至次日8:00的来电和短信8次" in section
    assert "22:00至次日8:00的联系应为0次，实为8次" in section
    assert "有效通话每日不超过3次，实为5次" in section
    assert "〔待核实〕" in section
    norms = statement[statement.index("不符合的行业规范") :]
    assert "对应行为：22:00–8:00来电、高频骚扰" in norms
    (form,) = json.loads(documents["fields.json"])["forms"]
    content = next(field["value"] for field in form["fields"] if field["id"] == "content")
    assert "实为8次" in content
    assert len(content) <= 1000


async def test_only_rules_that_bind_the_party_set_limits(api: Api) -> None:
    reporter = await api.reporter()
    reported = await logged(reporter, await report(reporter, occurred_at=CALLED), NIGHT)
    rules = {}
    for party in ("bank", "internet_platform", "unknown", "telecom"):
        case = await new_case(reporter, reported, respondent={"kind": party})
        rules[party] = {(one["violation"], one["rule"]) for one in case["counted"]}
    quiet = ("quiet_hours", "gbt45251")
    assert rules == {
        "bank": {quiet, ("quiet_hours", "cba2026"), ("frequency", "cba2026")},
        "internet_platform": {quiet}, "unknown": {quiet}, "telecom": set(),
    }  # fmt: skip


async def test_counts_are_borne_out_by_the_case_alone(api: Api) -> None:
    """A log of a report that is not in the case is not in its package either."""
    reporter = await api.reporter()
    outside = await logged(reporter, await report(reporter, occurred_at=CALLED), NIGHT)
    inside = await logged(reporter, await report(reporter, occurred_at="2026-03-02T12:00:00+08:00"), TALKS)
    case = await new_case(reporter, inside)
    assert {one["on"] for one in case["counted"]} == {"2026-03-02"}
    both = await new_case(reporter, inside, outside)
    assert {one["on"] for one in both["counted"]} == {"2026-03-01", "2026-03-02"}
    other = await api.reporter()
    assert (await new_case(other, await report(other, occurred_at=CALLED)))["counted"] == []


async def test_a_form_for_one_call_tells_of_its_own_day_only(api: Api) -> None:
    reporter = await api.reporter()
    first = await logged(reporter, await report(reporter, occurred_at=CALLED), NIGHT + TALKS)
    second = await report(reporter, occurred_at="2026-03-02T20:00:00+08:00")
    case = await new_case(reporter, first, second)
    documents = await packed(reporter, case["case_id"], "12321")
    forms = json.loads(documents["fields.json"])["forms"]
    contents = [
        next(field["value"] for field in form["fields"] if field["id"] == "content") for form in forms
    ]
    assert ["2026年03月01日，号码" in content for content in contents] == [True, False]
    assert ["2026年03月02日，号码" in content for content in contents] == [False, True]
    statement = documents["statement.txt"].decode()
    assert "2026年03月01日，号码" in statement
    assert "2026年03月02日，号码" in statement
