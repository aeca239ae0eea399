"""Kills of commands in the middle of their work: imports, migrations, backups. The next run must find nothing half."""

import asyncio
import csv
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks.rig import Measurement, Rig, dunwatch, rig
from service.embedded_postgres import EmbeddedPostgres

SEED = 3
LINES = 60_000
WRONG_EACH = 1000  # every so-many-th line is refused
SOURCE = "killed"
RELEASE = Path(__file__).parents[2] / "tests" / "migrations" / "release_0.1.sql"
SCHEMA = """
    SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT version_num FROM alembic_version ORDER BY 1
"""
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
FLOOR = "nothing half, nothing lost, leftovers swept by the next run"


@dataclass(slots=True)
class Killed:
    """What became of one kind of work: kills that met it, and what was wrong afterwards."""

    what: str
    kills: int = 0
    missed: int = 0  # that came after it had ended
    wrong: list[str] = field(default_factory=list)

    def row(self, detail: str) -> Measurement:
        """Return the line of the table."""
        told = "; ".join(self.wrong[:3])
        return Measurement(
            what=f"{self.what} killed in the middle, {self.kills} times",
            floor=FLOOR,
            measured=f"{len(self.wrong)} wrong",
            is_met=not self.wrong and self.kills > 0,
            detail=f"{detail}; {self.missed} kills came too late" + (f"; {told}" if told else ""),
        )


def measure(kills: int, *, seed: int = SEED) -> list[Measurement]:
    """Kill each command so often."""
    chance = random.Random(seed)
    with rig(log_format="json") as rigged, tempfile.TemporaryDirectory(prefix="dunwatch-bench-") as place:
        Path(place).chmod(0o755)
        work = Work(rigged, Path(place), chance)
        return [_imports(work, kills), _migrations(work, kills), backups(work, kills)]


