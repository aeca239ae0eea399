"""The embedded server: started twice harmlessly, recovered after a kill, never mistaken for another process."""

import asyncio
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from service.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that the server's unprivileged user can reach."""
    path = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(directory: Path) -> Iterator[EmbeddedPostgres]:
    """A started server of this test's own."""
    own = EmbeddedPostgres(directory / "pg")
    own.start()
    yield own
    own.stop()


def run(server: EmbeddedPostgres, statement: str) -> object:
    """The first value that a statement gives."""

    async def main() -> object:
        connection = await asyncpg.connect(server.url())
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(main())


def test_what_was_committed_outlives_a_kill_and_a_stop(server: EmbeddedPostgres, directory: Path) -> None:
    run(server, "CREATE TABLE kept AS SELECT 1 AS n")
    first = server.pid()
    server.kill()
    assert server.pid() is None
    server.start()
    assert server.pid() not in (None, first)
    assert run(server, "SELECT n FROM kept") == 1
    server.stop()
    server.stop()
    assert server.pid() is None
    EmbeddedPostgres(directory / "pg").start()
    assert run(server, "SELECT n FROM kept") == 1


def test_a_running_server_is_taken_over(server: EmbeddedPostgres, directory: Path) -> None:
    another = EmbeddedPostgres(directory / "pg")
    another.start()
    assert another.pid() == server.pid()
    assert run(another, "SELECT 1") == 1


def test_a_server_that_was_killed_and_is_not_gone_yet_is_waited_for(
    server: EmbeddedPostgres, directory: Path
) -> None:
    run(server, "CREATE TABLE kept AS SELECT 1 AS n")
    server.kill()
    going = subprocess.Popen(
        ["sleep", "0.5"], cwd=directory / "pg"
    )  # as one that still gives its memory back
    (directory / "pg" / "postmaster.pid").write_text(f"{going.pid}\n")
    assert server.pid() == going.pid
    try:
        server.start()
    finally:
        going.wait()
    assert server.pid() != going.pid
    assert run(server, "SELECT n FROM kept") == 1


def test_it_listens_on_no_network_and_its_directories_are_private(server: EmbeddedPostgres) -> None:
    assert run(server, "SHOW listen_addresses") == ""
    sockets = Path(str(run(server, "SHOW unix_socket_directories")))
    for path in (server.directory, sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_it_logs_no_statement_and_no_value(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.PostgresError):
        run(server, "SELECT '19790001234'::integer / 0 FROM nowhere")
    with pytest.raises(asyncpg.PostgresError):
        run(server, "SELECT '+8619790001234'::date")
    log = (server.directory / "log").read_text()
    assert "nowhere" in log
    assert "19790001234'::integer" not in log
    assert "SELECT" not in log


def test_a_stale_lock_that_names_another_process_is_seen_through(
    server: EmbeddedPostgres, directory: Path
) -> None:
    """After a power cut the process id of the old server may belong to anybody: in a container it often does."""
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lock = server.directory / "postmaster.pid"
        lock.write_text(
            f"{stranger.pid}\n{server.directory}\n1700000000\n5432\n{directory}\n\n  1  1\nready\n"
        )
        assert server.pid() is None
        server.stop()
        assert stranger.poll() is None, "a process of somebody else was stopped"
        server.start()
        assert run(server, "SELECT 1") == 1
    finally:
        stranger.kill()
        stranger.wait()
        if server.pid() in (None, stranger.pid):
            (server.directory / "postmaster.pid").unlink(missing_ok=True)


def test_a_long_path_is_no_matter(directory: Path) -> None:
    server = EmbeddedPostgres(directory / ("a" * 60) / ("b" * 60) / "pg")
    server.start()
    try:
        assert run(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_data_directory_behind_a_link_is_the_same_directory(directory: Path) -> None:
    (directory / "elsewhere").mkdir()
    (directory / "var").symlink_to(directory / "elsewhere")
    linked = EmbeddedPostgres(directory / "var" / "pg")
    linked.start()
    try:
        assert linked.pid() is not None
        assert EmbeddedPostgres(directory / "elsewhere" / "pg").pid() == linked.pid()
        linked.start()
        assert run(linked, "SELECT 1") == 1
    finally:
        linked.stop()
    assert linked.pid() is None
