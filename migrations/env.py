"""Alembic environment: runs one revision after another in one transaction each, over asyncpg."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

#: Behind PgBouncer in transaction mode a prepared statement may meet another server connection: keep none.
CONNECT_ARGUMENTS = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run(url: str) -> None:
    driver_url = "postgresql+asyncpg://" + url.partition("://")[2]
    engine = create_async_engine(driver_url, poolclass=NullPool, connect_args=CONNECT_ARGUMENTS)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_run(context.config.attributes["url"]))
