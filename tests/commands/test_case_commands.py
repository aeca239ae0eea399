"""`dunwatch cases claims` tells what filers say of a number, and not who they are."""

import json
import os
import subprocess
import sys

import pytest
from clients import NUMBER

from service.database import Database
from service.settings import Settings

CLAIM = (
    "INSERT INTO case_claims VALUES ($1, '01a20bb9-96ba-714c-a689-27eda94db7a5', 'police', 2, 'somebody', 'upheld',"
    " '2026-11-20', now())"
)


def claims(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command."""
    environment = os.environ | {
        "DUNWATCH_DATA_DIR": str(settings.data_dir),
        "DUNWATCH_DATABASE_URL": settings.database_url or "",
    }
    command = [sys.executable, "-m", "service.cli", "cases", "claims", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)


async def test_claims_are_told_with_channel_and_result_and_without_their_filer(
    settings: Settings, database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute(CLAIM, NUMBER)
    done = claims(settings, "197 9000 1234", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["channel"], told["result"], told["happened_on"]) == ("police", "upheld", "2026-11-20")
    assert b"somebody" not in done.stdout
    assert "reporter" not in told
    shown = claims(settings, NUMBER)
    assert b"police" in shown.stderr


@pytest.mark.parametrize(("number", "status"), [("19790005678", 0), ("not a number", 2)])
async def test_a_number_without_claims_and_what_is_no_number_are_told_apart(
    settings: Settings, database: Database, number: str, status: int
) -> None:
    done = claims(settings, number)
    assert done.returncode == status
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
