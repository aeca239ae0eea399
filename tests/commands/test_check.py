"""What a check of new settings tells the supervisor is what it has checked."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import DEADLINE_SECONDS

#: Runs the check; somebody changes the file of settings as soon as it was read.
CHANGING = """
from pathlib import Path
import service.settings_file as reading
read, times = reading._read, []
def change(path):
    times.append(path)
    told = read(path)
    Path(path).write_text(f"DUNWATCH_SCORERS={len(times) + 6}\\n")
    return told
reading._read = change
from service.commands import serving
serving.check()
"""


def test_a_file_that_changes_meanwhile_is_checked_and_told_as_it_was_read(
    tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("DUNWATCH_SCORERS=2\nDUNWATCH_PORT=8100\nDUNWATCH_WORKERS=2\n")
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    environment |= {
        "DUNWATCH_SETTINGS_FILE": str(file),
        "DUNWATCH_DATA_DIR": str(tmp_path / "data"),
        "DUNWATCH_DATABASE_URL": database_url,
        "dunwatch_port": "8200",
    }
    told = subprocess.run(
        [sys.executable, "-c", CHANGING],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        timeout=DEADLINE_SECONDS,
    )
    document = json.loads(told.stdout)
    assert (document["plan"]["scorers"], document["plan"]["port"]) == (2, 8200)
    assert document["environment"]["DUNWATCH_SCORERS"] == "2"
    assert file.read_text() == "DUNWATCH_SCORERS=7\n", "it was read once"
