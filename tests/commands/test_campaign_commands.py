"""`dunwatch evaluate campaigns` and `dunwatch campaigns`: results on standard output, words on standard error."""

import json
import os
import subprocess
import sys

from service.settings import Settings

COMMAND = [sys.executable, "-m", "service.cli"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def test_campaigns_of_simulated_crowds_are_measured_the_same_twice() -> None:
    first = run("evaluate", "campaigns", "--seeds", "1", "--json")
    assert first.returncode == 0, first.stderr
    variants = {one["variant"]: one for one in json.loads(first.stdout)["variants"]}
    plain, withheld = variants["as simulated"], variants["blocks withheld"]
    assert plain["precision"] > 0.99
    assert plain["recall"] > 0.9
    assert withheld["recall"] < plain["recall"], "without blocks there is less to go by"
    told = run("evaluate", "campaigns", "--seeds", "1")
    assert f"| as simulated | {plain['precision']:.4f} | {plain['recall']:.4f} |" in told.stdout
    assert told.stdout.count("\n") == len(variants) + 2


def test_campaigns_are_looked_for_by_hand(settings: Settings) -> None:
    told = run(
        "campaigns",
        DUNWATCH_DATABASE_URL=str(settings.database_url),
        DUNWATCH_DATA_DIR=str(settings.data_dir),
    )
    assert told.returncode == 0, told.stderr
    assert "0 campaigns with 0 of 0 listed numbers" in told.stderr
