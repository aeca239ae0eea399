"""One process of `dunwatch serve`: started as a command of its own, started again when it dies, replaced by another.

A process that accepts connections has workers of its own, which outlive it: they serve until its successor is ready.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import structlog

from service.host.parent import end_with_parent

GRACE_SECONDS: Final = 10.0
FIRST_PAUSE_SECONDS: Final = 0.5  # of the second restart; the first one is at once
LONGEST_RESTART_SECONDS: Final = 5.0
HEALTHY_SECONDS: Final = 10.0

log = structlog.get_logger()


class Run:
    """One start of a command, with everything that it forks: they are a session, and so a group, of their own."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], accepting: "Accepting | None"
    ) -> None:
        """Ctrl-C reaches only the supervisor, which ends all in order. Raises OSError when nothing can be started."""
        self._ready: int | None = None
        self._is_gone = False
        self._kill_at = 0.0
        self._are_workers_asked = False
        if accepting is None:
            self.process = _popen(command, environment, [])
        else:
            self._ready, said = os.pipe()
            os.set_blocking(self._ready, False)
            os.set_blocking(said, False)
            handed = [accepting.listener.fileno(), accepting.lifeline, said]
            try:
                self.process = _popen([*command, "--handed", ",".join(map(str, handed))], environment, handed)
            except BaseException:
                self._close()
                raise
            finally:
                os.close(said)
        self.started_at = time.monotonic()

    def is_ready(self) -> bool:
        """Return whether a worker has said that it accepts."""
        if self._ready is None:
            return True
        with contextlib.suppress(BlockingIOError):
            if os.read(self._ready, 1):
                self._close()
                return True
        return False

    def has_died(self) -> bool:
        """Return whether the command itself has ended; its workers may go on."""
        return self.process.poll() is not None

    def is_gone(self) -> bool:
        """Return whether nothing of it is left; then it holds nothing any more, and its number may be somebody else's."""
        if self._is_gone or not self.has_died():
            return self._is_gone
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            self._is_gone = True
            self._close()
        return self._is_gone

    def end(self) -> None:
        """Ask it to end, once; the command asks its workers, who are asked themselves when it is dead."""
        if self._kill_at or self.is_gone():
            return
        self._kill_at = time.monotonic() + GRACE_SECONDS
        if self.has_died():
            self._ask_workers()
        else:
            self.process.terminate()

    def has_ended(self) -> bool:
        """Return whether it is gone after `end`; what does not end in time is killed."""
        if self.is_gone():
            return True
        if self.has_died():
            self._ask_workers()  # had it no time to ask them
        if time.monotonic() < self._kill_at:
            return False
        log.warning("a process did not stop in time and is killed", process=self.process.args[3:])  # type: ignore[index]
        self.kill()
        return True

    def kill(self) -> None:
        """End it at once, with everything that it forked."""
        if not self.is_gone():
            self._signal(signal.SIGKILL)
            self.process.wait()
        self._close()

    def _ask_workers(self) -> None:
        """Ask them once: they are at it, and a second signal would find them in the middle of it."""
        if not self._are_workers_asked:
            self._are_workers_asked = True
            self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def _close(self) -> None:
        if self._ready is not None:
            os.close(self._ready)
            self._ready = None


def _popen(
    command: Sequence[str], environment: Mapping[str, str], handed: Sequence[int]
) -> subprocess.Popen[bytes]:
    """Start a command that ends with this process, also while it has not come so far as to see to that itself."""
    bind = partial(end_with_parent, os.getpid())
    return subprocess.Popen(  # noqa: S603  our own
        command,
        env=environment,
        start_new_session=True,
        pass_fds=handed,
        preexec_fn=bind,  # noqa: PLW1509  no threads
    )


class Accepting:
    """What a process needs that accepts connections: the socket, and a pipe that only the supervisor holds open."""

    def __init__(self, listener: socket.socket, lifeline: int) -> None:
        self.listener = listener
        self.lifeline = lifeline


