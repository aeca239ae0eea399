"""However early a first start is killed, the next one has a whole cluster; none that may hold data is ever removed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from service.directories import DirectoryError
from service.embedded_postgres import EmbeddedPostgres, PostgresError
from service.postgres_cluster import DRAFT_PREFIX, may_hold_data

START = "import sys; from pathlib import Path; from service.embedded_postgres import EmbeddedPostgres as P; "
START_AT = START + "P(Path(sys.argv[1])).start()"
#: As the service did before: straight into the directory.
INITDB_AT = START + "p = P(Path(sys.argv[1])); p.directory.mkdir(); import os, shutil; "
INITDB_AT += "os.geteuid() or shutil.chown(p.directory, 'nobody'); p._initdb(p.directory)"


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that the server's unprivileged user can reach."""
    path = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster that `initdb` made and that never ran."""
    path = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    path.chmod(0o755)
    subprocess.run([sys.executable, "-c", INITDB_AT, path / "pg"], check=True)
    yield path / "pg"
    shutil.rmtree(path)


def starts(directory: Path) -> bool:
    """Whether the service's database is there after a start."""
    server = EmbeddedPostgres(directory, fsync="off")
    server.start()
    try:
        return asyncio.run(_answers(server.url()))
    finally:
        server.stop()


async def _answers(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT current_database() = 'dunwatch'"))
    finally:
        await connection.close()


def kill_when(code: str, directory: Path, condition: Callable[[], bool]) -> None:
    """Run code and kill all its processes as a power cut would, as soon as the condition holds, or when it has ended."""
    process = subprocess.Popen([sys.executable, "-c", code, directory], stderr=subprocess.DEVNULL)
    while not condition() and process.poll() is None:
        time.sleep(0.002)
    pids = [process.pid, *_at_work_in(directory.parent)]
    for pid in pids:
        if pid != process.pid or process.poll() is None:
            _kill(pid)
    process.wait()
    for pid in _at_work_in(directory.parent):
        _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _at_work_in(home: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            place = str((process / "cwd").readlink())
        except OSError:
            continue
        if (str(home).encode() in words and b"pytest" not in words) or place.startswith(str(home)):
            found.append(int(process.name))
    return found


POINTS: dict[str, Callable[[Path], bool]] = {
    "draft": lambda home: any(home.glob(f"{DRAFT_PREFIX}*")),
    "version": lambda home: any(home.glob("*/PG_VERSION")) or any(home.glob(".*/PG_VERSION")),
    "control": lambda home: any(home.glob(".*/global/pg_control")),
    "last database": lambda home: any(home.glob(".*/base/5/PG_VERSION")),
    "renamed": lambda home: (home / "pg").exists(),
    "started": lambda home: (home / "pg" / "postmaster.pid").exists(),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_first_start_killed_anywhere_is_made_good(home: Path, point: str) -> None:
    kill_when(START_AT, home / "pg", lambda: POINTS[point](home))
    assert starts(home / "pg")
    assert not list(home.glob(f"{DRAFT_PREFIX}*"))


OLD_POINTS: dict[str, Callable[[Path], bool]] = {
    "directories": lambda pg: (pg / "base").exists(),
    "version": lambda pg: (pg / "PG_VERSION").exists(),
    "control": lambda pg: (pg / "global" / "pg_control").exists(),
    "template0": lambda pg: (pg / "base" / "4").exists(),
}


@pytest.mark.parametrize("point", OLD_POINTS)
def test_what_an_earlier_release_left_half_made_is_made_again(
    home: Path, point: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kill_when(INITDB_AT, home / "pg", lambda: OLD_POINTS[point](home / "pg"))
    capfd.readouterr()
    assert starts(home / "pg")
    assert capfd.readouterr().err.count("is made again") <= 1


def test_a_cluster_that_only_never_ran_is_used_as_it_is(home: Path, whole: Path) -> None:
    shutil.copytree(whole, home / "pg")
    (home / "pg" / "base" / "5" / "marker").touch()
    _as_owned_by_server(home / "pg")
    assert not may_hold_data(home / "pg")
    assert starts(home / "pg")
    assert (home / "pg" / "base" / "5" / "marker").exists()


def _as_owned_by_server(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        if os.geteuid() == 0:
            shutil.chown(path, "nobody")
    directory.chmod(0o700)


SIGNS: dict[str, Callable[[Path], object]] = {
    "it ran": lambda pg: (pg / "postmaster.opts").touch(),
    "it runs": lambda pg: (pg / "postmaster.pid").touch(),
    "its log": lambda pg: (pg / "log").touch(),
    "a base backup": lambda pg: (pg / "backup_label").touch(),
    "a backup's manifest": lambda pg: (pg / "backup_manifest").touch(),
    "a standby": lambda pg: (pg / "standby.signal").touch(),
    "a recovery": lambda pg: (pg / "recovery.signal").touch(),
    "a database": lambda pg: (pg / "base" / "16384").mkdir(),
    "a tablespace": lambda pg: (pg / "pg_tblspc" / "16385").symlink_to("/"),
    "more of the log": lambda pg: (pg / "pg_wal" / "000000010000000000000009").touch(),
    "another timeline": lambda pg: (pg / "pg_wal" / "000000020000000000000001").touch(),
    "no version but files": lambda pg: (pg / "PG_VERSION").unlink(),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_cluster_that_may_hold_data_is_never_removed(home: Path, whole: Path, sign: str) -> None:
    """Broken as it is: without its control file no server starts on it."""
    shutil.copytree(whole, home / "pg")
    SIGNS[sign](home / "pg")
    (home / "pg" / "global" / "pg_control").unlink()
    _as_owned_by_server(home / "pg") if sign != "a tablespace" else None
    before = sorted(path.name for path in (home / "pg" / "base").iterdir())
    with pytest.raises((PostgresError, DirectoryError)) as failure:
        EmbeddedPostgres(home / "pg").start()
    assert len(str(failure.value).splitlines()) == 1
    assert sorted(path.name for path in (home / "pg" / "base").iterdir()) == before


def test_files_of_somebody_else_are_left_alone(home: Path) -> None:
    (home / "pg").mkdir()
    (home / "pg" / "letter").write_text("mine")
    with pytest.raises(PostgresError):
        EmbeddedPostgres(home / "pg").start()
    assert (home / "pg" / "letter").read_text() == "mine"


def test_a_cluster_that_cannot_be_made_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedPostgres(home / "pg")
    monkeypatch.setattr(server, "_bin", home / "nowhere")
    with pytest.raises((PostgresError, OSError)):
        server.start()
    assert list(home.iterdir()) == []


def test_the_log_of_a_server_stays_bounded(home: Path) -> None:
    server = EmbeddedPostgres(home / "pg")
    log = server.directory / "log"
    log.parent.mkdir()
    log.write_bytes(b"one line\n" * 1_000_000 + b"the last\n")
    server.bound_log()
    assert log.stat().st_size < 100_000
    assert log.read_bytes().endswith(b"the last\n")


def test_a_log_that_is_a_link_is_left_alone(home: Path) -> None:
    server = EmbeddedPostgres(home / "pg")
    server.directory.mkdir()
    (home / "other").write_bytes(b"x" * 10_000_000)
    (server.directory / "log").symlink_to(home / "other")
    server.bound_log()
    assert (home / "other").stat().st_size == 10_000_000
