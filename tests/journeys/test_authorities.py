"""Each kind of authority, from a report to a package and from its answer to what the service learns."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.cases import consent_text
from service.database import Connection
from service.days import CHINA
from service.decisions.decide import decide_number
from service.decisions.store import Decision, list_reviews
from service.numbers.parse import parse_number
from service.outcomes.record import confirm_case
from service.standing.settle import settle_due
from service.training.store import list_decided
from tests.clients import Api, new_idempotency_key, report_body, report_row

NUMBER = "+8619790004321"
#: A Friday evening within the months whose holidays are known.
CALLED_AT = "2026-11-20T23:10:00+08:00"


@dataclass(frozen=True)
class Journey:
    """What somebody went through, with which authority, and what that one wants to know."""

    channel: str
    respondent: dict[str, str]
    violations: list[str]
    events: list[str]
    filled: dict[str, Callable[[str], bool]]
    blank: set[str] = field(default_factory=set)
    cited: tuple[str, ...] = ()
    due_after_filing: str | None = None  # the first deadline
    relation: str = "third_party"
    is_confirmed: bool = False  # the claim, by a moderator, who else decides about the number


def says(*words: str) -> Callable[[str], bool]:
    return lambda value: all(word in value for word in words)


JOURNEYS = {
    "nifa": Journey(
        channel="nifa",
        respondent={"kind": "internet_platform", "name": "某网络借贷平台有限公司"},
        violations=["third_party", "quiet_hours"],
        events=["filed", "accepted", "answered", "upheld"],
        filled={
            "respondent": says("某网络借贷平台有限公司"),
            "facts": says("2026年11月20日 23:10", "19790004321"),
            "rules": says("不符合行业规范", "互联网金融"),
        },
        blank={"name", "id_number", "contact"},
        cited=("个人信息保护法", "自律公约"),
        due_after_filing="first_check",
        is_confirmed=True,
    ),
    "12321": Journey(
        channel="12321",
        respondent={"kind": "unknown"},
        violations=["robocall", "frequency"],
        events=["filed", "upheld"],
        filled={
            "number": says("19790004321"),
            "call_date": says("2026-11-20"),
            "call_time": says("23:10"),
            "duration": lambda code: code == "0",
            "call_type": lambda code: code == "2",
            "bad_type": lambda code: code == "9",
            "content": lambda text: 15 <= len(text) <= 1000,
        },
        blank={"reporter_mobile", "captcha"},
    ),
    "nfra": Journey(
        channel="nfra_complaint",
        relation="debtor",
        respondent={"kind": "consumer_finance", "name": "某消费金融有限公司"},
        violations=["threat", "frequency"],
        events=["filed", "accepted", "supplement_asked", "supplemented", "answered", "upheld"],
        filled={
            "respondent": says("某消费金融有限公司"),
            "facts": says("19790004321"),
            "grounds": says("消费金融公司管理办法"),
        },
        blank={"name", "id_number", "contact", "request"},
        cited=("消费金融公司管理办法",),
    ),
    "pboc": Journey(
        channel="pboc",
        relation="debtor",
        respondent={"kind": "payment_institution", "name": "某支付有限公司"},
        violations=["after_refusal"],
        events=["filed", "accepted", "upheld"],
        filled={},
        cited=("民法典",),
    ),
    "police": Journey(
        channel="police",
        respondent={"kind": "unlicensed_lender"},
        violations=["threat", "visit_threat", "image_abuse"],
        events=["filed", "accepted", "upheld"],
        filled={"statement": says("恐吓威胁", "上门威胁", "P图群发")},
        blank={"id"},
        cited=("治安管理处罚法", "第二百九十三条"),
    ),
    "samr": Journey(
        channel="samr",
        respondent={"kind": "merchant", "name": "某家电商行"},
        violations=["fees_rollover"],
        events=["filed", "accepted", "answered", "upheld"],
        filled={"respondent": says("某家电商行"), "facts": says("违规收费")},
        blank={"name", "contact", "address"},
        due_after_filing="acceptance",
        relation="debtor",  # it takes consumers' matters
        is_confirmed=True,
    ),
}


class Person:
    """Somebody who was called, and what they do here."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, **body: object) -> Any:
        answer = await self._client.post(path, json=body, headers=new_idempotency_key())
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def report(self, violations: list[str], relation: str) -> str:
        told = report_body(
            number="197 9000 4321",
            occurred_at=CALLED_AT,
            caller="human",
            duration_seconds=95,
            relation=relation,
            violations=violations,
            narrative="对方要求转告还款，并称不还就上门。",
        )
        return str((await self.post("/v1/reports", **told))["report_id"])

    async def package(self, case_id: str, channel: str) -> dict[str, bytes]:
        refused = await self._client.get(f"/v1/cases/{case_id}/packages/{channel}")
        assert refused.json()["code"] == "consent_missing"
        version = consent_text.VERSION
        await self.post(f"/v1/cases/{case_id}/consents", channel=channel, text_version=version)
        answer = await self._client.get(f"/v1/cases/{case_id}/packages/{channel}")
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def check_package(documents: dict[str, bytes], journey: Journey) -> None:
    """The form as the channel has it, the statement with everything it must name, a document to print."""
    told = json.loads(documents["fields.json"])
    filled = {entry["id"]: entry["value"] for form in told["forms"] for entry in form["fields"]}
    for name, fits in journey.filled.items():
        assert fits(filled[name]), (name, filled[name])
    assert {name for name in journey.blank if filled[name] is None} == journey.blank
    assert journey.blank <= {lack["what"] for lack in told["missing"]}
    text = documents["statement.txt"].decode()
    for named in ("19790004321", "2026年11月20日 23:10", *journey.cited):
        assert named in text
    assert documents["statement.pdf"].startswith(b"%PDF-")
    assert "由您自行提交" in documents["README.txt"].decode()


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
async def test_from_a_report_to_a_package_to_an_outcome(api: Api, journey: Journey) -> None:
    person = Person(await api.reporter())
    report_id = await person.report(journey.violations, journey.relation)
    case = await person.post("/v1/cases", report_ids=[report_id], respondent=journey.respondent)
    case_id = case["case_id"]
    assert journey.channel in [channel["channel"] for channel in case["channels"]]
    check_package(await person.package(case_id, journey.channel), journey)

    path = f"/v1/cases/{case_id}/filings/{journey.channel}/events"
    day = datetime.now(UTC).astimezone(CHINA).date() - timedelta(days=2)
    for event in journey.events:
        fields = {"query_code": "QC-1"} if event == "filed" else {}
        filing = await person.post(path, event=event, happened_on=day.isoformat(), **fields)
        if event == "filed" and journey.due_after_filing:
            assert journey.due_after_filing in [due["deadline"] for due in filing["due"]]
            assert all(date.fromisoformat(due["due_on"]) > day for due in filing["due"])
    assert [event["event"] for event in filing["events"]] == journey.events

    async with api.database.connection() as connection:
        (review,) = await list_reviews(connection, at_most=5)
        assert await list_decided(connection, datetime.now(UTC)) == [], "a claim is no label"
    assert (review.number, review.reasons) == (NUMBER, ["outcome_reported"])
    if journey.is_confirmed:
        await confirm(api, f"{case_id}/{journey.channel}")
    else:
        await rule(api)
    await learnt(api)


