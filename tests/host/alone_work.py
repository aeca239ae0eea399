"""What a process of its own does for the tests; it imports little, so that it starts quickly."""

import os
import resource
import time
from pathlib import Path


def work(asked: bytes) -> bytes:
    """Do what is asked for."""
    match asked.split(b" "):
        case [b"sleep"]:
            time.sleep(600)
        case [b"take", amount]:
            return str(len(bytearray(int(amount)))).encode()
        case [b"write", path]:
            try:
                Path(path.decode()).write_bytes(b"x")
            except OSError as error:
                return type(error).__name__.encode()
            return b"written"
        case [b"fail"]:
            raise ZeroDivisionError
        case [b"print"]:
            print("into nothing")  # noqa: T201
        case [b"bounds"]:
            return repr((resource.getrlimit(resource.RLIMIT_CORE), os.nice(0))).encode()
    return str(os.getpid()).encode()
