"""A case gathers reports of one's own, says where to turn, and is nobody else's business."""

from uuid import uuid4

import pytest

from service.cases import consent_text
from service.cases.router import MOST_CASES
from tests.cases.case_requests import consent, happen, new_case, report
from tests.clients import Api, new_idempotency_key, text_of_everything

STATEMENT = "对方半夜打来，说要上门。"


async def test_a_case_says_which_channels_fit_in_which_order_and_why(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, respondent={"kind": "bank", "name": "某银行"})
    channels = [channel["channel"] for channel in case["channels"]]
    assert channels[0] == "police", "a threat goes to the police first"
    assert channels.index("institution") < channels.index("nfra_complaint"), "the bank answers first"
    assert "nifa" not in channels or channels.index("nfra_report") < channels.index("petition")
    for channel in case["channels"]:
        assert channel["why"]
        assert all(why["text"]["zh"] and why["text"]["en"] for why in channel["why"])
        assert channel["status"] in ("verified", "to_be_verified")
        assert not channel["has_consent"]


async def test_a_case_says_what_is_missing_for_each_channel(api: Api) -> None:
    reporter = await api.reporter()
    ids = [
        await report(reporter, violations=["frequency"], duration_seconds=seconds) for seconds in (20, None)
    ]
    case = await new_case(reporter, *ids, respondent={"kind": "internet_platform"})
    missing = {
        channel["channel"]: {lack["what"]: lack["must"] for lack in channel["missing"]}
        for channel in case["channels"]
    }
    assert missing["nifa"]["id_number"], "ID-card numbers are not stored here"
    assert missing["nifa"]["respondent"], "nobody said who it was"
    assert missing["12321"]["duration"], "one of the calls has none"
    assert missing["12321"]["one_filing_a_call"] is False
    assert missing["12321"]["evidence"] is False


async def test_reports_without_a_violation_are_said_to_lack_one(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, await report(reporter, violations=None))
    assert case["channels"][0]["channel"] == "12321"
    assert "violations" in [lack["what"] for lack in case["channels"][0]["missing"]]


async def test_a_case_is_listed_and_shown_to_its_reporter(api: Api) -> None:
    reporter = await api.reporter()
    made = [await new_case(reporter, statement=STATEMENT) for _ in range(3)]
    listed, before = [], ""
    while True:
        page = (await reporter.get(f"/v1/cases?limit=2{before}")).json()
        listed += [case["case_id"] for case in page["cases"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert listed == [case["case_id"] for case in made][::-1]
    shown = await reporter.get(f"/v1/cases/{made[0]['case_id']}")
    assert shown.json() == made[0]
    assert shown.json()["statement"] == STATEMENT


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/consents"),
        ("DELETE", "/consents/police"),
        ("POST", "/filings/police/events"),
        ("GET", "/packages/police"),
    ],
)
async def test_anothers_case_does_not_exist(api: Api, method: str, path: str) -> None:
    case = await new_case(await api.reporter())
    another = await api.reporter()
    bodies = {
        "": {"statement": STATEMENT},
        "/consents": {"channel": "police", "text_version": consent_text.VERSION},
        "/filings/police/events": {"event": "filed"},
    }
    for case_id in (case["case_id"], uuid4()):
        answer = await another.request(method, f"/v1/cases/{case_id}{path}", json=bodies.get(path))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await api.count("case_events") == await api.count("case_consents") == 0