class Child:
    """One process of the service that is to run always."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        first_arguments: Sequence[str] = (),
        accepting: Accepting | None = None,
    ) -> None:
        """The first arguments are given only at its first start, right after the supervisor's own checks."""
        self.name = name
        self.accepting = accepting
        self._arguments = arguments
        self._first_arguments = first_arguments
        self._run: Run | None = None
        self._next: Run | None = None
        self._next_accepting: Accepting | None = None
        self._ending: list[Run] = []
        self._is_asked_to_end = False
        self._restart_at = 0.0
        self._pause = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it; if the system has nothing left for one more process, `keep_running` tries again."""
        try:
            self._run = self._start(environment, self.accepting)
        except OSError as error:
            log.error(
                "a process could not be started", process=self.name, reason=str(error), seconds=self._pause
            )
            self._pause_before_restart(time.monotonic())

    def keep_running(self, environment: Mapping[str, str]) -> None:
        """Start it again when it has died: at once, then after pauses that grow."""
        now = time.monotonic()
        self._ending = [run for run in self._ending if not run.is_gone()]
        if self._run is not None and self._is_asked_to_end:
            self._run.has_ended()  # or it is killed in time
        if self._run is not None and self._run.has_died():
            self._note_death(self._run, now)
            self._run = None
        if self._run is None and now >= self._restart_at:
            self.start(environment)
        self._end_previous()

    def restart(self) -> None:
        """Ask it to end; `keep_running` starts it again with new code and settings."""
        if self._run is not None:
            self._is_asked_to_end = True
            self._run.end()

    def start_next(self, accepting: Accepting | None, environment: Mapping[str, str]) -> None:
        """Start its successor beside it; raises OSError."""
        self._next_accepting = accepting
        self._next = self._start(environment, accepting)

    def next_has_died(self) -> bool:
        """Return whether the successor did not come up."""
        return self._next is not None and self._next.has_died()

    def next_is_ready(self) -> bool:
        """Return whether the successor accepts connections."""
        return self._next is not None and self._next.is_ready()

    def take_next(self) -> None:
        """Put the successor in its place; the predecessor finishes what it has begun, and ends."""
        if self._run is not None:
            self._run.end()
            self._ending.append(self._run)
        self._run, self._next = self._next, None
        self.accepting = self._next_accepting

    def drop_next(self) -> None:
        """Kill a successor that did not come up, and keep what runs."""
        if self._next is not None:
            self._next.kill()
            self._next = None

    def ask_to_end(self) -> None:
        """Ask everything of it to end."""
        self._ending += [run for run in (self._run, self._next) if run is not None]
        self._run = self._next = None
        for run in self._ending:
            run.end()

    def has_ended(self) -> bool:
        """Return whether nothing of it is left after `ask_to_end`; what does not end in time is killed."""
        self._ending = [run for run in self._ending if not run.has_ended()]
        return not self._ending

    def _start(self, environment: Mapping[str, str], accepting: Accepting | None) -> Run:
        command = [sys.executable, "-m", "service.commands.child", *self._arguments, *self._first_arguments]
        self._first_arguments = ()
        # Pydantic would read the metadata of every installed package, in every process, to look for plugins.
        return Run(command, {"PYDANTIC_DISABLE_PLUGINS": "__all__", **environment}, accepting)

    def _note_death(self, run: Run, now: float) -> None:
        self._ending.append(run)  # its workers serve on
        if self._is_asked_to_end:
            self._is_asked_to_end, self._restart_at = False, now
            return
        if now - run.started_at > HEALTHY_SECONDS:
            self._pause = 0.0
        log.error(
            "a process died and is restarted",
            process=self.name,
            status=run.process.returncode,
            seconds=self._pause,
        )
        self._pause_before_restart(now)

    def _pause_before_restart(self, now: float) -> None:
        self._restart_at = now + self._pause
        self._pause = min(max(FIRST_PAUSE_SECONDS, self._pause * 2), LONGEST_RESTART_SECONDS)

    def _end_previous(self) -> None:
        """End what is left of earlier runs once the present one has taken over."""
        if self._run is None or not self._run.is_ready():
            return
        for run in self._ending:
            run.end()
        self._ending = [run for run in self._ending if not run.has_ended()]
