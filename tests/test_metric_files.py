"""Metrics cannot end a process; those of ended processes stay counted, in a bounded number of files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.metric_files import FOLDED, FOLDING, fold_ended, read_values
from service.metric_values import ValueFile
from service.metrics import exposition

KEY = '["m", "m_total", {"code": "x"}, "Counts."]'
GAUGE = '["g", "g", {}, "Shows."]'
BUCKET = '["h", "h_bucket", {"le": "1.0"}, "Measures."]'

#: Counts in a process of its own, through the library, under a limit or with damage done to its files.
COUNTING = """
import os, resource, signal, sys
from pathlib import Path
from prometheus_client import CollectorRegistry
from service.metrics import Metrics, exposition
directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if sys.argv[1] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
metrics = Metrics(CollectorRegistry())
for n in range(2000):
    metrics.refusals.labels(f"code{n}").inc()
    metrics.request_seconds.labels("/v1", n).observe(0.1)
    metrics.waiting_numbers.set(n)
    if n == 1000:
        for file in directory.glob("*.db"):
            if sys.argv[1] == "cut short": os.truncate(file, 0)
            if sys.argv[1] == "removed": file.unlink()
            if sys.argv[1] == "overwritten": file.write_bytes(b"\\xff" * 5000)
        if sys.argv[1] == "directory removed":
            import shutil; shutil.rmtree(directory)
