"""What is in the repository: no machine's paths, no registry's address, files that can be read in one go."""

import re
import subprocess
from pathlib import Path

import pytest

from service.edge.problems import CATALOGUE
from service.settings import Settings
from tests.places import ROOT

LONGEST_FILE = 450
#: Spelt in parts, so that this file does not break its own rule.
MACHINE_PATHS = re.compile("|".join(["/wo" + "rk/", "/ho" + "me/[a-z]", "/ro" + "ot/", "/Use" + "rs/"]))
REGISTRIES = re.compile(
    "|".join(["py" + r"pi\.", "pythonho" + r"sted\.org", "index" + "-url", "extra" + "-index"])
)


def tracked() -> list[Path]:
    """Every file that git keeps or would keep."""
    try:
        output = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in output.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def texts() -> dict[str, str]:
    """Their content, where it is text."""
    found = {}
    for path in tracked():
        try:
            found[str(path.relative_to(ROOT))] = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
    assert len(found) > 100
    return found


def test_no_file_knows_a_machines_paths() -> None:
    offenders = [name for name, text in texts().items() if MACHINE_PATHS.search(text)]
    assert offenders == []


def test_no_file_names_a_package_registry() -> None:
    allowed = {"Makefile"}  # keeps index addresses out of the lock files by the name of that option
    offenders = [name for name, text in texts().items() if REGISTRIES.search(text) and name not in allowed]
    assert offenders == []


def test_the_lock_files_pin_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-screens.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert entries
        for entry in entries:
            assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry
            assert entry.endswith("\\"), f"{entry} has no hash"


def test_python_files_can_be_read_in_one_go() -> None:
    long = {
        name: text.count("\n")
        for name, text in texts().items()
        if name.endswith(".py") and text.count("\n") > LONGEST_FILE
    }
    assert long == {}


def test_no_file_is_named_after_nothing() -> None:
    nothing = {"utils", "helpers", "common", "core", "manager", "constants", "misc"}
    assert [path for path in tracked() if path.stem in nothing] == []


def test_every_problem_has_two_languages_and_its_own_code() -> None:
    codes = [problem.code for problem in CATALOGUE]
    assert len(codes) == len(set(codes)) > 15
    for problem in CATALOGUE:
        assert not problem.zh.isascii()
        assert problem.en.isascii()
        braces = re.compile(r"\{(\w+)\}")
        spoken = {name.removesuffix("_zh") for name in braces.findall(problem.zh)}
        assert spoken == {name.removesuffix("_en") for name in braces.findall(problem.en)}


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
