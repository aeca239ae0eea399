"""PostgreSQL's own programs: `pg_dump` copies a snapshot, `pg_restore` and `psql` bring it back in one transaction."""

import asyncio
import os
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from service.backup.draft import CHUNK_BYTES
from service.backup.store import QUERIES
from service.backup.words import BackupError
from service.embedded_postgres import program_path

#: Roles of the other server are not those of this one.
PORTABLE: Final = ("--no-owner", "--no-privileges")
#: Tables of uploads whose parts no backup has.
ARRIVING: Final = ("evidence_uploads", "evidence_parts")


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL that other users of the host may see among the processes, and the variables that complete it."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = dict(query).get("password") or (unquote(parts.password) if parts.password else None)
    credentials, at, address = parts.netloc.rpartition("@")
    shown = parts._replace(
        netloc=credentials.partition(":")[0] + at + address,
        query=urlencode([(name, value) for name, value in query if name != "password"]),
    )
    return urlunsplit(shown), {"PGPASSWORD": password} if password else {}


async def dump_database(
    url: str, snapshot: str, *, progress: Callable[[int], None]
) -> AsyncGenerator[bytes, None]:
    """Yield the database as another transaction sees it, as an archive of `pg_dump`; raises BackupError.

    Uploads that are still arriving are left out, as their parts are: they are begun again.
    `progress` is told the bytes so far.
    """
    address, secret = without_password(url)
    left_out = [f"--exclude-table-data={table}" for table in ARRIVING]
    arguments = ["--format=custom", *PORTABLE, *left_out, f"--snapshot={snapshot}", f"--dbname={address}"]
    async with _running("pg_dump", arguments, secret) as process:
        assert process.stdout is not None  # noqa: S101  asked for below
        done = 0
        while chunk := await process.stdout.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            progress(done)


async def load_database(url: str, archive: Path, *, feed_id: UUID, progress: Callable[[int], None]) -> None:
    """Load an archive into an empty database and name its feed, in one transaction; raises BackupError.

    `progress` is told the bytes of SQL so far. The transaction ends well only after the last byte: if this process or
    either program dies, the database stays empty.
    """
    address, secret = without_password(url)
    # an error quotes values of rows, except by its code alone
    told = ("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate")
    arguments = ["--no-psqlrc", "--quiet", *told, f"--dbname={address}"]
    async with _running("psql", arguments, secret, is_fed=True) as psql:
        assert psql.stdin is not None  # noqa: S101  asked for below
        await _feed(psql.stdin, b"BEGIN;\n")
        async with _running("pg_restore", [*PORTABLE, "--file=-", str(archive)], {}) as pg_restore:
            assert pg_restore.stdout is not None  # noqa: S101  asked for below
            done = 0
            while chunk := await pg_restore.stdout.read(CHUNK_BYTES):
                await _feed(psql.stdin, chunk)
                done += len(chunk)
                progress(done)
        rename = QUERIES["rename_feed"].rstrip(";")
        await _feed(psql.stdin, f"RESET ALL;\n{rename} \\bind '{feed_id}' \\g\nCOMMIT;\n".encode())
        psql.stdin.close()


async def _feed(stream: asyncio.StreamWriter, chunk: bytes) -> None:
    """Write to a program; that it ended early is told by its exit status."""
    with suppress(ConnectionError):
        stream.write(chunk)
        await stream.drain()


@asynccontextmanager
async def _running(
    program: str, arguments: list[str], secret: Mapping[str, str], *, is_fed: bool = False
) -> AsyncIterator[Process]:
    """Run a program to its end; kill it if the work with it fails, and raise BackupError if it fails itself."""
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            program_path(program),
            *arguments,
            stdin=PIPE if is_fed else DEVNULL,
            stdout=DEVNULL if is_fed else PIPE,
            stderr=errors,
            env={**os.environ, "LC_ALL": "C.UTF-8", **secret},
        )
        try:
            yield process
            status = await process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if status:
            raise BackupError.of("program_failed", program=program, reason=_last_words(errors, status))


def _last_words(errors: IO[bytes], status: int) -> str:
    """Return the first error that a program told, and no more: what follows may quote a row."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").splitlines()
    told = [line for line in lines if "rror:" in line or "ERROR" in line]
    return (told or lines or [f"exit status {status}"])[0]
