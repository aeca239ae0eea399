"""Alembic environment: runs all missing revisions in one transaction, over asyncpg."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Any number that nobody else takes: two hosts that start at once migrate one after the other.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7263549182)"


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection)
    with context.begin_transaction():
        connection.exec_driver_sql(ONE_AT_A_TIME)
        context.run_migrations()


async def _run(url: str) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, statement_cache_size=0)

    # Behind PgBouncer in transaction mode a prepared statement may meet another server connection: keep none.
    arguments = {
        "async_creator_fn": connect,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": lambda: "",
    }
    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, connect_args=arguments)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_run(context.config.attributes["url"]))