@dataclass(frozen=True, slots=True)
class Work:
    """Where commands are run, and the chance of their kills."""

    rigged: Rig
    place: Path
    chance: random.Random

    @property
    def temporary(self) -> Path:
        """The temporary files of the commands."""
        directory = self.place / "temporary"
        directory.mkdir(exist_ok=True)
        return directory

    def environment(self, **more: str) -> dict[str, str]:
        """Environment of a command."""
        return {**self.rigged.process_environment, "TMPDIR": str(self.temporary), **more}

    def run(self, command: Sequence[str], **more: str) -> float:
        """Run a command to its end; return the seconds it took. Raises CalledProcessError."""
        began = time.monotonic()
        subprocess.run(command, env=self.environment(**more), check=True, capture_output=True)
        return time.monotonic() - began

    def kill(self, killed: Killed, command: Sequence[str], seconds: float, **more: str) -> None:
        """Kill a command after some part of so many seconds, alone or with all that it has started."""
        after, is_alone = self.chance.uniform(0.2, 1.0) * seconds, self.chance.random() < 0.5
        process = subprocess.Popen(
            command,
            env=self.environment(**more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(after)
            killed.missed += 1
            return
        os.kill(process.pid, signal.SIGKILL) if is_alone else os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed.kills += 1

    def check(self, killed: Killed, step: Callable[[], object], words: str) -> None:
        """Note `words` if a step fails."""
        try:
            is_good = step()
        except (subprocess.CalledProcessError, OSError, asyncpg.PostgresError) as error:
            is_good, words = False, f"{words}: {error}"
        if not is_good:
            killed.wrong.append(words)


def _imports(work: Work, kills: int) -> Measurement:
    killed = Killed("imports")
    seconds = work.run(_import(work, "whole"))
    for place in range(kills):
        source = f"{SOURCE}-{place}"
        command = _import(work, source)
        work.kill(killed, command, seconds)
        work.check(killed, partial(work.run, command), "the next run fails")
        work.check(killed, partial(_is_imported, work, source), f"{source} is not whole")
    return killed.row(f"files of {LINES:,} lines, {seconds:.1f} s each; rows and refused lines counted")


def _import(work: Work, source: str) -> list[str]:
    file = work.place / f"{source}.csv"
    if not file.exists():
        begun = datetime(2026, 3, 1, tzinfo=UTC)
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("number", "occurred_at", "reporter"))
            for line in range(LINES):
                number = "no number" if line % WRONG_EACH == 0 else f"1979000{line % 10_000:04}"
                writer.writerow((number, (begun + timedelta(minutes=line)).isoformat(), f"user-{line % 97}"))
    rejected = str(file.with_suffix(".rejected"))
    return dunwatch("import", str(file), "--format", "csv", "--source", source, "--rejected", rejected)


def _is_imported(work: Work, source: str) -> bool:
    """Whether each line of a file is a row or refused, once."""
    rejected = (work.place / f"{source}.rejected").read_bytes().splitlines()
    rows = work.rigged.scalar(
        f"SELECT count(*) FROM reports JOIN sources USING (source_id) WHERE name = '{source}'"  # noqa: S608
    )
    wrong = -(-LINES // WRONG_EACH)
    return rows == LINES - wrong and len(rejected) == len(set(rejected)) == wrong


def _migrations(work: Work, kills: int) -> Measurement:
    killed = Killed("migrations")
    database = _Databases(work.rigged.postgres)
    reference = database.make("reference")
    seconds = work.run(dunwatch("migrate"), DUNWATCH_DATABASE_URL=reference)
    wanted = _state(reference)
    for place in range(kills):
        url = database.make(f"old_{place}")
        work.kill(killed, dunwatch("migrate"), seconds, DUNWATCH_DATABASE_URL=url)
        again = partial(work.run, dunwatch("migrate"), DUNWATCH_DATABASE_URL=url)
        work.check(killed, again, "the next fails")
        work.check(killed, partial(_is_equal, url, wanted), "schema or rows differ")
    killed.wrong += [f"left: {path.name}" for path in work.temporary.iterdir()]
    return killed.row(
        f"a database of release 0.1, {seconds:.1f} s each; compared with one migrated without a kill"
    )


@dataclass(frozen=True, slots=True)
class _Databases:
    """Databases beside the service's own, as release 0.1 left them."""

    postgres: EmbeddedPostgres

    def make(self, name: str) -> str:
        """Make one and return its URL."""
        _execute(self.postgres.url("postgres"), f"CREATE DATABASE {name} TEMPLATE template0")
        url = self.postgres.url(name)
        _execute(url, RELEASE.read_text("utf-8"))
        return url


def backups(work: Work, kills: int) -> Measurement:
    """Kill backups of what the rig holds."""
    killed = Killed("backups")
    directory = work.place / "backups"
    seconds = work.run(dunwatch("backup", str(directory / "first")))
    for place in range(kills):
        target = directory / f"killed-{place}"
        work.kill(killed, dunwatch("backup", str(target)), seconds)
        if not target.exists():  # otherwise it was whole before the kill came
            work.check(killed, partial(work.run, dunwatch("backup", str(target))), "the next backup fails")
        check = partial(work.run, dunwatch("restore", str(target), "--check"))
        work.check(killed, check, f"{target.name} is not whole")
        killed.wrong += [path.name for path in directory.glob(f".partial-{target.name}.*")]
    return killed.row(f"{seconds:.1f} s each; checked with `restore --check`")


def _is_equal(url: str, wanted: list[object]) -> bool:
    return _state(url) == wanted


def _state(url: str) -> list[object]:
    """What the schema of a database is, and how many rows each of its tables has."""

    async def fetch() -> list[object]:
        connection = await asyncpg.connect(url)
        try:
            state: list[object] = [row[0] for row in await connection.fetch(SCHEMA)]
            for (table,) in await connection.fetch(TABLES):
                count = f'SELECT count(*) FROM "{table}"'  # noqa: S608  a table of this database
                state.append((table, await connection.fetchval(count)))
            return state
        finally:
            await connection.close()

    return asyncio.run(fetch())


def _execute(url: str, statements: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    asyncio.run(execute())
