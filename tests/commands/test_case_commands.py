"""`dunwatch cases` tells what filers say of a number, not who they are, and takes its confirmation."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from service.database import Database
from service.decisions.store import count_reviews
from service.scoring.store import ask_for_review
from service.settings import Settings
from tests.clients import NUMBER

FILING = "01a20bb9-96ba-714c-a689-27eda94db7a5/police"
CLAIM = "INSERT INTO outcomes VALUES ($1, 'case', $2, 'upheld', '2026-11-20', now(), '2026-11-01')"


def cases(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command."""
    environment = os.environ | {
        "DUNWATCH_DATA_DIR": str(settings.data_dir),
        "DUNWATCH_DATABASE_URL": settings.database_url or "",
    }
    command = [sys.executable, "-m", "service.cli", "cases", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)


@pytest.fixture
async def claimed(database: Database) -> Database:
    """A database with a claim that waits for a person."""
    async with database.connection() as connection:
        await connection.execute(CLAIM, NUMBER, FILING)
        await ask_for_review(connection, NUMBER, datetime.now(UTC))
    return database


async def test_claims_are_told_with_filing_and_result(settings: Settings, claimed: Database) -> None:
    done = cases(settings, "claims", "197 9000 1234", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["filing"], told["result"], told["decided_on"]) == (FILING, "upheld", "2026-11-20")
    assert told["confirmed_at"] is None
    assert FILING.encode() in cases(settings, "claims", NUMBER).stderr


async def test_a_claim_is_confirmed_once_and_leaves_the_queue(settings: Settings, claimed: Database) -> None:
    done = cases(settings, "confirm", NUMBER, FILING)
    assert done.returncode == 0, done.stderr
    async with claimed.connection() as connection:
        assert await connection.fetchval("SELECT confirmed_at IS NOT NULL FROM outcomes")
        assert await count_reviews(connection) == 0
    again = cases(settings, "confirm", NUMBER, FILING)
    assert (again.returncode, b"no such claim" in again.stderr) == (1, True)


@pytest.mark.parametrize(("number", "status"), [("19790005678", 0), ("not a number", 2)])
async def test_a_number_without_claims_and_what_is_no_number_are_told_apart(
    settings: Settings, database: Database, number: str, status: int
) -> None:
    done = cases(settings, "claims", number)
    assert done.returncode == status
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
