"""Ten people, each from what happened to the next step: the right first channel, citations by item, and dates."""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.agencies.store import insert_agency
from service.cases.follow_up import today_in_china
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.ids import new_id
from tests.cases.case_requests import happen, new_case, packed, report
from tests.clients import NUMBER, Api, report_row
from tests.disputes.dispute_requests import PNG, decided, opened, verdict

CALLED = "2026-11-20T23:10:00+08:00"
SILENT = 25  # days since it was filed: more than twenty, since a period does not end on a holiday
PSAPL = "治安管理处罚法（2025年修订）"


@dataclass(frozen=True)
class Person:
    """What happened to somebody, and what is right for them."""

    violations: list[str]
    respondent: dict[str, str]
    situation: dict[str, str]
    channels: list[str]  # the first ones, in their order
    files_with: str
    cited: tuple[str, ...]  # by item
    norms: tuple[str, ...] = ()
    never: tuple[str, ...] = ()  # what must not stand in the paper
    demands: tuple[str, ...] = ()
    telephone: str | None = None
    days: int | None = None  # from filing to the first deadline, where it is counted in calendar days
    refused: dict[str, str] = field(default_factory=dict)  # how it is refused
    then: tuple[str, int | None] = ("", None)  # the next step and its days


PEOPLE = {
    "borrower": Person(
        violations=["frequency", "quiet_hours"],
        respondent={"kind": "internet_platform", "name": "某网络借贷平台有限公司"},
        situation={"relation": "debtor"},
        channels=["nifa"],
        files_with="nifa",
        cited=(f"{PSAPL}第五十条第一款第五项", "民法典第一千零三十三条"),
        norms=("GB/T 45251-2025", "当日该时段联系1次"),
        never=("商业银行信用卡", "第二百九十三条之一"),
        demands=("停止侵害",),
    ),
    "third party": Person(
        violations=["third_party"],
        respondent={"kind": "consumer_finance", "name": "某消费金融有限公司"},
        situation={"relation": "third_party"},
        channels=["institution", "nfra_report"],
        files_with="institution",
        cited=(
            f"{PSAPL}第五十六条",
            "个人信息保护法第十条",
            "个人信息保护法第四十七条",
            "消费金融公司管理办法",
        ),
        never=("12378消费投诉",),
        demands=("删除本人的个人信息", "说明本人号码的来源"),
        days=15,
        then=("regulator_complaint", None),
    ),
    "wrong person": Person(
        violations=["wrong_person"],
        respondent={"kind": "bank", "name": "某银行"},
        situation={"relation": "wrong_person"},
        channels=["institution"],
        files_with="institution",
        cited=("民法典第一千零三十三条", "个人信息保护法第四十七条"),
        demands=("更正把本人列为债务人",),
        days=15,
        then=("verification", 30),
    ),
    "false court": Person(
        violations=["impersonation", "forged_document"],
        respondent={"kind": "unknown"},
        situation={"court": "yes", "officials": "yes", "relation": "debtor"},
        channels=["court", "police"],
        files_with="police",
        cited=(f"{PSAPL}第六十二条", f"{PSAPL}第六十三条", "刑法第二百七十九条", "刑法第二百八十条"),
        telephone="110",
        refused={"event": "rejected", "matter": "criminal"},
        then=("review_request", 7),
    ),
    "bank card": Person(
        violations=["frequency", "third_party"],
        respondent={"kind": "bank", "name": "某银行信用卡中心"},
        situation={"relation": "debtor", "product": "credit_card"},
        channels=["institution", "nfra_complaint"],
        files_with="institution",
        cited=("商业银行信用卡业务监督管理办法第六十八条", f"{PSAPL}第五十条第一款第五项"),
        norms=("中国银行业协会",),
        days=15,
        then=("verification", 30),
    ),
    "small loan": Person(
        violations=["fees_rollover"],
        respondent={"kind": "small_loan", "name": "某小额贷款有限公司"},
        situation={"relation": "debtor", "licensed": "yes", "area_code": "0571", "interest": "yes"},
        channels=["local_finance"],
        files_with="local_finance",
        cited=("民法典第六百八十条",),
        never=("商业银行信用卡", "第二百九十三条之一"),
        demands=("退还",),
        telephone="0571-12345",
    ),
    "fraud": Person(
        violations=["fraud"],
        respondent={"kind": "unknown"},
        situation={"paid": "yes"},
        channels=["police", "own_bank", "anti_fraud"],
        files_with="police",
        cited=(f"{PSAPL}第五十八条", "刑法第二百六十六条"),
        telephone="110",
        refused={"event": "rejected", "matter": "criminal"},
        then=("review_request", 7),
    ),
}


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
async def test_somebody_who_was_called_gets_from_a_report_to_the_next_step(api: Api, person: Person) -> None:
    client = await api.reporter()
    reported = await report(
        client, occurred_at=CALLED, violations=person.violations, narrative="当晚来电催款。"
    )
    told = {"respondent": person.respondent, "situation": person.situation, "demand": "请停止来电。"}
    case = await new_case(client, reported, **told)
    case_id = case["case_id"]
    assert [one["channel"] for one in case["channels"]][: len(person.channels)] == person.channels
    (taken,) = [one for one in case["channels"] if one["channel"] == person.files_with]
    assert person.telephone in (None, taken["telephone"])
    check_paper((await packed(client, case_id, person.files_with))["statement.txt"].decode(), person)

    filed_on = today_in_china(datetime.now(UTC)) - timedelta(days=3)
    answer = await happen(
        client, case_id, person.files_with, "filed", happened_on=filed_on.isoformat(), query_code="QC-1"
    )
    due = [date.fromisoformat(one["due_on"]) for one in answer.json()["due"]]
    assert all(day > filed_on for day in due)
    if person.days:
        assert all(is_last_day(day, filed_on, person.days) for day in due)
        assert len(due) == 1
    refused = {"event": "rejected"} | person.refused
    refusal = await happen(client, case_id, person.files_with, **refused, happened_on=filed_on.isoformat())
    following = {one["id"]: one["until"] for one in refusal.json()["next"]}
    assert following, "after a refusal there is always something to do"
    then, days = person.then
    if then:
        until = following[then]
        assert (until is None) == (days is None)
        assert until is None or is_last_day(date.fromisoformat(until), filed_on, days or 0)


