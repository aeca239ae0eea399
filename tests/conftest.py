"""One real PostgreSQL a test process, one fresh migrated database a test."""

import asyncio
import atexit
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.places import room_in_memory

# Each test process has a core: further threads of the libraries that learn would only wait for each other.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# Some three hundred processes are started: they load what the first of them compiled.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
# Files of tests are written where they cost no disk: the replica, keys and spools ask it to have taken them, each time.
if (memory := room_in_memory()) is not None:
    os.environ.setdefault("TMPDIR", str(memory))
    tempfile.tempdir = None  # it is looked for anew
# prometheus_client decides at import where it keeps its values.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # the workers of a parallel run share their parent's
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="dunwatch-test-metrics-")
    atexit.register(shutil.rmtree, os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

from ml.classifier import DEFAULT_MODEL, Classifier, load_classifier
from service.app import create_app
from service.database import Database, migrate, open_database
from service.embedded_postgres import EmbeddedPostgres
from service.host.logs import configure_logs
from service.secrets import KeyRing, load_key_ring
from service.settings import Settings
from tests.clients import Api, lifespan
from tests.command_line import Dunwatch, Forking, environment_of
from tests.kept_processes import KeptProcesses

JOURNEYS = Path(__file__).parent / "journeys"
TEMPLATE = "migrated"
# Properties are tried on the same examples in each run, however slow the machine: what one change breaks is its own.
# `--hypothesis-profile=explore` draws new ones, and prints how to have one that fails again.
PATIENT = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("repeatable", PATIENT, derandomize=True)
hypothesis_settings.register_profile("explore", PATIENT, print_blob=True)
hypothesis_settings.load_profile("repeatable")
configure_logs("json")
_numbering = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys take longest and begin, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: JOURNEYS not in item.path.parents)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server of this test process, gone with it; durable only where a test asks for that."""
    directory = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    # the server's unprivileged user must reach its directory when the tests run as root
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory / "pg", fsync="off", full_page_writes="off", autovacuum="off")
    server.start()
    asyncio.run(_execute(server.url("postgres"), f"CREATE DATABASE {TEMPLATE}"))
    migrate(server.url(TEMPLATE))
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of a fresh database with the current schema."""
    name = f"test_{next(_numbering)}"
    await _execute(postgres.url("postgres"), f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield postgres.url(name)
    await _execute(postgres.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys that all tests of this process begin with: to make some, and have the disk take them, takes long."""
    directory = tmp_path_factory.mktemp("keys")
    load_key_ring(directory)
    return directory


@pytest.fixture
def settings(database_url: str, tmp_path: Path, key_files: Path) -> Settings:
    """Settings of a service on that database, with keys and a cheap proof of work."""
    made = Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        proof_of_work_cost=10,
        poll_seconds=0.02,
        replica_map_gib=1,
        request_limit_per_second=10_000,
        stale_after_seconds=3600,  # a busy machine makes an answer late, which is no sign of a follower that stands
    )
    made.keys_dir.parent.mkdir(mode=0o700)
    shutil.copytree(key_files, made.keys_dir)
    return made


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The service's own access to that database."""
    opened = open_database(settings)
    yield opened
    await opened.close()


@pytest.fixture
def keys(settings: Settings) -> KeyRing:
    """A key ring of this test's own."""
    return load_key_ring(settings.keys_dir)


@pytest.fixture(scope="session")
def model() -> Classifier:
    """The shipped model."""
    return load_classifier(DEFAULT_MODEL)


@pytest.fixture(scope="session")
def kept_processes() -> Iterator[KeptProcesses]:
    """The processes beside the event loops of all tests of this process."""
    with KeptProcesses() as kept:
        yield kept


@pytest.fixture
async def api(
    settings: Settings, model: Classifier, monkeypatch: pytest.MonkeyPatch, kept_processes: KeptProcesses
) -> AsyncIterator[Api]:
    """The whole application, started; its readers see every change of the replica at once."""
    monkeypatch.setattr("service.host.beside.to_process", kept_processes)
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    # what a test does in the loop, and a busy machine, make it late and slow: that is no overload
    monkeypatch.setattr("service.edge.admission.LATE_SECONDS", float("inf"))
    monkeypatch.setattr("service.edge.admission.SLOWER", float("inf"))
    async with lifespan(create_app(settings)) as (app, state):
        opened = Api(app, state, settings, model)
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """What commands are forked from, for all tests of this process."""
    with Forking() as opened:
        yield opened


@pytest.fixture
def dunwatch(forking: Forking, settings: Settings) -> Dunwatch:
    """The command line, on this test's database and data directory."""
    return Dunwatch(forking, environment_of(settings))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
