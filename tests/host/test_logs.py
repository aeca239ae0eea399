"""A log that cannot be written fails nothing: on a full disk, without a reader, or when it is closed."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOGGING = """
import sys, structlog
from service.host.logs import configure_logs
configure_logs(sys.argv[1])
log = structlog.get_logger()
for _ in range(1000):
    log.warning("said", filler="x" * 100)
try:
    raise ValueError("a reason")
except ValueError:
    log.exception("failed")
if sys.argv[2] == "closed":
    sys.stderr.close()
    log.warning("said")
print("done")
"""


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("stream", ["full", "closed", "unread"])
def test_a_log_that_cannot_be_written_fails_nothing(form: str, stream: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with Path("/dev/full" if stream == "full" else os.devnull).open("wb") as file:
        target: io.BufferedWriter | int = writing if stream == "unread" else file
        ended = subprocess.run(
            [sys.executable, "-c", LOGGING, form, stream], stdout=subprocess.PIPE, stderr=target, check=False
        )
    os.close(writing)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
