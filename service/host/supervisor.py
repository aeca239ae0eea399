"""The supervisor behind `dunwatch serve`: starts what a host needs, restarts what dies, ends everything in order."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from types import FrameType
from typing import IO

import structlog

from service.directories import DirectoryError, make_anew, make_private, told_in_one_line
from service.embedded_postgres import EmbeddedPostgres, PostgresError
from service.host.aside import Aside
from service.host.crew import LOOKUPS, Crew, Plan
from service.host.listener import CannotListenError
from service.host.pause import Outage
from service.settings import Settings
from service.settings_file import values_of_file

TICK_SECONDS = 0.1
FREE_AGAIN_SECONDS = 3.0  # how long the processes of a supervisor that was killed may still hold a port
FIRST_RESTART_SECONDS = 0.5  # of the database
LONGEST_DATABASE_PAUSE_SECONDS = 4.0  # a full disk is freed at any moment, and reports wait for that
HEALTHY_SECONDS = 30.0
MIGRATE_AGAIN_SECONDS = 5.0
DATABASE_UNAVAILABLE = os.EX_TEMPFAIL  # exit status of what prepares the database

log = structlog.get_logger()


class CannotServeError(RuntimeError):
    """The service cannot start; the message says what to do."""


class StartFailedError(RuntimeError):
    """A step of the start failed and has reported why; the exit status is its own."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class Supervisor:
    """PostgreSQL (when embedded), follower, scorers, exporter, upkeep and API of one host."""

    def __init__(
        self,
        settings: Settings,
        *,
        check_files: Callable[[], int],
        prepare_database: Callable[[], int],
        without: Sequence[str] = (),
    ) -> None:
        """The two functions run aside, in processes of their own; each reports a failure and returns an exit status.

        `prepare_database` returns `DATABASE_UNAVAILABLE` when a later try may succeed.
        """
        self._settings = settings
        self._check_files = check_files
        self._prepare_database = prepare_database
        self._crew = Crew(Plan.of(settings), values_of_file(Settings), without)
        embedded = settings.database_url is None
        self._postgres = EmbeddedPostgres(settings.postgres_dir) if embedded else None
        self._stopping = False
        self._reload_wanted = False
        self._reloading: Generator[None] | None = None
        self._had_terminal = os.isatty(0)
        self._stack = contextlib.ExitStack()
        self._is_last_user: Callable[[], bool] = lambda: False
        self._shortage = Outage(
            "the supervisor lacks what it needs; it tries again", "the supervisor goes on"
        )
        self._migrate_at = 0.0
        self._postgres_at = 0.0
        self._postgres_pause = FIRST_RESTART_SECONDS
        self.is_migrated = False

    def prepare(self) -> None:
        """Check the files and start PostgreSQL; `stop` is to be called in any case.

        Raises CannotServeError with nothing started, StartFailedError when the files are broken.
        """
        signal.signal(signal.SIGINT, self._ask_to_stop)
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGHUP, self._ask_to_reload)
        self._stack.enter_context(_lock(self._settings))
        self._open_sockets()
        checking = Aside.start(self._check_files)
        try:
            if self._postgres is not None:
                self._is_last_user = self._stack.enter_context(_shared_use(self._settings))
                self._postgres.start()
        finally:
            if status := checking.wait():
                raise StartFailedError(status)
        make_anew(self._settings.metrics_dir)

    def lookup_port(self) -> int | None:
        """Return the port on which look-ups have a process of their own, if they have one."""
        return self._crew.ports().get(LOOKUPS)

    def run(self) -> None:
        """Bring the schema up to date, then serve until SIGINT or SIGTERM; raises StartFailedError."""
        self._migrate()
        self._crew.start()
        while not self._stopping:
            time.sleep(TICK_SECONDS)
            self._watch()

    def stop(self) -> None:
        """End everything that was started, in order; may be called at any time."""
        if self._reloading is not None:
            self._reloading.close()
        self._crew.stop()
        with self._stack:
            if self._postgres is not None and self._is_last_user():
                self._postgres.stop()

    def _migrate(self) -> None:
        """Bring the schema up to date; look-ups do not wait for an external database that is unavailable."""
        self._migrate_at = time.monotonic() + MIGRATE_AGAIN_SECONDS
        status = Aside.start(self._prepare_database).wait()
        self.is_migrated = status == 0
        if status and (status != DATABASE_UNAVAILABLE or self._postgres is not None):
            raise StartFailedError(status)

    def _watch(self) -> None:
        """See to everything once; where the system has no process, memory or descriptor left, the next tick tries again."""
        is_short = False
        for step in (self._migrate_late, self._keep_database, self._crew.keep_running, self._go_on_reloading):
            try:
                step()
            except OSError as error:
                self._shortage.tell(str(error))
                is_short = True
        if not is_short:
            self._shortage.end()

    def _migrate_late(self) -> None:
        if not self.is_migrated and time.monotonic() > self._migrate_at:
            self._migrate()

    def _keep_database(self) -> None:
        if self._postgres is not None and not self._stopping:
            self._keep_running(self._postgres)

    def _go_on_reloading(self) -> None:
        """Take the next step of a replacement; one that is asked for meanwhile comes after it."""
        if self._reloading is None and self._reload_wanted:
            self._reload_wanted = False
            self._reloading = self._reload()
        if self._reloading is None:
            return
        try:
            next(self._reloading)
        except StopIteration:
            self._reloading = None
        except Exception as error:  # whatever it is, what runs is well and goes on
            self._reloading = None
            log.exception("the new settings are not used; everything goes on as before", reason=str(error))

    def _reload(self) -> Generator[None]:
        """Replace every process by new code with new settings, if those are right."""
        log.info("the settings are read again, and all processes are to be replaced")
        command = [sys.executable, "-m", "service.commands.child", "check"]
        with tempfile.TemporaryFile() as told, subprocess.Popen(command, stdout=told) as checking:  # noqa: S603
            try:
                while (status := checking.poll()) is None:
                    yield
            finally:
                checking.terminate()  # if everything is to end meanwhile
            if status:
                log.error("the new settings are not used; everything goes on as before", status=status)
                return
            told.seek(0)
            document = json.loads(told.read())
        yield from self._crew.replace(Plan.told(document["plan"]), document["environment"])

    def _open_sockets(self) -> None:
        """Open the ports; those of a supervisor that was killed become free when its processes have noticed."""
        deadline = time.monotonic() + FREE_AGAIN_SECONDS
        while True:
            try:
                self._crew.open_sockets()
            except CannotListenError as error:
                if time.monotonic() > deadline:
                    raise CannotServeError(
                        f"{error}; set DUNWATCH_PORT or DUNWATCH_LOOKUP_PORT to another"
                    ) from error
                time.sleep(TICK_SECONDS)
            else:
                return

    def _keep_running(self, postgres: EmbeddedPostgres) -> None:
        """Start PostgreSQL again, after pauses that grow; while that fails, look-ups are still served."""
        now = time.monotonic()
        if postgres.pid() is not None:
            postgres.bound_log()
            if now > self._postgres_at + HEALTHY_SECONDS:
                self._postgres_pause = FIRST_RESTART_SECONDS
            return
        if now < self._postgres_at:
            return
        log.error("PostgreSQL died and is restarted")
        try:
            postgres.start()
        except (PostgresError, DirectoryError, OSError) as error:
            log.error("PostgreSQL could not be started", reason=str(error), seconds=self._postgres_pause)
        self._postgres_at = time.monotonic() + self._postgres_pause
        self._postgres_pause = min(self._postgres_pause * 2, LONGEST_DATABASE_PAUSE_SECONDS)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _ask_to_reload(self, _number: int, _frame: FrameType | None) -> None:
        if self._had_terminal and not os.isatty(0):  # its window was closed: nobody wants it any more
            self._stopping = True
        self._reload_wanted = True


