"""PostgreSQL killed under the running service: look-ups go on and grow stale, no acknowledged report is lost."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml.classifier import Classifier
from service.app import create_app
from service.database import DatabaseUnavailableError, migrate
from service.edge.access import Scope
from service.embedded_postgres import EmbeddedPostgres
from service.lookup.follower import Follower
from service.settings import Settings
from tests.clients import (
    NUMBER,
    Api,
    lifespan,
    minutes_ago,
    new_idempotency_key,
    report_body,
    report_row,
)
from tests.waiting import until


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A durable server of this test's own, to be killed."""
    directory = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory / "pg")
    server.start()
    migrate(server.url())
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def api(
    own_postgres: EmbeddedPostgres, model: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Api]:
    """The application on that server."""
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=own_postgres.url(),
        replica_map_gib=1,
        poll_seconds=0.02,
        stale_after_seconds=0.3,
        report_limit_per_hour=100_000,
        request_limit_per_second=100_000,
    )
    async with lifespan(create_app(settings)) as (app, state):
        opened = Api(app, state, settings, model)
        yield opened
        await opened.close()


async def test_look_ups_go_on_and_reports_are_never_acknowledged_and_lost(
    api: Api, own_postgres: EmbeddedPostgres
) -> None:
    await api.insert([report_row() for _ in range(12)])
    await api.publish()
    partner = await api.partner(Scope.LOOKUP, Scope.REPORTS)
    reporters = [await api.reporter(cluster=n) for n in range(4)]

    async with reporting(reporters) as acknowledged:
        await until(lambda: _has(acknowledged, 20))
        await asyncio.to_thread(own_postgres.kill)
        await _everything_but_look_ups_waits(api, partner, reporters[0])
        await asyncio.to_thread(own_postgres.start)
        before = len(acknowledged)
        await until(lambda: _has(acknowledged, before + 20))

    stored = {str(row[0]) for row in await api.fetch("SELECT report_id FROM reports")}
    assert set(acknowledged) <= stored
    await api.publish()
    told = (await partner.get(f"/v1/numbers/{NUMBER}")).json()
    assert (told["verdict"], told["stale"]) == ("confirmed", False)
    ready = (await partner.get("/readyz")).json()
    assert ready["reports"] == "ok"


async def _everything_but_look_ups_waits(
    api: Api, partner: httpx.AsyncClient, reporter: httpx.AsyncClient
) -> None:
    for headers in ({}, new_idempotency_key()):
        answer = await reporter.post("/v1/reports", json=report_body(number="19790009999"), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    for method, path in (
        ("GET", "/v1/reports"),
        ("GET", "/v1/reports/01a20bae-3d26-705a-ac4c-d7d2abb499de"),
        ("DELETE", "/v1/reports/01a20bae-3d26-705a-ac4c-d7d2abb499de"),
    ):
        answer = await reporter.request(method, path)
        assert answer.status_code == 503, f"{method} {path}: {answer.text}"
    batch = await partner.post("/v1/reports:batch", content=json.dumps(report_body(reporter="x")))
    assert batch.status_code == 503

    async def is_stale() -> Any:
        answer = await partner.get(f"/v1/numbers/{NUMBER}")
        assert answer.status_code == 200
        assert answer.json()["verdict"] == "confirmed"
        return answer.json()["stale"]

    await until(is_stale)
    bulk = await partner.post("/v1/numbers:lookup", json={"numbers": [NUMBER]})
    assert (bulk.status_code, bulk.json()["stale"]) == (200, True)
    ready = await partner.get("/readyz")
    assert (ready.status_code, ready.json()["reports"]) == (200, "away")
    assert (await partner.get("/healthz")).status_code == 200


async def _has(acknowledged: list[str], wanted: int) -> bool:
    return len(acknowledged) >= wanted


@asynccontextmanager
async def reporting(reporters: list[httpx.AsyncClient]) -> AsyncIterator[list[str]]:
    """Reporters who go on reporting, half of them with idempotency keys; gives the ids acknowledged so far."""
    acknowledged: list[str] = []
    stop = asyncio.Event()

    async def report(place: int) -> None:
        minute = 0
        while not stop.is_set():
            minute += 1
            headers = new_idempotency_key() if place % 2 else {}
            body = report_body(number=f"1979000{place:04}", occurred_at=minutes_ago(5 + minute).isoformat())
            answer = await reporters[place].post("/v1/reports", json=body, headers=headers)
            assert answer.status_code in (201, 503), answer.text
            if answer.status_code == 201:
                acknowledged.append(answer.json()["report_id"])
            await asyncio.sleep(0.005)

    running = [asyncio.create_task(report(place)) for place in range(len(reporters))]
    try:
        yield acknowledged
    finally:
        stop.set()
        await asyncio.gather(*running)


async def test_scorer_and_follower_outlive_their_database(
    api: Api, own_postgres: EmbeddedPostgres, model: Classifier
) -> None:
    """Both loops at work while the server goes and comes back, then a number reported is confirmed."""
    stop = asyncio.Event()
    follower = Follower(api.database, api.settings, api.metrics)
    running = [asyncio.create_task(api.scorer().run(stop)), asyncio.create_task(follower.run(stop))]
    synced = api.settings.replica_dir / "synced"
    await until(_exists(synced))
    await asyncio.to_thread(own_postgres.kill)
    quiet_since = _changed_at(synced)
    await asyncio.to_thread(own_postgres.start)
    await until(lambda: _inserted(api))

    async def is_published() -> bool:
        return bool(await api.fetch("SELECT FROM verdicts WHERE verdict = 'confirmed'"))

    await until(is_published)
    await until(_later(synced, quiet_since))
    stop.set()
    await asyncio.gather(*running)


async def _inserted(api: Api) -> bool:
    try:
        await api.insert([report_row() for _ in range(12)])
    except DatabaseUnavailableError:
        return False
    return True


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _exists(path: Path) -> Any:
    async def condition() -> bool:
        return _changed_at(path) > 0

    return condition


def _later(path: Path, moment: int) -> Any:
    async def condition() -> bool:
        return _changed_at(path) > moment

    return condition
