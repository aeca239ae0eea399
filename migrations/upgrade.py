"""Brings a database to the newest revision: `python -m migrations.upgrade`, with its URL on standard input.

A process of its own, because Alembic and SQLAlchemy take 20 MB that no process of the service should keep.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from migrations.revisions import list_revisions

HERE: Final = Path(__file__).parent
UNAVAILABLE: Final = os.EX_TEMPFAIL  # trying again later may help
FAILED: Final = 1
LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    DBAPIError,
)


class RevisionError(Exception):
    """A revision that could not be run; the message names it and says why, without the data of any row."""


@contextmanager
def _alembic() -> Iterator[Config]:
    """Alembic's configuration with a module for each SQL file; the modules are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-revisions-") as directory:
        for revision in list_revisions():
            shutil.copyfile(HERE / "alembic_revision.py", Path(directory) / f"{revision}.py")
        config = Config()
        config.set_main_option("script_location", str(HERE))
        config.set_main_option("version_locations", directory)
        config.set_main_option("path_separator", "newline")
        yield config


def upgrade(url: str) -> None:
    """Run the revisions that the database does not have yet; raises RevisionError at the first that fails."""
    with _alembic() as config:
        asyncio.run(_upgrade(url, config))


async def _upgrade(url: str, config: Config) -> None:
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
        revisions = await connection.run_sync(_missing)
        await connection.rollback()  # reading has begun a transaction; each revision begins and ends its own
        for revision in revisions:  # one transaction each; another host may have run it meanwhile
            await connection.run_sync(_run, revision, config)
    await engine.dispose()


def _missing(connection: Connection) -> list[str]:
    """List the revisions that the database does not have yet, oldest first."""
    revisions = list_revisions()
    current = MigrationContext.configure(connection).get_current_revision()
    return revisions[revisions.index(current) + 1 :] if current else revisions


def _run(connection: Connection, revision: str, config: Config) -> None:
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except LOST:
        raise
    except asyncpg.PostgresError as error:
        raise RevisionError(f"{revision}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """Return what went wrong without its detail, which may be a row."""
    return str(error).partition("\n")[0] or type(error).__name__


def main() -> int:
    """Upgrade; return the exit status, with the reason of a failure on standard output."""
    try:
        upgrade(sys.stdin.read())
    except LOST as error:
        print(_first_line(error))  # noqa: T201  for the process that asked
        return UNAVAILABLE
    except RevisionError as error:
        print(error)  # noqa: T201
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
