"""Every metric of the service, declared once. No label ever carries a number, a key or an address."""

import asyncio
from bisect import bisect_left
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
FAST = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.05)
SLOW = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
FLUSH_SECONDS = 0.25
DELAY = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 15, 60, 300)


class BatchedHistogram:
    """Observes for a histogram with one label, for a path on which writing to the shared files costs too much.

    Observations are added up in this process and handed on together, at most `FLUSH_SECONDS` later. The library
    has no call for several observations at once, so its two parts are written to as its own `observe` does.
    """

    def __init__(self, histogram: Histogram, bounds: tuple[float, ...]) -> None:
        self._histogram = histogram
        self._bounds = bounds
        self._pending: dict[str, list[float]] = {}  # by label: a count a bucket, then the sum
        self._timer: asyncio.TimerHandle | None = None

    def observe(self, label: str, amount: float) -> None:
        """Count an amount; needs a running event loop."""
        pending = self._pending.get(label)
        if pending is None:
            pending = self._pending[label] = [0.0] * (len(self._bounds) + 2)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        pending[bisect_left(self._bounds, amount)] += 1.0
        pending[-1] += amount

    def flush(self) -> None:
        """Hand on what was counted so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for label, (*counts, total) in self._pending.items():
            labelled = self._histogram.labels(label)
            labelled._sum.inc(total)
            for bucket, count in zip(labelled._buckets, counts, strict=True):
                if count:
                    bucket.inc(count)
        self._pending.clear()


class Metrics:
    """The metrics of one process, written to files that `/metrics` of this host adds up.

    The environment variable PROMETHEUS_MULTIPROC_DIR must name a directory before prometheus_client is
    imported; `dunwatch` sees to that.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lookup_seconds = Histogram(
            "dunwatch_lookup_seconds",
            "Time to answer a single look-up, by verdict.",
            ["verdict"],
            buckets=FAST,
            registry=registry,
        )
        self.bulk_lookup_numbers = Counter(
            "dunwatch_bulk_lookup_numbers", "Numbers asked for in bulk look-ups.", registry=registry
        )
        self.request_seconds = Histogram(
            "dunwatch_request_seconds",
            "Time to answer any other request, by route and status.",
            ["route", "status"],
            buckets=SLOW,
            registry=registry,
        )
        self.reports = Counter(
            "dunwatch_reports",
            "Reports taken in, by source kind and result (stored, repeated, rejected).",
            ["source", "result"],
            registry=registry,
        )
        self.evidence = Counter(
            "dunwatch_evidence",
            "Pieces of evidence taken in, by result (stored, repeated).",
            ["result"],
            registry=registry,
        )
        self.webhook_tries = Counter(
            "dunwatch_webhook_tries",
            "Tries to deliver a message to a webhook, by result (delivered, failed, given_up).",
            ["result"],
            registry=registry,
        )
        self.refusals = Counter(
            "dunwatch_refusals", "Requests answered with a problem, by its code.", ["code"], registry=registry
        )
        self.numbers_scored = Counter("dunwatch_numbers_scored", "Numbers scored.", registry=registry)
        self.verdicts_published = Counter(
            "dunwatch_verdicts_published",
            "Verdict revisions published, by verdict.",
            ["verdict"],
            registry=registry,
        )
        self.scoring_seconds = Histogram(
            "dunwatch_scoring_batch_seconds",
            "Time to score and publish one batch.",
            buckets=SLOW,
            registry=registry,
        )
        self.waiting_numbers = Gauge(
            "dunwatch_waiting_numbers",
            "Changed numbers that wait for a verdict.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.feature_psi = Gauge(
            "dunwatch_feature_psi",
            "How far a signal is spread otherwise than in training (population stability index).",
            ["feature"],
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.calibration_error = Gauge(
            "dunwatch_calibration_error",
            "Expected calibration error of published scores against what people decided later.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.shadow_verdicts = Counter(
            "dunwatch_shadow_verdicts",
            "What the serving and the shadow model would conclude of numbers without an earlier verdict.",
            ["serving", "shadow"],
            registry=registry,
        )
        self.waiting_reviews = Gauge(
            "dunwatch_waiting_reviews",
            "Numbers that wait for a person's decision.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.open_disputes = Gauge(
            "dunwatch_open_disputes",
            "Disputes by owners that wait for a person.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.overdue_disputes = Gauge(
            "dunwatch_overdue_disputes",
            "Disputes that nobody decided by the day they were due.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.waiting_exports = Gauge(
            "dunwatch_waiting_exports",
            "Exports that wait for somebody's approval.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.settlements = Counter(
            "dunwatch_settlements",
            "Numbers whose reporters were given what they had earned.",
            registry=registry,
        )
        self.largest_cluster_share = Gauge(
            "dunwatch_largest_cluster_share",
            "Share of all reporters who are in the largest cluster.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.feed_revision = Gauge(
            "dunwatch_feed_revision",
            "Newest revision of the change feed.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.replica_revision = Gauge(
            "dunwatch_replica_revision",
            "Newest revision applied to this host's replica.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.replica_synced_at = Gauge(
            "dunwatch_replica_synced_timestamp_seconds",
            "When this host's replica last had everything the feed had (Unix time).",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.replica_rebuilds = Counter(
            "dunwatch_replica_rebuilds",
            "Replicas rebuilt from the database, by reason.",
            ["reason"],
            registry=registry,
        )
        self.publish_delay_seconds = Histogram(
            "dunwatch_publish_delay_seconds",
            "From a verdict's decision to this host's replica.",
            buckets=DELAY,
            registry=registry,
        )
        self.export_rows = Counter(
            "dunwatch_export_rows", "Rows written to finished exports.", registry=registry
        )
        self.ledger_altered = Gauge(
            "dunwatch_ledger_altered",
            "1 where the ledger of exports is not what was signed before, else 0.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )


def exposition(directory: Path) -> bytes:
    """OpenMetrics text of all processes that write to `directory`."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


def serve_metrics(directory: Path, port: int) -> None:
    """Serve them on a port of their own, for a process without the API; a daemon thread does it."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    start_http_server(port, registry=registry)
