"""Accounts that share a device, a network, a sign-up surge or their reports count as one, also afterwards."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from service.database import Database
from service.reports.linking import link_all
from tests.clients import Api, minutes_ago, report_body
from tests.reports.challenges import payload_of

NOW = datetime.now(UTC)
_numbers = count(1)


async def signed_up(api: Api, *, address: str, device: str | None = None) -> httpx.AsyncClient:
    stranger = await api.client(address=address)
    body = {"altcha": payload_of(api)} | ({"device": device} if device else {})
    answer = await stranger.post("/v1/reporters", json=body)
    assert answer.status_code == 201, answer.text
    return await api.client(answer.json()["token"], address=address)


async def clusters(api: Api) -> list[int]:
    """The clusters of reporters in the order of their sign-up, the first called 0."""
    rows = await api.fetch("SELECT cluster FROM reporters ORDER BY created_at")
    names: dict[int, int] = {}
    return [names.setdefault(row["cluster"], len(names)) for row in rows]


async def report(reporter: httpx.AsyncClient, number: str) -> None:
    body = report_body(number=number, occurred_at=minutes_ago(next(_numbers) % 500).isoformat())
    assert (await reporter.post("/v1/reports", json=body)).status_code == 201


async def test_who_signs_up_with_the_same_device_is_of_the_same_cluster_at_once(api: Api) -> None:
    device = "the-device-of-somebody"
    for address, own in (("203.0.113.1", device), ("198.51.100.1", None), ("192.0.2.1", device)):
        await signed_up(api, address=address, device=own)
    assert await clusters(api) == [0, 1, 0]
    assert device not in str(await api.fetch("SELECT * FROM reporters"))


async def test_links_of_two_kinds_make_one_cluster_of_three(api: Api) -> None:
    await signed_up(api, address="203.0.113.1")
    await signed_up(api, address="198.51.100.1", device="device-of-the-second")
    await signed_up(api, address="203.0.113.2", device="device-of-the-second")
    await link_all(api.database, NOW)
    assert await clusters(api) == [0, 0, 0]


async def test_who_reports_the_same_numbers_together_becomes_one_cluster_and_counts_as_one(api: Api) -> None:
    pair = [await api.reporter(cluster=n, account_days=40 + 9 * n) for n in (1, 2)]
    stranger = await api.reporter(cluster=3, account_days=90)
    for number in ("197 9000 1111", "197 9000 2222", "197 9000 3333"):
        for reporter in pair:
            await report(reporter, number)
    await report(stranger, "197 9000 1111")
    await api.publish()
    assert (await link_all(api.database, NOW)).moved >= 2
    assert await clusters(api) == [0, 1, 1]
    rows = await api.fetch(
        "SELECT cluster, reports, reporters FROM daily_signals WHERE number = '+8619790002222'"
    )
    assert sum(row["reports"] for row in rows) == 2
    assert len({row["cluster"] for row in rows}) == 1
    changed = {row["number"] for row in await api.fetch("SELECT number FROM changed_numbers")}
    assert {"+8619790001111", "+8619790002222", "+8619790003333"} <= changed
    again = await link_all(api.database, NOW)
    assert again.moved == 0
    assert again.largest_share == pytest.approx(2 / 3)


async def test_sums_stay_those_of_the_reports_when_reporters_move(api: Api) -> None:
    reporters = [await api.reporter(cluster=n) for n in (1, 2, 3)]
    for reporter in reporters:
        await report(reporter, "197 9000 1111")
    await api.fetch("UPDATE reporters SET network = 7")
    await link_all(api.database, NOW)
    assert await clusters(api) == [0, 0, 0]
    before = await api.fetch("SELECT sum(reports) AS n, sum(fresh_for) AS w FROM daily_signals")
    assert before[0]["n"] == 3
    assert abs(before[0]["w"] - 3 * 0.7926 * 0.85) < 0.01


async def test_fresh_accounts_with_one_device_do_not_tie_seasoned_ones_together(api: Api) -> None:
    seasoned = [await api.reporter(cluster=n, confirmed=3, account_days=60 + 9 * n) for n in (1, 2, 3)]
    for reporter in seasoned:
        await report(reporter, "197 9000 1111")
    for network in (1, 2, 3):
        await api.reporter(cluster=network)
    await api.fetch("UPDATE reporters SET device = 7 WHERE confirmed = 0")
    await link_all(api.database, NOW)
    rows = await api.fetch("SELECT cluster FROM reporters ORDER BY confirmed DESC")
    assert len({row["cluster"] for row in rows[:3]}) == 3
    assert len({row["cluster"] for row in rows[3:]}) == 1
    assert len(await api.fetch("SELECT DISTINCT cluster FROM daily_signals")) == 3


async def test_reading_everybody_may_take_longer_than_other_statements(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.reporter()
    monkeypatch.setattr("service.database.COMMAND_TIMEOUT_SECONDS", 0.2)
    impatient = Database(database_url, pool_size=1, statement_cache=0)
    async with api.database.connection() as connection:
        blocker = connection.transaction()
        await blocker.start()
        await connection.execute("LOCK TABLE reports, reporters IN ACCESS EXCLUSIVE MODE")
        linking = asyncio.create_task(link_all(impatient, NOW))
        await asyncio.sleep(0.6)
        assert not linking.done()
        await blocker.rollback()
    assert (await linking).largest_share == 1.0
    await impatient.close()


async def test_contacts_older_than_a_year_link_nobody(api: Api) -> None:
    pair = [await api.reporter(cluster=n, account_days=800 + 9 * n) for n in (1, 2)]
    for number in ("197 9000 1111", "197 9000 2222"):
        for reporter in pair:
            await report(reporter, number)
    await link_all(api.database, NOW + timedelta(days=400))
    assert await clusters(api) == [0, 1]


async def test_beyond_sixty_numbers_in_thirty_days_each_report_weighs_less(api: Api) -> None:
    reporter = await api.reporter(cluster=1)
    await report(reporter, "197 9000 0000")
    await api.fetch(
        "INSERT INTO reports SELECT (jsonb_populate_record(r, jsonb_build_object('number', '+86197901' || 10000 + n,"
        " 'report_id', uuidv7()))).* FROM reports AS r, generate_series(1, 118) AS n"
    )
    await report(reporter, "197 9000 0001")
    weights = await api.fetch("SELECT weight FROM reports WHERE number LIKE '+8619790000%' ORDER BY number")
    assert [round(row["weight"], 4) for row in weights] == [0.7926, round(0.7926 * 60 / 120, 4)]
