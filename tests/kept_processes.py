"""Processes beside the event loop, kept for all tests of a test process.

The service keeps one as long as its loop runs. Each test has a loop of its own, and to start a process that can print
takes longer than to print with it. The work that is sent, its bounds and its end are those of the service; the processes
that the service itself starts are in `tests/host/test_beside.py` and in the journeys with a server.

`python -m tests.kept_processes` reads pickled work from standard input, and answers each with whether it returned, and what.
"""

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Self

from anyio import BrokenWorkerProcess

from tests.places import ROOT


class KeptProcesses:
    """What the tests have in place of `anyio.to_process`; there are as many as work at once."""

    def __init__(self) -> None:
        self._idle: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._idle:
            _end(process)

    async def run_sync(self, work: Callable[..., Any], *arguments: Any, cancellable: bool) -> Any:
        """Return what the work returns, or raise what it raises; it is killed where the wait for it is cancelled."""
        assert cancellable
        process = self._taken()
        try:
            returned, outcome = await asyncio.to_thread(_ask, process, (work, arguments))
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            _end(process)
            raise BrokenWorkerProcess from error
        except BaseException:
            _end(process)
            raise
        self._idle.append(process)
        if not returned:
            raise outcome
        return outcome

    def _taken(self) -> subprocess.Popen[bytes]:
        while self._idle:
            process = self._idle.pop()
            if process.poll() is None:
                return process
            _end(process)
        command = [sys.executable, "-m", "tests.kept_processes"]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _ask(process: subprocess.Popen[bytes], order: object) -> tuple[bool, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(order, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
    process.stdin.flush()
    answer: tuple[bool, Any] = pickle.load(process.stdout)  # noqa: S301  it comes from the process that was started here
    return answer


def _done(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, work(*arguments)
    except BaseException as error:
        return False, error


def main() -> None:
    """Do what is sent, one piece after the other, until nothing is sent any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints is no answer
    while True:
        try:
            work, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  it comes from the tests
        except EOFError:
            return
        answers.write(pickle.dumps(_done(work, arguments), protocol=pickle.HIGHEST_PROTOCOL))
        answers.flush()


if __name__ == "__main__":
    main()
