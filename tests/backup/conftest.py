"""A service with something of everything, a place for its backup, and another place to restore it to."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service.backup.manifest import BackupManifest, parse_manifest
from service.embedded_postgres import EmbeddedPostgres
from service.ledger.entry import Action, Entry
from service.ledger.sign import Notary
from service.settings import Settings
from tests.clients import Api, new_report, report_row
from tests.command_line import Dunwatch, Ended, Forking, environment_of
from tests.evidence.evidence_files import MESSAGE, attach, recording
from tests.ledger.ledger_entries import grow, sign

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
async def empty_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of another database, with nothing in it."""
    name = f"empty_{uuid4().hex}"
    await _execute(postgres.url("postgres"), f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres.url(name)
    await _execute(postgres.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Elsewhere:
    """Another host, with a data directory and a database of its own."""

    settings: Settings
    dunwatch: Dunwatch

    def restore(self, directory: Path, *options: object) -> Ended:
        return self.dunwatch("restore", directory, *options)


@pytest.fixture
def elsewhere(forking: Forking, settings: Settings, empty_url: str, tmp_path: Path) -> Elsewhere:
    other = Settings(
        data_dir=tmp_path / "elsewhere",
        database_url=empty_url,
        replica_map_gib=settings.replica_map_gib,
        poll_seconds=settings.poll_seconds,
    )
    return Elsewhere(other, Dunwatch(forking, environment_of(other)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the backup is to be."""
    return tmp_path / "backups" / "monday"


@pytest.fixture
async def full(api: Api) -> Api:
    """A service with reports, evidence, a finished export and a signed ledger."""
    reporter = await api.reporter()
    address = await new_report(reporter)
    for content in (recording(10), MESSAGE):
        answer = await attach(reporter, address, content)
        assert answer.status_code == 201, answer.text
    await api.insert([report_row(f"+8619790007{n:03}") for n in range(20)])
    await grow(api.database, _entry, 5)
    await sign(api.database, Notary(api.keys.signer(), api.settings.ledger_note), NOW)
    await api.publish()
    return api


def _entry(**members: object) -> Entry:
    plain = {"action": Action.APPROVED, "at": NOW, "export_id": uuid4(), "agency": "12321", "by": "somebody"}
    return Entry(**(plain | members))  # type: ignore[arg-type]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach, also when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


def manifest_of(directory: Path) -> BackupManifest:
    return parse_manifest((directory / "manifest.json").read_bytes())


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
