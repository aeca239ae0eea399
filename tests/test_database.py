import asyncio

import pytest

from service.database import Connection, Database, DatabaseUnavailableError


async def test_a_fresh_database_has_the_pipelines_tables(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT revision FROM feed_head") == 0


async def test_an_absent_server_is_told_in_our_own_words() -> None:
    database = Database("postgresql://postgres@127.0.0.1:1/none", pool_size=1, statement_cache=0)
    with pytest.raises(DatabaseUnavailableError):
        async with database.connection():
            pass


async def test_a_server_that_hangs_is_one_that_is_away(database: Database) -> None:
    async def hang(connection: Connection) -> None:
        await connection.execute("SELECT pg_sleep(60)")

    async def answer(connection: Connection) -> int:
        return int(await connection.fetchval("SELECT 1"))

    async with asyncio.timeout(10):
        with pytest.raises(DatabaseUnavailableError):
            await database.in_transaction(hang, deadline=0.2)
        assert await database.in_transaction(answer, deadline=5) == 1
