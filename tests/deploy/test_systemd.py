"""The shipped unit: systemd accepts it, and it confines the service."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.settings import Settings
from tests.places import ROOT

UNIT = ROOT / "deploy/systemd/dunwatch.service"
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 20  # of 100, as systemd-analyze counts


def _service() -> dict[str, list[str]]:
    """Every value of the section Service, by name; names may be repeated."""
    text = UNIT.read_text().partition("[Service]")[2].partition("[Install]")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_the_unit_has_its_sections_and_names_settings_that_exist() -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(UNIT.read_text())
    assert parser.sections() == ["Unit", "Service", "Install"]
    names = [value.split("=")[0] for value in _service()["Environment"]]
    assert {name.removeprefix("DUNWATCH_").lower() for name in names} <= set(Settings.model_fields)


def test_the_unit_restarts_reloads_and_confines() -> None:
    service = _service()
    assert service["Restart"] == ["always"]
    assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert service["KillMode"] == ["mixed"]
    assert service["OOMPolicy"] == ["continue"]
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID"):
        assert service[name] == ["yes"], name
    assert service["ProtectSystem"] == ["strict"]
    assert service["ReadWritePaths"] == [f"/var/lib/{service['StateDirectory'][0]}"]
    assert {"MemoryMax", "LimitNOFILE", "TasksMax"} <= set(service)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit_and_rates_it_as_confined(tmp_path: Path) -> None:
    assert ANALYZE is not None
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/dunwatch/.venv/bin/dunwatch", "/bin/true"))
    verified = subprocess.run([ANALYZE, "verify", unit], check=False, capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        [ANALYZE, "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager", unit],
        check=False,
        capture_output=True,
        text=True,
    )
    assert rated.returncode == 0, rated.stdout[-2000:]
