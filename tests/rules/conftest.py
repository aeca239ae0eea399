"""A catalogue of a test's own: the shipped one, with what the test changes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.rules.catalogue import FILES, SHIPPED, Catalogue, load_catalogue

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    """The shipped catalogue."""
    return load_catalogue(None)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A directory with a copy of the shipped catalogue."""
    directory = tmp_path / "catalogue"
    shutil.copytree(SHIPPED, directory)
    return directory


@pytest.fixture
def change(own: Path) -> Callable[[str, Change], Path]:
    """Change a file of that copy; gives its directory."""

    def work(name: str, how: Change) -> Path:
        assert name in FILES
        path = own / f"{name}.yaml"
        content = yaml.safe_load(path.read_text("utf-8"))
        how(content)
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
        return own

    return work
