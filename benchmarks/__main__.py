"""Runs all benchmarks, prints the table and writes it to docs/benchmarks.md."""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

# prometheus_client decides at import where it keeps its values
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="dunwatch-bench-metrics-"))

from rich.console import Console

from benchmarks import (
    export_kills,
    exports,
    gaps,
    host,
    lookup,
    numbers,
    pipeline,
    reports,
    scores,
    visibility,
)
from benchmarks.hostile import whole
from benchmarks.rig import Measurement

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
ALL: dict[str, Callable[[], list[Measurement]]] = {
    "host": host.measure,
    "gaps": gaps.measure,
    "numbers": numbers.measure,
    "scores": scores.measure,
    "lookup": lookup.measure,
    "reports": reports.measure,
    "visibility": visibility.measure,
    "pipeline": pipeline.measure,
    "exports": exports.measure,
    "export_kills": export_kills.measure,
    "hostile": whole.measure,
}
HEAD = """# Benchmarks

`make bench` writes this page. Ratios are medians of five rounds in which each side is measured in turn, so that a
noisy minute affects both. Every server runs with one worker on the same machine as its client and PostgreSQL,
which is durable (`fsync` on). The floor is what the service must reach.

| what | floor | measured | met | detail |
|---|---|---|---|---|
"""


def main(wanted: list[str]) -> int:
    """Run what is named, or all, which also writes the page; 1 when a floor is not reached."""
    console = Console(width=200)
    results: list[Measurement] = []
    for name in wanted or ALL:
        with console.status(name):
            results += ALL[name]()
    if not wanted:
        PAGE.write_text(table_of(results), encoding="utf-8")
    return print_table(results)


def print_table(results: Sequence[Measurement]) -> int:
    """Print the table; return 1 when a floor is not reached."""
    Console(width=200).print(table_of(results), markup=False, soft_wrap=True)
    return 0 if all(one.is_met for one in results) else 1


def table_of(results: Sequence[Measurement]) -> str:
    """Return the page with a row for each measurement."""
    rows = [
        f"| {one.what} | {one.floor} | {one.measured} | {'yes' if one.is_met else 'NO'} | {one.detail} |"
        for one in results
    ]
    made_on = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}"
    return HEAD + "\n".join(rows) + f"\n\n{made_on}, Python {platform.python_version()}.\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
