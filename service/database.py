"""Access to PostgreSQL: a pool, transactions, named queries, and its errors as the service names them."""

import asyncio
import os
import re
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import asyncpg

from migrations.revisions import list_revisions
from service.embedded_postgres import EmbeddedPostgres
from service.settings import Settings

CONNECT_TIMEOUT_SECONDS = 5
COMMAND_TIMEOUT_SECONDS = 60
ANSWER_SECONDS = 5.0  # how long a client waits for an answer: a database that hangs counts as unavailable
SERIALISATION_ATTEMPTS = 5

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
Result = TypeVar("Result")

#: Classes and codes of SQLSTATE that say that the server cannot serve now, whoever asks and whatever for: waiting helps.
_UNAVAILABLE_CLASSES = frozenset(
    {
        "08",  # the connection
        "53",  # no disk, memory, connections or locks are left
        "57",  # an operator or a time limit ended it, it shuts down, it starts
        "58",  # the system: files, input and output
    }
)
_UNAVAILABLE_STATES = frozenset(
    {
        "25006",  # read-only: a standby, or set by an operator
        "25P03",  # idle in a transaction for too long: the connection is closed
        "25P04",  # a transaction took too long: the same
        "40001",  # conflicts that go on however often it is tried
        "40P01",
        "40003",  # whether it was done is unknown
        "55P03",  # a lock was not to be had in time
        "XX001",  # damaged data or indexes: an operator has to mend the disk
        "XX002",
    }
)
_REFUSALS = frozenset({"25006", "53000", "53100", "53200", "58030"})  # it answers, but takes no writes
REFUSED_SECONDS = 5.0  # for so long after the last refusal it is said to take no writes
#: What asyncpg raises of its own when a connection is lost while it is in use, or broke under another statement.
_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError)
#: What it raises when there is none to be had: then even a wrong password, or a database that is gone, is the server's.
UNAVAILABLE = (OSError, asyncpg.PostgresError, *_LOST)
#: Solved by another try: its fresh snapshot sees the row that caused the conflict.
_RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
SERVICE = Path(__file__).resolve().parent
_SECTION = re.compile(r"^-- (name|fragment): (\w+)$", re.MULTILINE)
_INCLUDE = re.compile(r"^( *)-- include: (?:(\w+)/)?(\w+)(;?)$", re.MULTILINE)
_DESCRIPTION = re.compile(r"\A(?:--.*\n)*")


class DatabaseUnavailableError(RuntimeError):
    """PostgreSQL does not answer; nothing was saved, and the caller may try again."""


class SchemaError(RuntimeError):
    """The schema cannot be brought to what this release needs; the message says why."""


def is_unavailable(error: BaseException) -> bool:
    """Return whether an error in the use of a connection says that the server cannot serve now, whatever it is asked."""
    match error:
        case asyncpg.PostgresError():
            state = error.sqlstate or ""
            return state[:2] in _UNAVAILABLE_CLASSES or state in _UNAVAILABLE_STATES
        case ValueError():  # asyncpg's own for a value that no column takes
            return False
        case ConnectionError() | TimeoutError():
            return _comes_from_driver(error)
        case _:
            return isinstance(error, _LOST)


def _comes_from_driver(error: BaseException) -> bool:
    """Return whether an error that many libraries raise passed through asyncpg, also as the cause of a time limit."""
    causes = (error,) if error.__cause__ is None else (error, error.__cause__)
    frames = (frame for cause in causes for frame, _ in traceback.walk_tb(cause.__traceback__))
    return any(frame.f_globals.get("__name__", "").partition(".")[0] == "asyncpg" for frame in frames)


def database_url(settings: Settings) -> str:
    """Return the URL of the configured database, or of the embedded server of this data directory."""
    if settings.database_url is not None:
        return settings.database_url
    return EmbeddedPostgres(settings.postgres_dir).url()


def load_queries(directory: Path) -> Mapping[str, str]:
    """Return the named queries of `directory/queries.sql`: each starts with `-- name: x`, then a comment.

    What several queries say alike stands once as `-- fragment: x`, and is spliced in place of the line `-- include: x`,
    or `-- include: reports/x` where it stands in another room. Raise KeyError for one that does not exist.
    """
    queries = _sections(directory, "name")
    return {name: _spliced(text, directory) for name, text in queries.items()}


@cache
def _sections(directory: Path, sort: str) -> Mapping[str, str]:
    """Return the texts of one sort, `name` or `fragment`, that a room's queries.sql holds."""
    parts = _SECTION.split((directory / "queries.sql").read_text(encoding="utf-8"))[1:]
    sections = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {name: text.strip() for found, name, text in sections if found == sort}


def _spliced(text: str, directory: Path) -> str:
    """Return a text with fragments in place of its includes, without their descriptions and indented as they are."""

    def fragment(include: re.Match[str]) -> str:
        indent, room, name, end = include.groups()
        home = SERVICE / room if room else directory
        body = _DESCRIPTION.sub("", _sections(home, "fragment")[name])
        return "\n".join(indent + line for line in _spliced(body, home).splitlines()) + end

    return _INCLUDE.sub(fragment, text)


