"""No process of the service outlives the one that started it."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
#: The variable in which a supervisor tells its processes who it is.
SUPERVISOR = "DUNWATCH_SUPERVISOR_PID"


def end_with_parent(parent: int | None = None) -> None:
    """Have Linux end this process when its parent dies, for whatever reason.

    Who knows the parent's process id gives it: the parent may be dead already, of which Linux no longer tells.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
