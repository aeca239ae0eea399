"""What dated contacts add up to reaches a case: its channels, its statement and its rules, claimed or not."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cases.counted import Counted
from service.cases.form import fill_forms
from service.cases.sealing import CaseSecrets
from service.contacts.counting import LIMITS, DayCount
from service.rules.channels import FilledFrom
from tests.cases.case_material import CASE, CATALOGUE, REPORT, material_of
from tests.cases.case_requests import new_case, packed, report
from tests.clients import Api

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
        "2026年3月1日，号码19790001234：来电9次，其中接通0次、有效通话（10秒以上，本服务自定标准）0次、未接通8次"
        in section
    )
    assert "当日0:00至8:00和22:00至24:00的来电和短信8次" in section
    assert "22:00至次日8:00不应催收，当日该时段联系8次" in section
    assert "有效通话每日不超过3次，实为5次" in section
    assert section.endswith("这是本服务自定的标准；规范只说有效交互，没有规定秒数。"), (
        "beside the norm's words"
    )
    assert [one["measure"] is None for one in case["counted"]] == [True, False]
    assert "〔待核实〕" in section
    norms = statement[statement.index("不符合的行业规范") :]
    assert norms.count("对应行为：22:00–8:00来电；高频骚扰") == 1, (
        "the rule whose limits were exceeded, and no other"
    )
    assert "涉嫌违反的法律法规" not in statement, "a count of a norm breaks no law"
    law = [part for part in statement.split("\n\n") if "民法典" in part]
    assert ["可以依法提出的其他请求" in part for part in law] == [True], (
        "a right that one has is no law that was broken"
    )
    (form,) = json.loads(documents["fields.json"])["forms"]
    content = next(field["value"] for field in form["fields"] if field["id"] == "content")
    assert "该时段联系8次" in content
    assert len(content) <= 1000


async def test_the_form_marks_what_nobody_has_verified_and_the_readme_says_what_it_cuts(api: Api) -> None:
    reporter = await api.reporter()
    reported = await report(reporter, occurred_at=CALLED, violations=["frequency"], narrative="扰" * 1500)
    case = await new_case(reporter, reported, respondent={"kind": "internet_platform"})
    documents = await packed(reporter, case["case_id"], "nifa")
    (form,) = json.loads(documents["fields.json"])["forms"]
    (rules,) = [field["value"] for field in form["fields"] if field["id"] == "rules"]
    assert "GB/T 45251-2025 互联网金融 个人网络消费信贷 贷后催收风控指引〔待核实〕" in rules
    cut = (await packed(reporter, case["case_id"], "12321"))["README.txt"].decode()
    assert "已在 fields.txt 中截短" in cut
    assert "截短" not in documents["README.txt"].decode()
    assert f"打开案卷 {case['case_id']}" in cut


async def test_messages_under_a_form_for_calls_are_told_as_such(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(
        reporter, await report(reporter, medium="sms", occurred_at="2026-03-01T23:30:00+08:00")
    )
    (channel,) = [one for one in case["channels"] if one["channel"] == "12321"]
    assert "form_of_calls" in [lack["what"] for lack in channel["missing"]]
    documents = await packed(reporter, case["case_id"], "12321")
    text = documents["statement.txt"].decode()
    assert "发来短信" in text
    assert "来电0次" not in text
    assert "当日0:00至8:00和22:00至24:00的来电和短信1次" in text


async def test_what_is_counted_needs_no_further_evidence_and_reasons_are_told_once(api: Api) -> None:
    reporter = await api.reporter()
    reported = await report(
        reporter, occurred_at="2026-03-01T23:30:00+08:00", violations=["quiet_hours", "insult"]
    )
    case = await new_case(reporter, reported, respondent={"kind": "internet_platform"})
    for channel in case["channels"]:
        wanted = [lack["text"]["zh"] for lack in channel["missing"] if lack["what"] == "evidence"]
        assert not any("时区" in text for text in wanted)
        reasons = [(why["text"]["zh"], why["violation"]) for why in channel["why"]]
        assert len(reasons) == len(set(reasons))
    (samr,) = [one for one in case["channels"] if one["channel"] == "samr"]
    assert "首选渠道不受理或未解决" in samr["why"][0]["text"]["zh"]


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
        "internet_platform": {quiet},
        "unknown": {quiet, ("quiet_hours", "cba2026"), ("frequency", "cba2026")},
        "telecom": set(),
    }


async def test_while_the_party_is_unknown_papers_count_and_cite_no_norm_for_some_parties(api: Api) -> None:
    reporter = await api.reporter()
    reported = await logged(reporter, await report(reporter, occurred_at=CALLED, violations=None), NIGHT)
    for party in (
        {"respondent": {"kind": "unknown"}},
        {"respondent": {"kind": "bank"}, "situation": {"licensed": "no"}},
    ):
        case = await new_case(reporter, reported, **party)
        assert case["counted"]
        assert all("bank" in one["only_if"] for one in case["counted"])
        assert (
            "respondent" in [one["id"] for one in case["questions"]] or party["respondent"]["kind"] == "bank"
        )
        documents = await packed(reporter, case["case_id"], "12321")
        told = documents["statement.txt"].decode() + documents["fields.txt"].decode()
        assert "当日0:00至8:00和22:00至24:00的来电和短信8次" in told
        assert "超过限度" not in told
        assert "不符合的行业规范" not in told
    known = await new_case(reporter, reported, respondent={"kind": "bank"})
    assert [one["only_if"] for one in known["counted"]] == [[]] * len(known["counted"])


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


async def test_reports_outside_the_case_are_not_counted_in_it(api: Api) -> None:
    reporter = await api.reporter()
    first, second = [
        await report(reporter, occurred_at=f"2026-03-01T23:0{minute}:00+08:00") for minute in (1, 2)
    ]
    assert {one["count"] for one in (await new_case(reporter, first))["counted"]} == {1}
    assert {one["count"] for one in (await new_case(reporter, first, second))["counted"]} == {2}


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
    assert ["2026年3月1日，号码" in content for content in contents] == [True, False]
    assert ["2026年3月2日，号码" in content for content in contents] == [False, True]
    statement = documents["statement.txt"].decode()
    assert "2026年3月1日，号码" in statement
    assert "2026年3月2日，号码" in statement


async def test_the_law_is_cited_for_what_is_claimed_and_counts_add_only_their_own_rules(api: Api) -> None:
    reporter = await api.reporter()
    claimed = await report(reporter, occurred_at=CALLED, violations=["frequency"])
    case = await new_case(reporter, await logged(reporter, claimed, NIGHT), respondent={"kind": "bank"})
    statement = (await packed(reporter, case["case_id"], "nfra_report"))["statement.txt"].decode()
    law = statement[statement.index("涉嫌违反的法律法规") : statement.index("不符合的行业规范")]
    assert "民法典" in law
    assert "22:00–8:00来电" not in law


async def test_what_shows_no_number_is_not_added_up(api: Api) -> None:
    reporter = await api.reporter()
    ids = [
        await report(
            reporter,
            number=number,
            connected=True,
            duration_seconds=60,
            occurred_at=f"2026-03-02T1{hour}:00:00+08:00",
        )
        for hour in range(5)
        for number in ("未知号码", "110")
    ]
    assert (await new_case(reporter, *ids))["counted"] == []


async def test_each_claim_is_judged_by_the_law_of_its_own_day(api: Api) -> None:
    """A law that came into force between a claim and a counted day is not turned on the claim."""
    reporter = await api.reporter()
    unlicensed = {"kind": "unlicensed_lender"}
    early = await report(reporter, occurred_at="2021-02-20T12:00:00+08:00")
    counted = await logged(reporter, await report(reporter, occurred_at=CALLED, violations=None), NIGHT)
    case = await new_case(reporter, early, counted, respondent=unlicensed)
    assert case["counted"]
    statement = (await packed(reporter, case["case_id"], "police"))["statement.txt"].decode()
    assert "二百九十三条之一" not in statement


@pytest.mark.parametrize(("letters", "is_cut"), [(200, False), (880, True), (940, True), (1200, True)])
def test_a_form_that_leaves_counts_out_says_that_it_is_cut(letters: int, *, is_cut: bool) -> None:
    (limit,) = [one for one in LIMITS if (one.rule, one.counter) == ("gbt45251", "quiet_hours")]
    counted = [
        Counted(REPORT.number, limit, CATALOGUE.rules[limit.rule], DayCount(date(2026, 3, 1), 9, 0, 0, 8, 8))
    ]
    case = replace(CASE, secrets=CaseSecrets(None, "扰" * letters))
    material = material_of("12321", case, [REPORT], counted=counted)
    (form,) = fill_forms(material)
    (content,) = [entry for entry in form.fields if entry.field.id == "content"]
    assert content.is_cut == is_cut
    assert len(content.value or "") <= 1000


def in_form(counts: int, statement: str | None) -> str:
    """The content of a form about one call with so many counted days."""
    days = [DayCount(date(2026, 3, 1) + timedelta(days=n), 9, 0, 0, 8, 8) for n in range(counts)]
    (limit,) = [one for one in LIMITS if (one.rule, one.counter) == ("gbt45251", "quiet_hours")]
    counted = [Counted(REPORT.number, limit, CATALOGUE.rules[limit.rule], day) for day in days]
    case = replace(CASE, secrets=CaseSecrets(None, statement))
    material = material_of("12321", case, [REPORT], counted=counted)
    (form,) = fill_forms(material)
    return next(entry.value or "" for entry in form.fields if entry.field.id == "content")


def test_a_catalogues_own_field_for_conduct_names_what_is_counted_too() -> None:
    (limit,) = [one for one in LIMITS if (one.rule, one.counter) == ("gbt45251", "quiet_hours")]
    counted = [
        Counted(REPORT.number, limit, CATALOGUE.rules[limit.rule], DayCount(date(2026, 3, 1), 9, 0, 0, 8, 8))
    ]
    nifa = CATALOGUE.channels["nifa"]
    assert nifa.form is not None
    fields = tuple(
        field.model_copy(update={"filled_from": FilledFrom.CONDUCT}) if field.id == "facts" else field
        for field in nifa.form.fields
    )
    channel = nifa.model_copy(update={"form": nifa.form.model_copy(update={"fields": fields})})
    material = material_of(channel, CASE, [REPORT], counted=counted)
    (form,) = fill_forms(material)
    filled = {entry.field.id: entry.value or "" for entry in form.fields}
    assert filled["facts"] == "恐吓威胁；22:00–8:00来电"
    assert "GB/T 45251" in filled["rules"].partition("不符合行业规范")[2]


@given(st.integers(0, 40), st.none() | st.text("扰", min_size=1, max_size=1200))
def test_counts_give_way_to_the_persons_own_words_and_say_what_was_left_out(
    counts: int, statement: str | None
) -> None:
    content = in_form(counts, statement)
    assert len(content) <= 1000
    if statement and len(statement) < 800:
        assert statement in content
    told = content.count("，号码19790001234：来电9次")
    left = re.search("另有通话记录统计([0-9]+)行", content)
    if told < counts and len(statement or "") < 800:
        assert left is not None
        assert told * 2 + int(left[1]) in (counts * 2, counts * 2 + 1)
    else:
        assert left is None or told < counts
