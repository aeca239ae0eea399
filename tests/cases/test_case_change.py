"""Respondent, statement and situation are one's own draft: others take their place, and packages follow."""

import io
import zipfile
from uuid import uuid4

import pytest

from tests.cases.case_requests import consent, new_case, packed, report
from tests.clients import Api, text_of_everything

PARTY = {"kind": "bank", "name": "某某银行"}
STATEMENT = "对方半夜打来，说要上门。"
BETTER = "对方凌晨两点打来，说要上门。"


async def test_what_is_named_takes_the_place_of_what_was_there(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, respondent=PARTY, statement=STATEMENT)
    assert case["changed_at"] is None
    path = f"/v1/cases/{case['case_id']}"
    changed = (await reporter.patch(path, json={"statement": BETTER})).json()
    assert (changed["statement"], changed["respondent"]) == (BETTER, PARTY)
    assert changed["changed_at"] > changed["created_at"]
    other = {"kind": "internet_platform", "name": "某平台"}
    changed = (await reporter.patch(path, json={"respondent": other})).json()
    assert (changed["statement"], changed["respondent"]) == (BETTER, other)
    assert "nifa" in [channel["channel"] for channel in changed["channels"]]
    assert changed == (await reporter.get(path)).json()
    changed = (await reporter.patch(path, json={"statement": None, "respondent": {}})).json()
    assert (changed["statement"], changed["respondent"]) == (None, {"kind": "unknown", "name": None})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_to_change"),
        ({"report_ids": [str(uuid4())]}, "extra_forbidden"),
        ({"statement": "好", "id_card": "x"}, "extra_forbidden"),
        ({"statement": "长" * 2001}, "string_too_long"),
        ({"respondent": None}, "model_attributes_type"),
        ({"respondent": {"kind": "king"}}, "enum"),
        ({"respondent": {"bank": "x"}}, "extra_forbidden"),
    ],
)
async def test_a_wrong_change_is_refused(api: Api, body: dict[str, object], code: str) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, statement=STATEMENT)
    path = f"/v1/cases/{case['case_id']}"
    answer = await reporter.patch(path, json=body)
    assert answer.status_code == 422
    assert code in [error["code"] for error in answer.json()["errors"]]
    assert (await reporter.get(path)).json() == case


async def test_a_withdrawn_case_is_not_changed(api: Api) -> None:
    reporter = await api.reporter()
    path = f"/v1/cases/{(await new_case(reporter))['case_id']}"
    await reporter.delete(path)
    answer = await reporter.patch(path, json={"statement": BETTER})
    assert (answer.status_code, answer.json()["code"]) == (409, "case_withdrawn")


async def test_a_change_is_stored_encrypted_and_what_was_there_is_gone(api: Api) -> None:
    reporter = await api.reporter()
    path = f"/v1/cases/{(await new_case(reporter, statement=STATEMENT))['case_id']}"
    await reporter.patch(path, json={"statement": BETTER, "respondent": PARTY})
    stored = await text_of_everything(api.database)
    assert not any(secret in stored for secret in (STATEMENT, BETTER, "某某银行"))
    copied = (await reporter.get("/v1/me")).text
    assert BETTER in copied
    assert STATEMENT not in copied


async def test_packages_follow_a_change_and_only_a_change(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter, await report(reporter), statement=STATEMENT))["case_id"]
    await consent(reporter, case_id, "police")

    async def package() -> bytes:
        answer = await reporter.get(f"/v1/cases/{case_id}/packages/police")
        assert answer.status_code == 200, answer.text
        return answer.content

    first = await package()
    path = f"/v1/cases/{case_id}"
    same = (await reporter.patch(path, json={"statement": STATEMENT, "respondent": {}})).json()
    assert same["changed_at"] is None
    assert await package() == first
    await reporter.patch(path, json={"statement": BETTER})
    second = await package()
    with zipfile.ZipFile(io.BytesIO(second)) as archive:
        text = archive.read("statement.txt").decode()
    assert BETTER in text
    assert STATEMENT not in text
    assert await package() == second, "the same state gives the same bytes"


async def test_what_is_known_of_the_situation_decides_citations_and_is_asked_for_no_more(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, respondent={"kind": "bank"}, situation={"relation": "debtor"})
    asked = {question["id"] for question in case["questions"]}
    assert {"product", "matter"} <= asked
    assert not {"relation", "respondent"} & asked
    assert "nfra_complaint" in [channel["channel"] for channel in case["channels"]]

    path = f"/v1/cases/{case['case_id']}"
    known = {"relation": "third_party", "product": "credit_card", "danger": "unknown"}
    changed = (await reporter.patch(path, json={"situation": known})).json()
    assert (changed["situation"]["product"], changed["situation"]["respondent"]) == ("credit_card", "bank")
    assert changed["changed_at"]
    assert "product" not in {question["id"] for question in changed["questions"]}
    assert "nfra_complaint" not in [channel["channel"] for channel in changed["channels"]]
    same = (await reporter.patch(path, json={"situation": known})).json()
    assert same["changed_at"] == changed["changed_at"]
    for wrong in ({"mood": "bad"}, {"relation": "king"}, {"area_code": "12345"}):
        assert (await reporter.patch(path, json={"situation": wrong})).status_code == 422
    statement = (await packed(reporter, case["case_id"], "police"))["statement.txt"].decode()
    assert "信用卡业务监督管理办法第六十八条" in statement
