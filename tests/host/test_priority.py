"""What nobody waits for lets others go first."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.host.priority import AUTOGROUP, NICENESS

GIVES_WAY = """
import os, sys
from pathlib import Path
from service.host.priority import give_way
give_way(Path(sys.argv[1]))
print(os.nice(0), Path("/proc/self/autogroup").read_text() if Path("/proc/self/autogroup").exists() else "")
"""


def told_by(autogroup: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", GIVES_WAY, str(autogroup)],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    return done.stdout


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this Linux does not schedule sessions as groups")
def test_a_process_gives_way_with_its_whole_session() -> None:
    niceness, _, group = told_by(AUTOGROUP).partition(" ")
    assert int(niceness) >= NICENESS
    assert group.strip().endswith(f"nice {NICENESS}")


def test_where_sessions_are_no_groups_it_gives_way_alone(tmp_path: Path) -> None:
    assert int(told_by(tmp_path / "missing" / "autogroup").split()[0]) >= NICENESS
