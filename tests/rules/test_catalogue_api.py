"""The catalogue over HTTP: public, dated, cacheable, in two languages, and another one without code."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml.classifier import Classifier
from ml.words import VIOLATIONS
from service.app import create_app
from service.rules.situation import Situation
from service.settings import Settings
from tests.clients import Api, lifespan

PATHS = ("/v1/channels", "/v1/rules", "/v1/violations", "/v1/routing")
Change = Callable[[str, Callable[[dict[str, Any]], object]], Path]
FACT = {
    "status": "to_be_verified",
    "source": {"zh": "某省公告", "en": "notice of a province"},
    "verified_on": None,
    "recorded_on": date(2026, 7, 1),
    "effective_from": date(2026, 7, 1),
    "effective_to": None,
}


@pytest.fixture
async def client(api: Api) -> httpx.AsyncClient:
    """A client without any key."""
    return await api.client()


async def told(client: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = await client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("path", PATHS)
async def test_everybody_may_read_it_and_keep_it(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "不构成法律意见" in answer.json()["notice"]["zh"]
    assert "not legal advice" in answer.json()["notice"]["en"]


@pytest.mark.parametrize("path", PATHS)
async def test_what_the_client_has_already_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    tag = (await client.get(path)).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag), known
    changed = await client.get(path, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200
    assert (await client.get(path, params={"on": "2020-01-01"})).headers["ETag"] != tag


async def test_rules_are_told_in_both_languages_with_status_and_source(client: httpx.AsyncClient) -> None:
    rules = {rule["id"]: rule for rule in (await told(client, "/v1/rules", on="2026-11-25"))["rules"]}
    law, norm = rules["psapl.50.1"], rules["gbt45251"]
    assert (law["basis"], law["status"], law["status_name"]["zh"]) == ("legal", "verified", "已核实")
    assert (law["verified_on"], law["effective_from"], law["effective_to"]) == (
        "2026-11-25",
        "2026-01-01",
        None,
    )
    assert (norm["basis"], norm["status"]) == ("norm", "to_be_verified")
    assert norm["status_name"] == {"zh": "待核实", "en": "to be verified"}
    assert norm["verified_on"] is None
    assert all(rule["says"]["zh"] and rule["says"]["en"] and rule["source"]["zh"] for rule in rules.values())


async def test_only_what_is_in_force_on_the_day_is_told(client: httpx.AsyncClient) -> None:
    before = {rule["id"] for rule in (await told(client, "/v1/rules", on="2025-12-31"))["rules"]}
    after = {rule["id"] for rule in (await told(client, "/v1/rules", on="2026-01-01"))["rules"]}
    assert "psapl2012.42.1" in before - after
    assert "psapl.50.1" in after - before
    violations = (await told(client, "/v1/violations", on="2025-12-31"))["violations"]
    threat = next(one for one in violations if one["id"] == "threat")
    assert "psapl2012.42.1" in threat["legal_basis"]
    assert "psapl.50.1" not in threat["legal_basis"]


async def test_deadlines_change_with_the_rules_that_set_them(client: httpx.AsyncClient) -> None:
    async def deadline(on: str) -> dict[str, Any]:
        channels = (await told(client, "/v1/channels", on=on))["channels"]
        samr = next(channel for channel in channels if channel["id"] == "samr")
        found: dict[str, Any] = next(one for one in samr["deadlines"] if one["id"] == "acceptance")
        return found

    old, new = await deadline("2026-04-14"), await deadline("2026-04-15")
    assert (old["days"], old["unit"], old["status"]) == (7, "working", "verified")
    assert (new["days"], new["unit"], new["status"]) == (7, "working", "to_be_verified")


async def test_the_form_of_12321_is_told_with_its_classes_and_limits(client: httpx.AsyncClient) -> None:
    channels = {one["id"]: one for one in (await told(client, "/v1/channels"))["channels"]}
    fields = {field["id"]: field for field in channels["12321"]["form"]["fields"]}
    assert (fields["content"]["min_length"], fields["content"]["max_length"]) == (15, 1000)
    assert fields["bad_type"]["default"] == "9"
    assert [choice["code"] for choice in fields["duration"]["choices"]] == ["0", "1", "2", "3", "4"]
    assert fields["reporter_mobile"]["filled_from"] == "person"
    assert channels["nifa"]["form"]["attachments"] == {"accepted": True, "max_bytes": 2_000_000}
    assert channels["nfra_complaint"]["after"] == ["institution"]


async def test_routing_tells_channels_why_needs_and_bases_apart(client: httpx.AsyncClient) -> None:
    found = await told(
        client, "/v1/routing", violation=["quiet_hours", "threat"], respondent="bank", on="2026-11-25"
    )
    assert found["violations"] == ["threat", "quiet_hours"]
    assert found["steps"][0]["channel"] == "police"
    assert found["steps"][0]["stage"] == "emergency"
    assert "110" in found["steps"][0]["reasons"][0]["zh"]
    assert found["steps"][0]["reasons"][1]["zh"] == "恐吓威胁：首选渠道"
    last = found["steps"][-1]
    assert (last["channel"], last["stage"]) == ("petition", "last_resort")
    complaint = next(step for step in found["steps"] if step["channel"] == "nfra_complaint")
    assert {need["id"]: need["only_you_know"] for need in complaint["needs"]}["id_number"] is True
    assert {one["rule"]["basis"] for one in found["legal_basis"]} == {"legal"}
    assert {one["rule"]["basis"] for one in found["norm_basis"]} == {"norm"}
    assert "cl.293-1" not in str(found)
    assert [one["violation"] for one in found["evidence"]] == ["threat", "quiet_hours"]


async def test_a_call_of_last_year_is_judged_by_last_years_law_and_filed_today(
    client: httpx.AsyncClient,
) -> None:
    found = await told(
        client,
        "/v1/routing",
        violation="threat",
        on="2026-11-25",
        occurred_on="2025-12-31",
        respondent="bank",
    )
    assert (found["on"], found["occurred_on"]) == ("2026-11-25", "2025-12-31")
    cited = {one["rule"]["id"] for one in found["legal_basis"]}
    assert "psapl2012.42.1" in cited
    assert "psapl.50.1" not in cited
    assert (await told(client, "/v1/routing", on="2026-11-25"))["occurred_on"] == "2026-11-25"


async def test_unknown_is_an_answer_to_everything_and_the_same_as_saying_nothing(
    client: httpx.AsyncClient,
) -> None:
    nothing = await told(client, "/v1/routing", violation="threat")
    unknown = dict.fromkeys(Situation.model_fields, "unknown")
    assert await told(client, "/v1/routing", violation="threat", **unknown) == nothing
    assert set(nothing["situation"].values()) == {"unknown"}


async def test_what_is_said_decides_who_comes_first_and_what_is_cited(client: httpx.AsyncClient) -> None:
    found = await told(
        client,
        "/v1/routing",
        violation=["third_party", "fraud"],
        relation="third_party",
        respondent="small_loan",
        licensed="no",
        area_code="0571",
        paid="yes",
    )
    assert [step["channel"] for step in found["steps"][:3]] == ["police", "own_bank", "anti_fraud"]
    assert {step["stage"] for step in found["steps"][:3]} == {"emergency"}
    assert found["respondent"] == "unlicensed_lender"
    telephones = {step["channel"]: step["telephone"] for step in found["steps"]}
    assert telephones["local_finance"] == "0571-12345"
    assert "nfra_complaint" not in telephones
    assert found["person"]["relation"] == "third_party"
    assert {"stop", "delete"} <= {demand["id"] for demand in found["demands"]}
    robocall = await told(client, "/v1/routing", violation="robocall")
    carrier = next(step for step in robocall["steps"] if step["channel"] == "carrier")
    assert [rule["id"] for rule in carrier["points_to"]] == ["atf.13"]


async def test_kinds_of_parties_are_told_by_name(client: httpx.AsyncClient) -> None:
    parties = {one["respondent"]: one for one in (await told(client, "/v1/channels"))["respondents"]}
    assert parties["bank"] == {
        "respondent": "bank",
        "name": {"zh": "银行", "en": "bank"},
        "is_licensed": True,
    }
    assert parties["unknown"]["is_licensed"] is None


async def test_while_the_party_is_unknown_its_rules_are_conditional(client: httpx.AsyncClient) -> None:
    found = await told(client, "/v1/routing", violation="quiet_hours", on="2026-11-25")
    assert found["respondent"] == "unknown"
    conditional = {one["rule"]["id"]: one["only_if"] for one in found["conditional"]}
    assert conditional["cba2026"] == ["bank", "consumer_finance"]
    assert "cba2026" not in {one["rule"]["id"] for one in found["norm_basis"]}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("violation=rudeness", "violation[0]"),
        ("respondent=landlord", "respondent"),
        ("relation=landlord", "relation"),
        ("paid=perhaps", "paid"),
        ("area_code=571", "area_code"),
        ("area_code=0571-12345", "area_code"),
        ("on=yesterday", "on"),
        ("on=2026-02-30", "on"),
        ("occurred_on=never", "occurred_on"),
        ("&".join(["violation=threat"] * (len(VIOLATIONS) + 1)), "violation"),
    ],
)
async def test_what_does_not_exist_is_refused_and_named(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await client.get(f"/v1/routing?{query}", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_readers_without_a_key_are_limited_too(settings: Settings, model: Classifier) -> None:
    strict = settings.model_copy(update={"request_limit_per_second": 1})
    async with lifespan(create_app(strict)) as (app, state):
        api = Api(app, state, strict, model)
        client = await api.client()
        answers = [await client.get("/v1/routing") for _ in range(5)]
        await api.close()
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"


@pytest.fixture
async def grown(settings: Settings, model: Classifier, change: Change) -> AsyncIterator[httpx.AsyncClient]:
    """A service with a catalogue to which somebody added a channel and a rule, and no code."""

    def add_channel(content: dict[str, Any]) -> None:
        content["channels"].append(
            FACT
            | {
                "id": "province",
                "name": {"zh": "某省催收投诉热线", "en": "hotline of a province"},
                "kind": "regulator",
                "accepts": ["complaint"],
                "takes": {"zh": "深夜催收", "en": "collection at night"},
            }
        )

    def add_rule(content: dict[str, Any]) -> None:
        content["rules"].append(
            FACT
            | {
                "id": "province.7",
                "title": {"zh": "某省催收管理办法第七条", "en": "Measures of a province, art. 7"},
                "says": {"zh": "夜间不得催收。", "en": "No collection at night."},
                "kind": "regulation",
                "basis": "legal",
            }
        )

    def name_both(content: dict[str, Any]) -> None:
        violation = next(one for one in content["violations"] if one["id"] == "quiet_hours")
        violation["legal_basis"].append("province.7")
        violation["first"].append({"channel": "province"})

    change("channels", add_channel)
    change("rules", add_rule)
    directory = change("violations", name_both)
    own = settings.model_copy(update={"catalogue_dir": directory})
    async with lifespan(create_app(own)) as (app, state):
        api = Api(app, state, own, model)
        yield await api.client()
        await api.close()


async def test_a_rule_and_a_channel_are_added_without_code(grown: httpx.AsyncClient) -> None:
    assert "province" in {one["id"] for one in (await told(grown, "/v1/channels"))["channels"]}
    assert "province.7" in {one["id"] for one in (await told(grown, "/v1/rules"))["rules"]}
    found = await told(grown, "/v1/routing", violation="quiet_hours", on="2026-11-25")
    assert "province" in [step["channel"] for step in found["steps"]]
    assert [one["rule"]["id"] for one in found["legal_basis"]] == ["province.7"]
    earlier = await told(grown, "/v1/routing", violation="quiet_hours", on="2026-06-30")
    assert "province" not in [step["channel"] for step in earlier["steps"]]
    assert earlier["legal_basis"] == []