async def test_a_case_takes_only_standing_reports_of_ones_own(api: Api) -> None:
    reporter = await api.reporter()
    own, anothers = await report(reporter), await report(await api.reporter())
    retracted = await report(reporter, number="19790005678")
    await reporter.delete(f"/v1/reports/{retracted}")
    for other in (anothers, retracted, str(uuid4())):
        answer = await reporter.post("/v1/cases", json={"report_ids": [own, other]})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("report_ids[1]", "report_not_own"), "the same for all"
    assert await api.count("cases") == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "report_ids"),
        ({"report_ids": []}, "report_ids"),
        ({"report_ids": ["17"]}, "report_ids[0]"),
        ({"report_ids": [str(uuid4())] * 51}, "report_ids"),
        ({"report_ids": [str(uuid4())], "respondent": {"kind": "king"}}, "respondent.kind"),
        ({"report_ids": [str(uuid4())], "statement": "长" * 2001}, "statement"),
        ({"report_ids": [str(uuid4())], "id_card": "x"}, "id_card"),
    ],
)
async def test_a_wrong_request_names_its_field(api: Api, body: dict[str, object], field: str) -> None:
    answer = await (await api.reporter()).post("/v1/cases", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_what_is_told_in_a_case_is_stored_encrypted(api: Api) -> None:
    reporter = await api.reporter()
    case = await new_case(reporter, statement=STATEMENT, respondent={"kind": "bank", "name": "某某银行"})
    await happen(reporter, case["case_id"], "police", "filed", query_code="查询码甲", note="窗口人员很客气")
    stored = await text_of_everything(api.database)
    for secret in (STATEMENT, "某某银行", "查询码甲", "窗口人员很客气"):
        assert secret not in stored


async def test_a_repeated_request_makes_one_case_and_keeps_nothing_of_it(api: Api) -> None:
    reporter = await api.reporter()
    body = {"report_ids": [await report(reporter)], "statement": STATEMENT}
    key = new_idempotency_key()
    first, second = [await reporter.post("/v1/cases", json=body, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await api.count("cases") == 1
    assert STATEMENT not in await text_of_everything(api.database)


async def test_the_number_of_cases_is_limited_and_withdrawing_makes_room(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_CASES > 100
    monkeypatch.setattr("service.cases.router.MOST_CASES", 1)
    reporter = await api.reporter()
    case = await new_case(reporter)
    body = {"report_ids": case["report_ids"]}
    refused = await reporter.post("/v1/cases", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "limit_reached")
    await reporter.delete(f"/v1/cases/{case['case_id']}")
    assert (await reporter.post("/v1/cases", json=body)).status_code == 201


async def test_consent_is_recorded_with_its_text_and_taken_back_without_being_lost(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    shown = (await consent(reporter, case_id, "police")).json()
    assert [channel["has_consent"] for channel in shown["channels"] if channel["channel"] == "police"] == [
        True
    ]
    for _ in range(2):
        taken_back = await reporter.delete(f"/v1/cases/{case_id}/consents/police")
        assert taken_back.status_code == 204
    shown = (await reporter.get(f"/v1/cases/{case_id}")).json()
    assert [(one["channel"], one["is_given"], one["text_version"]) for one in shown["consents"]] == [
        ("police", True, consent_text.VERSION),
        ("police", False, consent_text.VERSION),
    ]
    assert not any(channel["has_consent"] for channel in shown["channels"])


async def test_consent_to_an_older_text_or_a_channel_that_does_not_fit_is_refused(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    outdated = {"channel": "police", "text_version": "2020-01-1"}
    answer = await reporter.post(f"/v1/cases/{case_id}/consents", json=outdated)
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_text_outdated")
    assert consent_text.VERSION in answer.json()["detail"]
    for channel in ("nfra_complaint", "no_such_channel"):
        answer = await consent(reporter, case_id, channel)
        assert (answer.status_code, answer.json()["code"]) == (409, "channel_does_not_fit")
        assert "police" in answer.json()["detail"]
    assert (await reporter.delete(f"/v1/cases/{case_id}/consents/police")).status_code == 404
    assert await api.count("case_consents") == 0


async def test_a_withdrawn_case_stays_to_be_read_and_takes_nothing_more(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await happen(reporter, case_id, "police", "filed")
    for _ in range(2):
        assert (await reporter.delete(f"/v1/cases/{case_id}")).status_code == 204
    shown = (await reporter.get(f"/v1/cases/{case_id}")).json()
    assert shown["withdrawn_at"] is not None
    assert shown["next_due_on"] is None
    assert [filing["status"] for filing in shown["filings"]] == ["filed"]
    for answer in (
        await consent(reporter, case_id, "police"),
        await happen(reporter, case_id, "police", "accepted"),
        await reporter.get(f"/v1/cases/{case_id}/packages/police"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "case_withdrawn")
    assert await api.count("case_reminders") == 0


async def test_strangers_without_a_token_get_nowhere(api: Api) -> None:
    stranger = await api.client()
    for method, path in (("GET", "/v1/cases"), ("POST", "/v1/cases"), ("GET", f"/v1/cases/{uuid4()}")):
        assert (await stranger.request(method, path, json={"report_ids": [str(uuid4())]})).status_code == 401
    unknown = await api.client("dw_rep_nobody")
    assert (await unknown.get("/v1/cases")).json()["code"] == "wrong_key"
