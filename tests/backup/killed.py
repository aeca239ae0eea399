"""A command that is killed at its n-th step that a disk would notice: a file or directory synchronised, or renamed."""

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

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            if next(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return step

    os.fsync = counted(os.fsync)
    Path.rename = counted(Path.rename)  # type: ignore[method-assign]
    sys.argv = ["dunwatch", *shlex.split(os.environ["TEST_COMMAND"])]
    dunwatch()
