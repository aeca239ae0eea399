"""Work that a long-lived process needs done once: a forked process does it, and its memory ends with it."""

import os
import sys
from collections.abc import Callable
from typing import Self


class Aside:
    """A function that runs in a process of its own, beside this one; to be started before any thread is."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    @classmethod
    def start(cls, work: Callable[[], int]) -> Self:
        """Begin; what `work` returns is the exit status, 1 when it raises."""
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return cls(pid)
        status = 1
        try:
            status = work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # nothing of what the parent holds is closed or stopped here

    def wait(self) -> int:
        """Return the exit status once the work is done; negative when a signal ended it."""
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
