"""A database that answers but takes no writes: reports are refused as when it is away, look-ups go on, workers wait."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest
import structlog
from structlog.typing import EventDict

from service.database import DatabaseUnavailableError
from service.edge.access import Scope
from service.exports.worker import run_exports
from service.lookup.follower import Follower
from service.models.shelf import ModelShelf
from service.upkeep import Upkeep
from service.webhooks.deliver import Deliverer
from tests.clients import NUMBER, Api, new_idempotency_key, report_body, report_row
from tests.waiting import until


def _has_said(said: list[EventDict]) -> Callable[[], Awaitable[bool]]:
    """Whether something waits for the database, and says so."""

    async def has_said() -> bool:
        return any("unavailable" in one["event"] for one in said)

    return has_said


async def set_for_all(url: str, setting: str) -> None:
    """Set something for the test's database, and end its connections, so that new ones see it."""
    connection = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} {setting}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def become_read_only(url: str) -> None:
    await set_for_all(url, "SET default_transaction_read_only = on")


async def become_writable(url: str) -> None:
    await set_for_all(url, "RESET default_transaction_read_only")


async def refuse_with(url: str, state: str) -> None:
    """Let every write fail as the server does when something is used up."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{state}'; END $$"
        )
        for table in ("reports", "chores", "challenges", "changed_numbers", "exports", "messages"):
            if await connection.fetchval("SELECT to_regclass($1)", table):
                await connection.execute(
                    f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT"
                    " EXECUTE FUNCTION refuse()"
                )
    finally:
        await connection.close()


async def stop_refusing(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP FUNCTION refuse CASCADE")
    finally:
        await connection.close()


async def disk_full(url: str) -> None:
    await refuse_with(url, "53100")


async def memory_full(url: str) -> None:
    await refuse_with(url, "53200")


Change = Callable[[str], Awaitable[None]]
OUTAGES = [
    (become_read_only, become_writable),
    (disk_full, stop_refusing),
    (memory_full, stop_refusing),
]


@pytest.mark.parametrize(("begin", "end"), OUTAGES, ids=lambda change: change.__name__)
async def test_reports_are_refused_for_now_and_everything_comes_back(
    api: Api, database_url: str, begin: Change, end: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.REFUSED_SECONDS", 0.2)
    await api.insert([report_row() for _ in range(12)])
    await api.publish()
    partner = await api.partner(Scope.LOOKUP)
    reporter = await api.reporter()
    await begin(database_url)

    async def is_refused() -> bool:
        for headers in ({}, new_idempotency_key()):
            answer = await reporter.post("/v1/reports", json=report_body(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        ready = (await partner.get("/readyz")).json()
        return bool(ready["reports"] == "refused")

    await until(is_refused)
    answer = await partner.get(f"/v1/numbers/{NUMBER}")
    assert (answer.status_code, answer.json()["verdict"]) == (200, "confirmed")
    await end(database_url)

    async def is_well() -> bool:
        answer = await reporter.post("/v1/reports", json=report_body())
        assert answer.status_code in (200, 201, 503), answer.text
        ready = (await partner.get("/readyz")).json()
        return answer.status_code != 503 and bool(ready["reports"] == "ok")

    await until(is_well)


@pytest.mark.parametrize(("begin", "end"), OUTAGES, ids=lambda change: change.__name__)
async def test_workers_wait_and_say_so_once(
    api: Api, database_url: str, begin: Change, end: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("scoring.scorer.AWAY_SECONDS", "upkeep.LOOK_SECONDS", "exports.worker.RETRY_SECONDS",
                 "webhooks.deliver.LOOK_SECONDS", "lookup.follower.AWAY_SECONDS"):  # fmt: skip
        monkeypatch.setattr(f"service.{name}", 0.01)
    await api.insert([report_row()])
    await begin(database_url)
    stop = asyncio.Event()
    follower = Follower(api.database, api.settings, api.metrics)
    upkeep = Upkeep(api.database, api.metrics, settings=api.settings, models=ModelShelf(api.settings),
                    vault=api.state["vault"])  # fmt: skip
    deliverer = Deliverer(api.database, api.keys, api.metrics, allow_private=False)
    with structlog.testing.capture_logs() as said:
        running = [
            asyncio.create_task(work)
            for work in (
                api.scorer().run(stop),
                follower.run(stop),
                upkeep.run(stop),
                deliverer.run(stop),
                run_exports(api.database, api.settings, api.keys, api.metrics, stop=stop),
            )
        ]
        await until(_has_said(said))
        await asyncio.sleep(0.5)  # what says it again would do so in this time
        assert not [task for task in running if task.done()], [
            task.exception() for task in running if task.done()
        ]
        waiting = [one["event"] for one in said if "unavailable" in one["event"]]
        assert len(waiting) == len(set(waiting)), waiting
        assert waiting
        await end(database_url)
        await until(lambda: _is_scored(api))
    stop.set()
    await asyncio.gather(*running)


async def _is_scored(api: Api) -> bool:
    with suppress(DatabaseUnavailableError):  # a connection from before may have been ended
        return await api.count("changed_numbers") == 0
    return False
