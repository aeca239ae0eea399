"""A command that is killed at its n-th step: a file or directory synchronised or renamed, or a program started."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from service.cli import main as dunwatch


def main() -> None:
    """Run the command line of the environment, and die at the step that it names."""
    steps, last = count(1), int(os.environ["TEST_KILLED_AT"])
    by = signal.Signals[os.environ["TEST_KILLED_BY"]]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            if next(steps) == last:
                os.kill(os.getpid(), by)
            return function(*arguments, **named)

        return step

    if not os.environ.get("TEST_COUNTS_PROGRAMS_ALONE"):
        os.fsync = counted(os.fsync)
        Path.rename = counted(Path.rename)  # type: ignore[method-assign]
    asyncio.create_subprocess_exec = counted(asyncio.create_subprocess_exec)
    sys.argv = ["dunwatch", *shlex.split(os.environ["TEST_COMMAND"])]
    dunwatch()
