"""The HTTP server of a process: granian, on a socket that was opened before, with every bound that it has.

The application is made before its workers are forked: they share its memory, and a worker that dies is replaced in the time
that a fork takes. What granian offers and lacks is in docs/adr/0026-a-listener-that-outlives-its-workers.md.
"""

import contextlib
import gc
import mmap
import multiprocessing
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from service.host.listener import BACKLOG
from service.host.parent import end_with_parent

SPARE_FILES: Final = 1024  # descriptors for everything that is not a connection
YOUNG_SECONDS: Final = 5.0
ASKED_AGAIN_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 2.0
KILL_SECONDS: Final = (
    8  # a worker that still has connections then is killed: before its supervisor loses patience
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the connections of one worker may take: how many there are, their idle time and their unread headers."""

    connections: int
    idle_milliseconds: int
    header_bytes: int


#: Bodies, downloads and clients that pause; the deadline of a body is the application's own.
API_BOUNDS: Final = Bounds(connections=3072, idle_milliseconds=30_000, header_bytes=32 * 1024)
#: Only requests without a body; a telephone's gateway may keep its connection between two calls.
LOOKUP_BOUNDS: Final = Bounds(connections=4096, idle_milliseconds=15_000, header_bytes=16 * 1024)


@dataclass(frozen=True, slots=True)
class Handed:
    """Descriptors that a supervisor hands to a process: its socket, what ends with the supervisor, where to say ready."""

    listener: int
    lifeline: int
    ready: int


class Started:
    """Whether any worker of this process has come so far as to accept; they and the process share the byte that says so."""

    def __init__(self, handed: Handed | None) -> None:
        self.handed = handed
        self._shared = mmap.mmap(-1, 1)

    def note(self) -> None:
        """Note it, in a worker that is about to accept, and tell the supervisor."""
        self._shared[0] = 1
        if self.handed is not None:
            with contextlib.suppress(OSError):  # it has heard it of another worker, and no longer listens
                os.write(self.handed.ready, b".")

    def __bool__(self) -> bool:
        return bool(self._shared[0])

    def has_lost_supervisor(self) -> bool:
        """Return whether the supervisor is gone, who alone holds the other end of the lifeline."""
        if self.handed is None:
            return False
        lifeline = select.poll()
        lifeline.register(self.handed.lifeline)
        return bool(lifeline.poll(0))


def serve(app: Any, listener: socket.socket, bounds: Bounds, *, workers: int, started: Started) -> None:
    """Serve an ASGI application until SIGTERM; raises SystemExit when its first worker cannot start.

    The application calls `started.note` in each worker.
    """
    multiprocessing.set_start_method("fork", force=True)  # the workers inherit application and socket
    bounds = _within_open_files(bounds)
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be searched for garbage, nor be copied after a fork
    parent = os.getpid()
    _Server(listener, bounds, workers=workers, started=started).serve(
        target_loader=lambda: _begin_worker(app, started.handed, parent), wrap_loader=False
    )


def _within_open_files(bounds: Bounds) -> Bounds:
    """Raise the limit of open files as far as it is needed and goes, and return bounds that it can hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.connections + SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return bounds
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    most = max(allowed - SPARE_FILES, allowed // 2)
    return Bounds(min(bounds.connections, most), bounds.idle_milliseconds, bounds.header_bytes)


def _begin_worker(app: Any, handed: Handed | None, parent: int) -> Any:
    """Bind a worker's life to the supervisor's, not to that of the process that forked it; return the application."""
    if handed is None:
        end_with_parent(parent)
    else:
        threading.Thread(target=_end_with_supervisor, args=(handed.lifeline,), daemon=True).start()
    return app


def _end_with_supervisor(lifeline: int) -> None:
    while os.read(lifeline, 1):  # blocks until the last writer, the supervisor, is gone
        pass
    while True:  # a worker that has just been forked drops a signal until granian has its handlers there
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ASKED_AGAIN_SECONDS)


class _Server(MPServer):
    """Granian on a given socket; a worker that dies is replaced at once, and after growing pauses if it dies young."""

    def __init__(self, listener: socket.socket, bounds: Bounds, *, workers: int, started: Started) -> None:
        super().__init__(
            "dunwatch",
            interface=Interfaces.ASGI,
            workers=workers,
            loop=Loops.uvloop,
            http=HTTPModes.http1,  # HTTP/2 in clear text has no bound on connections that only answer pings
            websockets=False,
            backlog=BACKLOG,
            backpressure=bounds.connections,
            http1_settings=HTTP1Settings(
                header_read_timeout=bounds.idle_milliseconds, max_buffer_size=bounds.header_bytes
            ),
            respawn_failed_workers=True,
            workers_kill_timeout=KILL_SECONDS,
            log_level=LogLevels.warning,
        )
        self._listener = listener
        self._started = started
        self._pause = 0.0

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # its stub has no arguments
        self._shd: Any = holder(self._listener.fileno(), False, BACKLOG)
        self._sso = self._listener

    def _respawn_workers(self, workers: Any, spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        if (
            self._started.has_lost_supervisor()
        ):  # as its workers have; a new one would only keep the port from the next
            return
        if not self._started:  # what hinders the first hinders the next: whoever started this one decides
            self._stop_workers()  # type: ignore[no-untyped-call]
            sys.exit(1)
        now = time.monotonic()
        if any(now - self.wrks[index].birth < YOUNG_SECONDS for index in workers):
            time.sleep(self._pause)
            self._pause = min(max(0.1, self._pause * 2), LONGEST_PAUSE_SECONDS)
        else:
            self._pause = 0.0
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()  # or granian would end, and with it the workers that are well


def listener_of(handed: Handed | None, open_own: Callable[[], socket.socket]) -> socket.socket:
    """Return the socket that was handed over, or the process's own."""
    return open_own() if handed is None else socket.socket(fileno=handed.listener)
