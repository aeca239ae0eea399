"""Reporters earn credit by early reports that others bore out, and blame by overturned ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ml.trust import reporter_weight
from service.decisions.decide import decide_number
from service.decisions.store import Decision
from service.numbers.parse import parse_number
from service.scoring.scorer import SETTLED_AFTER
from service.standing.settle import settle_due
from tests.clients import Api, minutes_ago, report_body

NOW = datetime.now(UTC)
NUMBER = "+8619790001234"


async def seasoned(api: Api, count: int) -> list[httpx.AsyncClient]:
    """Reporters with a good past, each on a network of its own."""
    return [await api.reporter(cluster=100 + n, confirmed=6, account_days=90) for n in range(count)]


async def report(reporters: list[httpx.AsyncClient], **fields: Any) -> None:
    """A message of each."""
    for place, reporter in enumerate(reporters):
        body = report_body(
            medium="sms",
            narrative="pay or else",
            violations=["threat"],
            relation="third_party",
            occurred_at=minutes_ago(30 + place).isoformat(),
        )
        answer = await reporter.post("/v1/reports", json=body | fields)
        assert answer.status_code == 201, answer.text


async def standings(api: Api) -> list[tuple[int, int]]:
    rows = await api.fetch("SELECT confirmed, overturned FROM reporters ORDER BY cluster")
    return [tuple(row) for row in rows]


async def person_decides(api: Api, decision: str, *, now: datetime) -> None:
    async with api.database.connection() as connection, connection.transaction():
        taken = Decision(now, decision, "checked", "moderator", None)
        await decide_number(connection, parse_number(NUMBER), taken)


async def test_two_weeks_after_a_number_was_confirmed_its_early_reporters_have_earned_credit(
    api: Api,
) -> None:
    await report(await seasoned(api, 6))
    await api.publish()
    await report([await api.reporter(cluster=200, confirmed=1)])
    assert await settle_due(api.database, NOW + SETTLED_AFTER - timedelta(hours=1)) == 0
    assert await settle_due(api.database, NOW + SETTLED_AFTER + timedelta(hours=1)) == 1
    assert await standings(api) == [(7, 0)] * 6 + [(1, 0)], "who came after the verdict earns nothing"
    assert await settle_due(api.database, NOW + SETTLED_AFTER + timedelta(hours=2)) == 0


async def test_a_number_that_no_longer_passes_without_a_cluster_earns_that_cluster_nothing(api: Api) -> None:
    await report(await seasoned(api, 3))
    await api.publish()
    assert (await api.fetch("SELECT verdict FROM verdicts ORDER BY revision DESC"))[0][0] == "confirmed"
    await settle_due(api.database, NOW + SETTLED_AFTER + timedelta(hours=1))
    assert await standings(api) == [(6, 0)] * 3, "three clusters cannot vouch for each other"


async def test_a_persons_finding_pays_at_once_and_a_later_one_takes_its_place(api: Api) -> None:
    await report(await seasoned(api, 2))
    await report([await api.reporter(cluster=300)], opinion="legitimate", violations=[], narrative=None)
    await person_decides(api, "abusive", now=NOW)
    assert await settle_due(api.database, NOW) == 1
    assert await standings(api) == [(7, 0), (7, 0), (0, 1)]
    await person_decides(api, "cleared", now=NOW + timedelta(minutes=1))
    await settle_due(api.database, NOW + timedelta(minutes=1))
    assert await standings(api) == [(6, 1), (6, 1), (0, 0)]
    await person_decides(api, "released", now=NOW + timedelta(minutes=2))
    await settle_due(api.database, NOW + timedelta(minutes=2))
    assert await standings(api) == [(6, 0), (6, 0), (0, 0)]
    assert await api.count("credits") == 0


async def test_partners_and_imports_earn_nothing(api: Api) -> None:
    partner = await api.partner()
    line = report_body(reporter="someone", group="a")
    answer = await partner.post(
        "/v1/reports:batch", json=line, headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    await person_decides(api, "abusive", now=NOW)
    assert await settle_due(api.database, NOW) == 1
    assert await api.count("credits") == 0


async def test_credit_makes_seasoned_and_weighs_in_the_next_report(api: Api) -> None:
    reporter = await api.reporter(cluster=1, confirmed=1, account_days=90)
    await report([reporter])
    await person_decides(api, "abusive", now=NOW)
    await settle_due(api.database, NOW)
    await report([reporter], number="197 9000 5678")
    rows = await api.fetch(
        "SELECT round(weight::numeric, 4)::float, is_seasoned FROM reports ORDER BY report_id"
    )
    assert [tuple(row) for row in rows] == [
        (round(reporter_weight(confirmed=1, overturned=0), 4), False),
        (1.7577, True),
    ]


async def test_an_account_younger_than_thirty_days_is_not_seasoned(api: Api) -> None:
    await report([await api.reporter(cluster=1, confirmed=9, account_days=29)])
    assert not (await api.fetch("SELECT is_seasoned FROM reports"))[0][0]


async def test_who_takes_back_a_report_once_the_number_was_listed_is_blamed_all_the_same(api: Api) -> None:
    reporters = await seasoned(api, 6)
    early = reporters[0]
    await report(reporters)
    await take_back(early)  # before anybody could see it
    await api.publish()
    for reporter in reporters[1:3]:
        await take_back(reporter)
    later = NOW + timedelta(minutes=5)
    await person_decides(api, "cleared", now=later)
    await settle_due(api.database, later)
    assert await standings(api) == [(6, 0)] + [(6, 1)] * 5


async def test_credit_goes_with_the_report_that_earned_it(api: Api) -> None:
    reporters = await seasoned(api, 2)
    await report(reporters)
    await person_decides(api, "abusive", now=NOW)
    await settle_due(api.database, NOW)
    await take_back(reporters[0])
    await person_decides(api, "abusive", now=NOW + timedelta(minutes=1))
    await settle_due(api.database, NOW + timedelta(minutes=1))
    assert await standings(api) == [(6, 0), (7, 0)]


async def test_what_a_number_is_says_nothing_of_what_was_called_from_it(api: Api) -> None:
    await report(await seasoned(api, 6))
    await api.publish()
    await settle_due(api.database, NOW + SETTLED_AFTER + timedelta(hours=1))
    assert await standings(api) == [(7, 0)] * 6
    later = NOW + SETTLED_AFTER + timedelta(hours=2)
    await person_decides(api, "protected", now=later)
    await settle_due(api.database, later)  # before the scorer has published it
    assert await standings(api) == [(6, 0)] * 6


async def take_back(reporter: httpx.AsyncClient) -> None:
    (mine,) = (await reporter.get("/v1/reports")).json()["reports"]
    assert (await reporter.delete(f"/v1/reports/{mine['report_id']}")).status_code == 204
