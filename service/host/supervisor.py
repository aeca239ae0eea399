"""`dunwatch serve`: starts everything a host needs, restarts what dies, ends all of it in order."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

import structlog

from service.database import DatabaseUnavailableError, database_url, migrate
from service.embedded_postgres import EmbeddedPostgres, PostgresError
from service.settings import Settings

TICK_SECONDS = 0.2
GRACE_SECONDS = 10.0
FIRST_RESTART_SECONDS = 0.5
LONGEST_RESTART_SECONDS = 15.0
HEALTHY_SECONDS = 30.0
MIGRATE_AGAIN_SECONDS = 5.0

log = structlog.get_logger()


class CannotServeError(RuntimeError):
    """Something stands in the way of serving; the message says what to do."""


@dataclass(slots=True)
class Child:
    """One process of the service, run as a command of its own."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    pause: float = field(default=FIRST_RESTART_SECONDS)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches only the supervisor, which ends all in order."""
        command = [sys.executable, "-m", "service.cli", *self.arguments]
        self.process = subprocess.Popen(command, start_new_session=True)  # noqa: S603  our own commands
        self.started_at = time.monotonic()

    def keep_running(self) -> None:
        """Start it again, with growing pauses, when it has died."""
        now = time.monotonic()
        if self.process is not None and (status := self.process.poll()) is not None:
            if now - self.started_at > HEALTHY_SECONDS:
                self.pause = FIRST_RESTART_SECONDS
            log.error("a process died and is restarted", process=self.name, status=status, seconds=self.pause)
            self.process, self.restart_at = None, now + self.pause
            self.pause = min(self.pause * 2, LONGEST_RESTART_SECONDS)
        if self.process is None and now >= self.restart_at:
            self.start()

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("a process did not stop in time and is killed", process=self.name)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """PostgreSQL (when embedded), follower, scorers, exporter, upkeep and API of one host."""

    def __init__(self, settings: Settings, *, without: Sequence[str] = ()) -> None:
        self._settings = settings
        scorers = [Child(f"scorer {n}", ["score", "--watch"]) for n in range(1, settings.scorers + 1)]
        children = [Child("follower", ["follow"]), *scorers, Child("exporter", ["export-worker"]),
                    Child("upkeep", ["upkeep"]), Child("api", ["api"])]  # fmt: skip
        self._children = [child for child in children if child.name.split()[0] not in without]
        embedded = settings.database_url is None
        self._postgres = EmbeddedPostgres(settings.postgres_dir) if embedded else None
        self._stopping = False
        self._stack = contextlib.ExitStack()
        self._is_last_user: Callable[[], bool] = lambda: False
        self._migrate_at = 0.0
        self._postgres_at = 0.0
        self._when_migrated: Callable[[], None] = lambda: None
        self.is_migrated = False

    def prepare(self) -> None:
        """Start PostgreSQL and bring its schema up to date; raises CannotServeError with nothing started."""
        signal.signal(signal.SIGINT, self._ask_to_stop)
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        self._stack.enter_context(_lock(self._settings))
        if any(child.name == "api" for child in self._children):
            _require_free_port(self._settings)
        if self._postgres is not None:
            self._is_last_user = self._stack.enter_context(_shared_use(self._settings))
            self._postgres.start()
        self._migrate()
        shutil.rmtree(self._settings.metrics_dir, ignore_errors=True)
        self._settings.metrics_dir.mkdir(mode=0o700)

    def run(self, *, when_migrated: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGINT or SIGTERM; `when_migrated` is called once the schema is there."""
        self._when_migrated = when_migrated
        if self.is_migrated:
            when_migrated()
        for child in self._children:
            child.start()
        while not self._stopping:
            time.sleep(TICK_SECONDS)
            self._watch()

    def stop(self) -> None:
        """End everything that was started, in order; harmless at any time."""
        for child in reversed(self._children):
            child.stop()
        with self._stack:
            if self._postgres is not None and self._is_last_user():
                self._postgres.stop()

    def _migrate(self) -> None:
        """Bring the schema up to date; look-ups do not wait for a database elsewhere that is away."""
        self._migrate_at = time.monotonic() + MIGRATE_AGAIN_SECONDS
        try:
            migrate(database_url(self._settings))
            self.is_migrated = True
        except DatabaseUnavailableError as error:
            if self._postgres is not None:
                raise
            log.error("the database is unavailable; only look-ups are served", reason=str(error))

    def _watch(self) -> None:
        if not self.is_migrated and time.monotonic() > self._migrate_at:
            self._migrate()
            if self.is_migrated:
                self._when_migrated()
        if self._postgres is not None and self._postgres.pid() is None and not self._stopping:
            self._restart(self._postgres)
        for child in self._children:
            child.keep_running()

    def _restart(self, postgres: EmbeddedPostgres) -> None:
        """Start PostgreSQL again; look-ups go on while that fails."""
        if time.monotonic() < self._postgres_at:
            return
        log.error("PostgreSQL died and is restarted")
        try:
            postgres.start()
        except PostgresError as error:
            self._postgres_at = time.monotonic() + LONGEST_RESTART_SECONDS
            log.error("PostgreSQL could not be started", reason=str(error))

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def make_data_dir(settings: Settings) -> None:
    """Make the data directory, for its owner alone; what is there already keeps its mode.

    As root, the embedded server's unprivileged user has to come through it, though not to see what is in it.
    """
    settings.data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def _lock(settings: Settings) -> IO[bytes]:
    """Holds the data directory for as long as the file is open."""
    make_data_dir(settings)
    lock = (settings.data_dir / "serve.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CannotServeError(f"another dunwatch serves {settings.data_dir.absolute()}") from error
    return lock


def _require_free_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotServeError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); set DUNWATCH_PORT to another"
            ) from error


@contextlib.contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """URL of a migrated database; of an embedded server's users the last one stops it."""
    if settings.database_url is not None:
        migrate(settings.database_url)
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.postgres_dir)
    with _shared_use(settings) as is_last:
        server.start()
        try:
            migrate(server.url())
            yield server.url()
        finally:
            if is_last():
                server.stop()


@contextlib.contextmanager
def _shared_use(settings: Settings) -> Iterator[Callable[[], bool]]:
    """Counts users of the embedded server by a shared lock; gives a way to ask whether one is the last."""
    make_data_dir(settings)
    with (settings.data_dir / "database.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)

        def is_last() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield is_last


def use_metrics_dir(settings: Settings) -> None:
    """Tell prometheus_client, before anything imports it, where this host's processes share their values."""
    make_data_dir(settings)
    settings.metrics_dir.mkdir(mode=0o700, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.metrics_dir.absolute())
