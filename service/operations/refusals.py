"""How many requests this host refused today: its metrics only ever grow, so upkeep notes them as each day begins."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry

from service.days import CHINA
from service.metric_files import FilesCollector

NOTE: Final = "refused.json"  # beside the files of metrics, with which it is lost
_METRIC: Final = "dunwatch_refusals"


class RefusedToday(NamedTuple):
    """Requests refused, by problem, the most frequent first, since a moment; None: since the metrics began."""

    counts: list[tuple[str, int]]
    since: datetime | None


def note_day(directory: Path, now: datetime) -> None:
    """Note what was refused before today, unless that is noted already."""
    today = now.astimezone(CHINA).date()
    noted = _read(directory)
    if noted is not None and noted["day"] == today.isoformat():
        return
    content = {"day": today.isoformat(), "since": now.isoformat(), "totals": _totals(directory)}
    draft = directory / f".{NOTE}.{os.getpid()}"
    draft.write_text(json.dumps(content), "utf-8")
    draft.replace(directory / NOTE)


def refused_on(directory: Path, today: date) -> RefusedToday:
    """Return what was refused on a day, as far as its beginning was noted."""
    noted = _read(directory)
    if noted is None or noted["day"] != today.isoformat():
        noted = {"since": None, "totals": {}}
    before, since = noted["totals"], noted["since"]
    left = {code: total - before.get(code, 0) for code, total in _totals(directory).items()}
    counts = sorted(
        ((code, count) for code, count in left.items() if count > 0), key=lambda one: (-one[1], one[0])
    )
    return RefusedToday(counts, datetime.fromisoformat(since) if since else None)


def _read(directory: Path) -> dict[str, Any] | None:
    try:
        noted: dict[str, Any] = json.loads((directory / NOTE).read_bytes())
    except (OSError, ValueError):
        return None
    return noted


def _totals(directory: Path) -> dict[str, int]:
    """Return how many requests all processes of this host refused, by problem."""
    registry = CollectorRegistry()
    registry.register(FilesCollector(directory))
    return {
        sample.labels["code"]: int(sample.value)
        for metric in registry.collect()
        if metric.name == _METRIC
        for sample in metric.samples
    }