def migrate(url: str) -> None:
    """Bring the schema to the newest revision; does nothing when it is there already.

    Raises DatabaseUnavailableError when the server does not answer, SchemaError when the schema cannot be changed.
    """
    revisions = list_revisions()
    try:
        current = asyncio.run(_fetch_revision(url))
    except UNAVAILABLE as error:
        raise DatabaseUnavailableError(_first_line(error)) from error
    if current is not None and current not in revisions:
        raise SchemaError(f"the database has revision {current}, which only a later release knows")
    if current != revisions[-1]:
        _upgrade(url)


async def _fetch_revision(url: str) -> str | None:
    """Return the revision of the schema; None where there is no schema yet."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_SECONDS, statement_cache_size=0)
    try:
        async with connection.transaction():  # PgBouncer keeps to one server connection
            if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
                return None
            revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
            return revision
    finally:
        await connection.close()


def _upgrade(url: str) -> None:
    """Run the missing migrations in a process of their own: what they import is needed for nothing else."""
    command = [sys.executable, "-m", "migrations.upgrade"]  # the URL may hold a password: it is no argument
    ended = subprocess.run(command, input=url, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if ended.returncode == os.EX_TEMPFAIL:
        raise DatabaseUnavailableError(ended.stdout.strip())
    if ended.returncode:
        raise SchemaError(ended.stdout.strip() or "the process that changes the schema failed")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


async def set_up_session(connection: Connection) -> None:
    """Let a session keep its plans: queries here are short and find rows by key, so planning costs more than running.

    A plan made once must not read whole tables because they were empty when it was made.
    """
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")


async def _keep(_connection: Connection) -> None:
    """Reset nothing between two uses: only `set_up_session` changes a session, and a reset costs a round trip."""


class Database:
    """A pool that opens when first used: the service starts, and answers look-ups, while PostgreSQL is unavailable."""

    def __init__(self, url: str, *, pool_size: int, statement_cache: int) -> None:
        self._url = url
        self._options: dict[str, Any] = {
            "min_size": 0,
            "max_size": pool_size,
            "statement_cache_size": statement_cache,
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "command_timeout": COMMAND_TIMEOUT_SECONDS,
            "init": set_up_session,
            "reset": _keep,
        }
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._refused_until = 0.0

    @asynccontextmanager
    async def connection(self, *, deadline: float | None = None) -> AsyncIterator[Connection]:
        """Yield a connection for single statements; raises DatabaseUnavailableError when there is none.

        After `deadline` seconds, in which one must be had too, it is cut, which a server that hangs cannot refuse.
        """
        started = time.monotonic()
        try:
            pool = self._pool or await self._open()
            connection = await pool.acquire(timeout=min(deadline or inf, CONNECT_TIMEOUT_SECONDS))
        except UNAVAILABLE as error:
            raise DatabaseUnavailableError(type(error).__name__) from error
        left = None if deadline is None else max(0.0, started + deadline - time.monotonic())
        try:
            async with _cut_after(left, connection):
                yield connection
        except Exception as error:
            if not is_unavailable(error):
                raise
            self._note(error)
            raise DatabaseUnavailableError(type(error).__name__) from error
        finally:
            with suppress(*UNAVAILABLE):
                await pool.release(connection)

    async def in_transaction(
        self,
        work: Callable[[Connection], Awaitable[Result]],
        *,
        isolation: str = "read_committed",
        deadline: float | None = None,
    ) -> Result:
        """Run `work` in a transaction, and run it again after a conflict with another one (40001, 40P01, 23505).

        DatabaseUnavailableError is raised after `deadline` seconds of a try.
        """
        attempt = 1
        while True:
            try:
                async with (
                    self.connection(deadline=deadline) as connection,
                    connection.transaction(isolation=isolation),
                ):
                    return await work(connection)
            except (DatabaseUnavailableError, asyncpg.UniqueViolationError) as error:
                conflict = error.__cause__ if isinstance(error, DatabaseUnavailableError) else error
                if attempt == SERIALISATION_ATTEMPTS or not isinstance(conflict, _RETRIED):
                    raise
            await asyncio.sleep(0.01 * 2**attempt)
            attempt += 1

    async def takes_writes(self, connection: Connection) -> bool:
        """Return whether a write is possible, as far as can be known without one."""
        is_read_only = await connection.fetchval(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
        )
        return not is_read_only and time.monotonic() >= self._refused_until

    def _note(self, error: BaseException) -> None:
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate in _REFUSALS:
            self._refused_until = time.monotonic() + REFUSED_SECONDS

    async def close(self) -> None:
        """Close the pool after a short wait for statements that are running."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), CONNECT_TIMEOUT_SECONDS)
            except (TimeoutError, *UNAVAILABLE):
                self._pool.terminate()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(self._url, **self._options)
            return self._pool


@asynccontextmanager
async def _cut_after(seconds: float | None, connection: Connection) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    timer = None if seconds is None else loop.call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()


def open_database(settings: Settings) -> Database:
    """Return the database of these settings, not yet connected."""
    return Database(
        database_url(settings),
        pool_size=settings.database_pool_size,
        statement_cache=settings.database_statement_cache,
    )
