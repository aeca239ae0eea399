"""No process outlives the one that started it, also where that ends before the process could ask to be told."""

import os
import signal
import subprocess
import sys

import pytest

from tests.waiting import DEADLINE_SECONDS

ASKS = "import sys; from service.host.parent import end_with_parent; end_with_parent(int(sys.argv[1])); print('on')"
#: A worker whose handler is not there yet when its supervisor ends.
WORKER = """
import os, signal, time
from service.host import http_server
http_server.ASKED_AGAIN_SECONDS = 0.01
signal.signal(signal.SIGTERM, lambda *_: signal.signal(signal.SIGTERM, signal.SIG_DFL))
lifeline, held = os.pipe()
os.close(held)
http_server._begin_worker(None, http_server.Handed(-1, lifeline, -1), os.getppid())
time.sleep(60)
"""


@pytest.mark.parametrize(("is_there", "status"), [(True, 0), (False, 1)])
def test_a_process_whose_parent_is_gone_already_ends(is_there: bool, status: int) -> None:
    parent = os.getpid() if is_there else os.getppid()
    ended = subprocess.run([sys.executable, "-c", ASKS, str(parent)], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (status, b"on\n" if is_there else b"")


def test_a_worker_is_asked_to_end_until_it_does() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WORKER], capture_output=True, timeout=DEADLINE_SECONDS, check=False
    )
    assert ended.returncode == -signal.SIGTERM, ended.stderr
