"""Compares the lock file with known weaknesses: `make audit`.

First with `advisories.json`, a dated list in the repository, without any network. Then, where the program `pip-audit` is
installed, with what its service knows; a service that does not answer for every package is told, never taken for "none".
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from dependencies.lock import LOCK, Locked, read_lock

ADVISORIES: Final = Path(__file__).with_name("advisories.json")
#: A list older than this tells little.
STALE_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Advisory:
    """A known weakness: which versions of a package have it, and what it is."""

    id: str
    package: str
    affected: str
    summary: str


@dataclass(frozen=True, slots=True)
class AdvisoryList:
    """Advisories that were published before `known_until`, as the list was made on `made_on`."""

    made_on: date
    known_until: date
    advisories: tuple[Advisory, ...]


def read_advisories(text: str) -> AdvisoryList:
    """Return the list in a text."""
    members: dict[str, Any] = json.loads(text)
    return AdvisoryList(
        date.fromisoformat(members["made_on"]),
        date.fromisoformat(members["known_until"]),
        tuple(Advisory(**one) for one in members["advisories"]),
    )


def find_weaknesses(packages: Sequence[Locked], known: AdvisoryList) -> list[tuple[Locked, Advisory]]:
    """Return each pinned package that an advisory is about."""
    return [
        (package, advisory)
        for package in packages
        for advisory in known.advisories
        if advisory.package == package.name
        and SpecifierSet(advisory.affected, prereleases=True).contains(Version(package.version))
    ]


def found_by_service(answer: str) -> tuple[list[str], int]:
    """Return the weaknesses in an answer of pip-audit, and for how many packages it answered: 0 for what is no answer."""
    try:
        dependencies = json.loads(answer)["dependencies"]
        found = [
            f"{one['name']} {one['version']}: {weakness['id']}"
            for one in dependencies
            for weakness in one.get("vulns", ())
        ]
        return found, sum("skip_reason" not in one for one in dependencies)
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], 0


def main() -> int:
    """Print what is known; return 1 if a package has a known weakness, 2 if a service was to be asked and did not answer."""
    packages, known = read_lock(LOCK.read_text("utf-8")), read_advisories(ADVISORIES.read_text("utf-8"))
    weak = [
        f"{package.name} {package.version}: {one.id} {one.summary}"
        for package, one in find_weaknesses(packages, known)
    ]
    _tell_list(len(packages), known)
    asked, answered, is_asked = _found_by_pip_audit()
    weak += asked
    if answered:
        print(f"The service of pip-audit answered for {answered} of {len(packages)} packages.")
    elif is_asked:
        print("The service of pip-audit answered for no package: nobody was asked.")
    else:
        print("pip-audit is not installed: nobody was asked.")
    if weak:
        print("\n".join(weak))
        return 1
    if answered < len(packages):
        print(f"No weakness is in the list; of {len(packages) - answered} packages nobody else was asked.")
        return 2 if is_asked and not answered else 0
    print("No known weakness.")
    return 0


def _tell_list(packages: int, known: AdvisoryList) -> None:
    age = (datetime.now(UTC).date() - known.known_until).days
    print(
        f"{packages} packages, {len(known.advisories)} advisories, made on {known.made_on}; "
        f"the list is written by hand, not complete, and ends on {known.known_until}."
    )
    if age > STALE_DAYS:
        print(
            f"That is {age} days ago: ask a service as well (pip install pip-audit), or bring the list up to date."
        )


def _found_by_pip_audit() -> tuple[list[str], int, bool]:
    """Return what `found_by_service` does, and whether there was a program to ask with."""
    if (program := shutil.which("pip-audit")) is None:
        return [], 0, False
    return *found_by_service(_ask(program)), True


def _ask(program: str) -> str:
    command = [
        program,
        "-r",
        str(LOCK),
        "--require-hashes",
        "--disable-pip",
        "-f",
        "json",
        "--progress-spinner",
        "off",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  found on the path
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
