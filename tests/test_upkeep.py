"""Chores are done when they fall due, by one process of all."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge

from service.decisions.store import Decision, insert_decision
from service.metric_values import ValueFile
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.operations.refusals import NOTE
from service.upkeep import Chore, Upkeep, begin_chore, fold_metrics
from service.verdicts.store import publish
from service.verdicts.verdict import nothing_known
from tests.clients import Api, report_row
from tests.waiting import until

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def value_of(gauge: Gauge) -> float:
    ((sample,),) = [metric.samples for metric in gauge.collect()]
    return sample.value


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


@pytest.fixture
def upkeep(api: Api, metrics: Metrics) -> Upkeep:
    return Upkeep(
        api.database,
        metrics,
        settings=api.settings,
        models=ModelShelf(api.settings),
        vault=api.state["vault"],
    )


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


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


@pytest.mark.parametrize(
    ("model", "error"),
    [("serving", 0.2), ("another", None)],  # thirty of fifty came true, told as 0.8
)
async def test_calibration_is_of_the_model_that_serves(
    upkeep: Upkeep, api: Api, metrics: Metrics, model: str, error: float | None
) -> None:
    version = ModelShelf(api.settings).version if model == "serving" else "own-1"
    async with api.database.connection() as connection:
        for number in range(50):
            key = f"+861979{number:07}"
            verdict = nothing_known(key, "mobile")._replace(
                verdict="suspected", score=0.8, model_version=version, reports_at_least=3
            )
            await publish(connection, [verdict], NOW - timedelta(days=2))
            decided = "abusive" if number % 5 < 3 else "cleared"
            decision = Decision(NOW - timedelta(days=1), decided, "looked at", "test", None)
            await insert_decision(connection, key, "mobile", decision)
    await upkeep.do_all(NOW)
    measured = value_of(metrics.calibration_error)
    assert math.isnan(measured) if error is None else measured == pytest.approx(error)


async def test_exports_that_wait_for_approval_are_counted(upkeep: Upkeep, api: Api, metrics: Metrics) -> None:
    for state in ("requested", "requested", "done"):
        await api.fetch(
            "INSERT INTO exports (export_id, key_id, request, state, created_at)"
            " VALUES (gen_random_uuid(), 'x', '{}', $1, now())",
            state,
        )
    await upkeep.do_all(NOW)
    assert value_of(metrics.waiting_exports) == 2


async def test_metrics_of_ended_processes_are_folded_whether_or_not_there_is_a_database(
    tmp_path: Path,
) -> None:
    beyond = 2**22 + 1  # no process has this id
    ValueFile(tmp_path / f"counter_{beyond}.db").set('["m", "m_total", {}, "Counts."]', 1.0, 0.0)
    stop = asyncio.Event()
    running = asyncio.create_task(fold_metrics(tmp_path, stop))

    async def are_folded() -> bool:
        return sorted(names_in(tmp_path)) == ["counter_0.db", NOTE]

    await until(are_folded)
    stop.set()
    await running
