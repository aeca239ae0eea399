"""Reads the lock file: every package that an installation may get, pinned, with the digests of its files."""

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements.lock"
_PIN = re.compile(
    r"(?P<name>[a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>.*?))?\s*\\?$"
)
_HASH = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})(?: \\)?$")


class LockError(ValueError):
    """A line of a lock file that is neither a pin nor a digest."""


class Locked(NamedTuple):
    """A pinned package; `marker` says where it is installed, if not everywhere."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Return the package URL: `pkg:pypi/scikit-learn@1.9.1`."""
        name = re.sub(r"[-_.]+", "-", self.name).lower()
        return f"pkg:pypi/{name}@{self.version.replace('+', '%2B')}"


def read_lock(text: str) -> list[Locked]:
    """Return what a lock file pins, in its order; raises LockError for a line that it does not know."""
    found: list[Locked] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if pin := _PIN.fullmatch(line):
            found.append(Locked(pin["name"], pin["version"], pin["marker"] or "", ()))
        elif found and (digest := _HASH.fullmatch(line)):
            found[-1] = found[-1]._replace(sha256=(*found[-1].sha256, digest[1]))
        else:
            raise LockError(line)
    return found
