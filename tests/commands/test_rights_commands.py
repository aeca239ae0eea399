"""`dunwatch privacy` and `dunwatch purge`: results on standard output, words on standard error."""

import json
from datetime import UTC, datetime, timedelta

from service.database import Database
from service.reports.store import insert_reports
from tests.clients import report_row
from tests.command_line import Dunwatch
from tests.places import ROOT


def test_privacy_prints_the_page_and_the_document(dunwatch: Dunwatch) -> None:
    page = dunwatch("privacy")
    assert page.returncode == 0, page.stderr
    assert page.stdout == (ROOT / "docs/privacy.md").read_text("utf-8")
    assert "reports" in [
        table["name"] for table in json.loads(dunwatch("privacy", "--json").stdout)["tables"]
    ]


async def test_purge_says_what_goes_before_and_after_it_goes(dunwatch: Dunwatch, database: Database) -> None:
    old = datetime.now(UTC) - timedelta(days=1200)
    async with database.connection() as connection:
        await insert_reports(
            connection, [report_row(occurred_at=old, recorded_at=old) for _ in range(2)], is_bulk=False
        )
    for arguments, left in ((("purge", "--dry-run"), 2), (("purge",), 0)):
        done = dunwatch(*arguments)
        assert done.returncode == 0, done.stderr
        assert "old_reports\treports\t2\n" in done.stdout
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM reports") == left
        assert ("recorded in the table `purges`" in done.stderr) == (left == 0)
    again = dunwatch("purge")
    assert "old_reports\treports\t0\n" in again.stdout
    assert "nothing to delete" in again.stderr
    assert "recorded" not in again.stderr
