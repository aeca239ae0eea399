import asyncio
from typing import Final

import asyncpg
import pytest

from service.database import Connection, Database, DatabaseUnavailableError
from service.embedded_postgres import EmbeddedPostgres
from service.host.pause import Outage
from tests.silent import silent_server
from tests.waiting import DEADLINE_SECONDS


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

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(DatabaseUnavailableError):
            await database.in_transaction(hang, deadline=0.2)
        assert await database.in_transaction(answer, deadline=50) == 1


#: Whether waiting helps, by SQLSTATE: the server cannot serve now, or we asked for something that cannot be.
DECIDED: Final = {
    "08000": True, "08001": True, "08003": True, "08004": True, "08006": True, "08P01": True,  # the connection
    "25006": True, "25P03": True, "25P04": True,  # read-only; idle or at work for too long
    "25001": False, "25P02": False,  # a transaction used wrongly
    "40001": True, "40P01": True, "40003": True,  # conflicts that outlast every try
    "53000": True, "53100": True, "53200": True, "53300": True, "53400": True,  # disk, memory, connections, limits
    "55P03": True,  # a lock that was not to be had in time
    "55006": False, "55P04": False,
    "57000": True, "57014": True, "57P01": True, "57P02": True, "57P03": True, "57P04": True, "57P05": True,
    "58000": True, "58030": True, "58P01": True, "58P02": True,  # files, input and output
    "XX001": True, "XX002": True,  # damaged data and indexes
    "XX000": False,  # what cannot be, is
    "22003": False, "22021": False, "22P02": False, "23502": False, "23503": False, "23505": False, "23514": False,
    "42501": False, "42601": False, "42703": False, "42P01": False, "0A000": False, "54001": False, "P0001": False,
}  # fmt: skip


@pytest.mark.parametrize(("state", "helps"), DECIDED.items())
async def test_which_errors_of_the_server_mean_that_it_is_unavailable(
    database: Database, state: str, helps: bool
) -> None:
    async def fail(connection: Connection) -> None:
        await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(DatabaseUnavailableError if helps else asyncpg.PostgresError):
        await database.in_transaction(fail)
    with pytest.raises(DatabaseUnavailableError if helps else asyncpg.PostgresError):
        async with database.connection() as connection:
            await fail(connection)


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (asyncpg.InterfaceError("closed"), True),
        (asyncpg.InternalClientError("cannot switch"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle"), True),
        (ConnectionResetError("a bucket of the caller"), False),
        (BrokenPipeError("a pipe of the caller"), False),
        (TimeoutError("a wait of the caller"), False),
        (asyncpg.exceptions._base.DataError("value out of int32 range"), False),
        (FileNotFoundError("a file of the caller"), False),
        (ValueError("a fault of the caller"), False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_which_errors_of_the_driver_mean_that_it_is_unavailable(
    database: Database, error: Exception, helps: bool
) -> None:
    with pytest.raises(DatabaseUnavailableError if helps else type(error)):
        async with database.connection():
            raise error


async def test_a_statement_that_takes_too_long_is_the_servers(database: Database) -> None:
    with pytest.raises(DatabaseUnavailableError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT pg_sleep(60)", timeout=0.05)
    with pytest.raises(DatabaseUnavailableError):
        async with database.connection() as connection, asyncio.timeout(0.05):
            await connection.fetchval("SELECT pg_sleep(60)")


async def test_a_connection_that_breaks_in_the_driver_is_the_servers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_arguments: object, **_options: object) -> None:
        raise ConnectionResetError

    async def ask(connection: Connection) -> None:
        monkeypatch.setattr("asyncpg.connection.Connection._do_execute", break_down)
        await connection.fetchval("SELECT 1")

    with pytest.raises(DatabaseUnavailableError):
        await database.in_transaction(ask)


async def test_a_value_that_no_column_takes_is_not_the_servers_fault(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT $1::integer", 2**40)


async def test_a_backend_that_an_operator_ends_is_unavailable(database: Database) -> None:
    async with database.connection() as other:

        async def end_itself(connection: Connection) -> None:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await connection.fetchval("SELECT pg_sleep(120)")

        with pytest.raises(DatabaseUnavailableError):
            await database.in_transaction(end_itself)


@pytest.mark.parametrize("name", ["no_such_database", "no_such_user"])
async def test_a_server_that_lets_nobody_in_is_unavailable(postgres: EmbeddedPostgres, name: str) -> None:
    url = postgres.url(name) if name.endswith("base") else postgres.url().replace("postgres@", f"{name}@")
    database = Database(url, pool_size=1, statement_cache=0)
    with pytest.raises(DatabaseUnavailableError):
        async with database.connection():
            pass


async def test_a_conflict_is_tried_again_before_it_counts(database: Database) -> None:
    tries = []

    async def conflict(connection: Connection) -> int:
        tries.append(1)
        if len(tries) < 3:
            await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '40001'; END $$")
        return 7

    assert await database.in_transaction(conflict) == 7
    assert len(tries) == 3


async def test_a_deadline_holds_for_connecting_and_for_what_follows(database: Database) -> None:
    async with silent_server() as url, asyncio.timeout(DEADLINE_SECONDS):
        frozen = Database(url, pool_size=1, statement_cache=0)
        with pytest.raises(DatabaseUnavailableError):
            async with frozen.connection(deadline=0.05):
                pass
        with pytest.raises(DatabaseUnavailableError):
            async with database.connection(deadline=0.05) as connection:
                await connection.fetchval("SELECT pg_sleep(60)")
        async with database.connection(deadline=50) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def takes_writes(database: Database) -> bool:
    """Whether the database takes writes, asked on a connection of its own."""
    async with database.connection() as connection:
        return await database.takes_writes(connection)


async def test_a_database_that_is_read_only_takes_no_writes(database: Database) -> None:
    assert await takes_writes(database)
    async with database.connection() as connection:  # the pool's only one so far
        await connection.execute("SET default_transaction_read_only = on")
    assert not await takes_writes(database)


async def test_a_refused_write_is_remembered_for_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(connection: Connection) -> None:
        await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '53100'; END $$")

    with pytest.raises(DatabaseUnavailableError):
        await database.in_transaction(fail)
    assert not await takes_writes(database)
    monkeypatch.setattr(database, "_refused_until", 0.0)
    assert await takes_writes(database)


def test_an_outage_is_reported_once_and_so_is_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    outage = Outage("nothing works", "all is well")
    outage.end()
    for _ in range(2):
        for _ in range(3):
            outage.tell("a reason")
        for _ in range(3):
            outage.end()
    told = capsys.readouterr()
    assert (told.out + told.err).count("nothing works") <= 2
