"""The wheel has everything inside: it serves from an empty directory, far from any checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from benchmarks.ports import free_port
from tests.places import ROOT

DEADLINE_SECONDS = 60
PACKAGES = ("service", "ml", "migrations")
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of this checkout, in which no earlier build has left anything."""
    copy, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=copy, check=True, capture_output=True, timeout=120
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_its_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == expected


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """Python of a fresh environment with the wheel, beside the libraries of the environment that runs the tests."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    (packages,) = environment.glob("lib/python*/site-packages")
    # a path, whose own .pth files are not followed: the checkout itself is not among these libraries
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture
def empty_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach, also when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def wait_for(condition: Callable[[], Any]) -> Any:
    """What `condition` gives once it is true; fails when that does not come in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (outcome := condition()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.1)
    return outcome


def get(url: str, key: str | None = None) -> Any:
    """The JSON that an address answers; None while it does not."""
    request = Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310  always http://127.0.0.1
    with suppress(HTTPError, URLError, OSError), urlopen(request, timeout=5) as answer:  # noqa: S310  always http://127.0.0.1
        return json.load(answer)
    return None


def test_it_serves_from_an_empty_directory(installed: Path, empty_directory: Path) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    environment = {"PATH": os.environ["PATH"], "DUNWATCH_PORT": base.rpartition(":")[2]}
    where = [str(installed), "-c", "import service; print(service.__file__)"]
    found = subprocess.run(
        where, cwd=empty_directory, env=environment, check=True, capture_output=True, text=True
    )
    assert Path(found.stdout).is_relative_to(installed.parent.parent)
    log = empty_directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(installed.parent / "dunwatch"), "serve"],
            cwd=empty_directory,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: process.poll() is not None or get(f"{base}/readyz"))
        assert process.poll() is None, log.read_text()
        key = re.search(r"dw_key_\S+", log.read_text())
        assert key is not None, log.read_text()
        known = wait_for(lambda: get(f"{base}/v1/numbers/19790001234", key[0]))
        assert (known["number"], known["verdict"]) == ("+8619790001234", "unknown")
        assert get(f"{base}/readyz")["model"].startswith("simulation-")
        assert get(f"{base}/v1/channels")["channels"]
        assert get(f"{base}/v1/privacy")
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) == 0, log.read_text()
        assert "Traceback" not in log.read_text()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(DEADLINE_SECONDS)
