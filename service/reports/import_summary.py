"""What of a file was refused: which faults, how often, and the first line of each."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from service.reports.feed_lines import Rejected


@dataclass(slots=True)
class Reason:
    """One fault: how many lines have it, and the first of them with its reason in words."""

    first: Rejected
    lines: int = 0


class Summary:
    """Gathers rejected lines by their fault."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Reason] = {}

    def add(self, rejected: Rejected) -> None:
        """Count a rejected line; the first of each fault is kept."""
        self._by_kind.setdefault(rejected.kind, Reason(rejected)).lines += 1

    def reasons(self) -> list[Reason]:
        """Return the faults, the most frequent first."""
        return sorted(self._by_kind.values(), key=lambda reason: (-reason.lines, reason.first.line))


def reasons_in(path: Path) -> list[Reason]:
    """Return the faults in a file of rejected lines; none if there is no such file."""
    summary = Summary()
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                entry = orjson.loads(line)
                kind = entry.get("kind", entry["reason"])  # files of earlier releases have no kinds
                summary.add(Rejected(entry["line"], entry["text"], entry["reason"], kind))
    return summary.reasons()
