"""Every answer can be explained, and no explanation tells what an answer must not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.classifier import Classifier, Table
from ml.signals import FEATURES
from service.edge.access import Scope
from service.explanations.words import round_down
from service.reports.store import NewReport
from tests.clients import NUMBER, Api, report_row

NOW = datetime.now(UTC)


async def explained(api: Api, number: str = NUMBER, **headers: str) -> dict[str, Any]:
    client = await api.partner(Scope.LOOKUP)
    answer = await client.get(f"/v1/numbers/{number}/explanation", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def confirmed(api: Api, times: int = 12) -> None:
    await api.insert([report_row(occurred_at=NOW - timedelta(hours=2)) for _ in range(times)])
    await api.publish()


async def test_terms_add_up_to_what_the_classifier_and_the_crowd_say(api: Api) -> None:
    await confirmed(api)
    found = await explained(api)
    assert (found["verdict"], found["current_verdict"], found["revision"]) == ("confirmed", "confirmed", 1)
    part = found["classifier"]
    total = part["intercept"] + sum(term["log_odds"] for term in part["terms"]) + part["others"]
    assert total == pytest.approx(part["log_odds"], abs=0.05 * (len(part["terms"]) + 3) + 1e-9)
    trust = found["trust"]
    assert trust["support"]["fresh"] <= 2.0
    assert trust["prior"] + trust["support"]["seasoned"] > 2.2
    assert trust["probability"] > 0.9
    assert [one for one in found["conditions"] if not one["is_met"]] == []
    assert found["remarks"] == []


async def test_only_what_would_not_be_confirmed_anew_is_said_to_stay_confirmed(api: Api) -> None:
    await confirmed(api)
    opposing = [report_row(opinion="legitimate", weight=3.0, violations=()) for _ in range(9)]
    await api.insert(opposing)
    await api.publish()
    found = await explained(api)
    assert (found["verdict"], found["current_verdict"]) == ("confirmed", "confirmed")
    assert "stays_confirmed" in {remark["code"] for remark in found["remarks"]}
    assert not all(one["is_met"] for one in found["conditions"])


async def test_what_is_reported_of_neighbours_is_told_by_no_term(api: Api, model: Classifier) -> None:
    place = FEATURES.index("block_10_reports_3d")
    tables = list(model.tables)
    tables[place] = Table((0.5,), (-0.3, 0.9))
    api.use(replace(model, tables=tuple(tables)))
    await confirmed(api)
    await api.insert([report_row(NUMBER[:-1] + "9")])
    await api.publish()
    found = await explained(api)
    assert "block" not in str(found)
    part = found["classifier"]
    total = part["intercept"] + sum(term["log_odds"] for term in part["terms"]) + part["others"]
    assert total == pytest.approx(part["log_odds"], abs=0.05 * (len(part["terms"]) + 3) + 1e-9)


async def test_one_report_more_reads_the_same(api: Api) -> None:
    await confirmed(api, 13)
    before = await explained(api)
    await api.insert([report_row(occurred_at=NOW - timedelta(hours=2))])
    await api.publish()
    after = await explained(api)
    values = [
        {term["signal"]: term["value"] for term in one["classifier"]["terms"]} for one in (before, after)
    ]
    assert values[0] == values[1]
    assert before["trust"]["effective_clusters"] == after["trust"]["effective_clusters"] == 10.0


async def test_no_cache_keeps_it(api: Api) -> None:
    client = await api.partner(Scope.LOOKUP)
    answer = await client.get(f"/v1/numbers/{NUMBER}/explanation")
    assert answer.headers["Cache-Control"] == "private, no-store"


@settings(deadline=None)
@given(needed=st.sampled_from([0.5, 0.6, 0.66, 0.7, 0.8, 0.9]), value=st.floats(0.0, 1.0))
def test_what_misses_a_threshold_does_not_read_as_if_it_met_it(needed: float, value: float) -> None:
    assert (round_down(value) >= needed) == (value >= needed)


async def test_the_explanation_agrees_with_the_answer(api: Api) -> None:
    await confirmed(api)
    client = await api.partner(Scope.LOOKUP)
    answer = (await client.get(f"/v1/numbers/{NUMBER}")).json()
    found = await explained(api)
    assert found["classifier"]["probability"] == answer["score"]
    assert found["classifier"]["model"] == answer["model"]
    assert found["trust"]["last_reported_on"] == answer["last_reported_on"]
    strongest = [term["reason"]["code"] for term in found["classifier"]["terms"] if term["reason"]]
    assert {reason["code"] for reason in answer["reasons"]} <= set(strongest)


def suspicious(*, cluster: int = 0) -> list[NewReport]:
    """Reports that lead to a suspicion: of two seasoned clusters, and of a fresh account."""
    seasoned = [report_row(cluster=cluster + n % 2 + 1, weight=3.0) for n in range(6)]
    return [*seasoned, report_row(cluster=cluster + 9, is_seasoned=False, weight=0.8)]


async def test_a_condition_that_is_missed_says_by_how_much(api: Api) -> None:
    await api.insert(suspicious())
    await api.publish()
    found = await explained(api)
    assert found["verdict"] == "suspected"
    missed = {(one["verdict"], one["code"]): one for one in found["conditions"] if not one["is_met"]}
    assert missed["confirmed", "third_seasoned"]["value"] == 0.0
    met = {(one["verdict"], one["code"]): one for one in found["conditions"] if one["is_met"]}
    assert met["suspected", "trust"]["needed"] == 0.66
    assert all(one["zh"] and one["en"] for one in found["conditions"])


async def test_what_waits_for_scoring_is_said_to_wait(api: Api) -> None:
    await api.insert(suspicious())
    await api.publish()
    await api.insert([report_row() for _ in range(12)])
    found = await explained(api)
    assert (found["verdict"], found["current_verdict"]) == ("suspected", "confirmed")
    assert "waiting" in {remark["code"] for remark in found["remarks"]}


async def test_below_the_threshold_nothing_tells_a_reported_number_from_one_that_is_not(api: Api) -> None:
    await api.insert([report_row(narrative="secret words") for _ in range(2)])
    await api.publish()
    reported, other = await explained(api), await explained(api, "+8619790009876")
    assert {**reported, "number": ""} == {**other, "number": ""}
    assert reported["trust"] is None
    assert [remark["code"] for remark in reported["remarks"]] == ["nothing_published"]


async def test_withheld_after_retraction_though_the_verdict_still_stands(api: Api) -> None:
    await confirmed(api, 4)
    await api.fetch("DELETE FROM daily_signals WHERE cluster NOT IN (SELECT min(cluster) FROM daily_signals)")
    assert (await explained(api))["trust"] is None


async def test_nothing_of_reporters_is_told(api: Api) -> None:
    await api.insert([report_row(narrative="secret words", cluster=7_000_000 + n) for n in range(12)])
    await api.publish()
    text = str(await explained(api))
    assert "secret" not in text
    assert "7000" not in text


@pytest.mark.parametrize(("path", "code"), [("82345678", "invalid_number"), ("nonsense", "invalid_number")])
async def test_what_is_no_number_is_refused_as_by_look_ups(api: Api, path: str, code: str) -> None:
    client = await api.partner(Scope.LOOKUP)
    answer = await client.get(f"/v1/numbers/{path}/explanation")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == "number"


async def test_it_takes_a_key_for_look_ups(api: Api) -> None:
    strangers: list[httpx.AsyncClient] = [await api.client(), await api.partner(Scope.REPORTS)]
    statuses = [(await one.get(f"/v1/numbers/{NUMBER}/explanation")).status_code for one in strangers]
    assert statuses == [401, 403]
    client = await api.partner(Scope.LOOKUP)
    answer = await client.get(f"/v1/numbers/{NUMBER}/explanation")
    assert answer.headers["RateLimit-Policy"].startswith('"requests"')


async def test_a_number_may_be_written_as_it_was_shown(api: Api) -> None:
    await confirmed(api)
    assert (await explained(api, "%2B86%20197-9000-1234"))["number"] == NUMBER


async def test_a_number_a_person_decided_about_says_so(api: Api) -> None:
    await api.fetch(
        "INSERT INTO decisions VALUES ($1, now() - interval '1 minute', 'mobile', 'cleared', 'benign', 'somebody')",
        NUMBER,
    )
    await confirmed(api)
    found = await explained(api)
    assert found["verdict"] == "cleared"
    assert "decided" in {remark["code"] for remark in found["remarks"]}
    assert "somebody" not in str(found)
    assert "benign" not in str(found)
