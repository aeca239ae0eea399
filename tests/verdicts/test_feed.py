"""The change feed: gap-free, in the order of commit, and only what a look-up would tell differently."""

import asyncio
from datetime import UTC, datetime

import pytest

from service.database import Connection, Database
from service.verdicts.store import fetch_head, publish
from service.verdicts.verdict import NumberVerdict, nothing_known
from tests.clients import NUMBER
from tests.verdicts.published import feed

NOW = datetime.now(UTC)


async def test_a_publication_rolled_back_leaves_no_gap(database: Database) -> None:
    def entry(number: str) -> NumberVerdict:
        return nothing_known(number, "mobile")._replace(verdict="suspected", reports_at_least=3)

    async def fails(connection: Connection) -> None:
        await publish(connection, [entry("+8619790000001"), entry("+8619790000002")], NOW)
        raise RuntimeError("rolled back")

    async def works(connection: Connection) -> None:
        await publish(connection, [entry("+8619790000003")], NOW)

    await database.in_transaction(works)
    with pytest.raises(RuntimeError, match="rolled back"):
        await database.in_transaction(fails)
    await database.in_transaction(works)
    assert [revision for revision, *_ in await feed(database)] == [1, 2]
    async with database.connection() as connection:
        assert (await fetch_head(connection)).revision == 2


async def test_a_later_revision_never_shows_before_an_earlier_one(database: Database) -> None:
    """The second publication waits for the first to commit: a reader never sees a hole that fills later."""
    verdict = nothing_known(NUMBER, "mobile")._replace(verdict="suspected", reports_at_least=3)

    async def works(connection: Connection) -> None:
        await publish(connection, [verdict], NOW)

    async with database.connection() as connection, connection.transaction():
        await publish(connection, [verdict._replace(number="+8619790000001")], NOW)
        second = asyncio.create_task(database.in_transaction(works))
        done, _ = await asyncio.wait({second}, timeout=0.2)
        assert not done
        assert await feed(database) == []
    await second
    assert [number for _, number, _ in await feed(database)] == ["+8619790000001", NUMBER]
