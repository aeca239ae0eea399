"""The activity of a number's neighbours, read from the database."""

from datetime import UTC, date, datetime, timedelta

from ml.blocks import Activity
from service.database import Database
from service.reports.store import insert_reports
from service.scoring.scorer import look_around
from service.scoring.store import list_block_activity
from tests.clients import Api, minutes_ago, report_row


async def test_a_block_is_all_numbers_of_its_length_that_share_its_start(database: Database) -> None:
    numbers = ["+8619790001234", "+8619790009999", "+8619790010000", "+86197900012345", "+861979000", "95588"]
    async with database.connection() as connection:
        await insert_reports(connection, [report_row(number) for number in numbers], is_bulk=False)
        since = date.today() - timedelta(days=60)
        found = await list_block_activity(connection, ["+861979000"], since=since)
        assert await list_block_activity(connection, [], since=since) == {}
    assert set(found) == {"+8619790001234", "+8619790009999"}


async def test_opposing_and_old_reports_are_no_activity(database: Database) -> None:
    async with database.connection() as connection:
        await insert_reports(
            connection,
            [
                report_row(reporter=b"a"),
                report_row(reporter=b"b", opinion="legitimate"),
                report_row(reporter=b"c", occurred_at=minutes_ago(60 * 24 * 90)),
            ],
            is_bulk=False,
        )
        since = date.today() - timedelta(days=60)
        (days,) = (await list_block_activity(connection, ["+861979000"], since=since)).values()
    assert sum(count for _, count in days) == 1


async def test_a_scorer_sees_the_neighbours_of_a_number_without_its_own_reports(api: Api) -> None:
    rows = [
        report_row(f"+861979000{suffix}", reporter=bytes([n]))
        for n, suffix in enumerate(("1234", "1234", "1239", "9999"))
    ]
    await api.insert(rows)
    async with api.database.connection() as connection:
        around = await look_around(connection, ["+8619790001234", "95588"], datetime.now(UTC))
    narrow, *_, wide = around.neighbours_of("+8619790001234")
    assert narrow == Activity(1, 1, 1, 1)
    assert wide == Activity(2, 2, 2, 2)
    assert around.neighbours_of("95588")[0] == Activity(0, 0, 0, 0)
