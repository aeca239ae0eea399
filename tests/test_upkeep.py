"""Chores are done when they fall due, by one process of all."""

from datetime import UTC, datetime, timedelta

import pytest
from clients import Api, report_row
from prometheus_client import CollectorRegistry

from service.metrics import Metrics
from service.upkeep import Chore, Upkeep, begin_chore

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def upkeep(api: Api) -> Upkeep:
    return Upkeep(api.database, Metrics(CollectorRegistry()))


async def nothing(_now: datetime) -> None:
    """A chore without work."""


async def test_a_chore_is_begun_once_in_its_time_whoever_asks(api: Api) -> None:
    chore = Chore("test", timedelta(minutes=1), nothing)
    async with api.database.connection() as connection:
        assert await begin_chore(connection, chore, NOW)
        assert not await begin_chore(connection, chore, NOW + timedelta(seconds=59))
        assert await begin_chore(connection, chore, NOW + timedelta(seconds=60))


async def test_a_chore_that_fails_does_not_hold_up_the_others(
    upkeep: Upkeep, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    async def broken(_now: datetime) -> None:
        raise ZeroDivisionError

    async def other(_now: datetime) -> None:
        done.append(1)

    minute = timedelta(minutes=1)
    upkeep.chores = (Chore("broken", minute, broken), Chore("other", minute, other))
    await upkeep.look(NOW)
    assert done == [1]


async def test_all_chores_leave_an_empty_database_as_it_is(upkeep: Upkeep, api: Api) -> None:
    await upkeep.do_all(NOW)
    assert await api.count("changed_numbers") == await api.count("agenda") == 0


async def test_a_number_is_scored_again_when_it_is_due(upkeep: Upkeep, api: Api) -> None:
    await api.insert([report_row(occurred_at=NOW - timedelta(hours=1)) for _ in range(8)])
    await api.publish(NOW)
    (due,) = (await api.fetch("SELECT due_at FROM agenda WHERE task = 'score'"))[0]
    await upkeep.look(due - timedelta(seconds=10))
    assert await api.count("changed_numbers") == 0
    await upkeep.look(due)
    assert await api.count("changed_numbers") == 1
