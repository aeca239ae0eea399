"""`dunwatch cases` tells what filers say of a number, not who they are, and takes its confirmation."""

import json
from datetime import UTC, datetime

import pytest

from service.database import Database
from service.decisions.store import count_reviews
from service.scoring.store import ask_for_review
from tests.clients import NUMBER
from tests.command_line import Dunwatch

FILING = "01a20bb9-96ba-714c-a689-27eda94db7a5/police"
CLAIM = "INSERT INTO outcomes VALUES ($1, 'case', $2, 'upheld', '2026-11-20', now(), '2026-11-01')"


@pytest.fixture
async def claimed(database: Database) -> Database:
    """A database with a claim that waits for a person."""
    async with database.connection() as connection:
        await connection.execute(CLAIM, NUMBER, FILING)
        await ask_for_review(connection, NUMBER, datetime.now(UTC))
    return database


async def test_claims_are_told_with_filing_and_result(dunwatch: Dunwatch, claimed: Database) -> None:
    done = dunwatch("cases", "claims", "197 9000 1234", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["filing"], told["result"], told["decided_on"]) == (FILING, "upheld", "2026-11-20")
    assert told["confirmed_at"] is None
    assert FILING in dunwatch("cases", "claims", NUMBER).stderr


async def test_a_claim_is_confirmed_once_and_leaves_the_queue(dunwatch: Dunwatch, claimed: Database) -> None:
    done = dunwatch("cases", "confirm", NUMBER, FILING)
    assert done.returncode == 0, done.stderr
    async with claimed.connection() as connection:
        assert await connection.fetchval("SELECT confirmed_at IS NOT NULL FROM outcomes")
        assert await count_reviews(connection) == 0
    again = dunwatch("cases", "confirm", NUMBER, FILING)
    assert (again.returncode, "no such claim" in again.stderr) == (1, True)


@pytest.mark.parametrize(("number", "status"), [("19790005678", 0), ("not a number", 2)])
async def test_a_number_without_claims_and_what_is_no_number_are_told_apart(
    dunwatch: Dunwatch, database: Database, number: str, status: int
) -> None:
    done = dunwatch("cases", "claims", number)
    assert done.returncode == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