exposition(directory)
print(metrics.refusals.labels("code7")._value.get())
"""


@pytest.mark.parametrize(
    "damage", ["none", "full", "cut short", "removed", "overwritten", "directory removed"]
)
def test_no_damage_to_its_files_ends_a_process(tmp_path: Path, damage: str) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    (tmp_path / "metrics").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", COUNTING, damage], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "1.0\n"), ended.stderr[-2000:]


def test_a_full_tmpfs_neither_ends_a_process_nor_loses_a_count(tmp_path: Path) -> None:
    disk = tmp_path / "metrics"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    try:
        now = [0.0]
        file = ValueFile(disk / "counter_1.db", clock=lambda: now[0])
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(b"x" * 1_000_000)
        for n in range(500):
            file.set(KEY.replace("x", str(n)), n, 0.0)
        assert len(read_values(disk / "counter_1.db")) < 500
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
        now[0] += 10
        file.set(KEY, 7.0, 0.0)
        assert len(read_values(disk / "counter_1.db")) == 501
        assert file.get(KEY.replace("x", "3")).value == 3.0
        file.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_file_is_written_as_soon_as_it_can_be(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "metrics" / "counter_1.db"  # the directory is not there
    file = ValueFile(path, clock=lambda: now[0])
    file.set(KEY, 1.0, 0.0)
    path.parent.mkdir()
    file.set(KEY, 2.0, 0.0)
    assert not path.exists(), "one try a second is enough"
    now[0] += 1.0
    file.set(KEY, 3.0, 0.0)
    assert read_values(path)[KEY].value == 3.0


@pytest.mark.parametrize("damage", ["cut short", "removed"])
def test_a_file_that_was_lost_comes_back_whole(tmp_path: Path, damage: str) -> None:
    now = [0.0]
    path = tmp_path / "counter_1.db"
    file = ValueFile(path, clock=lambda: now[0])
    file.set(KEY, 1.0, 0.0)
    path.unlink() if damage == "removed" else os.truncate(path, 0)
    now[0] += 10.0
    file.set(BUCKET, 2.0, 0.0)
    assert {key: one.value for key, one in read_values(path).items()} == {KEY: 1.0, BUCKET: 2.0}


def test_a_process_with_the_id_of_an_ended_one_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    ValueFile(path).set(KEY, 5.0, 0.0)
    again = ValueFile(path)
    assert again.get(KEY).value == 5.0
    again.declare(KEY)
    assert read_values(path)[KEY].value == 5.0


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_read_or_left_out(content: bytes) -> None:
    path = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"], "garbage.txt")
    path.write_bytes(content)
    assert isinstance(read_values(path), dict)


@given(st.lists(st.tuples(st.text(max_size=30), st.floats(allow_nan=False)), max_size=20))
def test_a_file_gives_back_what_was_set(values: list[tuple[str, float]]) -> None:
    path = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"], "given.txt")
    path.unlink(missing_ok=True)
    file = ValueFile(path)
    wanted = {}
    for name, value in values:
        key = json.dumps(["m", name, {}, "help"])
        file.set(key, value, 1.0)
        wanted[key] = (value, 1.0)
    file.close()
    assert read_values(path) == wanted


def leave(directory: Path, pid: int) -> None:
    """The files of a process that counted a little."""
    ValueFile(directory / f"counter_{pid}.db").set(KEY, 2.0, 0.0)
    histogram = ValueFile(directory / f"histogram_{pid}.db")
    histogram.set(BUCKET, 1.0, 0.0)
    histogram.set('["h", "h_sum", {}, "Measures."]', 0.5, 0.0)
    ValueFile(directory / f"gauge_mostrecent_{pid}.db").set(GAUGE, float(pid), 1000.0 - pid)


def test_fifty_ended_processes_leave_one_file_of_each_kind_and_all_their_counts(tmp_path: Path) -> None:
    leave(tmp_path, 1)  # the living one, whose gauge was set last
    for pid in range(2, 52):
        leave(tmp_path, pid)
        if pid % 10 == 0:
            before = exposition(tmp_path)
            fold_ended(tmp_path, lambda pid: pid == 1)
            assert exposition(tmp_path) == before
    fold_ended(tmp_path, lambda pid: pid == 1)
    assert len(list(tmp_path.iterdir())) == 6
    told = exposition(tmp_path).decode()
    for line in ('m_total{code="x"} 102.0', "g 1.0", 'h_bucket{le="1.0"} 51.0', "h_sum 25.5", "h_count 51.0"):
        assert line in told.splitlines()
    assert fold_ended(tmp_path, lambda pid: pid == 1) == 0


def test_nothing_is_counted_twice_or_lost_by_a_crash_at_any_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [0]

    class Crash(BaseException):
        pass

    def crashing(call: object, at: int) -> object:
        def step(*arguments: object) -> object:
            steps[0] += 1
            if steps[0] == at:
                raise Crash
            return call(*arguments)  # type: ignore[operator]

        return step

    for at in range(1, 30):
        directory = tmp_path / str(at)
        directory.mkdir()
        for pid in (1, 2, 3):
            leave(directory, pid)
            if pid < 3:
                fold_ended(directory, lambda _pid: False)
        before = exposition(directory)
        steps[0] = 0
        with monkeypatch.context() as patched:
            for name in ("rename", "unlink", "write_bytes"):
                patched.setattr(Path, name, crashing(getattr(Path, name), at))
            try:
                fold_ended(directory, lambda _pid: False)
            except Crash:
                pass
            else:
                assert at > 8, "it ended before every step was tried"
                return
        fold_ended(directory, lambda _pid: False)
        assert exposition(directory) == before, f"crashed at step {at}"
        assert not list(directory.glob(f"*{FOLDING}"))
    raise AssertionError("it took more steps than were tried")


def test_a_full_disk_leaves_the_files_of_ended_processes_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(tmp_path, 2)
    before = exposition(tmp_path)

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert fold_ended(tmp_path, lambda _pid: False) == 0
    assert exposition(tmp_path) == before
    assert not (tmp_path / f"counter_{FOLDED}.db").exists()


def test_metrics_of_a_directory_that_is_gone_are_none(tmp_path: Path) -> None:
    assert exposition(tmp_path / "gone") == b"# EOF\n"
    assert fold_ended(tmp_path / "gone", lambda _pid: False) == 0
