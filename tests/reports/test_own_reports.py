"""Reports belong to their reporter: read, supplemented and retracted by nobody else."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from service.database import Connection
from service.reports.intake import retract
from service.reports.router import MAX_SUPPLEMENTS, NEWEST
from service.reports.store import QUERIES, list_reports, lock_reporters
from tests.clients import (
    NUMBER,
    Api,
    minutes_ago,
    new_idempotency_key,
    new_report,
    report_body,
    report_row,
    text_of_everything,
)


async def sums(api: Api) -> dict[str, Any]:
    (row,) = await api.fetch("SELECT sum(reports) AS reports, sum(reporters) AS reporters FROM daily_signals")
    return {name: row[name] or 0 for name in ("reports", "reporters")}


async def test_ones_own_reports_are_listed_newest_first_page_by_page(api: Api) -> None:
    reporter = await api.reporter()
    addresses = [await new_report(reporter, occurred_at=minutes_ago(9 + n).isoformat()) for n in range(5)]
    await new_report(await api.reporter())
    listed, before = [], ""
    while True:
        page = (await reporter.get(f"/v1/reports?limit=2{before}")).json()
        listed += [f"/v1/reports/{report['report_id']}" for report in page["reports"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert listed == addresses[::-1]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_anothers_report_does_not_exist(api: Api, method: str) -> None:
    address = await new_report(await api.reporter())
    another = await api.reporter()
    for path in (address, f"/v1/reports/{uuid4()}"):
        answer = await another.request(method, path, json={"narrative": "x"} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await api.count("report_supplements") == 0
    assert await api.fetch("SELECT FROM reports WHERE retracted_at IS NOT NULL") == []


async def test_an_id_that_is_none_names_its_field(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.get("/v1/reports/17")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "report_id")


async def test_a_supplement_is_appended_and_nothing_overwritten(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter, narrative="第一次", violations=["threat"], callee="19790005678")
    before = (await reporter.get(address)).json()
    await reporter.patch(address, json={"narrative": "第二次", "violations": ["insult"]})
    after = (await reporter.patch(address, json={"narrative": "第三次", "callee": "19790009999"})).json()
    assert {**after, "supplements": []} == {**before, "supplements": []}
    assert [
        (part["position"], part["narrative"], part["violations"], part["callee"])
        for part in after["supplements"]
    ] == [(1, "第二次", ["insult"], None), (2, "第三次", [], "19790009999")]
    assert (await reporter.get(address)).json() == after


async def test_supplemented_violations_count_once_a_report(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter, violations=["threat"])
    for violations in (["insult"], ["insult", "threat"]):
        assert (await reporter.patch(address, json={"violations": violations})).status_code == 200
    assert (await api.fetch("SELECT violations FROM daily_signals"))[0][0] == [1, 1]


async def test_an_empty_supplement_is_refused(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    bodies: tuple[dict[str, object], ...] = ({}, {"narrative": "  "}, {"violations": []})
    for body in bodies:
        answer = await reporter.patch(address, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "empty")


async def test_supplements_are_limited_also_when_sent_at_once(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    for n in range(MAX_SUPPLEMENTS - 1):
        assert (await reporter.patch(address, json={"narrative": f"{n}"})).status_code == 200
    answers = await asyncio.gather(
        *(reporter.patch(address, json={"narrative": f"last {n}"}) for n in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = await reporter.patch(address, json={"narrative": "one more"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_supplements")
    assert await api.count("report_supplements") == MAX_SUPPLEMENTS


async def test_supplements_sent_at_once_are_all_kept(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    answers = await asyncio.gather(
        *(reporter.patch(address, json={"violations": ["insult"], "narrative": f"{n}"}) for n in range(4))
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    kept = (await reporter.get(address)).json()["supplements"]
    assert [part["position"] for part in kept] == [1, 2, 3, 4]


async def test_a_retraction_takes_the_report_out_of_every_count(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    assert (await reporter.delete(address)).status_code == 204
    assert await sums(api) == {"reports": 0, "reporters": 0}
    assert (await reporter.get(address)).json()["retracted_at"] is not None
    assert (await reporter.delete(address)).status_code == 204


async def test_a_retracted_report_takes_no_supplement(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    await reporter.delete(address)
    answer = await reporter.patch(address, json={"narrative": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "report_retracted")


async def test_after_a_retraction_the_next_report_counts(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.delete(await new_report(reporter))
    await new_report(reporter, occurred_at=minutes_ago(3).isoformat())
    assert await sums(api) == {"reports": 1, "reporters": 1}


async def test_after_a_retraction_an_earlier_report_counts_instead(api: Api) -> None:
    reporter = await api.reporter()
    first = await new_report(reporter, occurred_at=minutes_ago(30).isoformat())
    await new_report(reporter, occurred_at=minutes_ago(20).isoformat())
    await reporter.delete(first)
    assert await sums(api) == {"reports": 1, "reporters": 1}


async def test_a_report_made_during_a_retraction_counts(api: Api) -> None:
    """The retraction of the report that counted, held open, and a new one: one of the two must count."""
    reporter = await api.reporter()
    await new_report(reporter, occurred_at=minutes_ago(30).isoformat())
    (pseudonym,) = (await api.fetch("SELECT reporter FROM reporters"))[0]
    async with api.database.connection() as connection, connection.transaction():
        await lock_reporters(connection, [pseudonym], datetime.now(UTC))
        (own,) = await list_reports(connection, pseudonym, below=NEWEST, limit=1)
        await retract(connection, own, pseudonym, datetime.now(UTC))
        late = asyncio.create_task(reporter.post("/v1/reports", json=report_body()))
        done, _ = await asyncio.wait({late}, timeout=0.3)
        assert not done
    assert (await late).status_code == 201
    assert await sums(api) == {"reports": 1, "reporters": 1}


async def test_many_changes_of_one_reporter_at_once_leave_exact_sums(api: Api) -> None:
    reporter = await api.reporter()
    addresses = [await new_report(reporter, occurred_at=minutes_ago(30 + n).isoformat()) for n in range(6)]
    changes = [reporter.delete(address) for address in addresses[:4]]
    changes += [reporter.patch(address, json={"violations": ["insult"]}) for address in addresses[4:]]
    changes += [
        reporter.post("/v1/reports", json=report_body(occurred_at=minutes_ago(10 + n).isoformat()))
        for n in range(4)
    ]
    answers = await asyncio.gather(*changes)
    assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
    assert await sums(api) == {"reports": 6, "reporters": 1}


async def test_a_neighbours_report_during_a_recount_is_not_lost(api: Api) -> None:
    """A recount sums up what a whole cluster reported, while another of its reporters goes on reporting."""
    reporters = [await api.reporter(cluster=7) for _ in range(4)]
    addresses = [await new_report(one, occurred_at=minutes_ago(60).isoformat()) for one in reporters]
    days = [f"2026-03-{day:02}T12:00:00+08:00" for day in range(1, 9)]
    changes = [
        one.patch(address, json={"violations": ["insult"]})
        for one, address in zip(reporters[:2], addresses, strict=False)
        for _ in range(4)
    ]
    changes += [
        one.post("/v1/reports", json=report_body(occurred_at=day)) for one in reporters[2:] for day in days
    ]
    answers = await asyncio.gather(*changes)
    assert {answer.status_code for answer in answers} == {200, 201}, [answer.text for answer in answers]
    assert await sums(api) == {"reports": 20, "reporters": 4}


async def test_a_recount_meets_a_neighbours_first_report_of_a_day(api: Api) -> None:
    """Between the two halves of a recount a neighbour's report is committed, on a day that was not there."""
    reporter, neighbour = await api.reporter(cluster=7), await api.reporter(cluster=7)
    await new_report(reporter, occurred_at="2026-03-01T12:00:00+08:00", violations=["threat"])
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await connection.execute(QUERIES["delete_signals"], NUMBER, 7)
        if attempts == 1:
            await new_report(neighbour, occurred_at="2026-03-02T12:00:00+08:00")
        await connection.execute(QUERIES["insert_signals"], NUMBER, 7)

    await api.database.in_transaction(work)
    assert await sums(api) == {"reports": 2, "reporters": 2}