def make_data_dir(settings: Settings) -> None:
    """Create the data directory for its owner alone; an existing one keeps its mode.

    When run as root, the embedded server's unprivileged user must be able to pass through it, not to list it.
    """
    with told_in_one_line(settings.data_dir):
        place = settings.data_dir.resolve()  # where an operator keeps it elsewhere, by a link
    make_private(place, mode=0o711 if os.geteuid() == 0 else 0o700)


def _lock(settings: Settings) -> IO[bytes]:
    """Hold the data directory for as long as the returned file is open."""
    make_data_dir(settings)
    with told_in_one_line(settings.data_dir):
        lock = (settings.data_dir / "serve.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CannotServeError(f"another dunwatch serves {settings.data_dir.absolute()}") from error
    return lock


@contextlib.contextmanager
def running_database(settings: Settings, *, migrates: bool = True) -> Iterator[str]:
    """Yield the URL of a migrated database, or of one as it is; the last user of an embedded server stops it."""
    from service.database import migrate  # noqa: PLC0415  the supervisor, which needs it aside only, stays small

    if settings.database_url is not None:
        if migrates:
            migrate(settings.database_url)
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.postgres_dir)
    with _shared_use(settings) as is_last:
        server.start()
        try:
            if migrates:
                migrate(server.url())
            yield server.url()
        finally:
            if is_last():
                server.stop()


@contextlib.contextmanager
def _shared_use(settings: Settings) -> Iterator[Callable[[], bool]]:
    """Count users of the embedded server by a shared lock; yield a function that tells whether one is the last."""
    make_data_dir(settings)
    with told_in_one_line(settings.data_dir):
        lock = (settings.data_dir / "database.lock").open("ab")
    with lock:
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
    make_private(settings.metrics_dir)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.metrics_dir.absolute())