def is_last_day(day: date, since: date, days: int) -> bool:
    """Whether a period ends on a day: a last day without work moves to the next working day, past a week at most."""
    return 0 <= (day - since).days - days <= 9


def check_paper(text: str, person: Person) -> None:
    """The paper cites by item, keeps law and norm apart, and has the date and what may be asked for."""
    cited, _, _ = text.partition("视情形可能适用的规定")
    for one in (
        *person.cited,
        *person.norms,
        *person.demands,
        "2026年11月20日 23:10（北京时间）",
        "请停止来电。",
    ):
        assert one in cited, one
    for one in person.never:
        assert one not in cited, one
    law = cited[cited.index("涉嫌违反的法律法规") :].partition("不符合的行业规范")[0]
    for one in person.cited:
        assert one in law, one
    assert "GB/T" not in law


async def test_a_shop_owner_disputes_with_proof_and_is_answered_by_the_day_that_was_told(api: Api) -> None:
    await api.insert([report_row(NUMBER) for _ in range(12)])
    assert await verdict(api) in ("suspected", "confirmed")
    owner = await api.owner(NUMBER)
    routing = await (await api.client()).get("/v1/routing", params={"relation": "owner"})
    steps = routing.json()["steps"]
    assert steps[0]["channel"] == "carrier"
    assert routing.json()["legal_basis"] == [], "against the owner of a number nothing is cited"
    address = await opened(owner)
    dispute = (await owner.get(address)).json()
    assert date.fromisoformat(dispute["due_on"]) > today_in_china(datetime.now(UTC))
    assert await verdict(api) == "disputed"
    attached = await owner.post(f"{address}/proofs", content=PNG)
    assert attached.status_code == 201, attached.text
    ended = await decided(api, address, outcome="upheld", decision="cleared", reason="营业执照已核对")
    assert ended.status_code == 200, ended.text
    told = (await owner.get(address)).json()
    assert (told["state"], told["explanation"]) == ("upheld", "营业执照已核对")
    assert await verdict(api) == "cleared"


