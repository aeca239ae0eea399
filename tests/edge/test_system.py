"""Readiness while the database is frozen: it is told at once of look-ups, and within a second of reports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ml.classifier import Classifier
from service.app import create_app
from service.edge import system
from service.settings import Settings
from tests.clients import Api, lifespan
from tests.silent import silent_server
from tests.waiting import DEADLINE_SECONDS


@asynccontextmanager
async def frozen_api(url: str, data_dir: Path, model: Classifier) -> AsyncIterator[Api]:
    """The application on a database of this address."""
    settings = Settings(data_dir=data_dir, database_url=url, replica_map_gib=1)
    async with lifespan(create_app(settings)) as (app, state):
        opened = Api(app, state, settings, model)
        yield opened
        await opened.close()


async def test_a_frozen_database_is_away_and_holds_nobody_up(
    model: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "DATABASE_SECONDS", 0.1)
    async with (
        silent_server() as url,
        frozen_api(url, tmp_path / "data", model) as api,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        client = await api.client()
        for _ in range(2):
            with (
                monkeypatch.context() as patched
            ):  # a wait for more than the tenth of a second fails the test
                patched.setattr("service.database.CONNECT_TIMEOUT_SECONDS", 10 * DEADLINE_SECONDS)
                told = await client.get("/readyz", params={"part": "reports"})
            assert (told.status_code, told.json()["reports"]) == (503, "away")
            assert told.json()["lookups"]["ready"] is False


async def test_who_asks_about_look_ups_does_not_wait_for_the_database(
    model: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "LOOKUPS_SECONDS", 0.01)
    monkeypatch.setattr(system, "DATABASE_SECONDS", 10.0)  # twenty waits for that would fail the test
    async with (
        silent_server() as url,
        frozen_api(url, tmp_path / "data", model) as api,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        client = await api.client()
        told = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        assert {(one.status_code, one.json()["reports"]) for one in told} == {(503, "away")}
