"""A process of its own for one kind of work, with bounds of its own: for work that needs far more memory than other pieces.

It starts with the first piece, keeps what it has loaded for the next, ends when nothing came for a while, and is killed with
a piece that takes longer than its time or more memory than there is. Bytes go in and bytes come out: nothing that it answers
is run here. It can write no file, and leaves no image of its memory behind.
"""

import asyncio
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final, cast

from anyio import BrokenWorkerProcess

from service.host.parent import end_with_parent
from service.host.priority import NICENESS

_LENGTH_BYTES: Final = 4
MOST_ANSWER: Final = 4 * 1024 * 1024


class Alone:
    """The process, while there is one. Its pieces come one at a time: `Beside.in_turn` sees to that."""

    def __init__(self, work: str, *, most_bytes: int, idle_seconds: float = 60.0) -> None:
        """`work` names a function from bytes to bytes, as `module:function`; `most_bytes` are those of address space."""
        self._work = work
        self._most_bytes = most_bytes
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, None while there is none."""
        return self._process.pid if self._process else None

    async def do(self, asked: bytes) -> bytes:
        """Return what the function returns; raise BrokenWorkerProcess if the process ended over it. Cancelling ends it."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            process = await self._running()
            answer = await _exchange(process, asked)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            raise BrokenWorkerProcess from None
        except BaseException:
            await self.close()
            raise
        self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._end)
        return answer

    async def close(self) -> None:
        """End the process, if there is one."""
        process = self._process
        self._end()
        if process is not None:
            await asyncio.shield(process.wait())

    def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", __name__, self._work, str(self._most_bytes), str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what it would say may be about what people sent
            )
        return self._process


async def _exchange(process: asyncio.subprocess.Process, asked: bytes) -> bytes:
    into, out = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
    into.write(len(asked).to_bytes(_LENGTH_BYTES))
    into.write(asked)
    await into.drain()
    size = int.from_bytes(await out.readexactly(_LENGTH_BYTES))
    if size > MOST_ANSWER:
        raise asyncio.IncompleteReadError(b"", size)
    return await out.readexactly(size)


def main(work: str, most_bytes: str, parent: str) -> None:
    """Serve pieces until nobody sends any: what the work needs is imported within the bounds too."""
    end_with_parent(int(parent))
    resource.setrlimit(resource.RLIMIT_AS, (int(most_bytes), int(most_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write fails instead
    os.nice(NICENESS)
    with os.fdopen(os.dup(0), "rb") as into, os.fdopen(os.dup(1), "wb") as out:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)  # a library that prints must not write into an answer
        module, _, name = work.partition(":")
        _serve(getattr(importlib.import_module(module), name), into, out)


def _serve(function: Callable[[bytes], bytes], into: BinaryIO, out: BinaryIO) -> None:
    while head := into.read(_LENGTH_BYTES):
        answer = function(into.read(int.from_bytes(head)))
        out.write(len(answer).to_bytes(_LENGTH_BYTES))
        out.write(answer)
        out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