async def test_what_an_officer_finds_goes_back_to_the_person_who_reported_and_into_the_case(api: Api) -> None:
    client = await api.reporter()
    reported = await report(client, occurred_at=CALLED, violations=["threat"])
    case = await new_case(client, reported, respondent={"kind": "unlicensed_lender"})
    assert case["channels"][0]["channel"] == "police"
    officer, row_id = await handed(api, reported)
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerows(
        [["行编号", "处理结果", "处理日期", "处理说明"], [row_id, "属实", "2026/11/25", "已责令停止"]]
    )
    answer = await officer.post(
        "/v1/outcomes", content=sheet.getvalue().encode("gb18030"), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["recorded"] == 1, answer.text
    found = (await client.get(f"/v1/reports/{reported}")).json()["findings"]
    assert [(one["agency"], one["result"], one["decided_on"], one["note"]) for one in found] == [
        ("某公安机关", "upheld", "2026-11-25", "已责令停止")
    ]
    assert (await client.get(f"/v1/cases/{case['case_id']}")).json()["findings"][0]["report_id"] == reported


async def handed(api: Api, report_id: str) -> tuple[httpx.AsyncClient, str]:
    """The client of an officer who was handed a report as a row, and the id of the row."""
    row_id, now = "r" + "a" * 32, datetime.now(UTC)
    async with api.database.connection() as connection:
        agency = await insert_agency(connection, "police", "某公安机关", rows_per_30_days=10, now=now)
        await connection.execute(
            "INSERT INTO hand_overs VALUES ($1, $2, $3, $4, $5, $6, $5, '\\x00')",
            NUMBER, agency, row_id, new_id(now), now, report_id,
        )  # fmt: skip
        _, key = await create_key(
            connection, label="police", scopes=[Scope.EXPORTS], now=now, agency_id=agency, purpose="查处"
        )
    await api.follow()
    return await api.client(key), row_id


async def test_after_twenty_days_of_silence_the_next_channel_is_named_with_its_dates(api: Api) -> None:
    client = await api.reporter()
    reported = await report(client, occurred_at=CALLED, violations=["frequency"])
    respondent = {"kind": "bank", "name": "某银行信用卡中心"}
    situation = {"relation": "debtor", "product": "credit_card"}
    case = await new_case(client, reported, respondent=respondent, situation=situation)
    assert case["channels"][0]["channel"] == "institution"
    today = today_in_china(datetime.now(UTC))
    filed_on = today - timedelta(days=SILENT)
    filing = (
        await happen(client, case["case_id"], "institution", "filed", happened_on=filed_on.isoformat())
    ).json()
    (due,) = filing["due"]
    assert is_last_day(date.fromisoformat(due["due_on"]), filed_on, 15)
    for extended, days in zip(due["may_be_extended_to"], (30, 60), strict=True):
        assert is_last_day(date.fromisoformat(extended), filed_on, days)
    assert due["is_overdue"]
    (step,) = [one for one in filing["next"] if one["id"] == "regulator_complaint"]
    assert (step["cause"], step["channel"]) == ("overdue", "nfra_complaint")
    assert not step["is_certain"], "the institution may have extended its time"
    paper = (await packed(client, case["case_id"], "nfra_complaint"))["statement.txt"].decode()
    assert f"{PSAPL}第五十条第一款第五项" in paper
    follow = await happen(client, case["case_id"], "nfra_complaint", "filed", happened_on=today.isoformat())
    assert follow.status_code == 201, follow.text
    whole: dict[str, Any] = (await client.get(f"/v1/cases/{case['case_id']}")).json()
    assert {one["channel"] for one in whole["filings"]} == {"institution", "nfra_complaint"}
