"""Ports for the servers that benchmarks and tests start."""

import itertools
import os
import socket
from collections.abc import Iterator
from typing import Final

#: Below the ports that Linux gives to outgoing connections (32,768 to 60,999): one of these may be taken in the moment
#: between the look and the start of the server.
FIRST, LAST = 12_000, 32_000
STEP: Final = 2


def _places() -> Iterator[int]:
    """Every second port in a circle; each process begins somewhere else, so that they do not meet."""
    count = (LAST - FIRST) // STEP
    begin = os.getpid() * 997 % count
    return (FIRST + STEP * ((begin + place) % count) for place in itertools.count())


_candidates = _places()


def free_port() -> int:
    """Return a port that nobody listens on, nor on the one after it; each is given out once in a long while."""
    return next(port for port in _candidates if _is_free(port) and _is_free(port + 1))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
