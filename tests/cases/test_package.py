"""A package holds what the channel wants to know, says what is missing, and is the same for the same state."""

import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from tests.cases.case_requests import consent, happen, new_case, report
from tests.clients import Api

STATEMENT = "本人多次要求停止来电，对方不予理会。"
LATE = "2026-11-20T23:05:00+08:00"


async def package(reporter: httpx.AsyncClient, case_id: str, channel: str) -> bytes:
    assert (await consent(reporter, case_id, channel)).status_code == 201
    answer = await reporter.get(f"/v1/cases/{case_id}/packages/{channel}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def fields(documents: dict[str, bytes], form: int = 0) -> dict[str, Any]:
    told = json.loads(documents["fields.json"])
    return {field["id"]: field["value"] for field in told["forms"][form]["fields"]}


async def test_without_consent_there_is_no_package(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    path = f"/v1/cases/{case_id}/packages/police"
    refused = await reporter.get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_missing")
    assert "consents" in refused.json()["detail"]
    await package(reporter, case_id, "police")
    await reporter.delete(f"/v1/cases/{case_id}/consents/police")
    assert (await reporter.get(path)).json()["code"] == "consent_missing"


async def test_a_channel_that_does_not_fit_has_no_package(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    refused = await reporter.get(f"/v1/cases/{case_id}/packages/nfra_complaint")
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_does_not_fit")


async def test_the_form_of_12321_is_filled_in_for_each_call(api: Api) -> None:
    reporter = await api.reporter()
    first = await report(
        reporter, occurred_at=LATE, duration_seconds=200, caller="human", violations=["frequency"]
    )
    second = await report(
        reporter,
        occurred_at="2026-11-21T09:00:00+08:00",
        connected=False,
        violations=["frequency"],
        number="未知号码",
    )
    case_id = (await new_case(reporter, first, second, statement=STATEMENT))["case_id"]
    documents = opened(await package(reporter, case_id, "12321"))
    filled = fields(documents)
    assert (filled["number"], filled["call_date"], filled["call_time"]) == (
        "19790001234",
        "2026-11-20",
        "23:05",
    )
    assert (filled["duration"], filled["call_type"], filled["bad_type"]) == ("1", "2", "9")
    assert 15 <= len(filled["content"]) <= 1000
    assert STATEMENT in filled["content"]
    assert filled["reporter_mobile"] is filled["captcha"] is None
    other = fields(documents, 1)
    assert (other["number"], other["duration"], other["call_type"]) == ("未知号码", "4", None)
    copied = documents["fields.txt"].decode()
    for line in (
        "【通话时长】3至5分钟",
        "【不良类型】欠款催收",
        "【举报人手机号】（请自行填写）",
        "===== 第2次联系 =====",
    ):
        assert line in copied


@pytest.mark.parametrize(("length", "whole"), [(0, True), (900, True), (2000, False)])
async def test_the_content_keeps_within_the_limits_of_the_form(api: Api, length: int, whole: bool) -> None:
    reporter = await api.reporter()
    narrative = "扰" * length or None
    case_id = (await new_case(reporter, await report(reporter, narrative=narrative)))["case_id"]
    documents = opened(await package(reporter, case_id, "12321"))
    content = fields(documents)["content"]
    assert 15 <= len(content) <= 1000
    assert content.endswith("…") is not whole
    assert "扰" * length in documents["statement.txt"].decode(), "the statement itself is never cut"


@pytest.mark.parametrize(
    ("seconds", "band"),
    [(0, "0"), (179, "0"), (180, "1"), (299, "1"), (300, "2"), (600, "2"), (601, "3"), (86400, "3")],
)
async def test_a_duration_falls_into_its_band(api: Api, seconds: int, band: str) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter, await report(reporter, duration_seconds=seconds)))["case_id"]
    assert fields(opened(await package(reporter, case_id, "12321")))["duration"] == band


async def test_the_statement_names_number_time_conduct_and_rules_and_keeps_law_and_norm_apart(
    api: Api,
) -> None:
    reporter = await api.reporter()
    reported = await report(
        reporter,
        occurred_at=LATE,
        violations=["threat", "quiet_hours"],
        narrative="他说今晚就上门。",
        callee="19790005678",
        relation="third_party",
    )
    case = await new_case(
        reporter,
        reported,
        statement=STATEMENT,
        respondent={"kind": "consumer_finance", "name": "某消费金融公司"},
    )
    text = opened(await package(reporter, case["case_id"], "police"))["statement.txt"].decode()
    for told in ("19790001234", "被叫号码19790005678", "2026年11月20日 23:05", "恐吓威胁", "22:00–8:00来电",
                 "他说今晚就上门。",
                 STATEMENT, "某消费金融公司", "第三人", "治安管理处罚法"):  # fmt: skip
        assert told in text
    law, norm = text.index("涉嫌违反的法律法规"), text.index("不符合的行业规范")
    assert law < text.index("治安管理处罚法") < norm < text.rindex("GB/T 45251")
    assert "GB/T 45251" not in text[law:norm]
    (line,) = [line for line in text[:law].splitlines() if "当日该时段联系1次（GB/T 45251" in line]
    assert line.endswith("〔待核实〕，行业规范）"), "what is counted says so as well"
    assert "〔待核实〕" in text
    assert "293" not in text, "never against a licensed lender"
    assert "不是法律意见" in text


async def test_retracted_reports_are_left_out_and_without_any_there_is_no_package(api: Api) -> None:
    reporter = await api.reporter()
    ids = [await report(reporter, number=number) for number in ("19790001234", "19790005678")]
    case_id = (await new_case(reporter, *ids))["case_id"]
    await reporter.delete(f"/v1/reports/{ids[0]}")
    text = opened(await package(reporter, case_id, "police"))["statement.txt"].decode()
    assert "19790005678" in text
    assert "19790001234" not in text
    await reporter.delete(f"/v1/reports/{ids[1]}")
    refused = await reporter.get(f"/v1/cases/{case_id}/packages/police")
    assert (refused.status_code, refused.json()["code"]) == (409, "case_without_reports")


async def test_the_same_state_gives_the_same_bytes_and_what_is_added_shows(api: Api) -> None:
    reporter = await api.reporter()
    reported = await report(reporter, occurred_at=LATE)
    case_id = (await new_case(reporter, reported))["case_id"]
    first = await package(reporter, case_id, "police")
    path = f"/v1/cases/{case_id}/packages/police"
    await happen(reporter, case_id, "police", "filed")
    assert (await reporter.get(path)).content == first, "what became of the filing is no part of it"
    await reporter.patch(
        f"/v1/reports/{reported}", json={"narrative": "后来又打来。", "violations": ["insult"]}
    )
    text = opened((await reporter.get(path)).content)["statement.txt"].decode()
    assert "后来又打来。" in text
    assert "侮辱辱骂" in text


async def test_everything_in_a_package_is_listed_with_its_digest_and_nothing_is_dated(api: Api) -> None:
    reporter = await api.reporter()
    content = await package(reporter, (await new_case(reporter))["case_id"], "police")
    documents = opened(content)
    listed = dict(line.split("  ")[::-1] for line in documents.pop("SHA256SUMS").decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in documents.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


async def test_markup_in_what_people_write_stays_text(api: Api) -> None:
    reporter = await api.reporter()
    nasty = '<script>alert(1)</script><para>&amp; <b "x" 😀 %s {0}'
    case = await new_case(
        reporter, statement=nasty, respondent={"kind": "unknown", "name": "</title><img src=x>"}
    )
    documents = opened(await package(reporter, case["case_id"], "police"))
    page = documents["statement.html"].decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert documents["statement.pdf"].startswith(b"%PDF-")
    assert nasty in documents["statement.txt"].decode()


async def test_the_readme_says_that_nothing_was_filed_and_what_is_missing(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, respondent={"kind": "internet_platform"})
    readme = opened(await package(reporter, case["case_id"], "nifa"))["README.txt"].decode()
    for told in ("由您自行提交", "You file it yourself", "身份证号码", "https://jubao.nifa.org.cn", "待核实"):
        assert told in readme


async def test_a_channel_whose_form_nobody_knows_gets_the_statement(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, await report(reporter, violations=["impersonation"]))
    documents = opened(await package(reporter, case["case_id"], "anti_fraud"))
    assert json.loads(documents["fields.json"])["forms"] == []
    assert "statement.txt" in documents["fields.txt"].decode()
