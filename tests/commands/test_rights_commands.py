"""`dunwatch privacy` and `dunwatch purge`: results on standard output, words on standard error."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from service.database import Database
from service.reports.store import insert_reports
from service.settings import Settings
from tests.clients import report_row
from tests.places import ROOT


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on this test's database and data directory."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")}
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment
        | {
            "DUNWATCH_DATA_DIR": str(settings.data_dir),
            "DUNWATCH_DATABASE_URL": str(settings.database_url),
        },
    )


def test_privacy_prints_the_page_and_the_document(settings: Settings) -> None:
    page = run(settings, "privacy")
    assert page.returncode == 0, page.stderr
    assert page.stdout == (ROOT / "docs/privacy.md").read_text("utf-8")
    assert "reports" in [
        table["name"] for table in json.loads(run(settings, "privacy", "--json").stdout)["tables"]
    ]


async def test_purge_says_what_goes_before_and_after_it_goes(settings: Settings, database: Database) -> None:
    old = datetime.now(UTC) - timedelta(days=1200)
    async with database.connection() as connection:
        await insert_reports(
            connection, [report_row(occurred_at=old, recorded_at=old) for _ in range(2)], is_bulk=False
        )
    for arguments, left in ((("purge", "--dry-run"), 2), (("purge",), 0)):
        done = run(settings, *arguments)
        assert done.returncode == 0, done.stderr
        assert "old_reports\treports\t2\n" in done.stdout
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM reports") == left
        assert ("noted in the table purges" in done.stderr) == (left == 0)
    again = run(settings, "purge")
    assert "old_reports\treports\t0\n" in again.stdout
    assert "nothing to remove" in again.stderr
    assert "noted" not in again.stderr
