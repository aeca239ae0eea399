import pytest

from service.database import Database, DatabaseUnavailableError


async def test_a_fresh_database_has_the_pipelines_tables(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT revision FROM feed_head") == 0


async def test_an_absent_server_is_told_in_our_own_words() -> None:
    database = Database("postgresql://postgres@127.0.0.1:1/none", pool_size=1, statement_cache=0)
    with pytest.raises(DatabaseUnavailableError):
        async with database.connection():
            pass