async def confirm(api: Api, filing: str) -> None:
    """A moderator has seen the authority's answer: the claim becomes an outcome."""
    now = datetime.now(UTC)

    async def work(connection: Connection) -> int:
        return await confirm_case(connection, NUMBER, filing, now)

    assert await api.database.in_transaction(work) == 1
    await settle_due(api.database, now)


async def rule(api: Api) -> None:
    """A moderator decides about the number itself, which lists it."""
    await api.insert([report_row(NUMBER, occurred_at=datetime.now(UTC)) for _ in range(2)])
    now = datetime.now(UTC)

    async def work(connection: Connection) -> None:
        await decide_number(
            connection, parse_number(NUMBER), Decision(now, "abusive", "答复书已核对", "moderator", None)
        )

    await api.database.in_transaction(work)
    await settle_due(api.database, now)
    await api.publish()
    lookup = await (await api.partner()).get(f"/v1/numbers/{NUMBER}".replace("+", "%2B"))
    assert lookup.json()["verdict"] == "confirmed"


async def learnt(api: Api) -> None:
    """The number has a label for training, and its reporter the credit."""
    assert 1 in [row["confirmed"] for row in await api.fetch("SELECT confirmed FROM credits")]
    async with api.database.connection() as connection:
        labels = await list_decided(connection, datetime.now(UTC))
    assert [(label.number, label.is_abusive) for label in labels] == [(NUMBER, True)]