async def test_a_retracted_report_made_again_beside_a_new_one_counts_once(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.delete(await new_report(reporter, occurred_at=minutes_ago(30).isoformat()))
    (pseudonym,) = (await api.fetch("SELECT reporter FROM reporters"))[0]
    await api.insert(
        [
            report_row(NUMBER, reporter=pseudonym, cluster=1, occurred_at=minutes_ago(minute))
            for minute in (30, 20)
        ]
    )
    assert await sums(api) == {"reports": 2, "reporters": 1}


async def test_a_retracted_report_can_be_made_again(api: Api) -> None:
    reporter = await api.reporter()
    occurred_at = minutes_ago(30).isoformat()
    await reporter.delete(await new_report(reporter, occurred_at=occurred_at))
    again = await reporter.post("/v1/reports", json=report_body(occurred_at=occurred_at))
    assert again.status_code in (200, 201)
    assert await sums(api) == {"reports": 1, "reporters": 1}


async def test_a_supplement_sent_again_under_its_key_is_appended_once(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter, callee="secret callee")
    key = new_idempotency_key()
    first = await reporter.patch(address, json={"narrative": "more"}, headers=key)
    again = await reporter.patch(address, json={"narrative": "more"}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.json() == first.json()
    assert len(again.json()["supplements"]) == 1
    other = await reporter.patch(address, json={"narrative": "other"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert "secret callee" not in await text_of_everything(api.database)


async def test_violations_cannot_be_added_to_a_report_of_a_legitimate_call(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter, opinion="legitimate", violations=[])
    answer = await reporter.patch(address, json={"violations": ["threat"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "contradiction")
    assert await api.count("report_supplements") == 0


async def test_every_answer_tells_what_is_left_of_its_limits(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    for method, path in (("GET", "/v1/reports"), ("GET", address), ("DELETE", address)):
        answer = await reporter.request(method, path)
        assert answer.headers["RateLimit-Policy"].startswith('"requests";q='), path
        assert answer.headers["RateLimit"].startswith('"requests";r='), path
